package e2e

import (
	"slices"
	"testing"
	"time"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

// A shopper who does not consent has another browser id on each page, and the same cart.

// with is a claim from a browser of which nothing is known, with a claim's id in its cart.
func (f *front) with(id referral.ClaimID, c referral.CustomerID, browser string) claims.ClaimRequest {
	r := after(f.as(c, browser), time.Hour)
	r.Cart = id
	return r
}

// wantUnchanged checks that nothing was noted at a claim, whether or not it was written.
func (f *front) wantUnchanged(says string, was referral.Claim) {
	f.t.Helper()
	is, err := f.store.FindClaim(f.t.Context(), f.shop.ID, was.ID)
	f.must(err)
	was.Rev = is.Rev
	if diff := differ(was, is); diff != "" {
		f.t.Errorf("%s: -was +is\n%s", says, diff)
	}
}

func TestTheCartsClaimIsGivenAgain(t *testing.T) {
	t.Parallel()
	f := newFront(t, 5, claims.Config{})
	first := f.claim(f.as("", "b-page-1"))
	if seen := f.opens(f.with(first.ID, "", "b-page-2")); seen.Held == nil || seen.Held.Code != first.Code || !seen.Yours {
		t.Errorf("shown %+v, yours %v; want the cart's claim", seen.Held, seen.Yours)
	}
	for i, r := range []claims.ClaimRequest{f.with(first.ID, "", "b-page-3"), f.with(first.ID, "", "b-page-4"), f.with(first.ID, f.bob, "b-page-5")} {
		if c := f.claim(r); c.ID != first.ID || c.Code != first.Code {
			t.Errorf("request %d: got %q of %s, want %q", i, c.Code, c.ID, first.Code)
		}
	}
	f.wantUnchanged("asked for by its id", first)
	f.wantFree("one person has one code", 4)

	if c := f.claim(after(f.as("", "b-page-3"), 2*time.Hour)); c.ID == first.ID {
		t.Error("a browser that once named the claim is taken for its friend's")
	}
	if seen := f.opens(after(f.as(f.bob, "b-page-6"), 2*time.Hour)); seen.Held != nil {
		t.Errorf("a customer who once named the claim is taken for its friend: %+v", seen.Held)
	}
}

func TestTheCartsClaimIsSwitched(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	zoe := f.zoe()
	first := f.claim(f.as("", "b-page-1"))
	if c, yours := f.shown(by(zoe, f.with(first.ID, "", "b-page-2"))); c.Code != first.Code || yours {
		t.Errorf("got %q, yours %v; want Alice's", c.Code, yours)
	}
	if c, yours := f.shown(switching(by(zoe, f.with(first.ID, "", "b-page-3")))); c.Code != first.Code || !yours {
		t.Errorf("switched to %q, yours %v; want the same code, and Zoe's", c.Code, yours)
	}
	f.wantTouches("switched", first.ID, f.alice.ID, zoe.ID)
}

// The id bears the code of a claim at which somebody was signed in, and nothing else.
func TestTheCartsClaimOfASignedInCustomerIsOnlyShown(t *testing.T) {
	t.Parallel()
	f := newFront(t, 5, claims.Config{})
	f.credits(referral.CreditLast)
	zoe := f.zoe()
	bobs := f.claim(f.as(f.bob, "b-bob"))

	guest := f.with(bobs.ID, "", "b-guest")
	guest.Emails = []string{"h1:guest"}
	if seen := f.opens(by(zoe, guest)); seen.Held == nil || seen.Held.Code != bobs.Code {
		t.Errorf("a guest with Bob's cart is shown %+v", seen.Held)
	}
	for says, r := range map[string]claims.ClaimRequest{"his advocate's link": guest, "another's": by(zoe, guest), "a switch": switching(by(zoe, guest))} {
		if c := f.claim(r); c.Code != bobs.Code {
			t.Errorf("%s: got %q, want Bob's %q", says, c.Code, bobs.Code)
		}
	}
	f.wantUnchanged("a guest had its id", bobs)

	carl := f.with(bobs.ID, f.carl, "b-carl")
	if seen := f.opens(carl); seen.Held != nil {
		t.Errorf("Carl, signed in, is shown Bob's claim")
	}
	carls := f.claim(carl)
	if carls.ID == bobs.ID || carls.Customer != f.carl || slices.ContainsFunc(carls.Keys, func(key string) bool { return slices.Contains(bobs.Keys, key) }) {
		t.Errorf("Carl, signed in, got %+v; want a claim of his own", carls)
	}
	f.wantUnchanged("another customer had its id", bobs)
}

// Who has bought before gets no code, and whose the claim is keeps it.
func TestTheCartsClaimIsNotForWhoHasBoughtBefore(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2, claims.Config{})
	first := f.claim(f.as("", "b-page-1"))
	f.refused("Rita, signed in, with a guest's cart", f.with(first.ID, f.rita, "b-rita"), fault.Conflict)
	f.wantUnchanged("she had its id", first)
	f.wantCode("the guest's", first.Code, referral.CodeHeld)
}

// What the cart says counts only of whom nothing else is known, and only while it is a claim of the offer of now.
func TestCartsThatNameNoClaim(t *testing.T) {
	t.Parallel()
	f := newFront(t, 9, claims.Config{})
	first := f.claim(f.as("", "b-page-1"))
	own := f.claim(f.as("", "b-eve"))
	elsewhere := newFront(t, 1, claims.Config{})
	foreign := elsewhere.claim(elsewhere.as("", "b-other"))
	before := storetest.Campaign(t, f.store, f.shop.ID, func(c *referral.Campaign) { c.State = referral.CampaignEnded })
	old := storetest.Claim(t, f.store, before, f.alice, func(c *referral.Claim) { c.Code = "OLD-CODE" })

	if c := f.claim(f.with(first.ID, "", "b-eve")); c.ID != own.ID {
		t.Errorf("who has a claim got the cart's: %s", c.ID)
	}
	for says, r := range map[string]claims.ClaimRequest{
		"of another shop":       f.with(foreign.ID, "", "b-1"),
		"of another campaign":   f.with(old.ID, "", "b-2"),
		"of nobody":             f.with("clm_none", "", "b-3"),
		"that has run out":      after(f.with(first.ID, "", "b-4"), afterTheClaim),
		"and no browser at all": f.with(first.ID, f.carl, ""),
	} {
		got := f.claim(r)
		known := []referral.ClaimID{first.ID, own.ID, foreign.ID, old.ID}
		if slices.Contains(known, got.ID) != (says == "and no browser at all") || got.Code == "" {
			t.Errorf("a claim %s: got %q of %s", says, got.Code, got.ID)
		}
	}
	guest := f.with(first.ID, "", "")
	f.refused("a guest without a browser id", guest, fault.Invalid)
}
