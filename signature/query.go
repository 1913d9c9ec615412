package signature

import (
	"net/url"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// OAuthQuery is the verified query of an install request or of the authorization callback.
type OAuthQuery struct {
	Shop  tenant.ShopID
	Host  string // still encoded; see Verifier.Host
	Code  string // authorization code; "" in an install request
	State string // what we sent to the authorization page; the caller compares it with its cookie
	At    time.Time
}

// oauthOwn are the parameters that Shopify adds; each may come once.
var oauthOwn = []string{
	"shop", "host", "code", "state", "timestamp", "hmac", "signature", "session", "locale", "embedded", "id_token",
}

// Query verifies and reads the query of an install request, of the authorization callback, or of a document that
// Shopify's admin opens. Anything wrong is Unauthorized. Source: shopify.dev, authorization code grant, 2026-10: take
// hmac out, sort by name, join percent-encoded name=value by "&", HMAC-SHA256 in hex.
func (v *Verifier) Query(rawQuery string) (OAuthQuery, error) {
	refused := fault.ForLog(fault.Unauthorized, "wrong query signature")
	params, err := parseQuery(rawQuery, oauthOwn)
	if err != nil || !v.hexSigned(oauthMessage(params), params.Get("hmac")) {
		return OAuthQuery{}, refused
	}

	at, near := v.at(params.Get("timestamp"))
	shop, err := tenant.ParseShop(params.Get("shop"))
	if err != nil || !near {
		return OAuthQuery{}, refused
	}

	return OAuthQuery{
		Shop: shop, Host: params.Get("host"), Code: params.Get("code"), State: params.Get("state"), At: at,
	}, nil
}

// oauthMessage is what Shopify signs. Every value of a repeated parameter goes in, so that none escapes the signature.
func oauthMessage(params url.Values) string {
	var pairs []string
	for _, name := range sortedNames(params) {
		if name == "hmac" || name == "signature" {
			continue
		}

		for _, value := range params[name] {
			pairs = append(pairs, escape(name)+"="+escape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// escape is JavaScript's encodeURIComponent, which Shopify's library signs with: a space is %20, and !'()* stay as they
// are.
func escape(s string) string { return componentQuirks.Replace(url.QueryEscape(s)) }

var componentQuirks = strings.NewReplacer("+", "%20", "%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*")
