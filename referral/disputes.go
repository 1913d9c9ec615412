package referral

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/tenant"
)

// Disputes open and end with nothing else changing on the order: Shopify moves no updatedAt and sends an app like this nothing. So orders are
// asked for their disputes again: daily while one is open, else weekly for as long as one may be opened. A card holder has 120 days from the payment
// in most cases; two weeks are for the bank. What is open after a year is not waited for. Source: Visa and Mastercard, dispute time limits;
// shopify.dev, OrderDisputeSummary, 2026-10.
const (
	openPause       = 24 * time.Hour
	quietPause      = 7 * 24 * time.Hour
	DisputesOpenFor = 365 * 24 * time.Hour        // after the payment, while one is open
	disputableFor   = (120 + 14) * 24 * time.Hour // after the payment, while none is
)

// DisputesPage is how many orders Shopify is asked about at once.
const DisputesPage = 100

// disputesPages is how often Shopify is asked in a round. What remains is still due in the next one. The margin is more than our clock and
// Shopify's may differ: what is read of an order that is asked for is dated after it was due.
const (
	disputesPages  = 10
	disputesMargin = time.Minute
)

// DisputesDue is when Shopify is to be asked again for the disputes of an order that it was last asked for at the given time. Zero: never.
func (o Order) DisputesDue(asked time.Time) time.Time {
	if o.Test || o.Gone {
		return time.Time{}
	}

	pause, watched := quietPause, disputableFor
	if slices.ContainsFunc(o.Disputes, Dispute.open) {
		pause, watched = openPause, DisputesOpenFor
	}

	next := asked.Add(pause)
	if !next.Before(later(o.ProcessedAt, o.PaidAt()).Add(watched)) {
		return time.Time{}
	}
	return next
}

// open tells whether a dispute may still end. A status that Shopify adds later counts as open. Source: shopify.dev, DisputeStatus, 2026-10.
func (d Dispute) open() bool {
	switch d.Status {
	case "ACCEPTED", "CHARGE_REFUNDED", "LOST", "PREVENTED", "WON":
		return false
	}
	return true
}

// DisputedOrder is an order that is due to be asked for its disputes. Of the order there is only what tells when to ask again.
type DisputedOrder struct {
	Order
	Due time.Time
}

// WatchDisputes asks for the disputes of the orders for which that is due, and looks at those of which they changed. An order that Shopify does not
// show any more, as it is older than the 60 days that the app may see, stays as it is: nothing is known of it.
func (s *Service) WatchDisputes(ctx context.Context, shop tenant.ShopID) error {
	for range disputesPages {
		due, err := s.store.DisputesDue(ctx, shop, s.now().Add(-disputesMargin), DisputesPage)
		if err != nil {
			return fmt.Errorf("referral: disputes due: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		if err := s.askDisputes(ctx, shop, due); err != nil {
			return err
		}
		if len(due) < DisputesPage {
			return nil
		}
	}
	return nil
}

// askDisputes is WatchDisputes for one page. An order is put off only after it was looked at to the end. One that was read since it was due, and
// not put off, is looked at again: a worker may have stopped between reading and deciding.
func (s *Service) askDisputes(ctx context.Context, shop tenant.ShopID, due []DisputedOrder) error {
	ids := make([]OrderID, len(due))
	for i, o := range due {
		ids[i] = o.ID
	}
	shown, err := s.shopify.ReadDisputes(ctx, shop, ids)
	if err != nil {
		return fmt.Errorf("referral: read disputes: %w", err)
	}

	for _, o := range due {
		disputes, seen := shown[o.ID]
		changed := seen && !slices.Equal(disputes, o.Disputes)
		if changed {
			o.Disputes = disputes
		}
		if changed || !o.ReadAt.Before(o.Due) {
			if err := s.Look(ctx, shop, o.ID); err != nil && !s.passOver(ctx, shop, o.ID, err) {
				return err
			}
		}
		if err := s.store.PutOffDisputes(ctx, shop, o.ID, o.Due, o.DisputesDue(s.now())); err != nil {
			return fmt.Errorf("referral: put off disputes: %w", err)
		}
	}
	return nil
}
