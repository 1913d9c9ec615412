// Package figures says what each referral counts for in the figures that a merchant sees, and keeps their sums by the
// day on which the friend ordered, in the shop's time zone and currency, without test orders. A decision does not pay
// for them: Fold compares what a referral counts for with what it was last counted as, and adds the difference.
//
// Begin with Of, which is pure: the figures are the sums of it over all referrals, whatever happened in between. How
// they are shown is left to package reports.
package figures

import (
	"slices"
	"time"

	"twofold/money"
	"twofold/referral"
)

// Counter names one count, or one sum of money in minor units.
type Counter string

// The counters. A credited order is one whose referral is pending, flagged or approved.
const (
	Pending  Counter = "pending" // credited orders, by the state of their referral
	Flagged  Counter = "flagged"
	Approved Counter = "approved"
	Revenue  Counter = "revenue" // net of the credited orders: what they are worth now

	FriendOff   Counter = "friend_off"   // what friends' codes took off credited orders
	FriendCodes Counter = "friend_codes" // credited orders that they took something off

	Issued        Counter = "issued"        // rewards of credited orders that exist in Shopify, or made up for what was owed
	IssuedCount   Counter = "issued_count"  // of that, how many are advocates'
	OnHold        Counter = "on_hold"       // rewards of credited orders that are still to be issued, flagged ones left out
	OnHoldCount   Counter = "on_hold_count" // of that, how many are advocates'
	Redeemed      Counter = "redeemed"      // of the issued what was used
	RedeemedCount Counter = "redeemed_count"

	Lost      Counter = "lost" // rewards that were used though they were not due, as far as no later one has made up for them
	LostCount Counter = "lost_count"
	Owed      Counter = "owed" // of the lost what is still owed; the rest was forgiven
	OwedCount Counter = "owed_count"

	Uncredited       Counter = "uncredited"        // what friends' codes took off orders that credit nobody
	UncreditedOrders Counter = "uncredited_orders" // how many these are
	Nobodys          Counter = "nobodys"           // orders that would credit an advocate, and show no customer
)

// UncreditedFor is the part of Uncredited that has a reason.
func UncreditedFor(why referral.Reason) Counter { return Uncredited + ":" + Counter(why) }

// UncreditedOrdersFor is the part of UncreditedOrders that has a reason.
func UncreditedOrdersFor(why referral.Reason) Counter { return UncreditedOrders + ":" + Counter(why) }

// Sums are counts and sums; one that is missing is 0.
type Sums map[Counter]int64

// Orders is how many orders are credited.
func (s Sums) Orders() int64 { return s[Pending] + s[Flagged] + s[Approved] }

// Customers is how many new customers they are: flagged ones do not count until somebody has looked.
func (s Sums) Customers() int64 { return s[Pending] + s[Approved] }

// Cost is all that the offer cost: friends' discounts, rewards given and on hold, and what was given for nothing.
func (s Sums) Cost() int64 { return s[FriendOff] + s[Issued] + s[OnHold] + s[Lost] + s[Uncredited] }

// Add adds other sums, times a factor, to these. What comes to 0 is left out.
func (s Sums) Add(other Sums, times int64) {
	for counter, n := range other {
		if s[counter] += n * times; s[counter] == 0 {
			delete(s, counter)
		}
	}
}

// Ever is the day of the sums over all days, of where an advocate's referrals stand, and, without an advocate and a
// campaign, of where all of the shop's do. It sorts behind every date.
const Ever = "ever"

// Key names what is summed up together.
type Key struct {
	Day      string // in the shop's time zone: "2026-11-20"; or Ever, or SpanOf
	Campaign referral.CampaignID
	Advocate referral.AdvocateID // whom a credited order credits, else ""
	Currency string
}

// Part is what a referral counts for under one key.
type Part struct {
	Key
	Sums Sums
}

// credited are the states of a referral whose order counts.
var credited = []referral.State{referral.Pending, referral.Flagged, referral.Approved}

// Of is what a referral counts for at now, and until when, if nothing is decided about it: until the first code of its
// rewards ends unused. Zero: for good. A referral has more than one part if several orders of the friend's carry codes.
func Of(r referral.Referral, zone *time.Location, now time.Time) (parts []Part, until time.Time) {
	if r.Friend.Test() {
		return nil, time.Time{}
	}

	c := count{r: r, zone: zone, now: now, parts: map[Key]Sums{}}
	c.orders()
	c.rewards()
	c.debts()
	c.standing()
	c.listed()
	return c.list(), c.until
}

// count is one referral as it is being counted.
type count struct {
	r     referral.Referral
	zone  *time.Location
	now   time.Time
	until time.Time
	parts map[Key]Sums
}

// credits tells whether the referral's order is credited.
func (c *count) credits() bool { return slices.Contains(credited, c.r.State) }

// add counts n under a day and a currency, and the advocate if there is one to credit.
func (c *count) add(at time.Time, currency string, by referral.AdvocateID, counter Counter, n int64) {
	key := Key{Day: dayOf(at, c.zone), Campaign: c.r.Campaign.ID, Advocate: by, Currency: currency}
	if n != 0 {
		into(c.parts, key, Sums{counter: n}, 1)
	}
}

// addCredited counts n on the day of the credited order.
func (c *count) addCredited(currency string, counter Counter, n int64) {
	c.add(c.r.At, currency, c.r.Advocate, counter, n)
}

// orders counts the friend's orders: the credited one, and what codes took off others.
func (c *count) orders() {
	for _, o := range c.r.Explained.Orders {
		took := c.took(o)
		if o.Order == c.r.Order && c.credits() {
			c.credit(o, took)
			continue
		}

		why := o.Reason
		if o.Order == c.r.Order {
			why = c.r.Reason
		}
		c.uncredited(o, took, why)
	}
}

// credit counts the credited order.
func (c *count) credit(o referral.Weighed, took money.Amount) {
	currency := o.Net.Currency
	c.addCredited(currency, Counter(c.r.State), 1)
	c.addCredited(currency, Revenue, o.Net.Minor)
	if took.Minor > 0 {
		c.addCredited(currency, FriendOff, took.Minor)
		c.addCredited(currency, FriendCodes, 1)
	}
}

// uncredited counts what codes took off an order that credits nobody.
func (c *count) uncredited(o referral.Weighed, took money.Amount, why referral.Reason) {
	add := func(counter Counter, n int64) { c.add(o.At, o.Net.Currency, "", counter, n) }

	if c.r.Friend.Order() != "" && why == referral.ReasonNoIdentity {
		add(Nobodys, 1)
	}
	if took.Minor > 0 {
		add(Uncredited, took.Minor)
		add(UncreditedOrders, 1)
		add(UncreditedFor(why), took.Minor)
		add(UncreditedOrdersFor(why), 1)
	}
}

// took is what friends' codes took off an order. What was decided before that was noted by order has it all together:
// it goes with the order that the referral rests on.
func (c *count) took(o referral.Weighed) money.Amount {
	if c.notedByOrder() || o.Order != c.r.Order {
		return o.Took
	}

	reward := c.r.Rewards[referral.FriendSide]
	if reward.State != referral.RewardRedeemed || c.afterOrder() {
		return o.Took
	}
	return reward.Amount
}

// notedByOrder tells whether any order says what was taken off it.
func (c *count) notedByOrder() bool {
	return slices.ContainsFunc(c.r.Explained.Orders, func(o referral.Weighed) bool { return !o.Took.IsZero() })
}

// afterOrder tells whether the friend has a reward that comes after the order: one that is issued as an advocate's is.
func (c *count) afterOrder() bool {
	switch c.r.Rewards[referral.FriendSide].State {
	case referral.RewardPending, referral.RewardApproved:
		return true
	}
	return slices.ContainsFunc(c.r.Issues, func(i referral.Issue) bool { return i.Side == referral.FriendSide })
}

// rewards counts what is issued for the credited order after it, or still to be.
func (c *count) rewards() {
	if !c.credits() {
		return
	}

	c.reward(c.r.Rewards[referral.AdvocateSide])
	if c.afterOrder() {
		c.reward(c.r.Rewards[referral.FriendSide])
	}
}

// reward counts one of them. What one was offset by was given as well: it made up for what is owed elsewhere.
func (c *count) reward(reward referral.Reward) {
	switch reward.StateAt(c.now) {
	case referral.RewardPending:
		if c.r.State != referral.Flagged {
			c.given(reward, OnHold, OnHoldCount, reward.Amount.Minor)
		}
	case referral.RewardApproved: // of one that is given in parts, some may have been given
		c.given(reward, OnHold, OnHoldCount, reward.Due.Minor)
		c.addCredited(reward.Amount.Currency, Issued, max(0, reward.Amount.Minor-reward.Due.Minor))
	case referral.RewardIssued:
		c.given(reward, Issued, IssuedCount, reward.Amount.Minor)
		if ends := reward.EndsAt; !ends.IsZero() && (c.until.IsZero() || ends.Before(c.until)) {
			c.until = ends
		}

	case referral.RewardRedeemed, referral.RewardOwed, referral.RewardSettled, referral.RewardForgiven:
		c.used(reward)
	case referral.RewardVoided:
		if reward.Reason == referral.ReasonOffset {
			c.used(reward)
		}
	}
}

// used counts a reward that was had.
func (c *count) used(reward referral.Reward) {
	c.given(reward, Issued, IssuedCount, reward.Amount.Minor)
	c.given(reward, Redeemed, RedeemedCount, reward.Amount.Minor)
}

// given counts a reward's amount, and an advocate's as one.
func (c *count) given(reward referral.Reward, amount, number Counter, minor int64) {
	c.addCredited(reward.Amount.Currency, amount, minor)
	if reward.Side == referral.AdvocateSide {
		c.addCredited(reward.Amount.Currency, number, 1)
	}
}

// debts counts what was used and not due, on the day of the order that it was given for: what later rewards have made
// up for counts there.
func (c *count) debts() {
	reward := c.r.Rewards[referral.AdvocateSide]
	add := func(counter Counter, n int64) { c.add(c.r.At, reward.Amount.Currency, "", counter, n) }

	var lost int64
	if reward.State == referral.RewardOwed && reward.OwedUnits > 0 {
		add(Owed, reward.Owed.Minor)
		add(OwedCount, 1)
		lost = reward.Owed.Minor
	}
	for _, line := range c.r.Lines {
		if line.Side == referral.AdvocateSide && line.Kind == referral.EntryForgiven {
			lost += line.Amount.Minor
		}
	}

	if lost > 0 {
		add(Lost, lost)
		add(LostCount, 1)
	}
}

// list are the parts in the order of their keys.
func (c *count) list() []Part { return parts(c.parts) }
