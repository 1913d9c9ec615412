package simulator

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func no() *bool { b := false; return &b }

const snapshotFile = "35_order_snapshot"

// snapshot runs the app's own snapshot query.
func (w *world) snapshot(token string, o Order) map[string]any {
	w.t.Helper()
	out := w.runFile(token, snapshotFile, "OrderSnapshot", map[string]any{"id": o.GID, "level2": false})
	return dig(out, "data", "order").(map[string]any)
}

func amount(order any, field string) any { return dig(order, field, "shopMoney", "amount") }

func TestOrderIsPriced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.discount(token, "SAVE20", nil)
	o := w.order(OrderInput{DiscountCodes: []string{"save20"}, Items: []Item{{Title: "Shirt", Price: "60.00"}, {Price: "12.50", Quantity: 2}},
		Attributes: map[string]string{"_twofold": "clm_1"}, LandingPage: "/products/x?ref=ANNA"})
	if o.Subtotal != "65.00" || o.Total != "65.00" || o.TotalDiscounts != "20.00" || o.FinancialStatus != "paid" || o.DiscountCodes[0] != "SAVE20" {
		t.Errorf("%+v", o)
	}
	snap := w.snapshot(token, o)
	for field, want := range map[string]any{"subtotalPriceSet": "65.0", "currentSubtotalPriceSet": "65.0", "totalRefundedSet": "0.0", "totalReceivedSet": "65.0"} {
		if got := amount(snap, field); got != want {
			t.Errorf("%s %v, want %v", field, got, want)
		}
	}
	if dig(snap, "customAttributes", 0, "value") != "clm_1" || dig(snap, "customerJourneySummary", "firstVisit", "referralCode") != "ANNA" ||
		dig(snap, "transactions", 0, "kind") != "SALE" || dig(snap, "customer", "numberOfOrders") != "1" ||
		dig(snap, "customerJourneySummary", "customerOrderIndex") != 1.0 {
		t.Errorf("%s", show(snap))
	}
	list, err := w.Discounts(testShop)
	w.must(err)
	if list[0].Codes[0].Usage != 1 || list[0].Codes[0].Orders[0] != o.ID {
		t.Errorf("%+v", list[0].Codes)
	}
}

func TestCustomersAreKnownByEmail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	_, err := w.CreateCustomer(testShop, CustomerInput{Email: "old@example.com", OrdersBefore: 3})
	w.must(err)
	first, again := w.order(OrderInput{Email: "Bob@Example.com"}), w.order(OrderInput{Email: " bob@example.com"})
	test := w.order(OrderInput{Test: true})
	third := w.order(OrderInput{})
	none := w.order(OrderInput{Customer: no()})
	old := w.order(OrderInput{Email: "old@example.com"})
	if first.CustomerID == 0 || first.CustomerID != again.CustomerID || none.CustomerID != 0 {
		t.Errorf("customers %d %d %d", first.CustomerID, again.CustomerID, none.CustomerID)
	}
	for _, c := range []struct {
		name  string
		order Order
		index any
		count any
	}{{"first", first, 1.0, "3"}, {"second", again, 2.0, "3"}, {"a test order", test, nil, "3"}, {"after a test order", third, 3.0, "3"}, {"without a customer", none, nil, nil},
		{"with orders from before", old, 4.0, "4"}} {
		snap := w.snapshot(token, c.order)
		if got := dig(snap, "customerJourneySummary", "customerOrderIndex"); got != c.index {
			t.Errorf("%s: index %v, want %v", c.name, got, c.index)
		}
		if got := dig(snap, "customer", "numberOfOrders"); got != c.count {
			t.Errorf("%s: %v orders, want %v", c.name, got, c.count)
		}
	}
	attached, err := w.AttachCustomer(testShop, none.ID, "bob@example.com")
	w.must(err)
	if attached.CustomerID != first.CustomerID || !attached.UpdatedAt.After(none.UpdatedAt) {
		t.Errorf("%+v", attached)
	}
}

func TestJourneyIsReadyLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behaving(Behaviour{JourneyDelay: Duration(time.Minute)}))
	token := w.token()
	o := w.order(OrderInput{LandingPage: "/?ref=A"})
	ready := func(want bool) {
		t.Helper()
		j := dig(w.snapshot(token, o), "customerJourneySummary")
		if dig(j, "ready") != want || (dig(j, "customerOrderIndex") != nil) != want || (dig(j, "firstVisit") != nil) != want {
			t.Errorf("want ready %v: %s", want, show(j))
		}
	}
	ready(false)
	w.must(w.Advance(t.Context(), time.Minute))
	ready(true)
}

func TestPayingLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	for status, kind := range map[string]string{"pending": "SALE", "authorized": "CAPTURE"} {
		o := w.order(OrderInput{FinancialStatus: status})
		if o.FinancialStatus != status {
			t.Errorf("%s: %s", status, o.FinancialStatus)
		}
		paid, err := w.PayOrder(testShop, o.ID)
		w.must(err)
		snap := w.snapshot(token, o)
		if paid.FinancialStatus != "paid" || dig(snap, "transactions", 1, "kind") != kind || amount(snap, "totalReceivedSet") != "60.0" {
			t.Errorf("%s: %+v %s", status, paid, show(snap))
		}
		if _, err := w.PayOrder(testShop, o.ID); err == nil {
			t.Error("paid twice")
		}
	}
}

func TestFreeOrderIsPaidWithoutATransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.discount(token, "ALL", map[string]any{"customerGets": percentOff(1)})
	o := w.order(OrderInput{DiscountCodes: []string{"ALL"}})
	if snap := w.snapshot(token, o); o.FinancialStatus != "paid" || o.Total != "0.00" || len(snap["transactions"].([]any)) != 0 {
		t.Errorf("%+v", o)
	}
}

// order of 60.00 and 2 × 20.00, ten per cent off, shipping 5.00
func (w *world) bigOrder(token string) Order {
	w.t.Helper()
	w.discount(token, "TEN", map[string]any{"customerGets": percentOff(0.1)})
	return w.order(OrderInput{DiscountCodes: []string{"TEN"}, Items: []Item{{Price: "60.00"}, {Price: "20.00", Quantity: 2}}, Shipping: "5.00"})
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in                         RefundInput
		status, current, back, adj string
	}{
		"everything":             {RefundInput{Full: true}, "refunded", "0.00", "95.00", ""},
		"one of two pieces":      {RefundInput{Items: []RefundItem{{Index: 1}}}, "partially_refunded", "72.00", "18.00", ""},
		"an amount":              {RefundInput{Amount: "10.00", Reason: "DAMAGE"}, "partially_refunded", "90.00", "10.00", "DAMAGE -10.0"},
		"a line for less":        {RefundInput{Items: []RefundItem{{Index: 0}}, Amount: "50.00"}, "partially_refunded", "36.00", "50.00", "REFUND_DISCREPANCY 4.0"},
		"all the money, no line": {RefundInput{Amount: "95.00"}, "refunded", "90.00", "95.00", "REFUND_DISCREPANCY -95.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			token := w.token()
			before := w.bigOrder(token)
			o, err := w.RefundOrder(testShop, before.ID, c.in)
			w.must(err)
			if o.FinancialStatus != c.status || o.CurrentSubtotal != c.current || o.Refunded != c.back || o.Subtotal != "90.00" {
				t.Errorf("%+v", o)
			}
			if !o.UpdatedAt.After(before.UpdatedAt) {
				t.Errorf("updatedAt %v is not after %v", o.UpdatedAt, before.UpdatedAt)
			}
			var adjustments []string
			for _, a := range dig(w.snapshot(token, o), "refunds", 0, "orderAdjustments", "nodes").([]any) {
				adjustments = append(adjustments, dig(a, "reason").(string)+" "+amount(a, "amountSet").(string))
			}
			if got := strings.Join(adjustments, ", "); got != c.adj {
				t.Errorf("adjustments %q, want %q", got, c.adj)
			}
		})
	}
}

// Whatever was given back, with lines or without, nothing is owed; after all of it the order is worth nothing.
func TestTotalsAfterRefunds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	o := w.bigOrder(token)
	for _, step := range []struct {
		in      RefundInput
		current string
	}{{RefundInput{Amount: "10.00"}, "95.0"}, {RefundInput{Items: []RefundItem{{Index: 0}}}, "41.0"}, {RefundInput{Full: true}, "0.0"}} {
		_, err := w.RefundOrder(testShop, o.ID, step.in)
		w.must(err)
		data := w.query(token, `query ($id: ID!) { order(id: $id) { currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } } } }`,
			map[string]any{"id": o.GID})
		if got := amount(data["order"], "currentTotalPriceSet"); got != step.current {
			t.Errorf("%+v: worth %v, want %s", step.in, got, step.current)
		}
		if got := amount(data["order"], "totalOutstandingSet"); got != "0.0" {
			t.Errorf("%+v: %v is outstanding", step.in, got)
		}
	}
}

func TestRefundsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{})
	for name, in := range map[string]RefundInput{
		"more than was received": {Amount: "60.01"}, "nothing": {}, "an unknown reason": {Amount: "1", Reason: "WHIM"},
		"a line that is not there": {Items: []RefundItem{{Index: 1}}}, "more pieces than bought": {Items: []RefundItem{{Quantity: 2}}},
	} {
		if got, err := w.RefundOrder(testShop, o.ID, in); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	pending := w.order(OrderInput{FinancialStatus: "pending"})
	if _, err := w.RefundOrder(testShop, pending.ID, RefundInput{Amount: "1"}); err == nil {
		t.Error("refunded what was never received")
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	paid, err := w.CancelOrder(testShop, w.order(OrderInput{}).ID, CancelInput{Reason: "fraud"})
	w.must(err)
	if paid.FinancialStatus != "refunded" || paid.CancelledAt == nil || paid.CurrentSubtotal != "0.00" {
		t.Errorf("paid: %+v", paid)
	}
	kept, err := w.CancelOrder(testShop, w.order(OrderInput{}).ID, CancelInput{Refund: no()})
	w.must(err)
	if kept.FinancialStatus != "paid" || kept.CancelledAt == nil {
		t.Errorf("without a refund: %+v", kept)
	}
	unpaid, err := w.CancelOrder(testShop, w.order(OrderInput{FinancialStatus: "authorized"}).ID, CancelInput{})
	w.must(err)
	if unpaid.FinancialStatus != "voided" {
		t.Errorf("unpaid: %+v", unpaid)
	}
	if _, err := w.CancelOrder(testShop, paid.ID, CancelInput{}); err == nil {
		t.Error("cancelled twice")
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	o := w.bigOrder(token)
	less, err := w.EditOrder(testShop, o.ID, EditInput{Remove: "40.00"}) // all of the second line, 4.00 of the first
	w.must(err)
	if less.CurrentSubtotal != "50.00" || less.Subtotal != "90.00" {
		t.Errorf("less: %+v", less)
	}
	if _, err := w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{Index: 1}}}); err == nil {
		t.Error("a line was given back that the edit had taken off")
	}
	more, err := w.EditOrder(testShop, o.ID, EditInput{Add: "100.00"})
	w.must(err)
	if more.CurrentSubtotal != "150.00" || more.Subtotal != "90.00" || more.FinancialStatus != "partially_paid" {
		t.Errorf("more: %+v", more)
	}
	for _, in := range []EditInput{{}, {Add: "1", Remove: "1"}, {Remove: "150.01"}, {Add: "x"}} {
		if _, err := w.EditOrder(testShop, o.ID, in); err == nil {
			t.Errorf("%+v was done", in)
		}
	}
}

// A dispute shows in a fresh snapshot only: the order keeps its updatedAt.
func TestDispute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	o := w.order(OrderInput{})
	for _, status := range []string{"NEEDS_RESPONSE", "LOST"} {
		got, err := w.DisputeOrder(testShop, o.ID, DisputeInput{Status: status})
		w.must(err)
		snap := w.snapshot(token, o)
		if !got.UpdatedAt.Equal(o.UpdatedAt) || dig(snap, "disputes", 0, "status") != status || len(snap["disputes"].([]any)) != 1 {
			t.Errorf("%s: %s", status, show(snap["disputes"]))
		}
	}
}

// What a checkout had accepted before the code was taken away comes with the order all the same.
func TestForcedDiscounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{ForcedDiscounts: []ForcedDiscount{{Code: "GONE", Amount: "20.00"}}})
	if o.Subtotal != "40.00" || o.DiscountCodes[0] != "GONE" || !o.Codes[0].Applied {
		t.Errorf("%+v", o)
	}
}

const changedQuery = `query ($q: String!, $after: String) { orders(first: 2, after: $after, query: $q, sortKey: UPDATED_AT) {
	nodes { id updatedAt } pageInfo { hasNextPage endCursor } } }`

// The sweep sees every order changed since, oldest change first, page by page.
func TestOrdersByUpdatedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var orders []Order
	for range 3 {
		orders = append(orders, w.order(OrderInput{}))
	}
	w.must(w.Advance(t.Context(), time.Hour))
	token := w.token()
	since := w.Now().Add(-time.Minute).Format(time.RFC3339)
	_, err := w.EditOrder(testShop, orders[2].ID, EditInput{Remove: "1"})
	w.must(err)
	w.must(w.Advance(t.Context(), time.Minute))
	_, err = w.EditOrder(testShop, orders[0].ID, EditInput{Remove: "1"})
	w.must(err)
	w.must(w.Advance(t.Context(), time.Minute))
	latest := w.order(OrderInput{})
	var got []string
	var after any
	for {
		data := w.query(token, changedQuery, map[string]any{"q": "updated_at:>='" + since + "'", "after": after})
		for _, n := range dig(data, "orders", "nodes").([]any) {
			got = append(got, dig(n, "id").(string))
		}
		if dig(data, "orders", "pageInfo", "hasNextPage") != true {
			break
		}
		after = dig(data, "orders", "pageInfo", "endCursor")
	}
	if want := []string{orders[2].GID, orders[0].GID, latest.GID}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Terms that no search knows are dropped with a warning, so that everything comes back.
func TestSearchWarnings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.order(OrderInput{})
	out := w.graphql(w.token(), changedQuery, map[string]any{"q": "nope:1"})
	if nodes := dig(out, "data", "orders", "nodes").([]any); len(nodes) != 1 {
		t.Errorf("%d orders", len(nodes))
	}
	if dig(out, "extensions", "search", 0, "warnings", 0, "code") != "invalid_field" {
		t.Errorf("%s", show(out["extensions"]))
	}
}

func TestSearchTerms(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	o := &order{id: 7, prefix: "#", number: 1001, updatedAt: at, test: true}
	for query, want := range map[string]bool{
		"updated_at:>='2026-11-22T08:00:00Z'": true, "updated_at:>'2026-11-22T08:00:00Z'": false, "updated_at:<='2026-11-22T08:00:00Z'": true,
		"updated_at:<2026-11-22T08:00:00Z": false, "id:7 AND test:true": true, "id:7 test:false": false, "-id:7": false, "name:#1001": true,
		"id:1 OR id:7": true, "id:1 OR id:2": false, "id:7 test:false OR name:1001": true,
		"name:1001": true, `name:"1002"`: false, "": true, "updated_at:>=2026-11-22T09:00:00+02:00": true,
	} {
		got, _, err := orderSearch.filter([]*order{o}, query)
		if err != nil || (len(got) == 1) != want {
			t.Errorf("%q: %v %v", query, got, err)
		}
	}
	if _, _, err := orderSearch.filter(nil, "(id:1 OR id:2) test:true"); err == nil {
		t.Error("brackets are not simulated, and must not be passed over")
	}
}

// Orders older than 60 days are not shown, unless the app may read all.
func TestOldOrdersAreHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{})
	w.must(w.Advance(t.Context(), 30*24*time.Hour))
	w.must(w.Advance(t.Context(), 30*24*time.Hour))
	const query = `query ($id: ID!) { order(id: $id) { id } orders(first: 5) { nodes { id } } customers: order(id: $id) { id } }`
	data := w.query(w.token(), query, map[string]any{"id": o.GID})
	if data["order"] != nil || len(dig(data, "orders", "nodes").([]any)) != 0 {
		t.Errorf("%s", show(data))
	}
	w.must(w.SetScopes(testShop, []string{"read_orders", "read_all_orders", "read_customers"}))
	if data := w.query(w.token(), query, map[string]any{"id": o.GID}); dig(data, "order", "id") != o.GID {
		t.Errorf("with read_all_orders: %s", show(data))
	}
}

// Ids pass 2^53, where JavaScript and float64 lose digits.
func TestOrderIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const exact = 1 << 53
	var last int64
	below, lossy := 0, 0
	for range 8 {
		o := w.order(OrderInput{})
		if o.ID <= last {
			t.Errorf("%d does not follow %d", o.ID, last)
		}
		last = o.ID
		if o.ID < exact {
			below++
		} else if int64(float64(o.ID)) != o.ID {
			lossy++
		}
	}
	if lossy == 0 {
		t.Errorf("%d ids below 2^53, none above it that a float64 would change", below)
	}
}

func TestOrdersInYen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(in *ShopInput) { in.Currency = "JPY" })
	token := w.token()
	w.discount(token, "SAVE", map[string]any{"customerGets": percentOff(0.15)})
	o := w.order(OrderInput{Items: []Item{{Price: "999"}}, DiscountCodes: []string{"SAVE"}})
	if o.TotalDiscounts != "150" || o.Total != "849" { // 149.85, rounded half up
		t.Errorf("%+v", o)
	}
	if _, err := w.PlaceOrder(testShop, OrderInput{Email: "a@b.cc", Items: []Item{{Price: "9.99"}}}); err == nil {
		t.Error("yen have no decimals")
	}
}

func TestReferralCodeOfTheLandingPage(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]any{"/?ref=A": "A", "/x?source=B&y=1": "B", "/?r=C": "C", "/?ref=&r=D": "D", "/": nil, "": nil, "/?q=1": nil,
		"/?ref=" + url.QueryEscape("a b"): "a b"} {
		if got := (&order{landingPage: page}).referralCode(); got != want {
			t.Errorf("%s: %v, want %v", page, got, want)
		}
	}
}

// Times are whole seconds, and every change of an order moves updatedAt on by at least one.
func TestEveryChangeMovesUpdatedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{Customer: no(), FinancialStatus: "pending", Items: []Item{{Price: "60.00", Quantity: 3}}})
	last := o.UpdatedAt
	for _, step := range []struct {
		name string
		do   func() (Order, error)
	}{
		{"a customer", func() (Order, error) { return w.AttachCustomer(testShop, o.ID, "bob@example.com") }},
		{"payment", func() (Order, error) { return w.PayOrder(testShop, o.ID) }},
		{"an edit", func() (Order, error) { return w.EditOrder(testShop, o.ID, EditInput{Remove: "1.00"}) }},
		{"a refund", func() (Order, error) { return w.RefundOrder(testShop, o.ID, RefundInput{Amount: "1.00"}) }},
		{"an exchange", func() (Order, error) {
			return w.ExchangeOrder(testShop, o.ID, ExchangeInput{Return: []RefundItem{{}}, Add: Item{Price: "50.00"}})
		}},
		{"the customer's end", func() (Order, error) {
			list, err := w.Orders(testShop)
			w.must(err)
			w.must(w.DeleteCustomer(testShop, list[0].CustomerID))
			list, err = w.Orders(testShop)
			return list[0], err
		}},
		{"cancellation", func() (Order, error) { return w.CancelOrder(testShop, o.ID, CancelInput{}) }},
	} {
		got, err := step.do()
		w.must(err)
		if got.UpdatedAt.Sub(last) < time.Second || got.UpdatedAt.Nanosecond() != 0 {
			t.Errorf("%s: %v after %v", step.name, got.UpdatedAt, last)
		}
		last = got.UpdatedAt
	}
}

const listedQuery = `query ($o: ID!, $c: ID!) { order(id: $o) { id } orders(first: 5) { nodes { id } }
	customer(id: $c) { id numberOfOrders amountSpent { amount } orders(first: 5) { nodes { id } } } }`

func TestDeleteOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.discount(token, "SAVE", map[string]any{"usageLimit": 1})
	gone, kept := w.order(OrderInput{DiscountCodes: []string{"SAVE"}}), w.order(OrderInput{})
	vars := map[string]any{"o": gone.GID, "c": gid("Customer", gone.CustomerID)}
	if data := w.query(token, listedQuery, vars); dig(data, "customer", "numberOfOrders") != "2" || dig(data, "order") == nil {
		t.Fatalf("before: %s", show(data))
	}
	w.must(w.DeleteOrder(testShop, gone.ID))
	data := w.query(token, listedQuery, vars)
	if data["order"] != nil || len(dig(data, "orders", "nodes").([]any)) != 1 || len(dig(data, "customer", "orders", "nodes").([]any)) != 1 ||
		dig(data, "customer", "numberOfOrders") != "1" || dig(data, "customer", "amountSpent", "amount") != "60.0" {
		t.Errorf("after: %s", show(data))
	}
	if snap := w.snapshot(token, kept); dig(snap, "customerJourneySummary", "customerOrderIndex") != 1.0 {
		t.Errorf("the next order is now the first: %s", show(snap))
	}
	if list, err := w.Orders(testShop); err != nil || len(list) != 1 || list[0].ID != kept.ID {
		t.Errorf("%+v %v", list, err)
	}
	if o := w.order(OrderInput{DiscountCodes: []string{"SAVE"}}); o.Codes[0].Applied || o.Name != "#1003" {
		t.Errorf("a code stays used, a number too: %+v", o)
	}
	if err := w.DeleteOrder(testShop, gone.ID); err == nil {
		t.Error("deleted twice")
	}
}

func TestOrdersWithoutACheckout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	for _, c := range []struct {
		source  string
		checked bool
	}{{"", true}, {"web", true}, {"580111", true}, {"pos", false}, {"shopify_draft_order", false}, {"subscription_contract", false}} {
		o := w.order(OrderInput{Source: c.source, LandingPage: "/?ref=ANNA", Referrer: "https://example.org/"})
		paid := w.bodies("orders/paid")
		body := paid[len(paid)-1]
		for _, field := range []string{"checkout_token", "cart_token", "landing_site", "landing_site_ref", "referring_site"} {
			if v, there := body[field]; !there || (v != nil) != c.checked {
				t.Errorf("%s: %s is %v", c.source, field, v)
			}
		}
		data := w.query(token, `query ($id: ID!) { order(id: $id) { sourceName checkoutToken cartToken customerJourneySummary { firstVisit { referralCode } } } }`,
			map[string]any{"id": o.GID})["order"]
		if (dig(data, "checkoutToken") != nil) != c.checked || (dig(data, "cartToken") != nil) != c.checked ||
			(dig(data, "customerJourneySummary", "firstVisit") != nil) != c.checked || body["token"] == nil {
			t.Errorf("%s: %s", c.source, show(data))
		}
	}
}

// Orders are named with the shop's own prefix and suffix, in the API, in webhooks and in searches. Source:
// help.shopify.com, order ID format.
func TestOrderNames(t *testing.T) {
	t.Parallel()
	none, eu := "", "EU-"
	for _, c := range []struct {
		prefix       *string
		suffix, want string
	}{
		{nil, "", "#1001"}, {&none, "", "1001"}, {&eu, "/26", "EU-1001/26"}, {nil, "-B", "#1001-B"},
	} {
		t.Run(c.want, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(in *ShopInput) { in.OrderPrefix, in.OrderSuffix = c.prefix, c.suffix })
			o := w.order(OrderInput{})
			found := w.query(w.token(), `query ($q: String) { orders(first: 2, query: $q) { nodes { name number } } }`, map[string]any{"q": "name:'" + c.want + "'"})
			if o.Name != c.want || dig(found, "orders", "nodes", 0, "name") != c.want || show(dig(found, "orders", "nodes", 0, "number")) != "1001" {
				t.Errorf("%s %s", o.Name, show(found))
			}
			if sent := dig(w.bodies("orders/paid")[0], "name"); sent != c.want {
				t.Errorf("the webhook says %v", sent)
			}
		})
	}
}
