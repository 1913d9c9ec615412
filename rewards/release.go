package rewards

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// releaseBatch is how many referrals one release looks at.
const releaseBatch = 100

// A fast start: an advocate whose third friend buys within a week of the advocate's joining has either asked around at once, which most do
// not, or made the friends up. The rewards for orders of that week are looked at first; later ones are not.
const (
	startDays = 7
	startMost = 2 // friends in that week who are nothing unusual
)

// The windows of caps, in days.
const (
	monthDays = 30
	yearDays  = 365
)

// Release lets every reward of the shop leave whose hold is over: under the shop's lease, on complete facts, in (release time,
// order) order, each on a fresh snapshot. It returns how many were released. Limited: the shop's lease is held, by another release
// or by a reconcile; come back in a second.
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
	due, err = s.store.DueReleases(ctx, shop, through.Add(-s.config.ReleaseMargin), releaseBatch)
	if err != nil {
		return 0, fmt.Errorf("rewards: due releases: %w", err)
	}
	for _, r := range due {
		done, err := s.release(ctx, lease, r, through)
		if err != nil && !s.orders.PassOver(ctx, shop, r.Order, err) {
			return released, err
		}
		if done {
			released++
		}
	}
	return released, nil
}

// release takes a fresh snapshot of the order, decides, and lets leave what still stands.
func (s *Service) release(ctx context.Context, lease tenant.Lease, due referral.Referral, through time.Time) (bool, error) {
	if err := s.orders.Refresh(ctx, due.Shop, due.Order); err != nil {
		return false, err
	}
	shop, err := s.store.FindShop(ctx, due.Shop)
	if err != nil {
		return false, fmt.Errorf("rewards: find shop: %w", err)
	}
	for range orders.DecideTries {
		r, err := s.store.FindReferral(ctx, due.Shop, due.Friend)
		if err != nil {
			return false, fmt.Errorf("rewards: find referral: %w", err)
		}
		if !referral.Ripe(r, through.Add(-s.config.ReleaseMargin)) {
			return false, nil
		}
		facts, err := s.store.LoadFacts(ctx, r)
		if err != nil {
			return false, fmt.Errorf("rewards: load facts: %w", err)
		}
		done, err := s.approve(ctx, lease, shop, r, facts)
		if !fault.Is(err, fault.Conflict) {
			return done, err
		}
	}
	return false, fault.ForLog(fault.Unavailable, "the facts keep moving, will release later")
}

// approve adds the release to the facts, or why the merchant is to look first, decides, and writes everything that follows in one
// transaction. It is false when nothing leaves. Conflict: something moved; look again.
func (s *Service) approve(
	ctx context.Context, lease tenant.Lease, shop tenant.Shop, was referral.Referral, f referral.Facts,
) (bool, error) {
	release, all, err := s.grant(ctx, shop, was, f)
	if err != nil {
		return false, err
	}
	settled, err := referral.SettlementOf(shop, was, f, *release)
	if err != nil {
		return false, fmt.Errorf("rewards: settlement: %w", err)
	}
	flag, err := s.flag(ctx, f, *release)
	if err != nil {
		return false, err
	}

	if flag != nil {
		f.Flags = append(slices.Clone(f.Flags), *flag)
		all, settled = nil, nil
	} else {
		f.Release = release
	}
	decided, err := referral.DecideAnew(was, f)
	if err != nil {
		return false, fmt.Errorf("rewards: decide: %w: %w", orders.ErrOfOrder, err)
	}

	all = append([]referral.Decision{{Referral: decided, Rev: was.FactsRev}}, all...)
	if err := s.store.Approve(ctx, lease, all, settled); err != nil {
		return false, fmt.Errorf("rewards: approve: %w", err)
	}
	s.orders.Notify(ctx, was, decided)
	return flag == nil && release.Denied == referral.ReasonNone, nil
}

// grant is the release of a ripe referral: given, or denied, as a test order's always is; with the decisions about the referrals whose debts
// it makes up for, which the budget does not pay. It is asked under the shop's lease, so that nobody else releases between the counting
// and the writing. Source: design section 6, Release.
func (s *Service) grant(ctx context.Context, shop tenant.Shop, r referral.Referral, f referral.Facts) (*referral.Release, []referral.Decision, error) {
	release := referral.NewRelease(r)
	if release.Denied != referral.ReasonNone {
		return release, nil, nil
	}
	capped, err := s.capped(ctx, f, *release)
	if err != nil {
		return nil, nil, err
	}
	if capped {
		release.Denied = referral.ReasonCap
		return release, nil, nil
	}
	all, err := s.offset(ctx, f, release)
	if err != nil {
		return nil, nil, err
	}
	over, err := s.overBudget(ctx, shop, r, f, *release)
	if over {
		release.Denied, release.Offset.Minor, release.Offsets = referral.ReasonBudget, 0, 0
		return release, nil, err
	}
	return release, all, err
}

// capped tells whether the advocate has been released as many rewards as the campaign allows.
func (s *Service) capped(ctx context.Context, f referral.Facts, release referral.Release) (bool, error) {
	limits := f.Campaigns[release.Campaign].Limits
	for _, limit := range []struct{ most, days int }{{limits.MonthCap, monthDays}, {limits.YearCap, yearDays}} {
		if limit.most == 0 {
			continue
		}
		n, err := s.releasedWithin(ctx, f, release, limit.days)
		if err != nil {
			return false, err
		}
		if n >= limit.most {
			return true, nil
		}
	}
	return false, nil
}

// releasedWithin counts the advocate's rewards that were released less than so many days before or after this one.
func (s *Service) releasedWithin(ctx context.Context, f referral.Facts, release referral.Release, days int) (int, error) {
	window := time.Duration(days) * 24 * time.Hour
	n, err := s.store.CountReleases(ctx, f.Shop, release.Advocate, release.At.Add(-window), release.At.Add(window))
	if err != nil {
		return 0, fmt.Errorf("rewards: count releases: %w", err)
	}
	return n, nil
}

// flag is why the merchant is to look at a reward before it leaves; nil: nothing is unusual, nothing leaves anyway, or the merchant has
// looked. Like the caps it is asked under the shop's lease, so that the same rewards are flagged by any number of workers.
func (s *Service) flag(ctx context.Context, f referral.Facts, release referral.Release) (*referral.Flag, error) {
	most := f.Campaigns[release.Campaign].Limits.FlagAfter
	_, looked := f.FlagFor(release.Order, release.Advocate)
	if most == 0 || looked || release.Denied != referral.ReasonNone {
		return nil, nil
	}

	flag := referral.Flag{Order: release.Order, Advocate: release.Advocate, At: release.At}
	n, err := s.releasedWithin(ctx, f, release, monthDays)
	if err != nil {
		return nil, err
	}
	if n >= most {
		flag.Reason, flag.Count, flag.Most, flag.Days = referral.ReasonManyRewards, n, most, monthDays
		return &flag, nil
	}

	n, fast, err := s.fastStart(ctx, f, release)
	if err != nil || !fast {
		return nil, err
	}
	flag.Reason, flag.Count, flag.Most, flag.Days = referral.ReasonFastStart, n, startMost, startDays
	return &flag, nil
}

// fastStart tells whether the order is of the advocate's first days, and more friends than is usual have bought in these by now; and how many.
func (s *Service) fastStart(ctx context.Context, f referral.Facts, release referral.Release) (friends int, fast bool, err error) {
	joined := f.Advocates[release.Advocate].JoinedAt
	end := joined.Add(startDays * 24 * time.Hour)
	if joined.IsZero() || !f.OrderedAt(release.Order).Before(end) {
		return 0, false, nil
	}

	friends, err = s.store.CountFriends(ctx, f.Shop, release.Advocate, end)
	if err != nil {
		return 0, false, fmt.Errorf("rewards: count friends: %w", err)
	}
	return friends, friends > startMost, nil
}

// overBudget tells whether the release would settle more than the month's budget.
func (s *Service) overBudget(
	ctx context.Context, shop tenant.Shop, r referral.Referral, f referral.Facts, release referral.Release,
) (bool, error) {
	budget := f.Campaigns[release.Campaign].Limits.Budget
	if budget.IsZero() {
		return false, nil
	}
	want, err := referral.SettlementOf(shop, r, f, release)
	if err != nil || want == nil {
		return false, err
	}
	sum, err := s.store.SettledIn(ctx, f.Shop, want.Campaign, want.Month)
	if err != nil {
		return false, fmt.Errorf("rewards: settled in month: %w", err)
	}
	if sum, err = sum.Add(want.Amount); err != nil {
		return false, err
	}
	enough, err := budget.AtLeast(sum)
	return !enough, err
}

// offset lets the release make up for what the advocate owes: amounts where rewards are given in parts, else one whole reward of the
// same offer, the oldest first. It returns the decisions about the referrals that were owed.
// Source: design section 5, owed.
func (s *Service) offset(ctx context.Context, f referral.Facts, release *referral.Release) ([]referral.Decision, error) {
	owed, err := s.store.OwedOf(ctx, f.Shop, release.Advocate)
	if err != nil {
		return nil, fmt.Errorf("rewards: owed rewards: %w", err)
	}
	offer := f.Campaigns[release.Campaign].Terms.Advocate
	var all []referral.Decision
	for _, debt := range owed {
		other := f.Campaigns[debt.Campaign].Terms.Advocate
		if offer.InParts() != other.InParts() || (!offer.InParts() && !offer.Same(other)) {
			continue
		}
		take, err := referral.OffsetPart(offer, *release, debt)
		if err != nil {
			return nil, err
		}
		if offer.InParts() && take.IsZero() {
			continue
		}
		one, err := s.settle(ctx, debt, referral.Settled{By: f.Friend, Amount: take, At: release.At})
		if err != nil {
			return nil, err
		}
		if release.Offset, err = release.Offset.Add(take); err != nil {
			return nil, err
		}
		release.Offsets++
		all = append(all, one)
		if !offer.InParts() {
			break
		}
	}
	return all, nil
}

// settle decides about an owed referral with the settlement among its facts. Conflict: it has moved.
func (s *Service) settle(ctx context.Context, debt referral.Referral, settled referral.Settled) (referral.Decision, error) {
	was, err := s.store.FindReferral(ctx, debt.Shop, debt.Friend)
	if err != nil {
		return referral.Decision{}, fmt.Errorf("rewards: find referral: %w", err)
	}
	if was.Rewards[referral.AdvocateSide].State != referral.RewardOwed || was.DecidedRev != was.FactsRev {
		return referral.Decision{}, fault.ForLog(fault.Conflict, "what was owed has changed")
	}
	f, err := s.store.LoadFacts(ctx, was)
	if err != nil {
		return referral.Decision{}, fmt.Errorf("rewards: load facts: %w", err)
	}
	f.Settled = append(slices.Clone(f.Settled), settled)
	r, err := referral.DecideAnew(was, f)
	return referral.Decision{Referral: r, Rev: was.FactsRev}, err
}
