package app_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/fault"
	"twofold/inbox"
	"twofold/money"
	"twofold/referral"
	"twofold/shopify"
	"twofold/store/storetest"
	"twofold/tenant"
)

const demo tenant.ShopID = "demo.myshopify.com"

// installed puts the demo shop into the store, with tokens, and its profile unless it is not read yet.
func (w *world) installed(t *testing.T, profiled bool) {
	t.Helper()
	ctx := storetest.Context(t)
	if _, err := w.store.SaveInstall(ctx, demo, storetest.Tokens(), noon().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if !profiled {
		return
	}
	p := tenant.Profile{Currency: "USD", TimeZone: "America/New_York", Plan: "basic", PrimaryURL: "https://demo.example", Scopes: scopes}
	if err := w.store.SaveProfile(ctx, demo, p, noon()); err != nil {
		t.Fatal(err)
	}
}

// home opens the page as the admin does.
func (w *world) home(t *testing.T) answer {
	t.Helper()
	return w.do(t, "GET", "/?"+w.signer.AdminQuery(string(demo), url.Values{"embedded": {"1"}, "id_token": {w.signer.IDToken(string(demo), nil)}}))
}

func TestThePageOfANewShop(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, false)
	a := w.home(t)
	if a.status != 200 || !strings.Contains(a.body, "we are reading your shop") || strings.Contains(a.body, "data-go-live=") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestThePageShowsWhatIsSetUp(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
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
	a := w.home(t)
	if a.status != 200 || a.header.Get("Content-Type") != "text/html; charset=utf-8" || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, %v", a.status, a.header)
	}
	checkScripts(t, a)
	if csp := a.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "frame-ancestors https://demo.myshopify.com https://admin.shopify.com;") {
		t.Errorf("policy %q", csp)
	}
	for _, leak := range []string{"access-", "refresh-", clientSecret, "gid://shopify/Customer"} {
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
			w := open(t, noon)
			w.installed(t, true)
			storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.State = state })
			a := w.home(t)
			if !strings.Contains(a.body, want) || strings.Contains(a.body, "data-go-live=") != (state == referral.CampaignDraft) {
				t.Errorf("want %q, and a button only for a draft: %s", want, a.body)
			}
		})
	}
}

// Somebody refreshes the shop's tokens, or a process died doing it: a page that needs no new ones must not wait.
func TestAPageDoesNotWaitForTheTokenLease(t *testing.T) {
	t.Parallel()
	w := open(t, noon, refusing)
	w.installed(t, true)
	if _, err := w.store.AcquireLease(storetest.Context(t), demo, shopify.TokensLease, time.Hour); err != nil {
		t.Fatal(err)
	}
	if a := w.home(t); a.status != 200 {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestMissingScopesAreNamed(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, false)
	p := tenant.Profile{Currency: "USD", Scopes: []string{"write_orders", "write_app_proxy", "write_discounts"}}
	if err := w.store.SaveProfile(storetest.Context(t), demo, p, noon()); err != nil {
		t.Fatal(err)
	}
	if a := w.home(t); !strings.Contains(a.body, "Missing: read_customers.") {
		t.Errorf("want read_customers named, as write_orders includes read_orders: %s", a.body)
	}
}

// checkScripts checks that the page's policy lets its own scripts run, and names them one by one.
func checkScripts(t *testing.T, a answer) {
	t.Helper()
	_, policy, found := strings.Cut(a.header.Get("Content-Security-Policy"), "script-src ")
	policy, _, _ = strings.Cut(policy, ";")
	if !found || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Errorf("scripts from %q", policy)
	}

	for _, script := range regexp.MustCompile(`(?s)<script(?: src="([^"]+)")?>(.*?)</script>`).FindAllStringSubmatch(a.body, -1) {
		sum := sha256.Sum256([]byte(script[2]))
		allowed := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		if src := script[1]; src != "" {
			allowed = src[:strings.LastIndex(src, "/")+1]
		}
		if !slices.Contains(strings.Fields(policy), allowed) {
			t.Errorf("the policy %q stops the script %s%.60s", policy, script[1], script[2])
		}
	}
}

func TestADocumentWithoutATokenBounces(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	stale := w.signer.IDToken(string(demo), func(c map[string]any) { c["exp"] = noon().Unix() - 60 })
	for says, target := range map[string]string{
		"no token":               "/?" + w.signer.AdminQuery(string(demo), url.Values{"embedded": {"1"}}),
		"a stale token":          "/?" + w.signer.AdminQuery(string(demo), url.Values{"id_token": {stale}}),
		"another page":           "/app/rewards?" + w.signer.AdminQuery(string(demo), nil),
		"a reload of a bounce":   "/?" + w.signer.AdminQuery(string(demo), url.Values{"shopify-reload": {"https://evil.example/"}}),
		"a proxy's query":        "/?host=x&" + w.signer.ProxyQuery(string(demo), "", nil),
		"a path that looks like": "/app//evil.example?" + w.signer.AdminQuery(string(demo), nil),
	} {
		a := w.do(t, "GET", target, func(r *http.Request) { r.Host = "evil.example" })
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil || a.status != 302 || to.Host != "" || to.Path != "/auth/bounce" {
			t.Errorf("%s: status %d, to %q", says, a.status, a.header.Get("Location"))
			continue
		}
		reload := to.Query()["shopify-reload"]
		if len(reload) != 1 || !strings.HasPrefix(reload[0], publicURL+"/") || strings.Contains(reload[0], "id_token") || !strings.Contains(reload[0], "shop="+string(demo)) {
			t.Errorf("%s: reload %q", says, reload)
		}
		if shown := a.header.Get("Location"); strings.Contains(shown, "hmac") || strings.Contains(shown, "signature") {
			t.Errorf("%s: a signature is shown to whoever asks: %s", says, shown)
		}
		page := w.do(t, "GET", to.String())
		bridge, key := strings.Index(page.body, "app-bridge.js"), strings.Index(page.body, `content="`+clientID+`"`)
		if page.status != 200 || key < 0 || bridge < key || !strings.Contains(page.header.Get("Content-Security-Policy"), "https://"+string(demo)+" ") {
			t.Errorf("%s: bounce page %d, %v: %s", says, page.status, page.header, page.body)
		}
		again, err := url.Parse(reload[0])
		if err != nil {
			t.Fatal(err)
		}
		// A fresh token that is refused as well must not go round for ever.
		end := w.do(t, "GET", again.RequestURI()+"&id_token=refused")
		if end.status != 503 || !strings.Contains(end.body, "cannot be shown") || !strings.Contains(end.header.Get("Content-Security-Policy"), "https://"+string(demo)+" ") {
			t.Errorf("%s: the second time %d, %v: %s", says, end.status, end.header, end.body)
		}
	}
}

func TestTheBouncePageGoesNowhereElse(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	for _, reload := range []string{"", "https://evil.example/", publicURL + ".evil.example/", publicURL, "//evil.example", "javascript:alert(1)", publicURL + "@evil.example/"} {
		q := url.Values{"shop": {string(demo)}, "shopify-reload": {reload}}
		if a := w.do(t, "GET", "/auth/bounce?"+q.Encode()); a.status != 400 || a.kind(t) != "invalid" {
			t.Errorf("reload %q: status %d", reload, a.status)
		}
	}
	for _, shop := range []string{"", "evil.example", "demo.myshopify.com; frame-ancestors *"} {
		q := url.Values{"shop": {shop}, "shopify-reload": {publicURL + "/"}}
		if a := w.do(t, "GET", "/auth/bounce?"+q.Encode()); a.status != 400 {
			t.Errorf("shop %q: status %d", shop, a.status)
		}
	}
	twice := "/auth/bounce?shop=" + string(demo) + "&shopify-reload=" + url.QueryEscape(publicURL+"/") + "&shopify-reload=" + url.QueryEscape("https://evil.example/")
	if a := w.do(t, "GET", twice); a.status != 400 {
		t.Errorf("two addresses: status %d", a.status)
	}
}

func TestOutsideTheAdminThereIsNothingToSee(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	a := w.do(t, "GET", "/")
	if a.status != 200 || !strings.Contains(a.body, "open it there") || !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("status %d, %v: %s", a.status, a.header, a.body)
	}
}

func TestTheTenantIsTheTokens(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	other := storetest.Shop(t, w.store)
	target := "/?" + w.signer.AdminQuery(string(other.ID), url.Values{"id_token": {w.signer.IDToken(string(demo), nil)}})
	a := w.do(t, "GET", target)
	if a.status != 200 || !strings.Contains(a.body, string(demo)) || strings.Contains(a.body, string(other.ID)) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

func TestGoLive(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	mine := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) { c.ID, c.State = "cmp_1", referral.CampaignDraft })
	other := storetest.Shop(t, w.store)
	theirs := storetest.Campaign(t, w.store, other.ID, func(c *referral.Campaign) { c.State = referral.CampaignDraft })
	right := w.signer.IDToken(string(demo), nil)
	forged := w.signer
	forged.Secret = "another-secret"
	for _, tc := range []struct {
		says, id string
		auth     func(*http.Request)
		status   int
	}{
		{"no token", "cmp_1", func(*http.Request) {}, 401},
		{"a token in the query only", "cmp_1", func(r *http.Request) { r.URL.RawQuery = "id_token=" + right }, 401},
		{"a forged token", "cmp_1", bearer(forged.IDToken(string(demo), nil)), 401},
		{"a stale token", "cmp_1", bearer(w.signer.IDToken(string(demo), func(c map[string]any) { c["exp"] = noon().Unix() - 60 })), 401},
		{"a token without its scheme", "cmp_1", header("Authorization", right), 401},
		{"another shop's campaign", string(theirs.ID), bearer(right), 404},
		{"a campaign nobody has", "cmp_none", bearer(right), 404},
		{"her own", "cmp_1", bearer(right), 202},
		{"again", "cmp_1", bearer(right), 202},
	} {
		a := w.do(t, "POST", "/app/campaigns/"+tc.id+"/live", tc.auth)
		if a.status != tc.status || (a.header.Get("X-Shopify-Retry-Invalid-Session-Request") == "1") != (tc.status == 401) {
			t.Errorf("%s: status %d, %v: %s; want %d", tc.says, a.status, a.header, a.body, tc.status)
		}
		if tc.status != 202 {
			a.kind(t)
		} else if want := `{"campaign":{"id":"cmp_1","version":1,"state":"filling"}}`; a.body != want {
			t.Errorf("%s: %s, want %s", tc.says, a.body, want)
		}
	}
	found, err := w.store.FindCampaign(storetest.Context(t), other.ID, theirs.Key())
	if err != nil || found.State != referral.CampaignDraft {
		t.Errorf("the other shop's campaign is %s (%v)", found.State, err)
	}
	if _, live := w.bell.rung(); len(live) != 2 || live[0] != mine.Key() {
		t.Errorf("rung for %v", live)
	}
}

func TestAnUninstalledShopIsNotServed(t *testing.T) {
	t.Parallel()
	w := open(t, noon, refusing)
	w.installed(t, true)
	shop, err := w.store.FindShop(storetest.Context(t), demo)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.MarkUninstalled(storetest.Context(t), demo, shop.Install, noon()); err != nil {
		t.Fatal(err)
	}
	if a := w.home(t); a.status != 302 {
		t.Errorf("a document: status %d, want a bounce for a fresh token", a.status)
	}
	a := w.do(t, "POST", "/app/campaigns/cmp_1/live", bearer(w.signer.IDToken(string(demo), nil)))
	if a.status != 401 || a.kind(t) != string(fault.Unauthorized) {
		t.Errorf("a fetch: status %d", a.status)
	}
}
