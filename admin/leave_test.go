package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// Who leaves is told what goes and what people are owed, types the shop's name, and sees how far it has come.
func TestWhoLeavesCleansUpFirst(t *testing.T) {
	t.Parallel()
	w, _ := withShopify(t)
	ctx := storetest.Context(t)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID, c.Discounts = "cmp_1", nil })
	w.sold(t, 1, "80", referral.Pending)
	w.sold(t, 2, "80", referral.Approved, func(r *referral.Referral) {
		r.Rewards[referral.AdvocateSide] = referral.Reward{
			ID: "rwd_2", Side: referral.AdvocateSide, State: referral.RewardIssued, Amount: storetest.USD("20"),
		}
	})
	w.folded(t)

	wants(t, w.get(t, "/app/settings"), []string{`href="/app/leave"`})
	wants(t, w.get(t, "/app/leave"), []string{"1 reward is on hold", "1 reward was given and not used", `details="demo"`})
	wants(t, w.get(t, "/app/leave/ours"), []string{"Shopify has nothing of ours"})

	for _, typed := range []string{"", "demo2", "demo.myshopify.com.evil"} {
		a := w.post(t, "/app/leave", url.Values{"shop": {typed}})
		if a.status != 422 || !strings.Contains(a.body, `error="Type it as it stands here: demo"`) {
			t.Errorf("%q: status %d: %s", typed, a.status, a.body)
		}
	}
	if shop, err := w.store.FindShop(ctx, demo); err != nil || shop.Status != tenant.Installed {
		t.Fatalf("without the name the shop is %s, %v", shop.Status, err)
	}

	if a := w.post(t, "/app/leave", url.Values{"shop": {" Demo "}}); a.status != 303 || a.header.Get("Location") != "/app/leave" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	wants(t, w.get(t, "/app/leave"), []string{"Counting what is there", `data-again="2"`})
	must(t, w.store.SaveCleanup(ctx, demo, tenant.Cleanup{Open: true, Found: 120, Gone: 37}))
	wants(t, w.get(t, "/app/leave"), []string{"37 of 120 discounts are gone", "width:30%"})
	must(t, w.do.Shops.GoOnCleaning(ctx, demo))
	wants(t, w.get(t, "/app/leave"), []string{"Everything of ours is gone", "0 left", `action="/app/leave/again"`}, "data-again")
}

// A shop that was cleaned has one page, whatever is asked for, until the merchant presses to start again.
func TestACleanedShopWaitsForAPress(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	ctx := storetest.Context(t)
	must(t, w.store.MarkCleaned(ctx, demo))

	leads := func(a answer) {
		t.Helper()
		if to := a.header.Get("Location"); !strings.HasPrefix(to, "/app/leave") {
			t.Errorf("status %d, leads to %q", a.status, to)
		}
	}
	leads(w.get(t, "/app"))
	leads(w.get(t, "/?id_token=t"))
	leads(w.get(t, "/app/campaigns"))
	leads(w.post(t, "/app/settings", url.Values{"join": {"buyers"}}))
	if a := w.post(t, "/app/leave/again", nil); a.status != 303 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if shop, err := w.store.FindShop(ctx, demo); err != nil || shop.Status != tenant.Cleaned || shop.Settings.Join != "" {
		t.Errorf("before the cleanup is done: %+v, %v", shop, err)
	}

	must(t, w.store.SaveCleanup(ctx, demo, tenant.Cleanup{}))
	wants(t, w.get(t, "/app/leave"), []string{"Everything of ours is gone"})
	w.post(t, "/app/leave/again", nil)
	if shop, err := w.store.FindShop(ctx, demo); err != nil || shop.Status != tenant.Installed || shop.Install != 2 {
		t.Errorf("after the press: %+v, %v", shop, err)
	}
	wants(t, w.get(t, "/app"), []string{"Go live in five minutes"})
}
