package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

const watchKind = "codes:watch"

// codesWatch compares a campaign version's codes with those that Shopify has. A large shop has hundreds of pages of
// them.
var codesWatch = job{
	kind:    watchKind,
	queue:   queueBulk,
	retries: 5,
	timeout: 15 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForCampaign) error {
		w.ringer.lift(ctx, watchKind, p) // what is lost from now on rings again
		return w.do.Codes.Watch(ctx, p.Shop, p.key())
	}),
	sweep: &sweep{name: "watch", pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		due, err := s.find.CampaignsToWatch(ctx, s.now(), sweepLimit)
		return everyCampaign(due), err
	}},
}

// Watch rings for a version's codes to be compared.
func (b *Bell) Watch(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ringOnce(ctx, codesWatch, about(shop, key))
}

// everyCampaign turns campaign versions that a sweep found into payloads.
func everyCampaign(due []referral.Campaign) []payload {
	found := make([]payload, len(due))
	for i, c := range due {
		found[i] = about(c.Shop, c.Key())
	}
	return found
}
