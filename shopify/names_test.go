package shopify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
)

// Names come from Shopify as it has them now; who is gone has none. Without level 2 nobody is even asked for.
func TestNamesAndAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Behaviour{ProtectedDataLevel: simulator.Level(2)}, func(c *Config) { c.Level2 = true })
	ada, err := w.sim.CreateCustomer(string(testShop), simulator.CustomerInput{
		Email: "ada@example.com", FirstName: "Ada", LastName: "Byron",
	})
	if err != nil {
		t.Fatal(err)
	}

	id := referral.CustomerID(ada.GID)
	names, err := w.Names(t.Context(), testShop, []referral.CustomerID{id, "gid://shopify/Customer/1"})
	if diff := cmp.Diff(map[referral.CustomerID]string{id: "Ada Byron"}, names); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}

	if found, err := w.CustomerWithEmail(t.Context(), testShop, "ADA@example.com"); err != nil || found != id {
		t.Errorf("found %s, %v", found, err)
	}
	if _, err := w.CustomerWithEmail(t.Context(), testShop, "bob@example.com"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody's address: %v", err)
	}

	w.config.Level2 = false
	if names, err := w.Names(t.Context(), testShop, []referral.CustomerID{id}); err != nil || names != nil {
		t.Errorf("at level 1 there are %v, %v", names, err)
	}
	if _, err := w.CustomerWithEmail(t.Context(), testShop, "ada@example.com"); ClassOf(err) != Withheld {
		t.Errorf("at level 1 an address is asked for: %v", err)
	}
}
