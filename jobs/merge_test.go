package jobs_test

import (
	"fmt"
	"testing"

	"twofold/claims"
	"twofold/referral"
	"twofold/simulator"
)

// merged has the merchant merge the customer of an order into another one.
func (w *world) merged(o simulator.Order, into string) (from, to referral.CustomerID) {
	w.t.Helper()
	stays, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: into})
	w.must(err)
	w.must(w.sim.MergeCustomers(string(w.shop), o.CustomerID, simulator.MergeInput{Into: stays.ID}))
	return referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", o.CustomerID)), referral.CustomerID(stays.GID)
}

// F7: a friend whose customer was merged into another is the same friend: the reward is kept, and what Shopify has
// erased of the old customer afterwards touches nothing that moved on.
func TestAMergedFriendIsTheSameFriend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.issued()
	from, to := w.merged(o, "robert@example.com")
	w.deliver("orders/edited", o)
	w.settle()
	if r := w.wantReward("after the merge", referral.RewardIssued); r.Friend.Customer() != to {
		t.Errorf("the friend is %s, want %s", r.Friend, to)
	}

	w.erase(from, o.GID)
	w.deliver("refunds/create", o)
	w.settle()
	if r := w.wantReward("after the old customer was erased", referral.RewardIssued); r.Friend.Customer() != to {
		t.Errorf("the friend is %s, want %s", r.Friend, to)
	}
	w.wantNoTrace("after the old customer was erased", named(from)...)
}

// F7: an advocate whose customer was merged into another is the same advocate; where both had joined, the older one
// stays, with the links of both and what was earned by either.
func TestMergedAdvocatesAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	bought, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "al@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00", Quantity: 1}},
	})
	w.must(err)
	al := referral.CustomerID(fmt.Sprintf("gid://shopify/Customer/%d", bought.CustomerID))
	old, err := w.kept.FindAdvocateByCustomer(w.ctx, w.shop, aliceID)
	w.must(err)
	agrees := w.writesTerms("Be kind.", "").Version
	young, err := w.Claims.Join(w.ctx, claims.JoinRequest{
		Shop: w.shop, Customer: al, Browser: []string{"h1:al"}, Terms: agrees, At: w.signed(),
	})
	w.must(err)

	w.must(w.People.Merge(w.ctx, w.shop, aliceID, al))
	w.must(w.People.Merge(w.ctx, w.shop, aliceID, al)) // and once more
	w.later()
	w.settle()
	me, err := w.Claims.Me(w.ctx, w.shop, al, referral.Sighting{})
	w.must(err)
	if me.Advocate.ID != old.ID || len(me.Referrals) != 1 {
		t.Errorf("advocate %s with %d referrals, want %s with one", me.Advocate.ID, len(me.Referrals), old.ID)
	}
	if me.Advocate.Agreed != young.Advocate.Agreed || me.Advocate.Agreed.Version != agrees {
		t.Errorf("agreed to %+v, want what the younger did: %+v", me.Advocate.Agreed, young.Advocate.Agreed)
	}
	for _, code := range []string{old.Code(), young.Advocate.Code()} {
		if found, err := w.kept.FindAdvocateByCode(w.ctx, w.shop, code); err != nil || found.ID != old.ID {
			t.Errorf("the link %s leads to %q (%v), want %s", code, found.ID, err, old.ID)
		}
	}
	w.wantReward("after the hold", referral.RewardIssued)
}

// F2, F7: whom the merchant attaches to an order that has lost its customer is somebody else, not the one who left:
// nothing else of theirs moves.
func TestAnAttachedCustomerIsNoMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.credited()
	bob := w.friend().Customer()
	w.loses(o)
	carol, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "carol@example.com"})
	w.must(err)
	_, err = w.Rewards.Attach(w.ctx, w.shop, o.GID, carol.GID)
	w.must(err)
	w.settle()

	claims, err := w.kept.ClaimsOf(w.ctx, w.shop, referral.ClaimQuery{Customer: referral.CustomerID(carol.GID)})
	w.must(err)
	if len(claims) > 0 {
		t.Errorf("%d claims of Bob's are Carol's now", len(claims))
	}
	w.erase(bob, o.GID)
	w.wantNoTrace("after Bob was erased", "h1:bob")
}
