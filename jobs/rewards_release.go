package jobs

import (
	"context"
	"time"
)

// rewardsRelease lets leave what is due in a shop. Nobody rings for it: what is due is found by its date.
var rewardsRelease = job{
	kind:    "rewards:release",
	queue:   queueSteady,
	retries: 3,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		n, err := w.do.Rewards.Release(ctx, p.Shop)
		if n > 0 {
			w.log.InfoContext(ctx, "rewards released", "shop", p.Shop, "count", n)
		}
		return err
	}),
	sweep: &sweep{name: "releases", pace: 1, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithReleases(ctx, s.now(), sweepLimit))
	}},
}
