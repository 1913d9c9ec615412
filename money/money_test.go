package money

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"pgregory.net/rapid"

	"twofold/fault"
	"twofold/tools/schematest"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		says, decimal, currency string
		minor                   int64
		ok                      bool
	}{
		{"whole dollars", "20", "USD", 2000, true},
		{"one decimal, as Shopify writes it", "20.0", "USD", 2000, true},
		{"cents", "0.05", "USD", 5, true},
		{"negative", "-3.50", "USD", -350, true},
		{"yen has no decimals", "1000", "JPY", 1000, true},
		{"yen with a zero decimal, as Shopify writes it", "1000.0", "JPY", 1000, true},
		{"dinar has three", "1.005", "KWD", 1005, true},
		{"zeros past the currency's digits", "1.2300", "USD", 123, true},
		{"a currency whose small coins are out of use", "1234.56", "RSD", 123456, true},
		{"another", "99.99", "PKR", 9999, true},
		{"a dinar of three", "1.234", "IQD", 1234, true},
		{"the largest", "92233720368547758.07", "USD", math.MaxInt64, true},
		{"one more than the largest", "92233720368547758.08", "USD", 0, false},
		{"too many decimals", "1.005", "USD", 0, false},
		{"half a yen", "0.5", "JPY", 0, false},
		{"empty", "", "USD", 0, false},
		{"only a sign", "-", "USD", 0, false},
		{"two signs", "--1", "USD", 0, false},
		{"plus sign", "+1", "USD", 0, false},
		{"dot without digits", "1.", "USD", 0, false},
		{"exponent", "1e3", "USD", 0, false},
		{"spaces", " 1", "USD", 0, false},
		{"comma", "1,00", "USD", 0, false},
		{"lower-case currency", "1", "usd", 0, false},
		{"no currency", "1", "", 0, false},
		{"digits for a currency", "1", "123", 0, false},
		{"no letters of ASCII", "1", "ÄB", 0, false},
		{"five letters", "1", "DOLLA", 0, false},
		{"four letters: Shopify has USD Coin", "1.5", "USDC", 150, true},
		{"a currency newer than the table: two decimals", "1848.7", "QQQ", 184870, true},
		{"if it has none, Shopify writes a zero", "1000.0", "QQQ", 100000, true},
		{"a third decimal of it is not rounded away", "1.234", "QQQ", 0, false},
		{"Venezuela", "250.50", "VES", 25050, true},
		{"Malagasy ariary has no decimals at Shopify", "1848.0", "MGA", 1848, true},
		{"and none are made up", "1848.75", "MGA", 0, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			got, err := Parse(c.decimal, c.currency)
			if (err == nil) != c.ok {
				t.Fatalf("Parse(%q, %q): error %v", c.decimal, c.currency, err)
			}
			if c.ok && got != (Amount{c.minor, c.currency}) {
				t.Fatalf("Parse(%q, %q) = %+v", c.decimal, c.currency, got)
			}
			if !c.ok && !fault.Is(err, fault.Invalid) {
				t.Fatalf("error is %v, want Invalid", fault.KindOf(err))
			}
		})
	}
}

// F6: whether a currency exists is Shopify's word. Each code of its schema is known, and has the decimals that are
// said here of the exceptions; nothing else is known, and works nevertheless.
func TestCurrenciesAreThoseOfShopifysSchema(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "admin", Input: schematest.AdminSDL(t)})
	if err != nil {
		t.Fatal(err)
	}

	var shopifys []string
	for _, v := range schema.Types["CurrencyCode"].EnumValues {
		shopifys = append(shopifys, v.Name)
		if _, err := Digits(v.Name); err != nil {
			t.Errorf("%s has no digits: %v", v.Name, err)
		}
		if !Known(v.Name) {
			t.Errorf("%s is not known", v.Name)
		}
	}
	if ours := strings.Fields(currencies); !slices.Equal(ours, shopifys) {
		t.Errorf("ours: %d codes, Shopify's: %d, in its order\n%s", len(ours), len(shopifys), strings.Join(shopifys, " "))
	}

	for code := range minorDigits {
		if !Known(code) {
			t.Errorf("%s has digits of its own and is none of Shopify's", code)
		}
	}
	for _, code := range []string{"QQQ", "SDC", "D A", "usd", ""} {
		if Known(code) {
			t.Errorf("%q is known", code)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		amount Amount
		want   string
	}{
		{Amount{2000, "USD"}, "20.00"}, {Amount{5, "USD"}, "0.05"}, {Amount{-5, "USD"}, "-0.05"}, {Amount{0, "USD"}, "0.00"},
		{Amount{1000, "JPY"}, "1000"}, {Amount{5, "KWD"}, "0.005"}, {Amount{1849, "MGA"}, "1849"}, {Amount{5, "QQQ"}, "0.05"}, {Amount{math.MinInt64, "USD"}, "-92233720368547758.08"},
	} {
		if got := c.amount.Decimal(); got != c.want {
			t.Errorf("%+v.Decimal() = %q, want %q", c.amount, got, c.want)
		}
	}
}

func TestAddRefusesWhatHasNoSum(t *testing.T) {
	for says, pair := range map[string][2]Amount{
		"two currencies":  {{1, "USD"}, {1, "EUR"}},
		"over the top":    {{math.MaxInt64, "USD"}, {1, "USD"}},
		"under the floor": {{math.MinInt64, "USD"}, {-1, "USD"}},
	} {
		if _, err := pair[0].Add(pair[1]); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: error %v, want Internal", says, err)
		}
	}
	if _, err := (Amount{0, "USD"}).Sub(Amount{math.MinInt64, "USD"}); !fault.Is(err, fault.Internal) {
		t.Errorf("minus the smallest: error %v, want Internal", err)
	}
	if sum, err := (Amount{}).Add(Amount{5, "USD"}); err != nil || sum != (Amount{5, "USD"}) {
		t.Errorf("nothing + 5 = %v, %v", sum, err)
	}
}

func TestAddThenSubIsTheIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Amount{rapid.Int64Range(math.MinInt64/2, math.MaxInt64/2).Draw(t, "a"), "USD"}
		b := Amount{rapid.Int64Range(math.MinInt64/4, math.MaxInt64/4).Draw(t, "b"), "USD"}
		sum, err := a.Add(b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := sum.Sub(b)
		if err != nil || back != a {
			t.Fatalf("%v + %v - %v = %v, %v", a, b, b, back, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"20.00", "1000.0", "-0.05", "9999999999999999999999", "1.", ".5", "00.10", "1e9", "\xff"} {
		f.Add(seed, "USD")
		f.Add(seed, "JPY")
		f.Add(seed, "KWD")
	}
	f.Fuzz(func(t *testing.T, decimal, currency string) {
		a, err := Parse(decimal, currency)
		if err != nil {
			return
		}
		again, err := Parse(a.Decimal(), currency)
		if err != nil || again != a {
			t.Fatalf("Parse(%q) = %+v, but Parse(%q) = %+v, %v", decimal, a, a.Decimal(), again, err)
		}
	})
}

func TestShareRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		of   Amount
		bp   int
		want int64
	}{
		{"a tenth", Amount{Minor: 8000, Currency: "USD"}, 1000, 800},
		{"just below a half", Amount{Minor: 149, Currency: "USD"}, 100, 1},
		{"a half goes up", Amount{Minor: 150, Currency: "USD"}, 100, 2},
		{"a negative half goes down", Amount{Minor: -150, Currency: "USD"}, 100, -2},
		{"nothing of it", Amount{Minor: 150, Currency: "USD"}, 0, 0},
		{"all of it", Amount{Minor: 151, Currency: "JPY"}, 10_000, 151},
		{"of nothing", Amount{Currency: "KWD"}, 1500, 0},
		{"all of the largest amount", Amount{Minor: math.MaxInt64, Currency: "USD"}, 10_000, math.MaxInt64},
	} {
		got, err := c.of.Share(c.bp)
		if err != nil || got != (Amount{Minor: c.want, Currency: c.of.Currency}) {
			t.Errorf("%s: %v, %v; want %d", c.says, got, err, c.want)
		}
	}
	if _, err := (Amount{Minor: math.MaxInt64, Currency: "USD"}).Share(20_000); !fault.Is(err, fault.Internal) {
		t.Errorf("twice the largest amount: %v, want Internal", err)
	}
}

func TestPartIsRoundedUp(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) Amount { return Amount{Minor: minor, Currency: "USD"} }
	for _, c := range []struct {
		says            string
		of, part, whole Amount
		want            int64
	}{
		{"half of it", usd(2000), usd(4000), usd(8000), 1000},
		{"all of it", usd(2000), usd(8000), usd(8000), 2000},
		{"nothing of it", usd(2000), usd(0), usd(8000), 0},
		{"of nothing", usd(0), usd(1), usd(8000), 0},
		{"the least part is a cent", usd(2000), usd(1), usd(math.MaxInt64), 1},
		{"a part of a cent more", usd(2000), usd(3199), usd(8000), 800},
		{"of the largest", usd(math.MaxInt64), usd(math.MaxInt64), usd(math.MaxInt64), math.MaxInt64},
		{"in whole yen", Amount{2000, "JPY"}, usd(1), usd(3), 667},
	} {
		if got, err := c.of.Part(c.part, c.whole); err != nil || got != (Amount{Minor: c.want, Currency: c.of.Currency}) {
			t.Errorf("%s: %v, %v; want %d", c.says, got, err, c.want)
		}
	}

	for says, pair := range map[string][2]Amount{
		"two currencies": {usd(1), {2, "EUR"}}, "more than the whole": {usd(2), usd(1)}, "below zero": {usd(-1), usd(1)}, "of nothing": {usd(0), usd(0)},
	} {
		if _, err := usd(1).Part(pair[0], pair[1]); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v, want Internal", says, err)
		}
	}
}

func TestEachIsRoundedUp(t *testing.T) {
	for _, row := range []struct{ minor, n, want int64 }{{0, 3, 0}, {9, 3, 3}, {10, 3, 4}, {11, 3, 4}, {-10, 3, -3}, {math.MaxInt64, 1, math.MaxInt64}} {
		if got := (Amount{Minor: row.minor, Currency: "USD"}).Each(int(row.n)); got.Minor != row.want || got.Currency != "USD" {
			t.Errorf("%d among %d: got %v, want %d", row.minor, row.n, got, row.want)
		}
	}
}
