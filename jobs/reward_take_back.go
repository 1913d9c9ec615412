package jobs

import (
	"context"
	"time"
)

// rewardTakeBack deletes the codes of reversed rewards. Its work stands in the referral; see dueWork.
var rewardTakeBack = job{
	kind:    "reward:take_back",
	queue:   queueSteady,
	retries: 10,
	timeout: 2 * time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForFriend) error {
		return w.do.Rewards.TakeBack(ctx, p.Shop, p.Friend)
	}),
}
