package app

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/text"
)

// Mail lets whoever got a mail say that they want no more, by the sealed token of its link (package mail). Errors:
// Invalid (mail_link), Unavailable.
type Mail interface {
	// StopFor names the shop that a token is for, and changes nothing.
	StopFor(ctx context.Context, token string) (shop string, err error)
	Stop(ctx context.Context, token string) (shop string, err error)
	// CameBack has the reader of a token written no more, as a mail of that time came back for good, or as they
	// complained.
	CameBack(ctx context.Context, token string, complained bool, at time.Time) error
	// Choices names the shop that a token is for, and the sorts of mails that its reader gets now.
	Choices(ctx context.Context, token string) (shop string, wanted []string, err error)
	// Choose has the reader written these sorts of mails, and no others.
	Choose(ctx context.Context, token string, wanted []string) (shop string, err error)
}

// stopPath is where the link leads (mail.StopPath).
const stopPath = "/mail/unsubscribe"

// stopPage is what the page is filled with: a question with a button, or what came of it.
type stopPage struct {
	Language, Direction   string
	Heading, Says, Button string
	Done                  string       // what was done just now; "": nothing
	Choices               []mailChoice // beside the button; nil: there is nothing to choose
	None                  string       // the other button
	Style                 template.CSS
}

//go:embed unsubscribe.html
var stopHTML string

//go:embed unsubscribe.css
var stopCSS string

var stopTemplate = template.Must(template.New("unsubscribe").Parse(stopHTML))

// stopPolicy lets the page have its own style and send its form, and nothing else.
var stopPolicy = func() string {
	sum := sha256.Sum256([]byte(stopCSS))
	return fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; form-action 'self'; frame-ancestors 'none'",
		base64.StdEncoding.EncodeToString(sum[:]))
}()

// askToStop shows what would be done. A link that is opened changes nothing: mail programs open links by themselves.
func (h *handler) askToStop(c *fiber.Ctx) error {
	p := text.In(c.Query("l"))
	shop, err := h.config.Mail.StopFor(c.UserContext(), c.Query("t"))
	if err != nil {
		return refuseStop(c, p, err)
	}
	return showStop(c, stopPage{
		Heading: p.Say("shopper.mail.stop_heading"), Says: p.Say("shopper.mail.stop_says", text.With{"shop": shop}),
		Button: p.Say("shopper.mail.stop_button"),
	}, p)
}

// stop does it: by the page's button, or by a mail program that posts by itself. Source: RFC 8058, 3.2.
func (h *handler) stop(c *fiber.Ctx) error {
	p := text.In(c.Query("l"))
	shop, err := h.config.Mail.Stop(c.UserContext(), c.Query("t"))
	if err != nil {
		return refuseStop(c, p, err)
	}
	return showStop(c, stopPage{
		Heading: p.Say("shopper.mail.stopped_heading"), Says: p.Say("shopper.mail.stopped_says", text.With{"shop": shop}),
	}, p)
}

// refuseStop says on the page what is wrong with a link. Other errors are the app's to answer.
func refuseStop(c *fiber.Ctx, p *text.Printer, err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	c.Status(http.StatusBadRequest)
	return showStop(c, stopPage{Heading: p.Say("shopper.mail.stop_heading"), Says: p.Error(err)}, p)
}

func showStop(c *fiber.Ctx, page stopPage, p *text.Printer) error {
	page.Language, page.Direction = p.Language(), p.Direction()
	page.Style = template.CSS(stopCSS) //nolint:gosec // our own file

	var html strings.Builder
	if err := stopTemplate.Execute(&html, page); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, stopPolicy)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.SendString(html.String())
}
