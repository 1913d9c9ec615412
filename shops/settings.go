package shops

import (
	"context"
	"fmt"

	"twofold/tenant"
)

// Choose keeps what the merchant chose for the whole shop. It counts from then on: who is an advocate stays one.
// Invalid: there is no such choice.
func (s *Service) Choose(ctx context.Context, shop tenant.ShopID, chosen tenant.Settings) error {
	if err := chosen.Validate(); err != nil {
		return err
	}
	if err := s.store.SaveSettings(ctx, shop, chosen); err != nil {
		return fmt.Errorf("shops: save settings: %w", err)
	}

	s.log.InfoContext(ctx, "settings chosen", "shop", shop, "join", chosen.Join)
	return nil
}
