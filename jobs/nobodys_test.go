package jobs_test

import (
	"fmt"
	"slices"
	"testing"

	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
)

// placedByNobody has somebody buy at the till with Bob's code, without a customer; the webhook is not delivered yet.
func (w *world) placedByNobody() simulator.Order {
	w.t.Helper()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Customer: new(bool), Source: "pos", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
		ForcedDiscounts: []simulator.ForcedDiscount{{Code: w.claim(), Amount: "20.00"}},
	})
	w.must(err)
	return o
}

// nobodys is the world after such an order was worked off.
func (w *world) nobodys() simulator.Order {
	w.t.Helper()
	o := w.live().placedByNobody()
	w.deliver("orders/paid", o)
	w.must(w.run(w.forShop("deliveries:drain")))
	w.forget()
	return o
}

// shownWith has Shopify show the order with a customer after all, and tells of it; it returns who that is.
func (w *world) shownWith(o simulator.Order, email string) referral.CustomerID {
	w.t.Helper()
	after, err := w.sim.AttachCustomer(string(w.shop), o.ID, email)
	w.must(err)
	w.deliver("orders/edited", after)
	return referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", after.CustomerID))
}

// F3: what a code took off an order without a customer is booked in a referral of the order's own, which asks for
// somebody to be attached. When it is known whose the order is, the referral is theirs, and the books have it once.
func TestAnOrderOfNobodysIsBookedOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		known func(w *world, o simulator.Order) referral.CustomerID
		want  referral.State
	}{
		{"attached", func(w *world, o simulator.Order) referral.CustomerID {
			bob, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "bob@example.com"})
			w.must(err)
			_, err = w.Rewards.Attach(w.ctx, w.shop, o.GID, bob.GID)
			w.must(err)
			return referral.CustomerID(bob.GID)
		}, referral.Pending},
		{"shown later", func(w *world, o simulator.Order) referral.CustomerID { return w.shownWith(o, "bob@example.com") }, referral.Pending},
		{"erased", func(w *world, o simulator.Order) referral.CustomerID {
			w.erase("gid://shopify/Customer/7", o.GID)
			w.settle()
			w.wantNoTrace("erased", "h1:bob") // the browser of the guest's claim, whose code is on the order
			i := slices.IndexFunc(w.referrals(), func(r referral.Referral) bool { return r.Friend.Customer().Erased() })
			if i < 0 {
				w.t.Fatal("nobody was erased")
			}
			return w.referrals()[i].Friend.Customer()
		}, referral.Pending},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.nobodys()
			r, err := w.kept.FindReferral(w.ctx, w.shop, referral.FriendID(o.GID))
			w.must(err)
			if r.State != referral.Voided || r.Reason != referral.ReasonNoIdentity || r.Advocate == "" {
				t.Errorf("%s (%s), for %q; want voided (no_identity), for Alice", r.State, r.Reason, r.Advocate)
			}
			w.wantBooked("before", "20.00")

			who := row.known(w, o)
			w.settle()
			if r, err = w.kept.FindReferral(w.ctx, w.shop, referral.FriendOf(who, false)); err != nil || r.State != row.want || string(r.Order) != o.GID {
				t.Errorf("%s (%s), on %q, error %v; want %s, on the order", r.State, r.Reason, r.Order, err, row.want)
			}
			if r, err = w.kept.FindReferral(w.ctx, w.shop, referral.FriendID(o.GID)); err != nil || r.State != referral.None || len(r.Lines) > 0 {
				t.Errorf("the order's own: %s, %v, error %v; want none, nothing booked", r.State, r.Lines, err)
			}
			w.wantBooked("after", "20.00")
		})
	}
}

// referrals are all that the shop has.
func (w *world) referrals() []referral.Referral {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 10)
	w.must(err)
	return all
}

// wantBooked wants the ledgers of all referrals to sum to an amount, and so their lines, which are what exports show.
func (w *world) wantBooked(when, want string) {
	w.t.Helper()
	ledger, lines := money.Amount{Currency: "USD"}, money.Amount{Currency: "USD"}
	for _, r := range w.referrals() {
		for _, e := range r.Ledger {
			ledger.Minor += e.Amount.Minor
		}
		for _, e := range r.Lines {
			lines.Minor += e.Amount.Minor
		}
	}
	if ledger.Decimal() != want || lines.Decimal() != want {
		w.t.Errorf("%s: ledgers sum to %s, their lines to %s; want %s", when, ledger.Decimal(), lines.Decimal(), want)
	}
}
