package simulator

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// presentment is the currency the customer sees and pays in. The zero value is the shop's own.
type presentment struct {
	shown string   // currency
	rate  *big.Rat // how much of it one of the shop's currency is
}

// taxation is how an order is taxed. The zero value is not at all. Shipping never is.
type taxation struct {
	taxesIncluded bool
	taxRate       *big.Rat // nil is none
}

// terms reads how an order is presented and taxed.
func (s *Server) terms(sh *shop, in OrderInput) (presentment, taxation, error) {
	p, err := s.presentmentOf(sh, in)
	if err != nil {
		return p, taxation{}, err
	}

	t := taxation{taxesIncluded: in.TaxesIncluded}
	if in.TaxRate != "" {
		t.taxRate, err = parseRate(in.TaxRate)
	}
	return p, t, err
}

func (s *Server) presentmentOf(sh *shop, in OrderInput) (presentment, error) {
	currency, rate := in.PresentmentCurrency, in.PresentmentRate
	switch {
	case currency == "" && rate == "", currency == sh.currency && rate == "":
		return presentment{}, nil
	case currency == "" || rate == "":
		return presentment{}, errors.New("presentment_currency and presentment_rate go together")
	case currency == sh.currency:
		return presentment{}, errors.New("the shop's own currency has no presentment_rate")
	case s.schema.Types["CurrencyCode"].EnumValues.ForName(currency) == nil:
		return presentment{}, fmt.Errorf("presentment_currency %q is not one of Shopify's", currency)
	}

	r, err := parseRate(rate)
	return presentment{currency, r}, err
}

// maxRateLength keeps rates to what can be multiplied quickly.
const maxRateLength = 20

// parseRate reads a positive decimal such as "0.9".
func parseRate(s string) (*big.Rat, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" || len(s) > maxRateLength || !allDigits(whole+frac) {
		return nil, fmt.Errorf("%q is not a rate", s)
	}

	r, ok := new(big.Rat).SetString(s)
	if !ok || r.Sign() <= 0 {
		return nil, fmt.Errorf("%q is not a rate above 0", s)
	}
	return r, nil
}

// presentmentCurrency is the currency the customer sees.
func (o *order) presentmentCurrency() string {
	if o.shown == "" {
		return o.currency
	}
	return o.shown
}

// presented is an amount as the customer sees it, in minor units of their currency. Each amount is
// converted by itself and rounded half up to that currency's digits, so the parts of an order may sum to
// a unit more or less than the whole.
func (o *order) presented(minor int64) (int64, string) {
	if o.rate == nil {
		return minor, o.currency
	}

	rate := new(big.Rat).SetFrac64(pow10(digitsOf(o.shown)), pow10(digitsOf(o.currency)))
	rate.Mul(rate, o.rate)

	if minor < 0 {
		return -share(-minor, rate), o.shown
	}
	return share(minor, rate), o.shown
}

// taxOn is the tax on what a line costs after discounts: a part of it where prices include tax, a share
// on top where they do not.
func (t taxation) taxOn(net int64) int64 {
	switch {
	case t.taxRate == nil:
		return 0
	case t.taxesIncluded:
		gross := new(big.Rat).Add(big.NewRat(1, 1), t.taxRate)
		return share(net, gross.Quo(t.taxRate, gross))
	default:
		return share(net, t.taxRate)
	}
}

// onTop is what a tax adds to a total: nothing where prices include it.
// Source: shopify.dev, Order.subtotalPriceSet: "If taxesIncluded is true, then the subtotal also includes tax."
func (t taxation) onTop(tax int64) int64 {
	if t.taxesIncluded {
		return 0
	}
	return tax
}

// totalTax is the tax on the order as it was placed.
func (o *order) totalTax() int64 {
	var n int64
	for _, l := range o.lines {
		if !l.added {
			n += o.taxOn(l.net())
		}
	}
	return n
}

// currentTax is the tax on what refunds and edits have left of the lines.
func (o *order) currentTax() int64 {
	var n int64
	for _, l := range o.lines {
		n += o.taxOn(l.left())
	}
	return n
}

// checkoutless tells whether orders of a source have been through no checkout on the shop's site: they have no
// checkout or cart token, landing page or referrer. Of draft orders public captures show both, a null checkout_token
// (2020) and, for some paid through an invoice, a token (2025); cart_token and landing_site are null in all.
func checkoutless(source string) bool {
	return source == "pos" || source == "shopify_draft_order" || source == "subscription_contract"
}

// checkoutToken is also the cart's token; nil for an order without a checkout.
func (o *order) checkoutToken() any {
	if checkoutless(o.source) {
		return nil
	}
	return o.token
}
