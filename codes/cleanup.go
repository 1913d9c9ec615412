package codes

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// CountOurs asks Shopify which of our discounts are in the shop, by what they are for.
func (s *Service) CountOurs(ctx context.Context, shop tenant.ShopID) (referral.Ours, error) {
	ours := referral.Ours{}
	err := s.eachOurs(ctx, shop, func(kind referral.OursKind, _ referral.DiscountID) error {
		ours[kind]++
		return nil
	})
	return ours, err
}

// RemoveOurs deletes our discounts with all their codes, and tells progress how many are gone so far; an error of it
// breaks it off. Whoever runs it again goes on where it was broken off.
func (s *Service) RemoveOurs(ctx context.Context, shop tenant.ShopID, progress func(gone int) error) error {
	gone := 0
	err := s.eachOurs(ctx, shop, func(_ referral.OursKind, id referral.DiscountID) error {
		if err := s.shopify.DeleteDiscount(ctx, shop, id); err != nil {
			return err
		}
		gone++
		return progress(gone)
	})
	if err != nil {
		return err
	}

	return s.buryAll(ctx, shop)
}

// eachOurs hands over each discount that our books know and that is in the shop. One that nobody came to note is found
// by its first code. What else is there is the merchant's.
func (s *Service) eachOurs(
	ctx context.Context, shop tenant.ShopID, do func(referral.OursKind, referral.DiscountID) error,
) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("codes: list campaigns: %w", err)
	}

	seen := map[referral.DiscountID]bool{} // the shareable codes' is handed on from version to version
	for _, c := range all {
		for _, side := range referral.DiscountSides {
			id, err := s.discountOf(ctx, c, side)
			if err != nil {
				return fmt.Errorf("codes: look for %s discount: %w", side, err)
			}
			if id == "" || seen[id] {
				continue
			}
			seen[id] = true
			if err := do(referral.OursKind(side), id); err != nil {
				return err
			}
		}
	}
	return s.eachPersonal(ctx, shop, do)
}

// discountOf is a side's discount if it is in the shop, else "".
func (s *Service) discountOf(
	ctx context.Context, c referral.Campaign, side referral.Side) (referral.DiscountID, error,
) {
	id := c.Discounts[side]
	var err error
	if id == "" {
		id, err = s.shopify.FindDiscount(ctx, c.Shop, s.seed(c, side))
	} else {
		_, err = s.shopify.ReadDiscount(ctx, c.Shop, id)
	}

	if fault.Is(err, fault.NotFound) {
		return "", nil
	}

	return id, err
}

// eachPersonal is eachOurs for the discounts of personal rewards.
func (s *Service) eachPersonal(
	ctx context.Context, shop tenant.ShopID, do func(referral.OursKind, referral.DiscountID) error,
) error {
	for after := ""; ; {
		page, err := s.store.PersonalCodes(ctx, shop, after, bulkSize)
		if err != nil {
			return fmt.Errorf("codes: list personal codes: %w", err)
		}
		for _, code := range page {
			id, err := s.shopify.FindDiscount(ctx, shop, code.Code)
			if err == nil {
				err = do(referral.OursPersonal, id)
			}
			if err != nil && !fault.Is(err, fault.NotFound) {
				return fmt.Errorf("codes: personal discount: %w", err)
			}
			after = code.Code
		}
		if len(page) < bulkSize {
			return nil
		}
	}
}

// buryAll notes that all codes of the shop are dead, as their discounts are gone.
func (s *Service) buryAll(ctx context.Context, shop tenant.ShopID) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("codes: list campaigns: %w", err)
	}

	for _, c := range all {
		for _, side := range referral.DiscountSides {
			for _, state := range []referral.CodeState{referral.CodeMinting, referral.CodeFree, referral.CodeHeld, referral.CodeDying} {
				if err := s.bury(ctx, shop, Query{Campaign: PoolKey(c, side), Side: side, State: state, Limit: bulkSize}); err != nil {
					return fmt.Errorf("codes: bury codes: %w", err)
				}
			}
		}
	}

	return nil
}

// bury notes that the codes which the query selects are dead, page by page.
func (s *Service) bury(ctx context.Context, shop tenant.ShopID, q Query) error {
	for {
		page, err := s.store.ListCodes(ctx, shop, q)
		if err != nil || len(page) == 0 {
			return err
		}
		if _, err := s.store.MoveCodes(ctx, shop, referral.CodeTexts(page), q.State, referral.CodeDead, s.now()); err != nil {
			return err
		}
	}
}
