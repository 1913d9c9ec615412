package simulator

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// page asks for an address of the admin as a browser does.
func (w *world) page(path string) (status int, body string) {
	w.t.Helper()
	res, err := noRedirects.Get(w.URL() + path)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(raw)
}

// The frame shows the app at the path that its own address has, and leaves out what is the frame's.
func TestTheFrameOpensTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	root := "/" + testShop + "/admin"
	status, body := w.page(root + "/apps/" + testID + "/app/referrals?state=flagged&locale=de")
	open := root + "/frame/open?path=" + url.QueryEscape("/app/referrals?state=flagged")
	if status != 200 || !strings.Contains(body, `<iframe id="app"`) || !strings.Contains(body, open) {
		t.Errorf("%d, no frame that opens %s:\n%s", status, open, body)
	}
	if strings.Contains(body, "id_token=") || !strings.Contains(body, `lang="de"`) || !strings.Contains(body, "Bestellungen") {
		t.Errorf("the frame holds a token, or is not German:\n%s", body)
	}

	res, err := noRedirects.Get(w.URL() + open + "&locale=de")
	w.must(err)
	_ = res.Body.Close()
	target, err := res.Location()
	w.must(err)
	q := target.Query()
	if target.Path != "/app/referrals" || q.Get("state") != "flagged" || q.Get("locale") != "de" || q.Get("hmac") != signQuery(testSecret, q) {
		t.Errorf("the app is opened at %s", target)
	}
	for _, path := range []string{"//evil.example", "https://evil.example", ""} {
		if status, _ := w.page(root + "/frame/open?path=" + url.QueryEscape(path)); status != 404 {
			t.Errorf("path %q: %d", path, status)
		}
	}
}

// The frame alone gets ID tokens: a page of another origin says so in its Origin.
func TestIDTokensAreTheFrames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for origin, want := range map[string]int{w.URL(): 200, w.app.URL: 403, "https://evil.example": 403, "null": 403, "": 403} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"/"+testShop+"/admin/frame/id_token", nil)
		w.must(err)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		res, err := http.DefaultClient.Do(req)
		w.must(err)
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("origin %q: %d, want %d", origin, res.StatusCode, want)
		}
	}
}

// Whatever the app links to in the admin is there.
func TestThePagesOfTheAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o, err := w.PlaceOrder(testShop, OrderInput{Email: "bob@example.com", Items: []Item{{Title: "Vase", Price: "30.00"}}, Test: true})
	w.must(err)
	root := "/" + testShop + "/admin"
	for path, wants := range map[string][]string{
		"/orders": {o.Name, "Bob Doe", "Paid"}, "/orders/" + idText(o.ID): {"Vase", "$30.00", "Test order"},
		"/customers": {"bob@example.com"}, "/customers/" + idText(o.CustomerID): {o.Name},
		"/discounts": {"Discounts"}, "/themes/current/editor?context=apps": {"Switch it off"},
	} {
		status, body := w.page(root + path)
		for _, want := range wants {
			if status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d without %q:\n%s", path, status, want, body)
			}
		}
	}
	for _, path := range []string{"/orders/1", "/customers/x", "/discounts/1", "/products"} {
		if status, _ := w.page(root + path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}

	res, err := noRedirects.PostForm(w.URL()+root+"/themes/current/editor", url.Values{"embed": {"off"}})
	w.must(err)
	_ = res.Body.Close()
	if theme, err := w.Theme(testShop); err != nil || theme.Embed || res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d, the embed is still on: %v", res.StatusCode, err)
	}
}

// Both languages of the admin say the same things.
func TestTheAdminsWords(t *testing.T) {
	t.Parallel()
	for language, words := range adminWords {
		for key := range adminWords["en"] {
			if words[key] == "" {
				t.Errorf("%s has no %q", language, key)
			}
		}
		if len(words) != len(adminWords["en"]) {
			t.Errorf("%s says %d things, English %d", language, len(words), len(adminWords["en"]))
		}
	}
}

// App Bridge and Polaris are served as from Shopify's CDN: one address each, in a form that browsers take from another
// origin.
func TestTheCDN(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for file, want := range map[string]string{
		"app-bridge.js": "window.shopify", "polaris.js": "define('page'", "inter.woff2": "wOF2",
	} {
		res, err := http.Get(w.URL() + "/shopifycloud/" + file)
		w.must(err)
		raw, err := io.ReadAll(res.Body)
		w.must(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || !strings.Contains(string(raw), want) || res.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", file, res.StatusCode, res.Header)
		}
	}
	if status, _ := w.page("/shopifycloud/other.js"); status != 404 {
		t.Errorf("another file: %d", status)
	}
}
