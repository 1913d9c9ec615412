package admin

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"twofold/referral"
	"twofold/reports"
	"twofold/tenant"
	"twofold/text"
)

// Advocates is what the pages of advocates read (package reports).
type Advocates interface {
	Page(ctx context.Context, shop tenant.ShopID, cursor string) (reports.AdvocatePage, error)
	Search(ctx context.Context, shop tenant.ShopID, meant string) ([]reports.AdvocateRow, error)
	Find(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, now time.Time,
	) (reports.AdvocateDetail, error)
	// Audit lists what was done to an advocate, or to an order of theirs. NotFound: there is no such advocate.
	Audit(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) ([]referral.AuditEntry, error)
}

// advocatesPath is below which the pages of advocates are.
const advocatesPath = Path + "/advocates"

// AdvocateList is what the list of advocates shows.
type AdvocateList struct {
	Query        string
	Says         string // in place of rows
	Rows         []AdvocateRow
	Newer, Older string // paths of the pages beside it; "": there is none
}

// AdvocateRow is one advocate in the list.
type AdvocateRow struct {
	Path   string
	Name   string
	Code   string
	Joined string
	State  string
	Tone   string // of the state's badge
	Orders int
	Owed   string // "" for nothing
}

// advocates is the list of advocates, who joined last first, or what a search finds.
func (h *handler) advocates(v visit) error {
	if query := strings.TrimSpace(v.Query("q")); query != "" {
		return h.searchedAdvocates(v, query)
	}

	page, err := h.config.Advocates.Page(v.UserContext(), v.shop.ID, v.Query("page"))
	if err != nil {
		return err
	}
	view := AdvocateList{
		Rows:  advocateRows(v, page.Rows),
		Newer: advocatePagePath(page.Newer), Older: advocatePagePath(page.Older),
	}
	return h.show(v, "advocates", view)
}

func (h *handler) searchedAdvocates(v visit, query string) error {
	view := AdvocateList{Query: query}
	found, err := h.config.Advocates.Search(v.UserContext(), v.shop.ID, query)
	switch {
	case errors.Is(err, referral.ErrWithheld):
		view.Says = v.say.Say("merchant.advocates.no_addresses")
	case err != nil:
		return err
	case len(found) == 0:
		view.Says = v.say.Say("merchant.advocates.not_found", text.With{"query": query})
	}

	view.Rows = advocateRows(v, found)
	return h.show(v, "advocates", view)
}

func advocatePagePath(cursor string) string {
	if cursor == "" {
		return ""
	}
	return advocatesPath + "?page=" + url.QueryEscape(cursor)
}

func advocateRows(v visit, found []reports.AdvocateRow) []AdvocateRow {
	rows := make([]AdvocateRow, len(found))
	for i, a := range found {
		state, tone := advocateState(v.say, a.Advocate)
		rows[i] = AdvocateRow{
			Path: advocatePath(a.ID), Name: text.Capital(cmp.Or(v.guest(a.Advocate), v.person(a.Customer, a.Name))), Code: a.Code(),
			Joined: v.calendar().Date(a.JoinedAt), State: state, Tone: tone, Orders: a.Friends,
		}
		if !a.Owed.IsZero() {
			rows[i].Owed = v.say.Money(a.Owed)
		}
	}
	return rows
}

func advocatePath(id referral.AdvocateID) string { return advocatesPath + "/" + string(id) }

// guest says of an advocate without an account how they are known; "": they have one, or were erased.
func (v visit) guest(a referral.Advocate) string {
	switch {
	case a.Customer != "":
		return ""
	case !a.ProvedAt.IsZero():
		return v.say.Say("merchant.advocates.guest_proved")
	case a.Order != "":
		return v.say.Say("merchant.advocates.guest_order")
	case a.Named.Order != "":
		return v.say.Say("merchant.advocates.guest_named")
	}
	return v.say.Say("merchant.advocates.guest_unproved")
}

// advocateState words whether an advocate may share, with the tone of its badge.
func advocateState(say *text.Printer, a referral.Advocate) (state, tone string) {
	switch {
	case !a.ErasedAt.IsZero():
		return say.Say("merchant.advocates.erased"), ""
	case a.State == referral.AdvocateBlocked:
		return say.Say("merchant.advocates.blocked"), "critical"
	}
	return say.Say("merchant.advocates.active"), "success"
}
