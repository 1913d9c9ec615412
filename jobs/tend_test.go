package jobs_test

import (
	"strings"
	"testing"
	"time"

	"twofold/codes"
	"twofold/referral"
	"twofold/simulator"
	"twofold/text"
)

func TestWhatTheMerchantChangesOfADiscountIsNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	for _, row := range []struct {
		says   string
		change func(*codes.Discount)
		want   string // "": nothing to notice
	}{
		{"nothing", func(*codes.Discount) {}, ""},
		{"the title, which is hers to choose", func(d *codes.Discount) { d.Title = "Friends" }, ""},
		{"the value", func(d *codes.Discount) { d.Amount = usd("25") }, "value is $25 off, should be $20 off"},
		{"the kind", func(d *codes.Discount) { d.Kind, d.RateBP = referral.PercentOff, 2500 }, "value is 25% off, should be $20 off"},
		{"the minimum", func(d *codes.Discount) { d.Minimum = usd("50") }, "its minimum is $50.00, should be"},
		{"a minimum of items", func(d *codes.Discount) { d.Minimum, d.MinimumItems = usd("0"), 3 }, "minimum is 3 items, should be"},
		{"some products only", func(d *codes.Discount) { d.SomeProducts = true }, "it is for some products only, should be for all products"},
		{"some customers only", func(d *codes.Discount) { d.Customer = "others" }, "it is for some customers only, should be for everybody"},
		{"combinations", func(d *codes.Discount) { d.Combines.Order = true }, "beside it may stand order discounts, should be no other discount"},
		{"the limit", func(d *codes.Discount) { d.UsageLimit = 7 }, "limits are 7 uses"},
		{"a start that is still to come", func(d *codes.Discount) { d.StartsAt = w.now().Add(time.Hour) }, "its start is "},
		{"another start that is over", func(d *codes.Discount) { d.StartsAt = d.StartsAt.Add(-time.Hour) }, ""},
		{"an earlier end", func(d *codes.Discount) { d.EndsAt = w.now().Add(time.Hour) }, "its end is "},
	} {
		w.shown = row.change
		w.must(w.run(w.forCampaign("campaign:tend", campaign)))
		c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
		w.must(err)
		var words []string
		for _, d := range c.Drift {
			words = append(words, text.English.Drift(d))
		}
		got := strings.Join(words, "\n")
		if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: noticed %q, want %q", row.says, got, row.want)
		}
	}
}

// discountEnds tells whether the discount of a side of the first version has ended, or does within a minute.
func (w *world) discountEnds(side referral.Side) bool {
	w.t.Helper()
	c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
	w.must(err)
	d, err := w.Gateway.ReadDiscount(w.ctx, w.shop, c.Discounts[side])
	w.must(err)
	return !d.EndsAt.IsZero() && d.EndsAt.Before(w.now().Add(2*time.Minute))
}

func TestADiscountEndsWithItsLastPromise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live().claim()
	w.must(w.run(w.forCampaign("campaign:go_live", w.edited(friendsGetMore))))
	w.settle()
	if w.discountEnds(referral.FriendSide) {
		t.Error("the friend's discount ends before what it promised")
	}
	w.days(31)
	w.settle()
	if !w.discountEnds(referral.FriendSide) {
		t.Error("the friend's discount goes on without a promise")
	}
	if w.discountEnds(referral.AdvocateSide) {
		t.Error("the advocate's discount ends while her friend's order may still earn a reward")
	}
	w.days(45)
	w.settle()
	if !w.discountEnds(referral.AdvocateSide) {
		t.Error("the advocate's discount goes on without a promise")
	}
}

// What the merchant does to a discount that has ended is of no account; the advocate's of the same version
// goes on, and is compared.
func TestADiscountThatHasEndedIsNotCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	w.days(1)
	w.must(w.run(w.forCampaign("campaign:go_live", w.edited(friendsGetMore))))
	w.settle()
	if !w.discountEnds(referral.FriendSide) || w.discountEnds(referral.AdvocateSide) {
		t.Fatal("want the friend's discount ended, and the advocate's not")
	}

	w.shown = func(d *codes.Discount) { d.Amount = usd("25") }
	w.must(w.run(w.forCampaign("campaign:tend", campaign)))
	c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
	w.must(err)
	if len(c.Drift) != 1 || c.Drift[0].Side != referral.AdvocateSide || c.Drift[0].What != referral.DriftWorth {
		t.Errorf("told %v, want the advocate's value alone", c.Drift)
	}
}

// A version that is over and has promises left is looked after each hour, the one that is live each day.
func TestHowOftenDiscountsAreLookedAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live().claim()
	second := w.edited(friendsGetMore)
	w.must(w.run(w.forCampaign("campaign:go_live", second)))

	for key, pace := range map[referral.CampaignKey]time.Duration{campaign: time.Hour, second: 24 * time.Hour} {
		before := w.now()
		w.must(w.run(w.forCampaign("campaign:tend", key)))
		after := w.now()
		c, err := w.kept.FindCampaign(w.ctx, w.shop, key)
		w.must(err)
		if c.TendAt.Before(before.Add(pace)) || c.TendAt.After(after.Add(pace)) {
			t.Errorf("version %d is looked after again %s later, want %s", key.Version, c.TendAt.Sub(before), pace)
		}
	}
}

func TestNoShareableCodesWhereTheFriendsRewardComesAfterTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling, w.after = 5, true
	w.live().joined()
	discounts, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	if len(discounts) != 2 {
		t.Errorf("%d discounts in the shop, want those of the two sides", len(discounts))
	}
}

// The order was placed under the first version, and is linked when the second is live.
func TestAnOrderIsLinkedUnderTheTermsOfItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	alice := w.joined()
	place := func(email string) simulator.Order {
		o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{Email: email, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}})
		w.must(err)
		return o
	}
	bobs := place("bob@example.com") // in the second in which it went live
	w.days(1)
	w.must(w.run(w.forCampaign("campaign:go_live", w.edited(friendsGetMore))))
	w.settle()
	w.days(1)
	carls := place("carl@example.com")
	_, err := w.Campaigns.End(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	for version, o := range map[int]simulator.Order{1: bobs, 2: carls} {
		if r, err := w.Rewards.LinkOrder(w.ctx, w.shop, o.GID, alice.Code()); err != nil || r.Campaign.Version != version || r.Advocate != alice.ID {
			t.Errorf("%s: version %d, advocate %q, %v; want version %d", o.Name, r.Campaign.Version, r.Advocate, err, version)
		}
	}
}
