package signature

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/tenant"
)

// The seed corpora are in testdata/fuzz.

// Only the one right text is a signature.
func FuzzWebhookSignature(f *testing.F) {
	f.Add([]byte(vectorBody), vectorWebhook)
	v := vectorVerifier(0)
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		right := base64.StdEncoding.EncodeToString(mac(vectorSecret, string(body)))
		if accepted := v.Webhook(body, signature) == nil; accepted != (signature == right && len(body) > 0) {
			t.Errorf("accepted %t", accepted)
		}
		if accepted := v.Webhook(body, right) == nil; accepted != (len(body) > 0) {
			t.Errorf("the right signature: accepted %t", accepted)
		}
	})
}

// A query is accepted only with a right signature, and whatever is accepted names one shop, one time and no parameter
// of Shopify's among its own.
func FuzzProxyQuery(f *testing.F) {
	f.Add(vectorProxy + "&signature=" + vectorProxyMAC)
	f.Add(vectorProxy)
	v := vectorVerifier(0)
	f.Fuzz(func(t *testing.T, raw string) {
		for _, query := range []string{raw, signProxy(raw)} {
			q, err := v.Proxy(query)
			if err != nil {
				continue
			}
			params, ok := v.proxyParams(query)
			signed := slices.ContainsFunc(proxyMessages(params), func(message string) bool {
				return params.Get("signature") == hex.EncodeToString(mac(vectorSecret, message))
			})
			if !ok || !signed {
				t.Fatalf("%q is not signed", query)
			}
			checkShop(t, q.Shop)
			checkTime(t, q.At)
			for _, name := range proxyOwn {
				if q.Params.Has(name) || len(params[name]) > 1 {
					t.Errorf("%q: %s", query, name)
				}
			}
		}
	})
}

func checkShop(t *testing.T, shop tenant.ShopID) {
	t.Helper()
	if again, err := tenant.ParseShop(string(shop)); err != nil || again != shop {
		t.Errorf("%q is no shop", shop)
	}
}

func checkTime(t *testing.T, at time.Time) {
	t.Helper()
	if vectorTime.Sub(at).Abs() > queryWindow || at.Location() != time.UTC {
		t.Errorf("time %v", at)
	}
}

// A query is accepted only with a right HMAC.
func FuzzOAuthQuery(f *testing.F) {
	f.Add(vectorOAuth + "&hmac=" + vectorOAuthMAC)
	f.Add(vectorOAuth)
	v := vectorVerifier(0)
	f.Fuzz(func(t *testing.T, raw string) {
		params, _ := url.ParseQuery(raw)
		for _, query := range []string{raw, raw + "&hmac=" + hex.EncodeToString(mac(vectorSecret, oauthMessage(params)))} {
			q, err := v.Query(query)
			if err != nil {
				continue
			}
			params, err := url.ParseQuery(query)
			if err != nil || params.Get("hmac") != hex.EncodeToString(mac(vectorSecret, oauthMessage(params))) {
				t.Fatalf("%q is not signed", query)
			}
			checkShop(t, q.Shop)
			checkTime(t, q.At)
		}
	})
}

// A token is accepted only if its first two parts are signed with HS256, both as they stand and signed by us.
func FuzzIDToken(f *testing.F) {
	f.Add(vectorToken)
	v := vectorVerifier(0)
	f.Fuzz(func(t *testing.T, token string) {
		head, _, _ := strings.Cut(token, ".")
		unsigned := token[:max(strings.LastIndex(token, "."), 0)]
		for _, text := range []string{token, unsigned + "." + base64.RawURLEncoding.EncodeToString(mac(vectorSecret, unsigned))} {
			got, err := v.IDToken(text)
			if err != nil {
				continue
			}
			parts := strings.Split(text, ".")
			right := base64.RawURLEncoding.EncodeToString(mac(vectorSecret, parts[0]+"."+parts[1]))
			if header, err := base64.RawURLEncoding.DecodeString(head); err != nil || !strings.Contains(string(header), "HS256") || parts[2] != right {
				t.Fatalf("%q is not signed", text)
			}
			checkShop(t, got.Shop)
			if !got.ExpiresAt.After(vectorTime.Add(-tokenLeeway)) {
				t.Errorf("expired at %v", got.ExpiresAt)
			}
		}
	})
}

// Whatever comes out is one of the two forms, with nothing before or after it.
func FuzzHost(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString([]byte("admin.shopify.com/store/demo-shop")))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte("demo-shop.myshopify.com/admin")))
	v := vectorVerifier(0)
	f.Fuzz(func(t *testing.T, host string) {
		got, err := v.Host(host)
		if err != nil {
			if got != "" {
				t.Errorf("%q with an error", got)
			}
			return
		}
		u, err := url.Parse("https://" + got + "/apps/x")
		if err != nil || (u.Host != "admin.shopify.com" && !strings.HasSuffix(u.Host, ".myshopify.com")) || u.RawQuery != "" || u.User != nil {
			t.Errorf("%q leads to %v, %v", got, u, err)
		}
	})
}
