package shopify

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// discountTag marks our discounts in the merchant's list.
const discountTag = "twofold"

type rawDiscountCreate struct {
	Payload struct {
		Node       *rawID      `json:"codeDiscountNode"`
		UserErrors []userError `json:"userErrors"`
	} `json:"discountCodeBasicCreate"`
}

// CreateDiscount makes one discount with its first code, d.Seed. Conflict: the seed exists already; look it up with FindDiscount,
// as after ErrUnknownOutcome. Source: shopify.dev, discountCodeBasicCreate, 2026-10.
func (g *Gateway) CreateDiscount(ctx context.Context, shop tenant.ShopID, d referral.Discount) (referral.DiscountID, error) {
	input, err := discountInput(d)
	if err != nil {
		return "", err
	}
	var data rawDiscountCreate
	_, err = g.call(ctx, shop, opDiscountCreate, map[string]any{"input": input}, &data)
	if err == nil {
		err = refused(shop, opDiscountCreate, data.Payload.UserErrors)
	}
	if err != nil {
		return "", fmt.Errorf("shopify: create discount: %w", err)
	}
	return g.discountID(shop, opDiscountCreate, data.Payload.Node)
}

// discountID checks the id of a discount that Shopify returned.
func (g *Gateway) discountID(shop tenant.ShopID, op operation, node *rawID) (referral.DiscountID, error) {
	if node == nil || !isGID(node.ID, "DiscountCodeNode") {
		return "", g.unreadable(shop, op, fault.New(fault.Invalid, "no discount id"))
	}
	return referral.DiscountID(node.ID), nil
}

// discountInput is a DiscountCodeBasicInput: an amount off the whole order, for everybody who has a code, beside shipping discounts
// only. {title, code, startsAt, context, customerGets{items, value}, combinesWith, tags, appliesOncePerCustomer, and where they are
// set minimumRequirement and usageLimit}.
func discountInput(d referral.Discount) (map[string]any, error) {
	if d.Offer.Kind != referral.AmountOff || d.Offer.Amount.Minor <= 0 {
		return nil, fault.Newf(fault.Invalid, "no discount can be made of the offer %q", d.Offer.Kind)
	}
	input := map[string]any{
		"title": d.Title, "code": d.Seed, "startsAt": d.StartsAt.UTC().Format(time.RFC3339),
		"context": map[string]any{"all": "ALL"},
		"customerGets": map[string]any{
			"items": map[string]any{"all": true},
			"value": map[string]any{"discountAmount": map[string]any{"amount": d.Offer.Amount.Decimal(), "appliesOnEachItem": false}},
		},
		"combinesWith":           map[string]any{"orderDiscounts": false, "productDiscounts": false, "shippingDiscounts": true},
		"appliesOncePerCustomer": d.OncePerCustomer,
		"tags":                   []string{discountTag},
	}
	if d.Minimum.Minor > 0 {
		input["minimumRequirement"] = map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": d.Minimum.Decimal()}}
	}
	if d.UsageLimit > 0 {
		input["usageLimit"] = d.UsageLimit
	}
	return input, nil
}

// FindDiscount finds the discount that owns the code, in any letter case. NotFound when there is none.
func (g *Gateway) FindDiscount(ctx context.Context, shop tenant.ShopID, code string) (referral.DiscountID, error) {
	var data struct {
		Node *rawID `json:"codeDiscountNodeByCode"`
	}
	r, err := g.call(ctx, shop, opDiscountByCode, map[string]any{"code": code}, &data)
	if err == nil && data.Node == nil {
		err = missing(shop, opDiscountByCode, r)
	}
	if err != nil {
		return "", fmt.Errorf("shopify: find discount: %w", err)
	}
	return g.discountID(shop, opDiscountByCode, data.Node)
}
