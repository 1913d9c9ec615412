package rewards

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// releaseBatch is how many referrals one release looks at.
const releaseBatch = 100

// Release lets every reward of the shop leave whose hold is over: the earliest hold first, then the older order. It
// returns how many left. It holds the shop's lease, knows all facts, and reads a fresh snapshot of each order. Limited:
// the lease is held by another release or by a reconcile; come back in a second.
func (s *Service) Release(ctx context.Context, shop tenant.ShopID) (released int, err error) {
	due, err := s.store.DueReleases(ctx, shop, s.now().Add(-s.config.ReleaseMargin), 1)
	if err != nil || len(due) == 0 {
		return 0, err
	}

	lease, giveBack, err := tenant.Hold(ctx, s.store, shop, orders.OrdersLease, s.log)
	if fault.Is(err, fault.Conflict) {
		return 0, &fault.Error{Kind: fault.Limited, Err: err, RetryAfter: time.Second}
	}
	if err != nil {
		return 0, fmt.Errorf("rewards: %w", err)
	}
	defer giveBack()

	through, err := s.orders.ReconciledFor(ctx, shop, due[0].ReleaseAt.Add(s.config.ReleaseMargin))
	if err != nil {
		return 0, err
	}
	before := through.Add(-s.config.ReleaseMargin)
	due, err = s.store.DueReleases(ctx, shop, before, releaseBatch)
	if err != nil {
		return 0, fmt.Errorf("rewards: due releases: %w", err)
	}

	for _, r := range due {
		granted, err := s.release(ctx, lease, r, before)
		if err != nil && !s.orders.PassOver(ctx, shop, r.Order, err) {
			return released, err
		}
		if granted {
			released++
		}
	}
	return released, nil
}

// release refreshes the order, and decides about the release until nothing moves meanwhile. It is false when nothing
// leaves.
func (s *Service) release(
	ctx context.Context, lease tenant.Lease, due referral.Referral, before time.Time,
) (granted bool, err error) {
	if err := s.orders.Refresh(ctx, due.Shop, due.Order); err != nil {
		return false, err
	}
	shop, err := s.store.FindShop(ctx, due.Shop)
	if err != nil {
		return false, fmt.Errorf("rewards: find shop: %w", err)
	}

	for range orders.DecideTries {
		was, err := s.store.FindReferral(ctx, due.Shop, due.Friend)
		if err != nil {
			return false, fmt.Errorf("rewards: find referral: %w", err)
		}
		if !referral.Ripe(was, before) {
			return false, nil
		}

		granted, err := s.releaseRipe(ctx, lease, shop, was)
		if !fault.Is(err, fault.Conflict) {
			return granted, err
		}
	}
	return false, fault.ForLog(fault.Unavailable, "the facts keep moving, will release later")
}

// releaseRipe loads the facts, decides about the release, and applies what follows in one transaction. Conflict:
// something moved; look again.
func (s *Service) releaseRipe(
	ctx context.Context, lease tenant.Lease, shop tenant.Shop, was referral.Referral,
) (granted bool, err error) {
	facts, err := s.store.LoadFacts(ctx, was)
	if err != nil {
		return false, fmt.Errorf("rewards: load facts: %w", err)
	}
	others, err := s.loadReleaseFacts(ctx, shop, was, facts)
	if err != nil {
		return false, err
	}

	releasing, err := referral.DecideRelease(was, facts, others)
	if err != nil {
		return false, fmt.Errorf("rewards: decide release: %w", err)
	}
	decided, err := referral.DecideAnew(was, releasing.AddTo(facts))
	if err != nil {
		return false, fmt.Errorf("rewards: decide: %w: %w", orders.ErrOfOrder, err)
	}

	near, err := releasing.Settlement.BudgetNotices(others.Settled, was.Campaign, s.now())
	if err != nil {
		return false, fmt.Errorf("rewards: budget: %w", err)
	}
	notices := append(referral.Notices(was, decided, s.now()), near...)
	first := referral.Decision{Referral: decided, Rev: was.FactsRev, Notices: notices}
	all := append([]referral.Decision{first}, releasing.Offsets...)
	if err := s.store.Approve(ctx, lease, all, releasing.Settlement); err != nil {
		return false, fmt.Errorf("rewards: approve: %w", err)
	}
	s.orders.Notify(ctx, was, decided)
	return releasing.Granted(), nil
}

// loadReleaseFacts reads what the release asks for, and nothing else.
func (s *Service) loadReleaseFacts(
	ctx context.Context, shop tenant.Shop, was referral.Referral, f referral.Facts,
) (facts referral.ReleaseFacts, err error) {
	facts.Shop = shop
	asks := referral.AsksOfRelease(shop, was, f)
	if facts.In30, err = s.countReleases(ctx, was, asks.In30); err != nil {
		return facts, err
	}
	if facts.In365, err = s.countReleases(ctx, was, asks.In365); err != nil {
		return facts, err
	}

	if !asks.FirstWeek.IsZero() {
		facts.Friends, err = s.store.CountFriends(ctx, was.Shop, was.Advocate, asks.FirstWeek)
		if err != nil {
			return facts, fmt.Errorf("rewards: count friends: %w", err)
		}
	}
	if asks.Month != "" {
		facts.Settled, err = s.store.SettledIn(ctx, was.Shop, was.Campaign.ID, asks.Month)
		if err != nil {
			return facts, fmt.Errorf("rewards: settled in month: %w", err)
		}
	}
	if asks.Debts {
		facts.Debts, err = s.loadDebts(ctx, was, f)
	}
	return facts, err
}

// countReleases counts the advocate's rewards that were released in a time; none where it is not asked.
func (s *Service) countReleases(ctx context.Context, was referral.Referral, in referral.Between) (int, error) {
	if in == (referral.Between{}) {
		return 0, nil
	}

	n, err := s.store.CountReleases(ctx, was.Shop, was.Advocate, in.After, in.Before)
	if err != nil {
		return 0, fmt.Errorf("rewards: count releases: %w", err)
	}
	return n, nil
}

// loadDebts reads what the advocate owes and the release offsets. Conflict: one of them has moved since it was decided.
func (s *Service) loadDebts(ctx context.Context, was referral.Referral, f referral.Facts) ([]referral.Debt, error) {
	owed, err := s.store.OwedOf(ctx, was.Shop, was.Advocate)
	if err != nil {
		return nil, fmt.Errorf("rewards: owed rewards: %w", err)
	}
	owed, err = referral.Offsettable(was, f, owed)
	if err != nil {
		return nil, fmt.Errorf("rewards: offset: %w", err)
	}

	var debts []referral.Debt
	for _, one := range owed {
		if one.DecidedRev != one.FactsRev {
			return nil, fault.ForLog(fault.Conflict, "what was owed has changed")
		}
		facts, err := s.store.LoadFacts(ctx, one)
		if err != nil {
			return nil, fmt.Errorf("rewards: load facts: %w", err)
		}
		debts = append(debts, referral.Debt{Owed: one, Facts: facts})
	}
	return debts, nil
}
