package referral

import (
	"slices"

	"twofold/tenant"
)

// CardHashes are the keyed hashes of a payment card, under every key in use; none of none. A card has other hashes in
// each shop, so that nobody is followed from one to another.
func CardHashes(h LookupHasher, shop tenant.ShopID, card string) []string {
	if card == "" {
		return nil
	}
	return h.Hashes(shop, "card", card)
}

// checkCard: the order was not paid with a card of the advocate's, nor with one of another friend of theirs. A couple
// with one card and a person with two accounts look the same: it is held, and never more. What was paid with that card
// may come before the order or after it, so that it does not matter which was heard of first.
func checkCard(w *weighing) Check {
	for _, o := range inTime(w.facts.SameCard) {
		others := overlap(o.Cards, w.order.Cards) && o.Customer != w.order.Customer
		theirs := o.Customer != "" && o.Customer == w.advocate.Customer
		if others && (theirs || w.broughtBy(o)) { // a stranger's card may be that of a household which has bought here before
			return result(Holds, ReasonSameCard, Value{"also_paid", o.Name})
		}
	}
	return passed()
}

// broughtBy tells whether the same advocate has brought an order: by a shareable code, or by a claim that it carries. A
// link that was opened after the order says nothing of it.
func (w *weighing) broughtBy(o Order) bool {
	if overlap(o.Codes, w.advocate.Codes) {
		return true
	}
	touched := func(t Touch) bool { return t.Advocate == w.advocate.ID && !t.At.After(o.ProcessedAt) }
	return slices.ContainsFunc(w.facts.CardClaims, func(c Claim) bool {
		carried := o.ClaimID() == c.ID || slices.ContainsFunc(o.Codes, c.Has)
		return carried && slices.ContainsFunc(c.Touches, touched)
	})
}
