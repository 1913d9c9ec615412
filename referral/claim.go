package referral

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"twofold/fault"
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
		if err := s.store.NoteBrowser(ctx, r.Shop, advocate.ID, hash); err != nil {
			return AdvocateView{}, fmt.Errorf("referral: note browser: %w", err)
		}
	}
	return s.view(ctx, advocate)
}

func (s *Service) ensureAdvocate(ctx context.Context, r JoinRequest) (Advocate, error) {
	found, err := s.store.FindAdvocateByCustomer(ctx, r.Shop, r.Customer)
	if !fault.Is(err, fault.NotFound) {
		return found, err
	}
	if _, err := s.store.FindShop(ctx, r.Shop); err != nil {
		return Advocate{}, fmt.Errorf("referral: find shop: %w", err)
	}
	emails, err := s.addressOf(ctx, r)
	if err != nil {
		return Advocate{}, err
	}

	id := AdvocateID(newID("adv_", s.now()))
	for n := range advocateCodeTries {
		code := CodeFrom(s.hasher.Sum(r.Shop, "advocate", fmt.Sprintf("%s/%d", r.Customer, n)), advocateCodeLetters)
		a := Advocate{Shop: r.Shop, ID: id, Customer: r.Customer, Codes: []string{code}, Emails: emails, State: AdvocateActive, JoinedAt: r.At}
		err = s.store.AddAdvocate(ctx, a)
		if err == nil {
			s.bell.Share(ctx, r.Shop)
			s.log.InfoContext(ctx, "advocate joined", "shop", r.Shop, "advocate_id", id)
			return a, nil
		}
		if !fault.Is(err, fault.Conflict) {
			break
		}
		if found, again := s.store.FindAdvocateByCustomer(ctx, r.Shop, r.Customer); again == nil {
			return found, nil
		}
	}
	return Advocate{}, fmt.Errorf("referral: add advocate: %w", err)
}

// addressOf hashes the address of whoever joins, and of its mailbox, so that an order with either can be told from a friend's. Level 2 only.
func (s *Service) addressOf(ctx context.Context, r JoinRequest) ([]string, error) {
	if !s.config.Level2 {
		return nil, nil
	}
	found, err := s.shopify.ReadCustomer(ctx, r.Shop, r.Customer)
	if err != nil {
		return nil, fmt.Errorf("referral: read advocate: %w", err)
	}
	return append(EmailHashes(s.hasher, r.Shop, found.Email), AliasHashes(s.hasher, r.Shop, found.Email)...), nil
}

// Me is what a signed-in customer sees of herself as an advocate. NotFound: she has not joined.
func (s *Service) Me(ctx context.Context, shop tenant.ShopID, c CustomerID) (AdvocateView, error) {
	if c == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "sign_in")
	}
	advocate, err := s.store.FindAdvocateByCustomer(ctx, shop, c)
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

func (s *Service) view(ctx context.Context, a Advocate) (AdvocateView, error) {
	shop, err := s.store.FindShop(ctx, a.Shop)
	if err != nil {
		return AdvocateView{}, fmt.Errorf("referral: find shop: %w", err)
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

func offerView(c Campaign) *OfferView {
	return &OfferView{Campaign: c.Key(), Friend: c.Terms.Friend, Advocate: c.Terms.Advocate, Minimum: c.Terms.Minimum}
}

// Offer tells a visitor of a link what there is. NotFound: no such advocate, or no campaign is live.
func (s *Service) Offer(ctx context.Context, shop tenant.ShopID, ref string) (OfferView, error) {
	if _, err := s.advocateByRef(ctx, shop, ref); err != nil {
		return OfferView{}, err
	}
	campaign, err := s.live(ctx, shop)
	if err != nil {
		return OfferView{}, err
	}
	return *offerView(campaign), nil
}

// errUnknownLink is the one answer for a link that leads nowhere, whyever.
var errUnknownLink = fault.New(fault.NotFound, "unknown_link")

// advocateByRef finds the advocate of a link. NotFound: there is none, or she is blocked.
func (s *Service) advocateByRef(ctx context.Context, shop tenant.ShopID, ref string) (Advocate, error) {
	code, err := ParseRef(ref)
	if err != nil {
		return Advocate{}, err
	}
	advocate, err := s.store.FindAdvocateByCode(ctx, shop, code)
	if fault.Is(err, fault.NotFound) || (err == nil && advocate.State == AdvocateBlocked) {
		return Advocate{}, errUnknownLink
	}
	return advocate, err
}

// opened finds whose link was opened, and the campaign that visitors see. Errors: NotFound (link or offer), Conflict (whoever is signed
// in opens their own link; of a guest in the advocate's browser that is not said, for families share browsers).
func (s *Service) opened(ctx context.Context, shop tenant.ShopID, ref string, by CustomerID) (Advocate, Campaign, error) {
	advocate, err := s.advocateByRef(ctx, shop, ref)
	if err != nil {
		return Advocate{}, Campaign{}, err
	}
	if by != "" && advocate.Customer == by {
		return Advocate{}, Campaign{}, fault.New(fault.Conflict, "own_link")
	}
	campaign, err := s.live(ctx, shop)
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
	view := VisitView{Visit: Visit{Shop: r.Shop, Campaign: campaign.Key(), Advocate: advocate.ID, At: r.At}}

	held, err := s.heldBy(ctx, r, campaign)
	if err != nil || held == nil {
		return view, err
	}
	kept, err := s.keptFrom(ctx, held.Claim, campaign, advocate.ID)
	if err != nil {
		return VisitView{}, err
	}
	if !kept && !held.shown {
		held.Claim, err = s.touch(ctx, held.Claim, Touch{Advocate: advocate.ID, Version: campaign.Version, At: r.At}, nil)
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
func (s *Service) keptFrom(ctx context.Context, claim Claim, live Campaign, by AdvocateID) (bool, error) {
	promised, err := s.promised(ctx, claim, live)
	return err == nil && claim.KeptFrom(by, promised.Terms, live.Terms), err
}

// held is the open claim that a visitor has.
type held struct {
	Claim
	shown bool // and nothing is noted at it: only the cart names it, and somebody was signed in at it
}

// heldBy finds the visitor's open claim, and notes at it who is signed in; nil when there is none. A customer who has bought before has
// none of a guest's. Conflict: it was used.
func (s *Service) heldBy(ctx context.Context, r VisitRequest, c Campaign) (*held, error) {
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
	i := slices.IndexFunc(found, func(one Claim) bool { return one.Open(r.At) })
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
	ctx context.Context, shop tenant.ShopID, campaign CampaignID, id ClaimID, by CustomerID, at time.Time,
) (*Claim, error) {
	if id == "" {
		return nil, nil
	}
	found, err := s.store.ClaimsOf(ctx, shop, ClaimQuery{IDs: []ClaimID{id}})
	if err != nil {
		return nil, fmt.Errorf("referral: find the cart's claim: %w", err)
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

// claimKeys are the keys of whoever asks, the surest first. A browser has one for every hash key in use, so that a claim is found
// again, and told from the advocate's own browser, while keys are rotated.
func claimKeys(c CustomerID, browser []string) []string {
	var keys []string
	if c != "" {
		keys = append(keys, CustomerKey(c))
	}
	for _, hash := range browser {
		keys = append(keys, BrowserKey(hash))
	}
	return keys
}

// claimsOf lists the asker's claims in a campaign. A guest has those of the browser. A customer who is signed in has their own first, and then
// what a guest took in the browser, while it is free. What orders tell of a claim does not make it anybody's here: it would matter when
// they were heard of.
func (s *Service) claimsOf(ctx context.Context, shop tenant.ShopID, campaign CampaignID, c CustomerID, browser []string) ([]Claim, error) {
	keys := claimKeys(c, browser)
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := s.store.ClaimsByKeys(ctx, shop, campaign, keys)
	if err != nil {
		return nil, fmt.Errorf("referral: find claims: %w", err)
	}
	if c == "" {
		return found, nil
	}

	var own, guests []Claim
	for _, one := range found {
		if one.of(c) {
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
func (s *Service) free(ctx context.Context, claim Claim, c CustomerID) (bool, error) {
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
	if len(claimKeys(r.Customer, r.Browser)) == 0 {
		return ClaimView{}, fault.New(fault.Invalid, "browser_missing")
	}
	claim, err := s.ensureClaim(ctx, r, campaign, advocate)
	if err != nil {
		return ClaimView{}, err
	}
	return s.claimView(ctx, claim, campaign, advocate.ID, r.At)
}

// claimView draws the claim's code, and says whether it is the link's advocate's, and whether another offer is to be had instead.
func (s *Service) claimView(ctx context.Context, claim Claim, live Campaign, by AdvocateID, at time.Time) (ClaimView, error) {
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
func (s *Service) promised(ctx context.Context, claim Claim, live Campaign) (Campaign, error) {
	if claim.Version == live.Version {
		return live, nil
	}
	found, err := s.store.FindCampaign(ctx, claim.Shop, CampaignKey{claim.Campaign, claim.Version})
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: find campaign: %w", err)
	}
	return found, nil
}

// ensureClaim finds the friend's claim and adds the touch, or makes a new one. A race for one key is won by the first write; the
// loser looks again.
func (s *Service) ensureClaim(ctx context.Context, r ClaimRequest, c Campaign, a Advocate) (Claim, error) {
	touch := Touch{Advocate: a.ID, Version: c.Version, At: r.At}
	for range 3 {
		found, err := s.claimsOf(ctx, r.Shop, c.ID, r.Customer, r.Browser)
		if err != nil {
			return Claim{}, err
		}
		if len(found) > 0 {
			claim, err := s.keepClaim(ctx, found, r, c, touch)
			return s.unlessUsed(ctx, claim, r.Customer, err)
		}

		cart, err := s.cartClaim(ctx, r.Shop, c.ID, r.Cart, r.Customer, r.At)
		if err != nil {
			return Claim{}, err
		}
		if cart != nil {
			claim, err := s.keepCarts(ctx, *cart, r, c, touch)
			return s.unlessUsed(ctx, claim, "", err)
		}
		if err := s.mayClaim(ctx, r, c, a); err != nil {
			return Claim{}, err
		}
		counts, err := s.countsUntil(ctx, r, a.ID)
		if err != nil {
			return Claim{}, err
		}

		claim := newClaim(r, c, touch, s.now())
		claim.CountsUntil = counts
		claim.Addresses = GivenAt(r.At, r.Emails...)
		err = s.store.AddClaim(ctx, claim)
		if fault.Is(err, fault.Conflict) && r.Customer != "" { // the browser is another customer's: her own key is enough
			claim.Keys = []string{CustomerKey(r.Customer)}
			err = s.store.AddClaim(ctx, claim)
		}
		if err == nil {
			s.log.InfoContext(ctx, "offer claimed", "shop", r.Shop, "claim_id", claim.ID, "advocate_id", a.ID)
			return claim, s.noteNetwork(ctx, claim, r, a.ID)
		}
		if !fault.Is(err, fault.Conflict) {
			return Claim{}, fmt.Errorf("referral: add claim: %w", err)
		}
	}
	return Claim{}, fault.ForLog(fault.Unavailable, "claims keep appearing")
}

func newClaim(r ClaimRequest, c Campaign, touch Touch, now time.Time) Claim {
	claim := Claim{
		Shop: r.Shop, ID: ClaimID(newID("clm_", now)), Campaign: c.ID, Version: c.Version, Keys: claimKeys(r.Customer, r.Browser), Browsers: r.Browser,
		Customer: r.Customer, Touches: []Touch{touch}, ClaimedAt: r.At, ExpiresAt: c.Terms.claimEnd(r.At),
	}
	if r.Customer != "" {
		claim.SignedAt = r.At
	}
	if v := r.Visit; v != nil && v.Shop == r.Shop && v.Campaign.ID == c.ID && v.At.Before(touch.At) {
		first := Touch{Advocate: v.Advocate, Version: v.Campaign.Version, At: v.At}
		if first.Advocate == touch.Advocate || c.Terms.Credit != CreditClaim { // else the other's link was opened, and this one's offer taken
			claim.Touches = []Touch{first, touch}
		}
	}
	return claim
}

// mayClaim refuses whoever is signed in and has bought before, and everybody when an advocate's link or the campaign's budget is
// used up.
func (s *Service) mayClaim(ctx context.Context, r ClaimRequest, c Campaign, a Advocate) error {
	if err := s.checkNewCustomer(ctx, r.Shop, r.Customer, r.At); err != nil {
		return err
	}
	if err := s.checkOpenClaims(ctx, r.Shop, a.ID, r.At); err != nil {
		return err
	}
	return s.checkGate(ctx, c)
}

// errOrdered is the kind answer to a customer who has bought before.
var errOrdered = fault.New(fault.Conflict, "already_ordered")

// checkNewCustomer tells a signed-in customer kindly that the offer is for new ones. Of a guest nothing is asked.
func (s *Service) checkNewCustomer(ctx context.Context, shop tenant.ShopID, c CustomerID, at time.Time) error {
	if c == "" {
		return nil
	}
	history, err := s.shopify.ReadCustomer(ctx, shop, c)
	if err != nil {
		return fmt.Errorf("referral: read customer: %w", err)
	}
	if n, known := PriorOrders(Order{ProcessedAt: at}, history); known && n.Prior == 0 {
		return nil
	}
	return errOrdered
}

// keepCarts answers by the claim that only the cart names: see cartClaim. Whoever is signed in is as a guest at it, but for a customer who
// has bought before, who gets no code. At a claim at which somebody was signed in nothing is noted.
func (s *Service) keepCarts(ctx context.Context, claim Claim, r ClaimRequest, c Campaign, touch Touch) (Claim, error) {
	if err := s.checkNewCustomer(ctx, r.Shop, r.Customer, r.At); err != nil {
		return Claim{}, err
	}
	if !claim.SignedAt.IsZero() {
		return claim, nil
	}
	r.Customer = ""
	return s.keepClaim(ctx, []Claim{claim}, r, c, touch)
}

// keepClaim answers a friend who has claimed before. What ran out is renewed, and on request an older promise is switched for the offer of
// now. A customer whose own claim cannot be renewed has what was taken as a guest in this browser.
func (s *Service) keepClaim(ctx context.Context, found []Claim, r ClaimRequest, c Campaign, touch Touch) (Claim, error) {
	if err := s.greet(ctx, found[0], r.Customer, r.At); err != nil {
		return Claim{}, err
	}
	claim, err := s.noteDrawn(ctx, found[0])
	if err != nil {
		return Claim{}, err
	}
	if claim.Open(r.At) {
		return s.keepOrSwitch(ctx, claim, r, c, touch)
	}

	refused := s.mayRenew(ctx, claim, r, c, touch.Advocate)
	if refused == nil {
		return s.keepOrSwitch(ctx, claim, r, c, touch)
	}
	i := slices.IndexFunc(found, func(one Claim) bool { return one.Open(r.At) })
	if fault.Is(refused, fault.Conflict) || i < 0 {
		return Claim{}, refused
	}
	kept, err := s.keptFrom(ctx, found[i], c, touch.Advocate)
	if err != nil || kept {
		return found[i], err
	}
	return s.touch(ctx, found[i], touch, r.Emails)
}

// keepOrSwitch answers by a claim that is open or may be renewed.
func (s *Service) keepOrSwitch(ctx context.Context, claim Claim, r ClaimRequest, c Campaign, touch Touch) (Claim, error) {
	promised, err := s.promised(ctx, claim, c)
	if err != nil {
		return Claim{}, err
	}

	open := claim.Open(r.At)
	stuck := claim.neverServed(promised, c)
	kept := claim.KeptFrom(touch.Advocate, promised.Terms, c.Terms)
	switch {
	case !open || stuck:
	case kept && !r.Switch: // another advocate's link says nothing of it
		return claim, nil
	case !kept && (!r.Switch || claim.Version == c.Version):
		return s.touch(ctx, claim, touch, r.Emails)
	case claim.Version == c.Version: // the offer of now is the same: the code stays, and only the credit moves
		if err := s.checkUnused(ctx, claim, r.Customer); err != nil {
			return Claim{}, err
		}
		return s.touch(ctx, claim, claim.switchBy(touch), r.Emails)
	default:
		if err := s.mayRenew(ctx, claim, r, c, touch.Advocate); err != nil {
			return Claim{}, err
		}
	}
	return s.renew(ctx, claim, r, c, claim.switchBy(touch))
}

// switchBy is the touch that takes a claim from another advocate. It is the friend's last word, also within one second of Shopify's clock.
func (c Claim) switchBy(t Touch) Touch {
	last := c.Touches[len(c.Touches)-1]
	if last.Advocate != t.Advocate && !t.At.After(last.At) {
		t.At = last.At.Add(time.Millisecond)
	}
	return t
}

// greetWithin is how long a shopper waits for Shopify to say whether she is new, beside all else.
const greetWithin = time.Second

// greet has a customer who signs in keep what they took as a guest in this browser: the same claim, with the same code. It is theirs from
// then on, and nobody else's who signs in. One who has bought before is refused kindly, and the guest's claim stays as it is: families share
// browsers, and whoever knows a browser's id must not end what others were promised. While Shopify does not answer they are greeted the
// next time. Conflict: they have bought before, or used it.
func (s *Service) greet(ctx context.Context, claim Claim, c CustomerID, at time.Time) error {
	if c == "" || claim.of(c) {
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

// neverServed tells whether the claim waits for a code of a version that gives none any more.
func (c Claim) neverServed(promised, live Campaign) bool {
	return c.Code == "" && c.Version != live.Version && !promised.Terms.Friend.AfterOrder
}

// sign notes that the claim's friend was signed in as the customer, and has the order of a friend who is known decided about again. A
// customer who has had a claim of their own since keeps that one, and this one stays a guest's.
func (s *Service) sign(ctx context.Context, claim Claim, c CustomerID, at time.Time) error {
	err := s.store.TieClaim(ctx, claim.Shop, claim.ID, c, at)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("referral: tie claim: %w", err)
	}
	return s.raiseCustomer(ctx, claim.Shop, c)
}

// raiseCustomer has the customer's referrals decided again, if there are any.
func (s *Service) raiseCustomer(ctx context.Context, shop tenant.ShopID, c CustomerID) error {
	for _, test := range []bool{false, true} {
		if err := s.store.RaiseFacts(ctx, shop, FriendOf(c, test), false); err != nil {
			return fmt.Errorf("referral: raise facts: %w", err)
		}
	}
	s.bell.Decide(ctx, shop, FriendOf(c, false))
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
func (s *Service) checkUnused(ctx context.Context, claim Claim, by CustomerID) error {
	if c := claim.takenFor(by); c != "" {
		known, err := s.store.FindReferral(ctx, claim.Shop, FriendOf(c, false))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("referral: find referral: %w", err)
		}
		if known.State == Pending || known.State == Flagged || known.State == Approved {
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
func (s *Service) spent(ctx context.Context, claim Claim) (bool, error) {
	for _, code := range append(notEmpty(claim.Code), claim.Former...) {
		n, err := s.store.CountOrdersWithCode(ctx, claim.Shop, code, 1)
		if err != nil {
			return false, fmt.Errorf("referral: count orders: %w", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// unlessUsed gives a claim again, unless its offer was used: the checkout would refuse the code.
func (s *Service) unlessUsed(ctx context.Context, claim Claim, by CustomerID, err error) (Claim, error) {
	if err == nil {
		err = s.checkUnused(ctx, claim, by)
	}
	return claim, err
}

// mayRenew refuses another code for an offer that was used, and whoever may not claim now.
func (s *Service) mayRenew(ctx context.Context, claim Claim, r ClaimRequest, c Campaign, by AdvocateID) error {
	if err := s.checkUnused(ctx, claim, r.Customer); err != nil {
		return err
	}
	if err := s.checkNewCustomer(ctx, r.Shop, claim.takenFor(r.Customer), r.At); err != nil {
		return err
	}
	if !claim.Open(r.At) {
		if err := s.checkOpenClaims(ctx, r.Shop, by, r.At); err != nil {
			return err
		}
	}
	return s.checkGate(ctx, c)
}

// renew promises the offer of now in place of what the claim had: one conditional update. The old code ends, if it has not yet.
func (s *Service) renew(ctx context.Context, claim Claim, r ClaimRequest, c Campaign, touch Touch) (Claim, error) {
	old := claim.Code
	counts := claim.CountsUntil
	if !claim.Open(r.At) {
		var err error
		if counts, err = s.countsUntil(ctx, r, touch.Advocate); err == nil {
			err = s.noteNetwork(ctx, claim, r, touch.Advocate)
		}
		if err != nil {
			return Claim{}, err
		}
	}

	renewed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(one *Claim) error {
		if one.Code != old { // somebody was faster
			return nil
		}
		if one.Code != "" {
			one.Former = append(slices.Clone(one.Former), one.Code)
		}
		one.Earlier = append(slices.Clone(one.Earlier), Promise{one.Version, one.Code, touch.At})
		one.Code, one.Version, one.ExpiresAt, one.CountsUntil = "", c.Version, c.Terms.claimEnd(touch.At), counts
		one.note(touch, r.Emails)
		return nil
	})
	if err != nil {
		return Claim{}, fmt.Errorf("referral: renew claim: %w", err)
	}

	if err := s.codes.End(ctx, claim.Shop, notEmpty(old)); err != nil {
		return Claim{}, err
	}
	return renewed, s.raiseFriend(ctx, renewed)
}

// Numbers of what a claim that is not used takes of its link's limit and of the budget's estimate.
const (
	CountsFor     = 7 * 24 * time.Hour // from then on it counts no more, though its code goes on
	networkCounts = 10                 // of one network in one link, in that time; further ones get a code, and do not count
)

// countsUntil is until when a claim that is made now counts; zero: not at all, so that nobody closes a link or a campaign from one
// network. Nobody is held for their network: a campus shares one. Limited: the network has as many claims as a link may have; others go on.
func (s *Service) countsUntil(ctx context.Context, r ClaimRequest, by AdvocateID) (time.Time, error) {
	until := r.At.Add(CountsFor)
	if r.Network == "" {
		return until, nil
	}
	n, err := s.store.CountNetwork(ctx, r.Shop, by, r.Network, r.At.Add(-CountsFor), s.config.MaxOpenClaims)
	switch {
	case err != nil:
		return time.Time{}, fmt.Errorf("referral: count network: %w", err)
	case n >= s.config.MaxOpenClaims:
		return time.Time{}, &fault.Error{Kind: fault.Limited, Code: "link_overused", RetryAfter: time.Hour}
	case n >= networkCounts:
		return time.Time{}, nil
	}
	return until, nil
}

// noteNetwork notes from where an offer was claimed.
func (s *Service) noteNetwork(ctx context.Context, claim Claim, r ClaimRequest, by AdvocateID) error {
	if r.Network == "" {
		return nil
	}
	if err := s.store.NoteNetwork(ctx, claim.Shop, claim.ID, by, r.Network, r.At); err != nil {
		return fmt.Errorf("referral: note network: %w", err)
	}
	return nil
}

// checkOpenClaims limits what a leaked or abused link can cost. Source: design section 7, limits.
func (s *Service) checkOpenClaims(ctx context.Context, shop tenant.ShopID, a AdvocateID, at time.Time) error {
	open, err := s.store.CountOpenClaims(ctx, shop, a, at, s.config.MaxOpenClaims)
	if err != nil {
		return fmt.Errorf("referral: count open claims: %w", err)
	}
	if open >= s.config.MaxOpenClaims {
		return &fault.Error{Kind: fault.Limited, Code: "link_overused", RetryAfter: time.Hour}
	}
	return nil
}

// touch adds one opening of a link to the claim, unless the last one already says so, and the address the friend gave, and has a
// tied friend decided again.
func (s *Service) touch(ctx context.Context, claim Claim, t Touch, emails []string) (Claim, error) {
	changed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *Claim) error {
		c.note(t, emails)
		return nil
	})
	if err != nil {
		return Claim{}, fmt.Errorf("referral: touch claim: %w", err)
	}
	return changed, s.raiseFriend(ctx, changed)
}

// note adds one opening of a link, and the address that was given with it.
func (c *Claim) note(t Touch, emails []string) {
	c.Touches = addTouch(c.Touches, t)
	c.Addresses = addAddress(c.Addresses, GivenAt(t.At, emails...))
}

// raiseFriend has the claim's friend decided again, if she is known.
func (s *Service) raiseFriend(ctx context.Context, c Claim) error {
	if c.Customer == "" {
		return nil
	}
	return s.raiseCustomer(ctx, c.Shop, c.Customer)
}

// addAddress keeps the first address that was given, as its hash under each key: facts are only ever added, and one address is all that a
// claim may hold of what nobody has proved.
func addAddress(known, given []Address) []Address {
	if len(known) > 0 {
		return known
	}
	return given
}

// Bounds of a claim's touches. They are facts, which are only ever added: opening the same advocate's link again within a day of her
// last touch says nothing new, and a claim that is full takes no more.
const (
	maxTouches  = 100
	sameTouchIn = 24 * time.Hour
)

// addTouch inserts t in time order, after those of the same instant: Shopify's clock tells seconds, and a request may be sent twice.
func addTouch(touches []Touch, t Touch) []Touch {
	i, _ := slices.BinarySearchFunc(touches, t, func(a, b Touch) int {
		if a.At.After(b.At) {
			return 1
		}
		return -1
	})
	if before := touches[:i]; len(before) > 0 {
		last := before[len(before)-1]
		if last.Advocate == t.Advocate && last.Version == t.Version && t.At.Sub(last.At) < sameTouchIn {
			return touches
		}
	}
	if len(touches) >= maxTouches {
		return touches
	}
	return slices.Insert(slices.Clone(touches), i, t)
}

// ensureCode draws the claim's code, unless it has one. A crash between the two writes is mended by asking again.
func (s *Service) ensureCode(ctx context.Context, claim Claim, at time.Time) (Claim, error) {
	if claim.Code != "" {
		return claim, nil
	}
	key := CampaignKey{claim.Campaign, claim.Version}
	code, err := s.codes.Draw(ctx, claim.Shop, key, FriendSide, claim.Holder(), at, claim.ExpiresAt)
	if err != nil {
		return Claim{}, err
	}
	return s.noteCode(ctx, claim, code.Code)
}

// noteDrawn notes the code that an earlier request drew for the claim and was cut off before it could say so.
func (s *Service) noteDrawn(ctx context.Context, claim Claim) (Claim, error) {
	if claim.Code != "" {
		return claim, nil
	}
	code, err := s.store.FindCodeByHolder(ctx, claim.Shop, claim.Holder())
	if fault.Is(err, fault.NotFound) {
		return claim, nil
	}
	if err != nil {
		return Claim{}, fmt.Errorf("referral: find drawn code: %w", err)
	}
	return s.noteCode(ctx, claim, code.Code)
}

func (s *Service) noteCode(ctx context.Context, claim Claim, code string) (Claim, error) {
	noted, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *Claim) error {
		if c.Holder() == claim.Holder() && c.Version == claim.Version { // else it was renewed meanwhile
			c.Code = code
		}
		return nil
	})
	if err != nil {
		return Claim{}, fmt.Errorf("referral: keep code: %w", err)
	}
	return noted, nil
}
