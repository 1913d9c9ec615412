package jobs_test

import (
	"strings"
	"testing"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

// An order is explained by whatever its merchant calls it. Where several are meant, each is named, and none is guessed.
func TestOrdersAreExplainedByTheirNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t).install()
	named := func(name string) referral.OrderID {
		return storetest.Order(t, w.kept, w.shop, func(o *referral.Order) { o.Name = name }).ID
	}
	english, german, austrian := named("EN1001-A"), named("DE900"), named("AT900")

	for ref, want := range map[string]referral.OrderID{"1001": english, "en1001-a": english, "#EN1001-A": english, "de900": german, "AT900": austrian} {
		if e, err := w.Orders.Explain(w.ctx, w.shop, ref); err != nil || e.Order.ID != want {
			t.Errorf("%s: %s, want %s (%v)", ref, e.Order.ID, want, err)
		}
	}

	_, err := w.Orders.Explain(w.ctx, w.shop, "900")
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("two of one number: %v", err)
	}
	for name, id := range map[string]referral.OrderID{"DE900": german, "AT900": austrian} {
		if said := name + " (" + strings.TrimPrefix(string(id), "gid://shopify/Order/") + ")"; !strings.Contains(err.Error(), said) {
			t.Errorf("%v does not name %s", err, said)
		}
	}
	if _, err := w.Orders.Explain(w.ctx, w.shop, "EN1001"); !fault.Is(err, fault.NotFound) {
		t.Errorf("half a name: %v", err)
	}
}
