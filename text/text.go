// Package text words what the program says to people, by language: to shoppers, merchants and operators. Everything
// else returns codes and values; the sentences stand in one file a language (en.toml, de.toml …), the forms of
// numbers, amounts, dates and plurals come from CLDR by way of libraries. English is complete; German has what shoppers
// and merchants read, the other languages what shoppers do. A test fails when an entry is missing, and when a sentence
// stands anywhere else.
//
// Begin with Printer. How to add a sentence or a language is in CONTRIBUTING.md.
package text

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/bojanz/currency"
	"github.com/gohugoio/locales"
	"github.com/gohugoio/locales/ar"
	"github.com/gohugoio/locales/de"
	"github.com/gohugoio/locales/en"
	"github.com/gohugoio/locales/es"
	"github.com/gohugoio/locales/fr"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"twofold/money"
	"twofold/referral"
)

//go:embed *.toml
var files embed.FS

// With are the values that a sentence names. Amounts, times, whole numbers, lists, errors and the domain's states are
// put into the forms and words of the language; texts stand as they are. A value "count" chooses the plural.
type With map[string]any

// Printer words things in one language. It holds no state, so any number of requests may use one.
type Printer struct {
	tag     language.Tag
	say     *i18n.Localizer
	forms   locales.Translator
	amounts *currency.Formatter
}

// tags are the languages, English first: it is what others fall back to.
var tags = []language.Tag{language.English, language.German, language.French, language.Spanish, language.Arabic}

var (
	bundle   = mustLoad()
	matcher  = language.NewMatcher(tags)
	admins   = language.NewMatcher(tags[:2])
	printers = mustPrint(en.New(), de.New(), fr.New(), es.New(), ar.New())
)

// English is the language of the commands, and of people who ask for a language that we do not have.
var English = printers[0]

// ForShoppers are the printers of all languages that shoppers read, English first.
func ForShoppers() []*Printer { return slices.Clone(printers) }

// In is the printer for what a browser or Shopify asks for: a language tag ("de", "fr-CA") or a whole Accept-Language
// header. Without one that we have: English.
func In(wanted string) *Printer { return printers[best(matcher, wanted)] }

// ForMerchants is In for merchants: the admin speaks English and German.
func ForMerchants(wanted string) *Printer { return printers[best(admins, wanted)] }

// best is the place in tags of the language that fits best; the first where none does.
func best(among language.Matcher, wanted string) int {
	asked, _, err := language.ParseAcceptLanguage(wanted)
	if err != nil || len(asked) == 0 {
		return 0
	}
	_, at, _ := among.Match(asked...)
	return at
}

func mustLoad() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)

	for _, tag := range tags {
		if _, err := b.LoadMessageFileFS(files, tag.String()+".toml"); err != nil {
			panic(fmt.Sprintf("text: %s.toml: %v", tag, err)) // the files are part of the program
		}
	}
	return b
}

func mustPrint(forms ...locales.Translator) []*Printer {
	all := make([]*Printer, len(forms))
	for i, f := range forms {
		locale := currency.NewLocale(f.Locale())
		all[i] = &Printer{tags[i], i18n.NewLocalizer(bundle, f.Locale()), f, currency.NewFormatter(locale)}
	}
	return all
}

// Did says what was done before a page, for a toast. There is none for a name that nothing has.
func (p *Printer) Did(did string) (string, bool) { return p.find("merchant.did." + did) }

// Languages are those that shoppers are answered in, English first.
func Languages() []string {
	all := make([]string, len(tags))
	for i, tag := range tags {
		all[i] = tag.String()
	}
	return all
}

// Language is the printer's language, for the lang attribute of a page.
func (p *Printer) Language() string { return p.tag.String() }

// Direction is the way in which the printer's language is written, for the dir attribute of a page.
func (p *Printer) Direction() string {
	if p.tag == language.Arabic {
		return "rtl"
	}
	return "ltr"
}

// Say words the entry id, such as "shopper.claim.code". An id without an entry is said as it
// is, which a test rules out.
func (p *Printer) Say(id string, values ...With) string {
	said, ok := p.find(id, values...)
	if !ok {
		return id
	}
	return said
}

// find is Say that tells whether there is such an entry.
func (p *Printer) find(id string, values ...With) (string, bool) {
	config := i18n.LocalizeConfig{MessageID: id}
	if len(values) > 0 {
		data := map[string]any{}
		for name, value := range values[0] {
			data[name] = p.form(value)
		}
		config.TemplateData, config.PluralCount = data, values[0]["count"]
	}

	said, err := p.say.Localize(&config)
	return said, err == nil || said != ""
}

// form puts a value into the language's forms and words.
func (p *Printer) form(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return p.Number(v)
	case money.Amount:
		return p.Money(v)
	case time.Time:
		return p.Day(v)
	case []string:
		return p.List(v)

	case referral.Offer:
		return p.Offer(v)
	case referral.State:
		return State(p, v)
	case referral.RewardState:
		return State(p, v)
	case referral.CampaignState:
		return State(p, v)
	case referral.Side:
		return p.Say("merchant.side." + string(v))
	case referral.Reason:
		return p.Reason(v)
	case error:
		return p.Error(v)
	}
	return fmt.Sprint(value)
}

// Number writes a whole number: "10,000" in English, "10.000" in German.
func (p *Printer) Number(n int) string { return p.forms.FmtNumber(float64(n), 0) }

// Money writes an amount with all of its digits: "$20.00", "20,00 $".
func (p *Printer) Money(a money.Amount) string {
	digits, err := money.Digits(a.Currency)
	if err != nil {
		return a.String()
	}
	return p.write(a, digits)
}

// Short writes an amount for headings: "$20", and "$12.50" where there are decimals.
func (p *Printer) Short(a money.Amount) string {
	_, fraction, _ := strings.Cut(a.Decimal(), ".")
	if strings.Trim(fraction, "0") != "" {
		return p.Money(a)
	}
	return p.write(a, 0)
}

// write puts an amount into the language's form, with decimals at least. A currency that CLDR does not know, since it
// is too new or has been replaced, borrows the form of another, and is named by its code: "20,00 BGN".
func (p *Printer) write(a money.Amount, decimals int) string {
	form, code := *p.amounts, a.Currency
	form.MinDigits = uint8(decimals)
	if !currency.IsValid(code) {
		form.SymbolMap = map[string]string{"USD": code}
		code = "USD"
	}

	amount, err := currency.NewAmount(a.Decimal(), code)
	if err != nil {
		return a.String()
	}
	said := form.Format(amount)
	if a.Minor < 0 {
		said = strings.Replace(said, "-", minus, 1)
	}
	if p.Direction() == "rtl" && strings.HasSuffix(said, "$") {
		// Else "US$" is shown as "$US": the sign is neutral, and takes the direction of what follows.
		said += leftToRight
	}
	return said
}

// minus is the sign of amounts below zero. It is as wide as a plus, and no line breaks after it as after a hyphen.
const minus = "\u2212"

// leftToRight is a mark that nobody sees. Source: Unicode Standard Annex 9, implicit directional marks.
const leftToRight = "\u200e"

// MoneyOrNone is Money, or "none" for zero.
func (p *Printer) MoneyOrNone(a money.Amount) string {
	if a.IsZero() {
		return p.Say("merchant.none")
	}
	return p.Money(a)
}

// Percent writes basis points: "15%", "12.5%", "12,5 %".
func (p *Printer) Percent(bp int) string {
	digits := uint64(2)
	for ; digits > 0 && bp%10 == 0; bp /= 10 {
		digits--
	}
	return p.forms.FmtPercent(float64(bp)/float64([]int{1, 10, 100}[digits]), digits)
}

// Day writes the day of a time, in the time's own zone: "December 1, 2026".
func (p *Printer) Day(t time.Time) string {
	if t.IsZero() {
		return p.Say("shopper.unknown_time")
	}
	return p.forms.FmtDateLong(t)
}

// Weekday names a day of the week: "Monday".
func (p *Printer) Weekday(day time.Weekday) string { return p.forms.WeekdayWide(day) }

// Moment writes a time to the minute, in the time's own zone, which it names: "Dec 1, 2026, 15:04 UTC". The hour is
// of 24, CLDR's skeleton Hm, so that no column needs more room for an afternoon.
func (p *Printer) Moment(t time.Time) string {
	if t.IsZero() {
		return p.Say("shopper.unknown_time")
	}
	return p.Say("merchant.moment", With{
		"day": p.forms.FmtDateMedium(t), "time": t.Format("15:04"), "zone": t.Format("MST"),
	})
}

// List joins words: "a, b and c".
func (p *Printer) List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return p.Say("shopper.list", With{"first": strings.Join(words[:last], p.Say("shopper.comma")), "last": words[last]})
}
