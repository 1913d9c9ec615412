package referral

import (
	"twofold/money"
)

// Cost is what the new customers of a campaign have cost. Source: design section 6, Release: allowable cost per new
// customer.
type Cost struct {
	Customers int          // figures.Sums.Customers
	Given     money.Amount // figures.Sums.Cost
}

// PerCustomer is what one new customer cost, rounded up; as long as there is none, all that was given.
func (c Cost) PerCustomer() money.Amount {
	return c.Given.NotBelowZero().Each(max(1, c.Customers))
}

// Cost is what a new customer costs by the terms on an order of the minimum: both sides' rewards.
func (t Terms) Cost() (money.Amount, error) {
	friend, advocate, err := t.SideCosts()
	if err != nil {
		return money.Amount{}, err
	}
	return friend.Add(advocate)
}

// SideCosts is what each side's reward costs by the terms on an order of the minimum. Percentages and shares cost more on
// larger orders; what counts for nothing (shipping is not known beforehand) costs nothing here.
func (t Terms) SideCosts() (friend, advocate money.Amount, err error) {
	if friend, err = t.friendCost(); err != nil {
		return friend, advocate, err
	}
	net, err := t.leastNet()
	if err != nil {
		return friend, advocate, err
	}
	advocate, err = t.Advocate.Worth(net)
	return friend, advocate, err
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

// Exceeds tells whether a cost is more than is allowable.
func (l Limits) Exceeds(cost money.Amount) (bool, error) {
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
	tooMuch, err = c.Limits.Exceeds(cost)
	return cost, tooMuch, err
}

// CostsTooMuch tells whether new customers have really cost more than is allowable.
func (c Campaign) CostsTooMuch(cost Cost) (bool, error) {
	return c.Limits.Exceeds(cost.PerCustomer())
}

// Numbers of the soft gate: how many claims lead to an order before enough were seen, and at least: claims that nobody
// means to use make orders look rare, and must not keep the gate open.
const (
	gateSample   = 50
	gateExpected = 20 // percent
	gateLeast    = 5  // percent
)

// Percent is how many of the open claims are taken to lead to an order: as many as did, once enough were seen.
func (f Figures) Percent() int {
	if f.Claims < gateSample {
		return gateExpected
	}
	return max(gateLeast, min(100, 100*f.Converted/f.Claims))
}

// Expected is what the month is likely to settle: each pending referral and each expected conversion counts as the
// rewards that come after the order, a share of the order as one of the order's minimum at least.
func (f Figures) Expected(t Terms) (money.Amount, error) {
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
	likely := int64(f.Pending) + (int64(f.Open)*int64(f.Percent())+99)/100
	coming := money.Amount{Minor: one.Minor * likely, Currency: one.Currency}
	return f.Settled.Add(coming)
}
