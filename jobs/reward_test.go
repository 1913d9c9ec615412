package jobs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"twofold/claims"
	"twofold/fault"
	"twofold/inbox"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
	"twofold/text"
)

// wantReward checks where the one friend's advocate's reward stands.
func (w *world) wantReward(when string, want referral.RewardState) referral.Referral {
	w.t.Helper()
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	if got := r.Rewards[referral.AdvocateSide].StateAt(w.now()); got != want {
		w.t.Errorf("%s: the reward is %s, want %s", when, got, want)
	}
	return r
}

// answerLost runs the issue job so that Shopify makes the discount, and its answer is lost.
func (w *world) answerLost() {
	w.t.Helper()
	w.tap.arm(2, true)
	if err := w.run(w.forFriend("reward:issue", w.friend())); err == nil {
		w.t.Error("the issue went through")
	}
	w.tap.arm(0, false)
}

// A personal reward whose discount was made and never noted is voided, and restored: it is given after all.
func TestAPersonalRewardIsGivenThoughItWasBuried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), Personal: true}
	o := w.released()
	w.answerLost()
	_, err := w.Rewards.Void(w.ctx, w.shop, o.GID)
	w.must(err)
	w.must(w.run(w.forFriend("reward:issue", w.friend()))) // the queue tries again
	w.settle()
	w.wantReward("voided", referral.RewardVoided)
	_, err = w.Rewards.Restore(w.ctx, w.shop, o.GID)
	w.must(err)
	w.settle()
	r := w.wantReward("restored", referral.RewardIssued)
	d, err := w.Gateway.FindDiscount(w.ctx, w.shop, r.Rewards[referral.AdvocateSide].Code)
	w.must(err)
	if d == "" {
		t.Error("the reward's code does not work")
	}
}

// A personal reward whose discount was made and never noted turns out to be another advocate's, of another order:
// that one gets a discount of their own.
func TestADiscountThatWasNotNotedIsNotGivenToAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.offer = &referral.Offer{Kind: referral.ShareOfOrder, RateBP: 1000}
	w.live()
	alice, zoe := w.person("alice@example.com"), w.person("zoe@example.com")
	w.settle()
	w.days(1)
	buys := func(price, code string) simulator.Order {
		o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
			Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: price}},
			ForcedDiscounts: []simulator.ForcedDiscount{{Code: code, Amount: "20.00"}},
		})
		w.must(err)
		w.deliver("orders/paid", o)
		return o
	}
	first := buys("120.00", alice.Code())
	w.must(w.run(w.forShop("deliveries:drain")))
	w.forget()
	w.must(w.run(w.forFriend("customer:ask", w.friend())))
	w.forget()
	w.later()
	w.must(w.run(w.forShop("rewards:release")))
	w.forget()
	w.wantReward("released", referral.RewardApproved)
	w.answerLost()
	_, err := w.sim.RefundOrder(string(w.shop), first.ID, simulator.RefundInput{Full: true})
	w.must(err)
	w.deliver("refunds/create", first)
	w.days(1)
	buys("900.00", zoe.Code())
	w.must(w.run(w.forShop("deliveries:drain")))
	w.must(w.run(w.forFriend("reward:issue", w.friend()))) // the queue tries again
	w.forget()
	w.settle()
	w.days(3)
	w.settle()
	r := w.wantReward("the second order converts", referral.RewardIssued)
	if len(r.Issues) != 1 || r.Advocate != zoe.ID {
		t.Fatalf("advocate %s, issues %+v", r.Advocate, r.Issues)
	}
	d, err := w.Gateway.ReadDiscount(w.ctx, w.shop, r.Issues[0].Discount)
	w.must(err)
	if d.Customer != zoe.Customer || d.Amount != r.Rewards[referral.AdvocateSide].Amount {
		t.Errorf("the discount is %s for %s, want %s for %s", d.Amount, d.Customer, r.Rewards[referral.AdvocateSide].Amount, zoe.Customer)
	}
}

// person makes a customer of the shop's an advocate.
func (w *world) person(email string) referral.Advocate {
	w.t.Helper()
	known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: email})
	w.must(err)
	view, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: referral.CustomerID(known.GID), At: w.signed()})
	w.must(err)
	return view.Advocate
}

// A code that ran out is given again after its campaign has ended, and its discount with it: the new one works, and
// the discount ends again when that has run out.
func TestACodeGivenAfterItsDiscountEndedWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), ValidDays: 30}
	o := w.issued()
	_, err := w.Campaigns.End(w.ctx, w.shop, campaign.ID)
	w.must(err)
	passes := func(days int) {
		for range days / 5 {
			w.days(5)
			w.settle()
		}
	}
	ended := func() bool {
		c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
		w.must(err)
		d, err := w.Gateway.ReadDiscount(w.ctx, w.shop, c.Discounts[referral.AdvocateSide])
		w.must(err)
		return !d.EndsAt.IsZero() && !d.EndsAt.After(w.now())
	}
	passes(75)
	w.wantReward("after 75 days", referral.RewardExpired)
	if !ended() {
		t.Fatal("the discount has not ended")
	}
	_, err = w.Rewards.Reissue(w.ctx, w.shop, o.GID, referral.AdvocateSide)
	w.must(err)
	w.settle() // the pool of what is over is empty, and filled first
	w.wantReward("reissued", referral.RewardIssued)
	passes(5)
	if ended() {
		t.Error("the discount of a code that works has ended")
	}
	passes(40)
	w.wantReward("after the second code's end", referral.RewardExpired)
	if !ended() {
		t.Error("the discount goes on though no code of it works")
	}
}

// The merchant deletes the discount of a personal reward in Shopify: it is seen, said, and given anew on request.
func TestAPersonalRewardsDeletedDiscountIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), Personal: true}
	o := w.issued()
	tell := func(n string, id referral.DiscountID) {
		each, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{{
			Shop: w.shop, ID: "discounts/delete" + n, Topic: "discounts/delete", ReceivedAt: time.Now(), State: inbox.Received, Nomination: inbox.Nomination{DiscountID: string(id)},
		}})
		w.must(errors.Join(append(each, err)...))
		w.must(w.run(w.forShop("deliveries:drain")))
		w.settle()
	}
	says := func() bool {
		e, err := w.Orders.Explain(w.ctx, w.shop, o.GID)
		w.must(err)
		return strings.Contains(text.English.Explanation(e, w.now()), "its discount was deleted in Shopify")
	}
	first := w.wantReward("issued", referral.RewardIssued)
	tell("1", first.Issues[0].Discount)
	if says() {
		t.Error("a webhook was believed")
	}
	w.must(w.Gateway.DeleteDiscount(w.ctx, w.shop, first.Issues[0].Discount))
	tell("2", first.Issues[0].Discount)
	if !says() {
		t.Error("nobody says that the discount is gone")
	}
	_, err := w.Rewards.Reissue(w.ctx, w.shop, o.GID, referral.AdvocateSide)
	w.must(err)
	w.settle()
	again := w.wantReward("reissued", referral.RewardIssued)
	w.log.Reset()
	_, err = w.Rewards.Void(w.ctx, w.shop, o.GID)
	w.must(err)
	w.settle()
	tell("3", again.Issues[1].Discount) // of the discount that was deleted with the void
	if strings.Contains(w.log.String(), "deleted by the merchant") {
		t.Error("our own deletion is the merchant's")
	}
	if again.Rewards[referral.AdvocateSide].Code == first.Rewards[referral.AdvocateSide].Code || says() {
		t.Errorf("reissued: %+v", again.Rewards[referral.AdvocateSide])
	}
}

// F7: a personal reward for an advocate whose account is gone says so, is tried no more by any sweep, and ends in an
// act of the merchant: it is voided, or tried again.
func TestARewardThatShopifyRefusesWaitsForTheMerchant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.refused()
	w.must(w.run(w.forFriend("reward:issue", w.friend())))
	refused := func(when string) {
		t.Helper()
		w.forget()
		w.settle()
		r := w.wantReward(when, referral.RewardApproved)
		if reason := r.Rewards[referral.AdvocateSide].Reason; reason != referral.ReasonRefused || len(r.Work) > 0 {
			t.Errorf("%s: reason %q, work %v; want refused, and none", when, reason, r.Work)
		}
		w.wantDead(when)
	}
	refused("refused")
	if log := w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("errors are logged:\n%s", log)
	}

	_, err := w.Rewards.Retry(w.ctx, w.shop, o.GID)
	w.must(err)
	refused("tried again")

	_, err = w.Rewards.Void(w.ctx, w.shop, o.GID)
	w.must(err)
	w.settle()
	w.wantReward("voided", referral.RewardVoided)
	if _, err := w.Rewards.Retry(w.ctx, w.shop, o.GID); !fault.Is(err, fault.Conflict) {
		t.Errorf("what was voided was tried again: %v", err)
	}
}

// F7: a reward that was refused is given when the merchant tries again and the cause is gone: the advocate's account
// had been merged into another.
func TestARefusedRewardIsGivenOnceItsCauseIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.refused()
	w.must(w.run(w.forFriend("reward:issue", w.friend())))
	w.forget()
	w.settle()
	w.wantDead("refused")

	al, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "al@example.com"})
	w.must(err)
	r := w.wantReward("refused", referral.RewardApproved)
	alice, err := w.kept.FindAdvocate(w.ctx, w.shop, r.Advocate)
	w.must(err)
	w.must(w.People.Merge(w.ctx, w.shop, alice.Customer, referral.CustomerID(al.GID)))
	_, err = w.Rewards.Retry(w.ctx, w.shop, o.GID)
	w.must(err)
	w.settle()

	r = w.wantReward("tried again", referral.RewardIssued)
	codes, err := w.kept.FindCodes(w.ctx, w.shop, []string{r.Rewards[referral.AdvocateSide].Code})
	w.must(err)
	if len(codes) != 1 || codes[0].State == referral.CodeDead {
		t.Errorf("tried again: codes %+v, want one that works", codes)
	}
}

// refused is the world with a released reward that only Alice could use, whose account is gone.
func (w *world) refused() simulator.Order {
	w.t.Helper()
	w.offer = &referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD"), Personal: true}
	o := w.released()
	alice, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "alice@example.com"})
	w.must(err)
	w.must(w.sim.DeleteCustomer(string(w.shop), alice.ID))
	return o
}

// wantDead checks that the one code of a personal reward which was written down is dead.
func (w *world) wantDead(when string) {
	w.t.Helper()
	personal, err := w.kept.PersonalCodes(w.ctx, w.shop, "", 10)
	w.must(err)
	if len(personal) != 1 || personal[0].State != referral.CodeDead {
		w.t.Errorf("%s: codes %+v, want one that is dead", when, personal)
	}
}
