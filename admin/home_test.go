package admin_test

import (
	"context"
	"fmt"
	"html"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"twofold/figures"
	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// wants looks for texts in a page, and for others that must not be there.
func wants(t *testing.T, a answer, texts []string, never ...string) {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	body := html.UnescapeString(a.body)
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	for _, text := range never {
		if strings.Contains(body, text) {
			t.Errorf("the page has %q", text)
		}
	}
	if strings.Contains(a.body, "merchant.") || strings.Contains(a.body, "shopper.") {
		t.Error("the page names an entry that package text does not have")
	}
}

func TestHomeOfANewShop(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, false)
	wants(t, w.get(t, "/app"),
		[]string{"We are reading your shop", "0 of 4 steps", "Nothing to count yet", "Explain any order"},
		`/live"`, "Needs your attention", "Complete up to", "$0")
}

func TestHomeLeadsToTheFirstLiveCampaign(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	draft := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.State = referral.CampaignDraft })
	editor := "https://demo.myshopify.com/admin/themes/current/editor?context=apps&template=index&activateAppId=test-client-id/friends"
	wants(t, w.get(t, "/app"),
		[]string{"1 of 4 steps", `href="/app/campaigns/` + string(draft.ID) + `"`, "/app/campaigns/" + string(draft.ID) + "/live", editor})
}

// Steps check themselves: by the campaign's state, and by whether an offer was seen.
func TestTheStepsTickThemselves(t *testing.T) {
	t.Parallel()
	for state, want := range map[referral.CampaignState]string{
		referral.CampaignDraft: "1 of 4", referral.CampaignFilling: "2 of 4", referral.CampaignLive: "3 of 4",
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := open(t)
			w.installed(t, true)
			storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.State = state })
			wants(t, w.get(t, "/app"), []string{want})
			if state != referral.CampaignLive {
				return
			}
			_, err := w.store.SaveProxy(storetest.Context(t), demo, "/apps/friends")
			must(t, err)
			wants(t, w.get(t, "/app"), []string{"4 of 4 steps", "Set-up is done."})
		})
	}
}

func TestMissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, false)
	p := tenant.Profile{Currency: "USD", Scopes: []string{"write_orders", "write_app_proxy", "write_discounts"}}
	must(t, w.store.SaveProfile(storetest.Context(t), demo, p, noon()))
	wants(t, w.get(t, "/app"), []string{"Missing: read_customers."}, "read_orders.") // write_orders includes it
}

// sold keeps a decided order of so many days ago.
func (w *world) sold(t *testing.T, daysAgo int, net string, state referral.State, change ...func(*referral.Referral)) {
	t.Helper()
	ctx := storetest.Context(t)
	at := noon().AddDate(0, 0, -daysAgo)
	r := referral.Referral{Shop: demo, Friend: storetest.Friend(), FactsRev: 1, DecidedRev: 1}
	r.State, r.Order, r.At, r.Campaign.ID = state, "gid://shopify/Order/1", at, "cmp_1"
	r.Explained.Orders = []referral.Weighed{{Order: r.Order, At: at, Net: storetest.USD(net), Took: storetest.USD("20")}}
	r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
		ID: "rwd_1", Side: referral.AdvocateSide, State: referral.RewardPending, Amount: storetest.USD("20"),
	}}
	for _, c := range change {
		c(&r)
	}
	must(t, w.store.RaiseFacts(ctx, demo, r.Friend, true))
	must(t, w.store.SaveDecision(ctx, r, 1))
}

// folded counts what was sold.
func (w *world) folded(t *testing.T) {
	t.Helper()
	must(t, figures.New(w.store, noon, slog.New(slog.DiscardHandler)).Fold(storetest.Context(t), demo))
}

// Every sum on the page adds up on the page, and a caution stands beside its figure.
func TestHomeShowsWhatReferralsBring(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) {
		c.ID, c.Limits.AllowableCost = "cmp_1", storetest.USD("35")
	})
	alice := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) { a.Codes = []string{"ALICE-1"} })
	by := func(r *referral.Referral) { r.Advocate = alice.ID }
	w.sold(t, 0, "80", referral.Pending, by)
	w.sold(t, 3, "1120.50", referral.Pending, by)
	w.sold(t, 4, "50", referral.Flagged, by)
	w.sold(t, 5, "60", referral.Voided, func(r *referral.Referral) { r.Reason = referral.ReasonNotNew })
	w.sold(t, 31, "1000", referral.Pending, by)
	w.folded(t)

	a := w.get(t, "/app")
	wants(t, a, []string{
		"$1,250.50", "+25.1%", "$1,000.00 before", "$120.00", "$60.00", "above your $35", "ALICE-1",
		"1 referral is flagged", "Review 1", "The oldest is an order of Nov 16", `data-export="/app/referrals/export"`, "1 × the friend had bought here before", "Show as table", `data-points="44,`,
		"$120.00 for 2 new customers is $60.00 each.",
	}, "gid://", "access-", "refresh-")
	w.language = "de"
	wants(t, w.get(t, "/app"), []string{
		`<html lang="de">`, "1.250,50\u00a0$", "+25,1\u00a0%", "davor 1.000,00\u00a0$", "über Ihren 35\u00a0$", "1 Empfehlung ist zu prüfen",
		"1 × die eingeladene Person hatte hier schon gekauft", "120,00\u00a0$ für 2 Erstkäufe sind je 60,00\u00a0$.",
		"20. November 2026: Umsatz 80,00\u00a0$, Kosten 40,00\u00a0$, 1 Bestellung",
	}, "$1", "Nov 2")
	w.language = "en"

	wants(t, w.get(t, "/app?days=7"), []string{"$1,250.50", "0 before"}, "+25.1%")
	wants(t, w.get(t, "/app?days=90"), []string{"$2,250.50"})
	wants(t, w.get(t, "/app?days=9999"), []string{"$1,250.50"})

	rows := regexp.MustCompile(`<tr data-says="[^"]*"><td>[^<]*</td><td class="number">(\d+)</td>`).FindAllStringSubmatch(a.body, -1)
	orders := 0
	for _, row := range rows {
		var n int
		_, err := fmt.Sscan(row[1], &n)
		must(t, err)
		orders += n
	}
	if len(rows) != 30 || orders != 3 {
		t.Errorf("%d days with %d orders, want 30 with 3", len(rows), orders)
	}
}

// crowd is a store in which others are credited with an order too.
type crowd struct {
	*store.Store
	w *world
}

func (c crowd) TopAdvocates(
	ctx context.Context, shop tenant.ShopID, days int, currency string, n, atMost int,
) ([]figures.Part, int, error) {
	top, advocates, err := c.Store.TopAdvocates(ctx, shop, days, currency, n, atMost)
	return top, min(advocates+c.w.others, atMost), err
}

// There are so many advocates that they are counted no further.
func TestHomeOfVeryManyAdvocates(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	w.sold(t, 0, "80", referral.Pending, func(r *referral.Referral) { r.Advocate = "adv_most" })
	w.folded(t)

	w.others = reports.CountedTo
	wants(t, w.get(t, "/app"), []string{"More than 1,000 advocates brought an order", "All others"}, "1,001")
}

// What needs attention has its remedy beside it; what is well says nothing.
func TestWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	ctx := storetest.Context(t)
	must(t, w.store.SaveReconciled(ctx, demo, noon().Add(-time.Hour), noon()))
	c := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.LiveAt = noon().AddDate(0, 0, -30) })
	storetest.Codes(t, w.store, c, referral.FriendSide, 3)
	_, err := w.store.UpdateCampaign(ctx, demo, c.Key(), func(c *referral.Campaign) error {
		c.Remade = 2
		c.Problem = referral.Problem{Code: "scope_missing", Values: map[string]string{"scope": "write_discounts"}}
		c.Drift = []referral.Drift{{
			Side: referral.FriendSide, What: referral.DriftWorth,
			Want: referral.DriftTerm{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD")},
			Has:  referral.DriftTerm{Kind: referral.PercentOff, RateBP: 2500},
		}}
		return nil
	})
	must(t, err)
	w.sold(t, 1, "80", referral.Voided, func(r *referral.Referral) {
		r.Rewards[referral.AdvocateSide] = referral.Reward{
			Side: referral.AdvocateSide, State: referral.RewardOwed, Amount: storetest.USD("20"), Owed: storetest.USD("20"), OwedUnits: 1,
		}
	})
	w.folded(t)

	wants(t, w.get(t, "/app"), []string{
		"Needs your attention", "A discount was changed in Shopify", `action="/app/campaigns/` + string(c.ID) + `/repair"`,
		"3 friend codes are left", `action="/app/campaigns/` + string(c.ID) + `/codes"`, "2 discount codes were missing", "1 reward is owed ($20.00)", "Going live is stuck", "nobody was shown it yet",
		"Complete up to Nov 20, ",
	}, "flagged</strong>", "Orders are weighed up to")

	must(t, w.store.SaveReconciled(ctx, demo, noon(), noon()))
	if a := w.post(t, "/app/campaigns/"+string(c.ID)+"/codes", nil); a.header.Get("Location") != "/app?did=making_codes" {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if len(w.filled) != 1 || w.filled[0] != c.Key() {
		t.Errorf("pools rung for: %v, want the live version's", w.filled)
	}
	draft := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.State = referral.CampaignDraft })
	if a := w.post(t, "/app/campaigns/"+string(draft.ID)+"/codes", nil); a.status != 409 || len(w.filled) != 1 {
		t.Errorf("of a draft: status %d, %v", a.status, w.filled)
	}
}

// Where nothing is wrong there is no box, only how far all is weighed.
func TestNothingNeedsAttention(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	must(t, w.store.SaveReconciled(storetest.Context(t), demo, noon().Add(-time.Minute), noon()))
	wants(t, w.get(t, "/app"), []string{"Complete up to"}, "<h2>Needs your attention")
}
