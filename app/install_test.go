package app_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"twofold/app"
	"twofold/fault"
	"twofold/simulator"
	"twofold/store/storetest"
	"twofold/tenant"
)

// noExchange is a Shopify that refuses every ID token and code.
type noExchange struct{}

func (noExchange) Ping(context.Context, tenant.ShopID) error { return nil }

func (noExchange) Exchange(context.Context, tenant.ShopID, string) (tenant.Tokens, error) {
	return tenant.Tokens{}, fault.New(fault.Unauthorized, "refused")
}

func (noExchange) ExchangeCode(context.Context, tenant.ShopID, string) (tenant.Tokens, error) {
	return tenant.Tokens{}, fault.New(fault.Unauthorized, "refused")
}

func refusing(c *app.Config) { c.Gateway = noExchange{} }

// counting passes exchanges on, and counts them.
type counting struct {
	app.Gateway
	n atomic.Int64
}

func (c *counting) Exchange(ctx context.Context, shop tenant.ShopID, idToken string) (tenant.Tokens, error) {
	c.n.Add(1)
	return c.Gateway.Exchange(ctx, shop, idToken)
}

func tokensOf(t *testing.T, w *world) tenant.Tokens {
	t.Helper()
	tokens, err := w.store.LoadTokens(storetest.Context(t), demo)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestManagedInstall(t *testing.T) {
	t.Parallel()
	w, sim := openWithShopify(t, demo)
	ctx := storetest.Context(t)
	if err := sim.Install(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	first := tokensOf(t, w)
	if first.Access == "" || first.Refresh == "" || !strings.Contains(strings.Join(first.Scopes, ","), "write_discounts") {
		t.Errorf("tokens with scopes %v", first.Scopes)
	}
	if err := sim.OpenApp(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	if again := tokensOf(t, w); again.Version != first.Version || again.Access != first.Access {
		t.Error("opening the page again exchanged the ID token again, which ends the refresh token in use")
	}
	if setUp, _ := w.bell.rung(); len(setUp) != 1 || setUp[0] != demo {
		t.Errorf("set-up rung for %v, want once", setUp)
	}
	if strings.Contains(w.log.String(), "id_token") || strings.Contains(w.log.String(), string(first.Access)) {
		t.Error("the log holds tokens")
	}
}

func TestTokensThatAreRefusedAreReplacedAtTheNextVisit(t *testing.T) {
	t.Parallel()
	w, sim := openWithShopify(t, demo)
	ctx := storetest.Context(t)
	if err := sim.Install(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	before := tokensOf(t, w)
	if err := w.store.MarkNeedsVisit(ctx, demo, before.Version); err != nil {
		t.Fatal(err)
	}
	if err := sim.OpenApp(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	if after := tokensOf(t, w); after.Version == before.Version || after.Access == before.Access {
		t.Error("the refused pair is still there")
	}
}

// A merchant who opens the app of a cleaned shop has not said that they want to start again: not with new
// tokens, and not with those that the shop has.
func TestAVisitLeavesACleanedShopCleaned(t *testing.T) {
	t.Parallel()
	w, sim := openWithShopify(t, demo)
	ctx := storetest.Context(t)
	if err := errors.Join(sim.Install(ctx, string(demo)), w.store.MarkCleaned(ctx, demo)); err != nil {
		t.Fatal(err)
	}
	before := tokensOf(t, w)
	if err := errors.Join(sim.Uninstall(string(demo)), sim.Install(ctx, string(demo)), sim.OpenApp(ctx, string(demo))); err != nil {
		t.Fatal(err)
	}

	after := tokensOf(t, w)
	shop, err := w.store.FindShop(ctx, demo)
	if err != nil || shop.Status != tenant.Cleaned || shop.Install != 1 || after.Access == before.Access {
		t.Errorf("after both visits: %s, install %d, %v", shop.Status, shop.Install, err)
	}
}

// F4: the shop uninstalled and installed again before Shopify's webhook told of it. The stored pair looks well and is
// dead: the visit proves it, and exchanges its ID token.
func TestAReinstallBeforeItsUninstallWebhookIsProved(t *testing.T) {
	t.Parallel()
	w, sim := openWithShopify(t, demo)
	ctx := storetest.Context(t)
	if err := sim.Install(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	before := tokensOf(t, w)
	if _, err := sim.AddFault(simulator.Fault{Kind: simulator.FaultWebhookDrop, Shop: string(demo)}); err != nil {
		t.Fatal(err)
	}
	if err := sim.Uninstall(string(demo)); err != nil {
		t.Fatal(err)
	}
	if err := sim.Install(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	after := tokensOf(t, w)
	if after.Access == before.Access {
		t.Error("the dead pair is believed")
	}
	if err := newGateway(t, w.store, sim.Origin(), time.Now).Ping(ctx, demo); err != nil {
		t.Errorf("after the visit: %v", err)
	}
}

func TestAReinstallIsANewGeneration(t *testing.T) {
	t.Parallel()
	w, sim := openWithShopify(t, demo)
	ctx := storetest.Context(t)
	if err := sim.Install(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	if err := sim.Uninstall(string(demo)); err != nil {
		t.Fatal(err)
	}
	if err := w.store.MarkUninstalled(ctx, demo, 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := sim.Install(ctx, string(demo)); err != nil {
		t.Fatal(err)
	}
	shop, err := w.store.FindShop(ctx, demo)
	if err != nil || shop.Install != 2 || shop.Status != tenant.Installed {
		t.Errorf("install %d, %s (%v)", shop.Install, shop.Status, err)
	}
	if setUp, _ := w.bell.rung(); len(setUp) != 2 {
		t.Errorf("set-up rung %d times, want for each install", len(setUp))
	}
}

// Two tabs, or the admin's own prefetch: each exchange would end the other's refresh token.
func TestFirstVisitsAtOnceExchangeOnce(t *testing.T) {
	t.Parallel()
	w, sim := openWithShopify(t, demo)
	gateway := &counting{Gateway: newGateway(t, w.store, sim.Origin(), time.Now)}
	busy := open(t, time.Now, func(c *app.Config) { c.Gateway = gateway })
	if err := sim.Install(storetest.Context(t), string(demo)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if a := busy.home(t); a.status != 200 {
				t.Errorf("status %d: %s", a.status, a.body)
			}
		})
	}
	all.Wait()
	if n := gateway.n.Load(); n != 1 {
		t.Errorf("%d exchanges, want 1", n)
	}
}

// codeGrant starts an install outside the managed flow, and returns Shopify's redirect back to us and our cookie.
func codeGrant(t *testing.T, w *world, shop tenant.ShopID) (back *url.URL, cookie *http.Cookie) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	fetch := func(address string) (to *url.URL, cookies []*http.Cookie) {
		got, err := client.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer got.Body.Close()
		to, err = got.Location()
		if err != nil || got.StatusCode != http.StatusFound {
			t.Fatalf("%s: status %d, %v: want a redirect", address, got.StatusCode, err)
		}
		return to, got.Cookies()
	}
	consent, cookies := fetch(w.url + "/auth/install?" + w.signer.AdminQuery(string(shop), nil))
	if len(cookies) != 1 {
		t.Fatalf("%d cookies, want the state", len(cookies))
	}
	back, _ = fetch(consent.String())
	return back, cookies[0]
}

func TestAuthorizationCodeGrant(t *testing.T) {
	t.Parallel()
	w, _ := openWithShopify(t, demo)
	back, cookie := codeGrant(t, w, demo)
	if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge <= 0 {
		t.Errorf("cookie %+v", cookie)
	}
	if strings.Contains(cookie.Value, back.Query().Get("state")) {
		t.Error("the cookie shows the state")
	}
	a := w.do(t, "GET", back.RequestURI(), func(r *http.Request) { r.AddCookie(cookie) })
	if a.status != 302 || !strings.HasSuffix(a.header.Get("Location"), "/"+string(demo)+"/admin/apps/"+clientID) {
		t.Fatalf("status %d, to %q: %s", a.status, a.header.Get("Location"), a.body)
	}
	if tokensOf(t, w).Access == "" {
		t.Error("no token is kept")
	}
	if setUp, _ := w.bell.rung(); len(setUp) != 1 {
		t.Errorf("set-up rung %d times", len(setUp))
	}
	if !strings.Contains(a.header.Get("Set-Cookie"), "expires=Thu, 01 Jan 1970") {
		t.Errorf("cookie afterwards %q, want it gone", a.header.Get("Set-Cookie"))
	}
}

func TestCallbacksThatWereNotStartedHere(t *testing.T) {
	t.Parallel()
	w, _ := openWithShopify(t, demo)
	back, cookie := codeGrant(t, w, demo)
	query := back.Query()
	query.Del("hmac")
	query.Set("state", "another")
	query.Del("shop")
	forged := w.signer.AdminQuery(string(demo), query)
	for says, tc := range map[string]struct {
		target string
		cookie *http.Cookie
	}{
		"no cookie":              {back.RequestURI(), nil},
		"a cookie of our making": {back.RequestURI(), &http.Cookie{Name: cookie.Name, Value: "AAAA"}},
		"another state":          {"/auth/callback?" + forged, cookie},
		"a changed signature":    {strings.Replace(back.RequestURI(), "hmac=", "hmac=0", 1), cookie},
		"another shop's cookie": {"/auth/callback?" + w.signer.AdminQuery("other.myshopify.com", url.Values{
			"code": {query.Get("code")}, "state": {back.Query().Get("state")}}), cookie},
		"no code": {"/auth/callback?" + w.signer.AdminQuery(string(demo), url.Values{"state": {back.Query().Get("state")}}), cookie},
	} {
		a := w.do(t, "GET", tc.target, func(r *http.Request) {
			if tc.cookie != nil {
				r.AddCookie(tc.cookie)
			}
		})
		if a.status != 401 || a.kind(t) != "unauthorized" {
			t.Errorf("%s: status %d: %s", says, a.status, a.body)
		}
	}
	if a := w.do(t, "GET", "/auth/install?shop="+string(demo)); a.status != 401 {
		t.Errorf("an unsigned install: status %d", a.status)
	}
	if _, err := w.store.LoadTokens(storetest.Context(t), demo); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("tokens: %v, want none", err)
	}
}

func TestTheStateCookieRunsOut(t *testing.T) {
	t.Parallel()
	clock := noon()
	w := open(t, func() time.Time { return clock }, refusing)
	started := w.do(t, "GET", "/auth/install?"+w.signer.AdminQuery(string(demo), nil))
	to, err := url.Parse(started.header.Get("Location"))
	if err != nil || to.Host != string(demo) || to.Query().Get("redirect_uri") != publicURL+"/auth/callback" || to.Query().Get("client_id") != clientID {
		t.Fatalf("sent to %q", started.header.Get("Location"))
	}
	cookie, _, _ := strings.Cut(started.header.Get("Set-Cookie"), ";")
	clock = clock.Add(10 * time.Minute)
	callback := "/auth/callback?" + w.signer.AdminQuery(string(demo), url.Values{"code": {"c"}, "state": {to.Query().Get("state")}})
	if a := w.do(t, "GET", callback, header("Cookie", cookie)); a.status != 401 || !strings.Contains(a.body, "took too long") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	clock = clock.Add(-time.Second)
	callback = "/auth/callback?" + w.signer.AdminQuery(string(demo), url.Values{"code": {"c"}, "state": {to.Query().Get("state")}})
	if a := w.do(t, "GET", callback, header("Cookie", cookie)); a.status != 401 || strings.Contains(a.body, "took too long") {
		t.Errorf("a second before: status %d: %s, want Shopify to have been asked", a.status, a.body)
	}
}

// pings is a Shopify that counts how often a pair is proved, and refuses all once told to.
type pings struct {
	noExchange
	n       int
	refuses bool
}

func (p *pings) Ping(context.Context, tenant.ShopID) error {
	p.n++
	if p.refuses {
		return fault.New(fault.Unauthorized, "refused")
	}
	return nil
}

// F4: a merchant who turns pages is not kept waiting for a proof on each: a pair that worked within the minute is
// believed. One that was replaced meanwhile, or that did not work, is not.
func TestAPairIsProvedOnceAMinute(t *testing.T) {
	t.Parallel()
	clock, shopify := noon(), &pings{}
	w := open(t, func() time.Time { return clock }, func(c *app.Config) { c.Gateway = shopify })
	install := func() {
		t.Helper()
		pair := storetest.Tokens()
		pair.RefreshExpires = clock.Add(90 * 24 * time.Hour)
		if _, err := w.store.SaveInstall(storetest.Context(t), demo, pair, clock); err != nil {
			t.Fatal(err)
		}
	}
	visits := func(when string, want int) {
		t.Helper()
		for range 3 {
			w.home(t)
		}
		if shopify.n != want {
			t.Errorf("%s: proved %d times, want %d", when, shopify.n, want)
		}
		shopify.n = 0
	}

	install()
	visits("three pages at once", 1)
	clock = clock.Add(time.Minute - time.Second)
	visits("within the minute", 0)
	clock = clock.Add(time.Second)
	visits("after it", 1)
	install()
	visits("another pair", 1)
	shopify.refuses = true
	clock = clock.Add(time.Minute)
	visits("refused: before and under the lease", 6)
}
