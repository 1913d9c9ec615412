package figures

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"twofold/referral"
)

func compareKeys(a, b Key) int {
	return cmp.Or(
		cmp.Compare(a.Day, b.Day), cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Advocate, b.Advocate),
		cmp.Compare(a.Currency, b.Currency),
	)
}

// Books are the sums that are kept of a shop: by day and campaign, with those over all days; and by day and advocate,
// of what is credited, with those over spans, where all of the advocate's referrals stand, and where all of the shop's do.
type Books struct {
	Days      []Part // without an advocate
	Advocates []Part // without a campaign; but for where referrals stand, of no order that is not credited
}

// Plus are the sums of both.
func (b Books) Plus(other Books) Books {
	return Books{plus(b.Days, other.Days), plus(b.Advocates, other.Advocates)}
}

func plus(some, others []Part) []Part {
	sums := map[Key]Sums{}
	for _, p := range slices.Concat(some, others) {
		into(sums, p.Key, p.Sums, 1)
	}
	return parts(sums)
}

// add adds parts, times a factor, to the sums by key.
func add(days, advocates map[Key]Sums, parts []Part, spans []span, times int64) {
	for _, p := range parts {
		if p.Day == Ever {
			into(advocates, p.Key, p.Sums, times)
			continue
		}
		into(days, Key{Day: p.Day, Campaign: p.Campaign, Currency: p.Currency}, p.Sums, times)
		into(days, Key{Day: Ever, Campaign: p.Campaign, Currency: p.Currency}, p.Sums, times)
		if p.Advocate != "" {
			into(advocates, Key{Day: p.Day, Advocate: p.Advocate, Currency: p.Currency}, p.Sums, times)
			intoSpans(advocates, spans, p, times)
		}
	}
}

// into adds sums, times a factor, to those of a key.
func into(sums map[Key]Sums, key Key, by Sums, times int64) {
	if sums[key] == nil {
		sums[key] = Sums{}
	}
	sums[key].Add(by, times)
}

// parts are the sums that are not 0, in the order of their keys.
func parts(sums map[Key]Sums) []Part {
	var all []Part
	for _, key := range slices.SortedFunc(maps.Keys(sums), compareKeys) {
		if len(sums[key]) > 0 {
			all = append(all, Part{key, sums[key]})
		}
	}
	return all
}

// Difference is what has to be added to the books, whose spans are up to today, when referrals count for something else
// than they did.
func Difference(all []Recount, today string) Books {
	days, advocates, spans := map[Key]Sums{}, map[Key]Sums{}, spansAt(today)
	for _, one := range all {
		add(days, advocates, one.Was, spans, -1)
		add(days, advocates, one.Is, spans, 1)
	}
	return Books{parts(days), parts(advocates)}
}

// BooksOf are the books from scratch: what all referrals of a shop add up to at now.
func BooksOf(all []referral.Referral, zone *time.Location, now time.Time) Books {
	recounts := make([]Recount, len(all))
	for i, r := range all {
		recounts[i].Is, _ = Of(r, zone, now)
	}
	return Difference(recounts, dayOf(now, zone))
}
