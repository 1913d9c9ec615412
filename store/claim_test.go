package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
			Shop:      shop,
			ID:        referral.ClaimID("clm_" + string(rune('a'+i))),
			Campaign:  c.ID,
			Version:   1,
			Keys:      []string{"browser:x", "customer:y"},
			Touches:   []referral.Touch{{Advocate: a.ID, Version: 1, At: noon}},
			ClaimedAt: noon,
			ExpiresAt: noon.Add(time.Hour),
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
	_, err := s.UpdateClaim(ctx, shop, one.ID, func(c *referral.Claim) error {
		c.Code, c.Former = "NEXT", []string{"THE-CODE"}
		return nil
	})
	must(t, err)
	wantKind(t, "another's former code", setCode(two.ID), fault.Conflict)
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

func TestAnOrderTiesAClaimUntilSomebodySignsIn(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	bob, carol := storetest.Customer(), storetest.Customer()
	type tie struct {
		customer referral.CustomerID
		signedAt time.Time
	}
	order, early, late := time.Time{}, noon, noon.Add(time.Minute) // when they were signed in: never, an order told
	for _, row := range []struct {
		what     string
		ties     []tie
		customer referral.CustomerID
		signedAt time.Time
		key      bool
	}{
		{"tied by an order", []tie{{bob, order}}, bob, order, false},
		{"tied by her order twice", []tie{{bob, order}, {bob, order}}, bob, order, false},
		{"tied by an order, then by another's", []tie{{bob, order}, {carol, order}}, bob, order, false},
		{"signed in", []tie{{bob, early}}, bob, early, true},
		{"tied by an order, then signed in", []tie{{bob, order}, {bob, late}}, bob, late, true},
		{"tied by another's order, then signed in", []tie{{carol, order}, {bob, early}}, bob, early, true},
		{"signed in twice, the later time first", []tie{{bob, late}, {bob, early}}, bob, late, true},
		{"signed in, then another", []tie{{bob, early}, {carol, late}}, bob, early, true},
		{"signed in, then tied by an order", []tie{{bob, early}, {bob, order}}, bob, early, true},
		{"signed in, then tied by another's order", []tie{{bob, early}, {carol, order}}, bob, early, true},
	} {
		c.ID += "x" // a campaign of its own, in which every key is free
		claim := storetest.Claim(t, s, c, a)
		for _, tie := range row.ties {
			must(t, s.TieClaim(ctx, shop, claim.ID, tie.customer, tie.signedAt))
		}
		want := claim
		want.Customer, want.SignedAt = row.customer, row.signedAt
		if row.key {
			want.Keys = append(slices.Clone(claim.Keys), referral.CustomerKey(row.customer))
		}
		got := get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID))
		if got.Rev <= claim.Rev {
			t.Errorf("%s: rev did not grow", row.what)
		}
		got.Rev = want.Rev
		if !cmp.Equal(want, got) {
			t.Errorf("%s (-want +got):\n%s", row.what, cmp.Diff(want, got))
		}
	}
	wantKind(t, "unknown claim, by an order", s.TieClaim(ctx, shop, "clm_none", bob, order), fault.NotFound)
	wantKind(t, "unknown claim, signed in", s.TieClaim(ctx, shop, "clm_none", bob, early), fault.NotFound)
}

func TestTyingAClaimTwiceTiesItOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	bob := storetest.Customer()
	for _, signedAt := range []time.Time{{}, noon} {
		claim := storetest.Claim(t, s, c, a)
		won(t, atOnce(8, func(int) error { return s.TieClaim(ctx, shop, claim.ID, bob, signedAt) }), "")
		if got := get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID)); got.Customer != bob || got.Rev != claim.Rev+1 {
			t.Errorf("got %+v", got)
		}
	}
	// Bob has a claim of his own in this campaign: another is not his too.
	second := storetest.Claim(t, s, c, a)
	wantKind(t, "another claim", s.TieClaim(ctx, shop, second.ID, bob, noon), fault.Conflict)
	if got := get[referral.Claim](t)(s.FindClaim(ctx, shop, second.ID)); !cmp.Equal(got, second) {
		t.Errorf("got %+v", got)
	}
}

// Two sign in at once: the claim is one's, wholly.
func TestOfTwoWhoSignInAtOnceOneHasTheClaim(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	claim := storetest.Claim(t, s, storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop))
	both := []referral.CustomerID{storetest.Customer(), storetest.Customer()}
	won(t, atOnce(len(both), func(i int) error { return s.TieClaim(ctx, shop, claim.ID, both[i], noon) }), "")
	got := get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID))
	if !slices.Contains(both, got.Customer) || !slices.Equal(got.Keys, append(claim.Keys, referral.CustomerKey(got.Customer))) {
		t.Errorf("got %+v", got)
	}
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

	byFormer := storetest.Claim(t, s, c, a, hour(4),
		func(c *referral.Claim) { c.Code, c.Former = "C-9", []string{"C-7", "C-8"} })
	byEmail := storetest.Claim(t, s, c, a, hour(5),
		func(c *referral.Claim) { c.Addresses = referral.GivenAt(noon, "k:1", "k:2") })

	type query = referral.ClaimQuery
	for _, row := range []struct {
		by   string
		q    query
		want []referral.ClaimID
	}{
		{"customer", query{Customer: bob}, []referral.ClaimID{hers.ID}},
		{"code", query{Codes: []string{"C-1", "C-2"}}, []referral.ClaimID{byCode.ID}},
		{"current code", query{Codes: []string{"C-9"}}, []referral.ClaimID{byFormer.ID}},
		{"former code", query{Codes: []string{"C-7"}}, []referral.ClaimID{byFormer.ID}},
		{"id", query{IDs: []referral.ClaimID{byID.ID, "clm_none"}}, []referral.ClaimID{byID.ID}},
		{"address", query{Emails: []string{"k:2", "k:3"}}, []referral.ClaimID{byEmail.ID}},
		{"nothing", query{}, nil},
		{
			"everything, oldest first",
			query{
				Customer: bob,
				Codes:    []string{"C-1", "C-8"},
				IDs:      []referral.ClaimID{byID.ID},
				Emails:   []string{"k:1"},
			},
			[]referral.ClaimID{hers.ID, byCode.ID, byID.ID, byFormer.ID, byEmail.ID},
		},
	} {
		if got := ids(get[[]referral.Claim](t)(s.ClaimsOf(ctx, shop, row.q))); !slices.Equal(got, row.want) {
			t.Errorf("by %s: got %v, want %v", row.by, got, row.want)
		}
	}
	keyed := get[[]referral.Claim](t)(s.ClaimsByKeys(ctx, shop, c.ID,
		[]string{byID.Keys[0], hers.Keys[0], "browser:none"}))
	if want := []referral.ClaimID{hers.ID, byID.ID}; !slices.Equal(ids(keyed), want) {
		t.Errorf("by keys: got %v, want %v", ids(keyed), want)
	}
	if none := get[[]referral.Claim](t)(s.ClaimsByKeys(ctx, shop, c.ID, nil)); len(none) != 0 {
		t.Errorf("no key found %v", ids(none))
	}
}

// decided writes the state of a friend's referral as a decision would.
func decided(
	t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, friend referral.FriendID, change func(*referral.Referral),
	told ...referral.Notice,
) referral.Referral {
	t.Helper()
	must(t, s.RaiseFacts(ctx, shop, friend, true))
	r := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend))
	rev := r.FactsRev
	r.DecidedRev = rev
	change(&r)
	must(t, s.SaveDecision(ctx, r, rev, told...))
	return r
}

func TestOpenClaimsAreThoseWithoutAConversion(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	for _, state := range []referral.State{referral.None, referral.Pending, referral.Flagged, referral.Approved, referral.Voided} {
		friend := storetest.Customer()
		storetest.Claim(t, s, c, a, func(c *referral.Claim) { c.Customer = friend })
		decided(t, ctx, s, shop, referral.FriendOf(friend, false), func(r *referral.Referral) { r.State = state })
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
