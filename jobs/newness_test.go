package jobs_test

import (
	"testing"
	"time"

	"twofold/referral"
	"twofold/simulator"
)

// Who was given a sample has bought nothing yet, whether we hear of the sample before or after the claim. What
// becomes of it later changes nothing.
func TestAFreeSampleLeavesAFriendNew(t *testing.T) {
	t.Parallel()
	for name, claimsFirst := range map[string]bool{"sample, then claim": false, "claim, then sample": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).live()
			var code string
			if claimsFirst {
				code = w.claim()
			}
			sample := w.sample()
			w.must(w.sim.Advance(w.ctx, 10*24*time.Hour))
			if !claimsFirst {
				code = w.claim()
			}

			w.buys(code, "bob@example.com")
			w.later()
			w.settle()
			w.wantReward("after the hold", referral.RewardIssued)

			_, err := w.sim.CancelOrder(string(w.shop), sample.ID, simulator.CancelInput{})
			w.must(err)
			w.deliver("orders/cancelled", sample)
			w.settle()
			w.wantReward("after the sample was cancelled", referral.RewardIssued)
		})
	}
}

// sample gives Bob something for nothing, and has the program work that off.
func (w *world) sample() simulator.Order {
	w.t.Helper()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{Email: "bob@example.com", Items: []simulator.Item{{Title: "Sample", Price: "0.00"}}})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	return o
}
