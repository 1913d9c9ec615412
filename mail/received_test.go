package mail_test

import (
	"regexp"
	"strings"
	"testing"

	"twofold/local"
	"twofold/mail"
	"twofold/text"
)

// named is a value that nobody has put in.
var named = regexp.MustCompile(`\{\{|\{[a-z.]+\}|<no value>`)

// Every mail in every language comes through a mail server as it was written: subject, both parts, the way in which it is
// read, and the headers by which mail programs stop it (RFC 8058).
func TestMailsAreReceived(t *testing.T) {
	t.Parallel()
	box, err := local.StartMailbox("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	server := mail.SMTP{Host: box.Host(), Port: box.Port(), From: "rewards@twofold.example"}
	shop := mail.SampleShop
	shop.Settings.MailLook.Sender, shop.Settings.MailLook.ReplyTo = `12" Fold & Friends\`, "hi@fold.example"

	for _, p := range text.ForShoppers() {
		for _, sample := range mail.Samples() {
			letter, err := sample.Write(p, shop, nil)
			if err != nil {
				t.Fatal(err)
			}
			letter.ID, letter.To = sample.Name+"."+p.Language(), "bob@example.com"
			if err := server.Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}

			all := box.Mails()
			for _, wrong := range wrongWith(all[len(all)-1], letter, p) {
				t.Errorf("%s in %s: %s", sample.Name, p.Language(), wrong)
			}
		}
	}
}

// wrongWith lists what came otherwise than it was sent.
func wrongWith(came local.Mail, sent mail.Letter, p *text.Printer) (wrong []string) {
	from, _ := came.Header.AddressList("From")
	ended := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	for what, right := range map[string]bool{
		"the subject":     came.Subject == sent.Subject && came.Subject != "",
		"the plain text":  ended(came.Text) == ended(sent.Text) && came.Text != "",
		"the HTML":        ended(came.HTML) == ended(sent.HTML) && strings.Contains(came.HTML, "</html>"),
		"a value":         !named.MatchString(came.Subject + came.Text + came.HTML),
		"the direction":   strings.Contains(came.HTML, `dir="`+p.Direction()+`"`) && (p.Direction() == "rtl") == (p.Language() == "ar"),
		"the sender":      len(from) == 1 && from[0].Name == sent.From && from[0].Address == "rewards@twofold.example",
		"the answer":      strings.Contains(came.Header.Get("Reply-To"), sent.ReplyTo),
		"the recipient":   came.To == sent.To,
		"the Message-ID":  came.Header.Get("Message-Id") == "<"+sent.ID+"@twofold.example>",
		"the way to stop": came.Header.Get("List-Unsubscribe") == "<"+sent.Stop+">" && sent.Stop != "",
		"one click":       came.Header.Get("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click",
	} {
		if !right {
			wrong = append(wrong, what)
		}
	}
	return wrong
}
