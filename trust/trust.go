// Package trust says how far one referral can be trusted: what is known of the friend, the advocate and those around
// them goes in, named signals and one outcome come out. It is pure: no clock, no port, no other package of ours, and
// equal facts give equal verdicts, in whatever order they are listed. Begin with Judge, then the table in signals.go.
//
// Every field but the ids may be empty, because Shopify withholds it at the app's level of protected data, or because
// nobody sent it. What is empty is equal to nothing: it never ties two people, and is never an error.
//
// Loading what is around a referral is left to others, and so are the words. docs/TRUST.md says to merchants what is
// looked at, what is not, and why.
package trust

import (
	"slices"
	"time"
)

// Neighbourhood is what is known around one referral.
type Neighbourhood struct {
	Friend   Person
	Advocate Person

	// Others are the other friends of the advocate, who brought the advocate, whom those brought, and who else paid with
	// a card of the friend's or the advocate's.
	Others    []Person
	Referrals []Referral // who brought whom, among all of them
	Networks  []Network  // how busy those networks are in the shop on which they were seen
}

// Person is a customer of the shop, or a visitor who may become one.
type Person struct {
	ID     string // unlike anybody else's
	Bought Bought
	Orders []Order
	Seen   []Sighting // an advocate's: joining, and looking at their page; a friend's: opening the link, and claiming
}

// Bought is what is known of an advocate's own purchases.
type Bought string

// What is known; only that there is none says something.
const (
	BoughtUnknown Bought = ""
	BoughtNothing Bought = "nothing"
	BoughtBefore  Bought = "before"
)

// Sighting is one request of somebody's that Shopify signed.
type Sighting struct {
	At       time.Time
	Network  string // keyed hash
	Agent    string // keyed hash of the browser's name and version
	Referrer string // host of the page that led here, in lower case
	Typed    string // keyed hash of the address that was typed with it; level 2
}

// Order is one order of a person's.
type Order struct {
	ID          string
	At          time.Time // business time
	Source      Source
	By          Tie
	Card        string // keyed hash of company, digits and expiry
	Network     string // keyed hash, like a sighting's
	Agent       string // keyed hash, like a sighting's
	Referrer    string // host, like a sighting's
	Risk        Risk   // Shopify's
	GiftCardsBP int    // share of gift cards in the goods, in basis points
	Phone       string // keyed hash; level 2
	Mailbox     string // keyed hash of the address without what its provider does not read; level 2
	OwnDomain   bool   // the address is of the shop's own domain, see OwnDomain; level 2
}

// Source is where an order was placed.
type Source string

// The sources that are told apart.
const (
	Web   Source = "web"
	Till  Source = "till"
	Draft Source = "draft"
)

// Tie is what ties an order to the advocate.
type Tie string

// The ties that are told apart.
const (
	TieNone   Tie = ""       // it is tied to nobody, as an advocate's own
	TieClaim  Tie = "claim"  // the code, the cart or the customer of a claim
	TieShared Tie = "shared" // the advocate's shareable code
	TieTyped  Tie = "typed"  // an address that somebody typed at a claim, and nothing else
)

// Risk is Shopify's assessment of an order.
type Risk string

// The levels of risk. Source: shopify.dev, RiskAssessmentResult, 2026-10.
const (
	RiskUnknown Risk = ""
	RiskLow     Risk = "low"
	RiskMedium  Risk = "medium"
	RiskHigh    Risk = "high"
)

// Referral is that one person brought another.
type Referral struct {
	Advocate, Friend string
	At               time.Time // of the order
	SpentAt          time.Time // when the advocate's reward for it was spent; zero: it was not
	GivenBackAt      time.Time // when the order was refunded in full; zero: it was not
}

// Network says how many browsers' names the shop has seen on a network within 30 days.
type Network struct {
	Network string
	Agents  int
}

// Signal is one thing that was noticed, in the words of its row.
type Signal struct {
	Name    string
	Version int
	Outcome Outcome  // to which it may lead
	Weight  int      // its points, less what age has taken off
	Saw     []string // ids of people and orders, hosts, and counts, in the order that the row names
}

// Verdict is what is thought of a referral.
type Verdict struct {
	Outcome Outcome
	Weight  int      // of all signals together
	Signals []Signal // in the order of the table
}

// Judge looks at one referral. Where the friend has not ordered yet it is the claim that is judged.
func Judge(n Neighbourhood, s Strictness) Verdict {
	v := newView(n)

	var verdict Verdict
	for _, row := range Table {
		found, yes := row.look(v)
		if !yes {
			continue
		}
		signal := Signal{
			Name: row.Name, Version: row.Version, Outcome: row.Outcome, Weight: row.weight(found.age), Saw: found.saw,
		}
		verdict.Signals = append(verdict.Signals, signal)
		verdict.Weight += signal.Weight
	}

	verdict.Outcome = s.outcome(verdict.Signals, len(n.Friend.Orders) > 0)
	return verdict
}

// Has tells whether the signal of that name was noticed.
func (v Verdict) Has(name string) bool {
	return slices.ContainsFunc(v.Signals, func(s Signal) bool { return s.Name == name })
}
