// Package codes keeps the discount codes that work in a shop, and the discounts that they belong to: pools of
// single-use codes that are made ahead, each advocate's shareable code, and the discount of a personal reward. It makes
// them in Shopify, deletes them, moves their ends and sees what the merchant has changed. Who gets a code, and why, is
// left to package referral; every code is written down before Shopify is asked for it, so that a run that was cut off
// is taken up by the next.
//
// Begin with Service. A code's life is in pool.go (made, drawn) and end.go (deleted), a discount's in discount.go,
// upkeep.go and drift.go; watch.go makes anew what was lost.
package codes

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// ErrUnknownOutcome is in the chain of a Shopify error when a mutation may or may not have happened (a time-out after
// sending). Look what is there before trying again.
var ErrUnknownOutcome = errors.New("outcome unknown")

// ErrPoolEmpty is in the chain of the Unavailable error of a claim or reward that found no code.
var ErrPoolEmpty = errors.New("code pool empty")

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (token dead, shop must be visited), Invalid (refused by Shopify's rules), NotFound,
// Unavailable (throttled beyond ctx, transport); ErrUnknownOutcome in the chain of a mutation that timed out.
type Shopify interface {
	// CreateDiscount makes one discount with its first code, d.Seed. Conflict: the seed code exists already.
	CreateDiscount(ctx context.Context, shop tenant.ShopID, d Discount) (referral.DiscountID, error)
	// FindDiscount finds the discount that owns the code (in any letter case). NotFound when there is none.
	FindDiscount(ctx context.Context, shop tenant.ShopID, code string) (referral.DiscountID, error)
	// ReadDiscount reads a discount as it is now; its Seed is "". NotFound: it was deleted.
	ReadDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) (Discount, error)
	// UpdateDiscount makes a discount what d says; its codes stay. NotFound: it was deleted.
	UpdateDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, d Discount) error
	// MoveEnd changes nothing but a discount's end date. NotFound: it was deleted.
	MoveEnd(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, kind referral.OfferKind, endsAt time.Time) error
	// DeleteDiscount deletes a discount with all its codes; one that is gone already is no error.
	DeleteDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) error
	// AddCodes queues up to 250 codes under a discount; the answer only means "queued".
	AddCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, codes []string) (CreationID, error)
	// ReadCreation tells how far AddCodes got; the failures are read only when it is done and some failed.
	ReadCreation(ctx context.Context, shop tenant.ShopID, id CreationID) (Creation, error)
	// FindCodes returns the ids of those of the codes (up to 250) that exist under the discount.
	FindCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, codes []string) (map[string]CodeID, error)
	// ListedCodes lists codes of a discount, up to 250 from a cursor on, "" being the first page; next is "" behind the
	// last one. NotFound: the discount was deleted.
	ListedCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, after string) (page []string, next string, err error)
	// DeleteCodes queues the deletion of up to 250 codes of a discount, by their ids.
	DeleteCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, codes []CodeID) (DeletionID, error)
	// DeletionDone tells whether the job of DeleteCodes has ended.
	DeletionDone(ctx context.Context, shop tenant.ShopID, id DeletionID) (bool, error)
}

// Store keeps the codes, and what is needed of campaigns and orders. Every method is about one shop, writes
// are acknowledged by a majority, and errors are NotFound, Conflict (a unique key is taken, or the state moved on) and
// Unavailable.
type Store interface {
	// AddCodes writes new codes, all in state minting, with their holders; codes that exist already are left as they
	// are.
	AddCodes(ctx context.Context, shop tenant.ShopID, codes []referral.Code) error
	// MoveCodes changes the state of those of the codes that are in state from, and returns how many. A code that is
	// dying or dead has no holder any more, so that its holder may draw another. One that is to be free and has a
	// holder is held at once. One of a pool that is to die while it is minting stays that, as Shopify may be making it:
	// it dies when it is known to exist.
	MoveCodes(ctx context.Context, shop tenant.ShopID, codes []string, from, to referral.CodeState, at time.Time) (int, error)
	// EndFreeCodes makes the free codes of one side of a campaign version dying, and returns how many.
	EndFreeCodes(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, at time.Time) (int, error)
	// EndHeldCodes makes held codes of the shop dying whose end has come at now, up to limit, and returns how many.
	EndHeldCodes(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) (int, error)
	// MoveToDiscount puts all codes of a pool that are free, held or minting under another discount, and makes them
	// minting: they are to be made there anew. A code that had a holder keeps it, and is held again once Shopify has
	// it.
	MoveToDiscount(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, discount referral.DiscountID, at time.Time) error
	// RemakeCodes makes those of the codes that are free or held minting, notes that they were lost, and returns how
	// many. Their holders keep them.
	RemakeCodes(ctx context.Context, shop tenant.ShopID, codes []string, at time.Time) (int, error)
	// CountRemade counts the codes of a pool that were lost since a time, and are there again.
	CountRemade(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, since time.Time) (int, error)
	// GivenCodes lists what the codes of a pool read that are free or held.
	GivenCodes(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side) ([]string, error)
	// RestoreCodes makes those of the codes that are dead minting again, under their discounts and with their holders,
	// and lets those live that were to die as soon as they are made.
	RestoreCodes(ctx context.Context, shop tenant.ShopID, codes []referral.Code) error
	ListCodes(ctx context.Context, shop tenant.ShopID, q Query) ([]referral.Code, error)
	// FindCodes returns those of the codes (upper case) that are ours.
	FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.Code, error)
	CountCodes(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, state referral.CodeState) (int, error)
	// DrawCode returns the holder's code of the pool, assigning a free one if there is none yet, to end at endsAt
	// (zero: never). NotFound: the pool is empty.
	DrawCode(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, holder referral.CodeHolderID, at, endsAt time.Time) (referral.Code, error)
	// PersonalCodes lists codes of personal discounts, whatever became of them, in the alphabet's order after the given
	// one.
	PersonalCodes(ctx context.Context, shop tenant.ShopID, after string, limit int) ([]referral.Code, error)
	// FindCodeByHolder finds the code that a claim or reward holds.
	FindCodeByHolder(ctx context.Context, shop tenant.ShopID, holder referral.CodeHolderID) (referral.Code, error)

	FindCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) // newest first
	// UpdateCampaign loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out.
	UpdateCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, fn func(*referral.Campaign) error) (referral.Campaign, error)

	// CountOrdersWithCode counts kept orders that carry the code, test orders left out, up to atMost.
	CountOrdersWithCode(ctx context.Context, shop tenant.ShopID, code string, atMost int) (int, error)
}

// Advocates is the store, as far as it is about advocates.
type Advocates interface {
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error)
	// PutCodeFirst makes a code the advocate's current one. Conflict: it is another advocate's.
	PutCodeFirst(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, code string) (referral.Advocate, error)
	// AdvocatesWithoutShare lists advocates who have no code on the share side of the campaign yet, and are not
	// blocked, oldest first.
	AdvocatesWithoutShare(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, limit int) ([]referral.Advocate, error)
	// NoteShared notes that these advocates' codes were written down for the campaign.
	NoteShared(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, ids []referral.AdvocateID) error
	// ForgetShared has these advocates' codes looked after again, in whatever campaign is live.
	ForgetShared(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) error
}

// Query selects codes of one shop; zero fields do not matter. At most Limit come back, oldest change first.
type Query struct {
	Campaign referral.CampaignKey
	Side     referral.Side
	State    referral.CodeState
	Pooled   bool      // only codes of a pool, none of a personal discount
	Before   time.Time // only codes whose state changed before
	Limit    int
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey)
	DeleteCodes(ctx context.Context, shop tenant.ShopID)
	// Watch rings for a version's codes to be compared with those that Shopify has.
	Watch(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey)
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
}

// Hasher makes keyed hashes: Sum is the raw HMAC over shop, kind and value under the writing key.
type Hasher interface {
	Sum(shop tenant.ShopID, kind, value string) []byte
}

// Config holds what may be tuned. The zero value of a field means its default.
type Config struct {
	PoolTarget  int                 // codes per campaign version and side that a filled pool has free; default 500
	PoolLow     int                 // refill when fewer are free; default 250
	PollEvery   time.Duration       // first pause between two looks at a bulk job of Shopify's, doubled each time; default 250 ms
	UsageScope  UsageScope          // how Shopify counts a discount's usageLimit; default UsagePerCode
	OnPoolEmpty func(referral.Side) // told each time that somebody found no code: an alarm counts it; default nobody

	// OnLost is told how many codes were given out or free, and not in Shopify any more; default nobody.
	OnLost func(side referral.Side, count int)
}

// UsageScope says what a discount's usageLimit counts, which Shopify's documentation leaves open (platform facts, 4.1).
type UsageScope string

// The scopes. By discount, the limit is left off and a used code is deleted when its order is seen.
const (
	UsagePerCode     UsageScope = "code"
	UsagePerDiscount UsageScope = "discount"
)

func (c Config) withDefaults() Config {
	if c.PoolTarget == 0 {
		c.PoolTarget = 500
	}
	if c.PoolLow == 0 {
		c.PoolLow = 250
	}
	if c.PollEvery == 0 {
		c.PollEvery = 250 * time.Millisecond
	}
	if c.UsageScope == "" {
		c.UsageScope = UsagePerCode
	}
	if c.OnPoolEmpty == nil {
		c.OnPoolEmpty = func(referral.Side) {}
	}
	if c.OnLost == nil {
		c.OnLost = func(referral.Side, int) {}
	}

	return c
}

// Validate refuses values that make no sense.
func (c Config) Validate() error {
	d := c.withDefaults()
	if d.UsageScope != UsagePerCode && d.UsageScope != UsagePerDiscount {
		return fault.ForLog(fault.Invalid, "codes: usage scope must be code or discount, not %q", d.UsageScope)
	}
	if d.PoolLow > d.PoolTarget || d.PoolLow < 0 || d.PollEvery < 0 {
		return fault.ForLog(fault.Invalid, "codes: pool and poll settings must be positive, and the low-water mark below the target")
	}

	return nil
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store     Store
	advocates Advocates
	leases    tenant.Leases
	shopify   Shopify
	bell      Bell
	hasher    Hasher
	now       func() time.Time
	log       *slog.Logger
	config    Config
}

// NewService wires the use cases. now is the business clock: wall time, moved by the simulator in development.
func NewService(store Store, advocates Advocates, leases tenant.Leases, shopify Shopify, bell Bell, hasher Hasher, now func() time.Time, log *slog.Logger, config Config) (*Service, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Service{store, advocates, leases, shopify, bell, hasher, now, log, config.withDefaults()}, nil
}

// poolLease is held while codes are made for a shop, so that two workers do not both fill.
const poolLease = "pool"

// hold takes the shop's lease for making codes. Conflict: somebody else makes codes for the shop.
func (s *Service) hold(ctx context.Context, shop tenant.ShopID) (giveBack func(), err error) {
	_, giveBack, err = tenant.Hold(ctx, s.leases, shop, poolLease, s.log)
	return giveBack, err
}
