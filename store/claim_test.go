package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestOneKeyHasOneClaim(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	errs := atOnce(16, func(i int) error {
		return s.AddClaim(ctx, referral.Claim{
			Shop: shop, ID: referral.ClaimID("clm_" + string(rune('a'+i))), Campaign: c.ID, Version: 1, Keys: []string{"browser:x", "customer:y"},
			Touches: []referral.Touch{{Advocate: a.ID, Version: 1, At: noon}}, ClaimedAt: noon, ExpiresAt: noon.Add(time.Hour),
		})
	})
	if n := won(t, errs, fault.Conflict); n != 1 {
		t.Errorf("%d of 16 claims by one key were made", n)
	}
	half := referral.Claim{Shop: shop, ID: "clm_half", Campaign: c.ID, Keys: []string{"browser:new", "customer:y"}}
	wantKind(t, "one of two keys taken", s.AddClaim(ctx, half), fault.Conflict)
	half.Campaign = "cmp_other"
	must(t, s.AddClaim(ctx, half)) // in another campaign the key is free
	half.ID, half.Keys = "clm_none", nil
	wantKind(t, "no key", s.AddClaim(ctx, half), fault.Invalid)
}

func TestOneCodeIsOneClaims(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	one, two := storetest.Claim(t, s, c, a), storetest.Claim(t, s, c, a)
	setCode := func(id referral.ClaimID) error {
		_, err := s.UpdateClaim(ctx, shop, id, func(c *referral.Claim) error {
			c.Code = "THE-CODE"
			return nil
		})
		return err
	}
	must(t, setCode(one.ID))
	must(t, setCode(one.ID))
	wantKind(t, "another's code", setCode(two.ID), fault.Conflict)
}

func TestClaimUpdatesAreNeverLost(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	claim := storetest.Claim(t, s, storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop))
	errs := atOnce(16, func(i int) error {
		_, err := s.UpdateClaim(ctx, shop, claim.ID, func(c *referral.Claim) error {
			c.Touches = append(c.Touches, referral.Touch{Advocate: "adv_x", Version: i, At: noon})
			return nil
		})
		return err
	})
	if n := won(t, errs, ""); n != 16 {
		t.Errorf("%d of 16 updates came through", n)
	}
	if got := get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID)); len(got.Touches) != 17 {
		t.Errorf("%d touches, want 17", len(got.Touches))
	}
}

func TestTyingAClaimTwiceTiesItOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	claim := storetest.Claim(t, s, c, a)
	bob, carol := storetest.Customer(), storetest.Customer()
	won(t, atOnce(8, func(int) error { return s.TieClaim(ctx, shop, claim.ID, bob) }), "")
	must(t, s.TieClaim(ctx, shop, claim.ID, carol)) // it is bob's already
	got := get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID))
	if got.Customer != bob || got.Rev != claim.Rev+1 || !slices.Equal(got.Keys, append(claim.Keys, referral.CustomerKey(bob))) {
		t.Errorf("got %+v", got)
	}

	// Bob has a claim in this campaign: another that turns out to be his is tied without the key.
	second := storetest.Claim(t, s, c, a)
	must(t, s.TieClaim(ctx, shop, second.ID, bob))
	got = get[referral.Claim](t)(s.FindClaim(ctx, shop, second.ID))
	if got.Customer != bob || !slices.Equal(got.Keys, second.Keys) {
		t.Errorf("got %+v", got)
	}
	wantKind(t, "unknown claim", s.TieClaim(ctx, shop, "clm_none", bob), fault.NotFound)
}

func ids(claims []referral.Claim) []referral.ClaimID {
	var out []referral.ClaimID
	for _, c := range claims {
		out = append(out, c.ID)
	}
	return out
}

func TestClaimsAreFoundByEveryTie(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	bob := storetest.Customer()
	hour := func(h int) func(*referral.Claim) {
		return func(c *referral.Claim) { c.ClaimedAt = noon.Add(time.Duration(h) * time.Hour) }
	}
	byID := storetest.Claim(t, s, c, a, hour(3))
	byCode := storetest.Claim(t, s, c, a, hour(2), func(c *referral.Claim) { c.Code = "C-1" })
	hers := storetest.Claim(t, s, c, a, hour(1), func(c *referral.Claim) { c.Customer = bob })
	storetest.Claim(t, s, c, a) // nobody's

	all := get[[]referral.Claim](t)(s.ClaimsOf(ctx, shop, bob, []string{"C-1", "C-2"}, []referral.ClaimID{byID.ID}))
	if want := []referral.ClaimID{hers.ID, byCode.ID, byID.ID}; !slices.Equal(ids(all), want) {
		t.Errorf("got %v, want %v", ids(all), want)
	}
	if none := get[[]referral.Claim](t)(s.ClaimsOf(ctx, shop, "", nil, nil)); len(none) != 0 {
		t.Errorf("no tie found %v", ids(none))
	}
	keyed := get[[]referral.Claim](t)(s.ClaimsByKeys(ctx, shop, c.ID, []string{byID.Keys[0], hers.Keys[0], "browser:none"}))
	if want := []referral.ClaimID{hers.ID, byID.ID}; !slices.Equal(ids(keyed), want) {
		t.Errorf("by keys: got %v, want %v", ids(keyed), want)
	}
	if none := get[[]referral.Claim](t)(s.ClaimsByKeys(ctx, shop, c.ID, nil)); len(none) != 0 {
		t.Errorf("no key found %v", ids(none))
	}
}

// decided writes the state of a friend's referral as a decision would.
func decided(t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, friend referral.CustomerID, change func(*referral.Referral)) referral.Referral {
	t.Helper()
	must(t, s.RaiseFacts(ctx, shop, friend, true))
	r := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend))
	rev := r.FactsRev
	r.DecidedRev = rev
	change(&r)
	must(t, s.SaveDecision(ctx, r, rev))
	return r
}

func TestOpenClaimsAreThoseWithoutAConversion(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	for _, state := range []referral.State{referral.None, referral.Pending, referral.Flagged, referral.Approved, referral.Voided} {
		friend := storetest.Customer()
		storetest.Claim(t, s, c, a, func(c *referral.Claim) { c.Customer = friend })
		decided(t, ctx, s, shop, friend, func(r *referral.Referral) { r.State = state })
	}
	storetest.Claim(t, s, c, a)                                                 // a guest's
	storetest.Claim(t, s, c, a, func(c *referral.Claim) { c.ExpiresAt = noon }) // over at noon
	storetest.Claim(t, s, c, storetest.Advocate(t, s, shop))                    // another advocate's
	for atMost, want := range map[int]int{100: 3, 2: 2} {                       // none, voided and the guest's
		if n := get[int](t)(s.CountOpenClaims(ctx, shop, a.ID, noon, atMost)); n != want {
			t.Errorf("up to %d: got %d, want %d", atMost, n, want)
		}
	}
	if n := get[int](t)(s.CountOpenClaims(ctx, shop, a.ID, noon.Add(-time.Millisecond), 100)); n != 4 {
		t.Errorf("the instant before one runs out: got %d, want 4", n)
	}
}
