// Package signtest makes requests as Shopify signs them, for tests, with options to break each part. It shares no
// code with package signature, so that a mistake there is not made twice. Begin with Signer.
package signtest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signer has the app's credentials and the time at which it signs.
type Signer struct {
	ClientID string
	Secret   string
	Now      func() time.Time
}

func (s Signer) mac(text string) []byte {
	h := hmac.New(sha256.New, []byte(s.Secret))
	_, _ = io.WriteString(h, text) // a hash never fails
	return h.Sum(nil)
}

// Break changes a request after it was signed.
type Break func(*http.Request)

// Without takes a header away, given by its name without the family: "Topic".
func Without(header string) Break {
	return func(r *http.Request) { r.Header.Del("X-Shopify-" + header) }
}

// With sets a header, given by its name without the family.
func With(header, value string) Break {
	return func(r *http.Request) { r.Header.Set("X-Shopify-"+header, value) }
}

// Body replaces the body.
func Body(body string) Break {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

// Events renames the headers to those of Shopify's events (shopify-topic). It must come last.
func Events() Break {
	return func(r *http.Request) {
		for name, values := range maps.Clone(r.Header) {
			if rest, ok := strings.CutPrefix(name, "X-Shopify-"); ok {
				r.Header.Del(name)
				r.Header["Shopify-"+rest] = values
			}
		}
	}
}

// Delivery is a webhook request for /webhooks. Source: shopify.dev, webhooks, delivery structure.
func (s Signer) Delivery(topic, shop, id, body string, breaks ...Break) *http.Request {
	sent := bytes.NewReader([]byte(body))
	r, err := http.NewRequest(http.MethodPost, "http://app.test/webhooks", sent) //nolint:noctx // for fiber's Test
	if err != nil {
		panic(err) // the address is a constant
	}

	r.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{
		"Topic": topic, "Shop-Domain": shop, "Webhook-Id": id, "Event-Id": "event-" + id, "Api-Version": "2026-10",
		"Triggered-At": s.Now().UTC().Format(time.RFC3339Nano),
		"Hmac-Sha256":  base64.StdEncoding.EncodeToString(s.mac(body)),
	} {
		r.Header.Set("X-Shopify-"+name, value)
	}

	for _, b := range breaks {
		b(r)
	}
	return r
}

// ProxyQuery is the query that Shopify's app proxy sends for a shopper; customer is the number of who is signed in,
// "" for a guest. Source: shopify.dev, authenticate app proxies.
func (s Signer) ProxyQuery(shop, customer string, params url.Values) string {
	q := url.Values{
		"shop": {shop}, "logged_in_customer_id": {customer}, "path_prefix": {"/apps/friends"},
		"timestamp": {strconv.FormatInt(s.Now().Unix(), 10)},
	}

	maps.Copy(q, params)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(q)) {
		text.WriteString(name + "=" + strings.Join(q[name], ","))
	}
	q.Set("signature", hex.EncodeToString(s.mac(text.String())))
	return q.Encode()
}

// AdminQuery is a query that Shopify's admin signs: an install request, the callback, a document. It adds shop, host
// and timestamp. Source: shopify.dev, authorization code grant.
func (s Signer) AdminQuery(shop string, params url.Values) string {
	admin := "admin.shopify.com/store/" + strings.TrimSuffix(shop, ".myshopify.com")
	host := base64.RawStdEncoding.EncodeToString([]byte(admin))
	q := url.Values{"shop": {shop}, "host": {host}, "timestamp": {strconv.FormatInt(s.Now().Unix(), 10)}}
	maps.Copy(q, params)
	q.Set("hmac", hex.EncodeToString(s.mac(strings.ReplaceAll(q.Encode(), "+", "%20"))))
	return q.Encode()
}

// ExtensionToken is the session token of a UI extension on the shop's pages; customer is the number of who is signed in,
// "" for a guest. Source: shopify.dev, session token API of checkout extensions.
func (s Signer) ExtensionToken(shop, customer string) string {
	return s.IDToken(shop, func(claims map[string]any) {
		delete(claims, "iss")
		delete(claims, "sub")
		claims["dest"], claims["exp"] = shop, s.Now().Unix()+300
		if customer != "" {
			claims["sub"] = "gid://shopify/Customer/" + customer
		}
	})
}

// IDToken is an ID token of the shop. change may break its claims before they are signed; nil changes nothing.
// Source: shopify.dev, ID tokens.
func (s Signer) IDToken(shop string, change func(map[string]any)) string {
	now := s.Now().Unix()
	claims := map[string]any{
		"iss": "https://" + shop + "/admin", "dest": "https://" + shop, "aud": s.ClientID, "sub": "42",
		"exp": now + 60, "nbf": now, "iat": now, "jti": "j-1", "sid": "s-1",
	}

	if change != nil {
		change(claims)
	}

	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // the test's own mistake
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(s.mac(text))
}
