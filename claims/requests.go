package claims

import (
	"cmp"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// JoinRequest asks to become an advocate.
type JoinRequest struct {
	Shop     tenant.ShopID
	Customer referral.CustomerID // signed; required
	order    referral.OrderID    // of a guest who has shown that it is theirs, in place of the customer
	guest    *referral.SignIn    // of a guest who has typed an address, in place of both
	Browser  []string            // hashes of the widget's browser id under every key; none when the widget sent none
	Terms    int                 // the version of the programme's terms that they agree to; 0: none
	Seen     referral.Sighting   // from where and by what; the zero value: it is not known
	At       time.Time           // signed proxy time
}

// identity is what tells whoever joins from all others.
func (r JoinRequest) identity() string {
	if r.guest != nil {
		return string(r.guest.ID)
	}
	return cmp.Or(string(r.Customer), string(r.order))
}

// GuestRequest asks for a link, or the way to what is there already, for whoever has an address.
type GuestRequest struct {
	Shop     tenant.ShopID
	Address  string   // as it was typed
	Browser  []string // as in JoinRequest
	Terms    int      // as in JoinRequest
	Language string   // of the mail
	Seen     referral.Sighting
	At       time.Time
}

// GuestView is what a guest who joins is shown.
type GuestView struct {
	AdvocateView

	Asked referral.SignInID // the request whose code may be typed
}

// EnterRequest comes with what a mail had.
type EnterRequest struct {
	Shop  tenant.ShopID
	Asked referral.SignInID // which was in the link, or beside the form
	Typed bool              // the code was typed; else the link was followed
	Code  string
}

func (r EnterRequest) byLink() bool { return !r.Typed }

// refused is the one answer to a link or a code that does not work, whyever.
func (r EnterRequest) refused() error {
	if r.Typed {
		return fault.New(fault.Unauthorized, "sign_in_code")
	}
	return fault.New(fault.Unauthorized, "sign_in_link")
}

// BuyerRequest asks for the link of whoever has just bought, or has a look at an order of theirs.
type BuyerRequest struct {
	Shop         tenant.ShopID
	Customer     referral.CustomerID // signed; "" for a guest
	Order        string              // of a guest: its gid, or that of its OrderIdentity, which has the same number
	Confirmation string              // of a guest: the order's confirmation number, which only its page shows
	Terms        int                 // as in JoinRequest
	Seen         referral.Sighting   // as in JoinRequest
	At           time.Time           // signed time of the token
}

// BuyerView is what a buyer is shown.
type BuyerView struct {
	Known    bool // false: Shopify does not show the order yet, or the confirmation number is not its own
	Advocate AdvocateView
	Offer    OfferView
}

// VisitRequest tells that somebody opened an advocate's link.
type VisitRequest struct {
	Shop     tenant.ShopID
	Ref      string // the advocate's code, any letter case
	Customer referral.CustomerID
	Browser  []string         // hashes under every key
	Cart     referral.ClaimID // the claim that the cart names; "" when it names none
	Seen     referral.Sighting
	At       time.Time
}

// VisitView is what whoever opens a link is shown.
type VisitView struct {
	Visit referral.Visit
	Held  *referral.Claim // the claim that the visitor has in the live campaign, while it is open
	Yours bool            // Held is the link's advocate's; else the friend may keep it, or switch
	Offer OfferView       // what Held promises
}

// ClaimRequest asks for the friend's offer.
type ClaimRequest struct {
	Shop     tenant.ShopID
	Ref      string
	Customer referral.CustomerID // signed; "" for a guest
	Browser  []string            // hashes under every key; a guest must have some
	Cart     referral.ClaimID    // the claim that the cart names; "" when it names none
	Visit    *referral.Visit     // the opened visit id, if one was sent and is right
	Emails   []string            // hashes, under every key, of the address that the friend gave; proved by nobody
	Switch   bool                // give up an older promise, or another advocate's, for the offer of now
	Network  string              // keyed hash of the network it comes from, as it is counted; "" when that is not known
	Seen     referral.Sighting   // its own networks are larger
	At       time.Time
}

// OfferView is who gives what, for a visitor of a link.
type OfferView struct {
	Campaign referral.CampaignKey
	Friend   referral.Offer
	Advocate referral.Offer
	Minimum  money.Amount
	Days     int // how long a claim and its code are promised
}

// ClaimView is what a friend who claims is shown.
type ClaimView struct {
	Claim referral.Claim
	Yours bool       // it is the link's advocate's; else the friend may keep it, or switch
	Offer OfferView  // what the claim promises
	Newer *OfferView // the offer of now, when that is another: the friend may keep theirs or switch
}

// AdvocateView is what an advocate sees of themselves.
type AdvocateView struct {
	Advocate  referral.Advocate
	Link      string // https://shop/?ref=CODE
	ShopName  string
	Referrals []referral.Referral // of the friends they sent, newest first
	Waiting   int                 // friends who hold the offer and have not ordered; WaitingShown + 1 where there are more
}
