package jobs_test

import (
	"testing"

	"twofold/simulator"
)

// A part of the hourly job that Shopify refuses each time keeps the reconcile from nothing, without which nothing of
// the shop is released; and the job fails all the same, so that the part is tried again.
func TestAPartThatFailsKeepsNoShopFromItsReconcile(t *testing.T) {
	t.Parallel()
	for says, row := range map[string]struct {
		prepare func(*world)
		refused simulator.Fault
	}{
		"disputes": {func(w *world) { w.issued(); w.days(8) }, simulator.Fault{Operation: "OrderDisputes", Status: 400}},
		"an order that was too large": {func(w *world) {
			w.live().placeHuge("stranger@example.com")
			for range 2 { // after the second it is no change any more, but due
				w.must(w.run(w.forShop("orders:reconcile")))
				w.later()
			}
		}, simulator.Fault{Operation: "OrderSnapshot", Status: 503}},
	} {
		w := newWorld(t)
		row.prepare(w)
		before, err := w.kept.FindShop(w.ctx, w.shop)
		w.must(err)
		row.refused.Kind, row.refused.Shop = simulator.FaultAPIFail, string(w.shop)
		_, err = w.sim.AddFault(row.refused)
		w.must(err)

		if err := w.run(w.forShop("orders:reconcile")); err == nil || w.struck() == 0 {
			t.Errorf("%s: %v after %d refusals, want the error of one", says, err, w.struck())
		}
		if after, err := w.kept.FindShop(w.ctx, w.shop); err != nil || !after.ReconciledAt.After(before.ReconciledAt) {
			t.Errorf("%s: last reconcile %s, before %s, %v", says, after.ReconciledAt, before.ReconciledAt, err)
		}
	}
}
