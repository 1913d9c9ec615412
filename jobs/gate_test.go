package jobs_test

import (
	"testing"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
)

// What an operator is told of the soft gate is what claims meet.
func TestTheGateIsToldAsItStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.limits.Budget = money.MustParse("20", "USD")
	w.live()
	gate := func() referral.Gate {
		t.Helper()
		all, err := w.Service.Campaigns(w.ctx, w.shop)
		w.must(err)
		g, err := w.Service.Gate(w.ctx, all[0])
		w.must(err)
		return g
	}

	if g := gate(); g.Stopped || !g.Expected.IsZero() {
		t.Errorf("nothing is on its way, and the gate says %+v", g)
	}
	w.claim()
	if g := gate(); !g.Stopped || g.Expected != w.limits.Budget || g.Figures.Open != 1 || g.Percent != 20 {
		t.Errorf("a claim in five may use up the budget, and the gate says %+v", g)
	}
	view, err := w.Service.Join(w.ctx, referral.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:alice"}, At: w.signed()})
	w.must(err)
	_, err = w.Service.Claim(w.ctx, referral.ClaimRequest{Shop: w.shop, Ref: view.Advocate.Code(), Browser: []string{"h1:carol"}, At: w.signed()})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("a claim behind the gate: %v", err)
	}
}
