package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/tools/nodetest"
)

// Shopify's own client exchanges, refreshes and queries the simulator.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var out struct {
		Steps []struct {
			Name string
			OK   bool
		}
	}
	raw := nodetest.Run(t, nil, "oracle.mjs", "client", "--origin", w.Origin(), "--secret", testSecret, "--key", testID, "--shop", testShop)
	w.must(json.Unmarshal(raw, &out))
	if len(out.Steps) < 3 {
		t.Errorf("%d steps:\n%s", len(out.Steps), raw)
	}
	for _, s := range out.Steps {
		if !s.OK {
			t.Errorf("%s failed:\n%s", s.Name, raw)
		}
	}
}

// Clients that use the shop's own host reach the same endpoints.
func TestShopByHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	for name, set := range map[string]func(*http.Request){
		"Host":             func(r *http.Request) { r.Host = testShop },
		"X-Forwarded-Host": func(r *http.Request) { r.Header.Set("X-Forwarded-Host", testShop) },
	} {
		req := w.newGraphQL(token, `{ shop { myshopifyDomain } }`, nil)
		req.URL.Path = strings.TrimPrefix(req.URL.Path, "/"+testShop)
		set(req)
		if status, out := w.do(req); status != 200 || dig(out, "data", "shop", "myshopifyDomain") != testShop {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
}

func (w *world) oauth(params map[string]any) (int, map[string]any) {
	w.t.Helper()
	return w.request("POST", "/"+testShop+"/admin/oauth/access_token", params)
}

func refreshParams(token any) map[string]any {
	return map[string]any{"client_id": testID, "client_secret": testSecret, "grant_type": "refresh_token", "refresh_token": token}
}

func TestTokenExchange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	good, err := w.IDToken(testShop)
	w.must(err)
	status, out := w.oauth(exchangeParams(good))
	if status != 200 || show(out["expires_in"]) != "3600" || show(out["refresh_token_expires_in"]) != "7776000" {
		t.Fatalf("%d %v", status, out)
	}
	if !strings.HasPrefix(out["access_token"].(string), "shpat_") || !strings.HasPrefix(out["refresh_token"].(string), "shprt_") {
		t.Errorf("tokens %v", out)
	}
	if out["scope"] != "read_customers,read_orders,write_app_proxy,write_discounts" {
		t.Errorf("scope %v", out["scope"])
	}
	other := vectorClaims()
	other.Dest, other.Exp, other.Nbf = "https://other.myshopify.com", time.Now().Unix()+60, time.Now().Unix()
	for name, c := range map[string]struct {
		change map[string]any
		code   string
	}{
		"stale ID token":       {map[string]any{"subject_token": signIDToken(testSecret, vectorClaims())}, "invalid_subject_token"},
		"another shop's token": {map[string]any{"subject_token": signIDToken(testSecret, other)}, "invalid_subject_token"},
		"no token":             {map[string]any{"subject_token": ""}, "invalid_subject_token"},
		"wrong secret":         {map[string]any{"client_secret": "x"}, "application_cannot_be_found"},
		"not expiring":         {map[string]any{"expiring": 0}, "invalid_request"},
		"unknown grant":        {map[string]any{"grant_type": "password"}, "unsupported_grant_type"},
	} {
		params := exchangeParams(good)
		for k, v := range c.change {
			params[k] = v
		}
		if status, out := w.oauth(params); status != 400 || out["error"] != c.code {
			t.Errorf("%s: %d %v, want 400 %s", name, status, out, c.code)
		}
	}
}

func TestTokensExpireByTheSimulatedClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.query(token, `{ shop { name } }`, nil)
	w.must(w.Advance(t.Context(), time.Hour))
	if status, out := w.tryGraphQL(token, `{ shop { name } }`, nil); status != http.StatusUnauthorized {
		t.Errorf("after an hour: %d %v", status, out)
	}
}

// A used refresh token may be sent again until its replacement is used; a new exchange ends them all.
func TestRefreshRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id, err := w.IDToken(testShop)
	w.must(err)
	_, first := w.oauth(exchangeParams(id))
	refresh := func(token any) map[string]any {
		t.Helper()
		status, out := w.oauth(refreshParams(token))
		if status != 200 {
			t.Fatalf("refresh refused: %d %v", status, out)
		}
		return out
	}
	refused := func(name string, token any) {
		t.Helper()
		if status, out := w.oauth(refreshParams(token)); status != 400 || out["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	lost := refresh(first["refresh_token"])
	again := refresh(first["refresh_token"])
	refused("the replacement nobody used, after the repetition", lost["refresh_token"])
	w.query(lost["access_token"].(string), `{ shop { name } }`, nil) // access tokens live on
	second := refresh(again["refresh_token"])
	refused("the first, after its replacement was used", first["refresh_token"])
	w.must(w.Advance(t.Context(), 30*24*time.Hour))
	refused("used 30 days ago", again["refresh_token"])
	id, err = w.IDToken(testShop)
	w.must(err)
	_, fresh := w.oauth(exchangeParams(id))
	refused("older than the newest exchange", second["refresh_token"])
	refresh(fresh["refresh_token"])
	w.must(w.Advance(t.Context(), 30*24*time.Hour))
	w.must(w.Advance(t.Context(), 30*24*time.Hour))
	w.must(w.Advance(t.Context(), 30*24*time.Hour))
	refused("90 days old", fresh["refresh_token"])
}

func TestRefusedRefreshCanBe401(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behaving(Behaviour{RefusedRefreshStatus: 401}))
	if status, out := w.oauth(refreshParams("nothing")); status != 401 || out["error"] != "invalid_request" {
		t.Errorf("%d %v", status, out)
	}
}

func TestUninstallKillsTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.must(w.Uninstall(testShop))
	if status, _ := w.tryGraphQL(token, `{ shop { name } }`, nil); status != http.StatusUnauthorized {
		t.Errorf("graphql after the uninstall: %d", status)
	}
	if status, out := w.oauth(refreshParams("x")); status != 400 || out["error"] != "app_not_installed" {
		t.Errorf("refresh after the uninstall: %d %v", status, out)
	}
	w.must(w.Install(t.Context(), testShop))
	if status, _ := w.tryGraphQL(token, `{ shop { name } }`, nil); status != http.StatusUnauthorized {
		t.Errorf("the old token after a new install: %d", status)
	}
}

func TestCodeGrantWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(w.Uninstall(testShop))
	back := w.app.URL + "/auth/callback"
	q := url.Values{"client_id": {testID}, "redirect_uri": {back}, "state": {"n-42"}}
	res, err := noRedirects.Get(w.URL() + "/" + testShop + "/admin/oauth/authorize?" + q.Encode())
	w.must(err)
	_ = res.Body.Close()
	target, err := res.Location()
	w.must(err)
	got := target.Query()
	if !strings.HasPrefix(target.String(), back) || got.Get("state") != "n-42" || got.Get("hmac") != signQuery(testSecret, got) {
		t.Fatalf("sent back to %s", target)
	}
	params := map[string]any{"client_id": testID, "client_secret": testSecret, "code": got.Get("code"), "expiring": 1}
	if status, out := w.oauth(params); status != 200 || out["refresh_token"] == nil {
		t.Fatalf("%d %v", status, out)
	}
	if status, out := w.oauth(params); status != 400 {
		t.Errorf("a second time: %d %v", status, out)
	}
	q.Set("redirect_uri", "https://evil.example/")
	res, err = noRedirects.Get(w.URL() + "/" + testShop + "/admin/oauth/authorize?" + q.Encode())
	w.must(err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("a foreign redirect: %d", res.StatusCode)
	}
}

// The merchant's click in the admin leads to the app with a query that is signed and an ID token that is good.
func TestAdminOpensTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	res, err := noRedirects.Get(w.URL() + "/" + testShop + "/admin/frame/open?path=/")
	w.must(err)
	_ = res.Body.Close()
	target, err := res.Location()
	w.must(err)
	q := target.Query()
	if res.StatusCode != http.StatusFound || !strings.HasPrefix(target.String(), w.app.URL+"/?") || q.Get("hmac") != signQuery(testSecret, q) {
		t.Errorf("%d %s", res.StatusCode, target)
	}
	for _, name := range []string{"embedded", "host", "id_token", "locale", "session", "shop", "timestamp"} {
		if q.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	claims, err := readIDToken(testSecret, testID, q.Get("id_token"), w.Now())
	if err != nil || claims.Dest != "https://"+testShop {
		t.Errorf("ID token: %+v %v", claims, err)
	}
	if _, out := w.request("GET", "/_sim/shops/"+testShop+"/id_token", nil); out["id_token"] == nil {
		t.Error("the control API has no ID token")
	}
}

// An app that answers its first page with an error is not installed quietly.
func TestInstallTellsWhenTheAppFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.app.on("/", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) })
	w.must(w.CreateShop(ShopInput{Domain: "second.myshopify.com"}))
	if status, out := w.request("POST", "/_sim/shops/second.myshopify.com/install", nil); status != 400 || !strings.Contains(show(out), "500") {
		t.Errorf("%d %v", status, out)
	}
	w.SetAppURL("http://127.0.0.1:1") // nobody listens
	status, out := w.request("POST", "/_sim/shops/second.myshopify.com/open", nil)
	if message := show(out["error"]); status != 400 || !strings.Contains(message, "refused") || strings.Contains(message, "id_token") {
		t.Errorf("%d %v", status, out)
	}
}
