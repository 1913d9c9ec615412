package admin_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// The merchant words a mail in a language. What is blank or as ours is ours, and what stands for nothing is said at its
// field.
func TestWordsOfMails(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	const path = mailsPath + "/issued"
	golden(t, "mail_words.html", w.get(t, path).body)

	form := url.Values{
		"language": {"de"}, "subject": {"Für dich: {offer}"}, "heading": {"Deine Prämie ist da"},
		"says": {"Danke & bis bald!\r\n\r\n<b>{shop}</b>"},
	}
	if a := w.post(t, path, form); a.status != 303 || a.header.Get("Location") != path+"?language=de&did=mails" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	kept := map[string]string{"subject": "Für dich: {offer}", "says": "Danke & bis bald!\n\n<b>{shop}</b>"}
	w.wantWords(t, kept)
	golden(t, "mail_words_own.html", w.get(t, path+"?language=de").body)
	if a := w.get(t, mailsPath); !strings.Contains(a.body, "Deutsch</s-table-cell>") {
		t.Errorf("the list does not say it: %s", a.body)
	}

	form.Set("says", "Hello {name}")
	a := w.post(t, path, form)
	if a.status != 422 || !strings.Contains(a.body, "{name} stands for nothing here. This text may name {shop}, {offer} and {code}.") ||
		!strings.Contains(a.body, `value="Hello {name}"`) || strings.Contains(a.body, "<pre lang=\"de\" dir=\"ltr\">Hello") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	w.wantWords(t, kept)

	followed := w.post(t, path+"/follow", url.Values{"language": {"ar"}, "says": {"<i>one</i>"}})
	if !strings.Contains(followed.body, "&lt;i&gt;one&lt;/i&gt;") || !strings.Contains(followed.body, "&amp;lt;i&amp;gt;one") {
		t.Errorf("followed: %s", followed.body)
	}

	if a := w.post(t, path, url.Values{"language": {"de"}}); a.status != 303 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	w.wantWords(t, map[string]string{})
	for _, none := range []string{mailsPath + "/digest", mailsPath + "/none"} {
		if a := w.get(t, none); a.status != 404 {
			t.Errorf("%s: status %d", none, a.status)
		}
	}
}

func (w *world) wantWords(t *testing.T, want map[string]string) {
	t.Helper()
	found, err := w.store.FindMailWords(storetest.Context(t), demo, "de", "issued")
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

// What all mails share is shown in the mail that is chosen.
func TestWordsOfEveryMail(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	golden(t, "mail_words_every.html", w.get(t, mailsPath+"/every?language=fr").body)
	a := w.post(t, mailsPath+"/every/follow", url.Values{"language": {"en"}, "mail": {"link"}, "send": {"Tell {shop}!"}})
	if !strings.Contains(a.body, "Tell !") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}

// Where no mail server was named the button says so.
func TestAMailIsSentToTheMerchant(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	a := w.post(t, mailsPath+"/issued/send", url.Values{"language": {"de"}})
	if a.status != 422 || !strings.Contains(a.body, "no mail server was named") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}
