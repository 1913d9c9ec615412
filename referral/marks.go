package referral

import "time"

// Marks are what an order shows of where, by what and how it was placed. What Shopify withholds is empty: empty marks are
// equal to nobody's. Hashes are keyed, of one shop, and under every key in use. Source: shopify.dev, Order, 2026-10.
type Marks struct {
	Networks  []string // hashes of the client's network
	Agents    []string // hashes of the browser's name and version
	Referrer  string   // host of the page that led to the shop, in lower case
	Risk      Risk     // Shopify's assessment
	Phones    []string // hashes of the telephone number; level 2
	Mailboxes []string // hashes of the address without what its provider does not read; level 2
	OwnDomain bool     // the address is of the shop's own domain; level 2
}

// Risk is Shopify's assessment of an order (RiskAssessmentResult, Admin API 2026-10).
type Risk string

// The risks. What Shopify adds later counts as unknown.
const (
	RiskUnknown Risk = ""
	RiskLow     Risk = "low"
	RiskMedium  Risk = "medium"
	RiskHigh    Risk = "high"
)

// Sighting is one signed request of somebody's: a friend who opened a link or claimed, an advocate who joined or looked
// at their page. Hashes are as those of Marks.
type Sighting struct {
	At       time.Time // signed proxy time
	Networks []string
	Agents   []string
	Referrer string
	Typed    []string // hashes of the address that was typed with it
}
