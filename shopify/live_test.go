package shopify

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/codes"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
)

// owns are discounts of the merchant's own, with and without a code.
var owns = []simulator.OwnDiscount{
	{Title: "A 25% off", Codes: []string{"FRIDAY"}, Percentage: "0.25"},
	{Title: "B Sale", Percentage: "0.1", Combines: simulator.Combination{Order: true, Shipping: true}},
	{Title: "C Six off", Codes: []string{"SIX"}, Amount: "6.00", Minimum: "50", Combines: simulator.Combination{Order: true}},
	{Title: "D Free shipping", FreeShipping: true, Minimum: "75", Combines: simulator.Combination{Order: true}},
	{Title: "E Shipping", Codes: []string{"SHIP"}, FreeShipping: true, Combines: simulator.Combination{Order: true, Shipping: true}},
}

func TestLiveDiscountsAreTheMerchantsOwn(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	w.mint(t, "TWAAAA")
	for _, own := range owns {
		if _, err := w.sim.MakeDiscount(string(testShop), own); err != nil {
			t.Fatal(err)
		}
	}

	found, more, err := w.LiveDiscounts(ctx, testShop)
	if err != nil || more {
		t.Fatalf("more %v, %v", more, err)
	}
	usd := func(decimal string) money.Amount { return money.MustParse(decimal, "USD") }
	order, shipping := referral.Combines{Order: true}, referral.Combines{Shipping: true}
	want := []referral.OwnDiscount{
		{Title: "A 25% off", Classes: order, Kind: referral.PercentOff, RateBP: 2500},
		{Title: "B Sale", Automatic: true, Classes: order, Combines: referral.Combines{Order: true, Shipping: true}, Kind: referral.PercentOff, RateBP: 1000},
		{Title: "C Six off", Classes: order, Combines: order, Kind: referral.AmountOff, Amount: usd("6"), Minimum: usd("50")},
		{Title: "D Free shipping", Automatic: true, Classes: shipping, Combines: order, Kind: referral.FreeShipping, Minimum: usd("75")},
		{Title: "E Shipping", Classes: shipping, Combines: referral.Combines{Order: true, Shipping: true}, Kind: referral.FreeShipping},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What is said before of a code beside each discount with a code is what the checkout does then.
func TestTheCheckoutDoesWhatPreflightSays(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, simulator.Behaviour{}), t.Context()
	hundred := money.MustParse("100", "USD")
	code := map[string]string{}
	for _, own := range owns {
		if len(own.Codes) == 0 {
			continue
		}
		if _, err := w.sim.MakeDiscount(string(testShop), own); err != nil {
			t.Fatal(err)
		}
		code[own.Title] = own.Codes[0]
	}
	live, _, err := w.LiveDiscounts(ctx, testShop)
	if err != nil {
		t.Fatal(err)
	}

	combined := 0
	for i, friend := range friends() {
		d := codes.Discount{
			Title: "Friends", Seed: fmt.Sprintf("TWOURS%d", i), Kind: friend.Kind, Amount: friend.Amount, RateBP: friend.RateBP,
			Combines: friend.Combines, StartsAt: w.sim.Now(),
		}
		if _, err := w.CreateDiscount(ctx, testShop, d); err != nil {
			t.Fatal(err)
		}
		for _, own := range live {
			says := fmt.Sprintf("%s %+v beside %s", friend.Kind, friend.Combines, own.Title)
			beside, err := referral.Terms{Friend: friend, Advocate: friend}.BesideOwn(own, hundred)
			if err != nil {
				t.Fatal(err)
			}
			placed, err := w.sim.PlaceOrder(string(testShop), simulator.OrderInput{
				Email: "bob@example.com", Items: []simulator.Item{{Title: "Tea", Price: "100.00"}}, Shipping: "8.00",
				DiscountCodes: []string{d.Seed, code[own.Title]},
			})
			if err != nil {
				t.Fatal(err)
			}
			if took := len(placed.DiscountCodes) == 2; took != beside.Combines {
				t.Errorf("%s: the checkout takes %v, said was %v", says, placed.DiscountCodes, beside.Combines)
			}
			if !beside.Combines {
				continue
			}
			combined++
			if paid := money.MustParse(placed.Subtotal, "USD"); paid != beside.Pays || (placed.Subtotal == placed.Total) != beside.Ships {
				t.Errorf("%s: paid %s, %s in all; said was %s, ships %v", says, paid, placed.Total, beside.Pays, beside.Ships)
			}
		}
	}
	if combined == 0 {
		t.Error("nothing combined")
	}
}

// friends are friends' offers of each kind, with each switch.
func friends() (all []referral.Offer) {
	for _, combines := range []referral.Combines{{}, {Order: true}, {Shipping: true}, {Order: true, Shipping: true}} {
		all = append(all,
			referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), Combines: combines},
			referral.Offer{Kind: referral.PercentOff, RateBP: 1500, Combines: combines})
		if !combines.Shipping {
			all = append(all, referral.Offer{Kind: referral.FreeShipping, Combines: combines})
		}
	}
	return all
}

// What a merchant's other kinds take off is not known, and said so; a search that Shopify did not use is none.
func TestLiveDiscountsOfOtherKinds(t *testing.T) {
	t.Parallel()
	body := `{"discountNodes":{"nodes":[
		{"discount":{"__typename":"DiscountAutomaticBxgy","title":"3 for 2","tags":[],"discountClasses":["PRODUCT"],"combinesWith":{"orderDiscounts":true},
			"context":{"__typename":"DiscountBuyerSelectionAll"}}},
		{"discount":{"__typename":"DiscountCodeBasic","title":"Mugs","tags":[],"discountClasses":["PRODUCT"],"combinesWith":{},
			"context":{"__typename":"DiscountCustomerSegments"},"customerGets":{"items":{"__typename":"DiscountCollections"},"value":{"percentage":0.5}}}},
		{"discount":{"__typename":"DiscountCodeApp","title":"Ours","tags":["twofold"],"discountClasses":["ORDER"],"combinesWith":{},
			"context":{"__typename":"DiscountBuyerSelectionAll"}}}],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}`
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, body) })
	g, _ := testGateway(t, s)
	found, more, err := g.LiveDiscounts(t.Context(), testShop)
	product := referral.Combines{Product: true}
	want := []referral.OwnDiscount{
		{Title: "3 for 2", Automatic: true, Classes: product, Combines: referral.Combines{Order: true}},
		{Title: "Mugs", Classes: product, Kind: referral.PercentOff, RateBP: 5000, SomeOnly: true},
	}
	if diff := cmp.Diff(want, found); diff != "" || !more || err != nil {
		t.Errorf("more %v, %v, -want +got\n%s", more, err, diff)
	}

	bad := newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		ok(w, `{"discountNodes":{"nodes":[{"discount":{"__typename":"DiscountCodeApp","title":"","discountClasses":[]}}],"pageInfo":{}}}`)
	})
	g, _ = testGateway(t, bad)
	if _, _, err := g.LiveDiscounts(t.Context(), testShop); !fault.Is(err, fault.Internal) {
		t.Errorf("a discount that makes no sense: %v", err)
	}
}
