package text

import (
	"cmp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"twofold/campaigns"
	"twofold/referral"
	"twofold/trust"
)

// Line is a name and what stands beside it. An empty name: what stands beside it says it all.
type Line struct{ Name, Says string }

// CampaignName is the name that a shop's first campaign gets: "Give $20, get $20".
func (p *Printer) CampaignName(t referral.Terms) string {
	return p.Say("merchant.campaign.name", With{
		"friend": p.Short(t.Friend.Amount), "advocate": p.Short(t.Advocate.Amount),
	})
}

// CampaignBadge words a campaign's state where it stands alone: "Live".
func (p *Printer) CampaignBadge(state referral.CampaignState) string {
	said := State(p, state)
	first, size := utf8.DecodeRuneInString(said)
	return string(unicode.ToUpper(first)) + said[size:]
}

// OfferOf says what both sides get by the terms of a campaign, in one sentence.
func (p *Printer) OfferOf(t referral.Terms) string {
	says := With{"friend": t.Friend, "advocate": t.Advocate, "hold": p.days(t.HoldDays)}

	id := "merchant.campaign.offer"
	if t.Friend.AfterOrder {
		id = "merchant.campaign.offer_after"
	}
	return p.least(id, t.Minimum, says)
}

// Terms says all terms of a campaign, a line each. Names that begin with blanks belong to the line above.
func (p *Printer) Terms(t referral.Terms) []Line {
	say := func(id string, values ...With) string { return p.Say("merchant.terms."+id, values...) }
	line := func(name, says string) Line { return Line{say("name_" + name), says} }
	part := func(name, says string) Line { return Line{"  " + say("name_"+name), says} }

	when := say("at_claim")
	valid := p.days(t.ClaimDays)
	next := say("first_order")
	if t.Friend.AfterOrder {
		when = say("after_order")
		valid = p.daysOr(t.Friend.ValidDays, "endless")
		next = p.MoneyOrNone(t.Friend.Minimum)
	}

	as := say("pooled")
	if !t.Advocate.Pooled() {
		as = say("personal")
	}

	lines := []Line{
		line("friend", p.Offer(t.Friend)),
		part("when", when),
		part("valid", valid),
		part("beside", p.Combines(t.Friend.Combines)),
		part("order", p.MoneyOrNone(t.Minimum)),
		part("next_order", next),

		line("advocate", p.Offer(t.Advocate)),
		part("as", as),
		part("valid", p.daysOr(t.Advocate.ValidDays, "endless")),
		part("beside", p.Combines(t.Advocate.Combines)),
		part("order", p.MoneyOrNone(t.Advocate.Minimum)),
	}
	if t.Advocate.Kind == referral.ShareOfOrder {
		lines = append(lines, part("most", p.MoneyOrNone(t.Advocate.Most)))
	}
	if !t.Advocate.Kind.IsAmount() {
		lines = append(lines, part("counts_as", p.MoneyOrNone(t.Advocate.CountsAs)))
	}

	return append(lines,
		line("hold", say("hold", With{"days": p.days(t.HoldDays)})),
		line("window", say("window", With{"days": p.days(t.WindowDays)})),
		line("touch", p.Say("merchant.terms.credit_"+string(t.Credit))),
		line("strictness", p.Say("merchant.terms.strictness_"+string(cmp.Or(t.Strictness, trust.Balanced)))),
		line("uncoded", say(either(t.CodeOnly, "uncoded_nothing", "uncoded_earn"))),
		line("ref", say(either(t.CreditRef, "ref_credits", "ref_shown"))),
		line("buys", say(either(t.BuysFirst, "buys_first", "buys_never"))),
		line("excluded", p.sources(t.Excluded)),
		line("share", p.shareable(t)),
		line("free", say(either(t.FreeOrders, "free_earn", "free_nothing"))),
		line("returns", say(either(t.TakeBackReturns, "returns_take_back", "returns_stand"))),
	)
}

// Changes says what differs between two versions of a campaign's terms, a sentence each: "hold: 14 days from payment → 7
// days from payment".
func (p *Printer) Changes(was, is referral.Terms) []string {
	none := p.Say("merchant.none") // what a version does not say at all
	before, now := map[string]string{}, map[string]string{}
	for _, line := range p.named(was) {
		before[line.Name] = line.Says
	}
	for _, line := range p.named(is) {
		now[line.Name] = line.Says
	}

	var said []string
	done := map[string]bool{}
	for _, line := range append(p.named(is), p.named(was)...) {
		older, newer := cmp.Or(before[line.Name], none), cmp.Or(now[line.Name], none)
		if older != newer && !done[line.Name] {
			said = append(said, p.Say("merchant.terms.change", With{"name": line.Name, "was": older, "is": newer}))
		}
		done[line.Name] = true
	}
	return said
}

// named are the lines of the terms with whole names: of one that belongs to the line above, both.
func (p *Printer) named(t referral.Terms) []Line {
	lines, above := p.Terms(t), ""
	for i, line := range lines {
		part, belongs := strings.CutPrefix(line.Name, "  ")
		if !belongs {
			above = line.Name
			continue
		}
		lines[i].Name = above + p.Say("shopper.comma") + part
	}
	return lines
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// days writes a number of days: "1 day", "14 days".
func (p *Printer) days(n int) string { return p.Say("shopper.days", With{"count": n}) }

// daysOr is days, or for none an entry of the terms.
func (p *Printer) daysOr(n int, none string) string {
	if n == 0 {
		return p.Say("merchant.terms." + none)
	}
	return p.days(n)
}

func (p *Printer) sources(s referral.Sources) string {
	var out []string
	for _, source := range referral.AllSources {
		if s.Has(source) {
			out = append(out, p.Say("merchant.source.from_"+string(source)))
		}
	}

	if len(out) == 0 {
		return p.Say("merchant.none")
	}
	return p.List(out)
}

func (p *Printer) shareable(t referral.Terms) string {
	switch {
	case t.Shares():
		return p.Say("merchant.terms.shareable", With{"count": t.ShareCeiling})
	case t.Friend.AfterOrder:
		return p.Say("merchant.terms.not_shareable")
	}
	return p.Say("merchant.none")
}

// Limits says what bounds a campaign, a sentence each.
func (p *Printer) Limits(l referral.Limits) []string {
	limit := func(most, days int) string {
		if most == 0 {
			return p.Say("merchant.limits.no_cap", With{"days": p.days(days)})
		}
		return p.Say("merchant.limits.cap", With{"count": most, "days": p.days(days)})
	}

	budget := p.Say("merchant.limits.no_budget")
	if !l.Budget.IsZero() {
		budget = p.Say("merchant.limits.budget", With{"amount": l.Budget})
	}

	cost := p.Say("merchant.limits.no_cost")
	if !l.AllowableCost.IsZero() {
		cost = p.Say("merchant.limits.cost", With{"amount": l.AllowableCost})
	}

	flag := p.Say("merchant.limits.no_flag")
	if l.FlagAfter > 0 {
		flag = p.Say("merchant.limits.flag", With{"count": l.FlagAfter, "days": p.days(30)})
	}
	return []string{limit(l.MonthCap, 30), limit(l.YearCap, 365), flag, budget, cost}
}

// Cost says what new customers have cost lately, and warns of what is more than allowable, a sentence each.
// Internal: two currencies.
func (p *Printer) Cost(c referral.Campaign, cost referral.Cost) ([]string, error) {
	lately := p.Say("merchant.cost.lately", With{
		"count": cost.Customers, "days": p.days(campaigns.CostDays), "each": cost.PerCustomer(),
	})
	if cost.Customers == 0 {
		lately = p.Say("merchant.cost.nobody", With{
			"days": p.days(campaigns.CostDays), "given": p.MoneyOrNone(cost.Given),
		})
	}

	said := []string{lately}

	tooMuch, err := c.CostsTooMuch(cost)
	if err != nil {
		return nil, err
	}
	if tooMuch {
		said = append(said, p.Say("merchant.cost.really", With{"allowable": c.Limits.AllowableCost}))
	}

	warning, err := p.CostWarning(c)
	if err != nil {
		return nil, err
	}
	if warning != "" {
		said = append(said, warning)
	}
	return said, nil
}

// CostWarning says that a new customer costs more by the terms than is allowable; "" if not. Internal: two currencies.
func (p *Printer) CostWarning(c referral.Campaign) (string, error) {
	cost, tooMuch, err := c.CostByTerms()
	if err != nil || !tooMuch {
		return "", err
	}

	values := With{"cost": cost, "allowable": c.Limits.AllowableCost}
	if c.Terms.Minimum.IsZero() {
		return p.Say("merchant.cost.terms", values), nil
	}
	values["minimum"] = c.Terms.Minimum
	return p.Say("merchant.cost.terms_from", values), nil
}

// Discount says where a side's discount of a campaign stands in Shopify at now, and how many codes there are:
// free ones, and held ones.
func (p *Printer) Discount(c referral.Campaign, side referral.Side, free, held int, now time.Time) string {
	id := c.Discounts[side]
	ends := c.EndsAt[side]
	values := With{"discount": string(id), "end": p.Moment(ends.UTC()), "codes": p.codes(side, free, held)}

	say := func(entry string) string { return p.Say("merchant.discounts."+entry, values) }
	switch {
	case side == referral.AdvocateSide && !c.Terms.Advocate.Pooled():
		return say("personal")
	case side == referral.ShareSide && !c.Terms.Shares():
		return say("no_share")
	case id == "":
		return say("not_made")
	case ends.IsZero():
		return say("endless")
	case !now.Before(ends):
		return say("ended")
	}
	return say("ends")
}

// codes counts codes. Shareable ones are always somebody's.
func (p *Printer) codes(side referral.Side, free, held int) string {
	if side == referral.ShareSide {
		return p.Say("merchant.discounts.shareable", With{"count": held})
	}
	return p.Say("merchant.discounts.codes", With{"count": free, "held": held})
}
