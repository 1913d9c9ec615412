package jobs

import (
	"context"
	"time"
)

// figuresFold counts what was decided in a shop since it was counted. Nobody rings for it, so that no decision pays for
// figures: what is to be counted is found by its date, which a decision sets in passing.
var figuresFold = job{
	kind:    "figures:fold",
	queue:   queueBulk,
	retries: 3,
	timeout: 5 * time.Minute,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Figures.Fold(ctx, p.Shop)
	}),
	sweep: &sweep{name: "figures", pace: 1, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToCount(ctx, s.now(), sweepLimit))
	}},
}
