package jobs

import (
	"context"

	"twofold/referral"
)

// activeCampaigns finds campaigns whose going live was interrupted, and pools that run low.
var activeCampaigns = sweep{name: "campaigns", pace: 6, run: func(ctx context.Context, s *Sweeper) error {
	active, err := s.find.ActiveCampaigns(ctx, stayLimit)
	if err != nil {
		return err
	}

	for _, c := range active {
		if c.State == referral.CampaignFilling {
			s.bell.ring(ctx, campaignGoLive, about(c.Shop, c.Key()), sweepSpare)
			continue
		}
		low, err := s.codes.PoolLow(ctx, c.Shop, c.Key())
		if err != nil {
			return err
		}
		if low {
			s.bell.ring(ctx, poolFill, about(c.Shop, c.Key()), sweepSpare) // past the flag: its task may be lost
		}
	}
	return nil
}}
