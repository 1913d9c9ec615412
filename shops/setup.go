package shops

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// SetUp runs after an install: it reads the shop, and makes sure that a draft campaign waits for the merchant. The
// profile is kept last: a shop without one is found by a sweep and set up again.
func (s *Service) SetUp(ctx context.Context, shop tenant.ShopID) error {
	profile, err := s.shopify.ReadProfile(ctx, shop)
	if err != nil {
		return fmt.Errorf("shops: read profile: %w", err)
	}

	sells, err := s.orders.HasSold(ctx, shop)
	if err != nil {
		return err
	}

	if err := s.campaigns.EnsureDraft(ctx, shop, profile.Currency, sells); err != nil {
		return err
	}

	return s.keepProfile(ctx, shop, profile)
}

// RefreshProfile asks Shopify for the shop's currency, time zone, plan and scopes, and keeps them.
func (s *Service) RefreshProfile(ctx context.Context, shop tenant.ShopID) error {
	profile, err := s.shopify.ReadProfile(ctx, shop)
	if err != nil {
		return fmt.Errorf("shops: read profile: %w", err)
	}
	return s.keepProfile(ctx, shop, profile)
}

// profileAge is how old the kept profile may grow: the webhooks that tell of changes may be lost.
const profileAge = 24 * time.Hour

// RefreshStaleProfile is RefreshProfile when the kept one is older than a day.
func (s *Service) RefreshStaleProfile(ctx context.Context, shop tenant.ShopID) error {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return fmt.Errorf("shops: find shop: %w", err)
	}

	if s.now().Sub(found.ProfileAt) < profileAge {
		return nil
	}

	return s.RefreshProfile(ctx, shop)
}

func (s *Service) keepProfile(ctx context.Context, shop tenant.ShopID, profile tenant.Profile) error {
	if err := s.store.SaveProfile(ctx, shop, profile, s.now()); err != nil {
		return fmt.Errorf("shops: save profile: %w", err)
	}
	s.bell.ShowOffer(ctx, shop)
	return nil
}

// CheckUninstalled finds out whether a shop that is said to have uninstalled really has: its token no longer works.
// triggeredAt is when it is said to have happened; before the current install it says nothing. A header never proves it
// (design section 7).
func (s *Service) CheckUninstalled(ctx context.Context, shop tenant.ShopID, triggeredAt time.Time) error {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return err
	}
	if !triggeredAt.IsZero() && triggeredAt.Before(found.InstalledAt) {
		return nil
	}

	switch err := s.shopify.Ping(ctx, shop); {
	case err == nil:
		return nil
	case !fault.Is(err, fault.Unauthorized):
		return fmt.Errorf("shops: prove uninstall: %w", err)
	}

	if err := s.store.MarkUninstalled(ctx, shop, found.Install, s.now()); err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("shops: mark uninstalled: %w", err)
	}

	s.log.InfoContext(ctx, "shop uninstalled", "shop", shop)
	return nil
}
