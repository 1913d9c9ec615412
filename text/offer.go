package text

import (
	"twofold/claims"
	"twofold/money"
	"twofold/referral"
)

// Offer words what a side gets: "$20 off", "15% off", "free shipping", "10% of the order".
func (p *Printer) Offer(o referral.Offer) string {
	return p.Say("shopper.offer."+string(o.Kind), With{"amount": p.Short(o.Amount), "percent": p.Percent(o.RateBP)})
}

// Worth words what a reward counts for: its amount, or for kinds without one what it gives.
func (p *Printer) Worth(r referral.Reward) string {
	if r.Amount.IsZero() {
		return p.Offer(referral.Offer{Kind: r.Kind, RateBP: r.RateBP, Amount: r.Amount})
	}
	return p.Money(r.Amount)
}

// FriendGets tells a friend what the offer gives, and from which order on.
func (p *Printer) FriendGets(v claims.OfferView) string {
	offer := With{"offer": p.gift(v.Friend)}
	if !v.Friend.AfterOrder {
		return p.least("shopper.friend_gets", v.Minimum, offer)
	}

	offer["next"] = p.least("shopper.next_order", v.Friend.Minimum, With{})
	offer["first"] = p.least("shopper.first_order", v.Minimum, With{})
	return p.Say("shopper.friend_gets_after", offer)
}

// gift words an offer as what somebody gets on an order.
func (p *Printer) gift(o referral.Offer) string {
	return p.Say("shopper.gift."+string(o.Kind), With{"amount": p.Short(o.Amount), "percent": p.Percent(o.RateBP)})
}

// least words an entry that has a second form, id + "_from", for when there is a minimum.
func (p *Printer) least(id string, minimum money.Amount, values With) string {
	if minimum.IsZero() {
		return p.Say(id, values)
	}
	values["minimum"] = p.Short(minimum)
	return p.Say(id+"_from", values)
}

// AdvocateGets tells a friend what the advocate gets for it.
func (p *Printer) AdvocateGets(v claims.OfferView) string {
	return p.Say("shopper.advocate_gets."+string(v.Advocate.Kind), With{
		"amount": p.Short(v.Advocate.Amount), "percent": p.Percent(v.Advocate.RateBP),
	})
}

// Claimed tells a friend what a claim gives.
func (p *Printer) Claimed(v claims.ClaimView) string {
	if v.Claim.Code == "" {
		return p.Say("shopper.claim.noted")
	}
	return p.Say("shopper.claim.code", With{"end": v.Claim.ExpiresAt.UTC()})
}

// Newer asks a friend who holds an older promise which offer it shall be.
func (p *Printer) Newer(v claims.OfferView) string {
	return p.Say("shopper.claim.newer", With{"offer": p.FriendGets(v)})
}

// Combines lists what a discount may stand beside: "order and shipping discounts", "no other discount".
func (p *Printer) Combines(c referral.Combines) string {
	var kinds []string
	for _, one := range []struct {
		on   bool
		kind string
	}{{c.Order, "order"}, {c.Product, "product"}, {c.Shipping, "shipping"}} {
		if one.on {
			kinds = append(kinds, p.Say("merchant.discount."+one.kind))
		}
	}

	if len(kinds) == 0 {
		return p.Say("merchant.combines.none")
	}
	return p.Say("merchant.combines.with", With{"kinds": kinds})
}
