package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

// codesDelete deletes the shop's dying codes.
var codesDelete = job{
	kind:    "codes:delete",
	queue:   queueBulk,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Codes.DeleteCodes(ctx, p.Shop)
	}),
	sweep: &sweep{name: "dying_codes", pace: 6, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithDyingCodes(ctx, sweepLimit))
	}},
}

// DeleteCodes rings for codes that must go.
func (b *Bell) DeleteCodes(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, codesDelete, ForShop{shop}, 0)
}
