package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/fault"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/simulator"
	"twofold/store"
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

// A shop whose bill is not paid (402), or that is locked (423), is named as such, and nothing of it is tried
// until Shopify answers again.
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

// What tells of a closed shop's orders is done with at once and not tried on and on, and the reconcile finds the
// orders once the shop is open. The first of them finds out that the shop is closed; the others ask nothing.
func TestDeliveriesOfAClosedShopAreNotTriedOnAndOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.credited()
	_, err := w.sim.AddFault(simulator.Fault{Kind: simulator.FaultAPIFail, Shop: string(w.shop), Status: 402})
	w.must(err)
	_, err = w.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	for range 2 {
		for _, topic := range []string{"orders/edited", "refunds/create"} {
			w.deliver(topic, o)
			w.must(w.run(w.forShop("deliveries:drain")))
			w.forget()
		}
	}

	for _, topic := range []string{"orders/edited", "refunds/create"} {
		if d := w.delivery(topic + o.Name); d.State != inbox.Done || d.Reason != "shop_closed" || d.Attempts != 0 {
			t.Errorf("%s: %s (%s), %d attempts", topic, d.State, d.Reason, d.Attempts)
		}
	}
	if struck := w.struck(); struck != 1 {
		t.Errorf("%d calls, want the one that found out", struck)
	}
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Error(w.log)
	}

	w.sim.ClearFaults()
	w.must(w.run(w.forShop("shop:reopen")))
	w.later()
	w.settle()
	w.wantReward("refunded while the shop was closed", referral.RewardVoided)
}

// An uninstall that is told while the shop is closed cannot be proved, and is not forgotten however long that lasts;
// nor is what is told of discounts and of the shop itself.
func TestAnUninstallOfAClosedShopIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	w.close(423, 1)
	_, err := w.sim.AddFault(simulator.Fault{Kind: simulator.FaultAPIFail, Shop: string(w.shop), Status: 423})
	w.must(err)
	w.must(w.sim.Uninstall(string(w.shop)))
	for _, topic := range []string{"app/uninstalled", "discounts/delete", "shop/update"} {
		each, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{{Shop: w.shop, ID: topic, Topic: topic, ReceivedAt: time.Now(), State: inbox.Received}})
		w.must(errors.Join(append(each, err)...))
	}
	const days = 15 // more than a delivery is tried
	for range days {
		w.must(w.run(w.forShop("deliveries:drain")))
		for _, topic := range []string{"app/uninstalled", "discounts/delete", "shop/update"} {
			if d := w.delivery(topic); d.State != inbox.Received || d.Attempts != 0 || time.Until(d.DueAt) < 50*time.Minute {
				t.Fatalf("%s: %s (%s), %d attempts, due %s", topic, d.State, d.Reason, d.Attempts, d.DueAt)
			}
		}
		w.forget() // an hour goes by
	}
	if struck := w.struck(); struck != 1+days {
		t.Errorf("%d calls, want one each time, about the uninstall", struck)
	}

	w.sim.ClearFaults()
	w.must(w.run(w.forShop("deliveries:drain")))
	if status := w.standing(); status != tenant.Uninstalled {
		t.Errorf("open again, without the app: %s", status)
	}
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Error(w.log)
	}
}

// manyClosed is a Finder for which very many shops are closed, beside those of a world.
type manyClosed struct {
	onlyShop
	n int
}

func (m manyClosed) ShopsClosed(_ context.Context, limit int) ([]tenant.ShopID, error) {
	shops := make([]tenant.ShopID, min(m.n, limit))
	for i := range shops {
		shops[i] = tenant.ShopID(fmt.Sprintf("closed-%d.myshopify.com", i))
	}
	return shops, nil
}

// However many shops are closed, each of them is asked in each round: they stay closed, so that what a round leaves
// out the next one would, too.
func TestEveryClosedShopIsAskedEachHour(t *testing.T) {
	t.Parallel()
	const n = 1200
	w := newWorld(t, func(c *jobstest.Config) {
		finder := c.Finder
		c.Finder = func(s *store.Store) jobs.Finder { return manyClosed{finder(s).(onlyShop), n} }
	})
	w.must(w.Sweeper.RunOnce(w.ctx))
	queue, err := w.Queues.GetQueueInfo(w.queues + "bulk")
	w.must(err)
	if queue.Pending != n {
		t.Errorf("%d tasks, want %d", queue.Pending, n)
	}
}

// delivery reads one delivery back.
func (w *world) delivery(id string) inbox.Delivery {
	w.t.Helper()
	d, err := w.kept.FindDelivery(w.ctx, w.shop, id)
	w.must(err)
	return d
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
