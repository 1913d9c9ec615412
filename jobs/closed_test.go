package jobs_test

import (
	"slices"
	"testing"

	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
)

// close has Shopify answer the next calls for the shop with a status, and the program find out by one of them.
func (w *world) close(status, calls int) {
	w.t.Helper()
	_, err := w.sim.AddFault(simulator.Fault{Kind: simulator.FaultAPIFail, Shop: string(w.shop), Status: status, Count: calls})
	w.must(err)
	if err := w.Gateway.Ping(w.ctx, w.shop); !fault.Is(err, fault.Unavailable) {
		w.t.Fatalf("asked a closed shop: %v", err)
	}
}

// A shop whose bill is not paid (402), or that is locked (423), is named as such, and nothing of it is tried until Shopify answers again.
func TestAClosedShopIsLeftAloneUntilItIsOpen(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]tenant.Status{402: tenant.Unpaid, 423: tenant.Locked} {
		w := newWorld(t)
		w.credited()
		w.later()
		const asks = 4 // the first one, and three of the sweep
		w.close(status, asks)

		for i := range asks - 1 {
			w.must(w.run(w.forShop("rewards:release")))
			if found, err := w.kept.FindShop(w.ctx, w.shop); err != nil || found.Status != want {
				t.Fatalf("%d, after %d asks: %s, %v", status, i+1, found.Status, err)
			}
			if struck := w.struck(); struck != i+1 {
				t.Fatalf("%d: %d calls, want none beside the %d of the sweep", status, struck, i+1)
			}
			if shops, err := w.kept.ShopsClosed(w.ctx, 1000); err != nil || !slices.Contains(shops, w.shop) {
				t.Fatalf("the sweep finds %v, %v", shops, err)
			}
			w.must(w.run(w.forShop("shop:reopen")))
		}
		w.settle() // it answers: what waited is done
		w.wantReward("open again", referral.RewardIssued)
		if found, err := w.kept.FindShop(w.ctx, w.shop); err != nil || found.Status != tenant.Installed || found.Install != 1 {
			t.Errorf("%d, open again: %s, install %d, %v", status, found.Status, found.Install, err)
		}
	}
}

// struck is how many calls the shop's faults have answered.
func (w *world) struck() int {
	n := 0
	for _, f := range w.sim.Faults() {
		if f.Shop == string(w.shop) {
			n += f.Struck
		}
	}
	return n
}
