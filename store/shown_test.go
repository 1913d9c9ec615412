package store_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// Each write that changes what a shop's pages show makes it due, and no other does; what changes after the facts were
// read stays due.
func TestWhatChangesMakesShowingDue(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	due := func(at time.Time) []tenant.ShopID { return get[[]tenant.ShopID](t)(s.ShopsToShow(ctx, at, 10)) }
	read := func() (tenant.Shop, []referral.Campaign) {
		return get[tenant.Shop](t)(s.FindShop(ctx, shop)), get[[]referral.Campaign](t)(s.ListCampaigns(ctx, shop))
	}
	went := tenant.Shown{
		Print:   "p",
		Install: 1,
		At:      noon,
		Problem: "x",
		Values:  map[string]string{"codes": "A, B"},
		Since:   noon.Add(time.Second),
	}
	next := noon.Add(time.Hour)
	save := func(found tenant.Shop, all []referral.Campaign) { must(t, s.SaveShown(ctx, found, all, went, next)) }
	update := func(change func(*referral.Campaign)) {
		get[referral.Campaign](t)(s.UpdateCampaign(ctx, shop, c.Key(),
			func(c *referral.Campaign) error { change(c); return nil }))
	}

	wantShops(t, "a new shop", due(noon), shop)
	save(read())
	if found, _ := read(); !cmp.Equal(found.Shown, went) {
		t.Errorf("kept %+v, want %+v", found.Shown, went)
	}
	wantShops(t, "shown", due(next.Add(-time.Millisecond)))
	wantShops(t, "when it is time", due(next), shop)

	for says, change := range map[string]func(){
		"a profile":         func() { must(t, s.SaveProfile(ctx, shop, tenant.Profile{Currency: "EUR"}, noon)) },
		"who may join":      func() { must(t, s.SaveSettings(ctx, shop, tenant.Settings{Join: tenant.BuyersJoin})) },
		"a path":            func() { get[bool](t)(s.SaveProxy(ctx, shop, "/apps/friends")) },
		"new tokens":        func() { get[tenant.Shop](t)(s.SaveInstall(ctx, shop, storetest.Tokens(), noon)) },
		"a state":           func() { update(func(c *referral.Campaign) { c.State = referral.CampaignPaused }) },
		"terms":             func() { update(func(c *referral.Campaign) { c.Terms.HoldDays++ }) },
		"another campaign":  func() { storetest.Campaign(t, s, shop) },
		"a newer one's end": func() { update(func(c *referral.Campaign) { c.Until = noon }) },
		"a change, and more": func() {
			update(func(c *referral.Campaign) { c.Terms.ClaimDays++ })
			update(func(c *referral.Campaign) { c.TendAt = noon })
		},
	} {
		change()
		wantShops(t, says, due(noon), shop)
		save(read())
		wantShops(t, says+", shown", due(noon))
	}

	for says, change := range map[string]func(){
		"upkeep": func() {
			update(func(c *referral.Campaign) {
				c.TendAt, c.Name, c.Problem = noon.Add(9), "x", referral.Problem{Code: "y"}
			})
		},
		"limits":           func() { update(func(c *referral.Campaign) { c.Limits.MonthCap = 7 }) },
		"the path that is": func() { get[bool](t)(s.SaveProxy(ctx, shop, "/apps/friends")) },
		"a reconcile":      func() { must(t, s.SaveReconciled(ctx, shop, noon, noon)) },
	} {
		change()
		wantShops(t, says, due(noon))
	}

	for says, change := range map[string]func(){
		"a profile": func() { must(t, s.SaveProfile(ctx, shop, tenant.Profile{Currency: "USD"}, noon)) },
		"a path":    func() { get[bool](t)(s.SaveProxy(ctx, shop, "/apps/gifts")) },
		"a state":   func() { update(func(c *referral.Campaign) { c.State = referral.CampaignEnded }) },
		"another":   func() { storetest.Campaign(t, s, shop) },
	} {
		found, all := read()
		change()
		save(found, all)
		wantShops(t, says+" that was not read", due(noon), shop)
		save(read())
	}
}

// Without a time it stays due, with what went wrong.
func TestShowingThatFailedStaysDue(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	storetest.Campaign(t, s, shop)
	save := func(went tenant.Shown, next time.Time) {
		t.Helper()
		found, all := get[tenant.Shop](t)(s.FindShop(ctx, shop)), get[[]referral.Campaign](t)(s.ListCampaigns(ctx, shop))
		must(t, s.SaveShown(ctx, found, all, went, next))
	}
	due := func() []tenant.ShopID { return get[[]tenant.ShopID](t)(s.ShopsToShow(ctx, noon, 10)) }

	save(tenant.Shown{Problem: "x"}, time.Time{})
	wantShops(t, "a new shop", due(), shop)
	save(tenant.Shown{}, noon.Add(time.Hour))
	wantShops(t, "shown", due())
	storetest.Campaign(t, s, shop) // due by its mark alone
	save(tenant.Shown{Problem: "x"}, time.Time{})
	wantShops(t, "another campaign", due(), shop)
	if got := get[tenant.Shop](t)(s.FindShop(ctx, shop)); got.Shown.Problem != "x" {
		t.Errorf("kept %+v", got.Shown)
	}
	wantKind(t, "an unknown shop", s.SaveShown(ctx, tenant.Shop{ID: storetest.NewShopID()}, nil, tenant.Shown{}, noon),
		fault.NotFound)
}

// A shop is listed once, within the limit; one that is frozen waits for its next visit, whatever of it is due. A
// document that the version before wrote has none of the fields, and is due.
func TestSweepFindsShopsToShow(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	storetest.Campaign(t, s, shop)
	gone := storetest.Shop(t, s).ID
	storetest.Campaign(t, s, gone)
	must(t, s.MarkUninstalled(ctx, gone, 1, noon))
	refused := storetest.Shop(t, s).ID
	storetest.Campaign(t, s, refused)
	must(t, s.MarkNeedsVisit(ctx, refused, 1))
	old := storetest.Shop(t, s).ID
	bare := bson.D{
		{Key: "$unset", Value: bson.D{
			{Key: "show_at", Value: ""},
			{Key: "show_rev", Value: ""},
			{Key: "shown", Value: ""},
			{Key: "proxy", Value: ""},
		}},
	}
	_, err := s.Database().Collection("shops").UpdateOne(ctx, bson.D{{Key: "_id", Value: old}}, bare)
	must(t, err)

	due := func(limit int) []tenant.ShopID { return get[[]tenant.ShopID](t)(s.ShopsToShow(ctx, noon, limit)) }
	wantShops(t, "installed", due(10), shop, old)
	if got := due(1); len(got) != 1 {
		t.Errorf("limit 1 gave %v", got)
	}
	found := get[tenant.Shop](t)(s.FindShop(ctx, old))
	must(t, s.SaveShown(ctx, found, nil, tenant.Shown{}, noon.Add(time.Hour)))
	wantShops(t, "the old one is shown", due(10), shop)
	get[tenant.Shop](t)(s.SaveInstall(ctx, refused, storetest.Tokens(), noon))
	wantShops(t, "after a visit", due(10), shop, refused)
}

func TestAProxysPathIsKeptWhenItIsAnother(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for _, row := range []struct {
		path    string
		changed bool
	}{{"/apps/friends", true}, {"/apps/friends", false}, {"/a/x", true}, {"/apps/friends", true}} {
		if changed := get[bool](t)(s.SaveProxy(ctx, shop, row.path)); changed != row.changed {
			t.Errorf("%s: changed %v", row.path, changed)
		}
		if got := get[tenant.Shop](t)(s.FindShop(ctx, shop)).Proxy; got != row.path {
			t.Errorf("kept %q, want %q", got, row.path)
		}
	}
	if changed := get[bool](t)(s.SaveProxy(ctx, storetest.NewShopID(), "/a/x")); changed {
		t.Error("a shop that is not there learned a path")
	}
}
