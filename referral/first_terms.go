package referral

import (
	"slices"

	"twofold/money"
	"twofold/trust"
)

// firstAmounts are what "Give $20, get $20" is elsewhere: round amounts that a shop could give, for the merchant to
// change. They are no rates, and nothing reckons with them. A currency that is newer than this table is given 20: new
// ones come about to be of that order. Source: our own, rounded by hand to be worth about $10 to $40 in 2025; retired
// currencies as they were replaced.
var firstAmounts = []struct {
	amount     string
	currencies []string
}{
	{"5", []string{"BHD", "KWD", "OMR"}},
	{"10", []string{"JOD", "LVL"}},
	{"20", []string{"AUD", "BMD", "BND", "BSD", "CAD", "CHF", "EUR", "FKP", "GBP", "GIP", "JEP", "KYD", "NZD", "PAB", "SGD", "SHP", "USD", "USDC", "XXX"}},
	{"30", []string{"AZN", "BAM", "BGN", "KID"}},
	{"40", []string{"ANG", "AWG", "BBD", "BZD", "FJD", "TOP", "XCG"}},
	{"50", []string{"BYN", "GEL", "ILS", "LTL", "TND", "WST", "XCD"}},
	{"70", []string{"PEN", "PLN", "RON", "TMT"}},
	{"75", []string{"AED", "MYR", "PGK", "QAR", "SAR"}},
	{"100", []string{"BOB", "BRL", "CNY", "DKK", "HRK", "LYD", "TTD"}},
	{"150", []string{"GTQ", "HKD", "MOP", "SBD"}},
	{"200", []string{"BWP", "GHS", "LSL", "MAD", "NAD", "NOK", "SCR", "SEK", "SZL", "TJS", "ZAR"}},
	{"300", []string{"ERN", "MDL", "MVR", "MXN"}},
	{"400", []string{"CZK", "SLE", "STN", "ZMW"}},
	{"500", []string{"HNL", "INR", "PHP", "THB", "TRY", "TWD", "ZWG"}},
	{"700", []string{"MRU", "MUR", "NIO", "SRD", "UAH", "UYU"}},
	{"1000", []string{"BTN", "DOP", "EGP", "ETB", "MKD", "MZN", "NPR"}},
	{"1500", []string{"AFN", "GMD", "KGS", "RUB"}},
	{"2000", []string{"ALL", "BDT", "CVE", "DZD", "HTG", "ISK", "JPY", "KES", "RSD", "VUV", "XPF"}},
	{"3000", []string{"DJF", "JMD", "LRD", "PKR", "VED", "VES"}},
	{"4000", []string{"GYD", "LKR"}},
	{"5000", []string{"HUF", "YER"}},
	{"7000", []string{"AMD", "KMF"}},
	{"10000", []string{"CRC", "KZT", "SOS", "XAF", "XOF"}},
	{"15000", []string{"CLP"}},
	{"20000", []string{"ARS", "AOA", "IQD", "KRW", "MWK", "NGN", "RWF", "SDG"}},
	{"50000", []string{"BIF", "CDF", "COP", "MMK", "SSP", "TZS"}},
	{"70000", []string{"KHR", "MGA", "MNT", "UGX"}},
	{"150000", []string{"GNF", "PYG"}},
	{"200000", []string{"IDR", "SYP", "UZS", "VND"}},
	{"400000", []string{"BYR", "LAK", "SLL", "STD"}},
	{"1000000", []string{"IRR"}},
	{"1500000", []string{"LBP"}},
	{"5000000", []string{"VEF"}},
}

// firstAmount is what a first draft gives each side. Invalid: the currency's code is malformed.
func firstAmount(currency string) (money.Amount, error) {
	for _, row := range firstAmounts {
		if slices.Contains(row.currencies, currency) {
			return money.Parse(row.amount, currency)
		}
	}
	return money.Parse("20", currency)
}

// FirstTerms are those of a first draft: the same amount for both sides, released after 14 days, and where the shop
// sells already, to advocates who have bought. Source: design section 6.
func FirstTerms(currency string, sells bool) (Terms, error) {
	amount, err := firstAmount(currency)
	if err != nil {
		return Terms{}, err
	}
	offer := Offer{Kind: AmountOff, Amount: amount, Combines: Combines{Shipping: true}}
	minimum := money.Amount{Minor: 2 * amount.Minor, Currency: currency}
	return Terms{
		Friend: offer, Advocate: offer, Minimum: minimum, HoldDays: 14, WindowDays: 30, ClaimDays: 30, Credit: Credits[0], BuysFirst: sells,
		ShareCeiling: 50, Strictness: trust.Balanced,
	}, nil
}
