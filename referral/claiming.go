package referral

import (
	"errors"
	"slices"
	"time"

	"twofold/fault"
)

// ClaimAct is what becomes of the plan's claim.
type ClaimAct string

// The acts.
const (
	ClaimStays   ClaimAct = ""        // it is shown as it is
	ClaimAdded   ClaimAct = "added"   // it is a new one, and has no id yet
	ClaimTouched ClaimAct = "touched" // the touch is noted at it
	ClaimRenewed ClaimAct = "renewed" // it promises the offer of now, with another code
)

// ClaimPlan is what follows from the facts. While Ask is set nothing is decided. A refusal goes with what is done all
// the same: a sign-in or an opened link is noted also where the offer is refused.
type ClaimPlan struct {
	Ask ClaimQuestion

	Claim   *Claim // which claim answers; nil: none
	Act     ClaimAct
	Touch   Touch     // of an act
	Counts  time.Time // until when a claim that is added or renewed counts; zero: not at all
	Network string    // from where it was claimed, where that is to be noted; else ""

	SignIn  *Claim // at which the customer signs in; nil: at none
	Drawn   *Claim // with a code that was drawn for it and is to be noted at it; nil: there is none
	Refusal error  // nil: none
}

// What a claim is refused with.
var (
	errOrdered  = fault.New(fault.Conflict, "already_ordered")
	errUsed     = fault.New(fault.Conflict, "offer_used")
	errOverused = &fault.Error{Kind: fault.Limited, Code: "link_overused", RetryAfter: time.Hour}
)

// DecideClaim decides what becomes of a request for the offer: a claim that the asker has is kept, renewed or switched,
// else a new one is made.
func DecideClaim(f ClaimFacts) ClaimPlan { return planned(f.claim()) }

// DecideVisit decides what the opening of a link changes: the visitor's open claim, if there is one, gets a touch,
// unless it stays with another advocate.
func DecideVisit(f ClaimFacts) ClaimPlan { return planned(f.visit()) }

// planned is the plan of a decision that ended with err: what it must ask first, or the refusal.
func planned(p ClaimPlan, err error) ClaimPlan {
	var ask missingError
	if errors.As(err, &ask) {
		return ClaimPlan{Ask: ClaimQuestion(ask)}
	}
	p.Refusal = err
	return p
}

// claim is DecideClaim; its error is the refusal, or the answer that is missing.
func (f ClaimFacts) claim() (ClaimPlan, error) {
	mine, err := f.mine()
	if err != nil {
		return ClaimPlan{}, err
	}
	if len(mine) > 0 {
		return f.keep(mine)
	}

	cart, err := f.carts()
	if err != nil {
		return ClaimPlan{}, err
	}
	if cart != nil {
		return f.keepCarts(*cart)
	}
	return f.add()
}

// visit is DecideVisit, likewise.
func (f ClaimFacts) visit() (ClaimPlan, error) {
	mine, err := f.mine()
	if err != nil {
		return ClaimPlan{}, err
	}
	if len(mine) == 0 {
		return f.visitCarts()
	}

	var plan ClaimPlan
	signsIn, err := f.signsIn(mine[0])
	if errors.Is(err, errOrdered) { // no new customer has nothing of a guest's
		return plan, nil
	}
	if err != nil {
		return plan, err
	}
	if signsIn {
		plan.SignIn = &mine[0]
	}

	i := f.firstOpen(mine)
	if i < 0 {
		return plan, nil
	}
	open, err := f.touchUnlessKept(mine[i])
	open.SignIn = plan.SignIn
	if err != nil {
		return open, err
	}
	return open, f.unused(mine[i])
}

// visitCarts decides about a visitor of whom only the cart's claim is known. At one at which somebody was signed in
// nothing is noted.
func (f ClaimFacts) visitCarts() (ClaimPlan, error) {
	cart, err := f.carts()
	if err != nil || cart == nil {
		return ClaimPlan{}, err
	}
	if !cart.SignedAt.IsZero() {
		return ClaimPlan{Claim: cart}, f.unused(*cart)
	}

	plan, err := f.touchUnlessKept(*cart)
	if err != nil {
		return plan, err
	}
	return plan, f.unused(*cart)
}

// keepCarts answers by the claim that only the cart names: see carts. Whoever is signed in is as a guest at it, but for
// a customer who has bought before, who gets no code. At a claim at which somebody was signed in nothing is noted.
func (f ClaimFacts) keepCarts(cart Claim) (ClaimPlan, error) {
	if err := f.newCustomer(f.Customer); err != nil {
		return ClaimPlan{}, err
	}
	f.Customer = ""
	if !cart.SignedAt.IsZero() {
		return ClaimPlan{Claim: &cart}, f.unused(cart)
	}
	return f.keep([]Claim{cart})
}

// keep answers a friend who has claimed before. A customer who signs in keeps what they took as a guest in this
// browser, also where no code can be given now.
func (f ClaimFacts) keep(mine []Claim) (ClaimPlan, error) {
	signsIn, err := f.signsIn(mine[0])
	if err != nil {
		return ClaimPlan{}, err
	}
	first, err := f.withDrawn(mine[0])
	if err != nil {
		return ClaimPlan{}, err
	}

	plan, err := f.keepFirst(first, mine)
	if signsIn {
		plan.SignIn = &mine[0]
	}
	if first.Code != mine[0].Code {
		plan.Drawn = &first
	}
	return plan, err
}

// keepFirst answers by the asker's first claim, which is kept, switched or renewed. While it cannot be renewed, a
// customer has what was taken as a guest in this browser. What was used is promised to nobody again; what was opened is
// noted all the same.
func (f ClaimFacts) keepFirst(first Claim, mine []Claim) (ClaimPlan, error) {
	if first.Open(f.At) {
		return f.keepOrSwitch(first)
	}

	refused := f.mayRenew(first)
	if refused == nil {
		return f.renew(first)
	}
	i := f.firstOpen(mine)
	if isMissing(refused) || fault.Is(refused, fault.Conflict) || i < 0 {
		return ClaimPlan{}, refused
	}

	plan, err := f.touchUnlessKept(mine[i])
	if err != nil {
		return plan, err
	}
	return plan, f.unused(mine[i])
}

// keepOrSwitch answers by an open claim. On request an older promise is switched for the offer of now, and another
// advocate's for that of the link. Who waits for a code of a version that gives none any more gets the offer of now.
func (f ClaimFacts) keepOrSwitch(claim Claim) (ClaimPlan, error) {
	promised, err := f.promised(claim)
	if err != nil {
		return ClaimPlan{}, err
	}
	kept := claim.KeptFrom(f.Advocate, promised.Terms, f.Live.Terms)
	same := claim.Version == f.Live.Version

	// Nobody is given what this one waits for.
	if claim.NeverServed(promised, f.Live) && f.unused(claim) == nil {
		return f.renew(claim)
	}

	switch {
	case kept && !f.Switch: // another advocate's link says nothing of it
		return ClaimPlan{Claim: &claim}, f.unused(claim)
	case !kept && (!f.Switch || same):
		return f.touch(claim, f.opening()), f.unused(claim)
	case same: // the offer of now is the same: the code stays, and only the credit moves
		if err := f.unused(claim); err != nil {
			return ClaimPlan{}, err
		}
		return f.touch(claim, claim.SwitchBy(f.opening())), nil
	}

	if err := f.mayRenew(claim); err != nil {
		return ClaimPlan{}, err
	}
	return f.renew(claim)
}

// opening is the touch that the request is.
func (f ClaimFacts) opening() Touch {
	return Touch{Advocate: f.Advocate, Version: f.Live.Version, At: f.At}
}

// touch has a touch noted at the claim.
func (f ClaimFacts) touch(claim Claim, t Touch) ClaimPlan {
	return ClaimPlan{Claim: &claim, Act: ClaimTouched, Touch: t}
}

// touchUnlessKept has the opening noted at an open claim, unless it stays with another advocate: see Claim.KeptFrom.
func (f ClaimFacts) touchUnlessKept(claim Claim) (ClaimPlan, error) {
	promised, err := f.promised(claim)
	if err != nil {
		return ClaimPlan{}, err
	}
	if claim.KeptFrom(f.Advocate, promised.Terms, f.Live.Terms) {
		return ClaimPlan{Claim: &claim}, nil
	}
	return f.touch(claim, f.opening()), nil
}

// renew promises the offer of now in place of what the claim had. What ran out counts anew.
func (f ClaimFacts) renew(claim Claim) (ClaimPlan, error) {
	plan := ClaimPlan{Claim: &claim, Act: ClaimRenewed, Touch: claim.SwitchBy(f.opening()), Counts: claim.CountsUntil}
	if claim.Open(f.At) {
		return plan, nil
	}

	counts, err := f.countsUntil()
	if err != nil {
		return ClaimPlan{}, err
	}
	plan.Counts = counts
	plan.Network = f.Network
	return plan, nil
}

// add makes a new claim, if the asker may have one.
func (f ClaimFacts) add() (ClaimPlan, error) {
	if err := f.newCustomer(f.Customer); err != nil {
		return ClaimPlan{}, err
	}
	if err := f.fewOpenClaims(); err != nil {
		return ClaimPlan{}, err
	}
	if err := f.unlessLeaked(); err != nil {
		return ClaimPlan{}, err
	}
	if _, err := f.answer(ClaimQuestion{Ask: AskGate}); err != nil {
		return ClaimPlan{}, err
	}

	counts, err := f.countsUntil()
	if err != nil {
		return ClaimPlan{}, err
	}
	claim := f.newClaim(counts)
	return ClaimPlan{Claim: &claim, Act: ClaimAdded, Touch: f.opening(), Counts: counts, Network: f.Network}, nil
}

// newClaim is the claim that is made, but for its id.
func (f ClaimFacts) newClaim(counts time.Time) Claim {
	claim := Claim{
		Shop:        f.Shop,
		Campaign:    f.Live.ID,
		Version:     f.Live.Version,
		Keys:        ClaimKeys(f.Customer, f.Browser),
		Browsers:    f.Browser,
		Addresses:   GivenAt(f.At, f.Emails...),
		Customer:    f.Customer,
		Touches:     []Touch{f.opening()},
		Seen:        Seen(nil, f.Sighting()),
		ClaimedAt:   f.At,
		ExpiresAt:   f.Live.Terms.ClaimEnd(f.At),
		CountsUntil: counts,
	}

	if f.Customer != "" {
		claim.SignedAt = f.At
	}
	if first := f.visited(); first != nil {
		claim.Touches = []Touch{*first, f.opening()}
	}
	return claim
}

// visited is the touch of the visit before the claim, if it is one: where claims stay with the advocate whose offer was
// taken, a visit of another's link is none.
func (f ClaimFacts) visited() *Touch {
	v := f.Visit
	if v == nil || v.Shop != f.Shop || v.Campaign.ID != f.Live.ID || !v.At.Before(f.At) {
		return nil
	}

	if v.Advocate != f.Advocate && f.Live.Terms.Credit == CreditClaim {
		return nil
	}
	return &Touch{Advocate: v.Advocate, Version: v.Campaign.Version, At: v.At}
}

// signsIn tells whether a customer signs in at what a guest took in this browser: the same claim, with the same code.
// It is theirs from then on, and nobody else's who signs in. One who has bought before is refused kindly, and the
// guest's claim stays as it is: families share browsers, and whoever knows a browser's id must not end what others were
// promised. While Shopify does not answer, nobody signs in; they do the next time.
func (f ClaimFacts) signsIn(claim Claim) (bool, error) {
	if f.Customer == "" || claim.Of(f.Customer) {
		return false, nil
	}
	if err := f.unused(claim); err != nil {
		return false, err
	}

	q := ClaimQuestion{Ask: AskGreeting, Customer: f.Customer}
	a, known := f.Answers[q]
	if !known {
		return false, missingError(q)
	}
	if a.Err == nil {
		return true, f.checkOrders(a.Orders)
	}
	return false, nil
}

// newCustomer tells a customer kindly that the offer is for new ones. Of a guest nothing is asked.
func (f ClaimFacts) newCustomer(c CustomerID) error {
	if c == "" {
		return nil
	}

	a, greeted := f.Answers[ClaimQuestion{Ask: AskGreeting, Customer: c}]
	if !greeted || a.Err != nil {
		var err error
		if a, err = f.answer(ClaimQuestion{Ask: AskBought, Customer: c}); err != nil {
			return err
		}
	}
	return f.checkOrders(a.Orders)
}

// checkOrders refuses whoever has bought before, or of whom that is not known.
func (f ClaimFacts) checkOrders(orders CustomerOrders) error {
	if n, known := PriorOrders(Order{ProcessedAt: f.At}, orders); known && n.Prior == 0 {
		return nil
	}
	return errOrdered
}

// unused refuses whoever asks again for an offer that was used, or for another in its place.
func (f ClaimFacts) unused(claim Claim) error {
	if c := claim.TakenFor(f.Customer); c != "" {
		own, err := f.answer(ClaimQuestion{Ask: AskReferral, Customer: c})
		if err != nil {
			return err
		}
		goesOn, err := f.goesOn(claim)
		if err != nil {
			return err
		}
		if !goesOn && (own.Referral == Pending || own.Referral == Flagged || own.Referral == Approved) {
			return errUsed
		}
	}

	spent, err := f.spent(claim)
	if err == nil && spent {
		err = errUsed
	}
	return err
}

// goesOn tells whether the claim promises its offer on though its customer has bought: their order is credited by it, and
// a wallet or a buy-now button left the code out. The offer was not had.
func (f ClaimFacts) goesOn(claim Claim) (bool, error) {
	c := claim.TakenFor(f.Customer)
	if c == "" {
		return false, nil
	}
	own, err := f.answer(ClaimQuestion{Ask: AskReferral, Customer: c})
	if err != nil || own.Without != claim.ID {
		return false, err
	}

	promised, err := f.promised(claim)
	return !promised.Terms.Friend.AfterOrder, err
}

// newOrGoesOn refuses a customer who has bought before, unless the order was the one that lacks the claim's code.
func (f ClaimFacts) newOrGoesOn(claim Claim) error {
	goesOn, err := f.goesOn(claim)
	if err != nil || goesOn {
		return err
	}
	return f.newCustomer(claim.TakenFor(f.Customer))
}

// mayRenew refuses another code for an offer that was used, and whoever may not claim now.
func (f ClaimFacts) mayRenew(claim Claim) error {
	if err := f.unused(claim); err != nil {
		return err
	}
	if err := f.newOrGoesOn(claim); err != nil {
		return err
	}

	if !claim.Open(f.At) {
		if err := f.fewOpenClaims(); err != nil {
			return err
		}
	}
	_, err := f.answer(ClaimQuestion{Ask: AskGate})
	return err
}

// fewOpenClaims limits what a leaked or abused link can cost. Source: design section 7, limits.
func (f ClaimFacts) fewOpenClaims() error {
	open, err := f.answer(ClaimQuestion{Ask: AskOpen})
	if err != nil {
		return err
	}
	if open.Count >= f.MaxOpenClaims {
		return errOverused
	}
	return nil
}

// countsUntil is until when a claim that is made now counts; zero: not at all, so that nobody closes a link or a
// campaign from one network. Nobody is held for their network: a campus shares one. Limited: the network has as many
// claims as a link may have; others go on.
func (f ClaimFacts) countsUntil() (time.Time, error) {
	until := f.At.Add(CountsFor)
	if f.Network == "" {
		return until, nil
	}

	made, err := f.answer(ClaimQuestion{Ask: AskNetwork})
	switch {
	case err != nil:
		return time.Time{}, err
	case made.Count >= f.MaxOpenClaims:
		return time.Time{}, errOverused
	case made.Count >= NetworkCounts:
		return time.Time{}, nil
	}
	return until, nil
}

// Renew has the claim promise the live offer from the touch on. Its code was the promise's that ends.
func (c *Claim) Renew(live Campaign, t Touch, counts time.Time, emails []string) {
	ended := Promise{Version: c.Version, Code: c.Code, Until: t.At}
	c.Earlier = append(slices.Clone(c.Earlier), ended)
	if c.Code != "" {
		c.Former = append(slices.Clone(c.Former), c.Code)
	}

	c.Code = ""
	c.Version = live.Version
	c.ExpiresAt = live.Terms.ClaimEnd(t.At)
	c.CountsUntil = counts
	c.Note(t, emails)
}
