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

// Standing is the side's issue that was not taken back; nil when there is none. There is never more than one.
func Standing(r Referral, side Side) *Issue {
	for _, i := range issuesOf(r, side) {
		if !r.Issues[i].TakenBack {
			return &r.Issues[i]
		}
	}
	return nil
}

// GoneCode is when the code of a side's reward was deleted in Shopify, while the reward counts as given at now; zero:
// the code is there, or there is none.
func GoneCode(r Referral, side Side, now time.Time) time.Time {
	issue := Standing(r, side)
	if issue == nil || r.Rewards[side].StateAt(now) != RewardIssued {
		return time.Time{}
	}
	return issue.Gone
}

// TermsOf is the campaign version whose offer a side's reward is. (Documents of before rewards knew theirs have the
// referral's.)
func (r Referral) TermsOf(side Side) CampaignKey {
	return cmp.Or(r.Rewards[side].Campaign, r.Campaign)
}

// Holder names a side's reward to the pool, for its next code: each reissue draws another one, and so does each
// release, as a code that was drawn for one may be of another offer, value or advocate than the next one needs.
func (r Referral) Holder(side Side) CodeHolderID {
	var release Release
	if r.Release != nil {
		release = *r.Release
	}

	by := r.TermsOf(side)
	due := r.Rewards[side].Due
	needs := fmt.Appendf(nil, "%s\n%s\n%s\n%d\n%s", release.Order, release.Advocate, by.ID, by.Version, due)
	sum := sha256.Sum256(needs)
	return CodeHolderID(fmt.Sprintf("%s/%d/%x", NewRewardID(r, side), len(issuesOf(r, side)), sum[:6]))
}

// account is how one side's reward stands: what it is worth, what was had of it, and what of that was due. What later
// rewards have made up for (Referral.Settled) is due beside the reward itself, as long as the referral stands: it was
// not owed after all.
type account struct {
	side   Side
	offer  Offer
	worth  money.Amount // of the whole reward
	due    bool         // the referral stands: the reward is rightly its owner's
	spent  int          // how often its codes were used: once for each order that carries one, see spends
	times  []time.Time  // business times of these orders, in order
	offset money.Amount // what of the reward made up for what is owed elsewhere
	had    money.Amount // what was had of it, with what was offset
	units  int          // rewards that were had and not due; of one that is given in parts at most one
	twice  bool         // more rewards were had than were due; else one was had that is worth less by now
	owed   money.Amount // the same as an amount
	more   bool         // something is due that was not had yet
	next   money.Amount // what a code for that is worth

	madeUp      money.Amount // what of the owed later rewards have made up for
	madeUpUnits int
	let         money.Amount // what of the owed the merchant has let go
	letUnits    int
}

// empty tells whether the reward is an amount, and that amount is nothing: no discount can be made of it.
func (a account) empty() bool { return a.offer.Kind.IsAmount() && a.worth.IsZero() }

// newAccount adds up. Friends' rewards owe nothing: what was spent of them is recorded.
func newAccount(r Referral, f Facts, side Side, offer Offer, worth money.Amount) (account, error) {
	none := money.Amount{Currency: worth.Currency}
	a := account{
		side: side, offer: offer, worth: worth, due: r.State == Approved, next: worth,
		offset: none, had: none, owed: none, madeUp: none, let: none,
	}

	for _, i := range issuesOf(r, side) {
		for _, at := range spends(f.Spent, r.Issues[i].Code) {
			a.spent++
			a.times = append(a.times, at)
			var err error
			if a.had, err = a.had.Add(r.Issues[i].Amount); err != nil {
				return a, err
			}
		}
	}
	slices.SortFunc(a.times, time.Time.Compare)

	if side == FriendSide {
		a.more = a.due && a.spent == 0
		return a, nil
	}

	units := a.spent
	if r.Release != nil && r.Release.Offsets > 0 {
		units++
		a.offset = r.Release.Offset
		var err error
		if a.had, err = a.had.Add(a.offset); err != nil {
			return a, err
		}
	}

	if err := a.settle(units, r.Settled); err != nil {
		return a, err
	}
	return a, a.forgive(r.Acts)
}

// settle compares what was had, in so many rewards, with what was due: in whole rewards, or in amounts where one is
// given in parts.
func (a *account) settle(units int, settled []Settled) error {
	due, dueUnits := money.Amount{Currency: a.worth.Currency}, 0
	made := sum(settled, a.worth.Currency)

	if a.due {
		var err error
		if due, err = made.Add(a.worth); err != nil {
			return err
		}
		dueUnits = 1 + len(settled)
	} else {
		a.madeUp, a.madeUpUnits = made, len(settled)
	}

	over, err := a.had.Sub(due)
	if err != nil {
		return err
	}
	a.owed, a.units, a.more = over.NotBelowZero(), max(0, units-dueUnits), units < dueUnits
	a.twice = units > dueUnits

	if a.offer.InParts() {
		a.units, a.more, a.next = min(1, int(a.owed.Minor)), over.Minor < 0, over.Neg()
	}
	return nil
}

// forgive adds up what the merchant has let go: each time as much as was owed then.
func (a *account) forgive(acts []Act) error {
	for _, act := range acts {
		if act.Kind != ActForgive {
			continue
		}
		var err error
		if a.let, err = a.let.Add(act.Amount); err != nil {
			return err
		}
		a.letUnits += act.Units
	}
	return nil
}

// left is what is still to be made up for: rewards, of those that are given in parts at most one, and their amount.
func (a account) left() (units int, amount money.Amount, err error) {
	if amount, err = a.owed.Sub(a.madeUp); err == nil {
		amount, err = amount.Sub(a.let)
	}

	amount = amount.NotBelowZero()
	units = max(0, a.units-a.madeUpUnits-a.letUnits)
	if a.offer.InParts() {
		units = min(1, int(amount.Minor))
	}
	return units, amount, err
}

// settled tells whether later rewards alone have made up for all that is owed.
func (a account) settled() bool {
	if a.offer.InParts() {
		return a.owed.Minor <= a.madeUp.Minor
	}
	return a.units <= a.madeUpUnits
}

// spends are the business times of the orders that carry the code, in order. A code works once, but two checkouts at
// once may both get it. Orders that were undone gave nothing: they count only where there is no other, as the code is
// used up all the same.
func spends(orders []Order, code string) (times []time.Time) {
	var undone []time.Time
	for _, o := range orders {
		switch {
		case !slices.Contains(o.Codes, code):
		case !o.CancelledAt.IsZero() || o.FullyRefunded():
			undone = append(undone, o.ProcessedAt)
		default:
			times = append(times, o.ProcessedAt)
		}
	}

	if len(times) == 0 && len(undone) > 0 {
		times = []time.Time{slices.MinFunc(undone, time.Time.Compare)}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// condemn marks the codes of a side that must be deleted. A code must be deleted when its referral is void, or when the
// merchant replaced it. A spent one must be when another is due beside it. One that was not spent must be when nothing
// more is due, or when it is not worth what is due. Example: another code of the reward was spent after all.
func condemn(r *Referral, f Facts, a account) {
	for _, i := range issuesOf(*r, a.side) {
		issue := &r.Issues[i]
		replaced := slices.ContainsFunc(r.Acts, func(act Act) bool {
			return act.Kind == ActReissue && act.Code == issue.Code
		})
		spent := len(spends(f.Spent, issue.Code)) > 0
		other := a.offer.InParts() && issue.Amount != a.next

		if r.State == Voided || replaced || (spent && a.more) || (!spent && (!a.more || other)) {
			issue.TakenBack = true
		}
	}
}

// unspent is the side's issue that stands and was not seen on any order; nil when there is none.
func unspent(r Referral, f Facts, side Side) *Issue {
	issue := Standing(r, side)
	if issue == nil || len(spends(f.Spent, issue.Code)) > 0 {
		return nil
	}
	return issue
}

// reward concludes about one side's reward that comes after the order, by the offer of a campaign version, and books
// it.
func (r *Referral) reward(f Facts, side Side, by CampaignKey, worth money.Amount) error {
	offer := f.Campaigns[by].Terms.Offer(side)
	a, err := newAccount(*r, f, side, offer, worth)
	if err != nil {
		return err
	}
	condemn(r, f, a)

	reward := Reward{
		ID: NewRewardID(*r, side), Side: side, Campaign: by, At: r.At,
		Kind: offer.Kind, RateBP: offer.RateBP, Most: offer.Most, Amount: worth,
	}
	issue := unspent(*r, f, side)
	erased := f.Advocates[r.Advocate].ErasedAt
	nobody := side == AdvocateSide && !erased.IsZero() && issue == nil && a.spent == 0 && r.State != Voided
	if nobody { // what made up for other rewards was had, and no more
		a.due, a.worth, a.more = !a.offset.IsZero(), a.offset, false
	}

	switch {
	case nobody && !a.due:
		reward.State, reward.Reason, reward.At = RewardVoided, ReasonErased, erased
	case a.units > 0:
		err = r.owed(f, &reward, a)
	case a.due && a.empty() && len(issuesOf(*r, side)) > 0:
		reward.State, reward.Reason, reward.At = RewardReversed, ReasonReturned, r.returnedAt(f)
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
		reward.State = ungranted[r.State]
		reward.Reason = r.Reason
	}
	if err != nil {
		return err
	}

	r.Rewards[side] = reward // the code's holder is told by it
	if reward.State == RewardApproved && r.refused(side) {
		reward.Reason = ReasonRefused
		r.Rewards[side] = reward
	}
	return r.book(f, a, reward, r.changedAt(f, side))
}

// ungranted is where a reward stands that was not released, by the state of its referral.
var ungranted = map[State]RewardState{
	Pending: RewardPending,
	Flagged: RewardPending,
	Voided:  RewardVoided,
	None:    RewardNone,
}

// refused tells whether Shopify refused to make the code that is due on a side, and the merchant has not asked to try
// again since.
func (r *Referral) refused(side Side) bool {
	retry, _ := actOf(r.Acts, ActRetry)
	return slices.ContainsFunc(r.Refusals, func(no Refusal) bool {
		return no.Holder == r.Holder(side) && no.At.After(retry.At)
	})
}

// ToGive tells whether a code is to be given for the reward now.
func (r Reward) ToGive() bool { return r.State == RewardApproved && r.Reason != ReasonRefused }

// changedAt is the business time of a correction to what was booked: when the order was undone, when the merchant asked
// for another code, or when the order last changed.
func (r *Referral) changedAt(f Facts, side Side) time.Time {
	if r.State == Voided {
		return r.UndoneAt
	}
	if act, asked := actOf(r.Acts, ActReissue); asked && act.Side == side && r.Rewards[side].State == RewardApproved {
		return act.At
	}
	if o := r.converting(f); o.ID != "" {
		return o.UpdatedAt
	}
	return r.At
}

// converting is the order that the referral rests on; none when it is the friend's no longer.
func (r *Referral) converting(f Facts) Order {
	for _, o := range f.Orders {
		if o.ID == r.Order {
			return o
		}
	}
	return Order{}
}

// returnedAt is the business time at which part of the order was given back, after the release.
func (r *Referral) returnedAt(f Facts) time.Time {
	return later(r.Release.At, r.converting(f).UndoneAt())
}

// owedSince is when a reward came to be owed: when its order was undone, when it was used more often than was due, or
// when what was used turned out to be more than is due.
func (r *Referral) owedSince(f Facts, a account) time.Time {
	switch {
	case !a.due:
		return r.UndoneAt
	case a.twice:
		return a.times[len(a.times)-a.units]
	case len(a.times) == 0: // it made up for another
		return r.returnedAt(f)
	}
	return later(a.times[len(a.times)-1], r.returnedAt(f))
}

// owed concludes about an advocate's reward that was had and not due.
func (r *Referral) owed(f Facts, reward *Reward, a account) error {
	left, amount, err := a.left()
	if err != nil {
		return err
	}
	reward.State, reward.Reason, reward.At = RewardOwed, r.Reason, r.owedSince(f, a)
	reward.Owed, reward.OwedUnits = amount, left

	switch {
	case a.due && a.twice:
		reward.Reason = ReasonSpentTwice
	case a.due:
		reward.Reason = ReasonReturned
	}

	switch forgiven, _ := actOf(r.Acts, ActForgive); {
	case left > 0:
	case a.settled():
		reward.State, reward.At = RewardSettled, r.Settled[len(r.Settled)-1].At
	default:
		reward.State, reward.At = RewardForgiven, forgiven.At
	}
	return nil
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
	EntryIssued:   EntryReversed,
	EntryOffset:   EntryRestored,
	EntryOwed:     EntryCleared,
	EntrySettled:  EntryReopened,
	EntryForgiven: EntryReopened,
	EntryRedeemed: EntryCorrected,
}

// book adds up what the ledger must say of a reward that comes after the order, and adds the entries that are missing.
//
// Issued is what was given and stands, or was had; owed what of it was not due; offset what of it made up for something
// else. So the entries of a reward sum to what its owner rightly holds of it, less what they owe.
func (r *Referral) book(f Facts, a account, reward Reward, changed time.Time) error {
	settled := sum(r.Settled, a.worth.Currency)
	given, err := a.given(reward.State, settled)
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
		owed := Entry{Kind: EntryOwed, Amount: a.owed.Neg(), At: r.owedSince(f, a), Reason: reward.Reason}
		lines = append(lines, owed)
	}
	if a.side == AdvocateSide && !settled.IsZero() {
		lines = append(lines, Entry{Kind: EntrySettled, Amount: settled, At: r.Settled[len(r.Settled)-1].At})
	}
	if forgiven, yes := actOf(r.Acts, ActForgive); yes {
		lines = append(lines, Entry{Kind: EntryForgiven, Amount: a.forgiven(), At: forgiven.At})
	}

	return r.enter(reward, lines, changed)
}

// forgiven is what of the owed was let go, and not made up for as well.
func (a account) forgiven() money.Amount {
	most := max(0, a.owed.Minor-a.madeUp.Minor)
	return money.Amount{Minor: min(most, a.let.Minor), Currency: a.worth.Currency}
}

// given is what the ledger's issued entries are to add up to, where later rewards have made up for some of it.
func (a account) given(state RewardState, made money.Amount) (money.Amount, error) {
	none := money.Amount{Currency: a.worth.Currency}
	switch {
	case a.side == FriendSide && state == RewardRedeemed: // it is theirs, whether it is due or not
		return a.had, nil
	case state == RewardApproved && a.spent == 0: // its code is still to be given
		return money.Amount{Minor: max(0, a.offset.Minor-made.Minor), Currency: none.Currency}, nil
	case state == RewardReversed || state == RewardPending || state == RewardNone:
		return none, nil
	case a.due:
		return a.worth.Add(a.owed)
	}
	return a.owed, nil
}

// enter writes the lines that are not zero as conclusions, and adds to the ledger what it lacks to sum to them; changed
// is the business time of what takes back.
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
		return fault.ForLog(fault.Internal, "the ledger is in another currency: %w", err)
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

// atClaim records what the friend was given at the claim, or by advocates' shareable codes: it follows the converting
// order, says what all of these codes on their orders really took off, whatever else they tie, and is never owed.
func (r *Referral) atClaim(f Facts, claim Claim, promised CampaignKey, changed time.Time) error {
	offer := f.Campaigns[promised].Terms.Friend
	worth, err := offer.Worth(money.Amount{Currency: currencyOf(f)})
	if err != nil {
		return err
	}

	reward := Reward{
		ID: NewRewardID(*r, FriendSide), Side: FriendSide, Campaign: promised,
		Kind: offer.Kind, RateBP: offer.RateBP, Amount: worth, Code: claim.Code,
		State: RewardIssued, At: claim.ClaimedAt, EndsAt: claim.ExpiresAt,
	}
	if err := reward.useUp(f); err != nil {
		return err
	}

	switch {
	case reward.State == RewardRedeemed:
		r.Rewards[FriendSide] = reward
		return r.enter(reward, []Entry{{Kind: EntryRedeemed, Amount: reward.Amount, At: reward.At}}, changed)
	case claim.Code == "" && len(claim.Former) == 0:
		r.Rewards[FriendSide] = Reward{Side: FriendSide, State: RewardNone}
		return r.bookNothing(changed, FriendSide)
	}
	r.Rewards[FriendSide] = reward
	return r.enter(reward, nil, changed)
}

// untied records what codes took off of the orders of a friend who is credited to nobody (any more): the first that is
// on any says which promise it was.
func (r *Referral) untied(f Facts, changed time.Time) error {
	for _, o := range inTime(f.Orders) {
		if by := givenBy(f, o); by != (CampaignKey{}) {
			return r.atClaim(f, usedClaim(f, o), by, changed)
		}
	}
	return r.bookNothing(changed, FriendSide)
}

// currencyOf is the shop's currency, as the friend's orders have it.
func currencyOf(f Facts) string {
	if len(f.Orders) == 0 {
		return ""
	}
	return f.Orders[0].Currency
}

// useUp records the use of claims' codes, and of shareable ones: once is what was promised, and what more was taken off
// is counted and shown as well.
func (r *Reward) useUp(f Facts) error {
	for _, o := range f.Orders {
		if givenBy(f, o) == (CampaignKey{}) {
			continue
		}
		all, err := given(f, o)
		if err != nil {
			return err
		}
		if r.State == RewardRedeemed {
			if all, err = all.Add(r.Amount); err != nil {
				return err
			}
		}

		if r.State == RewardIssued || o.ProcessedAt.Before(r.At) {
			r.At = o.ProcessedAt
		}
		r.State, r.Amount = RewardRedeemed, all
	}
	return nil
}

// usedClaim is the claim whose code is on the order, of several the first; none when there is none.
func usedClaim(f Facts, o Order) Claim {
	for _, code := range o.Codes {
		if i := slices.IndexFunc(f.Claims, func(c Claim) bool { return c.Has(code) }); i >= 0 {
			return f.Claims[i]
		}
	}
	return Claim{}
}

// givenBy is the campaign version whose friend's offer a code on the order gave, a claim's or a shareable one; the zero
// key when none did.
func givenBy(f Facts, o Order) CampaignKey {
	if claim := usedClaim(f, o); claim.ID != "" {
		return claim.Promised(o)
	}
	return shareable(f, o)
}

// shareable is the campaign version whose offer an advocate's shareable code on the order gave; the zero key when there
// is none on it.
func shareable(f Facts, o Order) CampaignKey {
	by := InForce(f.Campaigns, o.ProcessedAt)
	if !f.Campaigns[by].Terms.Shares() {
		return CampaignKey{}
	}

	for _, a := range f.Advocates {
		if slices.ContainsFunc(o.Codes, func(code string) bool { return slices.Contains(a.Codes, code) }) {
			return by
		}
	}
	return CampaignKey{}
}
