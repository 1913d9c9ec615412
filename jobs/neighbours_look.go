package jobs

import (
	"context"
	"time"
)

// neighboursLook has those looked at again who see something else of a friend than before. Nobody rings for it: a link
// that many come by at once is looked at once a minute, and not with each of their orders. A release decides on what is
// known by then, so that nothing leaves because of the wait.
var neighboursLook = job{
	kind:    "neighbours:look",
	queue:   queueBulk,
	retries: 3,
	timeout: 2 * time.Minute,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Orders.LookAgain(ctx, p.Shop)
	}),
	sweep: &sweep{name: "neighbours", pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToLook(ctx, sweepLimit))
	}},
}
