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

// credits has the live campaign credit links in another way.
func (f *front) credits(credit referral.Credit) {
	f.t.Helper()
	var err error
	f.live, err = f.store.UpdateCampaign(f.t.Context(), f.shop.ID, f.live.Key(), func(c *referral.Campaign) error {
		c.Terms.Credit = credit
		return nil
	})
	f.must(err)
}

// zoe joins as another advocate.
func (f *front) zoe() referral.Advocate { return f.join("gid://shopify/Customer/26", "b-zoe") }

// by is a claim of another advocate's offer.
func by(a referral.Advocate, r claims.ClaimRequest) claims.ClaimRequest {
	r.Ref = a.Code()
	return r
}

// switching is a claim that gives up what the friend has.
func switching(r claims.ClaimRequest) claims.ClaimRequest {
	r.Switch = true
	return r
}

// opens has the claim's asker open its link instead.
func (f *front) opens(r claims.ClaimRequest) claims.VisitView {
	f.t.Helper()
	view, err := f.do.Claims.Visit(f.t.Context(), visitOf(r))
	f.must(err)
	return view
}

// visitOf is the opening of a claim's link by its asker.
func visitOf(r claims.ClaimRequest) claims.VisitRequest {
	return claims.VisitRequest{Shop: r.Shop, Ref: r.Ref, Customer: r.Customer, Browser: r.Browser, Cart: r.Cart, At: r.At}
}

// shown asks for the offer, and says whether what is shown is the link's advocate's.
func (f *front) shown(r claims.ClaimRequest) (referral.Claim, bool) {
	f.t.Helper()
	view, err := f.do.Claims.Claim(f.t.Context(), r)
	f.must(err)
	return view.Claim, view.Yours
}

// wantTouches checks whose links stand in a claim, in their order.
func (f *front) wantTouches(says string, id referral.ClaimID, want ...referral.AdvocateID) {
	f.t.Helper()
	c, err := f.store.FindClaim(f.t.Context(), f.shop.ID, id)
	f.must(err)
	var got []referral.AdvocateID
	for _, touch := range c.Touches {
		got = append(got, touch.Advocate)
	}
	if !slices.Equal(got, want) {
		f.t.Errorf("%s: touched by %v, want %v", says, got, want)
	}
}

// wantFree checks how many codes are free.
func (f *front) wantFree(says string, want int) {
	f.t.Helper()
	free, err := f.store.CountCodes(f.t.Context(), f.shop.ID, f.live.Key(), referral.FriendSide, referral.CodeFree)
	if err != nil || free != want {
		f.t.Errorf("%s: %d codes are free, %v; want %d", says, free, err, want)
	}
}

func TestAClaimStaysWithItsAdvocateUntilTheFriendSwitches(t *testing.T) {
	t.Parallel()
	f := newFront(t, 3, claims.Config{})
	zoe := f.zoe()
	first, yours := f.shown(f.as(f.bob, "b-bob"))
	if !yours {
		t.Error("what Bob took by Alice's link is not hers")
	}

	bob := after(f.as(f.bob, "b-bob"), time.Hour)
	if seen := f.opens(by(zoe, bob)); seen.Held == nil || seen.Held.Code != first.Code || seen.Yours {
		t.Errorf("opening Zoe's link shows %+v, yours %v; want what Bob has of Alice", seen.Held, seen.Yours)
	}
	kept := by(zoe, bob)
	kept.Emails = []string{"h1:bob"}
	if c, yours := f.shown(kept); c.Code != first.Code || yours || len(c.Addresses) != 0 {
		t.Errorf("without a word Bob has %+v, yours %v; want what he had", c, yours)
	}
	f.wantTouches("Zoe's link was opened", first.ID, f.alice.ID)
	if seen := f.opens(after(bob, 24*time.Hour)); !seen.Yours {
		t.Error("opening Alice's link again does not show it hers")
	}
	f.wantTouches("Alice's link was opened again", first.ID, f.alice.ID, f.alice.ID)

	decides := f.bell.decides.Load()
	switched := switching(by(zoe, after(bob, 25*time.Hour)))
	for range 2 { // once is enough
		c, yours := f.shown(switched)
		if c.ID != first.ID || c.Code != first.Code || c.Version != first.Version || len(c.Former) != 0 || !c.ExpiresAt.Equal(first.ExpiresAt) || !yours {
			t.Errorf("switched to %+v, yours %v; want the same code, and Zoe's", c, yours)
		}
	}
	if f.bell.decides.Load() == decides {
		t.Error("nobody decides anew about a friend who is known")
	}
	f.wantTouches("Bob has switched", first.ID, f.alice.ID, f.alice.ID, zoe.ID)
	f.wantCode("what Bob has", first.Code, referral.CodeHeld)
	f.wantFree("switching takes no code", 2)

	if seen := f.opens(after(bob, 26*time.Hour)); seen.Yours {
		t.Error("after the switch Alice's link shows it hers")
	}
	f.wantTouches("Alice's link was opened after the switch", first.ID, f.alice.ID, f.alice.ID, zoe.ID)
}

// Shopify's clock tells seconds.
func TestASwitchWithinTheSecondOfTheClaimIsTheLastWord(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	zoe := f.zoe()
	first := f.claim(f.as("", "b-bob"))
	if _, yours := f.shown(switching(by(zoe, f.as("", "b-bob")))); !yours {
		t.Error("the switch to Zoe did nothing")
	}
	if _, yours := f.shown(switching(f.as("", "b-bob"))); !yours {
		t.Error("the switch back to Alice did nothing")
	}
	f.wantTouches("switched and back", first.ID, f.alice.ID, zoe.ID, f.alice.ID)
	c, err := f.store.FindClaim(t.Context(), f.shop.ID, first.ID)
	f.must(err)
	if !c.Touches[1].At.After(c.Touches[0].At) || !c.Touches[2].At.After(c.Touches[1].At) {
		t.Errorf("touches %v: a tie would be nobody's choice", c.Touches)
	}
}

func TestWhatWasUsedIsNotSwitched(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	zoe := f.zoe()
	first := f.claim(f.as("", "b-bob"))
	storetest.Order(t, f.store, f.shop.ID, func(o *referral.Order) { o.Codes = []string{first.Code} })
	f.refused("Bob has used his code", switching(by(zoe, after(f.as("", "b-bob"), time.Hour))), fault.Conflict)
	f.wantTouches("a refused switch", first.ID, f.alice.ID)
}

// The pool is empty when Bob takes the offer. His page is loaded anew: while there is no code it shows none, then the one that he waits for.
func TestAnOpenedLinkGivesTheCodeThatWasWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFront(t, 0, claims.Config{})
	bob := f.as("", "b-bob")
	f.refused("nothing is ready", bob, fault.Unavailable)
	if seen := f.opens(bob); seen.Held == nil || seen.Held.Code != "" || !seen.Yours || seen.Offer.Friend != f.live.Terms.Friend {
		t.Errorf("shown %+v, yours %v, offer %+v; want what Bob has, without a code", seen.Held, seen.Yours, seen.Offer)
	}

	storetest.Codes(t, f.store, f.live, referral.FriendSide, 1)
	if seen := f.opens(bob); seen.Held == nil || seen.Held.Code == "" {
		t.Errorf("shown %+v, want the code", seen.Held)
	}
}

// Bob has bought with his code. Whoever asks again in his browser, by any link, is told that the offer was used: the checkout would refuse
// the code. What was opened is noted all the same.
func TestAUsedCodeIsPromisedToNobody(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2, claims.Config{})
	zoe := f.zoe()
	first := f.claim(f.as("", "b-bob"))
	f.opens(f.as("", "b-bob"))
	storetest.Order(t, f.store, f.shop.ID, func(o *referral.Order) { o.Codes = []string{first.Code} })

	later := after(f.as("", "b-bob"), time.Hour)
	for says, r := range map[string]claims.ClaimRequest{"the same link": later, "another advocate's": by(zoe, later)} {
		f.refused(says, r, fault.Conflict)
		if _, err := f.do.Claims.Visit(t.Context(), visitOf(r)); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s, only opened: %v", says, err)
		}
	}
	f.wantTouches("asked again", first.ID, f.alice.ID)
	if c := f.claim(after(f.as("", "b-carl"), time.Hour)); c.Code == "" {
		t.Error("another browser gets no code")
	}
}

// A guest's code was spent, by Bob as the order tells. Whoever else signs in at that browser has an offer of their own, or a clear no; also
// with the spent claim in the cart.
func TestASpentCodeIsNobodysWhoSignsIn(t *testing.T) {
	t.Parallel()
	f := newFront(t, 3, claims.Config{})
	first := f.claim(f.as("", "b-home"))
	storetest.Order(t, f.store, f.shop.ID, func(o *referral.Order) { o.Codes = []string{first.Code} })
	f.must(f.store.TieClaim(t.Context(), f.shop.ID, first.ID, f.bob, time.Time{}))
	spent, err := f.store.FindClaim(t.Context(), f.shop.ID, first.ID)
	f.must(err)

	dora := f.customer("dora", 0)
	for says, row := range map[string]struct {
		r    claims.ClaimRequest
		code string // of the refusal
	}{
		"a guest":                              {f.as("", "b-home"), "offer_used"},
		"Bob, who spent it":                    {f.as(f.bob, "b-home"), "offer_used"},
		"Rita, who has bought before":          {f.as(f.rita, "b-home"), "already_ordered"},
		"Carl, who has not":                    {f.as(f.carl, "b-home"), ""},
		"Dora, elsewhere, with the claim's id": {f.with(first.ID, dora, "b-dora"), ""},
	} {
		view, err := f.do.Claims.Claim(t.Context(), after(row.r, time.Hour))
		if fault.CodeOf(err) != row.code {
			t.Errorf("%s: %v, want %q", says, err, row.code)
		}
		if own := view.Claim; row.code == "" && (own.ID == first.ID || own.Code == "" || own.Code == first.Code || own.Customer != row.r.Customer) {
			t.Errorf("%s has %+v; want an offer of their own", says, own)
		}
	}
	f.wantUnchanged("others signed in", spent)

	carl := after(f.as(f.carl, "b-home"), 2*time.Hour)
	if seen := f.opens(carl); seen.Held == nil || seen.Held.Code == first.Code {
		t.Errorf("Carl is shown %+v, want his own", seen.Held)
	}
}

func TestSwitchingToAnotherAdvocatesOfferOfNow(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	zoe := f.zoe()
	first := f.claim(f.as("", "b-bob"))
	f.replace(1)
	bob := by(zoe, after(f.as("", "b-bob"), time.Hour))
	if c, yours := f.shown(bob); c.Code != first.Code || yours {
		t.Errorf("without a word Bob has %q, yours %v", c.Code, yours)
	}
	if c, yours := f.shown(switching(bob)); c.Version != 2 || c.Code == first.Code || !yours {
		t.Errorf("switched to %q under version %d, yours %v", c.Code, c.Version, yours)
	}
	f.wantTouches("switched", first.ID, f.alice.ID, zoe.ID)
	f.wantCode("what Bob gave up", first.Code, referral.CodeDying)
}

// Of the version that a claim promises and that of now, one that leaves the claim with its advocate is enough.
func TestVersionsThatCreditInDifferentWays(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says          string
		promised, now referral.Credit
		touches       bool
	}{
		{"promised to stay", referral.CreditClaim, referral.CreditLast, false},
		{"claims stay now", referral.CreditLast, referral.CreditClaim, false},
		{"the first link, and claims stay now", referral.CreditFirst, referral.CreditClaim, false},
		{"every link, then as now", referral.CreditLast, referral.CreditFirst, true},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			f := newFront(t, 1, claims.Config{})
			zoe := f.zoe()
			f.credits(row.promised)
			first := f.claim(f.as("", "b-bob"))
			f.live = f.replace(0)
			f.credits(row.now)

			want := []referral.AdvocateID{f.alice.ID}
			if row.touches {
				want = append(want, zoe.ID)
			}
			if seen := f.opens(by(zoe, after(f.as("", "b-bob"), time.Hour))); seen.Yours != row.touches {
				t.Errorf("shown as Zoe's: %v", seen.Yours)
			}
			f.wantTouches("Zoe's link was opened", first.ID, want...)
			if _, yours := f.shown(by(zoe, after(f.as("", "b-bob"), 2*time.Hour))); yours != row.touches {
				t.Errorf("given as Zoe's: %v", yours)
			}
			f.wantTouches("Zoe's link was tapped", first.ID, want...)
		})
	}
}

// What has run out is no advocate's any more: the offer is taken anew.
func TestWhatRanOutIsTakenByTheNextLink(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2, claims.Config{})
	zoe := f.zoe()
	first := f.claim(f.as("", "b-bob"))
	late := by(zoe, after(f.as("", "b-bob"), afterTheClaim))
	if seen := f.opens(late); seen.Held != nil {
		t.Errorf("what has run out is shown: %+v", seen.Held)
	}
	if c, yours := f.shown(late); c.ID != first.ID || c.Code == first.Code || !yours {
		t.Errorf("renewed to %q of %s, yours %v", c.Code, c.ID, yours)
	}
	f.wantTouches("renewed", first.ID, f.alice.ID, zoe.ID)
}

// An older claim that cannot be renewed leaves the younger one as it is, and with its advocate.
func TestAYoungerClaimStaysWithItsAdvocateToo(t *testing.T) {
	t.Parallel()
	f := newFront(t, 3, claims.Config{})
	zoe := f.zoe()
	f.claim(f.as(f.bob, "b-laptop"))
	phone := f.claim(after(f.as("", "b-phone"), 10*24*time.Hour))
	_, err := f.do.Campaigns.SetLimits(t.Context(), f.shop.ID, f.live.ID, referral.Limits{Budget: storetest.USD("0.01")})
	f.must(err)
	bob := by(zoe, after(f.as(f.bob, "b-phone"), afterTheClaim))
	if seen := f.opens(bob); seen.Held == nil || seen.Held.Code != phone.Code || seen.Yours {
		t.Errorf("shown %+v, yours %v; want the phone's, of Alice", seen.Held, seen.Yours)
	}
	if c, yours := f.shown(bob); c.Code != phone.Code || yours {
		t.Errorf("got %q, yours %v; want the phone's, of Alice", c.Code, yours)
	}
	f.wantTouches("Zoe's link was tapped", phone.ID, f.alice.ID)
}

func TestWhyThereIsNoOffer(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	state := func(key referral.CampaignKey, state referral.CampaignState) {
		t.Helper()
		_, err := f.store.UpdateCampaign(t.Context(), f.shop.ID, key, func(c *referral.Campaign) error { c.State = state; return nil })
		f.must(err)
	}
	none := func(says, code string) {
		t.Helper()
		claim := f.as("", "b-bob")
		_, offered := f.do.Claims.Offer(t.Context(), f.shop.ID, claim.Ref)
		_, opened := f.do.Claims.Visit(t.Context(), visitOf(claim))
		_, claimed := f.do.Claims.Claim(t.Context(), claim)
		for what, err := range map[string]error{"offer": offered, "visit": opened, "claim": claimed} {
			if !fault.Is(err, fault.NotFound) || fault.CodeOf(err) != code {
				t.Errorf("%s: the %s answers %v, want %s", says, what, err, code)
			}
		}
	}

	state(f.live.Key(), referral.CampaignDraft)
	none("only drafted", "no_offer")
	state(f.live.Key(), referral.CampaignFilling)
	none("on its way", "no_offer")
	state(f.live.Key(), referral.CampaignPaused)
	none("paused", "offer_paused")
	state(f.live.Key(), referral.CampaignEnded)
	none("ended", "offer_ended")
	next := storetest.Campaign(t, f.store, f.shop.ID, func(c *referral.Campaign) { c.State = referral.CampaignFilling })
	none("ended, and the next is on its way", "offer_ended")
	state(next.Key(), referral.CampaignPaused)
	none("ended, and the next is paused", "offer_paused")
}
