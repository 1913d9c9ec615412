package reports

import (
	"context"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// Review is what waits for the merchant's look: a queue, and one of it with what is known of both people.
type Review struct {
	Queue   []referral.Referral // flagged, the oldest order first; without facts
	At      int                 // which of the queue is looked at; -1: there is none
	Detail  Detail
	Friends []referral.Referral // the advocate's, this one among them, the newest first, up to a page; without facts
}

// Review reads the queue and one of it: the order that is given, or the first. Where that is no longer flagged, it is
// the first.
func (r *Referrals) Review(ctx context.Context, shop tenant.ShopID, order referral.OrderID) (Review, error) {
	beginning := referral.Place{At: time.Unix(0, 0)} // before any order
	oldest, err := r.store.FindReferrals(ctx, shop, referral.ListQuery{
		States: []referral.State{referral.Flagged}, From: beginning, Back: true, Limit: PageSize,
	})
	if err != nil || len(oldest) == 0 {
		return Review{At: -1}, err
	}
	slices.Reverse(oldest)

	at := max(0, slices.IndexFunc(oldest, func(one referral.Referral) bool { return one.Order == order }))
	seen := Review{Queue: oldest, At: at}
	if seen.Detail, err = r.flagged(ctx, shop, oldest[at]); err != nil {
		return Review{}, err
	}

	seen.Friends, err = r.store.FindReferrals(ctx, shop, referral.ListQuery{
		Advocate: oldest[at].Advocate, Limit: PageSize,
	})
	return seen, err
}

// flagged is what a review shows of one referral.
func (r *Referrals) flagged(ctx context.Context, shop tenant.ShopID, one referral.Referral) (d Detail, err error) {
	d.Kept = true
	if d.Order, err = r.store.FindOrder(ctx, shop, one.Order); err != nil {
		return d, err
	}
	if d.Referral, err = r.store.FindReferral(ctx, shop, one.Friend); err != nil {
		return d, err
	}

	d.Weighed = weighed(d.Order, d.Referral.Explained.Orders)
	return d, r.addPeople(ctx, shop, &d)
}
