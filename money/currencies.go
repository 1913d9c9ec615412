package money

import (
	_ "embed"
	"slices"
	"strings"
)

// currencies are those that Shopify's schema names. A test holds them against it.
// Source: shopify.dev, Admin API, enum CurrencyCode, 2026-10.
//
//go:embed currencies.txt
var currencies string

// Known tells whether Shopify had the currency when this program was made. One that is newer works too: see Digits.
func Known(code string) bool { return slices.Contains(strings.Fields(currencies), code) }

// wellFormed tells whether a code looks like one of Shopify's: three capital letters as in ISO 4217, or four (USDC).
func wellFormed(code string) bool {
	if len(code) != 3 && len(code) != 4 {
		return false
	}
	for _, c := range []byte(code) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// minorDigits are the exceptions to two decimals: ISO 4217, list one, minor units, and where Shopify differs,
// Shopify. It has no fifths of an ariary (MGA) or an ouguiya (MRU), which ISO counts as two decimals. CLDR's digits,
// which most libraries have, are those of everyday use: none for the Pakistani rupee or the Serbian dinar, which
// Shopify writes with two. Source: Shopify/money, config/currency_iso.yml, subunit_to_unit, January 2026.
var minorDigits = map[string]int{
	"BIF": 0, "BYR": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "MRU": 0,
	"PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "IQD": 3, "JOD": 3,
	"KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}
