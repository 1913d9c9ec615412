package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// poolFill fills a campaign's pools. Pools that run low are found by activeCampaigns.
var poolFill = job{
	kind:    "pool:fill",
	queue:   queueBulk,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForCampaign) error {
		return w.codes.Fill(ctx, p.Shop, p.key())
	}),
}

// Fill rings for a pool that runs low. Many claims may find it low at once, so one task a minute is enough.
func (b *Bell) Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ring(ctx, poolFill, about(shop, key), time.Minute)
}
