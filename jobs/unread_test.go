package jobs_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twofold/jobs"
	"twofold/referral"
	"twofold/simulator"
)

// hugeAttributes are more than is read of one answer: Shopify documents 250 cart attributes, and no length.
func hugeAttributes() map[string]string {
	all := map[string]string{}
	for i := range 100 {
		all[fmt.Sprintf("note %d", i)] = strings.Repeat("x", 12<<10)
	}
	return all
}

// placeHuge has a stranger place an order that is too large to be read.
func (w *world) placeHuge(email string) simulator.Order {
	w.t.Helper()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: email, Items: []simulator.Item{{Title: "Tea", Price: "1.00"}}, Attributes: hugeAttributes(),
	})
	w.must(err)
	return o
}

// unread are the names and ids of the shop's orders that cannot be read.
func (w *world) unread() []referral.UnreadOrder {
	w.t.Helper()
	all, err := w.kept.UnreadOrders(w.ctx, w.shop, w.now().Add(time.Hour), 10)
	w.must(err)
	return all
}

// H2: orders that are too large to be read, alone or with the others on their page, stop no reward but their own.
// They are known, and nothing about them is an error.
func TestOrdersTooLargeToBeReadStopNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	var huge []simulator.Order
	for i := range 3 {
		for range 2 { // between them others that can be read
			_, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{Email: "carol@example.com", Items: []simulator.Item{{Title: "Tea", Price: "1.00"}}})
			w.must(err)
		}
		huge = append(huge, w.placeHuge(fmt.Sprintf("stranger-%d@example.com", i)))
	}
	w.later()
	w.settle()

	if r := w.wantReward("the honest order", referral.RewardIssued); r.Reason != referral.ReasonNone {
		t.Errorf("held: %s", r.Reason)
	}
	if got := w.unread(); len(got) != len(huge) || string(got[0].ID) != huge[0].GID {
		t.Errorf("unread: %+v, want the three", got)
	}
	if log := w.log.String(); strings.Contains(log, "level=ERROR") || strings.Count(log, "too large to be read") != len(huge) {
		t.Errorf("want one warning an order, and no error:\n%s", log)
	}
}

// H2: many orders that fill a page only together are read in smaller pages, and none is passed over.
func TestAPageTooLargeIsReadInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	for i := range 60 {
		_, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
			Email: fmt.Sprintf("c%d@example.com", i), Items: []simulator.Item{{Title: "Tea", Price: "1.00"}},
			Attributes: map[string]string{"note": strings.Repeat("x", 40<<10)},
		})
		w.must(err)
	}
	w.order()
	w.must(w.run(w.forShop("orders:reconcile")))
	w.friend()
	if got := w.unread(); len(got) != 0 {
		t.Errorf("unread: %+v, want none", got)
	}
}

// H2: a friend's order that becomes too large to be read is held with its reason, whoever tells of it, and
// is tried again a day later.
func TestAnOrderThatBecomesTooLargeIsHeldUntilItCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.credited()
	_, err := w.sim.SetAttributes(string(w.shop), o.ID, hugeAttributes())
	w.must(err)
	w.deliver("orders/edited", o)
	w.settle()
	if r := w.referral(); r.State != referral.Flagged || r.Reason != referral.ReasonUnread {
		t.Errorf("%s (%s), want flagged: it cannot be read", r.State, r.Reason)
	}
	w.later()
	w.settle()
	if r := w.referral(); r.Release != nil || r.Reason != referral.ReasonUnread {
		t.Errorf("released %v (%s), want it held", r.Release, r.Reason)
	}

	_, err = w.sim.SetAttributes(string(w.shop), o.ID, nil)
	w.must(err)
	w.later()
	w.settle()
	w.wantReward("read again", referral.RewardIssued)
	if got := w.unread(); len(got) != 0 {
		t.Errorf("unread: %+v, want none", got)
	}
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Error(w.log)
	}
}

// H2: of our cart attribute no more is kept than the widget writes.
func TestACartAttributeThatIsTooLongIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, DiscountCodes: []string{w.claim()},
		Attributes: map[string]string{referral.ClaimAttribute: "clm_" + strings.Repeat("x", 60_000)},
	})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	kept, err := w.kept.FindOrder(w.ctx, w.shop, referral.OrderID(o.GID))
	w.must(err)
	if len(kept.Attributes) != 0 {
		t.Errorf("%d bytes kept", len(kept.Attributes[0].Value))
	}
	w.friend()
}

// referral is that of the one friend of this world.
func (w *world) referral() referral.Referral {
	w.t.Helper()
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	return r
}

// H2: a shop that is not reconciled for hours is measured, and an alarm tells of it, at most once an hour; a clock
// that was set, or a first look that is under way, is no reason.
func TestAReconcileThatIsBehindIsAnAlarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	w.must(w.run(w.forShop("orders:reconcile")))
	wall, metrics := time.Now(), prometheus.NewRegistry()
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sweeper := jobs.NewSweeper(onlyShop{w.kept, w.shop}, w.Codes, w.Bell, w.now, func() time.Time { return wall }, log, metrics, jobs.Config{})
	alarms := func() int {
		w.must(sweeper.RunOnce(w.ctx))
		return strings.Count(w.log.String(), "reconcile is behind")
	}

	w.must(w.sim.Advance(w.ctx, 3*time.Hour-time.Minute))
	wall = wall.Add(time.Hour)
	if n, behind := alarms(), gauge(t, metrics, "twofold_reconcile_behind_seconds"); n != 0 || behind != 0 {
		t.Errorf("within three hours: %d alarms, behind %v s", n, behind)
	}
	w.must(w.sim.Advance(w.ctx, 2*time.Hour))
	if n, behind := alarms(), gauge(t, metrics, "twofold_reconcile_behind_seconds"); n != 0 || behind < 4*3600 {
		t.Errorf("seen just now: %d alarms, behind %v s", n, behind)
	}
	wall = wall.Add(15 * time.Minute)
	for range 2 {
		if n := alarms(); n != 1 {
			t.Errorf("a quarter of an hour later: %d alarms, want one", n)
		}
	}
	if !strings.Contains(w.log.String(), "level=ERROR") || !strings.Contains(w.log.String(), "hours=4") {
		t.Error(w.log)
	}

	w.must(w.run(w.forShop("orders:reconcile")))
	alarms()
	if late := gauge(t, metrics, "twofold_reconcile_late_shops"); late != 0 {
		t.Errorf("after a reconcile: %v shops late", late)
	}
}

// gauge is the value of a gauge without labels.
func gauge(t *testing.T, metrics *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
