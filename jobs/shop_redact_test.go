package jobs_test

import (
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"twofold/tenant"
)

// left is the task of shop/redact, 48 hours after the merchant has uninstalled the app.
func (w *world) left() *asynq.Task {
	w.t.Helper()
	w.must(w.sim.Uninstall(string(w.shop)))
	w.must(w.sim.Advance(w.ctx, 49*time.Hour))
	return w.asked("shop/redact", "")
}

// standing is the shop's status, "" when it is gone.
func (w *world) standing() tenant.Status {
	shop, _ := w.kept.FindShop(w.ctx, w.shop) // gone is an answer
	return shop.Status
}

// 48 hours after an uninstall of which no webhook told, everything of the shop goes but the delivery that asked for it.
func TestAShopThatLeftIsErased(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	other.credited()
	w.credited()
	w.must(w.run(w.left()))
	all, err := w.Documents(w.ctx, database, w.shop)
	w.must(err)
	if len(all) != 1 || w.standing() != "" {
		t.Errorf("%d documents are left, want the delivery alone", len(all))
	}
	other.wantReward("in another shop", "pending")
}

// A request that speaks of an older install leaves a newer one alone: one that works, and one that is
// younger than the uninstall.
func TestAShopThatCameBackIsNotErased(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		again func(*world)
		want  tenant.Status
	}{
		{"the app is there again", func(w *world) { w.must(w.Install(w.ctx, w.sim, w.shop)) }, tenant.Installed},
		{"it was there again for a day", func(w *world) {
			w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, time.Time{}))
			w.must(w.Install(w.ctx, w.sim, w.shop))
			w.must(w.sim.Uninstall(string(w.shop)))
			w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, time.Time{}))
		}, tenant.Uninstalled},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.credited()
			task := w.left()
			row.again(w)
			w.must(w.run(task))
			if got := w.standing(); got != row.want {
				t.Errorf("the shop is %q, want %q", got, row.want)
			}
			w.wantReward("after the request", "pending")
		})
	}
}
