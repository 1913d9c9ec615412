package referral

import (
	"context"
	"errors"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// ErrUnknownOutcome is in the chain of a Shopify error when a mutation may or may not have happened (a time-out after sending).
// Look what is there before trying again.
var ErrUnknownOutcome = errors.New("outcome unknown")

// ErrPoolEmpty is in the chain of the Unavailable error of a claim that found no code.
var ErrPoolEmpty = errors.New("code pool empty")

// Shopify is what the use cases ask of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (token dead, shop must be visited), Invalid (refused by Shopify's rules, with its codes in the
// message), NotFound, Unavailable (throttled beyond ctx, transport); ErrUnknownOutcome in the chain of a mutation that timed out.
type Shopify interface {
	// Ping proves with a one-point query that the shop's token works.
	Ping(ctx context.Context, shop tenant.ShopID) error
	ReadProfile(ctx context.Context, shop tenant.ShopID) (tenant.Profile, error)
	// ReadOrder takes a snapshot, always by the same query.
	ReadOrder(ctx context.Context, shop tenant.ShopID, id OrderID) (Order, error)
	ReadCustomer(ctx context.Context, shop tenant.ShopID, id CustomerID) (CustomerOrders, error)
	// ChangedOrders lists orders with updatedAt >= since, oldest change first, one page a call; cursor "" starts.
	ChangedOrders(ctx context.Context, shop tenant.ShopID, since time.Time, cursor string) (ChangedPage, error)

	// CreateDiscount makes one discount with its first code, d.Seed. Conflict: the seed code exists already.
	CreateDiscount(ctx context.Context, shop tenant.ShopID, d Discount) (DiscountID, error)
	// FindDiscount finds the discount that owns the code (in any letter case). NotFound when there is none.
	FindDiscount(ctx context.Context, shop tenant.ShopID, code string) (DiscountID, error)
	// AddCodes queues up to 250 codes under a discount; the answer only means "queued".
	AddCodes(ctx context.Context, shop tenant.ShopID, id DiscountID, codes []string) (CreationID, error)
	// ReadCreation tells how far AddCodes got; the failures are read only when it is done and some failed.
	ReadCreation(ctx context.Context, shop tenant.ShopID, id CreationID) (Creation, error)
	// FindCodes returns the ids of those of the codes (up to 250) that exist under the discount.
	FindCodes(ctx context.Context, shop tenant.ShopID, id DiscountID, codes []string) (map[string]CodeID, error)
	// DeleteCodes queues the deletion of up to 250 codes of a discount, by their ids.
	DeleteCodes(ctx context.Context, shop tenant.ShopID, id DiscountID, codes []CodeID) (DeletionID, error)
	// DeletionDone tells whether the job of DeleteCodes has ended.
	DeletionDone(ctx context.Context, shop tenant.ShopID, id DeletionID) (bool, error)
}

// Discount is a discount to be made in the shop: one per campaign version and side, with many single-use codes under it.
type Discount struct {
	Title           string
	Seed            string // the first code, known beforehand so that a lost answer can be looked up; nobody is given it
	Offer           Offer
	Minimum         money.Amount // least subtotal; zero: none
	OncePerCustomer bool
	UsageLimit      int // per code; 0: none
	StartsAt        time.Time
}

// ChangedPage is one page of changed orders, as nominees.
type ChangedPage struct {
	Orders []Nominee
	Next   string    // cursor of the next page; "" at the end
	At     time.Time // Shopify's Date of the answer
	Last   time.Time // updatedAt of the last order on the page; zero when the page is empty
}

// Creation is the state of a bulk creation of codes.
type Creation struct {
	Done     bool
	Total    int
	Imported int
	Failed   []FailedCode
}

// FailedCode is one code that Shopify did not take.
type FailedCode struct {
	Code   string
	Reason string // Shopify's error codes, such as TAKEN
}

// Nominee is an order that somebody says is worth a look, with what is known of it without asking.
type Nominee struct {
	Order    OrderID
	Customer CustomerID
	Codes    []string // upper case
	Claim    ClaimID
	Ref      string // an advocate's code in the landing page; upper case
}

// Lease is a fenced right to do one thing for a shop. Token grows with every new holder.
type Lease struct {
	Shop  tenant.ShopID
	Name  string
	Token int64
}

// Settlement is what a release takes from the month's budget.
type Settlement struct {
	Campaign CampaignID
	Month    string // "2026-11", in the shop's time zone
	Amount   money.Amount
}

// CodeQuery selects codes of one shop; zero fields do not matter. At most Limit come back, oldest change first.
type CodeQuery struct {
	Campaign CampaignKey
	Side     Side
	State    CodeState
	Before   time.Time // only codes whose state changed before
	Limit    int
}

// FriendKey names one friend.
type FriendKey struct {
	Shop   tenant.ShopID
	Friend CustomerID
}

// Due is work that a sweep found.
type Due struct {
	FriendKey
	Work Work
}

// Store keeps everything of the domain. Every method is about one shop, writes are acknowledged by a majority, and errors are
// NotFound, Conflict (a unique key is taken, or the state moved on) and Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	SaveProfile(ctx context.Context, shop tenant.ShopID, p tenant.Profile, at time.Time) error
	// MarkUninstalled ends the given install generation; a later one is left alone (Conflict).
	MarkUninstalled(ctx context.Context, shop tenant.ShopID, install int, at time.Time) error
	// SaveReconciled moves the shop's watermark forward, never back.
	SaveReconciled(ctx context.Context, shop tenant.ShopID, through, startedAt time.Time) error

	AddCampaign(ctx context.Context, c Campaign) error
	FindCampaign(ctx context.Context, shop tenant.ShopID, key CampaignKey) (Campaign, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]Campaign, error) // newest first
	// UpdateCampaign loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out.
	UpdateCampaign(ctx context.Context, shop tenant.ShopID, key CampaignKey, fn func(*Campaign) error) (Campaign, error)

	// AddCodes writes new codes, all in state minting; codes that exist already are left as they are.
	AddCodes(ctx context.Context, shop tenant.ShopID, codes []Code) error
	// MoveCodes changes the state of those of the codes that are in state from, and returns how many. A code that is dying or dead
	// has no holder any more, so that its holder may draw another.
	MoveCodes(ctx context.Context, shop tenant.ShopID, codes []string, from, to CodeState, at time.Time) (int, error)
	ListCodes(ctx context.Context, shop tenant.ShopID, q CodeQuery) ([]Code, error)
	CountCodes(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, state CodeState) (int, error)
	// DrawCode returns the holder's code of the pool, taking a free one for her if she has none yet. NotFound: the pool is empty.
	DrawCode(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, holder CodeHolderID, at time.Time) (Code, error)
	// FindCodeByHolder finds the code that a claim or reward holds.
	FindCodeByHolder(ctx context.Context, shop tenant.ShopID, holder CodeHolderID) (Code, error)

	// AddAdvocate writes a new advocate. Conflict: her customer or code is taken.
	AddAdvocate(ctx context.Context, a Advocate) error
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id AdvocateID) (Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c CustomerID) (Advocate, error)
	// NoteBrowser remembers a browser from which the advocate joined (a keyed hash), at most the latest 10.
	NoteBrowser(ctx context.Context, shop tenant.ShopID, id AdvocateID, hash string) error

	// AddClaim writes a new claim. Conflict: one of its keys has a claim in this campaign.
	AddClaim(ctx context.Context, c Claim) error
	FindClaim(ctx context.Context, shop tenant.ShopID, id ClaimID) (Claim, error)
	// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
	ClaimsByKeys(ctx context.Context, shop tenant.ShopID, campaign CampaignID, keys []string) ([]Claim, error)
	// UpdateClaim is UpdateCampaign for a claim.
	UpdateClaim(ctx context.Context, shop tenant.ShopID, id ClaimID, fn func(*Claim) error) (Claim, error)
	// ClaimsOf lists the claims tied to a customer, to any of the codes, or with any of the ids, oldest first.
	ClaimsOf(ctx context.Context, shop tenant.ShopID, c CustomerID, codes []string, ids []ClaimID) ([]Claim, error)
	// TieClaim sets the claim's customer if it has none, and adds her key unless another claim of the campaign has it.
	TieClaim(ctx context.Context, shop tenant.ShopID, id ClaimID, c CustomerID) error
	// CountOpenClaims counts an advocate's claims that expire after now and whose friend has no converting order yet, up to atMost.
	CountOpenClaims(ctx context.Context, shop tenant.ShopID, id AdvocateID, now time.Time, atMost int) (int, error)

	// Nominated returns those of the nominees that may matter: they carry one of our codes or a claim, an advocate's code, are
	// known orders, or belong to a customer with a claim or a referral.
	Nominated(ctx context.Context, shop tenant.ShopID, nominees []Nominee) ([]Nominee, error)
	// TakeTicket counts up the order's ticket and returns it. It is a majority write, made before Shopify is asked.
	TakeTicket(ctx context.Context, shop tenant.ShopID, id OrderID) (int64, error)
	// SaveSnapshot keeps o unless a higher ticket or a newer updatedAt is kept already, and returns all other customers that
	// the order ever had, also when it is asked again after a crash.
	SaveSnapshot(ctx context.Context, o Order, ticket int64) (former []CustomerID, err error)
	FindOrder(ctx context.Context, shop tenant.ShopID, id OrderID) (Order, error)
	// FindOrderByName finds a snapshot by the name the merchant knows ("#1001" or "1001").
	FindOrderByName(ctx context.Context, shop tenant.ShopID, name string) (Order, error)

	// RaiseFacts counts up facts_rev of the friend's referral; create makes the referral if there is none, else nothing happens.
	RaiseFacts(ctx context.Context, shop tenant.ShopID, friend CustomerID, create bool) error
	// FriendsWithCodes lists the friends in whose referrals any of the codes was issued as a reward.
	FriendsWithCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]CustomerID, error)
	// LoadFacts reads the referral first, then everything else, so that FactsRev tells whether anything moved since.
	LoadFacts(ctx context.Context, shop tenant.ShopID, friend CustomerID) (Facts, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend CustomerID) (Referral, error)
	// SaveDecision writes r whole if facts_rev still is rev; r.FactsRev and r.DecidedRev are written as they are. Else Conflict.
	SaveDecision(ctx context.Context, r Referral, rev int64) error
	// Approve is SaveDecision in one transaction with the settlement, and only while the lease is still held. Else Conflict.
	Approve(ctx context.Context, lease Lease, r Referral, rev int64, s Settlement) error
	ReferralsOf(ctx context.Context, shop tenant.ShopID, id AdvocateID, limit int) ([]Referral, error) // newest order first
	ListReferrals(ctx context.Context, shop tenant.ShopID, limit int) ([]Referral, error)              // newest order first
	// DueReleases lists referrals to release: ReleaseAt <= now, in (ReleaseAt, order) order.
	DueReleases(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]Referral, error)

	// AcquireLease takes the named lease of the shop for ttl of wall time. Conflict: somebody else holds it.
	AcquireLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (Lease, error)
	// ReleaseLease gives it back; one that is lost already is no error.
	ReleaseLease(ctx context.Context, l Lease) error
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	Decide(ctx context.Context, shop tenant.ShopID, friend CustomerID)
	Work(ctx context.Context, shop tenant.ShopID, friend CustomerID, work Work)
	GoLive(ctx context.Context, shop tenant.ShopID, key CampaignKey)
	Fill(ctx context.Context, shop tenant.ShopID, key CampaignKey)
	DeleteCodes(ctx context.Context, shop tenant.ShopID)
}

// Hasher makes keyed hashes of identifiers: HMAC over shop, kind and value.
type Hasher interface {
	// Hash is what is written: key id and HMAC, as text.
	Hash(shop tenant.ShopID, kind, value string) string
	// Hashes are what is looked up: the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
	// Sum is the raw HMAC under the writing key.
	Sum(shop tenant.ShopID, kind, value string) []byte
}
