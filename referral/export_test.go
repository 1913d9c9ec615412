package referral

// What the tests from outside reach of the inside. They stand outside because package referraltest, whose scenes they
// play, imports this package.
var (
	AddTouch = addTouch
	IssuesOf = issuesOf
	Spends   = spends
	Strength = strength
)

// MaxTouches is how many touches a claim holds.
const MaxTouches = maxTouches
