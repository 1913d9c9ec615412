package e2e

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

// after is a request some time after noon.
func after(r claims.ClaimRequest, by time.Duration) claims.ClaimRequest {
	r.At = r.At.Add(by)
	return r
}

// refused checks that a claim is refused in a way.
func (f *front) refused(says string, r claims.ClaimRequest, want fault.Kind) {
	f.t.Helper()
	if c, err := f.do.Claims.Claim(f.t.Context(), r); !fault.Is(err, want) {
		f.t.Errorf("%s: got code %q, %v; want %s", says, c.Claim.Code, err, want)
	}
}

// wantCode checks how a code stands.
func (f *front) wantCode(says, code string, want referral.CodeState) {
	f.t.Helper()
	found, err := f.store.FindCodes(f.t.Context(), f.shop.ID, []string{code})
	f.must(err)
	if len(found) != 1 || found[0].State != want {
		f.t.Errorf("%s: %+v, want it %s", says, found, want)
	}
}

// replace has a second version of the campaign take the place of the first, with so many free codes.
func (f *front) replace(codes int) referral.Campaign {
	f.t.Helper()
	_, err := f.store.UpdateCampaign(f.t.Context(), f.shop.ID, f.live.Key(), func(c *referral.Campaign) error {
		c.State, c.Until = referral.CampaignReplaced, storetest.Noon
		return nil
	})
	f.must(err)
	second := storetest.Campaign(f.t, f.store, f.shop.ID, func(c *referral.Campaign) { c.ID, c.Version = f.live.ID, 2 })
	storetest.Codes(f.t, f.store, second, referral.FriendSide, codes)
	return second
}

// Bob took the offer as a guest at his laptop and at his phone. Where he signs in first the claim is his; the other one stays a guest's.
func TestACustomerHasOneClaimInEveryBrowser(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, claims.Config{})
	laptop := f.claim(f.as("", "b-laptop"))
	phone := f.claim(after(f.as("", "b-phone"), time.Hour))
	if laptop.ID == phone.ID || laptop.Code == phone.Code {
		t.Fatal("two guests have one claim")
	}

	for i, row := range []struct {
		r    claims.ClaimRequest
		want referral.Claim
	}{
		{f.as(f.bob, "b-laptop"), laptop}, {f.as(f.bob, "b-phone"), laptop}, {f.as(f.bob, "b-new"), laptop},
		{f.as("", "b-laptop"), laptop}, {f.as("", "b-phone"), phone},
	} {
		if c := f.claim(after(row.r, time.Duration(2+i)*time.Hour)); c.ID != row.want.ID || c.Code != row.want.Code {
			t.Errorf("request %d: got %s of %s, want %s", i, c.Code, c.ID, row.want.Code)
		}
	}
	f.wantCode("the guest's at the phone", phone.Code, referral.CodeHeld)

	if roommate := f.claim(after(f.as(f.carl, "b-laptop"), 9*time.Hour)); roommate.ID == laptop.ID || roommate.Customer != f.carl {
		t.Errorf("another customer at the laptop has %+v", roommate)
	}
}

// Rita has bought before, at a browser in which a guest took the offer: families share browsers.
func TestACustomerWhoHasBoughtBeforeLeavesTheGuestsClaimAlone(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	guest := f.claim(f.as("", "b-home"))
	rita := after(f.as(f.rita, "b-home"), time.Hour)

	f.refused("Rita, signed in", rita, fault.Conflict)
	if seen := f.opens(rita); seen.Held != nil {
		t.Errorf("Rita, signed in, is shown %+v", seen.Held)
	}
	f.wantUnchanged("Rita was signed in", guest)
	f.wantCode("the guest's", guest.Code, referral.CodeHeld)
	if c := f.claim(after(f.as("", "b-home"), 2*time.Hour)); c.Code != guest.Code {
		t.Errorf("the guest has %q, want %q", c.Code, guest.Code)
	}
}

// Bob claimed signed in, and an order of his that is credited by something else is pending. Asking again without signing in gives nothing more.
func TestAGuestIsTakenForWhoMadeTheClaim(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2, claims.Config{})
	f.claim(f.as(f.bob, "b-bob"))
	f.converts(f.bob)
	f.refused("a guest at his browser", after(f.as("", "b-bob"), time.Hour), fault.Conflict)
	f.refused("a guest at his browser, when it has run out", after(f.as("", "b-bob"), afterTheClaim), fault.Conflict)
}

// A stranger who knows the id of a friend's browser is as a guest at it, and can do the friend no harm by any account. Attacks, section 2.
func TestAStrangerWithABrowsersIDEndsNoClaim(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says     string
		stranger func(*front) referral.CustomerID
		bound    bool // the stranger was the first who signed in at the friend's browser
	}{
		{"a customer who has bought before", func(f *front) referral.CustomerID { return f.rita }, false},
		{"a newcomer", func(f *front) referral.CustomerID { return f.carl }, true},
		{"a newcomer with an older claim", func(f *front) referral.CustomerID {
			f.claim(after(f.as(f.carl, "b-carl"), -time.Hour))
			return f.carl
		}, false},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			f := newFront(t, 5, claims.Config{})
			stranger := row.stranger(f)
			bobs := f.claim(f.as("", "b-bob"))
			for i := range 3 {
				_, _ = f.do.Claims.Claim(t.Context(), after(f.as(stranger, "b-bob"), time.Duration(1+i)*time.Minute)) // whatever is answered
			}
			f.converts(stranger)

			f.wantCode("the friend's", bobs.Code, referral.CodeHeld)
			if c := f.claim(after(f.as("", "b-bob"), time.Hour)); c.ID != bobs.ID || c.Code != bobs.Code {
				t.Errorf("the friend has %q of %s, want %q", c.Code, c.ID, bobs.Code)
			}
			signed := f.claim(after(f.as(f.bob, "b-bob"), 2*time.Hour))
			if signed.Code == "" || signed.Customer != f.bob && !row.bound && signed.ID != bobs.ID {
				t.Errorf("signed in, the friend has %+v", signed)
			}
			if row.bound != (signed.ID != bobs.ID) {
				t.Errorf("signed in, the friend has %s; the guest's is %s", signed.ID, bobs.ID)
			}
			if c := f.claim(after(f.as("", "b-bob"), afterTheClaim)); c.ID != bobs.ID || c.Code == "" {
				t.Errorf("renewed, the friend has %q of %s", c.Code, c.ID)
			}
		})
	}
}

const afterTheClaim = 31 * 24 * time.Hour

func TestWhatRanOutIsRenewed(t *testing.T) {
	t.Parallel()
	f := newFront(t, 5, claims.Config{MaxOpenClaims: 1})
	first := f.claim(f.as("", "b-bob"))
	renewed := f.claim(after(f.as("", "b-bob"), afterTheClaim))
	if renewed.ID != first.ID || renewed.Code == first.Code || !slices.Equal(renewed.Former, []string{first.Code}) || len(renewed.Earlier) != 1 {
		t.Errorf("renewed to %+v", renewed)
	}
	f.wantCode("the first code", first.Code, referral.CodeDying)
	f.wantCode("the new code", renewed.Code, referral.CodeHeld)
	storetest.Order(t, f.store, f.shop.ID, func(o *referral.Order) { o.Codes, o.Test = []string{first.Code}, true })
	again := f.claim(after(f.as("", "b-bob"), 2*afterTheClaim)) // a test order uses nothing up
	f.claim(after(f.as("", "b-carl"), 3*afterTheClaim))
	f.refused("another claim of the same link is open", after(f.as("", "b-bob"), 3*afterTheClaim), fault.Limited)
	storetest.Order(t, f.store, f.shop.ID, func(o *referral.Order) { o.Codes = []string{first.Code} })
	f.refused("a former code was used", after(f.as("", "b-bob"), 5*afterTheClaim), fault.Conflict)
	f.wantCode("the last code", again.Code, referral.CodeHeld) // its own end is the sweep's to see
}

// His older claim has run out, and there is no offer now by which it could be renewed: the younger one, at his phone, still is a promise.
func TestWhoHasAnOpenClaimKeepsItWhenAnotherCannotBeRenewed(t *testing.T) {
	t.Parallel()
	f := newFront(t, 5, claims.Config{})
	f.claim(f.as(f.bob, "b-laptop"))
	phone := f.claim(after(f.as("", "b-phone"), 10*24*time.Hour))
	_, err := f.do.Campaigns.SetLimits(t.Context(), f.shop.ID, f.live.ID, referral.Limits{Budget: storetest.USD("0.01")})
	f.must(err)
	for i, r := range []claims.ClaimRequest{f.as(f.bob, "b-phone"), f.as("", "b-phone")} {
		if c := f.claim(after(r, afterTheClaim+time.Duration(i)*time.Hour)); c.Code != phone.Code {
			t.Errorf("request %d: got %q, want the phone's %q", i, c.Code, phone.Code)
		}
	}
	f.wantCode("the phone's", phone.Code, referral.CodeHeld)
}

// converts has an order of the customer's pending that carries no code.
func (f *front) converts(c referral.CustomerID) {
	f.t.Helper()
	friend := referral.FriendOf(c, false)
	f.must(f.store.RaiseFacts(f.t.Context(), f.shop.ID, friend, true))
	r, err := f.store.FindReferral(f.t.Context(), f.shop.ID, friend)
	f.must(err)
	r.State, r.DecidedRev = referral.Pending, r.FactsRev
	f.must(f.store.SaveDecision(f.t.Context(), r, r.FactsRev))
}

func TestAnOfferThatConvertedIsNotRenewed(t *testing.T) {
	t.Parallel()
	f := newFront(t, 3, claims.Config{})
	f.claim(f.as(f.bob, "b-bob"))
	f.converts(f.bob)
	f.refused("her order is pending", after(f.as(f.bob, "b-bob"), afterTheClaim), fault.Conflict)
}

// Her claim is renewed while the pool is empty, and then other terms go live.
func TestWhoWasNeverServedAgainGetsTheOfferOfNow(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, claims.Config{})
	f.claim(f.as("", "b-bob"))
	f.refused("the pool is empty", after(f.as("", "b-bob"), afterTheClaim), fault.Unavailable)
	second := f.replace(1)
	c := f.claim(after(f.as("", "b-bob"), afterTheClaim+time.Hour))
	if c.Version != second.Version || c.Code == "" || len(c.Former) != 1 {
		t.Errorf("got %q under version %d, former %v", c.Code, c.Version, c.Former)
	}
}

func TestSwitchingToTheOfferOfNow(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2, claims.Config{})
	bob, carl := f.claim(f.as("", "b-bob")), f.claim(f.as("", "b-carl"))
	f.replace(5)
	kept, err := f.do.Claims.Claim(t.Context(), after(f.as("", "b-bob"), time.Hour))
	if err != nil || kept.Claim.Code != bob.Code || kept.Newer == nil || kept.Newer.Campaign.Version != 2 {
		t.Errorf("without a word she keeps hers, and is shown the other: %+v, %v", kept, err)
	}
	switches := after(f.as("", "b-bob"), time.Hour)
	switches.Switch, switches.Emails = true, []string{"h1:bob"}
	if c := f.claim(switches); c.Version != 2 || c.Code == bob.Code || len(c.Addresses) != 1 {
		t.Errorf("switched to %q under version %d, with the addresses %v", c.Code, c.Version, c.Addresses)
	}
	f.wantCode("what Bob gave up", bob.Code, referral.CodeDying)
	storetest.Order(t, f.store, f.shop.ID, func(o *referral.Order) { o.Codes = []string{carl.Code} })
	switches = after(f.as("", "b-carl"), time.Hour)
	switches.Switch = true
	f.refused("Carl has used his", switches, fault.Conflict)
}

// What nobody has proved: the first address that is given at a claim stays, and neither finds, blocks nor joins another's claim. H5.
func TestAClaimKeepsOneAddress(t *testing.T) {
	t.Parallel()
	f := newFront(t, 3, claims.Config{})
	given := func(browser, address string, by time.Duration) referral.Claim {
		r := after(f.as("", browser), by)
		r.Emails = []string{"h2:" + address, "h1:" + address}
		return f.claim(r)
	}

	first := given("b-eve", "lead", 0)
	for i, address := range []string{"lead2", "lead3"} {
		given("b-eve", address, time.Duration(25*(1+i))*time.Hour)
	}
	kept, err := f.store.FindClaim(t.Context(), f.shop.ID, first.ID)
	f.must(err)
	if len(kept.Addresses) != 2 || kept.Addresses[0].Hash != "h2:lead" || kept.Addresses[1].Hash != "h1:lead" {
		t.Errorf("kept %v, want the first address alone", kept.Addresses)
	}
	if own := given("b-lead", "lead", time.Hour); own.ID == first.ID || len(own.Addresses) != 2 {
		t.Errorf("the address's owner has %+v; want a claim of their own", own)
	}
}

// from is a claim that comes from a network.
func from(network string, r claims.ClaimRequest) claims.ClaimRequest {
	r.Network = network
	return r
}

// crowd claims in so many browsers from a network.
func (f *front) crowd(network string, n int) {
	f.t.Helper()
	for i := range n {
		f.claim(from(network, f.as("", fmt.Sprint("b-", network, "-", i))))
	}
}

// H8: claims of one network get a code each, and take no more than ten of a link's limit.
func TestOneNetworkDoesNotCloseALink(t *testing.T) {
	t.Parallel()
	f := newFront(t, 40, claims.Config{MaxOpenClaims: 12})
	f.crowd("campus", 12)
	f.refused("as many as a link may have, from one network", from("campus", f.as("", "b-more")), fault.Limited)
	f.claim(from("home", f.as("", "b-home")))
	f.claim(f.as("", "b-unknown")) // nobody knows its network
	f.refused("12 of a link are open", from("office", f.as("", "b-office")), fault.Limited)

	_, err := f.do.Rewards.Reopen(t.Context(), f.shop.ID, f.alice.Code())
	f.must(err)
	f.claim(from("office", f.as("", "b-office")))
	f.claim(from("campus", f.as("", "b-campus-0"))) // what was promised goes on
	if _, err := f.do.Rewards.Reopen(t.Context(), f.shop.ID, "NOBODY"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody's link: %v", err)
	}
}

// Whoever has not bought within a week is not waited for.
func TestClaimsThatAreNotUsedStopCounting(t *testing.T) {
	t.Parallel()
	f := newFront(t, 9, claims.Config{MaxOpenClaims: 1})
	first := f.claim(from("home", f.as("", "b-1")))
	f.refused("an instant before a week is over", after(f.as("", "b-2"), referral.CountsFor-time.Millisecond), fault.Limited)
	f.claim(after(from("home", f.as("", "b-2")), referral.CountsFor))
	if c := f.claim(after(f.as("", "b-1"), referral.CountsFor)); c.Code != first.Code {
		t.Errorf("the first has %q, want %q", c.Code, first.Code)
	}
}

// H8: 21 guests of one network closed a budget of $100 for everybody.
func TestOneNetworkDoesNotCloseACampaign(t *testing.T) {
	t.Parallel()
	f := newFront(t, 40, claims.Config{})
	_, err := f.do.Campaigns.SetLimits(t.Context(), f.shop.ID, f.live.ID, referral.Limits{Budget: storetest.USD("100")})
	f.must(err)
	f.crowd("one", 30)
	f.claim(from("two", f.as("", "b-two")))
}

// A guest's claim has Alice's browser, and Bob's account was signed in at it first: the next account there has a claim of its own.
func TestASecondAccountInTheAdvocatesBrowserIsSeen(t *testing.T) {
	t.Parallel()
	f := newFront(t, 2, claims.Config{})
	f.claim(f.as(f.bob, "b-alice"))
	if c := f.claim(after(f.as(f.carl, "b-alice"), time.Hour)); c.Customer != f.carl || !slices.Equal(c.Browsers, []string{"b-alice"}) {
		t.Errorf("Carl has %+v; want it known that it was made in Alice's browser", c)
	}
}
