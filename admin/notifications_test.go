package admin_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// The merchant chooses what they are told, where, and when; the mails are in their language from then on.
func TestNotificationsPage(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	const path = "/app/settings/notifications"
	golden(t, "notifications.html", w.get(t, path).body)

	chosen := url.Values{"review": {"on"}, "digest": {"on"}, "day": {"7"}, "to": {"a@example.com, b@example.com\r\n"}}
	if a := w.post(t, path, chosen); a.status != 303 || a.header.Get("Location") != path+"?did=notifications" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	want := tenant.Notify{NoBudget: true, To: "a@example.com\nb@example.com", DigestDay: 7, Language: "en"}
	found, err := w.store.FindShop(storetest.Context(t), demo)
	if err != nil || found.Settings.Notify != want || found.Settings.Notify.DayOfDigest() != time.Sunday {
		t.Errorf("kept is %+v, %v, want %+v", found.Settings.Notify, err, want)
	}
	golden(t, "notifications_chosen.html", w.get(t, path).body)

	for to, says := range map[string]string{
		"nobody":                                  "is no e-mail address",
		"a@example.com Ada<b@example.com>":        "is no e-mail address",
		strings.Repeat("a@example.com ", 6):       "At most 5",
		strings.Repeat("a", 250) + "@example.com": "is no e-mail address",
	} {
		chosen.Set("to", to)
		a := w.post(t, path, chosen)
		if a.status != 422 || !strings.Contains(a.body, says) || !strings.Contains(a.body, strings.SplitN(to, "<", 2)[0]) {
			t.Errorf("%q: status %d: %s", to, a.status, a.body)
		}
	}
	if a := w.post(t, path, url.Values{"day": {"8"}}); a.status != 400 {
		t.Errorf("an eighth day: status %d", a.status)
	}
	if found, err := w.store.FindShop(storetest.Context(t), demo); err != nil || found.Settings.Notify != want {
		t.Errorf("what is wrong was kept: %+v, %v", found.Settings.Notify, err)
	}
}

// While mails to shoppers are paused the page says how many wait.
func TestPausedMails(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	const path = "/app/settings/notifications"
	a := referral.Advocate{Shop: demo, ID: "adv_1", Customer: "gid://shopify/Customer/1", Codes: []string{"ADA-1"}, JoinedAt: noon()}
	if err := w.store.AddAdvocate(storetest.Context(t), a, a.JoinNotices()...); err != nil {
		t.Fatal(err)
	}
	if a := w.get(t, path); strings.Contains(a.body, "Paused.") {
		t.Errorf("before: %s", a.body)
	}

	if a := w.post(t, path, url.Values{"paused": {"on"}, "digest": {"on"}, "day": {"1"}}); a.status != 303 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	golden(t, "notifications_paused.html", w.get(t, path).body)
	if found, err := w.store.FindShop(storetest.Context(t), demo); err != nil || !found.Settings.MailsPaused {
		t.Errorf("kept: %+v, %v", found.Settings, err)
	}
	if a := w.post(t, path, url.Values{"day": {"1"}}); a.status != 303 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	if found, err := w.store.FindShop(storetest.Context(t), demo); err != nil || found.Settings.MailsPaused {
		t.Errorf("gone on: %+v, %v", found.Settings, err)
	}
}

// Where no mail server was named a test says so.
func TestNoMailServerForATest(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	a := w.post(t, "/app/settings/notifications/test", nil)
	if a.status != 422 || !strings.Contains(a.body, "no mail server was named") {
		t.Errorf("status %d: %s", a.status, a.body)
	}
}
