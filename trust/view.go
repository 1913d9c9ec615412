package trust

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// view is a neighbourhood as the rows look at it.
type view struct {
	Neighbourhood
	friend   *someone
	advocate *someone
	others   []*someone
	link     []*someone // all whom the advocate's link brought: the friend, and those of the others
	circle   map[string]bool
	agents   map[string]map[string]bool // on each network
	cards    map[string]map[string]bool // of those who were seen on each network
	holders  map[string]map[string]bool // of the circle and the friend, who paid with each card
}

// someone is a person with what is read of all that was seen of them, orders among it.
type someone struct {
	Person
	arrival  time.Time // zero: never seen
	networks []string  // these three each once, sorted, and without what is not known
	agents   []string
	hosts    []string
}

func newView(n Neighbourhood) *view {
	v := &view{
		Neighbourhood: n, friend: newSomeone(n.Friend), advocate: newSomeone(n.Advocate), circle: circleOf(n),
		agents: map[string]map[string]bool{}, cards: map[string]map[string]bool{}, holders: map[string]map[string]bool{},
	}

	brought := map[string]bool{}
	for _, r := range n.Referrals {
		brought[r.Friend] = brought[r.Friend] || r.Advocate == n.Advocate.ID
	}
	v.link = []*someone{v.friend}
	for _, p := range n.Others {
		one := newSomeone(p)
		v.others = append(v.others, one)
		if brought[p.ID] {
			v.link = append(v.link, one)
		}
	}

	for _, p := range v.people() {
		v.count(p)
	}
	return v
}

func newSomeone(p Person) *someone {
	is := &someone{Person: p}
	note := func(at time.Time, network, agent, host string) {
		if !at.IsZero() && (is.arrival.IsZero() || at.Before(is.arrival)) {
			is.arrival = at
		}
		is.networks = append(is.networks, network)
		is.agents = append(is.agents, agent)
		is.hosts = append(is.hosts, host)
	}
	for _, s := range p.Seen {
		note(s.At, s.Network, s.Agent, s.Referrer)
	}
	for _, o := range p.Orders {
		note(o.At, o.Network, o.Agent, o.Referrer)
	}

	is.networks, is.agents, is.hosts = distinct(is.networks), distinct(is.agents), distinct(is.hosts)
	return is
}

// count adds a person to what is counted by network and by card.
func (v *view) count(p *someone) {
	for _, s := range p.Seen {
		add(v.agents, s.Network, s.Agent)
	}
	for _, o := range p.Orders {
		add(v.agents, o.Network, o.Agent)
		for _, network := range p.networks {
			add(v.cards, network, o.Card)
		}
		if v.circle[p.ID] || p == v.friend {
			add(v.holders, o.Card, p.ID)
		}
	}
}

// add puts a value into the set of that name, if both are known.
func add(sets map[string]map[string]bool, name, value string) {
	if name == "" || value == "" {
		return
	}
	if sets[name] == nil {
		sets[name] = map[string]bool{}
	}
	sets[name][value] = true
}

// people are all who are known.
func (v *view) people() []*someone {
	return append([]*someone{v.friend, v.advocate}, v.others...)
}

// circleOf is who belongs to the advocate: they, whom they brought, who brought them, and whom those brought. Whoever else
// is known is a stranger.
func circleOf(n Neighbourhood) map[string]bool {
	circle := map[string]bool{n.Advocate.ID: true}
	for _, r := range n.Referrals {
		if r.Friend == n.Advocate.ID {
			circle[r.Advocate] = true
		}
	}

	brought := map[string]bool{}
	for _, r := range n.Referrals {
		if circle[r.Advocate] {
			brought[r.Friend] = true
		}
	}
	for id := range brought {
		circle[id] = true
	}
	return circle
}

// among are the people of the advocate's circle, or those who are strangers.
func (v *view) among(circle bool) []*someone {
	return slices.DeleteFunc(v.people()[1:], func(p *someone) bool { return v.circle[p.ID] != circle })
}

// Bounds of a household: browsers that are seen on its network, and cards of those who are seen there.
const (
	fewAgents = 3
	fewCards  = 3
)

// small tells whether the networks are no larger than a household's: no more browsers were seen on any, neither here nor
// anywhere in the shop, and no more cards. A campus, an office, a café or a carrier is none.
func (v *view) small(networks []string) bool {
	crowded := func(network string) bool {
		return len(v.agents[network]) > fewAgents || len(v.cards[network]) > fewCards
	}
	if slices.ContainsFunc(networks, crowded) {
		return false
	}
	return !slices.ContainsFunc(v.Networks, func(busy Network) bool {
		return busy.Agents > fewAgents && slices.Contains(networks, busy.Network)
	})
}

// ordered is when the friend first ordered, else when they were first seen.
func (v *view) ordered() time.Time {
	var first time.Time
	for _, o := range v.friend.Orders {
		if first.IsZero() || o.At.Before(first) {
			first = o.At
		}
	}
	if first.IsZero() {
		return v.friend.arrival
	}
	return first
}

// shared is where an order of the friend's and one of somebody else's have the same value, closest together in time.
func (v *view) shared(with []*someone, field func(Order) string) (finding, bool) {
	var all []finding
	for _, own := range v.friend.Orders {
		for _, p := range with {
			for _, o := range p.Orders {
				if value := field(own); value != "" && value == field(o) {
					all = append(all, finding{apart(own.At, o.At), []string{own.ID, p.ID, o.ID}})
				}
			}
		}
	}
	return nearest(all)
}

// first is the friend's order that is such a one; of several the one whose id comes first.
func (v *view) first(such func(Order) bool) (finding, bool) {
	var all []finding
	for _, o := range v.friend.Orders {
		if such(o) {
			all = append(all, finding{saw: []string{o.ID}})
		}
	}
	return nearest(all)
}

// nearest is the finding whose facts are closest together; of equals the one whose ids come first.
func nearest(all []finding) (finding, bool) {
	if len(all) == 0 {
		return finding{}, false
	}
	return slices.MinFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.age, b.age), slices.Compare(a.saw, b.saw))
	}), true
}

// apart is how far apart two instants are.
func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

// distinct are the values that are known, each once and sorted.
func distinct(all []string) []string {
	all = slices.DeleteFunc(slices.Clone(all), func(one string) bool { return one == "" })
	slices.Sort(all)
	return slices.Compact(all)
}

// within tells whether there is something, and all of it is among the others.
func within(some, others []string) bool {
	return len(some) > 0 && !slices.ContainsFunc(some, func(one string) bool { return !slices.Contains(others, one) })
}

// counts are numbers as a signal shows them.
func counts(all ...int) []string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = strconv.Itoa(n)
	}
	return texts
}
