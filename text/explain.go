package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"twofold/money"
	"twofold/orders"
	"twofold/referral"
)

// Reason words why something was voided, flagged or held, to stand after "because". One that a later version
// wrote is said by its name.
func (p *Printer) Reason(r referral.Reason) string {
	name := string(r)
	if r == referral.ReasonNone {
		name = "none"
	}

	said, ok := p.find("merchant.reason." + name)
	if !ok {
		return name
	}
	return said
}

// Because words a state with its reason: "voided, because the order was cancelled".
func (p *Printer) Because(state referral.State, r referral.Reason) string {
	if r == referral.ReasonNone {
		return p.Say("merchant.clear", With{"state": state, "reason": r})
	}
	return p.Say("merchant.because", With{"state": state, "reason": r})
}

// Settles says of a hold what ends it, and how long it has waited since the order.
func (p *Printer) Settles(r referral.Reason, ordered, now time.Time) string {
	days := int(now.Sub(ordered) / (24 * time.Hour))
	return p.Say("merchant.settles."+string(r.Settled())) + " " + p.Say("merchant.held.since", With{"count": max(0, days)})
}

// Outcome words where a referral stands and why.
func (p *Printer) Outcome(r referral.Referral) string {
	if r.State == referral.None {
		return p.Because(referral.None, referral.ReasonNoEvidence)
	}
	return p.Because(r.State, r.Reason)
}

// Explanation is all there is to say about an order, as text for the merchant: what came of it, what evidence was
// seen, what each check said, and where both rewards stand at now.
func (p *Printer) Explanation(e orders.OrderExplained, now time.Time) string {
	page := page{Printer: p}
	page.order(e)
	page.outcome(e, now)
	page.evidence(e.Weighed.Evidence)
	page.checks(e)

	if e.Weighed.Converts || rests(e) {
		page.rewards(e.Referral, now)
		page.acts(e.Referral.Acts)
		page.ledger(e.Referral.Ledger)
	}
	return page.String()
}

// page is a text in the making, a line a sentence.
type page struct {
	*Printer
	strings.Builder

	brief func(time.Time) string // how times are written; nil: as Moment
}

func (g *page) when(at time.Time) string {
	if g.brief != nil {
		return g.brief(at)
	}
	return g.Moment(at)
}

func (g *page) line(text string) { _, _ = g.WriteString(text + "\n") } // a strings.Builder never fails

func (g *page) say(id string, values ...With) { g.line(g.Say(id, values...)) }

// heading begins a part of the page, with an empty line before it.
func (g *page) heading(id string, values ...With) { g.line("\n" + g.Say(id, values...)) }

// table writes rows in columns, two blanks in.
func (g *page) table(rows [][]string) {
	w := tabwriter.NewWriter(&g.Builder, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, "  "+strings.Join(row, "\t")) // a strings.Builder never fails
	}
	_ = w.Flush()
}

func (g *page) order(e orders.OrderExplained) {
	o := e.Order
	net, _ := o.Net() // an order whose sums do not add up has none to show
	g.say("merchant.explain.order", With{"name": o.Name, "shop": string(o.Shop), "id": string(o.ID)})
	g.say("merchant.explain.placed", With{
		"at":     g.Moment(o.ProcessedAt.UTC()),
		"status": g.seen(referral.Value{Name: "status", Value: string(o.Status)}), "net": net,
	})

	if o.Test {
		g.say("merchant.explain.test")
	}
	if o.Attached {
		g.say("merchant.explain.attached")
	}
	if o.CustomerGone {
		g.say("merchant.explain.customer_gone")
	}
	if !e.Stored {
		g.say("merchant.explain.passing")
	}
}

// rests tells whether the friend's referral rests on this order.
func rests(e orders.OrderExplained) bool {
	return e.Referral.Order == e.Order.ID && e.Order.ID != ""
}

// outcome words the referral's state for the order it rests on, else what the order alone would have led to.
func (g *page) outcome(e orders.OrderExplained, now time.Time) {
	state, reason := e.Weighed.Outcome, e.Weighed.Reason
	if rests(e) {
		state, reason = e.Referral.State, e.Referral.Reason
	}

	because := g.Because(state, reason)
	if reason == referral.ReasonDisplaced && e.Referral.OrderName != "" {
		because = g.Say("merchant.explain.other_order", With{"because": because, "order": e.Referral.OrderName})
	}
	g.heading("merchant.explain.outcome", With{"because": because})
	if state == referral.Flagged {
		g.line(g.Settles(reason, e.Order.ProcessedAt, now))
	}
}

func (g *page) evidence(all []referral.Evidence) {
	if len(all) == 0 {
		return
	}
	g.heading("merchant.explain.evidence")
	for _, e := range all {
		g.line("  " + g.tie(e))
	}
}

// tie words one piece of evidence: whether it won, what it is, and whom it names.
func (g *page) tie(e referral.Evidence) string {
	said := g.Say("merchant.evidence." + string(e.Kind))
	if e.Won {
		said = g.Say("merchant.explain.won", With{"evidence": said})
	} else {
		said = g.Say("merchant.explain.lost", With{"evidence": said, "why": g.Lost(e.Lost)})
	}

	var names []string
	if e.Claim != "" {
		names = append(names, g.Say("merchant.explain.claim", With{"claim": string(e.Claim)}))
	}
	if e.Campaign.ID != "" {
		campaign := With{"campaign": string(e.Campaign.ID), "version": e.Campaign.Version}
		names = append(names, g.Say("merchant.explain.campaign", campaign))
	}
	names = append(names, g.Say("merchant.explain.advocate", With{"advocate": string(e.Advocate)}))

	switch e.Kind {
	case referral.EvidenceAdvocateCode, referral.EvidenceRef: // nobody saw these happen
	case referral.EvidenceLinked:
		names = append(names, g.Say("merchant.explain.linked", With{"at": g.Moment(e.Touch.UTC())}))
	case referral.EvidenceFriendAsked, referral.EvidenceAdvocateAsked:
		names = append(names, g.Say("merchant.explain.asked", With{"at": g.Moment(e.Touch.UTC())}))
	default:
		names = append(names, g.Say("merchant.explain.opened", With{"at": g.Moment(e.Touch.UTC())}))
	}
	return said + "; " + strings.Join(names, ", ")
}

// Lost words why evidence did not win. What a version before this one stored is a sentence already.
func (p *Printer) Lost(why string) string {
	if said, ok := p.find("merchant.lost." + why); ok {
		return said
	}
	return why
}

func (g *page) checks(e orders.OrderExplained) {
	if len(e.Weighed.Checks) == 0 {
		return
	}
	g.heading("merchant.explain.checks", With{"version": e.Referral.Explained.Rules})

	var rows [][]string
	for _, c := range e.Weighed.Checks {
		rows = append(rows, []string{g.Say("merchant.result." + string(c.Result)), g.check(c)})
	}
	g.table(rows)
}

// check words one check: what is so where it passed, else the reason; what it saw, and by which version of which rule.
func (g *page) check(c referral.Check) string {
	saw := append(g.saw(c), fmt.Sprintf("%s v%d", c.Rule, c.Version))
	return g.Checked(c) + " (" + strings.Join(saw, ", ") + ")"
}

// saw words each value that a check saw.
func (g *page) saw(c referral.Check) (saw []string) {
	for _, v := range c.Saw {
		said, ok := g.find("merchant.saw." + v.Name)
		if !ok { // a signal of package trust, in the words in which it may be the reason
			saw = append(saw, g.Reason(referral.Reason(v.Name))+": "+g.noticed(v.Value))
			continue
		}
		saw = append(saw, said+" "+g.seen(v))
	}
	return saw
}

// noticed words what a signal saw: other orders and hosts by their names, and its points. Its counts need their sentence,
// which the signal's own words are.
func (g *page) noticed(value string) string {
	points, rest, _ := strings.Cut(value, " ")
	names := strings.Fields(rest)
	names = slices.DeleteFunc(names, func(name string) bool { return strings.Trim(name, "0123456789") == "" })
	n, _ := strconv.Atoi(points)
	return strings.Join(append(names, g.Say("merchant.explain.points", With{"count": n})), ", ")
}

// Checked words one check: what is so where it passed, else the reason.
func (p *Printer) Checked(c referral.Check) string {
	if c.Result != referral.Passed {
		return p.Reason(c.Reason)
	}
	return p.Say("merchant.rule." + c.Rule)
}

// seen puts a value that a check saw into the language's forms and words. Amounts and times are stored as
// texts: "80.00 USD", RFC 3339.
func (g *page) seen(v referral.Value) string {
	if at, err := time.Parse(time.RFC3339, v.Value); err == nil {
		return g.when(at)
	}

	decimal, code, two := strings.Cut(v.Value, " ")
	if amount, err := money.Parse(decimal, code); two && err == nil {
		return g.Money(amount)
	}
	return g.worded(v)
}

// worded says a value that is one name, or several with blanks between them ("INQUIRY UNDER_REVIEW"). With a name
// that has no entry, as Shopify may add one, it is said as it is.
func (g *page) worded(v referral.Value) string {
	var words []string
	for name := range strings.FieldsSeq(v.Value) {
		said, ok := g.find("merchant.value." + v.Name + "_" + name)
		if !ok {
			return v.Value
		}
		words = append(words, said)
	}
	return strings.Join(words, " ")
}

func (g *page) rewards(r referral.Referral, now time.Time) {
	g.heading("merchant.explain.rewards")

	var rows [][]string
	for _, side := range referral.Sides {
		reward, there := r.Rewards[side]
		if there && reward.State != referral.RewardNone {
			rows = append(rows, []string{g.form(side) + ":", g.standing(reward, now)})
		}
		if gone := referral.GoneCode(r, side, now); !gone.IsZero() {
			rows = append(rows, []string{"", g.Say("merchant.explain.gone", With{"at": g.Moment(gone.UTC())})})
		}
	}
	g.table(rows)

	if r.State == referral.Pending && r.Reason == referral.ReasonNone {
		g.say("merchant.explain.hold", With{"at": g.Moment(r.ReleaseAt.UTC())})
	}
}

// standing words where a reward stands at now, and what is left to do about it.
func (g *page) standing(r referral.Reward, now time.Time) string {
	state := r.StateAt(now)
	worth := With{"worth": g.Worth(r), "state": state, "reason": r.Reason}
	said := g.Say("merchant.explain.reward", worth)

	switch {
	case r.Reason == referral.ReasonNone:
	case r.State == referral.RewardSettled || r.State == referral.RewardForgiven:
		said = g.Say("merchant.explain.reward_was_owed", worth)
	default:
		said = g.Say("merchant.explain.reward_because", worth)
	}

	if !r.Most.IsZero() {
		said += "; " + g.Say("merchant.explain.most", With{"amount": r.Most})
	}
	if r.State == referral.RewardApproved && r.Due != r.Amount {
		said += "; " + g.Say("merchant.explain.due", With{"amount": r.Due})
	}
	if !r.Owed.IsZero() {
		said += "; " + g.Say("merchant.explain.owed", With{"amount": r.Owed})
	}

	switch {
	case r.EndsAt.IsZero() || r.State != referral.RewardIssued:
	case state == referral.RewardExpired:
		said += "; " + g.Say("merchant.explain.ended", With{"at": g.Moment(r.EndsAt.UTC())})
	default:
		said += "; " + g.Say("merchant.explain.ends", With{"at": g.Moment(r.EndsAt.UTC())})
	}
	return said
}

func (g *page) acts(all []referral.Act) {
	if len(all) == 0 {
		return
	}
	g.heading("merchant.explain.acts")

	var rows [][]string
	for _, a := range all {
		rows = append(rows, []string{g.Moment(a.At.UTC()), g.Say("merchant.act." + string(a.Kind))})
	}
	g.table(rows)
}

func (g *page) ledger(all []referral.Entry) {
	if len(all) == 0 {
		return
	}
	g.heading("merchant.explain.ledger")

	var rows [][]string
	for _, entry := range all {
		rows = append(rows, []string{
			g.Moment(entry.At.UTC()), g.form(entry.Side), g.Say("merchant.entry." + string(entry.Kind)),
			g.Money(entry.Amount),
		})
	}
	g.table(rows)
}
