package jobs_test

import (
	"testing"

	"twofold/simulator"
)

// F6: a shop whose currency is newer than most tables, or has other decimals at Shopify than by ISO
// 4217, has its first draft.
func TestShopsOfAnyCurrencyAreSetUp(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{"VES": "3000.00 VES", "JEP": "20.00 JEP", "MGA": "70000 MGA", "USDC": "20.00 USDC"} {
		t.Run(currency, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.must(w.sim.CreateShop(simulator.ShopInput{Domain: string(w.shop), Currency: currency}))
			w.must(w.Install(w.ctx, w.sim, w.shop))
			w.must(w.run(w.forShop("shop:set_up")))

			all, err := w.Campaigns.Campaigns(w.ctx, w.shop)
			w.must(err)
			if len(all) != 1 || all[0].Terms.Friend.Amount.String() != want {
				t.Errorf("campaigns %+v, want one that gives %s", all, want)
			}
		})
	}
}
