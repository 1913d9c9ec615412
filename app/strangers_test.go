package app_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"

	"twofold/app/signtest"
)

// strangers are tokens that are not this app's, not of now, or nobody's. What else a foreign page can send comes along.
func (w *world) strangers(good string) map[string]func(*http.Request) {
	set := func(name string, value any) string {
		return w.signer.IDToken(string(demo), func(c map[string]any) { c[name] = value })
	}
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
	other := signtest.Signer{ClientID: clientID, Secret: "another-secret", Now: w.signer.Now}
	return map[string]func(*http.Request){
		"none":               func(*http.Request) {},
		"expired":            bearer(set("exp", noon().Unix()-60)),
		"not yet":            bearer(set("nbf", noon().Unix()+60)),
		"for another app":    bearer(set("aud", "another-app")),
		"of another issuer":  bearer(set("iss", "https://evil.example/admin")),
		"by another secret":  bearer(other.IDToken(string(demo), nil)),
		"of alg none":        bearer(none),
		"of an extension":    bearer(w.signer.ExtensionToken(string(demo), "7")),
		"in a cookie":        header("Cookie", "id_token="+good),
		"in the query alone": func(r *http.Request) { r.URL.RawQuery = "id_token=" + good + "&shop=" + string(demo) },
	}
}

// No page and no act of the admin is to be had without a token of now in the header: a form or a link on a foreign page
// has none, whatever else it brings.
func TestNoRouteIsOpenWithoutAToken(t *testing.T) {
	t.Parallel()
	w := open(t, noon)
	w.installed(t, true)
	good := w.signer.IDToken(string(demo), nil)
	from := []func(*http.Request){header("Origin", "https://evil.example"), header("Content-Type", "application/x-www-form-urlencoded")}

	tried := 0
	for _, route := range w.GetRoutes(true) {
		if !strings.HasPrefix(route.Path, "/app") || strings.Contains(route.Path, "*") || route.Method == fiber.MethodHead {
			continue
		}
		path := strings.NewReplacer(":id", "cmp_1", ":order", "1", ":act", "void").Replace(route.Path)
		for says, token := range w.strangers(good) {
			sent, isDocument := route.Method, route.Method == fiber.MethodGet
			if isDocument && (says == "none" || strings.HasPrefix(says, "in ")) { // documents, which bounce
				continue
			}
			tried++
			a := w.do(t, sent, path, append(from, token)...)
			if a.status != http.StatusUnauthorized || a.header.Get("X-Shopify-Retry-Invalid-Session-Request") != "1" {
				t.Errorf("%s %s with a token %s: status %d: %.200s", sent, path, says, a.status, a.body)
			}
		}
	}
	if tried < 300 {
		t.Errorf("only %d were tried", tried)
	}
	if a := w.do(t, "POST", "/app/vitals", append(from, bearer(good))...); a.status == http.StatusUnauthorized {
		t.Errorf("a good token: %s", a.body)
	}
}
