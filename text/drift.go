package text

import (
	"twofold/money"
	"twofold/referral"
)

// Drift says how a discount differs in Shopify from what it should be: "friend discount: its value is 25% off, should
// be 20% off". A difference that an earlier version noted has no values, nor has a discount that was deleted.
func (p *Printer) Drift(d referral.Drift) string {
	if d.Want == d.Has {
		return p.Say("merchant.drifted."+string(d.What), With{"side": d.Side})
	}
	return p.Say("merchant.drift."+string(d.What), With{
		"side": d.Side, "want": p.term(d.What, d.Want), "has": p.term(d.What, d.Has),
	})
}

// term words one term of a discount.
func (p *Printer) term(what referral.DriftKind, t referral.DriftTerm) string {
	switch what {
	case referral.DriftWorth:
		return p.Offer(referral.Offer{Kind: t.Kind, Amount: t.Amount, RateBP: t.RateBP})
	case referral.DriftMinimum:
		return p.minimum(t.Amount, t.Items)
	case referral.DriftProducts:
		return p.Say("merchant.discount_term." + either(t.SomeOnly, "some_products", "all_products"))
	case referral.DriftBuyers:
		return p.Say("merchant.discount_term." + either(t.SomeOnly, "some_buyers", "all_buyers"))
	case referral.DriftCombines:
		return p.Combines(t.Combines)
	case referral.DriftLimits:
		return p.limits(t)
	}

	if !t.At.IsZero() {
		return p.Moment(t.At.UTC())
	}
	return p.Say("merchant.discount_term." + either(what == referral.DriftStart, "in_the_past", "no_end"))
}

func (p *Printer) minimum(amount money.Amount, items int) string {
	if items > 0 {
		return p.Say("merchant.discount_term.items", With{"count": items})
	}
	return p.MoneyOrNone(amount)
}

// limits words how often a discount's codes may be used.
func (p *Printer) limits(t referral.DriftTerm) string {
	uses := p.Say("merchant.discount_term.no_limit")
	if t.UsageLimit > 0 {
		uses = p.Say("merchant.discount_term.uses", With{"count": t.UsageLimit})
	}
	often := p.Say("merchant.discount_term." + either(t.OncePerCustomer, "once_each", "often_each"))
	return p.List([]string{uses, often})
}
