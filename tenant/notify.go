package tenant

import (
	"cmp"
	"strings"
	"time"

	"twofold/fault"
)

// Notify is what the merchant is told by mail, and where. The zero value: all of it, at the shop's own address.
type Notify struct {
	NoReview, NoBudget, NoDigest bool

	To        string       // addresses, one a line; "": the shop's contact address at Shopify
	DigestDay time.Weekday // on which the digest comes, Sunday as 7; zero: nobody has chosen
	Language  string       // of whoever chose last, such as "de"; "": English
}

// sunday stands for itself where zero says that nobody has chosen.
const sunday time.Weekday = 7

// DayOfDigest is the day on which the digest comes: Monday, unless the merchant has chosen another.
func (n Notify) DayOfDigest() time.Weekday { return cmp.Or(n.DigestDay, time.Monday) % sunday }

// Addresses are those that the merchant named.
func (n Notify) Addresses() []string { return strings.Fields(n.To) }

// Limits of addresses. Source for the bytes: RFC 5321, 4.5.3.1.3.
const (
	mostAddresses = 5
	addressBytes  = 254
)

// Validate refuses what is no address (notify_address), too many of them (notify_addresses), and a day that there is
// not, as Invalid.
func (n Notify) Validate() error {
	if len(n.Addresses()) > mostAddresses {
		return fault.With(fault.Invalid, "notify_addresses", fault.Values{"count": mostAddresses})
	}
	for i, address := range n.Addresses() {
		if !isAddress(address) {
			return fault.With(fault.Invalid, "notify_address", fault.Values{"number": i + 1})
		}
	}
	if n.DigestDay < 0 || n.DigestDay > sunday {
		return fault.ForLog(fault.Invalid, "there is no such day of the week")
	}
	return nil
}
