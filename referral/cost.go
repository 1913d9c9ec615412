package referral

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/money"
)

// CostDays is over how many days of orders what new customers cost is watched.
const CostDays = 30

// Cost is what the new customers of a campaign have cost. Source: design section 6, Release: allowable cost per new customer.
type Cost struct {
	Customers int          // referrals that were approved
	Given     money.Amount // what the ledgers of these, and of the voided ones, sum to
}

// PerCustomer is what one new customer cost, rounded up; as long as there is none, all that was given.
func (c Cost) PerCustomer() money.Amount {
	return c.Given.NotBelowZero().Each(max(1, c.Customers))
}

// Cost is what a new customer costs by the terms on an order of the minimum: both sides' rewards. Percentages and shares cost more on
// larger orders; what counts for nothing (shipping is not known beforehand) costs nothing here.
func (t Terms) Cost() (money.Amount, error) {
	friend, err := t.friendCost()
	if err != nil {
		return friend, err
	}
	net, err := t.leastNet()
	if err != nil {
		return net, err
	}
	advocate, err := t.Advocate.Worth(net)
	if err != nil {
		return advocate, err
	}
	return friend.Add(advocate)
}

// friendCost is what the friend's side costs on an order of the minimum.
func (t Terms) friendCost() (money.Amount, error) {
	if t.Friend.Kind == PercentOff {
		return t.Minimum.Share(t.Friend.RateBP)
	}
	return t.Friend.Worth(t.Minimum)
}

// leastNet is what is left of an order of the minimum when the friend's code was taken off.
func (t Terms) leastNet() (money.Amount, error) {
	if t.Friend.AfterOrder || t.Friend.Kind == FreeShipping || t.Minimum.IsZero() {
		return t.Minimum, nil
	}
	off, err := t.friendCost()
	if err != nil {
		return off, err
	}
	net, err := t.Minimum.Sub(off)
	return net.NotBelowZero(), err
}

// exceeds tells whether a cost is more than is allowable.
func (l Limits) exceeds(cost money.Amount) (bool, error) {
	if l.AllowableCost.IsZero() {
		return false, nil
	}
	enough, err := l.AllowableCost.AtLeast(cost)
	return !enough && err == nil, err
}

// CostByTerms is what a new customer costs by the campaign's terms, and whether that is more than is allowable.
func (c Campaign) CostByTerms() (cost money.Amount, tooMuch bool, err error) {
	if cost, err = c.Terms.Cost(); err != nil {
		return cost, false, err
	}
	tooMuch, err = c.Limits.exceeds(cost)
	return cost, tooMuch, err
}

// CostsTooMuch tells whether new customers have really cost more than is allowable.
func (c Campaign) CostsTooMuch(cost Cost) (bool, error) {
	return c.Limits.exceeds(cost.PerCustomer())
}

// Cost is what the campaign's new customers have cost, in all its versions: those of the 30 days of orders before the version's hold, so
// that what is still held does not count as lost.
func (s *Service) Cost(ctx context.Context, c Campaign) (Cost, error) {
	until := s.now().Add(-time.Duration(c.Terms.HoldDays) * 24 * time.Hour)
	cost, err := s.store.CampaignCost(ctx, c.Shop, c.ID, until.Add(-CostDays*24*time.Hour), until)
	if err != nil {
		return Cost{}, fmt.Errorf("referral: campaign cost: %w", err)
	}
	return cost, nil
}

// watchCost raises the alarm while the live campaign's new customers cost more than is allowable. Nothing stops by it: that is the
// budget's to do.
func (s *Service) watchCost(ctx context.Context, c Campaign) error {
	if c.State != CampaignLive || c.Limits.AllowableCost.IsZero() {
		return nil
	}
	cost, err := s.Cost(ctx, c)
	if err != nil {
		return err
	}
	if more, err := c.Limits.exceeds(cost.PerCustomer()); err != nil || !more {
		return err
	}
	s.log.WarnContext(ctx, "new customers cost more than is allowable", "shop", c.Shop, "campaign_id", c.ID, "customers", cost.Customers,
		"per_customer", cost.PerCustomer(), "allowable", c.Limits.AllowableCost)
	return nil
}

// Numbers of the soft gate: how many claims lead to an order before enough were seen, and at least: claims that nobody means to use make
// orders look rare, and must not keep the gate open.
const (
	gateSample   = 50
	gateExpected = 20 // percent
	gateLeast    = 5  // percent
)

// Gate is how a month's budget is reckoned to end up. It is an estimate, and promises nothing; the release holds the budget itself.
type Gate struct {
	Budget   money.Amount // zero: there is none, and nothing is stopped
	Expected money.Amount // what the month is likely to settle
	Figures  Figures      // what that is reckoned from
	Percent  int          // how many of the open claims are taken to lead to an order
	Stopped  bool         // no new claims are taken
}

// Gate reckons whether the month's budget is used up by what is on its way: settled, pending, and open claims by how many of them lead to an
// order. Source: design section 6, Release.
func (s *Service) Gate(ctx context.Context, c Campaign) (Gate, error) {
	if c.Limits.Budget.IsZero() {
		return Gate{}, nil
	}
	shop, err := s.store.FindShop(ctx, c.Shop)
	if err != nil {
		return Gate{}, fmt.Errorf("referral: find shop: %w", err)
	}
	figures, err := s.store.CampaignFigures(ctx, c.Shop, c.ID, budgetMonth(shop, s.now()), s.now())
	if err != nil {
		return Gate{}, fmt.Errorf("referral: campaign figures: %w", err)
	}
	if figures.Settled.IsZero() { // nothing is kept of a month in which nothing was settled, not even its currency
		figures.Settled = money.Amount{Currency: c.Limits.Budget.Currency}
	}
	expected, err := figures.expected(c.Terms)
	if err != nil {
		return Gate{}, err
	}
	stopped, err := expected.AtLeast(c.Limits.Budget)
	return Gate{Budget: c.Limits.Budget, Expected: expected, Figures: figures, Percent: figures.percent(), Stopped: stopped}, err
}

// checkGate stops new claims before the month's budget is used up.
func (s *Service) checkGate(ctx context.Context, c Campaign) error {
	gate, err := s.Gate(ctx, c)
	if err != nil || !gate.Stopped {
		return err
	}
	s.log.WarnContext(ctx, "claims stopped before the budget is spent", "shop", c.Shop, "campaign_id", c.ID)
	return fault.New(fault.NotFound, "no_offer")
}

// percent is how many of the open claims are taken to lead to an order: as many as did, once enough were seen.
func (f Figures) percent() int {
	if f.Claims < gateSample {
		return gateExpected
	}
	return max(gateLeast, min(100, 100*f.Converted/f.Claims))
}

// expected is what the month is likely to settle: each pending referral and each expected conversion counts as the rewards that come
// after the order, a share of the order as one of the order's minimum at least.
func (f Figures) expected(t Terms) (money.Amount, error) {
	net, err := t.leastNet()
	if err != nil {
		return net, err
	}
	one, err := t.Advocate.Worth(net)
	if err == nil && t.Friend.AfterOrder {
		var friend money.Amount
		if friend, err = t.Friend.Worth(net); err == nil {
			one, err = one.Add(friend)
		}
	}
	if err != nil {
		return money.Amount{}, err
	}
	likely := int64(f.Pending) + (int64(f.Open)*int64(f.percent())+99)/100
	coming := money.Amount{Minor: one.Minor * likely, Currency: one.Currency}
	return f.Settled.Add(coming)
}
