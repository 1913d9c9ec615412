package referral

import (
	"net/url"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// Missing is a referral that a shopper asked for because it was missed: what they said, and what was found of it. It is
// the asker's; what is decided on is an Appeal in the friend's record.
type Missing struct {
	Shop     tenant.ShopID
	By       Side       // whose word it is
	Customer CustomerID // who asks, signed in
	Order    string     // the order's name as they gave it; see ParseOrderName
	Advocate AdvocateID // whom the friend named, "" when nobody is known by that; else who asks
	At       time.Time

	Found  OrderID   // the order of that name, once it was looked at and may count; "": none
	Friend FriendID  // whose order that is
	Added  time.Time // when it became an appeal; zero: it did not
	LookAt time.Time // when it is to be looked at; zero: it was
}

// Limits of what is asked for. A merchant's review is to stay for what matters, and order numbers can be guessed.
const (
	MissingADay       = 5                  // of one customer
	MissingAddedADay  = 20                 // that become appeals in one shop; further ones wait
	MissingLooksFor   = 7 * 24 * time.Hour // until then whoever asked is told that it is looked at
	missingOrderBytes = 40                 // of an order's name; Shopify's have a number and what a shop sets around it
	maxSentBytes      = 2048               // of a link that is pasted
)

// MissingState is what whoever asked is told.
type MissingState string

// The states. What was found, and why it does not count, is told to nobody: who guesses an order's number would learn of
// the order.
const (
	MissingLooked   MissingState = "looked"   // it is looked at
	MissingCredited MissingState = "credited" // the order counts for the advocate
	MissingNot      MissingState = "not"      // it does not
)

// StateAt is where it stands, given the referral of whose order was found; the zero value: none was. Until the time is
// over all that is not credited looks alike.
func (m Missing) StateAt(found Referral, now time.Time) MissingState {
	counts := found.State == Pending || found.State == Approved
	theirs := m.Advocate != "" && found.Advocate == m.Advocate && found.Order == m.Found
	switch {
	case counts && theirs && !found.OnWord():
		return MissingCredited
	case now.Before(m.At.Add(MissingLooksFor)):
		return MissingLooked
	}
	return MissingNot
}

// NamedOrder is what is known of an order that is found by its name, before anything of it is kept.
type NamedOrder struct {
	ID          OrderID
	Name        string
	Customer    CustomerID // "" when it has none
	ProcessedAt time.Time
	Test        bool
	Index       int // which order of the customer's it is, from 1; 0: not known yet
}

// MayCount tells whether the order that was found may count for what was asked, before anything of it is kept. It was
// placed within the window before. A friend asks about an order of their own; an advocate about another customer's, and
// of one who had ordered before nothing is looked at. What else there is to say is for the rules.
func (m Missing) MayCount(o NamedOrder, advocate Advocate, versions map[CampaignKey]Campaign) bool {
	terms, live := versions[InForce(versions, o.ProcessedAt)]
	switch {
	case o.Customer == "" || o.Test || !live:
		return false
	case m.By == FriendSide && o.Customer != m.Customer:
		return false
	case m.By == AdvocateSide && (o.Customer == m.Customer || o.Index > 1 || advocate.State != AdvocateActive):
		return false
	}
	return InWindow(o.ProcessedAt, m.At, terms.Terms.WindowDays)
}

// ParseOrderName reads the name of an order as somebody types it ("#1001", " en1001-a"), without the sign and in capital
// letters. Invalid: it is none.
func ParseOrderName(typed string) (string, error) {
	name := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(typed), "#"))
	odd := func(c rune) bool { return notInCodes(c) && c != '.' && c != '/' && c != '#' }
	if name == "" || len(name) > missingOrderBytes || strings.ContainsFunc(name, odd) {
		return "", fault.New(fault.Invalid, "order_name")
	}
	return strings.ToUpper(name), nil
}

// SameOrderName tells whether an order of Shopify's has the name that somebody typed.
func SameOrderName(name, typed string) bool {
	parsed, err := ParseOrderName(name)
	return err == nil && parsed == typed
}

// ParseSent reads an advocate's code from what a friend pastes: the code, the link, or the address that takes a code to
// the checkout. "" when there is none in it.
func ParseSent(pasted string) string {
	pasted = strings.TrimSpace(pasted)
	if len(pasted) > maxSentBytes {
		return ""
	}

	code := pasted
	if address, err := url.Parse(pasted); err == nil && strings.ContainsAny(pasted, "/?=") {
		code = address.Query().Get("ref")
		if _, after, found := strings.Cut(address.Path, "/discount/"); found && code == "" {
			code, _, _ = strings.Cut(after, "/")
		}
	}
	code, err := ParseRef(code)
	if err != nil {
		return ""
	}
	return code
}
