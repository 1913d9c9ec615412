package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

// offerShow brings what the shop's pages show of the app to what its campaigns say.
var offerShow = job{
	kind:    "offer:show",
	queue:   queueSteady,
	retries: 5,
	timeout: time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Campaigns.ShowOffer(ctx, p.Shop)
	}),
	sweep: &sweep{name: "show", pace: 6, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToShow(ctx, s.now(), sweepLimit))
	}},
}

// ShowOffer rings for what the shop's pages show.
func (b *Bell) ShowOffer(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, offerShow, ForShop{shop}, 0)
}
