// Package referral is the rules: who referred whom, what that earns, and why. Facts in, decision out: nothing here waits,
// asks or writes, and it knows nothing of HTTP, MongoDB, Redis or Shopify's formats. Begin with Decide (decide.go), then
// the checks (rules.go) and what is due (rewards.go). Loading facts and writing outcomes is left to the use cases:
// orders, claims, rewards, campaigns, people, shops, codes. The words are those of the types in this file.
package referral

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/tenant"
)

// Shopify's ids are gids, kept as text because JavaScript loses digits past 2⁵³.
type (
	// OrderID is gid://shopify/Order/….
	OrderID string
	// CustomerID is gid://shopify/Customer/….
	CustomerID string
	// FriendID names a friend's referral: the friend's CustomerID, in the test lane followed by "/test". Where nobody
	// knows whose an order is, it has a referral of its own, named by its OrderID, likewise.
	FriendID string
	// DiscountID is gid://shopify/DiscountCodeNode/….
	DiscountID string
)

// Our own ids carry a prefix.
type (
	// CampaignID is cmp_….
	CampaignID string
	// AdvocateID is adv_….
	AdvocateID string
	// ClaimID is clm_….
	ClaimID string
	// RewardID is rwd_…, derived from shop, friend and side.
	RewardID string
	// CodeHolderID is a ClaimID or a RewardID: who holds a pre-minted code.
	CodeHolderID string
)

// orderGID begins an OrderID.
const orderGID = "gid://shopify/Order/"

// testLane ends the FriendID of a customer's test orders, which have a referral of their own.
const testLane = "/test"

// FriendOf names the referral that a customer's orders belong to: test orders run in a lane of their own.
func FriendOf(c CustomerID, test bool) FriendID {
	if test {
		return FriendID(c) + testLane
	}
	return FriendID(c)
}

// Customer is the customer that the friend is; "" for an order of nobody's.
func (f FriendID) Customer() CustomerID {
	if f.Order() != "" {
		return ""
	}
	return CustomerID(strings.TrimSuffix(string(f), testLane))
}

// Order is the order of nobody's that the referral is of; "" where the friend is known.
func (f FriendID) Order() OrderID {
	if !strings.HasPrefix(string(f), orderGID) {
		return ""
	}
	return OrderID(strings.TrimSuffix(string(f), testLane))
}

// Test tells whether this is the lane of test orders, which stands outside every figure.
func (f FriendID) Test() bool { return strings.HasSuffix(string(f), testLane) }

// Side is one of the two rewards of a referral. ShareSide names the discount of the advocates' shareable codes; it has
// no reward.
type Side string

// The sides.
const (
	FriendSide   Side = "friend"
	AdvocateSide Side = "advocate"
	ShareSide    Side = "share"
)

// Sides lists both, in the order they are shown and filled.
var Sides = []Side{FriendSide, AdvocateSide}

// DiscountSides lists all that may have a discount.
var DiscountSides = []Side{FriendSide, AdvocateSide, ShareSide}

// CampaignState is where a version of a campaign stands.
type CampaignState string

// The campaign states: draft → filling → live ⇄ paused → ended, and live or paused → replaced by a newer version.
const (
	CampaignDraft    CampaignState = "draft"
	CampaignFilling  CampaignState = "filling" // going live: its discounts and first codes are being made in the shop
	CampaignLive     CampaignState = "live"
	CampaignPaused   CampaignState = "paused"
	CampaignEnded    CampaignState = "ended"
	CampaignReplaced CampaignState = "replaced" // a newer version is live; what this one promised goes on
)

// Campaign is an offer in one version of its terms. Key: (Shop, ID, Version).
type Campaign struct {
	Shop      tenant.ShopID
	ID        CampaignID
	Version   int
	Name      string
	State     CampaignState
	Terms     Terms
	Limits    Limits              // the same in all versions
	Dates     Dates               // when it goes live and ends by itself
	Discounts map[Side]DiscountID // made when going live; a side without a discount is missing
	EndsAt    map[Side]time.Time  // the end that each discount has in Shopify now; a side without one is missing
	Drift     []Drift             // what the merchant changed of the discounts in Shopify
	CreatedAt time.Time
	LiveAt    time.Time // when it first went live; zero: never
	Until     time.Time // when it was ended or replaced; zero: it was not
	TendAt    time.Time // when its discounts are to be looked after next; zero: never
	WatchAt   time.Time // when its codes are to be compared with Shopify's next; zero: never
	Remade    int       // how many of its codes were lost in the 30 days before they were last compared, and made anew
	Cleaned   bool      // its discounts were taken out of the shop for good: nothing is made under it any more, see Cleanup
	Problem   Problem   // why going live is stuck, for the merchant; zero when it is not
	Rev       int64     // counts changes; a write is conditional on it
}

// Dates are when a campaign goes live and ends by itself. They are no promise to anybody, so the merchant changes them in
// place.
type Dates struct {
	Starts time.Time // a draft goes live then; zero: when the merchant says so
	Ends   time.Time // the same in all versions, half open; zero: when the merchant says so
}

// Same tells whether the dates are the same instants.
func (d Dates) Same(other Dates) bool {
	return d.Starts.Equal(other.Starts) && d.Ends.Equal(other.Ends)
}

// Mistakes says what is wrong at now with the dates of a campaign in a state, field by field.
func (d Dates) Mistakes(state CampaignState, now time.Time) []Mistake {
	var found mistakes
	late := state == CampaignDraft && !d.Starts.IsZero() && !d.Starts.After(now)
	found.note(FieldStarts, late, fault.New(fault.Invalid, "starts_in_past"))

	found.note(FieldEnds, !d.Ends.IsZero() && !d.Ends.After(now), fault.New(fault.Invalid, "ends_in_past"))
	found.note(FieldEnds, !d.Ends.IsZero() && !d.Ends.After(d.Starts), fault.New(fault.Invalid, "ends_before_start"))
	return found
}

// Due tells what is to become of the version by its dates at now; false: nothing.
func (c Campaign) Due(now time.Time) (to CampaignState, due bool) {
	passed := func(at time.Time) bool { return !at.IsZero() && !now.Before(at) }
	switch c.State {
	case CampaignDraft:
		return CampaignLive, passed(c.Dates.Starts)
	case CampaignLive, CampaignPaused:
		return CampaignEnded, passed(c.Dates.Ends)
	}
	return "", false
}

// Over tells whether the version makes no new promises any more, ever.
func (c Campaign) Over() bool { return c.State == CampaignEnded || c.State == CampaignReplaced }

// InForce tells whether the version was the offer at an instant: from going live, half open, until it was ended or
// replaced.
func (c Campaign) InForce(at time.Time) bool {
	return !c.LiveAt.IsZero() && !at.Before(c.LiveAt) && (c.Until.IsZero() || at.Before(c.Until))
}

// Problem is an error that the merchant reads later: its code, and what the code's sentence names, as plain texts.
type Problem struct {
	Code   string // "": there is none
	Values map[string]string
}

// Drift is one difference between a discount as it should be and as it is in Shopify.
type Drift struct {
	Side Side
	What DriftKind
	Want DriftTerm
	Has  DriftTerm
}

// DriftKind says what differs.
type DriftKind string

// The kinds of drift. A discount that was deleted has no other.
const (
	DriftDeleted  DriftKind = "deleted"
	DriftWorth    DriftKind = "value"
	DriftMinimum  DriftKind = "minimum"
	DriftProducts DriftKind = "products"
	DriftCombines DriftKind = "combinations"
	DriftBuyers   DriftKind = "buyers"
	DriftLimits   DriftKind = "limits"
	DriftStart    DriftKind = "start"
	DriftEnd      DriftKind = "dates"
)

// DriftTerm is one term of a discount. What differs says which of the fields it has; the others are zero.
type DriftTerm struct {
	Kind            OfferKind    // value
	RateBP          int          // value of a percentage
	Amount          money.Amount // value of an amount; minimum as a subtotal
	Items           int          // minimum as a number of items
	SomeOnly        bool         // products, buyers: not for all
	Combines        Combines
	UsageLimit      int // limits; 0: none
	OncePerCustomer bool
	At              time.Time // start, dates; zero: none
}

// CampaignKey names one version of a campaign within a shop.
type CampaignKey struct {
	ID      CampaignID
	Version int
}

// Key returns the campaign's key within its shop.
func (c Campaign) Key() CampaignKey { return CampaignKey{c.ID, c.Version} }

// AdvocateState says whether an advocate may share.
type AdvocateState string

// The advocate's states.
const (
	AdvocateActive  AdvocateState = "active"
	AdvocateBlocked AdvocateState = "blocked" // the merchant's act: their link opens no claim, and nothing more is released
)

// MaxBrowsers bounds the browsers that are kept of an advocate: years of a shopper whose browser is new on each page.
// Whoever joins in more has rewards held for the merchant's look, as a friend's browser might be among those that found
// no room.
const MaxBrowsers = 200

// Advocate is a customer who shares. Keys: (Shop, ID), (Shop, Customer), (Shop, each of Codes).
type Advocate struct {
	Shop      tenant.ShopID
	ID        AdvocateID
	Customer  CustomerID // "" while Shopify has named none: a guest's, who joined with Order
	Order     OrderID    // with which a guest joined; "" else
	Codes     []string   // current first; former ones stay valid. Upper case
	Browsers  []string   // keyed hashes of the browsers they joined from, only ever added: at most MaxBrowsers
	Emails    []string   // keyed hashes of the address they joined with, and of the mailbox of which it is an alias (level 2)
	State     AdvocateState
	BlockedAt time.Time // when the merchant blocked them; zero: they are not
	ErasedAt  time.Time // when the person was erased; zero: they were not. Who was erased is blocked as well, for good
	JoinedAt  time.Time // signed proxy time
	ProvedAt  time.Time // when a guest proved the address they joined with; zero: not yet, or they are told by customer or order
	Named     Naming    // by which order of the shop a guest's address is known since they joined; the zero value: by none
	Agreed    Agreement // to the programme's terms, the last time

	Purchase      Purchase  // whether the advocate has bought something that stood when it was seen
	PurchaseAsked time.Time // when Shopify was first asked for that, and from when on orders of theirs are looked at; zero: not yet

	Seen []Sighting // in time order: joining, and looking at their page
	Note Note       // the merchant's, about them
}

// Unproved tells that the advocate is known by nothing but an address that somebody typed.
func (a Advocate) Unproved() bool { return a.Customer == "" && a.Order == "" && a.ProvedAt.IsZero() }

// Naming is that an order of the shop has the address with which a guest joined: the newest such order, as an old one is
// shown no more. One that was placed before they joined says nothing, since not each of those was looked at.
type Naming struct {
	Order OrderID
	At    time.Time // the order's processedAt
}

// Later is the one of two that is the later.
func (n Naming) Later(other Naming) Naming {
	if n.At.Before(other.At) {
		return other
	}
	return n
}

// Agreement is that an advocate agreed to a version of the programme's terms by joining. The zero value: to none.
type Agreement struct {
	Version int
	At      time.Time // signed proxy time
}

// Note is what the merchant's staff wrote about an advocate, for themselves.
type Note struct {
	Text string    // up to MaxNote letters; "": there is none
	At   time.Time // when it was last changed
	User string    // Shopify's id of the member of staff who did
}

// MaxNote is how long a note may be, in letters.
const MaxNote = 1000

// Purchase says what is known of an advocate's own orders.
type Purchase string

// What is known: from not asked it goes on to any other, and from any to seen, which stays.
const (
	PurchaseNotAsked Purchase = ""
	PurchaseNone     Purchase = "none"    // yet: an order of theirs is looked at when it comes
	PurchaseUnknown  Purchase = "unknown" // Shopify was asked for 7 days, and never answered
	PurchaseSeen     Purchase = "seen"
)

// Code is the advocate's current shareable code.
func (a Advocate) Code() string {
	if len(a.Codes) == 0 {
		return ""
	}
	return a.Codes[0]
}

// Touch is one opening of an advocate's link, kept on the claim.
type Touch struct {
	Advocate AdvocateID
	Version  int       // of the claim's campaign, in force at the time
	At       time.Time // signed proxy time
}

// Claim is a friend's hold on an offer and on one discount code. Keys: (Shop, ID), (Shop, Campaign, each of Keys),
// (Shop, Code).
type Claim struct {
	Shop      tenant.ShopID
	ID        ClaimID
	Campaign  CampaignID
	Version   int        // of the campaign when claimed, renewed or switched: the promised terms
	Keys      []string   // see CustomerKey and BrowserKey
	Browsers  []string   // keyed hashes of the browser it was made in, also where another claim has its key
	Addresses []Address  // the first that somebody gave, under each key: shown at most, and never a key, for nobody has proved it
	Customer  CustomerID // the friend, once known: signed in at the claim, else the customer of the first order seen with it
	SignedAt  time.Time  // when they were signed in as Customer at the claim; zero: only an order told
	Code      string     // upper case; "" until one was drawn
	Former    []string   // codes that ran out or were switched: still evidence on an order, never given again
	Earlier   []Promise  // what it promised before each time it was renewed or switched, oldest first
	Touches   []Touch    // in time order, at least one
	Seen      []Sighting // in time order: who opened the link and claimed, from where
	ClaimedAt time.Time
	ExpiresAt time.Time
	// CountsUntil is until when it counts among its link's open claims and in the budget's estimate, if it is not used;
	// zero: never.
	CountsUntil time.Time
	Rev         int64 // counts changes
}

// Address is the keyed hash of an e-mail address, and when it was given.
type Address struct {
	Hash string
	At   time.Time // signed proxy time
}

// GivenAt are addresses that were given at an instant.
func GivenAt(at time.Time, hashes ...string) []Address {
	all := make([]Address, len(hashes))
	for i, hash := range hashes {
		all[i] = Address{hash, at}
	}
	return all
}

// KeptFrom tells whether the claim, while it is open, stays with its advocate though another's link is opened: where
// the version that it promises, or that of now, credits the advocate whose offer was taken. Then only a switch takes it
// away.
func (c Claim) KeptFrom(by AdvocateID, promised, now Terms) bool {
	kept := promised.Credit == CreditClaim || now.Credit == CreditClaim
	return kept && c.advocate(promised.Credit) != by
}

// LastTouch is when the advocate's link was last opened, as far as that was noted.
func (c Claim) LastTouch() time.Time { return c.Touches[len(c.Touches)-1].At }

// advocate is whose the claim is by its touches: the last one's, or the first one's where the terms say so.
func (c Claim) advocate(credit Credit) AdvocateID {
	if credit == CreditFirst {
		return c.Touches[0].Advocate
	}
	return c.Touches[len(c.Touches)-1].Advocate
}

// Promise is a version of the terms that a claim promised until an instant, half open, with the code it gave.
type Promise struct {
	Version int
	Code    string // "": none was drawn, or the friend's reward comes after the order
	Until   time.Time
}

// Promised is the campaign version that the claim promised for an order: that of its code on the order, else what was
// promised when the order was placed, whatever the claim was renewed to since.
func (c Claim) Promised(o Order) CampaignKey {
	version := c.Version
	for _, p := range slices.Backward(c.Earlier) {
		if o.ProcessedAt.Before(p.Until) {
			version = p.Version
		}
	}

	for _, code := range slices.Backward(o.Codes) { // of several the first on the order
		if code == c.Code && code != "" {
			version = c.Version
		}
		for _, p := range c.Earlier {
			if code == p.Code && code != "" {
				version = p.Version
			}
		}
	}
	return CampaignKey{c.Campaign, version}
}

// Holder names the claim to the pool. It changes when a code runs out or is switched, so that another one can be drawn.
func (c Claim) Holder() CodeHolderID {
	if len(c.Former) == 0 {
		return CodeHolderID(c.ID)
	}
	return CodeHolderID(fmt.Sprintf("%s/%d", c.ID, len(c.Former)))
}

// Codes are all that the claim has, and had.
func (c Claim) Codes() []string {
	if c.Code == "" {
		return c.Former
	}
	return append([]string{c.Code}, c.Former...)
}

// Has tells whether the code is, or was, the claim's.
func (c Claim) Has(code string) bool {
	return code != "" && (c.Code == code || slices.Contains(c.Former, code))
}

// Of tells whether the customer was signed in at the claim: then it is theirs, and nobody else's who signs in.
func (c Claim) Of(one CustomerID) bool { return c.Customer == one && !c.SignedAt.IsZero() }

// TakenFor is whom somebody who asks for the claim is taken for: who is signed in, else the customer who made it signed
// in, whose browser it is. At a claim that a guest made a guest is nobody, also when a customer has signed in since:
// what that one buys is not the guest's doing.
func (c Claim) TakenFor(by CustomerID) CustomerID {
	if by == "" && c.SignedAt.Equal(c.ClaimedAt) {
		return c.Customer
	}
	return by
}

// CustomerKey is a claim's key for a signed-in customer.
func CustomerKey(c CustomerID) string { return "customer:" + string(c) }

// BrowserKey is a claim's key for a browser; hash is the keyed hash of the widget's browser id.
func BrowserKey(hash string) string { return "browser:" + hash }

// Open tells whether the claim may still be used at now.
func (c Claim) Open(now time.Time) bool { return now.Before(c.ExpiresAt) }

// CodeState is where a pre-minted discount code stands.
type CodeState string

// The code states: minting → free → held → dying → dead. A code that Shopify refused goes from minting to dead; one
// whose discount is made anew, or a shareable one that may be used again, is minting once more.
const (
	CodeMinting CodeState = "minting" // written here, perhaps not yet in Shopify
	CodeFree    CodeState = "free"    // in Shopify, held by nobody
	CodeHeld    CodeState = "held"    // promised to a claim or issued as a reward
	CodeDying   CodeState = "dying"   // must be deleted in Shopify
	CodeDead    CodeState = "dead"    // gone in Shopify, or never made it there
)

// Code is one pre-minted discount code. Keys: (Shop, Code), (Shop, Holder).
type Code struct {
	Shop     tenant.ShopID
	Code     string // upper case
	Discount DiscountID
	Campaign CampaignKey
	Side     Side
	State    CodeState
	Holder   CodeHolderID
	At       time.Time // of the last change of State
	EndsAt   time.Time // a held code is deleted then; zero: it does not end
	Personal bool      // the only code of a discount of its own
}
