package orders

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// disputesPages is how often Shopify is asked in a round. What remains is still due in the next one. The margin is more
// than our clock and Shopify's may differ: what is read of an order that is asked for is dated after it was due.
const (
	disputesPages  = 10
	disputesMargin = time.Minute
)

// WatchDisputes asks for the disputes of the orders for which that is due, and looks at those of which they changed. An
// order that Shopify does not show any more, as it is older than the 60 days that the app may see, stays as it is:
// nothing is known of it.
func (s *Service) WatchDisputes(ctx context.Context, shop tenant.ShopID) error {
	for range disputesPages {
		due, err := s.store.DisputesDue(ctx, shop, s.now().Add(-disputesMargin), referral.DisputesPage)
		if err != nil {
			return fmt.Errorf("orders: disputes due: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		if err := s.askDisputes(ctx, shop, due); err != nil {
			return err
		}
		if len(due) < referral.DisputesPage {
			return nil
		}
	}

	return nil
}

// askDisputes is WatchDisputes for one page. An order is put off only after it was looked at to the end. One that was
// read since it was due, and not put off, is looked at again: a worker may have stopped between reading and deciding.
func (s *Service) askDisputes(ctx context.Context, shop tenant.ShopID, due []referral.DisputedOrder) error {
	ids := make([]referral.OrderID, len(due))
	for i, o := range due {
		ids[i] = o.ID
	}
	shown, err := s.shopify.ReadDisputes(ctx, shop, ids)
	if err != nil {
		return fmt.Errorf("orders: read disputes: %w", err)
	}

	for _, o := range due {
		disputes, seen := shown[o.ID]
		changed := seen && !slices.Equal(disputes, o.Disputes)
		if changed {
			o.Disputes = disputes
		}
		if changed || !o.ReadAt.Before(o.Due) {
			if err := s.Refresh(ctx, shop, o.ID); err != nil && !s.PassOver(ctx, shop, o.ID, err) {
				return err
			}
		}
		if err := s.store.PutOffDisputes(ctx, shop, o.ID, o.Due, o.DisputesDue(s.now())); err != nil {
			return fmt.Errorf("orders: put off disputes: %w", err)
		}
	}
	return nil
}
