package referral

import (
	"slices"
	"strings"
	"time"

	"twofold/tenant"
)

// Erasing a person. Shopify sends customers/redact; what is kept of the person goes, and what the shop's books need
// stands under a pseudonym. Nobody else loses by it: the referral of an erased friend is decided on as before. Source:
// fact sheet 3.5; shopify.dev, privacy law compliance (2026-10).

// ErasedPrefix begins the pseudonym of an erased person. No gid of Shopify's begins so.
const ErasedPrefix = "erased:"

// Erased tells whether the id is the pseudonym of a person who was erased: Shopify knows no such customer.
func (c CustomerID) Erased() bool { return strings.HasPrefix(string(c), ErasedPrefix) }

// Grave is the kind of a tombstone's hash.
const Grave = "tombstone"

// Tombstone remembers an erased person by a keyed hash, so that no later snapshot brings them back. What is from after
// it is new: the person came again.
type Tombstone struct {
	Hash string     // of the customer's gid, or of an order's
	As   CustomerID // the pseudonym
	At   time.Time
}

// CustomerMove makes the records of one customer another's, all or nothing: orders, claims, both lanes' referrals, and
// what names these.
type CustomerMove struct {
	Shop     tenant.ShopID
	From, To CustomerID
	Until    time.Time // what was ordered later stays
	Claims   []Claim   // as they are to be from now on, unless they changed since they were read
	Orders   []OrderID // also these, where they show no customer
}

// ErasedBrowser stands for the browsers of an erased person on one claim.
func ErasedBrowser(id ClaimID) string { return ErasedPrefix + string(id) }

// browserPrefix begins a claim's key for a browser.
var browserPrefix = BrowserKey("")

// AllBrowsers are the keyed hashes of the browsers that have the claim, and of the one in which it was made.
func (c Claim) AllBrowsers() []string {
	all := slices.Clone(c.Browsers)
	for _, key := range c.Keys {
		if hash, is := strings.CutPrefix(key, browserPrefix); is {
			all = append(all, hash)
		}
	}
	return all
}

// Forget takes an erased person's browsers and addresses (keyed hashes) out of somebody else's claim.
func (c *Claim) Forget(browsers, emails []string, as CustomerID) {
	c.Keys = slices.Clone(c.Keys)
	for i, key := range c.Keys {
		if hash, is := strings.CutPrefix(key, browserPrefix); is && c.Customer == "" && slices.Contains(browsers, hash) {
			c.Keys[i] = BrowserKey(ErasedBrowser(c.ID))
		}
	}
	slices.Sort(c.Keys)
	c.Keys = slices.Compact(c.Keys)
	if c.Customer == "" && overlap(c.Browsers, browsers) {
		c.Browsers = []string{ErasedBrowser(c.ID)}
		c.Seen = nil
	}
	c.Seen = slices.Clone(c.Seen)
	for i, s := range c.Seen {
		if overlap(s.Typed, emails) {
			c.Seen[i].Typed = []string{string(as)}
		}
	}
	c.Addresses = slices.Clone(c.Addresses)
	for i := range c.Addresses {
		if slices.Contains(emails, c.Addresses[i].Hash) {
			c.Addresses[i].Hash = string(as)
		}
	}
}

// ErasedAs is the claim of an erased person: still the promise that others are rewarded for, and no longer anybody's in
// particular.
func (c Claim) ErasedAs(as CustomerID) Claim {
	was := c.Customer
	c.Customer = as
	keys := []string{BrowserKey(ErasedBrowser(c.ID))}
	if slices.Contains(c.Keys, CustomerKey(was)) {
		keys = append(keys, CustomerKey(as))
	}
	c.Keys = keys
	c.Browsers = []string{ErasedBrowser(c.ID)}
	c.Seen = nil
	c.Addresses = slices.Clone(c.Addresses)
	for i := range c.Addresses {
		c.Addresses[i].Hash = string(as)
	}
	return c
}
