package claims

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Missing is the store, as far as it is about referrals that shoppers asked for because they were missed.
type Missing interface {
	// AddMissing notes what somebody asks for. Conflict: they have asked for it before.
	AddMissing(ctx context.Context, m referral.Missing) error
	// FindMissing finds what was asked for before, by side, customer and order.
	FindMissing(ctx context.Context, m referral.Missing) (referral.Missing, error)
	SaveMissing(ctx context.Context, m referral.Missing) error
	// MissingOf lists what a customer asked for after an instant, the newest first.
	MissingOf(
		ctx context.Context, shop tenant.ShopID, c referral.CustomerID, after time.Time, limit int,
	) ([]referral.Missing, error)
}

// MissingRequest asks for a referral that was missed.
type MissingRequest struct {
	Shop     tenant.ShopID
	Customer referral.CustomerID // signed; required
	By       referral.Side       // FriendSide: it is their own order; AdvocateSide: it is a friend's
	Order    string              // the order's name, as they type it
	Sent     string              // of a friend: the link or code of who sent them, in any form
	At       time.Time           // signed proxy time
}

// MissingView is one that was asked for, and how it stands.
type MissingView struct {
	By    referral.Side
	Order string
	At    time.Time
	State referral.MissingState
}

// AskMissing notes that somebody asks for a referral that was missed. It is looked at later, so that the answer is the
// same in the same time, whatever there is to find: an order that does not exist, another's, one that is too old or
// counts for somebody else. Asked again it says how it stands; only a friend who had named nobody we know may name another.
//
// Errors: Unauthorized (nobody is signed in), Invalid (no order's name), NotFound (an advocate's word, and they have not
// joined), Limited (they asked for many today).
func (s *Service) AskMissing(ctx context.Context, r MissingRequest) (MissingView, error) {
	asked, err := s.missingOf(ctx, r)
	if err != nil {
		return MissingView{}, err
	}

	known, err := s.missing.FindMissing(ctx, asked)
	switch {
	case err == nil:
		asked, err = s.askAgain(ctx, known, asked)
	case fault.Is(err, fault.NotFound):
		err = s.askFirst(ctx, asked)
	}
	if err != nil {
		return MissingView{}, fmt.Errorf("claims: ask for a missing referral: %w", err)
	}

	s.bell.LookForMissing(ctx, r.Shop)
	return s.missingView(ctx, asked)
}

// missingOf reads what is asked for, and whom it names.
func (s *Service) missingOf(ctx context.Context, r MissingRequest) (referral.Missing, error) {
	asked := referral.Missing{Shop: r.Shop, By: r.By, Customer: r.Customer, At: r.At, LookAt: r.At}
	if r.Customer == "" {
		return asked, fault.New(fault.Unauthorized, "sign_in")
	}
	var err error
	if asked.Order, err = referral.ParseOrderName(r.Order); err != nil {
		return asked, err
	}
	if _, err := s.store.FindShop(ctx, r.Shop); err != nil {
		return asked, fmt.Errorf("claims: find shop: %w", err)
	}

	var advocate referral.Advocate
	if r.By == referral.AdvocateSide {
		advocate, err = s.advocates.FindAdvocateByCustomer(ctx, r.Shop, r.Customer)
	} else {
		advocate, err = s.advocates.FindAdvocateByCode(ctx, r.Shop, referral.ParseSent(r.Sent))
		if fault.Is(err, fault.NotFound) { // no stranger learns which codes there are
			err = nil
		}
	}
	if err != nil {
		return asked, fmt.Errorf("claims: find advocate: %w", err)
	}
	asked.Advocate = advocate.ID
	return asked, nil
}

// askAgain keeps what was asked for before; a name that we know takes the place of one that we did not.
func (s *Service) askAgain(ctx context.Context, known, asked referral.Missing) (referral.Missing, error) {
	if known.Advocate != "" || asked.Advocate == "" {
		return known, nil
	}
	known.Advocate, known.LookAt = asked.Advocate, asked.LookAt
	return known, s.missing.SaveMissing(ctx, known)
}

// askFirst notes it, unless the customer has asked for many within a day.
func (s *Service) askFirst(ctx context.Context, asked referral.Missing) error {
	today, err := s.missing.MissingOf(ctx, asked.Shop, asked.Customer, asked.At.Add(-24*time.Hour), referral.MissingADay)
	if err != nil {
		return err
	}
	if len(today) >= referral.MissingADay {
		return &fault.Error{Kind: fault.Limited, Code: "missing_often", RetryAfter: time.Hour}
	}

	err = s.missing.AddMissing(ctx, asked)
	if fault.Is(err, fault.Conflict) { // by another request, just now
		return nil
	}
	return err
}

// missingView says how one stands. It asks for a referral also where none was found: what takes another time tells.
func (s *Service) missingView(ctx context.Context, m referral.Missing) (MissingView, error) {
	found, err := s.store.FindReferral(ctx, m.Shop, m.Friend)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return MissingView{}, fmt.Errorf("claims: find referral: %w", err)
	}
	return MissingView{By: m.By, Order: m.Order, At: m.At, State: m.StateAt(found, s.now())}, nil
}

// maxMissing is how many of what they asked for a customer is shown, and for how long.
const (
	maxMissing   = 5
	missingShown = 90 * 24 * time.Hour
)

// pageMissing adds what the signed-in customer has asked for, and how that stands.
func (s *Service) pageMissing(ctx context.Context, view *PageView, r PageRequest) error {
	if r.Customer == "" {
		return nil
	}
	asked, err := s.missing.MissingOf(ctx, r.Shop, r.Customer, s.now().Add(-missingShown), maxMissing)
	if err != nil {
		return fmt.Errorf("claims: missing of customer: %w", err)
	}
	for _, m := range asked {
		one, err := s.missingView(ctx, m)
		if err != nil {
			return err
		}
		view.Missing = append(view.Missing, one)
	}
	return nil
}
