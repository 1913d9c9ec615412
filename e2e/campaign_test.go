package e2e

import (
	"slices"
	"testing"

	"twofold/claims"
	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/referral/referraltest"
	"twofold/store/storetest"
)

// Every act on a campaign, from every state it may be in: what moves is what docs/states.md draws, and all of that.
func TestCampaignMovesOfEveryPair(t *testing.T) {
	t.Parallel()
	f := newFront(t, 0, claims.Config{}, codes.Config{PoolTarget: 1, PoolLow: 1})
	states := referraltest.Constants(t, "CampaignState")
	documented := referraltest.Documented(t, "A campaign version")
	acts := map[string]func(shop referral.Campaign) error{
		"go live": func(c referral.Campaign) error {
			_, err := f.do.Campaigns.GoLive(t.Context(), c.Shop, c.ID)
			return err
		},
		"finish going live": func(c referral.Campaign) error { return f.do.Campaigns.FinishGoLive(t.Context(), c.Shop, c.Key()) },
		"pause": func(c referral.Campaign) error {
			_, err := f.do.Campaigns.Pause(t.Context(), c.Shop, c.ID)
			return err
		},
		"resume": func(c referral.Campaign) error {
			_, err := f.do.Campaigns.Resume(t.Context(), c.Shop, c.ID)
			return err
		},
		"end": func(c referral.Campaign) error {
			_, err := f.do.Campaigns.End(t.Context(), c.Shop, c.ID)
			return err
		},
		"the campaign ends while an older version is live": func(c referral.Campaign) error {
			storetest.Campaign(t, f.store, c.Shop, func(older *referral.Campaign) { older.ID, older.Version = c.ID, c.Version-1 })
			_, err := f.do.Campaigns.End(t.Context(), c.Shop, c.ID)
			return err
		},
		"a newer version goes live": func(c referral.Campaign) error {
			newer := storetest.Campaign(t, f.store, c.Shop, func(n *referral.Campaign) {
				n.ID, n.Version, n.State = c.ID, c.Version+1, referral.CampaignFilling
			})
			fill(t, f, newer)
			return f.do.Campaigns.FinishGoLive(t.Context(), c.Shop, newer.Key())
		},
	}
	moved := map[string][]string{}
	for _, from := range states {
		for name, act := range acts {
			shop := storetest.Shop(t, f.store)
			c := storetest.Campaign(t, f.store, shop.ID, func(c *referral.Campaign) { c.State = referral.CampaignState(from) })
			fill(t, f, c)
			if err := act(c); err != nil && !fault.Is(err, fault.Conflict) {
				t.Fatalf("%s, from %s: %v", name, from, err)
			}
			after, err := f.store.FindCampaign(t.Context(), c.Shop, c.Key())
			if err != nil {
				t.Fatal(err)
			}
			to := string(after.State)
			if to == from {
				continue
			}
			moved[from] = append(moved[from], to)
			if !slices.Contains(documented[from], to) {
				t.Errorf("%s leads from %s to %s, which is not documented", name, from, to)
			}
			if over := after.Over(); over == after.Until.IsZero() {
				t.Errorf("%s: it is %s, and in force until %v", name, to, after.Until)
			}
		}
	}
	for _, from := range states {
		if _, there := documented[from]; !there {
			t.Errorf("docs/states.md does not say where %s leads", from)
		}
		for _, to := range documented[from] {
			if !slices.Contains(moved[from], to) {
				t.Errorf("nothing leads from %s to %s, as docs/states.md has it", from, to)
			}
		}
	}
}

// fill puts as many codes into both pools of a version as the service wants of one.
func fill(t *testing.T, f *front, c referral.Campaign) {
	t.Helper()
	for _, side := range referral.Sides {
		storetest.Codes(t, f.store, c, side, 1)
	}
}
