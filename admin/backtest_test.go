package admin_test

import (
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
)

// soldByCode is the demo shop with a live campaign and one order of $100 by Alice's shareable code.
func soldByCode(t *testing.T) *world {
	t.Helper()
	w := open(t)
	w.installed(t, true)
	c := storetest.Campaign(t, w.store, demo, func(c *referral.Campaign) {
		c.ID, c.LiveAt, c.Terms.ShareCeiling = "cmp_1", noon().Add(-40*24*time.Hour), 50
	})
	alice := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) { a.ID, a.Codes = "adv_1", []string{"ALICE-9"} })
	w.refer(t, alice, func(r *referral.Referral, o *referral.Order) {
		number(2001)(r, o)
		o.ProcessedAt, o.Codes = noon().Add(-3*24*time.Hour), alice.Codes
		r.At, r.Campaign = o.ProcessedAt, c.Key()
	})
	return w
}

func TestABacktest(t *testing.T) {
	t.Parallel()
	w := soldByCode(t)
	for query, wants := range map[string][]string{
		"":                       {"What would other terms have done?", "As it is", `name="minimum"`},
		"?minimum=80":            {"1 referral of the last 90 days", "Nothing would be otherwise."},
		"?minimum=120":           {"No reward", `href="/app/referrals/2001"`, `<a href="/app/advocates/adv_1">ALICE-9</a>`, "$20.00"},
		"?strictness=strict":     {"1 referral of the last 90 days"},
		"?credit=wrong&minimum=": {"What would other terms have done?"},
	} {
		a := w.get(t, "/app/backtest"+query)
		for _, want := range wants {
			if a.status != 200 || !strings.Contains(a.body, want) {
				t.Errorf("%q: status %d, %q is missing in\n%s", query, a.status, want, a.body)
			}
		}
	}

	if a := w.get(t, "/app/backtest?minimum=x"); a.status != 422 || !strings.Contains(a.body, `error="This is not an amount of USD`) {
		t.Errorf("an amount that is none: status %d\n%s", a.status, a.body)
	}
	golden(t, "backtest.html", w.get(t, "/app/backtest?minimum=120").body)
	w.language = "de"
	if a := w.get(t, "/app/backtest?minimum=120"); !strings.Contains(a.body, "Keine Prämie") || !strings.Contains(a.body, "1 Empfehlung der letzten 90 Tage") {
		t.Errorf("in German:\n%s", a.body)
	}
}
