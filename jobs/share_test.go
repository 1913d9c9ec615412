package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"twofold/claims"
	"twofold/codes"
	"twofold/referral"
	"twofold/simulator"
)

// joins makes a customer an advocate, whose shareable code is still to be made.
func (w *world) joins(c referral.CustomerID) referral.Advocate {
	w.t.Helper()
	view, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: c, At: w.signed()})
	w.must(err)
	return view.Advocate
}

const aliceID referral.CustomerID = "gid://shopify/Customer/1"

// joined makes Alice an advocate, and lets the program come to rest.
func (w *world) joined() referral.Advocate {
	w.t.Helper()
	a := w.joins(aliceID)
	w.settle()
	return a
}

// deleteShareDiscount has the merchant delete the discount of the shareable codes in Shopify.
func (w *world) deleteShareDiscount() {
	w.t.Helper()
	c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
	w.must(err)
	w.must(w.Gateway.DeleteDiscount(w.ctx, w.shop, c.Discounts[referral.ShareSide]))
}

// wantShared checks whether a shareable code works in the shop.
func (w *world) wantShared(when, code string, want bool) {
	w.t.Helper()
	discounts, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	works := slices.ContainsFunc(discounts, func(d simulator.Discount) bool {
		return strings.Contains(d.Title, "shareable") && slices.ContainsFunc(d.Codes, func(c simulator.Code) bool { return c.Code == code })
	})
	if works != want {
		w.t.Errorf("%s: the shareable code works: %v, want %v", when, works, want)
	}
}

// buys has somebody buy with a code, and the program work that off.
func (w *world) buys(code, email string) {
	w.t.Helper()
	w.bought(code, email)
	w.settle()
}

// bought has somebody buy with a code, and Shopify tell of it.
func (w *world) bought(code, email string) {
	w.t.Helper()
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: email, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, ForcedDiscounts: []simulator.ForcedDiscount{{Code: code, Amount: "20.00"}},
	})
	w.must(err)
	w.deliver("orders/paid", o)
}

func TestABlockedAdvocatesShareableCodeIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	alice := w.joined()
	w.wantShared("joined", alice.Code(), true)
	_, err := w.Rewards.Block(w.ctx, w.shop, alice.Code())
	w.must(err)
	_, err = w.Rewards.Unblock(w.ctx, w.shop, alice.Code()) // before the code is gone
	w.must(err)
	w.settle()
	w.wantShared("blocked by mistake", alice.Code(), true)
	_, err = w.Rewards.Block(w.ctx, w.shop, alice.Code())
	w.must(err)
	w.settle()
	w.wantShared("blocked", alice.Code(), false)
	_, err = w.Rewards.Unblock(w.ctx, w.shop, alice.Code())
	w.must(err)
	w.settle()
	w.wantShared("unblocked", alice.Code(), true)
}

func TestAShareableCodeComesBackUnderAHigherCeiling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 1
	w.live()
	alice := w.joined()
	w.buys(alice.Code(), "bob@example.com")
	w.wantShared("used once of once", alice.Code(), false)
	w.raiseCeiling(2)
	w.wantShared("it may be used twice now", alice.Code(), true)
	w.buys(alice.Code(), "carl@example.com")
	w.wantShared("used twice of twice", alice.Code(), false)
	_, err := w.Rewards.Block(w.ctx, w.shop, alice.Code())
	w.must(err)
	w.raiseCeiling(9)
	w.wantShared("she is blocked", alice.Code(), false)
	_, err = w.Rewards.Unblock(w.ctx, w.shop, alice.Code())
	w.must(err)
	w.settle()
	w.wantShared("unblocked", alice.Code(), true)
}

// raiseCeiling puts a version live whose shareable codes may be used for more orders.
func (w *world) raiseCeiling(ceiling int) {
	w.t.Helper()
	w.replace(func(t *referral.Terms) { t.ShareCeiling = ceiling })
}

// replace puts other terms live.
func (w *world) replace(change func(*referral.Terms)) {
	w.t.Helper()
	w.edited(change)
	w.settle()
}

// Shopify makes the code after the block, and after the job that deletes what is blocked.
func TestACodeThatIsBlockedWhileItIsMadeIsDeletedOnceItIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	code := w.joins(aliceID).Code()
	w.meanwhile = func() {
		_, err := w.Rewards.Block(w.ctx, w.shop, code)
		w.must(err)
		w.must(w.run(w.forShop("codes:delete")))
	}
	w.must(w.run(w.forShop("codes:share")))
	w.forget()
	w.settle()
	w.wantShared("blocked", code, false)
}

func TestACeilingIsKeptWhileTheCampaignIsPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 2
	w.live()
	code := w.joined().Code()
	_, err := w.Campaigns.Pause(w.ctx, w.shop, campaign.ID)
	w.must(err)
	for i := range 2 {
		w.wantShared("below the ceiling", code, true)
		w.buys(code, fmt.Sprintf("friend-%d@example.com", i))
	}
	w.wantShared("paused, and used twice of twice", code, false)
}

// The merchant deletes the shareable codes' discount in Shopify, and then puts another version live.
func TestADeletedShareDiscountIsMadeAnewByTheNextVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	code := w.joined().Code()
	w.deleteShareDiscount()
	w.must(w.run(w.forCampaign("campaign:tend", campaign)))
	w.raiseCeiling(9)
	w.wantShared("another version is live", code, true)
	_, err := w.Campaigns.Repair(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.days(2)
	w.settle()
	w.wantShared("and repaired", code, true)
}

// The merchant changes what friends get from an amount to free shipping, and back to money off: Shopify makes
// neither discount the other.
func TestShareableCodesMoveBetweenKindsOfDiscount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	code := w.joined().Code()

	offers := []referral.Offer{{Kind: referral.FreeShipping}, {Kind: referral.PercentOff, RateBP: 1500}}
	for _, offer := range offers {
		w.replace(func(t *referral.Terms) { t.Friend = offer })
		w.wantShared("the friend gets "+string(offer.Kind), code, true)
	}
}

// They are blocked and unblocked while Shopify does not answer: their code was to die as soon as it is
// made, and is to live again.
func TestACodeInTheMakingOutlivesABlockThatWasUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	code := w.joins(aliceID).Code()
	w.tap.arm(1, false)
	if err := w.run(w.forShop("codes:share")); err == nil {
		t.Error("the code was made")
	}
	w.tap.arm(0, false)
	_, err := w.Rewards.Block(w.ctx, w.shop, code)
	w.must(err)
	_, err = w.Rewards.Unblock(w.ctx, w.shop, code)
	w.must(err)
	w.forget()
	w.settle()
	w.wantShared("unblocked", code, true)
}

// A code that was being made when its discount was deleted belongs to the one that was made anew, and is deleted there.
func TestACodeInTheMakingMovesToTheRepairedDiscount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	w.joined()
	w.deleteShareDiscount()
	code := w.joins("gid://shopify/Customer/2").Code()
	_ = w.run(w.forShop("codes:share")) // there is no discount to make it under
	w.forget()
	_, err := w.Campaigns.Repair(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	w.wantShared("repaired", code, true)
	_, err = w.Rewards.Block(w.ctx, w.shop, code)
	w.must(err)
	w.settle()
	w.wantShared("blocked", code, false)
}

// They are blocked after a run has seen that they have no code, and that run dies when it has written one down.
func TestACodeThatWasWrittenDownAfterTheBlockIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.live()
	blocked := w.joins(aliceID)
	code := blocked.Code()
	_, err := w.Rewards.Block(w.ctx, w.shop, code)
	w.must(err)
	c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
	w.must(err)
	w.must(w.kept.AddCodes(w.ctx, w.shop, []referral.Code{{
		Code: code, Discount: c.Discounts[referral.ShareSide], Campaign: codes.PoolKey(c, referral.ShareSide), Side: referral.ShareSide,
		Holder: referral.CodeHolderID(blocked.ID), At: w.now(),
	}}))
	w.forget()
	w.settle()
	w.wantShared("blocked", code, false)
}

// The last order that the ceiling allows becomes known while the code is being made anew under a repaired discount.
func TestACodeThatIsUsedUpWhileItIsMadeAnewIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 1
	w.live()
	code := w.joined().Code()
	w.bought(code, "bob@example.com")
	w.deleteShareDiscount()
	w.must(w.run(w.forCampaign("campaign:tend", campaign)))
	w.meanwhile = func() { w.must(w.run(w.forShop("deliveries:drain"))) }
	_, err := w.Campaigns.Repair(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	w.wantShared("used once of once", code, false)
}
