package referral

import (
	"slices"
	"time"
)

// Disputes open and end with nothing else changing on the order: Shopify moves no updatedAt and sends an app like this
// nothing. So orders are asked for their disputes again: daily while one is open, else weekly for as long as one may be
// opened. A card holder has 120 days from the payment in most cases; two weeks are for the bank. What is open after a
// year is not waited for. Source: Visa and Mastercard, dispute time limits; shopify.dev, OrderDisputeSummary, 2026-10.
const (
	openPause       = 24 * time.Hour
	quietPause      = 7 * 24 * time.Hour
	DisputesOpenFor = 365 * 24 * time.Hour        // after the payment, while one is open
	disputableFor   = (120 + 14) * 24 * time.Hour // after the payment, while none is
)

// DisputesPage is how many orders Shopify is asked about at once.
const DisputesPage = 100

// DisputesDue is when Shopify is to be asked again for the disputes of an order that it was last asked for at the given
// time. Zero: never.
func (o Order) DisputesDue(asked time.Time) time.Time {
	if o.Test || o.Gone {
		return time.Time{}
	}

	pause, watched := quietPause, disputableFor
	if slices.ContainsFunc(o.Disputes, Dispute.open) {
		pause, watched = openPause, DisputesOpenFor
	}

	next := asked.Add(pause)
	if !next.Before(later(o.ProcessedAt, o.PaidAt()).Add(watched)) {
		return time.Time{}
	}
	return next
}

// open tells whether a dispute may still end. A status that Shopify adds later counts as open. Source: shopify.dev,
// DisputeStatus, 2026-10.
func (d Dispute) open() bool {
	switch d.Status {
	case "ACCEPTED", "CHARGE_REFUNDED", "LOST", "PREVENTED", "WON":
		return false
	}
	return true
}

// DisputedOrder is an order that is due to be asked for its disputes. Of the order there is only what tells when to ask
// again.
type DisputedOrder struct {
	Order
	Due time.Time
}
