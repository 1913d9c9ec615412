package admin

import (
	"context"
	"strconv"
	"strings"

	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

// TermsStore is what the page of terms reads (package store).
type TermsStore interface {
	// FindTerms reads a version. NotFound: there is none of this number.
	FindTerms(ctx context.Context, shop tenant.ShopID, version int) (tenant.Terms, error)
	// ListTerms lists up to limit versions, the newest first.
	ListTerms(ctx context.Context, shop tenant.ShopID, limit int) ([]tenant.Terms, error)
	// CountAgreed counts advocates by the version that they agreed to last, of up to atMost: the newest versions first.
	CountAgreed(ctx context.Context, shop tenant.ShopID, atMost int) (map[int]int, error)
}

// termsPath is the page of the programme's terms.
const termsPath = settingsPath + "/terms"

// The page lists so many versions, and counts so many advocates.
const (
	termsListed  = 50
	termsCounted = 100_000
)

// termsView is what the page of terms shows.
type termsView struct {
	Text, Link           string // as they are, or as they were typed
	Over                 int    // the version that they were typed over; 0: there was none
	TextError, LinkError string
	Problem              string // that somebody else was faster
	LinkAbout            string
	Most                 int
	Now                  string
	Versions             []termsRow
	Cut                  string // "": all advocates are counted
}

// termsRow is a version in the list.
type termsRow struct{ Path, Name, Since, Agreed string }

// termsText is a former version, or that of now, to be read.
type termsText struct {
	Name, Since, Link string
	Lines             []string
}

// terms is the page of terms.
func (h *handler) terms(v visit) error {
	view, err := h.termsView(v)
	if err != nil {
		return err
	}
	return h.show(v, "terms", view)
}

func (h *handler) termsView(v visit) (termsView, error) {
	all, err := h.config.Terms.ListTerms(v.UserContext(), v.shop.ID, termsListed)
	if err != nil {
		return termsView{}, err
	}
	agreed, err := h.config.Terms.CountAgreed(v.UserContext(), v.shop.ID, termsCounted)
	if err != nil {
		return termsView{}, err
	}

	view := termsView{Most: tenant.MaxTerms, LinkAbout: v.say.Say("merchant.programme.link_about"), Now: v.termsNow()}
	if len(all) > 0 {
		view.Text, view.Link, view.Over = all[0].Text, all[0].Link, all[0].Version
	}
	counted := 0
	for _, t := range all {
		n := agreed[t.Version]
		counted += n
		row := termsRow{Name: v.versionName(t.Version), Since: v.calendar().Minute(t.At), Agreed: v.say.Number(n)}
		if t.Asks() {
			row.Path = termsPath + "/" + strconv.Itoa(t.Version)
		} else {
			row.Name = v.say.Say("merchant.programme.taken_back", text.With{"number": t.Version})
		}
		view.Versions = append(view.Versions, row)
	}
	if counted >= termsCounted {
		view.Cut = v.say.Say("merchant.programme.cut", text.With{"most": termsCounted})
	}
	return view, nil
}

func (v visit) versionName(version int) string {
	return v.say.Say("merchant.programme.version", text.With{"number": version})
}

// termsNow says what whoever joins agrees to.
func (v visit) termsNow() string {
	if v.shop.Terms.Version == 0 {
		return v.say.Say("merchant.programme.none_now")
	}
	return v.say.Say("merchant.programme.now", text.With{"number": v.shop.Terms.Version})
}

// termsVersion is one version, to be read.
func (h *handler) termsVersion(v visit) error {
	number, err := strconv.Atoi(v.Params("version"))
	if err != nil {
		return fault.ForLog(fault.NotFound, "no version of terms: %w", err)
	}
	found, err := h.config.Terms.FindTerms(v.UserContext(), v.shop.ID, number)
	if err != nil {
		return err
	}

	since := v.say.Say("merchant.programme.since", text.With{"time": v.calendar().Minute(found.At)})
	return h.show(v, "terms_version", termsText{
		Name: v.versionName(found.Version), Since: since, Link: found.Link, Lines: strings.FieldsFunc(found.Text, func(r rune) bool { return r == '\n' }),
	})
}

// writeTerms keeps what was typed as the next version, or shows it again with what is wrong.
func (h *handler) writeTerms(v visit) error {
	over, err := strconv.Atoi(v.FormValue("over"))
	if err != nil {
		return fault.ForLog(fault.Invalid, "terms over no version: %w", err)
	}
	typed := tenant.TermsTyped{Text: v.FormValue("text"), Link: v.FormValue("link"), Over: over}
	err = h.config.Settings.WriteTerms(v.UserContext(), v.shop.ID, typed)
	if err == nil {
		return h.went(v, termsPath, "merchant.did.terms")
	}
	if fault.CodeOf(err) == string(fault.KindOf(err)) || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return err
	}

	view, failed := h.termsView(v)
	if failed != nil {
		return failed
	}
	view.Text, view.Link = typed.Text, typed.Link
	switch fault.CodeOf(err) {
	case "terms_link":
		view.LinkError, view.Over = v.say.Error(err), over
	case "terms_long":
		view.TextError, view.Over = v.say.Error(err), over
	default: // the list below has what somebody else has written: whoever saves again has seen it
		view.Problem = v.say.Error(err)
	}
	return h.again(v, "terms", view)
}
