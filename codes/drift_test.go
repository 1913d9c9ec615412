package codes

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/money"
	"twofold/referral"
)

// Each term that differs is told with its two values, and no other.
func TestDifferences(t *testing.T) {
	t.Parallel()
	type term = referral.DriftTerm
	now := time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)
	end := now.Add(endAhead)
	twenty := money.MustParse("20", "USD")
	fifty := money.MustParse("50", "USD")
	want := Discount{
		Title: "ours", Kind: referral.AmountOff, Amount: twenty, Minimum: fifty, Combines: referral.Combines{Shipping: true},
		OncePerCustomer: true, UsageLimit: 1, StartsAt: now, EndsAt: end,
	}

	for _, c := range []struct {
		name   string
		change func(want, has *Discount)
		what   referral.DriftKind // "": nothing is told
		want   term
		has    term
	}{
		{"nothing", func(_, _ *Discount) {}, "", term{}, term{}},
		{"the title", func(_, has *Discount) { has.Title = "theirs" }, "", term{}, term{}},
		{
			"the amount", func(_, has *Discount) { has.Amount = money.MustParse("20.01", "USD") },
			referral.DriftWorth, term{Kind: referral.AmountOff, Amount: twenty}, term{Kind: referral.AmountOff, Amount: money.MustParse("20.01", "USD")},
		},
		{
			"the currency", func(_, has *Discount) { has.Amount = money.MustParse("20", "EUR") },
			referral.DriftWorth, term{Kind: referral.AmountOff, Amount: twenty}, term{Kind: referral.AmountOff, Amount: money.MustParse("20", "EUR")},
		},
		{
			"the kind", func(_, has *Discount) { has.Kind, has.Amount, has.RateBP = referral.PercentOff, money.Amount{}, 2000 },
			referral.DriftWorth, term{Kind: referral.AmountOff, Amount: twenty}, term{Kind: referral.PercentOff, RateBP: 2000},
		},
		{
			"a rate by one basis point", func(want, has *Discount) {
				want.Kind, want.RateBP = referral.PercentOff, 2000
				has.Kind, has.RateBP = referral.PercentOff, 2001
			},
			referral.DriftWorth, term{Kind: referral.PercentOff, RateBP: 2000}, term{Kind: referral.PercentOff, RateBP: 2001},
		},
		{
			"no minimum any more", func(_, has *Discount) { has.Minimum = money.Amount{} },
			referral.DriftMinimum, term{Amount: fifty}, term{},
		},
		{
			"no minimum, with and without a currency", func(want, has *Discount) {
				want.Minimum = money.Amount{}
				has.Minimum = money.MustParse("0", "USD")
			}, "", term{}, term{},
		},
		{
			"a number of items", func(_, has *Discount) { has.Minimum, has.MinimumItems = money.Amount{}, 2 },
			referral.DriftMinimum, term{Amount: fifty}, term{Items: 2},
		},
		{"the products", func(_, has *Discount) { has.SomeProducts = true }, referral.DriftProducts, term{}, term{SomeOnly: true}},
		{
			"what it stands beside", func(_, has *Discount) { has.Combines = referral.Combines{Order: true} },
			referral.DriftCombines, term{Combines: referral.Combines{Shipping: true}}, term{Combines: referral.Combines{Order: true}},
		},
		{"the buyers", func(_, has *Discount) { has.Customer = "gid://shopify/Customer/1" }, referral.DriftBuyers, term{}, term{SomeOnly: true}},
		{
			"the usage limit", func(_, has *Discount) { has.UsageLimit = 0 },
			referral.DriftLimits, term{UsageLimit: 1, OncePerCustomer: true}, term{OncePerCustomer: true},
		},
		{
			"how often a customer may use it", func(_, has *Discount) { has.OncePerCustomer = false },
			referral.DriftLimits, term{UsageLimit: 1, OncePerCustomer: true}, term{UsageLimit: 1},
		},
		{"a start that has come", func(_, has *Discount) { has.StartsAt = now }, "", term{}, term{}},
		{
			"a start to come", func(_, has *Discount) { has.StartsAt = now.Add(time.Millisecond) },
			referral.DriftStart, term{}, term{At: now.Add(time.Millisecond)},
		},
		{"an end less than a minute away", func(_, has *Discount) { has.EndsAt = end.Add(time.Minute - time.Millisecond) }, "", term{}, term{}},
		{
			"an end a minute earlier", func(_, has *Discount) { has.EndsAt = end.Add(-time.Minute) },
			referral.DriftEnd, term{At: end}, term{At: end.Add(-time.Minute)},
		},
		{"no end any more", func(_, has *Discount) { has.EndsAt = time.Time{} }, referral.DriftEnd, term{At: end}, term{}},
		{"an end where there was none", func(want, _ *Discount) { want.EndsAt = time.Time{} }, referral.DriftEnd, term{}, term{At: end}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			should, is := want, want
			c.change(&should, &is)

			var told []referral.Drift
			if c.what != "" {
				told = []referral.Drift{{Side: referral.FriendSide, What: c.what, Want: c.want, Has: c.has}}
			}
			if diff := cmp.Diff(told, differences(referral.FriendSide, should, is, now)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
