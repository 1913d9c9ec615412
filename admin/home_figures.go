package admin

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"twofold/admin/chart"
	"twofold/figures"
	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/text"
)

// figure is one of the key figures, with what it was before.
type figure struct {
	ID     string // names its definition in the document
	Label  string
	Tip    string // its definition
	Value  string // "–" where there is none
	Unit   string // what it is told for
	Change string
	Better string // a class: "up", "down", or neither where more is not better
	Before string
	Over   string // a caution beside it
}

// unknown stands where a figure cannot be had.
const unknown = "–"

// keyFigures are the six, each by its method of figures.Period.
func (f homeFacts) keyFigures() []figure {
	now, before := f.figures.Now, f.figures.Before
	all := []figure{
		f.amount(named{"revenue", "merchant.home.revenue", "merchant.home.revenue_is"}, now.Revenue(), before.Revenue()),
		f.count(named{"orders", "merchant.home.orders", "merchant.home.orders_is"}, now.Orders(), before.Orders()),
		f.count(named{"customers", "merchant.home.customers", "merchant.home.customers_is"}, now.Customers(), before.Customers()),
		f.amount(named{"cost", "merchant.home.cost", "merchant.home.cost_is"}, now.Cost(), before.Cost()),
		f.ratio(named{"each", "merchant.home.each", "merchant.home.each_is"}, now.PerCustomer, before.PerCustomer),
		f.ratio(named{"return", "merchant.home.return", "merchant.home.return_is"}, now.Return, before.Return),
	}

	all[3].Better, all[4].Better = "", ""
	all[4].Over = f.overAllowable(now)
	if all[5].Value != unknown {
		all[5].Unit = f.say.Say("merchant.home.per", text.With{"base": f.say.Short(now.Base())})
	}
	return all
}

// named is what a figure is called, and the entries of its name and of its definition.
type named struct{ id, name, is string }

// figure is the frame of a figure: its name and its definition.
func (f homeFacts) figure(n named, value, before string, change int64, known bool) figure {
	one := figure{
		ID: n.id, Label: f.say.Say(n.name), Tip: f.say.Say(n.is), Value: value,
		Before: f.say.Say("merchant.home.before", text.With{"value": before}),
	}
	if known {
		one.Change = f.change(change)
		one.Better = map[bool]string{true: "up", false: "down"}[change >= 0]
	}
	return one
}

// change writes how much more it is, with one digit: "+51.8%", "−3.0%".
func (f homeFacts) change(bp int64) string {
	sign := "+"
	switch {
	case bp < 0:
		sign, bp = "−", -bp
	case bp < 5:
		sign = ""
	}
	return sign + f.say.Percent(int(bp+5)/10*10)
}

func (f homeFacts) amount(n named, now, before money.Amount) figure {
	change, known := figures.Change(now.Minor, before.Minor)
	return f.figure(n, f.say.Money(now), f.say.Money(before), change, known)
}

func (f homeFacts) count(n named, now, before int) figure {
	change, known := figures.Change(int64(now), int64(before))
	return f.figure(n, f.say.Number(now), f.say.Number(before), change, known)
}

// ratio is a figure that there may be none of.
func (f homeFacts) ratio(n named, now, before func() (money.Amount, bool)) figure {
	is, have := now()
	was, had := before()
	change, known := figures.Change(is.Minor, was.Minor)
	return f.figure(n, f.orUnknown(is, have), f.orUnknown(was, had), change, known && have && had)
}

func (f homeFacts) orUnknown(a money.Amount, known bool) string {
	if !known {
		return unknown
	}
	return f.say.Money(a)
}

// overAllowable is the caution that a new customer costs more than the live campaign allows.
func (f homeFacts) overAllowable(now figures.Period) string {
	live := inState(f.campaigns, referral.CampaignLive)
	each, known := now.PerCustomer()
	if live == nil || !known {
		return ""
	}
	if over, err := live.Limits.Exceeds(each); err != nil || !over {
		return ""
	}
	return f.say.Say("merchant.home.above", text.With{"allowable": f.say.Short(live.Limits.AllowableCost)})
}

// dayChart is revenue and cost by day: drawn in two sizes, and as a table.
type dayChart struct {
	Wide, Narrow template.HTML
	Rows         []dayRow // oldest first
	All          dayRow
	BeforeSays   string // what the dotted line is
}

// dayRow is one day.
type dayRow struct {
	Day, Orders, Revenue, Cost string
	Says                       string // all of it, as it is read out
}

// chart draws the days.
func (f homeFacts) chart() dayChart {
	drawn := chart.Days{
		Today: f.say.Say("merchant.home.today"), Say: func(minor int64) string {
			return f.say.Short(money.Amount{Minor: minor, Currency: f.figures.Now.Currency})
		},
		Title: f.say.Say("merchant.home.by_day"), Describes: f.describes(),
		SaysRevenue: f.say.Say("merchant.home.line_revenue"), SaysCost: f.say.Say("merchant.home.line_cost"),
	}
	var view dayChart
	for _, d := range f.figures.ByDay {
		drawn.Dates = append(drawn.Dates, f.calendar().Date(d.Day))
		drawn.Revenue = append(drawn.Revenue, d.Now.Revenue().Minor)
		drawn.Cost = append(drawn.Cost, d.Now.Cost().Minor)
		drawn.Before = append(drawn.Before, d.Before.Minor)
		view.Rows = append(view.Rows, f.dayRow(f.calendar().Date(d.Day), d.Day, d.Now))
	}

	view.All = f.dayRow(f.say.Say("merchant.home.all"), time.Time{}, f.figures.Now)
	view.BeforeSays = f.say.Say("merchant.home.line_before", text.With{"number": f.figures.Days})
	view.Wide, view.Narrow = drawn.Draw(chart.Wide, "by-day-wide"), drawn.Draw(chart.Narrow, "by-day-narrow")
	return view
}

// describes tells what the chart shows to who cannot see it: the sums, and the best day.
func (f homeFacts) describes() string {
	best := slices.MaxFunc(f.figures.ByDay, func(a, b reports.HomeDay) int {
		return cmp.Compare(a.Now.Revenue().Minor, b.Now.Revenue().Minor)
	})
	return f.say.Say("merchant.home.by_day_says", text.With{
		"number": f.figures.Days, "revenue": f.figures.Now.Revenue(), "cost": f.figures.Now.Cost(),
		"day": f.calendar().Date(best.Day), "most": best.Now.Revenue(),
	})
}

// dayRow words a day, or all of them together.
func (f homeFacts) dayRow(name string, day time.Time, p figures.Period) dayRow {
	row := dayRow{
		Day: name, Orders: f.say.Number(p.Orders()), Revenue: f.say.Money(p.Revenue()), Cost: f.say.Money(p.Cost()),
	}
	if !day.IsZero() {
		row.Says = f.say.Say("merchant.home.day_says", text.With{
			"day": f.say.Day(day), "revenue": p.Revenue(), "cost": p.Cost(), "count": p.Orders(),
		})
	}
	return row
}

// topTable is who brought the most revenue. Its rows add up to the last one.
type topTable struct {
	Says string
	Rows []topRow
	Rest *topRow // all others; nil: there are none
	All  topRow
}

// topRow is one advocate, or several.
type topRow struct {
	Name                            string
	Path                            string
	Share                           int // of the greatest revenue, in percent
	Revenue, Orders, Issued, OnHold string
}

// top words who brought the most.
func (f homeFacts) top() topTable {
	var named, most int64
	for _, a := range f.figures.Top {
		named += a.Revenue().Minor
		most = max(most, a.Revenue().Minor)
	}

	table := topTable{All: f.topRow(f.say.Say("merchant.home.all"), f.figures.Now)}
	for _, a := range f.figures.Top {
		row := f.topRow(f.advocateName(a.Advocate, a.Name), a.Period)
		row.Path = advocatesPath + "/" + string(a.Advocate.ID)
		row.Share = int(a.Revenue().Minor * 100 / max(1, most))
		table.Rows = append(table.Rows, row)
	}
	if f.figures.Advocates == len(f.figures.Top) {
		table.Says = f.say.Say("merchant.home.top_count", text.With{"count": f.figures.Advocates})
		return table
	}

	share := named * 10_000 / max(1, f.figures.Now.Revenue().Minor)
	words := text.With{
		"count": f.figures.Advocates, "number": reports.CountedTo, "first": len(f.figures.Top),
		"share": f.say.Percent(int(share+5) / 10 * 10),
	}
	says, others := "merchant.home.top_says", f.say.Say("merchant.home.others", text.With{
		"count": f.figures.Advocates - len(f.figures.Top),
	})
	if f.figures.Advocates > reports.CountedTo {
		says, others = "merchant.home.beyond.says", f.say.Say("merchant.home.beyond.others")
	}
	rest := f.topRow(others, f.figures.Rest)
	table.Says, table.Rest = f.say.Say(says, words), &rest
	return table
}

func (f homeFacts) topRow(name string, p figures.Period) topRow {
	return topRow{
		Name: name, Revenue: f.say.Money(p.Revenue()), Orders: f.say.Number(p.Orders()),
		Issued: f.say.Money(p.Issued()), OnHold: f.say.Money(p.OnHold()),
	}
}

// funnelView is the way from an offer that was shown to a reward.
type funnelView struct {
	Steps []funnelStep
	Says  string // what of the last step is still on hold or flagged
}

// funnelStep is one of them, as a share of the one above.
type funnelStep struct {
	Label, Count string
	Share        string // "13.2% of seen"; "" for the first, and where there is nothing to be a share of
	Rate         string // the same without words
	Width        int    // percent of the bar
	Waits        int    // percent of the bar that is hatched: not yet
}

// funnel words the steps.
func (f homeFacts) funnel() funnelView {
	now := f.figures.Now
	issued, held, flagged := now.Count(figures.IssuedCount), now.Count(figures.OnHoldCount), now.Count(figures.Flagged)
	steps := []struct {
		name, of string
		count    int
	}{
		{"merchant.home.seen", "", f.figures.Seen},
		{"merchant.home.claims", "merchant.home.of_claims", f.figures.Claims},
		{"merchant.home.orders", "merchant.home.of_orders", now.Orders()},
		{"merchant.home.issued", "merchant.home.of_issued", issued},
	}

	var view funnelView
	above := 0 // of the step before
	for i, s := range steps {
		one := funnelStep{Label: f.say.Say(s.name), Count: f.say.Number(s.count), Rate: unknown}
		if i == 0 {
			one.Width = min(100, s.count*100)
		} else if above > 0 {
			one.Width = min(100, s.count*100/above)
			one.Rate = f.rate(s.count, above)
			one.Share = f.say.Say(s.of, text.With{"rate": one.Rate})
		}
		view.Steps = append(view.Steps, one)
		above = s.count
	}
	view.Steps[3].Waits = min(100-view.Steps[3].Width, held*100/max(1, now.Orders()))
	view.Says = f.say.Say("merchant.home.rewards_stand", text.With{"issued": issued, "held": held, "flagged": flagged})
	return view
}

// rate writes a part of a whole with one digit: "13.2%".
func (f homeFacts) rate(part, whole int) string {
	return f.say.Percent((part*10_000/whole + 5) / 10 * 10)
}

// costView is what the cost is made of. Its rows add up.
type costView struct {
	Says string
	Rows []costRow
	All  string
}

// costRow is one part of the cost.
type costRow struct {
	Kind   string // a class: its colour
	Label  string
	Why    string
	Amount string
	Width  int // percent of the whole
}

// cost words the parts.
func (f homeFacts) cost() costView {
	now := f.figures.Now
	parts := []struct {
		kind, name string
		amount     money.Amount
		why        string
	}{
		{"friend", "merchant.home.cost_friend", now.FriendOff(), f.say.Say("merchant.home.friend_why", text.With{"count": now.Count(figures.FriendCodes)})},
		{"given", "merchant.home.cost_given", now.Issued(), f.say.Say("merchant.home.given_why", text.With{
			"count": now.Count(figures.IssuedCount), "redeemed": now.Redeemed(),
		})},
		{"held", "merchant.home.cost_held", now.OnHold(), f.say.Say("merchant.home.held_why", text.With{"count": now.Count(figures.OnHoldCount)})},
		{"lost", "merchant.home.cost_lost", now.Lost(), f.say.Say("merchant.home.lost_why", text.With{"count": now.Count(figures.LostCount)})},
		{"without", "merchant.home.cost_without", now.Uncredited(), f.reasons(now)},
	}

	view := costView{All: f.say.Money(now.Cost()), Says: f.costSays(now)}
	for _, p := range parts {
		if p.kind == "lost" && p.amount.IsZero() { // rare: no row for nothing
			continue
		}
		row := costRow{Kind: p.kind, Label: f.say.Say("merchant.home.cost_" + p.kind), Amount: f.say.Money(p.amount)}
		if !p.amount.IsZero() {
			row.Why, row.Width = p.why, int(p.amount.Minor*100/max(1, now.Cost().Minor))
		}
		view.Rows = append(view.Rows, row)
	}
	return view
}

// costSays is the sum in a sentence.
func (f homeFacts) costSays(now figures.Period) string {
	each, known := now.PerCustomer()
	if !known {
		return f.say.Say("merchant.home.cost_nobody")
	}
	return f.say.Say("merchant.home.cost_says", text.With{"cost": now.Cost(), "count": now.Customers(), "each": each})
}

// reasons says why orders on which a friend's code took something off credit nobody, the most frequent first.
func (f homeFacts) reasons(now figures.Period) string {
	type reason struct {
		why referral.Reason
		n   int
	}
	var all []reason
	for counter, n := range now.Sums {
		if why, is := strings.CutPrefix(string(counter), string(figures.UncreditedOrdersFor(""))); is {
			all = append(all, reason{referral.Reason(why), int(n)})
		}
	}
	slices.SortFunc(all, func(a, b reason) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.why, b.why)) })

	var said []string
	for _, r := range all {
		said = append(said, fmt.Sprintf("%s × %s", f.say.Number(r.n), f.say.Reason(r.why)))
	}
	return strings.Join(said, "; ")
}
