package referral_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/money"
	. "twofold/referral"
	"twofold/tenant"
)

// limited has the campaign give within limits.
func limited(l Limits) func(*scene) {
	return func(w *scene) { w.Campaign(cmp1, func(c *Campaign) { c.Limits = l }) }
}

// joined has Alice join so long before Bob bought, in a campaign that holds what is unusual.
func joined(before time.Duration) func(*scene) {
	return func(w *scene) {
		limited(Limits{FlagAfter: 10})(w)
		w.Advocate("adv_alice", func(a *Advocate) { a.JoinedAt = bought.Add(-before) })
	}
}

// owing is Carl's referral, whose reward Alice spent though its order was undone. Some of it may be settled by now.
func owing(t *testing.T, change func(*scene), settled string) Debt {
	t.Helper()
	const carl = "gid://shopify/Customer/77"
	w := newScene(t)
	w.Facts.Friend = carl
	w.Order().Customer = carl
	w.Claim().Customer = carl
	change(w)

	w.Issued()
	w.Spent(hersCode, 1009, bought.Add(15*day))
	w.Refund()
	w.Decide()
	if settled != "" {
		w.Settled(settled)
		w.Decide()
	}
	if reward := w.Referral.Rewards[AdvocateSide]; reward.State != RewardOwed {
		t.Fatalf("the reward is %s, want owed", reward.State)
	}
	return Debt{Owed: w.Stored(), Facts: w.Facts}
}

// told says what comes of a release, and of each referral that it makes up for.
func told(r Releasing) (says string) {
	switch {
	case r.Flag != nil:
		return fmt.Sprintf("flagged: %s, %d of %d in %d days", r.Flag.Reason, r.Flag.Count, r.Flag.Most, r.Flag.Days)
	case r.Granted():
		says = "granted"
	default:
		says = "denied: " + string(r.Release.Denied)
	}

	if r.Release.Offsets > 0 || !r.Release.Offset.IsZero() {
		says += fmt.Sprintf(", offset %s of %d", r.Release.Offset, r.Release.Offsets)
	}
	for _, d := range r.Offsets {
		reward := d.Referral.Rewards[AdvocateSide]
		says += fmt.Sprintf(", then %s", reward.State)
		if reward.State == RewardOwed {
			says += " " + reward.Owed.String()
		}
	}
	if s := r.Settlement; s != nil {
		says += fmt.Sprintf(", settles %s in %s", s.Amount, s.Month)
	}
	return says
}

// The release of Alice's reward of $20, whose hold ends on 15 November.
func TestDecideRelease(t *testing.T) {
	t.Parallel()
	granted := "granted, settles 20.00 USD in 2026-11"
	allOffset := "granted, offset 20.00 USD of 1, then settled"
	fastStart := "flagged: fast_start, 3 of 2 in 7 days"
	personal := (*scene).Personal
	otherOffer := func(w *scene) {
		w.Campaign(cmp2, func(c *Campaign) { c.Terms.Advocate.Amount = usd("30") })
	}
	under2 := func(d Debt) Debt { d.Owed.Campaign = cmp2; return d }
	unlimited := limited(Limits{})
	budget := func(decimal string) func(*scene) { return limited(Limits{Budget: usd(decimal)}) }
	whole := owing(t, unlimited, "")
	part := owing(t, personal, "")
	rest := owing(t, personal, "5")
	largest := money.Amount{Minor: math.MaxInt64, Currency: "USD"}

	for _, row := range []struct {
		says   string
		change func(*scene)
		facts  ReleaseFacts
		want   string
	}{
		{"no limits", unlimited, ReleaseFacts{In30: 1000, In365: 1000, Friends: 1000, Settled: largest}, granted},
		{"a test order", (*scene).Test, ReleaseFacts{}, "denied: test_order"},
		{
			"a test order of an advocate who owes", (*scene).Test,
			ReleaseFacts{Debts: []Debt{whole}}, "denied: test_order",
		},

		{"one below the month's cap", limited(Limits{MonthCap: 3}), ReleaseFacts{In30: 2, In365: 1000}, granted},
		{"at the month's cap", limited(Limits{MonthCap: 3}), ReleaseFacts{In30: 3}, "denied: cap"},
		{"above the month's cap", limited(Limits{MonthCap: 3}), ReleaseFacts{In30: 4}, "denied: cap"},
		{"one below the year's cap", limited(Limits{YearCap: 3}), ReleaseFacts{In30: 1000, In365: 2}, granted},
		{"at the year's cap", limited(Limits{YearCap: 3}), ReleaseFacts{In365: 3}, "denied: cap"},
		{
			"at the year's cap, below the month's", limited(Limits{MonthCap: 2, YearCap: 3}),
			ReleaseFacts{In30: 1, In365: 3}, "denied: cap",
		},
		{
			"at the cap, of an advocate who owes", limited(Limits{MonthCap: 1}),
			ReleaseFacts{In30: 1, Debts: []Debt{whole}}, "denied: cap",
		},

		{"exactly the budget", budget("60"), ReleaseFacts{Settled: usd("40")}, granted},
		{"a cent more than the budget", budget("60"), ReleaseFacts{Settled: usd("40.01")}, "denied: budget"},
		{"the month's first", budget("20"), ReleaseFacts{}, granted},
		{"more than the budget by itself", budget("19.99"), ReleaseFacts{}, "denied: budget"},
		{"the largest budget", limited(Limits{Budget: largest}), ReleaseFacts{Settled: usd("40")}, granted},
		{
			"more than can be summed", limited(Limits{Budget: largest}),
			ReleaseFacts{Settled: largest}, "error: internal",
		},
		{
			"a budget in another currency", limited(Limits{Budget: money.MustParse("60", "EUR")}),
			ReleaseFacts{Settled: usd("1")}, "error: internal",
		},
		{"with the friend's reward after the order, exactly the budget", func(w *scene) {
			budget("60")(w)
			w.AfterOrder()
		}, ReleaseFacts{Settled: usd("20")}, "granted, settles 40.00 USD in 2026-11"},
		{"with the friend's reward after the order, a cent more", func(w *scene) {
			budget("60")(w)
			w.AfterOrder()
		}, ReleaseFacts{Settled: usd("20.01")}, "denied: budget"},
		{"on the first instant of December", func(w *scene) {
			w.At(time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC))
		}, ReleaseFacts{}, "granted, settles 20.00 USD in 2026-12"},
		{"on that instant in New York", func(w *scene) {
			w.At(time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC))
		}, ReleaseFacts{Shop: tenant.Shop{Profile: tenant.Profile{TimeZone: "America/New_York"}}}, granted},

		{"one below the usual number", limited(Limits{FlagAfter: 10}), ReleaseFacts{In30: 9}, granted},
		{
			"as many as are usual", limited(Limits{FlagAfter: 10}), ReleaseFacts{In30: 10},
			"flagged: many_rewards, 10 of 10 in 30 days",
		},
		{"unusually many, of an advocate who owes", limited(Limits{FlagAfter: 10}), ReleaseFacts{
			In30: 11, Debts: []Debt{whole},
		}, "flagged: many_rewards, 11 of 10 in 30 days"},
		{"unusually many, and the merchant has looked", func(w *scene) {
			limited(Limits{FlagAfter: 10})(w)
			w.Flag()
			w.Approve("pace")
		}, ReleaseFacts{In30: 11}, granted},
		{
			"unusually many, and at the cap", limited(Limits{FlagAfter: 10, MonthCap: 10}),
			ReleaseFacts{In30: 10}, "denied: cap",
		},
		{"unusually many, and the budget is spent", limited(Limits{FlagAfter: 10, Budget: usd("60")}), ReleaseFacts{
			In30: 10, Settled: usd("60"),
		}, "denied: budget"},

		{"two friends in the first week", joined(day), ReleaseFacts{Friends: 2}, granted},
		{"three friends in the first week", joined(day), ReleaseFacts{Friends: 3}, fastStart},
		{
			"three friends, on the last instant of the week", joined(7*day - instant), ReleaseFacts{Friends: 3},
			fastStart,
		},
		{"three friends, on the instant after the week", joined(7 * day), ReleaseFacts{Friends: 3}, granted},
		{"it is not known when the advocate joined", limited(Limits{FlagAfter: 10}), ReleaseFacts{Friends: 3}, granted},
		{"three friends, where nothing is held", func(w *scene) {
			joined(day)(w)
			unlimited(w)
		}, ReleaseFacts{Friends: 3}, granted},

		{"one whole reward is owed", unlimited, ReleaseFacts{Debts: []Debt{whole}}, allOffset},
		{"of two whole rewards the first", unlimited, ReleaseFacts{Debts: []Debt{whole, whole}}, allOffset},
		{"owed of another offer", otherOffer, ReleaseFacts{Debts: []Debt{under2(whole)}}, granted},
		{
			"owed of another offer, then of this one", otherOffer, ReleaseFacts{Debts: []Debt{under2(whole), whole}},
			allOffset,
		},
		{"owed whole, earned in parts", func(w *scene) {
			w.Campaign(cmp2, func(*Campaign) {})
			w.Personal()
		}, ReleaseFacts{Debts: []Debt{under2(whole)}}, granted},
		{"owed in parts, earned whole", func(w *scene) {
			w.Campaign(cmp2, func(c *Campaign) { c.Terms.Advocate.Personal = true })
		}, ReleaseFacts{Debts: []Debt{under2(part)}}, granted},
		{"owed as much as is earned", personal, ReleaseFacts{Debts: []Debt{part}}, allOffset},
		{
			"owed less than is earned", personal, ReleaseFacts{Debts: []Debt{rest}},
			"granted, offset 15.00 USD of 1, then settled, settles 5.00 USD in 2026-11",
		},
		{
			"owed more than is earned", personal, ReleaseFacts{Debts: []Debt{rest, part}},
			"granted, offset 20.00 USD of 2, then settled, then owed 15.00 USD",
		},
		{"owed much more than is earned", personal, ReleaseFacts{Debts: []Debt{part, rest, rest}}, allOffset},
		{
			"what makes up for a debt takes nothing from a spent budget", budget("20"),
			ReleaseFacts{Settled: usd("20"), Debts: []Debt{whole}}, allOffset,
		},
		{"a denied release makes up for nothing", func(w *scene) {
			budget("20")(w)
			w.Personal()
		}, ReleaseFacts{Settled: usd("15.01"), Debts: []Debt{rest}}, "denied: budget"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			row.change(w)
			w.Decide()

			releasing, err := DecideRelease(w.Stored(), w.Facts, row.facts)
			got := "error: " + string(fault.KindOf(err))
			if err == nil {
				got = told(releasing)
			}
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if err != nil {
				return
			}

			pickedAlone(t, w, row.facts, releasing)
			w.Facts = releasing.AddTo(w.Facts)
			w.Decide()
			leads(t, w.Referral, releasing)
		})
	}
}

// pickedAlone holds a release to what it was on fewer facts: those of the debts that Offsettable picks.
func pickedAlone(t *testing.T, w *scene, facts ReleaseFacts, all Releasing) {
	t.Helper()
	var owed []Referral
	for _, d := range facts.Debts {
		owed = append(owed, d.Owed)
	}
	picked, err := Offsettable(w.Stored(), w.Facts, owed)
	if err != nil {
		t.Fatal(err)
	}

	var few []Debt
	for _, d := range facts.Debts {
		if len(few) < len(picked) && cmp.Equal(d.Owed, picked[len(few)]) {
			few = append(few, d)
		}
	}
	facts.Debts = few
	alone, err := DecideRelease(w.Stored(), w.Facts, facts)
	if diff := cmp.Diff(all, alone); err != nil || diff != "" {
		t.Errorf("%v, -on all debts +on those that were picked\n%s", err, diff)
	}
	for i, d := range all.Offsets {
		if d.Rev != few[i].Owed.FactsRev || d.Referral.DecidedRev != d.Rev+1 {
			t.Errorf("debt %d: decided at revision %d over %d", i, d.Referral.DecidedRev, d.Rev)
		}
	}
}

// leads holds the referral to what its release or its flag leads to.
func leads(t *testing.T, r Referral, by Releasing) {
	t.Helper()
	want := Approved
	switch {
	case by.Flag != nil:
		want = Flagged
	case !by.Granted():
		want = Voided
	}
	if r.State != want {
		t.Errorf("it leads to %s (%s), want %s", r.State, r.Reason, want)
	}
}

// What a release does not rest on is not asked of the database.
func TestAsksOfRelease(t *testing.T) {
	t.Parallel()
	at := bought.Add(14 * day)
	in30 := Between{After: at.Add(-30 * day), Before: at.Add(30 * day)}
	in365 := Between{After: at.Add(-365 * day), Before: at.Add(365 * day)}
	firstWeek := func(limits Limits, before time.Duration) func(*scene) {
		return func(w *scene) {
			joined(before)(w)
			limited(limits)(w)
		}
	}

	for _, row := range []struct {
		says   string
		change func(*scene)
		want   ReleaseAsks
	}{
		{"no limits", limited(Limits{}), ReleaseAsks{Debts: true}},
		{"a test order", func(w *scene) {
			limited(Limits{MonthCap: 1, YearCap: 1, FlagAfter: 1, Budget: usd("20")})(w)
			w.Test()
		}, ReleaseAsks{}},
		{"a cap for the month", limited(Limits{MonthCap: 1}), ReleaseAsks{Debts: true, In30: in30}},
		{"a cap for the year", limited(Limits{YearCap: 1}), ReleaseAsks{Debts: true, In365: in365}},
		{"a budget", limited(Limits{Budget: usd("20")}), ReleaseAsks{Debts: true, Month: "2026-11"}},
		{"what is unusual is held", limited(Limits{FlagAfter: 10}), ReleaseAsks{Debts: true, In30: in30}},
		{"an order of the first week", firstWeek(Limits{FlagAfter: 10}, day), ReleaseAsks{
			Debts: true, In30: in30, FirstWeek: bought.Add(6 * day),
		}},
		{
			"an order after the first week", firstWeek(Limits{FlagAfter: 10}, 7*day),
			ReleaseAsks{Debts: true, In30: in30},
		},
		{"an order of the first week, where nothing is held", firstWeek(Limits{}, day), ReleaseAsks{Debts: true}},
		{"the merchant has looked", func(w *scene) {
			firstWeek(Limits{FlagAfter: 10}, day)(w)
			w.Flag()
			w.Approve("pace")
		}, ReleaseAsks{Debts: true}},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			row.change(w)
			w.Decide()
			if diff := cmp.Diff(row.want, AsksOfRelease(tenant.Shop{}, w.Stored(), w.Facts)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
