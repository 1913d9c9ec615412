package app_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"twofold/app"
	"twofold/mail"
	"twofold/secret"
	"twofold/store/storetest"
)

// Opening the link of a mail changes nothing; its button, or a mail program that posts, does. The page speaks the
// mail's language, and takes nothing from anywhere.
func TestMailsAreStoppedByAPost(t *testing.T) {
	t.Parallel()
	hasher, err := secret.ParseHasher(secret.NewKey("h1"))
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, noon, func(c *app.Config) { c.Mail = nil })
	if a := w.do(t, "GET", mail.StopPath+"?t=x"); a.status != http.StatusNotFound {
		t.Errorf("without mails: status %d", a.status)
	}

	keyring := storetest.Keyring()
	w = open(t, noon, func(c *app.Config) {
		kept, is := c.Store.(mail.Store)
		if !is {
			t.Fatal("the app's store keeps no mails")
		}
		c.Mail = mail.New(mail.Ports{
			Store: kept, Sealer: keyring, Hasher: hasher, Now: noon, Log: slog.New(slog.DiscardHandler),
		}, mail.Config{})
	})
	w.installed(t, true)

	const customer = "gid://shopify/Customer/7"
	token, err := keyring.Seal("mail_stop", "", []byte(`{"s":"`+string(demo)+`","c":"`+customer+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	stopped := func() bool {
		is, err := w.store.MailsStopped(t.Context(), demo, hasher.Hashes(demo, "mail_stop", customer))
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	link := mail.StopPath + "?l=de&t=" + url.QueryEscape(token)

	asked := w.do(t, "GET", link)
	policy := asked.header.Get("Content-Security-Policy")
	if asked.status != http.StatusOK || stopped() || !strings.Contains(asked.body, `<form method="post">`) ||
		!strings.Contains(asked.body, "Keine Mails mehr?") || !strings.Contains(policy, "form-action 'self'") {
		t.Errorf("opened: status %d, stopped %v, %s\n%s", asked.status, stopped(), policy, asked.body)
	}

	oneClick := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	for range 2 {
		if done := w.do(t, "POST", link, oneClick); done.status != http.StatusOK || !stopped() || strings.Contains(done.body, "<form") {
			t.Errorf("posted: status %d, stopped %v\n%s", done.status, stopped(), done.body)
		}
	}
	for _, bad := range []string{"", "?t=", "?t=k1.AAAA", link[len(mail.StopPath):] + "x"} {
		if a := w.do(t, "POST", mail.StopPath+bad); a.status != http.StatusBadRequest || !strings.Contains(a.body, "</html>") {
			t.Errorf("%q: status %d\n%s", bad, a.status, a.body)
		}
	}
}
