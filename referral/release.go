package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// ordersLease is the one lease a shop has for what must not run twice at once over its orders: reconciling and releasing.
const ordersLease = "orders"

// Numbers of a reconcile. The overlap covers changes that Shopify's order search shows late.
const (
	reconcileOverlap  = 10 * time.Minute
	reconcileAtMost   = time.Minute // on demand, not more often than this
	releaseBatch      = 100
	reconcileMaxPages = 400 // of 50 orders; Shopify pages as far as 25,000 (platform limit)
)

// Reconcile asks Shopify for the orders changed since the last time, and looks at those that may matter and that no webhook
// told of. mended counts them. Conflict: somebody else holds the shop's lease.
func (s *Service) Reconcile(ctx context.Context, shop tenant.ShopID) (mended int, err error) {
	lease, err := s.store.AcquireLease(ctx, shop, ordersLease, leaseTTL)
	if err != nil {
		return 0, fmt.Errorf("referral: orders lease: %w", err)
	}
	defer s.giveBack(ctx, lease)
	return s.reconcile(ctx, shop)
}

func (s *Service) reconcile(ctx context.Context, shop tenant.ShopID) (mended int, err error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return 0, fmt.Errorf("referral: find shop: %w", err)
	}
	since := found.ReconciledThrough
	if since.IsZero() {
		since = found.InstalledAt
	}
	var started time.Time
	cursor := ""
	for range reconcileMaxPages {
		page, err := s.shopify.ChangedOrders(ctx, shop, since.Add(-reconcileOverlap), cursor)
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
		if cursor = page.Next; cursor == "" {
			return mended, s.reconciled(ctx, shop, started, started, mended)
		}
		if err := s.reconciled(ctx, shop, page.Last, time.Time{}, 0); err != nil { // so that a long one that is cut off goes on from here
			return mended, err
		}
	}
	return mended, fault.New(fault.Unavailable, "Many orders have changed; the next reconcile goes on.")
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
	nominees, err := s.store.Nominated(ctx, shop, page)
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
	lease, err := s.store.AcquireLease(ctx, shop, ordersLease, leaseTTL)
	if fault.Is(err, fault.Conflict) {
		return 0, &fault.Error{Kind: fault.Limited, Message: "The shop's orders are being worked on.", Err: err, RetryAfter: time.Second}
	}
	if err != nil {
		return 0, fmt.Errorf("referral: orders lease: %w", err)
	}
	defer s.giveBack(ctx, lease)
	through, err := s.reconciledFor(ctx, shop, due[0].ReleaseAt)
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

// reconciledFor makes sure that a complete reconcile has started after the reward was due, at most once a minute, and returns
// when the latest one started, by Shopify's clock.
func (s *Service) reconciledFor(ctx context.Context, shop tenant.ShopID, releaseAt time.Time) (time.Time, error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return time.Time{}, fmt.Errorf("referral: find shop: %w", err)
	}
	enough := !found.ReconciledAt.Before(releaseAt.Add(s.config.ReleaseMargin))
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

// release takes a fresh snapshot of the order, decides, and approves what still stands.
func (s *Service) release(ctx context.Context, lease Lease, due Referral, through time.Time) (bool, error) {
	if err := s.Look(ctx, due.Shop, due.Order); err != nil {
		return false, err
	}
	shop, err := s.store.FindShop(ctx, due.Shop)
	if err != nil {
		return false, fmt.Errorf("referral: find shop: %w", err)
	}
	for range decideTries {
		facts, err := s.store.LoadFacts(ctx, due.Shop, due.Friend)
		if err != nil {
			return false, fmt.Errorf("referral: load facts: %w", err)
		}
		approved, ripe, err := approve(facts, through.Add(-s.config.ReleaseMargin))
		if err != nil || !ripe {
			return false, err
		}
		err = s.store.Approve(ctx, lease, approved, facts.Referral.FactsRev, settlement(shop, approved))
		if err == nil {
			s.follow(ctx, facts.Referral, approved)
			return true, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return false, fmt.Errorf("referral: approve: %w", err)
		}
	}
	return false, fault.New(fault.Unavailable, "The facts keep moving, will release later.")
}

// approve decides with the release added to the facts. ripe is false when the referral is not to be released (any more, or yet),
// or when the facts have moved on since it was decided.
func approve(f Facts, before time.Time) (approved Referral, ripe bool, err error) {
	r := f.Referral
	ripe = r.DecidedRev == r.FactsRev && slices.Contains(r.Work, WorkRelease) && !r.ReleaseAt.IsZero() && !r.ReleaseAt.After(before)
	if !ripe {
		return Referral{}, false, nil
	}
	f.Referral.Release = &Release{Order: r.Order, At: r.ReleaseAt, Advocate: r.Advocate, Campaign: r.Campaign, Claim: r.Claim}
	f.Referral.FactsRev++
	approved, err = Decide(f)
	approved.DecidedRev = approved.FactsRev
	return approved, approved.State == Approved, err
}

// settlement is what the release takes from the budget of its month, in the shop's time zone.
func settlement(shop tenant.Shop, r Referral) Settlement {
	month := r.Release.At.In(shop.Profile.Location()).Format("2006-01")
	return Settlement{Campaign: r.Campaign.ID, Month: month, Amount: r.Rewards[AdvocateSide].Amount}
}

// Issue gives the advocate her reward: a code of the pool, held by the reward, so that a second run finds the first one's.
func (s *Service) Issue(ctx context.Context, shop tenant.ShopID, friend CustomerID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	if !slices.Contains(r.Work, WorkIssue) {
		return s.buryUnissued(ctx, r)
	}
	reward := r.Rewards[AdvocateSide]
	code, err := s.store.DrawCode(ctx, shop, r.Campaign, AdvocateSide, CodeHolderID(reward.ID), s.now())
	if fault.Is(err, fault.NotFound) {
		return s.poolEmpty(ctx, shop, r.Campaign, AdvocateSide)
	}
	if err != nil {
		return fmt.Errorf("referral: draw code: %w", err)
	}
	issued, err := s.conclude(ctx, shop, friend, func(f *Facts) bool { return addIssue(f, code) })
	if err != nil {
		return err
	}
	return s.buryUnissued(ctx, issued)
}

// addIssue notes that the approved reward now has the code. False: it is no longer to be issued, or was already.
func addIssue(f *Facts, code Code) bool {
	r := f.Referral
	if r.DecidedRev != r.FactsRev || !slices.Contains(r.Work, WorkIssue) {
		return false
	}
	reward := r.Rewards[AdvocateSide]
	f.Referral.Issues = append(slices.Clone(r.Issues), Issue{
		Side: AdvocateSide, Reward: reward.ID, Code: code.Code, Amount: reward.Amount, At: r.Release.At,
	})
	return true
}

// buryUnissued deletes the code that a voided reward drew but was never given: nobody has seen it, and nobody shall.
func (s *Service) buryUnissued(ctx context.Context, r Referral) error {
	if advocateIssue(r) != nil || r.State != Voided {
		return nil
	}
	return s.buryHeld(ctx, r.Shop, CodeHolderID(NewRewardID(r, AdvocateSide)))
}

func (s *Service) buryHeld(ctx context.Context, shop tenant.ShopID, holder CodeHolderID) error {
	code, err := s.store.FindCodeByHolder(ctx, shop, holder)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("referral: find held code: %w", err)
	}
	n, err := s.store.MoveCodes(ctx, shop, []string{code.Code}, CodeHeld, CodeDying, s.now())
	if err != nil {
		return fmt.Errorf("referral: mark code: %w", err)
	}
	if n > 0 {
		s.bell.DeleteCodes(ctx, shop)
	}
	return nil
}

// TakeBack deletes the code of a reversed reward in Shopify, and notes that it is gone. That does not prove the code unspent: an
// order that carries it, seen before or after, makes the reward owed.
func (s *Service) TakeBack(ctx context.Context, shop tenant.ShopID, friend CustomerID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	issue := advocateIssue(r)
	if issue == nil || !slices.Contains(r.Work, WorkTakeBack) {
		return nil
	}
	if _, err := s.store.MoveCodes(ctx, shop, []string{issue.Code}, CodeHeld, CodeDying, s.now()); err != nil {
		return fmt.Errorf("referral: mark code: %w", err)
	}
	if err := s.DeleteCodes(ctx, shop); err != nil {
		return err
	}
	at := s.now()
	_, err = s.conclude(ctx, shop, friend, func(f *Facts) bool { return noteGone(f, at) })
	return err
}

func noteGone(f *Facts, at time.Time) bool {
	f.Referral.Issues = slices.Clone(f.Referral.Issues)
	issue := advocateIssue(f.Referral)
	if issue == nil || !issue.Gone.IsZero() {
		return false
	}
	issue.Gone = at
	return true
}
