package referral

import (
	"time"

	"twofold/money"
	"twofold/tenant"
)

// JoinRequest asks to become an advocate.
type JoinRequest struct {
	Shop     tenant.ShopID
	Customer CustomerID // signed; required
	Browser  []string   // hashes of the widget's browser id under every key; none when the widget sent none
	At       time.Time  // signed proxy time
}

// VisitRequest tells that somebody opened an advocate's link.
type VisitRequest struct {
	Shop     tenant.ShopID
	Ref      string // the advocate's code, any letter case
	Customer CustomerID
	Browser  []string // hashes under every key
	Cart     ClaimID  // the claim that the cart names; "" when it names none
	At       time.Time
}

// VisitView is what whoever opens a link is shown.
type VisitView struct {
	Visit Visit
	Held  *Claim    // the claim that the visitor has in the live campaign, while it is open
	Yours bool      // Held is the link's advocate's; else the friend may keep it, or switch
	Offer OfferView // what Held promises
}

// Visit is what a visit id stands for.
type Visit struct {
	Shop     tenant.ShopID
	Campaign CampaignKey
	Advocate AdvocateID
	At       time.Time
}

// ClaimRequest asks for the friend's offer.
type ClaimRequest struct {
	Shop     tenant.ShopID
	Ref      string
	Customer CustomerID // signed; "" for a guest
	Browser  []string   // hashes under every key; a guest must have some
	Cart     ClaimID    // the claim that the cart names; "" when it names none
	Visit    *Visit     // the opened visit id, if one was sent and is right
	Emails   []string   // hashes, under every key, of the address that the friend gave; proved by nobody
	Switch   bool       // give up an older promise, or another advocate's, for the offer of now
	Network  string     // keyed hash of the network it comes from; "" when that is not known
	At       time.Time
}

// OfferView is who gives what, for a visitor of a link.
type OfferView struct {
	Campaign CampaignKey
	Friend   Offer
	Advocate Offer
	Minimum  money.Amount
}

// ClaimView is what a friend who claims is shown.
type ClaimView struct {
	Claim Claim
	Yours bool       // it is the link's advocate's; else the friend may keep it, or switch
	Offer OfferView  // what the claim promises
	Newer *OfferView // the offer of now, when that is another: she may keep hers or switch
}

// AdvocateView is what an advocate sees of herself.
type AdvocateView struct {
	Advocate  Advocate
	Link      string     // https://shop/?ref=CODE
	Referrals []Referral // hers, newest first
}
