package jobs

import (
	"context"

	"twofold/referral"
	"twofold/tenant"
)

// dueWork finds the referrals whose decision calls for work that is due: asking Shopify, issuing, taking back.
var dueWork = sweep{name: "work", pace: 1, run: func(ctx context.Context, s *Sweeper) error {
	due, err := s.find.DueWork(ctx, s.now(), sweepLimit)
	for _, d := range due {
		if j, found := jobOf(d.Work); found {
			s.bell.ring(ctx, j, ForFriend{d.Shop, d.Friend}, sweepSpare)
		}
	}
	return err
}}

// Work rings for what a decision calls for. One look at a customer answers both questions about them.
func (b *Bell) Work(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, work referral.Work) {
	switch j, found := jobOf(work); {
	case !found:
	case j.kind == askKind:
		b.ringOnce(ctx, j, ForFriend{shop, friend})
	default:
		b.ring(ctx, j, ForFriend{shop, friend}, 0)
	}
}

// jobOf is the job that does the work; none for releases: rewardsRelease finds them by their date.
func jobOf(work referral.Work) (job, bool) {
	switch work {
	case referral.WorkNewness, referral.WorkHistory, referral.WorkAdvocate:
		return customerAsk, true
	case referral.WorkIssue:
		return rewardIssue, true
	case referral.WorkTakeBack:
		return rewardTakeBack, true
	}
	return job{}, false
}
