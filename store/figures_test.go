package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

func TestGrantedReleasesAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	since := noon
	for _, row := range []struct {
		what    string
		test    bool
		release *referral.Release
		counts  bool
	}{
		{"after", false, &referral.Release{Advocate: "adv_a", At: since.Add(time.Millisecond)}, true},
		{"on the instant", false, &referral.Release{Advocate: "adv_a", At: since}, false},
		{"another advocate's", false, &referral.Release{Advocate: "adv_b", At: since.Add(time.Hour)}, false},
		{
			"denied by a cap", false,
			&referral.Release{Advocate: "adv_a", At: since.Add(time.Hour), Denied: referral.ReasonCap}, false,
		},
		{"of the test lane", true, &referral.Release{Advocate: "adv_a", At: since.Add(time.Hour)}, false},
		{"not released", false, nil, false},
	} {
		was := get[int](t)(s.CountReleases(ctx, shop, "adv_a", since, noon.AddDate(1, 0, 0)))
		decided(t, ctx, s, shop, referral.FriendOf(storetest.Customer(), row.test), func(r *referral.Referral) {
			r.Release, r.Advocate = row.release, "adv_a"
		})
		if n := get[int](t)(s.CountReleases(ctx, shop, "adv_a", since, noon.AddDate(1, 0, 0))); (n == was+1) != row.counts {
			t.Errorf("%s: %d after %d", row.what, n, was)
		}
	}
	if n := get[int](t)(s.CountReleases(ctx, shop, "adv_a", time.Time{}, noon.AddDate(1, 0, 0))); n != 2 {
		t.Errorf("since ever: %d, want 2", n)
	}
}

func TestOwedRewardsAreListedOldestOrderFirst(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	const gid = "gid://shopify/Order/"
	add := func(order referral.OrderID, at time.Time, advocate referral.AdvocateID, test bool, side referral.Side, state referral.RewardState) {
		decided(t, ctx, s, shop, referral.FriendOf(storetest.Customer(), test), func(r *referral.Referral) {
			r.Order, r.At, r.Advocate, r.Rewards = order, at, advocate, map[referral.Side]referral.Reward{side: {State: state}}
		})
	}
	add(gid+"1000", noon, "adv_a", false, referral.AdvocateSide, referral.RewardOwed)
	add(gid+"999", noon, "adv_a", false, referral.AdvocateSide, referral.RewardOwed) // at the same instant: the older order first
	add(gid+"1001", noon.Add(-time.Hour), "adv_a", false, referral.AdvocateSide, referral.RewardOwed)
	add(gid+"2", noon, "adv_b", false, referral.AdvocateSide, referral.RewardOwed)
	add(gid+"3", noon, "adv_a", true, referral.AdvocateSide, referral.RewardOwed)
	add(gid+"4", noon, "adv_a", false, referral.AdvocateSide, referral.RewardSettled)
	add(gid+"5", noon, "adv_a", false, referral.FriendSide, referral.RewardOwed)
	got := orders(get[[]referral.Referral](t)(s.OwedOf(ctx, shop, "adv_a")))
	if want := []referral.OrderID{gid + "1001", gid + "999", gid + "1000"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPromisesOfOneSideAreCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	atClaim := storetest.Campaign(t, s, shop)
	after := storetest.Campaign(t, s, shop, func(c *referral.Campaign) { c.Terms.Friend.AfterOrder = true })
	for _, c := range []referral.Campaign{atClaim, after} {
		for _, side := range referral.Sides {
			storetest.Codes(t, s, c, side, 5)
			for i, endsAt := range []time.Time{{}, noon, noon.Add(time.Millisecond)} { // one ends at noon
				holder := referral.CodeHolderID(fmt.Sprint(c.ID, side, i))
				get[referral.Code](t)(s.DrawCode(ctx, shop, c.Key(), side, holder, noon, endsAt))
			}
		}
		for _, state := range []referral.State{referral.None, referral.Pending, referral.Flagged, referral.Approved, referral.Voided} {
			for _, reward := range []referral.RewardState{referral.RewardPending, referral.RewardApproved, referral.RewardIssued} {
				decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) {
					r.State, r.Campaign = state, c.Key()
					r.Rewards = map[referral.Side]referral.Reward{
						referral.FriendSide:   {State: reward, Campaign: c.Key()},
						referral.AdvocateSide: {State: reward, Campaign: c.Key()},
					}
				})
			}
		}
	}
	later := after.Key()
	later.Version++
	for _, row := range []struct {
		what string
		key  referral.CampaignKey
		side referral.Side
		want int
	}{
		{"advocate's", atClaim.Key(), referral.AdvocateSide, 2 + 6},
		{"friend's, given at the claim", atClaim.Key(), referral.FriendSide, 2},
		{"friend's, given after the order", after.Key(), referral.FriendSide, 2 + 6},
		{"shareable", after.Key(), referral.ShareSide, 0},
		{"advocate's of another version", later, referral.AdvocateSide, 0},
	} {
		if n := get[int](t)(s.CountPromised(ctx, shop, row.key, row.side, noon)); n != row.want {
			t.Errorf("%s: got %d, want %d", row.what, n, row.want)
		}
	}
	must(t, s.MoveToDiscount(ctx, shop, atClaim.Key(), referral.FriendSide, "d", noon))
	if n := get[int](t)(s.CountPromised(ctx, shop, atClaim.Key(), referral.FriendSide, noon)); n != 2 {
		t.Errorf("while they are made anew: got %d, want 2", n)
	}
	_, err := s.CountPromised(ctx, shop, later, referral.FriendSide, noon)
	wantKind(t, "unknown version", err, fault.NotFound)
}

func TestFiguresOfACampaign(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	other := storetest.Campaign(t, s, shop)
	figures := func() referral.Figures {
		return get[referral.Figures](t)(s.CampaignFigures(ctx, shop, c.ID, "2026-11", noon))
	}
	if got := figures(); got != (referral.Figures{}) {
		t.Errorf("of nothing: %+v", got)
	}
	storetest.Claim(t, s, c, a)
	storetest.Claim(t, s, c, a)
	storetest.Claim(t, s, c, a, func(c *referral.Claim) { c.ExpiresAt = noon }) // over at noon
	storetest.Claim(t, s, other, a)
	add := func(key referral.CampaignKey, test bool, state referral.State, reason referral.Reason, claim referral.ClaimID) {
		decided(t, ctx, s, shop, referral.FriendOf(storetest.Customer(), test), func(r *referral.Referral) {
			r.Campaign, r.State, r.Reason, r.Claim, r.At = key, state, reason, claim, noon
		})
	}
	v2 := c.Key()
	v2.Version = 2
	add(c.Key(), false, referral.Pending, "", "clm_1") // by one of the open claims
	add(v2, false, referral.Flagged, referral.ReasonInquiry, "")
	add(c.Key(), false, referral.Approved, "", "")
	add(c.Key(), false, referral.Voided, referral.ReasonRefunded, "")
	for range 2 {
		add(c.Key(), false, referral.Voided, referral.ReasonSelf, "") // never was more
	}
	add(c.Key(), false, referral.None, "", "")
	add(c.Key(), true, referral.Pending, "", "")
	add(other.Key(), false, referral.Pending, "", "")
	settled := settlement20()
	settled.Campaign = c.ID
	must(t, s.Approve(ctx, lease(t, ctx, s, shop), nil, settled))
	want := referral.Figures{Settled: storetest.USD("20"), Pending: 2, Open: 1, Claims: 3, Converted: 4}
	if got := figures(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
