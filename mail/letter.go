package mail

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Letter is one mail as it is handed to the mail server.
type Letter struct {
	ID      string // names the event: the same each time it is tried, so that mailboxes may know a second copy
	From    string // the name that is shown; the address is the mail server's matter
	To      string
	ReplyTo string // "" where Shopify shows no address of the shop's
	Subject string
	Text    string
	HTML    string
	Token   string // names its reader to whoever tells that it came back; "": nobody does
	Stop    string // the link by which mail programs have no more of these come; "" where there is none
}

// links are what can be opened from a mail; "": nothing.
type links struct {
	Link     string // of the button
	Stop     string // at the mail's end: of whoever wants other mails, or none
	OneClick string // by which mail programs have none come any more
	Token    string // names the mail's reader in both
}

// written is what the templates are filled with.
type written struct {
	text.Mail
	links
	Shop      string
	Logo      string        // address of a picture; "": the shop's name stands there
	Light     tenant.Button // by day
	Dark      tenant.Button // where the mail program is dark
	Language  string
	Direction string
	Start     string // the side on which lines begin
}

// write words a notice for a shopper, as HTML and as plain text, in the look that the merchant has chosen.
func write(
	p *text.Printer, n referral.Notice, about text.About, look tenant.MailLook, to links,
) (Letter, error) {
	l, err := compose(p, p.Mail(n, about), about.Shop, look, to)
	if err != nil {
		return Letter{}, fmt.Errorf("mail: write: %w", err)
	}
	l.From, l.ReplyTo = cmp.Or(look.Sender, about.Shop), look.ReplyTo
	return l, nil
}

// compose puts words into the layout.
func compose(p *text.Printer, words text.Mail, shop string, look tenant.MailLook, to links) (Letter, error) {
	w := written{
		Mail: words, links: to, Shop: shop, Logo: look.Logo, Light: look.Accent.OnLight(), Dark: look.Accent.OnDark(),
		Language: p.Language(), Direction: p.Direction(), Start: "left",
	}
	if w.Direction == "rtl" {
		w.Start = "right"
	}

	var html strings.Builder
	if err := layout.Execute(&html, w); err != nil {
		return Letter{}, err
	}
	return Letter{Subject: w.Subject, Text: plain(w), HTML: html.String(), Stop: to.OneClick, Token: to.Token}, nil
}

// plain is the mail for whoever reads without HTML: the same words in the same order.
func plain(w written) string {
	parts := append([]string{w.Heading}, w.Lines...)
	if w.Code != "" {
		parts = append(parts, w.Label+": "+w.Code+"\n"+w.Until)
	}
	if w.Link != "" {
		parts = append(parts, w.Button+":\n"+w.Link)
	}
	end := "-- \n" + w.Shop + "\n" + w.Why
	if w.Stop != "" {
		end += "\n" + w.NoMore + ":\n" + w.Stop
	}
	parts = append(parts, end)
	return strings.Join(parts, "\n\n") + "\n"
}

// layoutHTML is made of layout.mjml by tools/mail.
//
//go:embed layout.html
var layoutHTML string

var layout = mustParse(layoutHTML)

// conditional is a comment by which Outlook is told apart.
var conditional = regexp.MustCompile(`(?s)<!--.*?-->`)

// mustParse reads the layout. html/template leaves comments out, and Outlook needs some: they are put back as values.
func mustParse(html string) *template.Template {
	var comments []template.HTML
	html = conditional.ReplaceAllStringFunc(html, func(comment string) string {
		comments = append(comments, template.HTML(comment)) //nolint:gosec // it stands in our own file
		return strings.Join([]string{"{{comment", strconv.Itoa(len(comments) - 1), "}}"}, " ")
	})

	comment := func(n int) template.HTML { return comments[n] }
	return template.Must(template.New("mail").Funcs(template.FuncMap{"comment": comment}).Parse(html))
}
