package orders

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// oldestShown is how far back Shopify shows orders without another scope. Source: shopify.dev, read_all_orders.
const oldestShown = 60 * 24 * time.Hour

// HasSold tells whether anybody has bought in the shop lately: then its advocates can be asked to buy first. Where Shopify does not say, they
// are.
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
