package trust

import "cmp"

// Outcome is what a signal, or all of them, lead to.
type Outcome string

// The outcomes, the mildest first.
const (
	None   Outcome = ""
	Note   Outcome = "note"   // it is shown, and nothing waits
	Ask    Outcome = "ask"    // it waits until the friend has answered a mail to their address
	Hold   Outcome = "hold"   // it waits for the merchant's look
	Refuse Outcome = "refuse" // no offer is promised; only where a claim is asked for, and nothing was promised yet
)

// Strictness is how much has to be noticed before a referral waits. The zero value counts as Balanced.
type Strictness string

// The strictnesses.
const (
	Relaxed  Strictness = "relaxed"
	Balanced Strictness = "balanced"
	Strict   Strictness = "strict"
)

// Strictnesses are all of them in the order in which they are offered.
var Strictnesses = []Strictness{Relaxed, Balanced, Strict}

// threshold is from how many points on something is done.
type threshold struct {
	waits   int
	refuses int // 0: never
}

// thresholds is the whole of what strictness means. A signal of 100 points makes a referral wait by itself unless the
// merchant is relaxed; refusing takes a visitor from a coupon site and a link that is being passed around there.
var thresholds = map[Strictness]threshold{
	Relaxed:  {waits: 150},
	Balanced: {waits: 100},
	Strict:   {waits: 70, refuses: 190},
}

// outcome is what the signals lead to together. What proving an address would settle is asked for; what it would not is
// held. Before there is an order nothing can be held: whoever claims is asked for their address.
func (s Strictness) outcome(signals []Signal, ordered bool) Outcome {
	var all, unproved int
	refusing := false
	for _, one := range signals {
		all += one.Weight
		if one.Outcome != Ask {
			unproved += one.Weight
		}
		refusing = refusing || one.Outcome == Refuse
	}

	limit := thresholds[cmp.Or(s, Balanced)]
	switch {
	case len(signals) == 0:
		return None
	case all < limit.waits:
		return Note
	case ordered && unproved >= limit.waits:
		return Hold
	case !ordered && refusing && limit.refuses > 0 && all >= limit.refuses:
		return Refuse
	}
	return Ask
}

// Alone is what a signal of the row leads to by itself while it is fresh, for an order.
func (s Strictness) Alone(r Row) Outcome {
	return s.outcome([]Signal{{Outcome: r.Outcome, Weight: r.Points}}, true)
}
