package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Where a sign-in leads: back to the page where accounts allow it, and never out of the shop.
func TestSignInComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, c := range []struct{ accounts, page, want string }{
		{AccountsLegacy, "/account/login?return_url=/cart", "/cart"},
		{AccountsLegacy, "/account/login?return_url=/" + testShop + "/products/tea-towel?ref=A", "/products/tea-towel?ref=A"},
		{AccountsLegacy, "/account/login", "/account"},
		{AccountsLegacy, "/account/login?return_url=https://evil.example/", "/account"},
		{AccountsLegacy, "/account/login?return_url=//evil.example/", "/account"},
		{AccountsLegacy, "/account/login?return_to=/cart", "/account"},
		{AccountsNew, "/account/login?return_url=/cart", "/account"}, // new accounts do not come back from here
		{AccountsNew, "/customer_authentication/login?return_to=/cart", "/cart"},
		{AccountsNew, "/customer_authentication/login?return_to=" + url.QueryEscape("/"+testShop+"/?a=b&c=d"), "/?a=b&c=d"},
		{AccountsNew, "/customer_authentication/login?return_to=//evil.example/", "/account"},
		{AccountsNew, `/customer_authentication/login?return_to=/\evil.example/`, "/account"},
	} {
		w.theme(map[string]any{"accounts": c.accounts})
		b := w.browser()
		_, page := b.get(c.page)
		_, rest, ok := strings.Cut(page, `name="return_to" value="`)
		kept, _, _ := strings.Cut(rest, `"`)
		if !ok {
			t.Errorf("%s: no form: %s", c.page, page)
			continue
		}
		kept = strings.ReplaceAll(kept, "&amp;", "&")
		if got := b.ends(http.MethodPost, "/account/login", url.Values{"email": {"ann@example.com"}, "return_to": {kept}}); got != c.want {
			t.Errorf("%s %s leads to %s, want %s", c.accounts, c.page, got, c.want)
		}
		if got := b.ends(http.MethodGet, c.page, nil); got != c.want {
			t.Errorf("%s %s leads who is signed in to %s, want %s", c.accounts, c.page, got, c.want)
		}
	}
	// The form itself may be forged.
	if got := w.browser().ends(http.MethodPost, "/account/login", url.Values{"email": {"ann@example.com"}, "return_to": {"//evil.example"}}); got != "/account" {
		t.Errorf("a forged form leads to %s", got)
	}
	w.theme(map[string]any{"accounts": AccountsLegacy})
	if status, _ := w.browser().get("/customer_authentication/login"); status != 404 {
		t.Errorf("legacy accounts have a page of the new ones: %d", status)
	}
}

// A customer is named in the header, sees their orders, and signs out.
func TestAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{Email: "nora.hale@example.com"})
	b := w.browser()
	if got := b.ends(http.MethodGet, "/account", nil); got != "/account/login" {
		t.Errorf("a guest is led to %s", got)
	}
	if status, page := b.post("/account/login", url.Values{"email": {"nobody"}}); status != 422 || !strings.Contains(page, `role="alert"`) {
		t.Errorf("no address: %d %s", status, page)
	}
	b.post("/account/login", url.Values{"email": {"Nora.Hale@example.com"}})
	if _, page := b.get("/account"); !strings.Contains(page, "Good to see you, Nora.") || !strings.Contains(page, o.Name) || !strings.Contains(page, "$60.00") {
		t.Errorf("account: %s", page)
	}
	if _, page := b.get("/"); !strings.Contains(page, ">Nora</a>") {
		t.Errorf("header: %s", page)
	}
	if got := b.ends(http.MethodGet, "/account/logout", nil); got != "/" {
		t.Errorf("signing out leads to %s", got)
	}
	if _, page := b.get("/"); strings.Contains(page, ">Nora</a>") {
		t.Error("still signed in")
	}
}

// Who is expected to sign in has their address in the field already, whatever it is made of.
func TestSignInExpectsSomebody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for hint, want := range map[string]string{
		"":                  `autocomplete="email" required>`,
		"alice@example.com": `autocomplete="email" value="alice@example.com" required>`,
		`"><script>`:        `autocomplete="email" value="&#34;&gt;&lt;script&gt;" required>`,
	} {
		_, page := w.browser().get("/customer_authentication/login?login_hint=" + url.QueryEscape(hint))
		if !strings.Contains(page, want) {
			t.Errorf("hint %q: not %s in %s", hint, want, page)
		}
	}
}
