package admin

import (
	"context"
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/figures"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Leaving is what a merchant does who leaves (package shops).
type Leaving interface {
	// CountOurs asks Shopify what is ours in the shop.
	CountOurs(ctx context.Context, shop tenant.ShopID) (referral.Ours, error)
	// Leave begins to take all of it out; user asked for it.
	Leave(ctx context.Context, shop tenant.ShopID, user string) error
	// StartAgain makes a cleaned shop a new install. Conflict: its cleanup is not done.
	StartAgain(ctx context.Context, shop tenant.ShopID) error
}

// leavePath is the page of a merchant who leaves. Once the shop is cleaned every page leads there.
const leavePath = Path + "/leave"

// leaveView is the page before, while and after all that is ours is taken out.
type leaveView struct {
	Cleaned bool // it was begun
	Open    bool // it is not done
	Again   int  // after how many seconds to look again

	Owed         []string // what people are owed
	Typed, Error string   // the confirmation
	Confirm      string   // what is to be typed

	Progress string
	Percent  int
	Apps     template.URL // where the app is uninstalled
}

// leaveEvery is how often the page looks again while the cleanup is under way.
const leaveEvery = 2 * time.Second

// leave is the page.
func (h *handler) leave(v visit) error {
	view, err := h.leaveView(v)
	if err != nil {
		return err
	}
	return h.show(v, "leave", view)
}

func (h *handler) leaveView(v visit) (leaveView, error) {
	view := leaveView{Confirm: v.shop.ID.Handle(), Cleaned: v.shop.Status == tenant.Cleaned}
	if view.Cleaned {
		view.Apps = "shopify:admin/settings/apps"
		view.cleaned(v, v.shop.Cleanup)
		return view, nil
	}

	ever, err := h.config.Figures.Ever(v.UserContext(), v.shop)
	if err != nil {
		return leaveView{}, err
	}
	view.Owed = v.owedToPeople(ever)
	return view, nil
}

// cleaned says how far the cleanup has come.
func (view *leaveView) cleaned(v visit, c tenant.Cleanup) {
	if !c.Open {
		return
	}
	view.Open, view.Again = true, int(leaveEvery.Seconds())
	switch {
	case c.Left > 0:
		view.Progress = v.say.Say("merchant.leave.left", text.With{"count": c.Left})
	case c.Found == 0:
		view.Progress = v.say.Say("merchant.leave.counting")
	default:
		view.Progress = v.say.Say("merchant.leave.progress", text.With{"gone": c.Gone, "count": c.Found})
		view.Percent = 100 * c.Gone / c.Found
	}
}

// owedToPeople says what advocates and friends have earned and not had yet: nothing of it can be used afterwards.
func (v visit) owedToPeople(ever figures.Period) (says []string) {
	unspent := ever.Issued()
	unspent.Minor -= ever.Redeemed().Minor
	for _, one := range []struct {
		entry  string
		count  int
		amount string
		is     bool
	}{
		{"merchant.leave.on_hold", ever.Count(figures.OnHoldCount), v.say.Money(ever.OnHold()), ever.OnHold().Minor > 0},
		{
			"merchant.leave.unspent", ever.Count(figures.IssuedCount) - ever.Count(figures.RedeemedCount),
			v.say.Money(unspent), unspent.Minor > 0,
		},
	} {
		if one.is {
			says = append(says, v.say.Say(one.entry, text.With{"count": one.count, "amount": one.amount}))
		}
	}
	return says
}

// oursView is what Shopify says of ours.
type oursView struct {
	Rows []oursRow
	Says string // in place of rows
}

type oursRow struct {
	What  string
	Count int
}

// ours is the part of the page that asks Shopify.
func (h *handler) ours(v visit) error {
	var view oursView
	there, err := h.config.Leaving.CountOurs(v.UserContext(), v.shop.ID)
	switch {
	case err != nil:
		v.Locals(FailedLocal, err)
		view.Says = v.say.Say("merchant.leave.uncounted")
	case there.Total() == 0:
		view.Says = v.say.Say("merchant.leave.nothing")
	}
	for _, kind := range referral.OursKinds {
		if there[kind] > 0 {
			view.Rows = append(view.Rows, oursRow{v.say.Say("merchant.leave.kind." + string(kind)), there[kind]})
		}
	}
	return h.config.Documents.part(v, "leave", "ours", view)
}

// beginLeaving takes all that is ours out of the shop, once its name was typed.
func (h *handler) beginLeaving(v visit) error {
	typed := strings.TrimSpace(v.FormValue("shop"))
	if v.shop.Status != tenant.Cleaned && !strings.EqualFold(typed, v.shop.ID.Handle()) {
		view, err := h.leaveView(v)
		if err != nil {
			return err
		}
		view.Typed, view.Error = typed, v.say.Say("merchant.leave.other_name", text.With{"name": view.Confirm})
		return h.again(v, "leave", view)
	}

	if v.shop.Status != tenant.Cleaned {
		if err := h.config.Leaving.Leave(v.UserContext(), v.shop.ID, v.user); err != nil {
			return err
		}
	}
	return v.Redirect(leavePath, fiber.StatusSeeOther)
}

// startAgain makes a shop that was cleaned a new install. Where somebody else was faster it is one already.
func (h *handler) startAgain(v visit) error {
	err := h.config.Leaving.StartAgain(v.UserContext(), v.shop.ID)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return v.Redirect(Path, fiber.StatusSeeOther)
}

// unlessCleaned leads from a page to that of a shop that was cleaned, where it was: nothing else works there until the
// merchant starts again.
func (h *handler) unlessCleaned(handle func(visit) error) func(visit) error {
	return func(v visit) error {
		if v.shop.Status != tenant.Cleaned || strings.HasPrefix(v.Path(), leavePath) {
			return handle(v)
		}
		if v.Method() == fiber.MethodGet {
			return h.moved(v, leavePath)
		}
		return v.Redirect(leavePath, fiber.StatusSeeOther)
	}
}
