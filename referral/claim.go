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
// once draw the same. Unauthorized: nobody is signed in.
func (s *Service) Join(ctx context.Context, r JoinRequest) (AdvocateView, error) {
	if r.Customer == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "Please sign in to your account to get your link.")
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
	id := AdvocateID(newID("adv_", s.now()))
	for n := range advocateCodeTries {
		code := codeFrom(s.hasher.Sum(r.Shop, "advocate", fmt.Sprintf("%s/%d", r.Customer, n)), advocateCodeLetters)
		a := Advocate{Shop: r.Shop, ID: id, Customer: r.Customer, Codes: []string{code}, State: AdvocateActive, JoinedAt: r.At}
		err = s.store.AddAdvocate(ctx, a)
		if err == nil {
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

// Me is what a signed-in customer sees of herself as an advocate. NotFound: she has not joined.
func (s *Service) Me(ctx context.Context, shop tenant.ShopID, c CustomerID) (AdvocateView, error) {
	if c == "" {
		return AdvocateView{}, fault.New(fault.Unauthorized, "Please sign in to your account.")
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
	view := AdvocateView{Advocate: a, Link: Link(shop, a.Code())}
	if c, err := s.live(ctx, a.Shop); err == nil {
		view.Offer = offerView(c)
	} else if !fault.Is(err, fault.NotFound) {
		return AdvocateView{}, err
	}
	return view, nil
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

func (s *Service) advocateByRef(ctx context.Context, shop tenant.ShopID, ref string) (Advocate, error) {
	code, err := ParseRef(ref)
	if err != nil {
		return Advocate{}, err
	}
	advocate, err := s.store.FindAdvocateByCode(ctx, shop, code)
	if fault.Is(err, fault.NotFound) {
		return Advocate{}, fault.New(fault.NotFound, "We do not know this link.")
	}
	return advocate, err
}

// Visit notes that a link was opened: the visitor's open claim, if she has one, gets a touch. The visit itself is not stored.
func (s *Service) Visit(ctx context.Context, r VisitRequest) (Visit, error) {
	advocate, err := s.advocateByRef(ctx, r.Shop, r.Ref)
	if err != nil {
		return Visit{}, err
	}
	campaign, err := s.live(ctx, r.Shop)
	if err != nil {
		return Visit{}, err
	}
	visit := Visit{Shop: r.Shop, Campaign: campaign.Key(), Advocate: advocate.ID, At: r.At}
	if advocate.Customer == r.Customer {
		return visit, nil // her own link: looking at it is no touch
	}
	claim, err := s.claimFor(ctx, r.Shop, campaign.ID, r.Customer, r.Browser)
	if err != nil || claim == nil || !claim.Open(r.At) {
		return visit, err
	}
	_, err = s.touch(ctx, *claim, Touch{Advocate: advocate.ID, Version: campaign.Version, At: r.At})
	return visit, err
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

// claimFor finds the asker's claim in a campaign, nil when there is none: the one with her customer key, else one of her browser
// that is not known to be another customer's. Of several the oldest.
func (s *Service) claimFor(ctx context.Context, shop tenant.ShopID, campaign CampaignID, c CustomerID, browser []string) (*Claim, error) {
	keys := claimKeys(c, browser)
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := s.store.ClaimsByKeys(ctx, shop, campaign, keys)
	if err != nil {
		return nil, fmt.Errorf("referral: find claims: %w", err)
	}
	if c != "" {
		for i := range found {
			if found[i].Customer == c || slices.Contains(found[i].Keys, CustomerKey(c)) {
				return &found[i], nil
			}
		}
	}
	for i := range found {
		if c == "" || found[i].Customer == "" {
			return &found[i], nil
		}
	}
	return nil, nil
}

// Claim gives the friend her code. Asked again by the same friend it gives the same one; two at once never share one. Errors:
// NotFound (link or offer unknown), Conflict (the advocate's own link), Limited (too many open claims of the advocate),
// Unavailable (the pool is empty: the next try may find a code, and never a wrong one).
func (s *Service) Claim(ctx context.Context, r ClaimRequest) (Claim, error) {
	advocate, err := s.advocateByRef(ctx, r.Shop, r.Ref)
	if err != nil {
		return Claim{}, err
	}
	if r.Customer != "" && advocate.Customer == r.Customer {
		return Claim{}, fault.New(fault.Conflict, "This is your own link. Share it with a friend!")
	}
	if len(claimKeys(r.Customer, r.Browser)) == 0 {
		return Claim{}, fault.New(fault.Invalid, "A browser id is needed.")
	}
	campaign, err := s.live(ctx, r.Shop)
	if err != nil {
		return Claim{}, err
	}
	claim, err := s.ensureClaim(ctx, r, campaign, advocate)
	if err != nil {
		return Claim{}, err
	}
	return s.ensureCode(ctx, claim, r.At)
}

// ensureClaim finds the friend's claim and adds the touch, or makes a new one. A race for one key is won by the first write; the
// loser looks again.
func (s *Service) ensureClaim(ctx context.Context, r ClaimRequest, c Campaign, a Advocate) (Claim, error) {
	touch := Touch{Advocate: a.ID, Version: c.Version, At: r.At}
	for range 3 {
		found, err := s.claimFor(ctx, r.Shop, c.ID, r.Customer, r.Browser)
		if err != nil {
			return Claim{}, err
		}
		if found != nil {
			return s.renewClaim(ctx, *found, r, touch)
		}
		if err := s.checkOpenClaims(ctx, a, r.At); err != nil {
			return Claim{}, err
		}
		claim := newClaim(r, c, touch, s.now())
		err = s.store.AddClaim(ctx, claim)
		if fault.Is(err, fault.Conflict) && r.Customer != "" { // the browser is another customer's: her own key is enough
			claim.Keys = []string{CustomerKey(r.Customer)}
			err = s.store.AddClaim(ctx, claim)
		}
		if err == nil {
			s.log.InfoContext(ctx, "offer claimed", "shop", r.Shop, "claim_id", claim.ID, "advocate_id", a.ID)
			return claim, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return Claim{}, fmt.Errorf("referral: add claim: %w", err)
		}
	}
	return Claim{}, fault.New(fault.Unavailable, "Please try again.")
}

func newClaim(r ClaimRequest, c Campaign, touch Touch, now time.Time) Claim {
	claim := Claim{
		Shop: r.Shop, ID: ClaimID(newID("clm_", now)), Campaign: c.ID, Version: c.Version, Keys: claimKeys(r.Customer, r.Browser),
		Customer: r.Customer, Touches: []Touch{touch}, ClaimedAt: r.At, ExpiresAt: r.At.Add(time.Duration(c.Terms.ClaimDays) * 24 * time.Hour),
	}
	if v := r.Visit; v != nil && v.Shop == r.Shop && v.Campaign.ID == c.ID && v.At.Before(touch.At) {
		claim.Touches = []Touch{{Advocate: v.Advocate, Version: v.Campaign.Version, At: v.At}, touch}
	}
	return claim
}

// renewClaim adds the touch to a claim that exists, and the customer once she is known. An expired claim is not renewed yet: its
// code may be gone.
func (s *Service) renewClaim(ctx context.Context, claim Claim, r ClaimRequest, touch Touch) (Claim, error) {
	if !claim.Open(r.At) {
		return Claim{}, fault.New(fault.Conflict, "Your offer has run out.")
	}
	if r.Customer != "" && claim.Customer == "" {
		if err := s.store.TieClaim(ctx, claim.Shop, claim.ID, r.Customer); err != nil {
			return Claim{}, fmt.Errorf("referral: tie claim: %w", err)
		}
	}
	return s.touch(ctx, claim, touch)
}

// checkOpenClaims limits what a leaked or abused link can cost. Source: design section 7, limits.
func (s *Service) checkOpenClaims(ctx context.Context, a Advocate, at time.Time) error {
	open, err := s.store.CountOpenClaims(ctx, a.Shop, a.ID, at, s.config.MaxOpenClaims)
	if err != nil {
		return fmt.Errorf("referral: count open claims: %w", err)
	}
	if open >= s.config.MaxOpenClaims {
		return &fault.Error{Kind: fault.Limited, Message: "This link was used very often. Please try again later.", RetryAfter: time.Hour}
	}
	return nil
}

// touch adds one opening of a link to the claim, unless the last one already says so, and has a tied friend decided again.
func (s *Service) touch(ctx context.Context, claim Claim, t Touch) (Claim, error) {
	changed, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *Claim) error {
		c.Touches = addTouch(c.Touches, t)
		return nil
	})
	if err != nil {
		return Claim{}, fmt.Errorf("referral: touch claim: %w", err)
	}
	if changed.Customer == "" {
		return changed, nil
	}
	if err := s.store.RaiseFacts(ctx, changed.Shop, changed.Customer, false); err != nil {
		return Claim{}, fmt.Errorf("referral: raise facts: %w", err)
	}
	s.bell.Decide(ctx, changed.Shop, changed.Customer)
	return changed, nil
}

// Bounds of a claim's touches. They are facts, which are only ever added: opening the same advocate's link again within a day of her
// last touch says nothing new, and a claim that is full takes no more.
const (
	maxTouches  = 100
	sameTouchIn = 24 * time.Hour
)

// addTouch inserts t in time order.
func addTouch(touches []Touch, t Touch) []Touch {
	i, _ := slices.BinarySearchFunc(touches, t, func(a, b Touch) int { return a.At.Compare(b.At) })
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
	code, err := s.store.DrawCode(ctx, claim.Shop, key, FriendSide, CodeHolderID(claim.ID), at)
	if fault.Is(err, fault.NotFound) {
		return Claim{}, s.poolEmpty(ctx, claim.Shop, key, FriendSide)
	}
	if err != nil {
		return Claim{}, fmt.Errorf("referral: draw code: %w", err)
	}
	claim, err = s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *Claim) error {
		c.Code = code.Code
		return nil
	})
	if err != nil {
		return Claim{}, fmt.Errorf("referral: keep code: %w", err)
	}
	return claim, nil
}
