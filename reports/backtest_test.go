package reports

import (
	"fmt"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/trust"
)

// backtested is a shop in which two advocates brought orders of $100 and of $60 by their shareable codes.
func backtested(t *testing.T) (shop, [2]referral.Advocate) {
	t.Helper()
	s := newShop(t, folk{})
	c := storetest.Campaign(t, s.store, s.id, func(c *referral.Campaign) {
		c.LiveAt = storetest.Noon.Add(-40 * 24 * time.Hour)
		c.Terms.ShareCeiling = 50
	})
	var advocates [2]referral.Advocate
	for i := range advocates {
		advocates[i] = storetest.Advocate(t, s.store, s.id, func(a *referral.Advocate) {
			a.ID, a.Codes = referral.AdvocateID(fmt.Sprintf("adv_%d", i)), []string{fmt.Sprintf("CODE-%d", i)}
		})
	}

	for i, net := range []string{"100", "60", "100", "60", "60"} {
		s.refer(func(r *referral.Referral, o *referral.Order) {
			o.Codes = advocates[i%2].Codes
			o.Subtotal, o.CurrentSubtotal, o.Received = storetest.USD(net), storetest.USD(net), storetest.USD(net)
			o.ProcessedAt = storetest.Noon.Add(-time.Duration(i) * 24 * time.Hour)
			r.At, r.Campaign, r.Advocate = o.ProcessedAt, c.Key(), advocates[i%2].ID
			if i == 0 {
				r.State = referral.Approved
			}
		})
	}
	return s, advocates
}

func higher(t referral.Terms) referral.Terms {
	t.Minimum = storetest.USD("80")
	return t
}

func TestABacktestSaysWhatOtherTermsWouldHaveDone(t *testing.T) {
	t.Parallel()
	s, advocates := backtested(t)
	got, err := NewBacktests(s.store).Run(s.ctx, s.id, BacktestQuery{
		Change: higher, Since: storetest.Noon.Add(-90 * 24 * time.Hour), Limit: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Looked != 5 || got.More {
		t.Errorf("looked at %d, more %t", got.Looked, got.More)
	}
	if as := got.As[CourseThrough]; as != (CourseSum{5, storetest.USD("100")}) {
		t.Errorf("as it is: %+v", got.As)
	}
	if got.Would[CourseThrough] != (CourseSum{2, storetest.USD("40")}) || got.Would[CourseRefused].Count != 3 {
		t.Errorf("as it would be: %+v", got.Would)
	}

	if len(got.Changed) != 3 || got.Changed[0].Is != referral.Pending || got.Changed[0].Would.Reason != referral.ReasonBelowMinimum {
		t.Fatalf("changed: %+v", got.Changed)
	}
	if len(got.Advocates) != 2 || got.Advocates[0].Advocate.ID != advocates[1].ID || got.Advocates[0].Count != 2 {
		t.Fatalf("advocates: %+v", got.Advocates)
	}
	if got.Advocates[0].Held != storetest.USD("40") || got.Advocates[1].Held != storetest.USD("20") || !got.Advocates[0].Freed.IsZero() {
		t.Errorf("what it means for them: %+v", got.Advocates)
	}
}

func TestABacktestIsBounded(t *testing.T) {
	t.Parallel()
	s, _ := backtested(t)
	q := BacktestQuery{Change: higher, Since: storetest.Noon.Add(-36 * time.Hour), Limit: 100}
	for _, want := range []struct {
		limit, looked int
		more          bool
	}{{100, 2, false}, {1, 1, true}} {
		q.Limit = want.limit
		got, err := NewBacktests(s.store).Run(s.ctx, s.id, q)
		if err != nil || got.Looked != want.looked || got.More != want.more {
			t.Errorf("up to %d: looked at %d, more %t, %v", want.limit, got.Looked, got.More, err)
		}
	}
}

// What was given out meanwhile is judged as if it were not: two friends paid with one card, and a third shows none.
func TestABacktestLooksAroundWhatWasReleased(t *testing.T) {
	t.Parallel()
	s, advocates := backtested(t)
	var friends []referral.Referral
	for i := range 2 {
		friends = append(friends, s.refer(func(r *referral.Referral, o *referral.Order) {
			o.Codes, o.Cards = advocates[0].Codes, []string{"k:card"}
			o.ProcessedAt = storetest.Noon.Add(time.Duration(i) * time.Hour)
			r.At, r.Advocate = o.ProcessedAt, advocates[0].ID
		}))
	}
	for _, r := range friends {
		s.decided(r.Friend)
	}
	first := s.decided(friends[0].Friend)
	first.State, first.Reason = referral.Approved, referral.ReasonNone
	release := referral.NewRelease(first)
	first.Release, first.Issues = release, []referral.Issue{{Side: referral.AdvocateSide, Code: "THANKS-1", At: storetest.Noon}}
	s.must(s.store.RaiseFacts(s.ctx, s.id, first.Friend, false))
	first.FactsRev++
	first.DecidedRev = first.FactsRev
	s.must(s.store.SaveDecision(s.ctx, first, first.FactsRev))

	relaxed := func(t referral.Terms) referral.Terms { t.Strictness = trust.Relaxed; return t }
	got, err := NewBacktests(s.store).Run(s.ctx, s.id, BacktestQuery{
		Change: relaxed, Since: storetest.Noon.Add(-time.Minute), Limit: 100,
	})
	if err != nil || got.As[CourseHeld].Count != 3 || got.Would[CourseHeld].Count != 0 {
		t.Errorf("as it is %+v, relaxed %+v, %v", got.As, got.Would, err)
	}
}

// decided decides about a friend on all facts, and keeps what comes of it.
func (s shop) decided(friend referral.FriendID) referral.Referral {
	s.t.Helper()
	s.must(s.store.RaiseFacts(s.ctx, s.id, friend, false))
	r, err := s.store.FindReferral(s.ctx, s.id, friend)
	s.must(err)
	facts, err := s.store.LoadFacts(s.ctx, r)
	s.must(err)
	is, err := r.Decided(facts)
	s.must(err)
	s.must(s.store.SaveDecision(s.ctx, is, r.FactsRev))
	return is
}
