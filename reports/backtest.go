package reports

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// Replays is what a back-test reads. Every method is about one shop.
type Replays interface {
	FindReferrals(ctx context.Context, shop tenant.ShopID, q referral.ListQuery) ([]referral.Referral, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	LoadFacts(ctx context.Context, r referral.Referral) (referral.Facts, error)
	FindAdvocates(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) ([]referral.Advocate, error)
}

// Backtests decides referrals of the past again under other terms. Nothing of it is written.
type Backtests struct{ store Replays }

// NewBacktests wires back-tests.
func NewBacktests(store Replays) *Backtests { return &Backtests{store} }

// BacktestDays is over how long a back-test looks.
const BacktestDays = 90

// BacktestQuery says what is replayed. All fields are required.
type BacktestQuery struct {
	Change func(referral.Terms) referral.Terms
	Since  time.Time // of the orders
	Limit  int       // how many referrals are looked at, the newest ones
}

// Course is what becomes of a referral before its hold is over.
type Course string

// The courses.
const (
	CourseThrough Course = "through" // when the hold is over the reward leaves
	CourseWaits   Course = "waits"   // for a fact: a payment, an answer
	CourseHeld    Course = "held"    // for the merchant's look
	CourseRefused Course = "refused" // no reward
	CourseNobody  Course = "nobody"  // nothing ties the order to anybody
)

// Courses are all of them, in the order in which they are shown.
var Courses = []Course{CourseThrough, CourseWaits, CourseHeld, CourseRefused, CourseNobody}

// CourseOf is the course of what was decided.
func CourseOf(v referral.Verdicted) Course {
	switch v.State {
	case referral.Pending:
		if v.Reason == referral.ReasonNone {
			return CourseThrough
		}
		return CourseWaits
	case referral.Flagged:
		return CourseHeld
	case referral.Voided:
		return CourseRefused
	}
	return CourseNobody
}

// Backtest is what a back-test comes to.
type Backtest struct {
	Looked    int
	More      bool // there are more referrals in that time
	As, Would map[Course]CourseSum
	Changed   []Change         // whose course, or advocate, is another; the newest first
	Advocates []AdvocateChange // whom these concern, who loses or gains most first
}

// CourseSum sums up referrals of one course: how many, and what the advocates' rewards count for.
type CourseSum struct {
	Count int
	Worth money.Amount
}

// Change is one referral with another course.
type Change struct {
	referral.Replayed

	Friend   referral.FriendID
	Is       referral.State // as it stands now, after the hold and what the merchant did
	Advocate referral.Advocate
}

// Order is the order that the referral rests on, as it is, else as it would be.
func (c Change) Order() (referral.OrderID, string) {
	if c.As.Order == "" {
		return c.Would.Order, c.Would.OrderName
	}
	return c.As.Order, c.As.OrderName
}

// Worth is what the advocate's reward counts for, as it is, else as it would be.
func (c Change) Worth() money.Amount {
	if c.As.Worth.IsZero() {
		return c.Would.Worth
	}
	return c.As.Worth
}

// AdvocateChange sums up what changes for an advocate.
type AdvocateChange struct {
	Advocate referral.Advocate
	Count    int
	Held     money.Amount // what went through and is held, waits or is refused
	Freed    money.Amount // what was held, or waited, or was refused, and goes through
}

// Run decides the newest referrals again, under the terms that were in force and under the changed ones. Nobody is named.
func (b *Backtests) Run(ctx context.Context, shop tenant.ShopID, q BacktestQuery) (Backtest, error) {
	found, more, err := b.find(ctx, shop, q)
	if err != nil {
		return Backtest{}, fmt.Errorf("reports: back-test: %w", err)
	}
	replayed, err := b.replay(ctx, shop, found, q)
	if err != nil {
		return Backtest{}, fmt.Errorf("reports: back-test: %w", err)
	}

	out := Backtest{Looked: len(found), More: more, As: map[Course]CourseSum{}, Would: map[Course]CourseSum{}}
	for i, r := range replayed {
		if err := add(out.As, r.As); err != nil {
			return Backtest{}, err
		}
		if err := add(out.Would, r.Would); err != nil {
			return Backtest{}, err
		}
		if CourseOf(r.As) != CourseOf(r.Would) || r.As.Advocate != r.Would.Advocate {
			out.Changed = append(out.Changed, Change{Replayed: r, Friend: found[i].Friend, Is: found[i].State})
		}
	}
	return out, b.addAdvocates(ctx, shop, &out)
}

// backtestPage is how many referrals are listed at a time.
const backtestPage = 500

// find lists the referrals that are looked at, the newest order first.
func (b *Backtests) find(
	ctx context.Context, shop tenant.ShopID, q BacktestQuery,
) (all []referral.Referral, more bool, err error) {
	list := referral.ListQuery{Limit: backtestPage}
	for {
		page, err := b.store.FindReferrals(ctx, shop, list)
		if err != nil || len(page) == 0 {
			return all, false, err
		}
		for _, r := range page {
			if r.At.Before(q.Since) {
				return all, false, nil
			}
			if len(all) == q.Limit {
				return all, true, nil
			}
			all = append(all, r)
		}
		list.From = referral.PlaceOf(page[len(page)-1])
	}
}

// replaysAtOnce is how many referrals are read side by side.
const replaysAtOnce = 4

// replay decides each of them twice. Whoever was erased, or became another's, meanwhile is left as nobody's.
func (b *Backtests) replay(
	ctx context.Context, shop tenant.ShopID, all []referral.Referral, q BacktestQuery,
) ([]referral.Replayed, error) {
	out := make([]referral.Replayed, len(all))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(replaysAtOnce)

	for i, one := range all {
		work.Go(func() error {
			r, err := b.store.FindReferral(ctx, shop, one.Friend)
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			if err != nil {
				return err
			}

			r.Record = r.BeforeRelease()
			facts, err := b.store.LoadFacts(ctx, r)
			if err != nil {
				return err
			}
			out[i], err = referral.Replay(facts, q.Change)
			return err
		})
	}

	return out, work.Wait()
}

func add(sums map[Course]CourseSum, v referral.Verdicted) (err error) {
	course := CourseOf(v)
	sum := sums[course]
	sum.Count++
	sum.Worth, err = plus(sum.Worth, v.Worth)
	sums[course] = sum
	return err
}

// plus adds amounts, of which either may be of nothing yet.
func plus(a, b money.Amount) (money.Amount, error) {
	if a.IsZero() {
		return b, nil
	}
	if b.IsZero() {
		return a, nil
	}
	return a.Add(b)
}

// addAdvocates names whom the changes concern, and sums up what they mean for each.
func (b *Backtests) addAdvocates(ctx context.Context, shop tenant.ShopID, out *Backtest) error {
	var ids []referral.AdvocateID
	for _, c := range out.Changed {
		ids = append(ids, advocateOf(c.Replayed))
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := b.store.FindAdvocates(ctx, shop, ids)
	if err != nil {
		return fmt.Errorf("reports: back-test: %w", err)
	}
	known := map[referral.AdvocateID]referral.Advocate{}
	for _, a := range found {
		known[a.ID] = a
	}

	sums := map[referral.AdvocateID]*AdvocateChange{}
	for i, c := range out.Changed {
		id := advocateOf(c.Replayed)
		out.Changed[i].Advocate = known[id]
		if sums[id] == nil {
			sums[id] = &AdvocateChange{Advocate: known[id]}
		}
		if err := sums[id].note(c.Replayed); err != nil {
			return err
		}
	}
	for _, sum := range sums {
		out.Advocates = append(out.Advocates, *sum)
	}
	slices.SortFunc(out.Advocates, func(a, b AdvocateChange) int {
		return cmp.Or(cmp.Compare(b.Held.Minor+b.Freed.Minor, a.Held.Minor+a.Freed.Minor), cmp.Compare(b.Count, a.Count),
			cmp.Compare(a.Advocate.ID, b.Advocate.ID))
	})
	return nil
}

// advocateOf is whose reward the change is about.
func advocateOf(r referral.Replayed) referral.AdvocateID {
	return cmp.Or(r.As.Advocate, r.Would.Advocate)
}

func (c *AdvocateChange) note(r referral.Replayed) (err error) {
	c.Count++
	switch through := CourseOf(r.Would) == CourseThrough; {
	case CourseOf(r.As) == CourseThrough && !through:
		c.Held, err = plus(c.Held, r.As.Worth)
	case CourseOf(r.As) != CourseThrough && through:
		c.Freed, err = plus(c.Freed, r.Would.Worth)
	}
	return err
}
