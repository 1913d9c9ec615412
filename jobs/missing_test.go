package jobs_test

import (
	"fmt"
	"testing"
	"time"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/rewards"
	"twofold/simulator"
)

// missed is an order that nothing ties to Alice, who shares: Bob bought as if nobody had sent them.
func (w *world) missed() simulator.Order {
	w.t.Helper()
	w.live().joined()
	w.must(w.sim.Advance(w.ctx, time.Minute))
	o := w.placed(simulator.OrderInput{Email: "bob@example.com"})
	w.must(w.sim.Advance(w.ctx, time.Minute))
	return o
}

// buyer is who placed an order.
func (w *world) buyer(o simulator.Order) referral.CustomerID {
	w.t.Helper()
	read, err := w.Gateway.ReadOrder(w.ctx, w.shop, referral.OrderID(o.GID))
	w.must(err)
	return read.Customer
}

// asksFor asks for a missed referral.
func (w *world) asksFor(by referral.Side, who referral.CustomerID, order, sent string) claims.MissingView {
	w.t.Helper()
	view, err := w.Claims.AskMissing(w.ctx, claims.MissingRequest{
		Shop: w.shop, Customer: who, By: by, Order: order, Sent: sent, At: w.signed(),
	})
	w.must(err)
	return view
}

// looks has the orders looked at that were asked about, and Shopify asked about their friends.
func (w *world) looks() {
	w.t.Helper()
	w.must(w.run(w.forShop("missing:look")))
	w.settle()
}

// An advocate's word, or a friend's, is for the merchant to decide. Until then no shopper is told of it.
func TestAMissingReferralIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		by     referral.Side
		reason referral.Reason
	}{{referral.FriendSide, referral.ReasonFriendAsked}, {referral.AdvocateSide, referral.ReasonAdvocateAsked}} {
		t.Run(string(row.by), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.missed()
			who, sent := w.buyer(o), "https://demo.example/?ref="+w.aliceCode()
			if row.by == referral.AdvocateSide {
				who, sent = aliceID, ""
			}
			asks := func() referral.MissingState { return w.asksFor(row.by, who, " "+o.Name+" ", sent).State }

			if state := asks(); state != referral.MissingLooked {
				t.Errorf("at first it is %s", state)
			}
			w.looks()
			if r := w.referral(); r.State != referral.Flagged || r.Reason != row.reason {
				t.Fatalf("looked at, it is %s (%s), want it flagged (%s)", r.State, r.Reason, row.reason)
			}
			if me, err := w.Claims.Me(w.ctx, w.shop, aliceID, referral.Sighting{}); err != nil || len(me.Referrals) != 0 {
				t.Errorf("before the merchant has said yes the advocate is told of %d friends, %v", len(me.Referrals), err)
			}
			if state := asks(); state != referral.MissingLooked {
				t.Errorf("while it is flagged it is %s", state)
			}

			_, err := w.Rewards.Do(w.ctx, w.shop, rewards.Said{Act: rewards.ActApprove, Order: o.Name, User: "1", Reason: "looks right"})
			w.must(err)
			if state := asks(); state != referral.MissingCredited {
				t.Errorf("approved, it is %s", state)
			}
			if me, err := w.Claims.Me(w.ctx, w.shop, aliceID, referral.Sighting{}); err != nil || len(me.Referrals) != 1 {
				t.Errorf("then the advocate is told of %d friends, %v", len(me.Referrals), err)
			}
		})
	}
}

// What the rules credit by themselves needs nobody's word: the friend had taken the offer signed in, and no webhook told
// of the order.
func TestWhatIsAskedForIsCreditedByWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "bob@example.com"})
	w.must(err)
	alice, bob := w.joined(), referral.CustomerID(known.GID)
	_, err = w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: alice.Code(), Customer: bob, Browser: []string{"h1:bob"}, At: w.signed()})
	w.must(err)
	w.must(w.sim.Advance(w.ctx, time.Minute))
	o := w.placed(simulator.OrderInput{Email: "bob@example.com"})
	w.must(w.sim.Advance(w.ctx, time.Minute))

	w.asksFor(referral.FriendSide, bob, o.Name, alice.Code())
	w.looks()
	if r := w.referral(); r.State != referral.Pending || r.Explained.Orders[0].Evidence[0].Kind != referral.EvidenceClaimCustomer {
		t.Errorf("it is %s by %+v, want it credited by the claim", r.State, r.Explained.Orders)
	}
	if view := w.asksFor(referral.FriendSide, bob, o.Name, alice.Code()); view.State != referral.MissingCredited {
		t.Errorf("the friend is told %s", view.State)
	}
}

// Whoever guesses an order's number is told the same in all cases, at once and afterwards, and nothing is kept of the
// orders that cannot count.
func TestStrangersLearnNothingOfOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited() // #1001 is Bob's, and counts for Alice already
	for _, email := range []string{"nora@example.com", "nora@example.com"} {
		w.placed(simulator.OrderInput{Email: email}) // #1003 is Nora's second
		w.must(w.sim.Advance(w.ctx, time.Minute))
	}
	zoe := w.person("zoe@example.com")
	w.settle()

	guesses := []struct {
		says  string
		by    referral.Side
		order string
	}{
		{"there is no such order", referral.AdvocateSide, "#4711"},
		{"it counts for somebody else", referral.AdvocateSide, "#1001"},
		{"its customer had ordered before", referral.AdvocateSide, "#1003"},
		{"it is another's", referral.FriendSide, "#1001"},
	}
	told := func(when string, want referral.MissingState) {
		for _, g := range guesses {
			view := w.asksFor(g.by, zoe.Customer, g.order, w.codeOf(aliceID))
			if view.State != want || "#"+view.Order != g.order {
				t.Errorf("%s, %s: told %+v, want %s", when, g.says, view, want)
			}
		}
	}
	told("at once", referral.MissingLooked)
	w.looks()
	told("looked at", referral.MissingLooked)
	for _, r := range w.referrals() {
		if r.Advocate == zoe.ID || r.OrderName != "#1001" {
			t.Errorf("%s is %s for %s", r.OrderName, r.State, r.Advocate)
		}
	}
	w.days(8)
	told("a week later", referral.MissingNot)
}

// codeOf is the code by which a customer shares.
func (w *world) codeOf(c referral.CustomerID) string {
	w.t.Helper()
	a, err := w.kept.FindAdvocateByCustomer(w.ctx, w.shop, c)
	w.must(err)
	return a.Code()
}

// A day has five of one customer, and twenty that reach the merchant; an order asked for twice is one.
func TestMissingReferralsHaveLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	w.joined()
	orders := make([]simulator.Order, referral.MissingAddedADay+2)
	for i := range orders {
		orders[i] = w.placed(simulator.OrderInput{Email: fmt.Sprintf("friend%d@example.com", i)})
	}
	w.must(w.sim.Advance(w.ctx, time.Minute))

	for range 2 {
		for _, o := range orders[:referral.MissingADay] {
			w.asksFor(referral.AdvocateSide, aliceID, o.Name, "")
		}
	}
	_, err := w.Claims.AskMissing(w.ctx, claims.MissingRequest{
		Shop: w.shop, Customer: aliceID, By: referral.AdvocateSide, Order: orders[9].Name, At: w.signed(),
	})
	if !fault.Is(err, fault.Limited) {
		t.Errorf("a sixth one within a day: %v, want it limited", err)
	}

	for _, o := range orders[referral.MissingADay:] {
		w.asksFor(referral.FriendSide, w.buyer(o), o.Name, w.aliceCode())
	}
	flagged := func() (n int) {
		for range 2 {
			w.must(w.run(w.forShop("missing:look")))
		}
		w.settle()
		all, err := w.kept.ListReferrals(w.ctx, w.shop, 100)
		w.must(err)
		for _, r := range all {
			if r.State == referral.Flagged {
				n++
			}
		}
		return n
	}
	if n := flagged(); n != referral.MissingAddedADay {
		t.Errorf("%d reach the merchant within a day, want %d", n, referral.MissingAddedADay)
	}
	w.days(1)
	if n := flagged(); n != len(orders) {
		t.Errorf("%d on the next, want %d", n, len(orders))
	}
}

// With the person goes what they asked for, and what others asked for about their orders.
func TestWhatWasAskedForGoesWithThePerson(t *testing.T) {
	t.Parallel()
	for _, erased := range []string{"who asked", "who bought"} {
		t.Run(erased, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.missed()
			bob := w.buyer(o)
			w.asksFor(referral.AdvocateSide, aliceID, o.Name, "")
			w.looks()

			who := bob
			if erased == "who asked" {
				who = aliceID
			}
			w.erase(who)
			left, err := w.kept.MissingOf(w.ctx, w.shop, aliceID, w.now().Add(-24*time.Hour), 10)
			w.must(err)
			if len(left) != 0 {
				t.Errorf("%d are left", len(left))
			}
			if who == bob {
				w.wantNoTrace("erased", string(bob))
			}
		})
	}
}
