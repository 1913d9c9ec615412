package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// settlement20 takes $20 from November's budget.
func settlement20() *referral.Settlement {
	return &referral.Settlement{Campaign: "cmp_a", Month: "2026-11", Amount: storetest.USD("20")}
}

// budget reads what November has settled, in cents, and for how many.
func budget(t *testing.T, s *store.Store, shop tenant.ShopID) (minor, count int64) {
	t.Helper()
	filter := bson.D{{Key: "_id", Value: string(shop) + "/cmp_a/2026-11"}, {Key: "shop", Value: shop}}
	if n := get[int64](t)(s.Database().Collection("budgets").CountDocuments(storetest.Context(t), filter)); n == 0 {
		return 0, 0
	}
	doc := raw(t, s, "budgets", filter)
	var settled struct {
		Settled struct{ Minor int64 }
	}
	must(t, bson.Unmarshal(get[[]byte](t)(bson.Marshal(doc)), &settled))
	return settled.Settled.Minor, number(t, doc, "count")
}

// ripe makes a pending referral and what its approval would write.
func ripe(
	t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID,
) (approved referral.Referral, rev int64) {
	t.Helper()
	r := decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) { r.State = referral.Pending })
	rev = r.FactsRev
	r.State, r.FactsRev, r.DecidedRev = referral.Approved, rev+1, rev+1
	return r, rev
}

// one is a referral's decision alone.
func one(r referral.Referral, rev int64) []referral.Decision {
	return []referral.Decision{{Referral: r, Rev: rev}}
}

func lease(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID) tenant.Lease {
	t.Helper()
	return get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "orders", time.Minute))
}

func TestApprovalSettlesTheBudgetOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	l := lease(t, ctx, s, shop)
	for want := range int64(3) {
		r, rev := ripe(t, ctx, s, shop)
		must(t, s.Approve(ctx, l, one(r, rev), settlement20()))
		wantKind(t, "a second time", s.Approve(ctx, l, one(r, rev), settlement20()), fault.Conflict)
		if minor, count := budget(t, s, shop); minor != 2000*(want+1) || count != want+1 {
			t.Errorf("settled %d for %d", minor, count)
		}
		if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, r.Friend)); got.State != referral.Approved || got.FactsRev != rev+1 {
			t.Errorf("got %+v", got)
		}
	}
}

func TestApprovalThatMustNotBeChangesNothing(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(t *testing.T, ctx context.Context, s *store.Store, l tenant.Lease, r referral.Referral) tenant.Lease{
		"lease taken by another": func(t *testing.T, ctx context.Context, s *store.Store, l tenant.Lease, _ referral.Referral) tenant.Lease {
			t.Helper()
			must(t, s.ReleaseLease(ctx, l))
			lease(t, ctx, s, l.Shop)
			return l
		},
		"lease given back": func(t *testing.T, ctx context.Context, s *store.Store, l tenant.Lease, _ referral.Referral) tenant.Lease {
			t.Helper()
			must(t, s.ReleaseLease(ctx, l))
			return l
		},
		"lease run out": func(t *testing.T, ctx context.Context, s *store.Store, l tenant.Lease, _ referral.Referral) tenant.Lease {
			t.Helper()
			must(t, s.ReleaseLease(ctx, l))
			return get[tenant.Lease](t)(s.AcquireLease(ctx, l.Shop, l.Name, 0))
		},
		"lease of another name": func(_ *testing.T, _ context.Context, _ *store.Store, l tenant.Lease, _ referral.Referral) tenant.Lease {
			l.Name = "pool"
			return l
		},
		"lease of another shop": func(t *testing.T, ctx context.Context, s *store.Store, l tenant.Lease, _ referral.Referral) tenant.Lease {
			t.Helper()
			other := lease(t, ctx, s, storetest.Shop(t, s).ID)
			must(t, s.ReleaseLease(ctx, l))
			other.Shop = l.Shop
			return other
		},
		"facts moved": func(t *testing.T, ctx context.Context, s *store.Store, l tenant.Lease, r referral.Referral) tenant.Lease {
			t.Helper()
			must(t, s.RaiseFacts(ctx, r.Shop, r.Friend, false))
			return l
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			r, rev := ripe(t, ctx, s, shop)
			l := spoil(t, ctx, s, lease(t, ctx, s, shop), r)
			wantKind(t, "approve", s.Approve(ctx, l, one(r, rev), settlement20()), fault.Conflict)
			if minor, count := budget(t, s, shop); minor != 0 || count != 0 {
				t.Errorf("settled %d for %d", minor, count)
			}
			if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, r.Friend)); got.State != referral.Pending {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// The lease is held and the facts have not moved, but the transaction does not come to its end.
func TestApprovalThatIsNotCommittedChangesNothing(t *testing.T) {
	t.Parallel()
	m := startMongo(t, "enableTestCommands=1")
	s := storetest.Open(t, store.Config{URI: m.URI()})
	ctx, shop := storetest.Context(t), storetest.Shop(t, s).ID
	r, rev := ripe(t, ctx, s, shop)
	l := lease(t, ctx, s, shop)
	const illegalOperation = 20 // not one of those that are tried again
	fail(t, s, bson.D{
		{Key: "failCommands", Value: bson.A{"commitTransaction"}},
		{Key: "errorCode", Value: illegalOperation},
	})
	if err := s.Approve(ctx, l, one(r, rev), settlement20()); err == nil {
		t.Error("approved without a commit")
	}
	// The server waits for another commit, for a minute; end that as it would.
	must(t,
		s.Database().Client().Database("admin").RunCommand(ctx, bson.D{{Key: "killAllSessions", Value: bson.A{}}}).Err())
	if minor, count := budget(t, s, shop); minor != 0 || count != 0 {
		t.Errorf("settled %d for %d", minor, count)
	}
	if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, r.Friend)); got.State != referral.Pending {
		t.Errorf("got %+v", got)
	}
}

func TestSettlementsStayWithinTheirLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what    string
		settled []string // by earlier approvals, without a limit
		amount  string
		limit   string
		want    fault.Kind
	}{
		{"the first, above the limit by a cent", nil, "20.01", "20", fault.Conflict},
		{"the first, on the limit", nil, "20", "20", ""},
		{"the rest, below the limit", []string{"20"}, "19.99", "40", ""},
		{"the rest, on the limit", []string{"20"}, "20", "40", ""},
		{"the rest, above the limit by a cent", []string{"20"}, "20.01", "40", fault.Conflict},
		{"nothing more when all is spent", []string{"20", "20"}, "0", "40", ""},
		{"nothing more when the limit was lowered", []string{"20", "20"}, "0", "30", fault.Conflict},
		{"no limit", []string{"20"}, "1000000", "0", ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			l := lease(t, ctx, s, shop)
			sum := storetest.USD("0")
			approve := func(amount, limit string) error {
				r, rev := ripe(t, ctx, s, shop)
				settled := settlement20()
				settled.Amount, settled.Limit = storetest.USD(amount), storetest.USD(limit)
				err := s.Approve(ctx, l, one(r, rev), settled)
				if err == nil {
					sum = get[money.Amount](t)(sum.Add(settled.Amount))
				}
				if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, r.Friend)); (got.State == referral.Approved) != (err == nil) {
					t.Errorf("approve says %v, the referral is %s", err, got.State)
				}
				return err
			}
			for _, amount := range row.settled {
				must(t, approve(amount, "0"))
			}
			wantKind(t, row.what, approve(row.amount, row.limit), row.want)
			got := get[money.Amount](t)(s.SettledIn(ctx, shop, "cmp_a", "2026-11"))
			if got.Minor != sum.Minor || (got.Currency != "USD" && !sum.IsZero()) {
				t.Errorf("settled %v, want %v", got, sum)
			}
			for _, other := range []money.Amount{
				get[money.Amount](t)(s.SettledIn(ctx, shop, "cmp_a", "2026-12")), get[money.Amount](t)(s.SettledIn(ctx, shop, "cmp_b", "2026-11")),
			} {
				if other != (money.Amount{}) {
					t.Errorf("elsewhere: %v", other)
				}
			}
		})
	}
}

// Eight approvals of $20 at once and $100 to give: five go through, under one lease or several.
func TestApprovalsAtOnceStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	type ready struct {
		lease tenant.Lease
		all   []referral.Decision
	}
	var all []ready
	for i := range 8 {
		r, rev := ripe(t, ctx, s, shop)
		l := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, fmt.Sprint("orders-", i), time.Minute))
		all = append(all, ready{l, one(r, rev)})
	}
	bounded := settlement20()
	bounded.Limit = storetest.USD("100")
	errs := atOnce(len(all), func(i int) error { return s.Approve(ctx, all[i].lease, all[i].all, bounded) })
	if n := won(t, errs, fault.Conflict); n != 5 {
		t.Errorf("%d approvals won, want 5", n)
	}
	if minor, count := budget(t, s, shop); minor != 10000 || count != 5 {
		t.Errorf("settled %d for %d", minor, count)
	}
}

// A release that makes up for what is owed elsewhere writes several referrals, or none.
func TestDecisionsOfOneApprovalAreWrittenTogether(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	l := lease(t, ctx, s, shop)
	a, revA := ripe(t, ctx, s, shop)
	b, revB := ripe(t, ctx, s, shop)
	both := append(one(a, revA), one(b, revB)...)
	must(t, s.RaiseFacts(ctx, shop, b.Friend, false))
	wantKind(t, "one has moved", s.Approve(ctx, l, both, nil), fault.Conflict)
	if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, a.Friend)); got.State != referral.Pending {
		t.Errorf("the other was written: %+v", got)
	}
	both[1].Rev++
	must(t, s.Approve(ctx, l, both, nil))
	for _, friend := range []referral.FriendID{a.Friend, b.Friend} {
		if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend)); got.State != referral.Approved {
			t.Errorf("got %+v", got)
		}
	}
	if minor, count := budget(t, s, shop); minor != 0 || count != 0 {
		t.Errorf("settled %d for %d", minor, count)
	}
}

func TestBudgetHasOneCurrency(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	l := lease(t, ctx, s, shop)
	r, rev := ripe(t, ctx, s, shop)
	must(t, s.Approve(ctx, l, one(r, rev), settlement20()))
	yen := settlement20()
	yen.Amount = money.MustParse("2000", "JPY")
	r, rev = ripe(t, ctx, s, shop)
	wantKind(t, "yen in a dollar budget", s.Approve(ctx, l, one(r, rev), yen), fault.Internal)
	if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, r.Friend)); got.State != referral.Pending {
		t.Errorf("got %+v", got)
	}
}

// The month's first approvals at once: each is settled, none twice.
func TestApprovalsAtOnceAllSettle(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	l := lease(t, ctx, s, shop)
	var all [][]referral.Decision
	for range 8 {
		r, rev := ripe(t, ctx, s, shop)
		all = append(all, one(r, rev), one(r, rev)) // each by two workers that stalled
	}
	errs := atOnce(len(all), func(i int) error { return s.Approve(ctx, l, all[i], settlement20()) })
	if n := won(t, errs, fault.Conflict); n != 8 {
		t.Errorf("%d approvals won, want 8", n)
	}
	if minor, count := budget(t, s, shop); minor != 16000 || count != 8 {
		t.Errorf("settled %d for %d", minor, count)
	}
}

func TestLeaseHasOneHolderAtATime(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	var last int64
	for range 3 {
		leases := make([]tenant.Lease, 8)
		errs := atOnce(len(leases), func(i int) (err error) {
			leases[i], err = s.AcquireLease(ctx, shop, "orders", time.Minute)
			return err
		})
		if n := won(t, errs, fault.Conflict); n != 1 {
			t.Fatalf("%d of 8 got the lease", n)
		}
		for i, err := range errs {
			if err != nil {
				continue
			}
			if leases[i].Token <= last {
				t.Errorf("token went from %d to %d", last, leases[i].Token)
			}
			last = leases[i].Token
			must(t, s.ReleaseLease(ctx, leases[i]))
			must(t, s.ReleaseLease(ctx, leases[i]))
		}
	}
	get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "pool", time.Minute)) // another name is another lease
	lease(t, ctx, s, shop)
	get[tenant.Lease](t)(s.AcquireLease(ctx, "-", "orders", time.Minute)) // and so is another shop
}

func TestLeaseRunsOutByItself(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	stalled := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, "orders", 50*time.Millisecond))
	var next tenant.Lease
	eventually(t, "the lease runs out", func() bool {
		var err error
		next, err = s.AcquireLease(ctx, shop, "orders", time.Minute)
		return err == nil
	})
	if next.Token != stalled.Token+1 {
		t.Errorf("token went from %d to %d", stalled.Token, next.Token)
	}
	must(t, s.ReleaseLease(ctx, stalled)) // wakes and gives back what it has lost
	_, err := s.AcquireLease(ctx, shop, "orders", time.Minute)
	wantKind(t, "the next holder's lease", err, fault.Conflict)
}

// An approval and a take-over of its lease, started together: whatever comes first, both never succeed on one token.
func TestApprovalAgainstATakeOver(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for i := range 20 {
		r, rev := ripe(t, ctx, s, shop)
		name := fmt.Sprint("race-", i)
		old := get[tenant.Lease](t)(s.AcquireLease(ctx, shop, name, time.Minute))
		errs := atOnce(2, func(side int) error {
			if side == 0 {
				return s.Approve(ctx, old, one(r, rev), settlement20())
			}
			return s.ReleaseLease(ctx, old)
		})
		must(t, errs[1])
		got := get[referral.Referral](t)(s.FindReferral(ctx, shop, r.Friend))
		if (errs[0] == nil) != (got.State == referral.Approved) {
			t.Errorf("approve says %v, the referral is %s", errs[0], got.State)
		}
	}
}
