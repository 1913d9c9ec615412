package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

// shopSetUp reads a newly installed shop and drafts its campaign.
var shopSetUp = job{
	kind:    "shop:set_up",
	queue:   queueUrgent,
	retries: 10,
	timeout: time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Shops.SetUp(ctx, p.Shop)
	}),
	sweep: &sweep{name: "set_up", pace: 1, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToSetUp(ctx, sweepLimit))
	}},
}

// SetUp rings for a newly installed shop.
func (b *Bell) SetUp(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, shopSetUp, ForShop{shop}, 0)
}
