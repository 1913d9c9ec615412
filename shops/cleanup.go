package shops

import (
	"context"
	"fmt"

	"twofold/referral"
	"twofold/tenant"
)

// CountOurs asks Shopify what is ours in the shop. It changes nothing.
func (s *Service) CountOurs(ctx context.Context, shop tenant.ShopID) (referral.Ours, error) {
	ours, err := s.codes.CountOurs(ctx, shop)
	if err != nil {
		return nil, err
	}

	shown, err := s.shopify.ReadShown(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("shops: read what is shown: %w", err)
	}

	for _, field := range []referral.ShownField{shown.Ready, shown.Offer} {
		if field != (referral.ShownField{}) {
			ours[referral.OursMetafields]++
		}
	}

	return ours, nil
}

// Cleanup takes all that is ours out of a shop whose merchant leaves, and returns what Shopify has left of it: nothing,
// if all went well. Whoever runs it again goes on where it was broken off. The shop is frozen first, and its campaigns
// end for good, so that no job makes anew what is deleted, now or after the merchant has come back. progress is told
// how many discounts are gone so far.
func (s *Service) Cleanup(ctx context.Context, shop tenant.ShopID, progress func(gone int)) (referral.Ours, error) {
	if err := s.store.MarkCleaned(ctx, shop); err != nil {
		return nil, fmt.Errorf("shops: mark cleaned: %w", err)
	}
	if err := s.campaigns.CleanCampaigns(ctx, shop); err != nil {
		return nil, err
	}

	if err := s.codes.RemoveOurs(ctx, shop, progress); err != nil {
		return nil, err
	}
	shown, err := s.shopify.ReadShown(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("shops: read what is shown: %w", err)
	}
	if err := s.shopify.DeleteShown(ctx, shop, shown.Owner); err != nil {
		return nil, err
	}

	left, err := s.CountOurs(ctx, shop)
	if err == nil {
		s.log.InfoContext(ctx, "shop cleaned", "shop", shop, "left", left.Total())
	}
	return left, err
}
