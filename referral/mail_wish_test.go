package referral_test

import (
	"slices"
	"testing"

	"twofold/referral"
)

func TestWhatSomebodyWantsOfMails(t *testing.T) {
	t.Parallel()
	const links, rewards, reminders = referral.MailLinks, referral.MailRewards, referral.MailReminders
	for _, row := range []struct {
		says   string
		wish   referral.MailWish
		wanted []referral.MailSort
	}{
		{"nothing was chosen", referral.MailWish{}, referral.MailSorts},
		{"one sort", referral.WishFor([]referral.MailSort{rewards}), []referral.MailSort{rewards}},
		{"what there is not", referral.WishFor([]referral.MailSort{"lottery", ""}), nil},
		{"none", referral.WishFor(nil), nil},
		{
			"what either of two does without",
			referral.MailWish{Not: []referral.MailSort{reminders}}.And(referral.MailWish{Not: []referral.MailSort{links}}),
			[]referral.MailSort{rewards},
		},
		{"one of two wants none", referral.MailWish{}.And(referral.MailWish{None: true}), nil},
	} {
		if got := row.wish.Wanted(); !slices.Equal(got, row.wanted) {
			t.Errorf("%s: %q, want %q", row.says, got, row.wanted)
		}
		for kind, sort := range map[referral.NoticeKind]referral.MailSort{
			referral.NoticeLink: links, referral.NoticeIssued: rewards, referral.NoticeFriendCodeEnds: reminders,
		} {
			if row.wish.Wants(kind) != slices.Contains(row.wanted, sort) {
				t.Errorf("%s: %s is wanted: %v", row.says, kind, row.wish.Wants(kind))
			}
		}
	}

	// Whoever typed their address gets the mail that they asked for, unless they want none at all.
	if w := referral.WishFor([]referral.MailSort{links}); !w.Wants(referral.NoticeSignIn) || (referral.MailWish{None: true}).Wants(referral.NoticeProve) {
		t.Error("mails to sign in with are no matter of sorts")
	}
}
