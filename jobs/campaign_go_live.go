package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// campaignGoLive makes a campaign's discounts and pools in the shop. What was interrupted is found by activeCampaigns.
var campaignGoLive = job{
	kind:    "campaign:go_live",
	queue:   queueUrgent,
	retries: 10,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForCampaign) error {
		return w.do.Campaigns.FinishGoLive(ctx, p.Shop, p.key())
	}),
}

// GoLive rings for a campaign that is to go live.
func (b *Bell) GoLive(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ring(ctx, campaignGoLive, about(shop, key), 0)
}
