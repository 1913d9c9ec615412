package referral

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"twofold/trust"
)

// ruleTrust is what the check is called that asks what is noticed around a friend.
const ruleTrust = "trust"

// checkTrust: what is noticed around the friend, the advocate and those around them does not ask for a look (package
// trust, docs/TRUST.md). It is asked while nothing was released and nothing else fails: what is settled stays settled,
// whoever comes later. A household and one person with two accounts look the same: it holds, and never more.
func checkTrust(w *weighing) Check {
	if w.facts.Release != nil || w.out.Outcome == Voided {
		return passed()
	}

	around := newSurroundings(w)
	verdict := trust.Judge(around.neighbourhood(), w.campaign.Terms.Strictness)
	saw := make([]Value, len(verdict.Signals))
	for i, s := range verdict.Signals {
		saw[i].Name, saw[i].Value = s.Name, around.worded(s)
	}

	switch verdict.Outcome {
	case trust.Hold, trust.Ask: // until there is a mail that asks a friend, the merchant is asked
		return result(Holds, Reason(heaviest(verdict.Signals).Name), saw...)
	}
	return passed(saw...)
}

// heaviest is the signal that weighs most; of equal ones the first.
func heaviest(all []trust.Signal) trust.Signal {
	return slices.MaxFunc(all, func(a, b trust.Signal) int { return cmp.Compare(a.Weight, b.Weight) })
}

// surroundings are what is known around one order, in the words of package trust. There each thing has one name: of the hashes
// of one card under several keys it is the least.
type surroundings struct {
	*weighing
	friend, advocate string
	names            naming
	orders           map[string]string // names of orders, by their ids
}

func newSurroundings(w *weighing) *surroundings {
	a := &surroundings{
		weighing: w, friend: string(w.facts.Friend.Customer()), advocate: w.facts.person(w.advocate.ID),
		names: naming{}, orders: map[string]string{},
	}
	a.names.trace(w.trace())
	a.names.sightings(w.seen())
	a.names.sightings(w.advocate.Seen)
	for _, o := range slices.Concat(w.facts.Own, w.facts.SameCard) {
		a.names.trace(traceOf(o))
	}
	for _, n := range w.facts.Neighbours {
		for _, t := range n.Traces {
			a.names.trace(t)
		}
		a.names.sightings(n.Seen)
	}
	return a
}

// person is who an advocate is: the customer, else a guest who is known by the advocate's id alone.
func (f *Facts) person(id AdvocateID) string {
	return cmp.Or(string(f.Advocates[id].Customer), string(id))
}

// bought says what is known of an advocate's own purchases.
var bought = map[Purchase]trust.Bought{PurchaseNone: trust.BoughtNothing, PurchaseSeen: trust.BoughtBefore}

func (a *surroundings) neighbourhood() trust.Neighbourhood {
	n := trust.Neighbourhood{
		Friend:   trust.Person{ID: a.friend, Orders: a.traces(a.trace()), Seen: a.sightings(a.seen())},
		Advocate: trust.Person{ID: a.advocate, Bought: bought[a.weighing.advocate.Purchase], Seen: a.sightings(a.weighing.advocate.Seen)},
	}
	n.Referrals = []trust.Referral{{Advocate: a.advocate, Friend: a.friend, At: a.order.ProcessedAt}}

	others := map[string]*trust.Person{}
	a.addNeighbours(&n, others)
	a.addOrders(&n, others)
	for _, id := range slices.Sorted(maps.Keys(others)) {
		n.Others = append(n.Others, *others[id])
	}
	return n
}

// addNeighbours adds other friends, and who brought them. What the advocate bought as somebody's friend is the
// advocate's.
func (a *surroundings) addNeighbours(n *trust.Neighbourhood, others map[string]*trust.Person) {
	for _, near := range a.facts.Neighbours {
		id := string(near.Friend)
		if id == a.friend {
			continue
		}
		p := a.whose(n, others, id)
		p.Orders = append(p.Orders, a.traces(near.Traces...)...)
		p.Seen = append(p.Seen, a.sightings(near.Seen)...)
		for _, t := range near.Traces {
			n.Referrals = append(n.Referrals, trust.Referral{
				Advocate: a.facts.person(t.Advocate), Friend: id, At: t.At, SpentAt: t.SpentAt, GivenBackAt: t.GivenBackAt,
			})
		}
	}
}

// addOrders adds the advocates' own orders, and strangers' that were paid with a card of the friend's, unless they are
// known already.
func (a *surroundings) addOrders(n *trust.Neighbourhood, others map[string]*trust.Person) {
	for _, o := range slices.Concat(a.facts.Own, a.facts.SameCard) {
		id := cmp.Or(string(o.Customer), string(o.ID))
		if id == a.friend {
			continue
		}
		p := a.whose(n, others, id)
		if !slices.ContainsFunc(p.Orders, func(k trust.Order) bool { return k.ID == string(o.ID) }) {
			p.Orders = append(p.Orders, a.traces(traceOf(o))...)
		}
	}
}

// whose is the person of an id, who is added where nobody is known by it.
func (a *surroundings) whose(n *trust.Neighbourhood, others map[string]*trust.Person, id string) *trust.Person {
	switch {
	case id == a.advocate:
		return &n.Advocate
	case others[id] == nil:
		others[id] = &trust.Person{ID: id}
	}
	return others[id]
}

// sources are where an order was placed, as far as package trust tells them apart. Of others nobody is known to have
// stood by.
var sources = map[Source]trust.Source{SourcePOS: trust.Till, SourceDraft: trust.Draft}

func (a *surroundings) traces(all ...Trace) []trust.Order {
	orders := make([]trust.Order, len(all))
	for i, t := range all {
		a.orders[string(t.Order)] = t.Name
		orders[i] = trust.Order{
			ID: string(t.Order), At: t.At, Source: cmp.Or(sources[t.From], trust.Web), By: t.By,
			Card: a.names.of(t.Cards), Network: a.names.of(t.Marks.Networks), Agent: a.names.of(t.Marks.Agents),
			Referrer: t.Marks.Referrer, Risk: trust.Risk(t.Marks.Risk), GiftCardsBP: t.GiftCardsBP,
			Phone: a.names.of(t.Marks.Phones), Mailbox: a.names.of(t.Marks.Mailboxes), OwnDomain: t.Marks.OwnDomain,
		}
	}
	return orders
}

func (a *surroundings) sightings(all []Sighting) []trust.Sighting {
	seen := make([]trust.Sighting, len(all))
	for i, s := range all {
		seen[i] = trust.Sighting{
			At: s.At, Network: a.names.of(s.Networks), Agent: a.names.of(s.Agents), Referrer: s.Referrer, Typed: a.names.of(s.Typed),
		}
	}
	return seen
}

// worded is what a signal saw, for the explanation: its points, and the names of others' orders, hosts and counts. People
// are not named, as the explanation outlives them: what a signal says of a person its words say.
func (a *surroundings) worded(s trust.Signal) string {
	words := []string{fmt.Sprintf("%+d", s.Weight)}
	for _, id := range s.Saw {
		switch name, order := a.orders[id]; {
		case order && id != string(a.order.ID):
			words = append(words, name)
		case !order && !strings.HasPrefix(id, "gid:") && !strings.HasPrefix(id, "adv_"):
			words = append(words, id)
		}
	}
	return strings.Join(words, " ")
}

// naming gives each thing one name that is known by several hashes: lists that share one are of the same thing. It maps a
// hash to a lesser one of the same thing, and the least to itself.
type naming map[string]string

func (n naming) trace(t Trace) {
	for _, list := range [][]string{t.Cards, t.Marks.Networks, t.Marks.Agents, t.Marks.Phones, t.Marks.Mailboxes} {
		n.join(list)
	}
}

func (n naming) sightings(all []Sighting) {
	for _, s := range all {
		n.join(s.Networks)
		n.join(s.Agents)
		n.join(s.Typed)
	}
}

// join makes the hashes of a list names of one thing. One alone is its own.
func (n naming) join(list []string) {
	if len(list) < 2 {
		return
	}
	for _, hash := range list {
		a, b := n.least(list[0]), n.least(hash)
		n[max(a, b)] = min(a, b)
	}
}

// least is the least hash that is known of the same thing.
func (n naming) least(hash string) string {
	for n[hash] != "" && n[hash] != hash {
		hash = n[hash]
	}
	return hash
}

// of is the one name of what the list's hashes are of; "" where there are none.
func (n naming) of(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return n.least(list[0])
}

// unlessLeaked: where the campaign is strict, whoever comes from a coupon site by a link that is being passed around there is
// promised nothing. They are told no more than that the link was used very often: who leaked it is not theirs to know.
func (f ClaimFacts) unlessLeaked() error {
	asker := f.Sighting()
	if f.Live.Terms.Strictness != trust.Strict || !trust.CouponHost(asker.Referrer) {
		return nil
	}
	a, err := f.answer(ClaimQuestion{Ask: AskLink})
	if err != nil {
		return err
	}

	facts := Facts{Neighbours: a.Link, Advocates: map[AdvocateID]Advocate{f.Advocate: {ID: f.Advocate}}}
	nothing := Weighed{Evidence: []Evidence{{Advocate: f.Advocate}}} // has been bought
	around := newSurroundings(&weighing{facts: &facts, advocate: facts.Advocates[f.Advocate], out: nothing})
	n := around.neighbourhood()
	n.Friend = trust.Person{ID: "asker", Seen: around.sightings([]Sighting{asker})}
	if trust.Judge(n, trust.Strict).Outcome == trust.Refuse {
		return errOverused
	}
	return nil
}
