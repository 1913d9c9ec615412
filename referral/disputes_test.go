package referral

import (
	"testing"
	"time"
)

// Open disputes are asked for daily, for a year; quiet orders weekly, while they may still be disputed.
func TestDisputesAreWatched(t *testing.T) {
	t.Parallel()
	paid := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	order := func(change func(*Order)) Order {
		o := Order{ProcessedAt: paid}
		change(&o)
		return o
	}
	disputed := func(statuses ...string) Order {
		return order(func(o *Order) {
			for _, s := range statuses {
				o.Disputes = append(o.Disputes, Dispute{Status: s, InitiatedAs: "CHARGEBACK"})
			}
		})
	}
	quiet := disputed()
	for _, c := range []struct {
		name  string
		order Order
		asked time.Duration // since it was paid
		want  time.Duration // after that; 0: never
	}{
		{"quiet", quiet, 0, 7 * day},
		{"quiet, for the last time", quiet, 127*day - 1, 7 * day},
		{"quiet, and too old for a dispute", quiet, 127 * day, 0},
		{"paid later than placed", order(func(o *Order) {
			o.Transactions = []Transaction{{Kind: "SALE", Status: "SUCCESS", At: paid.Add(10 * day)}}
		}), 136 * day, 7 * day},
		{"needs a response", disputed("NEEDS_RESPONSE"), 0, day},
		{"under review", disputed("UNDER_REVIEW"), 200 * day, day},
		{"a status of later", disputed("SOMETHING_NEW"), 0, day},
		{"one won, another open", disputed("WON", "UNDER_REVIEW"), 0, day},
		{"open for a year", disputed("UNDER_REVIEW"), 364 * day, 0},
		{"won: it may be disputed again", disputed("WON"), 0, 7 * day},
		{"lost", disputed("LOST"), 0, 7 * day},
		{"accepted", disputed("ACCEPTED"), 0, 7 * day},
		{"paid back", disputed("CHARGE_REFUNDED"), 0, 7 * day},
		{"prevented", disputed("PREVENTED"), 0, 7 * day},
		{"a test order", order(func(o *Order) { o.Test = true }), 0, 0},
		{"not shown any more", order(func(o *Order) { o.Gone = true }), 0, 0},
	} {
		var want time.Time
		if c.want > 0 {
			want = paid.Add(c.asked + c.want)
		}
		if got := c.order.DisputesDue(paid.Add(c.asked)); !got.Equal(want) {
			t.Errorf("%s: due %v, want %v", c.name, got, want)
		}
	}
}
