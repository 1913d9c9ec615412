package referral

import (
	"context"
	"errors"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// ErrWithheld is in the chain of an Unavailable error when Shopify does not show the app what it asked for: an access that was not
// granted, or not yet.
var ErrWithheld = errors.New("withheld")

// Shopify is what the use cases ask of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (token dead, shop must be visited), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (throttled beyond ctx, transport; ErrWithheld: not shown to the app).
type Shopify interface {
	// Ping proves with a one-point query that the shop's token works.
	Ping(ctx context.Context, shop tenant.ShopID) error
	ReadProfile(ctx context.Context, shop tenant.ShopID) (tenant.Profile, error)
	// ReadOrder takes a snapshot, always by the same query.
	ReadOrder(ctx context.Context, shop tenant.ShopID, id OrderID) (Order, error)
	// ReadDisputes reads the disputes of up to DisputesPage orders. Those that Shopify does not show are left out.
	ReadDisputes(ctx context.Context, shop tenant.ShopID, ids []OrderID) (map[OrderID][]Dispute, error)
	ReadCustomer(ctx context.Context, shop tenant.ShopID, id CustomerID) (CustomerOrders, error)
	// ChangedOrders lists orders by the time of their last change, oldest first, one page a call. TooLarge: the page is more than is read.
	ChangedOrders(ctx context.Context, shop tenant.ShopID, q ChangedQuery) (ChangedPage, error)
	// ReadShown reads the metafields that the shop's pages show.
	ReadShown(ctx context.Context, shop tenant.ShopID) (ShownFields, error)
	// WriteShown writes them, the offer as given, if they still are as was has them. Conflict: somebody wrote meanwhile.
	WriteShown(ctx context.Context, shop tenant.ShopID, was ShownFields, offer string) error
	// DeleteShown deletes them; what is not there is no error.
	DeleteShown(ctx context.Context, shop tenant.ShopID, owner string) error
}

// ShownFields are the metafields that the shop's pages show, kept at the installation of the app.
type ShownFields struct {
	Owner string     // gid of the installation
	Ready ShownField // "true" once the shop is set up
	Offer ShownField // JSON
}

// ShownField is one metafield. The zero value: it is not there.
type ShownField struct {
	Value  string
	Digest string // changes with the value
}

// ChangedQuery asks for one page of changed orders.
type ChangedQuery struct {
	Since  time.Time // updatedAt >= Since
	Cursor string    // "" starts
	Size   int       // orders on the page
	Bare   bool      // without cart attributes: whether one names a claim is not known then (Nominee.Unseen)
}

// ChangedPageSize is how many changed orders are asked for at once.
const ChangedPageSize = 50

// ChangedPage is one page of changed orders, as nominees.
type ChangedPage struct {
	Orders []Nominee
	Next   string    // cursor of the next page; "" at the end
	At     time.Time // Shopify's Date of the answer
	Last   time.Time // updatedAt of the last order on the page; zero when the page is empty
}

// Nominee is an order that somebody says is worth a look, with what is known of it without asking.
type Nominee struct {
	Order    OrderID
	Customer CustomerID
	Codes    []string // upper case
	Claim    ClaimID
	Ref      string   // an advocate's code in the landing page; upper case
	Visit    bool     // our cart attribute holds what may be a visit id
	Unseen   bool     // its cart attributes are too large to be read: one may be ours
	Email    string   // level 2, from Shopify's own answer only; hashed before the store sees it
	Emails   []string // keyed hashes of the e-mail address
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
	// SaveProfile makes showing the offer due, as SaveProxy does when the path was another.
	SaveProfile(ctx context.Context, shop tenant.ShopID, p tenant.Profile, at time.Time) error
	// MarkUninstalled ends the given install generation; a later one is left alone (Conflict).
	MarkUninstalled(ctx context.Context, shop tenant.ShopID, install int, at time.Time) error
	// SaveReconciled moves the shop's watermark forward, never back.
	SaveReconciled(ctx context.Context, shop tenant.ShopID, through, startedAt time.Time) error
	// SaveProxy keeps the storefront path of the app proxy, and tells whether it was another before.
	SaveProxy(ctx context.Context, shop tenant.ShopID, path string) (changed bool, err error)
	// SaveShown keeps how showing the offer went, and that it is due next at the given time, unless something changed since the shop
	// and its campaigns were read as given. With a zero time it stays due.
	SaveShown(ctx context.Context, read tenant.Shop, all []Campaign, went tenant.Shown, next time.Time) error

	AddCampaign(ctx context.Context, c Campaign) error
	FindCampaign(ctx context.Context, shop tenant.ShopID, key CampaignKey) (Campaign, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]Campaign, error) // newest first
	// UpdateCampaign loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out. Where the shop's
	// pages show the difference (ShowsAlike), the same write makes showing the offer due, as does AddCampaign.
	UpdateCampaign(ctx context.Context, shop tenant.ShopID, key CampaignKey, fn func(*Campaign) error) (Campaign, error)

	// FindCodes returns those of the codes (upper case) that are ours.
	FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]Code, error)

	// FindCodeByHolder finds the code that a claim or reward holds.
	FindCodeByHolder(ctx context.Context, shop tenant.ShopID, holder CodeHolderID) (Code, error)
	// CodesOfReward lists the codes that a reward holds, in whatever of its releases or issues it drew them.
	CodesOfReward(ctx context.Context, shop tenant.ShopID, id RewardID) ([]Code, error)

	// AddAdvocate writes a new advocate. Conflict: her customer or code is taken.
	AddAdvocate(ctx context.Context, a Advocate) error
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id AdvocateID) (Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c CustomerID) (Advocate, error)
	// NoteBrowser remembers a browser from which the advocate joined (a keyed hash). None is forgotten: beyond MaxBrowsers no more are added.
	NoteBrowser(ctx context.Context, shop tenant.ShopID, id AdvocateID, hash string) error
	// AwaitPurchase notes that an order of the advocate's own is waited for since the given time, unless it is already, and returns the
	// advocate. From then on the advocate's orders are nominated, until one is noted.
	AwaitPurchase(ctx context.Context, shop tenant.ShopID, id AdvocateID, at time.Time) (Advocate, error)
	// NotePurchase notes what is known of the advocate's own orders. The first answer stays, until a purchase is seen; that stays.
	NotePurchase(ctx context.Context, shop tenant.ShopID, id AdvocateID, purchase Purchase) error
	// RaiseFactsWaiting is RaiseFacts for the friends whose referrals wait for an advocate's own purchase, and lists them.
	RaiseFactsWaiting(ctx context.Context, shop tenant.ShopID, id AdvocateID) ([]FriendID, error)
	// SetAdvocateState blocks an advocate, or lets her go on (at is zero then).
	SetAdvocateState(ctx context.Context, shop tenant.ShopID, id AdvocateID, state AdvocateState, at time.Time) error

	// EraseAdvocate takes the person out of an advocate, who is blocked from then on, and returns what is left.
	EraseAdvocate(ctx context.Context, shop tenant.ShopID, id AdvocateID, as CustomerID, at time.Time) (Advocate, error)
	// MarkAdvocates adds a mark to the browsers, or to the addresses, of all advocates who have one of these (keyed hashes), but not to
	// those of the customer.
	MarkAdvocates(ctx context.Context, shop tenant.ShopID, but CustomerID, browsers, emails []string, mark string) error
	// AddTombstones remembers erased persons. A later tombstone takes the place of an earlier one.
	AddTombstones(ctx context.Context, shop tenant.ShopID, all []Tombstone) error
	// FindTombstones finds those with one of the hashes.
	FindTombstones(ctx context.Context, shop tenant.ShopID, hashes []string) ([]Tombstone, error)
	// OrdersOf lists the kept orders that show the customer, and those of the ids.
	OrdersOf(ctx context.Context, shop tenant.ShopID, c CustomerID, ids []OrderID) ([]Order, error)
	// MoveCustomer makes the records of one customer another's, in one transaction. Conflict: a claim changed meanwhile.
	MoveCustomer(ctx context.Context, m CustomerMove) error
	// SaveReport keeps a report for the merchant, sealed, for a time.
	SaveReport(ctx context.Context, shop tenant.ShopID, r KeptReport) error
	// RemoveReports removes the reports about a person, by the keyed hashes of the customer.
	RemoveReports(ctx context.Context, shop tenant.ShopID, person []string) error
	// MarkCleaned freezes the shop's work until a merchant opens the app. Unauthorized: it cannot be asked for as it is.
	MarkCleaned(ctx context.Context, shop tenant.ShopID) error
	// RemoveShop removes a batch of the shop's documents, but for the delivery that is to be kept, and tells whether more are left. The
	// shop itself goes last.
	RemoveShop(ctx context.Context, shop tenant.ShopID, keep string) (left bool, err error)
	// MergeAdvocates writes one advocate in the place of two, in one transaction: what names the other names the one from then on. Without
	// another ("") only the one is written.
	MergeAdvocates(ctx context.Context, one Advocate, other AdvocateID) error
	// ForgetMentions takes a customer out of what only mentions them: the customers that an order once had, deliveries that are done.
	ForgetMentions(ctx context.Context, shop tenant.ShopID, c, as CustomerID) error

	// ForgetShared has these advocates' shareable codes made again, in whatever campaign is live.
	ForgetShared(ctx context.Context, shop tenant.ShopID, ids []AdvocateID) error

	// AddClaim writes a new claim. Conflict: one of its keys has a claim in this campaign.
	AddClaim(ctx context.Context, c Claim) error
	// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
	ClaimsByKeys(ctx context.Context, shop tenant.ShopID, campaign CampaignID, keys []string) ([]Claim, error)
	// UpdateClaim is UpdateCampaign for a claim.
	UpdateClaim(ctx context.Context, shop tenant.ShopID, id ClaimID, fn func(*Claim) error) (Claim, error)
	// ClaimsOf lists the claims that the query selects, oldest first.
	ClaimsOf(ctx context.Context, shop tenant.ShopID, q ClaimQuery) ([]Claim, error)
	// TieClaim notes whose claim it is. With signedAt the customer was signed in then: their key is added, and the first who was signed in
	// stays. Without, an order told: it counts until somebody signs in, and adds no key. Conflict: the customer who is signed in has
	// another claim in this campaign.
	TieClaim(ctx context.Context, shop tenant.ShopID, id ClaimID, c CustomerID, signedAt time.Time) error
	// NoteNetwork notes from which network the claim was made, or renewed last. It is forgotten after 30 days.
	NoteNetwork(ctx context.Context, shop tenant.ShopID, claim ClaimID, by AdvocateID, network string, at time.Time) error
	// CountNetwork counts the claims of an advocate's link that were made from the network after an instant, up to atMost.
	CountNetwork(ctx context.Context, shop tenant.ShopID, by AdvocateID, network string, after time.Time, atMost int) (int, error)
	// StopCounting has the advocate's claims count from an instant on no more.
	StopCounting(ctx context.Context, shop tenant.ShopID, id AdvocateID, at time.Time) error
	// CountOpenClaims counts an advocate's claims that still count at now and whose friend has no converting order yet, up to atMost.
	CountOpenClaims(ctx context.Context, shop tenant.ShopID, id AdvocateID, now time.Time, atMost int) (int, error)
	// CampaignFigures counts what the soft gate of a campaign weighs at now.
	CampaignFigures(ctx context.Context, shop tenant.ShopID, id CampaignID, month string, now time.Time) (Figures, error)
	// CampaignCost adds up what the decided referrals of a campaign cost whose orders were placed in a time, half open, outside the test lane.
	CampaignCost(ctx context.Context, shop tenant.ShopID, id CampaignID, since, until time.Time) (Cost, error)

	// Nominated returns those of the nominees that may matter: they carry one of our codes, a claim, an address of one or a visit,
	// an advocate's code, are known orders, or belong to a customer with a claim or a referral, or to an advocate who is to buy first.
	Nominated(ctx context.Context, shop tenant.ShopID, nominees []Nominee) ([]Nominee, error)
	// TakeTicket counts up the order's ticket and returns it. It is a majority write, made before Shopify is asked.
	TakeTicket(ctx context.Context, shop tenant.ShopID, id OrderID) (int64, error)
	// SaveSnapshot keeps o unless a higher ticket or a newer updatedAt is kept already. It returns the order as it is to be weighed,
	// with the customer whom the merchant has attached, and all other customers that the order ever had, also when it is asked again
	// after a crash.
	SaveSnapshot(ctx context.Context, o Order, ticket int64) (kept Order, former []CustomerID, err error)
	// MarkUnread notes that an order was too large to be read at the given time, unless a higher ticket has read it. It returns what
	// SaveSnapshot does, the zero Order if no snapshot is kept, and whether the order could be read until now. SaveSnapshot ends it.
	MarkUnread(ctx context.Context, shop tenant.ShopID, id OrderID, ticket int64, at time.Time) (kept Order, former []CustomerID, first bool, err error)
	// UnreadOrders lists orders that are too large to be read and were last tried before the given time, the longest waiting first.
	UnreadOrders(ctx context.Context, shop tenant.ShopID, before time.Time, limit int) ([]UnreadOrder, error)
	// DisputesDue lists orders that are to be asked for their disputes at now, the longest waiting first. SaveSnapshot
	// says when that is; what was due when it was read stays so.
	DisputesDue(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]DisputedOrder, error)
	// PutOffDisputes notes when an order is to be asked next, unless that was changed since it was due at was. Zero: never.
	PutOffDisputes(ctx context.Context, shop tenant.ShopID, id OrderID, was, next time.Time) error
	// AttachCustomer notes the merchant's word on whose an order is that Shopify shows without a customer. It counts from the next
	// snapshot on.
	AttachCustomer(ctx context.Context, shop tenant.ShopID, id OrderID, c CustomerID) error
	FindOrder(ctx context.Context, shop tenant.ShopID, id OrderID) (Order, error)
	// OrdersNamed lists the snapshots that a merchant may mean by a name ("#1001", "en1001-a", "1001"), latest first, ten at most.
	OrdersNamed(ctx context.Context, shop tenant.ShopID, name string) ([]Order, error)

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
	// LoadFacts reads what else a decision about a referral rests on. The referral was read before, so that its
	// FactsRev tells whether anything moved since.
	LoadFacts(ctx context.Context, r Referral) (Facts, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend FriendID) (Referral, error)
	// SaveDecision writes r whole if facts_rev still is rev; r.FactsRev and r.DecidedRev are written as they are. Else Conflict.
	SaveDecision(ctx context.Context, r Referral, rev int64) error
	// Approve is SaveDecision of all in one transaction with the settlement (nil: none), and only while the lease is still held.
	// Else Conflict, also when the settlement would exceed its limit.
	Approve(ctx context.Context, lease tenant.Lease, all []Decision, s *Settlement) error
	// SettledIn is what the campaign has settled in the month.
	SettledIn(ctx context.Context, shop tenant.ShopID, campaign CampaignID, month string) (money.Amount, error)
	// CountReleases counts the advocate's granted releases, outside the test lane, whose time lies between two others, both left out.
	CountReleases(ctx context.Context, shop tenant.ShopID, id AdvocateID, after, before time.Time) (int, error)
	// CountFriends counts the advocate's friends, outside the test lane, whose orders were placed before a time and earn or may earn a reward.
	CountFriends(ctx context.Context, shop tenant.ShopID, id AdvocateID, before time.Time) (int, error)
	// OwedOf lists the advocate's referrals whose reward is owed, oldest order first.
	OwedOf(ctx context.Context, shop tenant.ShopID, id AdvocateID) ([]Referral, error)
	// CountPromised counts what still rests on one side of a campaign version: held codes that have not ended at now and, on sides
	// whose reward comes after the order, referrals that may still be given one.
	CountPromised(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, now time.Time) (int, error)
	ReferralsOf(ctx context.Context, shop tenant.ShopID, id AdvocateID, limit int) ([]Referral, error) // newest order first
	// DueReleases lists referrals to release: ReleaseAt <= now, in (ReleaseAt, order) order.
	DueReleases(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]Referral, error)

	tenant.Leases
}

// Codes makes and ends discount codes and their discounts in Shopify (package codes). Errors: those of Shopify and Store.
type Codes interface {
	// EnsureDiscount makes the side's discount unless it is there, or the side needs none, and returns the version with it.
	EnsureDiscount(ctx context.Context, c Campaign, side Side) (Campaign, error)
	// Fill brings the pools of a campaign version up to their target. Conflict: somebody else makes codes for the shop.
	Fill(ctx context.Context, shop tenant.ShopID, key CampaignKey) error
	// ReopenShared has shareable codes made again that had reached a ceiling which is higher now.
	ReopenShared(ctx context.Context, c Campaign) error

	// Draw returns the holder's code of a pool, assigning a free one if there is none yet. Unavailable: the pool is empty.
	Draw(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, holder CodeHolderID, at, endsAt time.Time) (Code, error)
	// DrawForJob is Draw, but makes codes first where the pool is empty. tenant.ErrHeld: somebody else does.
	DrawForJob(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side, holder CodeHolderID, at, endsAt time.Time) (Code, error)
	// MakePersonal makes the discount of a reward that only its advocate can use, and returns the issue with code, discount and end.
	MakePersonal(ctx context.Context, c Campaign, p PersonalReward) (Issue, error)
	// ReopenEnded takes the end away from a discount that ended with its version, before another code is given under it.
	ReopenEnded(ctx context.Context, c Campaign, side Side) error

	// UseUp ends the codes that an order shows to be used up.
	UseUp(ctx context.Context, o Order) error
	// End has codes deleted soon; EndNow before it returns.
	End(ctx context.Context, shop tenant.ShopID, codes []string) error
	EndNow(ctx context.Context, shop tenant.ShopID, codes []string) error

	// DropFree has the free codes of a version that is over deleted.
	DropFree(ctx context.Context, c Campaign) error
	// MoveEnd moves a discount's end ahead while it must stay, else to now. NextUpkeep is when to look again while it must.
	MoveEnd(ctx context.Context, c Campaign, side Side, mustStay bool) error
	NextUpkeep(c Campaign) time.Time
	// Audit notes how a version's discounts differ from what they should be; Repair brings back what was noted.
	Audit(ctx context.Context, shop tenant.ShopID, key CampaignKey, next time.Time) error
	Repair(ctx context.Context, shop tenant.ShopID, key CampaignKey) (Campaign, error)
	// IsGone tells whether a discount was deleted in Shopify.
	IsGone(ctx context.Context, shop tenant.ShopID, id DiscountID) (bool, error)

	// CountOurs asks Shopify which of our discounts are in the shop, by what they are for.
	CountOurs(ctx context.Context, shop tenant.ShopID) (Ours, error)
	// RemoveOurs deletes them with all their codes, and tells progress how many are gone so far, time and again.
	RemoveOurs(ctx context.Context, shop tenant.ShopID, progress func(gone int)) error
}

// PersonalReward is a reward with a discount of its own. Of the issue, code, discount and end are still to come.
type PersonalReward struct {
	Issue     Issue
	Holder    CodeHolderID
	Customer  CustomerID // the only one who can use it
	OrderName string     // the friend's order, for the discount's title
}

// Figures are counts of one campaign, for the soft gate of its budget. They are near, not exact: the release holds the budget.
type Figures struct {
	Settled   money.Amount // in the month
	Pending   int          // referrals that may still be released
	Open      int          // claims that still count, without a converting order
	Claims    int          // all that ever counted
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
	// Forget takes all tasks about a friend out of the queues, also those that were given up.
	Forget(ctx context.Context, shop tenant.ShopID, friend FriendID) error
	// ForgetShop takes all tasks of a shop out of the queues.
	ForgetShop(ctx context.Context, shop tenant.ShopID) error
	GoLive(ctx context.Context, shop tenant.ShopID, key CampaignKey)
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
	// Tend rings for a campaign version's discounts: their ends, and what is left of a version that is over.
	Tend(ctx context.Context, shop tenant.ShopID, key CampaignKey)
	// ShowOffer rings for what the shop's pages show.
	ShowOffer(ctx context.Context, shop tenant.ShopID)
}

// Hasher makes keyed hashes of identifiers: HMAC over shop, kind and value.
type Hasher interface {
	LookupHasher
	// Sum is the raw HMAC under the writing key.
	Sum(shop tenant.ShopID, kind, value string) []byte
}

// LookupHasher makes the keyed hashes that are looked up.
type LookupHasher interface {
	// Hashes are of the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
}
