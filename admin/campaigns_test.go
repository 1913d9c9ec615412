package admin_test

import (
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
)

// A campaign is one line, whatever its versions: what counts of it, and what is drafted beside.
func TestTheListOfCampaigns(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	add := func(id referral.CampaignID, version int, state referral.CampaignState, change func(*referral.Campaign)) {
		storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) {
			c.ID, c.Version, c.State, c.Name = id, version, state, "Autumn <1>"
			c.CreatedAt = noon().Add(time.Duration(version) * time.Hour)
			change(c)
		})
	}
	add("cmp_a", 1, referral.CampaignReplaced, func(c *referral.Campaign) { c.Until = noon() })
	add("cmp_a", 2, referral.CampaignLive, func(c *referral.Campaign) {
		c.Terms.Advocate.Kind, c.Terms.Advocate.RateBP = referral.ShareOfOrder, 1000
		c.Drift = []referral.Drift{{Side: referral.FriendSide, What: referral.DriftDeleted}}
	})
	add("cmp_a", 3, referral.CampaignDraft, func(*referral.Campaign) {})
	add("cmp_b", 1, referral.CampaignDraft, func(c *referral.Campaign) {
		c.LiveAt, c.Dates.Starts, c.Problem.Code = time.Time{}, noon().Add(48*time.Hour), "shop_setting_up"
	})
	add("cmp_c", 1, referral.CampaignEnded, func(c *referral.Campaign) { c.Until = noon() })

	a := w.get(t, "/app/campaigns")
	if a.status != 200 || strings.Contains(a.body, "merchant.") || strings.Contains(a.body, "<1>") {
		t.Errorf("status %d, or an entry is missing, or a name is not escaped", a.status)
	}
	golden(t, "campaigns.html", a.body)
}

func TestNoCampaignsYet(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	if a := w.get(t, "/app/campaigns"); a.status != 200 || !strings.Contains(a.body, "No campaign yet") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestANewCampaignOpensItsEditor(t *testing.T) {
	t.Parallel()
	w, _ := withShopify(t)
	a := w.post(t, "/app/campaigns", nil)
	to, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if a.status != 303 || !strings.HasPrefix(to, "/app/campaigns/cmp_") {
		t.Fatalf("status %d, leads to %q", a.status, to)
	}
	all, err := w.store.ListCampaigns(storetest.Context(t), demo)
	if err != nil || len(all) != 1 || all[0].State != referral.CampaignDraft || "/app/campaigns/"+string(all[0].ID) != to {
		t.Errorf("%v, %v", all, err)
	}
}

// Each act does what it says, and another shop's campaign is not there.
func TestActsOnACampaign(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	c := storetest.Campaign(t, w.store, demo)
	others := storetest.Campaign(t, w.store, storetest.Shop(t, w.store).ID)
	for _, row := range []struct {
		act string
		is  referral.CampaignState
	}{{"pause", referral.CampaignPaused}, {"resume", referral.CampaignLive}, {"end", referral.CampaignEnded}} {
		if a := w.post(t, "/app/campaigns/"+string(c.ID)+"/"+row.act, nil); a.status != 303 {
			t.Errorf("%s: status %d: %s", row.act, a.status, a.body)
		}
		if got, err := w.store.FindCampaign(storetest.Context(t), demo, c.Key()); err != nil || got.State != row.is {
			t.Errorf("after %s it is %s, %v", row.act, got.State, err)
		}
		if a := w.post(t, "/app/campaigns/"+string(others.ID)+"/"+row.act, nil); a.status != 404 {
			t.Errorf("%s of another shop's: status %d", row.act, a.status)
		}
	}
	if a := w.post(t, "/app/campaigns/"+string(c.ID)+"/pause", nil); a.status != 409 || !strings.Contains(a.body, "Only a live campaign can be paused") {
		t.Errorf("pausing what has ended: %d: %s", a.status, a.body)
	}
}
