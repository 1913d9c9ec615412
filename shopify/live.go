package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// livePage bounds the discounts that are read of a shop. A shop has at most 25 automatic ones; of its codes the first by
// title. Source: help.shopify.com, automatic discounts.
const livePage = 50

// liveQuery finds discounts that are live, without ours. Source: shopify.dev, discountNodes, 2026-10: status, tag.
const liveQuery = "status:active -tag:" + discountTag

// liveCost is what a page of live discounts costs; see operations.go.
func liveCost(size int) float64 { return float64(2 + 10*size) }

type rawLive struct {
	Type     string   `json:"__typename"`
	Title    string   `json:"title"`
	Tags     []string `json:"tags"`
	Classes  []string `json:"discountClasses"`
	Combines struct {
		Order    bool `json:"orderDiscounts"`
		Product  bool `json:"productDiscounts"`
		Shipping bool `json:"shippingDiscounts"`
	} `json:"combinesWith"`
	Context struct {
		Type string `json:"__typename"`
	} `json:"context"`
	Minimum *struct {
		Subtotal *rawMoney    `json:"greaterThanOrEqualToSubtotal"`
		Quantity *json.Number `json:"greaterThanOrEqualToQuantity"`
	} `json:"minimumRequirement"`
	Gets *struct {
		Items struct {
			Type string `json:"__typename"`
		} `json:"items"`
		Value struct {
			Each   bool         `json:"appliesOnEachItem"`
			Amount *rawMoney    `json:"amount"`
			Rate   *json.Number `json:"percentage"`
		} `json:"value"`
	} `json:"customerGets"`
}

// LiveDiscounts lists the shop's live discounts that are not ours, by title; more tells that there are others beyond the
// bound. Internal: Shopify did not use the search as it was written.
func (g *Gateway) LiveDiscounts(
	ctx context.Context, shop tenant.ShopID,
) (found []referral.OwnDiscount, more bool, err error) {
	var data struct {
		Discounts struct {
			Nodes []struct {
				Discount rawLive `json:"discount"`
			} `json:"nodes"`
			PageInfo pageInfo `json:"pageInfo"`
		} `json:"discountNodes"`
	}

	r, err := g.call(ctx, shop, opDiscountsLive, map[string]any{"query": liveQuery, "first": livePage}, &data)
	if err != nil {
		return nil, false, fmt.Errorf("shopify: live discounts: %w", err)
	}
	if warned(r.searches) {
		ignored := fault.ForLog(fault.Internal, "Shopify warns about the search")
		return nil, false, g.unreadable(shop, opDiscountsLive, ignored)
	}

	for _, node := range data.Discounts.Nodes {
		if slices.Contains(node.Discount.Tags, discountTag) {
			continue
		}
		own, err := node.Discount.own()
		if err != nil {
			return nil, false, g.unreadable(shop, opDiscountsLive, err)
		}
		found = append(found, own)
	}
	return found, data.Discounts.PageInfo.HasNext, nil
}

// own decodes a discount. What it takes off is read where it is simple; anything malformed is Invalid.
func (raw *rawLive) own() (referral.OwnDiscount, error) {
	d := referral.OwnDiscount{
		Title:     raw.Title,
		Automatic: strings.HasPrefix(raw.Type, "DiscountAutomatic"),
		Combines:  referral.Combines(raw.Combines),
		Classes: referral.Combines{
			Order:    slices.Contains(raw.Classes, "ORDER"),
			Product:  slices.Contains(raw.Classes, "PRODUCT"),
			Shipping: slices.Contains(raw.Classes, "SHIPPING"),
		},
		SomeOnly: raw.Context.Type != "DiscountBuyerSelectionAll",
	}
	if raw.Title == "" || len(raw.Classes) == 0 {
		return d, fault.ForLog(fault.Invalid, "a discount without a title or a class")
	}

	if strings.HasSuffix(raw.Type, "FreeShipping") {
		d.Kind = referral.FreeShipping
	}
	err := raw.fillValue(&d)
	if err == nil && raw.Minimum != nil && raw.Minimum.Subtotal != nil {
		d.Minimum, err = raw.Minimum.Subtotal.amount()
	}

	d.SomeOnly = d.SomeOnly || (raw.Minimum != nil && raw.Minimum.Quantity != nil)
	return d, err
}

// fillValue reads what is taken off the order, of those that say so.
func (raw *rawLive) fillValue(d *referral.OwnDiscount) (err error) {
	if raw.Gets == nil {
		return nil
	}

	value := raw.Gets.Value
	d.SomeOnly = d.SomeOnly || value.Each || raw.Gets.Items.Type != allItems
	switch {
	case value.Amount != nil:
		d.Kind = referral.AmountOff
		d.Amount, err = value.Amount.amount()
	case value.Rate != nil:
		d.Kind = referral.PercentOff
		d.RateBP, err = parseRate(*value.Rate)
	}
	return err
}
