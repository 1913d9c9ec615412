package admin_test

import (
	"strings"
	"testing"
	"time"

	"twofold/inbox"
	"twofold/money"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestThePageOfANewShop(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, false)
	a := w.get(t, "/app")
	if a.status != 200 || !strings.Contains(a.body, "we are reading your shop") || strings.Contains(a.body, `/live"`) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestThePageShowsWhatIsSetUp(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	draft := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) {
		c.ID, c.Name, c.State, c.Problem = "cmp_1", `Give "20", get <20>`, referral.CampaignDraft, referral.Problem{Code: "scope_missing", Values: map[string]string{"scope": "write_discounts"}}
		c.Drift = []referral.Drift{
			{
				Side: referral.FriendSide, What: referral.DriftWorth,
				Want: referral.DriftTerm{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD")}, Has: referral.DriftTerm{Kind: referral.PercentOff, RateBP: 2500},
			},
			{Side: referral.ShareSide, What: referral.DriftEnd, Has: referral.DriftTerm{At: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}},
			{Side: referral.AdvocateSide, What: referral.DriftDeleted},
		}
	})
	storetest.Codes(t, w.store, draft, referral.FriendSide, 3)
	w.add(t, "1", referral.Outcome{State: referral.Voided, Reason: referral.ReasonRefunded, OrderName: "#1001", At: noon().Add(-9 * time.Hour)}, referral.RewardReversed)
	w.add(t, "3/test", referral.Outcome{State: referral.Approved, OrderName: "#1003", At: noon().Add(-10 * time.Hour)}, referral.RewardIssued)
	w.add(t, "2", referral.Outcome{State: referral.Flagged, Reason: referral.ReasonSameBrowser, OrderName: "#1002", At: noon()}, referral.RewardPending)
	if _, err := w.store.InsertDeliveries(storetest.Context(t), []inbox.Delivery{{Shop: demo, ID: "w-1", Topic: "orders/paid", State: inbox.Received, ReceivedAt: noon()}}); err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/app")
	if a.status != 200 || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, %v", a.status, a.header)
	}
	for _, leak := range []string{"access-", "refresh-", "gid://shopify/Customer"} {
		if strings.Contains(a.body, leak) {
			t.Errorf("the page holds %q", leak)
		}
	}
	if strings.Contains(a.body, "merchant.") || strings.Contains(a.body, "shopper.") {
		t.Error("the page names an entry that package text does not have")
	}
	golden(t, "home.html", a.body)
}

// add keeps a referral of the friend.
func (w *world) add(t *testing.T, friend string, o referral.Outcome, reward referral.RewardState) {
	t.Helper()
	ctx := storetest.Context(t)
	r := referral.Referral{
		Shop: demo, Friend: referral.FriendID("gid://shopify/Customer/" + friend), Outcome: o, FactsRev: 1, DecidedRev: 1,
	}
	r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
		ID: referral.RewardID("rwd_" + friend), Side: referral.AdvocateSide, Kind: referral.AmountOff, Amount: storetest.USD("20"), State: reward,
	}}
	if err := w.store.RaiseFacts(ctx, demo, r.Friend, true); err != nil {
		t.Fatal(err)
	}
	if err := w.store.SaveDecision(ctx, r, 1); err != nil {
		t.Fatal(err)
	}
}

func TestThePageSaysWhatIsNext(t *testing.T) {
	t.Parallel()
	for state, want := range map[referral.CampaignState]string{
		referral.CampaignDraft: "press Go live", referral.CampaignFilling: "being made", referral.CampaignLive: "is live", referral.CampaignPaused: "is paused", referral.CampaignEnded: "have ended",
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := open(t)
			w.installed(t, true)
			storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.State = state })
			a := w.get(t, "/app")
			if !strings.Contains(a.body, want) || strings.Contains(a.body, `/live"`) != (state == referral.CampaignDraft) {
				t.Errorf("want %q, and a button only for a draft: %s", want, a.body)
			}
		})
	}
}

func TestMissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, false)
	p := tenant.Profile{Currency: "USD", Scopes: []string{"write_orders", "write_app_proxy", "write_discounts"}}
	if err := w.store.SaveProfile(storetest.Context(t), demo, p, noon()); err != nil {
		t.Fatal(err)
	}
	if a := w.get(t, "/app"); !strings.Contains(a.body, "Missing: read_customers.") {
		t.Errorf("want read_customers named, as write_orders includes read_orders: %s", a.body)
	}
}
