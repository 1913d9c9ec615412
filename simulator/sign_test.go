package simulator

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The vectors were made with Shopify's own Node library, version 15.
func TestSignatures(t *testing.T) {
	t.Parallel()
	query := func(s string) url.Values {
		q, err := url.ParseQuery(s)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	for name, c := range map[string][2]string{
		"OAuth query": {
			signQuery(testSecret, query("code=code-abc123&host=YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvZGVtby1zaG9w&shop=demo-shop.myshopify.com&state=n-42&timestamp=1795305600&hmac=x&signature=y")),
			"951ec117a6824a29809b284450ca916cbda220059866d0e13e414982f815dd83"},
		"webhook": {signWebhook(testSecret, []byte(`{"id":1001,"test":false}`)), "OGKZBmzYo1mmV1pNPbgD3ZjduzItIICxJadSy4bRoZc="},
		"app proxy": {
			signProxy(testSecret, query("extra=1&extra=2&logged_in_customer_id=&path_prefix=%2Fapps%2Frefer&shop=demo-shop.myshopify.com&timestamp=1795305600&signature=x")),
			"9729458f15cfc79d74a8257db2da25e28922e9783105506d4623e77203eb4d28"},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %s, want %s", name, c[0], c[1])
		}
	}
}

func vectorClaims() idTokenClaims {
	return idTokenClaims{Iss: "https://demo-shop.myshopify.com/admin", Dest: "https://demo-shop.myshopify.com", Aud: testID, Sub: "42",
		Exp: 1795305660, Nbf: 1795305600, Iat: 1795305600, Jti: "j-1", Sid: "s-1"}
}

func TestIDTokenVector(t *testing.T) {
	t.Parallel()
	token := signIDToken(testSecret, vectorClaims())
	if want := ".GXLUD-qeX-Qd14O_7PJagOaSwO5nM5pi3g-GxE1dj0A"; !strings.HasSuffix(token, want) {
		t.Errorf("token %s does not end in %s", token, want)
	}
}

func TestReadIDToken(t *testing.T) {
	t.Parallel()
	at := func(unix int64) time.Time { return time.Unix(unix, 0) }
	good := signIDToken(testSecret, vectorClaims())
	parts := strings.Split(good, ".")
	unsigned := "eyJhbGciOiJub25lIn0." + parts[1] // {"alg":"none"}, under a good signature all the same
	unsigned += "." + base64.RawURLEncoding.EncodeToString(mac(testSecret, unsigned))
	for name, c := range map[string]struct {
		token, secret, audience string
		now                     time.Time
		ok                      bool
	}{
		"in its minute":             {good, testSecret, testID, at(1795305630), true},
		"9 s early, within skew":    {good, testSecret, testID, at(1795305591), true},
		"11 s early":                {good, testSecret, testID, at(1795305589), false},
		"9 s late, within skew":     {good, testSecret, testID, at(1795305669), true},
		"10 s late":                 {good, testSecret, testID, at(1795305670), false},
		"another secret":            {good, "other", testID, at(1795305630), false},
		"another app":               {good, testSecret, "other", at(1795305630), false},
		"signature cut off":         {parts[0] + "." + parts[1] + ".", testSecret, testID, at(1795305630), false},
		"two parts":                 {parts[0] + "." + parts[1], testSecret, testID, at(1795305630), false},
		"payload swapped":           {parts[0] + "." + parts[0] + "." + parts[2], testSecret, testID, at(1795305630), false},
		"algorithm none, well made": {unsigned, testSecret, testID, at(1795305630), false},
	} {
		if _, err := readIDToken(c.secret, c.audience, c.token, c.now); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
