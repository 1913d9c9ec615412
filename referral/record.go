package referral

import (
	"slices"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// State is where a referral stands. Allowed moves: states.go.
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
	ReasonNone          Reason = ""
	ReasonSelf          Reason = "self"            // the friend is the advocate
	ReasonSameBrowser   Reason = "same_browser"    // claimed in the browser in which the advocate joined
	ReasonManyBrowsers  Reason = "many_browsers"   // the advocate has joined in more browsers than are kept
	ReasonSameEmail     Reason = "same_email"      // the order has the advocate's e-mail address
	ReasonBlocked       Reason = "blocked"         // the merchant blocked the advocate
	ReasonErased        Reason = "erased"          // the advocate was erased before the reward was given
	ReasonSource        Reason = "source"          // the campaign leaves out orders from there
	ReasonNotNew        Reason = "not_new"         // the friend had bought before
	ReasonUnpaid        Reason = "unpaid"          // the order is not paid (yet)
	ReasonCancelled     Reason = "cancelled"       // the order was cancelled
	ReasonRefunded      Reason = "refunded"        // the order was refunded in full, or its payment voided
	ReasonBelowMinimum  Reason = "below_minimum"   // what was bought, before our code was taken off, is below the minimum
	ReasonFree          Reason = "free"            // nothing was paid, or nothing is left of what was bought
	ReasonDispute       Reason = "dispute"         // a chargeback that was not won
	ReasonInquiry       Reason = "inquiry"         // an open inquiry of the bank
	ReasonRejected      Reason = "rejected"        // the merchant said no
	ReasonMerchant      Reason = "merchant"        // the merchant took it back
	ReasonGone          Reason = "gone"            // Shopify no longer shows the order
	ReasonCustomerGone  Reason = "customer_gone"   // Shopify no longer shows the order's customer
	ReasonUnread        Reason = "unread"          // Shopify's answer about the order is too large to be read
	ReasonNewness       Reason = "newness"         // whether the friend is new is not known yet
	ReasonUnknown       Reason = "newness_unknown" // after 7 days of asking it still is not
	ReasonCap           Reason = "cap"             // the advocate has earned as much as they may
	ReasonUnproved      Reason = "unproved"        // the advocate is a guest who has not proved their address yet
	ReasonBuysFirst     Reason = "buys_first"      // the advocate has not bought yet
	ReasonBuysAsked     Reason = "buys_asked"      // whether the advocate has bought is not known yet
	ReasonBuysUnknown   Reason = "buys_unknown"    // after 7 days of asking it still is not
	ReasonManyRewards   Reason = "many_rewards"    // the advocate has earned more than is usual within 30 days
	ReasonFastStart     Reason = "fast_start"      // several friends had bought within days of the advocate's joining
	ReasonFriendAsked   Reason = "friend_asked"    // nothing but the friend's word ties the order to the advocate
	ReasonAdvocateAsked Reason = "advocate_asked"  // nothing but the advocate's word does
	ReasonBudget        Reason = "budget"          // the month's budget is spent
	ReasonTest          Reason = "test_order"      // it would have left now, but a test order gives no code
	ReasonNothing       Reason = "nothing"         // the share of the order comes to nothing
	ReasonOffset        Reason = "offset"          // it made up for a reward that is owed
	ReasonDisplaced     Reason = "displaced"       // another order of the friend's converts
	ReasonNoted         Reason = "noted"           // came to light after the reward was issued for another order
	ReasonSpentTwice    Reason = "spent_twice"     // the reward was used more often than it was due
	ReasonRefused       Reason = "refused"         // Shopify refuses to make the reward's discount
	ReasonReturned      Reason = "returned"        // part of the order was given back since, so that a share of it is less
	ReasonNoEvidence    Reason = "no_evidence"     // nothing ties the order to an advocate
	ReasonNoIdentity    Reason = "no_identity"     // the order has no customer
)

// Referral is one friend's referral in a shop, for life: what is known of it, and what that leads to. Key: (Shop,
// Friend).
type Referral struct {
	Shop   tenant.ShopID
	Friend FriendID

	Record
	Outcome

	FactsRev   int64 // counts changes of facts
	DecidedRev int64 // FactsRev that the outcome rests on

	LookAgain Look  // who is to be looked at again, as what they see of this friend has changed
	LookRev   int64 // counts these changes
}

// Look says who is to be looked at again: whoever waits and came by a link of the advocates, or shares a tie.
type Look struct {
	Links []AdvocateID
	Ties  []string // see Neighbour.Ties
}

// Looked is a friend of whom others see something else than before.
type Looked struct {
	Friend FriendID
	Look   Look
	Rev    int64 // see Referral.LookRev
}

// Without is the claim by which the referral's order is credited, while no code of a friend's offer took anything off it;
// "" when there is none: then the offer was had, or was nobody's.
func (r Referral) Without() ClaimID {
	for _, w := range r.Explained.Orders {
		plain := slices.ContainsFunc(w.Evidence, func(e Evidence) bool { return e.Won && uncoded[e.Kind] })
		if w.Order == r.Order && w.Took.IsZero() && plain {
			return r.Claim
		}
	}
	return ""
}

// Record is what is known of a referral beside its orders and claims. It is only ever added to: a decision never undoes
// what is here, but for a release whose order was undone before anything was issued.
type Record struct {
	Newness   map[OrderID]Newness   // answers to "had they bought before?", per order
	Asked     map[OrderID]time.Time // when that was first asked, by the business clock, where no answer came at once
	AskAt     time.Time             // when to ask again, while there is no answer
	HistoryAt time.Time             // when the orders they had already placed were looked for; zero: not yet
	Flags     []Flag                // what was seen when a hold ended that is for the merchant to look at first
	Release   *Release              // the positive decision that ended the hold
	Refusals  []Refusal             // codes that Shopify refused to make
	Issues    []Issue               // rewards that exist, or existed, in Shopify
	Settled   []Settled             // later rewards that made up for what is owed here
	Appeals   []Appeal              // what either side asked for as missed
	Acts      []Act                 // what the merchant decided, in time order
	Ledger    []Entry
}

// Outcome is what the facts lead to. Decide writes it as a whole, and never reads an earlier one.
type Outcome struct {
	State     State
	Reason    Reason
	Order     OrderID // the converting order, or the one that was weighed first when none converts
	OrderName string
	Advocate  AdvocateID
	Campaign  CampaignKey
	Claim     ClaimID
	At        time.Time // the order's processedAt
	UndoneAt  time.Time // business time of what voided it; zero: it is not voided
	ReleaseAt time.Time // when the hold ends; zero: not known
	Rewards   map[Side]Reward
	Lines     []Entry // what the ledger adds up to, each sum with its business time, as if all had been known at once
	Explained Explanation
	Neighbour Neighbour // what decisions about others see of the friend
	Work      []Work    // work that the outcome calls for; a sweep finds referrals by it
}

// Reward is what one side gets, and where that stands.
type Reward struct {
	ID        RewardID // "" while there is no reward
	Side      Side
	Campaign  CampaignKey // the version whose offer it is
	Kind      OfferKind
	RateBP    int          // PercentOff, ShareOfOrder
	Most      money.Amount // ShareOfOrder: the greatest that it may be; zero: no bound
	Amount    money.Amount // what it counts for; for a redeemed friend's reward what it really took off
	Owed      money.Amount // what is still to be made up for, while the state is owed
	OwedUnits int          // the same, counted in rewards
	Due       money.Amount // what the code that is to be given is worth, while the state is approved
	State     RewardState
	Reason    Reason
	Code      string    // the discount code, once issued
	At        time.Time // business time of the last change: issued, redeemed, …
	EndsAt    time.Time // when the code is deleted; zero: never
}

// StateAt is the reward's state at an instant: what was issued and not spent has expired when its code's end has come.
// That is derived, never stored: no clock takes part in decisions.
func (r Reward) StateAt(now time.Time) RewardState {
	if r.State == RewardIssued && !r.EndsAt.IsZero() && !now.Before(r.EndsAt) {
		return RewardExpired
	}
	return r.State
}

// Newness is the answer to how many orders the customer had before this one.
type Newness struct {
	Prior   int
	Via     string // one of the two below
	At      time.Time
	Unknown bool // it was asked for 7 days and never answered: the merchant decides
}

// What tells how many orders there were. Source: shopify.dev, CustomerJourneySummary.customerOrderIndex,
// Customer.numberOfOrders, 2026-10.
const (
	ViaIndex = "customer_order_index"
	ViaCount = "order_count"
)

// Act is one decision of the merchant: a fact like any other, which a recomputation never undoes. The latest verdict
// counts.
type Act struct {
	Kind     ActKind
	At       time.Time
	Order    OrderID      // ActApprove, ActLink, ActUnlink: which order
	Rules    []string     // ActApprove: the rules that it lets pass
	Advocate AdvocateID   // ActLink: to whom
	Campaign CampaignKey  // ActLink: under which terms
	Side     Side         // ActReissue: whose reward
	Code     string       // ActReissue: the code that is replaced
	Amount   money.Amount // ActForgive: how much was let go
	Units    int          // the same, counted in rewards
}

// ActKind says what the merchant decided.
type ActKind string

// The acts on a referral. (A block is kept on the advocate, an attached customer on the order.)
const (
	ActApprove ActKind = "approve" // lets pass what only a check holds
	ActReject  ActKind = "reject"  // no reward, said before one was issued
	ActVoid    ActKind = "void"    // takes back, whatever was issued
	ActRestore ActKind = "restore" // takes a rejection or a void back: the rules alone decide
	ActLink    ActKind = "link"    // ties an order to an advocate, above all other evidence
	ActUnlink  ActKind = "unlink"  // nothing ties the order to anybody, until it is linked again
	ActReissue ActKind = "reissue" // another code in place of one that was lost, deleted or ran out
	ActRetry   ActKind = "retry"   // what Shopify refused is tried once more
	ActForgive ActKind = "forgive" // what is owed is let go
)

// Release is the act that ends the hold: made once, on complete facts and a fresh snapshot, under the shop's lease.
type Release struct {
	Order     OrderID
	OrderName string
	OrderedAt time.Time // the order's processedAt
	At        time.Time // when the hold ended: business time
	Advocate  AdvocateID
	Campaign  CampaignKey
	Claim     ClaimID      // "" when the order was linked
	Worth     money.Amount // what the advocate's reward counts for
	Denied    Reason       // ReasonCap, ReasonBudget or ReasonTest: the reward did not leave
	Offset    money.Amount // how much of it made up for what the advocate owes
	Offsets   int          // how many owed rewards it made up for, wholly or in part
}

// Flag is what was seen of the advocate's other rewards when the hold was over: it keeps this one for the merchant's
// look. It is counted once, under the shop's lease, and stays a fact: later there are other numbers, and no month's end
// pays what somebody is to look at.
type Flag struct {
	Order    OrderID
	Advocate AdvocateID
	Reason   Reason    // ReasonManyRewards, ReasonFastStart
	At       time.Time // when the hold ended: business time
	Count    int       // rewards of the advocate that were released within Days; of a fast start, friends who bought within as many of joining
	Most     int       // how many are nothing unusual
	Days     int
}

// Refusal is a reward's code that Shopify refused to make, as for a customer who is gone: trying again cures nothing by
// itself.
type Refusal struct {
	Holder CodeHolderID // of the code: the reward, its release, and what it was to be worth
	At     time.Time
}

// Issue is one code that was given out in Shopify.
type Issue struct {
	Side     Side
	Reward   RewardID
	Campaign CampaignKey // the version whose offer it is
	Code     string
	Discount DiscountID   // of a personal reward, its own discount; "": the code is of a pool
	Amount   money.Amount // what the code is worth: the reward, or the part of it that was due
	At       time.Time
	EndsAt   time.Time // when the code is deleted; zero: never

	TakenBack bool      // its code is condemned; never unset: another code is given if the reward is due again
	Gone      time.Time // when its code was deleted in Shopify, also by the merchant; zero: it still exists there
}

// Settled is one later reward of the same advocate that made up for what is owed here.
type Settled struct {
	By     FriendID // in whose referral
	Amount money.Amount
	At     time.Time // business time of that release
}

// Entry is one line of the ledger. Entries are only ever added; a mistake is reversed, never edited.
type Entry struct {
	ID     string // unique in the referral: reward id, kind and number
	Reward RewardID
	Side   Side
	Kind   EntryKind
	Amount money.Amount // what the shop gives (+) or takes back (−)
	Reason Reason
	At     time.Time
}

// EntryKind says what a ledger entry records.
type EntryKind string

// The entry kinds, by what they add up to: see book.
const (
	EntryIssued    EntryKind = "issued"    // + the reward was given
	EntryReversed  EntryKind = "reversed"  // − and was taken back before it was spent
	EntryRedeemed  EntryKind = "redeemed"  // + what the friend's discount really took off
	EntryCorrected EntryKind = "corrected" // ± that sum was another after all
	EntryOwed      EntryKind = "owed"      // − it was spent though its order was undone
	EntryCleared   EntryKind = "cleared"   // + and is not owed after all
	EntryOffset    EntryKind = "offset"    // − it made up for what is owed elsewhere
	EntryRestored  EntryKind = "restored"  // + and does not after all
	EntrySettled   EntryKind = "settled"   // + what is owed here was made up for
	EntryForgiven  EntryKind = "forgiven"  // + or let go
	EntryReopened  EntryKind = "reopened"  // − and is owed again
)

// Work is work that a decision calls for.
type Work string

// The kinds of work.
const (
	WorkNewness  Work = "newness"   // ask Shopify whether the friend is new
	WorkHistory  Work = "history"   // look at the orders they placed before they were known
	WorkAdvocate Work = "advocate"  // ask Shopify whether the advocate has bought
	WorkRelease  Work = "release"   // release when ReleaseAt has passed
	WorkIssue    Work = "issue"     // give out what is approved
	WorkTakeBack Work = "take_back" // delete codes that were taken back
)

// Explanation is what was seen and why it led where it did: kept with every outcome.
type Explanation struct {
	Rules  int // version of the rules as a whole
	Orders []Weighed
}

// Weighed is one order as the rules saw it.
type Weighed struct {
	Order    OrderID
	Name     string
	At       time.Time // processedAt
	Net      money.Amount
	Took     money.Amount // what codes of friends' offers took off it
	Converts bool         // it is the converting order
	Outcome  State        // what the order alone would lead to
	Reason   Reason
	Evidence []Evidence
	Checks   []Check
}

// EvidenceKind is what ties an order to an advocate.
type EvidenceKind string

// The kinds of evidence. Source: design section 6, Evidence.
const (
	EvidenceLinked        EvidenceKind = "linked"         // the merchant linked the order to the advocate
	EvidenceClaimCode     EvidenceKind = "claim_code"     // the claim's own code is on the order
	EvidenceAdvocateCode  EvidenceKind = "advocate_code"  // the advocate's shareable code is on the order
	EvidenceClaimCustomer EvidenceKind = "claim_customer" // a claim by the same customer
	EvidenceClaimEmail    EvidenceKind = "claim_email"    // a claim with the order's e-mail address (level 2): shown, and credits nobody
	EvidenceCartClaim     EvidenceKind = "cart_claim"     // the claim's id is in the cart attribute
	EvidenceCartVisit     EvidenceKind = "cart_visit"     // a visit id is in the cart attribute
	EvidenceFriendAsked   EvidenceKind = "friend_asked"   // the friend says who sent them: an appeal
	EvidenceAdvocateAsked EvidenceKind = "advocate_asked" // the advocate says that the order is a friend's: an appeal
	EvidenceRef           EvidenceKind = "ref"            // ?ref= in the landing page, by Shopify's journey
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
	Rule    string
	Version int // of the rule
	Result  CheckResult
	Reason  Reason // for what did not pass
	Saw     []Value
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

// stamp is an instant as a value.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Facts is everything a decision about one friend rests on.
type Facts struct {
	Shop   tenant.ShopID
	Friend FriendID

	Record
	Orders     []Order                  // all snapshots of the friend's orders, of their lane
	Spent      []Order                  // snapshots of orders that carry a code issued in this referral, whoever placed them
	Own        []Order                  // snapshots of the advocates' own orders of the lane, the latest ones
	SameCard   []Order                  // snapshots of others' orders of the lane that were paid with a card of the friend's
	Neighbours []Neighbour              // others of the lane: whom the advocates' links brought, who brought the advocates, and who shares a tie
	Claims     []Claim                  // all claims tied to the friend, and those that their orders name by code, id or address
	Advocates  map[AdvocateID]Advocate  // all that touches, acts and visits name, and whose codes are on their orders
	Campaigns  map[CampaignKey]Campaign // all versions of all campaigns of the shop
}
