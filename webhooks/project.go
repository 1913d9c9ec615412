package webhooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twofold/fault"
	"twofold/inbox"
	"twofold/referral"
)

// Limits of what is kept of one body, so that a delivery stays small whatever an order carries.
const (
	maxCodes = 25     // a checkout takes 6. Source: help.shopify.com, discounts
	maxErase = 20_000 // orders of one privacy request; whoever has more is known by the customer's id
	maxText  = 255    // bytes of a code, a domain or an id
)

// payload is everything that is read of any topic's body. A field of another type than expected counts as missing:
// what is not needed must never fail, and what is needed is asked of Shopify anyway.
type payload struct {
	ID              number       `json:"id"`
	GID             text         `json:"admin_graphql_api_id"`
	UpdatedAt       text         `json:"updated_at"`
	OrderID         number       `json:"order_id"`
	LandingSite     text         `json:"landing_site"`
	Customer        customer     `json:"customer"`
	DiscountCodes   list[code]   `json:"discount_codes"`
	RedeemCode      code         `json:"redeem_code"`
	NoteAttributes  list[note]   `json:"note_attributes"`
	OrderEdit       edit         `json:"order_edit"`
	MyshopifyDomain text         `json:"myshopify_domain"`
	ShopDomain      text         `json:"shop_domain"`
	OrdersRequested list[number] `json:"orders_requested"`
	OrdersToRedact  list[number] `json:"orders_to_redact"`
}

type (
	customer struct {
		ID number `json:"id"`
	}
	code struct {
		Code text `json:"code"`
	}
	note struct {
		Name  text `json:"name"`
		Value text `json:"value"`
	}
	edit struct {
		OrderID number `json:"order_id"`
	}
)

// number is a positive whole number as its digits: ids pass 2^53, so no float ever holds one. "" for anything else.
type number string

// UnmarshalJSON never fails: an error would end the decoding of the other fields.
func (n *number) UnmarshalJSON(raw []byte) error {
	if v, err := strconv.ParseInt(string(bytes.Trim(raw, `"`)), 10, 64); err == nil && v > 0 {
		*n = number(strconv.FormatInt(v, 10))
	}
	return nil
}

// gid is Shopify's global id of a thing of the type, "" when there is no number.
func (n number) gid(typ string) string {
	if n == "" {
		return ""
	}
	return "gid://shopify/" + typ + "/" + string(n)
}

// text is a string; anything else counts as "".
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		*t = text(s)
	}
	return nil
}

// list is an array; anything else counts as empty, and elements of another type as empty elements.
type list[T any] []T

// UnmarshalJSON never fails.
func (l *list[T]) UnmarshalJSON(raw []byte) error {
	var all []T
	if err := json.Unmarshal(raw, &all); tolerable(err) {
		*l = all
	}
	return nil
}

// tolerable tells whether decoding went on to the end: a value of the wrong type is left out, broken JSON is not.
func tolerable(err error) bool {
	var wrongType *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrongType)
}

// readPayload reads a body, which must be a JSON object from its first byte on. Anything else is Unauthorized,
// whoever signed it: the app's secret also signs ID tokens, proxy queries and install queries, and a merchant who can
// read one of those could send its text here under its own signature. None of those texts begins with a brace. A
// token begins with "eyJ"; in a proxy query's text the least name stands first, which is "logged_in_customer_id" or
// sorts before it; an install query's text has its braces escaped.
func readPayload(body []byte) (payload, error) {
	var p payload
	if len(body) == 0 || body[0] != '{' || !tolerable(json.Unmarshal(body, &p)) {
		return payload{}, fault.ForLog(fault.Unauthorized, "a signed body that is no JSON object")
	}
	return p, nil
}

// order projects orders/*: the order, its customer, and what may tie it to an advocate.
func (p *payload) order(n *inbox.Nomination) {
	n.OrderID, n.CustomerID, n.UpdatedAt = p.ID.gid("Order"), p.Customer.ID.gid("Customer"), p.updated()
	for _, c := range p.DiscountCodes {
		addCode(n, c)
	}

	for _, a := range p.NoteAttributes {
		if a.Name == referral.ClaimAttribute && len(a.Value) <= maxText {
			n.ClaimID = string(a.Value)
			break
		}
	}

	n.Ref = refOf(string(p.LandingSite))
}

// addCode adds a discount code, unless it is none, there already, or one too many.
func addCode(n *inbox.Nomination, c code) {
	normal := referral.NormalCode(string(c.Code))
	if normal != "" && len(normal) <= maxText && len(n.Codes) < maxCodes && !slices.Contains(n.Codes, normal) {
		n.Codes = append(n.Codes, normal)
	}
}

// refOf is the advocate's code in a landing page ("/products/x?ref=CODE"), "" when there is none that a code could be.
func refOf(landing string) string {
	_, query, _ := strings.Cut(landing, "?")
	query, _, _ = strings.Cut(query, "#")
	values, _ := url.ParseQuery(query) // what is malformed is left out

	ref, err := referral.ParseRef(values.Get("ref"))
	if err != nil {
		return ""
	}
	return ref
}

// refund projects refunds/create. Its own times say nothing of the order's updated_at.
func (p *payload) refund(n *inbox.Nomination) { n.OrderID = p.OrderID.gid("Order") }

// edit projects orders/edited.
func (p *payload) edit(n *inbox.Nomination) { n.OrderID = p.OrderEdit.OrderID.gid("Order") }

// shop projects app/uninstalled and shop/update, whose body is the shop.
func (p *payload) shop(n *inbox.Nomination) {
	n.ShopDomain, n.UpdatedAt = domain(p.MyshopifyDomain), p.updated()
}

// scopes projects app/scopes_update: that it came is all there is to know, the scopes are asked of Shopify.
func (p *payload) scopes(n *inbox.Nomination) { n.UpdatedAt = p.updated() }

// privacy projects the compliance topics: whose data, and which orders, as gids.
func (p *payload) privacy(n *inbox.Nomination) {
	n.ShopDomain, n.CustomerID = domain(p.ShopDomain), p.Customer.ID.gid("Customer")
	for _, id := range slices.Concat(p.OrdersRequested, p.OrdersToRedact) {
		if id != "" && len(n.Erase) < maxErase {
			n.Erase = append(n.Erase, id.gid("Order"))
		}
	}
}

// discount projects discounts/*, code discounts and automatic ones alike.
func (p *payload) discount(n *inbox.Nomination) {
	if strings.HasPrefix(string(p.GID), "gid://shopify/Discount") && len(p.GID) <= maxText {
		n.DiscountID = string(p.GID)
	}
	n.UpdatedAt = p.updated()
}

// removed projects discounts/redeemcode_removed: which code was deleted, of which discount.
func (p *payload) removed(n *inbox.Nomination) {
	p.discount(n)
	addCode(n, p.RedeemCode)
}

// domain is the shop that a body names, in lower case. It is kept also when it is no shop domain, so that it differs
// from the header's, which counts then, and whoever acts on the delivery refuses it.
func domain(t text) string {
	if len(t) > maxText {
		t = t[:maxText]
	}
	return strings.ToLower(strings.ToValidUTF8(string(t), ""))
}

// updated is the body's updated_at in UTC and whole milliseconds, zero when it has none.
func (p *payload) updated() time.Time { return readTime(string(p.UpdatedAt)) }

func readTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 2000 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
