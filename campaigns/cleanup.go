package campaigns

import (
	"context"
	"fmt"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// CleanCampaigns ends all campaigns, and has nothing made under them ever again.
func (s *Service) CleanCampaigns(ctx context.Context, shop tenant.ShopID) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("campaigns: list campaigns: %w", err)
	}

	for _, c := range all {
		_, err := s.store.UpdateCampaign(ctx, shop, c.Key(), func(c *referral.Campaign) error {
			if !c.Over() {
				c.State, c.Until = referral.CampaignEnded, s.now()
			}
			c.Cleaned, c.Drift, c.TendAt, c.WatchAt, c.Remade = true, nil, time.Time{}, time.Time{}, 0
			return nil
		})
		if err != nil {
			return fmt.Errorf("campaigns: clean campaign: %w", err)
		}
	}

	return nil
}
