package codes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// Discount is a discount in the shop: one per campaign version and side, with many single-use codes under it, or a
// personal one.
type Discount struct {
	Title           string
	Seed            string // the first code, known beforehand so that a lost answer can be looked up
	Kind            referral.OfferKind
	Amount          money.Amount // AmountOff
	RateBP          int          // PercentOff
	Minimum         money.Amount // least subtotal; zero: none
	MinimumItems    int          // least number of items; 0: none. Ours have none, so it is only read
	SomeProducts    bool         // it is not for all of the order. Ours are, so it is only read
	Combines        referral.Combines
	Customer        referral.CustomerID // the only customer who can use it; "": everybody who has a code
	OncePerCustomer bool
	UsageLimit      int // 0: none
	StartsAt        time.Time
	EndsAt          time.Time // zero: no end
	Codes           int       // how many codes it has, which is only read; 0: Shopify has not counted them all
}

// EnsureDiscount makes the side's discount unless it is there, or the side needs none. Its seed code is drawn by HMAC,
// so that a second run after a lost answer looks for the same one. The discount of shareable codes is inherited from
// version to version: it is noted on the new one before it is taken from the others.
func (s *Service) EnsureDiscount(
	ctx context.Context, c referral.Campaign, side referral.Side) (referral.Campaign, error,
) {
	if !needs(c, side) {
		return c, nil
	}

	if c.Discounts[side] == "" {
		var err error
		if c, err = s.makeDiscount(ctx, c, side); err != nil {
			return c, err
		}
	}

	if side != referral.ShareSide {
		return c, nil
	}
	return c, s.takeShare(ctx, c)
}

// needs tells whether the side has a discount of its own: personal rewards make theirs one by one.
func needs(c referral.Campaign, side referral.Side) bool {
	switch side {
	case referral.ShareSide:
		return c.Terms.Shares()
	case referral.AdvocateSide:
		return c.Terms.Advocate.Pooled()
	}
	return true
}

func (s *Service) makeDiscount(
	ctx context.Context, c referral.Campaign, side referral.Side) (referral.Campaign, error,
) {
	ends := c.EndsAt[side]
	if ends.IsZero() && endMoves(c, side) {
		ends = s.now().Add(endAhead)
	}
	d := s.want(c, side, s.now())
	d.EndsAt = ends

	id, err := s.inherit(ctx, c, side, d)
	if err == nil && id == "" {
		d.Seed = s.seed(c, side)
		id, err = s.ensureCreated(ctx, c.Shop, d)

		// The shareable codes of a discount that was deleted are made again.
		if err == nil && side == referral.ShareSide {
			err = s.store.MoveToDiscount(ctx, c.Shop, PoolKey(c, side), side, id, s.now())
		}
	}
	if err != nil {
		return c, fmt.Errorf("codes: %s discount: %w", side, err)
	}
	return s.noteDiscount(ctx, c, side, id, ends)
}

// noteDiscount notes a side's discount and its end on the version.
func (s *Service) noteDiscount(ctx context.Context, c referral.Campaign, side referral.Side, id referral.DiscountID, ends time.Time) (referral.Campaign, error) {
	return s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *referral.Campaign) error {
		if c.Discounts == nil {
			c.Discounts = map[referral.Side]referral.DiscountID{}
		}
		if c.EndsAt == nil {
			c.EndsAt = map[referral.Side]time.Time{}
		}
		c.Discounts[side] = id
		c.EndsAt[side] = ends
		return nil
	})
}

// seed is the first code of a side's discount, which is given to nobody.
func (s *Service) seed(c referral.Campaign, side referral.Side) string {
	return s.drawn(c.Shop, "seed", fmt.Sprintf("%s/%d/%s", c.ID, c.Version, side))
}

// inherit brings the shop's discount of shareable codes to the new terms and returns it; "" when there is none any
// more, or another side is meant. It may be this version's own by now: of two runs at once, one read the version before
// the other took the discount. Shopify makes no discount of an amount one of shipping, nor the other way: that is
// deleted, and its codes are made again. Source: shopify.dev, discountCodeFreeShippingUpdate, 2026-10.
func (s *Service) inherit(
	ctx context.Context, c referral.Campaign, side referral.Side, d Discount) (referral.DiscountID, error,
) {
	if side != referral.ShareSide {
		return "", nil
	}

	all, err := s.store.ListCampaigns(ctx, c.Shop)
	if err != nil {
		return "", err
	}
	for _, other := range all {
		id := other.Discounts[referral.ShareSide]
		if id == "" {
			continue
		}

		ships := other.Terms.Offer(referral.ShareSide).Kind == referral.FreeShipping
		if ships != (d.Kind == referral.FreeShipping) {
			if err := s.shopify.DeleteDiscount(ctx, c.Shop, id); err != nil {
				return "", err
			}
			continue
		}
		switch err := s.shopify.UpdateDiscount(ctx, c.Shop, id, d); {
		case err == nil:
			return id, nil
		case !fault.Is(err, fault.NotFound):
			return "", err
		}
	}
	return "", nil
}

// takeShare takes the shareable codes' discount, also one that was deleted, from all other versions, so that they do
// not end or repair it.
func (s *Service) takeShare(ctx context.Context, c referral.Campaign) error {
	all, err := s.store.ListCampaigns(ctx, c.Shop)
	if err != nil {
		return fmt.Errorf("codes: list campaigns: %w", err)
	}

	for _, other := range all {
		if other.Discounts[referral.ShareSide] == "" || other.Key() == c.Key() {
			continue
		}
		_, err := s.store.UpdateCampaign(ctx, c.Shop, other.Key(), func(c *referral.Campaign) error {
			delete(c.Discounts, referral.ShareSide)
			delete(c.EndsAt, referral.ShareSide)
			return nil
		})
		if err != nil {
			return fmt.Errorf("codes: hand share discount on: %w", err)
		}
	}
	return nil
}

// want is a side's discount of a campaign version as it should be in Shopify. Titles are names there, the same in every
// language.
func (s *Service) want(c referral.Campaign, side referral.Side, startsAt time.Time) Discount {
	offer := c.Terms.Offer(side)

	// A code that is used on the order which the reward is for asks for that order's minimum.
	minimum := offer.Minimum
	if !c.Terms.AfterOrder(side) {
		minimum = c.Terms.Minimum
	}

	d := Discount{
		Title: fmt.Sprintf("Twofold: %s (%s, v%d)", c.Name, side, c.Version), Kind: offer.Kind, Amount: offer.Amount, RateBP: offer.RateBP,
		Minimum: minimum, Combines: offer.Combines, OncePerCustomer: side != referral.AdvocateSide, UsageLimit: 1,
		StartsAt: startsAt, EndsAt: c.EndsAt[side],
	}
	if side == referral.ShareSide {
		d.Title = fmt.Sprintf("Twofold: %s (shareable codes)", c.Name)
		d.UsageLimit = 0
	}

	// Where Shopify counts uses by the discount, a limit of one would end it with its first code.
	if s.config.UsageScope == UsagePerDiscount {
		d.UsageLimit = 0
	}
	return d
}

// MakePersonal makes a discount that only the advocate can use. Its code is drawn by HMAC from the holder, and written
// down first: a second run after a lost answer looks for the same one. It returns the issue with code, discount, and
// the end that an earlier run promised.
func (s *Service) MakePersonal(
	ctx context.Context, c referral.Campaign, p referral.PersonalReward) (referral.Issue, error,
) {
	issue := p.Issue
	issue.Code = s.drawn(c.Shop, "personal", string(p.Holder))
	intent := referral.Code{
		Shop: c.Shop, Code: issue.Code, Campaign: c.Key(), Side: issue.Side, State: referral.CodeMinting, Holder: p.Holder,
		At: s.now(), EndsAt: issue.EndsAt, Personal: true,
	}
	if err := s.store.AddCodes(ctx, c.Shop, []referral.Code{intent}); err != nil {
		return issue, fmt.Errorf("codes: write personal code: %w", err)
	}

	// It was discarded if the reward was not due for a while.
	if err := s.restore(ctx, c.Shop, []referral.Code{intent}); err != nil {
		return issue, err
	}
	written, err := s.store.FindCodeByHolder(ctx, c.Shop, p.Holder)
	if fault.Is(err, fault.NotFound) { // another run was refused, and has discarded it
		return issue, fault.ForLog(fault.Conflict, "the personal code was discarded meanwhile")
	}
	if err != nil {
		return issue, fmt.Errorf("codes: find personal code: %w", err)
	}
	issue.EndsAt = written.EndsAt

	discount := s.want(c, referral.AdvocateSide, s.now())
	discount.Title = fmt.Sprintf("Twofold: %s, reward for %s", c.Name, p.OrderName)
	discount.Seed = issue.Code
	discount.Customer = p.Customer
	discount.EndsAt = issue.EndsAt
	discount.UsageLimit = 1
	if c.Terms.Advocate.Kind.IsAmount() {
		discount.Amount = issue.Amount
	}
	issue.Discount, err = s.ensureCreated(ctx, c.Shop, discount)
	if err != nil {
		return issue, fmt.Errorf("codes: personal discount: %w", err)
	}

	_, err = s.store.MoveCodes(ctx, c.Shop, []string{issue.Code}, referral.CodeMinting, referral.CodeHeld, s.now())
	return issue, err
}

// ensureCreated finds the discount by its seed code, or makes it.
func (s *Service) ensureCreated(ctx context.Context, shop tenant.ShopID, d Discount) (referral.DiscountID, error) {
	id, err := s.shopify.FindDiscount(ctx, shop, d.Seed)
	if !fault.Is(err, fault.NotFound) {
		return id, err
	}

	id, err = s.shopify.CreateDiscount(ctx, shop, d)
	if errors.Is(err, ErrUnknownOutcome) || fault.Is(err, fault.Conflict) {
		return s.shopify.FindDiscount(ctx, shop, d.Seed)
	}
	return id, err
}

// IsGone tells whether a discount was deleted in Shopify.
func (s *Service) IsGone(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) (bool, error) {
	_, err := s.shopify.ReadDiscount(ctx, shop, id)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	return false, err
}
