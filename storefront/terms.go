package storefront

import (
	"errors"

	"twofold/claims"
	"twofold/fault"
	"twofold/text"
)

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
