package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

// shopCleanUp takes all that is ours out of a shop whose merchant leaves. A run that is cut off goes on where it stopped.
var shopCleanUp = job{
	kind:    "shop:clean_up",
	queue:   queueUrgent,
	retries: 10,
	timeout: 10 * time.Minute,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Shops.GoOnCleaning(ctx, p.Shop)
	}),
	sweep: &sweep{name: "clean_up", pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToCleanUp(ctx, sweepLimit))
	}},
}

// CleanUp rings for a shop whose cleanup is to be done.
func (b *Bell) CleanUp(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, shopCleanUp, ForShop{shop}, 0)
}
