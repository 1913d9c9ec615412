package jobs_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
	"twofold/storefront"
)

// Where Shopify does not say which page led to the shop, the visit id in the cart does.
func TestTheVisitSaysWhatLedThere(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ shopify, want string }{
		"Shopify says nothing": {"", "coupons.example"}, "Shopify says another": {"https://chat.example/", "chat.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live()
			alice := w.aliceShares()
			seen := referral.Sighting{At: w.signed(), Referrer: "coupons.example"}
			view, err := w.Claims.Visit(w.ctx, claims.VisitRequest{
				Shop: w.shop, Ref: alice.Code(), Browser: []string{"h1:bob"}, Seen: seen, At: seen.At,
			})
			w.must(err)
			sealed, err := storefront.Visits{Keyring: w.keys}.Seal(view.Visit)
			w.must(err)
			o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
				Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, LandingPage: "/", Referrer: row.shopify,
				Attributes: map[string]string{referral.ClaimAttribute: sealed},
			})
			w.must(err)
			w.deliver("orders/paid", o)
			w.settle()

			kept, err := w.kept.FindOrder(w.ctx, w.shop, referral.OrderID(o.GID))
			w.must(err)
			if kept.Visit == nil || kept.Marks.Referrer != row.want {
				t.Errorf("led from %q by the visit %+v, want %q", kept.Marks.Referrer, kept.Visit, row.want)
			}
		})
	}
}

// From where somebody came is forgotten by itself, and a referral that was decided stands as it did.
func TestMarksAreForgottenByThemselves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	seen := referral.Sighting{At: w.signed(), Networks: []string{"h1:n"}, Agents: []string{"h1:a"}}
	alice, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:alice"}, Seen: seen, At: seen.At})
	w.must(err)
	taken, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{
		Shop: w.shop, Ref: alice.Advocate.Code(), Browser: []string{"h1:bob"}, Seen: seen, At: seen.At,
	})
	w.must(err)
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "bob@example.com", DiscountCodes: []string{taken.Claim.Code}, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, ClientIP: "203.0.113.7",
	})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	kept := func() (all []string) {
		c, err := w.kept.FindClaim(w.ctx, w.shop, taken.Claim.ID)
		w.must(err)
		a, err := w.kept.FindAdvocate(w.ctx, w.shop, alice.Advocate.ID)
		w.must(err)
		o, err := w.kept.FindOrder(w.ctx, w.shop, referral.OrderID(o.GID))
		w.must(err)
		return slices.Concat(c.Seen[0].Networks, c.Seen[0].Agents, a.Seen[0].Networks, a.Seen[0].Agents, o.Marks.Networks)
	}
	if len(kept()) < 5 {
		t.Fatalf("kept: %v", kept())
	}

	w.later()
	w.settle() // the reward is released
	w.days(31)
	w.settle()
	if len(kept()) > 0 {
		t.Errorf("a month later: %v", kept())
	}
	w.stand(1, "approved")

	w.deliver("orders/updated", o)
	w.must(w.run(w.forShop("deliveries:drain")))
	if len(kept()) > 0 {
		t.Errorf("when the order is read again: %v", kept())
	}
}

// What an order shows of where and by whom it was placed is kept as hashes, as far as the level shows it; without it the
// order counts as before.
func TestMarksOfAnOrder(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bare  bool
		level int
		state string
		want  func(*world) referral.Marks
	}{
		"level 1, bare": {true, 1, "pending", func(*world) referral.Marks { return referral.Marks{Risk: referral.RiskHigh} }},
		"level 1": {false, 1, "pending", func(w *world) referral.Marks {
			return referral.Marks{
				Networks: w.hash.Hashes(w.shop, "from", "2001:db8:1::/48"), Referrer: "coupons.example", Risk: referral.RiskHigh,
			}
		}},
		"level 2": {false, 2, "flagged (own_domain)", func(w *world) referral.Marks {
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
			w.stand(1, row.state)
		})
	}
}

// Whoever was seen nowhere but where the advocate is, by the advocate's kind of browser, waits for a look: also where the
// advocate is seen there only after the order. What was seen of both together does the same the other way round.
func TestAnAdvocateIsSeenWhereTheFriendWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	there := referral.Sighting{At: w.signed(), Networks: []string{"h1:n"}, Agents: []string{"h1:a"}}
	alice, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:alice"}, At: w.signed()})
	w.must(err)
	taken, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{
		Shop: w.shop, Ref: alice.Advocate.Code(), Browser: []string{"h1:bob"}, Seen: there, At: there.At,
	})
	w.must(err)
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "bob@example.com", DiscountCodes: []string{taken.Claim.Code}, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
	})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	w.stand(1, "pending")

	there.At = w.signed()
	_, err = w.Claims.Me(w.ctx, w.shop, alice.Advocate.Customer, there)
	w.must(err)
	w.settle()
	w.stand(1, "flagged (same_agent)")
	w.days(1)
	elsewhere := referral.Sighting{At: w.signed(), Networks: []string{"h1:m"}, Agents: []string{"h1:b"}}
	_, err = w.Claims.Visit(w.ctx, claims.VisitRequest{
		Shop: w.shop, Ref: alice.Advocate.Code(), Browser: []string{"h1:bob"}, Seen: elsewhere, At: elsewhere.At,
	})
	if !fault.Is(err, fault.Conflict) { // the offer was used: what was opened is noted all the same
		t.Errorf("the link was opened once more: %v", err)
	}
	w.settle()
	w.stand(1, "flagged (same_agent)") // what comes after the order says nothing of it
}
