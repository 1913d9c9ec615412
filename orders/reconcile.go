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

// OrdersLease is the one lease a shop has for what must not run twice at once over its orders: reconciling and
// releasing.
const OrdersLease = "orders"

// Numbers of a reconcile. The overlap covers changes that Shopify's order search shows late.
const (
	reconcileOverlap  = 10 * time.Minute
	reconcileAtMost   = time.Minute // on demand, not more often than this
	reconcileMaxPages = 400         // of 50 orders; Shopify pages as far as 25,000 (platform limit)
)

// Reconcile asks Shopify for the orders changed since the last time, and looks at those that may matter and that no
// webhook told of. mended counts them. Conflict: somebody else holds the shop's lease.
func (s *Service) Reconcile(ctx context.Context, shop tenant.ShopID) (mended int, err error) {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, OrdersLease, s.log)
	if err != nil {
		return 0, fmt.Errorf("orders: %w", err)
	}
	defer giveBack()
	return s.reconcile(ctx, shop)
}

func (s *Service) reconcile(ctx context.Context, shop tenant.ShopID) (mended int, err error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return 0, fmt.Errorf("orders: find shop: %w", err)
	}
	var started time.Time
	query := referral.ChangedQuery{Since: reconcileFrom(found), Size: referral.ChangedPageSize}
	for range reconcileMaxPages {
		page, size, err := s.changedPage(ctx, shop, query)
		if err != nil {
			return mended, fmt.Errorf("orders: changed orders: %w", err)
		}
		if started.IsZero() {
			started = page.At
		}
		n, err := s.mend(ctx, shop, page.Orders)
		if mended += n; err != nil {
			return mended, err
		}
		if page.Next == "" {
			return mended, s.reconciled(ctx, shop, started, started, mended)
		}
		query.Cursor, query.Size = page.Next, min(2*size, referral.ChangedPageSize)

		// So that a long one that is cut off goes on from here: never back by the overlap, which might be more than one
		// gets done.
		certain := referral.Sooner(page.Last, page.At.Add(-reconcileOverlap))
		if err := s.reconciled(ctx, shop, certain, time.Time{}, 0); err != nil {
			return mended, err
		}
	}
	return mended, fault.ForLog(fault.Unavailable, "many orders have changed; the next reconcile goes on")
}

// reconcileFrom is where the next reconcile begins: before the end of the last complete one, or where one was cut off.
func reconcileFrom(shop tenant.Shop) time.Time {
	switch through := shop.ReconciledThrough; {
	case through.IsZero():
		return shop.InstalledAt.Add(-reconcileOverlap)
	case through.After(shop.ReconciledAt):
		return through
	default:
		return through.Add(-reconcileOverlap)
	}
}

// changedPage reads a page of changed orders, and tells of how many it is at most. One that is too large is asked for
// in halves, down to a single order, and that one at last without its cart attributes: one order never stops a shop.
func (s *Service) changedPage(
	ctx context.Context, shop tenant.ShopID, q referral.ChangedQuery,
) (page referral.ChangedPage, size int, err error) {
	for {
		page, err = s.shopify.ChangedOrders(ctx, shop, q)
		switch {
		case !fault.Is(err, fault.TooLarge) || q.Bare:
			return page, q.Size, err
		case q.Size > 1:
			q.Size /= 2
		default:
			q.Bare = true
		}
	}
}

// reconciled notes how far a reconcile has come, and at its end when it started.
func (s *Service) reconciled(ctx context.Context, shop tenant.ShopID, through, started time.Time, mended int) error {
	if err := s.store.SaveReconciled(ctx, shop, through, started); err != nil {
		return fmt.Errorf("orders: save reconciled: %w", err)
	}
	if mended > 0 {
		s.log.WarnContext(ctx, "reconcile mended orders", "shop", shop, "count", mended)
	}
	return nil
}

// mend looks at those orders of a page that matter, and counts those of which no webhook had told the latest.
func (s *Service) mend(ctx context.Context, shop tenant.ShopID, page []referral.Nominee) (mended int, err error) {
	nominees, err := s.Nominated(ctx, shop, page)
	if err != nil {
		return 0, fmt.Errorf("orders: nominate: %w", err)
	}

	for _, n := range nominees {
		news, err := s.refreshed(ctx, shop, n.Order)
		if err != nil && !s.PassOver(ctx, shop, n.Order, err) {
			return mended, err
		}
		if news {
			mended++
		}
	}

	return mended, nil
}

// refreshed looks at an order and tells whether that told anything newer than what was kept.
func (s *Service) refreshed(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (bool, error) {
	before, err := s.store.FindOrder(ctx, shop, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("orders: find order: %w", err)
	}

	if err := s.Refresh(ctx, shop, id); err != nil {
		return false, err
	}

	after, err := s.store.FindOrder(ctx, shop, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("orders: find order: %w", err)
	}

	return after.UpdatedAt.After(before.UpdatedAt), nil
}

// PassOver tells whether an error is this order's own: it can never be read or decided. It must not stop the shop's
// other orders, and its own friend is not rewarded without a fresh snapshot. What another try may mend is not passed
// over, nor what MongoDB refused: the watermark would move past an order that nobody has looked at.
func (s *Service) PassOver(ctx context.Context, shop tenant.ShopID, id referral.OrderID, err error) bool {
	kind := fault.KindOf(err)
	if !errors.Is(err, ErrOfOrder) || kind == fault.Unavailable || kind == fault.Limited || kind == fault.Unauthorized {
		return false
	}
	s.log.ErrorContext(ctx, "order passed over", "shop", shop, "order_id", id, "kind", kind, "err", err)
	return true
}

// ReconciledFor makes sure that a complete reconcile has started since the given time, at most once a minute, and
// returns when the latest one started, by Shopify's clock.
func (s *Service) ReconciledFor(ctx context.Context, shop tenant.ShopID, since time.Time) (time.Time, error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return time.Time{}, fmt.Errorf("orders: find shop: %w", err)
	}

	enough := !found.ReconciledAt.Before(since)
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

// oldestShown is how far back Shopify shows orders without another scope. Source: shopify.dev, read_all_orders.
const oldestShown = 60 * 24 * time.Hour

// HasSold tells whether anybody has bought in the shop lately: then its advocates can be asked to buy first. Where
// Shopify does not say, they are.
func (s *Service) HasSold(ctx context.Context, shop tenant.ShopID) (bool, error) {
	page, _, err := s.changedPage(ctx, shop, referral.ChangedQuery{Since: s.now().Add(-oldestShown), Size: referral.ChangedPageSize})
	if Withheld(err) {
		return true, nil
	}

	if err != nil {
		return false, fmt.Errorf("orders: changed orders: %w", err)
	}

	return slices.ContainsFunc(page.Orders, func(n referral.Nominee) bool { return n.Customer != "" }), nil
}
