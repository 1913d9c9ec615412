// Package orders takes in what Shopify shows of orders, and decides about the friends who placed them: nominate,
// refresh, decide, reconcile, explain. Begin with Refresh. The decision itself is referral.Decide; what follows from it
// is worked off by package rewards.
package orders

import (
	"context"
	"log/slog"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// Ports are what the use cases need of others.
type Ports struct {
	Store     Store
	Advocates Advocates
	Missing   Missing
	Shopify   Shopify
	Codes     Codes
	Bell      Bell
	Hasher    Hasher
	Visits    Visits

	Now func() time.Time // the business clock: wall time, moved by the simulator in development
	Log *slog.Logger
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store     Store
	advocates Advocates
	missing   Missing
	shopify   Shopify
	codes     Codes
	bell      Bell
	hasher    Hasher
	visits    Visits
	people    People
	now       func() time.Time
	log       *slog.Logger
}

// New wires the use cases.
func New(p Ports) *Service {
	return &Service{
		store:     p.Store,
		advocates: p.Advocates,
		missing:   p.Missing,
		shopify:   p.Shopify,
		codes:     p.Codes,
		bell:      p.Bell,
		hasher:    p.Hasher,
		visits:    p.Visits,
		now:       p.Now,
		log:       p.Log,
	}
}

// Know hands over who knows people. It is asked before any order is looked at; people need orders themselves, so that
// it comes later.
func (s *Service) Know(people People) { s.people = people }

// Store is what the use cases keep and find. Every method is about one shop. Errors: NotFound, Conflict (a unique key
// is taken, or the state moved on), Unavailable.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	// SaveReconciled moves the shop's watermark forward, never back.
	SaveReconciled(ctx context.Context, shop tenant.ShopID, through, startedAt time.Time) error
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) // newest first
	// ClaimsOf lists the claims that the query selects, oldest first.
	ClaimsOf(ctx context.Context, shop tenant.ShopID, q referral.ClaimQuery) ([]referral.Claim, error)
	// TieClaim notes whose claim it is. With signedAt the customer was signed in then: their key is added, and the
	// first who was signed in stays. Without, an order told: it counts until somebody signs in, and adds no key.
	// Conflict: the customer who is signed in has another claim in this campaign.
	TieClaim(
		ctx context.Context, shop tenant.ShopID, id referral.ClaimID, c referral.CustomerID, signedAt time.Time,
	) error
	// Nominated returns those of the nominees that may matter: they carry one of our codes, a claim, an address of one
	// or a visit, an advocate's code, are known orders, or belong to a customer with a claim or a referral, or to an
	// advocate, whose card and whose purchase count.
	Nominated(ctx context.Context, shop tenant.ShopID, nominees []referral.Nominee) ([]referral.Nominee, error)
	// TakeTicket counts up the order's ticket and returns it. It is a majority write, made before Shopify is asked.
	TakeTicket(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (int64, error)
	// SaveSnapshot keeps o unless a higher ticket or a newer updatedAt is kept already. It returns the order as it is
	// to be weighed, with the customer whom the merchant has attached, and all other customers that the order ever had,
	// also when it is asked again after a crash.
	SaveSnapshot(
		ctx context.Context, o referral.Order, ticket int64,
	) (kept referral.Order, former []referral.CustomerID, err error)
	// MarkUnread notes that an order was too large to be read at the given time, unless a higher ticket has read it. It
	// returns what SaveSnapshot does, the zero Order if no snapshot is kept, and whether the order could be read until
	// now. SaveSnapshot ends it.
	MarkUnread(
		ctx context.Context, shop tenant.ShopID, id referral.OrderID, ticket int64, at time.Time,
	) (kept referral.Order, former []referral.CustomerID, first bool, err error)
	// UnreadOrders lists orders that are too large to be read and were last tried before the given time, the longest
	// waiting first.
	UnreadOrders(ctx context.Context, shop tenant.ShopID, before time.Time, limit int) ([]referral.UnreadOrder, error)
	// DisputesDue lists orders that are to be asked for their disputes at now, the longest waiting first. SaveSnapshot
	// says when that is; what was due when it was read stays so.
	DisputesDue(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]referral.DisputedOrder, error)
	// PutOffDisputes notes when an order is to be asked next, unless that was changed since it was due at was. Zero:
	// never.
	PutOffDisputes(ctx context.Context, shop tenant.ShopID, id referral.OrderID, was, next time.Time) error
	FindOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error)
	// OrdersNamed lists the snapshots that a merchant may mean by a name ("#1001", "en1001-a", "1001"), latest first,
	// ten at most.
	OrdersNamed(ctx context.Context, shop tenant.ShopID, name string) ([]referral.Order, error)
	// RaiseFacts counts up facts_rev of the friend's referral; create makes the referral if there is none, else nothing
	// happens.
	RaiseFacts(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, create bool) error
	// FriendsWithCodes lists the friends in whose referrals any of the codes was issued as a reward.
	FriendsWithCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.FriendID, error)
	// FriendsWithCards lists the friends of other customers whose kept orders of the order's lane were paid with a card
	// of its own.
	FriendsWithCards(ctx context.Context, o referral.Order) ([]referral.FriendID, error)
	// ToLook lists friends of whom others see something else than before.
	ToLook(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Looked, error)
	// RaiseAround is RaiseFacts for all who wait and are to be looked at again, but for the one friend of whom they see
	// something else, and for whoever is being decided about.
	RaiseAround(ctx context.Context, shop tenant.ShopID, look referral.Look, but referral.FriendID) error
	// NoteLooked notes that others were looked at again, unless they see something else yet.
	NoteLooked(ctx context.Context, shop tenant.ShopID, all []referral.Looked) error
	// LoadFacts reads what else a decision about a referral rests on. The referral was read before, so that its
	// FactsRev tells whether anything moved since.
	LoadFacts(ctx context.Context, r referral.Referral) (referral.Facts, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	// SaveDecision writes r whole if facts_rev still is rev; r.FactsRev and r.DecidedRev are written as they are. Else
	// Conflict. What somebody is to be told goes into the outbox in the same transaction.
	SaveDecision(ctx context.Context, r referral.Referral, rev int64, notices ...referral.Notice) error

	tenant.Leases
}

// Advocates is the store, as far as it is about advocates.
type Advocates interface {
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) (referral.Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.Advocate, error)
	// AdvocatesByCustomers finds which advocates these customers are.
	AdvocatesByCustomers(
		ctx context.Context, shop tenant.ShopID, customers []referral.CustomerID,
	) ([]referral.AdvocateID, error)
	// TieAdvocate notes which customer the guest is who joined with an order. NotFound: nobody did, or they are tied
	// already. Conflict: the customer is another advocate.
	TieAdvocate(
		ctx context.Context, shop tenant.ShopID, order referral.OrderID, c referral.CustomerID,
	) (referral.Advocate, error)
	// NameGuests notes which order has the addresses (keyed hashes) of guests who joined before it was placed, and lists
	// them.
	NameGuests(
		ctx context.Context, shop tenant.ShopID, emails []string, by referral.Naming,
	) ([]referral.AdvocateID, error)
	// AwaitPurchase notes that an order of the advocate's own is waited for since the given time, unless it is already,
	// and returns the advocate.
	AwaitPurchase(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, at time.Time,
	) (referral.Advocate, error)
	// NotePurchase notes what is known of the advocate's own orders. The first answer stays, until a purchase is seen;
	// that stays.
	NotePurchase(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, purchase referral.Purchase) error
	// RaiseFactsWaiting is RaiseFacts for the friends whose referrals wait for an advocate's own purchase, and lists
	// them.
	RaiseFactsWaiting(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) ([]referral.FriendID, error)
	// ForgetShared has these advocates' shareable codes made again, in whatever campaign is live.
	ForgetShared(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) error
	// RaiseFactsOf counts up facts_rev of all friends whom an advocate is credited with.
	RaiseFactsOf(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) error
}

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (the token is dead), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (referral.ErrWithheld: not shown to the app).
type Shopify interface {
	// ReadOrder takes a snapshot, always by the same query.
	ReadOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error)
	// ReadDisputes reads the disputes of up to DisputesPage orders. Those that Shopify does not show are left out.
	ReadDisputes(
		ctx context.Context, shop tenant.ShopID, ids []referral.OrderID,
	) (map[referral.OrderID][]referral.Dispute, error)
	ReadCustomer(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.CustomerOrders, error)
	// OrderNamed finds the order that has a name, as referral.ParseOrderName writes it; of several the latest.
	OrderNamed(ctx context.Context, shop tenant.ShopID, name string) (referral.NamedOrder, error)
	// ChangedOrders lists orders by the time of their last change, oldest first, one page a call. TooLarge: the page is
	// more than is read.
	ChangedOrders(ctx context.Context, shop tenant.ShopID, q referral.ChangedQuery) (referral.ChangedPage, error)
}

// Codes makes and ends discount codes and their discounts in Shopify (package codes).
type Codes interface {
	// UseUp ends the codes that an order shows to be used up.
	UseUp(ctx context.Context, o referral.Order) error
	// End has codes deleted soon.
	End(ctx context.Context, shop tenant.ShopID, codes []string) error
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	Decide(ctx context.Context, shop tenant.ShopID, friend referral.FriendID)
	Work(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, work referral.Work)
	// Mail rings for what somebody is to be told.
	Mail(ctx context.Context, shop tenant.ShopID)
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
}

// Hasher makes keyed hashes of identifiers: HMAC over shop, kind and value.
type Hasher interface {
	// Hashes are of the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
}

// Visits opens the visit ids that the storefront seals.
type Visits interface {
	// OpenVisit reads a visit id; nil when it is missing, wrong or another shop's.
	OpenVisit(shop tenant.ShopID, sealed string) *referral.Visit
}

// People knows which customers are one person, and who was erased (package people).
type People interface {
	// ApplyMerge makes two friends one where an order shows that the merchant has merged the customers.
	ApplyMerge(ctx context.Context, o referral.Order, former []referral.CustomerID) error
	// WithoutErased takes an erased person out of a snapshot.
	WithoutErased(ctx context.Context, o referral.Order) (referral.Order, error)
	// EraseAgain erases a person of whom an order came in while they were being erased, and returns the friends to
	// decide about.
	EraseAgain(ctx context.Context, o referral.Order, friends []referral.FriendID) ([]referral.FriendID, error)
}
