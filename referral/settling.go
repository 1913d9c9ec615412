package referral

import (
	"slices"

	"twofold/trust"
)

// Settling is what ends a hold.
type Settling string

// What ends it. The merchant's word always does.
const (
	SettledByMerchant Settling = "merchant" // nothing else
	SettledByFacts    Settling = "facts"    // also that what holds it is no longer so
)

// Settled is what ends a hold that has the reason.
func (r Reason) Settled() Settling {
	if slices.ContainsFunc(trust.Table, func(row trust.Row) bool { return row.Name == string(r) }) {
		return SettledByFacts
	}
	switch r {
	case ReasonGone, ReasonUnread, ReasonInquiry, ReasonCustomerGone, ReasonUnknown, ReasonBuysUnknown:
		return SettledByFacts
	}
	return SettledByMerchant
}
