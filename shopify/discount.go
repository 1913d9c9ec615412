package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// discountTag marks our discounts in the merchant's list.
const discountTag = "twofold"

// OtherBuyers is the Customer of a discount that is neither for everybody nor for a customer who still exists: the
// merchant gave it to segments or markets, or its customer was deleted. It equals no customer's id.
const OtherBuyers referral.CustomerID = "others"

// discountPayload is what every mutation of a discount answers, under the alias payload.
type discountPayload struct {
	Node       *rawID      `json:"codeDiscountNode"`
	Deleted    *string     `json:"deletedCodeDiscountId"`
	UserErrors []userError `json:"userErrors"`
}

// changeDiscount runs a mutation of a discount. User errors are an error.
func (g *Gateway) changeDiscount(
	ctx context.Context, shop tenant.ShopID, op operation, vars map[string]any,
) (discountPayload, error) {
	var data struct {
		Payload discountPayload `json:"payload"`
	}
	_, err := g.call(ctx, shop, op, vars, &data)
	if err == nil {
		err = refused(shop, op, data.Payload.UserErrors)
	}
	return data.Payload, err
}

// CreateDiscount makes one discount with its first code, d.Seed. Conflict: the seed exists already; look it up with
// FindDiscount, as after ErrUnknownOutcome. Source: shopify.dev, discountCodeBasicCreate and
// discountCodeFreeShippingCreate, 2026-10.
func (g *Gateway) CreateDiscount(
	ctx context.Context, shop tenant.ShopID, d codes.Discount,
) (referral.DiscountID, error) {
	input, err := createInput(d)
	if err != nil {
		return "", err
	}

	op := opDiscountCreate
	if d.Kind == referral.FreeShipping {
		op = opShippingCreate
	}

	payload, err := g.changeDiscount(ctx, shop, op, map[string]any{"input": input})
	if err != nil {
		return "", fmt.Errorf("shopify: create discount: %w", err)
	}
	return g.discountID(shop, op, payload.Node)
}

// discountID checks the id of a discount that Shopify returned.
func (g *Gateway) discountID(shop tenant.ShopID, op operation, node *rawID) (referral.DiscountID, error) {
	if node == nil || !isGID(node.ID, "DiscountCodeNode") {
		return "", g.unreadable(shop, op, fault.ForLog(fault.Invalid, "no discount id"))
	}
	return referral.DiscountID(node.ID), nil
}

// UpdateDiscount makes a discount what d says, except for its codes and for the customer whom it names. Sending it
// twice is sending it once. NotFound: it was deleted. Source: shopify.dev, discountCodeBasicUpdate and
// discountCodeFreeShippingUpdate, 2026-10.
func (g *Gateway) UpdateDiscount(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, d codes.Discount,
) error {
	input, err := updateInput(d)
	if err != nil {
		return err
	}
	if err := g.updateDiscount(ctx, shop, id, d.Kind, input); err != nil {
		return fmt.Errorf("shopify: update discount: %w", err)
	}
	return nil
}

// MoveEnd changes nothing but a discount's end date; the zero time takes it away. NotFound: it was deleted.
func (g *Gateway) MoveEnd(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, kind referral.OfferKind, endsAt time.Time,
) error {
	if err := g.updateDiscount(ctx, shop, id, kind, map[string]any{"endsAt": dateTime(endsAt)}); err != nil {
		return fmt.Errorf("shopify: move end: %w", err)
	}
	return nil
}

func (g *Gateway) updateDiscount(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, kind referral.OfferKind, input map[string]any,
) error {
	if !isGID(string(id), "DiscountCodeNode") {
		return fault.ForLog(fault.Invalid, "not a discount id")
	}

	op := opDiscountUpdate
	if kind == referral.FreeShipping {
		op = opShippingUpdate
	}

	payload, err := g.changeDiscount(ctx, shop, op, map[string]any{"id": id, "input": input})
	if err != nil {
		return g.orGone(ctx, shop, id, err)
	}

	_, err = g.discountID(shop, op, payload.Node)
	return err
}

// DeleteDiscount deletes a discount with all its codes; one that is gone already is no error. Source: shopify.dev,
// discountCodeDelete, 2026-10.
func (g *Gateway) DeleteDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) error {
	if !isGID(string(id), "DiscountCodeNode") {
		return fault.ForLog(fault.Invalid, "not a discount id")
	}

	payload, err := g.changeDiscount(ctx, shop, opDiscountDelete, map[string]any{"id": id})
	if err != nil {
		err = g.orGone(ctx, shop, id, err)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return fmt.Errorf("shopify: delete discount: %w", err)
	}
	if payload.Deleted == nil {
		return g.unreadable(shop, opDiscountDelete, fault.ForLog(fault.Invalid, "no discount id"))
	}

	return nil
}

// orGone returns err, or NotFound when Shopify refused the change because the discount is gone. Its user errors have no
// code for that (DiscountErrorCode, Admin API 2026-10), so the discount is looked up. When that fails the change may be
// tried again: it was refused, not made.
func (g *Gateway) orGone(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, err error) error {
	if ClassOf(err) != UserErrors {
		return err
	}
	if _, found := g.ReadDiscount(ctx, shop, id); found != nil {
		return found
	}
	return err
}

// createInput is a DiscountCodeBasicInput or a DiscountCodeFreeShippingInput for the creation, without the fields that
// are not set. Besides those of discountInput: {code, context}.
func createInput(d codes.Discount) (map[string]any, error) {
	input, err := discountInput(d)
	if err != nil {
		return nil, err
	}

	maps.DeleteFunc(input, func(_ string, value any) bool { return value == nil })
	input["code"] = d.Seed
	input["context"] = map[string]any{"all": "ALL"}
	if d.Customer != "" {
		input["context"] = map[string]any{"customers": map[string]any{"add": []referral.CustomerID{d.Customer}}}
	}
	return input, nil
}

// updateInput is the same for an update: what is not set is null, which takes it away. The code is left alone, and the
// context too when it names a customer, as customers can only be added or removed.
func updateInput(d codes.Discount) (map[string]any, error) {
	input, err := discountInput(d)
	if err != nil {
		return nil, err
	}
	if d.Customer == "" {
		input["context"] = map[string]any{"all": "ALL"}
	}
	return input, nil
}

// discountInput is what an input for creation and one for an update share: {title, startsAt, endsAt, combinesWith,
// usageLimit, appliesOncePerCustomer, minimumRequirement, tags, and customerGets{items, value} or destination}. endsAt,
// usageLimit and minimumRequirement are nil where they are not set. Source: shopify.dev, DiscountCodeBasicInput and
// DiscountCodeFreeShippingInput.
func discountInput(d codes.Discount) (map[string]any, error) {
	input := map[string]any{
		"title":    d.Title,
		"startsAt": dateTime(d.StartsAt),
		"endsAt":   dateTime(d.EndsAt),
		"combinesWith": map[string]any{
			"orderDiscounts":    d.Combines.Order,
			"productDiscounts":  d.Combines.Product,
			"shippingDiscounts": d.Combines.Shipping,
		},
		"minimumRequirement":     nil,
		"usageLimit":             nil,
		"appliesOncePerCustomer": d.OncePerCustomer,
		"tags":                   []string{discountTag},
	}

	if d.Minimum.Minor > 0 {
		least := map[string]any{"greaterThanOrEqualToSubtotal": d.Minimum.Decimal()}
		input["minimumRequirement"] = map[string]any{"subtotal": least}
	}
	if d.UsageLimit > 0 {
		input["usageLimit"] = d.UsageLimit
	}
	if d.Kind == referral.FreeShipping {
		input["destination"] = map[string]any{"all": true}
		return input, nil
	}

	value, err := valueInput(d)
	input["customerGets"] = map[string]any{"items": map[string]any{"all": true}, "value": value}
	return input, err
}

// valueInput is a DiscountCustomerGetsValueInput: an amount off the whole order, or a part of it. A share of the
// friend's order is an amount by now. Nothing off is Invalid.
func valueInput(d codes.Discount) (map[string]any, error) {
	switch {
	case (d.Kind == referral.AmountOff || d.Kind == referral.ShareOfOrder) && d.Amount.Minor > 0:
		amount := map[string]any{"amount": d.Amount.Decimal(), "appliesOnEachItem": false}
		return map[string]any{"discountAmount": amount}, nil
	case d.Kind == referral.PercentOff && d.RateBP > 0 && d.RateBP <= wholeBP:
		return map[string]any{"percentage": rateText(d.RateBP)}, nil
	}
	return nil, fault.ForLog(fault.Invalid, "no discount can be made of this much %q", d.Kind)
}

// dateTime writes a DateTime; the zero time is null.
func dateTime(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UTC().Format(time.RFC3339)
}

// wholeBP are the basis points of a whole.
const wholeBP = 10_000

// rateText writes basis points as Shopify reads a percentage, a Float from 0 to 1: 1250 is 0.125, without a float on
// the way. Source: shopify.dev, DiscountCustomerGetsValueInput.percentage, 2026-10.
func rateText(bp int) json.Number {
	text := fmt.Sprintf("%d.%04d", bp/wholeBP, bp%wholeBP)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// ratePattern is a number of JSON whose exponent is small: a large one would only make work.
var ratePattern = regexp.MustCompile(`\A-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?\z`)

// parseRate reads a percentage from 0 to 1 as Shopify writes it ("0.125", also "1.25e-1") to the nearest basis point,
// half up: the Float may be off in its last digits. Anything else is Invalid.
func parseRate(n json.Number) (int, error) {
	invalid := fault.ForLog(fault.Invalid, "not a percentage")
	if len(n) > 32 || !ratePattern.MatchString(n.String()) {
		return 0, invalid
	}

	x, ok := new(big.Rat).SetString(n.String())
	if !ok || x.Sign() < 0 || x.Cmp(big.NewRat(1, 1)) > 0 {
		return 0, invalid
	}

	x.Mul(x, big.NewRat(wholeBP, 1)).Add(x, big.NewRat(1, 2))
	return int(new(big.Int).Quo(x.Num(), x.Denom()).Int64()), nil
}

type rawDiscount struct {
	Type            string    `json:"__typename"`
	Title           string    `json:"title"`
	StartsAt        timestamp `json:"startsAt"`
	EndsAt          timestamp `json:"endsAt"`
	UsageLimit      *int      `json:"usageLimit"`
	OncePerCustomer bool      `json:"appliesOncePerCustomer"`
	Codes           struct {
		Count     int    `json:"count"`
		Precision string `json:"precision"`
	} `json:"codesCount"`
	Combines struct {
		Order    bool `json:"orderDiscounts"`
		Product  bool `json:"productDiscounts"`
		Shipping bool `json:"shippingDiscounts"`
	} `json:"combinesWith"`
	Context struct {
		Type      string  `json:"__typename"`
		Customers []rawID `json:"customers"`
	} `json:"context"`
	Minimum *struct {
		Subtotal *rawMoney    `json:"greaterThanOrEqualToSubtotal"`
		Quantity *json.Number `json:"greaterThanOrEqualToQuantity"` // UnsignedInt64, a string
	} `json:"minimumRequirement"`
	Gets struct {
		Items struct {
			Type string `json:"__typename"`
		} `json:"items"`
		Value struct {
			Amount *rawMoney    `json:"amount"`
			Rate   *json.Number `json:"percentage"`
		} `json:"value"`
	} `json:"customerGets"`
}

// ReadDiscount reads a discount as it is now; its Seed is "". Of several customers whom it names the first is read; see
// OtherBuyers. A share of an order reads as the amount that it is. NotFound: it was deleted, or is no discount on
// orders or shipping.
func (g *Gateway) ReadDiscount(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID,
) (codes.Discount, error) {
	if !isGID(string(id), "DiscountCodeNode") {
		return codes.Discount{}, fault.ForLog(fault.Invalid, "not a discount id")
	}

	var data struct {
		Node *struct {
			Discount rawDiscount `json:"discount"`
		} `json:"discountNode"`
	}

	r, err := g.call(ctx, shop, opDiscountRead, map[string]any{"id": id}, &data)
	if err == nil && (data.Node == nil || !data.Node.Discount.known()) {
		err = missing(shop, opDiscountRead, r)
	}
	if err != nil {
		return codes.Discount{}, fmt.Errorf("shopify: read discount: %w", err)
	}

	d, err := data.Node.Discount.discount()
	if err != nil {
		return codes.Discount{}, g.unreadable(shop, opDiscountRead, err)
	}
	return d, nil
}

const (
	basicType    = "DiscountCodeBasic"
	shippingType = "DiscountCodeFreeShipping"
)

// allItems is what a discount on the whole order applies to. Source: shopify.dev, DiscountItems, 2026-10.
const allItems = "AllDiscountItems"

// exactCount is the precision of a count that Shopify did not give up at its limit. Source: shopify.dev, CountPrecision,
// 2026-10.
const exactCount = "EXACT"

// quantity reads a number of items. Anything else is Invalid.
func quantity(n json.Number) (int, error) {
	items, err := strconv.Atoi(n.String())
	if err != nil || items < 0 {
		return 0, fault.ForLog(fault.Invalid, "not a number of items")
	}
	return items, nil
}

func (raw *rawDiscount) known() bool { return ours(raw.Type) }

// ours tells whether we make discounts of a type.
func ours(typename string) bool { return typename == basicType || typename == shippingType }

// discount decodes a known discount. Anything malformed is Invalid.
func (raw *rawDiscount) discount() (codes.Discount, error) {
	d := codes.Discount{
		SomeProducts:    raw.Type == basicType && raw.Gets.Items.Type != allItems,
		Title:           raw.Title,
		Kind:            referral.FreeShipping,
		Combines:        referral.Combines(raw.Combines),
		OncePerCustomer: raw.OncePerCustomer,
		StartsAt:        raw.StartsAt.Time,
		EndsAt:          raw.EndsAt.Time,
	}

	if raw.UsageLimit != nil {
		d.UsageLimit = *raw.UsageLimit
	}
	if raw.Codes.Precision == exactCount {
		d.Codes = raw.Codes.Count
	}

	err := raw.fillValue(&d)
	if err == nil && raw.Minimum != nil && raw.Minimum.Quantity != nil {
		d.MinimumItems, err = quantity(*raw.Minimum.Quantity)
	} else if err == nil && raw.Minimum != nil {
		d.Minimum, err = raw.Minimum.Subtotal.amount()
	}
	if err == nil {
		d.Customer, err = raw.customer()
	}
	if err == nil && (raw.StartsAt.IsZero() || d.UsageLimit < 0) {
		err = fault.ForLog(fault.Invalid, "a discount without a start")
	}

	return d, err
}

// fillValue reads what the discount takes off.
func (raw *rawDiscount) fillValue(d *codes.Discount) (err error) {
	switch value := raw.Gets.Value; {
	case raw.Type == shippingType:
	case value.Amount != nil:
		d.Kind = referral.AmountOff
		d.Amount, err = value.Amount.amount()
	case value.Rate != nil:
		d.Kind = referral.PercentOff
		d.RateBP, err = parseRate(*value.Rate)
	default:
		err = fault.ForLog(fault.Invalid, "a discount without a value")
	}

	return err
}

// customer is whom the discount is for.
func (raw *rawDiscount) customer() (referral.CustomerID, error) {
	switch {
	case raw.Context.Type == "DiscountBuyerSelectionAll":
		return "", nil
	case len(raw.Context.Customers) == 0:
		return OtherBuyers, nil
	}
	return raw.Context.Customers[0].customer()
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
