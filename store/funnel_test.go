package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/funnel"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// day is one day's counts of a campaign that is in no shop.
func day(shop tenant.ShopID, date string, sums funnel.Sums, change ...func(*funnel.Day)) funnel.Day {
	d := funnel.Day{Key: funnel.Key{Shop: shop, Campaign: referral.CampaignKey{ID: "cmp_1", Version: 1}, Advocate: "adv_1", Day: date}, Sums: sums}
	for _, c := range change {
		c(&d)
	}
	return d
}

func TestFunnelAddsUp(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	shares := funnel.Sums{
		Seen:   1,
		Claims: 2,
		Joins:  3,
		Shares: map[funnel.Channel]int{funnel.ByCopy: 4, funnel.ByQR: 5},
	}
	must(t, s.AddToFunnel(ctx, nil))
	must(t, s.AddToFunnel(ctx, []funnel.Day{
		day(shop, "2026-11-19", funnel.Sums{Seen: 1000}), // before
		day(shop, "2026-11-20", shares),
		day(shop, "2026-12-01", funnel.Sums{Seen: 10}, func(d *funnel.Day) { d.Advocate = "" }),
		day(shop, "2026-12-01", funnel.Sums{Seen: 20}, func(d *funnel.Day) { d.Campaign.Version = 2 }),
		day(shop, "2026-12-01", funnel.Sums{Seen: 4000}, func(d *funnel.Day) { d.Campaign.ID = "cmp_2" }),
		day("other.myshopify.com", "2026-12-01", funnel.Sums{Seen: 5000}),
	}))
	must(t, s.AddToFunnel(ctx, []funnel.Day{day(shop, "2026-11-20", shares)}))

	got := get[funnel.Sums](t)(s.FunnelOf(ctx, shop, "cmp_1", "2026-11-20"))
	want := funnel.Sums{
		Seen:   32,
		Claims: 4,
		Joins:  6,
		Shares: map[funnel.Channel]int{funnel.ByCopy: 8, funnel.ByQR: 10},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if none := get[funnel.Sums](t)(s.FunnelOf(ctx, shop, "cmp_9", "2026-11-20")); none.Seen != 0 || none.Shared() != 0 {
		t.Errorf("of a campaign that nobody saw: %+v", none)
	}
}

func TestFunnelDocument(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	must(t, s.AddToFunnel(ctx, []funnel.Day{day(shop, "2026-11-20", funnel.Sums{
		Claims: 2,
		Shares: map[funnel.Channel]int{funnel.BySMS: 1},
	})}))
	got := raw(t, s, "funnel_days", bson.D{{Key: "advocate", Value: "adv_1"}})
	want := bson.M{
		"_id":      string(shop) + "/2026-11-20/cmp_1/1/adv_1",
		"shop":     string(shop),
		"day":      "2026-11-20",
		"campaign": "cmp_1",
		"version":  int32(1),
		"advocate": "adv_1",
		"claims":   int64(2),
		"shares":   bson.D{{Key: "sms", Value: int64(1)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What the version before counted is in the totals once it was migrated, however often.
func TestFunnelOfBeforeIsTotalled(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	version2 := func(d *funnel.Day) { d.Campaign.Version, d.Advocate = 2, "" }
	must(t, s.AddToFunnel(ctx, []funnel.Day{
		day(shop, "2026-11-20", funnel.Sums{Seen: 3, Claims: 1, Shares: map[funnel.Channel]int{funnel.ByQR: 2}}),
		day(shop, "2026-11-20", funnel.Sums{Seen: 4}, func(d *funnel.Day) { d.Advocate = "adv_2" }),
		day(shop, "2026-11-21", funnel.Sums{Joins: 5}, version2),
	}))
	want := get[funnel.Sums](t)(s.FunnelOf(ctx, shop, "cmp_1", "2026-11-01"))
	totals := bson.D{{Key: "advocate", Value: funnel.Anyone}}
	if n, err := s.Database().Collection("funnel_days").CountDocuments(ctx, totals); err != nil || n != 2 || want.Seen != 7 {
		t.Errorf("%d totals, %v, of %+v", n, err, want)
	}

	_, err := s.Database().Collection("funnel_days").DeleteMany(ctx, totals)
	must(t, err)
	for range 2 {
		must(t, s.Migrate(ctx))
		if diff := cmp.Diff(want, get[funnel.Sums](t)(s.FunnelOf(ctx, shop, "cmp_1", "2026-11-01"))); diff != "" {
			t.Errorf("-before +migrated:\n%s", diff)
		}
	}
	must(t, s.AddToFunnel(ctx, []funnel.Day{day(shop, "2026-11-21", funnel.Sums{Joins: 1}, version2)}))
	if got := get[funnel.Sums](t)(s.FunnelOf(ctx, shop, "cmp_1", "2026-11-01")); got.Joins != 6 {
		t.Errorf("%d joins, want 6", got.Joins)
	}
}

// Several processes count the same day for the first time: all of it is there, whoever makes the documents.
func TestFunnelIsCountedByManyAtOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	const writers, days = 16, 30
	for i := range days {
		won(t, atOnce(writers, func(int) error {
			return s.AddToFunnel(ctx, []funnel.Day{day(shop, fmt.Sprintf("2026-11-%02d", i+1), funnel.Sums{Seen: 1})})
		}), "")
	}
	if got := get[funnel.Sums](t)(s.FunnelOf(ctx, shop, "cmp_1", "2026-11-01")); got.Seen != writers*days {
		t.Errorf("%d were counted, want %d", got.Seen, writers*days)
	}
}

func TestAdvocatesByCodes(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	one := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Codes = []string{"NOW-1", "BEFORE-1"} })
	two := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Codes = []string{"NOW-2"} })
	storetest.Advocate(t, s, storetest.Shop(t, s).ID, func(a *referral.Advocate) { a.Codes = []string{"ELSEWHERE"} })
	codes := []string{"BEFORE-1", "NOW-2", "ELSEWHERE", "NOBODY"}
	got := get[map[string]referral.AdvocateID](t)(s.AdvocatesByCodes(ctx, shop, codes))
	if got["BEFORE-1"] != one.ID || got["NOW-2"] != two.ID || got["ELSEWHERE"] != "" || got["NOBODY"] != "" {
		t.Errorf("got %v", got)
	}
	if none := get[map[string]referral.AdvocateID](t)(s.AdvocatesByCodes(ctx, shop, nil)); len(none) != 0 {
		t.Errorf("of no codes: %v", none)
	}
}
