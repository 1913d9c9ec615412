package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"twofold/store/storetest"
	"twofold/tenant"
)

const mailsPath = "/app/settings/mails"

// The merchant chooses how mails look. What is wrong is said at its field, and the preview goes without it.
func TestLookOfMails(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	golden(t, "mails.html", w.get(t, mailsPath).body)

	look := tenant.MailLook{
		Sender: "Demo & Friends", ReplyTo: "hi@demo.example", Accent: "#24423a",
		Logo: "https://cdn.shopify.com/s/files/1/1/files/logo.png?v=1",
	}
	form := url.Values{
		"sender": {" Demo & Friends "}, "reply_to": {"hi@demo.example"}, "accent": {"#24423A"}, "logo": {look.Logo},
	}
	if a := w.post(t, mailsPath, form); a.status != 303 || a.header.Get("Location") != mailsPath+"?did=mails" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	w.wantLook(t, look)

	form.Set("accent", "#ffff00")
	form.Set("logo", "https://evil.example/logo.png")
	wrong := w.post(t, mailsPath, form)
	golden(t, "mails_wrong.html", wrong.body)
	if wrong.status != 422 || strings.Contains(wrong.body, "background:#ffff00") || strings.Contains(wrong.body, "src=&#34;https://evil") {
		t.Errorf("status %d: %s", wrong.status, wrong.body)
	}
	w.wantLook(t, look)
}

func (w *world) wantLook(t *testing.T, want tenant.MailLook) {
	t.Helper()
	found, err := w.store.FindShop(storetest.Context(t), demo)
	if err != nil || found.Settings.MailLook != want {
		t.Errorf("kept is %+v, %v, want %+v", found.Settings.MailLook, err, want)
	}
}

// The preview follows what is typed, in the language and for the mail that are chosen.
func TestMailsAreFollowed(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	form := url.Values{"accent": {"#d9730d"}, "sender": {"A < B"}, "mail": {"friend_reward"}, "language": {"ar"}}
	a := w.post(t, mailsPath+"/follow", form)
	for _, has := range []string{
		`target="mails-preview"`, "A &lt; B", "background:#d9730d;color:#000000", `dir=&#34;rtl&#34;`, `<bdi lang="ar" dir="rtl">`,
	} {
		if !strings.Contains(a.body, has) {
			t.Errorf("status %d, without %s: %s", a.status, has, a.body)
		}
	}

	form.Set("mail", "digest")
	if a := w.post(t, mailsPath+"/follow", form); a.status != 404 {
		t.Errorf("a mail that shoppers do not get: status %d", a.status)
	}
}
