package referral

import (
	"slices"
	"time"
)

// What is kept of where a friend or an advocate was seen: the first few times and the last few.
const (
	firstSeen = 4
	lastSeen  = 4
	seenAgain = 24 * time.Hour // what was seen so shortly before is not kept twice
)

// Seen adds one time that somebody was seen to those that are kept, unless the same is there of the day before.
func Seen(kept []Sighting, s Sighting) []Sighting {
	if s.At.IsZero() || slices.ContainsFunc(kept, func(k Sighting) bool { return k.alike(s) && s.At.Sub(k.At).Abs() < seenAgain }) {
		return kept
	}

	all := append(slices.Clone(kept), s)
	slices.SortStableFunc(all, func(a, b Sighting) int { return a.At.Compare(b.At) })
	if len(all) > firstSeen+lastSeen {
		all = slices.Delete(all, firstSeen, firstSeen+1)
	}
	return all
}

// alike tells whether two sightings tell the same, but for the time.
func (s Sighting) alike(other Sighting) bool {
	same := func(a, b []string) bool { return overlap(a, b) || len(a)+len(b) == 0 }
	return same(s.Networks, other.Networks) && same(s.Agents, other.Agents) && s.Referrer == other.Referrer && same(s.Typed, other.Typed)
}

// seenAs is where somebody was seen who was two.
func seenAs(a, b []Sighting) []Sighting {
	for _, s := range b {
		a = Seen(a, s)
	}
	return a
}

// TellsMore tells whether a look of the advocate's at their page is worth a write: one a day at most, and only what is
// not kept yet.
func (a Advocate) TellsMore(s Sighting) bool {
	return !s.At.IsZero() && !slices.ContainsFunc(a.Seen, func(k Sighting) bool {
		return k.alike(s) || s.At.Sub(k.At).Abs() < seenAgain
	})
}
