package jobs

import (
	"context"
	"time"
)

// codesEnd deletes the shop's codes whose own end has come. Nobody rings for it: they are found by their date.
var codesEnd = job{
	kind:    "codes:end",
	queue:   queueBulk,
	retries: 5,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.Codes.EndCodes(ctx, p.Shop)
	}),
	sweep: &sweep{name: "ending_codes", pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithEndingCodes(ctx, s.now(), sweepLimit))
	}},
}
