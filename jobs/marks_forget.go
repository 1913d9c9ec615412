package jobs

import (
	"context"
	"time"
)

// marksForget forgets networks and browsers whose time is over, also where the app is gone from the shop. Nobody rings
// for it: they are found by their date.
var marksForget = job{
	kind:    "marks:forget",
	queue:   queueBulk,
	retries: 5,
	timeout: 5 * time.Minute,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.do.People.ForgetMarks(ctx, p.Shop)
	}),
	sweep: &sweep{name: "marks_to_forget", pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsToForget(ctx, s.now(), sweepLimit))
	}},
}
