package simulator

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// wholeOrder asks for every amount an order has.
const wholeOrder = `fragment B on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
	query ($id: ID!) { order(id: $id) { currencyCode presentmentCurrencyCode taxesIncluded displayFinancialStatus returnStatus
	subtotalPriceSet { ...B } currentSubtotalPriceSet { ...B } totalPriceSet { ...B } currentTotalPriceSet { ...B } totalTaxSet { ...B }
	totalDiscountsSet { ...B } totalShippingPriceSet { ...B } totalRefundedSet { ...B } totalReceivedSet { ...B }
	totalOutstandingSet { ...B } netPaymentSet { ...B }
	lineItems(first: 5) { nodes { currentQuantity originalUnitPriceSet { ...B } originalTotalSet { ...B } discountedTotalSet { ...B } } }
	transactions { kind amountSet { ...B } }
	refunds { totalRefundedSet { ...B } transactions(first: 5) { nodes { amountSet { ...B } } }
		orderAdjustments(first: 5) { nodes { amountSet { ...B } taxAmountSet { ...B } } }
		refundLineItems(first: 5) { nodes { subtotalSet { ...B } totalTaxSet { ...B } } } } } }`

func (w *world) whole(token string, o Order) map[string]any {
	w.t.Helper()
	return w.query(token, wholeOrder, map[string]any{"id": o.GID})["order"].(map[string]any)
}

// bags finds every MoneyBag and every *_set of decoded JSON.
func bags(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, bags(item)...)
		}
	case map[string]any:
		if v["presentmentMoney"] != nil || v["presentment_money"] != nil {
			return []map[string]any{v}
		}
		for _, item := range v {
			out = append(out, bags(item)...)
		}
	}
	return out
}

// bodies are the decoded bodies of all webhooks of a topic.
func (w *world) bodies(topic string) []map[string]any {
	w.t.Helper()
	list, err := w.Deliveries(testShop)
	w.must(err)
	var out []map[string]any
	for _, d := range list {
		if d.Topic != topic {
			continue
		}
		var body map[string]any
		dec := json.NewDecoder(strings.NewReader(d.Body))
		dec.UseNumber()
		w.must(dec.Decode(&body))
		out = append(out, body)
	}
	return out
}

func selling(currency string) func(*ShopInput) { return func(in *ShopInput) { in.Currency = currency } }

func TestPresentmentMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, shop, shown, rate, price string
		inShop, inShown                string // subtotal in GraphQL
	}{
		{"dollars shown in euros", "USD", "EUR", "0.9", "60.00", "60.0", "54.0"},
		{"half a cent goes up", "USD", "EUR", "0.95", "0.10", "0.1", "0.1"},
		{"dollars in yen, which have no decimals", "USD", "JPY", "151.37", "9.99", "9.99", "1512.0"},
		{"dollars in dinars, which have three", "USD", "KWD", "0.3071", "9.99", "9.99", "3.068"},
		{"yen in dollars", "JPY", "USD", "0.00661", "999", "999.0", "6.6"},
		{"dinars in yen", "KWD", "JPY", "492.8", "1.234", "1.234", "608.0"},
		{"more cents than a float64 counts", "USD", "EUR", "1.0000000000000001", "90071992547.41", "90071992547.41", "90071992547.41"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, selling(c.shop))
			token := w.token()
			o := w.order(OrderInput{Items: []Item{{Price: c.price}}, PresentmentCurrency: c.shown, PresentmentRate: c.rate})
			got := w.whole(token, o)
			sub := got["subtotalPriceSet"]
			if amount(got, "subtotalPriceSet") != c.inShop || dig(sub, "shopMoney", "currencyCode") != c.shop ||
				dig(sub, "presentmentMoney", "amount") != c.inShown || dig(sub, "presentmentMoney", "currencyCode") != c.shown {
				t.Errorf("%s", show(sub))
			}
			if o.Currency != c.shop || o.Presentment != c.shown || got["currencyCode"] != c.shop || got["presentmentCurrencyCode"] != c.shown {
				t.Errorf("currencies %v %v, %+v", got["currencyCode"], got["presentmentCurrencyCode"], o)
			}
		})
	}
}

// Whatever happens to an order, all its amounts are shown in both currencies, each with its own digits.
func TestEveryAmountHasBothCurrencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, shop, price, shown, rate string }{
		{"dollars in euros", "USD", "19.99", "EUR", "0.93"}, {"dollars in yen", "USD", "19.99", "JPY", "151.37"},
		{"yen in dinars", "JPY", "1999", "KWD", "0.00203"}, {"dinars in dollars", "KWD", "1.999", "USD", "3.26"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, selling(c.shop))
			token := w.token()
			o := w.order(OrderInput{Items: []Item{{Price: c.price, Quantity: 3}}, Shipping: "1", TaxRate: "0.2",
				PresentmentCurrency: c.shown, PresentmentRate: c.rate})
			w.turn(o, c.price)
			seen := bags(w.whole(token, o))
			for _, topic := range []string{"orders/create", "orders/paid", "refunds/create"} {
				for _, body := range w.bodies(topic) {
					seen = append(seen, bags(body)...)
				}
			}
			if len(seen) < 60 {
				t.Errorf("only %d amounts", len(seen))
			}
			for _, b := range seen {
				if p := fault(b, c.shop, c.shown); p != "" {
					t.Errorf("%s: %s", p, show(b))
				}
			}
		})
	}
}

// turn gives back, exchanges and edits an order of three pieces at a price.
func (w *world) turn(o Order, price string) {
	w.t.Helper()
	_, err := w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{}}})
	w.must(err)
	_, err = w.RefundOrder(testShop, o.ID, RefundInput{Amount: "1"})
	w.must(err)
	_, err = w.ExchangeOrder(testShop, o.ID, ExchangeInput{Return: []RefundItem{{}}, Add: Item{Price: price, Quantity: 2}})
	w.must(err)
	_, err = w.ExchangeOrder(testShop, o.ID, ExchangeInput{Return: []RefundItem{{Index: 1, Quantity: 2}}, Add: Item{Price: "1"}})
	w.must(err)
	_, err = w.EditOrder(testShop, o.ID, EditInput{Remove: "1"})
	w.must(err)
}

// fault tells what is wrong with a MoneyBag, a *_set or a transaction's unsettled amount.
func fault(b map[string]any, shop, shown string) string {
	for _, side := range []struct{ graphql, rest, currency string }{{"shopMoney", "shop_money", shop}, {"presentmentMoney", "presentment_money", shown}} {
		m, _ := b[side.graphql].(map[string]any)
		code := m["currencyCode"]
		if m == nil {
			m, _ = b[side.rest].(map[string]any)
			if code = m["currency_code"]; code == nil {
				code = m["currency"]
			}
		}
		_, decimals, _ := strings.Cut(m["amount"].(string), ".")
		if code != side.currency {
			return fmt.Sprintf("%s is in %v", side.graphql, code)
		}
		if digits := len(strings.TrimRight(decimals, "0")); digits > digitsOf(side.currency) {
			return fmt.Sprintf("%s has %d decimals", side.graphql, digits)
		}
	}
	return ""
}

// Shopify's transactions in webhooks are in the customer's currency, the order's plain amounts in the shop's.
func TestPresentmentInWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{PresentmentCurrency: "EUR", PresentmentRate: "0.9"})
	_, err := w.RefundOrder(testShop, o.ID, RefundInput{Amount: "10.00"})
	w.must(err)
	order, refund := w.bodies("orders/paid")[0], w.bodies("refunds/create")[0]
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"the order's currency is the shop's", order["currency"], "USD"},
		{"the customer's stands beside it", order["presentment_currency"], "EUR"},
		{"the total is in the shop's currency", order["total_price"], "60.00"},
		{"the customer's total is in the set", dig(order, "total_price_set", "presentment_money", "amount"), "54.00"},
		{"a transaction is in the customer's currency", dig(refund, "transactions", 0, "currency"), "EUR"},
		{"so is its amount", dig(refund, "transactions", 0, "amount"), "9.00"},
		{"an adjustment is below zero in both", dig(refund, "order_adjustments", 0, "amount_set", "presentment_money", "amount"), "-9.00"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestPresentedRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	o := &order{currency: "USD", presentment: presentment{"EUR", big.NewRat(95, 100)}}
	for _, c := range []struct{ minor, want int64 }{{10, 10}, {-10, -10}, {9, 9}, {-9, -9}, {0, 0}, {1, 1}, {100, 95}} {
		if got, currency := o.presented(c.minor); got != c.want || currency != "EUR" {
			t.Errorf("%d is %d %s, want %d", c.minor, got, currency, c.want)
		}
	}
}

func TestTermsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, in := range map[string]OrderInput{
		"a currency without a rate": {PresentmentCurrency: "EUR"}, "a rate without a currency": {PresentmentRate: "0.9"},
		"an unknown currency": {PresentmentCurrency: "XXZ", PresentmentRate: "1"}, "the shop's own at a rate": {PresentmentCurrency: "USD", PresentmentRate: "2"},
		"a rate of nothing": {PresentmentCurrency: "EUR", PresentmentRate: "0"}, "a fraction": {PresentmentCurrency: "EUR", PresentmentRate: "1/2"},
		"a rate below nothing": {PresentmentCurrency: "EUR", PresentmentRate: "-1"}, "a power": {PresentmentCurrency: "EUR", PresentmentRate: "1e3"},
		"a tax in words": {TaxRate: "much"}, "a tax of nothing": {TaxRate: "0"},
	} {
		in.Email, in.Items = "bob@example.com", []Item{{Price: "1"}}
		if o, err := w.PlaceOrder(testShop, in); err == nil {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

// The order is 54.00 and 2 × 18.00 after its discount, and 5.00 of shipping, which is not taxed.
func TestTaxes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                                      string
		included                                  bool
		rate                                      string
		subtotal, tax, total, pieceBack, pieceTax string
	}{
		{"no tax", false, "", "90.0", "0.0", "95.0", "18.0", "0.0"},
		{"tax on top is paid too", false, "0.2", "90.0", "18.0", "113.0", "21.6", "3.6"},
		{"included tax is part of the subtotal", true, "0.2", "90.0", "15.0", "95.0", "18.0", "3.0"},
		{"included, at no rate", true, "", "90.0", "0.0", "95.0", "18.0", "0.0"},
		{"a rate that does not come out even", false, "0.0825", "90.0", "7.43", "102.43", "19.48", "1.48"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			token := w.token()
			w.discount(token, "TEN", map[string]any{"customerGets": percentOff(0.1)})
			o := w.order(OrderInput{DiscountCodes: []string{"TEN"}, Items: []Item{{Price: "60.00"}, {Price: "20.00", Quantity: 2}}, Shipping: "5.00",
				TaxesIncluded: c.included, TaxRate: c.rate})
			got := w.whole(token, o)
			w.amounts(got, map[string]string{"subtotalPriceSet": c.subtotal, "currentSubtotalPriceSet": c.subtotal, "totalTaxSet": c.tax,
				"totalPriceSet": c.total, "totalReceivedSet": c.total, "totalOutstandingSet": "0.0"})
			body := w.bodies("orders/paid")[0]
			if got["taxesIncluded"] != c.included || body["taxes_included"] != c.included || differ(body["total_tax"], c.tax) != nil ||
				len(body["tax_lines"].([]any)) == 0 != (c.tax == "0.0") {
				t.Errorf("taxes included %v %v, total_tax %v", got["taxesIncluded"], body["taxes_included"], body["total_tax"])
			}
			_, err := w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{Index: 1}}})
			w.must(err)
			got = w.whole(token, o)
			w.amounts(got, map[string]string{"totalRefundedSet": c.pieceBack, "currentSubtotalPriceSet": "72.0", "totalOutstandingSet": "0.0"})
			part := dig(got, "refunds", 0, "refundLineItems", "nodes", 0)
			if amount(part, "subtotalSet") != "18.0" || amount(part, "totalTaxSet") != c.pieceTax || len(dig(got, "refunds", 0, "orderAdjustments", "nodes").([]any)) != 0 {
				t.Errorf("refund %s", show(dig(got, "refunds")))
			}
			_, err = w.RefundOrder(testShop, o.ID, RefundInput{Full: true})
			w.must(err)
			w.amounts(w.whole(token, o), map[string]string{"totalRefundedSet": c.total, "currentSubtotalPriceSet": "0.0", "currentTotalPriceSet": "0.0",
				"netPaymentSet": "0.0", "totalTaxSet": c.tax})
		})
	}
}

// amounts compares shopMoney of an order's fields.
func (w *world) amounts(order map[string]any, want map[string]string) {
	w.t.Helper()
	for field, n := range want {
		if got := amount(order, field); got != n {
			w.t.Errorf("%s %v, want %s", field, got, n)
		}
	}
}

// differ compares two decimal texts by value.
func differ(got any, want string) error {
	a, ok := new(big.Rat).SetString(fmt.Sprint(got))
	if b, _ := new(big.Rat).SetString(want); !ok || a.Cmp(b) != 0 {
		return fmt.Errorf("%v is not %s", got, want)
	}
	return nil
}

// Three pieces, one of them given back, some money given back, and all the rest, in currencies of any digits: what
// was paid and what was given back are the same in the end, and nothing more can be had.
func TestRefundsInCurrenciesOfAllDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, currency, price string
		tax                   string
		included              bool
		paid, piece, too      string // one unit more than is left after the piece
	}{
		{"dollars", "USD", "19.99", "", false, "59.97", "19.99", "39.99"},
		{"dollars with tax on top", "USD", "19.99", "0.0825", false, "64.92", "21.64", "43.29"},
		{"yen", "JPY", "1999", "", false, "5997", "1999", "3999"},
		{"yen with tax on top", "JPY", "1999", "0.1", false, "6597", "2199", "4399"},
		{"yen with tax included", "JPY", "1999", "0.1", true, "5997", "1999", "3999"},
		{"dinars", "KWD", "1.999", "", false, "5.997", "1.999", "3.999"},
		{"dinars with tax on top", "KWD", "1.999", "0.05", false, "6.297", "2.099", "4.199"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, selling(c.currency))
			token := w.token()
			o := w.order(OrderInput{Items: []Item{{Price: c.price, Quantity: 3}}, TaxRate: c.tax, TaxesIncluded: c.included})
			if o.Total != c.paid {
				t.Errorf("paid %s, want %s", o.Total, c.paid)
			}
			back, err := w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{}}})
			w.must(err)
			if back.Refunded != c.piece {
				t.Errorf("a piece is %s, want %s", back.Refunded, c.piece)
			}
			if got, err := w.RefundOrder(testShop, o.ID, RefundInput{Amount: c.too}); err == nil {
				t.Errorf("more than is left was given back: %+v", got)
			}
			if got, err := w.RefundOrder(testShop, o.ID, RefundInput{Amount: "0." + strings.Repeat("0", digitsOf(c.currency)) + "1"}); err == nil {
				t.Errorf("less than the smallest unit was given back: %+v", got)
			}
			_, err = w.RefundOrder(testShop, o.ID, RefundInput{Amount: "1"})
			w.must(err)
			all, err := w.RefundOrder(testShop, o.ID, RefundInput{Full: true})
			w.must(err)
			if all.Refunded != c.paid || all.FinancialStatus != "refunded" || differ(all.CurrentSubtotal, "0") != nil {
				t.Errorf("in the end %+v", all)
			}
			w.amounts(w.whole(token, o), map[string]string{"currentTotalPriceSet": "0.0", "netPaymentSet": "0.0", "totalOutstandingSet": "0.0"})
			if got, err := w.RefundOrder(testShop, o.ID, RefundInput{Amount: "1"}); err == nil {
				t.Errorf("after everything: %+v", got)
			}
		})
	}
}
