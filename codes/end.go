package codes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// CodeID is gid://shopify/DiscountRedeemCode/….
type CodeID string

// DeletionID is gid://shopify/Job/….
type DeletionID string

// UseUp ends codes that an order shows to be used up and that Shopify does not limit: single-use ones where it counts
// uses by the discount (UsageScope), and an advocate's shareable code that has reached its ceiling.
func (s *Service) UseUp(ctx context.Context, o referral.Order) error {
	if len(o.Codes) == 0 {
		return nil
	}
	ours, err := s.store.FindCodes(ctx, o.Shop, o.Codes)
	if err != nil {
		return fmt.Errorf("codes: find codes: %w", err)
	}

	var used []string
	for _, c := range ours {
		full := c.Side != referral.ShareSide && s.config.UsageScope == UsagePerDiscount
		if c.Side == referral.ShareSide {
			if full, err = s.shareIsFull(ctx, c); err != nil {
				return err
			}
		}
		if full && (c.State == referral.CodeHeld || c.State == referral.CodeMinting) {
			used = append(used, c.Code)
		}
	}
	return s.End(ctx, o.Shop, used)
}

// End revokes codes and rings for their deletion in Shopify. Without any it does nothing.
func (s *Service) End(ctx context.Context, shop tenant.ShopID, codes []string) error {
	if len(codes) == 0 {
		return nil
	}

	n, err := s.revoke(ctx, shop, codes)
	if n > 0 {
		s.bell.DeleteCodes(ctx, shop)
	}

	return err
}

// EndNow revokes codes and has them deleted in Shopify before it returns.
func (s *Service) EndNow(ctx context.Context, shop tenant.ShopID, codes []string) error {
	if _, err := s.revoke(ctx, shop, codes); err != nil {
		return err
	}
	return s.DeleteCodes(ctx, shop)
}

// revoke makes codes dying, also those that are just being made anew, and returns how many.
func (s *Service) revoke(ctx context.Context, shop tenant.ShopID, codes []string) (n int, err error) {
	for _, from := range []referral.CodeState{referral.CodeMinting, referral.CodeHeld} {
		moved, err := s.store.MoveCodes(ctx, shop, codes, from, referral.CodeDying, s.now())
		if err != nil {
			return n, fmt.Errorf("codes: revoke codes: %w", err)
		}
		n += moved
	}

	return n, nil
}

// EndCodes has the shop's codes deleted whose own end has come.
func (s *Service) EndCodes(ctx context.Context, shop tenant.ShopID) error {
	for {
		n, err := s.store.EndHeldCodes(ctx, shop, s.now(), bulkSize)
		if err != nil {
			return fmt.Errorf("codes: end codes: %w", err)
		}
		if n < bulkSize {
			return s.DeleteCodes(ctx, shop)
		}
	}
}

// DeleteCodes deletes in Shopify all codes of the shop that must go: those of a pool by their ids, up to 250 a call, a
// personal one with its discount.
func (s *Service) DeleteCodes(ctx context.Context, shop tenant.ShopID) error {
	for {
		dying, err := s.store.ListCodes(ctx, shop, Query{State: referral.CodeDying, Limit: bulkSize})
		if err != nil || len(dying) == 0 {
			return err
		}

		if dying[0].Personal {
			err = s.deletePersonal(ctx, shop, dying[0].Code)
		} else {
			discount := dying[0].Discount
			dying = slices.DeleteFunc(dying, func(c referral.Code) bool { return c.Discount != discount || c.Personal })
			err = s.deletePooled(ctx, shop, discount, referral.CodeTexts(dying))
		}
		if err != nil {
			return fmt.Errorf("codes: delete codes: %w", err)
		}
	}
}

// deletePersonal deletes the discount that owns the code; one that is gone, or never came to be, is done with.
func (s *Service) deletePersonal(ctx context.Context, shop tenant.ShopID, code string) error {
	id, err := s.shopify.FindDiscount(ctx, shop, code)
	if err == nil {
		err = s.shopify.DeleteDiscount(ctx, shop, id)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}

	_, err = s.store.MoveCodes(ctx, shop, []string{code}, referral.CodeDying, referral.CodeDead, s.now())
	return err
}

// deletePooled deletes codes of one discount, and looks until none of them is there any more.
func (s *Service) deletePooled(
	ctx context.Context, shop tenant.ShopID, discount referral.DiscountID, codes []string,
) error {
	for wait := s.config.PollEvery; ; wait = min(2*wait, pollAtMost) {
		found, err := s.shopify.FindCodes(ctx, shop, discount, codes)
		if err != nil && !fault.Is(err, fault.NotFound) { // the merchant may have deleted the discount with all its codes
			return err
		}
		if len(found) == 0 {
			_, err := s.store.MoveCodes(ctx, shop, codes, referral.CodeDying, referral.CodeDead, s.now())
			return err
		}

		if err := s.deleteFound(ctx, shop, discount, found); err != nil {
			return err
		}
		if err := fault.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// deleteFound has Shopify delete codes by their ids, and waits for its job.
func (s *Service) deleteFound(
	ctx context.Context, shop tenant.ShopID, discount referral.DiscountID, found map[string]CodeID,
) error {
	ids := make([]CodeID, 0, len(found))
	for _, id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)

	job, err := s.shopify.DeleteCodes(ctx, shop, discount, ids)
	if err != nil && !errors.Is(err, ErrUnknownOutcome) { // after an unknown outcome the next look tells
		return err
	}

	for wait := s.config.PollEvery; job != ""; wait = min(2*wait, pollAtMost) {
		done, err := s.shopify.DeletionDone(ctx, shop, job)
		if err != nil || done {
			return err
		}
		if err := fault.Pause(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// pollAtMost is the longest pause between two looks at a job of Shopify's.
const pollAtMost = 5 * time.Second
