// Package shops is a shop's own life with the app: set up, its profile kept, cleaned up before it leaves, uninstalled,
// erased. Begin with SetUp. Its campaigns are left to package campaigns, its people to package people.
package shops

import (
	"context"
	"log/slog"
	"time"

	"twofold/campaigns"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Ports are what the use cases need of others.
type Ports struct {
	Store     Store
	Shopify   Shopify
	Codes     Codes
	Bell      Bell
	Orders    *orders.Service
	Campaigns *campaigns.Service

	Now func() time.Time // the business clock: wall time, moved by the simulator in development
	Log *slog.Logger
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store     Store
	shopify   Shopify
	codes     Codes
	bell      Bell
	orders    *orders.Service
	campaigns *campaigns.Service
	now       func() time.Time
	log       *slog.Logger
}

// New wires the use cases.
func New(p Ports) *Service {
	return &Service{
		store:     p.Store,
		shopify:   p.Shopify,
		codes:     p.Codes,
		bell:      p.Bell,
		orders:    p.Orders,
		campaigns: p.Campaigns,
		now:       p.Now,
		log:       p.Log,
	}
}

// Store is what the use cases keep and find. Every method is about one shop. Errors: NotFound, Conflict (a unique key
// is taken, or the state moved on), Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	// SaveProfile keeps what Shopify says of the shop, and makes showing the offer due.
	SaveProfile(ctx context.Context, shop tenant.ShopID, p tenant.Profile, at time.Time) error
	// SaveSettings keeps what the merchant chose.
	SaveSettings(ctx context.Context, shop tenant.ShopID, s tenant.Settings) error
	// FindTerms reads a version of the programme's terms. NotFound: there is none of this number.
	FindTerms(ctx context.Context, shop tenant.ShopID, version int) (tenant.Terms, error)
	// AddTerms writes the next version, and makes showing the offer due. Conflict: somebody has written it meanwhile.
	AddTerms(ctx context.Context, shop tenant.ShopID, t tenant.Terms) error
	// MarkUninstalled ends the given install generation; a later one is left alone (Conflict).
	MarkUninstalled(ctx context.Context, shop tenant.ShopID, install int, at time.Time) error
	// MarkCleaned freezes the shop's work until the merchant starts again, and opens its cleanup. Unauthorized: Shopify
	// does not answer for it as it is.
	MarkCleaned(ctx context.Context, shop tenant.ShopID) error
	// SaveCleanup keeps how far the cleanup has come. Conflict: the shop is not cleaned any more.
	SaveCleanup(ctx context.Context, shop tenant.ShopID, c tenant.Cleanup) error
	// StartAgain makes a cleaned shop a new install. Conflict: it is not cleaned, or its cleanup is not done.
	StartAgain(ctx context.Context, shop tenant.ShopID, at time.Time) error
	// RemoveShop removes a batch of the shop's documents, but for the delivery that is to be kept, and tells whether
	// more are left. The shop itself goes last.
	RemoveShop(ctx context.Context, shop tenant.ShopID, keep string) (left bool, err error)
}

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (the token is dead), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (referral.ErrWithheld: not shown to the app).
type Shopify interface {
	// Ping proves with a one-point query that the shop's token works.
	Ping(ctx context.Context, shop tenant.ShopID) error
	ReadProfile(ctx context.Context, shop tenant.ShopID) (tenant.Profile, error)
	// ReadShown reads the metafields that the shop's pages show.
	ReadShown(ctx context.Context, shop tenant.ShopID) (referral.ShownFields, error)
	// DeleteShown deletes them; what is not there is no error.
	DeleteShown(ctx context.Context, shop tenant.ShopID, owner string) error
}

// Codes makes and ends discount codes and their discounts in Shopify (package codes).
type Codes interface {
	// CountOurs asks Shopify which of our discounts are in the shop, by what they are for.
	CountOurs(ctx context.Context, shop tenant.ShopID) (referral.Ours, error)
	// RemoveOurs deletes them with all their codes, and tells progress how many are gone so far, time and again. What
	// progress returns breaks it off.
	RemoveOurs(ctx context.Context, shop tenant.ShopID, progress func(gone int) error) error
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	// SetUp rings for a shop that is newly installed.
	SetUp(ctx context.Context, shop tenant.ShopID)
	// CleanUp rings for a shop whose cleanup is to be done.
	CleanUp(ctx context.Context, shop tenant.ShopID)
	// ForgetShop takes all tasks of a shop out of the queues.
	ForgetShop(ctx context.Context, shop tenant.ShopID) error
	// ShowOffer rings for what the shop's pages show.
	ShowOffer(ctx context.Context, shop tenant.ShopID)
}
