package referral_test

import (
	"testing"

	"twofold/money"
	. "twofold/referral"
)

// What both sides get on an order of $100, where the friend's $20 meets a discount of the merchant's own. That two
// combine as the checkout has it is tried in package shopify.
func TestBesideADiscountOfTheMerchants(t *testing.T) {
	t.Parallel()
	order, shipping := Combines{Order: true}, Combines{Shipping: true}
	both := Combines{Order: true, Shipping: true}
	quarter := OwnDiscount{Kind: PercentOff, RateBP: 2500, Classes: order, Combines: both}
	for _, row := range []struct {
		says        string
		own         OwnDiscount
		ours        Combines
		combines    bool
		pays, alone string
		earns       string // a tenth of what the friend pays
		ships, less bool
	}{
		{"free shipping", OwnDiscount{Kind: FreeShipping, Classes: shipping, Combines: order}, shipping, true, "80", "80", "8", true, false},
		{"free shipping over $101", OwnDiscount{Kind: FreeShipping, Classes: shipping, Combines: order, Minimum: usd("101")}, shipping,
			true, "80", "80", "8", false, false},
		{"a quarter off, and ours does not let it", quarter, shipping, false, "75", "80", "7.50", false, false},
		{"a quarter off, and both let", quarter, order, true, "55", "80", "5.50", false, false},
		{"a tenth off, which saves less", OwnDiscount{Kind: PercentOff, RateBP: 1000, Classes: order}, both, false, "80", "80", "8", false, false},
		{"more off than the order is worth", OwnDiscount{Kind: AmountOff, Amount: usd("90"), Classes: order, Combines: order}, order,
			true, "0", "80", "0", false, false},
		{"nobody knows how much", OwnDiscount{Classes: Combines{Product: true}, Combines: order}, order, false, "80", "80", "8", false, true},
		{"some products", OwnDiscount{Kind: PercentOff, RateBP: 5000, SomeOnly: true, Classes: Combines{Product: true}, Combines: order},
			Combines{Product: true}, true, "80", "80", "8", false, true},
		{"of two classes, one of which ours does not let", OwnDiscount{Classes: both, Combines: order}, order, false, "80", "80", "8", false, true},
	} {
		terms := Terms{
			Friend:   Offer{Kind: AmountOff, Amount: usd("20"), Combines: row.ours},
			Advocate: Offer{Kind: ShareOfOrder, RateBP: 1000},
		}
		b, err := terms.BesideOwn(row.own, usd("100"))
		if err != nil || b.Combines != row.combines || b.Pays != usd(row.pays) || b.WithOurs != usd(row.alone) || b.Earns != usd(row.earns) ||
			b.Ships != row.ships || b.Less != row.less {
			t.Errorf("%s: %+v, %v", row.says, b, err)
		}
	}
}

func TestTwoFreeShippingsNeverCombine(t *testing.T) {
	t.Parallel()
	all := Combines{Order: true, Product: true, Shipping: true}
	terms := Terms{Friend: Offer{Kind: FreeShipping, Combines: all}, Advocate: Offer{Kind: AmountOff, Amount: usd("20")}}
	b, err := terms.BesideOwn(OwnDiscount{Kind: FreeShipping, Classes: Combines{Shipping: true}, Combines: all}, usd("100"))
	if err != nil || b.Combines || !b.Ships || b.Earns != usd("20") {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestSampleOrder(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{"USD": "100", "JPY": "10000", "KWD": "25"} {
		if got, err := (Terms{}).SampleOrder(currency); err != nil || got != money.MustParse(want, currency) {
			t.Errorf("%s: %s, %v", currency, got, err)
		}
	}
	if got, err := (Terms{Minimum: usd("150")}).SampleOrder("USD"); err != nil || got != usd("150") {
		t.Errorf("below the minimum: %s, %v", got, err)
	}
}
