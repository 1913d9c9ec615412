package shopify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// sizes are how many entries of each list a snapshot asks for.
type sizes struct{ transactions, refunds, adjustments int }

// The steps in which each list grows when it comes back full. Not all of the last ones fit into one query.
var (
	transactionSteps = []int{10, 39, 90}
	refundSteps      = []int{10, 20, 42}
	adjustmentSteps  = []int{4, 10}
	firstSizes       = sizes{transactionSteps[0], refundSteps[0], adjustmentSteps[0]}
)

// cost is what the snapshot query costs with these sizes, two points less than with level 2: only connections are sized
// (see operations.go), 89 points of it are ten lines and three shipping lines.
func (s sizes) cost() float64 { return float64(120 + 3*s.adjustments) }

// fits tells whether the query stays within Shopify's limit of 1000 points even if every entry of a plain list is
// counted, at level 2. Source: shopify.dev, rate limits, 2026-10.
func (s sizes) fits() bool { return 114+4*s.transactions+s.refunds*(5+3*s.adjustments) <= 1000 }

// larger returns sizes in which no list of raw would be full; false when a list is full at its last step, or they do
// not fit.
func (s sizes) larger(raw *rawOrder) (sizes, bool) {
	adjustments := 0
	for _, r := range raw.Refunds {
		adjustments = max(adjustments, len(r.Adjustments.Nodes))
	}

	t, okT := step(transactionSteps, s.transactions, len(raw.Transactions))
	r, okR := step(refundSteps, s.refunds, len(raw.Refunds))
	a, okA := step(adjustmentSteps, s.adjustments, adjustments)
	next := sizes{t, r, a}
	return next, okT && okR && okA && next.fits()
}

// step returns asked if fewer came, else the next of the steps; false when there is none.
func step(steps []int, asked, came int) (int, bool) {
	if came < asked {
		return asked, true
	}

	for _, s := range steps {
		if s > asked {
			return s, true
		}
	}

	return asked, false
}

type rawOrder struct {
	rawGoods
	Name            string           `json:"name"`
	Test            bool             `json:"test"`
	CreatedAt       timestamp        `json:"createdAt"`
	ProcessedAt     timestamp        `json:"processedAt"`
	CancelledAt     timestamp        `json:"cancelledAt"`
	Source          string           `json:"sourceName"`
	Status          string           `json:"displayFinancialStatus"`
	Currency        string           `json:"currencyCode"`
	Codes           []string         `json:"discountCodes"`
	Subtotal        *moneyBag        `json:"subtotalPriceSet"`
	CurrentSubtotal *moneyBag        `json:"currentSubtotalPriceSet"`
	Discounts       *moneyBag        `json:"totalDiscountsSet"`
	Refunded        *moneyBag        `json:"totalRefundedSet"`
	Received        *moneyBag        `json:"totalReceivedSet"`
	Outstanding     *moneyBag        `json:"totalOutstandingSet"`
	Attributes      []rawAttribute   `json:"customAttributes"`
	Client          *string          `json:"clientIp"`
	Risk            *rawRisk         `json:"risk"`
	Email           *string          `json:"email"` // level 2 only, as the next
	Phone           *string          `json:"phone"`
	Customer        *rawCustomer     `json:"customer"`
	Journey         *rawJourney      `json:"customerJourneySummary"`
	Transactions    []rawTransaction `json:"transactions"`
	Refunds         []rawRefund      `json:"refunds"`
	Disputes        []rawDispute     `json:"disputes"`
}

type rawID struct {
	ID string `json:"id"`
}

type rawCustomer struct {
	rawID
	Email *struct {
		Address *string `json:"emailAddress"`
	} `json:"defaultEmailAddress"` // level 2 only, as the next
	Phone *struct {
		Number *string `json:"phoneNumber"`
	} `json:"defaultPhoneNumber"`
}

// address is the customer's own e-mail address, "" where it is not shown.
func (c rawCustomer) address() string {
	if c.Email == nil {
		return ""
	}
	return email(c.Email.Address)
}

// number is the customer's own telephone number, "" where it is not shown.
func (c rawCustomer) number() string {
	if c.Phone == nil {
		return ""
	}
	return orEmpty(c.Phone.Number)
}

type rawAttribute struct {
	Key   string  `json:"key"`
	Value *string `json:"value"`
}

type rawVisit struct {
	Ref  *string `json:"referralCode"`
	From *string `json:"referrerUrl"`
}

type rawJourney struct {
	Ready bool      `json:"ready"`
	Index *int      `json:"customerOrderIndex"`
	First *rawVisit `json:"firstVisit"`
	Last  *rawVisit `json:"lastVisit"`
}

type rawTransaction struct {
	Kind   string    `json:"kind"`
	Status string    `json:"status"`
	At     timestamp `json:"processedAt"`
	Amount *moneyBag `json:"amountSet"`
	Card   *rawCard  `json:"paymentDetails"` // empty for other means of payment
}

type rawRefund struct {
	ID          string    `json:"id"`
	At          timestamp `json:"createdAt"`
	Total       *moneyBag `json:"totalRefundedSet"`
	Adjustments struct {
		Nodes []rawAdjustment `json:"nodes"`
	} `json:"orderAdjustments"`
}

type rawAdjustment struct {
	Reason string    `json:"reason"`
	Amount *moneyBag `json:"amountSet"`
}

type rawDispute struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	InitiatedAs string `json:"initiatedAs"`
}

// ReadOrder takes a snapshot. NotFound: the shop has no such order, or it is older than the app may see.
func (g *Gateway) ReadOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error) {
	if !isGID(string(id), "Order") {
		return referral.Order{}, fault.ForLog(fault.Invalid, "not an order id")
	}

	for range consistentTries {
		raw, r, err := g.readSized(ctx, shop, id)
		moved := false
		if err == nil {
			moved, err = g.readLines(ctx, shop, raw)
		}
		if err != nil {
			return referral.Order{}, fmt.Errorf("shopify: read order: %w", err)
		}
		if !moved {
			return g.snapshot(shop, id, raw, r)
		}
	}

	return referral.Order{}, fault.ForLog(fault.Unavailable,
		"shopify: the order keeps changing while its lines are read")
}

// consistentTries is how often an order is read anew that changes between the pages of its lines.
const consistentTries = 4

// readSized asks for the order with lists that are large enough for it.
func (g *Gateway) readSized(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (*rawOrder, reply, error) {
	for s := firstSizes; ; {
		raw, r, err := g.readSnapshot(ctx, shop, id, s)
		if err != nil {
			return nil, r, err
		}

		larger, ok := s.larger(raw)
		if !ok {
			return nil, r, tooLarge(shop, opOrderSnapshot,
				errors.New("more refunds or transactions than one query holds"))
		}
		if larger == s {
			return raw, r, nil
		}
		s = larger
	}
}

func tooLarge(shop tenant.ShopID, op operation, err error) error {
	return (&Error{Class: TooLarge, Operation: op.name, Shop: shop, Err: err}).wrap()
}

// readSnapshot asks for the order with lists of the given sizes.
func (g *Gateway) readSnapshot(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID, s sizes,
) (*rawOrder, reply, error) {
	op := opOrderSnapshot.sized(fmt.Sprint(s), s.cost())
	var data struct {
		Order *rawOrder `json:"order"`
	}
	r, err := g.call(ctx, shop, op, map[string]any{
		"id":           id,
		"level2":       g.config.Level2,
		"transactions": s.transactions,
		"refunds":      s.refunds,
		"adjustments":  s.adjustments,
	}, &data)
	if err != nil {
		return nil, r, err
	}

	// At level 1 all that is asked for is shown: a null would be a lie.
	if data.Order == nil || (r.withheld && !g.config.Level2) {
		return nil, r, missing(shop, op, r)
	}

	return data.Order, r, nil
}

// snapshot decodes raw, which must be the order that was asked for.
func (g *Gateway) snapshot(shop tenant.ShopID, id referral.OrderID, raw *rawOrder, r reply) (referral.Order, error) {
	o, err := raw.order()
	if err == nil && o.ID != id {
		err = fault.ForLog(fault.Invalid, "another order than asked for")
	}
	if err != nil {
		return referral.Order{}, g.unreadable(shop, opOrderSnapshot, err)
	}

	o.Shop, o.ReadAt = shop, r.date
	return o, nil
}

// order decodes one order. Values that are null because they are withheld or not there yet read as nothing; enum values
// that Shopify adds later are kept as they are; anything malformed is Invalid.
func (raw *rawOrder) order() (referral.Order, error) {
	if !isGID(raw.ID, "Order") || raw.CreatedAt.IsZero() || raw.ProcessedAt.IsZero() || raw.UpdatedAt.IsZero() {
		return referral.Order{}, fault.ForLog(fault.Invalid, "an order without id or times")
	}
	if _, err := money.Digits(raw.Currency); err != nil {
		return referral.Order{}, err
	}

	o := referral.Order{
		ID:          referral.OrderID(raw.ID),
		Name:        raw.Name,
		Test:        raw.Test,
		Source:      raw.Source,
		Status:      referral.FinancialStatus(raw.Status),
		CreatedAt:   raw.CreatedAt.Time,
		ProcessedAt: raw.ProcessedAt.Time,
		UpdatedAt:   raw.UpdatedAt.Time,
		CancelledAt: raw.CancelledAt.Time,
		Currency:    raw.Currency,
		Codes:       upperCodes(raw.Codes),
		Attributes:  attributes(raw.Attributes),
		Journey:     raw.Journey.journey(),
	}

	o.Card = card(raw.Transactions)
	o.Client = orEmpty(raw.Client)
	o.Marks.Risk, o.Marks.Referrer = raw.Risk.ofShopify(), raw.Journey.referrer()
	o.Email, o.Phone = email(raw.Email), orEmpty(raw.Phone)
	if c := raw.Customer; c != nil {
		customer, err := c.customer()
		if err != nil {
			return referral.Order{}, err
		}
		o.Customer = customer
		o.Email = cmp.Or(o.Email, c.address())
		o.Phone = cmp.Or(o.Phone, c.number())
	}

	return o, raw.fillMoney(&o)
}

// customer is the gid of a customer, "" for none.
func (r *rawID) customer() (referral.CustomerID, error) {
	if r == nil {
		return "", nil
	}
	if !isGID(r.ID, "Customer") {
		return "", fault.ForLog(fault.Invalid, "not a customer id")
	}
	return referral.CustomerID(r.ID), nil
}

func attributes(list []rawAttribute) []referral.Attribute {
	out := make([]referral.Attribute, len(list))
	for i, a := range list {
		out[i].Key = a.Key
		if a.Value != nil {
			out[i].Value = *a.Value
		}
	}

	return out
}

func (j *rawJourney) journey() referral.Journey {
	if j == nil {
		return referral.Journey{}
	}

	out := referral.Journey{Ready: j.Ready}
	if j.Index != nil && *j.Index > 0 {
		out.Index = *j.Index
	}

	for _, v := range []*rawVisit{j.First, j.Last} {
		if ref := v.ref(); ref != "" && (len(out.Refs) == 0 || out.Refs[0] != ref) {
			out.Refs = append(out.Refs, ref)
		}
	}

	return out
}

// ref is the visit's referral code in upper case. Anybody can put one into a link, so one of an unlikely length is
// dropped.
func (v *rawVisit) ref() string {
	if v == nil || v.Ref == nil || len(*v.Ref) > 64 {
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(*v.Ref))
}

// fillMoney reads everything that has an amount.
func (raw *rawOrder) fillMoney(o *referral.Order) (err error) {
	read := func(b *moneyBag) money.Amount {
		amount, e := b.amount(raw.Currency)
		if err == nil {
			err = e
		}
		return amount
	}

	o.Subtotal, o.CurrentSubtotal, o.Discounted = read(raw.Subtotal), read(raw.CurrentSubtotal), read(raw.Discounts)
	o.Refunded, o.Received, o.Outstanding = read(raw.Refunded), read(raw.Received), read(raw.Outstanding)
	for _, t := range raw.Transactions {
		o.Transactions = append(o.Transactions, referral.Transaction{
			Kind:   t.Kind,
			Status: t.Status,
			At:     t.At.Time,
			Amount: read(t.Amount),
		})
	}

	for _, r := range raw.Refunds {
		refund := referral.Refund{ID: r.ID, At: r.At.Time, Total: read(r.Total)}
		for _, a := range r.Adjustments.Nodes {
			refund.Adjustments = append(refund.Adjustments,
				referral.Adjustment{Reason: a.Reason, Amount: read(a.Amount)})
		}
		o.Refunds = append(o.Refunds, refund)
	}

	o.Disputes = disputes(raw.Disputes)
	if err != nil {
		return err
	}
	return raw.tally(o)
}
