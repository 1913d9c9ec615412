package admin

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"twofold/fault"
	"twofold/money"
	"twofold/text"
)

// formReader reads a form's values, and makes its fields as they are shown again.
type formReader struct {
	visit

	values url.Values
	label  func(name string) string // of a field
	fields []fieldView
	wrong  []string
}

// add puts a field at the end, with its label.
func (f *formReader) add(field fieldView) {
	field.Label = f.label(field.Name)
	f.fields = append(f.fields, field)
}

// last is the field that was added last.
func (f *formReader) last() *fieldView { return &f.fields[len(f.fields)-1] }

// mistake says what is wrong with a field.
func (f *formReader) mistake(field *fieldView, says string) {
	field.Error = says
	f.wrong = append(f.wrong, field.Label+": "+says)
}

// choose adds a choice of some values, of which the first is the usual one.
func choose[T ~string](f *formReader, name string, all []T, label func(string) string) T {
	chosen := T(f.values.Get(name))
	if !slices.Contains(all, chosen) {
		chosen = all[0]
	}

	field := fieldView{Name: name, Kind: "select", Value: string(chosen)}
	for _, one := range all {
		field.Options = append(field.Options, optionView{string(one), label(string(one)), one == chosen})
	}
	f.add(field)
	return chosen
}

// days adds a number of days.
func (f *formReader) days(name string, usual int) int {
	typed := cmp.Or(strings.TrimSpace(f.values.Get(name)), strconv.Itoa(usual))
	f.add(fieldView{Name: name, Kind: "count", Value: typed})
	n, err := strconv.Atoi(typed)
	if err != nil || n < 0 || n > tryMaxDays {
		f.mistake(f.last(), f.say.Say("merchant.try.days_wrong", text.With{"most": tryMaxDays}))
	}
	return n
}

// amount adds a sum of money in the shop's currency.
func (f *formReader) amount(name string, usual money.Amount) money.Amount {
	typed := pointed(strings.TrimSpace(f.values.Get(name)))
	if !f.values.Has(name) {
		typed = usual.Decimal()
	}
	f.add(fieldView{Name: name, Kind: "amount", Value: typed, Currency: usual.Currency})

	a, err := money.Parse(cmp.Or(typed, "0"), usual.Currency)
	if err == nil && a.Minor < 0 {
		err = fault.With(fault.Invalid, "not_an_amount", fault.Values{"currency": usual.Currency, "given": fmt.Sprintf("%.64q", typed)})
	}
	if err != nil {
		f.mistake(f.last(), f.say.Error(err))
	}
	return a
}
