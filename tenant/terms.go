package tenant

import (
	"time"
	"unicode/utf8"

	"twofold/fault"
)

// Terms are a version of the programme's terms: what whoever joins agrees to, in the merchant's own words. The terms of
// a campaign, which say who gets what, are something else.
type Terms struct {
	Version int       // counts from 1
	Text    string    // plain; lines are parted by \n
	Link    string    // path of a page of the shop with more, or all, of them (/pages/terms); "": none
	At      time.Time // from when on they were asked for
}

// MaxTerms is how long the text may be, in letters.
const MaxTerms = 20_000

// Asks tells whether there is anything to agree to. A version with neither text nor link takes back the one before.
func (t Terms) Asks() bool { return t.Text != "" || t.Link != "" }

// Validate refuses a text that is too long, as Invalid.
func (t Terms) Validate() error {
	if utf8.RuneCountInString(t.Text) > MaxTerms {
		return fault.With(fault.Invalid, "terms_long", fault.Values{"most": MaxTerms})
	}
	return nil
}

// Asked is what a shop's own record has of them.
func (t Terms) Asked() AskedTerms {
	if !t.Asks() {
		return AskedTerms{Latest: t.Version}
	}
	return AskedTerms{Latest: t.Version, Version: t.Version, Link: t.Link}
}

// AskedTerms is what everybody who joins needs to know of the terms; their text is a record of its own.
type AskedTerms struct {
	Latest  int    // the newest version there is; 0: there never were terms
	Version int    // the version to agree to; 0: nothing is asked
	Link    string // as Terms has it
}

// TermsTyped is what a merchant has typed as the programme's terms.
type TermsTyped struct {
	Text string
	Link string // address of a page of the shop, or its path; "": none
	Over int    // the newest version when the merchant began; 0: there were none
}
