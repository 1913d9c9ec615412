package signature

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// maxQueryBytes bounds a signed query. Shopify sends a few hundred bytes; a longer one is refused unread.
const maxQueryBytes = 16 << 10

// proxyOwn are the parameters that Shopify's app proxy adds. One that comes twice is refused, whoever signed: two
// readers of such a query could read two shops. Source: Shopify's Node library v15 (shop, timestamp, signature, hmac);
// the rest is ours.
var proxyOwn = []string{"shop", "logged_in_customer_id", "path_prefix", "timestamp", "signature", "hmac"}

// ProxyQuery is the verified query of an app-proxy request.
type ProxyQuery struct {
	Shop       tenant.ShopID
	Customer   string     // GID of the customer who is signed in at the shop; "" for a guest
	PathPrefix string     // the storefront path of the proxy, such as /apps/friends
	At         time.Time  // the signed timestamp: business time of what the query asks for
	Params     url.Values // everything else in the query
}

// Proxy verifies and reads the raw query of an app-proxy request: one parser does both. Anything wrong is Unauthorized,
// with one message for all. Source: shopify.dev, authenticate app proxies, 2026-10: decode, take signature out, join
// repeated values by commas, sort, concatenate without separator, HMAC-SHA256 in hex.
func (v *Verifier) Proxy(rawQuery string) (ProxyQuery, error) {
	refused := fault.ForLog(fault.Unauthorized, "wrong proxy signature")
	params, err := parseQuery(rawQuery, proxyOwn)
	if err != nil || !v.hexSigned(proxyMessage(params), params.Get("signature")) {
		return ProxyQuery{}, refused
	}

	at, near := v.at(params.Get("timestamp"))
	shop, err := tenant.ParseShop(params.Get("shop"))
	if err != nil || string(shop) != params.Get("shop") || !near || params.Has("hmac") {
		return ProxyQuery{}, refused
	}
	customer, ok := customerOf(params.Get("logged_in_customer_id"))
	if !ok {
		return ProxyQuery{}, refused
	}

	q := ProxyQuery{Shop: shop, Customer: customer, PathPrefix: params.Get("path_prefix"), At: at, Params: params}
	for _, name := range proxyOwn {
		delete(q.Params, name)
	}
	return q, nil
}

// parseQuery reads a query strictly: bad escapes, semicolons and any of once given twice are errors.
func parseQuery(rawQuery string, once []string) (url.Values, error) {
	bad := fault.ForLog(fault.Invalid, "malformed query")
	if len(rawQuery) > maxQueryBytes {
		return nil, bad
	}
	params, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, bad
	}

	for _, name := range once {
		if len(params[name]) > 1 {
			return nil, bad
		}
	}
	return params, nil
}

// proxyMessage is what Shopify signs: "name=value" pairs sorted by name, concatenated. Docs sort the pairs and
// Shopify's library the names; they differ only for names that hold bytes below "=", which no one of ours does.
func proxyMessage(params url.Values) string {
	var b strings.Builder
	for _, name := range sortedNames(params) {
		if name != "signature" {
			b.WriteString(name + "=" + strings.Join(params[name], ","))
		}
	}
	return b.String()
}

func sortedNames(params url.Values) []string {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// customerOf turns logged_in_customer_id into a gid; empty is a guest.
func customerOf(id string) (string, bool) {
	if id == "" {
		return "", true
	}
	if len(id) > 20 || strings.Trim(id, "0123456789") != "" || id[0] == '0' {
		return "", false
	}
	return "gid://shopify/Customer/" + id, true
}
