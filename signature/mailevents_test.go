package signature

import (
	"testing"
	"time"

	"twofold/fault"
)

// A request as SendGrid signed it. Source: github.com/sendgrid/sendgrid-nodejs, eventwebhook's tests.
const (
	eventsKey       = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
	eventsSignature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
	eventsTimestamp = "1600112502"
	eventsBody      = `[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]` + "\r\n"
)

// Nothing is taken but what SendGrid signed, as it was signed, and lately.
func TestMailEventsAreVerified(t *testing.T) {
	t.Parallel()
	signed := time.Unix(1600112502, 0)
	for _, row := range []struct {
		says, timestamp, signature, body string
		now                              time.Time
		good                             bool
	}{
		{"as it was sent", eventsTimestamp, eventsSignature, eventsBody, signed, true},
		{"a day later", eventsTimestamp, eventsSignature, eventsBody, signed.Add(25 * time.Hour), true},
		{"too late", eventsTimestamp, eventsSignature, eventsBody, signed.Add(25*time.Hour + time.Second), false},
		{"from the future", eventsTimestamp, eventsSignature, eventsBody, signed.Add(-5*time.Minute - time.Second), false},
		{"another time", "1600112503", eventsSignature, eventsBody, signed, false},
		{"another body", eventsTimestamp, eventsSignature, eventsBody[:len(eventsBody)-2], signed, false},
		{"a part of the body as the time", eventsTimestamp + "[", eventsSignature, eventsBody[1:], signed, false},
		{"no signature", eventsTimestamp, "", eventsBody, signed, false},
		{"no base64", eventsTimestamp, "%" + eventsSignature, eventsBody, signed, false},
		{"nothing", "", "", "", signed, false},
	} {
		judge, err := ParseMailEvents(eventsKey, func() time.Time { return row.now })
		if err != nil {
			t.Fatal(err)
		}
		err = judge.Verify(row.timestamp, row.signature, []byte(row.body))
		if (err == nil) != row.good || err != nil && !fault.Is(err, fault.Unauthorized) {
			t.Errorf("%s: %v", row.says, err)
		}
	}

	for _, key := range []string{"", "%", "AAAA", eventsSignature, "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="} { // at last one of Ed25519
		if _, err := ParseMailEvents(key, time.Now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is a key: %v", key, err)
		}
	}
}
