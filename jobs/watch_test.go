package jobs_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"twofold/inbox"
	"twofold/referral"
	"twofold/simulator"
)

// holding finds the discount in Shopify that a code opens.
func (w *world) holding(code string) (simulator.Discount, bool) {
	w.t.Helper()
	all, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	i := slices.IndexFunc(all, func(d simulator.Discount) bool {
		return slices.ContainsFunc(d.Codes, func(c simulator.Code) bool { return strings.EqualFold(c.Code, code) })
	})
	if i < 0 {
		return simulator.Discount{}, false
	}
	return all[i], true
}

// losesCode has the merchant delete a code in Shopify.
func (w *world) losesCode(code string) {
	w.t.Helper()
	d, there := w.holding(code)
	if !there {
		w.t.Fatalf("%s is not in the shop", code)
	}
	w.must(w.sim.DeleteCode(string(w.shop), d.ID, code))
}

// told saves that a discount was changed, as the intake would.
func (w *world) told(topic string, side referral.Side) {
	w.t.Helper()
	id := w.campaign().Discounts[side]
	_, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{{
		Shop: w.shop, ID: topic + strconv.Itoa(len(w.log.String())), Topic: topic, ReceivedAt: time.Now(), State: inbox.Received,
		Nomination: inbox.Nomination{DiscountID: string(id)},
	}})
	w.must(err)
}

// campaign reads the first version.
func (w *world) campaign() referral.Campaign {
	w.t.Helper()
	c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
	w.must(err)
	return c
}

// oneFree is a code that nobody has yet.
func (w *world) oneFree(side referral.Side) string {
	w.t.Helper()
	given, err := w.kept.GivenCodes(w.ctx, w.shop, campaign, side)
	w.must(err)
	free, err := w.kept.FindCodes(w.ctx, w.shop, given)
	w.must(err)
	i := slices.IndexFunc(free, func(c referral.Code) bool { return c.State == referral.CodeFree })
	return free[i].Code
}

// What was promised, or may be tomorrow, is there again: when Shopify tells of a change at once, else by the next look.
func TestALostCodeIsMadeAnew(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says  string
		which func(*world) string
		play  func(*world)
	}{
		{"a friend's, as Shopify tells of a change", (*world).claim, func(w *world) {
			w.told("discounts/update", referral.FriendSide)
			w.settle()
		}},
		{"a friend's, as Shopify tells of it", (*world).claim, func(w *world) {
			_, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{{
				Shop: w.shop, ID: "removed", Topic: "discounts/redeemcode_removed", ReceivedAt: time.Now(), State: inbox.Received,
				Nomination: inbox.Nomination{DiscountID: string(w.campaign().Discounts[referral.FriendSide]), Codes: []string{w.claim()}},
			}})
			w.must(err)
			w.must(w.run(w.forShop("deliveries:drain")))
		}},
		{"a friend's, by the daily look", (*world).claim, func(w *world) { w.days(1); w.settle() }},
		{"one that nobody has yet, by the weekly look", func(w *world) string { return w.oneFree(referral.AdvocateSide) }, func(w *world) {
			w.must(w.run(w.forCampaign("codes:watch", campaign)))
		}},
		{"an advocate's shareable one", func(w *world) string {
			w.claim()
			w.must(w.run(w.forShop("codes:share")))
			return w.aliceCode()
		}, func(w *world) { w.must(w.run(w.forCampaign("codes:watch", campaign))) }},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.ceiling = 5
			w.live()
			code := row.which(w)
			before, _ := w.holding(code)
			was, err := w.kept.FindCodes(w.ctx, w.shop, []string{code})
			w.must(err)
			w.losesCode(code)

			row.play(w)
			if after, there := w.holding(code); !there || after.GID != before.GID {
				t.Errorf("it is there: %v, under %q, want it under %q", there, after.GID, before.GID)
			}
			is, err := w.kept.FindCodes(w.ctx, w.shop, []string{code})
			w.must(err)
			if is[0].State != was[0].State || is[0].Holder != was[0].Holder || !is[0].EndsAt.Equal(was[0].EndsAt) {
				t.Errorf("it is %+v, want %+v", is[0], was[0])
			}
			if n := w.campaign().Remade; n != 1 {
				t.Errorf("%d made anew, want one", n)
			}
		})
	}
}

// A code that was used is done with: made anew it would be a discount too many.
func TestAUsedCodeIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.live().order()
	w.deliver("orders/paid", o)
	w.settle()
	w.losesCode(o.DiscountCodes[0])

	w.must(w.run(w.forCampaign("codes:watch", campaign)))
	w.settle()
	if _, there := w.holding(o.DiscountCodes[0]); there || w.campaign().Remade != 0 {
		t.Error("a used code was made anew")
	}
	if given, err := w.kept.GivenCodes(w.ctx, w.shop, campaign, referral.FriendSide); err != nil || slices.Contains(given, o.DiscountCodes[0]) {
		t.Errorf("it is looked for again (%v)", err)
	}
}

// Whoever deletes a discount as a whole means it: that is shown, and repaired when the merchant says so.
func TestADeletedDiscountIsLeftToTheMerchant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.live().claim()
	d, _ := w.holding(code)
	w.must(w.sim.DeleteDiscount(string(w.shop), d.ID))

	w.must(w.run(w.forCampaign("codes:watch", campaign)))
	if _, there := w.holding(code); there {
		t.Error("the code is there again")
	}
	if w.campaign().WatchAt.Before(w.now().Add(6 * 24 * time.Hour)) {
		t.Error("it is looked for again at once")
	}
}

// What was made anew is told of for 30 days.
func TestWhatWasMadeAnewIsToldForAMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	w.losesCode(w.oneFree(referral.FriendSide))
	w.must(w.run(w.forCampaign("codes:watch", campaign)))
	for _, row := range []struct{ days, want int }{{29, 1}, {2, 0}} {
		w.days(row.days)
		w.must(w.run(w.forCampaign("codes:watch", campaign)))
		if n := w.campaign().Remade; n != row.want {
			t.Errorf("after %d more days %d, want %d", row.days, n, row.want)
		}
	}
}

// A version that is live is compared each week, one without discounts never.
func TestHowOftenCodesAreCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	w.settle()
	first := w.campaign().WatchAt
	if want := w.now().Add(7 * 24 * time.Hour); first.After(want) || first.Before(want.Add(-time.Hour)) {
		t.Errorf("first at %s, want %s", first, want)
	}

	w.days(7)
	w.settle()
	if second := w.campaign().WatchAt; second.Sub(first).Round(time.Hour) != 7*24*time.Hour {
		t.Errorf("then at %s, after %s", second, first)
	}
}
