package seed

import (
	"slices"
	"time"

	"twofold/money"
	"twofold/referral"
)

// claimedBefore is how long before the order the latest claim was made.
const claimedBefore = 10 * day

// rejectedAfter is how long after the order a flagged one is rejected.
const rejectedAfter = day

// story is one friend: the facts, and what is still to happen.
type story struct {
	facts referral.Facts
	code  string         // of the advocate's reward
	spent referral.Order // on which it is used; the zero value: it is not

	refunded time.Time
	rejects  bool
}

// Of a thousand friends, how many end so; all others go well.
const (
	notNew    = 80
	tooLittle = 40
	refunds   = 60
	owes      = 5
	flags     = 30
)

// story tells of the friend whose order is at a place.
func (g *garden) story(a referral.Advocate, place int) story {
	mark, at := g.mark(place), g.at(place)
	customer := customer(mark)
	claimed := at.Add(-time.Duration(1 + g.random.Int64N(int64(claimedBefore)))).Truncate(time.Millisecond)
	claim := referral.Claim{
		Shop: a.Shop, ID: referral.ClaimID("clm_seed" + mark),
		Campaign: g.campaign.ID, Version: g.campaign.Version, Customer: customer, SignedAt: claimed,
		Keys: []string{referral.CustomerKey(customer)}, Code: "F" + mark,
		Touches:   []referral.Touch{{Advocate: a.ID, Version: g.campaign.Version, At: claimed}},
		ClaimedAt: claimed, ExpiresAt: claimed.Add(30 * day), CountsUntil: claimed.Add(referral.CountsFor),
	}

	chance := g.random.IntN(1000)
	is := func(many int) bool { // asked in turns
		chance -= many
		return chance < 0
	}
	s, spends := story{code: "R" + mark}, g.random.IntN(2) == 0
	cents, prior := int64(4500+g.random.IntN(18000)), 0
	switch {
	case is(notNew):
		prior = 1 + g.random.IntN(9)
	case is(tooLittle):
		cents = 900 + int64(g.random.IntN(900))
	case is(refunds):
		s.refunded = at.Add(time.Duration(1+g.random.IntN(12)) * day)
		spends = false
	case is(owes):
		spends, s.refunded = true, at.Add(50*day)
	case is(flags):
		claim.Browsers = a.Browsers
		s.rejects = g.now.Sub(at) > 60*day
	}
	if spends {
		s.spent = g.order(a.Customer, s.code, place, 6000, 1)
		s.spent.ID, s.spent.Name = orderID(mark+"2"), orderName(2, place)
	}

	s.facts = referral.Facts{
		Shop: a.Shop, Friend: referral.FriendOf(customer, false), Record: referral.Record{HistoryAt: at},
		Orders: []referral.Order{g.order(customer, claim.Code, place, cents, prior)}, Claims: []referral.Claim{claim},
		Advocates: map[referral.AdvocateID]referral.Advocate{a.ID: a},
		Campaigns: map[referral.CampaignKey]referral.Campaign{g.campaign.Key(): g.campaign},
	}
	return s
}

func orderID(number string) referral.OrderID {
	return referral.OrderID("gid://shopify/Order/" + number)
}

// order is what the friend bought with the code.
func (g *garden) order(customer referral.CustomerID, code string, place int, cents int64, prior int) referral.Order {
	at, currency := g.at(place), g.shop.Profile.Currency
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: currency} }
	off := g.campaign.Terms.Friend.Amount
	if off.IsZero() {
		off = amount(cents / 10)
	}

	paid := amount(cents)
	return referral.Order{
		Shop: g.shop.ID, ID: orderID(g.mark(place) + "1"), Name: orderName(1, place),
		Source: "web", Customer: customer,
		CreatedAt: at, ProcessedAt: at, UpdatedAt: at, ReadAt: at.Add(time.Second),
		Status: referral.StatusPaid, Currency: currency, Subtotal: paid, CurrentSubtotal: paid, Received: paid,
		Discounted: off, Refunded: amount(0), Outstanding: amount(0), GiftCards: amount(0),
		Itemized: true, TookOff: []referral.TookOff{{Code: code, Amount: off, Left: off}}, Codes: []string{code},
		Journey:      referral.Journey{Ready: true, Index: prior + 1},
		Transactions: []referral.Transaction{{Kind: "SALE", Status: "SUCCESS", At: at, Amount: paid}},
	}
}

// decided is the friend's referral at now: what happened is told to the rules step by step, as it would have been.
func (s *story) decided(now time.Time) (r referral.Referral, err error) {
	r = referral.Referral{Shop: s.facts.Shop, Friend: s.facts.Friend, FactsRev: 1}
	decide := func() {
		if err == nil {
			r, err = r.Decided(s.facts)
			s.facts.Record = r.Record
		}
	}

	order := &s.facts.Orders[0]
	early := !s.refunded.IsZero() && s.refunded.Sub(order.ProcessedAt) < 14*day
	if early {
		s.refund(now)
	}
	decide()
	if s.rejects && r.State == referral.Flagged {
		act := referral.Act{Kind: referral.ActReject, At: r.At.Add(rejectedAfter), Order: r.Order}
		s.facts.Acts = append(s.facts.Acts, act)
		decide()
	}

	if slices.Contains(r.Work, referral.WorkRelease) && !r.ReleaseAt.IsZero() && r.ReleaseAt.Before(now) {
		s.facts.Release = referral.NewRelease(r)
		decide()
		s.issue(r)
		s.spend(r, now)
		decide()
	}
	if !early && s.refund(now) {
		decide()
	}
	return r, err
}

// issue gives the advocate the reward on the day on which the hold ended.
func (s *story) issue(r referral.Referral) {
	reward := r.Rewards[referral.AdvocateSide]
	if reward.State != referral.RewardApproved {
		return
	}
	issue := referral.Issue{
		Side: referral.AdvocateSide, Reward: reward.ID, Campaign: reward.Campaign, Code: s.code, Amount: reward.Due,
		At: r.Release.At, EndsAt: r.Release.At.Add(180 * day),
	}
	referral.AddIssue(r, &s.facts, issue, r.Holder(referral.AdvocateSide))
}

// spend has the advocate use the code three weeks later, if that has been.
func (s *story) spend(r referral.Referral, now time.Time) {
	at := r.Release.At.Add(21 * day)
	if s.spent.ID == "" || len(s.facts.Issues) == 0 || at.After(now) {
		return
	}
	o := s.spent
	o.CreatedAt, o.ProcessedAt, o.UpdatedAt, o.ReadAt, o.Transactions[0].At = at, at, at, at, at
	s.facts.Spent = []referral.Order{o}
}

// refund gives the friend's money back, and tells whether that has been.
func (s *story) refund(now time.Time) bool {
	o := &s.facts.Orders[0]
	if s.refunded.IsZero() || s.refunded.After(now) {
		return false
	}
	o.Status, o.Refunded, o.UpdatedAt = referral.StatusRefunded, o.Received, s.refunded
	o.CurrentSubtotal.Minor, o.TookOff[0].Left.Minor = 0, 0
	o.Refunds = []referral.Refund{{ID: "r1", At: s.refunded, Total: o.Received}}
	return true
}
