package seed

import (
	"time"

	"twofold/figures"
	"twofold/referral"
)

// history is what became of one friend by now, as the rules decide it. Others are copies of it: the same at another
// time, under other names.
type history struct {
	at      time.Time // of the order
	claimed time.Time
	parts   []figures.Part
	copy    func(names []string, later time.Duration, into map[string][][]byte)
}

// history is one of those of the slot that a place is in. What has happened in it has happened: it is of the slot's last
// place, so that whatever is made of it is earlier.
func (g *garden) history(a referral.Advocate, place int) (history, error) {
	slot := place * slots / g.total
	if known := g.played[slot]; len(known) == perSlot {
		return known[g.random.IntN(perSlot)], nil
	}

	last := ((slot+1)*g.total - 1) / slots
	h, err := g.play(a, last)
	g.played[slot] = append(g.played[slot], h)
	return h, err
}

// play tells a friend's story to the rules.
func (g *garden) play(a referral.Advocate, place int) (history, error) {
	a.JoinedAt = g.at(place).Add(-claimedBefore)
	s := g.story(a, place)
	r, err := s.decided(g.now)
	if err != nil {
		return history{}, err
	}

	counted := figures.Recount{Counted: figures.Counted{Referral: r}}
	counted.Is, counted.Until = figures.Of(r, g.zone, g.now)
	orders := append(s.facts.Orders, s.facts.Spent...)
	copied, err := g.stencils.Stencil(g.names(a, place), s.facts.Claims, orders, counted)
	return history{g.at(place), s.facts.Claims[0].ClaimedAt, counted.Is, copied}, err
}

// countsAs is what a copy counts for: the same, for its own advocate, on the day of its own order.
func (h history) countsAs(a referral.AdvocateID, day string) []figures.Part {
	parts := make([]figures.Part, len(h.parts))
	for i, p := range h.parts {
		if p.Advocate != "" {
			p.Advocate = a
		}
		if p.Day != figures.Ever {
			p.Day = day
		}
		parts[i] = p
	}
	return parts
}
