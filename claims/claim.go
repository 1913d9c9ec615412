package claims

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// advocateCodeTries is how many codes are tried for an advocate before giving up; with 38 bits one is nearly always enough.
const advocateCodeTries = 5

// Join makes the customer an advocate, or finds the one she is. Her code is drawn by HMAC from her identity, so that two joins at
// once draw the same. Unauthorized: nobody is signed in. NotFound: the shop never had the app, and nothing is written.
func (s *Service) Join(ctx context.Context, r JoinRequest) (AdvocateView, error) {
	if r.Customer == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "sign_in_to_join")
	}
	advocate, err := s.ensureAdvocate(ctx, r)
	if err != nil {
		return AdvocateView{}, err
	}
	for _, hash := range r.Browser {
		if slices.Contains(advocate.Browsers, hash) {
			continue
		}
		if err := s.advocates.NoteBrowser(ctx, r.Shop, advocate.ID, hash); err != nil {
			return AdvocateView{}, fmt.Errorf("claims: note browser: %w", err)
		}
	}
	return s.view(ctx, advocate)
}

func (s *Service) ensureAdvocate(ctx context.Context, r JoinRequest) (referral.Advocate, error) {
	found, err := s.advocates.FindAdvocateByCustomer(ctx, r.Shop, r.Customer)
	if !fault.Is(err, fault.NotFound) {
		return found, err
	}
	if _, err := s.store.FindShop(ctx, r.Shop); err != nil {
		return referral.Advocate{}, fmt.Errorf("claims: find shop: %w", err)
	}
	emails, err := s.addressOf(ctx, r)
	if err != nil {
		return referral.Advocate{}, err
	}

	id := referral.AdvocateID(tenant.NewID("adv_", s.now()))
	for n := range advocateCodeTries {
		code := referral.CodeFrom(s.hasher.Sum(r.Shop, "advocate", fmt.Sprintf("%s/%d", r.Customer, n)), referral.AdvocateCodeLetters)
		a := referral.Advocate{Shop: r.Shop, ID: id, Customer: r.Customer, Codes: []string{code}, Emails: emails, State: referral.AdvocateActive, JoinedAt: r.At}
		err = s.advocates.AddAdvocate(ctx, a)
		if err == nil {
			s.bell.Share(ctx, r.Shop)
			s.log.InfoContext(ctx, "advocate joined", "shop", r.Shop, "advocate_id", id)
			return a, nil
		}
		if !fault.Is(err, fault.Conflict) {
			break
		}
		if found, again := s.advocates.FindAdvocateByCustomer(ctx, r.Shop, r.Customer); again == nil {
			return found, nil
		}
	}
	return referral.Advocate{}, fmt.Errorf("claims: add advocate: %w", err)
}

// addressOf hashes the address of whoever joins, and of its mailbox, so that an order with either can be told from a friend's. Level 2 only.
func (s *Service) addressOf(ctx context.Context, r JoinRequest) ([]string, error) {
	if !s.config.Level2 {
		return nil, nil
	}
	found, err := s.shopify.ReadCustomer(ctx, r.Shop, r.Customer)
	if err != nil {
		return nil, fmt.Errorf("claims: read advocate: %w", err)
	}
	return append(referral.EmailHashes(s.hasher, r.Shop, found.Email), referral.AliasHashes(s.hasher, r.Shop, found.Email)...), nil
}

// Me is what a signed-in customer sees of herself as an advocate. NotFound: she has not joined.
func (s *Service) Me(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (AdvocateView, error) {
	if c == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "sign_in")
	}
	advocate, err := s.advocates.FindAdvocateByCustomer(ctx, shop, c)
	if err != nil {
		return AdvocateView{}, err
	}
	view, err := s.view(ctx, advocate)
	if err != nil {
		return AdvocateView{}, err
	}
	view.Referrals, err = s.store.ReferralsOf(ctx, shop, advocate.ID, 100)
	return view, err
}

func (s *Service) view(ctx context.Context, a referral.Advocate) (AdvocateView, error) {
	shop, err := s.store.FindShop(ctx, a.Shop)
	if err != nil {
		return AdvocateView{}, fmt.Errorf("claims: find shop: %w", err)
	}
	return AdvocateView{Advocate: a, Link: Link(shop, a.Code())}, nil
}

// Link is the address that carries an advocate's code. Shopify records ?ref= by itself.
// Source: shopify.dev, CustomerVisit.referralCode, 2026-10.
func Link(shop tenant.Shop, code string) string {
	base := shop.Profile.PrimaryURL
	if base == "" {
		base = "https://" + string(shop.ID)
	}
	return base + "/?ref=" + url.QueryEscape(code)
}

func offerView(c referral.Campaign) *OfferView {
	return &OfferView{Campaign: c.Key(), Friend: c.Terms.Friend, Advocate: c.Terms.Advocate, Minimum: c.Terms.Minimum}
}

// Offer tells a visitor of a link what there is. NotFound: no such advocate, or no campaign is live.
func (s *Service) Offer(ctx context.Context, shop tenant.ShopID, ref string) (OfferView, error) {
	if _, err := s.advocateByRef(ctx, shop, ref); err != nil {
		return OfferView{}, err
	}
	campaign, err := s.campaigns.Live(ctx, shop)
	if err != nil {
		return OfferView{}, err
	}
	return *offerView(campaign), nil
}

// errUnknownLink is the one answer for a link that leads nowhere, whyever.
var errUnknownLink = fault.New(fault.NotFound, "unknown_link")

// advocateByRef finds the advocate of a link. NotFound: there is none, or she is blocked.
func (s *Service) advocateByRef(ctx context.Context, shop tenant.ShopID, ref string) (referral.Advocate, error) {
	code, err := referral.ParseRef(ref)
	if err != nil {
		return referral.Advocate{}, err
	}
	advocate, err := s.advocates.FindAdvocateByCode(ctx, shop, code)
	if fault.Is(err, fault.NotFound) || (err == nil && advocate.State == referral.AdvocateBlocked) {
		return referral.Advocate{}, errUnknownLink
	}
	return advocate, err
}

// opened finds whose link was opened, and the campaign that visitors see. Errors: NotFound (link or offer), Conflict (whoever is signed
// in opens their own link; of a guest in the advocate's browser that is not said, for families share browsers).
func (s *Service) opened(ctx context.Context, shop tenant.ShopID, ref string, by referral.CustomerID) (referral.Advocate, referral.Campaign, error) {
	advocate, err := s.advocateByRef(ctx, shop, ref)
	if err != nil {
		return referral.Advocate{}, referral.Campaign{}, err
	}
	if by != "" && advocate.Customer == by {
		return referral.Advocate{}, referral.Campaign{}, fault.New(fault.Conflict, "own_link")
	}
	campaign, err := s.campaigns.Live(ctx, shop)
	return advocate, campaign, err
}

// Visit notes that a link was opened: the visitor's open claim, if they have one, gets a touch, unless it stays with another advocate.
// The visit itself is not stored. A claim that waits for its code is given it, if there is one. Errors: NotFound (link or offer), Conflict
// (the advocate's own link, an offer that was used).
func (s *Service) Visit(ctx context.Context, r VisitRequest) (VisitView, error) {
	advocate, campaign, err := s.opened(ctx, r.Shop, r.Ref, r.Customer)
	if err != nil {
		return VisitView{}, err
	}
	view := VisitView{Visit: referral.Visit{Shop: r.Shop, Campaign: campaign.Key(), Advocate: advocate.ID, At: r.At}}

	held, err := s.heldBy(ctx, r, campaign)
	if err != nil || held == nil {
		return view, err
	}
	kept, err := s.keptFrom(ctx, held.Claim, campaign, advocate.ID)
	if err != nil {
		return VisitView{}, err
	}
	if !kept && !held.shown {
		held.Claim, err = s.touch(ctx, held.Claim, referral.Touch{Advocate: advocate.ID, Version: campaign.Version, At: r.At}, nil)
	}
	if err == nil {
		err = s.checkUnused(ctx, held.Claim, r.Customer)
	}
	if err != nil {
		return view, err
	}

	shown, err := s.claimView(ctx, held.Claim, campaign, advocate.ID, r.At)
	if err != nil && fault.CodeOf(err) != "preparing_codes" { // else the claim is shown without its code
		return view, err
	}
	view.Held, view.Yours, view.Offer = &shown.Claim, shown.Yours, shown.Offer
	return view, nil
}

// keptFrom tells whether a claim stays with another advocate: see Claim.KeptFrom.
func (s *Service) keptFrom(ctx context.Context, claim referral.Claim, live referral.Campaign, by referral.AdvocateID) (bool, error) {
	promised, err := s.promised(ctx, claim, live)
	return err == nil && claim.KeptFrom(by, promised.Terms, live.Terms), err
}

// held is the open claim that a visitor has.
type held struct {
	referral.Claim
	shown bool // and nothing is noted at it: only the cart names it, and somebody was signed in at it
}

// heldBy finds the visitor's open claim, and notes at it who is signed in; nil when there is none. A customer who has bought before has
// none of a guest's. Conflict: it was used.
func (s *Service) heldBy(ctx context.Context, r VisitRequest, c referral.Campaign) (*held, error) {
	found, err := s.claimsOf(ctx, r.Shop, c.ID, r.Customer, r.Browser)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		claim, err := s.cartClaim(ctx, r.Shop, c.ID, r.Cart, r.Customer, r.At)
		if err != nil || claim == nil {
			return nil, err
		}
		return &held{*claim, !claim.SignedAt.IsZero()}, nil
	}

	err = s.greet(ctx, found[0], r.Customer, r.At)
	if fault.CodeOf(err) == errOrdered.Code { // no new customer has nothing of a guest's
		return nil, nil
	}
	i := slices.IndexFunc(found, func(one referral.Claim) bool { return one.Open(r.At) })
	if err != nil || i < 0 {
		return nil, err
	}
	return &held{Claim: found[i]}, nil
}

// cartClaim finds the claim that the cart names, for a visitor of whom no claim is known; nil when there is none that is open in the
// campaign. A customer who is signed in has no claim at which somebody was signed in but their own, and none that somebody else has used.
//
// A shopper who does not consent to being remembered has another browser id on each page, and the same cart. 74 bits of the id are drawn at
// random: whoever has it was given the claim, or a cart with it. It bears the claim's code and nothing else: it adds no key, signs nobody in
// and ends nothing, so that whoever finds it is never taken for the claim's friend without it.
func (s *Service) cartClaim(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, id referral.ClaimID, by referral.CustomerID, at time.Time,
) (*referral.Claim, error) {
	if id == "" {
		return nil, nil
	}
	found, err := s.store.ClaimsOf(ctx, shop, referral.ClaimQuery{IDs: []referral.ClaimID{id}})
	if err != nil {
		return nil, fmt.Errorf("claims: find the cart's claim: %w", err)
	}
	for _, one := range found {
		if one.Campaign != campaign || !one.Open(at) {
			continue
		}
		if by != "" {
			if free, err := s.free(ctx, one, by); err != nil || !free {
				return nil, err
			}
		}
		return &one, nil
	}
	return nil, nil
}

// claimsOf lists the asker's claims in a campaign. A guest has those of the browser. A customer who is signed in has their own first, and then
// what a guest took in the browser, while it is free. What orders tell of a claim does not make it anybody's here: it would matter when
// they were heard of.
func (s *Service) claimsOf(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, c referral.CustomerID, browser []string) ([]referral.Claim, error) {
	keys := referral.ClaimKeys(c, browser)
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := s.store.ClaimsByKeys(ctx, shop, campaign, keys)
	if err != nil {
		return nil, fmt.Errorf("claims: find claims: %w", err)
	}
	if c == "" {
		return found, nil
	}

	var own, guests []referral.Claim
	for _, one := range found {
		if one.Of(c) {
			own = append(own, one)
			continue
		}
		free, err := s.free(ctx, one, c)
		if err != nil {
			return nil, err
		}
		if free {
			guests = append(guests, one)
		}
	}
	return append(own, guests...), nil
}

// free tells whether a claim that a guest made may be the customer's who signs in: nobody else was signed in at it, and nobody else has
// spent its code, as far as orders tell.
func (s *Service) free(ctx context.Context, claim referral.Claim, c referral.CustomerID) (bool, error) {
	if !claim.SignedAt.IsZero() {
		return false, nil
	}
	if claim.Customer == c {
		return true, nil
	}
	spent, err := s.spent(ctx, claim)
	return !spent, err
}

// Claim gives the friend her code. Asked again by the same friend it gives the same one; two at once never share one. Errors: NotFound
// (link or offer unknown, paused or ended, or the budget is nearly spent), Conflict (the advocate's own link, a customer who has bought
// before, an offer that was used), Limited (too many open claims of the advocate), Unavailable (the pool is empty: the next try may
// find a code, and never a wrong one). Of a guest nothing is asked, so that the answer tells nothing of any customer; see Claim.takenFor.
func (s *Service) Claim(ctx context.Context, r ClaimRequest) (ClaimView, error) {
	advocate, campaign, err := s.opened(ctx, r.Shop, r.Ref, r.Customer)
	if err != nil {
		return ClaimView{}, err
	}
	if len(referral.ClaimKeys(r.Customer, r.Browser)) == 0 {
		return ClaimView{}, fault.New(fault.Invalid, "browser_missing")
	}
	claim, err := s.ensureClaim(ctx, r, campaign, advocate)
	if err != nil {
		return ClaimView{}, err
	}
	return s.claimView(ctx, claim, campaign, advocate.ID, r.At)
}

// claimView draws the claim's code, and says whether it is the link's advocate's, and whether another offer is to be had instead.
func (s *Service) claimView(ctx context.Context, claim referral.Claim, live referral.Campaign, by referral.AdvocateID, at time.Time) (ClaimView, error) {
	promised, err := s.promised(ctx, claim, live)
	if err != nil {
		return ClaimView{}, err
	}
	view := ClaimView{Claim: claim, Yours: !claim.KeptFrom(by, promised.Terms, live.Terms), Offer: *offerView(promised)}
	if claim.Version != live.Version {
		view.Newer = offerView(live)
	}
	if promised.Terms.Friend.AfterOrder {
		return view, nil
	}
	drawn, err := s.ensureCode(ctx, claim, at)
	if err == nil {
		view.Claim = drawn
	}
	return view, err
}

// promised is the version whose offer the claim promises, given the live one.
func (s *Service) promised(ctx context.Context, claim referral.Claim, live referral.Campaign) (referral.Campaign, error) {
	if claim.Version == live.Version {
		return live, nil
	}
	found, err := s.store.FindCampaign(ctx, claim.Shop, referral.CampaignKey{ID: claim.Campaign, Version: claim.Version})
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("claims: find campaign: %w", err)
	}
	return found, nil
}

// ensureClaim finds the friend's claim and adds the touch, or makes a new one. A race for one key is won by the first write; the
// loser looks again.
func (s *Service) ensureClaim(ctx context.Context, r ClaimRequest, c referral.Campaign, a referral.Advocate) (referral.Claim, error) {
	touch := referral.Touch{Advocate: a.ID, Version: c.Version, At: r.At}
	for range 3 {
		found, err := s.claimsOf(ctx, r.Shop, c.ID, r.Customer, r.Browser)
		if err != nil {
			return referral.Claim{}, err
		}
		if len(found) > 0 {
			claim, err := s.keepClaim(ctx, found, r, c, touch)
			return s.unlessUsed(ctx, claim, r.Customer, err)
		}

		cart, err := s.cartClaim(ctx, r.Shop, c.ID, r.Cart, r.Customer, r.At)
		if err != nil {
			return referral.Claim{}, err
		}
		if cart != nil {
			claim, err := s.keepCarts(ctx, *cart, r, c, touch)
			return s.unlessUsed(ctx, claim, "", err)
		}
		if err := s.mayClaim(ctx, r, c, a); err != nil {
			return referral.Claim{}, err
		}
		counts, err := s.countsUntil(ctx, r, a.ID)
		if err != nil {
			return referral.Claim{}, err
		}

		claim := newClaim(r, c, touch, s.now())
		claim.CountsUntil = counts
		claim.Addresses = referral.GivenAt(r.At, r.Emails...)
		err = s.store.AddClaim(ctx, claim)
		if fault.Is(err, fault.Conflict) && r.Customer != "" { // the browser is another customer's: her own key is enough
			claim.Keys = []string{referral.CustomerKey(r.Customer)}
			err = s.store.AddClaim(ctx, claim)
		}
		if err == nil {
			s.log.InfoContext(ctx, "offer claimed", "shop", r.Shop, "claim_id", claim.ID, "advocate_id", a.ID)
			return claim, s.noteNetwork(ctx, claim, r, a.ID)
		}
		if !fault.Is(err, fault.Conflict) {
			return referral.Claim{}, fmt.Errorf("claims: add claim: %w", err)
		}
	}
	return referral.Claim{}, fault.ForLog(fault.Unavailable, "claims keep appearing")
}

func newClaim(r ClaimRequest, c referral.Campaign, touch referral.Touch, now time.Time) referral.Claim {
	claim := referral.Claim{
		Shop: r.Shop, ID: referral.ClaimID(tenant.NewID("clm_", now)), Campaign: c.ID, Version: c.Version, Keys: referral.ClaimKeys(r.Customer, r.Browser), Browsers: r.Browser,
		Customer: r.Customer, Touches: []referral.Touch{touch}, ClaimedAt: r.At, ExpiresAt: c.Terms.ClaimEnd(r.At),
	}
	if r.Customer != "" {
		claim.SignedAt = r.At
	}
	if v := r.Visit; v != nil && v.Shop == r.Shop && v.Campaign.ID == c.ID && v.At.Before(touch.At) {
		first := referral.Touch{Advocate: v.Advocate, Version: v.Campaign.Version, At: v.At}
		if first.Advocate == touch.Advocate || c.Terms.Credit != referral.CreditClaim { // else the other's link was opened, and this one's offer taken
			claim.Touches = []referral.Touch{first, touch}
		}
	}
	return claim
}

// mayClaim refuses whoever is signed in and has bought before, and everybody when an advocate's link or the campaign's budget is
// used up.
func (s *Service) mayClaim(ctx context.Context, r ClaimRequest, c referral.Campaign, a referral.Advocate) error {
	if err := s.checkNewCustomer(ctx, r.Shop, r.Customer, r.At); err != nil {
		return err
	}
	if err := s.checkOpenClaims(ctx, r.Shop, a.ID, r.At); err != nil {
		return err
	}
	return s.campaigns.CheckGate(ctx, c)
}

// errOrdered is the kind answer to a customer who has bought before.
var errOrdered = fault.New(fault.Conflict, "already_ordered")

// checkNewCustomer tells a signed-in customer kindly that the offer is for new ones. Of a guest nothing is asked.
func (s *Service) checkNewCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID, at time.Time) error {
	if c == "" {
		return nil
	}
	history, err := s.shopify.ReadCustomer(ctx, shop, c)
	if err != nil {
		return fmt.Errorf("claims: read customer: %w", err)
	}
	if n, known := referral.PriorOrders(referral.Order{ProcessedAt: at}, history); known && n.Prior == 0 {
		return nil
	}
	return errOrdered
}

// keepCarts answers by the claim that only the cart names: see cartClaim. Whoever is signed in is as a guest at it, but for a customer who
// has bought before, who gets no code. At a claim at which somebody was signed in nothing is noted.
func (s *Service) keepCarts(ctx context.Context, claim referral.Claim, r ClaimRequest, c referral.Campaign, touch referral.Touch) (referral.Claim, error) {
	if err := s.checkNewCustomer(ctx, r.Shop, r.Customer, r.At); err != nil {
		return referral.Claim{}, err
	}
	if !claim.SignedAt.IsZero() {
		return claim, nil
	}
	r.Customer = ""
	return s.keepClaim(ctx, []referral.Claim{claim}, r, c, touch)
}

// keepClaim answers a friend who has claimed before. What ran out is renewed, and on request an older promise is switched for the offer of
// now. A customer whose own claim cannot be renewed has what was taken as a guest in this browser.
func (s *Service) keepClaim(ctx context.Context, found []referral.Claim, r ClaimRequest, c referral.Campaign, touch referral.Touch) (referral.Claim, error) {
	if err := s.greet(ctx, found[0], r.Customer, r.At); err != nil {
		return referral.Claim{}, err
	}
	claim, err := s.noteDrawn(ctx, found[0])
	if err != nil {
		return referral.Claim{}, err
	}
	if claim.Open(r.At) {
		return s.keepOrSwitch(ctx, claim, r, c, touch)
	}

	refused := s.mayRenew(ctx, claim, r, c, touch.Advocate)
	if refused == nil {
		return s.keepOrSwitch(ctx, claim, r, c, touch)
	}
	i := slices.IndexFunc(found, func(one referral.Claim) bool { return one.Open(r.At) })
	if fault.Is(refused, fault.Conflict) || i < 0 {
		return referral.Claim{}, refused
	}
	kept, err := s.keptFrom(ctx, found[i], c, touch.Advocate)
	if err != nil || kept {
		return found[i], err
	}
	return s.touch(ctx, found[i], touch, r.Emails)
}

// keepOrSwitch answers by a claim that is open or may be renewed.
func (s *Service) keepOrSwitch(ctx context.Context, claim referral.Claim, r ClaimRequest, c referral.Campaign, touch referral.Touch) (referral.Claim, error) {
	promised, err := s.promised(ctx, claim, c)
	if err != nil {
		return referral.Claim{}, err
	}

	open := claim.Open(r.At)
	stuck := claim.NeverServed(promised, c)
	kept := claim.KeptFrom(touch.Advocate, promised.Terms, c.Terms)
	switch {
	case !open || stuck:
	case kept && !r.Switch: // another advocate's link says nothing of it
		return claim, nil
	case !kept && (!r.Switch || claim.Version == c.Version):
		return s.touch(ctx, claim, touch, r.Emails)
	case claim.Version == c.Version: // the offer of now is the same: the code stays, and only the credit moves
		if err := s.checkUnused(ctx, claim, r.Customer); err != nil {
			return referral.Claim{}, err
		}
		return s.touch(ctx, claim, claim.SwitchBy(touch), r.Emails)
	default:
		if err := s.mayRenew(ctx, claim, r, c, touch.Advocate); err != nil {
			return referral.Claim{}, err
		}
	}
	return s.renew(ctx, claim, r, c, claim.SwitchBy(touch))
}

// greetWithin is how long a shopper waits for Shopify to say whether she is new, beside all else.
const greetWithin = time.Second

// greet has a customer who signs in keep what they took as a guest in this browser: the same claim, with the same code. It is theirs from
// then on, and nobody else's who signs in. One who has bought before is refused kindly, and the guest's claim stays as it is: families share
// browsers, and whoever knows a browser's id must not end what others were promised. While Shopify does not answer they are greeted the
// next time. Conflict: they have bought before, or used it.
func (s *Service) greet(ctx context.Context, claim referral.Claim, c referral.CustomerID, at time.Time) error {
	if c == "" || claim.Of(c) {
		return nil
	}
	if err := s.checkUnused(ctx, claim, c); err != nil {
		return err
	}

	short, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	err := s.checkNewCustomer(short, claim.Shop, c, at)
	if fault.Is(err, fault.Conflict) {
		return err
	}
	if err != nil {
		s.log.WarnContext(ctx, "friend not greeted", "shop", claim.Shop, "err", err)
		return nil
	}
	return s.sign(ctx, claim, c, at)
}

// sign notes that the claim's friend was signed in as the customer, and has the order of a friend who is known decided about again. A
// customer who has had a claim of their own since keeps that one, and this one stays a guest's.
func (s *Service) sign(ctx context.Context, claim referral.Claim, c referral.CustomerID, at time.Time) error {
	err := s.store.TieClaim(ctx, claim.Shop, claim.ID, c, at)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("claims: tie claim: %w", err)
	}
	return s.raiseCustomer(ctx, claim.Shop, c)
}

// raiseCustomer has the customer's referrals decided again, if there are any.
func (s *Service) raiseCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) error {
	for _, test := range []bool{false, true} {
		if err := s.store.RaiseFacts(ctx, shop, referral.FriendOf(c, test), false); err != nil {
			return fmt.Errorf("claims: raise facts: %w", err)
		}
	}
	s.bell.Decide(ctx, shop, referral.FriendOf(c, false))
	return nil
}

func notEmpty(code string) []string {
	if code == "" {
		return nil
	}
	return []string{code}
}

// errUsed is the answer to whoever asks again for an offer that has led to an order.
var errUsed = fault.New(fault.Conflict, "offer_used")

// checkUnused refuses whoever asks again for an offer that was used, or for another in its place; by is who is signed in.
func (s *Service) checkUnused(ctx context.Context, claim referral.Claim, by referral.CustomerID) error {
	if c := claim.TakenFor(by); c != "" {
		known, err := s.store.FindReferral(ctx, claim.Shop, referral.FriendOf(c, false))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("claims: find referral: %w", err)
		}
		if known.State == referral.Pending || known.State == referral.Flagged || known.State == referral.Approved {
			return errUsed
		}
	}

	spent, err := s.spent(ctx, claim)
	if err == nil && spent {
		err = errUsed
	}
	return err
}

// spent tells whether an order with one of the claim's codes is known.
func (s *Service) spent(ctx context.Context, claim referral.Claim) (bool, error) {
	for _, code := range append(notEmpty(claim.Code), claim.Former...) {
		n, err := s.store.CountOrdersWithCode(ctx, claim.Shop, code, 1)
		if err != nil {
			return false, fmt.Errorf("claims: count orders: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// unlessUsed gives a claim again, unless its offer was used: the checkout would refuse the code.
func (s *Service) unlessUsed(ctx context.Context, claim referral.Claim, by referral.CustomerID, err error) (referral.Claim, error) {
	if err == nil {
		err = s.checkUnused(ctx, claim, by)
	}
	return claim, err
}

// mayRenew refuses another code for an offer that was used, and whoever may not claim now.
func (s *Service) mayRenew(ctx context.Context, claim referral.Claim, r ClaimRequest, c referral.Campaign, by referral.AdvocateID) error {
	if err := s.checkUnused(ctx, claim, r.Customer); err != nil {
		return err
	}
	if err := s.checkNewCustomer(ctx, r.Shop, claim.TakenFor(r.Customer), r.At); err != nil {
		return err
	}
	if !claim.Open(r.At) {
		if err := s.checkOpenClaims(ctx, r.Shop, by, r.At); err != nil {
			return err
		}
	}
	return s.campaigns.CheckGate(ctx, c)
}

// renew promises the offer of now in place of what the claim had: one conditional update. The old code ends, if it has not yet.
func (s *Service) renew(ctx context.Context, claim referral.Claim, r ClaimRequest, c referral.Campaign, touch referral.Touch) (referral.Claim, error) {
	old := claim.Code
	counts := claim.CountsUntil
	if !claim.Open(r.At) {
		var err error
		if counts, err = s.countsUntil(ctx, r, touch.Advocate); err == nil {
			err = s.noteNetwork(ctx, claim, r, touch.Advocate)
		}
		if err != nil {
			return referral.Claim{}, err
		}
	}

	renewed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(one *referral.Claim) error {
		if one.Code != old { // somebody was faster
			return nil
		}
		if one.Code != "" {
			one.Former = append(slices.Clone(one.Former), one.Code)
		}
		one.Earlier = append(slices.Clone(one.Earlier), referral.Promise{Version: one.Version, Code: one.Code, Until: touch.At})
		one.Code, one.Version, one.ExpiresAt, one.CountsUntil = "", c.Version, c.Terms.ClaimEnd(touch.At), counts
		one.Note(touch, r.Emails)
		return nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: renew claim: %w", err)
	}

	if err := s.codes.End(ctx, claim.Shop, notEmpty(old)); err != nil {
		return referral.Claim{}, err
	}
	return renewed, s.raiseFriend(ctx, renewed)
}

// countsUntil is until when a claim that is made now counts; zero: not at all, so that nobody closes a link or a campaign from one
// network. Nobody is held for their network: a campus shares one. Limited: the network has as many claims as a link may have; others go on.
func (s *Service) countsUntil(ctx context.Context, r ClaimRequest, by referral.AdvocateID) (time.Time, error) {
	until := r.At.Add(referral.CountsFor)
	if r.Network == "" {
		return until, nil
	}
	n, err := s.store.CountNetwork(ctx, r.Shop, by, r.Network, r.At.Add(-referral.CountsFor), s.config.MaxOpenClaims)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("claims: count network: %w", err)
	case n >= s.config.MaxOpenClaims:
		return time.Time{}, &fault.Error{Kind: fault.Limited, Code: "link_overused", RetryAfter: time.Hour}
	case n >= referral.NetworkCounts:
		return time.Time{}, nil
	}
	return until, nil
}

// noteNetwork notes from where an offer was claimed.
func (s *Service) noteNetwork(ctx context.Context, claim referral.Claim, r ClaimRequest, by referral.AdvocateID) error {
	if r.Network == "" {
		return nil
	}
	if err := s.store.NoteNetwork(ctx, claim.Shop, claim.ID, by, r.Network, r.At); err != nil {
		return fmt.Errorf("claims: note network: %w", err)
	}
	return nil
}

// checkOpenClaims limits what a leaked or abused link can cost. Source: design section 7, limits.
func (s *Service) checkOpenClaims(ctx context.Context, shop tenant.ShopID, a referral.AdvocateID, at time.Time) error {
	open, err := s.store.CountOpenClaims(ctx, shop, a, at, s.config.MaxOpenClaims)
	if err != nil {
		return fmt.Errorf("claims: count open claims: %w", err)
	}
	if open >= s.config.MaxOpenClaims {
		return &fault.Error{Kind: fault.Limited, Code: "link_overused", RetryAfter: time.Hour}
	}
	return nil
}

// touch adds one opening of a link to the claim, unless the last one already says so, and the address the friend gave, and has a
// tied friend decided again.
func (s *Service) touch(ctx context.Context, claim referral.Claim, t referral.Touch, emails []string) (referral.Claim, error) {
	changed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *referral.Claim) error {
		c.Note(t, emails)
		return nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: touch claim: %w", err)
	}
	return changed, s.raiseFriend(ctx, changed)
}

// raiseFriend has the claim's friend decided again, if she is known.
func (s *Service) raiseFriend(ctx context.Context, c referral.Claim) error {
	if c.Customer == "" {
		return nil
	}
	return s.raiseCustomer(ctx, c.Shop, c.Customer)
}

// ensureCode draws the claim's code, unless it has one. A crash between the two writes is mended by asking again.
func (s *Service) ensureCode(ctx context.Context, claim referral.Claim, at time.Time) (referral.Claim, error) {
	if claim.Code != "" {
		return claim, nil
	}
	key := referral.CampaignKey{ID: claim.Campaign, Version: claim.Version}
	code, err := s.codes.Draw(ctx, claim.Shop, key, referral.FriendSide, claim.Holder(), at, claim.ExpiresAt)
	if err != nil {
		return referral.Claim{}, err
	}
	return s.noteCode(ctx, claim, code.Code)
}

// noteDrawn notes the code that an earlier request drew for the claim and was cut off before it could say so.
func (s *Service) noteDrawn(ctx context.Context, claim referral.Claim) (referral.Claim, error) {
	if claim.Code != "" {
		return claim, nil
	}
	code, err := s.store.FindCodeByHolder(ctx, claim.Shop, claim.Holder())
	if fault.Is(err, fault.NotFound) {
		return claim, nil
	}
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: find drawn code: %w", err)
	}
	return s.noteCode(ctx, claim, code.Code)
}

func (s *Service) noteCode(ctx context.Context, claim referral.Claim, code string) (referral.Claim, error) {
	noted, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *referral.Claim) error {
		if c.Holder() == claim.Holder() && c.Version == claim.Version { // else it was renewed meanwhile
			c.Code = code
		}
		return nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: keep code: %w", err)
	}
	return noted, nil
}
