package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// dueWork finds the referrals whose decision calls for work that is due: asking Shopify, issuing, taking back.
var dueWork = sweep{name: "work", pace: 1, run: func(ctx context.Context, s *Sweeper) error {
	due, err := s.find.DueWork(ctx, s.now(), sweepLimit)
	for _, d := range due {
		s.bell.work(ctx, d.Shop, d.Friend, d.Work, sweepSpare)
	}
	return err
}}

// Work rings for what a decision calls for.
func (b *Bell) Work(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, work referral.Work) {
	b.work(ctx, shop, friend, work, 0)
}

// work rings for the job that does the work, at most once in a time (0: always).
func (b *Bell) work(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, work referral.Work, spare time.Duration) {
	about := ForFriend{shop, friend}
	switch work {
	case referral.WorkNewness, referral.WorkHistory:
		b.ring(ctx, customerAsk, about, askSpare)
	case referral.WorkIssue:
		b.ring(ctx, rewardIssue, about, spare)
	case referral.WorkTakeBack:
		b.ring(ctx, rewardTakeBack, about, spare)
	case referral.WorkRelease: // released by date: rewardsRelease finds it
	}
}
