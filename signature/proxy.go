package signature

import (
	"maps"
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
// readers of such a query could read two shops. Source: Shopify's Node library v15 (shop, timestamp, signature); the
// rest is ours.
var proxyOwn = []string{"shop", "logged_in_customer_id", "path_prefix", "timestamp", "signature"}

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
	params, ok := v.proxyParams(rawQuery)
	if !ok {
		return ProxyQuery{}, refused
	}

	at, near := v.at(params.Get("timestamp"))
	shop, err := tenant.ParseShop(params.Get("shop"))
	if err != nil || string(shop) != params.Get("shop") || !near {
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
	delete(q.Params, "hmac") // a visitor's own, which may be unsigned
	return q, nil
}

// proxyParams reads the query in the way in which its signature is right; false where there is none. A visitor's
// query may hold a raw ";". The URL standard makes it a character, and older versions of Rack, on which Shopify's
// servers run, a separator: which of both Shopify signs is not documented.
func (v *Verifier) proxyParams(rawQuery string) (url.Values, bool) {
	readings := []string{rawQuery}
	if strings.Contains(rawQuery, ";") {
		readings = []string{strings.ReplaceAll(rawQuery, ";", "%3B"), strings.ReplaceAll(rawQuery, ";", "&")}
	}

	for _, reading := range readings {
		params, err := parseQuery(reading, proxyOwn)
		if err != nil {
			continue
		}
		for _, message := range proxyMessages(params) {
			if v.hexSigned(message, params.Get("signature")) {
				return params, true
			}
		}
	}
	return nil, false
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

// proxyMessages are the texts of which Shopify may have signed one. Its page sorts "name=value" pairs, and takes out
// signature alone; its Node library v15 sorts the names, and takes out a visitor's own hmac as well. They differ where
// one name begins another ("sub", "sub1"), and any one that fits is Shopify's: nobody else has the secret. The library
// sorts by the collation of a language, which we leave out: servers sort bytes.
func proxyMessages(params url.Values) []string {
	var pairs []string
	for _, name := range sortedNames(params) {
		if name != "signature" {
			pairs = append(pairs, name+"="+strings.Join(params[name], ","))
		}
	}
	messages := []string{strings.Join(pairs, "")}
	if !slices.IsSorted(pairs) {
		slices.Sort(pairs)
		messages = append(messages, strings.Join(pairs, ""))
	}

	if params.Has("hmac") {
		rest := maps.Clone(params)
		delete(rest, "hmac")
		messages = append(messages, proxyMessages(rest)...)
	}
	return messages
}

func sortedNames(params url.Values) []string {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// customerGID is what a customer's number stands behind.
const customerGID = "gid://shopify/Customer/"

// customerOf turns logged_in_customer_id into a gid; empty is a guest.
func customerOf(id string) (string, bool) {
	if id == "" {
		return "", true
	}
	if len(id) > 20 || strings.Trim(id, "0123456789") != "" || id[0] == '0' {
		return "", false
	}
	return customerGID + id, true
}
