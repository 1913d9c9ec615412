package figures

import (
	"slices"
	"strings"

	"twofold/money"
	"twofold/referral"
)

// Where referrals stand is counted over all days, whatever became of their orders: an advocate's, so that a page about an
// advocate with a hundred thousand friends reads one document, and a shop's, so that a list of a million reads one.

// The counters of where an advocate's referrals stand. The first three are kept by state.
const (
	friends     Counter = "friends"           // referrals
	rewards     Counter = "rewards"           // the advocate's rewards
	worth       Counter = "worth"             // what these count for
	owes        Counter = "owes"              // what is owed of them
	owesCount   Counter = "owes_count"        // how many that are
	booked      Counter = "booked"            // what the ledger's entries for the advocate sum up to
	booksGiven  Counter = "books_given"       // of that, what gives a reward
	booksGivenN Counter = "books_given_count" // how many entries give one
)

// The counters of where a shop's referrals stand: those that are in lists, by state, and those of which something is
// owed.
const (
	listed Counter = "listed"
	owing  Counter = "owing"
)

// ListedKey is of where all of a shop's referrals stand.
var ListedKey = Key{Day: Ever}

// in is the counter of what is in a state.
func (c Counter) in(state string) Counter { return c + ":" + Counter(state) }

// standing counts where the referral stands among the advocate's.
func (c *count) standing() {
	if c.r.Advocate == "" {
		return
	}

	reward := c.r.Rewards[referral.AdvocateSide]
	currency := reward.Amount.Currency
	c.stand(currency, friends.in(string(c.r.State)), 1)
	if reward.State != "" {
		c.stand(currency, rewards.in(string(reward.State)), 1)
		c.stand(currency, worth.in(string(reward.State)), reward.Amount.Minor)
	}
	c.stand(reward.Owed.Currency, owes, reward.Owed.Minor)
	c.stand(reward.Owed.Currency, owesCount, int64(reward.OwedUnits))

	for _, entry := range c.r.Ledger {
		if entry.Side != referral.AdvocateSide {
			continue
		}
		c.stand(entry.Amount.Currency, booked, entry.Amount.Minor)
		if entry.Kind == referral.EntryIssued {
			c.stand(entry.Amount.Currency, booksGiven, entry.Amount.Minor)
			c.stand(entry.Amount.Currency, booksGivenN, 1)
		}
	}
}

// stand counts n among where the advocate's referrals stand.
func (c *count) stand(currency string, counter Counter, n int64) {
	if n != 0 {
		into(c.parts, Key{Day: Ever, Advocate: c.r.Advocate, Currency: currency}, Sums{counter: n}, 1)
	}
}

// listed counts where the referral stands in the shop's lists.
func (c *count) listed() {
	if !slices.Contains(referral.Listed, c.r.State) {
		return
	}

	into(c.parts, ListedKey, Sums{listed.in(string(c.r.State)): 1}, 1)
	if c.r.Rewards[referral.AdvocateSide].State == referral.RewardOwed {
		into(c.parts, ListedKey, Sums{owing: 1}, 1)
	}
}

// StateCounts is how many referrals stand where, by the sums of ListedKey.
func StateCounts(sums Sums) referral.StateCounts {
	counts := referral.StateCounts{States: map[referral.State]int{}, Owed: int(sums[owing])}
	for _, state := range referral.Listed {
		if n := sums[listed.in(string(state))]; n > 0 {
			counts.States[state] = int(n)
		}
	}
	return counts
}

// Standing is where the referrals of one advocate stand, by the sums that are kept of them.
func Standing(parts []Part) referral.AdvocateFigures {
	f := referral.AdvocateFigures{
		ByState: map[referral.State]int{}, Rewards: map[referral.RewardState]int{},
		Worth: map[referral.RewardState]money.Amount{},
	}
	for _, p := range parts {
		for counter, n := range p.Sums {
			addStanding(&f, counter, money.Amount{Minor: n, Currency: p.Currency})
		}
	}
	return f
}

// StandingOf is the same from scratch.
func StandingOf(all []referral.Referral) referral.AdvocateFigures {
	c := count{parts: map[Key]Sums{}}
	for _, r := range all {
		if c.r = r; !r.Friend.Test() {
			c.standing()
		}
	}
	return Standing(c.list())
}

// addStanding adds one sum, as a count or as an amount. All of a shop's amounts are in one currency.
func addStanding(f *referral.AdvocateFigures, counter Counter, sum money.Amount) {
	n := int(sum.Minor)
	add := func(to money.Amount) money.Amount {
		return money.Amount{Minor: to.Minor + sum.Minor, Currency: max(to.Currency, sum.Currency)}
	}

	kind, state, _ := strings.Cut(string(counter), ":")
	switch Counter(kind) {
	case friends:
		f.Friends += n
		f.ByState[referral.State(state)] += n
	case rewards:
		f.Rewards[referral.RewardState(state)] += n
	case worth:
		f.Worth[referral.RewardState(state)] = add(f.Worth[referral.RewardState(state)])
	case owes:
		f.Owed = add(f.Owed)
	case owesCount:
		f.OwedRewards += n
	case booked:
		f.Ledger = add(f.Ledger)
	case booksGiven:
		f.IssuedWorth = add(f.IssuedWorth)
	case booksGivenN:
		f.Issued += n
	}
}
