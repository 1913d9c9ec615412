package store_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/figures"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// sold decides about a friend's order that is pending.
func sold(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, net string, at time.Time) referral.Referral {
	t.Helper()
	return decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) {
		r.State, r.Order, r.At, r.Advocate, r.Campaign.ID = referral.Pending, "gid://shopify/Order/1", at, "adv_a", "cmp_a"
		r.Explained.Orders = []referral.Weighed{{Order: r.Order, At: at, Net: storetest.USD(net), Took: storetest.USD("20")}}
		r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
			Side: referral.AdvocateSide, State: referral.RewardPending, Amount: storetest.USD("20"),
		}}
	})
}

// bookkeeper folds at noon.
func bookkeeper(s *store.Store) *figures.Service { return bookkeeperAt(s, noon) }

func bookkeeperAt(s *store.Store, now time.Time) *figures.Service {
	return figures.New(s, func() time.Time { return now }, slog.New(slog.DiscardHandler))
}

// wantBooks compares what is kept with what all referrals come to at noon.
func wantBooks(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID) figures.Books {
	t.Helper()
	return wantBooksAt(t, ctx, s, shop, noon)
}

func wantBooksAt(
	t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, now time.Time,
) figures.Books {
	t.Helper()
	found := get[tenant.Shop](t)(s.FindShop(ctx, shop))
	all := get[[]referral.Referral](t)(s.ListReferrals(ctx, shop, 100))
	books := get[figures.Books](t)(s.ReadBooks(ctx, shop))
	scratch := figures.BooksOf(all, found.Profile.Location(), now)
	if diff := cmp.Diff(scratch, books, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-from scratch +folded\n%s", diff)
	}
	return books
}

func TestCostOfACampaign(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	cost := func(id referral.CampaignID) referral.Cost {
		return get[referral.Cost](t)(s.CampaignCost(ctx, shop, id, "2026-11-20", "2026-11-21", "USD"))
	}
	if got, want := cost("cmp_a"), (referral.Cost{Given: storetest.USD("0")}); got != want {
		t.Errorf("of nothing: got %+v, want %+v", got, want)
	}

	for _, day := range []int{19, 20, 20, 21, 22} {
		sold(t, ctx, s, shop, "100", time.Date(2026, 11, day, 12, 0, 0, 0, time.UTC))
	}
	if err := bookkeeper(s).Fold(ctx, shop); err != nil {
		t.Fatal(err)
	}

	// Each order cost $20 of the friend's and has $20 on hold.
	if got, want := cost("cmp_a"), (referral.Cost{Customers: 3, Given: storetest.USD("120")}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := cost("cmp_b"); got.Customers != 0 {
		t.Errorf("of another campaign: %+v", got)
	}
}

func TestADecisionIsCountedOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	r := sold(t, ctx, s, shop, "80", noon)
	sold(t, ctx, s, shop, "50", noon.AddDate(0, 0, -1))

	must(t, bookkeeper(s).Fold(ctx, shop))
	must(t, bookkeeper(s).Fold(ctx, shop))
	books := wantBooks(t, ctx, s, shop)
	if n := len(books.Days); n != 3 || books.Days[2].Sums[figures.Revenue] != 13000 {
		t.Errorf("%d days, in all %v", n, books.Days)
	}
	if left := get[[]figures.Counted](t)(s.Uncounted(ctx, shop, noon, 10)); len(left) != 0 {
		t.Errorf("%d are still to be counted", len(left))
	}

	r.State, r.DecidedRev = referral.Voided, r.DecidedRev+1 // decided anew
	must(t, s.SaveDecision(ctx, r, r.FactsRev))
	must(t, bookkeeper(s).Fold(ctx, shop))
	wantBooks(t, ctx, s, shop)
}

func TestWhatWasDecidedMeanwhileIsNotCountedOnOldFacts(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	r := sold(t, ctx, s, shop, "80", noon)
	l := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "figures", time.Minute))
	read := get[[]figures.Counted](t)(s.Uncounted(ctx, shop, noon, 10))
	parts, _ := figures.Of(r, time.UTC, noon)
	all := []figures.Recount{{Counted: read[0], Is: parts}}

	again := r
	again.DecidedRev++
	must(t, s.SaveDecision(ctx, again, r.FactsRev))
	wantKind(t, "decided meanwhile", s.SaveCounted(ctx, l, all, figures.Difference(all, "2026-11-20")), fault.Conflict)
	must(t, s.SaveDecision(ctx, r, r.FactsRev))
	must(t, s.ReleaseLease(ctx, l))
	wantKind(t, "without the lease", s.SaveCounted(ctx, l, all, figures.Difference(all, "2026-11-20")), fault.Conflict)
	if books := get[figures.Books](t)(s.ReadBooks(ctx, shop)); len(books.Days)+len(books.Advocates) != 0 {
		t.Errorf("something was added all the same: %v", books)
	}
}

// A reward that ends is counted again when its time has come, and no sooner.
func TestATimeIsWaitedFor(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	sold(t, ctx, s, shop, "80", noon)
	l := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "figures", time.Minute))
	all := []figures.Recount{{Counted: get[[]figures.Counted](t)(s.Uncounted(ctx, shop, noon, 10))[0], Until: noon.Add(time.Hour)}}
	must(t, s.SaveCounted(ctx, l, all, figures.Books{}))

	wantShops(t, "an instant before", get[[]tenant.ShopID](t)(s.ShopsToCount(ctx, noon.Add(time.Hour-time.Millisecond), 10)))
	wantShops(t, "then", get[[]tenant.ShopID](t)(s.ShopsToCount(ctx, noon.Add(time.Hour), 10)), shop)
}

// With the day the spans turn, however many days nobody looked, also back where a time zone is behind the one before.
func TestSpansTurnWithTheDay(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for _, before := range []int{0, 6, 29, 89, 120} {
		sold(t, ctx, s, shop, "80", noon.AddDate(0, 0, -before))
	}
	must(t, bookkeeper(s).Fold(ctx, shop))
	midnight := time.Date(2026, 11, 21, 0, 0, 0, 0, get[tenant.Shop](t)(s.FindShop(ctx, shop)).Profile.Location())
	wantShops(t, "an instant before midnight", get[[]tenant.ShopID](t)(s.ShopsToCount(ctx, midnight.Add(-time.Millisecond), 10)))
	wantShops(t, "at midnight", get[[]tenant.ShopID](t)(s.ShopsToCount(ctx, midnight, 10)), shop)

	for _, days := range []int{0, 1, 2, 25, 24, 200} {
		now := midnight.AddDate(0, 0, days)
		must(t, bookkeeperAt(s, now).Fold(ctx, shop))
		wantBooksAt(t, ctx, s, shop, now)
	}
	if wrong := get[figures.Books](t)(bookkeeperAt(s, midnight).Rebuild(ctx, shop)); len(wrong.Advocates) != 0 {
		t.Errorf("wrong are %v", wrong)
	}
}

// Who brought the most is found among those who are credited with an order, and they are counted as far as one looks.
func TestTopAdvocatesOfASpan(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	by := func(advocate referral.AdvocateID, state referral.State, net string) {
		r := sold(t, ctx, s, shop, net, noon.AddDate(0, 0, -7))
		r.Advocate, r.State = advocate, state
		must(t, s.SaveDecision(ctx, r, r.FactsRev))
	}
	by("adv_a", referral.Pending, "10")
	by("adv_b", referral.Approved, "30")
	by("adv_b", referral.Flagged, "50")
	by("adv_c", referral.Pending, "70")
	by("adv_d", referral.Voided, "900")
	must(t, bookkeeper(s).Fold(ctx, shop))

	for _, row := range []struct{ days, atMost, top, advocates int }{{30, 100, 2, 3}, {90, 2, 2, 2}, {7, 100, 0, 0}} {
		top, n, err := s.TopAdvocates(ctx, shop, row.days, "USD", 2, row.atMost)
		if err != nil || len(top) != row.top || n != row.advocates {
			t.Errorf("of %d days: %v, %d advocates, %v", row.days, top, n, err)
		}
		if len(top) > 0 && (top[0].Advocate != "adv_b" || top[0].Sums[figures.Revenue] != 8000 || top[1].Advocate != "adv_c") {
			t.Errorf("of %d days: %v", row.days, top)
		}
	}
}

// In another time zone the day of an order may be another one: all are counted anew.
func TestAnotherTimeZoneMovesTheDays(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	sold(t, ctx, s, shop, "80", time.Date(2026, 11, 8, 2, 0, 0, 0, time.UTC))
	for zone, want := range map[string]string{"Europe/Berlin": "2026-11-08", "America/New_York": "2026-11-07"} {
		must(t, s.SaveProfile(ctx, shop, tenant.Profile{TimeZone: zone}, noon))
		must(t, bookkeeper(s).Fold(ctx, shop))
		if books := wantBooks(t, ctx, s, shop); books.Days[0].Day != want {
			t.Errorf("%s: %s, want %s", zone, books.Days[0].Day, want)
		}
	}
}

// Whatever is wrong in the books, a rebuild finds it and puts it right.
func TestRebuildPutsTheBooksRight(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	sold(t, ctx, s, shop, "80", noon)
	must(t, bookkeeper(s).Fold(ctx, shop))
	if wrong := get[figures.Books](t)(bookkeeper(s).Rebuild(ctx, shop)); len(wrong.Days)+len(wrong.Advocates) != 0 {
		t.Errorf("nothing was wrong, told %v", wrong)
	}

	spoilt := bson.D{{Key: "$inc", Value: bson.D{{Key: "sums.revenue", Value: 7}}}}
	_, err := s.Database().Collection("figure_days").UpdateOne(ctx, bson.D{{Key: "shop", Value: shop}}, spoilt)
	must(t, err)
	_, err = s.Database().Collection("advocate_days").DeleteMany(ctx, bson.D{{Key: "shop", Value: shop}})
	must(t, err)
	wrong := get[figures.Books](t)(bookkeeper(s).Rebuild(ctx, shop))
	if len(wrong.Days) != 1 || wrong.Days[0].Sums[figures.Revenue] != -7 || len(wrong.Advocates) != 6 { // a day, three spans, where hers stand and where all do
		t.Errorf("wrong are %v", wrong)
	}
	wantBooks(t, ctx, s, shop)
}

// Referrals that were decided before there were figures are found, and those that the version before decides beside
// this one.
func TestReferralsOfBeforeAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	r := sold(t, ctx, s, shop, "80", noon)
	of := bson.D{{Key: "shop", Value: shop}}
	forgotten := func(update bson.D) {
		_, err := s.Database().Collection("referrals").UpdateMany(ctx, of, update)
		must(t, err)
		must(t, s.Migrate(ctx))
		must(t, bookkeeper(s).Fold(ctx, shop))
		wantBooks(t, ctx, s, shop)
	}

	forgotten(bson.D{{Key: "$unset", Value: bson.D{{Key: "to_count", Value: ""}, {Key: "count_at", Value: ""}}}})
	forgotten(bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: referral.Voided}, {Key: "decided_rev", Value: r.DecidedRev + 1}}}})

	standing := bson.D{{Key: "day", Value: figures.Ever}, {Key: "advocate", Value: ""}} // which schema 10 did not count
	_, err := s.Database().Collection("advocate_days").DeleteOne(ctx, append(of, standing...))
	must(t, err)
	forgotten(bson.D{{Key: "$pull", Value: bson.D{{Key: "counted", Value: standing}}}})
}
