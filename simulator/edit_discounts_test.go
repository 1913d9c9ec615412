package simulator

import (
	"encoding/json"
	"slices"
	"testing"
)

const editedQuery = `query ($id: ID!) { discountNode: codeDiscountNodeByCode(code: "SAVE") { id codeDiscount { ... on DiscountCodeBasic { title status endsAt
	combinesWith { orderDiscounts shippingDiscounts } minimumRequirement { ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount } } }
	customerGets { value { ... on DiscountAmount { amount { amount } } ... on DiscountPercentage { percentage } } } } } } o: order(id: $id) { id } }`

// yes is a flag that is set.
func yes() *bool { b := true; return &b }

func TestEditDiscount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		in    DiscountEdit
		path  []any // below codeDiscount
		want  any
		price string // of the basket that then tries the code
		off   string // what it takes; empty: it does not apply
	}{
		{"another amount", DiscountEdit{Amount: "7.50"}, []any{"customerGets", "value", "amount", "amount"}, "7.5", "60.00", "7.50"},
		{"a percentage in its place", DiscountEdit{Percentage: "0.125"}, []any{"customerGets", "value", "percentage"}, json.Number("0.125"), "60.00", "7.50"},
		{"a minimum that is met", DiscountEdit{Minimum: "60.00"}, []any{"minimumRequirement", "greaterThanOrEqualToSubtotal", "amount"}, "60.0", "60.00", "20.00"},
		{"a minimum that is not", DiscountEdit{Minimum: "60.01"}, []any{"minimumRequirement", "greaterThanOrEqualToSubtotal", "amount"}, "60.01", "60.00", ""},
		{"no minimum", DiscountEdit{Minimum: "0"}, []any{"minimumRequirement"}, nil, "60.00", "20.00"},
		{"an end long past", DiscountEdit{EndsAt: "2020-02-01T00:00:00Z"}, []any{"status"}, "EXPIRED", "60.00", ""},
		{"an end to come", DiscountEdit{EndsAt: "2100-01-01T00:00:00+02:00"}, []any{"endsAt"}, "2099-12-31T22:00:00Z", "60.00", "20.00"},
		{"no end", DiscountEdit{EndsAt: "never"}, []any{"endsAt"}, nil, "60.00", "20.00"},
		{"another title", DiscountEdit{Title: "Autumn"}, []any{"title"}, "Autumn", "60.00", "20.00"},
		{"beside other orders' discounts", DiscountEdit{Combines: &Combination{Order: true}}, []any{"combinesWith", "orderDiscounts"}, true, "60.00", "20.00"},
		{"not beside shipping", DiscountEdit{Combines: &Combination{Order: true}}, []any{"combinesWith", "shippingDiscounts"}, false, "60.00", "20.00"},
		{"switched off", DiscountEdit{Active: no()}, []any{"status"}, "EXPIRED", "60.00", ""},
		{"switched on while it runs", DiscountEdit{Active: yes()}, []any{"status"}, "ACTIVE", "60.00", "20.00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			token := w.token()
			id, _ := parseGID("DiscountCodeNode", w.discount(token, "SAVE", nil))
			d, err := w.EditDiscount(testShop, id, c.in)
			w.must(err)
			o := w.order(OrderInput{Items: []Item{{Price: c.price}}, DiscountCodes: []string{"SAVE"}})
			data := w.query(token, editedQuery, map[string]any{"id": o.GID})
			if got := dig(dig(data, "discountNode", "codeDiscount"), c.path...); got != c.want || d.ID != id {
				t.Errorf("%v, want %v: %s", got, c.want, show(data))
			}
			if o.Codes[0].Amount != c.off {
				t.Errorf("the code took %q, want %q", o.Codes[0].Amount, c.off)
			}
			hooks := w.bodies("discounts/update")
			if len(hooks) != 1 || hooks[0]["admin_graphql_api_id"] != d.GID || hooks[0]["title"] != d.Title || hooks[0]["status"] != d.Status {
				t.Errorf("webhooks %s", show(hooks))
			}
		})
	}
}

func TestDiscountRunsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id, _ := parseGID("DiscountCodeNode", w.discount(w.token(), "SAVE", nil))
	for _, c := range []struct {
		active *bool
		want   string
	}{{no(), "EXPIRED"}, {yes(), "ACTIVE"}, {no(), "EXPIRED"}} {
		if d, err := w.EditDiscount(testShop, id, DiscountEdit{Active: c.active}); err != nil || d.Status != c.want {
			t.Errorf("%v: %+v %v", *c.active, d, err)
		}
	}
	if d, err := w.EditDiscount(testShop, id, DiscountEdit{Title: "Still off"}); err != nil || d.Status != "EXPIRED" {
		t.Errorf("%+v %v", d, err)
	}
}

func TestEditsOfDiscountsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id, _ := parseGID("DiscountCodeNode", w.discount(w.token(), "SAVE", nil))
	for name, in := range map[string]DiscountEdit{
		"no amount": {Amount: "0"}, "too many decimals": {Amount: "1.001"}, "an amount and a percentage": {Amount: "1", Percentage: "0.1"},
		"more than everything": {Percentage: "1.01"}, "a percentage of nothing": {Percentage: "0"}, "a minimum in words": {Minimum: "much"},
		"a day, not a time": {EndsAt: "2100-01-01"}, "an end before the start": {EndsAt: "2019-01-01T00:00:00Z"}, "an end and a switch": {EndsAt: "never", Active: no()},
		"a good title and a bad amount": {Title: "Changed", Amount: "x"},
	} {
		if d, err := w.EditDiscount(testShop, id, in); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if d, err := w.Discounts(testShop); err != nil || d[0].Title != "Twenty off" || d[0].Amount != "20.00" {
		t.Errorf("a refused edit changed the discount: %+v %v", d, err)
	}
	if n := w.topics()["discounts/update"]; n != 0 {
		t.Errorf("%d webhooks", n)
	}
}

func TestDeleteDiscountAndCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	gid := w.discount(token, "SAVE", map[string]any{"combinesWith": map[string]any{"orderDiscounts": true}})
	id, _ := parseGID("DiscountCodeNode", gid)
	other, _ := parseGID("DiscountCodeNode", w.discount(token, "OTHER", map[string]any{"combinesWith": map[string]any{"orderDiscounts": true}}))
	w.addCodes(token, gid, "SECOND")
	o := w.order(OrderInput{DiscountCodes: []string{"SECOND"}})
	reasons := func(want ...string) {
		t.Helper()
		var got []string
		for _, c := range w.order(OrderInput{DiscountCodes: []string{"SAVE", "SECOND", "OTHER"}}).Codes {
			got = append(got, c.Reason)
		}
		if !slices.Equal(got, want) {
			t.Errorf("reasons %q, want %q", got, want)
		}
	}
	w.must(w.DeleteCode(testShop, id, "second"))
	reasons("", "not_found", "")
	if n := len(w.topics()); n != 3 { // orders/create, orders/paid and discounts/redeemcode_removed
		t.Errorf("webhooks %v", w.topics())
	}
	if err := w.DeleteCode(testShop, other, "SAVE"); err == nil {
		t.Error("a code of another discount was deleted")
	}
	w.must(w.DeleteDiscount(testShop, id))
	reasons("not_found", "not_found", "")
	if hooks := w.bodies("discounts/delete"); len(hooks) != 1 || hooks[0]["admin_graphql_api_id"] != gid {
		t.Errorf("%s", show(hooks))
	}
	if snap := w.snapshot(token, o); dig(snap, "discountCodes", 0) != "SECOND" {
		t.Errorf("an order keeps the code it took: %s", show(snap))
	}
	if w.DeleteDiscount(testShop, id) == nil || w.DeleteCode(testShop, id, "SAVE") == nil {
		t.Error("deleted twice")
	}
	if _, err := w.EditDiscount(testShop, id, DiscountEdit{Title: "x"}); err == nil {
		t.Error("edited after it was deleted")
	}
}
