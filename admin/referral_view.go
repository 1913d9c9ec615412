package admin

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/text"
)

// detailView is the explanation of one order: the answer first, then what it rests on.
type detailView struct {
	Search     bool   // the page is found by the box "explain any order"
	Asked      string // what stands in it
	AskedError string

	Order     string // its name; "": no order is shown
	Heading   string // who the friend is
	Under     string // the order, its day, the advocate
	State     string
	Tone      string
	Test      bool
	Answer    string // one sentence
	More      []string
	Polite    string // what to tell the advocate; "": there is no advocate
	PoliteTo  string
	Undecided bool   // facts have come since
	Refused   string // an act that is not offered any more

	Evidence []tieRow
	Looked   []string // kinds of evidence that came back empty
	Checks   []checkRow
	Checked  string // how many, by which rules
	Times    []timeRow
	Rewards  []rewardCard
	Ledger   []ledgerRow
	Sum      string
	Facts    []factRow // of the order
	Links    []adminLink
	Acts     []actForm
	Audit    []auditRow
}

type tieRow struct {
	Won               bool
	Says, About, When string
}

type checkRow struct{ Icon, Tone, Result, Says, Saw string }

// timeRow is one thing that happened, or will: then it is not done.
type timeRow struct {
	When, What, About string
	Tone              string // "", success, critical
	Ahead             bool

	at time.Time
}

type rewardCard struct {
	Who, Worth, Line string
	Gone             bool // it is not had any more
	Badge            badge
}

type ledgerRow struct{ Day, Side, Entry, Amount string }

// adminLink leads to a page of Shopify's admin. Its scheme is one that html/template does not know.
type adminLink struct {
	Label string
	Href  template.URL
}

type factRow struct{ Label, Value string }

type auditRow struct{ When, Act, Who, Reason, Outcome string }

// detail words an order and what became of it.
func (v visit) detail(d reports.Detail) detailView {
	cal, r := v.calendar(), d.Referral
	view := detailView{
		Order: d.Order.Name, Test: d.Order.Test, Undecided: r.FactsRev > r.DecidedRev,
		Heading: v.person(d.Order.Customer, d.Names[d.Order.Customer]),
	}

	under := text.With{"order": d.Order.Name, "at": cal.Minute(d.Order.ProcessedAt), "advocate": v.advocateOf(d)}
	view.Under = v.say.Say("merchant.referral.under", under)
	if d.Advocate().ID != "" {
		view.Under = v.say.Say("merchant.referral.under_advocate", under)
	}

	state, _ := d.Outcome()
	view.State, view.Tone = text.Capital(text.State(v.say, state)), tone(state)
	view.Answer, view.More = v.answer(d)
	if d.Rests() && r.Advocate != "" {
		view.Polite = v.say.Progress(r, v.now)
		view.PoliteTo = v.say.Say("merchant.referral.if_asks", text.With{"name": v.advocateOf(d)})
	}

	view.Evidence, view.Looked = v.ties(d)
	view.Checks = v.checks(d.Weighed.Checks)
	view.Checked = v.say.Say("merchant.referral.checked", text.With{
		"count": len(d.Weighed.Checks), "version": r.Explained.Rules,
	})
	view.Facts, view.Links, view.Acts = v.facts(d), v.links(d), v.acts(d)
	if d.Rests() {
		view.Times, view.Rewards = v.timeLine(d), v.rewardCards(d)
		view.Ledger, view.Sum = v.ledger(r.Ledger)
	}
	for _, e := range d.Audit {
		view.Audit = append(view.Audit, v.auditRow(e))
	}
	return view
}

// advocateOf names who is credited.
func (v visit) advocateOf(d reports.Detail) string {
	a := d.Advocate()
	return v.advocateName(a, d.Names[a.Customer])
}

func (v visit) worth(r referral.Reward) string {
	if r.ID == "" {
		return v.say.Say("merchant.none")
	}
	return v.say.Worth(r)
}

// answer is one sentence that says where the order stands and why, and a few that say what that means for both.
func (v visit) answer(d reports.Detail) (answer string, more []string) {
	state, reason := d.Outcome()
	switch {
	case reason == referral.ReasonDisplaced && d.Referral.OrderName != "":
		because := text.Capital(v.say.Because(state, reason))
		answer = v.say.Say("merchant.answer.elsewhere", text.With{"because": because, "order": d.Referral.OrderName})
	case reason != referral.ReasonNone:
		answer = v.say.Say("merchant.answer.because", text.With{"because": text.Capital(v.say.Because(state, reason))})
	case state == referral.Pending:
		answer = v.say.Say("merchant.answer.pending", text.With{"day": v.calendar().Date(d.Referral.ReleaseAt)})
	default:
		answer = v.say.Say("merchant.answer.clear", text.With{"state": text.Capital(text.State(v.say, state))})
	}

	if state == referral.Flagged {
		more = append(more, v.say.Settles(reason, d.Order.ProcessedAt, v.now))
	}
	if !d.Kept {
		more = append(more, v.say.Say("merchant.answer.passing"))
	}
	if !d.Rests() {
		return answer, more
	}
	return answer, append(more,
		v.rewardAnswer(d.Referral, referral.AdvocateSide), v.rewardAnswer(d.Referral, referral.FriendSide),
	)
}

// rewardAnswer is one sentence about one side's reward.
func (v visit) rewardAnswer(r referral.Referral, side referral.Side) string {
	reward := r.Rewards[side]
	state := string(referral.OrNone(reward.StateAt(v.now)))
	id := "merchant.answer_friend." + state
	if side == referral.AdvocateSide {
		id = "merchant.answer_advocate." + state
	}

	at := reward.At
	if at.IsZero() {
		at = r.ReleaseAt
	}
	return v.say.Say(id, text.With{
		"worth": v.worth(reward), "day": v.calendar().Date(at), "owed": v.say.Money(reward.Owed),
		"end": v.calendar().Date(reward.EndsAt),
	})
}

// evidenceKinds are in order of strength.
var evidenceKinds = []referral.EvidenceKind{
	referral.EvidenceLinked, referral.EvidenceClaimCode, referral.EvidenceAdvocateCode,
	referral.EvidenceClaimCustomer, referral.EvidenceClaimEmail, referral.EvidenceCartClaim,
	referral.EvidenceCartVisit, referral.EvidenceRef, referral.EvidenceFriendAsked, referral.EvidenceAdvocateAsked,
}

// ties are the evidence that was seen, as the rules sorted it, and which kinds came back empty.
func (v visit) ties(d reports.Detail) (rows []tieRow, looked []string) {
	seen := map[referral.EvidenceKind]bool{}
	for _, e := range d.Weighed.Evidence {
		seen[e.Kind] = true
		a := d.Advocates[e.Advocate]
		about := v.say.Say("merchant.referral.named", text.With{"advocate": v.advocateName(a, d.Names[a.Customer])})
		if c, known := d.Campaigns[e.Campaign]; known {
			about = v.say.Say("merchant.referral.named_campaign", text.With{
				"advocate": v.advocateName(a, d.Names[a.Customer]), "campaign": c.Name, "version": c.Version,
			})
		}
		if !e.Won {
			about += ". " + v.say.Say("merchant.referral.lost", text.With{"why": v.say.Lost(e.Lost)})
		}
		said := text.Capital(v.say.Say("merchant.evidence." + string(e.Kind)))
		rows = append(rows, tieRow{e.Won, said, about, v.touched(e)})
	}

	for _, kind := range evidenceKinds {
		if !seen[kind] {
			looked = append(looked, v.say.Say("merchant.looked."+string(kind)))
		}
	}
	return rows, looked
}

// touched says when the evidence came about; of some nobody saw it.
func (v visit) touched(e referral.Evidence) string {
	switch e.Kind {
	case referral.EvidenceAdvocateCode, referral.EvidenceRef:
		return ""
	case referral.EvidenceLinked:
		return v.say.Say("merchant.referral.linked", text.With{"at": v.calendar().Minute(e.Touch)})
	case referral.EvidenceFriendAsked, referral.EvidenceAdvocateAsked:
		return v.say.Say("merchant.referral.asked_for", text.With{"at": v.calendar().Minute(e.Touch)})
	}
	return v.say.Say("merchant.referral.opened", text.With{"at": v.calendar().Minute(e.Touch)})
}

// resultLooks are the icon and colour of a check's result, those first that need a look.
var resultLooks = []struct {
	result     referral.CheckResult
	icon, tone string
}{
	{referral.Failed, "x-circle", "critical"}, {referral.Holds, "alert-triangle", "warning"},
	{referral.Waits, "clock", "info"}, {referral.Passed, "check-circle", "success"},
}

func (v visit) checks(all []referral.Check) (rows []checkRow) {
	for _, look := range resultLooks {
		for _, c := range all {
			if c.Result == look.result {
				rows = append(rows, checkRow{
					look.icon, look.tone, v.say.Say("merchant.result." + string(c.Result)),
					text.Capital(v.say.Checked(c)), v.calendar().Saw(c),
				})
			}
		}
	}
	return rows
}

// timeLine is what happened, in its order, and what is still ahead.
func (v visit) timeLine(d reports.Detail) []timeRow {
	r, order := d.Referral, d.Order
	net, _ := order.Net() // an order whose sums do not add up has none to show
	var rows []timeRow
	add := func(at time.Time, tone, what string, values text.With) {
		if !at.IsZero() {
			rows = append(rows, timeRow{
				When: v.calendar().Minute(at), What: v.say.Say("merchant.times."+what, values), Tone: tone,
				Ahead: at.After(v.now), at: at,
			})
		}
	}

	for _, e := range d.Weighed.Evidence {
		switch {
		case e.Appealed():
			add(e.Touch, "", string(e.Kind), nil)
		case e.Won && v.touched(e) != "" && e.Kind != referral.EvidenceLinked:
			add(e.Touch, "", "opened", nil)
		}
	}
	add(order.ProcessedAt, "", "ordered", text.With{"order": order.Name, "net": v.say.Money(net)})
	for _, act := range r.Acts {
		add(act.At, "", "act", text.With{"act": text.Capital(v.say.Say("merchant.act." + string(act.Kind)))})
	}
	if release := r.Release; release != nil && release.Denied != referral.ReasonNone {
		add(release.At, "critical", "denied", text.With{"reason": release.Denied})
	} else if release != nil {
		add(release.At, "success", "released", nil)
	} else if r.State == referral.Pending {
		add(r.ReleaseAt, "", "hold", nil)
	}

	for _, issue := range r.Issues {
		given := r.Rewards[issue.Side]
		given.Amount = issue.Amount
		worth := v.say.Worth(given)
		add(issue.At, "success", "issued", text.With{"side": issue.Side, "worth": worth})
		add(issue.Gone, "", "gone", text.With{"side": issue.Side})
	}
	if reward := r.Rewards[referral.AdvocateSide]; reward.State == referral.RewardRedeemed {
		add(reward.At, "success", "redeemed", nil)
	} else if reward.State == referral.RewardIssued {
		add(reward.EndsAt, "", "ends", nil)
	}
	add(r.UndoneAt, "critical", "undone", text.With{"because": text.Capital(v.say.Because(r.State, r.Reason))})

	slices.SortStableFunc(rows, func(a, b timeRow) int { return a.at.Compare(b.at) })
	return rows
}

// rewardCards are both rewards, the friend's first.
func (v visit) rewardCards(d reports.Detail) (cards []rewardCard) {
	for _, side := range referral.Sides {
		reward := d.Referral.Rewards[side]
		if reward.ID == "" || reward.State == referral.RewardNone {
			continue
		}

		friend := v.person(d.Order.Customer, d.Names[d.Order.Customer])
		who := v.say.Say("merchant.referral.friend", text.With{"name": friend})
		if side == referral.AdvocateSide {
			who = v.say.Say("merchant.referral.advocate", text.With{"name": v.advocateOf(d)})
		}
		state := reward.StateAt(v.now)
		line := ""
		if !reward.At.IsZero() {
			line = v.say.Say("merchant.referral.since", text.With{"at": v.calendar().Minute(reward.At)})
		}
		gone := []referral.RewardState{referral.RewardVoided, referral.RewardReversed, referral.RewardExpired}
		badge := v.rewardBadge(reward)
		cards = append(cards, rewardCard{who, v.say.Worth(reward), line, slices.Contains(gone, state), badge})
	}
	return cards
}

// ledger are the entries and what they sum to.
func (v visit) ledger(entries []referral.Entry) (rows []ledgerRow, total string) {
	var sum money.Amount
	for _, e := range entries {
		rows = append(rows, ledgerRow{
			v.calendar().Date(e.At), v.say.Say("merchant.side." + string(e.Side)),
			v.say.Say("merchant.entry." + string(e.Kind)), v.say.Money(e.Amount),
		})
		if sum.Currency == "" {
			sum.Currency = e.Amount.Currency
		}
		var err error
		if sum, err = sum.Add(e.Amount); err != nil {
			return rows, "–" // entries of two currencies have no sum
		}
	}
	if len(rows) > 0 {
		total = v.say.Money(sum)
	}
	return rows, total
}

// facts are what Shopify says of the order.
func (v visit) facts(d reports.Detail) []factRow {
	o := d.Order
	net := "–"
	if amount, err := o.Net(); err == nil {
		net = v.say.Money(amount)
	}
	facts := []factRow{
		{v.say.Say("merchant.referral.placed"), v.calendar().Minute(o.ProcessedAt)},
		{v.say.Say("merchant.referral.subtotal"), v.say.Money(o.Subtotal)},
		{v.say.Say("merchant.referral.refunded"), v.say.Money(o.Refunded)},
		{v.say.Say("merchant.referral.net"), net},
	}
	if len(o.Codes) > 0 {
		facts = append(facts, factRow{v.say.Say("merchant.referral.codes"), strings.Join(o.Codes, ", ")})
	}
	return facts
}

// links lead to the order and the people in Shopify. Source: shopify.dev, App Bridge, navigation, shopify:admin.
func (v visit) links(d reports.Detail) []adminLink {
	to := func(kind, gid string) template.URL {
		return template.URL("shopify:admin/" + kind + "/" + url.PathEscape(lastPart(gid))) //nolint:gosec // a scheme of Shopify's, and a number that is escaped
	}
	links := []adminLink{{
		v.say.Say("merchant.referral.order_link", text.With{"order": d.Order.Name}), to("orders", string(d.Order.ID)),
	}}
	people := []referral.CustomerID{d.Order.Customer, d.Advocate().Customer}
	for _, id := range people {
		if id != "" && !id.Erased() {
			links = append(links, adminLink{cmp.Or(d.Names[id], v.person(id, "")), to("customers", string(id))})
		}
	}
	return links
}

// auditRow words what a member of staff did. They are known by their number at Shopify.
func (v visit) auditRow(e referral.AuditEntry) auditRow {
	row := auditRow{
		When: v.calendar().Minute(e.At), Act: v.say.Say("merchant.do_heading." + e.Act),
		Who: v.say.Say("merchant.audit.staff", text.With{"id": e.User}), Reason: e.Reason,
	}
	switch {
	case e.Erased:
		row.Reason = v.say.Say("merchant.audit.erased")
	case e.Outcome == "":
		row.Outcome = v.say.Say("merchant.audit.unknown")
	case e.Outcome != referral.AuditDone:
		row.Outcome = v.say.Say("merchant.audit.refused")
	}
	return row
}
