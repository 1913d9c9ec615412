package trust

import (
	"slices"
	"time"
)

// ownNetwork: the advocate has bought nothing here, and all that was seen of the friend came from networks on which the
// advocate was seen, none of them larger than a household's. It sees: how many networks.
func ownNetwork(v *view) (finding, bool) {
	networks := v.friend.networks
	own := v.advocate.Bought == BoughtNothing && within(networks, v.advocate.networks) && v.small(networks)
	return finding{saw: counts(len(networks))}, own
}

// sameAgent: all that was seen of the friend came from small networks of the advocate's, by browsers like the advocate's.
// It sees: how many networks, and how many browsers.
func sameAgent(v *view) (finding, bool) {
	return finding{saw: counts(len(v.friend.networks), len(v.friend.agents))}, v.oneHand(v.friend, v.advocate)
}

// friendsAgent is the same of another friend of the link. It sees: the other friend.
func friendsAgent(v *view) (finding, bool) {
	var all []finding
	for _, p := range v.link[1:] {
		if v.oneHand(v.friend, p) {
			all = append(all, finding{saw: []string{p.ID}})
		}
	}
	return nearest(all)
}

// oneHand tells whether one may be the other: they were seen nowhere else, and by no other browser.
func (v *view) oneHand(one, other *someone) bool {
	return within(one.networks, other.networks) && within(one.agents, other.agents) && v.small(one.networks)
}

// Bounds of a burst: friends of one link within a fortnight of the friend, from how many networks at least as far as these
// are known, and for how long before the first and after the last who is known to come from a coupon site others may have.
const (
	burstWithin   = 14 * day
	burstFriends  = 6
	burstCoupons  = 3
	burstNetworks = 4
	burstEdge     = 2 * day
)

// couponBurst: within a fortnight of the friend several more arrived by the link, from many networks, and of those who are
// known to come from somewhere half came from coupon sites. A story that goes round a campus comes from elsewhere. So
// does a friend of the advocate's own: before the first or after the last of them, or from where people talk to each
// other. It sees: how many friends, how many are known to come from somewhere, and how many from coupon sites.
func couponBurst(v *view) (finding, bool) {
	at := v.friend.arrival
	var networks []string
	var leaked []time.Time
	arrived, placed, led := 0, 0, 0

	for _, p := range v.link {
		if p.arrival.IsZero() || apart(p.arrival, at) > burstWithin {
			continue
		}
		arrived++
		networks = append(networks, p.networks...)
		if len(p.networks) > 0 {
			placed++
		}
		if len(p.hosts) > 0 {
			led++
		}
		if slices.ContainsFunc(p.hosts, CouponHost) {
			leaked = append(leaked, p.arrival)
		}
	}

	found := finding{saw: counts(arrived, led, len(leaked))}
	campus := placed >= burstNetworks && len(distinct(networks)) < burstNetworks
	burst := arrived >= burstFriends && len(leaked) >= burstCoupons && 2*len(leaked) >= led && !campus
	if !burst || v.friend.told() {
		return found, false
	}
	first, last := slices.MinFunc(leaked, time.Time.Compare), slices.MaxFunc(leaked, time.Time.Compare)
	return found, !at.Before(first.Add(-burstEdge)) && !at.After(last.Add(burstEdge))
}

// told tells whether a person came from where people talk to each other: from a page that is known, and is neither a
// coupon site nor a search.
func (p *someone) told() bool {
	looked := func(host string) bool { return CouponHost(host) || searchHost(host) }
	return len(p.hosts) > 0 && !slices.ContainsFunc(p.hosts, looked)
}

// couponVisitor: the friend came from a coupon site. It sees: the host.
func couponVisitor(v *view) (finding, bool) {
	i := slices.IndexFunc(v.friend.hosts, CouponHost)
	if i < 0 {
		return finding{}, false
	}
	return finding{saw: v.friend.hosts[i : i+1]}, true
}

// Bounds of a clerk's work: strangers with one code within a week of the order, and on how many days. Friends whom an
// advocate takes along come once.
const (
	tillWithin    = 7 * day
	tillStrangers = 5
	tillDays      = 3
)

// tillCode: orders of several strangers were made at the till, or as drafts, with the advocate's shareable code, and the
// friend's is one of them. None of them ever opened the link. It sees: how many, and on how many days.
func tillCode(v *view) (finding, bool) {
	own := byHand(v.friend)
	if len(own) == 0 {
		return finding{}, false
	}

	strangers := 0
	days := map[time.Time]bool{}
	for _, p := range v.link {
		near := slices.DeleteFunc(byHand(p), func(at time.Time) bool { return apart(at, own[0]) > tillWithin })
		if len(near) > 0 {
			strangers++
			days[near[0].Truncate(day)] = true
		}
	}
	return finding{saw: counts(strangers, len(days))}, strangers >= tillStrangers && len(days) >= tillDays
}

// byHand lists when a person who never opened the link had orders at the till, or drafts, with the shareable code: the
// first one first.
func byHand(p *someone) []time.Time {
	var all []time.Time
	for _, o := range p.Orders {
		if o.By == TieShared && o.Source != Web && len(p.Seen) == 0 {
			all = append(all, o.At)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// Bounds of stuffing: addresses that were typed at one link on one network within a week.
const (
	typedWithin    = 7 * day
	typedAddressed = 5
)

// typedAddresses: several addresses were typed at the link on one network, by no more browsers than a household has, and
// nothing but such an address ties the order to it. Its owner may never have heard of the advocate. It sees: how many.
func typedAddresses(v *view) (finding, bool) {
	if !slices.ContainsFunc(v.friend.Orders, func(o Order) bool { return o.By == TieTyped }) {
		return finding{}, false
	}

	var all []finding
	for _, own := range v.friend.Seen {
		var addresses, agents []string
		for _, p := range v.link {
			for _, s := range p.Seen {
				if s.Typed != "" && s.Network != "" && s.Network == own.Network && apart(s.At, own.At) <= typedWithin {
					addresses, agents = append(addresses, s.Typed), append(agents, s.Agent)
				}
			}
		}
		if n := len(distinct(addresses)); n >= typedAddressed && len(distinct(agents)) <= fewAgents {
			all = append(all, finding{saw: counts(n)})
		}
	}
	return nearest(all)
}
