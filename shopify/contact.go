package shopify

import (
	"context"
	"fmt"
	"strings"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// ReadContact reads whom a mail to a customer goes to. The address is for this one mail: nobody may keep it. NotFound:
// the shop has no such customer; Unavailable with class Withheld: the app may not see addresses (level 2), for which
// Shopify is not even asked.
func (g *Gateway) ReadContact(
	ctx context.Context, shop tenant.ShopID, id referral.CustomerID,
) (referral.Contact, error) {
	if !g.config.Level2 {
		return referral.Contact{}, (&Error{Class: Withheld, Operation: opContact.name, Shop: shop}).wrap()
	}
	if !isGID(string(id), "Customer") {
		return referral.Contact{}, fault.ForLog(fault.Invalid, "not a customer id")
	}

	var data struct {
		Customer *struct {
			rawCustomer
			Locale   string `json:"locale"`
			Verified bool   `json:"verifiedEmail"`
		} `json:"customer"`
		Shop struct {
			Email *string `json:"contactEmail"`
		} `json:"shop"`
	}
	r, err := g.call(ctx, shop, opContact, map[string]any{"id": id}, &data)
	if err == nil && data.Customer == nil {
		err = missing(shop, opContact, r)
	}
	if err != nil {
		return referral.Contact{}, fmt.Errorf("shopify: read contact: %w", err)
	}

	contact := referral.Contact{
		Verified: data.Customer.Verified, Language: data.Customer.Locale, ReplyTo: spelt(data.Shop.Email),
	}
	if at := data.Customer.Email; at != nil {
		contact.Address = spelt(at.Address)
	}
	return contact, nil
}

// ReadOrderContact reads whom a mail goes to that is told by an order: the address that the order has. The rest is as of
// ReadContact; nobody says whether such an address is verified.
func (g *Gateway) ReadOrderContact(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID,
) (referral.Contact, error) {
	if !g.config.Level2 {
		return referral.Contact{}, (&Error{Class: Withheld, Operation: opOrderContact.name, Shop: shop}).wrap()
	}
	if !isGID(string(id), "Order") {
		return referral.Contact{}, fault.ForLog(fault.Invalid, "not an order id")
	}

	var data struct {
		Order *struct {
			Email  *string `json:"email"`
			Locale *string `json:"customerLocale"`
		} `json:"order"`
		Shop struct {
			Email *string `json:"contactEmail"`
		} `json:"shop"`
	}
	r, err := g.call(ctx, shop, opOrderContact, map[string]any{"id": id}, &data)
	if err == nil && data.Order == nil {
		err = missing(shop, opOrderContact, r)
	}
	if err != nil {
		return referral.Contact{}, fmt.Errorf("shopify: read contact of order: %w", err)
	}

	contact := referral.Contact{Address: spelt(data.Order.Email), ReplyTo: spelt(data.Shop.Email)}
	if data.Order.Locale != nil {
		contact.Language = *data.Order.Locale
	}
	return contact, nil
}

// ReadShopContact reads the shop's contact address, which is the merchant's own. "": there is none.
func (g *Gateway) ReadShopContact(ctx context.Context, shop tenant.ShopID) (string, error) {
	var data struct {
		Shop struct {
			Email *string `json:"contactEmail"`
		} `json:"shop"`
	}
	if _, err := g.call(ctx, shop, opShopContact, nil, &data); err != nil {
		return "", fmt.Errorf("shopify: read shop contact: %w", err)
	}
	return spelt(data.Shop.Email), nil
}

// spelt is an address as its owner spells it: mail is sent to it, and it is compared with nothing.
func spelt(address *string) string {
	if address == nil {
		return ""
	}
	return strings.TrimSpace(*address)
}
