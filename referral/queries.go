package referral

import (
	"errors"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// ErrWithheld is in the chain of an Unavailable error when Shopify does not show the app what it asked for: an access
// that was not granted, or not yet.
var ErrWithheld = errors.New("withheld")

// ShownFields are the metafields that the shop's pages show, kept at the installation of the app.
type ShownFields struct {
	Owner string     // gid of the installation
	Ready ShownField // "true" once the shop is set up
	Offer ShownField // JSON
}

// ShownField is one metafield. The zero value: it is not there.
type ShownField struct {
	Value  string
	Digest string // changes with the value
}

// ChangedQuery asks for one page of changed orders.
type ChangedQuery struct {
	Since  time.Time // updatedAt >= Since
	Cursor string    // "" starts
	Size   int       // orders on the page
	Bare   bool      // without cart attributes: whether one names a claim is not known then (Nominee.Unseen)
}

// ChangedPageSize is how many changed orders are asked for at once.
const ChangedPageSize = 50

// ChangedPage is one page of changed orders, as nominees.
type ChangedPage struct {
	Orders []Nominee
	Next   string    // cursor of the next page; "" at the end
	At     time.Time // Shopify's Date of the answer
	Last   time.Time // updatedAt of the last order on the page; zero when the page is empty
}

// Nominee is an order that somebody says is worth a look, with what is known of it without asking.
type Nominee struct {
	Order    OrderID
	Customer CustomerID
	Codes    []string // upper case
	Claim    ClaimID
	Ref      string   // an advocate's code in the landing page; upper case
	Visit    bool     // our cart attribute holds what may be a visit id
	Unseen   bool     // its cart attributes are too large to be read: one may be ours
	Email    string   // level 2, from Shopify's own answer only; hashed before the store sees it
	Emails   []string // keyed hashes of the e-mail address
}

// Settlement is what a release takes from the month's budget. Limit zero: there is no budget, and it is only counted.
type Settlement struct {
	Campaign CampaignID
	Month    string // "2026-11", in the shop's time zone
	Amount   money.Amount
	Limit    money.Amount
}

// Decision is a referral to be written whole, if its facts_rev still is Rev, with what somebody is told of it.
type Decision struct {
	Referral Referral
	Rev      int64
	Notices  []Notice
}

// ClaimQuery selects claims by any of what it names. Customer is the one a claim is tied to.
type ClaimQuery struct {
	Customer CustomerID
	Codes    []string // current or former
	IDs      []ClaimID
	Emails   []string // keyed hashes
}

// FriendKey names one friend.
type FriendKey struct {
	Shop   tenant.ShopID
	Friend FriendID
}

// Due is work that a sweep found.
type Due struct {
	FriendKey
	Work Work
}

// PersonalReward is a reward with a discount of its own. Of the issue, code, discount and end are still to come.
type PersonalReward struct {
	Issue     Issue
	Holder    CodeHolderID
	Customer  CustomerID // the only one who can use it
	OrderName string     // the friend's order, for the discount's title
}

// Figures are counts of one campaign, for the soft gate of its budget. They are near, not exact: the release holds the
// budget.
type Figures struct {
	Settled   money.Amount // in the month
	Pending   int          // referrals that may still be released
	Open      int          // claims that still count, without a converting order
	Claims    int          // all that ever counted
	Converted int          // referrals that ever were pending or better
}

// LookupHasher makes the keyed hashes that are looked up.
type LookupHasher interface {
	// Hashes are of the value under every key, the writing one first.
	Hashes(shop tenant.ShopID, kind, value string) []string
}

// Telling a merchant what is kept of a person, for customers/data_request. The report is the person's: of others it
// says nothing, as of friends whom they referred no more than what became of the reward.

// KeptReport is a report as it is kept: sealed, for a time, and only for the merchant.
type KeptReport struct {
	ID   string // of the request
	Hash string // keyed hash of the customer, by which an erasure finds it
	At   time.Time
	Body []byte // a PersonReport as JSON
}

// Visit is what a visit id stands for.
type Visit struct {
	Shop     tenant.ShopID
	Campaign CampaignKey
	Advocate AdvocateID
	At       time.Time
	Referrer string // host of the page that led there; "" where it is not known
}

// AdvocatePlace is a place in the list of advocates, in which who joined last comes first.
type AdvocatePlace struct {
	JoinedAt time.Time
	ID       AdvocateID
}

// Place is where the advocate stands in that list.
func (a Advocate) Place() AdvocatePlace { return AdvocatePlace{a.JoinedAt, a.ID} }

// AdvocateQuery asks for one page of the list.
type AdvocateQuery struct {
	From  AdvocatePlace // the page begins after it; zero: with who joined last
	Back  bool          // the page that ends before From instead
	Limit int
}

// AdvocateSums is what the referrals of one advocate come to, outside the test lane.
type AdvocateSums struct {
	Friends int          // who have ordered
	Owed    money.Amount // rewards that were had and not due, as far as nothing has made up for them; zero: none
}

// AdvocateFigures is AdvocateSums in full.
type AdvocateFigures struct {
	AdvocateSums

	ByState     map[State]int
	Rewards     map[RewardState]int          // the advocate's, by where they stand
	Worth       map[RewardState]money.Amount // what these count for; without those that are no amount
	OwedRewards int
	Issued      int          // entries of the ledger that give a reward
	IssuedWorth money.Amount // what these give
	Ledger      money.Amount // what the ledger's entries for the advocate sum up to
}
