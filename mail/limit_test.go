package mail

import (
	"testing"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// A day's mails have a limit, by the shop's own days, of which a tenth is for those that somebody waits for.
func TestTheLimitOfADay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC) // in New York it is the day before
	told := referral.Mail{Notice: referral.Notice{Kind: referral.NoticeIssued}}
	asked := referral.Mail{Notice: referral.Notice{Kind: referral.NoticeSignIn, SignIn: "sgn_1"}}
	merchant := referral.Mail{Notice: referral.Notice{Kind: referral.NoticeReview}}
	for _, row := range []struct {
		says  string
		day   string
		sent  int
		limit int
		mail  referral.Mail
		want  bool
	}{
		{"below the part that is kept", "2026-11-30", 899, 1000, told, false},
		{"in it", "2026-11-30", 900, 1000, told, true},
		{"in it, of somebody who waits", "2026-11-30", 999, 1000, asked, false},
		{"at the limit, of somebody who waits", "2026-11-30", 1000, 1000, asked, true},
		{"to the merchant", "2026-11-30", 5000, 1000, merchant, false},
		{"of the day before", "2026-11-29", 1000, 1000, told, false},
		{"below the usual limit", "2026-11-30", 1799, 0, told, false},
		{"at the usual limit", "2026-11-30", 1800, 0, told, true},
	} {
		shop := tenant.Shop{
			Profile:  tenant.Profile{TimeZone: "America/New_York"},
			Settings: tenant.Settings{MailLimit: row.limit}, Mails: tenant.MailDay{Day: row.day, Sent: row.sent},
		}
		if got := beyond(shop, row.mail, now); got != row.want {
			t.Errorf("%s: beyond the limit is %v", row.says, got)
		}
	}
}
