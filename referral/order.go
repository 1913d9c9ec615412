package referral

import (
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

// Order is a snapshot: an order as Shopify's API showed it to the shop's own token. It is replaced as a whole, never patched.
// Money is shop money. Times are Shopify's, in UTC milliseconds.
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
	Codes           []string // discount codes on it, upper case, in Shopify's order
	Attributes      []Attribute
	Customer        CustomerID // "" when the order has none
	Journey         Journey
	Transactions    []Transaction
	Refunds         []Refund
	Disputes        []Dispute
	ReadAt          time.Time // Shopify's Date of the answer
	Gone            bool      // Shopify no longer shows the order (deleted, or too old for the app); the rest is what it last showed
}

// Attribute is one cart attribute (customAttributes).
type Attribute struct{ Key, Value string }

// ClaimAttribute is the cart attribute in which the widget leaves the claim's id.
const ClaimAttribute = "_twofold"

// ClaimID returns the claim that the cart attribute names, "" when there is none.
func (o Order) ClaimID() ClaimID {
	for _, a := range o.Attributes {
		if a.Key == ClaimAttribute {
			return ClaimID(a.Value)
		}
	}
	return ""
}

// Journey is what Shopify's CustomerJourneySummary says. Index counts the customer's orders up to this one (first order: 1, test
// orders not counted) and is 0 while it is not known.
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

// CustomerOrders is what Shopify says of a customer's history: Total counts all orders ever, Visible lists those that the app may
// see (60 days), oldest first.
type CustomerOrders struct {
	Customer CustomerID
	Total    int
	Visible  []VisibleOrder
	Complete bool // Visible is all that can be seen; false: there were more than one page
}

// VisibleOrder is one order of a customer's history.
type VisibleOrder struct {
	ID          OrderID
	ProcessedAt time.Time
	Test        bool
	CancelledAt time.Time // zero: not cancelled
	RefundedAt  time.Time // when it was refunded in full; zero: it was not
}
