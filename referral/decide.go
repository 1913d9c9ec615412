package referral

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
)

// Decide concludes everything about one friend from the facts: which order converted, for whom, both rewards, the ledger, what is
// to be done, and why. It is pure: equal facts give equal referrals, in whatever order they became known. It returns the referral
// with its conclusions written anew; FactsRev and DecidedRev are the caller's. Error: Internal, when the facts contradict
// themselves (two currencies in one order) or a move is forbidden.
func Decide(f Facts) (Referral, error) {
	learn(&f)
	weighed, err := weighAll(f)
	if err != nil {
		return Referral{}, err
	}
	r := blank(f.Referral)
	switch chosen := choose(f, weighed); {
	case chosen != nil:
		chosen.out.Converts = chosen.out.Outcome != Voided
		conclude(&r, f, chosen)
	case r.Release != nil:
		orphan(&r, f)
	}
	for _, w := range weighed {
		r.Explained.Orders = append(r.Explained.Orders, w.out)
	}
	return r, checkMoves(f.Referral, r)
}

// learn adds what the snapshots themselves answer: a ready index of 1 says that nothing came before. Answers are kept once known.
func learn(f *Facts) {
	f.Referral.Newness = maps.Clone(f.Referral.Newness)
	if f.Referral.Newness == nil {
		f.Referral.Newness = map[OrderID]Newness{}
	}
	for _, o := range f.Orders {
		if _, known := f.Referral.Newness[o.ID]; !known && o.Journey.Ready && o.Journey.Index == 1 {
			f.Referral.Newness[o.ID] = Newness{Prior: 0, Via: "customer_order_index", At: o.UpdatedAt}
		}
	}
}

// blank keeps the facts of a referral and clears its conclusions.
func blank(r Referral) Referral {
	return Referral{
		Shop: r.Shop, Friend: r.Friend, Newness: r.Newness, Release: r.Release, Issues: slices.Clone(r.Issues), Acts: r.Acts,
		Ledger: slices.Clone(r.Ledger),
		State:  None, Rewards: map[Side]Reward{}, Explained: Explanation{Rules: RulesVersion},
		FactsRev: r.FactsRev, DecidedRev: r.DecidedRev,
	}
}

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
	orders := slices.Clone(f.Orders)
	slices.SortFunc(orders, func(a, b Order) int {
		if before(a.ProcessedAt, a.ID, b.ProcessedAt, b.ID) {
			return -1
		}
		return 1
	})
	all := make([]*weighing, 0, len(orders))
	for _, o := range orders {
		w, err := weigh(&f, o)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

func weigh(f *Facts, o Order) (*weighing, error) {
	net, err := o.Net()
	if err != nil {
		return nil, fmt.Errorf("referral: weigh %s: %w", o.ID, err)
	}
	w := &weighing{facts: f, order: o, net: net}
	w.out = Weighed{Order: o.ID, Name: o.Name, At: o.ProcessedAt, Outcome: None, Reason: ReasonNoEvidence, Evidence: gather(f, o)}
	if len(w.out.Evidence) == 0 || !w.out.Evidence[0].Won {
		return w, nil
	}
	won := w.out.Evidence[0]
	w.claim, w.advocate, w.campaign = claimOf(f.Claims, won.Claim), f.Advocates[won.Advocate], f.Campaigns[won.Campaign]
	w.judge()
	return w, nil
}

// judge applies the checks: the first failure voids, else a hold flags, else something to wait for keeps it pending. What the
// merchant has approved about this order no longer holds it.
func (w *weighing) judge() {
	act, said := verdict(w.facts.Referral.Acts)
	approved := said && act.Kind == ActApprove && act.Order == w.order.ID
	w.out.Outcome, w.out.Reason = Pending, ReasonNone
	rank := map[CheckResult]int{Passed: 0, Waits: 1, Holds: 2, Failed: 3}
	outcome := map[CheckResult]State{Waits: Pending, Holds: Flagged, Failed: Voided}
	worst := Passed
	for _, c := range checks {
		done := c.look(w)
		done.Rule = c.rule
		if done.Result == Holds && approved && slices.Contains(act.Rules, c.rule) {
			done = Check{Rule: c.rule, Result: Passed, Saw: append(done.Saw, Value{"approved_by_merchant", stamp(act.At)})}
		}
		w.out.Checks = append(w.out.Checks, done)
		if rank[done.Result] > rank[worst] {
			worst = done.Result
			w.out.Outcome, w.out.Reason = outcome[worst], done.Reason
		}
	}
}

// gather lists what ties the order to advocates, the winner first: the strongest kind, then the last touch, then the advocate's id.
// Source: design section 6, Evidence.
func gather(f *Facts, o Order) []Evidence {
	var all []Evidence
	for _, act := range f.Referral.Acts {
		if act.Kind == ActLink && act.Order == o.ID {
			all = append(all, Evidence{Kind: EvidenceLinked, Advocate: act.Advocate, Campaign: act.Campaign, Touch: act.At})
		}
	}
	for _, c := range f.Claims {
		if e, tied := evidenceOf(f, o, c); tied {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Evidence) int {
		return cmp.Or(
			cmp.Compare(len(a.Lost), len(b.Lost)),
			cmp.Compare(strength[a.Kind], strength[b.Kind]),
			b.Touch.Compare(a.Touch),
			strings.Compare(string(a.Advocate), string(b.Advocate)),
			strings.Compare(string(a.Claim), string(b.Claim)),
		)
	})
	for i := range all {
		switch {
		case all[i].Lost != "":
		case i == 0:
			all[i].Won = true
		case strength[all[i].Kind] > strength[all[0].Kind]:
			all[i].Lost = "stronger evidence exists"
		default:
			all[i].Lost = "a later link of equal strength won"
		}
	}
	return all
}

var strength = map[EvidenceKind]int{EvidenceLinked: 0, EvidenceClaimCode: 1, EvidenceClaimCustomer: 2}

// evidenceOf says how the claim ties the order to an advocate; tied is false when it does not at all.
func evidenceOf(f *Facts, o Order, c Claim) (e Evidence, tied bool) {
	e = Evidence{Claim: c.ID, Campaign: CampaignKey{c.Campaign, c.Version}}
	switch {
	case c.Code != "" && slices.Contains(o.Codes, c.Code):
		e.Kind = EvidenceClaimCode
	case c.Customer != "" && c.Customer == f.Referral.Friend:
		e.Kind = EvidenceClaimCustomer
	default:
		return e, false
	}
	touch, found := touchFor(c, o.ProcessedAt, e.Kind == EvidenceClaimCode)
	if !found {
		e.Lost = "claimed only after the order"
		return e, e.Kind == EvidenceClaimCode
	}
	e.Advocate, e.Touch, e.Campaign.Version = touch.Advocate, touch.At, touch.Version
	switch campaign, known := f.Campaigns[e.Campaign]; {
	case !known:
		e.Lost = "its campaign is unknown"
	case f.Advocates[e.Advocate].ID == "":
		e.Lost = "its advocate is unknown"
	case o.ProcessedAt.Before(touch.At): // only a claim's first touch with its code on the order comes here
	case !InWindow(touch.At, o.ProcessedAt, campaign.Terms.WindowDays):
		e.Lost = "outside the attribution window"
	}
	return e, true
}

// touchFor is the last touch not after the order. With the claim's code on the order its first touch counts in any case: the
// code cannot have been had before it, so the clocks disagree.
func touchFor(c Claim, processedAt time.Time, withCode bool) (Touch, bool) {
	for _, t := range slices.Backward(c.Touches) {
		if !t.At.After(processedAt) {
			return t, true
		}
	}
	if withCode && len(c.Touches) > 0 {
		return c.Touches[0], true
	}
	return Touch{}, false
}

func claimOf(claims []Claim, id ClaimID) Claim {
	for _, c := range claims {
		if c.ID == id {
			return c
		}
	}
	return Claim{}
}

// choose picks the order that the referral rests on. Once a reward was issued that is the released order, for good, and before
// that as long as it stands. Else it is the earliest that qualifies in business time; without one, the earliest that is held,
// then that waits, then that failed. Nil: no order is tied to an advocate.
func choose(f Facts, weighed []*weighing) *weighing {
	issued := advocateIssue(f.Referral) != nil
	for _, w := range weighed {
		released := f.Referral.Release != nil && f.Referral.Release.Order == w.order.ID
		if released && w.out.Outcome != None && (issued || w.out.Outcome != Voided) {
			return w
		}
	}
	if issued {
		return nil
	}
	rank := func(w *weighing) int {
		switch {
		case w.out.Outcome == Pending && w.out.Reason == ReasonNone:
			return 0
		case w.out.Outcome == Flagged:
			return 1
		case w.out.Outcome == Pending:
			return 2
		case w.out.Outcome == Voided:
			return 3
		}
		return 4
	}
	var best *weighing
	for _, w := range weighed {
		if rank(w) < 4 && (best == nil || rank(w) < rank(best)) {
			best = w
		}
	}
	return best
}

func conclude(r *Referral, f Facts, w *weighing) {
	won := w.out.Evidence[0]
	r.State, r.Reason = w.out.Outcome, w.out.Reason
	r.Order, r.OrderName, r.At = w.order.ID, w.order.Name, w.order.ProcessedAt
	r.Advocate, r.Claim, r.Campaign = won.Advocate, won.Claim, won.Campaign
	if r.Release != nil && r.Release.Order != r.Order { // it was undone before it was issued, and another order converts
		r.Release = nil
	}
	if r.Release != nil { // whom the reward is for was settled by its release
		r.Advocate, r.Claim, r.Campaign = r.Release.Advocate, r.Release.Claim, r.Release.Campaign
	}
	if w.order.Paid() {
		r.ReleaseAt = ReleaseAt(w.order.ProcessedAt, w.order.PaidAt(), w.campaign.Terms.HoldDays)
	}
	if r.Release != nil && r.State != Voided { // after the release only a failure takes it back
		r.State, r.Reason = Approved, ReasonNone
	}
	takeBack(r, w.order.UndoneAt())
	r.Rewards[FriendSide] = friendReward(r, f, w)
	r.Rewards[AdvocateSide] = advocateReward(r, f, f.Campaigns[r.Campaign].Terms.Advocate)
	r.Work = work(*r)
	book(r)
}

// orphan concludes about a released referral whose order is no longer the friend's (another customer was attached to it): what
// was given is taken back.
func orphan(r *Referral, f Facts) {
	was := f.Referral
	r.State, r.Reason = Voided, ReasonNoEvidence
	r.Order, r.OrderName, r.At = r.Release.Order, was.OrderName, was.At
	r.Advocate, r.Claim, r.Campaign = r.Release.Advocate, r.Release.Claim, r.Release.Campaign
	takeBack(r, r.Release.At)
	r.Rewards[AdvocateSide] = advocateReward(r, f, f.Campaigns[r.Campaign].Terms.Advocate)
	r.Work = work(*r)
	book(r)
}

// advocateIssue is the reward that was given to the advocate, nil when none was.
func advocateIssue(r Referral) *Issue {
	for i := range r.Issues {
		if r.Issues[i].Side == AdvocateSide {
			return &r.Issues[i]
		}
	}
	return nil
}

// takeBack records on an issued reward that its referral was voided. It is never unset: what was deleted cannot be given again.
func takeBack(r *Referral, at time.Time) {
	if issue := advocateIssue(*r); issue != nil && issue.TakenBack.IsZero() && r.State == Voided {
		issue.TakenBack, issue.Because = at, r.Reason
	}
}

// NewRewardID names a reward by what it is for, so that deciding twice names it the same.
func NewRewardID(r Referral, side Side) RewardID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", r.Shop, r.Friend, side))
	return RewardID("rwd_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])))
}

func advocateReward(r *Referral, f Facts, offer Offer) Reward {
	reward := Reward{ID: NewRewardID(*r, AdvocateSide), Side: AdvocateSide, Kind: offer.Kind, Amount: offer.Amount, At: r.At}
	issue := advocateIssue(*r)
	if issue == nil {
		reward.State = map[State]RewardState{Pending: RewardPending, Flagged: RewardPending, Approved: RewardApproved, Voided: RewardVoided}[r.State]
		reward.Reason = r.Reason
		return reward
	}
	reward.Amount, reward.Code, reward.At, reward.State = issue.Amount, issue.Code, issue.At, RewardIssued
	spentAt, spent := spentAt(f.Spent, issue.Code)
	switch takenBack := !issue.TakenBack.IsZero(); {
	case takenBack && spent:
		reward.State, reward.Reason, reward.At = RewardOwed, issue.Because, issue.TakenBack
	case takenBack:
		reward.State, reward.Reason, reward.At = RewardReversed, issue.Because, issue.TakenBack
	case spent:
		reward.State, reward.At = RewardRedeemed, spentAt
	}
	return reward
}

// spentAt is the business time of the first order that carries the code.
func spentAt(orders []Order, code string) (at time.Time, spent bool) {
	for _, o := range orders {
		if slices.Contains(o.Codes, code) && (!spent || o.ProcessedAt.Before(at)) {
			at, spent = o.ProcessedAt, true
		}
	}
	return at, spent
}

// friendReward is what the friend got at the claim. It is recorded with what it really took off, and is never owed.
func friendReward(r *Referral, f Facts, w *weighing) Reward {
	if w.claim.Code == "" {
		return Reward{Side: FriendSide, State: RewardNone}
	}
	offer := w.campaign.Terms.Friend
	reward := Reward{ID: NewRewardID(*r, FriendSide), Side: FriendSide, Kind: offer.Kind, Amount: offer.Amount, Code: w.claim.Code,
		State: RewardIssued, At: w.claim.ClaimedAt}
	for _, o := range f.Orders {
		if slices.Contains(o.Codes, w.claim.Code) && (reward.State == RewardIssued || o.ProcessedAt.Before(reward.At)) {
			reward.State, reward.At, reward.Amount = RewardRedeemed, o.ProcessedAt, tookOff(offer, o)
		}
	}
	return reward
}

// tookOff is what the friend's code saved her: all of the order's discounts when it is the only code, else at most the promise.
func tookOff(offer Offer, o Order) money.Amount {
	if more, err := o.Discounted.AtLeast(offer.Amount); len(o.Codes) > 1 && err == nil && more {
		return offer.Amount
	}
	return o.Discounted
}

func work(r Referral) []Work {
	issue := advocateIssue(r)
	switch {
	case issue != nil && !issue.TakenBack.IsZero() && issue.Gone.IsZero():
		return []Work{WorkTakeBack}
	case issue != nil || r.State == Voided:
		return nil
	case r.State == Approved:
		return []Work{WorkIssue}
	case r.State == Pending && r.Reason == ReasonNone:
		return []Work{WorkRelease}
	case r.State == Pending && r.Reason == ReasonNewness:
		return []Work{WorkNewness}
	}
	return nil
}

// book adds the ledger entries that are missing. Entries are never changed or taken out.
func book(r *Referral) {
	if friend := r.Rewards[FriendSide]; friend.State == RewardRedeemed {
		enter(r, friend, EntryRedeemed, friend.Amount, ReasonNone, friend.At)
	}
	issue := advocateIssue(*r)
	if issue == nil {
		return
	}
	reward := r.Rewards[AdvocateSide]
	enter(r, reward, EntryIssued, issue.Amount, ReasonNone, issue.At)
	switch reward.State {
	case RewardReversed:
		enter(r, reward, EntryReversed, issue.Amount.Neg(), issue.Because, issue.TakenBack)
	case RewardOwed:
		if booked(*r, reward.ID, EntryReversed) {
			enter(r, reward, EntryRestored, issue.Amount, issue.Because, issue.TakenBack)
		}
		enter(r, reward, EntryOwed, issue.Amount.Neg(), issue.Because, issue.TakenBack)
	}
}

func booked(r Referral, id RewardID, kind EntryKind) bool {
	return slices.ContainsFunc(r.Ledger, func(e Entry) bool { return e.Reward == id && e.Kind == kind })
}

func enter(r *Referral, reward Reward, kind EntryKind, amount money.Amount, reason Reason, at time.Time) {
	if booked(*r, reward.ID, kind) {
		return
	}
	r.Ledger = append(r.Ledger, Entry{
		ID: string(reward.ID) + "/" + string(kind), Reward: reward.ID, Side: reward.Side, Kind: kind, Amount: amount, Reason: reason, At: at,
	})
}

func checkMoves(was, is Referral) error {
	from := cmp.Or(was.State, None)
	if !MayMove(from, is.State) {
		return fault.Newf(fault.Internal, "referral may not go from %s to %s", from, is.State)
	}
	before, after := cmp.Or(was.Rewards[AdvocateSide].State, RewardNone), cmp.Or(is.Rewards[AdvocateSide].State, RewardNone)
	if !MayMoveReward(before, after) {
		return fault.Newf(fault.Internal, "advocate's reward may not go from %s to %s", before, after)
	}
	return nil
}
