package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/app"
	"twofold/fault"
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

// What may run in a page are Shopify's own scripts and files of ours, and nothing that stands in the page itself.
func TestScriptsOfAPageAreFiles(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	a := w.home(t)
	want := "frame-ancestors https://demo.myshopify.com https://admin.shopify.com; script-src https://cdn.shopify.com/shopifycloud/ 'self'; base-uri 'none'; object-src 'none'; form-action 'self'"
	if csp := a.header.Get("Content-Security-Policy"); csp != want {
		t.Errorf("policy %q", csp)
	}

	scripts := regexp.MustCompile(`(?s)<script([^>]*)>(.*?)</script>`).FindAllStringSubmatch(a.body, -1)
	if len(scripts) != 4 {
		t.Errorf("%d scripts", len(scripts))
	}
	for _, script := range scripts {
		if src := regexp.MustCompile(`src="(https://cdn\.shopify\.com/shopifycloud/|/assets/)[a-z.-]+js`); !src.MatchString(script[1]) || script[2] != "" {
			t.Errorf("script %s %.60s", script[1], script[2])
		}
	}
	if regexp.MustCompile(`\son[a-z]+="`).MatchString(a.body) {
		t.Error("an attribute of the page holds a script")
	}
}

// A page of the simulator's admin is the same document, but for where Shopify's scripts come from and who frames it.
func TestTheDemosPagesAreThoseOfProduction(t *testing.T) {
	t.Parallel()
	const local = "http://127.0.0.1:9400"
	w := open(t, noon)
	w.installed(t, true)
	d := open(t, noon, func(c *app.Config) { c.CDN = local })
	d.installed(t, true)

	want, got := w.home(t), d.home(t)
	if there := strings.ReplaceAll(want.body, "https://cdn.shopify.com", local); got.body != there {
		t.Errorf("the demo's page:\n%s", cmp.Diff(there, got.body))
	}
	const policy = "Content-Security-Policy"
	there := strings.Replace(strings.Replace(want.header.Get(policy), "https://cdn.shopify.com", local, 1), "admin.shopify.com;", "admin.shopify.com "+local+";", 1)
	if got.header.Get(policy) != there {
		t.Errorf("the demo's policy %q, want %q", got.header.Get(policy), there)
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

// A document is in the language of Shopify's admin, whatever the browser's is. What is fetched after it has no such
// parameter, and asks for the document's language by its header: visits, forms, and what is said of an error.
func TestPagesAreInTheLanguageOfTheAdmin(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	token := w.signer.IDToken(string(demo), nil)
	speaks := func(language string) func(*http.Request) { return header("Accept-Language", language) }
	opened := func(locale string) string {
		return "/?" + w.signer.AdminQuery(string(demo), url.Values{"id_token": {token}, "locale": {locale}})
	}

	for _, tc := range []struct {
		says, method, target, want string
		change                     []func(*http.Request)
	}{
		{"a document", "GET", opened("de"), "de", []func(*http.Request){speaks("en-US,en;q=0.9")}},
		{"one of a country", "GET", opened("de-AT"), "de", nil},
		{"one in a language that only shoppers are answered in", "GET", opened("fr"), "en", []func(*http.Request){speaks("de")}},
		{"a visit", "GET", "/app/settings", "de", []func(*http.Request){speaks("de"), bearer(token)}},
		{"a form", "POST", "/app/campaigns/cmp_none/live", "de", []func(*http.Request){speaks("de"), bearer(token), header("Accept", "text/html")}},
		{"a visit in English", "GET", "/app/settings", "en", []func(*http.Request){speaks("en"), bearer(token)}},
	} {
		if a := w.do(t, tc.method, tc.target, tc.change...); !strings.Contains(a.body, `<html lang="`+tc.want+`">`) {
			t.Errorf("%s: status %d, want it in %s: %.80s", tc.says, a.status, tc.want, a.body)
		}
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
		{"her own", "cmp_1", bearer(right), 303},
		{"again", "cmp_1", bearer(right), 303},
	} {
		a := w.do(t, "POST", "/app/campaigns/"+tc.id+"/live", tc.auth)
		if a.status != tc.status || (a.header.Get("X-Shopify-Retry-Invalid-Session-Request") == "1") != (tc.status == 401) {
			t.Errorf("%s: status %d, %v: %s; want %d", tc.says, a.status, a.header, a.body, tc.status)
		}
		if tc.status != 303 {
			a.kind(t)
		} else if to := a.header.Get("Location"); to != "/app?did=going_live" {
			t.Errorf("%s: leads to %s", tc.says, to)
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
