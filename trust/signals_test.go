package trust_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/trust"
)

// rows are honest scenes that one change makes worth a look, or that nearly are.
var rows = []struct {
	name   string
	change func(*trust.Neighbourhood)
	want   string // the signals, in the order of the table
}{
	{"nothing is noticed of an honest friend", func(*trust.Neighbourhood) {}, ""},

	{"the advocate's card", func(n *trust.Neighbourhood) { n.Friend.Orders[0].Card = "card-ann" }, "circle_card"},
	{"another friend's card", func(n *trust.Neighbourhood) {
		brings(n, friend("eve", noon))
		n.Friend.Orders[0].Card = "card-eve"
	}, "circle_card"},
	{"the card of who brought the advocate", func(n *trust.Neighbourhood) {
		n.Others = []trust.Person{friend("zoe", noon)}
		n.Referrals = append(n.Referrals, trust.Referral{Advocate: "zoe", Friend: "ann"})
		n.Friend.Orders[0].Card = "card-zoe"
	}, "circle_card"},
	{"a stranger's card", func(n *trust.Neighbourhood) {
		n.Others = []trust.Person{friend("zoe", noon)}
		n.Friend.Orders[0].Card = "card-zoe"
	}, "known_card"},
	{"no card is shown of either", func(n *trust.Neighbourhood) {
		n.Friend.Orders[0].Card, n.Advocate.Orders[0].Card = "", ""
	}, ""},

	{"an alias of the advocate's address", func(n *trust.Neighbourhood) { n.Friend.Orders[0].Mailbox = "ann@" }, "same_mailbox"},
	{"the advocate's telephone", func(n *trust.Neighbourhood) { n.Friend.Orders[0].Phone = "tel-ann" }, "same_phone"},
	{"an address of the shop's", func(n *trust.Neighbourhood) { n.Friend.Orders[0].OwnDomain = true }, "own_domain"},

	{"the advocate's house", func(n *trust.Neighbourhood) { n.Friend.Seen[0].Network, n.Friend.Orders[0].Network = "anns", "anns" }, ""},
	{"the house of an advocate who has bought nothing", func(n *trust.Neighbourhood) {
		n.Advocate.Bought = trust.BoughtNothing
		n.Friend.Seen[0].Network, n.Friend.Orders[0].Network = "anns", "anns"
	}, "own_network"},
	{"it is not known what the advocate bought", func(n *trust.Neighbourhood) {
		n.Advocate.Bought = trust.BoughtUnknown
		n.Friend.Seen[0].Network, n.Friend.Orders[0].Network = "anns", "anns"
	}, ""},
	{"the friend bought elsewhere", func(n *trust.Neighbourhood) {
		n.Advocate.Bought = trust.BoughtNothing
		n.Friend.Seen[0].Network = "anns"
	}, ""},
	{"the advocate's house and telephone", func(n *trust.Neighbourhood) { atAnns(&n.Friend) }, "same_agent"},
	{"a café, as the shop knows", func(n *trust.Neighbourhood) {
		atAnns(&n.Friend)
		n.Networks[0].Agents = 4
	}, ""},
	{"a café, as it is seen here", func(n *trust.Neighbourhood) {
		atAnns(&n.Friend)
		n.Networks = nil
		for _, phone := range []string{"phone2", "phone3", "phone4"} {
			n.Advocate.Seen = append(n.Advocate.Seen, trust.Sighting{At: noon, Network: "anns", Agent: phone})
		}
	}, ""},
	{"an office, as its cards tell", func(n *trust.Neighbourhood) {
		atAnns(&n.Friend)
		crowd(n, 2, day, func(_ int, p *trust.Person) { atAnns(p) })
	}, ""},
	{"another friend's house and telephone", func(n *trust.Neighbourhood) {
		eve := friend("eve", noon)
		eve.Seen, eve.Orders[0].Network, eve.Orders[0].Agent = n.Friend.Seen, "bob's", "phone-bob"
		brings(n, eve)
	}, "friends_agent"},

	{"two of three others paid with one card, and the friend with none", func(n *trust.Neighbourhood) {
		crowd(n, 3, day, func(i int, p *trust.Person) {
			if i < 2 {
				p.Orders[0].Card = "card-x"
			}
		})
		n.Friend.Orders[0].Card = ""
	}, "caught_link"},
	{"two of three others have Ann's house and telephone, and the friend paid with no card", func(n *trust.Neighbourhood) {
		crowd(n, 3, day, func(i int, p *trust.Person) {
			if i < 2 {
				atAnns(p)
			}
		})
		n.Friend.Orders[0].Card = ""
	}, "caught_link"},
	{"the same, with a card of the friend's own", func(n *trust.Neighbourhood) {
		crowd(n, 3, day, func(i int, p *trust.Person) {
			if i < 2 {
				p.Orders[0].Card = "card-x"
			}
		})
	}, ""},
	{"two of five others", func(n *trust.Neighbourhood) {
		crowd(n, 5, day, func(i int, p *trust.Person) {
			if i < 2 {
				p.Orders[0].Card = "card-x"
			}
		})
		n.Friend.Orders[0].Card = ""
	}, ""},

	{"the link stands on a coupon site", func(n *trust.Neighbourhood) {
		crowd(n, 5, hour, func(i int, p *trust.Person) { from([]string{"www.retailmenot.com", "", "", "", ""}[i], p) })
		from("slickdeals.net", &n.Friend)
		from("couponfollow.com", &n.Others[1])
	}, "coupon_burst coupon_visitor"},
	{"who came with them, from nowhere that is known", func(n *trust.Neighbourhood) {
		crowd(n, 5, hour, func(i int, p *trust.Person) {
			from([]string{"www.retailmenot.com", "slickdeals.net", "mydealz.de", "", ""}[i], p)
		})
	}, "coupon_burst"},
	{"who came with them, by a search", func(n *trust.Neighbourhood) {
		crowd(n, 5, hour, func(i int, p *trust.Person) {
			from([]string{"www.retailmenot.com", "slickdeals.net", "mydealz.de", "", ""}[i], p)
		})
		from("www.google.co.uk", &n.Friend)
	}, "coupon_burst"},
	{"one of them in three weeks", func(n *trust.Neighbourhood) {
		crowd(n, 5, 21*day, func(i int, p *trust.Person) {
			from([]string{"www.retailmenot.com", "slickdeals.net", "mydealz.de", "", ""}[i], p)
		})
		n.Others[0].Seen[0].At = noon.Add(-21 * day)
	}, ""},
	{"who came with them, from a friend", func(n *trust.Neighbourhood) {
		crowd(n, 5, hour, func(i int, p *trust.Person) {
			from([]string{"www.retailmenot.com", "slickdeals.net", "mydealz.de", "", ""}[i], p)
		})
		from("web.whatsapp.com", &n.Friend)
	}, ""},
	{"who came days before them", func(n *trust.Neighbourhood) {
		crowd(n, 5, hour, func(i int, p *trust.Person) {
			p.Seen[0].At = p.Seen[0].At.Add(3 * day)
			p.Orders[0].At = p.Orders[0].At.Add(3 * day)
			from([]string{"www.retailmenot.com", "slickdeals.net", "mydealz.de", "", ""}[i], p)
		})
	}, ""},
	{"a story: most come from where people talk", func(n *trust.Neighbourhood) {
		crowd(n, 12, hour, func(i int, p *trust.Person) {
			host := "l.instagram.com"
			if i < 3 {
				host = "www.retailmenot.com"
			}
			from(host, p)
		})
	}, ""},
	{"two who looked for a code", func(n *trust.Neighbourhood) {
		crowd(n, 6, hour, func(i int, p *trust.Person) {
			from([]string{"www.retailmenot.com", "slickdeals.net", "", "", "", ""}[i], p)
		})
	}, ""},
	{"one network, as of a campus", func(n *trust.Neighbourhood) {
		crowd(n, 6, hour, func(i int, p *trust.Person) {
			p.Seen[0].Network, p.Orders[0].Network = "campus", "campus"
			from([]string{"www.retailmenot.com", "slickdeals.net", "mydealz.de", "", "", ""}[i], p)
		})
	}, ""},

	{"codes that were typed at the checkout, and no network is shown", func(n *trust.Neighbourhood) {
		typedCode(&n.Friend, "slickdeals.net")
		crowd(n, 5, hour, func(i int, p *trust.Person) {
			typedCode(p, []string{"www.retailmenot.com", "", "mydealz.de", "", ""}[i])
		})
	}, "coupon_burst coupon_visitor"},

	{"strangers at the till for days", func(n *trust.Neighbourhood) {
		atTill(&n.Friend)
		crowd(n, 4, day, func(_ int, p *trust.Person) { atTill(p) })
	}, "till_code"},
	{"strangers' drafts for days", func(n *trust.Neighbourhood) {
		atTill(&n.Friend)
		crowd(n, 4, day, func(_ int, p *trust.Person) {
			atTill(p)
			p.Orders[0].Source = trust.Draft
		})
	}, "till_code"},
	{"a party at the till", func(n *trust.Neighbourhood) {
		atTill(&n.Friend)
		crowd(n, 6, time.Minute, func(_ int, p *trust.Person) { atTill(p) })
	}, ""},
	{"a few at the till in a year", func(n *trust.Neighbourhood) {
		atTill(&n.Friend)
		crowd(n, 6, 60*day, func(_ int, p *trust.Person) { atTill(p) })
	}, ""},
	{"a few at the till", func(n *trust.Neighbourhood) {
		atTill(&n.Friend)
		crowd(n, 3, day, func(_ int, p *trust.Person) { atTill(p) })
	}, ""},
	{"who opened the link before", func(n *trust.Neighbourhood) {
		n.Friend.Orders[0].Source, n.Friend.Orders[0].By = trust.Till, trust.TieShared
		crowd(n, 4, day, func(_ int, p *trust.Person) { atTill(p) })
	}, ""},

	{"addresses that were typed on one network", func(n *trust.Neighbourhood) {
		n.Friend.Seen[0] = trust.Sighting{At: noon, Network: "stall", Agent: "tablet", Typed: "bob@"}
		n.Friend.Orders[0].By = trust.TieTyped
		crowd(n, 4, hour, func(_ int, p *trust.Person) {
			p.Seen[0] = trust.Sighting{At: p.Seen[0].At, Network: "stall", Agent: "tablet", Typed: p.ID}
		})
	}, "typed_addresses"},
	{"each by a telephone of its own", func(n *trust.Neighbourhood) {
		n.Friend.Seen[0] = trust.Sighting{At: noon, Network: "stall", Agent: "phone-bob", Typed: "bob@"}
		n.Friend.Orders[0].By = trust.TieTyped
		crowd(n, 4, hour, func(_ int, p *trust.Person) {
			p.Seen[0] = trust.Sighting{At: p.Seen[0].At, Network: "stall", Agent: "phone-" + p.ID, Typed: p.ID}
		})
	}, ""},
	{"one in a week", func(n *trust.Neighbourhood) {
		n.Friend.Seen[0] = trust.Sighting{At: noon, Network: "stall", Agent: "tablet", Typed: "bob@"}
		n.Friend.Orders[0].By = trust.TieTyped
		crowd(n, 4, 8*day, func(_ int, p *trust.Person) {
			p.Seen[0] = trust.Sighting{At: p.Seen[0].At, Network: "stall", Agent: "tablet", Typed: p.ID}
		})
	}, ""},
	{"four of them", func(n *trust.Neighbourhood) {
		n.Friend.Seen[0] = trust.Sighting{At: noon, Network: "stall", Agent: "tablet", Typed: "bob@"}
		n.Friend.Orders[0].By = trust.TieTyped
		crowd(n, 3, hour, func(_ int, p *trust.Person) {
			p.Seen[0] = trust.Sighting{At: p.Seen[0].At, Network: "stall", Agent: "tablet", Typed: p.ID}
		})
	}, ""},
	{"colleagues, whose orders carry their claims", func(n *trust.Neighbourhood) {
		n.Friend.Seen[0] = trust.Sighting{At: noon, Network: "office", Agent: "laptop", Typed: "bob@"}
		crowd(n, 6, hour, func(_ int, p *trust.Person) {
			p.Seen[0] = trust.Sighting{At: p.Seen[0].At, Network: "office", Agent: "laptop", Typed: p.ID}
		})
	}, ""},

	{"each brought the other", func(n *trust.Neighbourhood) {
		n.Referrals = append(n.Referrals, trust.Referral{Advocate: "bob", Friend: "ann"})
	}, "reciprocal"},
	{"a ring of three", func(n *trust.Neighbourhood) {
		n.Referrals = append(n.Referrals, trust.Referral{Advocate: "bob", Friend: "eve"}, trust.Referral{Advocate: "eve", Friend: "ann"})
	}, "ring"},
	{"a chain", func(n *trust.Neighbourhood) {
		n.Referrals = append(n.Referrals, trust.Referral{Advocate: "bob", Friend: "eve"}, trust.Referral{Advocate: "eve", Friend: "fay"})
	}, ""},

	{"three rewards of four were spent and their orders given back", func(n *trust.Neighbourhood) {
		crowd(n, 4, day, func(int, *trust.Person) {})
		spend(n, 4, 3)
	}, "give_back"},
	{"two of two, as it happens", func(n *trust.Neighbourhood) {
		crowd(n, 2, day, func(int, *trust.Person) {})
		spend(n, 2, 2)
	}, ""},
	{"three of five", func(n *trust.Neighbourhood) {
		crowd(n, 5, day, func(int, *trust.Person) {})
		spend(n, 5, 3)
	}, ""},
	{"one, of who pays with the advocate's card", func(n *trust.Neighbourhood) {
		crowd(n, 1, day, func(_ int, p *trust.Person) { p.Orders[0].Card = "card-ann" })
		spend(n, 1, 1)
	}, "give_back"},
	{"one, of who shows no card either", func(n *trust.Neighbourhood) {
		crowd(n, 1, day, func(_ int, p *trust.Person) { p.Orders[0].Card = "" })
		n.Friend.Orders[0].Card = ""
		spend(n, 1, 1)
	}, ""},
	{"given back before anything was spent", func(n *trust.Neighbourhood) {
		crowd(n, 1, day, func(_ int, p *trust.Person) { p.Orders[0].Card = "card-ann" })
		spend(n, 1, 1)
		n.Referrals[1].GivenBackAt = n.Referrals[1].SpentAt
	}, ""},

	{"Shopify says that it is risky", func(n *trust.Neighbourhood) { n.Friend.Orders[0].Risk = trust.RiskHigh }, "high_risk"},
	{"a middling risk", func(n *trust.Neighbourhood) { n.Friend.Orders[0].Risk = trust.RiskMedium }, ""},
	{"gift cards", func(n *trust.Neighbourhood) { n.Friend.Orders[0].GiftCardsBP = 8_000 }, "gift_cards"},
	{"a gift card among other goods", func(n *trust.Neighbourhood) { n.Friend.Orders[0].GiftCardsBP = 7_999 }, ""},
}

// spend lets so many of Ann's other rewards be spent, and the orders of some go back afterwards.
func spend(n *trust.Neighbourhood, spent, back int) {
	for i := range spent {
		n.Referrals[1+i].SpentAt = noon.Add(20 * day)
		if i < back {
			n.Referrals[1+i].GivenBackAt = noon.Add(21 * day)
		}
	}
}

func names(v trust.Verdict) string {
	var all []string
	for _, s := range v.Signals {
		all = append(all, s.Name)
	}
	return strings.Join(all, " ")
}

func TestSignals(t *testing.T) {
	t.Parallel()
	noticed := map[string]bool{}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			n := scene()
			row.change(&n)
			if got := names(trust.Judge(n, trust.Balanced)); got != row.want {
				t.Errorf("-%q +%q", row.want, got)
			}
		})
		for name := range strings.FieldsSeq(row.want) {
			noticed[name] = true
		}
	}
	for _, row := range trust.Table {
		if !noticed[row.Name] {
			t.Errorf("no row is about %s", row.Name)
		}
	}
}

// What ties people fades with the time between the facts, not with the time since.
func TestWhatTiesPeopleFades(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		days    int
		weight  int
		outcome trust.Outcome
	}{{0, 140, trust.Hold}, {730, 70, trust.Note}, {1460, 35, trust.Note}} {
		n := scene()
		n.Friend.Orders[0].Card = "card-ann"
		n.Advocate.Orders[0].At = n.Friend.Orders[0].At.Add(-time.Duration(row.days) * day)
		if got := trust.Judge(n, trust.Balanced); got.Weight != row.weight || got.Outcome != row.outcome {
			t.Errorf("after %d days: %d, %s; want %d, %s", row.days, got.Weight, got.Outcome, row.weight, row.outcome)
		}
	}
}

// Of several orders with one card that closest in time counts.
func TestTheNearestCounts(t *testing.T) {
	t.Parallel()
	n := scene()
	old := n.Advocate.Orders[0]
	old.ID, old.At = "a0", n.Friend.Orders[0].At.Add(-730*day)
	n.Advocate.Orders[0].At = n.Friend.Orders[0].At
	n.Advocate.Orders = append([]trust.Order{old}, n.Advocate.Orders...)
	n.Friend.Orders[0].Card = "card-ann"

	got := trust.Judge(n, trust.Balanced)
	if got.Weight != 140 || !slices.Equal(got.Signals[0].Saw, []string{"order-bob", "ann", "a1"}) {
		t.Errorf("%+v", got)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	leaked := func(n *trust.Neighbourhood) {
		crowd(n, 6, hour, func(_ int, p *trust.Person) { from("www.retailmenot.com", p) })
		from("slickdeals.net", &n.Friend)
	}
	claims := func(change func(*trust.Neighbourhood)) func(*trust.Neighbourhood) {
		return func(n *trust.Neighbourhood) {
			change(n)
			n.Friend.Orders = nil
		}
	}
	none := func(*trust.Neighbourhood) {}
	card := func(n *trust.Neighbourhood) { n.Friend.Orders[0].Card = "card-ann" }
	agent := func(n *trust.Neighbourhood) { atAnns(&n.Friend) }
	typed := func(n *trust.Neighbourhood) {
		for i := range rows {
			if rows[i].want == "typed_addresses" {
				rows[i].change(n)
			}
		}
	}

	for _, row := range []struct {
		name                      string
		change                    func(*trust.Neighbourhood)
		relaxed, balanced, strict trust.Outcome
	}{
		{"an honest friend", none, trust.None, trust.None, trust.None},
		{"one card", card, trust.Note, trust.Hold, trust.Hold},
		{"one telephone in one house", agent, trust.Note, trust.Hold, trust.Hold},
		{"a leak", leaked, trust.Hold, trust.Hold, trust.Hold},
		{"an address that was typed", typed, trust.Note, trust.Ask, trust.Ask},
		{"that, and a card", func(n *trust.Neighbourhood) { typed(n); card(n) }, trust.Ask, trust.Hold, trust.Hold},
		{"who claims in one house", claims(agent), trust.Note, trust.Ask, trust.Ask},
		{"who claims by a leaked link", claims(leaked), trust.Ask, trust.Ask, trust.Refuse},
	} {
		n := scene()
		row.change(&n)
		want := []trust.Outcome{row.relaxed, row.balanced, row.strict}
		for i, s := range trust.Strictnesses {
			if got := trust.Judge(n, s).Outcome; got != want[i] {
				t.Errorf("%s, %q: -%q +%q", row.name, s, want[i], got)
			}
		}
	}
}

func TestCouponHosts(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"retailmenot.com": true, "www.retailmenot.com": true, "WWW.Slickdeals.net": true, "uk.topcashback.co.uk": true,
		"": false, "com": false, "notretailmenot.com": false, "retailmenot.com.evil.example": false, "www.google.com": false, "#": false,
	} {
		if got := trust.CouponHost(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestOwnDomain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		address string
		domains []string
		want    bool
	}{
		{"ann@shop.example", []string{"www.shop.example"}, true},
		{" Ann@Mail.SHOP.example ", []string{"shop.example"}, true},
		{"ann@notshop.example", []string{"shop.example"}, false},
		{"ann@gmail.com", []string{"gmail.com"}, false}, // the shop writes from there, and so does half the world
		{"ann@shop.example", []string{""}, false},
		{"ann@shop.example", nil, false},
		{"", []string{"shop.example"}, false},
		{"ann", []string{"shop.example"}, false},
	} {
		if got := trust.OwnDomain(row.address, row.domains); got != row.want {
			t.Errorf("%q of %q: %v", row.address, row.domains, got)
		}
	}
}
