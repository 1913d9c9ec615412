package trust_test

import (
	"fmt"
	"time"

	"twofold/trust"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// scene is an honest referral: Ann has bought, Bob lives elsewhere, claims by her link at noon and buys an hour later.
func scene() trust.Neighbourhood {
	return trust.Neighbourhood{
		Advocate: trust.Person{
			ID: "ann", Bought: trust.BoughtBefore,
			Seen:   []trust.Sighting{{At: noon.Add(-day), Network: "anns", Agent: "phone1"}},
			Orders: []trust.Order{{ID: "a1", At: noon.Add(-30 * day), Source: trust.Web, Card: "card-ann", Network: "anns", Agent: "phone1", Mailbox: "ann@", Phone: "tel-ann"}},
		},
		Friend:    friend("bob", noon),
		Referrals: []trust.Referral{{Advocate: "ann", Friend: "bob", At: noon.Add(hour)}},
		Networks:  []trust.Network{{Network: "anns", Agents: 1}, {Network: "bob's", Agents: 1}},
	}
}

// friend is somebody with a home, a telephone and a card of their own, who claims and buys an hour later.
func friend(id string, at time.Time) trust.Person {
	return trust.Person{
		ID:   id,
		Seen: []trust.Sighting{{At: at, Network: id + "'s", Agent: "phone-" + id}},
		Orders: []trust.Order{{
			ID: "order-" + id, At: at.Add(hour), Source: trust.Web, By: trust.TieClaim, Card: "card-" + id,
			Network: id + "'s", Agent: "phone-" + id, Risk: trust.RiskLow, Mailbox: id + "@", Phone: "tel-" + id,
		}},
	}
}

// brings adds another friend of Ann's.
func brings(n *trust.Neighbourhood, p trust.Person) {
	n.Others = append(n.Others, p)
	n.Referrals = append(n.Referrals, trust.Referral{Advocate: "ann", Friend: p.ID, At: noon})
}

// crowd adds as many friends, some hours apart, each changed by a function.
func crowd(n *trust.Neighbourhood, many int, apart time.Duration, change func(int, *trust.Person)) {
	for i := range many {
		p := friend(fmt.Sprintf("friend%d", i), noon.Add(time.Duration(i+1)*apart))
		change(i, &p)
		brings(n, p)
	}
}

// atAnns lets somebody be seen at Ann's only, by her telephone.
func atAnns(p *trust.Person) {
	for i := range p.Seen {
		p.Seen[i].Network, p.Seen[i].Agent = "anns", "phone1"
	}
	for i := range p.Orders {
		p.Orders[i].Network, p.Orders[i].Agent = "anns", "phone1"
	}
}

// from lets somebody come from a host.
func from(host string, p *trust.Person) { p.Seen[0].Referrer = host }

// atTill turns somebody's order into one at the till with Ann's shareable code, by who never opened her link.
func atTill(p *trust.Person) {
	p.Seen = nil
	p.Orders[0].Source, p.Orders[0].By = trust.Till, trust.TieShared
	p.Orders[0].Network, p.Orders[0].Agent = "", ""
}

// typedCode turns somebody's order into one with Ann's shareable code, by who never opened her link, of which Shopify
// tells where it came from and nothing else.
func typedCode(p *trust.Person, host string) {
	p.Seen = nil
	p.Orders[0].By, p.Orders[0].Referrer = trust.TieShared, host
	p.Orders[0].Network, p.Orders[0].Agent = "", ""
}
