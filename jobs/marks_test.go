package jobs_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/simulator"
)

// What an order shows of where and by whom it was placed is kept as hashes, as far as the level shows it; without it the
// order counts as before.
func TestMarksOfAnOrder(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bare  bool
		level int
		want  func(*world) referral.Marks
	}{
		"level 1, bare": {true, 1, func(*world) referral.Marks { return referral.Marks{Risk: referral.RiskHigh} }},
		"level 1": {false, 1, func(w *world) referral.Marks {
			return referral.Marks{
				Networks: w.hash.Hashes(w.shop, "from", "2001:db8:1::/48"), Referrer: "coupons.example", Risk: referral.RiskHigh,
			}
		}},
		"level 2": {false, 2, func(w *world) referral.Marks {
			return referral.Marks{
				Networks: w.hash.Hashes(w.shop, "from", "2001:db8:1::/48"), Referrer: "coupons.example", Risk: referral.RiskHigh,
				Phones:    w.hash.Hashes(w.shop, "phone", "4915123456789"),
				Mailboxes: w.hash.Hashes(w.shop, "email", "bob@mail."+string(w.shop)), OwnDomain: true,
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if row.level == 2 {
				w = newWorld(t, level2(&bytes.Buffer{}))
			}
			w.behaviour = &simulator.Behaviour{BareOrders: row.bare, ProtectedDataLevel: simulator.Level(row.level)}
			w.known = true
			w.live()
			o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
				Email: "bob@mail." + string(w.shop), DiscountCodes: []string{w.claim()}, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
				ClientIP: "2001:db8:1:2::3", Phone: "+49 151 23456789", Risk: "HIGH", Referrer: "https://Coupons.example/a", LandingPage: "/",
			})
			w.must(err)
			w.deliver("orders/paid", o)
			w.settle()

			kept, err := w.kept.FindOrder(w.ctx, w.shop, referral.OrderID(o.GID))
			w.must(err)
			if diff := cmp.Diff(row.want(w), kept.Marks); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.wantNoTrace("as the order is kept", "2001:db8", "4915123456789", "23456789", "ample/a")
			w.stand(1, "pending")
		})
	}
}
