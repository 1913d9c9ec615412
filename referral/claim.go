package referral

import (
	"slices"
	"time"
)

// ClaimKeys are the keys of whoever asks, the surest first. A browser has one for every hash key in use, so that a
// claim is found again, and told from the advocate's own browser, while keys are rotated.
func ClaimKeys(c CustomerID, browser []string) []string {
	var keys []string
	if c != "" {
		keys = append(keys, CustomerKey(c))
	}
	for _, hash := range browser {
		keys = append(keys, BrowserKey(hash))
	}
	return keys
}

// SwitchBy is the touch that takes a claim from another advocate. It is the friend's last word, also within one second
// of Shopify's clock.
func (c Claim) SwitchBy(t Touch) Touch {
	last := c.Touches[len(c.Touches)-1]
	if last.Advocate != t.Advocate && !t.At.After(last.At) {
		t.At = last.At.Add(time.Millisecond)
	}
	return t
}

// NeverServed tells whether the claim waits for a code of a version that gives none any more.
func (c Claim) NeverServed(promised, live Campaign) bool {
	return c.Code == "" && c.Version != live.Version && !promised.Terms.Friend.AfterOrder
}

// Numbers of what a claim that is not used takes of its link's limit and of the budget's estimate.
const (
	CountsFor     = 7 * 24 * time.Hour // from then on it counts no more, though its code goes on
	NetworkCounts = 10                 // of one network in one link, in that time; further ones get a code, and do not count
)

// Note adds one opening of a link, and the address that was given with it.
func (c *Claim) Note(t Touch, emails []string) {
	c.Touches = addTouch(c.Touches, t)
	c.Addresses = addAddress(c.Addresses, GivenAt(t.At, emails...))
}

// addAddress keeps the first address that was given, as its hash under each key: facts are only ever added, and one
// address is all that a claim may hold of what nobody has proved.
func addAddress(known, given []Address) []Address {
	if len(known) > 0 {
		return known
	}
	return given
}

// Bounds of a claim's touches. They are facts, which are only ever added: opening the same advocate's link again within
// a day of their last touch says nothing new, and a claim that is full takes no more.
const (
	maxTouches  = 100
	sameTouchIn = 24 * time.Hour
)

// addTouch inserts t in time order, after those of the same instant: Shopify's clock tells seconds, and a request may
// be sent twice.
func addTouch(touches []Touch, t Touch) []Touch {
	i, _ := slices.BinarySearchFunc(touches, t, func(a, b Touch) int {
		if a.At.After(b.At) {
			return 1
		}
		return -1
	})
	if before := touches[:i]; len(before) > 0 {
		last := before[len(before)-1]
		if last.Advocate == t.Advocate && last.Version == t.Version && t.At.Sub(last.At) < sameTouchIn {
			return touches
		}
	}
	if len(touches) >= maxTouches {
		return touches
	}
	return slices.Insert(slices.Clone(touches), i, t)
}
