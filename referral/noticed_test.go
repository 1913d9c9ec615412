package referral_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "twofold/referral"
	"twofold/referral/referraltest"
	"twofold/trust"
)

// noticed is what the check of trust saw on Bob's first order, as "signal words, signal words".
func noticed(r Referral) string {
	var all []string
	for _, c := range referraltest.WeighedOf(r, bobsOrder().ID).Checks {
		for _, v := range c.Saw {
			if c.Rule == "trust" {
				all = append(all, v.Name+" "+v.Value)
			}
		}
	}
	return strings.Join(all, ", ")
}

// another is a friend whom an advocate's link has brought, some time after Bob.
func another(i int, by AdvocateID, after time.Duration, change ...func(*Neighbour)) Neighbour {
	n := Neighbour{
		Friend: CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", 40+i)),
		Traces: []Trace{{
			Order: orderID(1100 + i), Name: fmt.Sprintf("#%d", 1100+i), Advocate: by, At: bought.Add(after), By: trust.TieClaim,
			From: SourceWeb, Cards: []string{fmt.Sprint("card of ", i)},
		}},
		Seen: []Sighting{{At: bought.Add(after - time.Hour)}},
	}
	for _, c := range change {
		c(&n)
	}
	return n
}

// seenAt has Bob's claim, and the order, come from a network by a browser.
func seenAt(w *referraltest.Scene, network, agent string) {
	w.Claim().Seen = []Sighting{{At: noon, Networks: []string{network}, Agents: []string{agent}}}
	w.Order().Marks = Marks{Networks: []string{network}, Agents: []string{agent}}
}

// alicesOrder is an order of Alice's own, a month before Bob's.
func alicesOrder(m Marks) Order {
	return Order{Shop: testShop, ID: orderID(900), Name: "#900", ProcessedAt: bought.Add(-30 * day), Customer: alice, Marks: m}
}

// Each signal of package trust is noticed when a referral is decided, says what it saw, and has the referral wait where
// the campaign's strictness says so.
func TestNoticed(t *testing.T) {
	t.Parallel()
	strict := func(w *referraltest.Scene) { w.Terms(func(t *Terms) { t.Strictness = trust.Strict }) }

	for _, row := range []struct {
		says   string
		change func(*referraltest.Scene)
		reason Reason // "": it is not held
		saw    string
	}{
		{"nothing is known", func(*referraltest.Scene) {}, "", ""},
		{"an alias of the advocate's address", func(w *referraltest.Scene) {
			w.Facts.Own = []Order{alicesOrder(Marks{Mailboxes: []string{"m"}})}
			w.Order().Marks.Mailboxes = []string{"m"}
		}, "same_mailbox", "same_mailbox +160 #900"},
		{"the telephone of another friend", func(w *referraltest.Scene) {
			w.Order().Marks.Phones = []string{"t"}
			w.Facts.Neighbours = []Neighbour{another(1, "adv_alice", 0, func(n *Neighbour) { n.Traces[0].Marks.Phones = []string{"t"} })}
		}, "same_phone", "same_phone +120 #1101"},
		{"the telephone of a stranger", func(w *referraltest.Scene) {
			w.Order().Marks.Phones = []string{"t"}
			w.Facts.Neighbours = []Neighbour{another(1, "adv_zoe", 0, func(n *Neighbour) { n.Traces[0].Marks.Phones = []string{"t"} })}
		}, "", ""},
		{"an address of the shop's own", func(w *referraltest.Scene) { w.Order().Marks.OwnDomain = true }, "own_domain", "own_domain +110"},
		{"a link that has leaked", func(w *referraltest.Scene) {
			w.Order().Marks.Referrer = "www.retailmenot.com"
			for i := range 6 {
				w.Facts.Neighbours = append(w.Facts.Neighbours, another(i, "adv_alice", time.Duration(i)*time.Hour, func(n *Neighbour) {
					n.Traces[0].Marks.Referrer = "www.retailmenot.com"
				}))
			}
		}, "coupon_burst", "coupon_burst +150 7 7 7, coupon_visitor +40 www.retailmenot.com"},
		{"as many friends of somebody else's link", func(w *referraltest.Scene) {
			w.Order().Marks.Referrer = "www.retailmenot.com"
			for i := range 6 {
				w.Facts.Neighbours = append(w.Facts.Neighbours, another(i, "adv_zoe", time.Duration(i)*time.Hour))
			}
		}, "", "coupon_visitor +40 www.retailmenot.com"},
		{"a clerk", func(w *referraltest.Scene) {
			w.Facts.Claims, w.Order().Codes, w.Order().Source = nil, []string{"ALICE"}, "pos"
			for i := range 5 {
				w.Facts.Neighbours = append(w.Facts.Neighbours, another(i, "adv_alice", time.Duration(i)*20*time.Hour, func(n *Neighbour) {
					n.Seen, n.Traces[0].From, n.Traces[0].By = nil, SourcePOS, trust.TieShared
				}))
			}
		}, "till_code", "till_code +150 6 4"},
		{"the network of an advocate who has bought nothing", func(w *referraltest.Scene) {
			seenAt(w, "n", "telephone")
			w.Advocate("adv_alice", func(a *Advocate) {
				a.Purchase, a.Seen = PurchaseNone, []Sighting{{At: noon, Networks: []string{"n"}, Agents: []string{"laptop"}}}
			})
		}, "own_network", "own_network +100 1"},
		{"the network of one who has", func(w *referraltest.Scene) {
			seenAt(w, "n", "telephone")
			w.Advocate("adv_alice", func(a *Advocate) {
				a.Purchase, a.Seen = PurchaseSeen, []Sighting{{At: noon, Networks: []string{"n"}, Agents: []string{"laptop"}}}
			})
		}, "", ""},
		{"the advocate's network and browser, after the keys were rotated", func(w *referraltest.Scene) {
			seenAt(w, "k1:n", "k1:a")
			w.Order().Marks = Marks{Networks: []string{"k2:n", "k1:n"}, Agents: []string{"k2:a", "k1:a"}}
			w.Advocate("adv_alice", func(a *Advocate) {
				a.Seen = []Sighting{{At: noon, Networks: []string{"k2:n", "k1:n"}, Agents: []string{"k2:a", "k1:a"}}}
			})
		}, "same_agent", "same_agent +110 1 1"},
		{"another friend's network and browser", func(w *referraltest.Scene) {
			strict(w)
			seenAt(w, "n", "a")
			w.Facts.Neighbours = []Neighbour{another(1, "adv_alice", 0, func(n *Neighbour) {
				n.Seen[0].Networks, n.Seen[0].Agents = []string{"n"}, []string{"a"}
			})}
		}, "friends_agent", "friends_agent +70"},
		{"most friends of the link share a card", func(w *referraltest.Scene) {
			w.Order().Cards = nil
			for i := range 2 {
				w.Facts.Neighbours = append(w.Facts.Neighbours, another(i, "adv_alice", 0, func(n *Neighbour) { n.Traces[0].Cards = []string{"one"} }))
			}
		}, "caught_link", "caught_link +100 2 2"},
		{"each has brought the other", func(w *referraltest.Scene) {
			w.Advocate("adv_bob", func(a *Advocate) { a.ID, a.Customer = "adv_bob", bob })
			w.Facts.Neighbours = []Neighbour{another(1, "adv_bob", 0, func(n *Neighbour) { n.Friend = alice })}
		}, "reciprocal", "reciprocal +120"},
		{"three have brought each other", func(w *referraltest.Scene) {
			w.Advocate("adv_bob", func(a *Advocate) { a.ID, a.Customer = "adv_bob", bob })
			w.Facts.Neighbours = []Neighbour{
				another(1, "adv_zoe", 0, func(n *Neighbour) { n.Friend = alice }),
				another(2, "adv_bob", 0, func(n *Neighbour) { n.Friend = referraltest.Zoe }),
			}
		}, "ring", "ring +150"},
		{"rewards were spent, and their orders given back", func(w *referraltest.Scene) {
			for i := range 3 {
				w.Facts.Neighbours = append(w.Facts.Neighbours, another(i, "adv_alice", 0, func(n *Neighbour) {
					n.Traces[0].SpentAt, n.Traces[0].GivenBackAt = bought.Add(-day), bought
				}))
			}
		}, "give_back", "give_back +150 3 3"},
		{"a card with which the advocate paid two years ago", func(w *referraltest.Scene) {
			w.CardOf(alice, 900, bought.Add(-730*day))
		}, "", "circle_card +70 #900"},
		{"a stranger's card, and Shopify thinks that the order is risky", func(w *referraltest.Scene) {
			w.CardOf(referraltest.Zoe, 1002, bought)
			w.Order().Marks.Risk = RiskHigh
		}, "", "known_card +50 #1002, high_risk +40"},
		{"the same, and the merchant is strict", func(w *referraltest.Scene) {
			strict(w)
			w.CardOf(referraltest.Zoe, 1002, bought)
			w.Order().Marks.Risk = RiskHigh
		}, "known_card", "known_card +50 #1002, high_risk +40"},
		{"nearly all that was bought is gift cards", func(w *referraltest.Scene) {
			w.Terms(func(t *Terms) { t.Minimum = usd("0") })
			w.Order().GiftCards = usd("70")
		}, "", "gift_cards +40"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			row.change(w)
			w.Decide()

			r := w.Referral
			state := Pending
			if row.reason != "" {
				state = Flagged
			}
			if r.State != state || r.Reason != row.reason || noticed(r) != row.saw {
				t.Errorf("%s (%s), saw %q; want %s (%s), %q", r.State, r.Reason, noticed(r), state, row.reason, row.saw)
			}
			mustHold(t, w.Facts, r)

			slices.Reverse(w.Facts.Neighbours)
			if again := decide(t, w.Facts); noticed(again) != row.saw {
				t.Errorf("with the neighbours in another order it saw %q", noticed(again))
			}
		})
	}
}

// What was released is not asked about again: what it says does not change by who comes later.
func TestWhatIsReleasedIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	w := newScene(t)
	w.Release()
	w.CardOf(alice, 1002, bought.Add(15*day))
	w.Decide()
	if saw := noticed(w.Referral); saw != "" || w.Referral.State != Approved {
		t.Errorf("%s, saw %q; want approved, and nothing", w.Referral.State, saw)
	}
}

// What others see of a friend follows from the friend's facts alone, so that it is the same whatever is thought of
// anybody; and who was erased is seen no more.
func TestWhatOthersSee(t *testing.T) {
	t.Parallel()
	w := newScene(t)
	w.Order().Cards, w.Order().Marks = []string{"k2:c", "k1:c"}, Marks{Phones: []string{"t"}, Referrer: "example.com"}
	w.Claim().Seen = []Sighting{{At: noon, Networks: []string{"n"}}}
	w.Decide()
	alone := w.Referral.Neighbour
	if len(alone.Traces) != 1 || alone.Traces[0].Advocate != "adv_alice" || len(alone.Seen) != 1 || !alone.At().Equal(bought) ||
		!slices.Equal(alone.Ties(), []string{"k1:c", "k2:c", "t"}) {
		t.Fatalf("others see %+v", alone)
	}

	w.CardOf(alice, 900, noon)
	w.Order().Cards = []string{"k2:c", "k1:c"}
	w.Facts.SameCard[0].Cards = []string{"k1:c"}
	w.Decide()
	if is := w.Referral; is.State != Flagged || fmt.Sprint(is.Neighbour) != fmt.Sprint(alone) {
		t.Errorf("%s, others see %+v; want flagged, and the same as before: %+v", is.State, is.Neighbour, alone)
	}

	w.Order().Customer, w.Facts.Friend = "erased:1", "erased:1"
	w.Decide()
	if is := w.Referral.Neighbour; is.Friend != "" || len(is.Traces) > 0 || len(is.Seen) > 0 {
		t.Errorf("of who was erased others see %+v", is)
	}
}

// Others are looked at again when they see something else than before: those of the links of then and of now, and
// all of a ring that is closed, or opened.
func TestWhoIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	w := newScene(t)
	w.Decide()
	first := w.Stored()
	if !slices.Equal(first.LookAgain.Links, []AdvocateID{"adv_alice"}) || first.LookRev != 1 {
		t.Fatalf("look again at %v (%d)", first.LookAgain.Links, first.LookRev)
	}

	again := referraltest.DecidedAfter(t, first, w.Facts)
	if again.LookRev != 1 {
		t.Errorf("deciding on the same facts has others looked at again (%d)", again.LookRev)
	}

	first.LookAgain = Look{} // they were
	w.Act(Act{Kind: ActLink, At: bought, Order: w.Order().ID, Advocate: "adv_zoe", Campaign: cmp1})
	linked := referraltest.DecidedAfter(t, first, w.Facts)
	if !slices.Equal(linked.LookAgain.Links, []AdvocateID{"adv_alice", "adv_zoe"}) {
		t.Errorf("when the order is given to Zoe, look again at %v", linked.LookAgain)
	}

	w.Advocate("adv_bob", func(a *Advocate) { a.ID, a.Customer = "adv_bob", bob })
	w.Facts.Neighbours = []Neighbour{another(1, "adv_bob", 0, func(n *Neighbour) { n.Friend = referraltest.Zoe })}
	closed := referraltest.DecidedAfter(t, first, w.Facts)
	if !slices.Equal(closed.LookAgain.Links, []AdvocateID{"adv_alice", "adv_bob", "adv_zoe"}) {
		t.Errorf("when that closes a ring, look again at %v", closed.LookAgain)
	}
}
