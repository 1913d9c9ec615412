package simulator

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// browser visits the storefront with cookies and follows redirects.
type browser struct {
	*http.Client
	w *world
}

func (w *world) browser() browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return browser{&http.Client{Jar: jar}, w}
}

func (b browser) get(path string) (int, string) { return b.send(http.MethodGet, path, "", "") }

func (b browser) post(path string, form url.Values) (int, string) {
	return b.send(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode())
}

func (b browser) send(method, path, kind, body string) (int, string) {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.URL()+"/"+testShop+path, strings.NewReader(body))
	b.w.must(err)
	req.Header.Set("Content-Type", kind)
	res, err := b.Do(req)
	b.w.must(err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	b.w.must(err)
	return res.StatusCode, string(raw)
}

// A visitor comes by a link, takes a code, signs in and buys; the order knows all of it.
func TestStorefrontToOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.discount(w.token(), "FRIEND", nil)
	b := w.browser()
	if status, page := b.get("/?ref=ANNA"); status != 200 || !strings.Contains(page, `ref = "ANNA"`) || !strings.Contains(page, "60.00 USD") {
		t.Errorf("home: %d %s", status, page)
	}
	if status, page := b.post("/cart/add", url.Values{"id": {"2"}}); status != 200 || !strings.Contains(page, "Linen shirt") {
		t.Errorf("cart: %d %s", status, page)
	}
	if status, page := b.get("/discount/FRIEND?redirect=/checkout"); status != 200 || !strings.Contains(page, "took off 20.00") {
		t.Errorf("discount: %d %s", status, page)
	}
	if status, body := b.post("/cart/update.js", url.Values{"attributes[_twofold]": {"clm_1"}}); status != 200 || !strings.Contains(body, `"total_price":4000`) {
		t.Errorf("update: %d %s", status, body)
	}
	status, page := b.post("/checkout", url.Values{"email": {"bob@example.com"}, "discount_codes": {"NOPE"}})
	if status != 200 || !strings.Contains(page, "Thank you") || !strings.Contains(page, "does not apply: not_found") {
		t.Errorf("checkout: %d %s", status, page)
	}
	orders, err := w.Orders(testShop)
	w.must(err)
	if len(orders) != 1 || orders[0].Total != "40.00" || orders[0].DiscountCodes[0] != "FRIEND" {
		t.Fatalf("%+v", orders)
	}
	sh, _ := w.findShop(testShop)
	o := sh.orderByID[orders[0].ID]
	if o.landingPage != "/?ref=ANNA" || o.attributes[0] != (attribute{"_twofold", "clm_1"}) {
		t.Errorf("%q %v", o.landingPage, o.attributes)
	}
	if _, body := b.get("/cart.js"); !strings.Contains(body, `"item_count":0`) {
		t.Errorf("the cart is not empty after the order: %s", body)
	}
}

func TestCheckoutJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	status, out := w.request("POST", "/"+testShop+"/checkout", map[string]any{"email": "a@b.cc", "items": []any{map[string]any{"price": "30.00"}},
		"discount_codes": []any{"NOPE"}, "attributes": map[string]any{"k": "v"}})
	if status != 200 || dig(out, "order", "total") != "30.00" || dig(out, "codes", 0, "reason") != "not_found" {
		t.Errorf("%d %s", status, show(out))
	}
	if status, out := w.request("POST", "/"+testShop+"/checkout", map[string]any{"email": "a@b.cc"}); status != 400 || out["error"] == nil {
		t.Errorf("an empty cart: %d %v", status, out)
	}
}

func TestCheckoutFormTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	b := w.browser()
	b.post("/cart/add", url.Values{"id": {"1"}})
	if status, page := b.post("/checkout", url.Values{"email": {"nobody"}}); status != 422 || !strings.Contains(page, `role="alert"`) {
		t.Errorf("%d %s", status, page)
	}
}

func TestDiscountLinkStaysInTheShop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for target, want := range map[string]string{"/checkout": "/checkout", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "": "/"} {
		res := w.visit("GET", "/discount/X?redirect="+url.QueryEscape(target), "", nil)
		if got := res.header.Get("Location"); got != "/"+testShop+want {
			t.Errorf("%q leads to %q", target, got)
		}
	}
}

func TestCartAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	b := w.browser()
	send := func(path, body string) string {
		_, out := b.send(http.MethodPost, path, "application/json", body)
		return out
	}
	send("/cart/add.js", `{"items":[{"id":1,"quantity":2},{"id":3}]}`)
	if out := send("/cart/update.js", `{"updates":{"3":0},"attributes":{"a":"1","b":"2"},"discount":"X,Y"}`); !strings.Contains(out, `"item_count":2`) ||
		!strings.Contains(out, `"applicable":false,"code":"X"`) || !strings.Contains(out, `"code":"Y"`) {
		t.Errorf("%s", out)
	}
	if out := send("/cart/update.js", `{"attributes":{"a":""},"discount":""}`); strings.Contains(out, `"a":`) || !strings.Contains(out, `"b":"2"`) ||
		!strings.Contains(out, `"discount_codes":[]`) {
		t.Errorf("%s", out)
	}
}

// Pages are whole documents with a language, a title and labels, and what a visitor types is escaped.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	b := w.browser()
	b.post("/cart/add", url.Values{"id": {"1"}})
	for _, path := range []string{"/?ref=" + url.QueryEscape(`</script><b>`), "/checkout", "/account/login"} {
		status, page := b.get(path)
		if status != 200 || !strings.Contains(page, `<html lang="en">`) || !strings.Contains(page, "</html>") || !strings.Contains(page, "<title>demo-shop") {
			t.Errorf("%s: %d %.300s", path, status, page)
		}
		if strings.Contains(page, "<b>") {
			t.Errorf("%s: what was typed is markup", path)
		}
		if strings.Count(page, "<input id=") != strings.Count(page, "<label for=") {
			t.Errorf("%s: an input without a label", path)
		}
	}
}
