package trust

import (
	"cmp"
	"slices"
	"time"
)

func card(o Order) string    { return o.Card }
func mailbox(o Order) string { return o.Mailbox }
func phone(o Order) string   { return o.Phone }

// circleCard: the friend paid with a card with which the advocate, or another of the advocate's circle, has paid. It
// sees: the friend's order, the other person, their order.
func circleCard(v *view) (finding, bool) { return v.shared(v.among(true), card) }

// knownCard: the card is a stranger's. They may be one household, or one customer with two accounts, who is not new. It
// sees: the friend's order, the other person, their order.
func knownCard(v *view) (finding, bool) { return v.shared(v.among(false), card) }

// sameMailbox: the address is an alias of the advocate's, or of one of the circle. It sees: the friend's order, the other
// person, their order.
func sameMailbox(v *view) (finding, bool) { return v.shared(v.among(true), mailbox) }

// samePhone: the telephone number is the advocate's, or of one of the circle. It sees: the friend's order, the other
// person, their order.
func samePhone(v *view) (finding, bool) { return v.shared(v.among(true), phone) }

// ownDomain: the friend's address is one of the shop itself. It sees: the order.
func ownDomain(v *view) (finding, bool) {
	return v.first(func(o Order) bool { return o.OwnDomain })
}

// highRisk: Shopify thinks that the order is risky. It sees: the order.
func highRisk(v *view) (finding, bool) {
	return v.first(func(o Order) bool { return o.Risk == RiskHigh })
}

// mostlyGiftCards is the share of gift cards in an order from which on it is hardly a purchase, in basis points.
const mostlyGiftCards = 8_000

// giftCards: nearly all that was bought is gift cards, which are money. It sees: the order.
func giftCards(v *view) (finding, bool) {
	return v.first(func(o Order) bool { return o.GiftCardsBP >= mostlyGiftCards })
}

// reciprocal: each has brought the other, so that both were new to the shop by the other's link. It sees: the advocate.
func reciprocal(v *view) (finding, bool) {
	back := func(r Referral) bool { return r.Advocate == v.friend.ID && r.Friend == v.advocate.ID }
	return finding{saw: []string{v.advocate.ID}}, slices.ContainsFunc(v.Referrals, back)
}

// longestRing is how many people a ring may have that is looked for.
const longestRing = 6

// ring: the friend brought somebody, who brought somebody, and so on until the advocate. It sees: whom the friend
// brought, and so on, the advocate last, on the shortest way; of equals the one whose ids come first.
func ring(v *view) (finding, bool) {
	edges := slices.SortedFunc(slices.Values(v.Referrals), func(a, b Referral) int {
		return cmp.Or(cmp.Compare(a.Advocate, b.Advocate), cmp.Compare(a.Friend, b.Friend))
	})

	paths := [][]string{{v.friend.ID}}
	reached := map[string]bool{v.friend.ID: true}
	for len(paths) > 0 {
		path := paths[0]
		paths = paths[1:]
		for _, r := range edges {
			direct := len(path) == 1 && r.Friend == v.advocate.ID // that is reciprocal
			if r.Advocate != path[len(path)-1] || reached[r.Friend] || direct || len(path) == longestRing {
				continue
			}
			longer := append(slices.Clone(path), r.Friend)
			if r.Friend == v.advocate.ID {
				return finding{saw: longer[1:]}, true
			}
			reached[r.Friend] = true
			paths = append(paths, longer)
		}
	}
	return finding{}, false
}

// fewReturns is how many late returns happen to any link.
const fewReturns = 2

// giveBack: rewards were spent, and the orders for which they were given went back afterwards: several of this link and
// two thirds of all, or one of somebody who pays with the friend's or the advocate's card. It sees: how many, and of
// how many rewards that were spent.
func giveBack(v *view) (finding, bool) {
	hands := v.sharing()
	spent, given, byCard := 0, 0, 0
	var last time.Time

	for _, r := range v.Referrals {
		hand := hands[r.Advocate] || hands[r.Friend]
		if r.Friend == v.friend.ID || r.SpentAt.IsZero() || (r.Advocate != v.advocate.ID && !hand) {
			continue
		}
		spent++
		if !r.GivenBackAt.After(r.SpentAt) {
			continue
		}
		given++
		if hand {
			byCard++
		}
		if r.GivenBackAt.After(last) {
			last = r.GivenBackAt
		}
	}

	several := given > fewReturns && 3*given >= 2*spent
	return finding{apart(v.ordered(), last), counts(given, spent)}, several || byCard > 0
}

// sharing are the others who paid with a card of the friend's or the advocate's.
func (v *view) sharing() map[string]bool {
	own := map[string]bool{}
	for _, o := range slices.Concat(v.friend.Orders, v.advocate.Orders) {
		own[o.Card] = o.Card != ""
	}

	all := map[string]bool{}
	for _, p := range v.others {
		all[p.ID] = slices.ContainsFunc(p.Orders, func(o Order) bool { return own[o.Card] })
	}
	return all
}

// fewCaught is how many of a link's other friends may look like the advocate before the link does.
const fewCaught = 1

// caughtLink: of the link's other friends half, and more than one, paid with a card of the circle, or have nothing that
// is not the advocate's. The friend has paid with no card that would tell them apart. It sees: how many, and of how
// many.
func caughtLink(v *view) (finding, bool) {
	caught, others := 0, v.link[1:]
	for _, p := range others {
		shares := slices.ContainsFunc(p.Orders, func(o Order) bool { return len(v.holders[o.Card]) > 1 })
		if shares || v.oneHand(p, v.advocate) {
			caught++
		}
	}

	own := slices.ContainsFunc(v.friend.Orders, func(o Order) bool { return o.Card != "" })
	return finding{saw: counts(caught, len(others))}, !own && caught > fewCaught && 2*caught >= len(others)
}
