package referral

import (
	"cmp"
	"slices"
	"time"

	"twofold/trust"
)

// Neighbour is what the decisions about others see of a friend: what the friend bought by whose links, and where and by
// what the friend was seen. It follows from the friend's own facts, and never from what is thought of anybody: so it
// cannot matter about whom was decided first. Of a person who was erased there is nothing.
type Neighbour struct {
	Friend CustomerID // "" in one that is empty
	Traces []Trace    // in business time
	Seen   []Sighting // in time order, at most maxSeen
}

// Trace is an order that something ties to an advocate.
type Trace struct {
	Order       OrderID
	Name        string
	Advocate    AdvocateID
	At          time.Time // business time
	By          trust.Tie
	From        Source
	Cards       []string // keyed hashes, under every key in use
	Marks       Marks
	GiftCardsBP int       // share of gift cards in what was bought, in basis points
	SpentAt     time.Time // when the advocate's reward for it was spent; zero: it was not
	GivenBackAt time.Time // when it was cancelled, or refunded in full; zero: it was not
}

// maxSeen bounds how much of where a friend was seen others are shown: the first requests tell how somebody came.
const maxSeen = 20

// Advocates are those to whom the friend's orders are tied, each once and sorted.
func (n Neighbour) Advocates() []AdvocateID {
	var all []AdvocateID
	for _, t := range n.Traces {
		all = append(all, t.Advocate)
	}
	return each(all)
}

// At is when the first of the orders was placed; zero where there is none.
func (n Neighbour) At() (first time.Time) {
	for _, t := range n.Traces {
		if first.IsZero() || t.At.Before(first) {
			first = t.At
		}
	}
	return first
}

// FirstOf is when the first of the orders was placed.
func FirstOf(orders []Order) (first time.Time) {
	for _, o := range orders {
		if first.IsZero() || o.ProcessedAt.Before(first) {
			first = o.ProcessedAt
		}
	}
	return first
}

// Ties are what an equal one of somebody else's would tell of: hashes of cards, telephones and mailboxes.
func (n Neighbour) Ties() []string {
	var all []string
	for _, t := range n.Traces {
		all = append(all, tiesOf(t.Cards, t.Marks)...)
	}
	return each(all)
}

// Ties are the same of an order.
func (o Order) Ties() []string { return tiesOf(o.Cards, o.Marks) }

func tiesOf(cards []string, m Marks) []string { return slices.Concat(cards, m.Phones, m.Mailboxes) }

// neighbour is what others see of the friend, from the friend's orders as they were weighed.
func neighbour(f Facts, weighed []*weighing) Neighbour {
	friend := f.Friend.Customer()
	if friend == "" || friend.Erased() {
		return Neighbour{}
	}

	n := Neighbour{Friend: friend}
	for _, w := range weighed {
		if w.advocate.ID == "" || w.advocate.Customer == friend {
			continue
		}
		n.Traces = append(n.Traces, w.trace())
		n.Seen = append(n.Seen, w.seen()...)
	}
	if len(n.Traces) == 0 {
		return Neighbour{}
	}
	n.Seen = inTurn(n.Seen)
	return n
}

// trace is what others see of the order.
func (w *weighing) trace() Trace {
	t := traceOf(w.order)
	t.Advocate, t.By = w.advocate.ID, w.tie()
	for _, i := range w.facts.Issues {
		if i.Side != AdvocateSide || w.facts.Release == nil || w.facts.Release.Order != w.order.ID {
			continue
		}
		for _, at := range spends(w.facts.Spent, i.Code) {
			if t.SpentAt.IsZero() || at.Before(t.SpentAt) {
				t.SpentAt = at
			}
		}
	}
	return t
}

// traceOf is what others see of an order that nothing ties to anybody.
func traceOf(o Order) Trace {
	t := Trace{Order: o.ID, Name: o.Name, At: o.ProcessedAt, From: o.From(), Cards: o.Cards, Marks: o.Marks}
	if o.GiftCards.Minor > 0 && o.CurrentSubtotal.Minor > 0 {
		t.GiftCardsBP = int(min(10_000, o.GiftCards.Minor*10_000/o.CurrentSubtotal.Minor))
	}
	if !o.CancelledAt.IsZero() || o.FullyRefunded() {
		t.GivenBackAt = o.UndoneAt()
	}
	return t
}

// tie is by what the order is tied to its advocate.
func (w *weighing) tie() trust.Tie {
	switch w.out.Evidence[0].Kind {
	case EvidenceAdvocateCode:
		return trust.TieShared
	case EvidenceClaimEmail:
		return trust.TieTyped
	}
	return trust.TieClaim
}

// seen are the requests of the friend's that led to the order: openings of the advocate's link, as far as no more is known
// of them than when, and what is known of the claims. What came after the order says nothing of it: whoever waits would
// end that by opening the link once more from elsewhere.
func (w *weighing) seen() (all []Sighting) {
	for _, c := range w.facts.Claims {
		kind, tied := tieOf(w.facts, w.order, c)
		opened := slices.ContainsFunc(c.Touches, func(t Touch) bool { return t.Advocate == w.advocate.ID })
		if !tied || kind == EvidenceClaimEmail || !opened {
			continue
		}
		all = append(all, c.Seen...)
		for _, t := range c.Touches {
			known := slices.ContainsFunc(c.Seen, func(s Sighting) bool { return s.At.Equal(t.At) })
			if t.Advocate == w.advocate.ID && !known {
				all = append(all, Sighting{At: t.At})
			}
		}
	}

	if v := w.order.Visit; v != nil && v.Advocate == w.advocate.ID {
		all = append(all, Sighting{At: v.At})
	}
	for i := range all {
		all[i].Typed = nil // no order is tied by an address alone, and somebody else's would stand here
	}
	return slices.DeleteFunc(all, func(s Sighting) bool { return s.At.After(w.order.ProcessedAt) })
}

// inTurn are the first sightings in time order, each once.
func inTurn(all []Sighting) []Sighting {
	slices.SortFunc(all, func(a, b Sighting) int {
		return cmp.Or(a.At.Compare(b.At), slices.Compare(a.Networks, b.Networks), slices.Compare(a.Agents, b.Agents),
			cmp.Compare(a.Referrer, b.Referrer), slices.Compare(a.Typed, b.Typed))
	})
	all = slices.CompactFunc(all, Sighting.same)
	return all[:min(len(all), maxSeen)]
}

func (s Sighting) same(other Sighting) bool {
	return s.At.Equal(other.At) && s.Referrer == other.Referrer && slices.Equal(s.Networks, other.Networks) &&
		slices.Equal(s.Agents, other.Agents) && slices.Equal(s.Typed, other.Typed)
}

func (m Marks) same(other Marks) bool {
	return m.Referrer == other.Referrer && m.Risk == other.Risk && m.OwnDomain == other.OwnDomain &&
		slices.Equal(m.Networks, other.Networks) && slices.Equal(m.Agents, other.Agents) &&
		slices.Equal(m.Phones, other.Phones) && slices.Equal(m.Mailboxes, other.Mailboxes)
}

func (t Trace) same(other Trace) bool {
	return t.Order == other.Order && t.Name == other.Name && t.Advocate == other.Advocate && t.At.Equal(other.At) &&
		t.By == other.By && t.From == other.From && t.GiftCardsBP == other.GiftCardsBP &&
		t.SpentAt.Equal(other.SpentAt) && t.GivenBackAt.Equal(other.GivenBackAt) &&
		slices.Equal(t.Cards, other.Cards) && t.Marks.same(other.Marks)
}

// same tells whether others see the same of both.
func (n Neighbour) same(other Neighbour) bool {
	return n.Friend == other.Friend && slices.EqualFunc(n.Traces, other.Traces, Trace.same) &&
		slices.EqualFunc(n.Seen, other.Seen, Sighting.same)
}

// noteLooks notes who is to be looked at again where others see something else of the friend than before: the links of
// then and of now, and of all who are in a ring with them; and whoever shared, or shares, a tie.
func (r *Referral) noteLooks(was Neighbour, f Facts) {
	if r.Neighbour.same(was) {
		return
	}
	links := slices.Concat(r.LookAgain.Links, was.Advocates(), r.Neighbour.Advocates())
	links = append(links, f.ringOf(links)...)
	r.LookAgain = Look{each(links), each(slices.Concat(r.LookAgain.Ties, was.Ties(), r.Neighbour.Ties()))}
	r.LookRev++
}

// each sorts values and leaves out repeated ones.
func each[T cmp.Ordered](all []T) []T {
	slices.Sort(all)
	return slices.Compact(all)
}

// Waits tells whether what is known of others may still change what becomes of the referral: nothing was released, and it
// is held, or waits.
func (r Referral) Waits() bool {
	return r.Release == nil && (r.State == Pending || r.State == Flagged)
}

// ringOf are the advocates who brought the given ones, and who brought those, and so on, where that leads back to the
// friend; none where it does not.
func (f *Facts) ringOf(advocates []AdvocateID) []AdvocateID {
	up := slices.Clone(advocates)
	for i := 0; i < len(up); i++ {
		for _, n := range f.Neighbours {
			if string(n.Friend) != f.person(up[i]) {
				continue
			}
			for _, id := range n.Advocates() {
				if !slices.Contains(up, id) {
					up = append(up, id)
				}
			}
		}
	}

	back := func(id AdvocateID) bool { return f.person(id) == string(f.Friend.Customer()) }
	if !slices.ContainsFunc(up, back) {
		return nil
	}
	return up
}
