package referral

import (
	"slices"

	"twofold/money"
)

// taken is what discounts took off an order.
type taken struct {
	ours   money.Amount // by the friend's codes, off goods and shipping
	left   money.Amount // of that, off goods that are still there
	others money.Amount // by all other discounts, off goods that are still there
}

// takenOff is what the codes of the friend's offer took off an order on which there is one, and what everything else
// did: automatic discounts, those of the shipping and a merchant's own are somebody else's.
func takenOff(f Facts, o Order) (t taken, err error) {
	if !o.Itemized {
		return assumed(f.Campaigns[givenBy(f, o)].Terms.Friend, o)
	}

	nothing := money.Amount{Currency: o.Currency}
	t = taken{nothing, nothing, nothing}

	for _, d := range o.TookOff {
		if !isOurs(f, d.Code) {
			if t.others, err = t.others.Add(d.Left); err != nil {
				return t, err
			}
			continue
		}
		if t.ours, err = t.ours.Add(d.Amount); err != nil {
			return t, err
		}
		if t.left, err = t.left.Add(d.Left); err != nil {
			return t, err
		}
	}
	return t, nil
}

// given is what codes of friends' offers took off an order, nothing where it carries none.
func given(f Facts, o Order) (money.Amount, error) {
	if givenBy(f, o) == (CampaignKey{}) {
		return money.Amount{Currency: o.Currency}, nil
	}
	took, err := takenOff(f, o)
	return took.ours, err
}

// isOurs tells whether a code gives the friend's offer: a claim's, or an advocate's shareable one.
func isOurs(f Facts, code string) bool {
	if slices.ContainsFunc(f.Claims, func(c Claim) bool { return c.Has(code) }) {
		return true
	}
	for _, a := range f.Advocates {
		if code != "" && slices.Contains(a.Codes, code) {
			return true
		}
	}
	return false
}

// assumed is takenOff for snapshots that were kept before lines were read: the friend's code took what it promises, at
// most all that was discounted, and what was given back took its part along. What free shipping saved is not told from
// the rest.
func assumed(offer Offer, o Order) (t taken, err error) {
	if t.ours, err = atMost(offer, o); err != nil {
		return t, err
	}
	t.left = t.ours
	if offer.Kind == FreeShipping {
		t.left.Minor = 0
	}
	if t.others, err = o.Discounted.Sub(t.ours); err != nil {
		return t, err
	}

	if current := o.CurrentSubtotal.NotBelowZero(); current.Minor < o.Subtotal.Minor {
		if t.left, err = t.left.Part(current, o.Subtotal); err != nil {
			return t, err
		}
		t.others, err = t.others.Part(current, o.Subtotal)
	}
	return t, err
}

// atMost is the promise, an amount or a percentage of what the order was before all discounts, or all of the order's
// discounts if these are less.
func atMost(offer Offer, o Order) (money.Amount, error) {
	promise := offer.Amount
	switch offer.Kind {
	case FreeShipping:
		return o.Discounted, nil
	case PercentOff:
		whole, err := o.Subtotal.Add(o.Discounted)
		if err != nil {
			return whole, err
		}
		if promise, err = whole.Share(offer.RateBP); err != nil {
			return promise, err
		}
	}
	if more, err := o.Discounted.AtLeast(promise); err != nil || more {
		return promise, err
	}
	return o.Discounted, nil
}

// goods is what of an order counts for the minimum.
type goods struct {
	discount money.Amount // what our code took off of what is left; zero: no code of ours is on the order, or for the shipping
	counted  money.Amount // what is left of the goods, before that
	minimum  money.Amount // of the offer whose code is on the order: the checkout asks for that; else of the terms that credit
}

// goods adds what our code took off to what is left: of both what is still there.
//
// The checkout asks for the minimum before discounts of the order are taken off, and it has let our code through: if
// the goods reach the minimum only with what other discounts took off, as much of that counts as is missing. Source:
// help.shopify.com, Combining discounts; shopify.dev, DiscountMinimumSubtotal, 2026-10.
func (w *weighing) goods() (g goods, err error) {
	g = goods{counted: w.net, minimum: w.campaign.Terms.Minimum}
	promised, ours := w.facts.Campaigns[givenBy(*w.facts, w.order)]
	if !ours {
		return g, nil
	}

	g.minimum = promised.Terms.Minimum
	took, err := takenOff(*w.facts, w.order)
	if err != nil {
		return g, err
	}
	g.discount = took.left
	left, err := w.order.left()
	if err != nil {
		return g, err
	}
	if g.counted, err = left.Add(took.left); err != nil {
		return g, err
	}

	missing, err := g.minimum.Sub(g.counted)
	if err != nil || missing.Minor > took.others.Minor {
		g.counted = g.counted.NotBelowZero()
		return g, err
	}
	if missing.Minor > 0 {
		g.discount.Minor += missing.Minor
		g.counted = g.minimum
	}
	return g, nil
}
