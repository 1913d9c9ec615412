package simulator

import (
	"encoding/json"
	"testing"
)

// topics counts the webhooks by topic.
func (w *world) topics() map[string]int {
	w.t.Helper()
	list, err := w.Deliveries(testShop)
	w.must(err)
	out := map[string]int{}
	for _, d := range list {
		out[d.Topic]++
	}
	return out
}

// Two pieces are bought and one of them goes back.
func TestExchange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, currency, price, tax, add   string
		current, refunded, received, kind string // kind of the last transaction
		status                            string
		refundHooks                       int
	}{
		{"a cheaper one gives money back", "USD", "60.00", "", "45.00", "105.0", "15.0", "120.0", "REFUND", "partially_refunded", 1},
		{"a dearer one is charged", "USD", "60.00", "", "80.00", "140.0", "0.0", "140.0", "SALE", "paid", 0},
		{"an equal one moves no money", "USD", "60.00", "", "60.00", "120.0", "0.0", "120.0", "SALE", "paid", 0},
		{"a free one gives all of it back", "USD", "60.00", "", "0", "60.0", "60.0", "120.0", "REFUND", "partially_refunded", 1},
		{"tax on top goes along", "USD", "60.00", "0.1", "45.00", "105.0", "16.5", "132.0", "REFUND", "partially_refunded", 1},
		{"tax on top is charged too", "USD", "60.00", "0.1", "80.00", "140.0", "0.0", "154.0", "SALE", "paid", 0},
		{"in yen", "JPY", "6000", "", "4501", "10501.0", "1499.0", "12000.0", "REFUND", "partially_refunded", 1},
		{"in dinars", "KWD", "6.125", "", "7.001", "13.126", "0.0", "13.126", "SALE", "paid", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, selling(c.currency))
			token := w.token()
			before := w.order(OrderInput{Items: []Item{{Price: c.price, Quantity: 2}}, TaxRate: c.tax})
			o, err := w.ExchangeOrder(testShop, before.ID, ExchangeInput{Return: []RefundItem{{Index: 0}}, Add: Item{Title: "Other", Price: c.add}})
			w.must(err)
			got := w.whole(token, o)
			w.amounts(got, map[string]string{"currentSubtotalPriceSet": c.current, "totalRefundedSet": c.refunded, "totalReceivedSet": c.received, "totalOutstandingSet": "0.0"})
			list := got["transactions"].([]any)
			if o.Subtotal != before.Subtotal || o.FinancialStatus != c.status || dig(list, len(list)-1, "kind") != c.kind || got["returnStatus"] != "RETURNED" ||
				dig(got, "lineItems", "nodes", 0, "currentQuantity") != json.Number("1") || !o.UpdatedAt.After(before.UpdatedAt) {
				t.Errorf("%+v %s", o, show(got))
			}
			if topics := w.topics(); topics["orders/edited"] != 1 || topics["refunds/create"] != c.refundHooks || topics["orders/paid"] != 1 {
				t.Errorf("webhooks %v", topics)
			}
			edit := dig(w.bodies("orders/edited")[0], "order_edit", "line_items")
			if show(dig(edit, "additions", 0, "delta")) != "1" || show(dig(edit, "removals", 0, "delta")) != "1" {
				t.Errorf("edit %s", show(edit))
			}
			for _, r := range w.bodies("refunds/create") {
				if dig(r, "return", "id") == nil || len(r["order_adjustments"].([]any)) != 0 || len(r["refund_line_items"].([]any)) != 1 {
					t.Errorf("refund %s", show(r))
				}
			}
		})
	}
}

// After an exchange, all that is left can still be given back, and no more.
func TestRefundAfterExchange(t *testing.T) {
	t.Parallel()
	for _, add := range []string{"45.00", "80.00"} {
		w := newWorld(t, nil)
		o := w.order(OrderInput{Items: []Item{{Price: "60.00", Quantity: 2}}, TaxRate: "0.07"})
		_, err := w.ExchangeOrder(testShop, o.ID, ExchangeInput{Return: []RefundItem{{}}, Add: Item{Price: add}})
		w.must(err)
		_, err = w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{Index: 1}}})
		w.must(err)
		all, err := w.RefundOrder(testShop, o.ID, RefundInput{Full: true})
		w.must(err)
		got := w.whole(w.token(), o)
		w.amounts(got, map[string]string{"netPaymentSet": "0.0", "currentTotalPriceSet": "0.0", "currentSubtotalPriceSet": "0.0"})
		if all.FinancialStatus != "refunded" {
			t.Errorf("%s: %+v", add, all)
		}
	}
}

// More was given back than the lines are worth before: an exchange gives no more than is left.
func TestExchangeGivesBackNoMoreThanIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{})
	_, err := w.RefundOrder(testShop, o.ID, RefundInput{Amount: "50.00"})
	w.must(err)
	got, err := w.ExchangeOrder(testShop, o.ID, ExchangeInput{Return: []RefundItem{{}}, Add: Item{Price: "20.00"}})
	w.must(err)
	if got.Refunded != "60.00" || got.CurrentSubtotal != "20.00" {
		t.Errorf("%+v", got)
	}
}

func TestExchangesThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	paid, pending, cancelled := w.order(OrderInput{}), w.order(OrderInput{FinancialStatus: "pending"}), w.order(OrderInput{})
	_, err := w.CancelOrder(testShop, cancelled.ID, CancelInput{})
	w.must(err)
	one, add := []RefundItem{{}}, Item{Price: "1"}
	for _, c := range []struct {
		name  string
		order Order
		in    ExchangeInput
	}{
		{"nothing comes back", paid, ExchangeInput{Add: add}}, {"nothing goes out", paid, ExchangeInput{Return: one}},
		{"a line that is not there", paid, ExchangeInput{Return: []RefundItem{{Index: 1}}, Add: add}},
		{"more than was bought", paid, ExchangeInput{Return: []RefundItem{{Quantity: 2}}, Add: add}},
		{"a line named twice", paid, ExchangeInput{Return: []RefundItem{{}, {}}, Add: add}},
		{"too many decimals", paid, ExchangeInput{Return: one, Add: Item{Price: "1.001"}}},
		{"an order not yet paid", pending, ExchangeInput{Return: one, Add: add}},
		{"an order that is cancelled", cancelled, ExchangeInput{Return: one, Add: add}},
		{"no order", Order{ID: 1}, ExchangeInput{Return: one, Add: add}},
	} {
		if o, err := w.ExchangeOrder(testShop, c.order.ID, c.in); err == nil {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
	if got := w.whole(w.token(), paid); got["returnStatus"] != "NO_RETURN" || amount(got, "currentSubtotalPriceSet") != "60.0" {
		t.Errorf("a refused exchange changed the order: %s", show(got))
	}
}
