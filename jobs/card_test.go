package jobs_test

import (
	"testing"

	"twofold/referral"
	"twofold/simulator"
)

// paidWith has somebody order with a code, and pay with a card; no webhook tells of it yet.
func (w *world) paidWith(card, code, email string) simulator.Order {
	w.t.Helper()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: email, Card: card, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
		ForcedDiscounts: []simulator.ForcedDiscount{{Code: code, Amount: "20.00"}},
	})
	w.must(err)
	return o
}

// Two friends of one advocate who pay with one card wait for the merchant's look, also the one whose order was decided
// about before the other's was heard of. Cards that only look alike, and friends of two advocates, do not.
func TestASharedCardIsSeenWhicheverOrderComesFirst(t *testing.T) {
	t.Parallel()
	const visa, another = "4111111111111111", "4111111111111112"
	held := "flagged (circle_card)"
	for _, row := range []struct {
		says, second string // the card of the second order
		two          bool   // the second friend is another advocate's
		want         string
	}{
		{"one card", visa, false, held},
		{"two cards", another, false, "pending"},
		{"no card", "", false, "pending"},
		{"one card, and two advocates", visa, true, "pending"},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live()
			alice := w.aliceShares()
			theirs := alice
			if row.two {
				theirs = w.joins("gid://shopify/Customer/77")
			}

			w.deliver("orders/paid", w.paidWith(visa, w.claimOf(alice, "h1:bob"), "bob@example.com"))
			w.settle()
			w.deliver("orders/paid", w.paidWith(row.second, w.claimOf(theirs, "h1:eve"), "eve@example.com"))
			w.settle()
			w.stand(1, row.want, row.want)
		})
	}
}

// The card is kept as a keyed hash alone, and forgotten with the person.
func TestACardIsForgottenWithItsOwner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	o := w.paidWith("4111111111111111", w.claimOf(w.aliceShares(), "h1:bob"), "bob@example.com")
	w.deliver("orders/paid", o)
	w.settle()
	kept, err := w.kept.FindOrder(w.ctx, w.shop, referral.OrderID(o.GID))
	w.must(err)
	if len(kept.Cards) == 0 {
		t.Fatal("no card is kept that could be forgotten")
	}

	w.erase(kept.Customer)
	w.must(w.Orders.Refresh(w.ctx, w.shop, kept.ID))
	kept, err = w.kept.FindOrder(w.ctx, w.shop, kept.ID)
	w.must(err)
	if len(kept.Cards) > 0 || !kept.Customer.Erased() {
		t.Errorf("after the erasure the order of %s has %d hashes of a card", kept.Customer, len(kept.Cards))
	}
}
