package referral

import (
	"cmp"
	"slices"
)

// The merchant's acts. Each is kept as a fact with its time: a recomputation weighs it like any other, and never undoes
// it.

// OrNone is a reward's state; a reward that there is not is none.
func OrNone(s RewardState) RewardState { return cmp.Or(s, RewardNone) }

// MayLink tells whether an order may be linked: nothing was released yet, or that was for this order and advocate, and
// unlinked since.
func MayLink(r Referral, order OrderID, advocate AdvocateID) bool {
	return r.Release == nil || (r.Reason == ReasonNoEvidence && r.Release.Order == order && r.Release.Advocate == advocate)
}

// AddAct adds an act to the facts.
func AddAct(f *Facts, a Act) bool {
	f.Acts = append(slices.Clone(f.Acts), a)
	return true
}

// approved tells whether the check would hold, had the merchant not let it pass.
func (c Check) approved() bool {
	return slices.ContainsFunc(c.Saw, func(v Value) bool { return v.Name == approvedByMerchant })
}

// lets tells whether an approval lets a check pass: the rule was among what held then, and of what is noticed around a
// friend all was noticed then. Who approved a card has not approved a ring.
func (a Act) lets(c Check) bool {
	seenThen := func(v Value) bool { return slices.Contains(a.Rules, v.Name) }
	return slices.Contains(a.Rules, c.Rule) && (c.Rule != ruleTrust || !slices.ContainsFunc(c.Saw, func(v Value) bool { return !seenThen(v) }))
}

// HeldBy names the rules that hold the referral's order, and those that an earlier approval lets pass, with the signals of
// trust: a new approval lets all of these pass, and no others.
func HeldBy(r Referral) []string {
	var rules []string
	for _, w := range r.Explained.Orders {
		for _, c := range w.Checks {
			if w.Order != r.Order || (c.Result != Holds && !c.approved()) {
				continue
			}
			rules = append(rules, c.Rule)
			for _, v := range c.Saw {
				if c.Rule == ruleTrust && v.Name != approvedByMerchant {
					rules = append(rules, v.Name)
				}
			}
		}
	}
	return rules
}
