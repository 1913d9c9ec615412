package figures

import (
	"math/bits"

	"twofold/money"
)

// Period is what some days together come to, in the shop's currency. Each figure on Home is one method of it.
type Period struct {
	Sums     Sums
	Currency string
}

func (p Period) amount(counter Counter) money.Amount {
	return money.Amount{Minor: p.Sums[counter], Currency: p.Currency}
}

// Revenue is the net of all credited orders: what they are worth now, after discounts and refunds.
func (p Period) Revenue() money.Amount { return p.amount(Revenue) }

// Orders is how many orders are credited: their referral is pending, flagged or approved.
func (p Period) Orders() int { return int(p.Sums.Orders()) }

// Customers is how many new customers these are: credited orders without the flagged ones.
func (p Period) Customers() int { return int(p.Sums.Customers()) }

// Cost is all that the offer cost: friend discounts on credited orders, rewards issued and on hold, rewards used for
// nothing, and friend discounts without a referral.
func (p Period) Cost() money.Amount { return money.Amount{Minor: p.Sums.Cost(), Currency: p.Currency} }

// FriendOff is what friends' codes took off credited orders.
func (p Period) FriendOff() money.Amount { return p.amount(FriendOff) }

// Issued is what the rewards of credited orders come to that exist in Shopify now.
func (p Period) Issued() money.Amount { return p.amount(Issued) }

// Redeemed is what of the issued was used.
func (p Period) Redeemed() money.Amount { return p.amount(Redeemed) }

// OnHold is what the rewards of credited orders come to that are still to be issued if the orders stay.
func (p Period) OnHold() money.Amount { return p.amount(OnHold) }

// Lost is what was used of rewards whose orders were undone, as far as no later reward made up for it.
func (p Period) Lost() money.Amount { return p.amount(Lost) }

// Uncredited is what friends' codes took off orders that credit nobody.
func (p Period) Uncredited() money.Amount { return p.amount(Uncredited) }

// Owed is what advocates owe now.
func (p Period) Owed() money.Amount { return p.amount(Owed) }

// Count is a count.
func (p Period) Count(counter Counter) int { return int(p.Sums[counter]) }

// PerCustomer is cost divided by new customers, rounded up to the smallest unit. False: there is no new customer.
func (p Period) PerCustomer() (money.Amount, bool) {
	if p.Customers() == 0 {
		return money.Amount{}, false
	}
	return p.Cost().Each(p.Customers()), true
}

// Return is what each unit of cost brought: revenue divided by cost, rounded, for so much cost as Base says. False:
// nothing was spent.
func (p Period) Return() (money.Amount, bool) {
	cost, revenue := p.Sums.Cost(), p.Sums[Revenue]
	if cost <= 0 || revenue < 0 {
		return money.Amount{}, false
	}

	high, low := bits.Mul64(uint64(revenue), uint64(p.Base().Minor))
	low, carry := bits.Add64(low, uint64(cost/2), 0)
	if high += carry; high >= uint64(cost) {
		return money.Amount{}, false // more than can be written
	}
	brought, _ := bits.Div64(high, low, uint64(cost))
	return money.Amount{Minor: int64(brought), Currency: p.Currency}, true
}

// Base is the cost that Return is told for: one unit of the currency, 100 of one that has no smaller ones.
func (p Period) Base() money.Amount {
	digits, err := money.Digits(p.Currency)
	if err != nil || digits == 0 {
		digits = 2
	}
	base := int64(1)
	for range digits {
		base *= 10
	}
	return money.Amount{Minor: base, Currency: p.Currency}
}

// Change is how much more a figure is than before, in basis points of that, rounded. False: there was nothing before.
func Change(now, before int64) (bp int64, known bool) {
	if before <= 0 || now < 0 || now > 1<<48 {
		return 0, false
	}
	return (now-before)*10_000/before + roundedUp((now-before)*10_000%before, before), true
}

// roundedUp is what a rest of a division adds to the result when that is rounded half away from zero.
func roundedUp(rest, by int64) int64 {
	switch {
	case 2*rest >= by:
		return 1
	case 2*rest <= -by:
		return -1
	}
	return 0
}
