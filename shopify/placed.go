package shopify

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// ReadPlaced reads who placed an order. NotFound: the shop has no such order (yet), or it is older than the app may
// see. It serves somebody who waits, and goes before what workers ask.
func (g *Gateway) ReadPlaced(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID,
) (referral.Placed, error) {
	if !isGID(string(id), "Order") {
		return referral.Placed{}, fault.ForLog(fault.Invalid, "not an order id")
	}

	var data struct {
		Order *struct {
			ID           string `json:"id"`
			Confirmation string `json:"confirmationNumber"`
			Customer     *rawID `json:"customer"`
		} `json:"order"`
	}
	r, err := g.call(Interactive(ctx), shop, opOrderPlaced, map[string]any{"id": id}, &data)
	if err == nil && data.Order == nil {
		err = missing(shop, opOrderPlaced, r)
	}
	if err != nil {
		return referral.Placed{}, fmt.Errorf("shopify: read placed: %w", err)
	}

	placed := referral.Placed{Order: id, Confirmation: data.Order.Confirmation}
	if data.Order.Customer != nil {
		placed.Customer = referral.CustomerID(data.Order.Customer.ID)
	}
	if data.Order.ID != string(id) || placed.Customer != "" && !isGID(string(placed.Customer), "Customer") {
		return referral.Placed{}, g.unreadable(shop, opOrderPlaced, fault.ForLog(fault.Invalid, "another order, or no customer id"))
	}
	return placed, nil
}
