// Package people changes whose the records are: customers whom the merchant has merged become one, a person who asks
// for it is erased, and one who asks what is kept gets a report. Begin with Merge, Erase and Report. Source:
// shopify.dev, privacy law compliance (2026-10).
package people

import (
	"context"
	"log/slog"
	"time"

	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Ports are what the use cases need of others.
type Ports struct {
	Store   Store
	Audit   Audit
	Shopify Shopify
	Bell    Bell
	Hasher  Hasher
	Orders  *orders.Service

	Now func() time.Time // the business clock: wall time, moved by the simulator in development
	Log *slog.Logger
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store   Store
	audit   Audit
	shopify Shopify
	bell    Bell
	hasher  Hasher
	orders  *orders.Service
	now     func() time.Time
	log     *slog.Logger
}

// New wires the use cases.
func New(p Ports) *Service {
	return &Service{
		store:   p.Store,
		audit:   p.Audit,
		shopify: p.Shopify,
		bell:    p.Bell,
		hasher:  p.Hasher,
		orders:  p.Orders,
		now:     p.Now,
		log:     p.Log,
	}
}

// Store is what the use cases keep and find. Every method is about one shop. Errors: NotFound, Conflict (a unique key
// is taken, or the state moved on), Unavailable.
type Store interface {
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) // newest first
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.Advocate, error)
	// AdvocatesByEmails lists the advocates who have one of the addresses (keyed hashes), who joined first first.
	AdvocatesByEmails(ctx context.Context, shop tenant.ShopID, hashes []string) ([]referral.Advocate, error)
	// EraseAdvocate takes the person out of an advocate, who is blocked from then on, and returns what is left.
	EraseAdvocate(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, as referral.CustomerID, at time.Time,
	) (referral.Advocate, error)
	// MarkAdvocates adds a mark to the browsers, or to the addresses, of all advocates who have one of these (keyed
	// hashes), but not to those of the customer.
	MarkAdvocates(
		ctx context.Context, shop tenant.ShopID, but referral.CustomerID, browsers, emails []string, mark string,
	) error
	// AddTombstones remembers erased persons. A later tombstone takes the place of an earlier one.
	AddTombstones(ctx context.Context, shop tenant.ShopID, all []referral.Tombstone) error
	// FindTombstones finds those with one of the hashes.
	FindTombstones(ctx context.Context, shop tenant.ShopID, hashes []string) ([]referral.Tombstone, error)
	// OrdersOf lists the kept orders that show the customer, and those of the ids.
	OrdersOf(
		ctx context.Context, shop tenant.ShopID, c referral.CustomerID, ids []referral.OrderID,
	) ([]referral.Order, error)
	// MoveCustomer makes the records of one customer another's, in one transaction. Conflict: a claim changed
	// meanwhile.
	MoveCustomer(ctx context.Context, m referral.CustomerMove) error
	// SaveReport keeps a report for the merchant, sealed, for a time.
	SaveReport(ctx context.Context, shop tenant.ShopID, r referral.KeptReport) error
	// RemoveReports removes the reports about a person, by the keyed hashes of the customer.
	RemoveReports(ctx context.Context, shop tenant.ShopID, person []string) error
	// MergeAdvocates makes one advocate of several, in one transaction: merge is told how they are by then, and what
	// names those who go names the one from then on. NotFound: all of them are gone.
	MergeAdvocates(
		ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID,
		merge func([]referral.Advocate) (one referral.Advocate, gone []referral.AdvocateID),
	) (referral.Advocate, error)
	// ForgetMentions takes a customer out of what only mentions them: the customers that an order once had, deliveries
	// that are done, what was asked for as missed.
	ForgetMentions(ctx context.Context, shop tenant.ShopID, c, as referral.CustomerID) error
	// MissingOf lists what a customer asked for as missed after an instant, the newest first.
	MissingOf(
		ctx context.Context, shop tenant.ShopID, c referral.CustomerID, after time.Time, limit int,
	) ([]referral.Missing, error)
	// MailsTo lists the mails to a person, as a friend and as an advocate ("": they are none), the first event first.
	MailsTo(
		ctx context.Context, shop tenant.ShopID, c referral.CustomerID, a referral.AdvocateID,
	) ([]referral.Mail, error)
	// MailWish is what the person of the hashes wants of mails.
	MailWish(ctx context.Context, shop tenant.ShopID, hashes []string) (referral.MailWish, error)
	// WishMails remembers it under the first of the hashes, in the place of all that was wanted before.
	WishMails(
		ctx context.Context, shop tenant.ShopID, hashes []string, wish referral.MailWish, at time.Time,
	) error
	// NoteMerged remembers who took the place of the customer of a hash.
	NoteMerged(ctx context.Context, shop tenant.ShopID, hash string, from, to referral.CustomerID) error
	// MoveMails has the mails to one customer go to another.
	MoveMails(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error
	// ForgetMails removes all mails to a friend, told or not, that they want none (keyed hashes), and whose place they
	// took.
	ForgetMails(ctx context.Context, shop tenant.ShopID, c referral.CustomerID, stops []string) error
	// ForgetSignIns removes what was asked for by any of the addresses (keyed hashes).
	ForgetSignIns(ctx context.Context, shop tenant.ShopID, emails []string) error
	// ForgetMarks forgets networks and browsers that are due at now in some documents of the shop, and tells whether more
	// may be left. Friends of whom nothing waits are to be decided about again.
	ForgetMarks(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) (more bool, err error)
	// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
	ClaimsByKeys(
		ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, keys []string,
	) ([]referral.Claim, error)
	// UpdateClaim loads a claim, lets fn change it, and saves it if nobody changed it meanwhile, else again. fn must
	// not call out.
	UpdateClaim(
		ctx context.Context, shop tenant.ShopID, id referral.ClaimID, fn func(*referral.Claim) error,
	) (referral.Claim, error)
	// ClaimsOf lists the claims that the query selects, oldest first.
	ClaimsOf(ctx context.Context, shop tenant.ShopID, q referral.ClaimQuery) ([]referral.Claim, error)
	FindOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error)
	// RaiseFactsOf counts up facts_rev of all friends whom an advocate is credited with.
	RaiseFactsOf(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) error
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	ReferralsOf(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, limit int,
	) ([]referral.Referral, error) // newest order first
}

// Audit is the store, as far as it is about what the merchant's people did and why. A reason is free text: it may name
// a person.
type Audit interface {
	// AllAuditAbout lists the entries about any of the ids, the newest first.
	AllAuditAbout(ctx context.Context, shop tenant.ShopID, about ...string) ([]referral.AuditEntry, error)
	AddAudit(ctx context.Context, shop tenant.ShopID, e referral.AuditEntry) error
	// FinishAudit notes what came of an act, once.
	FinishAudit(ctx context.Context, shop tenant.ShopID, id, outcome string, about ...string) error
	ForgetReasons(ctx context.Context, shop tenant.ShopID, about ...string) error
}

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (the token is dead), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (referral.ErrWithheld: not shown to the app).
type Shopify interface {
	ReadCustomer(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.CustomerOrders, error)
	// ReadContact reads a customer's address, which nobody may keep.
	ReadContact(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.Contact, error)
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	// Forget takes all tasks about a friend out of the queues, also those that were given up.
	Forget(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) error
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
}

// Hasher makes keyed hashes of identifiers: HMAC over shop, kind and value.
type Hasher interface {
	// Hashes are of the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
}
