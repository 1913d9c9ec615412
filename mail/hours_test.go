package mail

import (
	"testing"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// A digest goes on the merchant's day after the week that it is of, however late the mail is looked at, in waking hours.
func TestDigestsComeOnTheirDay(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		zone string
		day  time.Weekday
		now  time.Time
		want string
	}{
		{"UTC", 0, monday, "2026-11-30T08:00:00Z"},
		{"UTC", 0, monday.Add(18 * time.Hour), "2026-12-01T08:00:00Z"},
		{"UTC", time.Wednesday, monday, "2026-12-02T08:00:00Z"},
		{"Pacific/Auckland", 0, monday, "2026-11-30T19:00:00+13:00"},
		{"Pacific/Honolulu", sunday, monday, "2026-12-06T08:00:00-10:00"},
	} {
		shop := tenant.Shop{Profile: tenant.Profile{TimeZone: c.zone}}
		shop.Settings.Notify.DigestDay = c.day
		m := referral.Mail{Notice: referral.Notice{Kind: referral.NoticeDigest, At: monday}}
		if got := waitsUntil(shop, m, c.now).Format(time.RFC3339); got != c.want {
			t.Errorf("%s, day %d, at %v: %s, want %s", c.zone, c.day, c.now, got, c.want)
		}
	}
}

// What is a week old is told no more. A digest's week begins on the merchant's day: one for Sundays, and a mail server that
// is away until Monday, would lose it else.
func TestWhatIsTooLateToTell(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)
	shop := tenant.Shop{Profile: tenant.Profile{TimeZone: "UTC"}}
	shop.Settings.Notify.DigestDay = sunday
	digest, issued := referral.Notice{Kind: referral.NoticeDigest, At: monday}, referral.Notice{Kind: referral.NoticeIssued, At: monday}
	for _, c := range []struct {
		notice referral.Notice
		days   int
		want   bool
	}{{issued, 7, false}, {issued, 8, true}, {digest, 8, false}, {digest, 13, false}, {digest, 14, true}} {
		if got := tooLate(shop, referral.Mail{Notice: c.notice}, monday.AddDate(0, 0, c.days)); got != c.want {
			t.Errorf("%s after %d days: too late %t", c.notice.Kind, c.days, got)
		}
	}
}

// Whoever waits before a page for the mail that signs them in gets it while mails are paused.
func TestPausedMailsLeaveTheDoorOpen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	shop := tenant.Shop{Settings: tenant.Settings{MailsPaused: true}}
	asked := referral.Mail{Notice: referral.Notice{Kind: referral.NoticeSignIn, SignIn: "sgn_1"}}
	if until := waitsUntil(shop, asked, now); until.After(now) {
		t.Errorf("a sign-in waits until %v", until)
	}
	told := referral.Mail{Notice: referral.Notice{Kind: referral.NoticeIssued}}
	if until := waitsUntil(shop, told, now); !until.After(now) {
		t.Error("a reward is told while mails are paused")
	}
}

const sunday time.Weekday = 7 // as tenant.Notify has it
