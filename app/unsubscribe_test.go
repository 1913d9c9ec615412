package app_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"twofold/app"
	"twofold/mail"
	"twofold/referral"
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
		wish, err := w.store.MailWish(t.Context(), demo, hasher.Hashes(demo, "mail_stop", customer))
		if err != nil {
			t.Fatal(err)
		}
		return wish.None
	}
	link, choose := mail.StopPath+"?l=de&t="+url.QueryEscape(token), mail.ChoosePath+"?l=de&t="+url.QueryEscape(token)

	asked := w.do(t, "GET", link)
	policy := asked.header.Get("Content-Security-Policy")
	if asked.status != http.StatusOK || stopped() || !strings.Contains(asked.body, `<form method="post">`) ||
		!strings.Contains(asked.body, "Keine Mails mehr?") || !strings.Contains(policy, "form-action 'self'") {
		t.Errorf("opened: status %d, stopped %v, %s\n%s", asked.status, stopped(), policy, asked.body)
	}

	chosen := func(form string) answer {
		return w.do(t, "POST", choose, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Body = io.NopCloser(strings.NewReader(form))
			r.ContentLength = int64(len(form))
		})
	}
	page := w.do(t, "GET", choose)
	if page.status != http.StatusOK || strings.Count(page.body, " checked>") != len(referral.MailSorts) || !strings.Contains(page.body, "Gar keine Mails") {
		t.Errorf("the page: status %d\n%s", page.status, page.body)
	}
	for _, sort := range referral.MailSorts {
		if a := chosen("want=" + string(sort)); strings.Count(a.body, " checked>") != 1 || !strings.Contains(a.body, `value="`+string(sort)+`" checked`) || stopped() {
			t.Errorf("%s alone: stopped %v\n%s", sort, stopped(), a.body)
		}
	}
	if a := chosen("want=links&none=on"); a.status != http.StatusOK || !stopped() || strings.Contains(a.body, " checked>") {
		t.Errorf("none: status %d, stopped %v\n%s", a.status, stopped(), a.body)
	}
	if a := chosen("want=links&want=rewards&want=reminders"); stopped() || !strings.Contains(a.body, "Gespeichert") {
		t.Errorf("all again: stopped %v\n%s", stopped(), a.body)
	}

	oneClick := func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	for range 2 {
		if done := w.do(t, "POST", link, oneClick); done.status != http.StatusOK || !stopped() || strings.Contains(done.body, "<form") {
			t.Errorf("posted: status %d, stopped %v\n%s", done.status, stopped(), done.body)
		}
	}
	address, err := keyring.Seal("mail_stop", "", []byte(`{"s":"`+string(demo)+`","h":"h1:x"}`)) // of whoever typed one
	if err != nil {
		t.Fatal(err)
	}
	if a := w.do(t, "POST", mail.ChoosePath+"?t="+url.QueryEscape(address)); a.status != http.StatusBadRequest {
		t.Errorf("a choice for an address: status %d", a.status)
	}
	for _, bad := range []string{"", "?t=", "?t=k1.AAAA", link[len(mail.StopPath):] + "x"} {
		if a := w.do(t, "POST", mail.ChoosePath+bad); a.status != http.StatusBadRequest || !strings.Contains(a.body, "</html>") {
			t.Errorf("choosing by %q: status %d\n%s", bad, a.status, a.body)
		}
		if a := w.do(t, "POST", mail.StopPath+bad); a.status != http.StatusBadRequest || !strings.Contains(a.body, "</html>") {
			t.Errorf("%q: status %d\n%s", bad, a.status, a.body)
		}
	}
}
