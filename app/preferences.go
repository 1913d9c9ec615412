package app

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"twofold/text"
)

// choosePath is where the link at a mail's end leads (mail.ChoosePath).
const choosePath = "/mail/preferences"

// mailChoice is a sort of mails with its box.
type mailChoice struct {
	Name, Says string
	On         bool
}

// askToChoose shows which mails somebody gets. A link that is opened changes nothing.
func (h *handler) askToChoose(c *fiber.Ctx) error {
	p := text.In(c.Query("l"))
	shop, wanted, err := h.config.Mail.Choices(c.UserContext(), c.Query("t"))
	if err != nil {
		return refuseStop(c, p, err)
	}
	return showStop(c, choosePage(p, shop, wanted, ""), p)
}

// choose keeps what was chosen, and shows the same page once more.
func (h *handler) choose(c *fiber.Ctx) error {
	p := text.In(c.Query("l"))
	var wanted []string
	if c.FormValue("none") == "" {
		for _, value := range c.Request().PostArgs().PeekMulti("want") {
			wanted = append(wanted, string(value)) // a copy: the buffer is reused
		}
	}

	shop, err := h.config.Mail.Choose(c.UserContext(), c.Query("t"), wanted)
	if err != nil {
		return refuseStop(c, p, err)
	}
	return showStop(c, choosePage(p, shop, wanted, p.Say("shopper.mail.chosen")), p)
}

// choosePage is the page of somebody who gets the sorts of mails that are wanted.
func choosePage(p *text.Printer, shop string, wanted []string, done string) stopPage {
	page := stopPage{
		Heading: p.Say("shopper.mail.choose_heading"), Says: p.Say("shopper.mail.choose_says", text.With{"shop": shop}),
		Done: done, Button: p.Say("shopper.mail.choose_save"),
		Choices: []mailChoice{
			{Name: "links", Says: p.Say("shopper.mail.choose_links")},
			{Name: "rewards", Says: p.Say("shopper.mail.choose_rewards")},
			{Name: "reminders", Says: p.Say("shopper.mail.choose_reminders")},
		},
	}
	for i, choice := range page.Choices {
		page.Choices[i].On = slices.Contains(wanted, choice.Name)
	}

	if len(wanted) > 0 {
		page.None = p.Say("shopper.mail.choose_none")
	} else {
		page.Says = p.Say("shopper.mail.stopped_says", text.With{"shop": shop})
	}
	return page
}
