package tenant

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"twofold/fault"
)

// MailLook is from whom mails to shoppers are, and how they look. The zero value: the shop's name, its contact address
// at Shopify, our own colours.
type MailLook struct {
	Sender  string // the name that is shown; "": the shop's
	ReplyTo string // where an answer goes; "": the shop's contact address at Shopify
	Accent  Accent
	Logo    string // address of a picture among the shop's files; "": its name is written
}

// MaxSender is how long the sender's name may be, in letters: phones show some thirty.
const MaxSender = 60

// logoPattern is a picture of a shop's files, in a form that mail programs show. Shopify names it so by "Copy link".
var logoPattern = regexp.MustCompile(
	`\Ahttps://cdn\.shopify\.com/s/files/[A-Za-z0-9/_.~%-]{1,400}\.(?i:png|jpe?g|gif)(\?v=[0-9]{1,20})?\z`)

// Faults are all that is wrong with it, as Invalid: mail_sender, mail_reply_to, mail_accent, mail_logo.
func (l MailLook) Faults() (wrong []error) {
	if utf8.RuneCountInString(l.Sender) > MaxSender || strings.ContainsFunc(l.Sender, unicode.IsControl) {
		wrong = append(wrong, fault.With(fault.Invalid, "mail_sender", fault.Values{"most": MaxSender}))
	}
	if l.ReplyTo != "" && !isAddress(l.ReplyTo) {
		wrong = append(wrong, fault.New(fault.Invalid, "mail_reply_to"))
	}
	if !l.Accent.shows() {
		wrong = append(wrong, fault.New(fault.Invalid, "mail_accent"))
	}
	if l.Logo != "" && !logoPattern.MatchString(l.Logo) {
		wrong = append(wrong, fault.New(fault.Invalid, "mail_logo"))
	}
	return wrong
}

// Without is the look without what a fault is about.
func (l MailLook) Without(wrong error) MailLook {
	switch fault.CodeOf(wrong) {
	case "mail_sender":
		l.Sender = ""
	case "mail_reply_to":
		l.ReplyTo = ""
	case "mail_accent":
		l.Accent = ""
	case "mail_logo":
		l.Logo = ""
	}
	return l
}

// isAddress tells whether a text is one e-mail address and nothing else.
func isAddress(address string) bool {
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Address == address && len(address) <= addressBytes
}
