package shops

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
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

// Leave begins the cleanup of a shop whose merchant leaves; a job does it (GoOnCleaning). user is who asked for it.
// Unauthorized: Shopify does not answer for the shop.
func (s *Service) Leave(ctx context.Context, shop tenant.ShopID, user string) error {
	if err := s.store.MarkCleaned(ctx, shop); err != nil {
		return fmt.Errorf("shops: mark cleaned: %w", err)
	}
	s.log.InfoContext(ctx, "shop leaves", "shop", shop, "user", user)
	s.bell.CleanUp(ctx, shop)
	return nil
}

// GoOnCleaning does the cleanup of a shop that is not done, unless it has uninstalled the app meanwhile. Unavailable:
// something of ours is left, and it is to be tried again.
func (s *Service) GoOnCleaning(ctx context.Context, shop tenant.ShopID) error {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return fmt.Errorf("shops: find shop: %w", err)
	}
	if found.Status != tenant.Cleaned || !found.Cleanup.Open {
		return nil
	}

	left, err := s.clean(ctx, found, func(int) {})
	if fault.Is(err, fault.Unauthorized) { // the merchant was faster
		return s.CheckUninstalled(ctx, shop, time.Time{})
	}
	if n := left.Total(); err == nil && n > 0 {
		err = fault.With(fault.Unavailable, "cleanup_left", fault.Values{"count": n})
	}
	return err
}

// Cleanup takes all that is ours out of a shop whose merchant leaves, and returns what Shopify has left of it: nothing,
// if all went well. Whoever runs it again goes on where it was broken off, and so does a job. progress is told how many
// discounts are gone so far.
func (s *Service) Cleanup(ctx context.Context, shop tenant.ShopID, progress func(gone int)) (referral.Ours, error) {
	if err := s.store.MarkCleaned(ctx, shop); err != nil {
		return nil, fmt.Errorf("shops: mark cleaned: %w", err)
	}
	return s.clean(ctx, tenant.Shop{ID: shop}, progress)
}

// clean takes out what is ours, and keeps how far it has come. The shop is frozen already; first its campaigns end for
// good, so that no job makes anew what is deleted, now or after the merchant has started again.
func (s *Service) clean(ctx context.Context, shop tenant.Shop, progress func(gone int)) (referral.Ours, error) {
	if err := s.campaigns.CleanCampaigns(ctx, shop.ID); err != nil {
		return nil, err
	}

	if err := s.removeDiscounts(ctx, shop, progress); err != nil {
		return nil, err
	}
	shown, err := s.shopify.ReadShown(ctx, shop.ID)
	if err != nil {
		return nil, fmt.Errorf("shops: read what is shown: %w", err)
	}
	if err := s.shopify.DeleteShown(ctx, shop.ID, shown.Owner); err != nil {
		return nil, err
	}

	left, err := s.CountOurs(ctx, shop.ID)
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "shop cleaned", "shop", shop.ID, "left", left.Total())
	return left, s.store.SaveCleanup(ctx, shop.ID, tenant.Cleanup{Open: left.Total() > 0, Left: left.Total()})
}

// removeDiscounts deletes our discounts, beside those that were deleted before it was broken off.
func (s *Service) removeDiscounts(ctx context.Context, shop tenant.Shop, progress func(gone int)) error {
	there, err := s.codes.CountOurs(ctx, shop.ID)
	if err != nil {
		return err
	}

	before := shop.Cleanup.Gone
	so := tenant.Cleanup{Open: true, Found: before + there.Total(), Gone: before}
	if err := s.store.SaveCleanup(ctx, shop.ID, so); err != nil {
		return err
	}
	return s.codes.RemoveOurs(ctx, shop.ID, func(gone int) error {
		progress(gone)
		so.Gone = before + gone
		return s.store.SaveCleanup(ctx, shop.ID, so)
	})
}

// StartAgain makes a cleaned shop a new install: what was ours in it stays gone, and is not made again. Conflict: it is
// not cleaned, or its cleanup is not done.
func (s *Service) StartAgain(ctx context.Context, shop tenant.ShopID) error {
	if err := s.store.StartAgain(ctx, shop, s.now()); err != nil {
		return fmt.Errorf("shops: start again: %w", err)
	}
	s.log.InfoContext(ctx, "shop starts again", "shop", shop)
	s.bell.SetUp(ctx, shop)
	return nil
}
