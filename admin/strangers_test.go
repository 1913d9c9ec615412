package admin_test

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	gocmp "github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/rewards"
	"twofold/store/storetest"
	"twofold/tenant"
)

// theirs is what the demo shop has, as far as an act could change it.
type theirs struct {
	Campaign  referral.Campaign
	Advocate  referral.Advocate
	Referrals []referral.Referral
	Audit     []referral.AuditEntry
}

func (w *world) theirs(t *testing.T) theirs {
	t.Helper()
	ctx := storetest.Context(t)
	campaign, errCampaign := w.store.FindCampaign(ctx, demo, referral.CampaignKey{ID: "cmp_1", Version: 1})
	advocate, errAdvocate := w.store.FindAdvocate(ctx, demo, "adv_1")
	referrals, errReferrals := w.store.ReferralsOf(ctx, demo, "adv_1", 100)
	audit, errAudit := w.store.AllAuditAbout(ctx, demo, "adv_1", "cmp_1", "gid://shopify/Order/2001")
	if err := errors.Join(errCampaign, errAdvocate, errReferrals, errAudit); err != nil {
		t.Fatal(err)
	}
	return theirs{campaign, advocate, referrals, audit}
}

// actOf is what ":act" of a route stands for here: an act on an order asks Shopify about it, at a cost.
func actOf(path string) string {
	if strings.HasPrefix(path, "/app/advocates") {
		return string(rewards.ActBlock)
	}
	return string(rewards.ActVoid)
}

// elsewhere are routes that go on where there is no such order: to explain whatever was asked for, and to one's own queue.
var elsewhere = map[string]int{
	"GET /app/referrals/:order": fiber.StatusFound, "GET /app/review/:order": fiber.StatusOK,
}

// Every route with another shop's ids answers as it does with ids that nobody has, and leaves that shop's data alone.
func TestAnotherShopsIdsAreNobodys(t *testing.T) {
	t.Parallel()
	w, sim := withShopify(t)
	w.flag(t)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID = "cmp_1" })
	const mine tenant.ShopID = "mine.myshopify.com"
	w.join(t, sim, mine)
	profile := tenant.Profile{Currency: "USD", TimeZone: "America/New_York", Plan: "basic", PrimaryURL: "https://mine.example", Scopes: scopes}
	if err := w.store.SaveProfile(storetest.Context(t), mine, profile, noon()); err != nil {
		t.Fatal(err)
	}
	was := w.theirs(t)
	w.shop = mine

	ids := strings.NewReplacer("/campaigns/:id", "/campaigns/cmp_1", "/advocates/:id", "/advocates/adv_1", ":order", "2001")
	nobodys := strings.NewReplacer("/campaigns/:id", "/campaigns/cmp_9", "/advocates/:id", "/advocates/adv_9", ":order", "2999")
	same := strings.NewReplacer("cmp_9", "cmp_1", "adv_9", "adv_1", "2999", "2001")
	form := url.Values{"reason": {"not ours"}, "orders": {"2001"}, "code": {"NEW-CODE"}, "text": {"not ours"}}

	tried := 0
	for _, route := range w.GetRoutes(true) {
		if !strings.HasPrefix(route.Path, "/app") || !strings.Contains(route.Path, ":") || route.Method == fiber.MethodHead {
			continue
		}
		path := strings.ReplaceAll(route.Path, ":act", actOf(route.Path))
		got := w.ask(t, route.Method, ids.Replace(path), form)
		want := w.ask(t, route.Method, nobodys.Replace(path), form)
		tried++
		if got.status != want.status || got.body != same.Replace(want.body) {
			t.Errorf("%s %s: status %d: %.300s\nan id that nobody has: %d: %.300s", route.Method, path, got.status, got.body, want.status, want.body)
		}
		if wanted := cmp.Or(elsewhere[route.Method+" "+path], fiber.StatusNotFound); got.status != wanted {
			t.Errorf("%s %s: status %d: %.300s", route.Method, path, got.status, got.body)
		}
	}
	if tried < 15 {
		t.Errorf("only %d were tried", tried)
	}
	if diff := gocmp.Diff(was, w.theirs(t)); diff != "" {
		t.Errorf("the other shop's data (-was +is):\n%s", diff)
	}
}
