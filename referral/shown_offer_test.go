package referral_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "twofold/referral"
	"twofold/tenant"
)

// version is a version of a campaign that was drafted, went live and was ended hours after noon; -1: it was not.
func version(id CampaignID, n int, state CampaignState, drafted, live, ended int) Campaign {
	hour := func(h int) time.Time {
		if h < 0 {
			return time.Time{}
		}
		return noon.Add(time.Duration(h) * time.Hour)
	}
	twenty := Offer{Kind: AmountOff, Amount: usd("20")}
	return Campaign{
		ID: id, Version: n, State: state, CreatedAt: hour(drafted), LiveAt: hour(live), Until: hour(ended),
		Terms: Terms{Friend: twenty, Advocate: twenty, Minimum: usd("40"), HoldDays: 14, WindowDays: 30, ClaimDays: 30, ShareCeiling: 50},
	}
}

func TestWhichOfferAShopShows(t *testing.T) {
	t.Parallel()
	const never = -1
	draft := version("cmp_a", 1, CampaignDraft, 0, never, never)
	live := version("cmp_a", 1, CampaignLive, 0, 1, never)
	paused := version("cmp_a", 1, CampaignPaused, 0, 1, never)
	ended := version("cmp_a", 1, CampaignEnded, 0, 1, 5)
	second := func(state CampaignState, live int) Campaign { return version("cmp_a", 2, state, 2, live, never) }

	for _, row := range []struct {
		says   string
		all    []Campaign
		state  ShownState
		key    CampaignKey
		shares bool
		until  time.Time
	}{
		{"no campaign", nil, ShownNone, CampaignKey{}, false, time.Time{}},
		{"a draft", []Campaign{draft}, ShownDraft, draft.Key(), false, time.Time{}},
		{"two drafts: the newer", []Campaign{version("cmp_b", 1, CampaignDraft, 3, never, never), draft}, ShownDraft, CampaignKey{ID: "cmp_b", Version: 1}, false, time.Time{}},
		{"a first version on its way", []Campaign{version("cmp_a", 1, CampaignFilling, 0, never, never)}, ShownDraft, draft.Key(), false, time.Time{}},
		{"live", []Campaign{live}, ShownLive, live.Key(), true, time.Time{}},
		{"live, with a newer draft", []Campaign{second(CampaignDraft, never), live}, ShownLive, live.Key(), true, time.Time{}},
		{"live, with a newer version on its way", []Campaign{second(CampaignFilling, never), live}, ShownLive, live.Key(), true, time.Time{}},
		{"the second version has just gone live", []Campaign{second(CampaignLive, 3), live}, ShownLive, CampaignKey{ID: "cmp_a", Version: 2}, true, time.Time{}},
		{"the first one is replaced", []Campaign{second(CampaignLive, 3), version("cmp_a", 1, CampaignReplaced, 0, 1, 3)}, ShownLive, CampaignKey{ID: "cmp_a", Version: 2}, true, time.Time{}},
		{"paused: codes that were shared go on", []Campaign{paused}, ShownPaused, paused.Key(), true, time.Time{}},
		{"paused, with a newer draft", []Campaign{second(CampaignDraft, never), paused}, ShownPaused, paused.Key(), true, time.Time{}},
		{"ended", []Campaign{ended}, ShownEnded, ended.Key(), false, ended.Until},
		{"ended, with another drafted", []Campaign{version("cmp_b", 1, CampaignDraft, 6, never, never), ended}, ShownEnded, ended.Key(), false, ended.Until},
		{"two have ended: the later", []Campaign{ended, version("cmp_b", 1, CampaignEnded, 0, 1, 9)}, ShownEnded, CampaignKey{ID: "cmp_b", Version: 1}, false, noon.Add(9 * time.Hour)},
		{"ended together with a draft that was never live", []Campaign{version("cmp_a", 2, CampaignEnded, 2, never, 7), ended}, ShownEnded, ended.Key(), false, ended.Until},
		{"one has ended, another is live", []Campaign{version("cmp_b", 1, CampaignLive, 6, 7, never), ended}, ShownLive, CampaignKey{ID: "cmp_b", Version: 1}, true, time.Time{}},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			got := ShownOfferOf(tenant.Shop{Profile: tenant.Profile{Currency: "USD"}}, row.all)
			want := ShownOffer{State: row.state, Campaign: row.key, Terms: got.Terms, Shares: row.shares, Until: row.until, Currency: "USD", Proxy: DefaultProxy, Guests: true}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if (got.Terms == Terms{}) != (row.state == ShownNone) {
				t.Errorf("terms %+v", got.Terms)
			}
		})
	}

	t.Run("no shareable codes", func(t *testing.T) {
		t.Parallel()
		for says, change := range map[string]func(*Terms){
			"switched off":                 func(t *Terms) { t.ShareCeiling = 0 },
			"the friend's comes after":     func(t *Terms) { t.Friend.AfterOrder = true },
			"neither here nor there, both": func(t *Terms) { t.ShareCeiling, t.Friend.AfterOrder = 0, true },
		} {
			c := live
			change(&c.Terms)
			if ShownOfferOf(tenant.Shop{}, []Campaign{c}).Shares {
				t.Errorf("%s: shares", says)
			}
		}
	})
}

// What is not shown does not make the offer due: a discount's end is moved every day.
func TestShowsAlike(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		change func(*Campaign)
		alike  bool
	}{
		{"nothing", func(*Campaign) {}, true},
		{"upkeep", func(c *Campaign) { c.TendAt, c.EndsAt, c.Rev = noon, map[Side]time.Time{FriendSide: noon}, 9 }, true},
		{"limits", func(c *Campaign) { c.Limits.MonthCap = 3 }, true},
		{"drift and a problem", func(c *Campaign) { c.Drift, c.Problem = []Drift{{What: DriftDeleted}}, Problem{Code: "x"} }, true},
		{"the state", func(c *Campaign) { c.State = CampaignPaused }, false},
		{"a side", func(c *Campaign) { c.Terms.Friend.Amount = usd("21") }, false},
		{"the hold", func(c *Campaign) { c.Terms.HoldDays++ }, false},
		{"when it went live", func(c *Campaign) { c.LiveAt = noon }, false},
		{"its end", func(c *Campaign) { c.Until = noon }, false},
	} {
		was := version("cmp_a", 1, CampaignLive, 0, 1, -1)
		is := was
		row.change(&is)
		if got := is.ShowsAlike(was); got != row.alike {
			t.Errorf("%s: shows alike %v", row.says, got)
		}
	}
}
