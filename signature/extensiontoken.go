package signature

import (
	"strings"
	"time"

	"twofold/tenant"
)

// ExtensionToken is what a verified session token of a UI extension says: which shop's page it runs on, and who is
// signed in there.
type ExtensionToken struct {
	Shop     tenant.ShopID // from dest
	Customer string        // GID of the customer who is signed in; "" for a guest, and while the app may not see customers
	At       time.Time     // when Shopify made it: business time of what is asked with it
}

// extensionLife bounds how long a token of an extension is good. Source: shopify.dev, session token API of checkout
// extensions, 2026-07: 5 minutes.
const extensionLife = 5 * time.Minute

// ExtensionToken verifies the session token of a UI extension: as IDToken does, but it has no iss, names the shop in
// dest with or without "https://", and its subject is a customer or nobody. A token of the admin is refused: it has an
// iss, and its subject is a member of staff. Unauthorized: it is another's, or too old. Source: shopify.dev, session
// token API of checkout and customer account extensions, 2026-07.
func (v *Verifier) ExtensionToken(token string) (ExtensionToken, error) {
	claims, err := v.claims(token)
	if err != nil {
		return ExtensionToken{}, err
	}
	if claims.Issuer != "" || claims.IssuedAt == nil || claims.ExpiresAt.Sub(claims.IssuedAt.Time) > extensionLife {
		return ExtensionToken{}, errToken
	}

	shop, ok := shopOfURL("https://"+strings.TrimPrefix(claims.Dest, "https://"), "")
	if !ok {
		return ExtensionToken{}, errToken
	}
	customer, ok := customerOf(strings.TrimPrefix(claims.Subject, customerGID))
	if !ok || customer != claims.Subject {
		return ExtensionToken{}, errToken
	}
	return ExtensionToken{Shop: shop, Customer: customer, At: claims.IssuedAt.UTC()}, nil
}
