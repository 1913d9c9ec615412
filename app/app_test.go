package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twofold/app"
	"twofold/app/signtest"
	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/signature"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/text"
)

func TestErrorsHaveOneShape(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	for _, tc := range []struct {
		says, method, target string
		change               func(*http.Request)
		status               int
		kind                 fault.Kind
	}{
		{"no such page", "GET", "/nothing", nil, 404, fault.NotFound},
		{"another method", "GET", "/webhooks", nil, 404, fault.NotFound},
		{"the private listener's pages", "GET", "/metrics", nil, 404, fault.NotFound},
		{"profiles", "GET", "/debug/pprof/", nil, 404, fault.NotFound},
		{"an unsigned webhook", "POST", "/webhooks", nil, 401, fault.Unauthorized},
		{"an unsigned proxy request", "GET", "/proxy/me", nil, 401, fault.Unauthorized},
		{"an unknown proxy page", "GET", "/proxy/nothing", nil, 404, fault.NotFound},
	} {
		a := w.do(t, tc.method, tc.target, func(r *http.Request) {
			if tc.change != nil {
				tc.change(r)
			}
		})
		if a.status != tc.status || a.kind(t) != string(tc.kind) {
			t.Errorf("%s: status %d: %s", tc.says, a.status, a.body)
		}
		if a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") != "no-store" ||
			!strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || a.header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: headers %v", tc.says, a.header)
		}
	}
	a := w.do(t, "GET", "/nothing", header("X-Request-Id", "4f2d0c1e-a"))
	golden(t, "not_found.json", a.body+"\n")
}

// A shopper behind the app proxy reads the language that the browser asks for, and nothing that is only the shop's
// matter. So do merchants, in the languages of the admin.
func TestErrorsHaveACodeAndWords(t *testing.T) {
	t.Parallel()
	w := open(t, noon, func(c *app.Config) { c.Storefront.Claims = frozen{} })
	w.installed(t, true)
	query := w.signer.ProxyQuery(string(demo), "101", nil)
	german := header("Accept-Language", "de-CH,de;q=0.9,en;q=0.8")
	none := func(*http.Request) {}
	for _, tc := range []struct {
		says, method, target string
		change               func(*http.Request)
		code, want           string
	}{
		{"a shopper", "POST", "/proxy/join?" + query, none, "body_not_json", code(t, text.English, "body_not_json")},
		{"a shopper who reads German", "POST", "/proxy/join?" + query, german, "body_not_json", code(t, text.In("de"), "body_not_json")},
		{"a shopper whom no signature names", "GET", "/proxy/me", german, "unauthorized", code(t, text.In("de"), "unauthorized")},
		{"what is the shop's matter", "GET", "/proxy/me?" + query, german, "token_dead", code(t, text.In("de"), "unavailable")},
		{"a merchant", "GET", "/auth/bounce?shop=x", german, "invalid", code(t, text.In("de"), "invalid")},
		{"a merchant who reads French", "GET", "/auth/bounce?shop=x", header("Accept-Language", "fr"), "invalid", code(t, text.English, "invalid")},
		{"nobody's page", "GET", "/proxying", none, "not_found", code(t, text.English, "not_found")},
	} {
		a := w.do(t, tc.method, tc.target, tc.change)
		if got, message := a.failure(t); got != tc.code || message != tc.want {
			t.Errorf("%s: code %q, message %q; want %q, %q", tc.says, got, message, tc.code, tc.want)
		}
	}
}

// code is what a language says of a code.
func code(t *testing.T, in *text.Printer, code string) string {
	t.Helper()
	said, ok := in.Code(code, nil)
	if !ok {
		t.Errorf("no words for %s", code)
	}
	return said
}

// frozen is a domain whose shop Shopify no longer answers.
type frozen struct{ storefront.Claims }

func (frozen) Me(context.Context, tenant.ShopID, referral.CustomerID, referral.Sighting) (claims.AdvocateView, error) {
	return claims.AdvocateView{}, fault.New(fault.Unauthorized, "token_dead")
}

func (frozen) LearnProxy(context.Context, tenant.ShopID, string) error { return nil }

// odd is a Verifier that fails in ways no Verifier should.
type odd struct{ app.Verifier }

func (odd) IDToken(token string) (signature.IDToken, error) {
	if token == "panic" {
		panic("the driver's password is hunter2")
	}
	return signature.IDToken{Shop: demo}, nil
}

func (odd) Query(string) (signature.OAuthQuery, error) {
	return signature.OAuthQuery{}, errors.New("mongodb://admin:hunter2@db refused")
}

func TestNothingInternalIsShown(t *testing.T) {
	t.Parallel()
	w := open(t, noon, func(c *app.Config) { c.Verifier = odd{} })
	for _, target := range []string{"/?id_token=panic", "/auth/install"} {
		a := w.do(t, "GET", target)
		if a.status != 500 || a.kind(t) != "internal" || strings.Contains(a.body, "hunter2") {
			t.Errorf("%s: status %d: %s", target, a.status, a.body)
		}
	}
	if log := w.log.String(); strings.Count(log, `"level":"ERROR"`) != 2 || !strings.Contains(log, "hunter2") {
		t.Errorf("log %s, want each failure once with its cause", log)
	}
}

func TestAWebhookThroughTheWholeApp(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	r := w.signer.Delivery("orders/paid", string(demo), "w-1", `{"id":1}`)
	if a := w.send(t, r); a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	kept, err := w.store.ListDeliveries(storetest.Context(t), demo, noon().Add(time.Hour), 10)
	if err != nil || len(kept) != 1 || kept[0].Nomination.OrderID != "gid://shopify/Order/1" {
		t.Errorf("kept %+v (%v)", kept, err)
	}
	if a := w.send(t, w.signer.Delivery("orders/paid", string(demo), "w-2", `{"id":1}`, signtest.Body(`{"id":2}`))); a.status != 401 || a.kind(t) != "unauthorized" {
		t.Errorf("a changed body: status %d", a.status)
	}
}

func TestTheRequestLog(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	query := w.signer.ProxyQuery(string(demo), "", url.Values{"ref": {"NOBODY"}})
	a := w.do(t, "GET", "/proxy/offer?"+query, header("X-Forwarded-For", "203.0.113.7"))
	w.do(t, "GET", "/proxy/page?"+w.signer.ProxyQuery("new.myshopify.com", "", nil), header("X-Forwarded-For", "203.0.113.7"))
	w.send(t, w.signer.Delivery("orders/paid", string(demo), "w-1", `{"id":1}`))
	log := w.log.String()
	for _, want := range []string{
		`"route":"/proxy/page","status":404`, `"shop":"new.myshopify.com","kind":"not_found"`,
		`"route":"/proxy/offer","status":404`, `"request_id":"` + a.header.Get("X-Request-Id") + `"`, `"shop":"demo.myshopify.com"`, `"kind":"not_found"`,
		`"route":"/webhooks","status":200`, `"topic":"orders/paid"`, `"delivery_id":"w-1"`, `"dur_ms":`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s: %s", want, log)
		}
	}
	for _, leak := range []string{"NOBODY", "203.0.113", "signature", "0.0.0.0"} {
		if strings.Contains(log, leak) {
			t.Errorf("log holds %q: %s", leak, log)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := w.do(t, "GET", path); a.status != 200 {
			t.Errorf("%s: status %d: %s", path, a.status, a.body)
		}
	}
	if err := w.store.Close(storetest.Context(t)); err != nil {
		t.Fatal(err)
	}
	if a := w.do(t, "GET", "/readyz"); a.status != 503 || a.kind(t) != "unavailable" || a.header.Get("Retry-After") == "" {
		t.Errorf("without a database: status %d, %v: %s", a.status, a.header, a.body)
	}
	if a := w.do(t, "GET", "/healthz"); a.status != 200 {
		t.Errorf("alive all the same: status %d", a.status)
	}
}

func TestMetricsAreForTheirOwnListener(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.do(t, "GET", "/healthz")
	private := app.NewMetrics(w.metrics)
	for path, want := range map[string]string{"/metrics": `twofold_http_seconds_count{route="/healthz",status="200"} 1`, "/debug/pprof/": "goroutine"} {
		got := httptest.NewRecorder()
		private.ServeHTTP(got, httptest.NewRequest(http.MethodGet, path, nil))
		if got.Code != 200 || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: status %d, want %q in %s", path, got.Code, want, got.Body)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	w := &world{store: storetest.New(t), bell: &bell{}, log: &strings.Builder{}}
	for says, change := range map[string]func(*app.Config){
		"no address":                    func(c *app.Config) { c.AppURL = "" },
		"an address with a path":        func(c *app.Config) { c.AppURL = "https://app.example/x" },
		"another scheme":                func(c *app.Config) { c.AppURL = "ftp://app.example" },
		"no client id":                  func(c *app.Config) { c.ClientID = "" },
		"no store":                      func(c *app.Config) { c.Store = nil },
		"scripts from a folder":         func(c *app.Config) { c.CDN = "http://127.0.0.1:9400/cdn" },
		"an origin without a shop":      func(c *app.Config) { c.Origin = "http://127.0.0.1" },
		"webhooks without an inbox":     func(c *app.Config) { c.Webhooks.Inbox = nil },
		"a storefront without a hasher": func(c *app.Config) { c.Storefront.Hasher = nil },
	} {
		w.metrics = prometheus.NewRegistry()
		config := w.config(t, noon)
		change(&config)
		if _, err := app.New(config); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want Invalid", says, err)
		}
	}
}

// Who does not agree to the terms of now is told which they are and where, in the reader's language; a buyer also what
// could be shared.
func TestARefusalNamesTheTerms(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	storetest.Campaign(t, w.store, demo)
	if err := w.store.AddTerms(storetest.Context(t), demo, tenant.Terms{Version: 1, Link: "/pages/terms"}); err != nil {
		t.Fatal(err)
	}
	post := func(target, body, language string, change ...func(*http.Request)) answer {
		return w.do(t, "POST", target, append(change, header("Content-Type", "application/json"), header("Accept-Language", language),
			func(r *http.Request) {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			})...)
	}
	proxy := "/proxy/join?" + w.signer.ProxyQuery(string(demo), "202", nil)
	block := bearer(w.signer.ExtensionToken(string(demo), "202"))

	said := map[string]bool{}
	for _, language := range []string{"ar", "de", "en", "es", "fr"} {
		for body, version := range map[string]string{`{}`: "none", `{"terms":2}`: "another"} {
			a := post(proxy, body, language)
			code, message := a.failure(t)
			if a.status != 409 || code != "accept_terms" || !strings.Contains(a.body, `"terms":1,"terms_link":"https://demo.example/pages/terms"}}`) {
				t.Errorf("%s, %s: status %d: %s", language, version, a.status, a.body)
			}
			said[message] = true
		}
	}
	if len(said) != 5 {
		t.Errorf("said in %d ways, want five: %v", len(said), said)
	}
	a := post("/ui/join", `{}`, "en", block)
	if code, _ := a.failure(t); code != "accept_terms" || !strings.Contains(a.body, `"terms":1,`) || !strings.Contains(a.body, `"offer":{"friend":{"kind":"amount_off"`) {
		t.Errorf("a block: status %d: %s", a.status, a.body)
	}
	for says, a := range map[string]answer{"a page": post(proxy, `{"terms":1}`, "en"), "a block": post("/ui/join", `{"terms":1}`, "en", block)} {
		if a.status != 200 || strings.Contains(a.body, "terms") {
			t.Errorf("%s that agrees: status %d: %s", says, a.status, a.body)
		}
	}
}
