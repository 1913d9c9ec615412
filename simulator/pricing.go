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
}

func (b basket) lineTotals() []int64 {
	out := make([]int64, len(b.lines))
	for i, l := range b.lines {
		out[i] = l.price * l.quantity
	}
	return out
}

func (b basket) subtotal() int64 { return sum(b.lineTotals()) }

func (b basket) quantity() int64 {
	var n int64
	for _, l := range b.lines {
		n += l.quantity
	}
	return n
}

// applied is one code and what it took off, or why it did not.
type applied struct {
	entered string      // as typed
	code    *redeemCode // nil where there is none
	target  string      // order or shipping
	amount  int64       // taken off in all
	perLine []int64     // order discounts: by line, sums to amount
	reason  string      // empty if it applies
}

// price applies the codes in the order given. A code that does not stand beside those before it is left out: the real checkout
// would take the better combination, which is not simulated.
// Source: help.shopify.com, combining discounts; shopify.dev, DiscountCodeBasicInput.
func (sh *shop) price(b basket, codes []string, now time.Time) []applied {
	var out []applied
	left := b.lineTotals()
	for _, entered := range codes {
		a := sh.judge(b, entered, out, now)
		if a.reason == "" {
			a = a.takeOff(b, left)
		}
		for i, n := range a.perLine {
			left[i] -= n
		}
		out = append(out, a)
	}
	return out
}

// judge decides whether a code applies beside those before it.
func (sh *shop) judge(b basket, entered string, before []applied, now time.Time) applied {
	a := applied{entered: entered, target: targetOrder}
	c, ok := sh.codes[codeKey(entered)]
	if !ok {
		a.reason = reasonNotFound
		return a
	}
	a.code = c
	if c.discount.freeShipping {
		a.target = targetShipping
	}
	a.reason = sh.refusal(b, c, now)
	if a.reason == "" {
		a.reason = a.conflict(before)
	}
	return a
}

// refusal is why the code itself does not apply, whatever else is in the cart. A minimum is asked of what the cart was
// worth before codes: order discounts are reckoned from the same subtotal each. Source: help.shopify.com, combining
// discounts.
func (sh *shop) refusal(b basket, c *redeemCode, now time.Time) string {
	d := c.discount
	switch {
	case d.status(now) == "SCHEDULED":
		return reasonNotStarted
	case d.status(now) == "EXPIRED":
		return reasonExpired
	case d.usageLimit > 0 && sh.used(c, sh.behaviour.UsageLimitScope, nil) >= d.usageLimit:
		return reasonUsedUp
	case d.customers != nil && (b.customer == nil || !slices.Contains(d.customers, b.customer.id)):
		return reasonNotEligible
	case d.oncePerCustomer && b.customer != nil && sh.used(c, sh.behaviour.OncePerCustomerScope, b.customer) > 0:
		return reasonOncePer
	case b.subtotal() < d.minSubtotal || b.quantity() < d.minQuantity:
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
		if other.code == a.code {
			return reasonRepeated
		}
		if !stands(a, other) || !stands(other, a) {
			return reasonNotCombinable
		}
		if other.target == a.target {
			same++
		}
	}
	if (a.target == targetOrder && same >= maxOrderCodes) || (a.target == targetShipping && same >= maxShippingCodes) {
		return reasonTooMany
	}
	return ""
}

// stands tells whether a's discount allows one of other's class beside it.
func stands(a, other applied) bool {
	if a.code == nil || other.code == nil { // forced upon an order
		return true
	}
	if other.target == targetShipping {
		return a.code.discount.combines.shipping
	}
	return a.code.discount.combines.order
}

// takeOff computes the amount. left is what other codes have left of each line; percentages are of the whole subtotal.
func (a applied) takeOff(b basket, left []int64) applied {
	d := a.code.discount
	if a.target == targetShipping {
		a.amount = b.shipping
		return a
	}
	a.amount = d.amount
	if d.percentage != nil {
		a.amount = share(b.subtotal(), d.percentage)
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
