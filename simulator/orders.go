package simulator

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// order is one order. All amounts are minor units of the shop's currency.
type order struct {
	id       int64
	number   int
	prefix   string // of its name
	suffix   string
	token    string
	email    string    // empty without a customer
	customer *customer // nil for an order without one
	test     bool
	currency string
	presentment
	taxation
	source       string // web, pos, shopify_draft_order, a subscription app's id
	landingPage  string
	referrer     string
	clientIP     string
	phone        string
	risk         string // a RiskAssessmentResult of Shopify's own; empty: it has assessed nothing
	note         string
	attributes   []attribute
	createdAt    time.Time
	processedAt  time.Time
	updatedAt    time.Time
	cancelledAt  time.Time
	cancelReason string // an OrderCancelReason
	journeyAt    time.Time
	lines        []*orderLine
	shipping     int64
	shippingBack int64 // refunded shipping
	discounts    []orderDiscount
	transactions []transaction
	refunds      []*refund
	disputes     []*dispute
	exchanged    bool
	refused      []string // what the checkout said about codes that did not apply
}

type attribute struct{ key, value string }

type orderLine struct {
	id          int64
	title       string
	price       int64
	quantity    int64
	current     int64   // quantity after refunds and edits
	perDiscount []int64 // what each of the order's discounts took off this line
	removed     int64   // of the discounted value, by refunds and edits
	added       bool    // by an edit
	giftCard    bool
}

func (l *orderLine) gross() int64    { return l.price * l.quantity }
func (l *orderLine) discount() int64 { return sum(l.perDiscount) }
func (l *orderLine) net() int64      { return l.gross() - l.discount() }
func (l *orderLine) left() int64     { return l.net() - l.removed }

// orderDiscount is a discount on the order with what it took off.
type orderDiscount struct {
	code       string // empty: automatic, with a title
	title      string
	target     string // order or shipping
	amount     int64
	value      string // as entered in the discount: "20.00" or "15.0"
	percentage bool
}

type transaction struct {
	id     int64
	card   string // its digits; empty: another means of payment
	kind   string // an OrderTransactionKind
	status string // an OrderTransactionStatus
	amount int64
	at     time.Time
}

type refund struct {
	id           int64
	createdAt    time.Time
	note         string
	lines        []refundLine
	shipping     int64
	returnID     int64 // of an exchange, else 0
	adjustments  []adjustment
	transactions []transaction
}

type refundLine struct {
	id       int64
	line     *orderLine
	quantity int64
	subtotal int64
	tax      int64 // within the subtotal where taxes are included
}

// adjustment is the difference between what a refund's lines are worth and the money given back: negative if more was
// given. Source: shopify.dev, OrderAdjustment.
type adjustment struct {
	id     int64
	amount int64
	reason string // an OrderAdjustmentDiscrepancyReason
}

type dispute struct {
	id     int64
	kind   string // CHARGEBACK or INQUIRY
	status string // a DisputeStatus
}

func (o *order) gid() string  { return gid("Order", o.id) }
func (o *order) name() string { return o.prefix + strconv.Itoa(o.number) + o.suffix }

// locale is the buyer's language.
func (o *order) locale() string {
	if o.customer == nil {
		return defaultLanguage
	}
	return o.customer.locale
}

func (o *order) subtotal() int64 {
	var n int64
	for _, l := range o.lines {
		if !l.added {
			n += l.net()
		}
	}
	return n
}

func (o *order) currentSubtotal() int64 {
	var n int64
	for _, l := range o.lines {
		n += l.left()
	}
	return n
}

func (o *order) discountTotal(target string) int64 {
	var n int64
	for _, d := range o.discounts {
		if target == "" || d.target == target {
			n += d.amount
		}
	}
	return n
}

func (o *order) shippingNet() int64 { return o.shipping - o.discountTotal(targetShipping) }
func (o *order) total() int64       { return o.subtotal() + o.shippingNet() + o.onTop(o.totalTax()) }
func (o *order) currentTotal() int64 {
	return o.currentSubtotal() + o.shippingNet() - o.shippingBack + o.onTop(o.currentTax())
}

func (o *order) moved(status string, kinds ...string) int64 {
	var n int64
	for _, t := range o.transactions {
		if t.status == status && slices.Contains(kinds, t.kind) {
			n += t.amount
		}
	}
	return n
}

func (o *order) received() int64 { return o.moved("SUCCESS", "SALE", "CAPTURE") }
func (o *order) refunded() int64 { return o.moved("SUCCESS", "REFUND") }

// outstanding is what the customer still owes.
func (o *order) outstanding() int64 {
	var adjusted int64 // an adjustment changes the money, not the lines
	for _, r := range o.refunds {
		for _, a := range r.adjustments {
			adjusted += a.amount
		}
	}
	return max(0, o.currentTotal()+adjusted-(o.received()-o.refunded()))
}

// financialStatus is an OrderDisplayFinancialStatus. Source: shopify.dev, OrderDisplayFinancialStatus.
func (o *order) financialStatus() string {
	received, refunded := o.received(), o.refunded()
	switch {
	case received > 0 && refunded >= received:
		return "REFUNDED"
	case refunded > 0:
		return "PARTIALLY_REFUNDED"
	case received > 0 && o.outstanding() > 0:
		return "PARTIALLY_PAID"
	case received > 0:
		return "PAID"
	case !o.cancelledAt.IsZero():
		return "VOIDED"
	case o.moved("SUCCESS", "AUTHORIZATION") > 0:
		return "AUTHORIZED"
	case o.total() == 0:
		return "PAID"
	default:
		return "PENDING"
	}
}

// touch sets updatedAt to now, and always later than before.
func (o *order) touch(now time.Time) {
	if !now.After(o.updatedAt) {
		now = o.updatedAt.Add(time.Second)
	}
	o.updatedAt = now
}

// OrderInput places an order.
type OrderInput struct {
	Email           string            `json:"email"`       // default: the customer's, who may have none
	Customer        *bool             `json:"customer"`    // false: the order has no customer
	CustomerID      int64             `json:"customer_id"` // an existing customer, whatever the e-mail
	Items           []Item            `json:"items"`
	DiscountCodes   []string          `json:"discount_codes"`
	ForcedDiscounts []ForcedDiscount  `json:"forced_discounts"` // a checkout had accepted them before they went
	Attributes      map[string]string `json:"attributes"`
	LandingPage     string            `json:"landing_page"` // path and query; ref, source or r is the referral code
	Referrer        string            `json:"referrer"`     // address of the page that led to the shop
	ClientIP        string            `json:"client_ip"`
	Phone           string            `json:"phone"`            // as Shopify writes it: +4915112345678
	Risk            string            `json:"risk"`             // what Shopify thinks of it: LOW, MEDIUM or HIGH; default nothing
	Source          string            `json:"source"`           // default web; see checkoutless
	FinancialStatus string            `json:"financial_status"` // paid (default), pending or authorized
	Test            bool              `json:"test"`
	ProcessedAt     *time.Time        `json:"processed_at"` // default now; the past for imported orders
	Shipping        string            `json:"shipping"`     // default 0
	Note            string            `json:"note"`
	Card            string            `json:"card"` // the digits of the card that pays; default: none is shown

	PresentmentCurrency string `json:"presentment_currency"` // what the customer paid in, default the shop's
	PresentmentRate     string `json:"presentment_rate"`     // how much of it one of the shop's currency is, "0.9"
	TaxesIncluded       bool   `json:"taxes_included"`       // prices contain the tax
	TaxRate             string `json:"tax_rate"`             // on the lines, "0.2"; shipping is not taxed
}

// Item is a line of an order.
type Item struct {
	Title    string `json:"title"`
	Price    string `json:"price"`    // of one, in the shop's currency
	Quantity int64  `json:"quantity"` // default 1
	GiftCard bool   `json:"gift_card"`
}

// ForcedDiscount is a discount put on an order without asking whether it applies.
type ForcedDiscount struct {
	Code     string `json:"code"`  // or
	Title    string `json:"title"` // of an automatic discount
	Amount   string `json:"amount"`
	Shipping bool   `json:"shipping"` // off the shipping, else off the lines
}

// Order is what the control API says about one.
type Order struct {
	ID              int64         `json:"id"`
	GID             string        `json:"gid"`
	Name            string        `json:"name"`
	Confirmation    string        `json:"confirmation_number"`
	Email           string        `json:"email"`
	CustomerID      int64         `json:"customer_id,omitempty"`
	FinancialStatus string        `json:"financial_status"`
	Test            bool          `json:"test"`
	Currency        string        `json:"currency"`
	Subtotal        string        `json:"subtotal"`
	CurrentSubtotal string        `json:"current_subtotal"`
	TotalDiscounts  string        `json:"total_discounts"`
	Total           string        `json:"total"`
	TotalTax        string        `json:"total_tax,omitempty"`
	Presentment     string        `json:"presentment_currency,omitempty"` // if not the shop's
	Refunded        string        `json:"refunded"`
	DiscountCodes   []string      `json:"discount_codes"`
	ProcessedAt     time.Time     `json:"processed_at"`
	UpdatedAt       time.Time     `json:"updated_at"`
	CancelledAt     *time.Time    `json:"cancelled_at"`
	Codes           []CodeOutcome `json:"codes,omitempty"` // in the answer to placing it
}

// CodeOutcome tells what became of a code at checkout.
type CodeOutcome struct {
	Code    string `json:"code"`
	Applied bool   `json:"applied"`
	Amount  string `json:"amount,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// errNoOrder is answered for ids the shop does not have.
var errNoOrder = errors.New("there is no such order")

// PlaceOrder buys as a customer: it prices the basket, uses up the codes that apply and sends orders/create and, once
// paid, orders/paid. Errors: an input that makes no order.
func (s *Server) PlaceOrder(domain string, in OrderInput) (Order, error) {
	var out Order
	err := s.withShop(domain, func(sh *shop) error {
		o, outcomes, err := s.place(sh, in)
		if err != nil {
			return err
		}

		out = o.view()
		out.Codes = outcomes
		return nil
	})
	return out, err
}

func (s *Server) place(sh *shop, in OrderInput) (*order, []CodeOutcome, error) {
	b, err := sh.basketOf(in)
	if err != nil {
		return nil, nil, err
	}
	shown, tax, err := s.terms(sh, in)
	if err != nil {
		return nil, nil, err
	}
	forced, err := sh.forced(in.ForcedDiscounts)
	if err != nil {
		return nil, nil, err
	}

	setDefault(&in.FinancialStatus, "paid")
	if !slices.Contains([]string{"paid", "pending", "authorized"}, in.FinancialStatus) {
		return nil, nil, fmt.Errorf("financial_status %q is not paid, pending or authorized", in.FinancialStatus)
	}

	now := s.seconds()
	sh.settle(s.clock.now())
	if b.customer, err = sh.customerOf(in, now); err != nil {
		return nil, nil, err
	}

	outcome := append(sh.price(b, in.DiscountCodes, s.clock.now()), forced...)
	o := s.newOrder(sh, in, b, now)
	o.presentment, o.taxation = shown, tax
	o.take(b, outcome)
	sh.charge(o, in.FinancialStatus, in.Card)
	sh.add(o)

	s.emitOrder(sh, "orders/create", o)
	if o.financialStatus() == "PAID" {
		s.emitOrder(sh, "orders/paid", o)
	}
	return o, sh.outcomes(outcome), nil
}

func (in OrderInput) wantsCustomer() bool { return in.Customer == nil || *in.Customer }

func (sh *shop) basketOf(in OrderInput) (basket, error) {
	var b basket
	var err error
	if len(in.Items) == 0 {
		return b, errors.New("an order needs items")
	}

	if err := in.checkPerson(); err != nil {
		return b, err
	}
	if !slices.Contains([]string{"", "LOW", "MEDIUM", "HIGH"}, in.Risk) {
		return b, fmt.Errorf("risk %q is not LOW, MEDIUM or HIGH", in.Risk)
	}
	setDefault(&in.Shipping, "0")
	if b.shipping, err = parseMoney(in.Shipping, sh.currency); err != nil {
		return b, err
	}

	for _, item := range in.Items {
		l, err := sh.lineOf(item)
		if err != nil {
			return b, err
		}
		b.lines = append(b.lines, l)
	}
	return b, nil
}

func (sh *shop) lineOf(item Item) (basketLine, error) {
	setDefault(&item.Quantity, 1)
	price, err := parseMoney(item.Price, sh.currency)
	if err != nil || item.Quantity < 1 || item.Quantity > 1_000_000 {
		return basketLine{}, fmt.Errorf("item %q needs a price in %s and a quantity", item.Title, sh.currency)
	}
	setDefault(&item.Title, "Item")
	return basketLine{item.Title, price, item.Quantity, item.GiftCard}, nil
}

// checkPerson tells whether an order says whose it is: by e-mail, by customer, or that nobody is known.
func (in OrderInput) checkPerson() error {
	switch {
	case !in.wantsCustomer() && in.CustomerID != 0:
		return errors.New("an order has either a customer_id or customer: false")
	case in.wantsCustomer() && in.CustomerID == 0 && !validEmail(in.Email):
		return errors.New("an order needs an e-mail address, a customer_id, or customer: false")
	case in.CustomerID != 0 && in.Email != "" && !validEmail(in.Email):
		return fmt.Errorf("%q is no e-mail address", in.Email)
	}
	return nil
}

// customerOf is who the order belongs to, made if the e-mail is new; nil for nobody. Errors: no such customer_id.
func (sh *shop) customerOf(in OrderInput, now time.Time) (*customer, error) {
	switch {
	case !in.wantsCustomer():
		return nil, nil
	case in.CustomerID == 0:
		return sh.customerFor(in.Email, now), nil
	case sh.customers[in.CustomerID] == nil:
		return nil, errNoCustomer
	}
	return sh.customers[in.CustomerID], nil
}

// forced makes discounts that are not judged; they still take no more than there is, see take.
func (sh *shop) forced(in []ForcedDiscount) ([]applied, error) {
	var out []applied
	for _, f := range in {
		amount, err := parseMoney(f.Amount, sh.currency)
		if err != nil || (f.Code == "") == (f.Title == "") {
			return nil, fmt.Errorf(
				"forced discount %q needs a code or a title, and an amount in %s", f.Code, sh.currency,
			)
		}

		a := applied{entered: f.Code, title: f.Title, target: targetOrder, amount: amount}
		if f.Shipping {
			a.target = targetShipping
		}
		if f.Code != "" {
			a.code = sh.codes[codeKey(f.Code)]
		}

		out = append(out, a)
	}
	return out, nil
}

func (s *Server) newOrder(sh *shop, in OrderInput, b basket, now time.Time) *order {
	processed := now
	if in.ProcessedAt != nil {
		processed = in.ProcessedAt.UTC().Truncate(time.Second)
	}

	setDefault(&in.Source, "web")
	if checkoutless(in.Source) {
		in.LandingPage, in.Referrer = "", ""
	}

	sh.orderNumber++
	o := &order{
		id: sh.ids.nextOrder(), number: sh.orderNumber, prefix: sh.orderPrefix, suffix: sh.orderSuffix,
		token: s.ids.hex(16), customer: b.customer, test: in.Test, currency: sh.currency, source: in.Source,
		landingPage: in.LandingPage, referrer: in.Referrer, note: in.Note, shipping: b.shipping,
		clientIP: in.ClientIP, phone: in.Phone, risk: in.Risk,
		createdAt: now, processedAt: processed, updatedAt: now,
		journeyAt: now.Add(time.Duration(sh.behaviour.JourneyDelay)),
	}

	if delay, ok := s.faults.slowJourney(sh.domain); ok {
		o.journeyAt = now.Add(delay)
	}

	if b.customer != nil {
		o.email = b.customer.email
		setDefault(&b.customer.phone, in.Phone)
	}
	if in.CustomerID != 0 && in.Email != "" {
		o.email = mailKey(in.Email)
	}

	for _, key := range sortedKeys(in.Attributes) {
		o.attributes = append(o.attributes, attribute{key, in.Attributes[key]})
	}
	for _, l := range b.lines {
		o.lines = append(o.lines, &orderLine{
			id: sh.ids.next(), title: l.title, price: l.price, giftCard: l.giftCard,
			quantity: l.quantity, current: l.quantity,
		})
	}
	return o
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// take puts the discounts that apply on the order and uses up their codes.
func (o *order) take(b basket, outcome []applied) {
	left, shipping := b.discountable(), b.shipping
	for _, a := range outcome {
		if a.reason != "" {
			continue
		}

		switch {
		case a.target == targetShipping:
			a.amount = min(a.amount, shipping)
			shipping -= a.amount
			a.perLine = make([]int64, len(o.lines))
		case a.perLine == nil: // forced
			a.amount = min(a.amount, sum(left))
			a.perLine = split(a.amount, left)
		}

		for i, n := range a.perLine {
			left[i] -= n
			o.lines[i].perDiscount = append(o.lines[i].perDiscount, n)
		}

		o.discounts = append(o.discounts, a.orderDiscount(o.currency))
		if a.code != nil {
			a.code.use(o.id, o.customer)
		}
	}
}

func (a applied) orderDiscount(currency string) orderDiscount {
	d := orderDiscount{
		code: a.entered, title: a.title, target: a.target, amount: a.amount, value: moneyText(a.amount, currency),
	}

	terms := a.terms
	if a.code != nil { // also of what was forced
		terms = a.code.discount
	}
	switch {
	case terms == nil:
	case a.target == targetShipping:
		d.value, d.percentage = "100.0", true
	case terms.percentage != nil:
		d.value, d.percentage = percentText(terms.percentage), true
	default:
		d.value = moneyText(terms.amount, currency)
	}

	if a.code != nil {
		d.code = a.code.code // as the merchant wrote it
	}
	return d
}

// charge adds the first transaction. A free order has none.
func (sh *shop) charge(o *order, status, card string) {
	if o.total() == 0 {
		return
	}
	t := transaction{id: sh.ids.next(), kind: "SALE", status: "SUCCESS", amount: o.total(), at: o.processedAt, card: card}

	switch status {
	case "pending":
		t.status = "PENDING"
	case "authorized":
		t.kind = "AUTHORIZATION"
	}
	o.transactions = append(o.transactions, t)
}

func (sh *shop) add(o *order) {
	sh.orders = append(sh.orders, o)
	sh.orderByID[o.id] = o
	if o.customer != nil {
		o.customer.orders = append(o.customer.orders, o)
	}
}

func (sh *shop) outcomes(outcome []applied) []CodeOutcome {
	var out []CodeOutcome
	for _, a := range outcome {
		if a.automatic() {
			continue
		}

		c := CodeOutcome{Code: a.entered, Applied: a.reason == "", Reason: a.reason}
		if c.Applied {
			c.Amount = moneyText(a.amount, sh.currency)
		}
		out = append(out, c)
	}
	return out
}

// confirmation is the number by which a buyer names the order: random, not the order's own.
func (o *order) confirmation() string { return strings.ToUpper(o.token[:9]) }

func (o *order) view() Order {
	v := Order{
		ID: o.id, GID: o.gid(), Name: o.name(), Confirmation: o.confirmation(), Email: o.email, Test: o.test,
		FinancialStatus: strings.ToLower(o.financialStatus()), DiscountCodes: o.codes(),
		ProcessedAt: o.processedAt, UpdatedAt: o.updatedAt,

		Currency:        o.currency,
		Subtotal:        moneyText(o.subtotal(), o.currency),
		CurrentSubtotal: moneyText(o.currentSubtotal(), o.currency),
		TotalDiscounts:  moneyText(o.discountTotal(""), o.currency),
		Total:           moneyText(o.total(), o.currency),
		Refunded:        moneyText(o.refunded(), o.currency),
	}

	if o.customer != nil {
		v.CustomerID = o.customer.id
	}
	if tax := o.totalTax(); tax != 0 {
		v.TotalTax = moneyText(tax, o.currency)
	}
	if o.presentmentCurrency() != o.currency {
		v.Presentment = o.presentmentCurrency()
	}
	if !o.cancelledAt.IsZero() {
		v.CancelledAt = &o.cancelledAt
	}
	return v
}

func (o *order) codes() []string {
	codes := []string{}
	for _, d := range o.discounts {
		if d.code != "" {
			codes = append(codes, d.code)
		}
	}
	return codes
}

// Orders lists a shop's orders, oldest first.
func (s *Server) Orders(domain string) ([]Order, error) {
	out := []Order{}
	err := s.withShop(domain, func(sh *shop) error {
		for _, o := range sh.orders {
			out = append(out, o.view())
		}
		return nil
	})
	return out, err
}

// journeyIndex is customerOrderIndex: the order's place among the customer's, by processedAt, test orders aside.
// Source: shopify.dev, CustomerJourneySummary.
func (o *order) journeyIndex() any {
	if o.customer == nil || o.test {
		return nil
	}

	n := o.customer.ordersBefore + 1
	for _, other := range o.customer.orders {
		before := other.processedAt.Before(o.processedAt) || (other.processedAt.Equal(o.processedAt) && other.id < o.id)
		if before && !other.test {
			n++
		}
	}
	return int64(n)
}

// referralCode is read from the landing page's ref, source or r. Source: shopify.dev, CustomerVisit.referralCode.
func (o *order) referralCode() any {
	u, err := url.Parse(o.landingPage)
	if err != nil {
		return nil
	}

	for _, name := range []string{"ref", "source", "r"} {
		if v := u.Query().Get(name); v != "" {
			return v
		}
	}
	return nil
}
