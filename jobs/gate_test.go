package jobs_test

import (
	"testing"

	"twofold/campaigns"
	"twofold/claims"
	"twofold/fault"
	"twofold/money"
)

// What an operator is told of the soft gate is what claims meet.
func TestTheGateIsToldAsItStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.limits.Budget = money.MustParse("20", "USD")
	w.live()
	gate := func() campaigns.Gate {
		t.Helper()
		all, err := w.Campaigns.Campaigns(w.ctx, w.shop)
		w.must(err)
		g, err := w.Campaigns.Gate(w.ctx, all[0])
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
	view, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:alice"}, At: w.signed()})
	w.must(err)
	_, err = w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: view.Advocate.Code(), Browser: []string{"h1:carol"}, At: w.signed()})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("a claim behind the gate: %v", err)
	}
}
