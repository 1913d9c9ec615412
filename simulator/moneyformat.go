package simulator

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// moneyFormats are Shopify's defaults for the currencies that differ from "amount and code".
// Source: help.shopify.com, currency formatting; the placeholders are shopify.dev's, Liquid filters, money.
var moneyFormats = map[string]string{
	"USD": "${{amount}}", "CAD": "${{amount}}", "AUD": "${{amount}}", "NZD": "${{amount}}", "MXN": "$ {{amount}}",
	"GBP": "£{{amount}}", "EUR": "€{{amount_with_comma_separator}}", "JPY": "¥{{amount_no_decimals}}",
	"KRW": "₩{{amount_no_decimals}}",
	"CHF": "CHF {{amount}}", "SEK": "{{amount_with_comma_separator}} kr", "NOK": "kr {{amount_with_comma_separator}}",
	"DKK": "kr.{{amount_with_comma_separator}}", "PLN": "{{amount_with_comma_separator}} zł",
	"BRL": "R$ {{amount_with_comma_separator}}",
	"INR": "Rs. {{amount}}", "AED": "Dhs. {{amount}}", "KWD": "KD {{amount}}",
}

// moneyFormatOf is a currency's money_format.
func moneyFormatOf(currency string) string {
	if f, ok := moneyFormats[currency]; ok {
		return f
	}
	return "{{amount}} " + currency
}

// moneyPlaceholder is the part of a money format that the amount replaces.
var moneyPlaceholder = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// formatMoney writes hundredths of a currency by a money format, as the filter money does. bare leaves out decimals
// that are zeros. Source: shopify.dev, Liquid filters: money, money_without_trailing_zeros.
func formatMoney(hundredths int64, format string, bare bool) string {
	return moneyPlaceholder.ReplaceAllStringFunc(format, func(m string) string {
		separators := map[string][2]string{
			"amount": {",", "."}, "amount_no_decimals": {",", ""}, "amount_with_comma_separator": {".", ","},
			"amount_no_decimals_with_comma_separator": {".", ""}, "amount_with_apostrophe_separator": {"'", "."},
			"amount_with_space_separator": {" ", ","}, "amount_no_decimals_with_space_separator": {" ", ""},
		}

		s, ok := separators[moneyPlaceholder.FindStringSubmatch(m)[1]]
		if !ok {
			return m
		}
		return groupedAmount(hundredths, s[0], s[1], bare)
	})
}

// groupedAmount writes hundredths with separators; without a decimal one it rounds half up to whole units.
func groupedAmount(hundredths int64, thousands, decimal string, bare bool) string {
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "-", -hundredths
	}
	if decimal == "" {
		hundredths = (hundredths + 50) / 100 * 100
	}

	whole := fmt.Sprint(hundredths / 100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + thousands + whole[i:]
	}

	rest := hundredths % 100
	if decimal == "" || (bare && rest == 0) {
		return sign + whole
	}
	return fmt.Sprintf("%s%s%s%02d", sign, whole, decimal, rest)
}

// display is what a visitor's amounts are shown in.
type display struct {
	presentment
	own string // the shop's currency
}

// currency is the one the visitor sees.
func (d display) currency() string {
	if d.shown == "" {
		return d.own
	}
	return d.shown
}

// hundredths turns minor units of the shop's currency into hundredths of the one that is shown, as Liquid and
// /cart.js have amounts in every currency: 1,000 yen are 100000. Source: shopify.dev, Liquid objects, cart; what is
// known of currencies with three decimals is nothing, so theirs are rounded half up.
func (d display) hundredths(minor int64) int64 {
	o := order{currency: d.own, presentment: d.presentment}
	shown, currency := o.presented(minor)
	unit := big.NewRat(100, pow10(digitsOf(currency)))
	if shown < 0 {
		return -share(-shown, unit)
	}
	return share(shown, unit)
}

// text writes minor units of the shop's currency for people.
func (d display) text(minor int64) string {
	return formatMoney(d.hundredths(minor), moneyFormatOf(d.currency()), false)
}

// short is text without decimals that are zeros.
func (d display) short(minor int64) string {
	return formatMoney(d.hundredths(minor), moneyFormatOf(d.currency()), true)
}

// off is text with a minus before what is taken off.
func (d display) off(minor int64) string { return "−" + d.text(minor) }

// rateText is Shopify.currency.rate.
func (d display) rateText() string {
	if d.rate == nil {
		return "1.0"
	}
	text := strings.TrimRight(d.rate.FloatString(10), "0")
	if strings.HasSuffix(text, ".") {
		text += "0"
	}
	return text
}
