package orders

import (
	"context"
	"fmt"

	"twofold/referral"
	"twofold/tenant"
)

// Numbers of looking again: how many friends at once of whom others see something else, and how often in one run.
const (
	lookBatch = 500
	lookRuns  = 20
)

// LookAgain has everybody decided about again who waits and sees something else of somebody than before: other friends of
// the same links, of the friend's own link, and who shares a card, a telephone or a mailbox. It only notes it: the sweep of
// what is undecided does the rest. So a link that many come by at once costs one decision for each of them a run, and not
// one for each of them an order.
func (s *Service) LookAgain(ctx context.Context, shop tenant.ShopID) error {
	for range lookRuns {
		found, err := s.store.ToLook(ctx, shop, lookBatch)
		if err != nil || len(found) == 0 {
			return err
		}
		if err := s.lookAgain(ctx, shop, found); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) lookAgain(ctx context.Context, shop tenant.ShopID, found []referral.Looked) error {
	var look referral.Look
	var customers []referral.CustomerID
	for _, one := range found {
		look.Links, look.Ties = append(look.Links, one.Look.Links...), append(look.Ties, one.Look.Ties...)
		customers = append(customers, one.Friend.Customer())
	}
	own, err := s.advocates.AdvocatesByCustomers(ctx, shop, customers)
	if err != nil {
		return fmt.Errorf("orders: advocates of friends: %w", err)
	}
	look.Links = append(look.Links, own...)

	// One alone has seen the others already. Of several each may have been decided about before another was.
	var but referral.FriendID
	if len(found) == 1 {
		but = found[0].Friend
	}
	if err := s.store.RaiseAround(ctx, shop, look, but); err != nil {
		return fmt.Errorf("orders: raise around: %w", err)
	}
	if err := s.store.NoteLooked(ctx, shop, found); err != nil {
		return fmt.Errorf("orders: note looked: %w", err)
	}
	return nil
}
