package trusttest

import (
	"slices"

	. "twofold/trust"
)

// Label is what a referral is, by those who wrote its family.
type Label string

// The labels. A household is honest, and cannot be told from one person with two accounts by anything that a shop sees:
// it may be held for the merchant's look, and never be denied.
const (
	Honest    Label = "honest"
	Household Label = "household"
	Fraud     Label = "fraud"
)

// History is what happened in one shop around one advocate, or a few.
type History struct {
	Family string
	Cases  []Case
}

// Case is one referral of a history, as it is known at a level of protected data.
type Case struct {
	Label  Label
	Around Neighbourhood
}

// Bare is level 1 where Shopify shows of an order neither the card nor the client's address and browser. shopify.dev
// marks these fields as protected customer data, and does not say of which level.
const Bare = 0

// PerFamily is how many histories of each family a seed gives.
const PerFamily = 12

// Histories draws all families' histories of a seed at a level of protected customer data: Bare, 1 or 2.
func Histories(seed uint64, level int) []History {
	var all []History
	for _, f := range Families {
		if level < f.Level { // what level 2 alone makes possible
			continue
		}
		for n := range PerFamily {
			w := newWorld(seed, f.Name, n)
			f.live(w)
			all = append(all, History{f.Name, w.cases(level)})
		}
	}
	return all
}

// cases are the history's referrals, each with what is known around it.
func (w *world) cases(level int) []Case {
	var all []Case
	for _, one := range w.judged {
		n := Neighbourhood{
			Friend: one.friend.shown(level), Advocate: one.advocate.shown(level), Referrals: w.edges, Networks: w.counted(),
		}
		n.Friend.Bought = BoughtUnknown
		for _, p := range w.people {
			if p != one.friend && p != one.advocate && (w.near(p, one.advocate) || sharesCard(p, one.friend) || sharesCard(p, one.advocate)) {
				n.Others = append(n.Others, p.shown(level))
			}
		}
		w.Shuffle(len(n.Others), func(i, j int) { n.Others[i], n.Others[j] = n.Others[j], n.Others[i] })
		all = append(all, Case{one.label, n})
	}
	return all
}

// near tells whether a person is of the advocate's circle, as it would be loaded.
func (w *world) near(p, advocate *somebody) bool {
	brought := func(by, whom string) bool {
		return slices.ContainsFunc(w.edges, func(r Referral) bool { return r.Advocate == by && r.Friend == whom })
	}
	return brought(advocate.ID, p.ID) || brought(p.ID, advocate.ID) || slices.ContainsFunc(w.edges, func(r Referral) bool {
		return r.Friend == advocate.ID && brought(r.Advocate, p.ID)
	})
}

func sharesCard(a, b *somebody) bool {
	return slices.ContainsFunc(a.Orders, func(o Order) bool {
		return o.Card != "" && slices.ContainsFunc(b.Orders, func(other Order) bool { return o.Card == other.Card })
	})
}

// shown is a person without what the level withholds.
func (p *somebody) shown(level int) Person {
	is := p.Person
	is.Seen, is.Orders = slices.Clone(p.Seen), slices.Clone(p.Orders)
	if level >= 2 {
		return is
	}
	for i := range is.Seen {
		is.Seen[i].Typed = ""
	}
	for i := range is.Orders {
		is.Orders[i].Mailbox, is.Orders[i].Phone, is.Orders[i].OwnDomain = "", "", false
		if level == Bare {
			is.Orders[i].Card, is.Orders[i].Network, is.Orders[i].Agent = "", "", ""
		}
	}
	return is
}

// counted is how busy the shop knows the networks to be: those of the history, and who else was there.
func (w *world) counted() []Network {
	agents := map[string]map[string]bool{}
	note := func(network, agent string) {
		if network != "" && agents[network] == nil {
			agents[network] = map[string]bool{}
		}
		if network != "" && agent != "" {
			agents[network][agent] = true
		}
	}
	for _, p := range w.people {
		for _, s := range p.Seen {
			note(s.Network, s.Agent)
		}
		for _, o := range p.Orders {
			note(o.Network, o.Agent)
		}
	}

	var all []Network
	for name, seen := range agents {
		all = append(all, Network{Network: name, Agents: len(seen) + w.busy[name]})
	}
	slices.SortFunc(all, func(a, b Network) int {
		if a.Network < b.Network {
			return -1
		}
		return 1
	})
	return slices.DeleteFunc(all, func(Network) bool { return w.chance(busyUnknown) })
}
