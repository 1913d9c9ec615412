package reports

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"twofold/figures"
	"twofold/funnel"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// sold decides about an order of so many days ago that credits an advocate.
func (s shop) sold(daysAgo int, by referral.AdvocateID, net string, state referral.State) {
	s.t.Helper()
	at := storetest.Noon.AddDate(0, 0, -daysAgo)
	friend := storetest.Friend()
	r := referral.Referral{Shop: s.id, Friend: friend, FactsRev: 1, DecidedRev: 1}
	r.State, r.Order, r.At, r.Advocate, r.Campaign.ID = state, "gid://shopify/Order/1", at, by, "cmp_1"
	r.Explained.Orders = []referral.Weighed{{Order: r.Order, At: at, Net: storetest.USD(net), Took: storetest.USD("20")}}
	r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
		Side: referral.AdvocateSide, State: referral.RewardPending, Amount: storetest.USD("20"),
	}}
	s.must(s.store.RaiseFacts(s.ctx, s.id, friend, true))
	s.must(s.store.SaveDecision(s.ctx, r, 1))
}

func (s shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// fold counts what was decided.
func (s shop) fold(at time.Time) {
	s.t.Helper()
	now := func() time.Time { return at }
	s.must(figures.New(s.store, now, slog.New(slog.DiscardHandler)).Fold(s.ctx, s.id))
}

// home folds, and reads some days up to noon.
func (s shop) home(days int) Home {
	s.t.Helper()
	now := func() time.Time { return storetest.Noon }
	s.fold(now())
	found, err := s.store.FindShop(s.ctx, s.id)
	s.must(err)
	home, err := NewHomeFigures(s.store, folk{}, now).Of(s.ctx, found, []referral.CampaignID{"cmp_1"}, days)
	s.must(err)
	return home
}

// Whatever is shown adds up: days to the period, advocates to the same, the period before apart.
func TestHomeAddsUp(t *testing.T) {
	t.Parallel()
	s := newShop(t, folk{})
	s.must(s.store.SaveProfile(s.ctx, s.id, tenant.Profile{Currency: "USD", TimeZone: "America/New_York"}, storetest.Noon))
	for i := range 7 {
		a := storetest.Advocate(t, s.store, s.id)
		s.sold(i, a.ID, fmt.Sprint(100+i), referral.Pending)
		s.sold(i, a.ID, "10", referral.Flagged)
	}
	s.sold(6, "adv_x", "50", referral.Voided)
	s.sold(7, "adv_x", "70", referral.Pending)
	s.sold(14, "adv_x", "90", referral.Pending)

	h := s.home(7)
	if h.Now.Revenue() != storetest.USD("791") || h.Now.Orders() != 14 || h.Now.Customers() != 7 {
		t.Errorf("%s from %d orders of %d customers", h.Now.Revenue(), h.Now.Orders(), h.Now.Customers())
	}
	if h.Now.Cost() != storetest.USD("440") || h.Now.Uncredited() != storetest.USD("20") {
		t.Errorf("cost %s, of it without a referral %s", h.Now.Cost(), h.Now.Uncredited())
	}
	if h.Before.Revenue() != storetest.USD("70") || h.Ever.Count(figures.Flagged) != 7 {
		t.Errorf("before %s, flagged %d", h.Before.Revenue(), h.Ever.Count(figures.Flagged))
	}

	if got := h.ByDay[6].Before; got != storetest.USD("70") { // a week before today
		t.Errorf("a week before today: %s", got)
	}

	var days, before int64
	for _, d := range h.ByDay {
		days += d.Now.Revenue().Minor
		before += d.Before.Minor
	}
	advocates := h.Rest.Revenue().Minor
	for _, a := range h.Top {
		advocates += a.Revenue().Minor
	}
	if days != 79100 || advocates != 79100 || before != 7000 || len(h.ByDay) != 7 {
		t.Errorf("days come to %d, advocates to %d, days before to %d", days, advocates, before)
	}
	if h.Advocates != 7 || len(h.Top) != 5 || h.Top[0].Revenue() != storetest.USD("116") || h.Rest.Orders() != 4 {
		t.Errorf("%d advocates, first %s, the others %d orders", h.Advocates, h.Top[0].Revenue(), h.Rest.Orders())
	}
}

func TestHomeOfANewShop(t *testing.T) {
	t.Parallel()
	s := newShop(t, folk{})
	h := s.home(30)
	if h.Now.Orders() != 0 || len(h.ByDay) != 30 || len(h.Top) != 0 || !h.LastSeen.IsZero() {
		t.Errorf("of nothing: %+v", h)
	}
}

func TestHomesFunnel(t *testing.T) {
	t.Parallel()
	s := newShop(t, folk{})
	at := func(daysAgo int, by referral.AdvocateID, seen, claims int) funnel.Day {
		day := storetest.Noon.AddDate(0, 0, -daysAgo).Format(time.DateOnly)
		key := funnel.Key{Shop: s.id, Campaign: referral.CampaignKey{ID: "cmp_1", Version: 1}, Advocate: by, Day: day}
		return funnel.Day{Key: key, Sums: funnel.Sums{Seen: seen, Claims: claims}}
	}
	s.must(s.store.AddToFunnel(s.ctx, []funnel.Day{
		at(1, "adv_a", 5, 1), at(1, "adv_b", 4, 0), at(0, "", 0, 1), at(7, "adv_a", 100, 50),
	}))

	h := s.home(7)
	if h.Seen != 9 || h.Claims != 2 || h.LastSeen.Format(time.DateOnly) != storetest.Noon.AddDate(0, 0, -1).Format(time.DateOnly) {
		t.Errorf("seen %d, claims %d, last %s", h.Seen, h.Claims, h.LastSeen)
	}
}
