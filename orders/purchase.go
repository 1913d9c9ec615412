package orders

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// askAdvocates asks about the advocates of whom the referral's orders need to know it.
func (s *Service) askAdvocates(ctx context.Context, r referral.Referral) error {
	for _, id := range r.WaitingFor(referral.ReasonBuysAsked) {
		if err := s.askAdvocate(ctx, r, id); err != nil {
			return err
		}
	}
	return nil
}

// askAdvocate asks Shopify whether an advocate has bought. The question is written down first: an order that is placed
// meanwhile is looked at.
func (s *Service) askAdvocate(ctx context.Context, r referral.Referral, id referral.AdvocateID) error {
	a, err := s.advocates.AwaitPurchase(ctx, r.Shop, id, s.now())
	if err != nil {
		return fmt.Errorf("orders: await purchase: %w", err)
	}
	if a.Purchase != referral.PurchaseNotAsked { // another friend's referral has asked
		return s.notePurchase(ctx, r.Shop, id, a.Purchase)
	}

	now := s.now()
	history, err := s.historyOf(ctx, r.Shop, a.Customer)
	silent := fault.Is(err, fault.NotFound) || Withheld(err)
	switch {
	case err != nil && !silent:
		return fmt.Errorf("orders: read customer: %w", err)
	case err == nil && history.Stands():
		return s.notePurchase(ctx, r.Shop, id, referral.PurchaseSeen)
	case err == nil:
		return s.notePurchase(ctx, r.Shop, id, referral.PurchaseNone)
	case now.Sub(a.PurchaseAsked) >= askFor:
		return s.notePurchase(ctx, r.Shop, id, referral.PurchaseUnknown)
	}
	_, err = s.DecideWith(ctx, r.Shop, r.Friend, func(_ referral.Referral, f *referral.Facts) bool {
		f.AskAt = askAgain(now, now.Sub(a.PurchaseAsked))
		return true
	})
	return err
}

// nameGuest notes who the guest is who joined with the order. A customer who is an advocate already stays that one: the
// guest's link goes on, and what it earns is the guest's until somebody proves to be both.
func (s *Service) nameGuest(ctx context.Context, o referral.Order) error {
	_, err := s.advocates.TieAdvocate(ctx, o.Shop, o.ID, o.Customer)
	if err == nil || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) {
		return nil
	}
	return fmt.Errorf("orders: name guest: %w", err)
}

// nameGuests notes that an order which was paid has the address with which guests joined: what that has earned need wait
// no longer, and is told by a mail to the order's own address.
func (s *Service) nameGuests(ctx context.Context, o referral.Order) error {
	if len(o.Emails) == 0 || !o.Bought() {
		return nil
	}

	guests, err := s.advocates.NameGuests(ctx, o.Shop, o.Emails, referral.Naming{Order: o.ID, At: o.ProcessedAt})
	if err != nil {
		return fmt.Errorf("orders: name guests: %w", err)
	}
	for _, id := range guests {
		if err := s.advocates.RaiseFactsOf(ctx, o.Shop, id); err != nil {
			return fmt.Errorf("orders: raise facts: %w", err)
		}
	}
	return nil
}

// noteAdvocate has an advocate's friends looked at again when an order of the advocate's own is seen, and notes that the
// advocate has bought if it stands.
func (s *Service) noteAdvocate(ctx context.Context, o referral.Order) error {
	a, err := s.advocates.FindAdvocateByCustomer(ctx, o.Shop, o.Customer)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("orders: find advocate: %w", err)
	}

	if o.Stands() && !o.Gone && a.Purchase != referral.PurchaseSeen {
		if err := s.notePurchase(ctx, o.Shop, a.ID, referral.PurchaseSeen); err != nil {
			return err
		}
	}
	return s.lookAround(ctx, o.Shop, a.ID, o.Friend())
}

// lookAround has all looked at again who wait and came by an advocate's link, but for one friend.
func (s *Service) lookAround(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, but referral.FriendID,
) error {
	if err := s.store.RaiseAround(ctx, shop, referral.Look{Links: []referral.AdvocateID{id}}, but); err != nil {
		return fmt.Errorf("orders: raise around: %w", err)
	}
	return nil
}

// notePurchase adds what is known of an advocate's purchases to the facts, and has all decided again that wait for it, or
// came by the advocate's link: who has bought nothing is judged otherwise.
func (s *Service) notePurchase(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, purchase referral.Purchase,
) error {
	if err := s.advocates.NotePurchase(ctx, shop, id, purchase); err != nil {
		return fmt.Errorf("orders: note purchase: %w", err)
	}

	friends, err := s.advocates.RaiseFactsWaiting(ctx, shop, id)
	if err != nil {
		return fmt.Errorf("orders: raise facts: %w", err)
	}

	for _, friend := range friends {
		s.bell.Decide(ctx, shop, friend)
	}
	return s.lookAround(ctx, shop, id, "")
}
