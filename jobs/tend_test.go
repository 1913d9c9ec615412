package jobs_test

import (
	"strings"
	"testing"
	"time"

	"twofold/jobs"
	"twofold/referral"
	"twofold/simulator"
)

func TestWhatTheMerchantChangesOfADiscountIsNoticed(t *testing.T) {
	w := newWorld(t)
	w.live()
	for _, row := range []struct {
		says   string
		change func(*referral.Discount)
		want   string // "": nothing to notice
	}{
		{"nothing", func(*referral.Discount) {}, ""},
		{"the title, which is hers to choose", func(d *referral.Discount) { d.Title = "Friends" }, ""},
		{"the value", func(d *referral.Discount) { d.Amount = usd("25") }, "value is $25 off, should be $20 off"},
		{"the kind", func(d *referral.Discount) { d.Kind, d.RateBP = referral.PercentOff, 2500 }, "value is 25% off, should be $20 off"},
		{"the minimum", func(d *referral.Discount) { d.Minimum = usd("50") }, "minimum is 50.00 USD, should be"},
		{"a minimum of items", func(d *referral.Discount) { d.Minimum, d.MinimumItems = usd("0"), 3 }, "minimum is 3 items, should be"},
		{"some products only", func(d *referral.Discount) { d.SomeProducts = true }, "products are some only, should be all"},
		{"some customers only", func(d *referral.Discount) { d.Customer = "others" }, "buyers are some customers only, should be everybody"},
		{"combinations", func(d *referral.Discount) { d.Combines.Order = true }, "combinations are order discounts, should be no other discount"},
		{"the limit", func(d *referral.Discount) { d.UsageLimit = 7 }, "limits are usage limit 7"},
		{"a start that is still to come", func(d *referral.Discount) { d.StartsAt = now().Add(time.Hour) }, "start is 20"},
		{"another start that is over", func(d *referral.Discount) { d.StartsAt = d.StartsAt.Add(-time.Hour) }, ""},
		{"an earlier end", func(d *referral.Discount) { d.EndsAt = now().Add(time.Hour) }, "dates are 20"},
	} {
		w.shown = row.change
		w.must(w.run(jobs.NewTend(w.shop, campaign)))
		c, err := servers.store.FindCampaign(w.ctx, w.shop, campaign)
		w.must(err)
		var words []string
		for _, d := range c.Drift {
			words = append(words, d.Words())
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
	c, err := servers.store.FindCampaign(w.ctx, w.shop, campaign)
	w.must(err)
	d, err := w.Gateway.ReadDiscount(w.ctx, w.shop, c.Discounts[side])
	w.must(err)
	return !d.EndsAt.IsZero() && d.EndsAt.Before(now().Add(2*time.Minute))
}

func TestADiscountEndsWithItsLastPromise(t *testing.T) {
	w := newWorld(t)
	w.live().claim()
	w.must(w.run(jobs.NewGoLive(w.shop, w.edited())))
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

func TestNoShareableCodesWhereTheFriendsRewardComesAfterTheOrder(t *testing.T) {
	w := newWorld(t)
	w.ceiling, w.after = 5, true
	w.live().joined()
	discounts, err := servers.sim.Discounts(string(w.shop))
	w.must(err)
	if len(discounts) != 2 {
		t.Errorf("%d discounts in the shop, want those of the two sides", len(discounts))
	}
}

// The order was placed under the first version, and is linked when the second is live.
func TestAnOrderIsLinkedUnderTheTermsOfItsTime(t *testing.T) {
	w := newWorld(t)
	w.live()
	alice := w.joined()
	place := func(email string) simulator.Order {
		o, err := servers.sim.PlaceOrder(string(w.shop), simulator.OrderInput{Email: email, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}})
		w.must(err)
		return o
	}
	bobs := place("bob@example.com") // in the second in which it went live
	w.days(1)
	w.must(w.run(jobs.NewGoLive(w.shop, w.edited())))
	w.settle()
	w.days(1)
	carls := place("carl@example.com")
	_, err := w.Service.End(w.ctx, w.shop, campaign.ID)
	w.must(err)
	w.settle()
	for version, o := range map[int]simulator.Order{1: bobs, 2: carls} {
		if r, err := w.Service.LinkOrder(w.ctx, w.shop, o.GID, alice.Code()); err != nil || r.Campaign.Version != version || r.Advocate != alice.ID {
			t.Errorf("%s: version %d, advocate %q, %v; want version %d", o.Name, r.Campaign.Version, r.Advocate, err, version)
		}
	}
}
