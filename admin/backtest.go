package admin

import (
	"context"
	"net/url"
	"strings"

	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/tenant"
	"twofold/text"
	"twofold/trust"
)

// Backtests decides referrals of the past again under other terms, and writes nothing.
type Backtests interface {
	Run(ctx context.Context, shop tenant.ShopID, q reports.BacktestQuery) (reports.Backtest, error)
}

// backtestLimit is how many referrals a page has decided again: it is asked for by a press, and waited for.
// `twofold backtest` looks at more.
const backtestLimit = 200

// backtestShown is how many changes, and how many advocates, the page lists.
const backtestShown = 50

// backtestView is what other terms would have done.
type backtestView struct {
	Fields []fieldView
	Wrong  []string // what cannot be read: then nothing is decided again
	Ran    bool
	Looked string
	Same   bool // nothing would be otherwise

	Courses   []courseRow
	Changes   []changeRow
	Further   int // changes that are not listed
	Advocates []advocateRow
}

// courseRow is how many referrals go one way, as it is and as it would be.
type courseRow struct{ Course, As, AsWorth, Would, WouldWorth string }

// changeRow is one referral that would go another way.
type changeRow struct {
	Number, Order, Advocate, As, Would, Why, Worth string
	Is                                             badge
}

// advocateRow is what changes for an advocate.
type advocateRow struct{ ID, Code, Count, Held, Freed string }

// backtest shows the form, and what comes of it once it was sent.
func (h *handler) backtest(v visit) error {
	values := url.Values{}
	for name, value := range v.Queries() {
		values.Set(name, value)
	}
	form := backtestForm{formReader{visit: v, values: values, label: v.termLabel}}
	change := form.read()
	view := backtestView{Fields: form.fields, Wrong: form.wrong}
	if len(view.Wrong) > 0 {
		return h.again(v, "backtest", view)
	}
	if change == nil {
		return h.show(v, "backtest", view)
	}

	got, err := h.config.Backtests.Run(v.UserContext(), v.shop.ID, reports.BacktestQuery{
		Change: change, Since: v.now.AddDate(0, 0, -reports.BacktestDays), Limit: backtestLimit,
	})
	if err != nil {
		return err
	}
	v.tellBacktest(&view, got)
	return h.show(v, "backtest", view)
}

// backtestForm is the form of terms that are tried, each of which may stay as it is.
type backtestForm struct{ formReader }

// asIs is the choice of what stays as it is.
const asIs = "as_is"

// read makes the fields, and what they change; nil: nothing.
func (f *backtestForm) read() func(referral.Terms) referral.Terms {
	var changes []func(*referral.Terms)
	pick := func(name string, apply func(*referral.Terms, string), all ...string) {
		label := func(one string) string { return f.say.Say("merchant.option.is_" + one) }
		if chosen := choose(&f.formReader, name, append([]string{asIs}, all...), label); chosen != asIs {
			changes = append(changes, func(t *referral.Terms) { apply(t, chosen) })
		}
	}

	pick("strictness", func(t *referral.Terms, chosen string) { t.Strictness = trust.Strictness(chosen) }, words(trust.Strictnesses)...)
	pick("credit", func(t *referral.Terms, chosen string) { t.Credit = referral.Credit(chosen) }, words(referral.Credits)...)
	pick("uncoded", func(t *referral.Terms, chosen string) { t.CodeOnly = chosen != "asked" }, "asked", "not_asked")
	if minimum, given := f.minimum(); given {
		changes = append(changes, func(t *referral.Terms) {
			if t.Minimum.Currency == "" || t.Minimum.Currency == minimum.Currency { // else it is of before the shop's currency changed
				t.Minimum = minimum
			}
		})
	}

	if len(changes) == 0 {
		return nil
	}
	return func(t referral.Terms) referral.Terms {
		for _, change := range changes {
			change(&t)
		}
		return t
	}
}

func (v visit) termLabel(name string) string { return v.say.Say("merchant.field." + name) }

// minimum is the least purchase that is tried; nothing typed leaves it as it is.
func (f *backtestForm) minimum() (money.Amount, bool) {
	currency := f.shop.Profile.Currency
	if strings.TrimSpace(f.values.Get("minimum")) == "" {
		f.add(fieldView{Name: "minimum", Kind: "amount", Currency: currency, Hint: f.say.Say("merchant.backtest.minimum_hint")})
		return money.Amount{}, false
	}
	return f.amount("minimum", money.Amount{Currency: currency}), true
}

// words are the values of a choice as texts.
func words[T ~string](all []T) []string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	return texts
}

// tellBacktest words what came of it.
func (v visit) tellBacktest(view *backtestView, got reports.Backtest) {
	view.Ran, view.Same = true, len(got.Changed) == 0
	looked := "merchant.backtest.looked"
	if got.More {
		looked = "merchant.backtest.looked_newest"
	}
	view.Looked = v.say.Say(looked, text.With{"count": got.Looked, "days": reports.BacktestDays})

	for _, course := range reports.Courses {
		as, would := got.As[course], got.Would[course]
		if as.Count+would.Count == 0 {
			continue
		}
		view.Courses = append(view.Courses, courseRow{
			v.course(course), v.say.Number(as.Count), v.sum(as.Worth), v.say.Number(would.Count), v.sum(would.Worth),
		})
	}
	for _, c := range got.Changed[:min(len(got.Changed), backtestShown)] {
		view.Changes = append(view.Changes, v.changed(c))
	}
	view.Further = len(got.Changed) - len(view.Changes)
	for _, a := range got.Advocates[:min(len(got.Advocates), backtestShown)] {
		view.Advocates = append(view.Advocates, advocateRow{
			string(a.Advocate.ID), a.Advocate.Code(), v.say.Number(a.Count), v.sum(a.Held), v.sum(a.Freed),
		})
	}
}

// changed words one referral that would go another way.
func (v visit) changed(c reports.Change) changeRow {
	id, name := c.Order()
	row := changeRow{
		Number: orderNumber(id), Order: name, Advocate: c.Advocate.Code(),
		As: v.course(reports.CourseOf(c.As)), Would: v.course(reports.CourseOf(c.Would)), Worth: v.sum(c.Worth()),
		Is: badge{text.Capital(text.State(v.say, c.Is)), tone(c.Is)},
	}
	if c.Would.Reason != referral.ReasonNone {
		row.Why = v.say.Reason(c.Would.Reason)
	}
	return row
}

func (v visit) course(c reports.Course) string {
	return text.Capital(v.say.Say("merchant.backtest.course_" + string(c)))
}

// sum is an amount; of nothing, a dash.
func (v visit) sum(a money.Amount) string {
	if a.IsZero() {
		return "–"
	}
	return v.say.Money(a)
}
