package shopify

import (
	"context"
	"fmt"
	"strconv"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// maxNames is how many customers are named by one call: a page of referrals has two on each row.
// Source: shopify.dev, QueryRoot.nodes, 2026-10 takes up to 250 ids.
const maxNames = 200

// Names maps those of the customers to their names whom Shopify shows by name, up to 200. There are none where the app
// is not approved for names (level 2), which is no error: Shopify is not even asked.
func (g *Gateway) Names(
	ctx context.Context, shop tenant.ShopID, ids []referral.CustomerID,
) (map[referral.CustomerID]string, error) {
	if !g.config.Level2 || len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), maxNames)]

	op := opCustomerNames.sized(strconv.Itoa(len(ids)), float64(len(ids)))
	var data struct {
		Nodes []*struct {
			ID   string `json:"id"`
			Name string `json:"displayName"`
		} `json:"nodes"`
	}
	if _, err := g.call(Interactive(ctx), shop, op, map[string]any{"ids": ids}, &data); err != nil {
		return nil, fmt.Errorf("shopify: names: %w", err)
	}

	names := make(map[referral.CustomerID]string, len(ids))
	for _, raw := range data.Nodes {
		if raw != nil && isGID(raw.ID, "Customer") && raw.Name != "" {
			names[referral.CustomerID(raw.ID)] = raw.Name
		}
	}
	return names, nil
}

// CustomerWithEmail finds the customer who has an e-mail address. NotFound: nobody has it. Unavailable with class
// Withheld: the app may not ask (level 2).
func (g *Gateway) CustomerWithEmail(
	ctx context.Context, shop tenant.ShopID, email string,
) (referral.CustomerID, error) {
	if !g.config.Level2 {
		return "", (&Error{Class: Withheld, Operation: opCustomerByEmail.name, Shop: shop}).wrap()
	}

	var data struct {
		Customer *rawID `json:"customerByIdentifier"`
	}
	r, err := g.call(Interactive(ctx), shop, opCustomerByEmail, map[string]any{"email": email}, &data)
	if err == nil && data.Customer == nil {
		err = missing(shop, opCustomerByEmail, r)
	}
	if err != nil {
		return "", fmt.Errorf("shopify: customer with e-mail: %w", err)
	}

	if !isGID(data.Customer.ID, "Customer") {
		return "", g.unreadable(shop, opCustomerByEmail, fault.ForLog(fault.Invalid, "not a customer id"))
	}
	return referral.CustomerID(data.Customer.ID), nil
}
