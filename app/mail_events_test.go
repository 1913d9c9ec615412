package app_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"twofold/app"
	"twofold/mail"
	"twofold/referral"
	"twofold/secret"
	"twofold/signature"
	"twofold/store/storetest"
)

// provider signs what it tells of mails.
type provider struct{ key *ecdsa.PrivateKey }

func newProvider(t *testing.T) provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return provider{key}
}

// public is its key as SendGrid shows it.
func (p provider) public(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// tells makes a request of a body, signed at an instant.
func (p provider) tells(t *testing.T, body string, at time.Time) func(*http.Request) {
	t.Helper()
	timestamp := strconv.FormatInt(at.Unix(), 10)
	sum := sha256.Sum256([]byte(timestamp + body))
	mac, err := ecdsa.SignASN1(rand.Reader, p.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) {
		r.Header.Set(signature.MailEventsTimestamp, timestamp)
		r.Header.Set(signature.MailEventsSignature, base64.StdEncoding.EncodeToString(mac))
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

// What the mail provider tells for good ends the mails to that person, with its reason. Nobody else can tell, and
// nothing that passes does.
func TestMailsThatCameBack(t *testing.T) {
	t.Parallel()
	hasher, err := secret.ParseHasher(secret.NewKey("h1"))
	if err != nil {
		t.Fatal(err)
	}
	keyring, sends := storetest.Keyring(), newProvider(t)
	judge, err := signature.ParseMailEvents(sends.public(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	logged := &bytes.Buffer{}
	w := open(t, noon, func(c *app.Config) {
		kept, is := c.Store.(mail.Store)
		if !is {
			t.Fatal("the app's store keeps no mails")
		}
		c.MailEvents = judge
		c.Log = slog.New(slog.NewTextHandler(logged, nil))
		c.Mail = mail.New(mail.Ports{Store: kept, Sealer: keyring, Hasher: hasher, Now: noon, Log: c.Log}, mail.Config{})
	})
	w.installed(t, true)

	token := func(customer string) string {
		sealed, err := keyring.Seal("mail_stop", "", []byte(`{"s":"`+string(demo)+`","c":"`+customer+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	event := func(customer, more string) string {
		return fmt.Sprintf(`{"email":"ada@example.com","timestamp":%d,"twofold":%q,%s}`, noon().Unix()-60, token(customer), more)
	}
	wish := func(customer string) referral.MailWish {
		w, err := w.store.MailWish(t.Context(), demo, hasher.Hashes(demo, referral.MailStop, customer))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}

	for i, row := range []struct {
		more string
		want referral.MailWish
	}{
		{`"event":"bounce","type":"bounce"`, referral.MailWish{None: true, Why: referral.StopBounced}},
		{`"event":"bounce","type":"blocked"`, referral.MailWish{}},
		{`"event":"bounce"`, referral.MailWish{}},
		{`"event":"deferred"`, referral.MailWish{}},
		{`"event":"delivered"`, referral.MailWish{}},
		{`"event":"spamreport"`, referral.MailWish{None: true, Why: referral.StopComplained}},
		{`"event":"dropped","reason":"Bounced Address"`, referral.MailWish{None: true, Why: referral.StopBounced}},
		{`"event":"dropped","reason":"Spam Reporting Address"`, referral.MailWish{None: true, Why: referral.StopComplained}},
		{`"event":"dropped","reason":"Invalid SMTPAPI header"`, referral.MailWish{}},
	} {
		customer := "gid://shopify/Customer/" + strconv.Itoa(100+i)
		foreign := `{"event":"bounce","type":"bounce","twofold":"k1.AAAA","timestamp":1}`
		body := "[" + foreign + "," + event(customer, row.more) + `,{"event":"bounce","type":"bounce"}]`
		for range 2 {
			if a := w.do(t, "POST", app.EventsPath, sends.tells(t, body, noon())); a.status != http.StatusNoContent {
				t.Errorf("%s: status %d: %s", row.more, a.status, a.body)
			}
		}
		if got := wish(customer); got.None != row.want.None || got.Why != row.want.Why {
			t.Errorf("%s: %+v, want %+v", row.more, got, row.want)
		}
	}

	const victim = "gid://shopify/Customer/7"
	body := "[" + event(victim, `"event":"spamreport"`) + "]"
	for says, change := range map[string]func(*http.Request){
		"unsigned": func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		},
		"by another key":   newProvider(t).tells(t, body, noon()),
		"of two days ago":  sends.tells(t, body, noon().Add(-48*time.Hour)),
		"of an hour ahead": sends.tells(t, body, noon().Add(time.Hour)),
		"another body": func(r *http.Request) {
			sends.tells(t, strings.Replace(body, "spamreport", "delivered!", 1), noon())(r)
			r.Body = io.NopCloser(strings.NewReader(body))
		},
	} {
		if a := w.do(t, "POST", app.EventsPath, change); a.status != http.StatusUnauthorized || wish(victim).None {
			t.Errorf("%s: status %d, %+v", says, a.status, wish(victim))
		}
	}
	packed := func(r *http.Request) { // says so; what was signed is what came
		sends.tells(t, "[]", noon())(r)
		r.Header.Set("Content-Encoding", "gzip")
	}
	if a := w.do(t, "POST", app.EventsPath, packed); a.status != http.StatusNoContent {
		t.Errorf("a body that is said to be packed is unpacked: status %d: %s", a.status, a.body)
	}
	for _, wrong := range []string{"{}", "[", `[{"timestamp":"x"}]`} {
		if a := w.do(t, "POST", app.EventsPath, sends.tells(t, wrong, noon())); a.status != http.StatusBadRequest {
			t.Errorf("%s: status %d", wrong, a.status)
		}
	}
	if strings.Contains(logged.String(), "ada@") || strings.Contains(logged.String(), "Customer/") {
		t.Errorf("the log names somebody: %s", logged)
	}
}
