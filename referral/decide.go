package referral

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"twofold/fault"
	"twofold/money"
)

// Decided is the referral on these facts: with what they add to its record, and what they lead to in place of its
// outcome. Errors are those of Decide, and Internal when a move is forbidden.
func (r Referral) Decided(f Facts) (Referral, error) {
	is := r
	is.DecidedRev = r.FactsRev
	var err error
	if is.Record, is.Outcome, err = Decide(f); err != nil {
		return Referral{}, err
	}
	is.noteLooks(r.Neighbour, f)
	return is, checkMoves(r.Outcome, is)
}

// Decide concludes everything about one friend from the facts: which order converted, for whom, both rewards, what is
// to be done, and why. It is pure: equal facts give equal outcomes, in whatever order they became known. The record
// comes back with what the facts add to it: answers of the snapshots, entries of the ledger, codes that are taken back.
// Error: Internal, when the facts contradict themselves (two currencies in one order).
func Decide(f Facts) (Record, Outcome, error) {
	learn(&f)
	weighed, chosen, err := weighAndChoose(f)
	if released := f.Release; err == nil && released != nil && chosen != nil && chosen.order.ID != released.Order {
		f.Release = nil // its order was undone before anything was issued, and another one may convert
		weighed, chosen, err = weighAndChoose(f)
	}
	if err != nil {
		return Record{}, Outcome{}, err
	}

	r := undecided(f)
	switch {
	case chosen != nil:
		err = conclude(&r, f, chosen)
		setAside(&r, weighed, chosen)
	case r.Release != nil:
		err = orphan(&r, f)
		setAside(&r, weighed, nil)
	default:
		changed := lastChange(f)
		err = errors.Join(r.bookNothing(changed, AdvocateSide), r.untied(f, changed))
	}
	if err != nil {
		return Record{}, Outcome{}, err
	}

	for _, w := range weighed {
		r.Explained.Orders = append(r.Explained.Orders, w.out)
	}
	r.Neighbour = neighbour(f, weighed)
	r.Work = work(r)
	return r.Record, r.Outcome, nil
}

// undecided is a referral of which nothing is concluded yet. What a decision adds to its record, it adds to a copy.
func undecided(f Facts) Referral {
	r := Referral{Shop: f.Shop, Friend: f.Friend, Record: f.Record}
	r.Issues = slices.Clone(f.Issues)
	r.Ledger = slices.Clone(f.Ledger)
	r.Outcome = Outcome{State: None, Rewards: map[Side]Reward{}, Explained: Explanation{Rules: RulesVersion}}
	return r
}

func weighAndChoose(f Facts) ([]*weighing, *weighing, error) {
	weighed, err := weighAll(f)
	if err != nil {
		return nil, nil, err
	}
	return weighed, choose(f, weighed), nil
}

// learn adds what the snapshots themselves answer: a ready index of 1 says that nothing came before. Answers are kept
// once known.
func learn(f *Facts) {
	f.Newness = Cloned(f.Newness)
	for _, o := range f.Orders {
		if n, known := f.Newness[o.ID]; (!known || n.Unknown) && o.Journey.Ready && o.Journey.Index == 1 {
			f.Newness[o.ID] = Newness{Prior: 0, Via: ViaIndex, At: o.UpdatedAt}
		}
	}
}

// approvedByMerchant names the value by which a check says that it holds no longer.
const approvedByMerchant = "approved_by_merchant"

// weighing is one order under the rules, with the evidence that won.
type weighing struct {
	facts    *Facts
	order    Order
	net      money.Amount
	claim    Claim
	advocate Advocate
	campaign Campaign
	out      Weighed
}

func weighAll(f Facts) ([]*weighing, error) {
	all := make([]*weighing, 0, len(f.Orders))
	for _, o := range inTime(f.Orders) {
		w, err := weigh(&f, o)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// inTime are the orders in business time.
func inTime(orders []Order) []Order {
	return slices.SortedFunc(slices.Values(orders), func(a, b Order) int {
		if before(a.ProcessedAt, a.ID, b.ProcessedAt, b.ID) {
			return -1
		}
		return 1
	})
}

func weigh(f *Facts, o Order) (*weighing, error) {
	net, err := o.Net()
	if err != nil {
		return nil, fmt.Errorf("referral: weigh %s: %w", o.ID, err)
	}
	took, err := given(*f, o)
	if err != nil {
		return nil, fmt.Errorf("referral: weigh %s: %w", o.ID, err)
	}

	w := &weighing{facts: f, order: o, net: net}
	w.out = Weighed{
		Order: o.ID, Name: o.Name, At: o.ProcessedAt, Net: net, Took: took, Outcome: None, Reason: ReasonNoEvidence,
	}
	w.out.Evidence = gather(f, o)
	if len(w.out.Evidence) == 0 || !w.out.Evidence[0].Won {
		return w, nil
	}

	won := w.out.Evidence[0]
	// The release has settled whom the reward is for, and the terms.
	if r := f.Release; r != nil && r.Order == o.ID {
		won.Claim, won.Advocate, won.Campaign = r.Claim, r.Advocate, r.Campaign
		settleEvidence(w.out.Evidence, won)
	}

	w.claim = claimOf(f.Claims, won.Claim)
	w.advocate = f.Advocates[won.Advocate]
	w.campaign = f.Campaigns[won.Campaign]
	w.judge()
	return w, nil
}

// settleEvidence names the link that the reward was released for as the winner, whatever came to light since.
func settleEvidence(all []Evidence, released Evidence) {
	same := func(e Evidence) bool {
		return e.Advocate == released.Advocate && e.Claim == released.Claim && e.Campaign == released.Campaign
	}

	i := slices.IndexFunc(all, same)
	if i < 0 || all[0].Advocate == released.Advocate {
		return
	}

	all[0].Won, all[0].Lost = false, LostReleased
	all[i].Won, all[i].Lost = true, ""
}

// judge applies the checks: the first failure voids, else a hold flags, else something to wait for keeps it pending.
// What the merchant has approved about this order no longer holds it.
func (w *weighing) judge() {
	act, said := Verdict(w.facts.Acts)
	approved := said && act.Kind == ActApprove && act.Order == w.order.ID

	w.out.Outcome, w.out.Reason = Pending, ReasonNone
	severity := map[CheckResult]int{Passed: 0, Waits: 1, Holds: 2, Failed: 3}
	outcome := map[CheckResult]State{Waits: Pending, Holds: Flagged, Failed: Voided}

	worst := Passed
	for _, c := range checks {
		done := c.look(w)
		done.Rule, done.Version = c.rule, c.version
		if done.Result == Holds && approved && act.lets(done) {
			saw := append(done.Saw, Value{approvedByMerchant, stamp(act.At)})
			done = Check{Rule: c.rule, Version: c.version, Result: Passed, Saw: saw}
		}
		w.out.Checks = append(w.out.Checks, done)
		if severity[done.Result] > severity[worst] {
			worst = done.Result
			w.out.Outcome, w.out.Reason = outcome[worst], done.Reason
		}
	}
}

func claimOf(claims []Claim, id ClaimID) Claim {
	for _, c := range claims {
		if c.ID == id {
			return c
		}
	}
	return Claim{}
}

// choose picks the order that the referral rests on. Once a reward was issued that is the released order, for good, and
// before that as long as it stands or no other order may convert. Else it is the earliest that qualifies in business
// time; without one, the earliest that is held, then that waits, then that failed. Nil: no order is tied to an
// advocate.
func choose(f Facts, weighed []*weighing) *weighing {
	var released, best *weighing
	for _, w := range weighed {
		if f.Release != nil && f.Release.Order == w.order.ID && w.out.Outcome != None {
			released = w
		}
		if w.preference() < orderUntied && (best == nil || w.preference() < best.preference()) {
			best = w
		}
	}

	if f.Pinned() || (released != nil && (released.out.Outcome != Voided || best.out.Outcome == Voided)) {
		return released
	}
	return best
}

// Pinned tells whether the referral rests on its order for good: a reward was issued, or made up for another.
func (r Record) Pinned() bool {
	return len(r.Issues) > 0 || (r.Release != nil && r.Release.Offsets > 0)
}

// preference is how much an order has of a conversion: the least is chosen.
type preference int

const (
	orderQualifies preference = iota
	orderHeld
	orderWaits
	orderFailed
	orderUntied // no evidence ties it to anybody
)

func (w *weighing) preference() preference {
	switch {
	case w.out.Outcome == Pending && w.out.Reason == ReasonNone:
		return orderQualifies
	case w.out.Outcome == Flagged:
		return orderHeld
	case w.out.Outcome == Pending:
		return orderWaits
	case w.out.Outcome == Voided:
		return orderFailed
	}
	return orderUntied
}

// setAside says of the orders that might have converted why they do not: another one does.
func setAside(r *Referral, weighed []*weighing, chosen *weighing) {
	if chosen != nil {
		chosen.out.Converts = r.State != Voided
	}

	for _, w := range weighed {
		if w == chosen || w.preference() > orderWaits { // it does not convert by itself
			continue
		}
		w.out.Outcome, w.out.Reason = Voided, ReasonDisplaced
		first := chosen != nil && before(w.order.ProcessedAt, w.order.ID, chosen.order.ProcessedAt, chosen.order.ID)
		if r.Pinned() && first {
			w.out.Reason = ReasonNoted
		}
	}
}

func conclude(r *Referral, f Facts, w *weighing) error {
	won := w.out.Evidence[0]
	r.State, r.Reason = w.out.Outcome, w.out.Reason
	r.Order, r.OrderName, r.At = w.order.ID, w.order.Name, w.order.ProcessedAt
	r.Advocate, r.Claim, r.Campaign = won.Advocate, won.Claim, won.Campaign
	if w.order.Paid() {
		r.ReleaseAt = ReleaseAt(w.order.ProcessedAt, w.order.PaidAt(), w.holdDays())
	}

	r.heedRelease(w)
	worth, err := r.worth(f, w)
	if err != nil {
		return err
	}
	if err := r.reward(f, AdvocateSide, r.Campaign, worth); err != nil {
		return err
	}

	claim := w.promising()
	promised := r.Campaign
	if claim.ID != "" {
		promised = claim.Promised(w.order)
	}
	offer := f.Campaigns[promised].Terms.Friend
	if !offer.AfterOrder {
		return r.atClaim(f, claim, promised, w.order.UpdatedAt)
	}
	if worth, err = offer.Worth(w.net); err != nil {
		return err
	}
	return r.reward(f, FriendSide, promised, worth)
}

// promising is the claim that promised the friend an offer: the one by which the order is credited if its code is on
// the order, else another one whose code is, else the one by which it is credited; the zero claim when there is none.
func (w *weighing) promising() Claim {
	if slices.ContainsFunc(w.order.Codes, w.claim.Has) {
		return w.claim
	}
	if used := usedClaim(*w.facts, w.order); used.ID != "" {
		return used
	}
	return w.claim
}

// holdDays is the hold of the campaign; in the test lane it is skipped.
func (w *weighing) holdDays() int {
	if w.order.Test {
		return 0
	}
	return w.campaign.Terms.HoldDays
}

// heedRelease lets the release settle what it settled: whom the reward is for, under which terms, and that from then on
// only a failure takes it back.
func (r *Referral) heedRelease(w *weighing) {
	if r.Release != nil {
		r.Advocate, r.Claim, r.Campaign = r.Release.Advocate, r.Release.Claim, r.Release.Campaign
	}

	switch {
	case r.State == Voided:
		r.UndoneAt = w.undoneAt()
	case r.Release != nil && r.Release.Denied != ReasonNone:
		r.State, r.Reason, r.UndoneAt = Voided, r.Release.Denied, r.Release.At
	case r.Release != nil:
		r.State, r.Reason = Approved, ReasonNone
	}
}

// undoneAt is the business time of what voids the order.
func (w *weighing) undoneAt() time.Time {
	switch w.out.Reason {
	case ReasonCancelled, ReasonRefunded, ReasonBelowMinimum, ReasonFree:
		return w.order.UndoneAt()
	case ReasonDispute:
		return w.order.UpdatedAt
	case ReasonRejected, ReasonMerchant:
		act, _ := Verdict(w.facts.Acts)
		return act.At
	case ReasonBlocked, ReasonErased:
		return w.advocate.BlockedAt
	}
	return w.order.ProcessedAt
}

// worth is what the advocate's reward counts for: settled by the release, but never more than its share of what is left
// of the order.
func (r *Referral) worth(f Facts, w *weighing) (money.Amount, error) {
	offer := f.Campaigns[r.Campaign].Terms.Advocate
	if r.Release != nil && offer.Kind != ShareOfOrder {
		return r.Release.Worth, nil
	}

	now, err := offer.Worth(w.net)
	if err != nil || r.Release == nil {
		return now, err
	}

	if less, err := r.Release.Worth.AtLeast(now); err != nil || less {
		return now, err
	}
	return r.Release.Worth, nil
}

// orphan concludes about a released referral whose order is no longer the friend's (another customer was attached to
// it, or the merchant unlinked it): what was given is taken back.
func orphan(r *Referral, f Facts) error {
	r.State, r.Reason, r.UndoneAt = Voided, ReasonNoEvidence, r.Release.At
	r.Order, r.OrderName, r.At = r.Release.Order, r.Release.OrderName, r.Release.OrderedAt
	r.Advocate, r.Claim, r.Campaign = r.Release.Advocate, r.Release.Claim, r.Release.Campaign

	if act, said := actOf(r.Acts, ActUnlink); said {
		r.UndoneAt = act.At
	}

	if err := r.reward(f, AdvocateSide, r.Campaign, r.Release.Worth); err != nil {
		return err
	}

	mine := issuesOf(*r, FriendSide)
	if len(mine) == 0 {
		return r.untied(f, r.UndoneAt)
	}
	given := r.Issues[mine[0]]
	return r.reward(f, FriendSide, given.Campaign, given.Amount)
}

// lastChange is the business time of the latest of a friend's facts: orders, or acts of the merchant. Without any, as
// when the one order turned out to be somebody else's, what is booked goes on the day it was booked.
func lastChange(f Facts) time.Time {
	var at time.Time
	for _, o := range f.Orders {
		at = later(at, o.UpdatedAt)
	}
	for _, a := range f.Acts {
		at = later(at, a.At)
	}

	if at.IsZero() {
		for _, e := range f.Ledger {
			at = later(at, e.At)
		}
	}
	return at
}

// bookNothing brings the ledger of sides without a reward back to zero, at the time of what took it away.
func (r *Referral) bookNothing(changed time.Time, sides ...Side) error {
	for _, side := range sides {
		if err := r.enter(Reward{ID: NewRewardID(*r, side), Side: side}, nil, changed); err != nil {
			return err
		}
	}
	return nil
}

// work is what the conclusions call for.
func work(r Referral) []Work {
	var all []Work
	add := func(w Work, asked bool) {
		if asked {
			all = append(all, w)
		}
	}

	add(WorkTakeBack, slices.ContainsFunc(r.Issues, func(i Issue) bool { return i.TakenBack && i.Gone.IsZero() }))
	add(WorkIssue, r.Rewards[AdvocateSide].ToGive() || r.Rewards[FriendSide].ToGive())
	add(WorkRelease, r.State == Pending && r.Reason == ReasonNone)
	add(WorkNewness, r.Release == nil && slices.ContainsFunc(r.Explained.Orders, Weighed.waitsForNewness))
	add(WorkAdvocate, r.Release == nil && len(r.WaitingFor(ReasonBuysAsked)) > 0)
	add(WorkHistory, r.HistoryAt.IsZero() && !r.Friend.Test() && r.Friend.Order() == "")
	return all
}

// waitsForNewness tells whether it is not known yet if the friend was new, whatever else decides about the order: asked
// only when all else has passed, the answer would depend on when that was.
func (w Weighed) waitsForNewness() bool {
	return slices.ContainsFunc(w.Checks, func(c Check) bool { return c.Result == Waits && c.Reason == ReasonNewness })
}

// WaitingFor are the advocates whose own purchase orders wait for, each once, by the reasons that the check gives.
func (r Referral) WaitingFor(reasons ...Reason) (all []AdvocateID) {
	for _, w := range r.Explained.Orders {
		waits := slices.ContainsFunc(w.Checks, func(c Check) bool { return slices.Contains(reasons, c.Reason) })
		if waits && !slices.Contains(all, w.Evidence[0].Advocate) {
			all = append(all, w.Evidence[0].Advocate)
		}
	}
	return all
}

// WaitsFor are the advocates whose own purchase would change what is decided.
func (r Referral) WaitsFor() []AdvocateID {
	return r.WaitingFor(ReasonBuysFirst, ReasonBuysAsked, ReasonBuysUnknown)
}

// checkMoves compares an outcome with the one before it. Internal: a move is forbidden.
func checkMoves(was Outcome, is Referral) error {
	from := cmp.Or(was.State, None)
	if !MayMove(from, is.State) {
		return fault.ForLog(fault.Internal, "referral may not go from %s to %s", from, is.State)
	}

	for _, side := range Sides {
		if side == FriendSide && len(issuesOf(is, FriendSide)) == 0 {
			continue // a record of what the claim gave: it follows the converting order
		}
		before, after := cmp.Or(was.Rewards[side].State, RewardNone), cmp.Or(is.Rewards[side].State, RewardNone)
		if !MayMoveReward(before, after) {
			return fault.ForLog(fault.Internal, "%s's reward may not go from %s to %s", side, before, after)
		}
	}
	return nil
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Sooner is the earlier of two times.
func Sooner(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Cloned is a copy of a map that may be written to, also of nil.
func Cloned[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
