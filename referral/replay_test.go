package referral_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	. "twofold/referral"
	"twofold/referral/referraltest"
)

// under are the facts with other terms in all campaigns.
func under(f Facts, change func(Terms) Terms) Facts {
	f.Campaigns = maps.Clone(f.Campaigns)
	for key, c := range f.Campaigns {
		c.Terms = change(c.Terms)
		f.Campaigns[key] = c
	}
	return f
}

// verdict is what a decision comes to before its hold is over.
func verdict(r Referral) Verdicted {
	v := Verdicted{State: r.State, Reason: r.Reason, Order: r.Order, OrderName: r.OrderName, Advocate: r.Advocate}
	if r.State != None && r.State != Voided {
		v.Worth = r.Rewards[AdvocateSide].Amount
	}
	return v
}

// A twin goes through the same life under other terms, and nothing is ever released there: after each step a replay must say
// what was decided about the twin, whatever was given out meanwhile.
func TestAReplayIsWhatDecidingUnderThoseTermsGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		change := rapid.SampledFrom([]func(Terms) Terms{
			func(t Terms) Terms { return t },
			func(t Terms) Terms { t.Minimum = usd("79"); return t },
			func(t Terms) Terms { t.Minimum = usd("81"); return t },
			func(t Terms) Terms { t.Credit = CreditFirst; return t },
			func(t Terms) Terms { t.WindowDays = 1; return t },
			func(t Terms) Terms { t.BuysFirst = true; return t },
			func(t Terms) Terms { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 500}; return t },
		}).Draw(t, "change")

		f := bobsFacts(bobsOrder())
		l, twin := life{decide(t, f), f}, life{facts: under(f, change)}
		l.facts.Record = l.referral.Record
		twin.referral = decide(t, twin.facts)
		for i := range rapid.IntRange(0, 14).Draw(t, "steps") {
			rapid.SampledFrom(steps).Draw(t, fmt.Sprintf("step %d", i)).happens(t, &l, i)
			l.referral = referraltest.DecidedAfter(t, l.referral, l.facts)
			l.facts.Record = l.referral.Record

			twin.facts.Orders, twin.facts.Claims = l.facts.Orders, l.facts.Claims
			twin.facts.Record = twin.referral.Record
			twin.facts.Acts = slices.DeleteFunc(slices.Clone(l.facts.Acts), func(a Act) bool {
				return a.Kind == ActReissue || a.Kind == ActForgive
			})
			twin.referral = decide(t, twin.facts)
		}

		got, err := Replay(l.facts, change)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(verdict(twin.referral), got.Would); diff != "" {
			t.Fatalf("-decided +replayed\n%s", diff)
		}
		if as, err := Replay(l.facts, func(t Terms) Terms { return t }); err != nil || as.Changed() || as.As != got.As {
			t.Fatalf("the terms as they are: %+v, %v", as, err)
		}
	})
}

func TestAReplayOfARewardThatWasGiven(t *testing.T) {
	t.Parallel()
	w := newScene(t)
	w.Release()
	w.Issue(AdvocateSide, "THANKS-1")
	got, err := Replay(w.Facts, func(t Terms) Terms { t.Minimum = usd("1000"); return t })
	if err != nil || got.As.State != Pending || got.As.Worth != usd("20") {
		t.Errorf("as it is: %+v, %v", got.As, err)
	}
	if got.Would.State != Voided || got.Would.Reason != ReasonBelowMinimum || !got.Would.Worth.IsZero() || !got.Changed() {
		t.Errorf("with a minimum of $1,000: %+v", got.Would)
	}
}
