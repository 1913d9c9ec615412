package jobs

import (
	"context"
	"errors"
	"time"

	"twofold/tenant"
)

// ordersReconcile asks Shopify for orders that no webhook told of and for disputes, which none tells of, and reads
// the shop's profile when it is old. Nobody rings for it.
var ordersReconcile = job{
	kind:    "orders:reconcile",
	queue:   queueBulk,
	retries: 3,
	timeout: 2 * time.Minute,
	run:     runs(func(ctx context.Context, w *Worker, p ForShop) error { return w.reconcile(ctx, p.Shop) }),
	sweep: &sweep{name: "reconcile", pace: 6, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToReconcile(ctx, s.now().Add(-reconcileAge), sweepLimit))
	}},
}

// reconcile runs all parts, whichever of them fail: without the reconcile nothing of the shop is released. The
// reconcile comes last, as the shop is not due for an hour once it is complete. If only other parts fail, the job's
// retries run them again. The first error judges whether to.
func (w *Worker) reconcile(ctx context.Context, shop tenant.ShopID) error {
	unread := w.do.Orders.RetryUnread(ctx, shop)
	disputes := w.do.Orders.WatchDisputes(ctx, shop)
	_, err := w.do.Orders.Reconcile(ctx, shop)
	profile := w.do.Shops.RefreshStaleProfile(ctx, shop)
	return errors.Join(err, unread, disputes, profile)
}

// reconcileAge is how long a shop goes without a reconcile.
const reconcileAge = time.Hour
