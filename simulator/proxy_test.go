package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// proxied is what reached the app through the proxy.
type proxied struct {
	method, path, body string
	query              url.Values
	header             http.Header
}

// listen makes the app answer below /proxy with fn and keeps the request.
func (w *world) listen(path string, fn http.HandlerFunc) *proxied {
	got := &proxied{}
	w.app.on(path, func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = proxied{r.Method, r.URL.Path, string(body), r.URL.Query(), r.Header.Clone()}
		if fn != nil {
			fn(rw, r)
		}
	})
	return got
}

// answered is what a visitor got back.
type answered struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
}

func (w *world) visit(method, path, body string, set func(*http.Request)) answered {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL()+"/"+testShop+path, strings.NewReader(body))
	w.must(err)
	if set != nil {
		set(req)
	}
	res, err := noRedirects.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	w.must(err)
	return answered{res.StatusCode, res.Header, res.Cookies(), string(raw)}
}

func TestProxyForwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.listen("/proxy/claim", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Set-Cookie", "a=b")
		rw.Header().Set("X-Powered-By", "x")
		rw.Header().Set("X-Kept", "yes")
		rw.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(rw, "answer")
	})
	res := w.visit("PUT", "/apps/refer/claim?ref=A%26B&ids=2&ids=1", `{"x":1}`, func(r *http.Request) {
		r.Header.Set("Cookie", "secret=1")
		r.Header.Set("X-Forwarded-For", "203.0.113.7")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set(clientIPHeader, "198.51.100.9")
	})
	if res.status != http.StatusTeapot || res.body != "answer" || res.header.Get("X-Kept") != "yes" {
		t.Errorf("answer %+v", res)
	}
	if res.header.Get("Set-Cookie") != "" || res.header.Get("X-Powered-By") != "" {
		t.Errorf("headers %v", res.header)
	}
	if got.method != "PUT" || got.path != "/proxy/claim" || got.body != `{"x":1}` {
		t.Errorf("%+v", got)
	}
	if got.header.Get("Cookie") != "" || got.header.Get(clientIPHeader) != "" || got.header.Get("X-Forwarded-For") != "203.0.113.7, 198.51.100.9" ||
		got.header.Get("X-Forwarded-Host") != testShop || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", got.header)
	}
	q := got.query
	if q.Get("shop") != testShop || q.Get("path_prefix") != "/apps/refer" || q.Get("logged_in_customer_id") != "" || q.Get("ref") != "A&B" ||
		q.Get("signature") != signProxy(testSecret, q) || q.Get("timestamp") == "" {
		t.Errorf("query %v", q)
	}
}

// Who is signed in is told by the signed id, not by a cookie; signing out ends it.
func TestProxyTellsTheCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.listen("/proxy/me", nil)
	res := w.visit("POST", "/account/login", `{"email":"ann@example.com"}`, func(r *http.Request) { r.Header.Set("Content-Type", "application/json") })
	var login struct{ Customer Customer }
	w.must(json.Unmarshal([]byte(res.body), &login))
	w.visit("GET", "/apps/refer/me", "", func(r *http.Request) { r.AddCookie(res.cookies[0]) })
	if id := got.query.Get("logged_in_customer_id"); id != idText(login.Customer.ID) || id == "0" {
		t.Errorf("customer %q, want %d", id, login.Customer.ID)
	}
	w.visit("GET", "/apps/refer/me", "", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: customerCookie, Value: "999"}) })
	if id := got.query.Get("logged_in_customer_id"); id != "" {
		t.Errorf("a made-up cookie signs in as %q", id)
	}
}

func TestProxyDuplicateParameters(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string][]string{Stripped: {testShop}, Kept: {"evil.myshopify.com", testShop}} {
		w := newWorld(t, behaving(Behaviour{DuplicateProxyParams: mode}))
		got := w.listen("/proxy/me", nil)
		w.visit("GET", "/apps/refer/me?shop=evil.myshopify.com&timestamp=1&signature=x", "", nil)
		if shops := got.query["shop"]; strings.Join(shops, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v", mode, shops)
		}
		signatures := got.query["signature"]
		if last := signatures[len(signatures)-1]; last != signProxy(testSecret, got.query) {
			t.Errorf("%s: signature %v", mode, signatures)
		}
	}
}

func TestProxyFollowsRedirects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.listen("/proxy/page", func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/elsewhere", http.StatusFound) })
	w.app.on("/elsewhere", func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "there") })
	res := w.visit("GET", "/apps/refer/page", "", nil)
	if res.status != http.StatusOK || res.body != "there" {
		t.Errorf("%+v", res)
	}
}

func TestProxyNeedsTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(w.SetScopes(testShop, []string{"read_orders"}))
	if res := w.visit("GET", "/apps/refer/me", "", nil); res.status != 404 {
		t.Errorf("without write_app_proxy: %d", res.status)
	}
	w.must(w.Uninstall(testShop))
	if res := w.visit("GET", "/apps/refer/me", "", nil); res.status != 404 {
		t.Errorf("uninstalled: %d", res.status)
	}
}

func TestProxyTimestampIsSimulated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.listen("/proxy", nil)
	w.must(w.Advance(t.Context(), 100*time.Hour))
	w.visit("GET", "/apps/refer", "", nil)
	if at := got.query.Get("timestamp"); at < idText(time.Now().Add(99*time.Hour).Unix()) {
		t.Errorf("timestamp %s", at)
	}
}
