package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

// after is a request some time after noon.
func after(r referral.ClaimRequest, by time.Duration) referral.ClaimRequest {
	r.At = r.At.Add(by)
	return r
}

// refused checks that a claim is refused in a way.
func (f *front) refused(says string, r referral.ClaimRequest, want fault.Kind) {
	f.t.Helper()
	if c, err := f.service.Claim(f.t.Context(), r); !fault.Is(err, want) {
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

func TestTwoClaimsOfOnePersonBecomeOne(t *testing.T) {
	t.Parallel()
	f := newFront(t, 10, referral.Config{})
	laptop := f.claim(f.as("", "b-laptop"))
	phone := f.claim(after(f.as("", "b-phone"), time.Hour))
	if laptop.ID == phone.ID || laptop.Code == phone.Code {
		t.Fatal("two guests have one claim")
	}
	f.claim(after(f.as(f.bob, "b-laptop"), 2*time.Hour))
	f.wantCode("nobody is known at the phone yet", phone.Code, referral.CodeHeld)
	for i, r := range []referral.ClaimRequest{f.as(f.bob, "b-phone"), f.as("", "b-phone"), f.as("", "b-laptop"), f.as(f.bob, "b-new")} {
		if c := f.claim(after(r, time.Duration(3+i)*time.Hour)); c.ID != laptop.ID || c.Code != laptop.Code {
			t.Errorf("request %d: got %s of %s, want the older claim's %s", i, c.Code, c.ID, laptop.Code)
		}
	}
	f.wantCode("the younger claim's", phone.Code, referral.CodeDying)
	f.wantCode("the older claim's", laptop.Code, referral.CodeHeld)
	stranger := f.claim(after(f.as("", "b-stranger"), 9*time.Hour))
	if roommate := f.claim(after(f.as(f.carl, "b-phone"), 9*time.Hour)); roommate.ID == laptop.ID || roommate.ID == stranger.ID {
		t.Error("another customer has Bob's claim")
	}
}

func TestAGuestWhoHasBoughtBeforeLosesHerCodeWhenSheSignsIn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says  string
		codes int
		signs func(*front) // before she asks again
	}{
		{"with a code", 1, func(*front) {}},
		{"the pool was empty", 0, func(f *front) { storetest.Codes(t, f.store, f.live, referral.FriendSide, 1) }},
		{"she only opened the link", 1, func(f *front) {
			_, err := f.service.Visit(f.t.Context(), referral.VisitRequest{
				Shop: f.shop.ID, Ref: f.alice.Code(), Browser: []string{"b-rita"}, Customer: f.rita, At: storetest.Noon.Add(time.Minute),
			})
			f.must(err)
		}},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			f := newFront(t, row.codes, referral.Config{})
			guest, err := f.service.Claim(t.Context(), f.as("", "b-rita"))
			if (row.codes == 0) != errors.Is(err, codes.ErrPoolEmpty) {
				t.Fatal(err)
			}
			row.signs(f)
			for i, r := range []referral.ClaimRequest{f.as(f.rita, "b-rita"), f.as("", "b-rita"), f.as(f.rita, "b-rita"), f.as(f.rita, "b-other"), f.as("", "b-rita")} {
				f.refused(fmt.Sprintf("request %d", i), after(r, time.Duration(1+i)*time.Hour), fault.Conflict)
			}
			if guest.Claim.Code != "" {
				f.wantCode("what she had as a guest", guest.Claim.Code, referral.CodeDying)
			}
		})
	}
}

const afterTheClaim = 31 * 24 * time.Hour

func TestWhatRanOutIsRenewed(t *testing.T) {
	t.Parallel()
	f := newFront(t, 5, referral.Config{MaxOpenClaims: 1})
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
	f := newFront(t, 5, referral.Config{})
	f.claim(f.as(f.bob, "b-laptop"))
	phone := f.claim(after(f.as("", "b-phone"), 10*24*time.Hour))
	_, err := f.service.SetLimits(t.Context(), f.shop.ID, f.live.ID, referral.Limits{Budget: storetest.USD("0.01")})
	f.must(err)
	for i, r := range []referral.ClaimRequest{f.as(f.bob, "b-phone"), f.as("", "b-phone")} {
		if c := f.claim(after(r, afterTheClaim+time.Duration(i)*time.Hour)); c.Code != phone.Code {
			t.Errorf("request %d: got %q, want the phone's %q", i, c.Code, phone.Code)
		}
	}
	f.wantCode("the phone's", phone.Code, referral.CodeHeld)
}

func TestAnOfferThatConvertedIsNotRenewed(t *testing.T) {
	t.Parallel()
	f := newFront(t, 3, referral.Config{})
	f.claim(f.as(f.bob, "b-bob"))
	friend := referral.FriendOf(f.bob, false)
	f.must(f.store.RaiseFacts(t.Context(), f.shop.ID, friend, true))
	r, err := f.store.FindReferral(t.Context(), f.shop.ID, friend)
	f.must(err)
	r.State, r.DecidedRev = referral.Pending, r.FactsRev
	f.must(f.store.SaveDecision(t.Context(), r, r.FactsRev))
	f.refused("her order is pending", after(f.as(f.bob, "b-bob"), afterTheClaim), fault.Conflict)
}

// Her claim is renewed while the pool is empty, and then other terms go live.
func TestWhoWasNeverServedAgainGetsTheOfferOfNow(t *testing.T) {
	t.Parallel()
	f := newFront(t, 1, referral.Config{})
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
	f := newFront(t, 2, referral.Config{})
	bob, carl := f.claim(f.as("", "b-bob")), f.claim(f.as("", "b-carl"))
	f.replace(5)
	kept, err := f.service.Claim(t.Context(), after(f.as("", "b-bob"), time.Hour))
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
