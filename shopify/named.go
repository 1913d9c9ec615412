package shopify

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// namedPage is how many orders of a like name are looked at: a shop may have changed what stands around the number.
const namedPage = 5

// OrderNamed finds the order that has a name, as referral.ParseOrderName writes it; of several the latest. NotFound:
// there is none, or the app may not see it. Shopify's search finds like names too, and may drop a filter that it cannot
// use: each name is compared here. Source: shopify.dev, orders query, filter name, 2026-10.
func (g *Gateway) OrderNamed(
	ctx context.Context, shop tenant.ShopID, name string,
) (referral.NamedOrder, error) {
	var data struct {
		Orders struct {
			Nodes []struct {
				ID          string      `json:"id"`
				Name        string      `json:"name"`
				Test        bool        `json:"test"`
				ProcessedAt timestamp   `json:"processedAt"`
				Customer    *rawID      `json:"customer"`
				Journey     *rawJourney `json:"customerJourneySummary"`
			} `json:"nodes"`
		} `json:"orders"`
	}
	r, err := g.call(ctx, shop, opOrderNamed, map[string]any{"query": "name:'" + name + "'", "first": namedPage}, &data)
	if err != nil {
		return referral.NamedOrder{}, fmt.Errorf("shopify: order named: %w", err)
	}

	for _, raw := range data.Orders.Nodes {
		if !referral.SameOrderName(raw.Name, name) {
			continue
		}
		o := referral.NamedOrder{
			ID: referral.OrderID(raw.ID), Name: raw.Name, Test: raw.Test, ProcessedAt: raw.ProcessedAt.Truncate(time.Millisecond),
		}
		if raw.Customer != nil {
			o.Customer = referral.CustomerID(raw.Customer.ID)
		}
		if j := raw.Journey; j != nil && j.Ready && j.Index != nil {
			o.Index = *j.Index
		}
		if !isGID(raw.ID, "Order") || o.Customer != "" && !isGID(string(o.Customer), "Customer") {
			return referral.NamedOrder{}, g.unreadable(shop, opOrderNamed, fault.ForLog(fault.Invalid, "no order or customer id"))
		}
		return o, nil
	}
	return referral.NamedOrder{}, fmt.Errorf("shopify: order named: %w", missing(shop, opOrderNamed, r))
}
