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

// How many mails go out in a day is the merchant's to say, within reason; nothing typed is the usual number.
func TestTheLimitOfMails(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	const path = "/app/settings/notifications"
	for _, row := range []struct {
		typed  string
		status int
		kept   int
		shown  string
	}{
		{"500", 303, 500, ""},
		{"99", 422, 500, `value="99"`},
		{"100001", 422, 500, "between 100 and 100,000"},
		{"many", 422, 500, `value="many"`},
		{"0", 422, 500, `value="0"`},
		{" ", 303, 0, ""},
	} {
		a := w.post(t, path, url.Values{"day": {"1"}, "limit": {row.typed}})
		found, err := w.store.FindShop(storetest.Context(t), demo)
		if err != nil || a.status != row.status || found.Settings.MailLimit != row.kept || !strings.Contains(a.body, row.shown) {
			t.Errorf("%q: status %d, kept %d, %v: %s", row.typed, a.status, found.Settings.MailLimit, err, a.body)
		}
	}
}

// Home says that mails wait, on the day on which they do.
func TestHomeTellsOfMailsThatWait(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	for _, row := range []struct {
		day  string
		says bool
	}{{noon().AddDate(0, 0, -1).Format(time.DateOnly), false}, {noon().Format(time.DateOnly), true}} {
		_, err := w.store.CountMails(storetest.Context(t), demo, tenant.MailDay{Day: row.day, Sent: 1800, Waiting: 3})
		must(t, err)
		a := w.get(t, "/app")
		if got := strings.Contains(a.body, "3 mails wait until tomorrow"); got != row.says {
			t.Errorf("on %s: %v", row.day, got)
		}
		if row.says && !strings.Contains(a.body, "2,000 mails") {
			t.Errorf("the limit is not named: %s", a.body)
		}
	}
}
