package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"twofold/inbox"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// wantShops compares shops without regard to their order.
func wantShops(t *testing.T, what string, got []tenant.ShopID, want ...tenant.ShopID) {
	t.Helper()
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestSweepFindsShopsWithDeliveries(t *testing.T) {
	t.Parallel()
	ctx, s, due := newStore(t)
	putOff, done := storetest.NewShopID(), storetest.NewShopID() // a delivery may come before the install is known
	insert(t, s, newDelivery(due, "1"), newDelivery(due, "2"), newDelivery(putOff, "1"), newDelivery(done, "1"))
	must(t, s.RetryDelivery(ctx, putOff, "1", noon.Add(time.Minute), ""))
	must(t, s.FinishDeliveries(ctx, done, []string{"1"}, inbox.Waiting, "", noon))
	find := func(now time.Time, limit int) []tenant.ShopID {
		return get[[]tenant.ShopID](t)(s.ShopsWithDeliveries(ctx, now, limit))
	}
	wantShops(t, "now", find(noon, 10), due)
	wantShops(t, "a minute later", find(noon.Add(time.Minute), 10), due, putOff)
	if got := find(noon.Add(time.Minute), 1); len(got) != 1 {
		t.Errorf("limit 1 gave %v", got)
	}
}

func TestSweepFindsWorkWhoseTimeHasCome(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	friends := map[referral.FriendID]string{}
	add := func(what string, releaseAt time.Time, work ...referral.Work) {
		friend := storetest.Friend()
		friends[friend] = what
		decided(t, ctx, s, shop, friend, func(r *referral.Referral) { r.Work, r.ReleaseAt = work, releaseAt })
	}
	add("issue", noon.Add(-time.Hour), referral.WorkIssue)
	add("take back", time.Time{}, referral.WorkTakeBack)
	add("newness", noon.Add(time.Hour), referral.WorkNewness)
	add("release on the instant", noon, referral.WorkRelease)
	add("release later", noon.Add(time.Millisecond), referral.WorkRelease)
	add("nothing", noon.Add(-time.Hour))

	due := get[[]referral.Due](t)(s.DueWork(ctx, noon, 10))
	var got []string
	for _, d := range due {
		got = append(got, friends[d.Friend]+": "+string(d.Work))
	}
	slices.Sort(got)
	if want := []string{"issue: issue", "newness: newness", "take back: take_back"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	releases := func(now time.Time) []tenant.ShopID { return get[[]tenant.ShopID](t)(s.ShopsWithReleases(ctx, now, 10)) }
	wantShops(t, "the instant before", releases(noon.Add(-time.Millisecond)))
	wantShops(t, "on the instant", releases(noon), shop)
	for limit := range 4 {
		if limit == 0 {
			continue
		}
		if got := get[[]referral.Due](t)(s.DueWork(ctx, noon, limit)); len(got) != limit {
			t.Errorf("limit %d gave %d", limit, len(got))
		}
	}
}

// What Shopify could not answer yet is asked again when it is time, and not before.
func TestSweepAsksAgainWhenItIsTime(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what  string
		work  []referral.Work
		askAt time.Time
		want  []referral.Work
	}{
		{
			"newness, never asked", []referral.Work{referral.WorkNewness}, time.Time{},
			[]referral.Work{referral.WorkNewness},
		},
		{"newness, the instant before", []referral.Work{referral.WorkNewness}, noon.Add(time.Millisecond), nil},
		{"newness, on the instant", []referral.Work{referral.WorkNewness}, noon, []referral.Work{referral.WorkNewness}},
		{"history, the instant before", []referral.Work{referral.WorkHistory}, noon.Add(time.Millisecond), nil},
		{
			"history, after", []referral.Work{referral.WorkHistory}, noon.Add(-time.Millisecond),
			[]referral.Work{referral.WorkHistory},
		},
		{
			"beside what does not wait", []referral.Work{referral.WorkNewness, referral.WorkTakeBack},
			noon.Add(time.Hour), []referral.Work{referral.WorkTakeBack},
		},
		{
			"all at once", []referral.Work{referral.WorkHistory, referral.WorkIssue}, noon,
			[]referral.Work{referral.WorkHistory, referral.WorkIssue},
		},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			decided(t, ctx, s, shop, storetest.Friend(),
				func(r *referral.Referral) { r.Work, r.AskAt = row.work, row.askAt })
			var got []referral.Work
			for _, due := range get[[]referral.Due](t)(s.DueWork(ctx, noon, 10)) {
				got = append(got, due.Work)
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got %v, want %v", got, row.want)
			}
		})
	}
}

func TestSweepFindsCampaignsToTend(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	add := func(what string, state referral.CampaignState, at time.Time, change ...func(*referral.Campaign)) {
		change = append(change, func(c *referral.Campaign) {
			c.Name, c.State, c.TendAt, c.ID = what, state, at, referral.CampaignID(what)
		})
		storetest.Campaign(t, s, shop, change...)
	}
	bare := func(c *referral.Campaign) { c.Discounts = nil }
	emptied := func(c *referral.Campaign) { c.Discounts = map[referral.Side]referral.DiscountID{} }
	add("live, on the instant", referral.CampaignLive, noon)
	add("live, later", referral.CampaignLive, noon.Add(time.Millisecond))
	add("live, never", referral.CampaignLive, time.Time{})
	add("live, without a discount", referral.CampaignLive, noon, bare)
	add("over, its discounts deleted", referral.CampaignEnded, noon, emptied)
	add("ended", referral.CampaignEnded, noon.Add(-3*time.Hour))
	add("replaced", referral.CampaignReplaced, noon.Add(-2*time.Hour))
	add("paused", referral.CampaignPaused, noon.Add(-time.Hour))
	add("draft", referral.CampaignDraft, noon)
	starts := func(at time.Time) func(*referral.Campaign) {
		return func(c *referral.Campaign) { c.Dates.Starts = at }
	}
	add("draft that starts", referral.CampaignDraft, time.Time{}, bare, starts(noon.Add(-time.Minute)))
	add("draft that starts later", referral.CampaignDraft, noon, bare, starts(noon.Add(time.Millisecond)))
	add("filling", referral.CampaignFilling, noon)
	frozen := storetest.Shop(t, s).ID
	storetest.Campaign(t, s, frozen, tended(noon))
	must(t, s.MarkUninstalled(ctx, frozen, 1, noon))

	names := func(limit int) (got []string) {
		for _, c := range get[[]referral.Campaign](t)(s.CampaignsToTend(ctx, noon, limit)) {
			got = append(got, string(c.ID))
		}
		return got
	}
	// The longest waiting first.
	want := []string{"ended", "replaced", "paused", "draft that starts", "live, on the instant"}
	if got := names(10); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := names(2); !slices.Equal(got, want[:2]) {
		t.Errorf("limit 2: got %q, want %q", got, want[:2])
	}
}

func TestSweepFindsCampaignsToWatch(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	watched := func(id referral.CampaignID, at time.Time) func(*referral.Campaign) {
		return func(c *referral.Campaign) { c.ID, c.WatchAt = id, at }
	}
	storetest.Campaign(t, s, shop, watched("due", noon))
	storetest.Campaign(t, s, shop, watched("long due", noon.Add(-time.Hour)))
	storetest.Campaign(t, s, shop, watched("later", noon.Add(time.Millisecond)))
	storetest.Campaign(t, s, shop, watched("never", time.Time{}))
	frozen := storetest.Shop(t, s).ID
	storetest.Campaign(t, s, frozen, watched("frozen", noon))
	must(t, s.MarkUninstalled(ctx, frozen, 1, noon))

	var got []referral.CampaignID
	for _, c := range get[[]referral.Campaign](t)(s.CampaignsToWatch(ctx, noon, 10)) {
		got = append(got, c.ID)
	}
	if want := []referral.CampaignID{"long due", "due"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSweepFindsCampaignsWithShare(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	live := storetest.Campaign(t, s, shop, tended(noon))
	storetest.Campaign(t, s, shop) // has none
	storetest.Campaign(t, s, shop, tended(noon), func(c *referral.Campaign) { c.State = referral.CampaignPaused })
	frozen := storetest.Shop(t, s).ID
	storetest.Campaign(t, s, frozen, tended(noon))
	must(t, s.MarkUninstalled(ctx, frozen, 1, noon))
	got := get[[]referral.Campaign](t)(s.CampaignsWithShare(ctx, 10))
	if len(got) != 1 || got[0].Shop != shop || got[0].Key() != live.Key() || got[0].State != referral.CampaignLive {
		t.Errorf("got %+v", got)
	}
}

func TestSweepFindsActiveCampaigns(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	want := map[referral.CampaignKey]referral.CampaignState{}
	for _, state := range []referral.CampaignState{
		referral.CampaignDraft, referral.CampaignFilling, referral.CampaignLive, referral.CampaignPaused, referral.CampaignEnded,
	} {
		c := storetest.Campaign(t, s, shop, func(c *referral.Campaign) { c.State = state })
		if state == referral.CampaignFilling || state == referral.CampaignLive {
			want[c.Key()] = state
		}
	}
	got := get[[]referral.Campaign](t)(s.ActiveCampaigns(ctx, 10))
	if len(got) != 2 {
		t.Fatalf("got %v", got)
	}
	for _, c := range got {
		if c.Shop != shop || want[c.Key()] != c.State {
			t.Errorf("got %+v", c)
		}
	}
}

func TestSweepFindsCodesThatWaitForShopify(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c := storetest.Campaign(t, s, shop)
	code := storetest.Codes(t, s, c, referral.FriendSide, 3)
	other := storetest.Campaign(t, s, storetest.Shop(t, s).ID)
	storetest.Codes(t, s, other, referral.FriendSide, 1)
	wantShops(t, "none dying", get[[]tenant.ShopID](t)(s.ShopsWithDyingCodes(ctx, 10)))
	get[int](t)(s.MoveCodes(ctx, shop, code[:2], referral.CodeFree, referral.CodeDying, noon))
	wantShops(t, "two dying", get[[]tenant.ShopID](t)(s.ShopsWithDyingCodes(ctx, 10)), shop)
	get[int](t)(s.MoveCodes(ctx, shop, code[:2], referral.CodeDying, referral.CodeDead, noon))
	wantShops(t, "all dead", get[[]tenant.ShopID](t)(s.ShopsWithDyingCodes(ctx, 10)))
}

// A shop that nobody can ask anything about must not fill the sweeps' rounds; with new tokens it goes on where it
// stopped.
func TestSweepsPassOverFrozenShops(t *testing.T) {
	t.Parallel()
	for says, freeze := range map[string]func(context.Context, *store.Store, tenant.ShopID) error{
		"uninstalled": func(ctx context.Context, s *store.Store, shop tenant.ShopID) error {
			return s.MarkUninstalled(ctx, shop, 1, noon)
		},
		"uninstalled twice": func(ctx context.Context, s *store.Store, shop tenant.ShopID) error {
			return errors.Join(s.MarkUninstalled(ctx, shop, 1, noon), s.MarkUninstalled(ctx, shop, 1, noon))
		},
		"token refused": func(ctx context.Context, s *store.Store, shop tenant.ShopID) error {
			return s.MarkNeedsVisit(ctx, shop, 1)
		},
		"bill not paid": func(ctx context.Context, s *store.Store, shop tenant.ShopID) error {
			return s.MarkClosed(ctx, shop, 1, tenant.Unpaid)
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			storetest.Campaign(t, s, shop)
			friend := storetest.Friend()
			must(t, s.RaiseFacts(ctx, shop, friend, true))
			must(t, s.SaveDecision(ctx, referral.Referral{
				Shop: shop, Friend: friend, FactsRev: 1, DecidedRev: 1,
				Outcome: referral.Outcome{Work: []referral.Work{referral.WorkIssue}},
			}, 1))
			count := func() (work, campaigns int) {
				return len(get[[]referral.Due](t)(s.DueWork(ctx, noon, 10))), len(get[[]referral.Campaign](t)(s.ActiveCampaigns(ctx, 10)))
			}
			if work, campaigns := count(); work != 1 || campaigns != 1 {
				t.Fatalf("%d work, %d campaigns before", work, campaigns)
			}
			must(t, freeze(ctx, s, shop))
			if work, campaigns := count(); work != 0 || campaigns != 0 {
				t.Errorf("%d work, %d campaigns of a frozen shop", work, campaigns)
			}
			get[tenant.Shop](t)(s.SaveInstall(ctx, shop, storetest.Tokens(), noon))
			if work, campaigns := count(); work != 1 || campaigns != 1 {
				t.Errorf("%d work, %d campaigns after the next visit", work, campaigns)
			}
		})
	}
}

func TestSweepsFindShopsByTheirDates(t *testing.T) {
	t.Parallel()
	ctx, s, ready := newStore(t)
	fresh := storetest.NewShopID()
	get[tenant.Shop](t)(s.SaveInstall(ctx, fresh, storetest.Tokens(), noon))
	gone := storetest.Shop(t, s).ID
	must(t, s.MarkUninstalled(ctx, gone, 1, noon))
	visit := storetest.Shop(t, s).ID
	must(t, s.MarkNeedsVisit(ctx, visit, 1))

	wantShops(t, "to set up", get[[]tenant.ShopID](t)(s.ShopsToSetUp(ctx, 10)), fresh)

	must(t, s.SaveReconciled(ctx, ready, noon, noon))
	reconcile := func(before time.Time) []tenant.ShopID {
		return get[[]tenant.ShopID](t)(s.ShopsToReconcile(ctx, before, 10))
	}
	wantShops(t, "never reconciled", reconcile(noon), fresh)
	wantShops(t, "reconciled before", reconcile(noon.Add(time.Millisecond)), fresh, ready)

	idle := func(before time.Time) []tenant.ShopID {
		return get[[]tenant.ShopID](t)(s.ShopsWithIdleTokens(ctx, before, 10))
	}
	wantShops(t, "tokens of noon at noon", idle(noon))
	later := storetest.Tokens()
	later.RefreshExpires = later.RefreshExpires.Add(time.Hour)
	must(t, swap(ctx, s, fresh, 1, later))
	wantShops(t, "tokens of noon a moment later", idle(noon.Add(time.Millisecond)), ready)

	var all []tenant.ShopID
	for _, shop := range get[[]tenant.Shop](t)(s.ListShops(ctx)) {
		all = append(all, shop.ID)
	}
	wantShops(t, "all", all, ready, fresh, gone, visit)
}

// A shop whose status says installed and whose work is frozen all the same (a process died in between) is put right by
// a sweep.
func TestInstalledShopsAreThawed(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	storetest.Campaign(t, s, shop)
	gone := storetest.Shop(t, s).ID
	storetest.Campaign(t, s, gone)
	must(t, s.MarkNeedsVisit(ctx, shop, 1))
	must(t, swap(ctx, s, shop, 1, storetest.Tokens())) // installed again, by a refresh that came late
	must(t, s.MarkUninstalled(ctx, gone, 1, noon))
	if n := len(get[[]referral.Campaign](t)(s.ActiveCampaigns(ctx, 10))); n != 0 {
		t.Fatalf("%d campaigns before, want none: both shops are frozen", n)
	}
	must(t, s.ThawInstalled(ctx, 10))
	got := get[[]referral.Campaign](t)(s.ActiveCampaigns(ctx, 10))
	if len(got) != 1 || got[0].Shop != shop {
		t.Errorf("active campaigns after: %+v, want that of the installed shop", got)
	}
}
