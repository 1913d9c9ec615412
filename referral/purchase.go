package referral

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/tenant"
)

// An advocate's own purchase (Terms.BuysFirst) is a fact about the advocate. Shopify is asked once, when a reward first waits for it; from then
// on the advocate's orders are looked at like those of friends, so that one that stands is seen whenever it comes.

// askAdvocates asks about the advocates of whom the referral's orders need to know it.
func (s *Service) askAdvocates(ctx context.Context, r Referral) error {
	for _, id := range r.waitingFor(ReasonBuysAsked) {
		if err := s.askAdvocate(ctx, r, id); err != nil {
			return err
		}
	}
	return nil
}

// askAdvocate asks Shopify whether an advocate has bought. The question is written down first: an order that is placed meanwhile is looked at.
func (s *Service) askAdvocate(ctx context.Context, r Referral, id AdvocateID) error {
	a, err := s.store.AwaitPurchase(ctx, r.Shop, id, s.now())
	if err != nil {
		return fmt.Errorf("referral: await purchase: %w", err)
	}
	if a.Purchase != PurchaseNotAsked { // another friend's referral has asked
		return s.notePurchase(ctx, r.Shop, id, a.Purchase)
	}

	now := s.now()
	history, err := s.historyOf(ctx, r.Shop, a.Customer)
	silent := fault.Is(err, fault.NotFound) || withheld(err)
	switch {
	case err != nil && !silent:
		return fmt.Errorf("referral: read customer: %w", err)
	case err == nil && history.Stands():
		return s.notePurchase(ctx, r.Shop, id, PurchaseSeen)
	case err == nil:
		return s.notePurchase(ctx, r.Shop, id, PurchaseNone)
	case now.Sub(a.PurchaseAsked) >= askFor:
		return s.notePurchase(ctx, r.Shop, id, PurchaseUnknown)
	}
	_, err = s.conclude(ctx, r.Shop, r.Friend, func(_ Referral, f *Facts) bool {
		f.AskAt = askAgain(now, now.Sub(a.PurchaseAsked))
		return true
	})
	return err
}

// noteBuyer notes that an order's customer has bought, if that is an advocate and the order stands.
func (s *Service) noteBuyer(ctx context.Context, o Order) error {
	if !o.Stands() || o.Gone {
		return nil
	}
	a, err := s.store.FindAdvocateByCustomer(ctx, o.Shop, o.Customer)
	switch {
	case fault.Is(err, fault.NotFound) || a.Purchase == PurchaseSeen:
		return nil
	case err != nil:
		return fmt.Errorf("referral: find advocate: %w", err)
	}
	return s.notePurchase(ctx, o.Shop, a.ID, PurchaseSeen)
}

// notePurchase adds what is known of an advocate's purchases to the facts, and has all decided again that wait for it.
func (s *Service) notePurchase(ctx context.Context, shop tenant.ShopID, id AdvocateID, purchase Purchase) error {
	if err := s.store.NotePurchase(ctx, shop, id, purchase); err != nil {
		return fmt.Errorf("referral: note purchase: %w", err)
	}
	friends, err := s.store.RaiseFactsWaiting(ctx, shop, id)
	if err != nil {
		return fmt.Errorf("referral: raise facts: %w", err)
	}
	for _, friend := range friends {
		s.bell.Decide(ctx, shop, friend)
	}
	return nil
}
