// Package rewards lets rewards leave: it ends holds, has codes given out and taken back, and takes the merchant's word
// on all of it. Begin with Release, Issue and act.go. What is due is decided by package referral; discounts are made by
// package codes.
package rewards

import (
	"context"
	"log/slog"
	"time"

	"twofold/campaigns"
	"twofold/fault"
	"twofold/money"
	"twofold/orders"
	"twofold/referral"
	"twofold/tenant"
)

// Config holds what may be tuned. The zero value of a field means its default.
type Config struct {
	ReleaseMargin time.Duration // a releasing reconcile starts at least this long after release_at; default 2 minutes
}

func (c Config) withDefaults() Config {
	if c.ReleaseMargin == 0 {
		c.ReleaseMargin = 2 * time.Minute
	}
	return c
}

// Validate refuses values that make no sense.
func (c Config) Validate() error {
	if c.ReleaseMargin < 0 {
		return fault.ForLog(fault.Invalid, "rewards: the release margin must be positive")
	}
	return nil
}

// Ports are what the use cases need of others.
type Ports struct {
	Store     Store
	Advocates Advocates
	Audit     Audit
	Shopify   Shopify
	Codes     Codes
	Orders    *orders.Service
	Campaigns *campaigns.Service

	Now func() time.Time // the business clock: wall time, moved by the simulator in development
	Log *slog.Logger
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store     Store
	advocates Advocates
	audit     Audit
	shopify   Shopify
	codes     Codes
	orders    *orders.Service
	campaigns *campaigns.Service
	now       func() time.Time
	log       *slog.Logger
	config    Config
}

// New wires the use cases.
func New(p Ports, config Config) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Service{
		store:     p.Store,
		advocates: p.Advocates,
		audit:     p.Audit,
		shopify:   p.Shopify,
		codes:     p.Codes,
		orders:    p.Orders,
		campaigns: p.Campaigns,
		now:       p.Now,
		log:       p.Log,
		config:    config.withDefaults(),
	}, nil
}

// Store is what the use cases keep and find. Every method is about one shop. Errors: NotFound, Conflict (a unique key
// is taken, or the state moved on), Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	FindCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) // newest first
	// FindCodes returns those of the codes (upper case) that are ours.
	FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.Code, error)
	// CodesOfReward lists the codes that a reward holds, in whatever of its releases or issues it drew them.
	CodesOfReward(ctx context.Context, shop tenant.ShopID, id referral.RewardID) ([]referral.Code, error)
	// AttachCustomer notes the merchant's word on whose an order is that Shopify shows without a customer. It counts
	// from the next snapshot on.
	AttachCustomer(ctx context.Context, shop tenant.ShopID, id referral.OrderID, c referral.CustomerID) error
	FindOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error)
	// RaiseFacts counts up facts_rev of the friend's referral; create makes the referral if there is none, else nothing
	// happens.
	RaiseFacts(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, create bool) error
	// FriendsWithDiscount lists the friends in whose referrals a reward was issued by a discount of its own.
	FriendsWithDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) ([]referral.FriendID, error)
	// LoadFacts reads what else a decision about a referral rests on. The referral was read before, so that its
	// FactsRev tells whether anything moved since.
	LoadFacts(ctx context.Context, r referral.Referral) (referral.Facts, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	// Approve writes all decisions in one transaction with the settlement (nil: none), and only while the lease is
	// still held. Else Conflict, also when the settlement would exceed its limit.
	Approve(ctx context.Context, lease tenant.Lease, all []referral.Decision, s *referral.Settlement) error
	// SettledIn is what the campaign has settled in the month.
	SettledIn(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, month string) (money.Amount, error)
	// CountReleases counts the advocate's granted releases, outside the test lane, whose time lies between two others,
	// both left out.
	CountReleases(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, after, before time.Time) (int, error)
	// CountFriends counts the advocate's friends, outside the test lane, whose orders were placed before a time and
	// earn or may earn a reward.
	CountFriends(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, before time.Time) (int, error)
	// OwedOf lists the advocate's referrals whose reward is owed, oldest order first.
	OwedOf(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) ([]referral.Referral, error)
	// DueReleases lists referrals to release: ReleaseAt <= now, in (ReleaseAt, order) order.
	DueReleases(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]referral.Referral, error)

	tenant.Leases
}

// Advocates is the store, as far as it is about advocates.
type Advocates interface {
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) (referral.Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error)
	// SetAdvocateState blocks an advocate, or lets them go on (at is zero then).
	SetAdvocateState(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, state referral.AdvocateState, at time.Time,
	) error
	// SetNote keeps the merchant's note about an advocate. NotFound: the person was erased.
	SetNote(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, n referral.Note) error
	// StopCounting has the advocate's claims count from an instant on no more.
	StopCounting(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, at time.Time) error
}

// Audit is the store, as far as it is about who did what, and why.
type Audit interface {
	AddAudit(ctx context.Context, shop tenant.ShopID, e referral.AuditEntry) error
	// FinishAudit notes what came of an act, once, and whom else it was about.
	FinishAudit(ctx context.Context, shop tenant.ShopID, id, outcome string, about ...string) error
}

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (the token is dead), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (referral.ErrWithheld: not shown to the app).
type Shopify interface {
	ReadCustomer(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.CustomerOrders, error)
}

// Codes makes and ends discount codes and their discounts in Shopify (package codes).
type Codes interface {
	// DrawForJob returns the holder's code of a pool, and makes codes first where the pool is empty. tenant.ErrHeld: somebody else does.
	DrawForJob(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side,
		holder referral.CodeHolderID, at, endsAt time.Time,
	) (referral.Code, error)
	// MakePersonal makes the discount of a reward that only its advocate can use, and returns the issue with code,
	// discount and end.
	MakePersonal(ctx context.Context, c referral.Campaign, p referral.PersonalReward) (referral.Issue, error)
	// ReopenEnded takes the end away from a discount that ended with its version, before another code is given under
	// it.
	ReopenEnded(ctx context.Context, c referral.Campaign, side referral.Side) error
	// ChangeCode gives an advocate a code that somebody chose, or one of theirs that was former.
	ChangeCode(ctx context.Context, a referral.Advocate, chosen string) (referral.Advocate, error)
	// End has codes deleted soon; EndNow before it returns.
	End(ctx context.Context, shop tenant.ShopID, codes []string) error
	EndNow(ctx context.Context, shop tenant.ShopID, codes []string) error
	// IsGone tells whether a discount was deleted in Shopify.
	IsGone(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) (bool, error)
}
