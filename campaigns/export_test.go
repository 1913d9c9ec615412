package campaigns

import "twofold/referral"

// What the tests from outside reach of the inside: they use package text, which imports this package.

// SameJSON is sameJSON.
var SameJSON = sameJSON

// ShownJSON is an offer as the widgets read it.
func (s *Service) ShownJSON(o referral.ShownOffer) (string, error) { return s.shownJSON(o) }
