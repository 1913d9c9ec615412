package text

import (
	"testing"

	"twofold/campaigns"
	"twofold/money"
	"twofold/referral"
)

// An operator reads whether claims are stopped, and how that is reckoned.
func TestGate(t *testing.T) {
	t.Parallel()
	gate := campaigns.Gate{
		Budget: money.MustParse("100", "USD"), Expected: money.MustParse("80", "USD"), Percent: 20,
		Figures: referral.Figures{Settled: money.MustParse("40", "USD"), Pending: 1, Open: 5},
	}
	const reckoned = " Settled: $40.00. Pending referrals: 1. Open claims: 5, of which 20% are taken to lead to an order. Each counts what its rewards after the order cost."
	if got, want := English.Gate(gate), "New claims are taken: $80.00 of the month's budget of $100.00 are expected to be used."+reckoned; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	gate.Stopped = true
	want := "New claims are STOPPED: $80.00 are expected to be used, and the month's budget is $100.00." + reckoned
	if got := English.Gate(gate); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
