package text

import (
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/referral"
)

// worded calls f for each mail that shoppers get, and for what they share.
func worded(t *testing.T, f func(mail string)) {
	t.Helper()
	mails := wordedMails(t, readProgram(t))
	if len(mails) < 11 {
		t.Errorf("only %v", mails)
	}
	for _, mail := range mails {
		f(mail)
	}
}

// Every mail has texts to write anew, and what ours name in any language a merchant's may name too.
func TestEveryTextOfMailsMayBeReworded(t *testing.T) {
	t.Parallel()
	worded(t, func(mail string) {
		texts := MailTexts(mail)
		if len(texts) < 3 {
			t.Errorf("%s has the texts %v", mail, texts)
		}
		for _, text := range texts {
			for _, p := range ForShoppers() {
				ours := p.Ours(text)
				if strings.Contains(ours, "no value") || ours == text.Entry {
					t.Errorf("%s in %s: %q", text.Entry, p.Language(), ours)
				}
				if p.Reworded(text, " "+ours+"\r\n") != "" {
					t.Errorf("%s in %s is the merchant's as it is ours", text.Entry, p.Language())
				}
			}
		}
	})
	if got := MailTexts("digest"); got != nil {
		t.Errorf("the merchant's own mails have %v", got)
	}
}

// Each text that a merchant writes anew stands in the mails that have it, with its values, and nothing else changes.
func TestMailsSayTheMerchantsWords(t *testing.T) {
	t.Parallel()
	about := About{Shop: "{code} & Sons", Zone: time.UTC, Offer: referral.Offer{Kind: referral.FreeShipping}}
	notices := func(kind referral.NoticeKind) (all []referral.Notice) {
		n := referral.Notice{Kind: kind, Advocate: "adv_1", Code: "FOLD-1", EndsAt: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
		if kind == referral.NoticeProve || kind == referral.NoticeSignIn {
			n.SignIn = "sgn_1"
		}
		friends, endless, shops := n, n, n
		friends.Advocate, endless.EndsAt, shops.Reason = "", time.Time{}, referral.ReasonMerchant
		return []referral.Notice{n, friends, endless, shops}
	}

	said := map[string]bool{}
	worded(t, func(mail string) {
		for _, text := range append(MailTexts(mail), MailTexts(EveryMail)...) {
			about.Own = Own{text.Name: "<own> {shop}"}
			for _, n := range notices(referral.NoticeKind(mail)) {
				if mail == EveryMail {
					continue
				}
				m := English.Mail(n, about)
				all := append(m.Lines, m.Subject, m.Heading, m.Label, m.Until, m.Button, m.Why, m.NoMore)
				said[text.Entry] = said[text.Entry] || slices.Contains(all, "<own> {code} & Sons")
			}
		}
	})
	worded(t, func(mail string) {
		for _, text := range MailTexts(mail) {
			if !said[text.Entry] {
				t.Errorf("no mail says %s as the merchant has it", text.Entry)
			}
		}
	})

	about.Own = Own{"says": "One.\n\nTwo, {offer}."}
	m := English.Mail(notices(referral.NoticeIssued)[0], about)
	if !slices.Equal(m.Lines, []string{"One.", "Two, free shipping."}) || m.Heading != "Your reward is here" {
		t.Errorf("several lines: %q under %q", m.Lines, m.Heading)
	}
}
