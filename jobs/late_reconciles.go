package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

// lateReconciles watches that shops are reconciled: without that nothing of a shop is released. It needs no task.
var lateReconciles = sweep{name: "late_reconciles", pace: 12, run: func(ctx context.Context, s *Sweeper) error {
	return s.watchReconciles(ctx)
}}

// Limits of the alarm: how long ago a shop's last complete reconcile may have started, for how long that must have
// been seen (a first reconcile, or the one after a standstill, is under way), and how often it is said of a shop.
const (
	reconcileLate  = 3 * time.Hour
	lateSeenFor    = 15 * time.Minute
	lateSaidEach   = time.Hour
	lateAlarmLease = "late-reconcile"
)

// watchReconciles counts the shops that are late, measures the latest of them, and raises the alarm about each.
func (s *Sweeper) watchReconciles(ctx context.Context) error {
	late, err := s.find.ShopsToReconcile(ctx, s.now().Add(-reconcileLate), sweepLimit)
	if err != nil {
		return err
	}

	// What is known of shops that are late no more is forgotten.
	seen := make(map[tenant.ShopID]time.Time, len(late))
	var longest time.Duration
	for _, shop := range late {
		seen[shop] = s.wall()
		if since, before := s.lateSince[shop]; before {
			seen[shop] = since
		}
		behind, err := s.behind(ctx, shop)
		if err != nil {
			return err
		}
		longest = max(longest, behind)
		if s.wall().Sub(seen[shop]) >= lateSeenFor {
			s.sayLate(ctx, shop, behind)
		}
	}

	s.lateSince = seen
	s.late.Set(float64(len(late)))
	s.behindFor.Set(longest.Seconds())

	return nil
}

// behind is how long ago the shop's last complete reconcile started, or it was installed if there was none.
func (s *Sweeper) behind(ctx context.Context, shop tenant.ShopID) (time.Duration, error) {
	found, err := s.find.FindShop(ctx, shop)
	if err != nil {
		return 0, err
	}
	last := found.ReconciledAt
	if found.InstalledAt.After(last) {
		last = found.InstalledAt
	}
	return s.now().Sub(last), nil
}

// sayLate raises the alarm about a shop, once an hour whichever process does: the lease is left to run out.
func (s *Sweeper) sayLate(ctx context.Context, shop tenant.ShopID, behind time.Duration) {
	if _, err := s.find.AcquireLease(ctx, shop, lateAlarmLease, lateSaidEach); err != nil {
		return
	}
	s.log.ErrorContext(ctx, "reconcile is behind, nothing of the shop is released",
		"shop", shop, "hours", int(behind.Hours()))
}
