package text

import (
	"strings"
	"testing"
	"time"

	"twofold/money"
	"twofold/referral"
)

// Amounts, times and numbers have CLDR's forms. F6: one that CLDR does not know is
// written by its code, and one has as many decimals as Shopify has for it.
func TestForms(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 1, 0, 5, 0, 0, time.UTC)
	amount := money.MustParse
	for _, c := range []struct {
		language, got, want string
	}{
		{"en", In("en").Short(amount("20", "USD")), "$20"},
		{"en", In("en").Short(amount("0.50", "USD")), "$0.50"},
		{"en", In("en").Short(amount("2000", "JPY")), "¥2,000"},
		{"en", In("en").Short(amount("1.05", "EUR")), "€1.05"},
		{"en", In("en").Short(amount("5", "KWD")), "KWD 5"},
		{"en", In("en").Money(amount("-20", "USD")), "−$20.00"},
		{"en", In("en").Money(money.Amount{Minor: 5, Currency: "zzz"}), "5 zzz"},
		{"en", In("en").Money(amount("1250.5", "QQQ")), "QQQ 1,250.50"},
		{"de", In("de").Short(amount("20", "BGN")), "20 BGN"},
		{"de", In("de").Money(amount("1250.5", "BGN")), "1.250,50 BGN"},
		{"fr", In("fr").Short(amount("20", "USDC")), "20 USDC"},
		{"en", In("en").Money(amount("70000", "MGA")), "MGA 70,000"},
		{"en", In("en").Money(amount("700", "MRU")), "MRU 700"},
		{"ar", In("ar").Short(amount("20", "QQQ")), "\u200f20 QQQ"},
		{"de", In("de").Money(amount("1234.5", "EUR")), "1.234,50 €"},
		{"fr", In("fr").Money(amount("20", "USD")), "20,00 $US"},
		{"es", In("es").Short(amount("12.50", "EUR")), "12,50 €"},
		{"en", In("en").Percent(1000), "10%"},
		{"en", In("en").Percent(1250), "12.5%"},
		{"en", In("en").Percent(5), "0.05%"},
		{"de", In("de").Percent(1250), "12,5 %"},
		{"en", In("en").Number(10_000), "10,000"},
		{"de", In("de").Number(10_000), "10.000"},
		{"en", In("en").Day(at), "December 1, 2026"},
		{"de", In("de").Day(at), "1. Dezember 2026"},
		{"en", In("en").Moment(at), "Dec 1, 2026, 00:05 UTC"},
		{"en", In("en").Day(time.Time{}), "at an unknown time"},
		{"en", In("en").List([]string{"a", "b", "c"}), "a, b and c"},
		{"en", In("en").List([]string{"a"}), "a"},
		{"ar", In("ar").days(2), "يومان"},
		{"ar", In("ar").days(11), "11 يومًا"},
	} {
		if strings.ReplaceAll(c.got, "\u00a0", " ") != c.want { // CLDR keeps number and unit on one line
			t.Errorf("%s: %q, want %q", c.language, c.got, c.want)
		}
	}
}

// What a check saw has the language's forms, and words where it is a name. A name that Shopify
// adds later is said as it is.
func TestWhatChecksSaw(t *testing.T) {
	t.Parallel()
	page := page{Printer: English}
	for _, c := range []struct{ name, value, want string }{
		{"net", "80.00 USD", "$80.00"},
		{"released_at", "2026-12-01T00:05:00Z", "Dec 1, 2026, 00:05 UTC"},
		{"prior_orders", "3", "3"},
		{"source", "pos", "point of sale"},
		{"status", "PARTIALLY_REFUNDED", "partially refunded"},
		{"status", "NEW_ONE", "NEW_ONE"},
		{"status", "", ""},
		{"via", "order_count", "the number of the customer's orders"},
		{"dispute", "CHARGEBACK NEEDS_RESPONSE", "chargeback needs your answer"},
		{"dispute", "CHARGEBACK NEW_ONE", "CHARGEBACK NEW_ONE"},
	} {
		if got := page.seen(referral.Value{Name: c.name, Value: c.value}); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.name, c.value, got, c.want)
		}
	}
}
