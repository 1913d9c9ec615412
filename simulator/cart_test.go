package simulator

import (
	"strings"
	"testing"
)

// offOf is the amount that /cart.js says a code takes off, 0 where it is not named.
func offOf(cart map[string]any, code string) any {
	for _, a := range dig(cart, "cart_level_discount_applications").([]any) {
		if dig(a, "title") == code {
			return dig(a, "total_allocated_amount")
		}
	}
	return 0
}

func TestCartAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	b := w.browser()
	if _, out := b.json("POST", "/cart/add.js", `{"id":"101","quantity":2}`); dig(out, "variant_title") != "Flax" || dig(out, "title") != "Ridge vase - Flax" ||
		dig(out, "quantity") != 2.0 || dig(out, "final_line_price") != 13600.0 {
		t.Errorf("one line: %s", show(out))
	}
	_, out := b.json("POST", "/cart/add.js", `{"items":[{"id":101},{"id":5,"quantity":1}]}`)
	if lines := dig(out, "items").([]any); len(lines) != 2 || dig(lines[0], "quantity") != 3.0 || dig(lines[1], "variant_title") != nil {
		t.Errorf("a list of lines: %s", show(out))
	}

	// A line changes by its key, by its variant, by its place; it keeps its place.
	key := dig(out, "items", 0, "key").(string)
	for _, step := range []struct {
		path, body string
		count      float64
	}{
		{"/cart/change.js", `{"id":"` + key + `","quantity":1}`, 2}, {"/cart/change.js", `{"id":5,"quantity":4}`, 5},
		{"/cart/change.js", `{"line":1,"quantity":2}`, 6}, {"/cart/update.js", `{"updates":{"` + key + `":5,"5":0}}`, 5},
	} {
		_, out := b.json("POST", step.path, step.body)
		if dig(out, "item_count") != step.count || dig(out, "items", 0, "id") != 101.0 {
			t.Errorf("%s %s: %s", step.path, step.body, show(out))
		}
	}
	if _, out := b.json("POST", "/cart/update.js", `{"note":"For June"}`); dig(out, "note") != "For June" {
		t.Errorf("note: %s", show(out))
	}
	if _, out := b.json("POST", "/cart/clear.js", ``); dig(out, "item_count") != 0.0 || dig(out, "requires_shipping") != false {
		t.Errorf("clear: %s", show(out))
	}

	for body, want := range map[string]int{`{"id":999}`: 404, `{"id":"x"}`: 400, `{"items":[{"id":9000}]}`: 404} {
		if status, out := b.json("POST", "/cart/add.js", body); status != want {
			t.Errorf("add %s: %d %v, want %d", body, status, out, want)
		}
	}
	if status, _ := b.json("POST", "/cart/change.js", `{"id":1}`); status != 400 {
		t.Errorf("change without a quantity: %d", status)
	}
}

// update.js discount is the whole list. /cart.js tells which codes apply and what they take off,
// and never why one does not.
func TestCartCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.discount(token, "TWENTY", map[string]any{"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "40.00"}}})
	w.discount(token, "TENTH", map[string]any{"customerGets": percentOff(0.1)})
	b := w.browser()
	b.json("POST", "/cart/add.js", `{"id":5}`)

	_, cart := b.json("POST", "/cart/update.js", `{"discount":"twenty,TENTH","attributes":{"a":"1","__secret":"2"}}`)
	if show(dig(cart, "discount_codes")) != show([]any{map[string]any{"code": "twenty", "applicable": false}, map[string]any{"code": "TENTH", "applicable": true}}) {
		t.Errorf("below the minimum: %s", show(dig(cart, "discount_codes")))
	}
	if offOf(cart, "twenty") != 0 || offOf(cart, "TENTH") != 280.0 || dig(cart, "cart_level_discount_applications", 0, "value") != "10.0" ||
		dig(cart, "total_price") != 2520.0 || dig(cart, "original_total_price") != 2800.0 {
		t.Errorf("%s", show(cart))
	}
	if show(dig(cart, "attributes")) != show(map[string]any{"a": "1"}) {
		t.Errorf("private attributes are shown: %v", dig(cart, "attributes"))
	}

	b.json("POST", "/cart/add.js", `{"id":6}`)
	_, cart = b.json("GET", "/cart.js", "")
	if offOf(cart, "twenty") != 2000.0 || offOf(cart, "TENTH") != 0 { // the first stands, the other cannot beside it
		t.Errorf("above it: %s", show(cart))
	}
	if _, cart := b.json("POST", "/cart/update.js", `{"discount":"","attributes":{"a":""}}`); len(dig(cart, "discount_codes").([]any)) != 0 ||
		len(dig(cart, "attributes").(map[string]any)) != 0 {
		t.Errorf("taken out: %s", show(cart))
	}
	for _, reason := range []string{reasonMinimum, reasonNotCombinable} {
		if _, text := b.send("GET", "/cart.js", "", ""); strings.Contains(text, reason) {
			t.Errorf("/cart.js tells %s", reason)
		}
	}
}

// Amounts are hundredths of what the visitor sees, in every currency; the order is in that currency too.
func TestCartCurrencies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own, shown, rate string
		price            float64 // of the ridge vase
		text, total      string  // on its page; of the order, in the shop's currency
	}{
		"dollars":          {"USD", "", "", 6800, "$68", "75.00"},
		"yen":              {"JPY", "", "", 680000, "¥6,800", "7500"},
		"dinars":           {"KWD", "", "", 6800, "KD 68", "75.000"},
		"euros to dollars": {"USD", "EUR", "0.9", 6120, "€61,20", "75.00"},
		"yen to dollars":   {"USD", "JPY", "149.257", 1014900, "¥10,149", "75.00"},
	} {
		w := newWorld(t, func(in *ShopInput) { in.Currency = c.own })
		w.theme(map[string]any{"currency": c.shown, "rate": c.rate})
		b := w.browser()
		b.json("POST", "/cart/add.js", `{"id":1}`)
		_, cart := b.json("GET", "/cart.js", "")
		want := c.shown
		if want == "" {
			want = c.own
		}
		if dig(cart, "items", 0, "price") != c.price || dig(cart, "total_price") != c.price || dig(cart, "currency") != want {
			t.Errorf("%s: %v %v", name, dig(cart, "items", 0, "price"), dig(cart, "currency"))
		}
		if _, page := b.get("/products/ridge-vase"); !strings.Contains(page, `<p class="price">`+c.text+`<`) {
			t.Errorf("%s: the page does not say %s", name, c.text)
		}
		b.send("POST", "/checkout", "application/x-www-form-urlencoded", "email=bob@example.com")
		orders, err := w.Orders(testShop)
		w.must(err)
		if len(orders) != 1 || orders[0].Total != c.total || orders[0].Presentment != c.shown {
			t.Errorf("%s: %+v", name, orders)
		}
	}
}

func TestFormatMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hundredths int64
		format     string
		bare       bool
		want       string
	}{
		{0, "${{amount}}", false, "$0.00"}, {0, "${{amount}}", true, "$0"}, {5, "${{ amount }}", true, "$0.05"}, {99999, "${{amount}}", false, "$999.99"},
		{100000, "${{amount}}", false, "$1,000.00"}, {-123456789, "${{amount}}", false, "$-1,234,567.89"}, {150, "¥{{amount_no_decimals}}", false, "¥2"},
		{149, "¥{{amount_no_decimals}}", false, "¥1"}, {123456, "{{amount_with_comma_separator}} kr", true, "1.234,56 kr"}, {100, "{{nonsense}}", false, "{{nonsense}}"},
		{123400, "{{amount_with_apostrophe_separator}}", true, "1'234"},
	} {
		if got := formatMoney(c.hundredths, c.format, c.bare); got != c.want {
			t.Errorf("%d by %s: %s, want %s", c.hundredths, c.format, got, c.want)
		}
	}
}
