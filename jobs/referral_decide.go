package jobs

import (
	"context"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// referralDecide decides about a friend anew.
var referralDecide = job{
	kind:    "referral:decide",
	queue:   queueUrgent,
	retries: 5,
	timeout: 30 * time.Second,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForFriend) error {
		_, err := w.do.Orders.Decide(ctx, p.Shop, p.Friend)
		return err
	}),
	sweep: &sweep{name: "undecided", pace: 1, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		friends, err := s.find.Undecided(ctx, sweepLimit)
		found := make([]payload, len(friends))
		for i, f := range friends {
			found[i] = ForFriend{f.Shop, f.Friend}
		}
		return found, err
	}},
}

// Decide rings for a friend whose facts moved.
func (b *Bell) Decide(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) {
	b.ring(ctx, referralDecide, ForFriend{shop, friend}, 0)
}
