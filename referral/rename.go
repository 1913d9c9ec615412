package referral

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A friend's record under another name: a pseudonym when the person was erased, the customer who stays when two were
// merged.

// Renamed is the referral under another friend's name: what is derived from the name follows it, and what it says
// stays.
func (r Referral) Renamed(to FriendID) Referral {
	was := r
	r.Friend = to
	rename := map[RewardID]RewardID{}
	for _, side := range Sides {
		rename[NewRewardID(was, side)] = NewRewardID(r, side)
	}

	r.Issues = slices.Clone(r.Issues)
	for i := range r.Issues {
		r.Issues[i].Reward = renamed(rename, r.Issues[i].Reward)
	}
	r.Rewards = Cloned(r.Rewards)
	for side, reward := range r.Rewards {
		reward.ID = renamed(rename, reward.ID)
		r.Rewards[side] = reward
	}
	r.Ledger, r.Lines = renamedEntries(rename, r.Ledger), renamedEntries(rename, r.Lines)
	return r
}

func renamed(names map[RewardID]RewardID, id RewardID) RewardID {
	if to, known := names[id]; known {
		return to
	}
	return id
}

// renamedEntries also renames the entries themselves, whose ids begin with their reward's.
func renamedEntries(names map[RewardID]RewardID, entries []Entry) []Entry {
	entries = slices.Clone(entries)
	for i, e := range entries {
		to := renamed(names, e.Reward)
		entries[i].ID = string(to) + strings.TrimPrefix(e.ID, string(e.Reward))
		entries[i].Reward = to
	}
	return entries
}

// MayJoin tells whether two referrals can become one friend's: at most one of them has let a reward leave. A friend is
// referred once, and what has left stays as it was booked.
func (r Referral) MayJoin(other Referral) bool {
	return (r.Release == nil && len(r.Issues) == 0) || (other.Release == nil && len(other.Issues) == 0)
}

// Joined is the referral with the facts of another that was renamed to it; what they lead to is for the next decision
// to say.
func (r Referral) Joined(other Referral) Referral {
	r.Newness, r.Asked = Cloned(r.Newness), Cloned(r.Asked)
	for id, n := range other.Newness {
		if have, known := r.Newness[id]; !known || have.Unknown {
			r.Newness[id] = n
		}
	}
	maps.Copy(r.Asked, other.Asked)

	if r.Release == nil {
		r.Release = other.Release
	}
	if other.HistoryAt.IsZero() {
		r.HistoryAt = other.HistoryAt
	}

	r.Flags = append(slices.Clone(r.Flags), other.Flags...)
	r.Refusals = append(slices.Clone(r.Refusals), other.Refusals...) // they name the other's rewards, which are tried once more
	r.Issues = append(slices.Clone(r.Issues), other.Issues...)
	r.Settled = append(slices.Clone(r.Settled), other.Settled...)
	r.Appeals = append(slices.Clone(r.Appeals), other.Appeals...)
	r.Acts = append(slices.Clone(r.Acts), other.Acts...)
	slices.SortStableFunc(r.Acts, func(a, b Act) int { return a.At.Compare(b.At) })

	r.Ledger = slices.Clone(r.Ledger)
	for _, e := range other.Ledger {
		r.Ledger = append(r.Ledger, r.numbered(e))
	}
	r.FactsRev = max(r.FactsRev, other.FactsRev)
	return r
}

// numbered gives an entry of another referral the next number of its kind.
func (r Referral) numbered(e Entry) Entry {
	line := e.ID[:strings.LastIndex(e.ID, "/")+1]
	n := 1
	for _, mine := range r.Ledger {
		if strings.HasPrefix(mine.ID, line) {
			n++
		}
	}
	e.ID = fmt.Sprintf("%s%d", line, n)
	return e
}
