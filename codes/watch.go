package codes

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// How often codes are compared, and for how long what was made anew is told.
const (
	watchEvery = 7 * 24 * time.Hour
	toldFor    = 30 * 24 * time.Hour
)

// Watch compares the codes of a campaign version that somebody has, or may be given, with those that Shopify has. What
// is missing there is made anew before anybody meets it. A discount that was deleted as a whole is the audit's, and the
// merchant's to have repaired. ErrHeld: somebody else makes codes for the shop.
func (s *Service) Watch(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) error {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("codes: find campaign: %w", err)
	}
	if c.Cleaned {
		return nil
	}

	var next time.Time
	remade := 0
	for _, side := range referral.DiscountSides {
		if !s.goesOn(c, side) {
			continue
		}
		next = s.now().Add(watchEvery)

		n, err := s.watchSide(ctx, c, side)
		if err != nil {
			return fmt.Errorf("codes: watch %s codes: %w", side, err)
		}
		remade += n
	}

	// Noted at last, so that a run that was cut off is taken up by the next.
	_, err = s.store.UpdateCampaign(ctx, shop, key, func(c *referral.Campaign) error {
		if c.Cleaned { // meanwhile
			return nil
		}
		c.WatchAt, c.Remade = next, remade
		return nil
	})
	return err
}

// Removed has codes made anew of which Shopify tells that they were deleted, before anybody meets it, if somebody has
// them or may be given them. What we had deleted ourselves is not among those any more. ErrHeld: somebody else makes
// codes for the shop.
func (s *Service) Removed(ctx context.Context, shop tenant.ShopID, deleted []string) error {
	found, err := s.store.FindCodes(ctx, shop, deleted)
	if err != nil {
		return fmt.Errorf("codes: find codes: %w", err)
	}
	for _, code := range found {
		if err := s.bringBack(ctx, code); err != nil {
			return fmt.Errorf("codes: remake a deleted code: %w", err)
		}
	}
	return nil
}

// bringBack has one code made anew under the discount that it is of now, if there is one. One that is minting was found to
// be lost by a run that was cut off.
func (s *Service) bringBack(ctx context.Context, code referral.Code) error {
	ours := code.State == referral.CodeFree || code.State == referral.CodeHeld || code.State == referral.CodeMinting
	if !ours || code.Personal { // a reward's own discount is looked after with the reward
		return nil
	}
	all, err := s.store.ListCampaigns(ctx, code.Shop)
	if err != nil {
		return err
	}

	for _, c := range all {
		if c.Cleaned || PoolKey(c, code.Side) != code.Campaign || !s.goesOn(c, code.Side) {
			continue
		}
		if code.State != referral.CodeMinting {
			if err := s.lose(ctx, c, code.Side, []string{code.Code}); err != nil {
				return err
			}
		}
		if err := s.makeLost(ctx, c, code.Side); err != nil {
			return err
		}
		return s.noteRemade(ctx, c)
	}
	return nil
}

// noteRemade notes how many codes of a version were made anew lately.
func (s *Service) noteRemade(ctx context.Context, c referral.Campaign) error {
	remade := 0
	for _, side := range referral.DiscountSides {
		n, err := s.store.CountRemade(ctx, c.Shop, PoolKey(c, side), side, s.now().Add(-toldFor))
		if err != nil {
			return fmt.Errorf("count remade: %w", err)
		}
		remade += n
	}
	_, err := s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *referral.Campaign) error {
		c.Remade = remade
		return nil
	})
	return err
}

// goesOn tells whether a side of a version has a discount that has not ended.
func (s *Service) goesOn(c referral.Campaign, side referral.Side) bool {
	ends := c.EndsAt[side]
	return c.Discounts[side] != "" && (ends.IsZero() || ends.After(s.now()))
}

// watchSide makes anew what is missing of one side's codes, and returns how many were made anew lately.
func (s *Service) watchSide(ctx context.Context, c referral.Campaign, side referral.Side) (remade int, err error) {
	missing, err := s.missing(ctx, c, side)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(missing, bulkSize) {
		if err := s.lose(ctx, c, side, part); err != nil {
			return 0, err
		}
	}
	if err := s.makeLost(ctx, c, side); err != nil {
		return 0, err
	}

	return s.store.CountRemade(ctx, c.Shop, PoolKey(c, side), side, s.now().Add(-toldFor))
}

// missing lists the codes of a side that are ours to give and not on Shopify's list. Ours are read first: a code that
// is made meanwhile is not among them.
func (s *Service) missing(ctx context.Context, c referral.Campaign, side referral.Side) ([]string, error) {
	given, err := s.store.GivenCodes(ctx, c.Shop, PoolKey(c, side), side)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	left := make(map[string]bool, len(given))
	for _, code := range given {
		left[code] = true
	}

	for cursor := ""; ; {
		page, next, err := s.shopify.ListedCodes(ctx, c.Shop, c.Discounts[side], cursor)
		if fault.Is(err, fault.NotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, code := range page {
			delete(left, code)
		}
		if cursor = next; cursor == "" {
			break
		}
	}

	return slices.DeleteFunc(given, func(code string) bool { return !left[code] }), nil
}

// lose has codes made anew that are not on Shopify's list, once each of them is proved missing. One that was used as
// often as it may be is not: it would be a discount too many.
func (s *Service) lose(ctx context.Context, c referral.Campaign, side referral.Side, codes []string) error {
	found, err := s.shopify.FindCodes(ctx, c.Shop, c.Discounts[side], codes)
	if err != nil {
		return err
	}

	uses := 1
	if side == referral.ShareSide {
		uses = c.Terms.ShareCeiling
	}
	var lost, spent []string
	for _, code := range codes {
		if _, there := found[code]; there {
			continue
		}
		used, err := s.store.CountOrdersWithCode(ctx, c.Shop, code, uses)
		if err != nil {
			return fmt.Errorf("count orders: %w", err)
		}
		if used < uses {
			lost = append(lost, code)
		} else {
			spent = append(spent, code)
		}
	}

	if err := s.End(ctx, c.Shop, spent); err != nil {
		return err
	}
	n, err := s.store.RemakeCodes(ctx, c.Shop, lost, s.now())
	if n > 0 {
		s.config.OnLost(side, n)
		s.log.WarnContext(ctx, "codes were lost in Shopify and are made anew",
			"shop", c.Shop, "campaign_id", c.ID, "version", c.Version, "side", side, "count", n)
	}
	return err
}

// makeLost has Shopify make the codes of a side that are written down and not there, also those that an earlier run
// found to be lost.
func (s *Service) makeLost(ctx context.Context, c referral.Campaign, side referral.Side) error {
	giveBack, err := s.hold(ctx, c.Shop)
	if err != nil {
		return err
	}
	defer giveBack()

	return s.finishCreation(ctx, c, side)
}

// fewer tells whether Shopify, which has so many codes of a side's discount, has fewer than somebody has or may be
// given. The discount's first code is nobody's.
func (s *Service) fewer(ctx context.Context, c referral.Campaign, side referral.Side, has int) (bool, error) {
	if has == 0 {
		return false, nil
	}

	given := 0
	for _, state := range []referral.CodeState{referral.CodeFree, referral.CodeHeld} {
		n, err := s.store.CountCodes(ctx, c.Shop, PoolKey(c, side), side, state)
		if err != nil {
			return false, fmt.Errorf("codes: count codes: %w", err)
		}
		given += n
	}
	return has <= given, nil
}
