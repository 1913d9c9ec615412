package shopify

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// A query is accepted only with a right signature, and whatever is accepted names one shop, one time and no parameter of Shopify's
// among its own.
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
			params, err := url.ParseQuery(query)
			if err != nil || params.Get("signature") != hex.EncodeToString(mac(vectorSecret, proxyMessage(params))) {
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

// A snapshot that decodes is complete in what every rule needs: an id, times in UTC milliseconds, one currency. Decoding it twice
// gives the same.
func FuzzSnapshot(f *testing.F) {
	f.Add([]byte(fixture(f, "order_full.json")))
	f.Add([]byte(fixture(f, "order_sparse.json")))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := decodeOrder(data)
		if err != nil {
			return
		}
		if !isGID(string(o.ID), "Order") {
			t.Errorf("id %q", o.ID)
		}
		for _, at := range []time.Time{o.CreatedAt, o.ProcessedAt, o.UpdatedAt} {
			if at.IsZero() || at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond)) {
				t.Errorf("time %v", at)
			}
		}
		for _, a := range []string{o.Subtotal.Currency, o.CurrentSubtotal.Currency, o.Discounted.Currency, o.Refunded.Currency, o.Received.Currency} {
			if a != o.Currency {
				t.Errorf("currency %q in an order of %q", a, o.Currency)
			}
		}
		if o.Email != email(&o.Email) {
			t.Errorf("email %q", o.Email)
		}
		for _, c := range o.Codes {
			if c != strings.ToUpper(c) {
				t.Errorf("code %q", c)
			}
		}
		again, err := decodeOrder(data)
		if diff := cmp.Diff(o, again); err != nil || diff != "" {
			t.Errorf("%v (-first +second):\n%s", err, diff)
		}
	})
}

// A discount that decodes has a start in UTC milliseconds, a rate within the whole, and a buyer who is nobody or somebody. Decoding
// it twice gives the same.
func FuzzDiscount(f *testing.F) {
	f.Add([]byte(fixture(f, "discount_basic.json")))
	f.Add([]byte(fixture(f, "discount_shipping.json")))
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw rawDiscount
		if json.Unmarshal(data, &raw) != nil {
			return
		}
		d, err := raw.discount()
		if err != nil {
			return
		}
		if d.StartsAt.IsZero() || d.StartsAt.Location() != time.UTC || !d.EndsAt.Equal(d.EndsAt.Truncate(time.Millisecond)) {
			t.Errorf("from %v to %v", d.StartsAt, d.EndsAt)
		}
		if d.RateBP < 0 || d.RateBP > wholeBP || d.UsageLimit < 0 {
			t.Errorf("rate %d, limit %d", d.RateBP, d.UsageLimit)
		}
		if d.Customer != "" && d.Customer != OtherBuyers && !isGID(string(d.Customer), "Customer") {
			t.Errorf("customer %q", d.Customer)
		}
		again, err := raw.discount()
		if diff := cmp.Diff(d, again); err != nil || diff != "" {
			t.Errorf("%v (-first +second):\n%s", err, diff)
		}
	})
}

// Any answer is either data or an error with a class; nothing panics, no wait is negative or endless.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(throttledBody), "1")
	f.Add(200, []byte(`{"data":{"shop":null},"errors":"x","extensions":{"search":[{"warnings":[{}]}]}}`), "")
	f.Add(403, []byte("read_orders scope"), "")
	f.Add(429, []byte(``), "1e9")
	f.Fuzz(func(t *testing.T, status int, body []byte, retryAfter string) {
		a := &answer{Status: status, Body: body, Header: http.Header{"Retry-After": {retryAfter}}}
		for _, op := range []operation{opPing, opDiscountCreate} {
			r, err := judge(op, a)
			switch {
			case err == nil && len(r.data) == 0:
				t.Error("neither data nor error")
			case err != nil && (err.Class == "" || err.Wait < 0 || err.Wait > time.Minute || (err.Class == Transport && op.mutation && status >= 500)):
				t.Errorf("%+v", err)
			}
		}
		if tokens, err := readGrant(a, vectorTime); err == nil && (tokens.Access == "" || !tokens.AccessExpires.After(vectorTime)) {
			t.Error("half a pair")
		}
	})
}
