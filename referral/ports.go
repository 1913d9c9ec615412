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

// ErrWithheld is in the chain of an Unavailable error when Shopify does not show the app what it asked for: an access that was not
// granted, or not yet.
var ErrWithheld = errors.New("withheld")

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
	// ReadDiscount reads a discount as it is now; its Seed is "". NotFound: it was deleted.
	ReadDiscount(ctx context.Context, shop tenant.ShopID, id DiscountID) (Discount, error)
	// UpdateDiscount makes a discount what d says; its codes stay. NotFound: it was deleted.
	UpdateDiscount(ctx context.Context, shop tenant.ShopID, id DiscountID, d Discount) error
	// MoveEnd changes nothing but a discount's end date. NotFound: it was deleted.
	MoveEnd(ctx context.Context, shop tenant.ShopID, id DiscountID, kind OfferKind, endsAt time.Time) error
	// DeleteDiscount deletes a discount with all its codes; one that is gone already is no error.
	DeleteDiscount(ctx context.Context, shop tenant.ShopID, id DiscountID) error
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

// Discount is a discount in the shop: one per campaign version and side, with many single-use codes under it, or a personal one.
type Discount struct {
	Title           string
	Seed            string // the first code, known beforehand so that a lost answer can be looked up
	Kind            OfferKind
	Amount          money.Amount // AmountOff
	RateBP          int          // PercentOff
	Minimum         money.Amount // least subtotal; zero: none
	MinimumItems    int          // least number of items; 0: none. Ours have none, so it is only read
	SomeProducts    bool         // it is not for all of the order. Ours are, so it is only read
	Combines        Combines
	Customer        CustomerID // only she can use it; "": everybody who has a code
	OncePerCustomer bool
	UsageLimit      int // 0: none
	StartsAt        time.Time
	EndsAt          time.Time // zero: no end
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
	Ref      string   // an advocate's code in the landing page; upper case
	Visit    bool     // our cart attribute holds what may be a visit id
	Email    string   // level 2, from Shopify's own answer only; hashed before the store sees it
	Emails   []string // keyed hashes of the e-mail address
}

// Lease is a fenced right to do one thing for a shop. Token grows with every new holder.
type Lease struct {
	Shop  tenant.ShopID
	Name  string
	Token int64
}

// Settlement is what a release takes from the month's budget. Limit zero: there is no budget, and it is only counted.
type Settlement struct {
	Campaign CampaignID
	Month    string // "2026-11", in the shop's time zone
	Amount   money.Amount
	Limit    money.Amount
}

// Decision is a referral to be written whole, if its facts_rev still is Rev.
type Decision struct {
	Referral Referral
	Rev      int64
}

// ClaimQuery selects claims by any of what it names. Customer is the one a claim is tied to.
type ClaimQuery struct {
	Customer CustomerID
	Codes    []string // current or former
	IDs      []ClaimID
	Emails   []string // keyed hashes
}

// CodeQuery selects codes of one shop; zero fields do not matter. At most Limit come back, oldest change first.
type CodeQuery struct {
	Campaign CampaignKey
	Side     Side
	State    CodeState
	Pooled   bool      // only codes of a pool, none of a personal discount
	Before   time.Time // only codes whose state changed before
	Limit    int
}

// FriendKey names one friend.
type FriendKey struct {
	Shop   tenant.ShopID
	Friend FriendID
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

	// AddCodes writes new codes, all in state minting, with their holders; codes that exist already are left as they are.
	AddCodes(ctx context.Context, shop tenant.ShopID, codes []Code) error
	// MoveCodes changes the state of those of the codes that are in state from, and returns how many. A code that is dying or dead
	// has no holder any more, so that its holder may draw another. One that is to be free and has a holder is held at once. One of a
	// pool that is to die while it is minting stays that, as Shopify may be making it: it dies when it is known to exist.
	MoveCodes(ctx context.Context, shop tenant.ShopID, codes []string, from, to CodeState, at time.Time) (int, error)
	// EndFreeCodes makes the free codes of one side of a campaign version dying, and returns how many.
	EndFreeCodes(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, at time.Time) (int, error)
	// EndHeldCodes makes held codes of the shop dying whose end has come at now, up to limit, and returns how many.
	EndHeldCodes(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) (int, error)
	// RehomeCodes puts all codes of a pool that are free, held or minting under another discount, and makes them minting: they are to be
	// made there anew. A code that had a holder keeps her, and is held again once Shopify has it.
	RehomeCodes(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, discount DiscountID, at time.Time) error
	// ReviveCodes makes those of the codes that are dead minting again, under their discounts and with their holders, and lets those
	// live that were to die as soon as they are made.
	ReviveCodes(ctx context.Context, shop tenant.ShopID, codes []Code) error
	ListCodes(ctx context.Context, shop tenant.ShopID, q CodeQuery) ([]Code, error)
	// FindCodes returns those of the codes (upper case) that are ours.
	FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]Code, error)
	CountCodes(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, state CodeState) (int, error)
	// DrawCode returns the holder's code of the pool, taking a free one for her if she has none yet, to end at endsAt (zero: never).
	// NotFound: the pool is empty.
	DrawCode(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, holder CodeHolderID, at, endsAt time.Time) (Code, error)
	// FindCodeByHolder finds the code that a claim or reward holds.
	FindCodeByHolder(ctx context.Context, shop tenant.ShopID, holder CodeHolderID) (Code, error)

	// CodesOfReward lists the codes that a reward holds, in whatever of its releases or issues it drew them.
	CodesOfReward(ctx context.Context, shop tenant.ShopID, id RewardID) ([]Code, error)

	// AddAdvocate writes a new advocate. Conflict: her customer or code is taken.
	AddAdvocate(ctx context.Context, a Advocate) error
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id AdvocateID) (Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c CustomerID) (Advocate, error)
	// NoteBrowser remembers a browser from which the advocate joined (a keyed hash), at most the latest 10.
	NoteBrowser(ctx context.Context, shop tenant.ShopID, id AdvocateID, hash string) error
	// SetAdvocateState blocks an advocate, or lets her go on (at is zero then).
	SetAdvocateState(ctx context.Context, shop tenant.ShopID, id AdvocateID, state AdvocateState, at time.Time) error
	// AdvocatesWithoutShare lists advocates who have no code on the share side of the campaign yet, and are not blocked, who joined
	// first first.
	AdvocatesWithoutShare(ctx context.Context, shop tenant.ShopID, campaign CampaignID, limit int) ([]Advocate, error)
	// NoteShared notes that these advocates' codes were written down for the campaign.
	NoteShared(ctx context.Context, shop tenant.ShopID, campaign CampaignID, ids []AdvocateID) error
	// ForgetShared has these advocates' codes looked after again, in whatever campaign is live.
	ForgetShared(ctx context.Context, shop tenant.ShopID, ids []AdvocateID) error

	// AddClaim writes a new claim. Conflict: one of its keys has a claim in this campaign.
	AddClaim(ctx context.Context, c Claim) error
	// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
	ClaimsByKeys(ctx context.Context, shop tenant.ShopID, campaign CampaignID, keys []string) ([]Claim, error)
	// UpdateClaim is UpdateCampaign for a claim.
	UpdateClaim(ctx context.Context, shop tenant.ShopID, id ClaimID, fn func(*Claim) error) (Claim, error)
	// ClaimsOf lists the claims that the query selects, oldest first.
	ClaimsOf(ctx context.Context, shop tenant.ShopID, q ClaimQuery) ([]Claim, error)
	// TieClaim notes whose claim it is. With signedAt she was signed in then: her key is added unless another claim of the campaign
	// has it, and the first who was signed in stays. Without, an order told: it counts until somebody signs in, and adds no key.
	TieClaim(ctx context.Context, shop tenant.ShopID, id ClaimID, c CustomerID, signedAt time.Time) error
	// CountOpenClaims counts an advocate's claims that expire after now and whose friend has no converting order yet, up to atMost.
	CountOpenClaims(ctx context.Context, shop tenant.ShopID, id AdvocateID, now time.Time, atMost int) (int, error)
	// CampaignFigures counts what the soft gate of a campaign weighs at now.
	CampaignFigures(ctx context.Context, shop tenant.ShopID, id CampaignID, month string, now time.Time) (Figures, error)
	// CampaignCost adds up what the decided referrals of a campaign cost whose orders were placed in a time, half open, outside the test lane.
	CampaignCost(ctx context.Context, shop tenant.ShopID, id CampaignID, since, until time.Time) (Cost, error)

	// Nominated returns those of the nominees that may matter: they carry one of our codes, a claim, an address of one or a visit,
	// an advocate's code, are known orders, or belong to a customer with a claim or a referral.
	Nominated(ctx context.Context, shop tenant.ShopID, nominees []Nominee) ([]Nominee, error)
	// TakeTicket counts up the order's ticket and returns it. It is a majority write, made before Shopify is asked.
	TakeTicket(ctx context.Context, shop tenant.ShopID, id OrderID) (int64, error)
	// SaveSnapshot keeps o unless a higher ticket or a newer updatedAt is kept already. It returns the order as it is to be weighed,
	// with the customer whom the merchant has attached, and all other customers that the order ever had, also when it is asked again
	// after a crash.
	SaveSnapshot(ctx context.Context, o Order, ticket int64) (kept Order, former []CustomerID, err error)
	// AttachCustomer notes the merchant's word on whose an order is that Shopify shows without a customer. It counts from the next
	// snapshot on.
	AttachCustomer(ctx context.Context, shop tenant.ShopID, id OrderID, c CustomerID) error
	FindOrder(ctx context.Context, shop tenant.ShopID, id OrderID) (Order, error)
	// FindOrderByName finds a snapshot by the name the merchant knows ("#1001" or "1001").
	FindOrderByName(ctx context.Context, shop tenant.ShopID, name string) (Order, error)
	// CountOrdersWithCode counts kept orders that carry the code, test orders left out, up to atMost.
	CountOrdersWithCode(ctx context.Context, shop tenant.ShopID, code string, atMost int) (int, error)

	// RaiseFacts counts up facts_rev of the friend's referral; create makes the referral if there is none, else nothing happens.
	RaiseFacts(ctx context.Context, shop tenant.ShopID, friend FriendID, create bool) error
	// RaiseFactsOf is RaiseFacts for all friends whom an advocate is credited with.
	RaiseFactsOf(ctx context.Context, shop tenant.ShopID, id AdvocateID) error
	// FriendsWithCodes lists the friends in whose referrals any of the codes was issued as a reward.
	FriendsWithCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]FriendID, error)
	// FriendsWithDiscount lists the friends in whose referrals a reward was issued by a discount of its own.
	FriendsWithDiscount(ctx context.Context, shop tenant.ShopID, id DiscountID) ([]FriendID, error)
	// LoadFacts reads the referral first, then everything else, so that FactsRev tells whether anything moved since.
	LoadFacts(ctx context.Context, shop tenant.ShopID, friend FriendID) (Facts, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend FriendID) (Referral, error)
	// SaveDecision writes r whole if facts_rev still is rev; r.FactsRev and r.DecidedRev are written as they are. Else Conflict.
	SaveDecision(ctx context.Context, r Referral, rev int64) error
	// Approve is SaveDecision of all in one transaction with the settlement (nil: none), and only while the lease is still held.
	// Else Conflict, also when the settlement would exceed its limit.
	Approve(ctx context.Context, lease Lease, all []Decision, s *Settlement) error
	// SettledIn is what the campaign has settled in the month.
	SettledIn(ctx context.Context, shop tenant.ShopID, campaign CampaignID, month string) (money.Amount, error)
	// CountReleases counts the advocate's granted releases, outside the test lane, whose time lies between two others, both left out.
	CountReleases(ctx context.Context, shop tenant.ShopID, id AdvocateID, after, before time.Time) (int, error)
	// OwedOf lists the advocate's referrals whose reward is owed, oldest order first.
	OwedOf(ctx context.Context, shop tenant.ShopID, id AdvocateID) ([]Referral, error)
	// CountPromised counts what still rests on one side of a campaign version: held codes that have not ended at now and, on sides
	// whose reward comes after the order, referrals that may still be given one.
	CountPromised(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, now time.Time) (int, error)
	ReferralsOf(ctx context.Context, shop tenant.ShopID, id AdvocateID, limit int) ([]Referral, error) // newest order first
	// DueReleases lists referrals to release: ReleaseAt <= now, in (ReleaseAt, order) order.
	DueReleases(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]Referral, error)

	// AcquireLease takes the named lease of the shop for ttl of wall time. Conflict: somebody else holds it.
	AcquireLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (Lease, error)
	// ReleaseLease gives it back; one that is lost already is no error.
	ReleaseLease(ctx context.Context, l Lease) error
}

// Figures are counts of one campaign, for the soft gate of its budget. They are near, not exact: the release holds the budget.
type Figures struct {
	Settled   money.Amount // in the month
	Pending   int          // referrals that may still be released
	Open      int          // claims that may still be used, without a converting order
	Claims    int          // all claims ever
	Converted int          // referrals that ever were pending or better
}

// Visits opens the visit ids that the storefront seals.
type Visits interface {
	// OpenVisit reads a visit id; nil when it is missing, wrong or another shop's.
	OpenVisit(shop tenant.ShopID, sealed string) *Visit
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	Decide(ctx context.Context, shop tenant.ShopID, friend FriendID)
	Work(ctx context.Context, shop tenant.ShopID, friend FriendID, work Work)
	GoLive(ctx context.Context, shop tenant.ShopID, key CampaignKey)
	Fill(ctx context.Context, shop tenant.ShopID, key CampaignKey)
	DeleteCodes(ctx context.Context, shop tenant.ShopID)
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
	// Tend rings for a campaign version's discounts: their ends, and what is left of a version that is over.
	Tend(ctx context.Context, shop tenant.ShopID, key CampaignKey)
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
