package text

import "twofold/campaigns"

// Gate says whether new claims are taken within the month's budget, and what that is reckoned from.
func (p *Printer) Gate(g campaigns.Gate) string {
	values := With{
		"budget": g.Budget, "expected": g.Expected, "percent": p.Percent(100 * g.Percent),
		"settled": g.Figures.Settled, "pending": g.Figures.Pending, "open": g.Figures.Open,
	}

	id := "operator.campaign.gate_open"
	if g.Stopped {
		id = "operator.campaign.gate_stopped"
	}
	return p.Say(id, values) + " " + p.Say("operator.campaign.gate_reckoned", values)
}
