package referral

import (
	"slices"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// The windows of caps, in days.
const (
	monthDays = 30
	yearDays  = 365
)

// A fast start: three friends of an advocate buy within a week of the advocate's joining. Either the advocate has asked
// around at once, which most do not, or made the friends up. The rewards for orders of that week are looked at first;
// later ones are not.
const (
	startDays = 7
	startMost = 2 // friends in that week who are nothing unusual
)

// Ripe tells whether the referral is to be released: its hold was over before the given time, all is known, and nothing
// has moved since it was decided.
func Ripe(r Referral, before time.Time) bool {
	return r.DecidedRev == r.FactsRev &&
		slices.Contains(r.Work, WorkRelease) && !slices.Contains(r.Work, WorkHistory) &&
		!r.ReleaseAt.IsZero() && !r.ReleaseAt.After(before)
}

// DecideAnew decides after a fact was added.
func DecideAnew(was Referral, f Facts) (Referral, error) {
	was.FactsRev++
	return was.Decided(f)
}

// NewRelease is the release of a referral as it was decided, whole. A test order's is denied: test orders cost nothing,
// and a code would take real money off a real order. Source: design section 6, Test orders.
func NewRelease(r Referral) *Release {
	worth := r.Rewards[AdvocateSide].Amount
	release := &Release{
		Order: r.Order, OrderName: r.OrderName, OrderedAt: r.At, At: r.ReleaseAt,
		Advocate: r.Advocate, Campaign: r.Campaign, Claim: r.Claim,
		Worth: worth, Offset: money.Amount{Currency: worth.Currency},
	}
	if r.Friend.Test() {
		release.Denied = ReasonTest
	}
	return release
}

// ReleaseFacts is what a release rests on beside the facts of its own referral. It is read under the shop's lease, so
// that nobody else releases between the counting and the writing. What AsksOfRelease does not ask for is zero.
type ReleaseFacts struct {
	Shop    tenant.Shop  // its time zone tells which month's budget pays
	In30    int          // rewards of the advocate that were released less than 30 days before or after
	In365   int          // less than 365 days before or after
	Friends int          // friends of the advocate who bought in the first week
	Settled money.Amount // what the budget's month has settled
	Debts   []Debt       // what the release offsets, see Offsettable
}

// Debt is a referral of the same advocate whose reward is owed, and what a decision about it rests on.
type Debt struct {
	Owed  Referral
	Facts Facts
}

// ReleaseAsks says which of the ReleaseFacts a release rests on.
type ReleaseAsks struct {
	In30      Between   // zero: not asked
	In365     Between   // zero: not asked
	FirstWeek time.Time // when the advocate's first week ended; zero: not asked
	Month     string    // whose budget may deny the release; "": not asked
	Debts     bool      // whether what the advocate owes is asked for
}

// Between is the time between two instants, both left out.
type Between struct{ After, Before time.Time }

// around is the time less than so many days before or after an instant.
func around(at time.Time, days int) Between {
	window := time.Duration(days) * 24 * time.Hour
	return Between{at.Add(-window), at.Add(window)}
}

// AsksOfRelease says what the release of a ripe referral rests on. A test order's rests on nothing: it is denied
// anyway.
func AsksOfRelease(shop tenant.Shop, was Referral, f Facts) (asks ReleaseAsks) {
	release := NewRelease(was)
	if release.Denied != ReasonNone {
		return asks
	}

	limits := f.Campaigns[release.Campaign].Limits
	watched := f.watched(*release)
	if limits.MonthCap > 0 || watched {
		asks.In30 = around(release.At, monthDays)
	}
	if limits.YearCap > 0 {
		asks.In365 = around(release.At, yearDays)
	}
	if end, within := f.firstWeek(*release); watched && within {
		asks.FirstWeek = end
	}
	if !limits.Budget.IsZero() {
		asks.Month = BudgetMonth(shop, release.At)
	}
	asks.Debts = true
	return asks
}

// Releasing is what comes of a release: it was made, granted or denied, or a flag keeps the reward for the merchant's
// look. One of the two is nil.
type Releasing struct {
	Release    *Release
	Flag       *Flag
	Offsets    []Decision  // about the referrals whose debts a granted release makes up for
	Settlement *Settlement // what a granted release takes from the budget; nil: nothing
}

// Granted tells whether the reward leaves.
func (r Releasing) Granted() bool { return r.Release != nil && r.Release.Denied == ReasonNone }

// AddTo puts the release, or the flag, among the facts.
func (r Releasing) AddTo(f Facts) Facts {
	if r.Flag != nil {
		f.Flags = append(slices.Clone(f.Flags), *r.Flag)
		return f
	}
	f.Release = r.Release
	return f
}

// DecideRelease decides about the release of a ripe referral: whether a cap or the budget denies it, whether the
// merchant is to look first, and which debts it makes up for, which the budget does not pay.
// Source: design section 6, Release.
func DecideRelease(was Referral, f Facts, r ReleaseFacts) (Releasing, error) {
	release := NewRelease(was)
	limits := f.Campaigns[release.Campaign].Limits
	if release.Denied == ReasonNone && limits.capped(r) {
		release.Denied = ReasonCap
	}
	if release.Denied != ReasonNone {
		return Releasing{Release: release}, nil
	}

	offsets, err := release.offsetAll(f, r.Debts)
	if err != nil {
		return Releasing{}, err
	}
	settlement, err := settlementOf(r.Shop, was, f, *release)
	if err != nil {
		return Releasing{}, err
	}
	over, err := settlement.exceeds(limits.Budget, r.Settled)
	if err != nil {
		return Releasing{}, err
	}

	// A denied release makes up for nothing.
	if over {
		denied := NewRelease(was)
		denied.Denied = ReasonBudget
		return Releasing{Release: denied}, nil
	}
	if flag, unusual := f.flagOf(*release, r); unusual {
		return Releasing{Flag: &flag}, nil
	}
	return Releasing{Release: release, Offsets: offsets, Settlement: settlement}, nil
}

// capped tells whether the advocate has been released as many rewards as the campaign allows.
func (l Limits) capped(r ReleaseFacts) bool {
	month := l.MonthCap > 0 && r.In30 >= l.MonthCap
	year := l.YearCap > 0 && r.In365 >= l.YearCap
	return month || year
}

// watched tells whether unusual numbers keep the reward for the merchant's look. They do not where the campaign has no
// such limit, nor once the merchant has looked.
func (f Facts) watched(release Release) bool {
	_, looked := f.FlagFor(release.Order, release.Advocate)
	return f.Campaigns[release.Campaign].Limits.FlagAfter > 0 && !looked
}

// firstWeek is when the advocate's first week ended, and whether the order was placed within it.
func (f Facts) firstWeek(release Release) (end time.Time, within bool) {
	joined := f.Advocates[release.Advocate].JoinedAt
	end = joined.Add(startDays * 24 * time.Hour)
	return end, !joined.IsZero() && f.OrderedAt(release.Order).Before(end)
}

// flagOf is why the merchant is to look at a reward before it leaves, if anything is unusual.
func (f Facts) flagOf(release Release, r ReleaseFacts) (flag Flag, unusual bool) {
	if !f.watched(release) {
		return Flag{}, false
	}

	flag = Flag{Order: release.Order, Advocate: release.Advocate, At: release.At}
	most := f.Campaigns[release.Campaign].Limits.FlagAfter
	if r.In30 >= most {
		flag.Reason, flag.Count, flag.Most, flag.Days = ReasonManyRewards, r.In30, most, monthDays
		return flag, true
	}
	if _, within := f.firstWeek(release); within && r.Friends > startMost {
		flag.Reason, flag.Count, flag.Most, flag.Days = ReasonFastStart, r.Friends, startMost, startDays
		return flag, true
	}
	return Flag{}, false
}

// settlementOf is what the release takes from the budget of its month, in the shop's time zone: both rewards that come
// after the order, less what made up for something owed. Nil: nothing that counts leaves.
func settlementOf(shop tenant.Shop, r Referral, f Facts, release Release) (*Settlement, error) {
	amount, err := release.Worth.Sub(release.Offset)
	if err != nil {
		return nil, err
	}
	if f.Campaigns[r.TermsOf(FriendSide)].Terms.Friend.AfterOrder {
		if amount, err = amount.Add(r.Rewards[FriendSide].Amount); err != nil {
			return nil, err
		}
	}
	if amount.IsZero() {
		return nil, nil
	}

	return &Settlement{
		Campaign: release.Campaign.ID,
		Month:    BudgetMonth(shop, release.At),
		Amount:   amount,
		Limit:    f.Campaigns[release.Campaign].Limits.Budget,
	}, nil
}

// exceeds tells whether the month would settle more than its budget. Zero: there is no budget.
func (s *Settlement) exceeds(budget, settled money.Amount) (bool, error) {
	if s == nil || budget.IsZero() {
		return false, nil
	}
	sum, err := settled.Add(s.Amount)
	if err != nil {
		return false, err
	}
	enough, err := budget.AtLeast(sum)
	return !enough, err
}

// Offsettable picks from the advocate's owed referrals, oldest order first, those that the release of a ripe one makes
// up for. What a decision about them rests on is to be loaded.
func Offsettable(was Referral, f Facts, owed []Referral) (picked []Referral, err error) {
	release := NewRelease(was)
	for _, one := range owed {
		_, taken, err := release.offset(f, one)
		if err != nil {
			return nil, err
		}
		if taken {
			picked = append(picked, one)
		}
	}
	return picked, nil
}

// offsetAll lets the release make up for what the advocate owes, the oldest first. It returns the decisions about the
// referrals that were owed.
func (r *Release) offsetAll(f Facts, debts []Debt) (all []Decision, err error) {
	for _, debt := range debts {
		amount, taken, err := r.offset(f, debt.Owed)
		if err != nil {
			return nil, err
		}
		if !taken {
			continue
		}

		facts := debt.Facts
		facts.Settled = append(slices.Clone(facts.Settled), Settled{By: f.Friend, Amount: amount, At: r.At})
		decided, err := DecideAnew(debt.Owed, facts)
		if err != nil {
			return nil, err
		}
		all = append(all, Decision{Referral: decided, Rev: debt.Owed.FactsRev})
	}
	return all, nil
}

// offset lets the release make up for one owed referral: by an amount where both rewards are given in parts, else by
// one whole reward of the same offer. It is false where it cannot. Source: design section 5, owed.
func (r *Release) offset(f Facts, owed Referral) (amount money.Amount, taken bool, err error) {
	offer := f.Campaigns[r.Campaign].Terms.Advocate
	other := f.Campaigns[owed.Campaign].Terms.Advocate
	inParts := offer.InParts()
	if inParts != other.InParts() {
		return amount, false, nil
	}
	if whole := !inParts; whole && (r.Offsets > 0 || !offer.Same(other)) {
		return amount, false, nil
	}

	amount, err = r.Worth.Sub(r.Offset)
	if err != nil {
		return amount, false, err
	}
	if inParts {
		amount, err = least(amount, owed.Rewards[AdvocateSide].Owed)
		if err != nil || amount.IsZero() {
			return amount, false, err
		}
	}

	r.Offset, err = r.Offset.Add(amount)
	r.Offsets++
	return amount, true, err
}

// least is the lesser of two amounts.
func least(a, b money.Amount) (money.Amount, error) {
	more, err := a.AtLeast(b)
	if more {
		return b, err
	}
	return a, err
}
