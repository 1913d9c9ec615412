package text

import (
	"twofold/campaigns"
	"twofold/money"
)

// Amounts writes an amount in every language, by its tag, as Short does: "$20", "20 $".
func Amounts(a money.Amount) map[string]string {
	return inAll(func(p *Printer) string { return p.Short(a) })
}

// Percents writes basis points in every language, by its tag: "15%", "15 %".
func Percents(bp int) map[string]string {
	return inAll(func(p *Printer) string { return p.Percent(bp) })
}

func inAll(say func(*Printer) string) map[string]string {
	said := map[string]string{}
	for _, p := range printers {
		said[p.Language()] = say(p)
	}
	return said
}

// Shown says how the offer came into the shop's pages, a sentence each.
func (p *Printer) Shown(s campaigns.ShownStatus) []string {
	said := []string{p.Say("merchant.shown.never")}
	if !s.At.IsZero() {
		said = []string{p.Say("merchant.shown.written", With{"time": p.Moment(s.At.UTC())})}
	}

	if s.Stale && !s.At.IsZero() {
		said = append(said, p.Say("merchant.shown.stale"))
	}
	if problem := p.Problem(s.Problem); problem != "" {
		said = append(said, p.Say("merchant.shown.problem", With{"time": p.Moment(s.Since.UTC()), "problem": problem}))
	}
	return said
}
