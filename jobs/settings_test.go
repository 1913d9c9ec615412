package jobs_test

import (
	"testing"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
)

// Where only customers who have ordered may join, Shopify is asked; who joined before stays, and nobody who cannot be
// asked about gets in.
func TestOnlyWhoHasOrderedMayJoin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	early, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "early@example.com"})
	w.must(err)
	late, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "late@example.com"})
	w.must(err)
	join := func(c simulator.Customer) error {
		_, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: referral.CustomerID(c.GID), At: w.signed()})
		return err
	}

	w.must(join(early))
	if err := w.Shops.Choose(w.ctx, w.shop, tenant.Settings{Join: "nobody"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a choice that there is not: %v", err)
	}
	w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{Join: tenant.BuyersJoin}))
	if err := join(late); fault.CodeOf(err) != "buyers_join" || !fault.Is(err, fault.Conflict) {
		t.Errorf("without an order: %v", err)
	}
	w.must(join(early))

	_, err = w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "late@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
	})
	w.must(err)
	w.must(join(late))

	third, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "third@example.com"})
	w.must(err)
	w.must(w.Shops.Choose(w.ctx, w.shop, tenant.Settings{}))
	w.must(join(third))
}
