package simulator

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Why a code does not apply.
const (
	reasonNotFound      = "not_found"
	reasonNotStarted    = "not_started"
	reasonExpired       = "expired"
	reasonUsedUp        = "usage_limit"
	reasonOncePer       = "once_per_customer"
	reasonNotEligible   = "customer_not_eligible"
	reasonMinimum       = "minimum_not_met"
	reasonNotCombinable = "not_combinable"
	reasonTooMany       = "too_many_codes"
	reasonRepeated      = "repeated"
	reasonNothingToTake = "nothing_to_discount"
)

// What a discount takes from.
const (
	targetOrder    = "order"
	targetShipping = "shipping"
)

// How many codes a checkout takes. Source: help.shopify.com, combining discounts.
const (
	maxOrderCodes    = 5
	maxShippingCodes = 1
)

// basket is what is being bought, in minor units.
type basket struct {
	lines    []basketLine
	shipping int64
	customer *customer // nil for nobody
}

type basketLine struct {
	title    string
	price    int64
	quantity int64
	giftCard bool
}

func (b basket) subtotal() int64 {
	var n int64
	for _, l := range b.lines {
		n += l.price * l.quantity
	}
	return n
}

// discountable is by line what discounts are taken off: nothing of gift cards.
// Source: help.shopify.com, gift cards: "discounts can't be applied to gift cards".
func (b basket) discountable() []int64 {
	out := make([]int64, len(b.lines))
	for i, l := range b.lines {
		if !l.giftCard {
			out[i] = l.price * l.quantity
		}
	}
	return out
}

func (b basket) quantity() int64 {
	var n int64
	for _, l := range b.lines {
		n += l.quantity
	}
	return n
}

// applied is one discount and what it took off, or why it did not.
type applied struct {
	entered string      // the code as typed; empty: an automatic discount
	code    *redeemCode // nil where there is none
	terms   *discount   // nil: forced upon the order
	title   string      // of an automatic discount
	target  string      // order or shipping
	amount  int64       // taken off in all
	perLine []int64     // order discounts: by line, sums to amount
	reason  string      // empty if it applies
}

func (a applied) automatic() bool { return a.entered == "" }

// price applies the codes in the order given, then the shop's automatic discounts. What does not stand beside those
// before it is left out: the real checkout would take the better combination, which is not simulated.
// Source: help.shopify.com, combining discounts; shopify.dev, DiscountCodeBasicInput.
func (sh *shop) price(b basket, codes []string, now time.Time) []applied {
	var out []applied
	left, shipping := b.discountable(), b.shipping
	take := func(a applied) {
		if a.reason == "" {
			a = a.takeOff(b, left, shipping)
		}
		for i, n := range a.perLine {
			left[i] -= n
		}

		if a.reason == "" && a.target == targetShipping {
			shipping -= a.amount
		}
		out = append(out, a)
	}

	for _, entered := range codes {
		take(sh.judge(b, entered, out, now))
	}

	for _, d := range sh.automatics {
		// The checkout says nothing of those that do not apply.
		if a := sh.judgeAutomatic(b, d, out, now); a.reason == "" {
			take(a)
		}
	}
	return out
}

// judgeAutomatic decides whether an automatic discount applies beside what comes before it.
func (sh *shop) judgeAutomatic(b basket, d *discount, before []applied, now time.Time) applied {
	a := applied{title: d.title, terms: d, target: d.target()}
	if a.reason = sh.refusal(b, nil, d, now); a.reason == "" {
		a.reason = a.conflict(before)
	}
	return a
}

// target is what the discount takes from.
func (d *discount) target() string {
	if d.freeShipping {
		return targetShipping
	}
	return targetOrder
}

// judge decides whether a code applies beside those before it.
func (sh *shop) judge(b basket, entered string, before []applied, now time.Time) applied {
	a := applied{entered: entered, target: targetOrder}
	c, ok := sh.codes[codeKey(entered)]
	if !ok {
		a.reason = reasonNotFound
		return a
	}

	a.code, a.terms, a.target = c, c.discount, c.discount.target()
	a.reason = sh.refusal(b, c, c.discount, now)
	if a.reason == "" {
		a.reason = a.conflict(before)
	}
	return a
}

// refusal is why a discount, with its code if it has one, does not apply, whatever else is in the cart. A minimum is
// asked of what the cart was worth before discounts: each is reckoned from the same subtotal. Gift cards are no part
// of that; Shopify does not say whether they are. Source: help.shopify.com, combining discounts.
func (sh *shop) refusal(b basket, c *redeemCode, d *discount, now time.Time) string {
	switch {
	case d.status(now) == "SCHEDULED":
		return reasonNotStarted
	case d.status(now) == "EXPIRED":
		return reasonExpired
	case c != nil && d.usageLimit > 0 && sh.used(c, sh.behaviour.UsageLimitScope, nil) >= d.usageLimit:
		return reasonUsedUp
	case d.customers != nil && (b.customer == nil || !slices.Contains(d.customers, b.customer.id)):
		return reasonNotEligible
	case c != nil && d.oncePerCustomer && b.customer != nil &&
		sh.used(c, sh.behaviour.OncePerCustomerScope, b.customer) > 0:
		return reasonOncePer
	case sum(b.discountable()) < d.minSubtotal || b.quantity() < d.minQuantity:
		return reasonMinimum
	case d.freeShipping && d.maxShipping > 0 && b.shipping > d.maxShipping:
		return reasonMinimum
	}
	return ""
}

// used counts uses of the code, or of its whole discount, by one customer or (nil) by anybody.
func (sh *shop) used(c *redeemCode, scope string, by *customer) int64 {
	switch {
	case scope == PerDiscount && by == nil:
		return c.discount.useCount
	case scope == PerDiscount:
		return c.discount.usesBy[by.id]
	}

	var n int64
	for _, u := range c.uses {
		if by == nil || u.customerID == by.id {
			n++
		}
	}
	return n
}

// conflict is why a code cannot stand beside those already applied.
func (a applied) conflict(before []applied) string {
	same := 0
	for _, other := range before {
		if other.reason != "" {
			continue
		}

		if a.code != nil && other.code == a.code {
			return reasonRepeated
		}
		if !stands(a, other) || !stands(other, a) {
			return reasonNotCombinable
		}

		if other.target == a.target && !other.automatic() {
			same++
		}
	}

	if a.automatic() {
		return ""
	}
	if (a.target == targetOrder && same >= maxOrderCodes) || (a.target == targetShipping && same >= maxShippingCodes) {
		return reasonTooMany
	}
	return ""
}

// stands tells whether a's discount allows one of other's class beside it.
func stands(a, other applied) bool {
	if a.terms == nil || other.terms == nil { // forced upon an order
		return true
	}
	if other.target == targetShipping {
		return a.terms.combines.shipping
	}
	return a.terms.combines.order
}

// takeOff computes the amount. left is what other discounts have left of each line, shipping what they have of that;
// percentages are of the whole subtotal.
func (a applied) takeOff(b basket, left []int64, shipping int64) applied {
	d := a.terms
	if a.target == targetShipping {
		a.amount = shipping
		return a
	}

	a.amount = d.amount
	if d.percentage != nil {
		a.amount = share(sum(b.discountable()), d.percentage)
	}
	a.amount = min(a.amount, sum(left))
	if a.amount == 0 {
		a.reason = reasonNothingToTake
		return a
	}
	a.perLine = split(a.amount, left)
	return a
}

func sum(values []int64) int64 {
	var n int64
	for _, v := range values {
		n += v
	}
	return n
}

// percentText writes a rate as a percentage with at least one decimal: "15.0".
func percentText(rate *big.Rat) string {
	text := new(big.Rat).Mul(rate, big.NewRat(100, 1)).FloatString(4)
	whole, frac, _ := strings.Cut(text, ".")
	if frac = strings.TrimRight(frac, "0"); frac == "" {
		frac = "0"
	}
	return whole + "." + frac
}

// parseFloat reads a number the simulator has written itself.
func parseFloat(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}
