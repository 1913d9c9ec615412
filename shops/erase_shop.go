package shops

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// redactAfter is how long after an uninstall Shopify sends shop/redact. Source: fact sheet 3.5; shopify.dev, privacy
// law compliance.
const redactAfter = 48 * time.Hour

// EraseShop removes everything of a shop whose uninstall was 48 hours before the time at which shop/redact was sent. A
// shop that has the app again is left alone, and so is an install that is younger than that uninstall: its own request
// will come. keep names the delivery that asked for it, which stays.
func (s *Service) EraseShop(ctx context.Context, shop tenant.ShopID, keep string, told time.Time) error {
	for {
		gone, err := s.goneSince(ctx, shop, told.Add(-redactAfter))
		if err != nil || !gone {
			return err
		}

		left, err := s.store.RemoveShop(ctx, shop, keep)
		if err != nil {
			return fmt.Errorf("shops: remove shop: %w", err)
		}
		if !left {
			break
		}
	}

	if err := s.bell.ForgetShop(ctx, shop); err != nil {
		return err
	}

	s.log.InfoContext(ctx, "shop erased", "shop", shop)
	return nil
}

// goneSince tells whether the shop lost the app at the given time, and has not installed it since. One whose document
// is gone is half erased. That the token works proves the app is there, whatever is written here.
func (s *Service) goneSince(ctx context.Context, shop tenant.ShopID, uninstalled time.Time) (bool, error) {
	found, err := s.store.FindShop(ctx, shop)
	if fault.Is(err, fault.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("shops: find shop: %w", err)
	}

	if found.InstalledAt.After(uninstalled) {
		s.log.InfoContext(ctx, "shop not erased: it was installed again", "shop", shop)
		return false, nil
	}
	if found.Status == tenant.Uninstalled {
		return true, nil
	}

	if err := s.CheckUninstalled(ctx, shop, time.Time{}); err != nil {
		return false, err
	}
	found, err = s.store.FindShop(ctx, shop)
	return found.Status == tenant.Uninstalled, err
}
