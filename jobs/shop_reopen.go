package jobs

import (
	"context"
	"time"
)

// shopReopen asks whether a shop that Shopify has closed, as its bill is not paid or it is locked, answers again: until then its work waits, and is
// not tried. But for this question, and for whether a shop that is said to have uninstalled has (deliveries_drain.go), Shopify is asked nothing
// about it. Nobody rings for it. A merchant who opens the app is faster.
var shopReopen = job{
	kind:    "shop:reopen",
	queue:   queueBulk,
	retries: 3,
	timeout: time.Minute,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.tokens.Reopen(ctx, p.Shop)
	}),
	sweep: &sweep{name: "closed", pace: 720, due: func(ctx context.Context, s *Sweeper) ([]payload, error) { // hourly
		return everyShop(s.find.ShopsClosed(ctx, stayLimit))
	}},
}
