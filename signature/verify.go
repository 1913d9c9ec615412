// Package signature judges what Shopify signs: webhooks, app-proxy queries, the queries of an install, and ID tokens.
// It also decodes the host parameter of an install. It calls nobody and keeps nothing: calls to Shopify are left to
// package shopify, and what a verified request may do to its caller.
//
// Begin with Verifier: each of its methods judges one kind of request, and has a file of its own.
package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// queryWindow is how far the timestamp of a signed query may be from our clock, either way. Source: Shopify's Node
// library v15, which uses the same 90 s for install queries and app-proxy queries.
const queryWindow = 90 * time.Second

// Verifier judges what claims to come from Shopify. Any of the Secrets may have signed: during a rotation both do, for
// up to an hour. Source: shopify.dev, verify deliveries, 2026-10. It is safe for concurrent use.
type Verifier struct {
	ClientID string
	Secrets  []tenant.Secret
	Now      func() time.Time
}

// signed tells whether mac is the HMAC-SHA256 of the message under any of the secrets, in constant time for each.
func (v *Verifier) signed(message, mac []byte) bool {
	found := false
	for _, s := range tenant.Usable(v.Secrets) {
		h := hmac.New(sha256.New, []byte(s))
		h.Write(message)
		found = hmac.Equal(h.Sum(nil), mac) || found
	}
	return found
}

// Webhook judges a webhook's signature, standard base64 of the HMAC of the raw bytes. Anything but a right one is
// Unauthorized, and so is an empty body, which Shopify never sends. Source: shopify.dev, verify deliveries, 2026-10.
func (v *Verifier) Webhook(body []byte, signature string) error {
	mac, err := base64.StdEncoding.Strict().DecodeString(signature)
	exact := err == nil && len(mac) == sha256.Size && len(signature) == base64.StdEncoding.EncodedLen(sha256.Size)
	if !exact || len(body) == 0 || !v.signed(body, mac) {
		return fault.ForLog(fault.Unauthorized, "wrong webhook signature")
	}
	return nil
}

// hexSigned is signed for a signature in lower-case hex.
func (v *Verifier) hexSigned(message, signature string) bool {
	mac, err := hex.DecodeString(signature)
	return err == nil && hex.EncodeToString(mac) == signature && v.signed([]byte(message), mac)
}

// at reads a signed query's timestamp, whole seconds since 1970, and checks that it is near our clock.
func (v *Verifier) at(timestamp string) (time.Time, bool) {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || seconds <= 0 || strconv.FormatInt(seconds, 10) != timestamp {
		return time.Time{}, false
	}
	at := time.Unix(seconds, 0).UTC()
	return at, v.Now().Sub(at).Abs() <= queryWindow
}
