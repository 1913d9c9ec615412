package text

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
)

func TestOfferOf(t *testing.T) {
	t.Parallel()
	twenty, fifty := money.Amount{Minor: 2000, Currency: "USD"}, money.Amount{Minor: 5000, Currency: "USD"}
	off := referral.Offer{Kind: referral.AmountOff, Amount: twenty}
	late := referral.Offer{Kind: referral.FreeShipping, AfterOrder: true}
	share := referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1250}
	for _, c := range []struct {
		terms referral.Terms
		want  string
	}{
		{referral.Terms{Friend: off, Advocate: off, HoldDays: 14}, "Friends get $20 off; advocates get $20 off after 14 days."},
		{referral.Terms{Friend: off, Advocate: share, HoldDays: 1, Minimum: fifty}, "Friends get $20 off, for an order of $50 or more; advocates get 12.5% of the order after 1 day."},
		{referral.Terms{Friend: late, Advocate: off}, "Friends get free shipping after their first order; advocates get $20 off after 0 days."},
		{referral.Terms{Friend: late, Advocate: off, HoldDays: 2, Minimum: fifty}, "Friends get free shipping after their first order, for an order of $50 or more; advocates get $20 off after 2 days."},
	} {
		if got := English.OfferOf(c.terms); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Each kind of drift has words of its own, and so has one without values, which a version before this one noted.
func TestDrift(t *testing.T) {
	t.Parallel()
	twenty, day := money.MustParse("20", "USD"), time.Date(2026, 12, 1, 9, 30, 0, 0, time.UTC)
	type term = referral.DriftTerm
	for _, c := range []struct {
		what      referral.DriftKind
		has, want term
		says      string
	}{
		{referral.DriftWorth, term{Kind: referral.PercentOff, RateBP: 2500}, term{Kind: referral.AmountOff, Amount: twenty}, "its value is 25% off, should be $20 off"},
		{referral.DriftMinimum, term{Items: 1}, term{Amount: twenty}, "its minimum is 1 item, should be $20.00"},
		{referral.DriftMinimum, term{Amount: twenty}, term{}, "its minimum is $20.00, should be none"},
		{referral.DriftProducts, term{SomeOnly: true}, term{}, "it is for some products only, should be for all products"},
		{referral.DriftBuyers, term{SomeOnly: true}, term{}, "it is for some customers only, should be for everybody"},
		{referral.DriftCombines, term{Combines: referral.Combines{Order: true, Shipping: true}}, term{}, "beside it may stand order and shipping discounts, should be no other discount"},
		{referral.DriftLimits, term{UsageLimit: 7}, term{UsageLimit: 1, OncePerCustomer: true}, "its limits are 7 uses and any number per customer, should be one use and once per customer"},
		{referral.DriftStart, term{At: day}, term{}, "its start is Dec 1, 2026, 09:30 UTC, should be in the past"},
		{referral.DriftEnd, term{}, term{At: day}, "its end is none, should be Dec 1, 2026, 09:30 UTC"},
		{referral.DriftEnd, term{}, term{}, "its end was changed"},
		{referral.DriftDeleted, term{}, term{}, "it was deleted"},
	} {
		if got := English.Drift(referral.Drift{Side: referral.ShareSide, What: c.what, Has: c.has, Want: c.want}); got != "share discount: "+c.says {
			t.Errorf("%s: %q, want %q", c.what, got, c.says)
		}
	}
}

func TestProblem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why  referral.Problem
		want string
	}{
		{referral.Problem{}, ""},
		{referral.Problem{Code: "shopify_throttled"}, "Shopify asks to wait."},
		{
			referral.Problem{Code: "scope_missing", Values: map[string]string{"scope": "write_discounts"}},
			"The shop has not granted the access scope write_discounts.",
		},
		{referral.Problem{Code: "shopify_refuses", Values: map[string]string{"codes": "INVALID, TOO_LONG"}}, "Shopify refuses it: INVALID, TOO_LONG."},
		{referral.Problem{Code: "shopify_refuses", Values: map[string]string{"codes": ""}}, "Shopify refuses it: …."},
		{referral.Problem{Code: "scope_missing"}, "The shop has not granted the access scope …."},    // as an earlier version stored it
		{referral.Problem{Code: "Shopify does not take the code"}, "Shopify does not take the code"}, // as the one before that
	} {
		if got := English.Problem(c.why); got != c.want {
			t.Errorf("%v: %q, want %q", c.why, got, c.want)
		}
	}
}

// Shoppers read their own errors; of what is between the shop, Shopify and us they read that the service is busy.
func TestShopper(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{fault.With(fault.TooLarge, "body_too_large", fault.Values{"limit": 16}), "The body is larger than 16 KiB."},
		{fmt.Errorf("x: %w", fault.New(fault.Unauthorized, "token_dead")), "The service is busy, please try again."},
		{fault.New(fault.Unavailable, "ip_refused"), "The service is busy, please try again."},
		{fault.ForLog(fault.NotFound, "no route"), "There is nothing here."},
		{fault.New(fault.Conflict, "unheard_of"), "That does not go with what was done before."},
		{errors.New("dsn=secret"), "Something went wrong on our side."},
	} {
		if got := English.Shopper(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
