package jobs_test

import (
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
)

// save saves an edit, which must have no mistakes.
func (w *world) save(change func(*referral.Campaign)) {
	w.t.Helper()
	plan, err := w.Campaigns.Save(w.ctx, w.shop, campaign.ID, func(c *referral.Campaign) error { change(c); return nil })
	w.must(err)
	if len(plan.Mistakes) > 0 {
		w.t.Fatalf("mistakes: %v", plan.Mistakes)
	}
}

// wantState looks at the state of a version, after all that is due was done.
func (w *world) wantState(when string, version int, want referral.CampaignState) referral.Campaign {
	w.t.Helper()
	w.settle()
	c, err := w.kept.FindCampaign(w.ctx, w.shop, referral.CampaignKey{ID: campaign.ID, Version: version})
	w.must(err)
	if c.State != want {
		w.t.Fatalf("%s: version %d is %s, want %s", when, version, c.State, want)
	}
	return c
}

func TestACampaignGoesLiveAndEndsByItsDates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install().setUp()
	w.save(func(c *referral.Campaign) {
		c.Dates = referral.Dates{Starts: w.now().Add(20 * time.Hour), Ends: w.now().Add(60 * time.Hour)}
	})
	w.wantState("before its start", 1, referral.CampaignDraft)
	w.days(1)
	w.wantState("after its start", 1, referral.CampaignLive)
	w.claim()

	w.must(w.sim.Advance(w.ctx, 36*time.Hour)) // its end is passed, and no sweep has seen it
	if _, err := w.Campaigns.Live(w.ctx, w.shop); fault.CodeOf(err) != "offer_ended" {
		t.Errorf("on its end it is still offered: %v", err)
	}
	over := w.wantState("after its end", 1, referral.CampaignEnded)
	if over.Until.IsZero() || w.discountEnds(referral.FriendSide) {
		t.Errorf("in force until %v; the promised code's discount must go on", over.Until)
	}
}

func TestANewVersionGoesLiveByItsDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	w.save(func(c *referral.Campaign) { friendsGetMore(&c.Terms) })
	w.save(func(c *referral.Campaign) { c.Dates.Starts = w.now().Add(time.Hour) })
	w.wantState("before its start", 1, referral.CampaignLive)
	w.days(1)
	w.wantState("after its start", 2, referral.CampaignLive)
	w.wantState("after its start", 1, referral.CampaignReplaced)
}

// What stands in the way of a start is told, and the merchant says when it is to go live instead.
func TestAStartThatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	other, err := w.Campaigns.NewCampaign(w.ctx, w.shop, "Winter")
	w.must(err)
	_, err = w.Campaigns.Save(w.ctx, w.shop, other.ID, func(c *referral.Campaign) error {
		c.Dates.Starts = w.now().Add(time.Hour)
		return nil
	})
	w.must(err)
	w.days(1)
	w.settle()
	other, err = w.kept.FindCampaign(w.ctx, w.shop, other.Key())
	w.must(err)
	if other.State != referral.CampaignDraft || other.Problem.Code != "another_campaign" || !other.Dates.Starts.IsZero() {
		t.Errorf("%s, %+v, starts %v", other.State, other.Problem, other.Dates.Starts)
	}
}

// The terms of what was live go into a new version; what promises nothing counts at once and everywhere.
func TestSavingAnEdit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	ends := w.now().Add(240 * time.Hour)
	w.save(func(c *referral.Campaign) { c.Name, c.Limits.YearCap, c.Dates.Ends = "Autumn", 7, ends })
	w.save(func(c *referral.Campaign) { friendsGetMore(&c.Terms) })
	w.save(func(c *referral.Campaign) { c.Limits.YearCap = 8 })
	for version, state := range map[int]referral.CampaignState{1: referral.CampaignLive, 2: referral.CampaignDraft} {
		c := w.wantState("saved", version, state)
		if c.Name != "Autumn" || c.Limits.YearCap != 8 || !c.Dates.Ends.Equal(ends) || (c.Terms.Friend.Amount == usd("25")) != (version == 2) {
			t.Errorf("version %d: %s, %+v, %v, %s", version, c.Name, c.Limits, c.Dates.Ends, c.Terms.Friend.Amount)
		}
	}

	plan, err := w.Campaigns.Save(w.ctx, w.shop, campaign.ID, func(c *referral.Campaign) error {
		c.Name, c.Terms.HoldDays, c.Limits.Budget, c.Dates.Ends = " ", 46, usd("-1"), w.now()
		return nil
	})
	w.must(err)
	if c := w.wantState("with mistakes", 2, referral.CampaignDraft); len(plan.Mistakes) != 4 || c.Terms.HoldDays == 46 || c.Name != "Autumn" {
		t.Errorf("%d mistakes, hold %d, name %q", len(plan.Mistakes), c.Terms.HoldDays, c.Name)
	}

	stale := fault.New(fault.Conflict, "changed_meanwhile")
	if _, err := w.Campaigns.Save(w.ctx, w.shop, campaign.ID, func(*referral.Campaign) error { return stale }); !fault.Is(err, fault.Conflict) {
		t.Errorf("what the edit refuses is saved: %v", err)
	}
}
