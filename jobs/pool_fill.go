package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

const fillKind = "pool:fill"

// poolFill fills a campaign's pools. Pools that run low are found by activeCampaigns.
var poolFill = job{
	kind:    fillKind,
	queue:   queueBulk,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForCampaign) error {
		w.ringer.lift(ctx, fillKind, p) // who finds the pool low from now on rings again
		return w.do.Codes.Fill(ctx, p.Shop, p.key())
	}),
}

// Fill rings for a pool that runs low. Many claims may find it low at once, and one task fills it.
func (b *Bell) Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ringOnce(ctx, poolFill, about(shop, key))
}
