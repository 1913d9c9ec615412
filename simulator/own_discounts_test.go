package simulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const goodsQuery = `query ($id: ID!) { order(id: $id) { discountCodes totalDiscountsSet { shopMoney { amount } }
	discountApplications(first: 9) { nodes { __typename index } }
	lineItems(first: 9) { nodes { title isGiftCard quantity currentQuantity refundableQuantity priceAfterAllDiscountsBeforeTaxesSet { shopMoney { amount } } ...took } }
	shippingLines(first: 9) { nodes { currentDiscountedPriceSet { shopMoney { amount } } ...shipped } } } }
	fragment took on LineItem { discountAllocations { ...allocation } } fragment shipped on ShippingLine { discountAllocations { ...allocation } }
	fragment allocation on DiscountAllocation { allocatedAmountSet { shopMoney { amount } }
		discountApplication { __typename ... on DiscountCodeApplication { code } ... on AutomaticDiscountApplication { title } } }`

// goods are the order's lines and shipping as the API shows them: what each is worth now, and what took what off it.
func (w *world) goods(token string, o Order) string {
	w.t.Helper()
	order := w.query(token, goodsQuery, map[string]any{"id": o.GID})["order"]
	var all []string
	for _, l := range dig(order, "lineItems", "nodes").([]any) {
		mark := ""
		if dig(l, "isGiftCard") == true {
			mark = "*"
		}
		all = append(all, fmt.Sprintf("%v%s %v/%v %v%s", dig(l, "title"), mark, dig(l, "currentQuantity"), dig(l, "quantity"),
			amount(l, "priceAfterAllDiscountsBeforeTaxesSet"), taken(l)))
	}
	for _, l := range dig(order, "shippingLines", "nodes").([]any) {
		all = append(all, fmt.Sprintf("shipping %v%s", amount(l, "currentDiscountedPriceSet"), taken(l)))
	}
	return strings.Join(all, ", ")
}

func taken(line any) string {
	var b strings.Builder
	for _, a := range dig(line, "discountAllocations").([]any) {
		by := dig(a, "discountApplication")
		name := dig(by, "code")
		if dig(by, "__typename") == "AutomaticDiscountApplication" {
			name = dig(by, "title")
		}
		fmt.Fprintf(&b, " -%v %v", amount(a, "allocatedAmountSet"), name)
	}
	return b.String()
}

// What each discount took off each line and the shipping is told apart: by codes, by automatic discounts, by a
// merchant's own. Of gift cards nothing is taken, and they help no minimum.
func TestAllocations(t *testing.T) {
	t.Parallel()
	all := Combination{Order: true, Product: true, Shipping: true}
	shirt, card := Item{Title: "shirt", Price: "60.00"}, Item{Title: "card", Price: "50.00", GiftCard: true}
	socks := Item{Title: "socks", Price: "10.00", Quantity: 2}
	for name, c := range map[string]struct {
		own  []OwnDiscount
		in   OrderInput
		want string
	}{
		"a code": {nil, OrderInput{Items: []Item{shirt, socks}, DiscountCodes: []string{"SAVE"}}, "shirt 1/1 45.0 -15.0 SAVE, socks 2/2 15.0 -5.0 SAVE"},
		"a gift card beside": {nil, OrderInput{Items: []Item{card, shirt}, DiscountCodes: []string{"SAVE"}},
			"card* 1/1 50.0, shirt 1/1 40.0 -20.0 SAVE"},
		"gift cards alone": {nil, OrderInput{Items: []Item{card}, DiscountCodes: []string{"SAVE"}}, "card* 1/1 50.0"},
		"free shipping over 50, which does not combine": {[]OwnDiscount{{Title: "Ship", FreeShipping: true, Minimum: "50"}},
			OrderInput{Items: []Item{shirt}, Shipping: "8.00", DiscountCodes: []string{"SAVE"}}, "shirt 1/1 40.0 -20.0 SAVE, shipping 8.0"},
		"free shipping over 50": {[]OwnDiscount{{Title: "Ship", FreeShipping: true, Minimum: "50", Combines: all}},
			OrderInput{Items: []Item{shirt}, Shipping: "8.00", DiscountCodes: []string{"SAVE"}}, "shirt 1/1 40.0 -20.0 SAVE, shipping 0.0 -8.0 Ship"},
		"free shipping over 61": {[]OwnDiscount{{Title: "Ship", FreeShipping: true, Minimum: "61", Combines: all}},
			OrderInput{Items: []Item{shirt}, Shipping: "8.00"}, "shirt 1/1 60.0, shipping 8.0"},
		"an automatic sale": {[]OwnDiscount{{Title: "Sale", Percentage: "0.3", Combines: all}},
			OrderInput{Items: []Item{shirt}, DiscountCodes: []string{"SAVE"}}, "shirt 1/1 22.0 -20.0 SAVE -18.0 Sale"},
		"a merchant's own code": {[]OwnDiscount{{Title: "Summer", Codes: []string{"SUMMER"}, Amount: "6.00", Combines: all}},
			OrderInput{Items: []Item{shirt}, DiscountCodes: []string{"SAVE", "SUMMER"}}, "shirt 1/1 34.0 -20.0 SAVE -6.0 SUMMER"},
		"forced": {nil, OrderInput{Items: []Item{shirt}, Shipping: "8.00",
			ForcedDiscounts: []ForcedDiscount{{Code: "GONE", Amount: "5"}, {Title: "Auto", Amount: "7"}, {Code: "FREE", Amount: "9", Shipping: true}}},
			"shirt 1/1 48.0 -5.0 GONE -7.0 Auto, shipping 0.0 -8.0 FREE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			token := w.token()
			w.discount(token, "SAVE", map[string]any{"combinesWith": map[string]any{"orderDiscounts": true, "shippingDiscounts": true}})
			for _, own := range c.own {
				_, err := w.MakeDiscount(testShop, own)
				w.must(err)
			}
			if got := w.goods(token, w.order(c.in)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// What went back or was edited away keeps its allocations, and is worth nothing any more.
func TestAllocationsOfWhatWentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	o := w.bigOrder(token)
	_, err := w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{Index: 1}}})
	w.must(err)
	_, err = w.EditOrder(testShop, o.ID, EditInput{RemoveItems: []RefundItem{{Index: 0}}})
	w.must(err)
	if got, want := w.goods(token, o), "Item 0/1 0.0 -6.0 TEN, Item 1/2 18.0 -4.0 TEN, shipping 5.0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, in := range []EditInput{{RemoveItems: []RefundItem{{Index: 0}}}, {RemoveItems: []RefundItem{{Index: 9}}}, {Add: "1", RemoveItems: []RefundItem{{Index: 1}}}} {
		if _, err := w.EditOrder(testShop, o.ID, in); err == nil {
			t.Errorf("%+v was done", in)
		}
	}
}

// A refund of the shipping alone leaves the lines, and makes no adjustment.
func TestShippingIsRefunded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	o := w.bigOrder(token)
	back, err := w.RefundOrder(testShop, o.ID, RefundInput{Shipping: "3.00"})
	w.must(err)
	snap := w.snapshot(token, o)
	if back.Refunded != "3.00" || back.CurrentSubtotal != "90.00" || len(dig(snap, "refunds", 0, "orderAdjustments", "nodes").([]any)) != 0 {
		t.Errorf("%+v %s", back, show(snap))
	}
	if got := w.goods(token, o); !strings.HasSuffix(got, "shipping 2.0") {
		t.Error(got)
	}
	if _, err := w.RefundOrder(testShop, o.ID, RefundInput{Shipping: "2.01"}); err == nil {
		t.Error("more shipping went back than there was")
	}
}

// Automatic discounts are listed, shown in the cart, and end when they are deleted; what cannot be is not made.
func TestOwnDiscounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	sale, err := w.MakeDiscount(testShop, OwnDiscount{Title: "Sale", Percentage: "0.25"})
	w.must(err)
	if list, err := w.Discounts(testShop); err != nil || len(list) != 1 || !list[0].Automatic || list[0].Percentage != "0.25" {
		t.Errorf("%+v %v", list, err)
	}
	for _, in := range []OwnDiscount{{}, {Title: "x"}, {Amount: "1"}, {Title: "x", Amount: "1", Percentage: "0.1"}, {Title: "x", Amount: "1", FreeShipping: true}} {
		if _, err := w.MakeDiscount(testShop, in); err == nil {
			t.Errorf("%+v was made", in)
		}
	}
	if o := w.order(OrderInput{}); o.Total != "45.00" || len(o.DiscountCodes) != 0 || len(o.Codes) != 0 {
		t.Errorf("%+v", o)
	}
	bodies := w.bodies("orders/paid")
	if kind := dig(bodies[len(bodies)-1], "discount_applications", 0, "type"); kind != "automatic" {
		t.Errorf("type %v", kind)
	}
	w.must(w.DeleteDiscount(testShop, sale.ID))
	if o := w.order(OrderInput{}); o.Total != "60.00" {
		t.Errorf("after its end: %+v", o)
	}
	_, err = w.MakeDiscount(testShop, OwnDiscount{Title: "Own", Codes: []string{"OWN"}, Amount: "1.00"})
	w.must(err)
	if _, err := w.MakeDiscount(testShop, OwnDiscount{Title: "Own", Codes: []string{"NEW", "own"}, Amount: "1.00"}); err == nil {
		t.Error("a code was taken twice")
	}
	if o := w.order(OrderInput{DiscountCodes: []string{"OWN", "NEW"}}); o.Total != "59.00" || !slices.Equal(o.DiscountCodes, []string{"OWN"}) {
		t.Errorf("%+v", o)
	}
}
