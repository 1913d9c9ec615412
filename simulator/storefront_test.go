package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// browser is one visitor's, with cookies; it follows redirects.
type browser struct {
	*http.Client
	w *world
}

func (w *world) browser() browser {
	w.t.Helper()
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
	res := b.ask(method, path, kind, body)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	b.w.must(err)
	return res.StatusCode, string(raw)
}

// ask returns the last answer, whose Request is the page that the redirects led to.
func (b browser) ask(method, path, kind, body string) *http.Response {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.URL()+"/"+testShop+path, strings.NewReader(body))
	b.w.must(err)
	req.Header.Set("Content-Type", kind)
	res, err := b.Do(req)
	b.w.must(err)
	return res
}

// ends is the path, below the shop, and query of the page that a request leads to.
func (b browser) ends(method, path string, form url.Values) string {
	b.w.t.Helper()
	res := b.ask(method, path, "application/x-www-form-urlencoded", form.Encode())
	_ = res.Body.Close()
	return strings.TrimPrefix(res.Request.URL.RequestURI(), "/"+testShop)
}

// json sends JSON, and decodes the answer.
func (b browser) json(method, path, body string) (int, map[string]any) {
	b.w.t.Helper()
	status, text := b.send(method, path, "application/json", body)
	var out map[string]any
	b.w.must(json.Unmarshal([]byte(text), &out))
	return status, out
}

// theme changes the shop's theme by the control API.
func (w *world) theme(in map[string]any) map[string]any {
	w.t.Helper()
	status, out := w.request("POST", "/_sim/shops/"+testShop+"/theme", in)
	if status != http.StatusOK {
		w.t.Fatalf("theme %v: %d %v", in, status, out)
	}
	return out
}

// A visitor comes by a link, takes a code, and buys; the order knows all of it.
func TestStorefrontToOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.discount(w.token(), "FRIEND", nil)
	b := w.browser()
	if status, page := b.get("/products/nest-bowls?ref=ANNA"); status != 200 || !strings.Contains(page, "$52") {
		t.Errorf("product: %d %s", status, page)
	}
	if status, page := b.post("/cart/add", url.Values{"id": {"2"}}); status != 200 || !strings.Contains(page, "Nest bowls, two") {
		t.Errorf("cart: %d %s", status, page)
	}
	if status, page := b.get("/discount/FRIEND?redirect=/checkout"); status != 200 || !strings.Contains(page, "−$20.00") {
		t.Errorf("discount: %d %s", status, page)
	}
	if status, body := b.post("/cart/update.js", url.Values{"attributes[_twofold]": {"clm_1"}}); status != 200 || !strings.Contains(body, `"total_price":3200`) {
		t.Errorf("update: %d %s", status, body)
	}
	status, page := b.post("/checkout", url.Values{"email": {"bob@example.com"}, "discount_codes": {"NOPE"}})
	for _, want := range []string{"Thank you", "Nest bowls, two", "−$20.00", "$39.00", "NOPE is not a code of this shop."} {
		if status != 200 || !strings.Contains(page, want) {
			t.Errorf("thank-you page: %d, no %q in %s", status, want, page)
		}
	}
	orders, err := w.Orders(testShop)
	w.must(err)
	if len(orders) != 1 || orders[0].Subtotal != "32.00" || orders[0].Total != "39.00" || orders[0].DiscountCodes[0] != "FRIEND" {
		t.Fatalf("%+v", orders)
	}
	sh, _ := w.findShop(testShop)
	o := sh.orderByID[orders[0].ID]
	if o.landingPage != "/products/nest-bowls?ref=ANNA" || o.attributes[0] != (attribute{"_twofold", "clm_1"}) {
		t.Errorf("%q %v", o.landingPage, o.attributes)
	}
	if o.clientIP != "127.0.0.1" || o.referrer != "" { // the page before was the shop's own
		t.Errorf("placed from %q, led by %q", o.clientIP, o.referrer)
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

// A code that the address's customer may not use any more is named before anything is paid; at
// the second try it is out.
func TestCheckoutKnowsTheCustomerByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.discount(w.token(), "ONCE", map[string]any{"appliesOncePerCustomer": true})
	w.order(OrderInput{Email: "bob@example.com", DiscountCodes: []string{"ONCE"}})
	b := w.browser()
	b.post("/cart/add", url.Values{"id": {"3"}})
	b.get("/discount/ONCE")
	status, page := b.post("/checkout", url.Values{"email": {"Bob@example.com"}})
	if status != 422 || !strings.Contains(page, "You have used a code of this offer already.") || !strings.Contains(page, `value="Bob@example.com"`) {
		t.Errorf("%d %s", status, page)
	}
	if orders, _ := w.Orders(testShop); len(orders) != 1 {
		t.Fatalf("it was paid: %v", orders)
	}
	b.post("/checkout", url.Values{"email": {"Bob@example.com"}})
	if orders, _ := w.Orders(testShop); len(orders) != 2 || orders[1].Total != "155.00" || len(orders[1].DiscountCodes) != 0 {
		t.Errorf("%+v", orders)
	}
}

// Codes come and go in the checkout, and each that does not apply is told why.
func TestCheckoutCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.discount(w.token(), "BIG", map[string]any{"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "40.00"}}})
	b := w.browser()
	b.post("/cart/add", url.Values{"id": {"5"}})
	if _, page := b.post("/checkout/codes", url.Values{"code": {"big"}}); !strings.Contains(page, "does not reach the minimum of $40.00") {
		t.Errorf("below the minimum: %s", page)
	}
	b.post("/cart/add", url.Values{"id": {"6"}})
	if _, page := b.get("/checkout"); !strings.Contains(page, "−$20.00") || !strings.Contains(page, "$39.00") {
		t.Errorf("above it: %s", page)
	}
	if _, page := b.post("/checkout/codes", url.Values{"remove": {"BIG"}}); strings.Contains(page, "−$20.00") {
		t.Errorf("taken out: %s", page)
	}
}

// "Buy it now" skips the cart: its codes and attributes stay behind, the code of a discount link comes along.
func TestBuyNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.discount(w.token(), "LINK", nil)
	b := w.browser()
	b.get("/?ref=ANNA")
	b.post("/cart/add", url.Values{"id": {"1"}})
	b.get("/discount/LINK")
	b.post("/cart/update.js", url.Values{"attributes[_twofold]": {"clm_1"}, "discount": {"OTHER"}})

	to := b.ends(http.MethodPost, "/cart/buy", url.Values{"id": {"103"}, "quantity": {"1"}})
	if to != "/cart/buy" { // there is no variant 103
		t.Errorf("no such variant: %s", to)
	}
	to = b.ends(http.MethodPost, "/cart/buy", url.Values{"id": {"106"}, "quantity": {"2"}})
	buy, ok := strings.CutPrefix(to, "/checkout?buy=")
	_, page := b.get(to)
	if !ok || !strings.Contains(page, "Straight mug") || strings.Contains(page, "Ridge vase") || !strings.Contains(page, "Flax") ||
		!strings.Contains(page, "LINK") || strings.Contains(page, "OTHER") {
		t.Fatalf("%s: %s", to, page)
	}
	if status, page := b.post("/checkout", url.Values{"email": {"bob@example.com"}, "buy": {buy}}); status != 200 || !strings.Contains(page, "$35.00") {
		t.Errorf("%d %s", status, page)
	}
	orders, err := w.Orders(testShop)
	w.must(err)
	sh, _ := w.findShop(testShop)
	if o := sh.orderByID[orders[0].ID]; len(o.attributes) != 0 || o.landingPage != "/?ref=ANNA" || o.codes()[0] != "LINK" {
		t.Errorf("%v %q %v", o.attributes, o.landingPage, o.codes())
	}
	if _, cart := b.json("GET", "/cart.js", ""); dig(cart, "item_count") != 1.0 || dig(cart, "discount_codes", 0, "code") != "OTHER" {
		t.Errorf("the cart has changed: %v", cart)
	}
	if status, _ := b.get("/checkout?buy=" + buy); status != 404 {
		t.Errorf("paid, and still to be paid: %d", status)
	}
}

// Redirects that a visitor names stay in the shop, with and without the shop's path before them.
func TestRedirectsStayInTheShop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for target, want := range map[string]string{
		"/checkout": "/checkout", "/" + testShop + "/cart?a=b": "/cart?a=b", "/" + testShop: "", "": "/",
		"//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/", "/\t/evil.example": "/", "evil.example": "/", "javascript:x": "/",
		"/" + testShop + ".evil.example/x": "/" + testShop + ".evil.example/x",
	} {
		res := w.visit("GET", "/discount/X?redirect="+url.QueryEscape(target), "", nil)
		if got := res.header.Get("Location"); got != "/"+testShop+want {
			t.Errorf("%q leads to %q, want %q", target, got, "/"+testShop+want)
		}
	}
}

// The pages of the theme and of the checkout are whole documents in the shop's language, and what
// is typed or stored is text.
func TestPages(t *testing.T) {
	t.Parallel()
	const evil = `</script><q>`
	w := newWorld(t, func(in *ShopInput) { in.Name = "demo-shop" + evil })
	for _, language := range languages {
		for _, look := range themes {
			w.theme(map[string]any{"locale": language, "theme": look, "accounts": AccountsLegacy})
			b := w.browser()
			b.post("/cart/add", url.Values{"id": {"101"}})
			b.post("/checkout/codes", url.Values{"code": {evil}})
			pages := []string{
				"/?ref=" + url.QueryEscape(evil), "/collections/all", "/collections/wool", "/products/ridge-vase?variant=" + url.QueryEscape(evil),
				"/products/tea-towel", "/cart", "/checkout", "/account/login?return_url=/" + url.QueryEscape(evil), "/pages/workshop", "/nothing" + url.PathEscape(evil),
			}
			for _, path := range pages {
				_, page := b.get(path)
				checkPage(t, language+" "+look+" "+path, page, language, look)
			}
			_, page := b.post("/checkout", url.Values{"email": {`b"` + language + look + `@example.com`}})
			checkPage(t, language+" thank-you", page, language, look)
			_, page = b.post("/account/login", url.Values{"email": {`b"` + language + look + `@example.com`}, "return_to": {"/account"}})
			checkPage(t, language+" account", page, language, look)
		}
	}
}

// checkPage is as much of the rules of HTML as can be seen without a browser.
func checkPage(t *testing.T, name, page, language, look string) {
	t.Helper()
	for _, want := range []string{
		`<html lang="` + language + `" dir="` + direction(language) + `" data-theme="` + look + `"`, "css/" + look + ".css", "<title>", "demo-shop&lt;/script&gt;&lt;q&gt;</title>", "</html>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s: no %s", name, want)
		}
	}
	for _, bad := range []string{"<q>", "%!", "Liquid error"} {
		if strings.Contains(page, bad) {
			t.Errorf("%s: has %s", name, bad)
		}
	}
	if n := strings.Count(page, "<h1"); n != 1 {
		t.Errorf("%s: %d headings of the first level", name, n)
	}
	for _, problem := range markupProblems(page) {
		t.Errorf("%s: %s", name, problem)
	}
}
