package orders

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Missing is the store, as far as it is about referrals that shoppers asked for because they were missed.
type Missing interface {
	// MissingDue lists what is to be looked at by now, the longest waiting first.
	MissingDue(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]referral.Missing, error)
	// CountMissingAdded counts what became appeals after an instant, up to atMost.
	CountMissingAdded(ctx context.Context, shop tenant.ShopID, after time.Time, atMost int) (int, error)
	// SaveMissing writes what is known of it by now; nothing where it is gone meanwhile.
	SaveMissing(ctx context.Context, m referral.Missing) error
}

// missingLease is a shop's lease for looking at what was asked for: so many a day become appeals, and no more.
const missingLease = "missing"

// Numbers of looking at what was asked for.
const (
	missingBatch = 20
	missingSoon  = time.Hour     // what fails for so long
	missingRetry = time.Hour     // is tried only so often
	missingPause = 4 * time.Hour // when enough were added today
)

// LookForMissing looks for the orders that shoppers asked about, has each that may count weighed, and adds their word to
// its friend's facts. What comes of it is for the rules to say, and for the merchant. Conflict: somebody else does.
func (s *Service) LookForMissing(ctx context.Context, shop tenant.ShopID) error {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, missingLease, s.log)
	if err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	defer giveBack()

	due, err := s.missing.MissingDue(ctx, shop, s.now(), missingBatch)
	if err != nil {
		return fmt.Errorf("orders: missing due: %w", err)
	}
	var failed error
	for _, m := range due {
		failed = errors.Join(failed, s.lookAndSave(ctx, m))
	}
	return failed
}

// lookAndSave looks at one, and saves what came of it. What fails stays due; after an hour it makes room for others.
func (s *Service) lookAndSave(ctx context.Context, m referral.Missing) error {
	failed := s.lookFor(ctx, &m)
	if failed != nil && s.now().Before(m.At.Add(missingSoon)) {
		return failed
	}
	if failed != nil {
		m.LookAt = s.now().Add(missingRetry)
	}

	if err := s.missing.SaveMissing(ctx, m); err != nil {
		return fmt.Errorf("orders: save missing: %w", err)
	}
	return failed
}

// lookFor looks at one, and notes in it what was found, and when to look again: not at all, unless the day is full.
func (s *Service) lookFor(ctx context.Context, m *referral.Missing) error {
	now := s.now()
	m.LookAt = time.Time{}
	if !now.Before(m.At.Add(referral.MissingLooksFor)) {
		return nil
	}

	found, advocate, err := s.mayCount(ctx, *m)
	if err != nil || found == "" {
		return err
	}

	added, err := s.missing.CountMissingAdded(ctx, m.Shop, now.Add(-24*time.Hour), referral.MissingAddedADay)
	if err != nil {
		return fmt.Errorf("orders: count missing: %w", err)
	}
	if added >= referral.MissingAddedADay {
		m.LookAt = now.Add(missingPause)
		return nil
	}
	return s.appeal(ctx, m, found, advocate)
}

// mayCount finds the order that is meant, and the advocate; none where it cannot count.
func (s *Service) mayCount(
	ctx context.Context, m referral.Missing,
) (found referral.OrderID, advocate referral.Advocate, err error) {
	order, err := s.shopify.OrderNamed(ctx, m.Shop, m.Order)
	if fault.Is(err, fault.NotFound) {
		return "", advocate, nil
	}
	if err != nil {
		return "", advocate, fmt.Errorf("orders: order named: %w", err)
	}

	if m.Advocate != "" {
		advocate, err = s.advocates.FindAdvocate(ctx, m.Shop, m.Advocate)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return "", advocate, fmt.Errorf("orders: find advocate: %w", err)
		}
	}
	all, err := s.store.ListCampaigns(ctx, m.Shop)
	if err != nil {
		return "", advocate, fmt.Errorf("orders: list campaigns: %w", err)
	}

	versions := map[referral.CampaignKey]referral.Campaign{}
	for _, c := range all {
		versions[c.Key()] = c
	}
	if !m.MayCount(order, advocate, versions) {
		return "", advocate, nil
	}
	return order.ID, advocate, nil
}

// appeal has the order weighed on what is known already, and adds the word of whoever asked. A friend who named nobody
// we know has their order weighed all the same.
func (s *Service) appeal(
	ctx context.Context, m *referral.Missing, found referral.OrderID, advocate referral.Advocate,
) error {
	if err := s.Refresh(ctx, m.Shop, found); err != nil {
		return err
	}
	order, err := s.store.FindOrder(ctx, m.Shop, found)
	if fault.Is(err, fault.NotFound) || err == nil && (order.Customer == "" || order.Customer.Erased()) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("orders: find order: %w", err)
	}
	if advocate.ID == "" {
		return nil
	}

	if err := s.store.RaiseFacts(ctx, m.Shop, order.Friend(), true); err != nil {
		return fmt.Errorf("orders: raise facts: %w", err)
	}
	word := referral.Appeal{Order: found, By: m.By, Advocate: advocate.ID, At: m.At}
	decided, err := s.DecideWith(ctx, m.Shop, order.Friend(), func(_ referral.Referral, f *referral.Facts) bool {
		f.Advocates[advocate.ID] = advocate
		return referral.AddAppeal(f, word)
	})
	if err != nil {
		return err
	}

	m.Found, m.Friend = found, order.Friend()
	if slices.Contains(decided.Appeals, word) {
		m.Added = s.now()
	}
	return nil
}
