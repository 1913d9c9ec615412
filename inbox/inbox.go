// Package inbox is one verified webhook delivery and its states. A delivery only nominates: it keeps the few fields
// that say what to look at, never the body. Deliveries are saved in groups (Committer) before Shopify is answered
// 200, and worked off later.
//
// Begin with Delivery below, then Committer.Save in committer.go.
package inbox

import (
	"time"

	"twofold/tenant"
)

// State is where a delivery stands.
type State string

// The states. A delivery starts as Received and ends in Done or Poisoned; Waiting ones have no handler
// yet and are kept and shown.
const (
	Received State = "received"
	Done     State = "done"
	Waiting  State = "waiting"
	Poisoned State = "poisoned"
)

// Delivery is one webhook request whose signature was right. Key: (Shop, ID); Shopify repeats
// the ID when it sends again.
type Delivery struct {
	Shop        tenant.ShopID
	ID          string // X-Shopify-Webhook-Id
	EventID     string // X-Shopify-Event-Id: equal for all deliveries of one merchant action; correlation only
	Topic       string
	APIVersion  string    // of the body, as Shopify says
	TriggeredAt time.Time // Shopify's clock; zero when the header is missing or unreadable
	ReceivedAt  time.Time // ours
	Nomination  Nomination

	State    State
	Attempts int
	DueAt    time.Time // not to be tried again before; zero: now
	Reason   string    // a code: why it is Waiting or Poisoned, or what the last attempt failed with
}

// Key names one delivery.
type Key struct {
	Shop tenant.ShopID
	ID   string
}

// Nomination is what a delivery's body says to look at. It is a hint: every fact is asked of Shopify afterwards.
type Nomination struct {
	OrderID    string   // gid://shopify/Order/1; "" when the topic has none
	CustomerID string   // gid://shopify/Customer/1; "" when the body has none
	Codes      []string // discount codes on the order, upper case
	ClaimID    string   // our cart attribute
	Ref        string   // ?ref= of the landing page, upper case
	DiscountID string   // gid of a discount that changed
	ShopDomain string   // the shop that the signed body names; "" when it names none
	UpdatedAt  time.Time
	Erase      []string // privacy topics: gids of the orders to erase or report
}
