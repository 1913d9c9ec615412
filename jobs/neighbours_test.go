package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/simulator"
)

const oneCard = "4111111111111111"

// threeFriends of Alice's order: Bob without a card, and two others who pay with one card, so that Bob looks like one of
// theirs. Each order is placed, and no webhook tells of any yet.
func (w *world) threeFriends() []simulator.Order {
	w.t.Helper()
	w.live()
	alice := w.aliceShares()
	return append([]simulator.Order{w.bobs(alice)}, w.pair(alice)...)
}

func (w *world) bobs(alice referral.Advocate) simulator.Order {
	w.t.Helper()
	return w.paidWith("", w.claimOf(alice, "h1:bob"), "bob@example.com")
}

func (w *world) pair(alice referral.Advocate) []simulator.Order {
	w.t.Helper()
	return []simulator.Order{
		w.paidWith(oneCard, w.claimOf(alice, "h1:eve"), "eve@example.com"),
		w.paidWith(oneCard, w.claimOf(alice, "h1:tess"), "tess@example.com"),
	}
}

// hear has the program hear of an order, and look at nothing else.
func (w *world) hear(o simulator.Order) {
	w.t.Helper()
	w.deliver("orders/paid", o)
	w.must(w.run(w.forShop("deliveries:drain")))
}

// of is the referral of an order.
func (w *world) of(o simulator.Order) referral.Referral {
	w.t.Helper()
	r, err := w.kept.FindReferral(w.ctx, w.shop, referral.FriendOf(w.buyer(o), false))
	w.must(err)
	return r
}

// judged is what the orders' checks of trust say, in the orders' turn.
func (w *world) judged(orders []simulator.Order) string {
	w.t.Helper()
	var all []string
	for _, o := range orders {
		r := w.of(o)
		for _, c := range r.Explained.Orders[0].Checks {
			if c.Rule == "trust" {
				all = append(all, fmt.Sprintf("%s %s %v", o.Name, r.State, c.Saw))
			}
		}
	}
	return strings.Join(all, "\n")
}

// In whatever order the three are heard of, the same is said of each in the end.
//
//nolint:tparallel // each turn is compared with the first
func TestTheTurnOfNeighboursDoesNotMatter(t *testing.T) {
	t.Parallel()
	var first string
	for _, turn := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		t.Run(fmt.Sprint(turn), func(t *testing.T) {
			w := newWorld(t)
			orders := w.threeFriends()
			for _, i := range turn {
				w.hear(orders[i])
			}
			w.settle()

			said := w.judged(orders)
			if r := w.of(orders[0]); r.State != referral.Flagged || r.Reason != "caught_link" {
				t.Errorf("Bob's referral is %s (%s), want flagged (caught_link)", r.State, r.Reason)
			}
			if first == "" {
				first = said
			}
			if diff := cmp.Diff(first, said); diff != "" {
				t.Errorf("-first turn +this one\n%s", diff)
			}
		})
	}
}

// Whoever shares nothing with others, and was decided about before they came, is looked at again: by the job, or when the
// hold is over, though nobody has looked since.
func TestWhoWaitsIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for says, looks := range map[string]func(*world){
		"by the job": func(w *world) { w.settle() },
		"at the release": func(w *world) {
			w.days(15)
			w.must(w.run(w.forShop("orders:reconcile")))
			w.must(w.run(w.forShop("rewards:release")))
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.live()
			alice := w.aliceShares()
			o := w.bobs(alice)
			w.hear(o)
			w.settle()
			for _, other := range w.pair(alice) {
				w.hear(other)
			}
			if r := w.of(o); r.State != referral.Pending {
				t.Fatalf("before anybody looked again Bob's referral is %s", r.State)
			}

			looks(w)
			if r := w.of(o); r.State != referral.Flagged || r.Reason != "caught_link" || r.Release != nil {
				t.Errorf("Bob's referral is %s (%s), want flagged (caught_link)", r.State, r.Reason)
			}
		})
	}
}

// What rested on a person who is erased is gone, also of others' referrals, and the person's own shows nothing any more.
func TestAnErasedPersonIsNobodysNeighbour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	orders := w.threeFriends()
	for _, o := range orders {
		w.hear(o)
	}
	w.settle()
	if r := w.of(orders[0]); r.State != referral.Flagged {
		t.Fatalf("Bob's referral is %s (%s)", r.State, r.Reason)
	}

	w.erase(w.buyer(orders[1]))
	w.settle()
	if r := w.of(orders[0]); r.State != referral.Pending {
		t.Errorf("Bob's referral is %s (%s), want pending: one of the two who shared a card was erased", r.State, r.Reason)
	}

	all, err := w.kept.ListReferrals(w.ctx, w.shop, 10)
	w.must(err)
	for _, r := range all {
		if gone := r.Friend.Customer().Erased(); gone != (len(r.Neighbour.Traces) == 0) || len(r.LookAgain.Ties) > 0 {
			t.Errorf("of %s others see %v, and %v are to look again", r.OrderName, r.Neighbour, r.LookAgain)
		}
	}
}

// However many came by a link since it was looked at, each who waits is decided about once more.
func TestALinkIsLookedAtOnceForMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	alice := w.aliceShares()
	var orders []simulator.Order
	for i := range 3 {
		orders = append(orders, w.paidWith("", w.claimOf(alice, fmt.Sprint("h1:", i)), fmt.Sprintf("friend%d@example.com", i)))
	}
	for _, o := range orders {
		w.hear(o)
	}
	var before []int64
	for _, o := range orders {
		before = append(before, w.of(o).FactsRev)
	}

	w.must(w.run(w.forShop("neighbours:look")))
	var after []int64
	for i, o := range orders {
		after = append(after, w.of(o).FactsRev)
		before[i]++
	}
	if !slices.Equal(before, after) {
		t.Errorf("facts were raised to %v, want each once: %v", after, before)
	}

	w.settle()
	again := w.of(orders[0]).FactsRev
	w.settle()
	if is := w.of(orders[0]).FactsRev; is != again {
		t.Errorf("at rest facts go from %d to %d", again, is)
	}
}
