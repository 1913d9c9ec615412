package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"twofold/tenant"
)

// Who brought the most in the last days is kept by advocate and span, so that nobody has to add up what a hundred
// thousand advocates brought day by day. A span is of so many days up to the shop's today: what a referral counts for is
// added to those that its day is in, and once a day, when the shop's day has turned, they lose a day and get one.

// Spans are of how many days they are.
var Spans = []int{7, 30, 90}

// lastDays begins what stands for the day of a span.
const lastDays = "last-"

// SpanOf stands for the day of the sums over a span. It sorts behind Ever.
func SpanOf(days int) string { return lastDays + strconv.Itoa(days) }

// OverSpan tells whether it is of a span.
func (k Key) OverSpan() bool { return strings.HasPrefix(k.Day, lastDays) }

// span is one as of a day.
type span struct{ name, first, last string }

// spansAt are the spans up to a day; none before the first fold, when there is no day yet.
func spansAt(today string) (all []span) {
	if today == "" {
		return nil
	}
	for _, days := range Spans {
		all = append(all, span{SpanOf(days), daysAfter(today, 1-days), today})
	}
	return all
}

// around lists the spans that a day is in.
func around(all []span, day string) (names []string) {
	for _, s := range all {
		if s.first <= day && day <= s.last {
			names = append(names, s.name)
		}
	}
	return names
}

// intoSpans adds what an advocate's orders of a day came to to the spans that the day is in.
func intoSpans(sums map[Key]Sums, all []span, p Part, times int64) {
	for _, name := range around(all, p.Day) {
		into(sums, Key{Day: name, Advocate: p.Advocate, Currency: p.Currency}, p.Sums, times)
	}
}

// dayOf is the day of an instant: "2026-11-20".
func dayOf(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }

// daysAfter is the day so many days after another one.
func daysAfter(day string, days int) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil { // nobody has written such a day
		return day
	}
	return at.AddDate(0, 0, days).Format(time.DateOnly)
}

// turning lists the days that are in other spans as of one day than as of another.
func turning(from, to string) (days []string) {
	before, after := spansAt(from), spansAt(to)
	first := daysAfter(min(cmp.Or(from, to), to), 1-slices.Max(Spans))
	for day := first; day <= max(from, to); day = daysAfter(day, 1) {
		if !slices.Equal(around(before, day), around(after, day)) {
			days = append(days, day)
		}
	}
	return days
}

// turn moves the spans of a shop on to its day of now, and returns that day. It is one transaction: broken off, it is
// made anew.
func (s *Service) turn(ctx context.Context, l tenant.Lease, shop tenant.Shop) (today string, err error) {
	now, zone := s.now(), shop.Profile.Location()
	today = dayOf(now, zone)
	if shop.FiguresDay == today && shop.FiguresZone == shop.Profile.TimeZone { // in another zone the day ends otherwise
		return today, nil
	}

	sums := map[Key]Sums{}
	before, after := spansAt(shop.FiguresDay), spansAt(today)
	brought, err := s.store.AdvocatesOn(ctx, shop.ID, turning(shop.FiguresDay, today)...)
	if err != nil {
		return "", fmt.Errorf("figures: advocates on days: %w", err)
	}
	for _, p := range brought {
		intoSpans(sums, before, p, -1)
		intoSpans(sums, after, p, 1)
	}

	local := now.In(zone)
	ends := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone)
	if err := s.store.SaveTurn(ctx, l, today, ends, Books{Advocates: parts(sums)}); err != nil {
		return "", fmt.Errorf("figures: save turn: %w", err)
	}
	return today, nil
}
