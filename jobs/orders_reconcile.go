package jobs

import (
	"context"
	"time"
)

// ordersReconcile asks Shopify for orders that no webhook told of and for disputes, which none tells of, and reads the shop's profile
// when it is old. Nobody rings for it.
var ordersReconcile = job{
	kind:    "orders:reconcile",
	queue:   queueBulk,
	retries: 3,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		// the reconcile comes last: once it is complete, the shop is not due for an hour
		if err := w.service.RetryUnread(ctx, p.Shop); err != nil {
			return err
		}
		if err := w.service.WatchDisputes(ctx, p.Shop); err != nil {
			return err
		}
		if _, err := w.service.Reconcile(ctx, p.Shop); err != nil {
			return err
		}
		return w.service.RefreshStaleProfile(ctx, p.Shop)
	}),
	sweep: &sweep{name: "reconcile", pace: 6, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToReconcile(ctx, s.now().Add(-reconcileAge), sweepLimit))
	}},
}

// reconcileAge is how long a shop goes without a reconcile.
const reconcileAge = time.Hour
