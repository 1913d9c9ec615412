package admin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	a := w.get(t, "/app/settings")
	golden(t, "settings.html", a.body)

	chosen := func() tenant.WhoJoins {
		shop, err := w.store.FindShop(storetest.Context(t), demo)
		if err != nil {
			t.Fatal(err)
		}
		return shop.Settings.Join
	}
	for _, c := range []struct {
		join   string
		status int
		want   tenant.WhoJoins
	}{{"buyers", 303, tenant.BuyersJoin}, {"nobody", 400, tenant.BuyersJoin}, {"everybody", 303, tenant.EverybodyJoins}} {
		if a := w.post(t, "/app/settings", url.Values{"join": {c.join}}); a.status != c.status || chosen() != c.want {
			t.Errorf("%s: status %d, %q", c.join, a.status, chosen())
		}
	}
}

// A customer is told of, and erased, by the number or the address of their page; who is of another shop is not there.
func TestOnePersonIsToldAndErased(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	w.alice(t)
	of := func(c string) url.Values { return url.Values{"customer": {c}} }

	a := w.post(t, "/app/settings/tell", of("https://admin.shopify.com/store/demo/customers/101/"))
	file := a.header.Get("Content-Disposition")
	if a.status != 200 || file != `attachment; filename="customer-101.json"` || !strings.Contains(a.body, "ALICE7") {
		t.Errorf("status %d, %q: %s", a.status, file, a.body)
	}
	elsewhere := storetest.Advocate(t, w.store, storetest.Shop(t, w.store).ID, func(a *referral.Advocate) { a.Customer = "gid://shopify/Customer/909" })
	for typed, want := range map[string]string{"x": "number at the end of the address", "102": "Nothing is kept", "909": "Nothing is kept"} {
		a := w.post(t, "/app/settings/tell", of(typed))
		if a.status != 422 || !strings.Contains(a.body, want) || !strings.Contains(a.body, `value="`+typed+`"`) || !strings.Contains(a.body, "data-open") {
			t.Errorf("%q: status %d, want %q: %s", typed, a.status, want, a.body)
		}
	}

	if a = w.post(t, "/app/settings/erase", of(" ")); a.status != 422 {
		t.Errorf("nobody: %d", a.status)
	}
	if a = w.post(t, "/app/settings/erase", of("101")); a.status != 303 {
		t.Fatalf("erase: %d: %s", a.status, a.body)
	}
	for _, again := range []string{"909", "101"} {
		a = w.post(t, "/app/settings/erase", of(again))
		if a.status != 422 || !strings.Contains(a.body, "Nothing is kept of this customer.") {
			t.Errorf("erase %s, who is not there: %d: %s", again, a.status, a.body)
		}
	}
	found, err := w.store.FindAdvocate(storetest.Context(t), demo, "adv_alice")
	if err != nil || found.ErasedAt.IsZero() || !found.Customer.Erased() {
		t.Errorf("after it: %+v, %v", found, err)
	}
	if found, err = w.store.FindAdvocate(storetest.Context(t), elsewhere.Shop, elsewhere.ID); err != nil || found.Customer != "gid://shopify/Customer/909" {
		t.Errorf("another shop's: %+v, %v", found, err)
	}
}

// An erasure that left something goes on under the same pseudonym when it is asked for again, and the audit log has who
// asked, and nobody else.
func TestAnErasureThatIsAskedForAgainGoesOn(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	w.alice(t)
	ctx := storetest.Context(t)
	const customer = "gid://shopify/Customer/101"
	ask := func() {
		t.Helper()
		if a := w.post(t, "/app/settings/erase", url.Values{"customer": {"101"}}); a.status != 303 {
			t.Fatalf("erase: %d: %s", a.status, a.body)
		}
	}

	ask()
	advocate, err := w.store.FindAdvocate(ctx, demo, "adv_alice")
	if err != nil {
		t.Fatal(err)
	}
	left := storetest.Order(t, w.store, demo, func(o *referral.Order) {
		o.Customer, o.ProcessedAt = customer, noon().Add(-time.Hour)
	})
	ask()
	order, err := w.store.FindOrder(ctx, demo, left.ID)
	if err != nil || order.Customer != advocate.Customer {
		t.Errorf("what was left: %q, want %q, %v", order.Customer, advocate.Customer, err)
	}

	entries, err := w.store.AuditAbout(ctx, demo, "erasure")
	if err != nil || len(entries) != 2 {
		t.Fatalf("audit: %+v, %v", entries, err)
	}
	for _, e := range entries {
		if e.User != "548380009" || e.Act != "erase_person" || e.Outcome != referral.AuditDone || len(e.About) != 1 || e.Reason != "" {
			t.Errorf("audit: %+v", e)
		}
	}
}

// A person's export has all acts that were about them, however many, and what they asked for.
func TestAnExportHasAllActs(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	w.alice(t)
	const acts = 101
	for i := range acts {
		e := referral.AuditEntry{ID: fmt.Sprint("aud_", i), At: noon(), Act: "block", About: []string{"adv_alice"}}
		if err := w.store.AddAudit(storetest.Context(t), demo, e); err != nil {
			t.Fatal(err)
		}
	}

	missed := referral.Missing{Shop: demo, By: referral.AdvocateSide, Customer: "gid://shopify/Customer/101", Order: "1001", At: noon()}
	if err := w.store.AddMissing(storetest.Context(t), missed); err != nil {
		t.Fatal(err)
	}

	a := w.post(t, "/app/settings/tell", url.Values{"customer": {"101"}})
	if !strings.Contains(a.body, `"order": "1001"`) {
		t.Error("what was asked for as missed is not told")
	}
	if got := strings.Count(a.body, `"act": "block"`); a.status != 200 || got != acts {
		t.Errorf("status %d, %d acts, want %d", a.status, got, acts)
	}
}

// The guide goes, and comes back, and nothing else that was chosen changes with it.
func TestTheGuideIsPutAway(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	for _, c := range []struct {
		path string
		form url.Values
		back bool
	}{
		{"/app/settings", url.Values{"join": {"buyers"}}, false}, {"/app/guide/away", nil, true},
		{"/app/settings", url.Values{"join": {"buyers"}}, true}, {"/app/guide/back", nil, false},
	} {
		posted, settings := w.post(t, c.path, c.form), w.get(t, "/app/settings")
		offered, buyers := strings.Contains(settings.body, "/app/guide/back"), strings.Contains(settings.body, `value="buyers" selected`)
		if posted.status != 303 || offered != c.back || !buyers {
			t.Errorf("%s: status %d, back offered %v, want %v; buyers %v", c.path, posted.status, offered, c.back, buyers)
		}
	}
}
