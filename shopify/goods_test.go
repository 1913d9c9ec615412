package shopify

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
)

// linesOf is a page of n lines, each a gift card of a dollar, and what follows it.
func linesOf(n int, next string) string {
	const line = `{"isGiftCard":true,"quantity":1,"currentQuantity":1,"discountAllocations":[],` +
		`"priceAfterAllDiscountsBeforeTaxesSet":{"shopMoney":{"amount":"1.0","currencyCode":"JPY"}}},`
	return fmt.Sprintf(`{"nodes":[%s],"pageInfo":{"hasNextPage":%t,"endCursor":%q}}`,
		strings.TrimSuffix(strings.Repeat(line, n), ","), next != "", next)
}

// Lines beyond the snapshot's own are read page by page. If the order changes between two pages all is read anew, and
// if it never stops changing, later: lines of one state never stand beside totals of another.
func TestLinesArePaged(t *testing.T) {
	t.Parallel()
	const before, after = "2026-11-20T10:00:00Z", "2026-11-20T10:00:01Z"
	for _, row := range []struct {
		name  string
		moves int // how often the order is found changed
		asked []string
		lines int64
		err   fault.Kind
	}{
		{"three pages", 0, []string{"OrderSnapshot", "OrderLines p1", "OrderLines p2"}, 110, ""},
		{
			"it changes once", 1,
			[]string{"OrderSnapshot", "OrderLines p1", "OrderSnapshot", "OrderLines p1", "OrderLines p2"}, 110, "",
		},
		{"it keeps changing", 99, []string{
			"OrderSnapshot", "OrderLines p1", "OrderSnapshot", "OrderLines p1", "OrderSnapshot", "OrderLines p1",
			"OrderSnapshot", "OrderLines p1",
		}, 0, fault.Unavailable},
	} {
		moves, asked := row.moves, []string(nil)
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			if r.Operation == "OrderSnapshot" {
				asked = append(asked, r.Operation)
				o := strings.TrimSuffix(strings.TrimSpace(fixture(t, "order_sparse.json")), "}")
				ok(w, fmt.Sprintf(`{"order":%s,"lineItems":%s}}`, o, linesOf(10, "p1")))
				return
			}
			asked = append(asked, fmt.Sprintf("%s %v", r.Operation, r.Vars["after"]))
			updated, next := before, map[any]string{"p1": "p2"}[r.Vars["after"]]
			if moves > 0 {
				updated = after
				moves--
			}
			ok(w, fmt.Sprintf(`{"order":{"id":"gid://shopify/Order/2","updatedAt":%q,"lineItems":%s,"shippingLines":{"nodes":[],"pageInfo":{}}}}`,
				updated, linesOf(50, next)))
		})
		g, _ := testGateway(t, s)
		o, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/2")
		if fault.KindOf(err) != row.err && (err != nil || row.err != "") {
			t.Errorf("%s: %v", row.name, err)
		}
		if diff := cmp.Diff(row.asked, asked); diff != "" {
			t.Errorf("%s asked (-want +got):\n%s", row.name, diff)
		}
		if o.GiftCards.Minor != row.lines {
			t.Errorf("%s: %d lines", row.name, o.GiftCards.Minor)
		}
	}
}

// An order whose lines never end is given up, as one that is too large: it must not hold up others.
func TestLinesThatNeverEnd(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		o := strings.TrimSuffix(strings.TrimSpace(fixture(t, "order_sparse.json")), "}")
		ok(w, fmt.Sprintf(`{"order":%s,"lineItems":%s}}`, o, linesOf(1, "more")))
	})
	g, _ := testGateway(t, s)
	if _, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/2"); ClassOf(err) != TooLarge {
		t.Errorf("got %v, want too large", err)
	}
	if n := len(s.requests()); n != 1+maxLinePages {
		t.Errorf("%d requests", n)
	}
}

// Of an order of the simulator's with 130 lines: what each discount took off, what of it is left after a return, and
// the gift cards.
func TestGoodsOfASimulatedOrder(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	items := []simulator.Item{
		{Title: "Card", Price: "25.00", GiftCard: true},
		{Title: "Card", Price: "50.00", GiftCard: true},
	}
	for i := range 128 {
		items = append(items, simulator.Item{Title: fmt.Sprint("Tea ", i), Price: "1.00", Quantity: 2})
	}
	placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
		Email: "bob@example.com", Items: items, Shipping: "9.00", ForcedDiscounts: []simulator.ForcedDiscount{
			{Code: "friend", Amount: "25.60"}, {Title: "Sale", Amount: "12.80"},
			{Title: "Free shipping", Amount: "9.00", Shipping: true},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	refund := simulator.RefundInput{Items: []simulator.RefundItem{
		{Index: 0},
		{Index: 2, Quantity: 1},
		{Index: 3, Quantity: 2},
	}}
	if _, err := w.sim.RefundOrder(string(testShop), placed.ID, refund); err != nil {
		t.Fatal(err)
	}
	o, err := w.ReadOrder(ctx, testShop, referral.OrderID(placed.GID))
	if err != nil {
		t.Fatal(err)
	}
	usd := func(s string) money.Amount { return money.MustParse(s, "USD") }
	want := []referral.TookOff{
		{Code: "FRIEND", Amount: usd("25.60"), Left: usd("25.30")},
		{Amount: usd("21.80"), Left: usd("12.65")},
	}
	if diff := cmp.Diff(want, o.TookOff); diff != "" || !o.Itemized || o.GiftCards != usd("50") || o.Discounted != usd("47.40") {
		t.Errorf("gift cards %s, discounted %s (-want +got):\n%s", o.GiftCards, o.Discounted, diff)
	}
}

// What the snapshot asks for costs, by Shopify's published rules read in the dearest way and by the answers that people
// have shared, which the simulator follows. docs/PERFORMANCE.md says the same.
func TestWhatASnapshotCosts(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
		Email: "bob@example.com",
		Items: []simulator.Item{{Price: "60.00"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ReadOrder(ctx, testShop, referral.OrderID(placed.GID)); err != nil {
		t.Fatal(err)
	}
	sized := opOrderSnapshot.sized(fmt.Sprint(firstSizes), firstSizes.cost())
	told := w.costs.of(sized)
	page, err := os.ReadFile("../docs/PERFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	if says := fmt.Sprintf("| snapshot of an order | %.0f | %.0f |", told, firstSizes.cost()); !strings.Contains(string(page), says) {
		t.Errorf("docs/PERFORMANCE.md does not say %s", says)
	}
}
