// Package claims is what shoppers ask for: an advocate joins and gets a link, a friend opens it and takes the offer,
// and both are shown where they stand. Begin with Join and Claim. A claim is loaded (facts.go), decided about by
// referral.DecideClaim, and applied (claim.go). Who may claim, and what a claim becomes, is left to package referral,
// which codes there are to package codes, and whether anything is earned to package orders.
package claims

import (
	"context"
	"log/slog"
	"time"

	"twofold/campaigns"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Config holds what may be tuned. The zero value of a field means its default.
type Config struct {
	// MaxOpenClaims is how many open, unused claims one advocate may have, or one network in an advocate's link;
	// default 200.
	MaxOpenClaims int
	Level2        bool // the app may see e-mail addresses (protected-data level 2); default it may not
	Mails         bool // mails can be sent: guests may join by their address; default they may not
}

func (c Config) withDefaults() Config {
	if c.MaxOpenClaims == 0 {
		c.MaxOpenClaims = 200
	}
	return c
}

// Validate refuses values that make no sense.
func (c Config) Validate() error {
	if c.MaxOpenClaims < 0 {
		return fault.ForLog(fault.Invalid, "claims: the limit of open claims must be positive")
	}
	return nil
}

// Ports are what the use cases need of others.
type Ports struct {
	Store     Store
	Advocates Advocates
	Missing   Missing
	SignIns   SignIns
	Prover    Prover
	Shopify   Shopify
	Codes     Codes
	Bell      Bell
	Hasher    Hasher
	Campaigns *campaigns.Service

	Now func() time.Time // the business clock: wall time, moved by the simulator in development
	Log *slog.Logger
}

// Service is the use cases. It holds no state of its own, so that any number of processes may run it side by side.
type Service struct {
	store     Store
	advocates Advocates
	missing   Missing
	signIns   SignIns
	prover    Prover
	shopify   Shopify
	codes     Codes
	bell      Bell
	hasher    Hasher
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
		missing:   p.Missing,
		signIns:   p.SignIns,
		prover:    p.Prover,
		shopify:   p.Shopify,
		codes:     p.Codes,
		bell:      p.Bell,
		hasher:    p.Hasher,
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
	// FindTerms reads a version of the programme's terms. NotFound: there is none of this number.
	FindTerms(ctx context.Context, shop tenant.ShopID, version int) (tenant.Terms, error)
	FindCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) // newest first
	// FindCodes returns those of the codes (upper case) that are ours.
	FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.Code, error)
	// FindCodeByHolder finds the code that a claim or reward holds.
	FindCodeByHolder(ctx context.Context, shop tenant.ShopID, holder referral.CodeHolderID) (referral.Code, error)
	// LinkNear reads whom an advocate's link brought, the nearest in time to an instant.
	LinkNear(ctx context.Context, shop tenant.ShopID, link referral.AdvocateID, at time.Time) ([]referral.Neighbour, error)
	// AddClaim writes a new claim. Conflict: one of its keys has a claim in this campaign.
	AddClaim(ctx context.Context, c referral.Claim) error
	// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
	ClaimsByKeys(
		ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, keys []string,
	) ([]referral.Claim, error)
	// UpdateClaim loads a claim, lets fn change it, and saves it if nobody changed it meanwhile, else again. fn must
	// not call out.
	UpdateClaim(
		ctx context.Context, shop tenant.ShopID, id referral.ClaimID, fn func(*referral.Claim) error,
	) (referral.Claim, error)
	// TellOfClaim is UpdateClaim, and puts what fn returns into the outbox in the transaction that saves the claim.
	TellOfClaim(
		ctx context.Context, shop tenant.ShopID, id referral.ClaimID,
		fn func(*referral.Claim) (told []referral.Notice, err error),
	) (referral.Claim, error)
	// ClaimsOf lists the claims that the query selects, oldest first.
	ClaimsOf(ctx context.Context, shop tenant.ShopID, q referral.ClaimQuery) ([]referral.Claim, error)
	// TieClaim notes whose claim it is. With signedAt the customer was signed in then: their key is added, and the
	// first who was signed in stays. Without, an order told: it counts until somebody signs in, and adds no key.
	// Conflict: the customer who is signed in has another claim in this campaign.
	TieClaim(
		ctx context.Context, shop tenant.ShopID, id referral.ClaimID, c referral.CustomerID, signedAt time.Time,
	) error
	// NoteNetwork notes from which network the claim was made, or renewed last. It is forgotten after 30 days.
	NoteNetwork(
		ctx context.Context, shop tenant.ShopID, claim referral.ClaimID, by referral.AdvocateID,
		network string, at time.Time,
	) error
	// CountNetwork counts the claims of an advocate's link that were made from the network after an instant, up to
	// atMost.
	CountNetwork(
		ctx context.Context, shop tenant.ShopID, by referral.AdvocateID, network string, after time.Time, atMost int,
	) (int, error)
	// CountOpenClaims counts an advocate's claims that still count at now and whose friend has no converting order yet,
	// up to atMost.
	CountOpenClaims(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, now time.Time, atMost int,
	) (int, error)
	// CountOrdersWithCode counts kept orders that carry the code, test orders left out, up to atMost.
	CountOrdersWithCode(ctx context.Context, shop tenant.ShopID, code string, atMost int) (int, error)
	// RaiseFacts counts up facts_rev of the friend's referral; create makes the referral if there is none, else nothing
	// happens.
	RaiseFacts(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, create bool) error
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	// ReferralsOf lists an advocate's referrals, the newest order first.
	ReferralsOf(
		ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, limit int,
	) ([]referral.Referral, error)
}

// Advocates is the store, as far as it is about advocates.
type Advocates interface {
	// AddAdvocate writes a new advocate, and what they are told of it. Conflict: the customer or the code is taken.
	AddAdvocate(ctx context.Context, a referral.Advocate, told ...referral.Notice) error
	FindAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) (referral.Advocate, error)
	FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error)
	FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.Advocate, error)
	// FindAdvocateByOrder finds the advocate that a guest became with an order.
	FindAdvocateByOrder(ctx context.Context, shop tenant.ShopID, order referral.OrderID) (referral.Advocate, error)
	// TieAdvocate notes which customer the guest is who joined with an order. NotFound: nobody did, or they are tied
	// already. Conflict: the customer is another advocate.
	TieAdvocate(
		ctx context.Context, shop tenant.ShopID, order referral.OrderID, c referral.CustomerID,
	) (referral.Advocate, error)
	// NoteBrowser remembers a browser from which the advocate joined (a keyed hash). None is forgotten: beyond
	// MaxBrowsers no more are added.
	NoteBrowser(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, hash string) error
	// RaiseAround has the friends of links looked at again who wait, but for one.
	RaiseAround(ctx context.Context, shop tenant.ShopID, look referral.Look, but referral.FriendID) error
	// SetSeen writes where the advocate was seen. NotFound: there is no such advocate, or the person was erased.
	SetSeen(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, seen []referral.Sighting) error
	// NoteAgreed notes that an advocate has agreed to a newer version of the programme's terms than before.
	NoteAgreed(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, agreed referral.Agreement) error
}

// SignIns is the store, as far as it is about mails by which guests show that an address is theirs. NotFound: there is
// no such request, or it is forgotten.
type SignIns interface {
	// AddSignIn keeps what was asked for, and its mail in the outbox. With it comes the advocate whom somebody has
	// become by it; nil: nobody has. Conflict: the advocate's code is taken.
	AddSignIn(ctx context.Context, s referral.SignIn, joined *referral.Advocate) error
	FindSignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID) (referral.SignIn, error)
	// TrySignIn counts that a code was typed, and returns the request as it is then.
	TrySignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID) (referral.SignIn, error)
	// UseSignIn notes that it was used, and forgets the address. NotFound: it was before, or works no more.
	UseSignIn(ctx context.Context, shop tenant.ShopID, id referral.SignInID, at time.Time) error
}

// Prover makes one advocate of all who have an address that somebody has shown to be theirs (package people). NotFound:
// nobody has joined with it.
type Prover interface {
	Prove(ctx context.Context, shop tenant.ShopID, emails []string, at time.Time) (referral.Advocate, error)
}

// Shopify is what is asked of the shop's own Admin API. Every call uses that shop's token, waits for its rate limit and
// heeds ctx. Errors: Unauthorized (the token is dead), Invalid (refused by Shopify's rules), NotFound, Unavailable
// (referral.ErrWithheld: not shown to the app).
type Shopify interface {
	ReadCustomer(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.CustomerOrders, error)
	ReadPlaced(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Placed, error)
}

// Codes makes and ends discount codes and their discounts in Shopify (package codes).
type Codes interface {
	// Draw returns the holder's code of a pool, assigning a free one if there is none yet. Unavailable: the pool is
	// empty.
	Draw(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side,
		holder referral.CodeHolderID, at, endsAt time.Time,
	) (referral.Code, error)
	// End has codes deleted soon.
	End(ctx context.Context, shop tenant.ShopID, codes []string) error
}

// Bell wakes the workers. It is best effort: what it loses, a sweep over the store finds.
type Bell interface {
	Decide(ctx context.Context, shop tenant.ShopID, friend referral.FriendID)
	// Share rings for advocates whose shareable codes must be made.
	Share(ctx context.Context, shop tenant.ShopID)
	// Mail rings for what somebody is to be told.
	Mail(ctx context.Context, shop tenant.ShopID)
	// LookForMissing rings for what somebody asked for.
	LookForMissing(ctx context.Context, shop tenant.ShopID)
}

// Hasher makes keyed hashes of identifiers: HMAC over shop, kind and value.
type Hasher interface {
	// Sum is the raw HMAC under the writing key.
	Sum(shop tenant.ShopID, kind, value string) []byte
	// Hashes are of the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
}
