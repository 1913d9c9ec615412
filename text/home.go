package text

import (
	"strings"

	"twofold/referral"
)

// Problem words why a campaign is stuck, by the code that is stored. Its values are not: "…" stands for each. What a version before
// this one stored is a sentence already.
func (p *Printer) Problem(code string) string {
	said, ok := p.Code(code, nil)
	if !ok {
		return code
	}
	return strings.ReplaceAll(said, noValue, "…")
}

// noValue is what templates write for a value that is missing. Source: text/template, Option("missingkey=default").
const noValue = "<no value>"

// Pool words how many codes of a side are free, or held: "friend codes free: 1,234".
func (p *Printer) Pool(side referral.Side, state referral.CodeState, n int) string {
	id := "merchant.pool.held"
	if state == referral.CodeFree {
		id = "merchant.pool.free"
	}
	return p.Say(id, With{"side": side, "number": n})
}

// State words where a campaign, a referral or a reward stands.
func (p *Printer) State(state any) string { return p.form(state) }
