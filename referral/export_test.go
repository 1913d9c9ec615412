package referral

// What the tests from outside reach of the inside. They stand outside because package referraltest, whose scenes they
// play, imports this package.
var (
	AddTouch = addTouch
	Ripe     = ripe
	IssuesOf = issuesOf
	Standing = standing
	Spends   = spends
	Strength = strength
)

// MaxTouches is how many touches a claim holds.
const MaxTouches = maxTouches

// ShownJSON is an offer as the widgets read it.
func ShownJSON(c Config, o ShownOffer) (string, error) {
	return (&Service{config: c.withDefaults()}).shownJSON(o)
}

// SameJSON is sameJSON.
var SameJSON = sameJSON
