package admin

import (
	"twofold/referral"
	"twofold/reports"
	"twofold/text"
	"twofold/trust"
)

// noticedView is one thing that is noticed, and what it leads to by itself at each strictness.
type noticedView struct {
	Says  string
	Alone []string // in the order in which strictnesses are offered
}

// noticed is the table of what strictness changes.
func noticed(say *text.Printer) (rows []noticedView) {
	leads := map[trust.Outcome]string{
		trust.Note: say.Say("merchant.editor.noted"),
		trust.Hold: say.Say("merchant.editor.waits"),
		trust.Ask:  say.Say("merchant.editor.waits"),
	}
	for _, signal := range trust.Table {
		row := noticedView{Says: text.Capital(say.Reason(referral.Reason(signal.Name)))}
		for _, one := range trust.Strictnesses {
			row.Alone = append(row.Alone, leads[one.Alone(signal)])
		}
		rows = append(rows, row)
	}
	return rows
}

// noticedOf words what was noticed around the friend and the advocate of an order; "": nothing.
func (v visit) noticedOf(d reports.Detail) string {
	for _, c := range d.Weighed.Checks {
		if c.Rule == "trust" {
			return text.Capital(v.calendar().Saw(c))
		}
	}
	return ""
}
