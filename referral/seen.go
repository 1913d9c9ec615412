package referral

import (
	"slices"
	"time"
)

// What is kept of where a friend was seen: the first few times and the last few. Of an advocate the first are kept, and
// none is ever pushed out: looks from elsewhere would end a friend's hold.
const (
	firstSeen    = 4
	lastSeen     = 4
	advocateSeen = 40
	seenAgain    = 24 * time.Hour // what was seen so shortly before is not kept twice
)

// Seen adds one time that somebody was seen to those that are kept, unless the same is there of the day before.
func Seen(kept []Sighting, s Sighting) []Sighting {
	told := func(k Sighting) bool { return k.alike(s) && s.At.Sub(k.At).Abs() < seenAgain }
	if s.At.IsZero() || slices.ContainsFunc(kept, told) {
		return kept
	}

	all := append(slices.Clone(kept), s)
	slices.SortStableFunc(all, func(a, b Sighting) int { return a.At.Compare(b.At) })
	if len(all) > firstSeen+lastSeen {
		all = slices.Delete(all, firstSeen, firstSeen+1)
	}
	return all
}

// SeenToo are an advocate's sightings with one that TellsMore.
func (a Advocate) SeenToo(s Sighting) []Sighting {
	all := append(slices.Clone(a.Seen), s)
	slices.SortStableFunc(all, func(a, b Sighting) int { return a.At.Compare(b.At) })
	return all
}

// alike tells whether two sightings tell the same, but for the time.
func (s Sighting) alike(other Sighting) bool {
	same := func(a, b []string) bool { return overlap(a, b) || len(a)+len(b) == 0 }
	return s.Referrer == other.Referrer && same(s.Networks, other.Networks) && same(s.Agents, other.Agents) &&
		same(s.Typed, other.Typed)
}

// seenAs is where an advocate was seen who was two.
func seenAs(a, b []Sighting) []Sighting {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(a, b Sighting) int { return a.At.Compare(b.At) })
	return all[:min(len(all), 2*advocateSeen)]
}

// TellsMore tells whether a look of the advocate's at their page is worth a write: one a day at most, and only what is
// not kept yet.
func (a Advocate) TellsMore(s Sighting) bool {
	return !s.At.IsZero() && len(a.Seen) < advocateSeen && !slices.ContainsFunc(a.Seen, func(k Sighting) bool {
		return k.alike(s) || s.At.Sub(k.At).Abs() < seenAgain
	})
}

// marksFor is for how long networks and kinds of browsers are kept. Source: the product's issue on trust.
const marksFor = 30 * 24 * time.Hour

// MarksForgotten is up to when what was seen is forgotten at now: nothing while a referral waits that may rest on it, as to
// forget is no proof.
func MarksForgotten(now time.Time, waits bool) time.Time {
	if waits {
		return time.Time{}
	}
	return now.Add(-marksFor)
}

// hashed tells whether it has anything that is forgotten in time.
func (s Sighting) hashed() bool { return len(s.Networks)+len(s.Agents) > 0 }

// SeenForgetAt is when something of the sightings is to be forgotten, if nothing waits; zero: never.
func SeenForgetAt(seen []Sighting) time.Time {
	for _, s := range seen { // in time order
		if s.hashed() {
			return s.At.Add(marksFor)
		}
	}
	return time.Time{}
}

// ForgetSeen leaves networks and browsers out of what was seen up to an instant. When that was stays, and from which
// page somebody came: that the link was opened is told by the touches anyway.
func ForgetSeen(seen []Sighting, upTo time.Time) []Sighting {
	seen = slices.Clone(seen)
	for i, s := range seen {
		if !s.At.After(upTo) {
			seen[i].Networks, seen[i].Agents = nil, nil
		}
	}
	return seen
}

// ForgetAt is the same of an order's marks.
func (o Order) ForgetAt() time.Time {
	if len(o.Marks.Networks)+len(o.Marks.Agents) == 0 {
		return time.Time{}
	}
	return o.CreatedAt.Add(marksFor)
}
