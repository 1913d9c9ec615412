package referral

import (
	"cmp"
	"slices"
	"strings"
)

// Two customers that are one. A merchant merges them in Shopify: the orders show the one who stays, and the other
// answers null. What was theirs here moves along: one advocate, one friend, links and rewards kept. What has moved on
// is out of reach of a customers/redact for the old customer, which Shopify sends afterwards.

// MovedTo is the claim as another customer's. Only one claim of a campaign has a customer's key.
func (c Claim) MovedTo(to CustomerID, withKey bool) Claim {
	was := CustomerKey(c.Customer)
	c.Keys = slices.DeleteFunc(slices.Clone(c.Keys), func(key string) bool { return key == was })
	switch {
	case withKey:
		c.Keys = append(c.Keys, CustomerKey(to))
	case len(c.Keys) == 0: // a claim has a key; this one is nobody's
		c.Keys = append(c.Keys, BrowserKey(string(c.ID)))
	}
	c.Customer = to
	return c
}

// OneAdvocate is the advocate that two are (the zero value: there is none), with all of both, and the id of the one
// that goes, "" for none. Of both the one stays who joined first. If either is blocked, so is the one.
func OneAdvocate(a, b Advocate, customer CustomerID) (one Advocate, other AdvocateID) {
	one = a
	if b.ID != "" {
		if b.JoinedAt.Before(a.JoinedAt) {
			a, b = b, a
		}
		one, other = a, b.ID
		one.Codes = joined(a.Codes, b.Codes)
		one.Browsers, one.Emails = joined(a.Browsers, b.Browsers), joined(a.Emails, b.Emails)
		one.Seen = seenAs(a.Seen, b.Seen)
		one.Note = bothNotes(a.Note, b.Note)
		if b.Agreed.Version > a.Agreed.Version {
			one.Agreed = b.Agreed
		}
		if one.ProvedAt.IsZero() {
			one.ProvedAt = b.ProvedAt
		}
		one.Named = a.Named.Later(b.Named)
		if a.Customer == "" || b.Purchase == PurchaseSeen { // nobody can be asked about a guest
			one.Purchase, one.PurchaseAsked = b.Purchase, b.PurchaseAsked
		}
		if b.State == AdvocateBlocked && a.State != AdvocateBlocked {
			one.State, one.BlockedAt = b.State, b.BlockedAt
		}
	}
	one.Customer = customer
	return one, other
}

// OneOf is the advocate that several are, at least one, and the ids of those that go.
func OneOf(all []Advocate) (one Advocate, gone []AdvocateID) {
	one = all[0]
	for _, a := range all[1:] {
		var other AdvocateID
		one, other = OneAdvocate(one, a, cmp.Or(one.Customer, a.Customer))
		gone = append(gone, other)
	}
	return one, gone
}

// OfOneAddress are those of the advocates with an address who are whoever has shown that it is theirs, in the order
// given: all guests, and the first who is a customer. Two customers are two accounts, whatever their addresses. Of a
// blocked link that nobody has proved its owner knows nothing.
func OfOneAddress(all []Advocate) []Advocate {
	var theirs []Advocate
	customer := false
	for _, a := range all {
		switch {
		case !a.ErasedAt.IsZero(), a.Unproved() && a.State == AdvocateBlocked, a.Customer != "" && customer:
			continue
		}
		customer = customer || a.Customer != ""
		theirs = append(theirs, a)
	}
	return theirs
}

// bothNotes is the note about one whom two notes were about: the later one below the other.
func bothNotes(a, b Note) Note {
	if b.At.Before(a.At) {
		a, b = b, a
	}
	if a.Text != "" {
		b.Text = strings.TrimSpace(a.Text + "\n" + b.Text)
	}
	return b
}

// joined is the first list and what the second has more.
func joined(a, b []string) []string {
	all := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}
