package admin_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/simulator"
	"twofold/store/storetest"
)

// named are the editor's fields on a page: hidden inputs and Polaris' fields by their names, with what is in them.
var (
	fieldTag = regexp.MustCompile(`<(s-[a-z-]+|input)([^>]* name="([a-z_]+)"[^>]*)>`)
	valueOf  = regexp.MustCompile(` value="([^"]*)"`)
	chosen   = regexp.MustCompile(`<s-choice value="([^"]*)" selected>`)
)

// typed is what the browser would send of the page's form, if nothing is changed.
func typed(body string) url.Values {
	form := url.Values{}
	_, body, _ = strings.Cut(body, `<form id="campaign-form"`)
	body, _, _ = strings.Cut(body, "</form>")
	for _, at := range fieldTag.FindAllStringSubmatchIndex(body, -1) {
		tag, attributes, name := body[at[2]:at[3]], body[at[4]:at[5]], body[at[6]:at[7]]
		value := ""
		if m := valueOf.FindStringSubmatch(attributes); m != nil {
			value = html.UnescapeString(m[1])
		}

		switch {
		case tag == "s-choice-list":
			list, _, _ := strings.Cut(body[at[1]:], "</s-choice-list>")
			for _, m := range chosen.FindAllStringSubmatch(list, -1) {
				form.Add(name, m[1])
			}
		case tag != "s-switch" || strings.Contains(attributes, " checked"):
			form.Add(name, value)
		}
	}
	return form
}

// edited is the editor of a live campaign in the demo shop.
func edited(t *testing.T, change ...func(*referral.Campaign)) (*world, referral.Campaign, string) {
	t.Helper()
	w := open(t)
	w.installed(t, true)
	c := storetest.Campaign(t, w.store, demo, append([]func(*referral.Campaign){func(c *referral.Campaign) { c.ID = "cmp_1" }}, change...)...)
	return w, c, "/app/campaigns/cmp_1"
}

// versions are those of the edited campaign, newest first.
func (w *world) versions(t *testing.T) []referral.Campaign {
	t.Helper()
	all, err := w.store.ListCampaigns(storetest.Context(t), demo)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheEditorOfACampaign(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t, func(c *referral.Campaign) {
		c.Version, c.CreatedAt, c.Limits.AllowableCost, c.Limits.Budget = 2, noon(), storetest.USD("30"), storetest.USD("4000")
		c.Terms.HoldDays = 7
	})
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) {
		c.ID, c.State, c.Until = "cmp_1", referral.CampaignReplaced, noon().Add(-time.Hour)
	})
	a := w.get(t, path)
	if a.status != 200 || strings.Contains(a.body, "merchant.") || strings.Contains(a.body, "shopper.") {
		t.Errorf("status %d, or an entry is missing", a.status)
	}
	golden(t, "campaign.html", a.body)
}

// In German the page has German numbers, the preview begins with the merchant's own language, and what the form holds stays
// as machines read it.
func TestTheEditorInGerman(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t, func(c *referral.Campaign) { c.Limits.AllowableCost = storetest.USD("30.50") })
	w.language = "de"
	a := w.get(t, path)
	if !strings.Contains(a.body, `value="30.50"`) || !strings.Contains(a.body, `<option value="de" selected>`) && !strings.Contains(a.body, `<s-option value="de" selected>`) {
		t.Errorf("status %d, or a field or the preview's language is another", a.status)
	}
	golden(t, "campaign_de.html", a.body)
}

// A form that is sent as it came changes nothing, whatever the kinds of the offer.
func TestAFormThatIsSentBackChangesNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*referral.Campaign){
		"amounts": func(*referral.Campaign) {},
		"a share": func(c *referral.Campaign) {
			c.Terms.Advocate = referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1250, Most: storetest.USD("50"), Personal: true, ValidDays: 90}
		},
		"after the order": func(c *referral.Campaign) {
			c.Terms.Friend = referral.Offer{Kind: referral.PercentOff, RateBP: 1500, AfterOrder: true, Minimum: storetest.USD("30"), ValidDays: 60}
			c.Terms.Excluded, c.Terms.Credit = referral.Sources{POS: true, Draft: true}, referral.CreditFirst
		},
		"free shipping, for a budget": func(c *referral.Campaign) {
			c.Terms.Friend = referral.Offer{Kind: referral.FreeShipping, Combines: referral.Combines{Order: true, Product: true}}
			c.Terms.Advocate = referral.Offer{Kind: referral.FreeShipping, CountsAs: storetest.USD("8")}
			c.Terms.BuysFirst, c.Terms.CreditRef, c.Terms.FreeOrders, c.Terms.TakeBackReturns = true, true, true, true
			c.Terms.CodeOnly = true
			c.Limits = referral.Limits{MonthCap: 3, YearCap: 9, FlagAfter: 5, Budget: storetest.USD("100"), AllowableCost: storetest.USD("20")}
			c.Dates.Ends = time.Date(2026, 12, 25, 5, 0, 0, 0, time.UTC) // midnight in New York
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, before, path := edited(t, change)
			if a := w.post(t, path, typed(w.get(t, path).body)); a.status != 303 {
				t.Fatalf("status %d: %s", a.status, a.body)
			}
			all := w.versions(t)
			if len(all) != 1 || all[0].Rev != before.Rev {
				t.Errorf("%d versions; the terms were %+v, are %+v", len(all), before.Terms, all[0].Terms)
			}
		})
	}
}

func TestSavingTheTermsOfALiveCampaignDraftsAVersion(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t)
	form := typed(w.get(t, path).body)
	form.Set("advocate_kind", "share_of_order")
	form.Set("advocate_percent", "12,5") // as in a German admin
	form.Set("minimum", "")
	form["sources"] = []string{"web", "pos"}
	form.Set("buys_first", "on")
	form.Set("budget", "900")
	form.Set("ends", "2026-12-24")
	a := w.post(t, path, form)
	if to := a.header.Get("Location"); a.status != 303 || to != path+"?did=version_drafted" {
		t.Fatalf("status %d, to %q: %s", a.status, to, a.body)
	}

	all := w.versions(t)
	if len(all) != 2 || all[0].Version != 2 || all[0].State != referral.CampaignDraft {
		t.Fatalf("%+v", all)
	}
	is := all[0].Terms
	if is.Advocate.Kind != referral.ShareOfOrder || is.Advocate.RateBP != 1250 || !is.Advocate.Amount.IsZero() || !is.Minimum.IsZero() ||
		is.Excluded != (referral.Sources{Draft: true, Subscription: true, Other: true}) || !is.BuysFirst {
		t.Errorf("%+v", is)
	}
	for _, c := range all {
		if c.Limits.Budget != storetest.USD("900") || !c.Dates.Ends.Equal(time.Date(2026, 12, 25, 5, 0, 0, 0, time.UTC)) {
			t.Errorf("version %d: %+v, ends %v", c.Version, c.Limits, c.Dates.Ends)
		}
	}

	page := w.get(t, path).body
	for _, says := range []string{"There is a draft", "advocate gets: $20 off → 12.5% of the order", `data-also="live"`} {
		if !strings.Contains(page, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
}

// One press saves and goes live. What is not right does neither, and what makes no version starts nothing.
func TestSavingAndGoingLiveAtOnce(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		state    referral.CampaignState
		field    string
		value    string
		status   int
		versions int
		newest   referral.CampaignState
	}{
		"the rules of a live one":  {referral.CampaignLive, "hold_days", "7", 303, 2, referral.CampaignFilling},
		"a draft as it is":         {referral.CampaignDraft, "hold_days", "14", 303, 1, referral.CampaignFilling},
		"a mistake":                {referral.CampaignLive, "hold_days", "46", 422, 1, referral.CampaignLive},
		"a mistake in a draft":     {referral.CampaignDraft, "hold_days", "46", 422, 1, referral.CampaignDraft},
		"the name of a paused one": {referral.CampaignPaused, "name", "Autumn", 303, 1, referral.CampaignPaused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, path := edited(t, func(c *referral.Campaign) { c.State = row.state })
			form := typed(w.get(t, path).body)
			form.Set(row.field, row.value)
			form.Set("live", "on")
			a := w.post(t, path, form)
			if all := w.versions(t); a.status != row.status || len(all) != row.versions || all[0].State != row.newest {
				t.Fatalf("status %d, %d versions, the newest is %s", a.status, len(all), all[0].State)
			}
			if to := a.header.Get("Location"); strings.HasSuffix(to, "going_live") != (row.newest == referral.CampaignFilling) {
				t.Errorf("to %q", to)
			}
		})
	}
}

// While something is typed that makes a new version, the page offers to save it and to go live.
func TestTypingANewVersionOffersToGoLive(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t)
	form := typed(w.get(t, path).body)
	for value, offers := range map[string]bool{"14": false, "7": true} {
		form.Set("hold_days", value)
		if a := w.post(t, path+"/follow", form); strings.Contains(a.body, `data-also="live"`) != offers {
			t.Errorf("with a hold of %s days it is offered: %t", value, !offers)
		}
	}
}

// Whatever is wrong is said at its field, all at once, and what was typed is still there.
func TestMistakesStandAtTheirFields(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t)
	form := typed(w.get(t, path).body)
	for name, value := range map[string]string{
		"name": " ", "friend_amount": "twenty", "hold_days": "46", "window_days": "soon", "budget": "-1", "ends": "2026-11-01", "advocate_percent": "no",
	} {
		form.Set(name, value)
	}
	form.Del("sources")
	a := w.post(t, path, form)
	if a.status != 422 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	for name, want := range map[string][2]string{
		"name":          {"", "A campaign needs a name"},
		"friend_amount": {"twenty", "This is not an amount of USD: twenty"},
		"hold_days":     {"46", "The hold must be 0 to 45 days."},
		"window_days":   {"soon", "is not a whole number"},
		"budget":        {"-1", "The budget must be zero"},
		"ends":          {"2026-11-01", "The end must be in the future."},
		"sources":       {"", "At least one source"},
		"minimum":       {"40.00", ""},
	} {
		has := ""
		for _, m := range fieldTag.FindAllStringSubmatch(a.body, -1) {
			if m[3] == name {
				has = m[2]
			}
		}
		if wrong := strings.Contains(has, ` error=""`) == (want[1] != ""); wrong || !strings.Contains(html.UnescapeString(has), want[1]) {
			t.Errorf("%s has %s, want the error %q", name, has, want[1])
		}
		if want[0] != "" && !strings.Contains(has, ` value="`+want[0]+`"`) {
			t.Errorf("%s has %s, typed was %q", name, has, want[0])
		}
	}
	if all := w.versions(t); len(all) != 1 || all[0].Rev != 0 {
		t.Errorf("something was saved: %+v", all)
	}
}

// Of two editors the slower one is shown what the other has saved: both values where both have changed a field. Nothing
// of either is lost.
func TestTwoEditors(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t, func(c *referral.Campaign) { c.State, c.LiveAt = referral.CampaignDraft, time.Time{} })
	mine, theirs := typed(w.get(t, path).body), typed(w.get(t, path).body)
	theirs.Set("hold_days", "7")
	theirs.Set("claim_days", "20")
	if a := w.post(t, path, theirs); a.status != 303 {
		t.Fatalf("the faster one: %d: %s", a.status, a.body)
	}

	mine.Set("hold_days", "3")
	mine.Set("minimum", "60")
	a := w.post(t, path, mine)
	if a.status != 422 || !strings.Contains(a.body, "Days of hold after payment: you have 3, saved was 7") {
		t.Fatalf("the slower one: %d: %s", a.status, a.body)
	}
	if c := w.versions(t)[0]; c.Terms.HoldDays != 7 || c.Terms.Minimum != storetest.USD("40") {
		t.Errorf("the slower one overwrote the faster one: %+v", c.Terms)
	}

	again := typed(a.body)
	if again.Get("hold_days") != "3" || again.Get("claim_days") != "20" || again.Get("minimum") != "60" {
		t.Errorf("the form has %v", again)
	}
	if a := w.post(t, path, again); a.status != 303 {
		t.Fatalf("what was chosen: %d", a.status)
	}
	if c := w.versions(t)[0]; c.Terms.HoldDays != 3 || c.Terms.ClaimDays != 20 || c.Terms.Minimum != storetest.USD("60") {
		t.Errorf("saved is %+v", c.Terms)
	}
}

// What follows the form says what was typed, in the language that is looked at, and saves nothing.
func TestWhatFollowsTheForm(t *testing.T) {
	t.Parallel()
	w, _, path := edited(t, func(c *referral.Campaign) { c.Limits.AllowableCost = storetest.USD("40") })
	form := typed(w.get(t, path).body)
	form.Set("advocate_amount", "22")
	form.Set("hold_days", "x") // cannot be read yet: as it was
	form.Set("language", "de")
	a := w.post(t, path+"/follow", form)
	if got := a.header.Get("Content-Type"); a.status != 200 || !strings.HasPrefix(got, "text/vnd.turbo-stream.html") {
		t.Fatalf("status %d, %s: %s", a.status, got, a.body)
	}
	for _, says := range []string{
		`target="campaign-warning"`, "$42 per customer is above your $40", `lang="de"`, "22\u00a0$ Rabatt", "$42.00", "Not saved yet", "On an order of $40.00",
	} {
		if !strings.Contains(a.body, says) {
			t.Errorf("%q is missing in %s", says, a.body)
		}
	}
	if all := w.versions(t); len(all) != 1 || all[0].Rev != 0 {
		t.Errorf("something was saved: %+v", all)
	}
}

func TestWhatEndingLeaves(t *testing.T) {
	t.Parallel()
	w, c, path := edited(t)
	for i, code := range storetest.Codes(t, w.store, c, referral.FriendSide, 3) {
		if i == 2 {
			continue
		}
		holder := referral.CodeHolderID("clm_" + code)
		if _, err := w.store.DrawCode(storetest.Context(t), demo, c.Key(), referral.FriendSide, holder, noon(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	a := w.get(t, path+"/promised")
	if a.status != 200 || !strings.Contains(a.body, "2 friends have a code") || !strings.Contains(a.body, "0 rewards of advocates") || strings.Contains(a.body, "<html") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestPreflightOfACampaign(t *testing.T) {
	t.Parallel()
	w, sim := withShopify(t)
	storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID, c.Terms.Friend.Combines = "cmp_1", referral.Combines{Shipping: true} })
	for _, own := range []simulator.OwnDiscount{
		{Title: "BLACKFRIDAY", Codes: []string{"BLACKFRIDAY"}, Percentage: "0.25"},
		{Title: "Free <shipping>", FreeShipping: true, Minimum: "75", Combines: simulator.Combination{Order: true}},
		{Title: "Sale", Amount: "5", Combines: simulator.Combination{Order: true}},
	} {
		if _, err := sim.MakeDiscount(string(demo), own); err != nil {
			t.Fatal(err)
		}
	}
	a := w.get(t, "/app/campaigns/cmp_1/preflight")
	if a.status != 200 || strings.Contains(a.body, "<shipping>") {
		t.Errorf("status %d, or a title is not escaped", a.status)
	}
	golden(t, "preflight.html", a.body)
}

// Nothing of another shop's campaign is shown or saved.
func TestAnotherShopsCampaignIsNotThere(t *testing.T) {
	t.Parallel()
	w, _, _ := edited(t)
	others := storetest.Campaign(t, w.store, storetest.Shop(t, w.store).ID, func(c *referral.Campaign) { c.ID = "cmp_others" })
	path := "/app/campaigns/" + string(others.ID)
	for _, page := range []string{"", "/promised", "/preflight"} {
		if a := w.get(t, path+page); a.status != 404 {
			t.Errorf("GET %s: status %d", page, a.status)
		}
	}
	for _, act := range []string{"", "/follow"} {
		if a := w.post(t, path+act, url.Values{"hold_days": {"1"}}); a.status != 404 {
			t.Errorf("POST %s: status %d", act, a.status)
		}
	}
}

// While a version goes live its page says how many of its codes are there, and looks again.
func TestHowManyCodesAreMade(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	c := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID, c.State = "cmp_1", referral.CampaignFilling })
	storetest.Codes(t, w.store, c, referral.FriendSide, 3)
	storetest.Codes(t, w.store, c, referral.AdvocateSide, 2)

	wants(t, w.get(t, "/app/campaigns/cmp_1"), []string{"5 of 1,000 codes are there.", `data-again="3"`})
	reads := w.sent.Reads(func() { w.get(t, "/app/campaigns/cmp_1") })
	if len(reads) > 5+signedInReads {
		t.Errorf("it reads %v", reads)
	}
}
