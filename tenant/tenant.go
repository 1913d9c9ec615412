// Package tenant holds the types of one installed shop: its id, what we know of it, its install and its tokens. Every
// package may import it; it knows nothing of Shopify's protocol or of where shops are kept.
//
// Begin with Shop; lease.go has the leases under which one worker acts for a shop.
package tenant

import (
	"cmp"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"

	"twofold/fault"
)

// ShopID is a shop's myshopify.com domain in lower case ("demo.myshopify.com"): the first part of every key.
type ShopID string

// domainPattern is anchored at both ends. Source: shopify.dev, authorization code grant, "security checks" (2026-10).
var domainPattern = regexp.MustCompile(`\A[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com\z`)

// ParseShop reads a shop domain from outside, in any letter case. Anything but NAME.myshopify.com is Invalid.
func ParseShop(s string) (ShopID, error) {
	lower := strings.ToLower(s)
	if len(s) > 80 || !domainPattern.MatchString(lower) {
		return "", fault.New(fault.Invalid, "not_a_shop")
	}
	return ShopID(lower), nil
}

// Handle is the shop's name without the domain, as admin.shopify.com/store/{handle} has it.
func (id ShopID) Handle() string { return strings.TrimSuffix(string(id), ".myshopify.com") }

// Status says whether the shop has the app.
type Status string

// The statuses. Uninstalled keeps its data until shop/redact. NeedsVisit means that the tokens are refused and only a
// merchant who opens the app can give new ones. Unpaid and Locked mean that Shopify answers for the shop with 402 or
// 423, whoever asks. Cleaned means that all that is ours was taken out of the shop, as the merchant leaves. Source:
// shopify.dev, API response status codes, 2026-10.
const (
	Installed   Status = "installed"
	NeedsVisit  Status = "needs_visit"
	Unpaid      Status = "unpaid"  // frozen by Shopify until its bill is paid
	Locked      Status = "locked"  // by Shopify, such as for repeated fraud
	Cleaned     Status = "cleaned" // until the merchant starts again, which is a new install
	Uninstalled Status = "uninstalled"
)

// Closed tells that Shopify has closed the shop: nothing of it works until Shopify opens it again.
func (s Status) Closed() bool { return s == Unpaid || s == Locked }

// ErrClosed is in the chain of an error of a call that Shopify has refused because the shop is
// closed, whatever is asked.
var ErrClosed = errors.New("shop closed by shopify")

// Shop is one tenant.
type Shop struct {
	ID          ShopID
	Status      Status
	Install     int // generation: 1 for the first install, one more for each reinstall
	InstalledAt time.Time
	Profile     Profile
	ProfileAt   time.Time // when Profile was last read from Shopify; zero: never

	ReconciledThrough time.Time // all orders updated before this instant (Shopify's clock) have been nominated
	ReconciledAt      time.Time // when (Shopify's clock) the last complete reconcile started

	Proxy   string // the app proxy's path, as a signed request last told it (/apps/friends); "": none came yet
	Shown   Shown  // how its pages came to what they show of the app
	ShowRev int64  // counts what changed of the shop that its pages show

	FiguresZone string // the time zone by whose days its referrals were counted; "": none were yet
	FiguresDay  string // the day up to which sums over its last days are; "": there are none yet

	Settings Settings
	Mails    MailDay // of the last day on which mails went to shoppers
	Terms    AskedTerms
	Cleanup  Cleanup
}

// Cleanup is how far a shop's cleanup has come, while its status is Cleaned. The zero value: what was ours is gone.
type Cleanup struct {
	Open  bool // it is not done
	Found int  // how many discounts are, or were, to be deleted; 0: they are not counted yet
	Gone  int  // how many of these are deleted
	Left  int  // how much of ours Shopify had left at the end of the last try, metafields too
}

// Settings is what the merchant chose for the whole shop. The zero value is what a shop begins with.
type Settings struct {
	Join      WhoJoins
	GuideAway bool // the finished set-up guide is not shown on Home
	Notify    Notify

	MailsPaused bool // shoppers are written to by nobody; what they are to be told waits
	MailLimit   int  // mails a day to shoppers; 0: the usual number, see MailsADay
	MailLook    MailLook
}

// Mails to shoppers that go out in a day, where the merchant says nothing else, and what they may say.
const (
	usualMails = 2_000
	LeastMails = 100
	MostMails  = 100_000
)

// MailsADay is how many mails go to shoppers in a day.
func (s Settings) MailsADay() int { return cmp.Or(s.MailLimit, usualMails) }

// KeptForSignIns is how many of a day's mails are kept for those by which somebody signs in.
func KeptForSignIns(mails int) int { return mails / 10 }

// MailDay is what the mails of one of the shop's days came to.
type MailDay struct {
	Day     string // such as 2026-11-30; "": none was ever sent
	Sent    int    // to shoppers
	Waiting int    // how many of these were put off to the next day
	Tried   int    // by the merchant, to themselves
}

// WhoJoins says who may become an advocate.
type WhoJoins string

// Who may. Advocates stay what they are when it changes.
const (
	EverybodyJoins WhoJoins = ""       // with a customer account
	BuyersJoin     WhoJoins = "buyers" // customers who have ordered
)

// Validate refuses settings that there are not, as Invalid.
func (s Settings) Validate() error {
	if s.Join != EverybodyJoins && s.Join != BuyersJoin {
		return fault.ForLog(fault.Invalid, "nobody knows who %q are", s.Join)
	}
	if s.MailLimit != 0 && (s.MailLimit < LeastMails || s.MailLimit > MostMails) {
		return fault.With(fault.Invalid, "mail_limit", fault.Values{"least": LeastMails, "most": MostMails})
	}
	if wrong := s.MailLook.Faults(); len(wrong) > 0 {
		return wrong[0]
	}
	return s.Notify.Validate()
}

// Shown says how writing what the shop's pages show went: the metafields that the widgets read.
type Shown struct {
	Print   string            // fingerprint of the offer that stands there; "": none was ever written
	Install int               // the generation of the install whose metafields they are
	At      time.Time         // when they were last written
	Problem string            // code of why the last try failed; "": it did not
	Values  map[string]string // what the code's sentence names
	Since   time.Time         // when tries began to fail; zero: the last one did not
}

// Profile is what Shopify says of the shop.
type Profile struct {
	GID        string // gid://shopify/Shop/1
	Name       string
	Currency   string // ISO 4217
	TimeZone   string // IANA
	Plan       string
	PrimaryURL string // https://shop.example, without a slash at the end
	MailDomain string // of the address from which the shop writes; "" while it was not read
	Scopes     []string
	AppHandle  string
}

// Location is the shop's time zone, UTC while it is unknown.
func (p Profile) Location() *time.Location {
	if loc, known := p.Zone(); known {
		return loc
	}
	return time.UTC
}

// Zone is the shop's time zone, if this program knows it: the zone database may be older than the zone.
func (p Profile) Zone() (*time.Location, bool) {
	if kept, _ := zones.Load(p.TimeZone); kept != nil {
		loc, known := kept.(*time.Location)
		return loc, known
	}

	loc, err := time.LoadLocation(p.TimeZone)
	if err != nil || p.TimeZone == "" {
		return loc, false
	}
	zones.Store(p.TimeZone, loc)
	return loc, true
}

// zones are the time zones that were asked for, by their names: reading one of the database's takes as long as a query,
// and a page asks for each row. There are as many as the database has.
var zones sync.Map

// Tokens is a shop's expiring offline token pair. Version counts the changes of the pair, so that two
// refreshes cannot both win.
type Tokens struct {
	Access         Secret
	AccessExpires  time.Time
	Refresh        Secret
	RefreshExpires time.Time
	Scopes         []string // as granted with this token
	Version        int64
}
