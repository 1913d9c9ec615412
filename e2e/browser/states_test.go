package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"twofold/text"
)

// cardState is one thing that the landing card can say: how it comes about, and what must be seen of it and what must
// not. Entries are those of [shopper.widget] in the folder text.
type cardState struct {
	name    string
	smoke   bool         // played in every run, not by `make e2e` alone
	terms   []string     // of the campaign, where they differ from those it begins with: flags of `campaign edit`
	arrange func(*scene) // before the friend opens the link; nil: nothing
	then    func(*scene) // afterwards; nil: nothing
	says    []string     // entries that the card says
	with    text.With    // values of the entries
	sums    []string     // and those that are sums: left, cart, saved, as name=decimal
	buttons []string     // entries that are buttons, or links that look like them
	never   []string     // entries that the card must not say
	card    bool         // the friend's code stands on the card, in plain text
	cart    claimed      // what becomes of it in the cart
	refused string       // the request that our server refuses, of which the browser then complains by itself
	also    func(*scene) // what else must be so; nil: nothing
}

// claimed is what becomes of the friend's code in the cart.
type claimed int

const (
	notThere claimed = iota // it is not in the cart
	counts                  // it is in the cart, and takes something off
	waits                   // it is in the cart, and takes nothing off yet
	unasked                 // the row does not say
)

// take presses the button that takes the offer.
func take(s *scene) { s.press("buttons.take") }

// press presses a button of the card, by its entry.
func (s *scene) press(entry string) {
	s.t.Helper()
	s.friend.press(button(s.words(entry, nil)).inside("friends-card"))
}

// cardStates are all of them, in the order in which a friend may meet them. The n-th is looked at as mixOf(n) says.
var cardStates = []cardState{
	{
		name:    "offered",
		smoke:   true,
		says:    []string{"offer_live.lead", "shared.gift", "offer_live.rest_min"},
		buttons: []string{"buttons.take", "buttons.later"},
		never:   []string{"applied.rest", "applied.lead"},
		also: func(s *scene) {
			if claims := s.friend.requests(house.proxy + "/claim"); len(claims) > 0 {
				s.t.Errorf("the page claims before anybody has said so: %v", claims)
			}
		},
	},
	{
		name:    "applied",
		smoke:   true,
		arrange: func(s *scene) { s.fill(vase) },
		then:    take,
		says:    []string{"applied.lead", "shared.gift", "applied.rest", "applied.fine"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"buttons.take", "shared.unkept"},
		card:    true,
		cart:    counts,
	},
	{
		name:    "cart empty",
		then:    take,
		says:    []string{"empty.lead", "shared.gift", "empty.rest_min", "applied.fine"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"applied.rest"},
		card:    true,
		cart:    waits,
	},
	{
		name:    "below the minimum",
		smoke:   true,
		arrange: func(s *scene) { s.fill(teaTowel) },
		then:    take,
		says:    []string{"below.lead", "below.big", "below.rest", "below.fine"},
		sums:    []string{"left=12", "cart=28"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"applied.rest"},
		card:    true,
		cart:    waits,
	},
	{
		name:    "cannot combine, a code",
		arrange: welcomed,
		then:    take,
		says:    []string{"clash.lead", "shared.gift", "clash.rest", "clash.fine"},
		with:    text.With{"other": "WELCOME10"},
		sums:    []string{"saved=6.80"},
		buttons: []string{"buttons.use"},
		never:   []string{"applied.rest"},
		cart:    waits,
		also:    func(s *scene) { s.friend.sees(button(s.words("buttons.leave", text.With{"other": "WELCOME10"}))) },
	},
	{
		name:    "the other code given up",
		arrange: welcomed,
		then:    func(s *scene) { take(s); s.press("buttons.use") },
		says:    []string{"applied.lead", "shared.gift", "applied.rest"},
		buttons: []string{"buttons.copy"},
		never:   []string{"buttons.use"},
		card:    true,
		cart:    counts,
		also: func(s *scene) {
			if s.cart().has("WELCOME10") {
				s.t.Error("the code that was given up is still in the cart")
			}
		},
	},
	{
		name:    "cannot combine, a discount of the shop's",
		arrange: func(s *scene) { s.fill(vase); s.automatic(500) },
		then:    take,
		says:    []string{"automatic.lead", "shared.gift", "automatic.rest", "automatic.fine"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"applied.rest"},
		card:    true,
		cart:    unasked,
	},
	{
		name:    "does not go with the cart",
		arrange: func(s *scene) { s.fill(vase); s.shop.changeDiscounts(map[string]any{"minimum": "500"}) },
		then:    take,
		says:    []string{"unfit.lead", "shared.gift", "unfit.rest", "unfit.fine"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"applied.rest"},
		card:    true,
		cart:    waits,
	},
	{
		name:    "the cart cannot be read",
		arrange: func(s *scene) { s.fill(vase); s.friend.always("/cart.js", answer{}) },
		then:    take,
		says:    []string{"typed.lead", "shared.gift", "typed.rest"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"applied.rest"},
		card:    true,
		cart:    unasked,
	},
	{
		name:    "not remembered",
		arrange: func(s *scene) { s.fill(vase); s.shop.theme(theme{"consent": false}) },
		then:    take,
		says:    []string{"applied.lead", "shared.gift", "applied.rest", "shared.unkept"},
		buttons: []string{"buttons.copy", "buttons.send"},
		never:   []string{"applied.fine"},
		card:    true,
		cart:    counts,
		also: func(s *scene) {
			if kept := evaluate[int](s.friend, "localStorage.length + sessionStorage.length"); kept > 0 {
				s.t.Errorf("without consent the browser keeps %d entries", kept)
			}
		},
	},
	{
		name: "promised under other terms",
		arrange: func(s *scene) {
			s.friend.open(s.link())
			take(s)
			s.friend.says("friends-card", s.pieces("empty.lead", nil)...)
			s.shop.edit("--friend", "amount_off 30")
			s.shop.goLive()
		},
		says:    []string{"kept.head", "kept.say"},
		buttons: []string{"buttons.copy"},
		never:   []string{"buttons.take", "buttons.take_ship"},
		card:    true,
		cart:    unasked,
	},
	{
		name:  "noted for after the order",
		terms: []string{"--friend-after-order"},
		then:  take,
		says:  []string{"noted.lead", "shared.gift", "noted.rest_min"},
		never: []string{"buttons.copy", "buttons.take"},
	},
	{
		name:    "own link",
		arrange: func(s *scene) { s.signIn("alice@example.com") },
		refused: "/visit",
		says:    []string{"own_link.lead", "shared.gift", "own_link.rest", "own_link.fine"},
		buttons: []string{"buttons.share"},
		never:   []string{"buttons.take"},
	},
	{
		name:    "bought before",
		arrange: func(s *scene) { s.shop.bought("bob@example.com"); s.signIn("bob@example.com") },
		then:    take,
		refused: "/claim",
		says:    []string{"already_ordered.lead", "shared.gift", "already_ordered.rest"},
		buttons: []string{"buttons.join"},
		never:   []string{"applied.rest", "empty.lead"},
	},
	{
		name:  "keep or switch",
		smoke: true,
		arrange: func(s *scene) {
			s.friend.open(s.linkOf(s.shop.advocate("carol@example.com")))
			take(s)
			s.friend.says("friends-card", s.pieces("empty.rest_min", nil)...)
		},
		says:    []string{"choose.lead", "shared.gift", "choose.rest", "choose.fine"},
		buttons: []string{"buttons.keep", "buttons.switch"},
		never:   []string{"buttons.take"},
		cart:    unasked,
	},
	{
		name: "already used",
		arrange: func(s *scene) {
			s.fill(vase)
			s.friend.open(s.link())
			take(s)
			s.friend.says("friends-card", s.pieces("applied.rest", nil)...)
			s.checkOut("bob@example.com")
			s.credited(s.advocate)
		},
		refused: "/visit",
		says:    []string{"offer_used.head", "offer_used.say"},
		buttons: []string{"buttons.join"},
		never:   []string{"buttons.copy", "buttons.take"},
	},
	{
		name:    "ended",
		arrange: func(s *scene) { s.shop.merchant("end"); s.shop.shows("ended", 1) },
		says:    []string{"offer_ended.head", "offer_ended.say"},
		never:   []string{"buttons.take", "offer_live.lead"},
	},
	{
		name:    "paused",
		smoke:   true,
		arrange: func(s *scene) { s.shop.merchant("pause"); s.shop.shows("paused", 1) },
		says:    []string{"offer_paused.head", "offer_paused.say"},
		never:   []string{"buttons.take", "offer_live.lead"},
	},
	{
		name:    "a link that nobody has",
		arrange: func(s *scene) { s.advocate = "NOBODY" },
		refused: "/visit",
		says:    []string{"unknown_link.head", "unknown_link.say"},
		never:   []string{"buttons.take"},
	},
	{
		name:    "code being made",
		arrange: func(s *scene) { s.fill(vase) },
		then: func(s *scene) {
			making := refusal(503, "unavailable", "preparing_codes")
			s.friend.instead("/claim", making, making)
			take(s)
			s.friend.says("friends-card", s.pieces("preparing_codes.head", nil)...)
			s.friend.says("friends-card", s.pieces("preparing_codes.say", nil)...)
			s.friend.accessible()
		},
		says:    []string{"applied.lead", "shared.gift", "applied.rest"},
		buttons: []string{"buttons.copy"},
		never:   []string{"preparing_codes.head"},
		card:    true,
		cart:    counts,
	},
	{
		name: "too many tries",
		then: func(s *scene) {
			s.friend.instead("/claim", limited("limited"))
			take(s)
		},
		says:    []string{"limited.head", "limited.say"},
		buttons: []string{"buttons.retry"},
		never:   []string{"buttons.copy"},
	},
	{
		name: "a link in great demand",
		then: func(s *scene) {
			s.friend.instead("/claim", limited("link_overused"))
			take(s)
		},
		says:  []string{"link_overused.head", "link_overused.say"},
		never: []string{"buttons.copy"},
	},
	{
		name: "offline",
		then: func(s *scene) {
			s.friend.sees(s.cardButton("buttons.take"))
			s.friend.offline(true)
			take(s)
		},
		says:    []string{"offline.head", "offline.say"},
		buttons: []string{"buttons.retry"},
		never:   []string{"buttons.copy"},
		cart:    unasked,
		also: func(s *scene) {
			s.friend.offline(false)
			s.press("buttons.retry")
			s.friend.says("friends-card", s.pieces("empty.rest_min", nil)...)
		},
	},
	{
		name:  "our servers down",
		smoke: true,
		then: func(s *scene) {
			s.friend.always(house.proxy, answer{status: 502, body: "There was an error in the third-party application."})
			take(s)
		},
		says:    []string{"spare.head", "spare.say_min"},
		buttons: []string{"buttons.retry"},
		also:    func(s *scene) { s.friend.says("friends-card", s.advocate) },
	},
	{
		name:  "our servers down, and nothing to type instead",
		terms: []string{"--share-ceiling", "0"},
		then: func(s *scene) {
			s.friend.always(house.proxy, answer{status: 404, headers: map[string]string{"Content-Type": "text/html"}, body: "<h1>Not found</h1>"})
			take(s)
		},
		says:    []string{"down.head", "down.say"},
		buttons: []string{"buttons.retry"},
		never:   []string{"spare.say_min"},
		also: func(s *scene) {
			if said := s.friend.said("friends-card"); strings.Contains(said, s.advocate) {
				s.t.Errorf("a code that nobody may type stands there: %s", said)
			}
		},
	},
	{
		name:    "in another currency",
		arrange: func(s *scene) { s.shop.theme(theme{"currency": "EUR", "rate": "0.85"}) },
		says:    []string{"offer_live.lead", "shared.gift", "offer_live.rest_min", "shared.about"},
		buttons: []string{"buttons.take"},
		also:    func(s *scene) { s.friend.says("friends-card", "17") },
	},
	{
		name:    "free shipping, without a minimum",
		terms:   freeShipping,
		says:    []string{"offer_live.lead", "shared.gift_ship", "offer_live.rest_ship"},
		buttons: []string{"buttons.take_ship", "buttons.later"},
		never:   []string{"shared.gift", "offer_live.rest_min"},
	},
	{
		name:  "a percentage",
		terms: []string{"--friend", "percent_off 15"},
		says:  []string{"offer_live.lead", "shared.gift", "offer_live.rest_min"},
		with:  text.With{"amount": percent(1500)},
		never: []string{"buttons.take_ship"},
	},
}

// freeShipping are the terms of a campaign that gives just that, from the first cent on.
var freeShipping = []string{"--friend", "free_shipping", "--combine-friend", "none", "--friend-minimum", "0", "--minimum", "0"}

// percent is a share as each language writes it.
type percent int

// TestCardStates plays the states that matter most; TestWholeCardStates plays all others.
func TestCardStates(t *testing.T) {
	t.Parallel()
	playStates(t, true)
}

func TestWholeCardStates(t *testing.T) {
	t.Parallel()
	playStates(t, false)
}

func playStates(t *testing.T, smoke bool) {
	t.Helper()
	for n, state := range cardStates {
		if state.smoke != smoke {
			continue
		}
		t.Run(state.name+"/"+mixOf(n).String(), func(t *testing.T) {
			t.Parallel()
			state.play(t, mixOf(n))
		})
	}
}

// play brings the state about, and compares what is seen with the row.
func (c cardState) play(t *testing.T, m mix) {
	t.Helper()
	s := stageScene(t, m, c.terms...)
	if c.arrange != nil {
		c.arrange(s)
	}
	if c.refused != "" {
		s.friend.forgive(house.proxy + c.refused)
	}
	s.friend.open(s.link())
	if c.then != nil {
		c.then(s)
	}

	with := c.values(s)
	for _, entry := range c.says {
		s.friend.says("friends-card", s.pieces(entry, with)...)
	}
	for _, entry := range c.buttons {
		s.friend.sees(button(s.words(entry, with)).inside("friends-card"))
	}
	s.neverSays("friends-card", with, c.never...)
	c.compareCode(s)
	s.friend.shoot(t.Name())
	s.friend.accessible()
	if c.also != nil {
		c.also(s)
	}
	s.friend.clean()
}

// neverSays fails if a widget says an entry now.
func (s *scene) neverSays(tag string, with text.With, entries ...string) {
	s.t.Helper()
	said := s.friend.said(tag)
	for _, entry := range entries {
		pieces := s.pieces(entry, with)
		if !slices.ContainsFunc(pieces, func(piece string) bool { return !strings.Contains(said, piece) }) {
			s.t.Errorf("%s says %q (%s) in %q", tag, pieces, entry, said)
		}
	}
}

// values are the row's, in the scene's language.
func (c cardState) values(s *scene) text.With {
	s.t.Helper()
	all := text.With{}
	for name, v := range c.with {
		if p, isPercent := v.(percent); isPercent {
			v = text.In(s.mix.language).Percent(int(p))
		}
		all[name] = v
	}
	for _, sum := range c.sums {
		name, decimal, _ := strings.Cut(sum, "=")
		all[name] = s.amount(decimal)
	}
	return all
}

// compareCode looks for the friend's code on the card and in the cart.
func (c cardState) compareCode(s *scene) {
	s.t.Helper()
	code := s.codeOnCard()
	if (code != "" && code != s.advocate) != c.card {
		s.t.Errorf("the card shows the code %q", code)
	}
	if c.cart == unasked {
		return
	}
	cart := s.cart()
	ours := slices.IndexFunc(cart.Codes, func(one cartCode) bool {
		return strings.EqualFold(one.Code, code) || code == "" && one.Code != "WELCOME10"
	})
	switch {
	case c.cart == notThere && ours >= 0:
		s.t.Errorf("the cart has the code %q", cart.Codes[ours].Code)
	case c.cart != notThere && (ours < 0 || cart.Codes[ours].Applicable != (c.cart == counts)):
		s.t.Errorf("the card shows the code %q, the cart has %v", code, cart.Codes)
	case c.cart != notThere && !strings.HasPrefix(cart.Attributes["_twofold"], "clm_"):
		s.t.Errorf("the cart says of the claim %q", cart.Attributes["_twofold"])
	}
}

// codeOnCard is the code that stands on the card in plain text, to be read and typed; "" for none.
func (s *scene) codeOnCard() string {
	s.t.Helper()
	return evaluate[string](s.friend, `(() => {
		const code = document.querySelector('friends-card')?.shadowRoot?.querySelector('.code code, .code .text');
		return code?.checkVisibility() ? code.innerText.trim() : '';
	})()`)
}

// welcomed is a cart with a code of the shop's own in it, which stands beside no other.
func welcomed(s *scene) {
	s.t.Helper()
	s.shop.discount("WELCOME10", 10)
	s.fill(vase)
	s.inPage("POST", "/cart/update.js", map[string]any{"discount": "WELCOME10"}, nil)
}

// automatic has the cart say that a discount of the shop's own took off some cents, beside which no code stands: the
// simulated Shopify has none.
func (s *scene) automatic(cents int64) {
	s.t.Helper()
	s.friend.change("/cart.js", func(body []byte) []byte {
		var cart map[string]any
		if err := json.Unmarshal(body, &cart); err != nil {
			s.t.Errorf("/cart.js: %v", err)
			return body
		}
		codes, _ := cart["discount_codes"].([]any)
		for _, one := range codes {
			if code, ok := one.(map[string]any); ok {
				code["applicable"] = false
			}
		}
		cart["total_discount"] = cents
		changed, err := json.Marshal(cart)
		if err != nil {
			s.t.Error(err)
		}
		return changed
	})
}

// changeDiscounts changes all discounts of the shop, as the merchant could in the admin.
func (s *shop) changeDiscounts(change map[string]any) {
	s.t.Helper()
	var all struct {
		Discounts []struct{ ID json.Number }
	}
	s.control("GET", "discounts", nil, &all)
	for _, d := range all.Discounts {
		s.control("POST", "discounts/"+strings.ReplaceAll(string(d.ID), "/", "%2F"), change, nil)
	}
}

// checkOut buys what is in the friend's cart.
func (s *scene) checkOut(email string) {
	s.t.Helper()
	var answer struct {
		Order struct{ Name string }
	}
	s.inPage("POST", "/checkout", map[string]any{"email": email}, &answer)
	if answer.Order.Name == "" {
		s.t.Fatal("nothing was bought")
	}
}

// ifOffered presses a button where the card has it: whether a state shows at once or when the offer is taken is the
// card's.
func (s *scene) ifOffered(entry string) {
	s.t.Helper()
	s.friend.until("the card to speak", func() (bool, error) { return s.friend.said("friends-card") != "", nil })
	there, err := s.friend.look(button(s.words(entry, nil)).inside("friends-card"))
	if err != nil {
		s.t.Fatal(err)
	}
	if len(there) > 0 {
		s.press(entry)
	}
}

// limited is the refusal of somebody who asks too often.
func limited(code string) answer {
	a := refusal(429, "limited", code)
	a.headers = map[string]string{"Retry-After": fmt.Sprint(3600)}
	return a
}
