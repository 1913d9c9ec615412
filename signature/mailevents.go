package signature

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strconv"
	"time"

	"twofold/fault"
)

// The headers of what SendGrid tells of mails. Source: twilio.com, SendGrid, Event Webhook Security Features.
const (
	MailEventsSignature = "X-Twilio-Email-Event-Webhook-Signature"
	MailEventsTimestamp = "X-Twilio-Email-Event-Webhook-Timestamp"
)

// How old and how new a signed timestamp may be: what is not taken comes again for a day, and clocks differ. Source:
// twilio.com, SendGrid, Event Webhook, retries.
const (
	mailEventsOld = 25 * time.Hour
	mailEventsNew = 5 * time.Minute
)

// MailEvents judges what claims to come from SendGrid about mails. It is safe for concurrent use.
type MailEvents struct {
	key *ecdsa.PublicKey
	now func() time.Time
}

// ParseMailEvents reads the verification key, base64 of a public key on P-256 (DER), as SendGrid shows it; now is wall
// time. Invalid: it is none.
func ParseMailEvents(key string, now func() time.Time) (*MailEvents, error) {
	der, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, fault.ForLog(fault.Invalid, "the key of mail events is no base64")
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fault.ForLog(fault.Invalid, "the key of mail events is no public key: %w", err)
	}
	public, is := parsed.(*ecdsa.PublicKey)
	if !is {
		return nil, fault.ForLog(fault.Invalid, "the key of mail events is not of ECDSA")
	}
	return &MailEvents{public, now}, nil
}

// Verify judges a body by its headers: ECDSA over the timestamp and the raw bytes. Unauthorized: it is not signed by the
// key, or not lately.
func (m *MailEvents) Verify(timestamp, signature string, body []byte) error {
	mac, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256(append([]byte(timestamp), body...))
	if err != nil || !ecdsa.VerifyASN1(m.key, sum[:], mac) {
		return fault.ForLog(fault.Unauthorized, "wrong signature of mail events")
	}

	// What is signed may be sent again by whoever has seen it.
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	age := m.now().Sub(time.Unix(seconds, 0))
	if err != nil || age > mailEventsOld || age < -mailEventsNew {
		return fault.ForLog(fault.Unauthorized, "mail events are not of now")
	}
	return nil
}
