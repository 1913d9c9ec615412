// Package trusttest makes labelled histories of referrals, for tests of package trust: families of honest and dishonest
// people, who own telephones, cards and homes and are seen as a shop sees them, with what is missing, shared and replaced
// in between. A history is written as what people do; no family sets a signal. The labels and the frequencies are ours:
// docs/TRUST.md says what that shows, and what it does not.
package trusttest

import (
	"fmt"
	"math/rand/v2"
	"time"

	. "twofold/trust"
)

// Frequencies in the world, as shares. They are assumptions, and stand here so that they can be doubted one by one.
const (
	noCard        = 0.22 // orders that are paid without a card that is shown: wallets, PayPal, invoice
	cardReplaced  = 0.08 // a card is another one by the time of a later order
	networkLost   = 0.05 // a sighting whose network is not known
	agentLost     = 0.06
	busyUnknown   = 0.10 // networks of which the shop has counted nothing
	cameFrom      = 0.35 // sightings that tell where somebody came from
	onTheMove     = 0.25 // sightings by a carrier's network
	onLaptop      = 0.30
	riskHigh      = 0.015
	riskMedium    = 0.05
	giftOrder     = 0.03 // orders of gift cards alone
	lateReturn    = 0.03 // orders that go back after the reward was spent
	rewardSpent   = 0.60
	strangersCard = 0.02 // friends whose household has bought here before, with the same card
)

// Agents of telephones and laptops by how common they are: every second shopper has one of four.
var popular = []float64{0.20, 0.14, 0.10, 0.08, 0.06, 0.05, 0.04, 0.03, 0.03, 0.02, 0.02, 0.02}

// Hosts from which honest shoppers come.
var social = []string{"l.instagram.com", "m.facebook.com", "t.co", "www.tiktok.com", "mail.google.com", "web.whatsapp.com", "www.google.com", "www.reddit.com"}

// Hosts at which codes leak.
var leaks = []string{"www.retailmenot.com", "couponfollow.com", "slickdeals.net", "www.mydealz.de", "www.dealabs.com", "simplycodes.com"}

// world draws one history.
type world struct {
	*rand.Rand
	start   time.Time
	traffic float64        // how busy the shop is: 0.2 to 5
	busy    map[string]int // how many agents were seen on a network
	ids     int
	people  []*somebody
	edges   []Referral
	judged  []subject
}

// subject is one referral that is to be judged, with its label.
type subject struct {
	label            Label
	advocate, friend *somebody
}

// somebody is a person, or an account that a person made.
type somebody struct {
	Person
	phone, laptop string // agents
	home          string // network
	cards         []string
	mailbox, tel  string
}

func newWorld(seed uint64, family string, n int) *world {
	var mixed uint64
	for _, letter := range family {
		mixed = mixed*131 + uint64(letter)
	}
	r := rand.New(rand.NewPCG(seed, mixed+uint64(n)))
	return &world{
		Rand:    r,
		start:   time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		traffic: 0.2 + 4.8*r.Float64()*r.Float64(),
		busy:    map[string]int{},
	}
}

func (w *world) chance(p float64) bool { return w.Float64() < p }

func (w *world) name(kind string) string {
	w.ids++
	return fmt.Sprintf("%s%d", kind, w.ids)
}

func pick[T any](w *world, from []T) T { return from[w.IntN(len(from))] }

// agent draws a browser's name: mostly one that many have.
func (w *world) agent() string {
	at := w.Float64()
	for i, share := range popular {
		if at -= share; at < 0 {
			return fmt.Sprintf("agent%d", i)
		}
	}
	return w.name("rare")
}

// person draws somebody with a home of their own.
func (w *world) person() *somebody {
	p := &somebody{
		phone: w.agent(), laptop: w.agent(), home: w.network("home", w.IntN(2)),
		cards: []string{w.name("card")}, mailbox: w.name("mailbox"), tel: w.name("tel"),
	}
	if w.chance(0.4) {
		p.cards = append(p.cards, w.name("card"))
	}
	p.ID = w.name("customer")
	w.people = append(w.people, p)
	return p
}

// housemate draws somebody who lives with another: in one house, behind one network, and now and then with the same
// telephone.
func (w *world) housemate(of *somebody) *somebody {
	p := w.person()
	p.home = of.home
	if w.chance(0.3) {
		p.phone = of.phone
	}
	return p
}

// account is another account of the same person's: another customer, with an address of its own.
func (w *world) account(of *somebody) *somebody {
	p := &somebody{phone: of.phone, laptop: of.laptop, home: of.home, cards: of.cards, mailbox: w.name("mailbox"), tel: of.tel}
	if w.chance(0.4) {
		p.mailbox = of.mailbox // by a plus or a dot
	}
	if w.chance(0.4) {
		p.tel = w.name("tel")
	}
	p.ID = w.name("customer")
	w.people = append(w.people, p)
	return p
}

// network makes one on which so many agents were seen besides those of the history.
func (w *world) network(kind string, others int) string {
	name := w.name(kind)
	w.busy[name] = others
	return name
}

// carrier is one of the networks by which a carrier's customers go out: other ones from visit to visit, each shared by
// hundreds, of whom a small shop has seen few.
func (w *world) carrier() string {
	name := fmt.Sprintf("carrier%d", w.IntN(40))
	if _, known := w.busy[name]; !known {
		w.busy[name] = w.IntN(1 + int(8*w.traffic))
	}
	return name
}

// where is how somebody is seen: on a network, by an agent.
type where struct{ network, agent string }

// usual is where a person mostly is.
func (w *world) usual(p *somebody) where {
	at := where{p.home, p.phone}
	switch {
	case w.chance(onTheMove):
		at.network = w.carrier()
	case w.chance(onLaptop):
		at.agent = p.laptop
	}
	return at
}

// see notes that a person was seen, with what is lost on the way.
func (w *world) see(p *somebody, at where, when time.Time, referrer string) {
	s := Sighting{At: when, Network: at.network, Agent: at.agent, Referrer: referrer}
	if w.chance(networkLost) {
		s.Network = ""
	}
	if w.chance(agentLost) {
		s.Agent = ""
	}
	p.Seen = append(p.Seen, s)
}

// from is where an honest shopper came from, if that is told.
func (w *world) from() string {
	if w.chance(cameFrom) {
		return pick(w, social)
	}
	return ""
}

// buys gives a person an order.
func (w *world) buys(p *somebody, at where, when time.Time, by Tie) *Order {
	o := Order{
		ID: w.name("order"), At: when, Source: Web, By: by, Network: at.network, Agent: at.agent,
		Risk: RiskLow, Mailbox: p.mailbox, Phone: p.tel,
	}
	if !w.chance(noCard) {
		if w.chance(cardReplaced) {
			p.cards = append([]string{w.name("card")}, p.cards[1:]...)
		}
		o.Card = pick(w, p.cards)
	}

	if w.chance(networkLost) {
		o.Network, o.Agent = "", ""
	}
	if w.chance(0.3) {
		o.Phone = ""
	}

	switch risk := w.Float64(); {
	case risk < riskHigh:
		o.Risk = RiskHigh
	case risk < riskHigh+riskMedium:
		o.Risk = RiskMedium
	}
	if w.chance(giftOrder) {
		o.GiftCardsBP = 10_000
	}
	p.Orders = append(p.Orders, o)
	return &p.Orders[len(p.Orders)-1]
}

// days is a random instant between two days of the history.
func (w *world) days(first, last int) time.Time {
	span := time.Duration(last-first) * 24 * time.Hour
	return w.start.Add(time.Duration(first)*24*time.Hour + time.Duration(w.Float64()*float64(span)))
}

// soon is up to so long afterwards, mostly much less.
func (w *world) soon(after time.Time, most time.Duration) time.Time {
	return after.Add(time.Minute + time.Duration(w.Float64()*w.Float64()*float64(most)))
}

// advocate draws somebody who shares: mostly a customer who has bought before.
func (w *world) advocate() *somebody {
	p := w.person()
	w.shares(p, w.chance(0.85))
	return p
}

// shares lets a person join, look at their page now and then, and perhaps buy before.
func (w *world) shares(p *somebody, bought bool) {
	p.Bought = BoughtNothing
	if bought {
		p.Bought = BoughtBefore
		for range 1 + w.IntN(3) {
			w.buys(p, w.usual(p), w.days(-200, 0), TieNone)
		}
	}
	for range 1 + w.IntN(4) {
		w.see(p, w.usual(p), w.days(0, 60), "")
	}
}

// refer ties a friend's order to the advocate, to be judged under a label.
func (w *world) refer(label Label, advocate, friend *somebody, o *Order) {
	e := Referral{Advocate: advocate.ID, Friend: friend.ID, At: o.At}
	if w.chance(rewardSpent) {
		e.SpentAt = o.At.Add(time.Duration(15+w.IntN(30)) * 24 * time.Hour)
		if w.chance(lateReturn) {
			e.GivenBackAt = e.SpentAt.Add(time.Duration(1+w.IntN(20)) * 24 * time.Hour)
		}
	}
	w.edges = append(w.edges, e)
	w.judged = append(w.judged, subject{label, advocate, friend})
}

// joins is an honest friend's whole walk: opening the link, and buying within days.
func (w *world) joins(label Label, advocate, friend *somebody, when time.Time) *Order {
	at := w.usual(friend)
	w.see(friend, at, when, w.from())
	o := w.buys(friend, w.later(friend, at), w.soon(when, 12*24*time.Hour), TieClaim)
	if w.chance(strangersCard) {
		spouse := w.housemate(friend)
		spouse.cards = friend.cards
		w.buys(spouse, w.usual(spouse), w.days(-100, 0), TieNone)
	}
	w.refer(label, advocate, friend, o)
	return o
}

// later is where somebody is when they come back: every second time where they were.
func (w *world) later(p *somebody, at where) where {
	if w.chance(0.5) {
		return at
	}
	return w.usual(p)
}

// others gives an advocate some honest friends beside whom the history is about.
func (w *world) others(advocate *somebody, most int) {
	for range w.IntN(most + 1) {
		w.joins(Honest, advocate, w.person(), w.days(0, 60))
	}
}
