package referral

import (
	"errors"
	"slices"
	"time"

	"twofold/tenant"
)

// ClaimFacts are what is known when somebody opens an advocate's link, or asks for the offer by it.
type ClaimFacts struct {
	Shop     tenant.ShopID
	Customer CustomerID // who is signed in; "" for a guest
	Browser  []string   // hashes of the browser's id, under every key
	Network  string     // keyed hash of the network; "" when it is not known
	Emails   []string   // hashes of the address that was given, under every key
	Cart     ClaimID    // the claim that the cart names; "" when it names none
	Visit    *Visit     // the visit that led here; nil when none is known
	Seen     Sighting   // from where, by what and from which page they ask
	Switch   bool       // an older promise, or another advocate's, is given up for the offer of now
	At       time.Time

	Advocate      AdvocateID // whose link it is
	Live          Campaign   // the offer of now
	Claims        []Claim    // those of the campaign that have a key of the asker's, oldest first
	MaxOpenClaims int        // so many may count of one link, or of one network in it

	// Answers are what was asked because a plan said so.
	Answers map[ClaimQuestion]ClaimAnswer
}

// Sighting is what the request tells of whoever asks, with the page that led to the link, if the visit knows it.
func (f ClaimFacts) Sighting() Sighting {
	s := f.Seen
	s.Typed = f.Emails
	if v := f.Visit; s.Referrer == "" && v != nil && v.Shop == f.Shop && v.Advocate == f.Advocate {
		s.Referrer = v.Referrer
	}
	return s
}

// ClaimAsk is a kind of question that is asked only when its answer matters: each costs a call.
type ClaimAsk string

// The questions, and which field of ClaimAnswer has the answer.
const (
	AskCart     ClaimAsk = "cart"     // Claim: the one that the cart names
	AskDrawn    ClaimAsk = "drawn"    // Code: the one that was drawn for the claim, and that the claim does not know of
	AskPromised ClaimAsk = "promised" // Campaign: the version
	AskSpent    ClaimAsk = "spent"    // Count: of orders with one of the claim's codes, at most one
	AskReferral ClaimAsk = "referral" // Referral, Without: the customer's own
	AskGreeting ClaimAsk = "greeting" // Orders: the customer's, if Shopify tells within a moment
	AskBought   ClaimAsk = "bought"   // Orders: the customer's
	AskOpen     ClaimAsk = "open"     // Count: of the link's claims that count
	AskNetwork  ClaimAsk = "network"  // Count: of the link's claims from the network, within CountsFor
	AskLink     ClaimAsk = "link"     // Link: whom it brought, the nearest in time
	AskGate     ClaimAsk = "gate"     // Err: the campaign takes no claims, as its budget is nearly spent
)

// ClaimQuestion is one thing to ask before a claim can be decided about. The zero value asks nothing.
type ClaimQuestion struct {
	Ask      ClaimAsk
	Claim    ClaimID    // of AskDrawn and AskSpent
	Version  int        // of AskPromised
	Customer CustomerID // of AskReferral, AskGreeting and AskBought
}

// ClaimAnswer answers a question in the field that its kind names; the zero value of the field means there is none.
type ClaimAnswer struct {
	Claim    *Claim
	Campaign Campaign
	Code     string
	Referral State
	Without  ClaimID // by which their order is credited, though it lacks a code; see Referral.Without
	Orders   CustomerOrders
	Count    int
	Link     []Neighbour
	Err      error // why there is no answer
}

// missingError ends a decision that needs an answer first.
type missingError ClaimQuestion

func (q missingError) Error() string { return string(q.Ask) }

func isMissing(err error) bool { return errors.As(err, new(missingError)) }

// answer returns the answer to a question, or says that it is missing.
func (f ClaimFacts) answer(q ClaimQuestion) (ClaimAnswer, error) {
	a, known := f.Answers[q]
	if !known {
		return a, missingError(q)
	}
	return a, a.Err
}

// Claim is the claim of those that are known that has the id.
func (f ClaimFacts) Claim(id ClaimID) Claim {
	known := f.Claims
	if cart := f.Answers[ClaimQuestion{Ask: AskCart}].Claim; cart != nil {
		known = append(slices.Clone(known), *cart)
	}
	i := slices.IndexFunc(known, func(one Claim) bool { return one.ID == id })
	if i < 0 {
		return Claim{}
	}
	return known[i]
}

// mine lists the asker's claims. A guest has those of the browser. A customer who is signed in has their own first, and
// then what a guest took in the browser, while it is free. What orders tell of a claim does not make it anybody's here:
// it would matter when they were heard of.
func (f ClaimFacts) mine() ([]Claim, error) {
	if f.Customer == "" {
		return f.Claims, nil
	}

	var own, guests []Claim
	for _, one := range f.Claims {
		if one.Of(f.Customer) {
			own = append(own, one)
			continue
		}
		free, err := f.free(one)
		if err != nil {
			return nil, err
		}
		if free {
			guests = append(guests, one)
		}
	}
	return append(own, guests...), nil
}

// free tells whether a claim that a guest made may be the customer's who signs in: nobody else was signed in at it, and
// nobody else has spent its code, as far as orders tell.
func (f ClaimFacts) free(claim Claim) (bool, error) {
	if !claim.SignedAt.IsZero() {
		return false, nil
	}
	if claim.Customer == f.Customer {
		return true, nil
	}
	spent, err := f.spent(claim)
	return !spent, err
}

// carts is the open claim in the campaign that the cart names; nil when there is none. A customer who is signed in has
// no claim at which somebody was signed in but their own, and none that somebody else has used.
//
// A shopper who does not consent to being remembered has another browser id on each page, and the same cart. 74 bits of
// the id are drawn at random: whoever has it was given the claim, or a cart with it. It bears the claim's code and
// nothing else: it adds no key, signs nobody in and ends nothing, so that whoever finds it is never taken for the
// claim's friend without it.
func (f ClaimFacts) carts() (*Claim, error) {
	if f.Cart == "" {
		return nil, nil
	}
	a, err := f.answer(ClaimQuestion{Ask: AskCart})
	if err != nil {
		return nil, err
	}

	cart := a.Claim
	if cart == nil || cart.Campaign != f.Live.ID || !cart.Open(f.At) {
		return nil, nil
	}
	if f.Customer != "" {
		if free, err := f.free(*cart); err != nil || !free {
			return nil, err
		}
	}
	return cart, nil
}

// spent tells whether an order with one of the claim's codes is known.
func (f ClaimFacts) spent(claim Claim) (bool, error) {
	a, err := f.answer(ClaimQuestion{Ask: AskSpent, Claim: claim.ID})
	return a.Count > 0, err
}

// withDrawn is the claim with the code that an earlier request drew for it, and was cut off before it could say so.
func (f ClaimFacts) withDrawn(claim Claim) (Claim, error) {
	if claim.Code != "" {
		return claim, nil
	}
	a, err := f.answer(ClaimQuestion{Ask: AskDrawn, Claim: claim.ID})
	claim.Code = a.Code
	return claim, err
}

// promised is the version whose offer the claim promises.
func (f ClaimFacts) promised(claim Claim) (Campaign, error) {
	if claim.Version == f.Live.Version {
		return f.Live, nil
	}
	a, err := f.answer(ClaimQuestion{Ask: AskPromised, Version: claim.Version})
	return a.Campaign, err
}

// firstOpen is which of the claims is the first that may still be used; -1: none.
func (f ClaimFacts) firstOpen(claims []Claim) int {
	return slices.IndexFunc(claims, func(one Claim) bool { return one.Open(f.At) })
}
