package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// campaignTend looks after the discounts of a campaign version.
var campaignTend = job{
	kind:    "campaign:tend",
	queue:   queueBulk,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForCampaign) error {
		return w.do.Campaigns.Tend(ctx, p.Shop, p.key())
	}),
	sweep: &sweep{name: "tend", pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		due, err := s.find.CampaignsToTend(ctx, s.now(), sweepLimit)
		return everyCampaign(due), err
	}},
}

// Tend rings for a campaign version's discounts.
func (b *Bell) Tend(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ring(ctx, campaignTend, about(shop, key), 0)
}
