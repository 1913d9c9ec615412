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
	SettledByProof    Settling = "proof"    // also that the friend proves the address
)

// Settled is what ends a hold that has the reason.
func (r Reason) Settled() Settling {
	i := slices.IndexFunc(trust.Table, func(row trust.Row) bool { return row.Name == string(r) })
	switch {
	case i >= 0 && trust.Table[i].Outcome == trust.Ask:
		return SettledByProof
	case i >= 0:
		return SettledByFacts
	}
	switch r {
	case ReasonGone, ReasonUnread, ReasonInquiry, ReasonCustomerGone, ReasonUnknown, ReasonBuysUnknown:
		return SettledByFacts
	}
	return SettledByMerchant
}
