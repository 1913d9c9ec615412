package simulator

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// testUI are two small UI extensions.
func testUI() fstest.MapFS {
	manifest := func(handle string, targets ...string) *fstest.MapFile {
		text := "[[extensions]]\nhandle = \"" + handle + "\"\n"
		for _, target := range targets {
			text += "[[extensions.targeting]]\ntarget = \"" + target + "\"\n"
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	return fstest.MapFS{
		"link/shopify.extension.toml":  manifest("link", placeThanks, placeOrder, placeProfile),
		"link/locales/en.default.json": {Data: []byte(`{"a":{"b":"Hello"}}`)},
		"link/locales/ar.json":         {Data: []byte(`{"a":{"b":"مرحبا"}}`)},
		"page/shopify.extension.toml":  manifest("friends", placePage),
		"page/locales/en.default.json": {Data: []byte(`{}`)},
		"built/link.js":                {Data: []byte(`fetch("https://app.example.com/ui/join")`)},
		"built/page.js":                {Data: []byte(`0`)},
	}
}

// orderToken places an order, and returns what its pages' addresses have.
func (w *world) orderToken(in OrderInput) string {
	w.t.Helper()
	o := w.order(in)
	sh, _ := w.findShop(testShop)
	return sh.orderByID[o.ID].token
}

// Each hosted page has the place of its target, and says of the order what the extension is given there.
func TestUIPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.orderToken(OrderInput{Email: "nora.hale@example.com"})
	guest, nora := w.browser(), w.browser()
	nora.ends(http.MethodPost, "/account/login", map[string][]string{"email": {"nora.hale@example.com"}})

	for _, c := range []struct {
		b          browser
		page, want string
	}{
		{guest, "/checkout/thank-you/" + token, placeThanks},
		{guest, "/account/orders/" + token, placeOrder},
		{nora, "/account", placeProfile},
		{nora, "/account/pages/friends", placePage},
	} {
		_, page := c.b.get(c.page)
		if !strings.Contains(page, `"target":"`+c.want+`"`) || !strings.Contains(page, "data-ui") {
			t.Errorf("%s has no place for %s:\n%s", c.page, c.want, page)
		}
		if named := strings.Contains(page, `"customer":"gid://shopify/Customer/`); named != (c.want == placeProfile || c.want == placePage) {
			t.Errorf("%s names a customer: %t", c.page, named)
		}
		if strings.Contains(c.page, token) && !strings.Contains(page, `"confirmation":"`+strings.ToUpper(token[:9])+`"`) {
			t.Errorf("%s has no confirmation number:\n%s", c.page, page)
		}
	}

	if _, page := guest.get("/checkout/thank-you/" + token + "?_locale=ar"); !strings.Contains(page, "مرحبا") {
		t.Error("a page in Arabic has other words")
	}
	if status, _ := nora.get("/account/pages/other"); status != http.StatusNotFound {
		t.Errorf("a page that no extension has: %d", status)
	}
	if got := guest.ends(http.MethodGet, "/account/pages/friends", nil); got != "/account/login" {
		t.Errorf("a guest is led to %s", got)
	}
}

// Where the app is not installed, nothing of it is shown, and no token is made.
func TestUIWithoutTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.orderToken(OrderInput{Email: "nora.hale@example.com"})
	w.must(w.Uninstall(testShop))
	b := w.browser()
	if _, page := b.get("/checkout/thank-you/" + token); strings.Contains(page, "data-ui") {
		t.Error("the page still has a place")
	}
	if status, _ := b.get("/checkout/session-token"); status != http.StatusBadRequest {
		t.Errorf("a token is made: %d", status)
	}
}

// A bundle asks the app where it is now, not where it was built for.
func TestUIBundleKnowsTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, script := w.browser().get("/cdn/ui/link.js")
	if !strings.Contains(script, `fetch("`+w.app.URL+`/ui/join")`) {
		t.Errorf("the bundle is %s", script)
	}
	for _, name := range []string{"components.js", "host.js"} {
		if status, _ := w.browser().get("/cdn/ui/" + name); status != http.StatusOK {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := w.browser().get("/cdn/ui/other.js"); status != http.StatusNotFound {
		t.Errorf("a bundle that is not there: %d", status)
	}
}

// A session token has no issuer, lives five minutes, and names who is signed in.
func TestUIToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, customer := range []string{"", "gid://shopify/Customer/7"} {
		claims, err := readIDToken(testSecret, testID, w.uiToken(testShop, customer), w.Now())
		if err != nil {
			t.Fatal(err)
		}
		if claims.Iss != "" || claims.Dest != testShop || claims.Sub != customer || claims.Exp-claims.Iat != int64(5*time.Minute/time.Second) {
			t.Errorf("the claims are %+v", claims)
		}
	}
}

// What cannot be shown is refused at the start.
func TestUIExtensionsAreRead(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(fstest.MapFS){
		"no bundle":   func(f fstest.MapFS) { delete(f, "built/link.js") },
		"no TOML":     func(f fstest.MapFS) { f["link/shopify.extension.toml"] = &fstest.MapFile{Data: []byte("name =")} },
		"no manifest": func(f fstest.MapFS) { f["link/shopify.extension.toml"] = &fstest.MapFile{Data: []byte("name = 'x'")} },
	} {
		files := testUI()
		change(files)
		if _, err := loadUI(files); err == nil {
			t.Errorf("%s is taken", says)
		}
	}
}
