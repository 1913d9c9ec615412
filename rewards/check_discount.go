package rewards

import (
	"context"
	"fmt"
	"slices"

	"twofold/referral"
	"twofold/tenant"
)

// CheckDiscount sees what the merchant has changed of a discount: a campaign's is compared, a reward's own is looked
// for. One that is nobody's is none of ours.
func (s *Service) CheckDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) error {
	if id == "" {
		return nil
	}

	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("rewards: list campaigns: %w", err)
	}

	for _, c := range all {
		for _, one := range c.Discounts {
			if one == id {
				return s.campaigns.Tend(ctx, shop, c.Key())
			}
		}
	}

	return s.checkPersonal(ctx, shop, id)
}

// checkPersonal notes that the discount of a personal reward is gone, if it is. Reissue gives another.
func (s *Service) checkPersonal(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) error {
	friends, err := s.store.FriendsWithDiscount(ctx, shop, id)
	if err != nil {
		return fmt.Errorf("rewards: friends with discount: %w", err)
	}
	if len(friends) == 0 {
		return nil
	}

	if gone, err := s.codes.IsGone(ctx, shop, id); err != nil || !gone {
		return err
	}

	for _, friend := range friends {
		if err := s.noteDeleted(ctx, shop, friend, id); err != nil {
			return err
		}
	}
	return nil
}

// noteDeleted notes on a friend's referral that a reward's own discount was deleted, unless we did that: then its code
// is no longer held.
func (s *Service) noteDeleted(
	ctx context.Context, shop tenant.ShopID, friend referral.FriendID, id referral.DiscountID,
) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("rewards: find referral: %w", err)
	}

	var codes []string
	for _, i := range r.Issues {
		if i.Discount == id && !i.TakenBack {
			codes = append(codes, i.Code)
		}
	}
	held, err := s.store.FindCodes(ctx, shop, codes)
	if err != nil {
		return fmt.Errorf("rewards: find codes: %w", err)
	}

	held = slices.DeleteFunc(held, func(c referral.Code) bool { return c.State != referral.CodeHeld })
	if len(held) == 0 {
		return nil
	}

	at := s.now()
	noteGone := func(_ referral.Referral, f *referral.Facts) bool {
		return referral.NoteGone(f, referral.CodeTexts(held), at)
	}
	if _, err := s.orders.DecideWith(ctx, shop, friend, noteGone); err != nil {
		return err
	}

	s.log.WarnContext(ctx, "a reward's discount was deleted by the merchant", "shop", shop)
	return nil
}
