package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// near makes a referral wait that shows others an order by an advocate's link.
func near(
	t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, friend referral.FriendID, by referral.AdvocateID, at time.Time, cards ...string,
) referral.Referral {
	t.Helper()
	return decided(t, ctx, s, shop, friend, func(r *referral.Referral) {
		r.State, r.Advocate, r.At = referral.Pending, by, at
		r.Neighbour = referral.Neighbour{Friend: friend.Customer(), Traces: []referral.Trace{{Advocate: by, At: at, Cards: cards}}}
		r.LookAgain = referral.Look{Links: r.Neighbour.Advocates(), Ties: r.Neighbour.Ties()}
		r.LookRev = 1
	})
}

// around is whom the facts know around the friend, sorted.
func around(f referral.Facts) (all []referral.CustomerID) {
	for _, n := range f.Neighbours {
		all = append(all, n.Friend)
	}
	return all
}

// What is known around a friend: others of the link, who shares a card, who brought the advocate and so on, and what the
// advocate bought. Not who is another link's alone, another lane's, or another shop's.
func TestFactsAroundAFriend(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	storetest.Campaign(t, s, shop)
	alice, zoe, carol := storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop)
	bob, eve, tess := storetest.Friend(), storetest.Friend(), storetest.Friend()

	storetest.Order(t, s, shop, func(o *referral.Order) {
		o.Customer, o.Codes, o.Cards, o.ProcessedAt = bob.Customer(), []string{alice.Code()}, []string{"k:c"}, noon
	})
	storetest.Order(t, s, shop, func(o *referral.Order) { o.Customer = alice.Customer })
	near(t, ctx, s, shop, bob, alice.ID, noon)
	near(t, ctx, s, shop, eve, alice.ID, noon.Add(time.Hour))
	near(t, ctx, s, shop, tess, zoe.ID, noon, "k:c")
	near(t, ctx, s, shop, storetest.Friend(), zoe.ID, noon)
	near(t, ctx, s, shop, referral.FriendOf(storetest.Customer(), true), alice.ID, noon)
	near(t, ctx, s, storetest.Shop(t, s).ID, storetest.Friend(), alice.ID, noon)
	above := referral.FriendOf(alice.Customer, false)
	near(t, ctx, s, shop, above, carol.ID, noon.Add(-time.Hour))
	further := referral.FriendOf(carol.Customer, false)
	near(t, ctx, s, shop, further, zoe.ID, noon.Add(-2*time.Hour))

	f := factsOf(t, ctx, s, shop, bob)
	want := []referral.CustomerID{eve.Customer(), tess.Customer(), above.Customer(), further.Customer()}
	slices.Sort(want)
	if got := around(f); !slices.Equal(got, want) {
		t.Errorf("around the friend: %v, want %v", got, want)
	}
	if len(f.Own) != 1 || f.Own[0].Customer != alice.Customer {
		t.Errorf("the advocate's own orders: %v", f.Own)
	}
	if f.Advocates[zoe.ID].ID == "" || f.Advocates[carol.ID].ID == "" {
		t.Errorf("who brought the advocate is not known: %v", f.Advocates)
	}

	decided(t, ctx, s, shop, bob, func(r *referral.Referral) { r.Issues = []referral.Issue{{Code: "GIVEN"}} })
	if f := factsOf(t, ctx, s, shop, bob); len(f.Neighbours) > 0 || len(f.Own) > 0 || len(f.SameCard) > 0 {
		t.Errorf("once a reward was issued: %v, %v, %v", around(f), f.Own, f.SameCard)
	}
}

// Of a link that brought many, those are known who came nearest in time.
func TestFactsAroundAreBounded(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	storetest.Campaign(t, s, shop)
	alice, bob := storetest.Advocate(t, s, shop), storetest.Friend()
	storetest.Order(t, s, shop, func(o *referral.Order) {
		o.Customer, o.Codes, o.ProcessedAt = bob.Customer(), []string{alice.Code()}, noon
	})
	near(t, ctx, s, shop, bob, alice.ID, noon)
	for i := range 120 {
		near(t, ctx, s, shop, referral.FriendID(fmt.Sprint("gid://shopify/Customer/9", i)), alice.ID, noon.Add(time.Duration(i-60)*time.Hour))
	}

	f := factsOf(t, ctx, s, shop, bob)
	if len(f.Neighbours) < 95 || len(f.Neighbours) > 100 {
		t.Errorf("%d are known around the friend", len(f.Neighbours))
	}
	for _, n := range f.Neighbours {
		if n.At().Sub(noon).Abs() > 51*time.Hour {
			t.Errorf("%s came %s from the friend, and nearer ones are left out", n.Friend, n.At().Sub(noon))
		}
	}
}

// Who waits is raised by link and by tie, but for the one who has seen the others; what was looked at stays looked at unless
// something else is to be seen.
func TestWhoIsRaisedAround(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob, eve, tess, rest := storetest.Friend(), storetest.Friend(), storetest.Friend(), storetest.Friend()
	near(t, ctx, s, shop, bob, "adv_a", noon, "k:c")
	near(t, ctx, s, shop, eve, "adv_a", noon)
	near(t, ctx, s, shop, tess, "adv_b", noon, "k:c")
	near(t, ctx, s, shop, rest, "adv_b", noon)
	done := near(t, ctx, s, shop, storetest.Friend(), "adv_a", noon)
	done = decided(t, ctx, s, shop, done.Friend, func(r *referral.Referral) { r.State = referral.Approved })

	must(t, s.RaiseAround(ctx, shop, referral.Look{Links: []referral.AdvocateID{"adv_a"}, Ties: []string{"k:c"}}, bob))
	for friend, want := range map[referral.FriendID]int64{bob: 1, eve: 2, tess: 2, rest: 1, done.Friend: done.FactsRev} {
		if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend)).FactsRev; got != want {
			t.Errorf("%s has facts %d, want %d", friend, got, want)
		}
	}

	found := get[[]referral.Looked](t)(s.ToLook(ctx, shop, 10))
	if len(found) != 5 {
		t.Fatalf("to look: %v", found)
	}
	moved := slices.IndexFunc(found, func(l referral.Looked) bool { return l.Friend == rest })
	found[moved].Rev-- // it shows something else since
	must(t, s.NoteLooked(ctx, shop, found))
	if left := get[[]referral.Looked](t)(s.ToLook(ctx, shop, 10)); len(left) != 1 || left[0].Friend != rest {
		t.Errorf("left to look: %v, want %s", left, rest)
	}
	wantShops(t, "to look", get[[]tenant.ShopID](t)(s.ShopsToLook(ctx, 10)), shop)
}
