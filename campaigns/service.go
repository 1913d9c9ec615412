// Package campaigns is an offer's life: drafted, edited, live, paused, ended; its limits, what it costs, the upkeep of
// its discounts, and what the shop's pages show of it. Begin with GoLive. Codes are left to package codes, claims of
// the offer to package claims.
package campaigns

import (
	"context"
	"log/slog"
	"time"

	"twofold/money"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Config holds what may be tuned. The zero value of a field means its default.
type Config struct {
	NameCampaign func(referral.Terms) string // names a shop's first campaign by its terms; default its id

	Guests bool // mails can be sent, so that guests may join by an address; default they may not

	SayAmount  func(money.Amount) map[string]string // words an amount for shoppers, by language tag; default none
	SayPercent func(bp int) map[string]string       // the same for a percentage
}

func (c Config) withDefaults() Config {
	if c.NameCampaign == nil {
		c.NameCampaign = func(referral.Terms) string { return string(firstID) }
	}
	if c.SayAmount == nil {
		c.SayAmount = func(money.Amount) map[string]string { return nil }
	}
	if c.SayPercent == nil {
		c.SayPercent = func(int) map[string]string { return nil }
	}

	return c
}

// Ports are what the use cases need of others.
type Ports struct {
	Store   Store
	Shopify Shopify
	Codes   Codes
	Bell    Bell
	Orders  *orders.Service

	Now func() time.Time // the business clock: wall time, moved by the simulator in development
	Log *slog.Logger
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store   Store
	shopify Shopify
	codes   Codes
	bell    Bell
	orders  *orders.Service
	now     func() time.Time
	log     *slog.Logger
	config  Config
}

// New wires the use cases.
func New(p Ports, config Config) *Service {
	return &Service{
		store:   p.Store,
		shopify: p.Shopify,
		codes:   p.Codes,
		bell:    p.Bell,
		orders:  p.Orders,
		now:     p.Now,
		log:     p.Log,
		config:  config.withDefaults(),
	}
}

// Store is what the use cases keep and find. Every method is about one shop. Errors: NotFound, Conflict (a unique key
// is taken, or the state moved on), Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	// SaveProxy keeps the storefront path of the app proxy, and tells whether it was another before.
	SaveProxy(ctx context.Context, shop tenant.ShopID, path string) (changed bool, err error)
	// SaveShown keeps how showing the offer went, and that it is due next at the given time, unless something changed
	// since the shop and its campaigns were read as given. With a zero time it stays due.
	SaveShown(ctx context.Context, read tenant.Shop, all []referral.Campaign, went tenant.Shown, next time.Time) error
	AddCampaign(ctx context.Context, c referral.Campaign) error
	FindCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) // newest first
	// UpdateCampaign loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out.
	// Where the shop's pages show the difference (ShowsAlike), the same write makes showing the offer due, as does
	// AddCampaign.
	UpdateCampaign(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, fn func(*referral.Campaign) error,
	) (referral.Campaign, error)
	// CampaignFigures counts what the soft gate of a campaign weighs at now.
	CampaignFigures(
		ctx context.Context, shop tenant.ShopID, id referral.CampaignID, month string, now time.Time,
	) (referral.Figures, error)
	// CampaignCost is what the orders of a campaign cost by the books, from a day to another, both included, in one
	// currency.
	CampaignCost(
		ctx context.Context, shop tenant.ShopID, id referral.CampaignID, first, last, currency string,
	) (referral.Cost, error)
	// SettledIn is what the campaign's rewards have settled in a month of the shop's time zone; zero when there is nothing.
	SettledIn(ctx context.Context, shop tenant.ShopID, id referral.CampaignID, month string) (money.Amount, error)
	// CountPromised counts what still rests on one side of a campaign version: held codes that have not ended at now
	// and, on sides whose reward comes after the order, referrals that may still be given one.
	CountPromised(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, now time.Time,
	) (int, error)

	tenant.Leases
}

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (the token is dead), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (referral.ErrWithheld: not shown to the app).
type Shopify interface {
	// ReadShown reads the metafields that the shop's pages show.
	ReadShown(ctx context.Context, shop tenant.ShopID) (referral.ShownFields, error)
	// WriteShown writes them, the offer as given, if they still are as was has them. Conflict: somebody wrote
	// meanwhile.
	WriteShown(ctx context.Context, shop tenant.ShopID, was referral.ShownFields, offer string) error
	// LiveDiscounts lists the shop's live discounts that are not ours; more tells that there are others beyond a bound.
	LiveDiscounts(ctx context.Context, shop tenant.ShopID) (found []referral.OwnDiscount, more bool, err error)
}

// Codes makes and ends discount codes and their discounts in Shopify (package codes).
type Codes interface {
	// EnsureDiscount makes the side's discount unless it is there, or the side needs none, and returns the version with
	// it.
	EnsureDiscount(ctx context.Context, c referral.Campaign, side referral.Side) (referral.Campaign, error)
	// Fill brings the pools of a campaign version up to their target. Conflict: somebody else makes codes for the shop.
	Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) error
	// Made tells how many of the codes are there that a version's pools are to have.
	Made(ctx context.Context, c referral.Campaign) (made, of int, err error)
	// ReopenShared has shareable codes made again that had reached a ceiling which is higher now.
	ReopenShared(ctx context.Context, c referral.Campaign) error
	// DropFree has the free codes of a version that is over deleted.
	DropFree(ctx context.Context, c referral.Campaign) error
	// MoveEnd moves a discount's end ahead while it must stay, else to now. NextUpkeep is when to look again while it
	// must.
	MoveEnd(ctx context.Context, c referral.Campaign, side referral.Side, mustStay bool) error
	NextUpkeep(c referral.Campaign) time.Time
	// Audit notes how a version's discounts differ from what they should be; Repair brings back what was noted.
	Audit(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, next time.Time) error
	Repair(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	GoLive(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey)
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
	// Tend rings for a campaign version's discounts: their ends, and what is left of a version that is over.
	Tend(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey)
	// Fill rings for a pool that runs low.
	Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey)
	// ShowOffer rings for what the shop's pages show.
	ShowOffer(ctx context.Context, shop tenant.ShopID)
}
