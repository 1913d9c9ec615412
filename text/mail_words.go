package text

import (
	"strings"

	"twofold/referral"
)

// Own are words that a merchant has written for mails, by the name of the text, in the place of ours: {shop} stands in
// them for a value.
type Own map[string]string

// MailText is one text of mails, which a merchant may write anew.
type MailText struct {
	Name   string   // in Own
	Entry  string   // of ours
	Values []string // that it may name
	Most   int      // letters
	Lines  bool     // it may have several
}

// EveryMail stands for the mails together, in the place of a kind: the texts that they share.
const EveryMail = "every"

// So many letters a text may have at most.
const (
	mostSubject = 120
	mostShort   = 200
	mostLong    = 1000
)

// mailValues are what the texts of a kind may name beside the shop. What a mail may lack stands in none of them.
var mailValues = map[referral.NoticeKind][]string{
	referral.NoticeLink:           nil,
	referral.NoticeFriendCode:     {"offer", "code"},
	referral.NoticeFriendCodeEnds: {"offer", "code", "end"},
	referral.NoticeBought:         {"offer", "release"},
	referral.NoticeIssued:         {"offer", "code"},
	referral.NoticeFriendReward:   {"offer", "code"},
	referral.NoticeRewardEnds:     {"offer", "code", "end"},
	referral.NoticeTakenBack:      {"offer"},
	referral.NoticeProve:          nil,
	referral.NoticeSignIn:         nil,
}

// MailTexts are the texts of a kind of mail, or of EveryMail, in the order in which they are read; none: shoppers get no
// such mail.
func MailTexts(kind string) []MailText {
	if kind == EveryMail {
		return sharedTexts()
	}
	more, sent := mailValues[referral.NoticeKind(kind)]
	if !sent {
		return nil
	}

	values := append([]string{"shop"}, more...)
	texts := []MailText{
		{"subject", "shopper.mail.subject." + kind, values, mostSubject, false},
		{"heading", "shopper.mail.heading." + kind, values, mostSubject, false},
	}
	if referral.NoticeKind(kind) == referral.NoticeTakenBack {
		texts = append(texts,
			MailText{"taken_undone", "shopper.progress.reversed.undone", values, mostLong, true},
			MailText{"taken_shop", "shopper.progress.reversed.shop", values, mostLong, true})
	}
	return append(texts, MailText{"says", "shopper.mail.says." + kind, values, mostLong, true})
}

func sharedTexts() []MailText {
	short := func(name string, more ...string) MailText {
		return MailText{name, "shopper.mail." + name, append([]string{"shop"}, more...), mostShort, false}
	}
	return []MailText{
		short("code"), short("until", "end", "code"), short("once", "code"), short("use"), short("see"),
		short("link"), short("send"), short("sign_in_code"), short("sign_in_until", "minutes"), short("enter"),
		short("why_advocate"), short("why_friend"), short("why_typed"), short("choose"), short("no_more"),
	}
}

// Ours is our own wording of a text, with {shop} for a value.
func (p *Printer) Ours(t MailText) string {
	named := With{}
	for _, value := range t.Values {
		named[value] = "{" + value + "}"
	}
	return p.Say(t.Entry, named)
}

// Reworded is what a merchant has typed for a text, without blanks at its ends; "" where it is as ours.
func (p *Printer) Reworded(t MailText, typed string) string {
	words := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if words == p.Ours(t) {
		return ""
	}
	return words
}

// Named are the values that a text may name, as they are typed.
func (t MailText) Named() (all []string) {
	for _, value := range t.Values {
		all = append(all, "{"+value+"}")
	}
	return all
}

// own words one text of a mail: as the merchant has, else as we do. A value is put in as it is: what looks like another
// one in it is none.
func (p *Printer) own(own Own, name, entry string, with With) string {
	words := own[name]
	if words == "" {
		return p.Say(entry, with)
	}

	var pairs []string
	for value, is := range with {
		pairs = append(pairs, "{"+value+"}", p.form(is))
	}
	return strings.NewReplacer(pairs...).Replace(words)
}

// lines are those of a text: one, unless the merchant has written several.
func lines(words string) []string {
	return strings.FieldsFunc(words, func(r rune) bool { return r == '\n' })
}
