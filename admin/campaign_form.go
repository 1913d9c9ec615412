package admin

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/text"
	"twofold/trust"
)

// form reads a campaign into the editor's fields, and what was typed there into a campaign.
type form struct {
	currency string
	zone     *time.Location
}

// formField is one field of the editor: its name in the form, which is also the domain's.
type formField struct {
	name    string
	kind    string    // of the field that is shown: a template in parts of the editor
	options []string  // of which one, or some, are chosen
	hinted  bool      // text has a hint for it
	when    condition // the field is there only then
	get     func(c referral.Campaign) string
	set     func(c *referral.Campaign, typed string) error
}

// condition is that another field has one of some values. The zero condition always holds.
type condition struct {
	field  string
	values []string
}

func (c condition) holds(values typed) bool {
	return c.field == "" || slices.Contains(c.values, values[c.field])
}

// typed are the form's values by their names; several of one field stand side by side, with commas between them.
type typed map[string]string

// edited is a campaign that a field is part of.
type edited = *referral.Campaign

// fields are all fields, those first on which others depend.
func (f form) fields() []formField {
	friend := func(c edited) *referral.Offer { return &c.Terms.Friend }
	advocate := func(c edited) *referral.Offer { return &c.Terms.Advocate }
	kind := func(side string, kinds ...referral.OfferKind) condition {
		is := condition{field: side + "_kind"}
		for _, k := range kinds {
			is.values = append(is.values, string(k))
		}
		return is
	}
	after := condition{"friend_after_order", []string{afterOrder}}
	kinds := []string{string(referral.AmountOff), string(referral.PercentOff), string(referral.FreeShipping)}
	share := string(referral.ShareOfOrder)
	credits := []string{string(referral.CreditClaim), string(referral.CreditLast), string(referral.CreditFirst)}

	return []formField{
		word("name", func(c edited) *string { return &c.Name }),

		word("friend_kind", func(c edited) *referral.OfferKind { return &friend(c).Kind }).as("select", kinds...),
		f.amount("friend_amount", func(c edited) *money.Amount { return &friend(c).Amount }).
			only(kind("friend", referral.AmountOff)),
		percent("friend_percent", func(c edited) *int { return &friend(c).RateBP }).
			only(kind("friend", referral.PercentOff)),
		whenGiven("friend_after_order"),
		count("friend_valid_days", func(c edited) *int { return &friend(c).ValidDays }).only(after).hint(),
		f.amount("friend_minimum", func(c edited) *money.Amount { return &friend(c).Minimum }).only(after),
		combines("friend_combines", friend).hint(),

		word("advocate_kind", func(c edited) *referral.OfferKind { return &advocate(c).Kind }).
			as("select", append(kinds, share)...),
		f.amount("advocate_amount", func(c edited) *money.Amount { return &advocate(c).Amount }).
			only(kind("advocate", referral.AmountOff)),
		percent("advocate_percent", func(c edited) *int { return &advocate(c).RateBP }).
			only(kind("advocate", referral.PercentOff, referral.ShareOfOrder)),
		f.amount("advocate_most", func(c edited) *money.Amount { return &advocate(c).Most }).
			only(kind("advocate", referral.ShareOfOrder)),
		f.amount("advocate_counts_as", func(c edited) *money.Amount { return &advocate(c).CountsAs }).
			only(kind("advocate", referral.PercentOff, referral.FreeShipping)).hint(),
		count("advocate_valid_days", func(c edited) *int { return &advocate(c).ValidDays }).hint(),
		f.amount("advocate_minimum", func(c edited) *money.Amount { return &advocate(c).Minimum }),
		combines("advocate_combines", advocate),
		toggle("advocate_personal", func(c edited) *bool { return &advocate(c).Personal }).hint(),

		f.amount("minimum", func(c edited) *money.Amount { return &c.Terms.Minimum }).hint(),
		count("hold_days", func(c edited) *int { return &c.Terms.HoldDays }).hint(),
		count("window_days", func(c edited) *int { return &c.Terms.WindowDays }).hint(),
		count("claim_days", func(c edited) *int { return &c.Terms.ClaimDays }).hint(),
		word("credit", func(c edited) *referral.Credit { return &c.Terms.Credit }).as("choice", credits...),
		word("strictness", func(c edited) *trust.Strictness { return &c.Terms.Strictness }).
			as("choice", "relaxed", "balanced", "strict").hint(), // trust.Strictnesses
		counted("sources"),
		count("share_ceiling", func(c edited) *int { return &c.Terms.ShareCeiling }).hint(),
		toggle("buys_first", func(c edited) *bool { return &c.Terms.BuysFirst }).hint(),
		toggle("uncoded", func(c edited) *bool { return &c.Terms.CodeOnly }).inverted().hint(),
		toggle("credit_ref", func(c edited) *bool { return &c.Terms.CreditRef }).hint(),
		toggle("free_orders", func(c edited) *bool { return &c.Terms.FreeOrders }).hint(),
		toggle("take_back_returns", func(c edited) *bool { return &c.Terms.TakeBackReturns }).hint(),

		f.amount("allowable_cost", func(c edited) *money.Amount { return &c.Limits.AllowableCost }).hint(),
		f.amount("budget", func(c edited) *money.Amount { return &c.Limits.Budget }).hint(),
		count("month_cap", func(c edited) *int { return &c.Limits.MonthCap }).hint(),
		count("year_cap", func(c edited) *int { return &c.Limits.YearCap }).hint(),
		count("flag_after", func(c edited) *int { return &c.Limits.FlagAfter }).hint(),

		f.firstDay("starts").hint(),
		f.lastDay("ends").hint(),
	}
}

// only has the field there only on a condition.
func (f formField) only(when condition) formField {
	f.when = when
	return f
}

// as has the field shown by another template, with its options.
func (f formField) as(kind string, options ...string) formField {
	f.kind, f.options = kind, options
	return f
}

// hint has a hint shown with the field.
func (f formField) hint() formField {
	f.hinted = true
	return f
}

// fieldView is one field as it is shown.
type fieldView struct {
	Name     string
	Kind     string
	Label    string
	Hint     string
	Value    string
	Error    string // what is wrong with it; "": nothing
	Currency string
	When     string // "friend_kind=amount_off": it is shown only then; several values stand side by side
	Hidden   bool
	Options  []optionView
}

// optionView is one option of a field.
type optionView struct {
	Value, Label string
	On           bool
}

// On tells whether a switch is on.
func (f fieldView) On() bool { return f.Value == on }

// show makes the fields as they are shown, with what is in them and what is wrong.
func (f form) show(say *text.Printer, values typed, wrong []referral.Mistake) map[string]fieldView {
	views := map[string]fieldView{}
	for _, field := range f.fields() {
		view := fieldView{
			Name: field.name, Kind: field.kind, Label: say.Say("merchant.field." + field.name),
			Value: values[field.name], Currency: f.currency, Hidden: !field.when.holds(values),
		}
		if field.hinted {
			view.Hint = say.Say("merchant.hint." + field.name)
		}
		if field.when.field != "" {
			view.When = field.when.field + "=" + strings.Join(field.when.values, " ")
		}

		chosen := strings.Split(view.Value, ",")
		for _, option := range field.options {
			label := say.Say("merchant.option.is_" + option)
			view.Options = append(view.Options, optionView{option, label, slices.Contains(chosen, option)})
		}
		for _, m := range wrong {
			if string(m.Field) == field.name && view.Error == "" {
				view.Error = say.Error(m.Err)
			}
		}
		views[field.name] = view
	}
	return views
}

// say words what a field has, for a sentence.
func (f form) say(say *text.Printer, name, value string) string {
	for _, field := range f.fields() {
		if field.name != name {
			continue
		}
		var chosen []string
		for _, option := range field.options {
			if slices.Contains(strings.Split(value, ","), option) {
				chosen = append(chosen, say.Say("merchant.option.is_"+option))
			}
		}
		if len(chosen) > 0 {
			return say.List(chosen)
		}
	}

	if value == "" {
		return say.Say("merchant.none")
	}
	return value
}

// read is a campaign as the fields have it.
func (f form) read(c referral.Campaign) typed {
	values := typed{}
	for _, field := range f.fields() {
		values[field.name] = field.get(c)
	}
	return values
}

// write puts what was typed into the campaign. What cannot be read is left as it was, and told.
func (f form) write(c *referral.Campaign, values typed) (wrong []referral.Mistake) {
	for _, field := range f.fields() {
		has, given := values[field.name]
		if !given || !field.when.holds(values) || has == field.get(*c) {
			continue
		}
		if err := field.set(c, has); err != nil {
			wrong = append(wrong, referral.Mistake{Field: referral.Field(field.name), Err: err})
		}
	}

	tidy(&c.Terms)
	return wrong
}

// tidy takes away what the kinds and the time of the rewards leave no room for: the fields for it are not there.
func tidy(t *referral.Terms) {
	none := func(a *money.Amount, keep bool) {
		if !keep && !a.IsZero() {
			*a = money.Amount{}
		}
	}

	for _, o := range []*referral.Offer{&t.Friend, &t.Advocate} {
		none(&o.Amount, o.Kind == referral.AmountOff)
		none(&o.Most, o.Kind == referral.ShareOfOrder)
		none(&o.CountsAs, !o.Kind.IsAmount())
		if o.Kind != referral.PercentOff && o.Kind != referral.ShareOfOrder {
			o.RateBP = 0
		}
	}
	if !t.Friend.AfterOrder {
		none(&t.Friend.Minimum, false)
		t.Friend.ValidDays = 0
	}
}

// sent are the values of a form that was posted. A switch that is off, and a choice of nothing, are not in it.
func (f form) sent(body url.Values) typed {
	values := typed{}
	for _, field := range f.fields() {
		value := strings.TrimSpace(strings.Join(body[field.name], ","))
		if field.kind == "amount" || field.kind == "percent" {
			value = pointed(value)
		}
		values[field.name] = value
	}
	return values
}

// pointed is a decimal number with a point, whichever of comma and point was typed. Shopify's fields for money and numbers
// give "the user's current input", which need not be a machine's number where the admin has decimal commas. What might
// have a separator between thousands stays as it is, and is refused: both of them, one twice, or three digits after a
// comma. Source: shopify.dev, s-money-field and s-number-field, value, 1.0.
func pointed(typed string) string {
	whole, decimals, comma := strings.Cut(typed, ",")
	if !comma || strings.ContainsAny(whole+decimals, ".,") || len(decimals) == 3 {
		return typed
	}
	return whole + "." + decimals
}

// baseField is the form's field for what the fields had when the page was made, so that what another editor has changed
// meanwhile is seen.
const baseField = "base"

// parseBase reads it. What cannot be read is no base: then nothing is taken to have changed.
func parseBase(text string, current typed) typed {
	base := typed{}
	if json.Unmarshal([]byte(text), &base) != nil || len(base) == 0 {
		return current
	}
	return base
}

// encode writes the values as parseBase reads them.
func (t typed) encode() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // texts always encode
	}
	return string(text)
}

// clash is one field that two editors have changed to different values.
type clash struct{ Name, Mine, Theirs string }

// merge puts what was typed onto what another editor has saved meanwhile: fields that were not touched are theirs. What
// both have changed stays as typed, and is told.
func merge(fields []formField, base, mine, theirs typed) (merged typed, clashes []clash) {
	merged = typed{}
	for _, field := range fields {
		name := field.name
		merged[name] = mine[name]
		switch {
		case mine[name] == base[name]:
			merged[name] = theirs[name]
		case theirs[name] != base[name] && theirs[name] != mine[name]:
			clashes = append(clashes, clash{name, mine[name], theirs[name]})
		}
	}
	return merged, clashes
}

// word is a field whose text is the value.
func word[T ~string](name string, of func(*referral.Campaign) *T) formField {
	return formField{
		name: name,
		kind: "word",
		get:  func(c referral.Campaign) string { return string(*of(&c)) },
		set:  func(c *referral.Campaign, text string) error { *of(c) = T(text); return nil },
	}
}

// amount is a field for an amount in the shop's currency; nothing typed is none.
func (f form) amount(name string, of func(*referral.Campaign) *money.Amount) formField {
	return formField{
		name: name,
		kind: "amount",
		get: func(c referral.Campaign) string {
			if a := *of(&c); !a.IsZero() {
				return a.Decimal()
			}
			return ""
		},
		set: func(c *referral.Campaign, text string) error {
			a, err := money.Amount{}, error(nil)
			if text != "" {
				a, err = money.Parse(text, f.currency)
			}
			if err == nil && (!a.IsZero() || !of(c).IsZero()) {
				*of(c) = a
			}
			return err
		},
	}
}

// count is a field for a whole number; nothing typed is 0.
func count(name string, of func(*referral.Campaign) *int) formField {
	return formField{
		name: name,
		kind: "count",
		get:  func(c referral.Campaign) string { return strconv.Itoa(*of(&c)) },
		set: func(c *referral.Campaign, text string) error {
			n, err := 0, error(nil)
			if text != "" {
				n, err = strconv.Atoi(text)
			}
			if err != nil {
				return fault.With(fault.Invalid, "not_a_number", fault.Values{"given": fmt.Sprintf("%.64q", text)})
			}
			*of(c) = n
			return nil
		},
	}
}

// percent is a field for a part, in percent.
func percent(name string, of func(*referral.Campaign) *int) formField {
	return formField{
		name: name,
		kind: "percent",
		get: func(c referral.Campaign) string {
			if *of(&c) == 0 {
				return ""
			}
			return referral.Percent(*of(&c))
		},

		set: func(c *referral.Campaign, text string) (err error) {
			bp := 0
			if text != "" {
				bp, err = referral.ParsePercent(text)
			}

			if err == nil {
				*of(c) = bp
			}
			return err
		},
	}
}

// on is the value of a switch that is on.
const on = "on"

// toggle is a switch.
func toggle(name string, of func(*referral.Campaign) *bool) formField {
	return formField{
		name: name,
		kind: "switch",
		get: func(c referral.Campaign) string {
			if *of(&c) {
				return on
			}
			return ""
		},
		set: func(c *referral.Campaign, text string) error { *of(c) = text == on; return nil },
	}
}

// inverted has a switch that is on while the term is not.
func (f formField) inverted() formField {
	get, set := f.get, f.set
	f.get = func(c referral.Campaign) string {
		if get(c) == on {
			return ""
		}
		return on
	}
	f.set = func(c *referral.Campaign, text string) error {
		if text == on {
			return set(c, "")
		}
		return set(c, on)
	}
	return f
}

// The values of when a friend gets the reward.
const (
	atClaim    = "at_claim"
	afterOrder = "after_order"
)

// whenGiven is the choice of when a friend gets the reward.
func whenGiven(name string) formField {
	return formField{
		name:    name,
		kind:    "choice",
		options: []string{atClaim, afterOrder},
		get: func(c referral.Campaign) string {
			if c.Terms.Friend.AfterOrder {
				return afterOrder
			}
			return atClaim
		},
		set: func(c *referral.Campaign, text string) error {
			c.Terms.Friend.AfterOrder = text == afterOrder
			return nil
		},
	}
}

// choices are several values of one field, of which some are chosen: their texts, in their order.
func choices(all []string, chosen func(string) bool) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(all), func(one string) bool { return !chosen(one) }), ",")
}

// combinable are the classes of discounts, as the form names them.
var combinable = []string{"order", "product", "shipping"}

// combines is what a side's discount may stand beside.
func combines(name string, of func(*referral.Campaign) *referral.Offer) formField {
	return formField{
		name:    name,
		kind:    "choices",
		options: combinable,
		get: func(c referral.Campaign) string {
			has := of(&c).Combines
			is := map[string]bool{"order": has.Order, "product": has.Product, "shipping": has.Shipping}
			return choices(combinable, func(one string) bool { return is[one] })
		},
		set: func(c *referral.Campaign, text string) error {
			has := strings.Split(text, ",")
			of(c).Combines = referral.Combines{
				Order:    slices.Contains(has, "order"),
				Product:  slices.Contains(has, "product"),
				Shipping: slices.Contains(has, "shipping"),
			}
			return nil
		},
	}
}

// counted is from where orders count. Terms say which are left out.
func counted(name string) formField {
	all := make([]string, len(referral.AllSources))
	for i, source := range referral.AllSources {
		all[i] = string(source)
	}

	return formField{
		name:    name,
		kind:    "choices",
		options: all,
		get: func(c referral.Campaign) string {
			return choices(all, func(one string) bool { return !c.Terms.Excluded.Has(referral.Source(one)) })
		},
		set: func(c *referral.Campaign, text string) error {
			out := func(source referral.Source) bool { return !slices.Contains(strings.Split(text, ","), string(source)) }
			c.Terms.Excluded = referral.Sources{
				Web: out(referral.SourceWeb), POS: out(referral.SourcePOS), Draft: out(referral.SourceDraft),
				Subscription: out(referral.SourceSubscription), Other: out(referral.SourceOther),
			}
			return nil
		},
	}
}

// dayForm is how a date field writes a day. Source: shopify.dev, s-date-field, 1.0.
const dayForm = "2006-01-02"

// firstDay is the day at whose beginning, in the shop's time zone, a draft goes live. Only a draft has one.
func (f form) firstDay(name string) formField {
	return formField{
		name: name,
		kind: "day",
		get: func(c referral.Campaign) string {
			if c.State != referral.CampaignDraft || c.Dates.Starts.IsZero() {
				return ""
			}
			return c.Dates.Starts.In(f.zone).Format(dayForm)
		},
		set: func(c *referral.Campaign, text string) (err error) {
			c.Dates.Starts, err = f.midnight(text, 0)
			return err
		},
	}
}

// lastDay is the day at whose end, in the shop's time zone, the campaign ends.
func (f form) lastDay(name string) formField {
	return formField{
		name: name,
		kind: "day",
		get: func(c referral.Campaign) string {
			if c.Dates.Ends.IsZero() {
				return ""
			}
			return c.Dates.Ends.Add(-time.Nanosecond).In(f.zone).Format(dayForm)
		},
		set: func(c *referral.Campaign, text string) (err error) {
			c.Dates.Ends, err = f.midnight(text, 1)
			return err
		},
	}
}

// midnight is the beginning of a day, or of one some days later, in the shop's time zone; zero for none.
func (f form) midnight(text string, later int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(dayForm, text, f.zone)
	if err != nil {
		return time.Time{}, fault.With(fault.Invalid, "not_a_day", fault.Values{"given": fmt.Sprintf("%.64q", text)})
	}
	return day.AddDate(0, 0, later).UTC(), nil
}
