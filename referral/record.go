package referral

import (
	"time"

	"twofold/money"
	"twofold/tenant"
)

// State is where a referral stands. Allowed moves: Moves in states.go.
type State string

// The referral states (design section 5).
const (
	None     State = "none"     // nothing ties the friend to an advocate
	Pending  State = "pending"  // held until release, or until a question is answered
	Flagged  State = "flagged"  // a check holds it for the merchant's look
	Approved State = "approved" // released
	Voided   State = "voided"   // taken back, with a reason
)

// RewardState is where one side's reward stands.
type RewardState string

// The reward states (design section 5).
const (
	RewardNone     RewardState = "none" // this side has no reward in this referral
	RewardPending  RewardState = "pending"
	RewardApproved RewardState = "approved"
	RewardIssued   RewardState = "issued"
	RewardRedeemed RewardState = "redeemed"
	RewardExpired  RewardState = "expired"
	RewardVoided   RewardState = "voided"
	RewardReversed RewardState = "reversed"
	RewardOwed     RewardState = "owed"
	RewardSettled  RewardState = "settled"
	RewardForgiven RewardState = "forgiven"
)

// Reason names why something was voided, flagged, held or asked. The words are part of the export.
type Reason string

// The reasons.
const (
	ReasonNone         Reason = ""
	ReasonSelf         Reason = "self"          // the friend is the advocate
	ReasonSameBrowser  Reason = "same_browser"  // claimed in the browser in which the advocate joined
	ReasonNotNew       Reason = "not_new"       // the friend had bought before
	ReasonUnpaid       Reason = "unpaid"        // the order is not paid (yet)
	ReasonCancelled    Reason = "cancelled"     // the order was cancelled
	ReasonRefunded     Reason = "refunded"      // the order was refunded in full, or its payment voided
	ReasonBelowMinimum Reason = "below_minimum" // net subtotal below the campaign's minimum
	ReasonDispute      Reason = "dispute"       // a chargeback that was not won
	ReasonInquiry      Reason = "inquiry"       // an open inquiry of the bank
	ReasonRejected     Reason = "rejected"      // the merchant said no
	ReasonGone         Reason = "gone"          // Shopify no longer shows the order
	ReasonTest         Reason = "test"          // a test order
	ReasonNewness      Reason = "newness"       // whether the friend is new is not known yet
	ReasonNoEvidence   Reason = "no_evidence"   // nothing ties the order to an advocate
	ReasonNoIdentity   Reason = "no_identity"   // the order has no customer
)

// Referral is one friend's record in a shop, for life. Key: (Shop, Friend).
type Referral struct {
	Shop   tenant.ShopID
	Friend CustomerID

	// Facts that are kept here and only ever added: a recomputation never undoes them.
	Newness map[OrderID]Newness // answers to "had she bought before?", per order
	Release *Release            // the positive decision that ended the hold
	Issues  []Issue             // rewards that exist, or existed, in Shopify
	Acts    []Act               // what the merchant decided, in time order
	Ledger  []Entry

	// Conclusions, written by Decide as a whole.
	State     State
	Reason    Reason
	Order     OrderID // the converting order, or the one that was weighed first when none converts
	OrderName string
	Advocate  AdvocateID
	Campaign  CampaignKey
	Claim     ClaimID
	At        time.Time // the order's processedAt
	ReleaseAt time.Time // when the hold ends; zero: not known
	Rewards   map[Side]Reward
	Explained Explanation
	Work      []Work // work that the conclusions call for; a sweep finds referrals by it

	FactsRev   int64 // counts changes of facts
	DecidedRev int64 // FactsRev that the conclusions rest on
}

// Reward is what one side gets, and where that stands.
type Reward struct {
	ID     RewardID // "" while there is no reward
	Side   Side
	Kind   OfferKind
	Amount money.Amount // promised; for a redeemed friend's reward what it really took off
	State  RewardState
	Reason Reason
	Code   string    // the discount code, once issued
	At     time.Time // business time of the last change: issued, redeemed, …
}

// Newness is Shopify's answer to how many orders the customer had before this one.
type Newness struct {
	Prior int
	Via   string // customer_order_index or order_count
	At    time.Time
}

// Act is one decision of the merchant: a fact like any other, which a recomputation never undoes. The latest verdict counts.
type Act struct {
	Kind     ActKind
	At       time.Time
	Order    OrderID     // for ActApprove and ActLink: which order
	Rules    []string    // for ActApprove: the rules that it lets pass
	Advocate AdvocateID  // for ActLink: to whom
	Campaign CampaignKey // for ActLink: under which terms
}

// ActKind says what the merchant decided.
type ActKind string

// The acts. Approve lets pass what only a check holds; reject takes back, before or after the release; link ties an order to an
// advocate, above all other evidence.
const (
	ActApprove ActKind = "approve"
	ActReject  ActKind = "reject"
	ActLink    ActKind = "link"
)

// Release is the act that lets a reward leave: made once, on complete facts and a fresh snapshot, under the shop's lease.
type Release struct {
	Order    OrderID
	At       time.Time // Shopify's clock
	Advocate AdvocateID
	Campaign CampaignKey
	Claim    ClaimID // "" when the order was linked
}

// Issue is one reward that was given out in Shopify.
type Issue struct {
	Side      Side
	Reward    RewardID
	Code      string
	Amount    money.Amount
	At        time.Time
	TakenBack time.Time // business time of what undid it; zero: it stands. Never unset
	Because   Reason    // why it was taken back
	Gone      time.Time // when its code was deleted in Shopify; zero: it still exists there
}

// Entry is one line of the ledger. Entries are only ever added; a mistake is reversed, never edited.
type Entry struct {
	ID     string // unique in the referral: reward id and kind
	Reward RewardID
	Side   Side
	Kind   EntryKind
	Amount money.Amount // what the shop gives (+) or takes back (−)
	Reason Reason
	At     time.Time
}

// EntryKind says what a ledger entry records.
type EntryKind string

// The entry kinds.
const (
	EntryIssued   EntryKind = "issued"
	EntryRedeemed EntryKind = "redeemed" // amount zero for the advocate's reward, which was given when issued
	EntryReversed EntryKind = "reversed"
	EntryRestored EntryKind = "restored" // a reversed reward turned out to be spent: the reversal is undone, and it is owed
	EntryOwed     EntryKind = "owed"
)

// Work is work that a decision calls for.
type Work string

// The kinds of work.
const (
	WorkNewness  Work = "newness"   // ask Shopify whether the friend is new
	WorkRelease  Work = "release"   // release when ReleaseAt has passed
	WorkIssue    Work = "issue"     // give out the advocate's reward
	WorkTakeBack Work = "take_back" // delete the code of a reversed reward
)

// Explanation is what was seen and why it led where it did: kept with every outcome.
type Explanation struct {
	Rules  int // version of the rules
	Orders []Weighed
}

// Weighed is one order as the rules saw it.
type Weighed struct {
	Order    OrderID
	Name     string
	At       time.Time // processedAt
	Converts bool      // it is the converting order
	Outcome  State     // what the order alone would lead to
	Reason   Reason
	Evidence []Evidence
	Checks   []Check
}

// EvidenceKind is what ties an order to an advocate.
type EvidenceKind string

// The kinds of evidence, strongest first.
const (
	EvidenceLinked        EvidenceKind = "linked"         // the merchant linked the order to the advocate
	EvidenceClaimCode     EvidenceKind = "claim_code"     // the claim's own code is on the order
	EvidenceClaimCustomer EvidenceKind = "claim_customer" // a claim by the same customer
)

// Evidence is one tie between an order and an advocate.
type Evidence struct {
	Kind     EvidenceKind
	Advocate AdvocateID
	Claim    ClaimID
	Campaign CampaignKey
	Touch    time.Time
	Won      bool
	Lost     string // why it did not win; "" for the winner
}

// Check is one rule applied to one order.
type Check struct {
	Rule   string
	Result CheckResult
	Reason Reason // for what did not pass
	Saw    []Value
}

// CheckResult says how a check ended.
type CheckResult string

// The results: a check that holds flags, one that waits keeps the referral pending, one that fails voids.
const (
	Passed CheckResult = "passed"
	Waits  CheckResult = "waits"
	Holds  CheckResult = "holds"
	Failed CheckResult = "failed"
)

// Value is one value that a check saw, for the explanation.
type Value struct{ Name, Value string }

// Facts is everything a decision about one friend rests on.
type Facts struct {
	Referral  Referral                 // as stored: only its facts count, its conclusions are written anew
	Orders    []Order                  // all snapshots of the friend's orders
	Spent     []Order                  // snapshots of orders that carry a code issued in this referral, whoever placed them
	Claims    []Claim                  // all claims tied to the friend
	Advocates map[AdvocateID]Advocate  // all that touches and acts name
	Campaigns map[CampaignKey]Campaign // all that touches, acts and the referral name
}
