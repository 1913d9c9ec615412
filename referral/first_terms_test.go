package referral

import (
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"twofold/fault"
	"twofold/money"
	"twofold/tools/schematest"
)

// F6: the first draft is worth something in each currency that Shopify has, and is said once in the table. A currency
// that is newer has a draft too.
func TestFirstTermsInEveryCurrency(t *testing.T) {
	t.Parallel()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "admin", Input: schematest.AdminSDL(t)})
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range firstAmounts {
		listed = append(listed, row.currencies...)
	}
	for _, v := range schema.Types["CurrencyCode"].EnumValues {
		if times := len(slices.DeleteFunc(slices.Clone(listed), func(c string) bool { return c != v.Name })); times != 1 {
			t.Errorf("%s is listed %d times", v.Name, times)
		}
		terms, err := FirstTerms(v.Name, false)
		if err != nil || terms.Validate(v.Name) != nil {
			t.Errorf("%s: %v, %v", v.Name, err, terms.Validate(v.Name))
		}
		if terms.Minimum.Minor != 2*terms.Friend.Amount.Minor {
			t.Errorf("%s: the minimum is %s, twice %s is not", v.Name, terms.Minimum, terms.Friend.Amount)
		}
	}

	for currency, want := range map[string]string{
		"USD": "20.00", "JPY": "2000", "NGN": "20000.00", "MGA": "70000", "VES": "3000.00", "KWD": "5.000", "QQQ": "20.00",
	} {
		terms, err := FirstTerms(currency, false)
		if err != nil || terms.Advocate.Amount.Decimal() != want {
			t.Errorf("%s: %s, want %s (%v)", currency, terms.Advocate.Amount, want, err)
		}
	}
	if _, err := FirstTerms("usd", false); !fault.Is(err, fault.Invalid) {
		t.Errorf("a malformed code: %v", err)
	}
	if terms, _ := FirstTerms("usd", false); terms.Minimum != (money.Amount{}) {
		t.Errorf("a malformed code has a minimum of %s", terms.Minimum)
	}
}
