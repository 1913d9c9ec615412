package referraltest

import (
	"testing"

	. "twofold/referral"
)

// A Row is one scene, in a sentence, and what must come of it.
type Row struct {
	Says string

	change func(*Scene)
	want   want
}

// Facts sets the scene: the referral as it was decided last, and the facts as they are now.
func (r Row) Facts(t testing.TB) (was Referral, now Facts) {
	t.Helper()
	w := NewScene(t)
	r.change(w)
	return w.Stored(), w.itemized()
}

// Differs lists what of a decision is not as the row wants it.
func (r Row) Differs(decided Referral) []string { return r.want.differs(decided) }

// A Table is the rows of one rule, under the name of the test of package referral that plays them.
type Table struct {
	Test string
	Rows []Row
}

// Tables lists all tables. There is no other way to a row: whoever plays rows has them from here, so that a table that
// is added can be missed neither by package referral's tests nor by e2e's.
func Tables() []Table {
	return []Table{
		{"TestEvidence", evidenceRows()},
		{"TestStrongerEvidenceWins", strongerEvidenceWinsRows()},
		{"TestWindow", windowRows()},
		{"TestLastAndFirstTouch", lastAndFirstTouchRows()},
		{"TestTheClaimsCredit", claimsCreditRows()},
		{"TestTies", tiesRows()},
		{"TestLinksOfOneInstant", linksOfOneInstantRows()},
		{"TestTheMerchantsLink", theMerchantsLinkRows()},
		{"TestTermsInForce", termsInForceRows()},

		{"TestMerchantsVerdict", merchantsVerdictRows()},
		{"TestSelf", selfRows()},
		{"TestBlocked", blockedRows()},
		{"TestSources", sourcesRows()},
		{"TestNewCustomer", newCustomerRows()},
		{"TestPaid", paidRows()},
		{"TestUndone", undoneRows()},
		{"TestNetAndMinimum", netAndMinimumRows()},
		{"TestFreeOrders", freeOrdersRows()},
		{"TestDisputes", disputesRows()},
		{"TestGone", goneRows()},
		{"TestCustomerGone", customerGoneRows()},
		{"TestAnOrderOfNobodys", nobodysRows()},
		{"TestSameBrowser", sameBrowserRows()},
		{"TestSameEmail", sameEmailRows()},
		{"TestSameCard", sameCardRows()},
		{"TestAddressProved", addressProvedRows()},
		{"TestAdvocateBought", advocateBoughtRows()},
		{"TestPace", paceRows()},
		{"TestAppeals", appealRows()},
		{"TestTestLane", testLaneRows()},

		{"TestConvertingOrder", convertingOrderRows()},
		{"TestRelease", releaseRows()},
		{"TestReleasedStands", releasedStandsRows()},

		{"TestWorth", worthRows()},
		{"TestGivenAndTakenBack", givenAndTakenBackRows()},
		{"TestReturnsAfterTheRelease", returnsAfterTheReleaseRows()},
		{"TestExpiry", expiryRows()},
		{"TestReissue", reissueRows()},
		{"TestOwed", owedRows()},
		{"TestDueAndOwed", dueAndOwedRows()},
		{"TestDaysOfTheBooks", daysOfTheBooksRows()},
		{"TestUndoneTwice", undoneTwiceRows()},

		{"TestPromise", promiseRows()},
		{"TestFriendsRewardAtTheClaim", friendsRewardAtTheClaimRows()},
		{"TestFriendsRewardAfterTheOrder", friendsRewardAfterTheOrderRows()},

		{"TestDescribedOrders", describedRows()},
	}
}

// RowsOf are the rows of the table that the running test is named for.
func RowsOf(t testing.TB) []Row {
	t.Helper()
	for _, table := range Tables() {
		if table.Test == t.Name() {
			return table.Rows
		}
	}
	t.Fatalf("%s has no table", t.Name())
	return nil
}
