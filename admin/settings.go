package admin

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Settings is what the merchant chooses for the whole shop (package shops).
type Settings interface {
	// Choose keeps it. Invalid: there is no such choice.
	Choose(ctx context.Context, shop tenant.ShopID, chosen tenant.Settings) error
	// WriteTerms makes what was typed the next version of the programme's terms. Invalid: it is too long, or its link
	// leads elsewhere. Conflict: somebody else has written meanwhile.
	WriteTerms(ctx context.Context, shop tenant.ShopID, typed tenant.TermsTyped) error
}

// People is what a merchant does when a person asks what is kept of them, or to be erased (package people).
type People interface {
	// Tell is everything that is kept of a customer, as JSON. NotFound: nothing is.
	Tell(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) ([]byte, error)
	// EraseAsked erases a customer; the audit log has who asked for it. NotFound: nothing was kept of them.
	EraseAsked(ctx context.Context, shop tenant.ShopID, c referral.CustomerID, user string) error
}

// settingsPath is the page of settings.
const settingsPath = Path + "/settings"

// settingsView is what the page of settings shows.
type settingsView struct {
	OnlyBuyers bool // may join
	Terms      string
	GuideAway  bool
	Kept       []keptRow
	Person     []personForm
}

// keptRow says how long something is kept.
type keptRow struct{ What, Long string }

// personForm asks for a customer, and does something with what is kept of them.
type personForm struct {
	Act, Heading, Does, Button string
	Critical                   bool // it takes something away
	Typed, Error               string
}

// kept are what is kept and how long, as docs/PRIVACY.md has it in full.
var kept = []struct{ what, long string }{
	{"merchant.settings.kept_program", "merchant.settings.kept_program_long"},
	{"merchant.settings.kept_unused", "merchant.settings.kept_unused_long"},
	{"merchant.settings.kept_messages", "merchant.settings.kept_messages_long"},
	{"merchant.settings.kept_networks", "merchant.settings.kept_networks_long"},
	{"merchant.settings.kept_never", "merchant.settings.kept_never_long"},
}

// settings is the page of settings.
func (h *handler) settings(v visit) error { return h.show(v, "settings", v.settingsView()) }

func (v visit) settingsView() settingsView {
	view := settingsView{
		OnlyBuyers: v.shop.Settings.Join == tenant.BuyersJoin, GuideAway: v.shop.Settings.GuideAway, Terms: v.termsNow(),
	}
	for _, k := range kept {
		view.Kept = append(view.Kept, keptRow{v.say.Say(k.what), v.say.Say(k.long)})
	}
	view.Person = []personForm{
		{
			Act: "tell", Heading: v.say.Say("merchant.settings.tell_heading"),
			Does: v.say.Say("merchant.settings.tell_does"), Button: v.say.Say("merchant.settings.tell_button"),
		},
		{
			Act: "erase", Heading: v.say.Say("merchant.settings.erase_heading"), Critical: true,
			Does: v.say.Say("merchant.settings.erase_does"), Button: v.say.Say("merchant.settings.erase_button"),
		},
	}
	return view
}

// saveSettings keeps who may join.
func (h *handler) saveSettings(v visit) error {
	chosen := v.shop.Settings
	chosen.Join = tenant.WhoJoins(v.FormValue("join"))
	if v.FormValue("join") == "everybody" {
		chosen.Join = tenant.EverybodyJoins
	}
	if err := h.config.Settings.Choose(v.UserContext(), v.shop.ID, chosen); err != nil {
		return err
	}
	return h.went(v, settingsPath, "merchant.did.settings")
}

// putGuideAway has Home without the set-up guide, once that is finished.
func (h *handler) putGuideAway(v visit) error { return h.moveGuide(v, true) }

// putGuideBack has it there again.
func (h *handler) putGuideBack(v visit) error { return h.moveGuide(v, false) }

func (h *handler) moveGuide(v visit, away bool) error {
	chosen := v.shop.Settings
	chosen.GuideAway = away
	if err := h.config.Settings.Choose(v.UserContext(), v.shop.ID, chosen); err != nil {
		return err
	}
	return h.went(v, Path, "merchant.did.settings")
}

// tell sends what is kept of a customer as a file.
func (h *handler) tell(v visit) error {
	c, err := parseCustomer(v.FormValue("customer"))
	var told []byte
	if err == nil {
		told, err = h.config.People.Tell(v.UserContext(), v.shop.ID, c)
	}
	if err != nil {
		return h.personAgain(v, "tell", err)
	}

	v.Set(fiber.HeaderCacheControl, "no-store")
	v.Attachment("customer-" + lastPart(string(c)) + ".json")
	return v.Send(told)
}

// eraseLimit bounds an erasure; the browser is answered within 30 s.
const eraseLimit = 25 * time.Second

// erase erases a customer.
func (h *handler) erase(v visit) error {
	c, err := parseCustomer(v.FormValue("customer"))
	if err != nil {
		return h.personAgain(v, "erase", err)
	}

	// It is not broken off where whoever asked has given up meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.UserContext()), eraseLimit)
	defer cancel()
	if err := h.config.People.EraseAsked(ctx, v.shop.ID, c, v.user); err != nil {
		return h.personAgain(v, "erase", err)
	}
	return h.went(v, settingsPath, "merchant.did.erased")
}

// parseCustomer reads the number of a customer, or the address of the customer's page in the admin.
func parseCustomer(typed string) (referral.CustomerID, error) {
	typed = strings.TrimRight(strings.TrimSpace(typed), "/")
	number := lastPart(typed)
	if !orders.AllDigits(number) {
		return "", fault.New(fault.Invalid, "customer_number")
	}
	return referral.CustomerID("gid://shopify/Customer/" + number), nil
}

// personAgain shows the form as it was typed, with what is wrong.
func (h *handler) personAgain(v visit, act string, err error) error {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
		return err
	}

	view := v.settingsView()
	for i := range view.Person {
		if form := &view.Person[i]; form.Act == act {
			form.Typed, form.Error = v.FormValue("customer"), v.say.Error(err)
		}
	}
	return h.again(v, "settings", view)
}
