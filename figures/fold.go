package figures

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Counted is a referral, and what it was last counted as.
type Counted struct {
	Referral referral.Referral // what its figures rest on; the rest may be missing
	As       []Part
}

// Recount is a referral that counts for something else now.
type Recount struct {
	Counted Counted // as it was read
	Was, Is []Part
	Until   time.Time // when it is to be counted again, whether or not it is decided anew; zero: never
}

// Store keeps the sums. Every method is about one shop. Errors: NotFound, Conflict, Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	// Uncounted lists up to limit referrals that are to be counted at now, the longest waiting first.
	Uncounted(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]Counted, error)
	// SaveCounted notes what the referrals count for and adds the difference to the books, all or nothing, and only
	// while the lease is held. Conflict: a referral was decided anew meanwhile, or the lease was lost.
	SaveCounted(ctx context.Context, lease tenant.Lease, all []Recount, difference Books) error
	// RecountAll has all of the shop's referrals counted anew, by days in the given time zone from now on.
	RecountAll(ctx context.Context, lease tenant.Lease, zone string) error
	// CountedAs is what the shop's referrals were last counted as, in the order of their keys: a page of limit friends
	// after one, "" for the first.
	CountedAs(ctx context.Context, shop tenant.ShopID, after referral.FriendID, limit int) ([]Counted, error)
	// ReadBooks reads all that is kept of a shop.
	ReadBooks(ctx context.Context, shop tenant.ShopID) (Books, error)
	// AdvocatesOn lists what orders of some days came to, by advocate.
	AdvocatesOn(ctx context.Context, shop tenant.ShopID, days ...string) ([]Part, error)
	// SaveTurn adds to the books, and notes up to which day the spans are and when that ends, all or nothing, and only
	// while the lease is held.
	SaveTurn(ctx context.Context, lease tenant.Lease, today string, ends time.Time, difference Books) error
	// CorrectBooks adds to the books, all or nothing, and only while the lease is held.
	CorrectBooks(ctx context.Context, lease tenant.Lease, difference Books) error

	tenant.Leases
}

// Service keeps the books. It holds no state of its own.
type Service struct {
	store Store
	now   func() time.Time
	log   *slog.Logger
}

// New wires it; now is the business clock.
func New(store Store, now func() time.Time, log *slog.Logger) *Service {
	return &Service{store, now, log}
}

// foldBatch is how many referrals one transaction counts. foldTries is how often it is made anew because some of them
// were decided meanwhile, after a pause that grows by foldPause each time: whoever decides has to get done.
const (
	foldBatch = 200
	foldTries = 10
	foldPause = 20 * time.Millisecond
)

// LeaseName is of the lease that whoever changes a shop's books holds.
const LeaseName = "figures"

// hold takes the lease. Limited: somebody else is at the books; come back in a second.
func (s *Service) hold(ctx context.Context, shop tenant.ShopID) (tenant.Lease, func(), error) {
	l, giveBack, err := tenant.Hold(ctx, s.store, shop, LeaseName, s.log)
	if fault.Is(err, fault.Conflict) {
		return l, nil, &fault.Error{Kind: fault.Limited, Err: err, RetryAfter: time.Second}
	}
	if err != nil {
		return l, nil, fmt.Errorf("figures: %w", err)
	}
	return l, giveBack, nil
}

// Fold counts all of the shop's referrals that were decided since they were counted, or whose time has come, once its
// spans are up to today. It may be run at any time, and be broken off anywhere: what was counted is noted in the
// transaction that adds it. Limited: the books are being worked on.
func (s *Service) Fold(ctx context.Context, shop tenant.ShopID) error {
	l, giveBack, err := s.hold(ctx, shop)
	if err != nil {
		return err
	}
	defer giveBack()

	found, err := s.store.FindShop(ctx, shop)
	if fault.Is(err, fault.NotFound) { // it was erased
		return nil
	}
	if err != nil {
		return fmt.Errorf("figures: find shop: %w", err)
	}

	if zone := found.Profile.TimeZone; found.FiguresZone != zone {
		if err := s.store.RecountAll(ctx, l, zone); err != nil {
			return fmt.Errorf("figures: recount all: %w", err)
		}
	}
	_, err = s.fold(ctx, l, found)
	return err
}

// fold turns the spans to today, and counts until nothing is left to count.
func (s *Service) fold(ctx context.Context, l tenant.Lease, shop tenant.Shop) (today string, err error) {
	if today, err = s.turn(ctx, l, shop); err != nil {
		return "", err
	}

	for lost := 0; lost < foldTries; {
		n, err := s.foldSome(ctx, l, shop, today)
		switch {
		case fault.Is(err, fault.Conflict):
			lost++
			if err := fault.Pause(ctx, time.Duration(lost)*foldPause); err != nil {
				return "", err
			}
		case err != nil:
			return "", err
		case n < foldBatch:
			return today, nil
		default:
			lost = 0
		}
	}
	return "", fault.ForLog(fault.Unavailable, "the referrals to count keep moving")
}

// foldSome counts one batch, and returns how many they were.
func (s *Service) foldSome(ctx context.Context, l tenant.Lease, shop tenant.Shop, today string) (int, error) {
	now := s.now()
	due, err := s.store.Uncounted(ctx, shop.ID, now, foldBatch)
	if err != nil || len(due) == 0 {
		return 0, err
	}

	all := make([]Recount, len(due))
	for i, c := range due {
		all[i] = Recount{Counted: c, Was: c.As}
		all[i].Is, all[i].Until = Of(c.Referral, shop.Profile.Location(), now)
	}

	if err := s.store.SaveCounted(ctx, l, all, Difference(all, today)); err != nil {
		return 0, fmt.Errorf("figures: save counted: %w", err)
	}
	return len(due), nil
}

// Rebuild counts every referral of the shop anew, and puts right what the books have other than the sum of that. It
// returns what was wrong: nothing, unless the program or somebody at the database has made a mistake.
func (s *Service) Rebuild(ctx context.Context, shop tenant.ShopID) (wrong Books, err error) {
	l, giveBack, err := s.hold(ctx, shop)
	if err != nil {
		return Books{}, err
	}
	defer giveBack()

	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return Books{}, fmt.Errorf("figures: find shop: %w", err)
	}

	if err := s.store.RecountAll(ctx, l, found.Profile.TimeZone); err != nil {
		return Books{}, fmt.Errorf("figures: recount all: %w", err)
	}
	today, err := s.fold(ctx, l, found)
	if err != nil {
		return Books{}, err
	}
	return s.correct(ctx, l, today)
}

// correctPage is how many referrals are read at a time.
const correctPage = 1000

// correct compares the books with what all referrals were counted as. Nobody counts meanwhile: the lease is held.
func (s *Service) correct(ctx context.Context, l tenant.Lease, today string) (wrong Books, err error) {
	days, advocates, spans := map[Key]Sums{}, map[Key]Sums{}, spansAt(today)
	for after := referral.FriendID(""); ; {
		page, err := s.store.CountedAs(ctx, l.Shop, after, correctPage)
		if err != nil {
			return Books{}, fmt.Errorf("figures: counted as: %w", err)
		}
		for _, c := range page {
			add(days, advocates, c.As, spans, 1)
			after = c.Referral.Friend
		}
		if len(page) < correctPage {
			break
		}
	}

	kept, err := s.store.ReadBooks(ctx, l.Shop)
	if err != nil {
		return Books{}, fmt.Errorf("figures: read books: %w", err)
	}
	for _, p := range kept.Days {
		into(days, p.Key, p.Sums, -1)
	}
	for _, p := range kept.Advocates {
		into(advocates, p.Key, p.Sums, -1)
	}

	wrong = Books{parts(days), parts(advocates)}
	if len(wrong.Days)+len(wrong.Advocates) == 0 {
		return wrong, nil
	}
	return wrong, s.store.CorrectBooks(ctx, l, wrong)
}
