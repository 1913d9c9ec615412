package signature

import (
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"twofold/fault"
	"twofold/tenant"
)

// tokenLeeway is the clock difference that an ID token's exp and nbf may have. Source: Shopify's Node library v15.
const tokenLeeway = 10 * time.Second

// maxTokenBytes bounds an ID token; Shopify's have about 600 bytes.
const maxTokenBytes = 8 << 10

// IDToken is what a verified ID token (formerly "session token") says. The tenant of a request is Shop, never a query
// parameter.
type IDToken struct {
	Shop      tenant.ShopID // from dest
	Subject   string        // staff user id
	ExpiresAt time.Time
}

type idClaims struct {
	jwt.RegisteredClaims
	Dest string `json:"dest"`
}

// IDToken verifies an ID token: algorithm exactly HS256, signature under any secret, exp and nbf with 10 s of leeway,
// aud our client id, and the hosts of iss and dest the same shop. Anything else is Unauthorized. Source: shopify.dev,
// ID tokens, 2026-10.
func (v *Verifier) IDToken(token string) (IDToken, error) {
	claims, err := v.claims(token)
	if err != nil {
		return IDToken{}, err
	}

	shop, ok := tokenShop(claims)
	if !ok {
		return IDToken{}, errToken
	}
	return IDToken{Shop: shop, Subject: claims.Subject, ExpiresAt: claims.ExpiresAt.UTC()}, nil
}

var errToken = fault.ForLog(fault.Unauthorized, "wrong or stale token")

// claims are what a token says that Shopify signed for us and that is still good. Unauthorized: it is another.
func (v *Verifier) claims(token string) (*idClaims, error) {
	if v.ClientID == "" || len(token) > maxTokenBytes {
		return nil, errToken
	}

	for _, secret := range tenant.Usable(v.Secrets) {
		claims := &idClaims{}
		parsed, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return []byte(secret), nil },
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithStrictDecoding(),
			jwt.WithAudience(v.ClientID), jwt.WithExpirationRequired(), jwt.WithNotBeforeRequired(),
			jwt.WithLeeway(tokenLeeway), jwt.WithTimeFunc(v.Now))
		if err != nil || !parsed.Valid {
			continue
		}

		if len(claims.Audience) != 1 {
			return nil, errToken
		}
		return claims, nil
	}
	return nil, errToken
}

// tokenShop is the shop that both dest and iss name. Shopify's library compares neither; we do both.
func tokenShop(c *idClaims) (tenant.ShopID, bool) {
	dest, ok := shopOfURL(c.Dest, "")
	if !ok {
		return "", false
	}
	iss, ok := shopOfURL(c.Issuer, "/admin")
	return dest, ok && iss == dest
}

// shopOfURL reads https://{shop}{path} and nothing else.
func shopOfURL(text, path string) (tenant.ShopID, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Path != path || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	shop, err := tenant.ParseShop(u.Host)
	return shop, err == nil
}
