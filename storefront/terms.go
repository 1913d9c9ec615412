package storefront

import (
	"bytes"
	"errors"
	"strings"

	"twofold/claims"
	"twofold/fault"
	"twofold/text"
)

// pageTerms are the programme's terms as the page has them. Their text stands below the page.
type pageTerms struct {
	Version int
	Link    string // of a page of the shop with them; "": none
	Anchor  string // of the part that has them
}

// Read is where they can be read.
func (t pageTerms) Read() string {
	if t.Link != "" {
		return t.Link
	}
	return "#" + t.Anchor
}

// agreeing adds the terms to the page of whoever shares, or may. A friend agrees to nothing.
func (p *shopPage) agreeing(v claims.PageView) {
	if !showsTerms(v) {
		return
	}
	p.Terms = &pageTerms{Version: v.Terms.Version, Anchor: claims.TermsAnchor}
	if v.Terms.Link != "" {
		p.Terms.Link = p.Root + strings.TrimPrefix(v.Terms.Link, "/")
	}
}

func showsTerms(v claims.PageView) bool {
	return v.Terms.Asks() && (v.Link == claims.RefNone || v.Link == claims.RefOwn)
}

// termsText is the terms' own text in HTML, without a brace; "" for none.
func termsText(v claims.PageView) (string, error) {
	if !showsTerms(v) || v.Terms.Text == "" {
		return "", nil
	}
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "terms", strings.Split(v.Terms.Text, "\n")); err != nil {
		return "", fault.ForLog(fault.Internal, "storefront: terms: %w", err)
	}
	return withoutBraces(out.String()), nil
}

// ToAgree is what a refusal to join tells beside its code, so that a page can ask again: the version of the programme's
// terms that must be agreed to, and where they can be read. To a buyer it tells also what could be shared.
type ToAgree struct {
	Version int        `json:"terms,omitempty"`
	Link    string     `json:"terms_link,omitempty"`
	Offer   *offerJSON `json:"offer,omitempty"`
}

// ToAgreeOf is what an error tells so; nothing unless it is that refusal.
func ToAgreeOf(err error) ToAgree {
	if fault.CodeOf(err) != "accept_terms" {
		return ToAgree{}
	}

	var told ToAgree
	values := fault.ValuesOf(err)
	told.Version, _ = values["version"].(int)
	told.Link, _ = values["link"].(string)
	if with, ok := errors.AsType[refusal](err); ok {
		told.Offer = &with.offer
	}
	return told
}

// refusal is an error with the offer that could be shared.
type refusal struct {
	error

	offer offerJSON
}

// Unwrap returns the error itself.
func (r refusal) Unwrap() error { return r.error }

// refusedWith adds the offer to an error that is about the terms, and leaves others as they are.
func refusedWith(err error, say *text.Printer, offer claims.OfferView) error {
	if fault.CodeOf(err) != "accept_terms" {
		return err
	}
	return refusal{err, offerOf(say, offer)}
}
