package referral

import (
	"crypto/subtle"
	"strings"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// FinancialStatus is Shopify's OrderDisplayFinancialStatus (Admin API 2026-10).
type FinancialStatus string

// The financial statuses. ("" and values that Shopify adds later count as not paid.)
const (
	StatusAuthorized        FinancialStatus = "AUTHORIZED"
	StatusExpired           FinancialStatus = "EXPIRED"
	StatusPaid              FinancialStatus = "PAID"
	StatusPartiallyPaid     FinancialStatus = "PARTIALLY_PAID"
	StatusPartiallyRefunded FinancialStatus = "PARTIALLY_REFUNDED"
	StatusPending           FinancialStatus = "PENDING"
	StatusRefunded          FinancialStatus = "REFUNDED"
	StatusVoided            FinancialStatus = "VOIDED"
)

// Order is a snapshot: an order as Shopify's API showed it to the shop's own token. It is replaced as a whole, never
// patched. Money is shop money. Times are Shopify's, in UTC milliseconds.
type Order struct {
	Shop            tenant.ShopID
	ID              OrderID
	Name            string // "#1001", as the merchant knows it
	Test            bool
	CreatedAt       time.Time
	ProcessedAt     time.Time // business time
	UpdatedAt       time.Time
	CancelledAt     time.Time // zero: not cancelled
	Source          string    // Order.sourceName: web, pos, shopify_draft_order, …
	Status          FinancialStatus
	Currency        string       // the shop's
	Subtotal        money.Amount // lines less discounts, as ordered
	CurrentSubtotal money.Amount // after edits, returns and line refunds
	Discounted      money.Amount // totalDiscountsSet
	Refunded        money.Amount
	Received        money.Amount
	Outstanding     money.Amount // left to pay, less than zero where it is to be paid back; zero also in what was kept before it was read
	Itemized        bool         // its lines were read; false: it was kept before lines were, and the next two say nothing
	TookOff         []TookOff    // what discounts took off, by code
	GiftCards       money.Amount // of CurrentSubtotal: lines that are gift cards
	Codes           []string     // discount codes on it, upper case, in Shopify's order
	Attributes      []Attribute
	Customer        CustomerID // "" when the order has none
	Attached        bool       // the merchant named the customer by an act; Shopify shows none
	CustomerGone    bool       // Shopify shows none any more, as after an erasure; Customer is whom it showed last, or their pseudonym
	Email           string     // level 2 only. Never kept: orders.Refresh leaves its keyed hashes in Emails
	Emails          []string   // keyed hashes of the order's e-mail address; none at level 1
	Aliases         []string   // of the mailbox of which it is an alias; none when it is none. For what is held, never for credit
	Card            string     // what tells the card it was paid with from others. Never kept: orders.Refresh leaves its keyed hashes in Cards
	Cards           []string   // keyed hashes of that card; none where Shopify shows none
	Client          string     // the address it was placed from. Never kept, as Phone: orders.Refresh leaves their hashes in Marks
	Phone           string     // level 2 only
	Marks           Marks      // where, by what and how it was placed
	Visit           *Visit     // what the visit id in the cart attribute stands for, once it was opened
	Journey         Journey
	Transactions    []Transaction
	Refunds         []Refund
	Disputes        []Dispute
	ReadAt          time.Time // Shopify's Date of the answer
	Unread          time.Time // since when Shopify's answer about it is too large to be read, the rest being what was read before; zero: it is read
	Gone            bool      // Shopify no longer shows the order (deleted, or too old for the app); the rest is what it last showed
}

// Placed is what tells that somebody placed an order: whoever names its confirmation number was shown it.
type Placed struct {
	Order        OrderID
	Confirmation string     // capital letters and digits, as the buyer reads it; Shopify draws it
	Customer     CustomerID // "" when the order has none, or the app may not see customers
}

// PlacedBy tells whether the confirmation number is the order's, as it is typed or sent.
func (p Placed) PlacedBy(confirmation string) bool {
	given := strings.ToUpper(strings.TrimSpace(confirmation))
	return p.Confirmation != "" && subtle.ConstantTimeCompare([]byte(given), []byte(strings.ToUpper(p.Confirmation))) == 1
}

// UnreadOrder is an order that is too large to be read.
type UnreadOrder struct {
	ID    OrderID
	Name  string    // "" when it never was read
	Since time.Time // when it was first found to be so
}

// TookOff is what a discount took off lines and shipping, by its allocations. Those without a code (automatic, manual)
// count as one. Source: shopify.dev, LineItem.discountAllocations, ShippingLine.discountAllocations, 2026-10.
type TookOff struct {
	Code   string       // upper case; "": discounts without one
	Amount money.Amount // in all, as ordered
	Left   money.Amount // of that, off goods that were neither given back nor removed since; nothing of shipping and gift cards
}

// Attribute is one cart attribute (customAttributes).
type Attribute struct{ Key, Value string }

// ClaimAttribute is the cart attribute in which the widget leaves the claim's id or, before the claim, the visit id.
const ClaimAttribute = "_twofold"

// maxAttribute bounds our cart attribute, in bytes: anybody can write one. A sealed visit id has about 200.
const maxAttribute = 512

// Ours tells whether the attribute is the widget's. One that is too long is not: it is not kept.
func (a Attribute) Ours() bool { return a.Key == ClaimAttribute && len(a.Value) <= maxAttribute }

// Ours is the value of our cart attribute, "" when there is none.
func (o Order) Ours() string {
	for _, a := range o.Attributes {
		if a.Ours() {
			return a.Value
		}
	}
	return ""
}

// ClaimID returns the claim that the cart attribute names, "" when there is none.
func (o Order) ClaimID() ClaimID {
	return ParseClaimID(o.Ours())
}

// maxClaimID bounds a claim's id; ours have 30 letters.
const maxClaimID = 64

// ParseClaimID reads a claim's id as a cart carries it; "" for anything that is none.
func ParseClaimID(text string) ClaimID {
	if strings.HasPrefix(text, "clm_") && len(text) <= maxClaimID {
		return ClaimID(text)
	}
	return ""
}

// Friend names the referral that the order belongs to.
func (o Order) Friend() FriendID { return o.FriendAs(o.Customer) }

// FriendAs names the referral that the order belongs to while it shows a customer; without one that is its own.
func (o Order) FriendAs(c CustomerID) FriendID {
	if c == "" {
		return FriendOf(CustomerID(o.ID), o.Test)
	}
	return FriendOf(c, o.Test)
}

// From tells where the order came from. Source: shopify.dev, Order.sourceName, 2026-10.
func (o Order) From() Source {
	switch {
	case o.Source == "web" || o.Source == "":
		return SourceWeb
	case o.Source == "pos":
		return SourcePOS
	case o.Source == "shopify_draft_order":
		return SourceDraft
	case strings.HasPrefix(o.Source, "subscription_contract"):
		return SourceSubscription
	}
	return SourceOther
}

// Journey is what Shopify's CustomerJourneySummary says. Index counts the customer's orders up to this one (first
// order: 1, test orders not counted) and is 0 while it is not known.
type Journey struct {
	Ready bool
	Index int
	Refs  []string // referral codes of the first and last visit, where there are any
}

// Transaction is one payment transaction of an order.
type Transaction struct {
	Kind   string // SALE, CAPTURE, AUTHORIZATION, REFUND, …
	Status string // SUCCESS, …
	At     time.Time
	Amount money.Amount
}

// Refund is one refund. Adjustments are differences between what the lines give back and what was paid back.
type Refund struct {
	ID          string
	At          time.Time
	Total       money.Amount
	Adjustments []Adjustment
}

// Adjustment is one OrderAdjustment: negative when more was paid back than the lines are worth.
type Adjustment struct {
	Reason string // OrderAdjustmentDiscrepancyReason
	Amount money.Amount
}

// Dispute is a chargeback or an inquiry on the order.
type Dispute struct {
	ID          string
	Status      string // NEEDS_RESPONSE, UNDER_REVIEW, ACCEPTED, WON, LOST, …
	InitiatedAs string // CHARGEBACK, INQUIRY
}

// CustomerOrders is what Shopify says of a customer's history: Total counts all orders ever, Visible lists those that
// the app may see (60 days), oldest first.
type CustomerOrders struct {
	Customer CustomerID
	Email    string // level 2 only; never kept
	Total    int
	Visible  []VisibleOrder
	Complete bool // Visible is all that can be seen; false: there were more than one page
}

// VisibleOrder is one order of a customer's history.
type VisibleOrder struct {
	ID          OrderID
	ProcessedAt time.Time
	Test        bool
	Paid        bool      // in full at some time, whatever was refunded since
	Free        bool      // there was nothing to pay, returns aside
	CancelledAt time.Time // zero: not cancelled
	RefundedAt  time.Time // when it was refunded in full; zero: it was not
}
