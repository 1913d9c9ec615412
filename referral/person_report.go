package referral

import (
	"time"
)

// Telling a merchant what is kept of a person, for customers/data_request. The report is the person's: of others it says nothing, as of
// friends whom they referred no more than what became of the reward.

// KeptReport is a report as it is kept: sealed, for a time, and only for the merchant.
type KeptReport struct {
	ID   string // of the request
	Hash string // keyed hash of the customer, by which an erasure finds it
	At   time.Time
	Body []byte // a PersonReport as JSON
}
