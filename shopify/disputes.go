package shopify

import (
	"context"
	"fmt"
	"strconv"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// disputesCost is what asking for the disputes of so many orders costs; see operations.go.
func disputesCost(orders int) float64 { return float64(2 * orders) }

// ReadDisputes reads the disputes of up to referral.DisputesPage orders. Orders that Shopify does not show are left
// out.
func (g *Gateway) ReadDisputes(
	ctx context.Context, shop tenant.ShopID, ids []referral.OrderID,
) (map[referral.OrderID][]referral.Dispute, error) {
	op := opOrderDisputes.sized(strconv.Itoa(len(ids)), disputesCost(len(ids)))
	var data struct {
		Nodes []*struct {
			ID       string       `json:"id"`
			Disputes []rawDispute `json:"disputes"`
		} `json:"nodes"`
	}
	if _, err := g.call(ctx, shop, op, map[string]any{"ids": ids}, &data); err != nil {
		return nil, fmt.Errorf("shopify: read disputes: %w", err)
	}

	if len(data.Nodes) != len(ids) {
		return nil, g.unreadable(shop, opOrderDisputes,
			fault.ForLog(fault.Internal, "another number of orders than asked for"))
	}

	shown := make(map[referral.OrderID][]referral.Dispute, len(ids))
	for _, raw := range data.Nodes {
		if raw != nil && isGID(raw.ID, "Order") {
			shown[referral.OrderID(raw.ID)] = disputes(raw.Disputes)
		}
	}
	return shown, nil
}

// disputes are those of one order.
func disputes(raw []rawDispute) []referral.Dispute {
	var all []referral.Dispute
	for _, d := range raw {
		all = append(all, referral.Dispute(d))
	}
	return all
}
