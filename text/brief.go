package text

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"twofold/referral"
)

// Capital begins a text with a capital, as badges, filters and sentences do.
func Capital(said string) string {
	first, size := utf8.DecodeRuneInString(said)
	if size == 0 {
		return said
	}
	return string(unicode.ToUpper(first)) + said[size:]
}

// Calendar writes times as the merchant's pages do: in the shop's zone, and without a year where it is this one.
type Calendar struct {
	*Printer

	zone *time.Location
	now  time.Time
}

// Calendar is the calendar of a shop's zone, as of now.
func (p *Printer) Calendar(zone *time.Location, now time.Time) Calendar {
	return Calendar{p, zone, now.In(zone)}
}

// Date writes a day: "Nov 8", and "Nov 8, 2025" of another year.
func (c Calendar) Date(t time.Time) string {
	t = t.In(c.zone)
	if t.Year() != c.now.Year() {
		return c.forms.FmtDateMedium(t)
	}
	// As CLDR has it where it stands alone: with its point, a sentence could end in two.
	month := strings.TrimSuffix(c.forms.MonthAbbreviated(t.Month()), ".")
	return c.Say("merchant.when.day", With{"month": month, "number": t.Day()})
}

// Minute writes a time to the minute: "Nov 8, 7:41 PM".
func (c Calendar) Minute(t time.Time) string {
	return c.Say("merchant.when.minute", With{"day": c.Date(t), "time": c.forms.FmtTimeShort(t.In(c.zone))})
}

// Saw words what a check saw: "refunded $86.00, status paid".
func (c Calendar) Saw(check referral.Check) string {
	g := page{Printer: c.Printer, brief: c.Minute}
	return strings.Join(g.saw(check), ", ")
}
