package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

const missingKind = "missing:look"

// missingLook looks at the orders that shoppers asked about as missed referrals.
var missingLook = job{
	kind:    missingKind,
	queue:   queueSteady,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		w.ringer.lift(ctx, missingKind, p) // what is asked for from now on rings again
		return w.do.Orders.LookForMissing(ctx, p.Shop)
	}),
	sweep: &sweep{name: "missing", pace: 6, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithMissing(ctx, s.now(), sweepLimit))
	}},
}

// LookForMissing rings for what somebody asked for. Many may ask at once: one task looks at all.
func (b *Bell) LookForMissing(ctx context.Context, shop tenant.ShopID) {
	b.ringOnce(ctx, missingLook, ForShop{shop})
}
