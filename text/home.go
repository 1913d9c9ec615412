package text

import (
	"twofold/referral"
)

// Problem words why a campaign is stuck; "" when it is not. "…" stands for a value that is not known, as an earlier
// version stored none. One before that stored a sentence.
func (p *Printer) Problem(why referral.Problem) string {
	values := With{"scope": "…", "codes": "…"}
	for name, value := range why.Values {
		if value != "" { // Shopify need not say why
			values[name] = value
		}
	}

	said, ok := p.Code(why.Code, values)
	if !ok {
		return why.Code
	}
	return said
}

// Pool words how many codes of a side are free, or held: "friend codes free: 1,234".
func (p *Printer) Pool(side referral.Side, state referral.CodeState, n int) string {
	id := "merchant.pool.held"
	if state == referral.CodeFree {
		id = "merchant.pool.free"
	}
	return p.Say(id, With{"side": side, "number": n})
}

// State words where a campaign, a referral or a reward stands.
func State[S referral.CampaignState | referral.State | referral.RewardState](p *Printer, state S) string {
	return p.Say("merchant.state." + string(state))
}
