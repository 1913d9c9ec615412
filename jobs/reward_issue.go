package jobs

import (
	"context"
	"time"
)

// rewardIssue gives what is approved in a friend's referral. Its work stands in the referral; see dueWork.
var rewardIssue = job{
	kind:    "reward:issue",
	queue:   queueSteady,
	retries: 10,
	timeout: time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForFriend) error {
		return w.do.Rewards.Issue(ctx, p.Shop, p.Friend)
	}),
}
