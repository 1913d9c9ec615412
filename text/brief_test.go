package text

import (
	"testing"
	"time"

	"twofold/referral"
)

// Times of the merchant's pages are the shop's, and the year stands only where it is another.
func TestCalendar(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("EST", -5*60*60)
	c := English.Calendar(zone, time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC))
	german := In("de").Calendar(zone, time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC))
	at := time.Date(2026, 11, 9, 0, 41, 0, 0, time.UTC)
	for _, row := range []struct{ got, want string }{
		{c.Date(at), "Nov 8"},
		{c.Date(at.AddDate(-1, 0, 0)), "Nov 8, 2025"},
		{c.Minute(at), "Nov 8, 7:41\u202fpm"},
		{german.Date(at), "8.\u00a0Nov"}, // without the point of an abbreviation: it may end a sentence
		{german.Date(at.AddDate(-1, 0, 0)), "08.11.2025"},
		{german.Minute(at), "8.\u00a0Nov, 19:41"},
		{c.Saw(referral.Check{Saw: []referral.Value{
			{Name: "refunded", Value: "86.00 USD"}, {Name: "rejected_at", Value: "2026-11-09T00:41:00Z"},
		}}), "refunded $86.00, rejected Nov 8, 7:41\u202fpm"},
		{Capital("ärger"), "Ärger"},
		{Capital(""), ""},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
}
