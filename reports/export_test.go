package reports

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/money"
	"twofold/referral"
)

var exportNoon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// exported prints rows as `twofold export` does.
func exported(t *testing.T, rows []any) string {
	t.Helper()
	var out bytes.Buffer
	if err := Print(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// exportedReferrals are a referral that expires at noon, one that is taken back, one of a test order, and one that is
// none.
func exportedReferrals() ([]referral.Referral, []referral.Advocate) {
	twenty := money.MustParse("20", "USD")
	reward := func(side referral.Side, state referral.RewardState, reason referral.Reason) referral.Reward {
		return referral.Reward{
			ID: "rwd_1", Side: side, Kind: referral.AmountOff, Amount: twenty, State: state, Reason: reason, Code: "RWRD-1", At: exportNoon.Add(-2 * time.Hour), EndsAt: exportNoon,
		}
	}
	line := func(kind referral.EntryKind, at time.Time) referral.Entry {
		return referral.Entry{ID: "rwd_1/issued/1", Reward: "rwd_1", Side: referral.AdvocateSide, Kind: kind, Amount: twenty, At: at}
	}
	one := func(n string, state referral.State, friend referral.RewardState, advocate referral.Reward) referral.Referral {
		return referral.Referral{Friend: referral.FriendID("gid://shopify/Customer/" + n), Outcome: referral.Outcome{
			State: state, Order: referral.OrderID("gid://shopify/Order/" + n), OrderName: "#" + n, Advocate: "adv_1",
			Campaign: referral.CampaignKey{ID: "cmp_1", Version: 1}, Claim: "clm_1", At: exportNoon.Add(-3 * time.Hour),
			Rewards: map[referral.Side]referral.Reward{referral.FriendSide: reward(referral.FriendSide, friend, ""), referral.AdvocateSide: advocate},
			Lines:   []referral.Entry{line(referral.EntryIssued, exportNoon), line(referral.EntryRedeemed, exportNoon.Add(-time.Hour))},
		}}
	}
	issued := reward(referral.AdvocateSide, referral.RewardIssued, "")
	reversed := one("2", referral.Voided, referral.RewardNone, reward(referral.AdvocateSide, referral.RewardReversed, referral.ReasonRefunded))
	voided := one("3", referral.Voided, referral.RewardNone, reward(referral.AdvocateSide, referral.RewardVoided, referral.ReasonRefunded))
	reversed.Reason, reversed.Lines, voided.Reason, voided.Lines = referral.ReasonRefunded, nil, referral.ReasonRefunded, nil
	all := []referral.Referral{
		voided, one("1", referral.Approved, referral.RewardRedeemed, issued), reversed,
		one("4/test", referral.Approved, referral.RewardRedeemed, issued),
		{Friend: "gid://shopify/Customer/5", Outcome: referral.Outcome{State: referral.None, At: exportNoon}},
	}
	return all, []referral.Advocate{{ID: "adv_1", Customer: "gid://shopify/Customer/101", Codes: []string{"ALICE-9"}}}
}

// referralLine is the row of the referral whose reward runs out at noon.
func referralLine(state string) string {
	return `{"at":"2026-11-20T09:00:00Z","order":"gid://shopify/Order/1","friend":"gid://shopify/Customer/1","advocate":"gid://shopify/Customer/101","state":"approved",` +
		`"rewards":{"advocate":{"kind":"amount_off","amount":"20.00","currency":"USD","state":"` + state + `"},"friend":{"kind":"amount_off","amount":"20.00","currency":"USD","state":"redeemed"}}}` + "\n"
}

// takenBackLine is a row of a referral whose reward was taken back: it does not tell before or after it was issued.
func takenBackLine(n string) string {
	return `{"at":"2026-11-20T09:00:00Z","order":"gid://shopify/Order/` + n + `","friend":"gid://shopify/Customer/` + n + `","advocate":"gid://shopify/Customer/101","state":"voided","reason":"refunded",` +
		`"rewards":{"advocate":{"kind":"amount_off","amount":"20.00","currency":"USD","state":"taken_back","reason":"refunded"}}}` + "\n"
}

func TestExportedReferralsExpireAsOfATime(t *testing.T) {
	t.Parallel()
	referrals, advocates := exportedReferrals()
	for says, tc := range map[string]struct {
		asOf  time.Time
		state string
	}{
		"the instant before": {exportNoon.Add(-time.Millisecond), "issued"},
		"on the instant":     {exportNoon, "expired"},
		"after":              {exportNoon.Add(time.Millisecond), "expired"},
	} {
		want := referralLine(tc.state) + takenBackLine("2") + takenBackLine("3")
		if diff := cmp.Diff(want, exported(t, referralRows("referrals", referrals, advocates, tc.asOf))); diff != "" {
			t.Errorf("%s: -want +got\n%s", says, diff)
		}
	}
	if got := exported(t, referralRows("referrals", referrals, advocates, exportNoon.Add(-3*time.Hour-time.Millisecond))); got != "" {
		t.Errorf("before the orders there is\n%s", got)
	}
}

func TestExportedLedgerEndsAtATime(t *testing.T) {
	t.Parallel()
	referrals, advocates := exportedReferrals()
	row := func(at, kind string) string {
		return `{"at":"` + at + `","order":"gid://shopify/Order/1","friend":"gid://shopify/Customer/1","advocate":"gid://shopify/Customer/101","side":"advocate","kind":"` + kind + `","amount":"20.00","currency":"USD"}` + "\n"
	}
	redeemed, issued := row("2026-11-20T11:00:00Z", "redeemed"), row("2026-11-20T12:00:00Z", "issued")
	for says, tc := range map[string]struct {
		asOf time.Time
		want string
	}{
		"before the first":   {exportNoon.Add(-time.Hour - time.Millisecond), ""},
		"the instant before": {exportNoon.Add(-time.Millisecond), redeemed},
		"on the instant":     {exportNoon, redeemed + issued},
		"after":              {exportNoon.Add(time.Hour), redeemed + issued},
	} {
		if diff := cmp.Diff(tc.want, exported(t, referralRows("ledger", referrals, advocates, tc.asOf))); diff != "" {
			t.Errorf("%s: -want +got\n%s", says, diff)
		}
	}
}

func TestExportedAdvocates(t *testing.T) {
	t.Parallel()
	all := []referral.Advocate{
		{ID: "adv_2", Customer: "gid://shopify/Customer/2", Codes: []string{"BOB-1"}, State: referral.AdvocateBlocked, BlockedAt: exportNoon, JoinedAt: exportNoon},
		{ID: "adv_1", Customer: "gid://shopify/Customer/1", Codes: []string{"ALICE-9"}, State: referral.AdvocateActive, JoinedAt: exportNoon.Add(time.Millisecond)},
	}
	want := `{"customer":"gid://shopify/Customer/2","state":"blocked","joined_at":"2026-11-20T12:00:00Z"}` + "\n"
	if diff := cmp.Diff(want, exported(t, advocateRows(all, exportNoon))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
