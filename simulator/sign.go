package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"sort"
	"strings"
	"time"
)

func mac(secret, text string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return h.Sum(nil)
}

// signQuery is the hmac of an OAuth or admin query: all parameters but hmac and signature, percent-encoded,
// sorted by name and joined by &. Source: shopify.dev, authorization code grant, "verify the installation
// request"; vector in sign_test.go.
func signQuery(secret string, q url.Values) string {
	var pairs []string
	for name, values := range q {
		if name == "hmac" || name == "signature" {
			continue
		}
		for _, v := range values {
			pairs = append(pairs, percentEncode(name)+"="+percentEncode(v))
		}
	}

	sort.Strings(pairs)
	return hex.EncodeToString(mac(secret, strings.Join(pairs, "&")))
}

// percentEncode is JavaScript's encodeURIComponent but for the marks !'()*, which do not occur in what is signed here.
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// signProxy is the signature of an app-proxy query: repeated values joined by commas, name=value pairs sorted and
// joined by nothing. Source: shopify.dev, authenticate app proxies.
func signProxy(secret string, q url.Values) string {
	var pairs []string
	for name, values := range q {
		if name != "signature" {
			pairs = append(pairs, name+"="+strings.Join(values, ","))
		}
	}

	sort.Strings(pairs)
	return hex.EncodeToString(mac(secret, strings.Join(pairs, "")))
}

// signWebhook is X-Shopify-Hmac-Sha256 of a body's raw bytes. Source: shopify.dev, verify webhook deliveries.
func signWebhook(secret string, body []byte) string {
	return base64.StdEncoding.EncodeToString(mac(secret, string(body)))
}

// idTokenClaims are those of Shopify's ID token. Source: shopify.dev, ID tokens.
type idTokenClaims struct {
	Iss  string `json:"iss"`
	Dest string `json:"dest"`
	Aud  string `json:"aud"`
	Sub  string `json:"sub"`
	Exp  int64  `json:"exp"`
	Nbf  int64  `json:"nbf"`
	Iat  int64  `json:"iat"`
	Jti  string `json:"jti"`
	Sid  string `json:"sid"`
	Sig  string `json:"sig,omitempty"`
}

// idTokenLife is how long an ID token lives.
const idTokenLife = time.Minute

const jwtHeader = `{"alg":"HS256","typ":"JWT"}`

// signIDToken writes the claims as a JWT under HS256.
func signIDToken(secret string, c idTokenClaims) string { return signJWT(secret, c) }

func signJWT(secret string, c any) string {
	payload, _ := json.Marshal(c) // strings and numbers only: cannot fail
	text := base64.RawURLEncoding.EncodeToString([]byte(jwtHeader)) + "." +
		base64.RawURLEncoding.EncodeToString(payload)
	return text + "." + base64.RawURLEncoding.EncodeToString(mac(secret, text))
}

// readIDToken checks algorithm, signature, lifetime and audience, and returns the claims. The issuer's shop is not
// compared: the caller knows which shop was asked.
func readIDToken(secret, audience, token string, now time.Time) (idTokenClaims, error) {
	var c idTokenClaims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("not three parts")
	}

	var header struct {
		Alg string `json:"alg"`
	}
	if err := decodePart(parts[0], &header); err != nil || header.Alg != "HS256" {
		return c, errors.New("the algorithm is not HS256")
	}

	given, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(given, mac(secret, parts[0]+"."+parts[1])) {
		return c, errors.New("the signature does not match")
	}

	if err := decodePart(parts[1], &c); err != nil {
		return c, errors.New("the claims cannot be read")
	}

	const skew = 10 // seconds, as Shopify's own library allows
	switch {
	case c.Exp+skew <= now.Unix():
		return c, errors.New("expired")
	case c.Nbf-skew > now.Unix():
		return c, errors.New("not valid yet")
	case c.Aud != audience:
		return c, errors.New("made for another app")
	}
	return c, nil
}

func decodePart(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}
