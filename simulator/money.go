package simulator

import (
	"fmt"
	"math/big"
	"strings"
)

// currencyDigits lists the currencies that do not have two decimals. Source: ISO 4217, list one; MGA and MRU:
// Shopify/money, config/currency_iso.yml.
var currencyDigits = map[string]int{
	"BIF": 0, "BYR": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "MRU": 0,
	"PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3,
	"KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

func digitsOf(currency string) int {
	if d, ok := currencyDigits[currency]; ok {
		return d
	}
	return 2
}

// parseMoney reads a decimal string into minor units of the currency. Errors: no number, negative, more decimals than
// the currency has (zeros aside), beyond 10^15 minor units.
func parseMoney(s, currency string) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	digits := digitsOf(currency)

	if whole == "" || len(frac) > digits || !allDigits(whole+frac) || len(whole) > 12 {
		return 0, fmt.Errorf("%q is not an amount of %s", s, currency)
	}

	var minor int64
	for _, r := range whole + frac + strings.Repeat("0", digits-len(frac)) {
		minor = minor*10 + int64(r-'0')
	}
	return minor, nil
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// moneyText writes minor units with all the currency's decimals, as Shopify's REST-shaped payloads do: "20.00", "1500".
func moneyText(minor int64, currency string) string {
	digits := digitsOf(currency)

	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}

	if digits == 0 {
		return fmt.Sprintf("%s%d", sign, minor)
	}
	unit := pow10(digits)
	return fmt.Sprintf("%s%d.%0*d", sign, minor/unit, digits, minor%unit)
}

// decimalText writes minor units as Shopify's GraphQL does: at least one decimal, no zeros after it:
// "20.0", "1500.0", "9.99".
func decimalText(minor int64, currency string) string {
	whole, frac, _ := strings.Cut(moneyText(minor, currency), ".")
	frac = strings.TrimRight(frac, "0")
	if frac == "" {
		frac = "0"
	}
	return whole + "." + frac
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// share returns amount × rate, rounded half up. rate must not be negative.
func share(amount int64, rate *big.Rat) int64 {
	v := new(big.Rat).Mul(new(big.Rat).SetInt64(amount), rate)
	v.Add(v, big.NewRat(1, 2))
	return new(big.Int).Div(v.Num(), v.Denom()).Int64()
}

// split divides amount over the weights in proportion; the parts sum to amount. Left-over units go to the first parts.
// With no weight at all everything goes to nobody and the parts are zero.
func split(amount int64, weights []int64) []int64 {
	parts := make([]int64, len(weights))

	var total int64
	for _, w := range weights {
		total += w
	}
	if total <= 0 {
		return parts
	}

	rest := amount
	for i, w := range weights {
		v := new(big.Int).Mul(big.NewInt(amount), big.NewInt(w))
		parts[i] = v.Div(v, big.NewInt(total)).Int64()
		rest -= parts[i]
	}
	for i := 0; rest > 0; i = (i + 1) % len(parts) {
		if weights[i] > parts[i] {
			parts[i]++
			rest--
		}
	}
	return parts
}
