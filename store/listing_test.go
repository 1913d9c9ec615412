package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// inLists makes a shop's referrals, the newest first: each order a minute older than the one before, but for the last
// two, which are of one instant.
func inLists(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, n int) []referral.Referral {
	t.Helper()
	var all []referral.Referral
	for i := range n {
		all = append(all, decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) {
			r.State, r.Reason = referral.Listed[i%4], []referral.Reason{"", referral.ReasonSameEmail, "", referral.ReasonRefunded}[i%4]
			r.At, r.OrderName = noon.Add(-time.Duration(min(i, n-2))*time.Minute), fmt.Sprintf("#%d", i)
			r.Campaign = referral.CampaignKey{ID: referral.CampaignID(fmt.Sprint("cmp_", i%2)), Version: 1}
			r.Advocate = referral.AdvocateID(fmt.Sprint("adv_", i%3))
			if i == 3 {
				r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {State: referral.RewardOwed}}
			}
		}))
	}
	return all
}

func namesOf(all []referral.Referral) (found []string) {
	for _, r := range all {
		found = append(found, r.OrderName)
	}
	return found
}

func TestListsArePagedBothWays(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	all := inLists(t, ctx, s, shop, 9)
	inLists(t, ctx, s, storetest.Shop(t, s).ID, 4)

	for says, query := range map[string]referral.ListQuery{
		"all":             {},
		"of a state":      {States: []referral.State{referral.Flagged}},
		"of two states":   {States: []referral.State{referral.Flagged, referral.Voided}},
		"of a reason":     {Reason: referral.ReasonRefunded},
		"of a campaign":   {Campaign: "cmp_1"},
		"of an advocate":  {Advocate: "adv_2"},
		"what is owed":    {Owed: true},
		"several at once": {States: []referral.State{referral.Voided}, Reason: referral.ReasonRefunded},
	} {
		whole := query
		whole.Limit = 100
		want := namesOf(get[[]referral.Referral](t)(s.FindReferrals(ctx, shop, whole)))
		if says == "all" && !slices.Equal(want, namesOf(all)) {
			t.Fatalf("all are %v, want %v", want, namesOf(all))
		}

		var there, back []string
		query.Limit = 2
		for page := get[[]referral.Referral](t)(s.FindReferrals(ctx, shop, query)); len(page) > 0; {
			there = append(there, namesOf(page)...)
			query.From = referral.PlaceOf(page[len(page)-1])
			page = get[[]referral.Referral](t)(s.FindReferrals(ctx, shop, query))
		}
		if diff := cmp.Diff(want, there); diff != "" {
			t.Errorf("%s: pages there: -want +got\n%s", says, diff)
		}

		query.Back, back = true, there[len(there)-1:]
		for page := get[[]referral.Referral](t)(s.FindReferrals(ctx, shop, query)); len(page) > 0; {
			back = append(namesOf(page), back...)
			query.From = referral.PlaceOf(page[0])
			page = get[[]referral.Referral](t)(s.FindReferrals(ctx, shop, query))
		}
		if diff := cmp.Diff(want, back); diff != "" {
			t.Errorf("%s: pages back: -want +got\n%s", says, diff)
		}
	}
}

// What is no referral, and what is of the test lane, is in no list; a search by an order finds the latter.
func TestListsLeaveOutTests(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	inLists(t, ctx, s, shop, 4)
	customer := storetest.Customer()
	decided(t, ctx, s, shop, referral.FriendOf(customer, true), func(r *referral.Referral) { r.State, r.At = referral.Pending, noon })
	decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) { r.State, r.At = referral.None, noon })
	order := storetest.Order(t, s, shop, func(o *referral.Order) { o.Customer, o.Test, o.Codes = customer, true, []string{"TESTED"} })

	if got := get[[]referral.Referral](t)(s.FindReferrals(ctx, shop, referral.ListQuery{Limit: 9})); len(got) != 4 {
		t.Errorf("%d are listed, want 4", len(got))
	}
	if got := get[referral.StateCounts](t)(s.CountStates(ctx, shop)); len(got.States) != 0 || got.Owed != 0 {
		t.Errorf("before they are counted there are %v", got)
	}
	must(t, bookkeeper(s).Fold(ctx, shop))
	want := referral.StateCounts{Owed: 1, States: map[referral.State]int{
		referral.Pending: 1, referral.Flagged: 1, referral.Approved: 1, referral.Voided: 1,
	}}
	if diff := cmp.Diff(want, get[referral.StateCounts](t)(s.CountStates(ctx, shop))); diff != "" {
		t.Errorf("counts: -want +got\n%s", diff)
	}

	for says, query := range map[string]referral.FriendQuery{
		"name": {Names: []string{order.Name}}, "code": {Codes: []string{"TESTED"}}, "id": {Order: order.ID},
	} {
		friends := get[[]referral.FriendID](t)(s.FindFriends(ctx, shop, query))
		if !slices.Equal(friends, []referral.FriendID{referral.FriendOf(customer, true)}) {
			t.Errorf("by %s: %v", says, friends)
		}
		if got := get[[]referral.Referral](t)(s.ReferralsOfFriends(ctx, shop, friends)); len(got) != 1 {
			t.Errorf("by %s %d referrals are found", says, len(got))
		}
	}
}
