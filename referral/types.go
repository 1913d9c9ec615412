// Package referral is the domain: who referred whom, what that earns, and why. It decides; it knows nothing of HTTP, MongoDB, Redis
// or Shopify's formats. Its rules (decide.go, rules.go) are pure functions of facts; its use cases (Service) fetch the facts, apply
// the rules and write the outcome through interfaces that the adapters implement.
package referral

import (
	"time"

	"twofold/money"
	"twofold/tenant"
)

// Shopify's ids are gids, kept as text because JavaScript loses digits past 2⁵³.
type (
	// OrderID is gid://shopify/Order/….
	OrderID string
	// CustomerID is gid://shopify/Customer/….
	CustomerID string
	// DiscountID is gid://shopify/DiscountCodeNode/….
	DiscountID string
	// CodeID is gid://shopify/DiscountRedeemCode/….
	CodeID string
	// CreationID is gid://shopify/DiscountRedeemCodeBulkCreation/….
	CreationID string
	// DeletionID is gid://shopify/Job/….
	DeletionID string
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

// Side is one of the two rewards of a referral.
type Side string

// The sides.
const (
	FriendSide   Side = "friend"
	AdvocateSide Side = "advocate"
)

// Sides lists both, in the order they are shown and filled.
var Sides = []Side{FriendSide, AdvocateSide}

// OfferKind says what a side gets.
type OfferKind string

// AmountOff takes a fixed amount off an order, by a discount code. (More kinds come with the rules' own issue.)
const AmountOff OfferKind = "amount_off"

// Offer is what one side gets.
type Offer struct {
	Kind   OfferKind
	Amount money.Amount // for AmountOff, in the shop's currency
}

// Terms are one version of a campaign's promises and rules. They never change once the version is live.
type Terms struct {
	Friend     Offer
	Advocate   Offer
	Minimum    money.Amount // least net subtotal of the friend's order; zero: none
	HoldDays   int          // whole 24-hour days from payment until release, 0 to 45
	WindowDays int          // attribution window, from the touch to the order's processedAt, half open
	ClaimDays  int          // how long a claim and its code are promised
}

// CampaignState is where a version of a campaign stands.
type CampaignState string

// The campaign states: draft → filling → live → paused | ended.
const (
	CampaignDraft   CampaignState = "draft"
	CampaignFilling CampaignState = "filling" // going live: its discounts and first codes are being made in the shop
	CampaignLive    CampaignState = "live"
	CampaignPaused  CampaignState = "paused"
	CampaignEnded   CampaignState = "ended"
)

// Campaign is an offer in one version of its terms. Key: (Shop, ID, Version).
type Campaign struct {
	Shop      tenant.ShopID
	ID        CampaignID
	Version   int
	Name      string
	State     CampaignState
	Terms     Terms
	Discounts map[Side]DiscountID // made when going live; a side without a discount is missing
	CreatedAt time.Time
	LiveAt    time.Time
	Problem   string // why going live is stuck, for the merchant; "" when it is not
	Rev       int64  // counts changes; a write is conditional on it
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

// AdvocateActive is the state of an advocate who may share.
const AdvocateActive AdvocateState = "active"

// Advocate is a customer who shares. Keys: (Shop, ID), (Shop, Customer), (Shop, each of Codes).
type Advocate struct {
	Shop     tenant.ShopID
	ID       AdvocateID
	Customer CustomerID
	Codes    []string // current first; former ones stay valid. Upper case
	Browsers []string // keyed hashes of the browsers she joined from
	State    AdvocateState
	JoinedAt time.Time // signed proxy time
}

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

// Claim is a friend's hold on an offer and on one discount code. Keys: (Shop, ID), (Shop, Campaign, each of Keys), (Shop, Code).
type Claim struct {
	Shop      tenant.ShopID
	ID        ClaimID
	Campaign  CampaignID
	Version   int        // of the campaign when claimed: the promised terms
	Keys      []string   // see CustomerKey and BrowserKey
	Customer  CustomerID // the friend, once known: signed at the claim, or the customer of an order that carries the claim
	Code      string     // upper case; "" until one was drawn
	Touches   []Touch    // in time order, at least one
	ClaimedAt time.Time
	ExpiresAt time.Time
	Rev       int64 // counts changes
}

// CustomerKey is a claim's key for a signed-in customer.
func CustomerKey(c CustomerID) string { return "customer:" + string(c) }

// BrowserKey is a claim's key for a browser; hash is the keyed hash of the widget's browser id.
func BrowserKey(hash string) string { return "browser:" + hash }

// Open tells whether the claim may still be used at now.
func (c Claim) Open(now time.Time) bool { return now.Before(c.ExpiresAt) }

// CodeState is where a pre-minted discount code stands.
type CodeState string

// The code states: minting → free → held → dying → dead. A code that Shopify refused goes from minting to dead.
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
}
