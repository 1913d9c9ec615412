package jobs_test

import (
	"slices"
	"testing"
	"time"

	"twofold/referral"
	"twofold/simulator"
)

// dispute opens the order's chargeback, or moves it on: nothing else of the order changes, and nobody is told.
func (w *world) dispute(o simulator.Order, status string) {
	w.t.Helper()
	_, err := w.sim.DisputeOrder(string(w.shop), o.ID, simulator.DisputeInput{Status: status})
	w.must(err)
}

// A chargeback that was open at the release voids the reward. When it is won, and nothing else tells of it, the
// reward comes back within a day.
func TestAChargebackThatIsWonIsNoticedByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.credited()
	w.dispute(o, "NEEDS_RESPONSE")
	w.later()
	w.settle()
	if r := w.referral(); r.State != referral.Voided || r.Reason != referral.ReasonDispute {
		t.Fatalf("at the release: %s (%s), want void for the dispute", r.State, r.Reason)
	}

	w.days(40) // the bank takes its time
	w.settle()
	w.dispute(o, "WON")
	w.must(w.sim.Advance(w.ctx, 25*time.Hour))
	w.settle()
	w.settle() // what has come back is released
	w.wantReward("won", referral.RewardIssued)
}

// A chargeback that is opened and lost after the release, while nothing else tells of it, takes
// the code back within a week.
func TestAChargebackThatIsLostAfterTheReleaseIsNoticedByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.issued()
	w.dispute(o, "LOST")
	w.days(8)
	w.settle()

	r := w.wantReward("lost", referral.RewardReversed)
	if r.Reason != referral.ReasonDispute {
		t.Errorf("taken back for %q", r.Reason)
	}
	discounts, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	given := func(c simulator.Code) bool { return c.Code == r.Issues[0].Code }
	for _, d := range discounts {
		if slices.ContainsFunc(d.Codes, given) {
			t.Errorf("the code still works in %s", d.Title)
		}
	}
}

// What is asked of orders that are quiet is bounded: once a week for all of a page together, and never again once
// they are too old. An order that Shopify shows no more (60 days) is not taken for one without disputes.
func TestQuietOrdersAreAskedForTheirDisputesWeekly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.issued()
	asks := 0
	for range 27 {
		w.must(w.sim.Advance(w.ctx, 7*24*time.Hour+time.Hour))
		due, err := w.kept.DisputesDue(w.ctx, w.shop, w.now(), 10)
		w.must(err)
		asks += len(due)
		w.must(w.Orders.WatchDisputes(w.ctx, w.shop))
	}
	if asks != 18 {
		t.Errorf("asked %d times in 200 days, want 18: each week and an hour for 134 days", asks)
	}
	if r := w.referral(); r.State != referral.Approved {
		t.Errorf("%s (%s), want it as it was", r.State, r.Reason)
	}
}
