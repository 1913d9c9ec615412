package jobs_test

import (
	"fmt"
	"testing"
	"time"

	"twofold/claims"
	"twofold/referral"
	"twofold/simulator"
)

// H9: an advocate who has bought nothing gets no reward, whatever the friends buy, and the reward comes with a
// purchase that stands, whoever tells of it.
func TestAnAdvocateBuysFirst(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says           string
		before, bought func(*world) // their friend's order was looked at; both may be nil
		want           string
	}{
		{"she had bought before", func(w *world) { w.aliceBuys() }, nil, "approved"},
		{"she buys nothing", nil, nil, "pending (buys_first)"},
		{"she buys", nil, func(w *world) { w.deliver("orders/paid", w.aliceBuys()) }, "approved"},
		{"she buys, and only a reconcile sees it", nil, func(w *world) { w.aliceBuys(); w.must(w.run(w.forShop("orders:reconcile"))) }, "approved"},
		{"she had bought before, and given it back", func(w *world) { w.undo(w.aliceBuys()) }, nil, "pending (buys_first)"},
		{"she buys, and gives it back before it is seen", nil, func(w *world) { w.deliver("orders/paid", w.undo(w.aliceBuys())) }, "pending (buys_first)"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.first = true
			w.live()
			alice := w.aliceShares()
			if row.before != nil {
				row.before(w)
			}
			w.buys(w.claimOf(alice, "h1:bob"), "bob@example.com")
			if row.bought != nil {
				row.bought(w)
			}
			w.settle()
			w.later()
			w.settle()
			w.stands(row.want)
		})
	}
}

// What an advocate bought longer ago than Shopify shows is told by its count of their orders alone.
func TestWhatAnAdvocateBoughtLongAgoCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.first = true
	w.live()
	bought := w.aliceBuys()
	w.settle()
	w.days(70)
	w.settle()

	alice := w.joins(referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", bought.CustomerID)))
	w.buys(w.claimOf(alice, "h1:bob"), "bob@example.com")
	w.settle()
	w.later()
	w.settle()
	w.stands("approved")
}

// An advocate of whom Shopify says nothing for a week is the merchant's to judge.
func TestAnAdvocateOfWhomNothingIsKnownIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.first = true
	w.looked() // Shopify knows no customer who is Alice
	for range 8 {
		w.settle()
		w.days(1)
	}
	w.settle()
	w.stands("flagged (buys_unknown)")

	_, err := w.Rewards.Approve(w.ctx, w.shop, w.newest().OrderName)
	w.must(err)
	w.settle()
	w.stands("approved")
}

// aliceShares has Alice, whom Shopify knows, become an advocate.
func (w *world) aliceShares() referral.Advocate {
	w.t.Helper()
	known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "alice@example.com"})
	w.must(err)
	return w.joins(referral.CustomerID(known.GID))
}

// claimOf has somebody claim an advocate's offer, and returns the code.
func (w *world) claimOf(a referral.Advocate, browser string) string {
	w.t.Helper()
	claimed, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: a.Code(), Browser: []string{browser}, At: w.signed()})
	w.must(err)
	return claimed.Claim.Code
}

// aliceBuys has Alice order something of their own; no webhook tells of it yet.
func (w *world) aliceBuys() simulator.Order {
	w.t.Helper()
	w.must(w.sim.Advance(w.ctx, time.Minute))
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{Email: "alice@example.com", Items: []simulator.Item{{Title: "Scarf", Price: "30.00"}}})
	w.must(err)
	return o
}

// undo gives an order back.
func (w *world) undo(o simulator.Order) simulator.Order {
	w.t.Helper()
	o, err := w.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	return o
}

// stands compares where the one referral stands.
func (w *world) stands(want string) {
	w.t.Helper()
	w.stand(1, want)
}
