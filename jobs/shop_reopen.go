package jobs

import (
	"context"
	"time"
)

// shopReopen asks whether a shop that Shopify has closed answers again. Shopify closes a shop whose bill is not paid,
// or that is locked. Until it answers its work waits, and is not tried: apart from this question, and whether the shop
// has uninstalled the app (deliveries_drain.go), Shopify is asked nothing about it. Nobody rings for this job. A
// merchant who opens the app is faster.
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
