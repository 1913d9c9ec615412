package trusttest

import (
	"time"

	. "twofold/trust"
)

const hour = time.Hour

// Family is a kind of history.
type Family struct {
	Name   string
	Level  int  // of protected data, without which it cannot happen
	Unseen bool // nothing that a shop sees tells it from honest people: it is counted apart, and outside of every goal
	live   func(*world)
}

// Families are all kinds, honest ones before dishonest ones. Each dishonest one has an honest twin.
var Families = []Family{
	{Name: "friend_elsewhere", live: friendElsewhere},
	{Name: "family_house", live: familyHouse},
	{Name: "couple_one_card", live: coupleOneCard},
	{Name: "roommates", live: roommates},
	{Name: "campus", live: campus},
	{Name: "office", live: office},
	{Name: "viral_story", live: viralStory},
	{Name: "fan_on_forum", live: fanOnForum},
	{Name: "many_over_months", live: manyOverMonths},
	{Name: "new_advocate", live: newAdvocate},
	{Name: "cafe", live: cafe},
	{Name: "carrier", live: carrier},
	{Name: "party_at_till", live: partyAtTill},
	{Name: "spoken_code", live: spokenCode},
	{Name: "chain", live: chain},
	{Name: "gift", live: gift},
	{Name: "late_return", live: lateReturns},
	{Name: "other_device", Level: 2, live: otherDevice},

	{Name: "second_account", live: secondAccount},
	{Name: "private_window", live: privateWindow},
	{Name: "alias", live: alias},
	{Name: "farm", live: farm},
	{Name: "coupon_link", live: couponLink},
	{Name: "coupon_code", live: couponCode},
	{Name: "till_clerk", live: func(w *world) { clerk(w, Till) }},
	{Name: "draft_clerk", live: func(w *world) { clerk(w, Draft) }},
	{Name: "stuffing", Level: 2, live: stuffing},
	{Name: "reciprocal", live: bothWays},
	{Name: "ring", live: inARing},
	{Name: "refund_cycle", live: refundCycle},
	{Name: "staff", live: staff},
	{Name: "careful", Unseen: true, live: careful},
}

// friendElsewhere: one or two friends, who live somewhere else.
func friendElsewhere(w *world) {
	a := w.advocate()
	w.joins(Honest, a, w.person(), w.days(1, 30))
	w.others(a, 2)
}

// familyHouse: sister and brother behind one network, each with a card and a telephone of their own.
func familyHouse(w *world) {
	a := w.person()
	w.shares(a, true)
	for range 1 + w.IntN(2) {
		w.joins(Household, a, w.housemate(a), w.days(1, 40))
	}
	w.others(a, 3)
}

// coupleOneCard: two real customers who pay with one card, and perhaps have one telephone number.
func coupleOneCard(w *world) {
	a := w.advocate()
	b := w.housemate(a)
	b.cards = a.cards
	if w.chance(0.3) {
		b.tel = a.tel
	}
	w.joins(Household, a, b, w.days(1, 40))
	w.others(a, 3)
}

// roommates: an advocate who has not bought yet tells who lives with them.
func roommates(w *world) {
	a := w.person()
	w.shares(a, false)
	for range 1 + w.IntN(2) {
		w.joins(Household, a, w.housemate(a), w.days(1, 30))
	}
	w.others(a, 3)
}

// campus: forty friends behind one network, within a month; every second advocate there has not bought yet.
func campus(w *world) {
	net := w.network("campus", 5+w.IntN(1+int(20*w.traffic)))
	a := w.person()
	a.home = net
	w.shares(a, w.chance(0.5))
	for range 20 + w.IntN(30) {
		b := w.person()
		b.home = net
		w.joins(Honest, a, b, w.days(1, 30))
	}
}

// office: colleagues with the same managed laptops behind one network, who type their work's addresses.
func office(w *world) {
	net := w.network("office", w.IntN(6))
	laptop := w.agent()
	a := w.person()
	w.shares(a, true)
	for range 3 {
		w.see(a, where{net, laptop}, w.days(0, 30), "")
	}

	for range 4 + w.IntN(8) {
		b := w.person()
		b.laptop = laptop
		when := w.days(1, 30)
		at := where{net, laptop}
		if w.chance(0.4) {
			at.agent = b.phone
		}
		w.see(b, at, when, w.from())
		b.Seen[0].Typed = b.mailbox

		o := w.buys(b, w.later(b, at), w.soon(when, 12*24*hour), TieClaim)
		w.refer(Honest, a, b, o)
	}
}

// viralStory: dozens within days, from everywhere; some passed it on where bargains are passed on.
func viralStory(w *world) {
	a := w.advocate()
	for range 20 + w.IntN(20) {
		b := w.person()
		o := w.joins(Honest, a, b, w.days(5, 12))
		switch p := w.Float64(); {
		case p < 0.06:
			b.Seen[0].Referrer = pick(w, leaks)
		case p < 0.5:
			b.Seen[0].Referrer = pick(w, social)
		}
		o.Referrer = b.Seen[0].Referrer
	}
}

// fanOnForum: a few friends over months, one or two of whom looked for a code first.
func fanOnForum(w *world) {
	a := w.advocate()
	for i := range 6 + w.IntN(6) {
		b := w.person()
		w.joins(Honest, a, b, w.days(1, 60))
		if i < 2 && w.chance(0.7) {
			b.Seen[0].Referrer = pick(w, leaks)
		}
	}
}

// manyOverMonths: a beloved advocate.
func manyOverMonths(w *world) {
	a := w.advocate()
	for range 15 + w.IntN(20) {
		w.joins(Honest, a, w.person(), w.days(1, 120))
	}
}

// newAdvocate: somebody who has not bought tells friends elsewhere.
func newAdvocate(w *world) {
	a := w.person()
	w.shares(a, false)
	for range 1 + w.IntN(4) {
		w.joins(Honest, a, w.person(), w.days(1, 30))
	}
}

// cafe: the advocate shows it at the table; the friend claims there, and mostly buys at home.
func cafe(w *world) {
	a := w.advocate()
	b := w.person()
	net := w.network("cafe", w.IntN(5))
	when := w.days(1, 30)
	w.see(a, where{net, a.phone}, when, "")
	w.see(b, where{net, b.phone}, w.soon(when, 1*hour), "")

	at := w.usual(b)
	if w.chance(0.2) {
		at = where{net, b.phone}
	}
	w.refer(Honest, a, b, w.buys(b, at, w.soon(when, 5*24*hour), TieClaim))
	w.others(a, 2)
}

// carrier: two friends by one carrier's network, now and then with the same telephone.
func carrier(w *world) {
	a := w.advocate()
	b := w.person()
	net := w.carrier()
	when := w.days(1, 30)
	w.see(a, where{net, a.phone}, when, "")
	w.see(b, where{net, b.phone}, w.soon(when, 24*hour), w.from())
	w.refer(Honest, a, b, w.buys(b, w.usual(b), w.soon(when, 5*24*hour), TieClaim))
	w.others(a, 2)
}

// partyAtTill: the advocate brings friends to the shop on a Saturday.
func partyAtTill(w *world) {
	a := w.advocate()
	when := w.days(5, 30)
	for range 3 + w.IntN(5) {
		b := w.person()
		if w.chance(0.4) {
			w.see(b, w.usual(b), when.Add(-24*hour), w.from())
		}
		o := w.buys(b, where{}, w.soon(when, 3*hour), TieShared)
		o.Source = Till
		w.refer(Honest, a, b, o)
	}
}

// spokenCode: regulars of a small shop tell others the code; few of these look at the link.
func spokenCode(w *world) {
	a := w.advocate()
	for range 3 + w.IntN(5) {
		b := w.person()
		when := w.days(1, 60)
		if w.chance(0.4) {
			w.see(b, w.usual(b), when, w.from())
		}
		o := w.buys(b, where{}, w.soon(when, 24*hour), TieShared)
		o.Source = Till
		w.refer(Honest, a, b, o)
	}
}

// chain: a friend becomes an advocate, and the friend's friend too.
func chain(w *world) {
	a := w.advocate()
	for i := range 3 + w.IntN(2) {
		b := w.person()
		w.joins(Honest, a, b, w.days(1+10*i, 10+10*i))
		w.shares(b, true)
		a = b
	}
}

// gift: what the friend buys is for somebody, gift cards among it.
func gift(w *world) {
	a := w.advocate()
	b := w.person()
	o := w.joins(Honest, a, b, w.days(1, 30))
	o.GiftCardsBP = 5_000 + w.IntN(2)*5_000
	w.others(a, 2)
}

// lateReturns: a coat that did not fit after all, among others that did.
func lateReturns(w *world) {
	a := w.advocate()
	w.joins(Honest, a, w.person(), w.days(1, 20))
	e := &w.edges[0]
	e.SpentAt = e.At.Add(20 * 24 * hour)
	e.GivenBackAt = e.SpentAt.Add(5 * 24 * hour)
	for range 2 + w.IntN(4) {
		w.joins(Honest, a, w.person(), w.days(10, 70))
	}
}

// otherDevice: friends at a market stall type their addresses on the shop's tablet, and buy at home.
func otherDevice(w *world) {
	a := w.advocate()
	net := w.network("stall", w.IntN(4))
	for range 1 + w.IntN(4) {
		b := w.person()
		when := w.days(1, 30)
		w.see(b, where{net, b.phone}, when, "")
		b.Seen[0].Typed = b.mailbox
		w.refer(Honest, a, b, w.buys(b, w.usual(b), w.soon(when, 5*24*hour), TieTyped))
	}
}

// self gives an advocate a friend who is themselves: at one sitting, mostly at home, on a device of their own, with a
// card of their own.
func self(w *world, a *somebody) {
	b := w.account(a)
	at := where{a.home, a.phone}
	switch p := w.Float64(); {
	case p < 0.25:
		at.agent = a.laptop
	case p < 0.33:
		at.agent = w.agent() // the partner's
	}
	switch p := w.Float64(); {
	case p < 0.10:
		at.network = w.carrier()
	case p < 0.13:
		at.network = w.network("vpn", w.IntN(10))
	}
	if w.chance(0.08) { // a card that was never used here
		b.cards = []string{w.name("card")}
	}

	when := w.days(1, 60)
	w.see(b, at, when, "")
	if w.chance(0.15) {
		at = w.usual(a)
	}
	w.refer(Fraud, a, b, w.buys(b, at, w.soon(when, 2*24*hour), TieClaim))
}

// secondAccount: a customer refers themselves, some times.
func secondAccount(w *world) {
	a := w.person()
	w.shares(a, true)
	w.see(a, where{a.home, a.phone}, w.days(0, 30), "")
	for range 1 + w.IntN(4) {
		self(w, a)
	}
	w.others(a, 2)
}

// privateWindow: somebody who never bought makes an account for the reward, and buys with another.
func privateWindow(w *world) {
	a := w.person()
	w.shares(a, false)
	w.see(a, where{a.home, a.phone}, w.days(0, 1), "")
	for range 1 + w.IntN(3) {
		self(w, a)
	}
}

// alias: the same by forms of one address.
func alias(w *world) {
	a := w.advocate()
	w.see(a, where{a.home, a.phone}, w.days(0, 1), "")
	for range 1 + w.IntN(4) {
		self(w, a)
		b := w.judged[len(w.judged)-1].friend
		b.Orders[0].Mailbox = a.mailbox
	}
}

// farm: one hand, many accounts, a network for each by a VPN, and few cards.
func farm(w *world) {
	a := w.person()
	w.shares(a, w.chance(0.5))
	cards := []string{w.name("card"), w.name("card")}
	for range 5 + w.IntN(6) {
		b := w.account(a)
		b.cards = cards
		at := where{w.network("vpn", w.IntN(12)), a.laptop}
		when := w.days(1, 40)
		w.see(b, at, when, "")
		o := w.buys(b, at, w.soon(when, 24*hour), TieClaim)
		if o.Card == "" && w.chance(0.7) { // wallets ask for more than a farm has
			o.Card = pick(w, cards)
		}
		w.refer(Fraud, a, b, o)
	}
}

// couponLink: the link stands on a coupon site for some days. A friend whom the advocate told comes meanwhile.
func couponLink(w *world) {
	a := w.advocate()
	sites := leaks[:1+w.IntN(3)]
	for range 15 + w.IntN(30) {
		b := w.person()
		o := w.joins(Fraud, a, b, w.days(20, 34))
		b.Seen[0].Referrer = w.leaked(sites)
		o.Referrer = b.Seen[0].Referrer
	}
	w.others(a, 1)
}

// leaked is where somebody came from who found a code: the site itself, a search, or nobody knows.
func (w *world) leaked(sites []string) string {
	switch p := w.Float64(); {
	case p < 0.5:
		return pick(w, sites)
	case p < 0.65:
		return "www.google.com"
	}
	return ""
}

// couponCode: the shareable code stands there, and is typed at the checkout.
func couponCode(w *world) {
	a := w.advocate()
	sites := leaks[:1+w.IntN(3)]
	for range 15 + w.IntN(30) {
		b := w.person()
		o := w.buys(b, w.usual(b), w.days(20, 34), TieShared)
		o.Referrer = w.leaked(sites)
		w.refer(Fraud, a, b, o)
	}
	w.others(a, 1)
}

// clerk: somebody at the till types their own code for whoever has none.
func clerk(w *world, source Source) {
	a := w.person()
	w.shares(a, w.chance(0.5))
	for range 10 + w.IntN(20) {
		b := w.person()
		o := w.buys(b, where{}, w.days(10, 10+12), TieShared)
		o.Source = source
		w.refer(Fraud, a, b, o)
	}
}

// stuffing: addresses of strangers are written down, who then buy on their own.
func stuffing(w *world) {
	a := w.advocate()
	for range 8 + w.IntN(10) {
		b := w.person()
		at := where{a.home, a.laptop}
		when := w.days(1, 6)
		w.see(b, at, when, "")
		b.Seen[0].Typed = b.mailbox
		w.refer(Fraud, a, b, w.buys(b, w.usual(b), w.soon(when, 20*24*hour), TieTyped))
	}
}

// bothWays: two refer each other, each as a new customer.
func bothWays(w *world) {
	a, b := w.person(), w.person()
	w.shares(a, false)
	w.shares(b, false)
	w.joins(Fraud, a, b, w.days(1, 20))
	w.joins(Fraud, b, a, w.days(10, 30))
}

// inARing: three to five do so in a ring.
func inARing(w *world) {
	var all []*somebody
	for range 3 + w.IntN(3) {
		p := w.person()
		w.shares(p, false)
		all = append(all, p)
	}
	for i, p := range all {
		w.joins(Fraud, p, all[(i+1)%len(all)], w.days(1+3*i, 20+3*i))
	}
}

// refundCycle: buy, wait, spend the reward, give back; again with new pairs of accounts, or by one advocate.
func refundCycle(w *world) {
	hand := w.person()
	w.shares(hand, w.chance(0.5))
	w.see(hand, where{hand.home, hand.phone}, w.days(0, 1), "")
	a := hand
	for i := range 3 + w.IntN(2) {
		if i > 0 && w.chance(0.4) {
			a = w.account(hand)
			w.shares(a, false)
			w.see(a, where{hand.home, hand.phone}, w.days(20*i, 20*i+1), "")
		}
		self(w, a)
		e := &w.edges[len(w.edges)-1]
		e.SpentAt = e.At.Add(16 * 24 * hour)
		e.GivenBackAt = e.SpentAt.Add(3 * 24 * hour)
	}
}

// staff: who works for the shop refers themselves from work, by an address of the shop or their own.
func staff(w *world) {
	a := w.person()
	a.home = w.network("shop", w.IntN(2))
	w.shares(a, w.chance(0.4))
	w.see(a, where{a.home, a.laptop}, w.days(0, 1), "")
	for range 1 + w.IntN(3) {
		self(w, a)
		b := w.judged[len(w.judged)-1].friend
		b.Orders[0].OwnDomain = w.chance(0.5)
	}
}

// careful: another telephone, another network, another card, another address. It is here to be seen missed.
func careful(w *world) {
	a := w.advocate()
	for range 1 + w.IntN(3) {
		w.joins(Fraud, a, w.person(), w.days(1, 60))
	}
}
