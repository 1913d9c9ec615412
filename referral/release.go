package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/tenant"
)

// ordersLease is the one lease a shop has for what must not run twice at once over its orders: reconciling and releasing.
const ordersLease = "orders"

// Numbers of a reconcile. The overlap covers changes that Shopify's order search shows late.
const (
	reconcileOverlap  = 10 * time.Minute
	reconcileAtMost   = time.Minute // on demand, not more often than this
	reconcileMaxPages = 400         // of 50 orders; Shopify pages as far as 25,000 (platform limit)
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

// Reconcile asks Shopify for the orders changed since the last time, and looks at those that may matter and that no webhook
// told of. mended counts them. Conflict: somebody else holds the shop's lease.
func (s *Service) Reconcile(ctx context.Context, shop tenant.ShopID) (mended int, err error) {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, ordersLease, s.log)
	if err != nil {
		return 0, fmt.Errorf("referral: %w", err)
	}
	defer giveBack()
	return s.reconcile(ctx, shop)
}

func (s *Service) reconcile(ctx context.Context, shop tenant.ShopID) (mended int, err error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return 0, fmt.Errorf("referral: find shop: %w", err)
	}
	var started time.Time
	query := ChangedQuery{Since: reconcileFrom(found), Size: ChangedPageSize}
	for range reconcileMaxPages {
		page, size, err := s.changedPage(ctx, shop, query)
		if err != nil {
			return mended, fmt.Errorf("referral: changed orders: %w", err)
		}
		if started.IsZero() {
			started = page.At
		}
		n, err := s.mend(ctx, shop, page.Orders)
		if mended += n; err != nil {
			return mended, err
		}
		if page.Next == "" {
			return mended, s.reconciled(ctx, shop, started, started, mended)
		}
		query.Cursor, query.Size = page.Next, min(2*size, ChangedPageSize)

		// So that a long one that is cut off goes on from here: never back by the overlap, which might be more than one gets done.
		certain := sooner(page.Last, page.At.Add(-reconcileOverlap))
		if err := s.reconciled(ctx, shop, certain, time.Time{}, 0); err != nil {
			return mended, err
		}
	}
	return mended, fault.ForLog(fault.Unavailable, "many orders have changed; the next reconcile goes on")
}

// reconcileFrom is where the next reconcile begins: before the end of the last complete one, or where one was cut off.
func reconcileFrom(shop tenant.Shop) time.Time {
	switch through := shop.ReconciledThrough; {
	case through.IsZero():
		return shop.InstalledAt.Add(-reconcileOverlap)
	case through.After(shop.ReconciledAt):
		return through
	default:
		return through.Add(-reconcileOverlap)
	}
}

// changedPage reads a page of changed orders, and tells of how many it is at most. One that is too large is asked for in halves, down to
// a single order, and that one at last without its cart attributes: one order never stops a shop.
func (s *Service) changedPage(ctx context.Context, shop tenant.ShopID, q ChangedQuery) (page ChangedPage, size int, err error) {
	for {
		page, err = s.shopify.ChangedOrders(ctx, shop, q)
		switch {
		case !fault.Is(err, fault.TooLarge) || q.Bare:
			return page, q.Size, err
		case q.Size > 1:
			q.Size /= 2
		default:
			q.Bare = true
		}
	}
}

// reconciled notes how far a reconcile has come, and at its end when it started.
func (s *Service) reconciled(ctx context.Context, shop tenant.ShopID, through, started time.Time, mended int) error {
	if err := s.store.SaveReconciled(ctx, shop, through, started); err != nil {
		return fmt.Errorf("referral: save reconciled: %w", err)
	}
	if mended > 0 {
		s.log.WarnContext(ctx, "reconcile mended orders", "shop", shop, "count", mended)
	}
	return nil
}

// mend looks at those orders of a page that matter, and counts those of which no webhook had told the latest.
func (s *Service) mend(ctx context.Context, shop tenant.ShopID, page []Nominee) (mended int, err error) {
	nominees, err := s.Nominated(ctx, shop, page)
	if err != nil {
		return 0, fmt.Errorf("referral: nominate: %w", err)
	}
	for _, n := range nominees {
		news, err := s.lookForNews(ctx, shop, n.Order)
		if err != nil && !s.passOver(ctx, shop, n.Order, err) {
			return mended, err
		}
		if news {
			mended++
		}
	}
	return mended, nil
}

// lookForNews looks at an order and tells whether that told anything newer than what was kept.
func (s *Service) lookForNews(ctx context.Context, shop tenant.ShopID, id OrderID) (bool, error) {
	before, err := s.store.FindOrder(ctx, shop, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("referral: find order: %w", err)
	}
	if err := s.Look(ctx, shop, id); err != nil {
		return false, err
	}
	after, err := s.store.FindOrder(ctx, shop, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("referral: find order: %w", err)
	}
	return after.UpdatedAt.After(before.UpdatedAt), nil
}

// passOver tells whether an error is this order's own: it can never be read or decided. It must not stop the shop's other orders,
// and its own friend is not rewarded without a fresh snapshot. What another try may mend is not passed over, nor what MongoDB
// refused: the watermark would move past an order that nobody has looked at.
func (s *Service) passOver(ctx context.Context, shop tenant.ShopID, id OrderID, err error) bool {
	kind := fault.KindOf(err)
	if !errors.Is(err, errOfOrder) || kind == fault.Unavailable || kind == fault.Limited || kind == fault.Unauthorized {
		return false
	}
	s.log.ErrorContext(ctx, "order passed over", "shop", shop, "order_id", id, "kind", kind, "err", err)
	return true
}

// Release lets every reward of the shop leave whose hold is over: under the shop's lease, on complete facts, in (release time,
// order) order, each on a fresh snapshot. It returns how many were released. Limited: the shop's lease is held, by another release
// or by a reconcile; come back in a second.
func (s *Service) Release(ctx context.Context, shop tenant.ShopID) (released int, err error) {
	due, err := s.store.DueReleases(ctx, shop, s.now().Add(-s.config.ReleaseMargin), 1)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	lease, giveBack, err := tenant.Hold(ctx, s.store, shop, ordersLease, s.log)
	if fault.Is(err, fault.Conflict) {
		return 0, &fault.Error{Kind: fault.Limited, Err: err, RetryAfter: time.Second}
	}
	if err != nil {
		return 0, fmt.Errorf("referral: %w", err)
	}
	defer giveBack()
	through, err := s.reconciledFor(ctx, shop, due[0].ReleaseAt.Add(s.config.ReleaseMargin))
	if err != nil {
		return 0, err
	}
	due, err = s.store.DueReleases(ctx, shop, through.Add(-s.config.ReleaseMargin), releaseBatch)
	if err != nil {
		return 0, fmt.Errorf("referral: due releases: %w", err)
	}
	for _, r := range due {
		done, err := s.release(ctx, lease, r, through)
		if err != nil && !s.passOver(ctx, shop, r.Order, err) {
			return released, err
		}
		if done {
			released++
		}
	}
	return released, nil
}

// reconciledFor makes sure that a complete reconcile has started since the given time, at most once a minute, and returns when the
// latest one started, by Shopify's clock.
func (s *Service) reconciledFor(ctx context.Context, shop tenant.ShopID, since time.Time) (time.Time, error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return time.Time{}, fmt.Errorf("referral: find shop: %w", err)
	}
	enough := !found.ReconciledAt.Before(since)
	lately := s.now().Sub(found.ReconciledAt) < reconcileAtMost
	if enough || lately {
		return found.ReconciledAt, nil
	}
	if _, err := s.reconcile(ctx, shop); err != nil {
		return time.Time{}, err
	}
	found, err = s.store.FindShop(ctx, shop)
	return found.ReconciledAt, err
}

// release takes a fresh snapshot of the order, decides, and lets leave what still stands.
func (s *Service) release(ctx context.Context, lease tenant.Lease, due Referral, through time.Time) (bool, error) {
	if err := s.Look(ctx, due.Shop, due.Order); err != nil {
		return false, err
	}
	shop, err := s.store.FindShop(ctx, due.Shop)
	if err != nil {
		return false, fmt.Errorf("referral: find shop: %w", err)
	}
	for range decideTries {
		r, err := s.store.FindReferral(ctx, due.Shop, due.Friend)
		if err != nil {
			return false, fmt.Errorf("referral: find referral: %w", err)
		}
		if !ripe(r, through.Add(-s.config.ReleaseMargin)) {
			return false, nil
		}
		facts, err := s.store.LoadFacts(ctx, r)
		if err != nil {
			return false, fmt.Errorf("referral: load facts: %w", err)
		}
		done, err := s.approve(ctx, lease, shop, r, facts)
		if !fault.Is(err, fault.Conflict) {
			return done, err
		}
	}
	return false, fault.ForLog(fault.Unavailable, "the facts keep moving, will release later")
}

// ripe tells whether the referral is to be released: its hold was over before the given time, all is known, and nothing has moved
// since it was decided.
func ripe(r Referral, before time.Time) bool {
	return r.DecidedRev == r.FactsRev && slices.Contains(r.Work, WorkRelease) && !slices.Contains(r.Work, WorkHistory) &&
		!r.ReleaseAt.IsZero() && !r.ReleaseAt.After(before)
}

// approve adds the release to the facts, or why the merchant is to look first, decides, and writes everything that follows in one
// transaction. It is false when nothing leaves. Conflict: something moved; look again.
func (s *Service) approve(
	ctx context.Context, lease tenant.Lease, shop tenant.Shop, was Referral, f Facts,
) (bool, error) {
	release, all, err := s.grant(ctx, shop, was, f)
	if err != nil {
		return false, err
	}
	settled, err := settlement(shop, was, f, *release)
	if err != nil {
		return false, fmt.Errorf("referral: settlement: %w", err)
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
	decided, err := decideAnew(was, f)
	if err != nil {
		return false, fmt.Errorf("referral: decide: %w: %w", errOfOrder, err)
	}

	all = append([]Decision{{decided, was.FactsRev}}, all...)
	if err := s.store.Approve(ctx, lease, all, settled); err != nil {
		return false, fmt.Errorf("referral: approve: %w", err)
	}
	s.follow(ctx, was, decided)
	return flag == nil && release.Denied == ReasonNone, nil
}

// decideAnew decides after a fact was added.
func decideAnew(was Referral, f Facts) (Referral, error) {
	was.FactsRev++
	return was.Decided(f)
}

// grant is the release of a ripe referral: given, or denied, as a test order's always is; with the decisions about the referrals whose debts
// it makes up for, which the budget does not pay. It is asked under the shop's lease, so that nobody else releases between the counting
// and the writing. Source: design section 6, Release.
func (s *Service) grant(ctx context.Context, shop tenant.Shop, r Referral, f Facts) (*Release, []Decision, error) {
	release := NewRelease(r)
	if release.Denied != ReasonNone {
		return release, nil, nil
	}
	capped, err := s.capped(ctx, f, *release)
	if err != nil {
		return nil, nil, err
	}
	if capped {
		release.Denied = ReasonCap
		return release, nil, nil
	}
	all, err := s.offset(ctx, f, release)
	if err != nil {
		return nil, nil, err
	}
	over, err := s.overBudget(ctx, shop, r, f, *release)
	if over {
		release.Denied, release.Offset.Minor, release.Offsets = ReasonBudget, 0, 0
		return release, nil, err
	}
	return release, all, err
}

// NewRelease is the release of a referral as it was decided, whole. A test order's is denied: test orders cost nothing, and a code would take
// real money off a real order. Source: design section 6, Test orders.
func NewRelease(r Referral) *Release {
	worth := r.Rewards[AdvocateSide].Amount
	release := &Release{
		Order: r.Order, OrderName: r.OrderName, OrderedAt: r.At, At: r.ReleaseAt,
		Advocate: r.Advocate, Campaign: r.Campaign, Claim: r.Claim,
		Worth: worth, Offset: money.Amount{Currency: worth.Currency},
	}
	if r.Friend.Test() {
		release.Denied = ReasonTest
	}
	return release
}

// capped tells whether the advocate has been released as many rewards as the campaign allows.
func (s *Service) capped(ctx context.Context, f Facts, release Release) (bool, error) {
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
func (s *Service) releasedWithin(ctx context.Context, f Facts, release Release, days int) (int, error) {
	window := time.Duration(days) * 24 * time.Hour
	n, err := s.store.CountReleases(ctx, f.Shop, release.Advocate, release.At.Add(-window), release.At.Add(window))
	if err != nil {
		return 0, fmt.Errorf("referral: count releases: %w", err)
	}
	return n, nil
}

// flag is why the merchant is to look at a reward before it leaves; nil: nothing is unusual, nothing leaves anyway, or the merchant has
// looked. Like the caps it is asked under the shop's lease, so that the same rewards are flagged by any number of workers.
func (s *Service) flag(ctx context.Context, f Facts, release Release) (*Flag, error) {
	most := f.Campaigns[release.Campaign].Limits.FlagAfter
	_, looked := f.flagFor(release.Order, release.Advocate)
	if most == 0 || looked || release.Denied != ReasonNone {
		return nil, nil
	}

	flag := Flag{Order: release.Order, Advocate: release.Advocate, At: release.At}
	n, err := s.releasedWithin(ctx, f, release, monthDays)
	if err != nil {
		return nil, err
	}
	if n >= most {
		flag.Reason, flag.Count, flag.Most, flag.Days = ReasonManyRewards, n, most, monthDays
		return &flag, nil
	}

	n, fast, err := s.fastStart(ctx, f, release)
	if err != nil || !fast {
		return nil, err
	}
	flag.Reason, flag.Count, flag.Most, flag.Days = ReasonFastStart, n, startMost, startDays
	return &flag, nil
}

// fastStart tells whether the order is of the advocate's first days, and more friends than is usual have bought in these by now; and how many.
func (s *Service) fastStart(ctx context.Context, f Facts, release Release) (friends int, fast bool, err error) {
	joined := f.Advocates[release.Advocate].JoinedAt
	end := joined.Add(startDays * 24 * time.Hour)
	if joined.IsZero() || !f.orderedAt(release.Order).Before(end) {
		return 0, false, nil
	}

	friends, err = s.store.CountFriends(ctx, f.Shop, release.Advocate, end)
	if err != nil {
		return 0, false, fmt.Errorf("referral: count friends: %w", err)
	}
	return friends, friends > startMost, nil
}

// overBudget tells whether the release would settle more than the month's budget.
func (s *Service) overBudget(
	ctx context.Context, shop tenant.Shop, r Referral, f Facts, release Release,
) (bool, error) {
	budget := f.Campaigns[release.Campaign].Limits.Budget
	if budget.IsZero() {
		return false, nil
	}
	want, err := settlement(shop, r, f, release)
	if err != nil || want == nil {
		return false, err
	}
	sum, err := s.store.SettledIn(ctx, f.Shop, want.Campaign, want.Month)
	if err != nil {
		return false, fmt.Errorf("referral: settled in month: %w", err)
	}
	if sum, err = sum.Add(want.Amount); err != nil {
		return false, err
	}
	enough, err := budget.AtLeast(sum)
	return !enough, err
}

// settlement is what the release takes from the budget of its month, in the shop's time zone: both rewards that come after the
// order, less what made up for something owed. Nil: nothing that counts leaves.
func settlement(shop tenant.Shop, r Referral, f Facts, release Release) (*Settlement, error) {
	if release.Denied != ReasonNone {
		return nil, nil
	}
	campaign := f.Campaigns[release.Campaign]
	amount, err := release.Worth.Sub(release.Offset)
	if err != nil {
		return nil, err
	}
	if f.Campaigns[r.termsOf(FriendSide)].Terms.Friend.AfterOrder {
		if amount, err = amount.Add(r.Rewards[FriendSide].Amount); err != nil {
			return nil, err
		}
	}
	if amount.IsZero() {
		return nil, nil
	}
	return &Settlement{Campaign: release.Campaign.ID, Month: budgetMonth(shop, release.At), Amount: amount, Limit: campaign.Limits.Budget}, nil
}

// offset lets the release make up for what the advocate owes: amounts where rewards are given in parts, else one whole reward of the
// same offer, the oldest first. It returns the decisions about the referrals that were owed.
// Source: design section 5, owed.
func (s *Service) offset(ctx context.Context, f Facts, release *Release) ([]Decision, error) {
	owed, err := s.store.OwedOf(ctx, f.Shop, release.Advocate)
	if err != nil {
		return nil, fmt.Errorf("referral: owed rewards: %w", err)
	}
	offer := f.Campaigns[release.Campaign].Terms.Advocate
	var all []Decision
	for _, debt := range owed {
		other := f.Campaigns[debt.Campaign].Terms.Advocate
		if offer.InParts() != other.InParts() || (!offer.InParts() && !offer.Same(other)) {
			continue
		}
		take, err := part(offer, *release, debt)
		if err != nil {
			return nil, err
		}
		if offer.InParts() && take.IsZero() {
			continue
		}
		one, err := s.settle(ctx, debt, Settled{By: f.Friend, Amount: take, At: release.At})
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

// part is how much of a debt the release can make up for: all of the reward, or what is left of its amount.
func part(offer Offer, release Release, debt Referral) (money.Amount, error) {
	left, err := release.Worth.Sub(release.Offset)
	if err != nil || !offer.InParts() {
		return left, err
	}
	want := debt.Rewards[AdvocateSide].Owed
	more, err := left.AtLeast(want)
	if more {
		return want, err
	}
	return left, err
}

// settle decides about an owed referral with the settlement among its facts. Conflict: it has moved.
func (s *Service) settle(ctx context.Context, debt Referral, settled Settled) (Decision, error) {
	was, err := s.store.FindReferral(ctx, debt.Shop, debt.Friend)
	if err != nil {
		return Decision{}, fmt.Errorf("referral: find referral: %w", err)
	}
	if was.Rewards[AdvocateSide].State != RewardOwed || was.DecidedRev != was.FactsRev {
		return Decision{}, fault.ForLog(fault.Conflict, "what was owed has changed")
	}
	f, err := s.store.LoadFacts(ctx, was)
	if err != nil {
		return Decision{}, fmt.Errorf("referral: load facts: %w", err)
	}
	f.Settled = append(slices.Clone(f.Settled), settled)
	r, err := decideAnew(was, f)
	return Decision{r, was.FactsRev}, err
}
