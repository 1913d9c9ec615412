package referral

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
)

// NewRewardID names a reward by what it is for, so that deciding twice names it the same.
func NewRewardID(r Referral, side Side) RewardID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", r.Shop, r.Friend, side))
	return RewardID("rwd_" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])))
}

// issuesOf are the indexes of a side's issues, in the order in which they were given out.
func issuesOf(r Referral, side Side) []int {
	var all []int
	for i := range r.Issues {
		if r.Issues[i].Side == side {
			all = append(all, i)
		}
	}
	return all
}

// standing is the side's issue that was not taken back; nil when there is none. There is never more than one.
func standing(r Referral, side Side) *Issue {
	for _, i := range issuesOf(r, side) {
		if !r.Issues[i].TakenBack {
			return &r.Issues[i]
		}
	}
	return nil
}

// termsOf is the campaign version whose offer a side's reward is. (Documents of before rewards knew theirs have the referral's.)
func (r Referral) termsOf(side Side) CampaignKey {
	return cmp.Or(r.Rewards[side].Campaign, r.Campaign)
}

// Holder names a side's reward to the pool, for its next code: each reissue draws another one.
func (r Referral) Holder(side Side) CodeHolderID {
	return rewardHolder(NewRewardID(r, side), len(issuesOf(r, side)))
}

func rewardHolder(id RewardID, issued int) CodeHolderID {
	if issued == 0 {
		return CodeHolderID(id)
	}
	return CodeHolderID(fmt.Sprintf("%s/%d", id, issued))
}

// account is how one side's reward stands: what it is worth, what was had of it, and what of that was due. What later rewards have
// made up for (Referral.Settled) is due beside the reward itself, as long as the referral stands: it was not owed after all.
type account struct {
	side   Side
	offer  Offer
	worth  money.Amount // of the whole reward
	due    bool         // the referral stands: the reward is rightly its owner's
	spent  int          // codes that were seen on orders
	times  []time.Time  // business times of the first order with each of these, in order
	offset money.Amount // what of the reward made up for what is owed elsewhere
	units  int          // rewards that were had and not due; of one that is given in parts at most one
	owed   money.Amount // the same as an amount
	more   bool         // something is due that was not had yet
	next   money.Amount // what a code for that is worth
}

// empty tells whether the reward is an amount, and that amount is nothing: no discount can be made of it.
func (a account) empty() bool { return a.offer.Kind.IsAmount() && a.worth.IsZero() }

// newAccount adds up. Friends' rewards owe nothing: what was spent of them is recorded.
func newAccount(r Referral, f Facts, side Side, offer Offer, worth money.Amount) (account, error) {
	none := money.Amount{Currency: worth.Currency}
	a := account{side: side, offer: offer, worth: worth, due: r.State == Approved, offset: none, owed: none, next: worth}
	had, units := none, 0 // what was had of it, and in how many rewards
	for _, i := range issuesOf(r, side) {
		at, spent := spentAt(f.Spent, r.Issues[i].Code)
		if !spent {
			continue
		}
		a.spent++
		a.times = append(a.times, at)
		var err error
		if had, err = had.Add(r.Issues[i].Amount); err != nil {
			return a, err
		}
	}
	slices.SortFunc(a.times, time.Time.Compare)
	if side == FriendSide {
		a.more = a.due && a.spent == 0
		return a, nil
	}
	if units = a.spent; r.Release != nil && r.Release.Offsets > 0 {
		units++
		a.offset = r.Release.Offset
		var err error
		if had, err = had.Add(a.offset); err != nil {
			return a, err
		}
	}
	return a, a.settle(had, units, r.Settled)
}

// settle compares what was had with what was due: in whole rewards, or in amounts where a reward is given in parts.
func (a *account) settle(had money.Amount, units int, settled []Settled) error {
	due, dueUnits := money.Amount{Currency: a.worth.Currency}, 0
	if a.due {
		var err error
		if due, err = sum(settled, a.worth.Currency).Add(a.worth); err != nil {
			return err
		}
		dueUnits = 1 + len(settled)
	}
	over, err := had.Sub(due)
	if err != nil {
		return err
	}
	a.owed, a.units, a.more = over.NotBelowZero(), max(0, units-dueUnits), units < dueUnits
	if a.offer.InParts() {
		a.units, a.more, a.next = min(1, int(a.owed.Minor)), over.Minor < 0, over.Neg()
	}
	return nil
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

// condemn marks codes that must be deleted: of a referral that is voided, those that the merchant replaced, and one that stands
// though nothing more is due, as another was spent after all.
func condemn(r *Referral, f Facts, a account) {
	for _, i := range issuesOf(*r, a.side) {
		issue := &r.Issues[i]
		replaced := slices.ContainsFunc(r.Acts, func(a Act) bool { return a.Kind == ActReissue && a.Code == issue.Code })
		_, spent := spentAt(f.Spent, issue.Code)
		if r.State == Voided || replaced || (!a.more && !spent) {
			issue.TakenBack = true
		}
	}
}

// unspent is the side's issue that stands and was not seen on any order; nil when there is none.
func unspent(r Referral, f Facts, side Side) *Issue {
	issue := standing(r, side)
	if issue == nil {
		return nil
	}
	if _, spent := spentAt(f.Spent, issue.Code); spent {
		return nil
	}
	return issue
}

// reward concludes about one side's reward that comes after the order, by the offer of a campaign version, and books it.
func (r *Referral) reward(f Facts, side Side, by CampaignKey, worth money.Amount) error {
	offer := f.Campaigns[by].Terms.offer(side)
	a, err := newAccount(*r, f, side, offer, worth)
	if err != nil {
		return err
	}
	condemn(r, f, a)
	reward := Reward{ID: NewRewardID(*r, side), Side: side, Campaign: by, Kind: offer.Kind, RateBP: offer.RateBP, Amount: worth, At: r.At}
	issue := unspent(*r, f, side)
	switch {
	case a.units > 0:
		r.owed(&reward, a)
	case a.due && a.empty():
		reward.State, reward.Reason, reward.At = RewardVoided, ReasonNothing, r.Release.At
	case a.more && issue == nil:
		reward.State, reward.Due = RewardApproved, a.next
	case a.more:
		reward.State, reward.Code, reward.At, reward.EndsAt = RewardIssued, issue.Code, issue.At, issue.EndsAt
	case a.spent > 0:
		reward.State, reward.At = RewardRedeemed, a.times[0]
	case a.due:
		reward.State, reward.Reason, reward.At = RewardVoided, ReasonOffset, r.Release.At
	case r.State == Voided && len(issuesOf(*r, side)) > 0:
		reward.State, reward.Reason, reward.At = RewardReversed, r.Reason, r.UndoneAt
	default:
		reward.State = map[State]RewardState{Pending: RewardPending, Flagged: RewardPending, Voided: RewardVoided, None: RewardNone}[r.State]
		reward.Reason = r.Reason
	}
	r.Rewards[side] = reward
	return r.book(a, reward, r.changedAt(f, side))
}

// changedAt is the business time of a correction to what was booked: when the order was undone, when the merchant asked for another
// code, or when the order last changed.
func (r *Referral) changedAt(f Facts, side Side) time.Time {
	if r.State == Voided {
		return r.UndoneAt
	}
	if act, asked := actOf(r.Acts, ActReissue); asked && act.Side == side && r.Rewards[side].State == RewardApproved {
		return act.At
	}
	for _, o := range f.Orders {
		if o.ID == r.Order {
			return o.UpdatedAt
		}
	}
	return r.At
}

// owedSince is when a reward came to be owed: when its order was undone, or when more codes were spent than were due.
func (r *Referral) owedSince(a account) time.Time {
	if !a.due {
		return r.UndoneAt
	}
	return a.times[len(a.times)-a.units]
}

// owed concludes about an advocate's reward that was had and not due.
func (r *Referral) owed(reward *Reward, a account) {
	reward.State, reward.Reason, reward.At, reward.Owed = RewardOwed, r.Reason, r.owedSince(a), a.owed
	if left, err := a.owed.Sub(sum(r.Settled, a.worth.Currency)); err == nil && !a.due {
		reward.Owed = left.NotBelowZero()
	}
	covered := !a.due && reward.Owed.IsZero() && len(r.Settled) > 0
	if !a.due && !a.offer.InParts() {
		covered = len(r.Settled) >= a.units
	}
	switch forgiven, yes := actOf(r.Acts, ActForgive); {
	case covered:
		reward.State, reward.At, reward.Owed = RewardSettled, r.Settled[len(r.Settled)-1].At, money.Amount{Currency: a.worth.Currency}
	case yes:
		reward.State, reward.At, reward.Owed = RewardForgiven, forgiven.At, money.Amount{Currency: a.worth.Currency}
	}
}

// sum is what later rewards have made up for.
func sum(settled []Settled, currency string) money.Amount {
	all := money.Amount{Currency: currency}
	for _, s := range settled {
		if more, err := all.Add(s.Amount); err == nil { // they are all in the shop's currency
			all = more
		}
	}
	return all
}

// actOf is the latest act of a kind.
func actOf(acts []Act, kind ActKind) (latest Act, found bool) {
	for _, a := range acts {
		if a.Kind == kind {
			latest, found = a, true
		}
	}
	return latest, found
}

// groups are the kinds of entries that are added up together: what raises the sum and what lowers it.
var groups = map[EntryKind]EntryKind{
	EntryIssued: EntryReversed, EntryOffset: EntryRestored, EntryOwed: EntryCleared, EntrySettled: EntryReopened, EntryForgiven: EntryReopened,
	EntryRedeemed: EntryCorrected,
}

// book adds up what the ledger must say of a reward that comes after the order, and adds the entries that are missing.
//
// Issued is what was given and stands, or was had; owed what of it was not due; offset what of it made up for something else.
// So the entries of a reward sum to what its owner rightly holds of it, less what she owes.
func (r *Referral) book(a account, reward Reward, changed time.Time) error {
	given, err := a.given(reward.State)
	if err != nil {
		return err
	}
	at := r.At
	if r.Release != nil {
		at = r.Release.At
	}
	lines := []Entry{
		{Kind: EntryIssued, Amount: given, At: at},
		{Kind: EntryOffset, Amount: a.offset.Neg(), At: at},
	}
	if !a.owed.IsZero() {
		lines = append(lines, Entry{Kind: EntryOwed, Amount: a.owed.Neg(), At: r.owedSince(a), Reason: r.Reason})
	}
	if settled := sum(r.Settled, a.worth.Currency); a.side == AdvocateSide && !settled.IsZero() {
		lines = append(lines, Entry{Kind: EntrySettled, Amount: settled, At: r.Settled[len(r.Settled)-1].At})
	}
	if reward.State == RewardForgiven {
		let, err := a.owed.Sub(sum(r.Settled, a.worth.Currency))
		if err != nil {
			return err
		}
		lines = append(lines, Entry{Kind: EntryForgiven, Amount: let.NotBelowZero(), At: reward.At})
	}
	return r.enter(reward, lines, changed)
}

// given is what the ledger's issued entries are to add up to.
func (a account) given(state RewardState) (money.Amount, error) {
	none := money.Amount{Currency: a.worth.Currency}
	switch {
	case a.side == FriendSide && state == RewardRedeemed: // it is hers, whether it is due or not
		return a.worth, nil
	case state == RewardReversed || state == RewardPending || state == RewardNone || (state == RewardApproved && a.spent == 0):
		return none, nil
	case a.due:
		return a.worth.Add(a.owed)
	}
	return a.owed, nil
}

// enter writes the lines that are not zero as conclusions, and adds to the ledger what it lacks to sum to them; changed is the
// business time of what takes back.
func (r *Referral) enter(reward Reward, lines []Entry, changed time.Time) error {
	for _, kind := range []EntryKind{EntryIssued, EntryOffset, EntryOwed, EntrySettled, EntryForgiven, EntryRedeemed} {
		line := Entry{Kind: kind, At: changed, Reason: r.Reason}
		if i := slices.IndexFunc(lines, func(e Entry) bool { return e.Kind == kind }); i >= 0 {
			line = lines[i]
		}
		line.Reward, line.Side, line.ID = reward.ID, reward.Side, string(reward.ID)+"/"+string(kind)
		if !line.Amount.IsZero() {
			r.Lines = append(r.Lines, line)
		}
		if err := r.correct(line, changed); err != nil {
			return err
		}
	}
	return nil
}

// correct adds one entry if those of the line's kind and its opposite do not sum to the line.
func (r *Referral) correct(line Entry, changed time.Time) error {
	opposite := groups[line.Kind]
	booked := money.Amount{}
	n := 0
	for _, e := range r.Ledger {
		if e.Reward != line.Reward || !strings.HasPrefix(e.ID, line.ID+"/") {
			continue
		}
		n++
		var err error
		if booked, err = booked.Add(e.Amount); err != nil {
			return err
		}
	}
	missing, err := line.Amount.Sub(booked)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "the ledger is in another currency")
	}
	if missing.IsZero() {
		return nil
	}
	entry := line
	entry.ID, entry.Amount = fmt.Sprintf("%s/%d", line.ID, n+1), missing
	if n > 0 && grows(line.Kind) != (missing.Minor > 0) {
		entry.Kind, entry.At, entry.Reason = opposite, changed, r.Reason
	}
	r.Ledger = append(r.Ledger, entry)
	return nil
}

// grows tells whether entries of the kind are positive.
func grows(kind EntryKind) bool { return kind != EntryOwed && kind != EntryOffset }

// atClaim records what the friend was given at the claim: it follows the converting order, says what was really taken off, and is
// never owed.
func (r *Referral) atClaim(f Facts, w *weighing, promised CampaignKey) error {
	shared := w.claim.ID == "" && w.out.Evidence[0].Kind == EvidenceAdvocateCode // the advocate's code is no claim's
	if w.claim.Code == "" && len(w.claim.Former) == 0 && !shared {
		r.Rewards[FriendSide] = Reward{Side: FriendSide, State: RewardNone}
		return r.bookNothing(w.order.UpdatedAt, FriendSide)
	}
	offer := f.Campaigns[promised].Terms.Friend
	worth, err := offer.Worth(money.Amount{Currency: w.order.Currency})
	if err != nil {
		return err
	}
	reward := Reward{
		ID: NewRewardID(*r, FriendSide), Side: FriendSide, Campaign: promised, Kind: offer.Kind, RateBP: offer.RateBP, Amount: worth, Code: w.claim.Code,
		State: RewardIssued, At: w.claim.ClaimedAt, EndsAt: w.claim.ExpiresAt,
	}
	if shared {
		reward.State, reward.At, reward.Amount = RewardRedeemed, w.order.ProcessedAt, tookOff(offer, w.order)
	}
	for _, o := range f.Orders {
		if slices.ContainsFunc(o.Codes, w.claim.Has) && (reward.State == RewardIssued || o.ProcessedAt.Before(reward.At)) {
			reward.State, reward.At, reward.Amount = RewardRedeemed, o.ProcessedAt, tookOff(offer, o)
		}
	}
	r.Rewards[FriendSide] = reward
	if reward.State != RewardRedeemed {
		return r.enter(reward, nil, w.order.UpdatedAt)
	}
	return r.enter(reward, []Entry{{Kind: EntryRedeemed, Amount: reward.Amount, At: reward.At}}, w.order.UpdatedAt)
}

// tookOff is what the friend's code saved her: all of the order's discounts when it is the only code, else at most the promise.
func tookOff(offer Offer, o Order) money.Amount {
	if more, err := o.Discounted.AtLeast(offer.Amount); len(o.Codes) > 1 && offer.Kind == AmountOff && err == nil && more {
		return offer.Amount
	}
	return o.Discounted
}
