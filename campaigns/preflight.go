package campaigns

import (
	"context"
	"fmt"
	"time"

	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// Preflight is how the friend's code gets on with the shop's live discounts.
type Preflight struct {
	Order money.Amount // on which they are tried
	Cases []referral.Beside
	More  bool // there are others, which were not looked at
	At    time.Time
}

// Preflight asks Shopify for the shop's live discounts, and judges the friend's code beside each.
func (s *Service) Preflight(ctx context.Context, shop tenant.ShopID, terms referral.Terms) (Preflight, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Preflight{}, err
	}
	order, err := terms.SampleOrder(currency)
	if err != nil {
		return Preflight{}, fmt.Errorf("campaigns: sample order: %w", err)
	}
	live, more, err := s.shopify.LiveDiscounts(ctx, shop)
	if err != nil {
		return Preflight{}, fmt.Errorf("campaigns: live discounts: %w", err)
	}

	out := Preflight{Order: order, More: more, At: s.now()}
	for _, own := range live {
		beside, err := terms.BesideOwn(own, order)
		if err != nil {
			return Preflight{}, fmt.Errorf("campaigns: beside a discount: %w", err)
		}
		out.Cases = append(out.Cases, beside)
	}
	return out, nil
}
