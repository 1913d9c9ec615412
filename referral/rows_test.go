package referral_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "twofold/referral"
	"twofold/referral/referraltest"
)

// The scenarios of Decide, a test for each table of package referraltest. docs/RULES.md says each rule in a sentence
// and names the test here that fails without it.

// play sets the scene of each row of the test's table, decides, and compares; and holds every scene to what must be
// true of all.
func play(t *testing.T) {
	t.Helper()
	for _, row := range referraltest.RowsOf(t) {
		t.Run(row.Says, func(t *testing.T) {
			t.Parallel()
			was, f := row.Facts(t)

			r := referraltest.DecidedAfter(t, was, f)
			for _, wrong := range row.Differs(r) {
				t.Error(wrong)
			}
			mustHold(t, f, r)
		})
	}
}

// A table whose test is not here would only be played through the whole program.
func TestEveryTableIsPlayed(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	names, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		one, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(one)
	}

	seen := map[string]bool{}
	for _, table := range referraltest.Tables() {
		if !strings.Contains(text.String(), "\nfunc "+table.Test+"(t *testing.T)") {
			t.Errorf("there is no test %s that plays the table", table.Test)
		}
		if len(table.Rows) == 0 || seen[table.Test] {
			t.Errorf("%s is empty, or stands there twice", table.Test)
		}
		seen[table.Test] = true
	}
}

// What ties an order to an advocate, and who is credited: evidence.go.

func TestEvidence(t *testing.T)             { t.Parallel(); play(t) }
func TestStrongerEvidenceWins(t *testing.T) { t.Parallel(); play(t) }
func TestWindow(t *testing.T)               { t.Parallel(); play(t) }
func TestLastAndFirstTouch(t *testing.T)    { t.Parallel(); play(t) }
func TestTheClaimsCredit(t *testing.T)      { t.Parallel(); play(t) }
func TestTies(t *testing.T)                 { t.Parallel(); play(t) }
func TestLinksOfOneInstant(t *testing.T)    { t.Parallel(); play(t) }
func TestTheMerchantsLink(t *testing.T)     { t.Parallel(); play(t) }
func TestTermsInForce(t *testing.T)         { t.Parallel(); play(t) }

// The checks: rules.go.

func TestMerchantsVerdict(t *testing.T) { t.Parallel(); play(t) }
func TestSelf(t *testing.T)             { t.Parallel(); play(t) }
func TestBlocked(t *testing.T)          { t.Parallel(); play(t) }
func TestSources(t *testing.T)          { t.Parallel(); play(t) }
func TestNewCustomer(t *testing.T)      { t.Parallel(); play(t) }
func TestPaid(t *testing.T)             { t.Parallel(); play(t) }
func TestUndone(t *testing.T)           { t.Parallel(); play(t) }
func TestNetAndMinimum(t *testing.T)    { t.Parallel(); play(t) }
func TestFreeOrders(t *testing.T)       { t.Parallel(); play(t) }
func TestDisputes(t *testing.T)         { t.Parallel(); play(t) }
func TestGone(t *testing.T)             { t.Parallel(); play(t) }
func TestSameBrowser(t *testing.T)      { t.Parallel(); play(t) }
func TestSameEmail(t *testing.T)        { t.Parallel(); play(t) }
func TestSameCard(t *testing.T)         { t.Parallel(); play(t) }
func TestAddressProved(t *testing.T)    { t.Parallel(); play(t) }
func TestAdvocateBought(t *testing.T)   { t.Parallel(); play(t) }
func TestPace(t *testing.T)             { t.Parallel(); play(t) }

// F2: an order that has lost its customer is held until it is released. Who was erased has a pseudonym, which holds
// nothing.
func TestCustomerGone(t *testing.T) {
	t.Parallel()
	play(t)

	w := newScene(t)
	w.Order().CustomerGone = true
	w.Order().Customer, w.Facts.Friend = "erased:1", "erased:1"
	if w.Decide(); w.Referral.State != Pending {
		t.Errorf("an erased friend's referral is %s (%s), want pending", w.Referral.State, w.Referral.Reason)
	}
}

// F3: an order that never showed a customer has a referral of its own, in which what its code took off is booked.
// Nobody is asked about it. When it turns out to be somebody's, what was booked there is undone on the day it was
// booked, so that it counts once.
func TestAnOrderOfNobodys(t *testing.T) {
	t.Parallel()
	play(t)

	w := newScene(t)
	w.Nobodys()
	w.Decide()
	r := w.Stored()
	if len(r.Work) > 0 || r.Friend.Customer() != "" || r.Friend.Order() != w.Order().ID || len(r.Ledger) != 1 {
		t.Errorf("work %v, of %q and %q, ledger %v; want none, of the order, one entry", r.Work, r.Friend.Customer(), r.Friend.Order(), r.Ledger)
	}

	w.Facts.Orders = nil // it was attached
	w.Decide()
	r = w.Stored()
	if r.State != None || len(r.Lines) > 0 || len(r.Ledger) != 2 || !r.Ledger[1].At.Equal(bought) {
		t.Errorf("%s, %v, ledger %v; want none, and a second entry that takes the first back on its day", r.State, r.Lines, r.Ledger)
	}
}

func TestAppeals(t *testing.T) { t.Parallel(); play(t) }

// What is asked for once, or cannot matter any more, adds nothing.
func TestWhatAnAppealChanges(t *testing.T) {
	t.Parallel()
	friends := Appeal{Order: bobsOrder().ID, By: FriendSide, Advocate: "adv_alice", At: bought.Add(day)}
	for _, row := range []struct {
		says   string
		change func(*Facts, *Appeal)
		want   bool
	}{
		{"it is asked for", func(*Facts, *Appeal) {}, true},
		{"asked for again, later", func(f *Facts, a *Appeal) {
			f.Appeals = []Appeal{*a}
			a.At = a.At.Add(day)
		}, false},
		{"asked for by the other side", func(f *Facts, a *Appeal) {
			f.Appeals = []Appeal{*a}
			a.By = AdvocateSide
		}, true},
		{"about an order that is another friend's", func(_ *Facts, a *Appeal) { a.Order = "gid://shopify/Order/7" }, false},
		{"about a test order", func(f *Facts, _ *Appeal) { f.Orders[0].Test = true }, false},
		{"the friend names an account of their own", func(f *Facts, a *Appeal) {
			own := f.Advocates[a.Advocate]
			own.Customer = bob
			f.Advocates[a.Advocate] = own
		}, false},
		{"the merchant has decided", func(f *Facts, _ *Appeal) { f.Acts = []Act{{Kind: ActReject, At: bought}} }, false},
		{"a reward was released", func(f *Facts, a *Appeal) { f.Release = &Release{Order: a.Order} }, false},
		{"five have asked for it", func(f *Facts, a *Appeal) {
			for i := range 5 {
				f.Appeals = append(f.Appeals, Appeal{Order: a.Order, By: AdvocateSide, Advocate: AdvocateID(fmt.Sprint("adv_", i))})
			}
		}, false},
	} {
		w := newScene(t)
		f, a := w.Facts, friends
		row.change(&f, &a)
		had := len(f.Appeals)
		if got := AddAppeal(&f, a); got != row.want || len(f.Appeals) > had != row.want {
			t.Errorf("%s: added %v, and %d became %d; want %v", row.says, got, had, len(f.Appeals), row.want)
		}
	}
}

func TestTestLane(t *testing.T) {
	t.Parallel()
	play(t)

	test, usual := FriendOf(bob, true), FriendOf(bob, false)
	if test == usual || test.Customer() != bob || usual.Customer() != bob || !test.Test() || usual.Test() {
		t.Errorf("the lanes of %s are %q and %q", bob, test, usual)
	}

	w := newScene(t)
	w.Test()
	if o := w.Order(); o.Friend() != FriendOf(bob, true) {
		t.Errorf("a test order is of %q", o.Friend())
	}
	w.Decide()
	if NewRewardID(w.Stored(), AdvocateSide) == NewRewardID(newScene(t).Stored(), AdvocateSide) {
		t.Error("both lanes have one reward")
	}
}

// Which order converts, and what the release settles: decide.go.

func TestConvertingOrder(t *testing.T) { t.Parallel(); play(t) }
func TestRelease(t *testing.T)         { t.Parallel(); play(t) }
func TestReleasedStands(t *testing.T)  { t.Parallel(); play(t) }

// The advocate's reward, and the books: rewards.go.

func TestWorth(t *testing.T)                  { t.Parallel(); play(t) }
func TestGivenAndTakenBack(t *testing.T)      { t.Parallel(); play(t) }
func TestReturnsAfterTheRelease(t *testing.T) { t.Parallel(); play(t) }
func TestExpiry(t *testing.T)                 { t.Parallel(); play(t) }
func TestReissue(t *testing.T)                { t.Parallel(); play(t) }
func TestOwed(t *testing.T)                   { t.Parallel(); play(t) }
func TestDueAndOwed(t *testing.T)             { t.Parallel(); play(t) }
func TestDaysOfTheBooks(t *testing.T)         { t.Parallel(); play(t) }
func TestUndoneTwice(t *testing.T)            { t.Parallel(); play(t) }

// The friend's reward: rewards.go.

func TestPromise(t *testing.T)                    { t.Parallel(); play(t) }
func TestFriendsRewardAtTheClaim(t *testing.T)    { t.Parallel(); play(t) }
func TestFriendsRewardAfterTheOrder(t *testing.T) { t.Parallel(); play(t) }

// What the dry run says of a described order; package e2e compares it with what comes of such orders.
func TestDescribedOrders(t *testing.T) { t.Parallel(); play(t) }
