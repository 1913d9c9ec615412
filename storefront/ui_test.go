package storefront_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/app/signtest"
	"twofold/signature"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
)

const app = "test-client-id"

// blocks signs as Shopify does for the app's UI extensions.
var blocks = signtest.Signer{ClientID: app, Secret: signer.Secret, Now: signer.Now}

func openUI(t *testing.T, change ...func(*storefront.Config)) *shop {
	t.Helper()
	known := func(c *storefront.Config) {
		c.Verifier = &signature.Verifier{ClientID: app, Secrets: []tenant.Secret{tenant.Secret(signer.Secret)}, Now: signer.Now}
	}
	return open(t, append([]func(*storefront.Config){known}, change...)...)
}

// ask is a request of an extension, as a browser sends it from Shopify's own origin.
func (s *shop) ask(t *testing.T, method, path, token, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, "http://app.test/ui/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Origin", "https://extensions.shopifycdn.com")
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.send(t, r)
}

// A block's answers: the link with what to send, and what the token's customer sees of themselves.
func TestExtensionsAreAnswered(t *testing.T) {
	t.Parallel()
	s := openUI(t)
	s.referrals(t)
	for _, one := range []struct{ name, method, path, customer, body string }{
		{"ui_join", "POST", "join", bob, `{"order":"","confirmation":""}`},
		{"ui_me", "GET", "me", alice, ""},
	} {
		a := s.ask(t, one.method, one.path, blocks.ExtensionToken(string(demo), one.customer), one.body)
		if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: status %d, %v: %s", one.name, a.status, a.header, a.body)
		}
		golden(t, one.name, a.body)
	}
}

// A guest whose order is not named, or not known, is asked to come again: it says nothing of any order.
func TestAGuestWaitsForTheOrder(t *testing.T) {
	t.Parallel()
	s := openUI(t)
	token := blocks.ExtensionToken(string(demo), "")
	for _, body := range []string{`{}`, `{"order":"gid://shopify/Order/1"}`, `{"order":"gid://shopify/Customer/9","confirmation":"A"}`} {
		a := s.ask(t, "POST", "join", token, body)
		if a.status != http.StatusAccepted || a.body != `{"waiting":true}` || a.header.Get("Retry-After") != "2" ||
			a.header.Get("Access-Control-Expose-Headers") != "Retry-After" {
			t.Errorf("%s: status %d, %v: %s", body, a.status, a.header, a.body)
		}
	}
}

// Who is not signed by Shopify for this app is refused in one way, in their language, and readable by the block.
func TestExtensionsAreRefusedAlike(t *testing.T) {
	t.Parallel()
	s := openUI(t)
	other := signtest.Signer{ClientID: "other", Secret: signer.Secret, Now: signer.Now}
	late := signtest.Signer{ClientID: app, Secret: signer.Secret, Now: func() time.Time { return storetest.Noon.Add(-6 * time.Minute) }}
	tokens := map[string]string{
		"none":               "",
		"another app's":      other.ExtensionToken(string(demo), alice),
		"another's secret":   signtest.Signer{ClientID: app, Secret: "x", Now: signer.Now}.ExtensionToken(string(demo), alice),
		"a replay of before": late.ExtensionToken(string(demo), alice),
		"the admin's":        blocks.IDToken(string(demo), nil),
	}
	bodies := map[string]bool{}
	for name, token := range tokens {
		for _, where := range []struct{ method, path string }{{"POST", "join"}, {"GET", "me"}, {"POST", "event"}} {
			a := s.ask(t, where.method, where.path, token, `{}`, "Accept-Language", "de")
			if a.status != http.StatusUnauthorized || a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s at %s: status %d, %v", name, where.path, a.status, a.header)
			}
			bodies[a.body] = true
		}
	}
	if len(bodies) != 1 {
		t.Errorf("refused in %d ways: %v", len(bodies), bodies)
	}
}

// Nobody sees another's: a guest's token shows no customer, a customer who never joined nothing, and a token of another
// shop does not reach this one.
func TestAnExtensionShowsItsCustomerOnly(t *testing.T) {
	t.Parallel()
	s := openUI(t)
	s.referrals(t)
	for name, row := range map[string]struct {
		shop, customer string
		status         int
	}{
		"a guest":         {string(demo), "", 401},
		"who never joins": {string(demo), bob, 404},
		"another shop":    {"other.myshopify.com", alice, 404},
	} {
		a := s.ask(t, "GET", "me", blocks.ExtensionToken(row.shop, row.customer), "", "logged_in_customer_id", alice)
		if a.status != row.status || strings.Contains(a.body, "ALICE") {
			t.Errorf("%s: status %d: %s", name, a.status, a.body)
		}
	}
}

// A browser asks first whether it may send the token; nothing else is told then.
func TestExtensionsMayAskFromAnyOrigin(t *testing.T) {
	t.Parallel()
	s := openUI(t)
	a := s.ask(t, "OPTIONS", "join", "", "", "Access-Control-Request-Method", "POST")
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), fiber.HeaderAuthorization) ||
		a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("status %d, %v", a.status, a.header)
	}
}

// One order may be named so often that a page may wait for it, and no oftener, from whatever network.
func TestConfirmationNumbersAreNotGuessed(t *testing.T) {
	t.Parallel()
	s := openUI(t, func(c *storefront.Config) { c.Hops = 1 })
	token := blocks.ExtensionToken(string(demo), "")
	refused := 0
	for i := range 40 {
		a := s.ask(t, "POST", "join", token, `{"order":"gid://shopify/Customer/1","confirmation":"`+strings.Repeat("A", i)+`"}`,
			"X-Forwarded-For", networks[i%len(networks)])
		if a.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("of 40 guesses %d were refused", refused)
	}
	if a := s.ask(t, "POST", "join", token, `{"order":"gid://shopify/Customer/2","confirmation":"A"}`); a.status != http.StatusAccepted {
		t.Errorf("another order: status %d: %s", a.status, a.body)
	}
}

// What a block tells of is counted like what a widget does.
func TestAnExtensionsEventsCount(t *testing.T) {
	t.Parallel()
	s := openUI(t)
	token := blocks.ExtensionToken(string(demo), "")
	a := s.ask(t, "POST", "event", token, `{"events":[{"kind":"seen","campaign":"cmp_1","version":1}]}`, "User-Agent", telephone)
	if a.status != http.StatusAccepted {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if a := s.ask(t, "POST", "event", token, `{"events":[{"kind":"bought"}]}`); a.status != http.StatusBadRequest {
		t.Errorf("what is no event: status %d", a.status)
	}
}

var networks = []string{"203.0.113.7", "198.51.100.7", "192.0.2.7"}
