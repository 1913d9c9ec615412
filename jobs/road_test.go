package jobs_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"

	"twofold/claims"
	"twofold/fault"
	"twofold/inbox"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
	"twofold/text"
)

// TestTheOrderOfDeliveriesDoesNotMatter plays one history with its webhooks in time, late, twice, in
// reverse, and lost and found.
func TestTheOrderOfDeliveriesDoesNotMatter(t *testing.T) {
	t.Parallel()
	full := simulator.RefundInput{Full: true}
	refund := func(w *world, o simulator.Order) {
		_, err := w.sim.RefundOrder(string(w.shop), o.ID, full)
		w.must(err)
	}
	plays := map[string]func(*world){
		"in time": func(w *world) {
			o := w.order()
			w.deliver("orders/paid", o)
			w.must(w.run(w.forShop("deliveries:drain")))
			refund(w, o)
			w.deliver("refunds/create", o)
		},
		"both late": func(w *world) {
			o := w.order()
			refund(w, o)
			w.deliver("orders/paid", o)
			w.deliver("refunds/create", o)
		},
		"in reverse": func(w *world) {
			o := w.order()
			refund(w, o)
			w.deliver("refunds/create", o)
			w.must(w.run(w.forShop("deliveries:drain")))
			w.deliver("orders/paid", o)
		},
		"the first lost": func(w *world) {
			o := w.order()
			refund(w, o)
			w.deliver("refunds/create", o)
		},
		"both lost, found by the reconcile": func(w *world) { refund(w, w.order()) },
	}
	ends := map[string]string{}
	for says, play := range plays {
		w := newWorld(t)
		w.live()
		play(w)
		w.must(w.run(w.forShop("deliveries:drain")))
		w.forget()
		w.settle()
		w.later()
		w.settle()
		ends[says] = w.outcome()
	}
	for says, end := range ends {
		if diff := cmp.Diff(ends["in time"], end); diff != "" {
			t.Errorf("%s: -in time +here\n%s", says, diff)
		}
	}
}

// outcome is what came of the shop's referrals, without the deliveries that told of them.
func (w *world) outcome() string {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 100)
	w.must(err)
	text := ""
	for _, r := range all {
		text += string(r.State) + " " + string(r.Reason) + " " + r.OrderName + "\n"
		for _, side := range referral.Sides {
			text += "  " + string(side) + " " + string(r.Rewards[side].State) + " " + r.Rewards[side].Amount.String() + "\n"
		}
	}
	return text
}

func TestCodesThatShopifyRefusesAreReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t).install()
	_, err := w.sim.AddFault(simulator.Fault{Kind: simulator.FaultPartialBulk, Shop: string(w.shop), Count: 1, N: 2})
	w.must(err)
	w.setUp().goLive()
	w.must(w.run(w.forCampaign("campaign:go_live", campaign)))
	for _, side := range referral.Sides {
		if free, err := w.kept.CountCodes(w.ctx, w.shop, campaign, side, referral.CodeFree); err != nil || free != poolTarget {
			t.Errorf("%d %s codes free, %v; want %d", free, side, err, poolTarget)
		}
	}
	dead := 0
	for _, side := range referral.Sides {
		n, err := w.kept.CountCodes(w.ctx, w.shop, campaign, side, referral.CodeDead)
		w.must(err)
		dead += n
	}
	if dead != 2 {
		t.Errorf("%d codes dead, want the 2 that were refused", dead)
	}
	discounts, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	for _, d := range discounts {
		if len(d.Codes) != poolTarget+1 { // and its seed
			t.Errorf("%s has %d codes in the shop, want %d", d.Title, len(d.Codes), poolTarget+1)
		}
	}
}

func TestTheFirstOrderFoundByAClaimWithoutItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	code := w.claim()
	known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "bob@example.com"})
	w.must(err)
	claims, err := w.kept.ClaimsOf(w.ctx, w.shop, referral.ClaimQuery{Codes: []string{code}})
	w.must(err)
	w.must(w.kept.TieClaim(w.ctx, w.shop, claims[0].ID, referral.CustomerID(known.GID), w.signed()))
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}})
	w.must(err)
	one := inbox.Delivery{Shop: w.shop, ID: "d1", Topic: "orders/paid", State: inbox.Received, ReceivedAt: time.Now(),
		Nomination: inbox.Nomination{OrderID: o.GID, CustomerID: known.GID}}
	_, err = w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{one})
	w.must(err)
	w.must(w.run(w.forShop("deliveries:drain")))
	r, err := w.kept.FindReferral(w.ctx, w.shop, referral.FriendID(known.GID))
	w.must(err)
	if r.State != referral.Pending || r.Explained.Orders[0].Evidence[0].Kind != referral.EvidenceClaimCustomer || r.Rewards[referral.FriendSide].State != referral.RewardIssued {
		t.Errorf("%s by %+v, friend's reward %s; want it credited by the claim, its code not used", r.State, r.Explained.Orders, r.Rewards[referral.FriendSide].State)
	}
}

// A wallet or a buy-now button leaves the code out. The claim credits the order all the same, and the friend, who had no
// discount, keeps the code, also as another one when it has run out, until it was used.
func TestAClaimWhoseOrderLacksItsCodeGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "bob@example.com"})
	w.must(err)
	alice, bob := w.joined(), referral.CustomerID(known.GID)
	asks := func() (claims.ClaimView, error) {
		return w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: alice.Code(), Customer: bob, Browser: []string{"h1:bob"}, At: w.signed()})
	}
	first, err := asks()
	w.must(err)

	w.must(w.sim.Advance(w.ctx, time.Minute))
	buys := func(codes ...string) {
		w.deliver("orders/paid", w.placed(simulator.OrderInput{
			Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, DiscountCodes: codes,
		}))
		w.must(w.run(w.forShop("deliveries:drain")))
	}
	buys()
	if by := w.creditedTo(); by != alice.ID {
		t.Fatalf("the order is credited to %q, want %s", by, alice.ID)
	}
	again, err := asks()
	w.must(err)
	if again.Claim.Code != first.Claim.Code {
		t.Errorf("asked again, the friend has %q, want %q", again.Claim.Code, first.Claim.Code)
	}

	w.must(w.sim.Advance(w.ctx, 30*24*time.Hour))
	renewed, err := asks()
	w.must(err)
	if code := renewed.Claim.Code; code == "" || code == first.Claim.Code {
		t.Errorf("when it has run out, the friend has %q", code)
	}

	buys(renewed.Claim.Code)
	if _, err := asks(); !fault.Is(err, fault.Conflict) {
		t.Errorf("when the code was used, asking again gives %v, want a conflict", err)
	}
	if r := w.referral(); r.Advocate != alice.ID || r.Rewards[referral.FriendSide].State != referral.RewardRedeemed {
		t.Errorf("in the end the referral is %s's, the friend's reward %s", r.Advocate, r.Rewards[referral.FriendSide].State)
	}
}

// Whom the checkout lets through with our code has bought enough: both ask for what is bought before the code is taken
// off.
func TestWhomTheCheckoutLetsThroughHasBoughtEnough(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		price   string
		applied bool
		state   referral.State
	}{
		{"59.99", true, referral.Pending},
		{"40.00", true, referral.Pending},
		{"39.99", false, referral.Voided},
	} {
		t.Run(tc.price, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).live()
			code := w.claim()
			claims, err := w.kept.ClaimsOf(w.ctx, w.shop, referral.ClaimQuery{Codes: []string{code}})
			w.must(err)
			claim := string(claims[0].ID)
			o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
				Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: tc.price}},
				DiscountCodes: []string{code}, Attributes: map[string]string{referral.ClaimAttribute: claim},
			})
			w.must(err)
			if o.Codes[0].Applied != tc.applied {
				t.Fatalf("the checkout: %+v, want applied %v", o.Codes[0], tc.applied)
			}

			w.must(w.Deliver(w.ctx, w.shop, "paid", "orders/paid", o, claim, ""))
			w.must(w.run(w.forShop("deliveries:drain")))
			r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
			w.must(err)
			if r.State != tc.state || (tc.state == referral.Voided && r.Reason != referral.ReasonBelowMinimum) {
				t.Errorf("%s (%s), want %s", r.State, r.Reason, tc.state)
			}
		})
	}
}

func TestAnUninstallIsProvedNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	told := func(id string, at time.Time) {
		one := inbox.Delivery{Shop: w.shop, ID: id, Topic: "app/uninstalled", State: inbox.Received, ReceivedAt: time.Now(), TriggeredAt: at,
			Nomination: inbox.Nomination{ShopDomain: string(w.shop)}}
		_, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{one})
		w.must(err)
		w.must(w.run(w.forShop("deliveries:drain")))
	}
	status := func() tenant.Status {
		shop, err := w.kept.FindShop(w.ctx, w.shop)
		w.must(err)
		return shop.Status
	}
	if told("forged", w.now()); status() != tenant.Installed {
		t.Fatalf("a delivery made the shop %s though its token works", status())
	}
	w.must(w.sim.Uninstall(string(w.shop)))
	if told("old", w.now().Add(-24*time.Hour)); status() != tenant.Installed {
		t.Errorf("a delivery from before the install made the shop %s", status())
	}
	if told("true", w.now()); status() != tenant.Uninstalled {
		t.Errorf("the shop is %s, want uninstalled", status())
	}
}

func TestWhatCannotBeWorkedOffIsKeptWithItsReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	for id, d := range map[string]inbox.Delivery{
		"no order":    {Topic: "orders/paid"},
		"other shop":  {Topic: "shop/update", Nomination: inbox.Nomination{ShopDomain: "evil.myshopify.com"}},
		"privacy":     {Topic: "customers/redact", Nomination: inbox.Nomination{ShopDomain: string(w.shop)}},
		"discount":    {Topic: "discounts/delete"},
		"nobody's":    {Topic: "orders/paid", Nomination: inbox.Nomination{OrderID: "gid://shopify/Order/1"}},
		"shop update": {Topic: "shop/update", Nomination: inbox.Nomination{ShopDomain: string(w.shop)}},
	} {
		d.Shop, d.ID, d.State, d.ReceivedAt = w.shop, id, inbox.Received, time.Now()
		_, err := w.kept.InsertDeliveries(w.ctx, []inbox.Delivery{d})
		w.must(err)
	}
	w.must(w.run(w.forShop("deliveries:drain")))
	got, err := w.kept.CountDeliveries(w.ctx, w.shop)
	w.must(err)
	want := map[inbox.State]int{inbox.Poisoned: 2, inbox.Waiting: 1, inbox.Done: 3, inbox.Received: 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// One task answers for all that was there when it began, and what comes while it works rings again.
func TestABellIsRungOnceUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	for kind, ring := range map[string]func(*world){
		"deliveries:drain": func(w *world) { w.Bell.Deliveries(w.ctx, w.shop) },
		"codes:share":      func(w *world) { w.Bell.Share(w.ctx, w.shop) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.install()
			queued := func() (n int) {
				_, err := w.TakeTasks(func(task *asynq.Task) error {
					if task.Type() == kind {
						n++
					}
					return nil
				})
				w.must(err)
				return n
			}

			queued()
			for range 100 {
				ring(w)
			}
			if n := queued(); n != 1 {
				t.Errorf("%d tasks for 100 rings, want 1", n)
			}

			w.must(w.run(w.forShop(kind))) // answers the bell
			ring(w)
			w.must(w.run(w.forShop(kind))) // has begun: the queue holds its task until it has ended
			ring(w)
			if n := queued(); n != 2 {
				t.Errorf("%d tasks for a ring before and one after the work began, want 2", n)
			}
		})
	}
}

// TestAFrozenShopWaitsForItsNextVisit: after an uninstall nothing is released and nothing fails; a
// reinstall goes on with it.
func TestAFrozenShopWaitsForItsNextVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	w.must(w.sim.Uninstall(string(w.shop)))
	w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, w.now()))
	w.later()
	w.settle()
	w.must(w.run(w.forShop("rewards:release")))
	w.must(w.run(w.forFriend("reward:issue", w.friend())))
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	if r.State != referral.Pending {
		t.Fatalf("the referral of an uninstalled shop is %s", r.State)
	}
	_ = w.sim.Install(w.ctx, string(w.shop)) // no app listens here; the grant is what counts
	w.must(w.Exchange(w.ctx, w.sim, w.shop))
	w.settle()
	r, err = w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	if r.Rewards[referral.AdvocateSide].State != referral.RewardIssued {
		t.Errorf("after the reinstall the reward is %s, want issued", r.Rewards[referral.AdvocateSide].State)
	}
}

// TestAnOrderThatShopifyNoLongerShowsIsNotRewarded: it cannot prove itself, so the merchant decides.
func TestAnOrderThatShopifyNoLongerShowsIsNotRewarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	for range 3 { // the app sees orders of 60 days
		w.must(w.sim.Advance(w.ctx, 25*24*time.Hour))
	}
	w.must(w.run(w.forShop("rewards:release")))
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	if r.State != referral.Flagged || r.Reason != referral.ReasonGone {
		t.Errorf("%s (%s), want flagged: the order is gone", r.State, r.Reason)
	}
}

// TestAChangeOfTheShopIsFoundWithoutItsWebhook: the hourly job asks again when the kept profile is a day old.
// A block that no decision has seen yet, as one that was loaded before it is written after it, is seen by the release.
func TestABlockThatWasMissedIsSeenByTheRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	r, err := w.kept.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	w.must(w.kept.SetAdvocateState(w.ctx, w.shop, r.Advocate, referral.AdvocateBlocked, w.now()))
	w.later()
	w.must(w.run(w.forShop("rewards:release")))
	if r, err = w.kept.FindReferral(w.ctx, w.shop, w.friend()); err != nil || r.State != referral.Voided || r.Reason != referral.ReasonBlocked {
		t.Errorf("referral is %s (%s), error %v; want voided as the advocate is blocked", r.State, r.Reason, err)
	}
}

func TestAChangeOfTheShopIsFoundWithoutItsWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t).live()
	profileAt := func() time.Time {
		shop, err := w.kept.FindShop(w.ctx, w.shop)
		w.must(err)
		return shop.ProfileAt
	}
	first := profileAt()
	w.must(w.run(w.forShop("orders:reconcile")))
	if !profileAt().Equal(first) {
		t.Error("a fresh profile was asked for again")
	}
	w.later()
	w.must(w.run(w.forShop("orders:reconcile")))
	if !profileAt().After(first) {
		t.Error("a profile of yesterday was not asked for again")
	}
}

// The merchant names a wrong customer, and then the right one; once a reward was released it is too late.
func TestAWrongCustomerIsCorrectedUntilTheRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.live().claim()
	nobody := false
	o, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Customer: &nobody, Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}}, ForcedDiscounts: []simulator.ForcedDiscount{{Code: code, Amount: "20.00"}},
	})
	w.must(err)
	w.deliver("orders/paid", o)
	w.settle()
	customers := map[string]referral.CustomerID{}
	for _, name := range []string{"carl", "dora"} {
		made, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: name + "@example.com"})
		w.must(err)
		customers[name] = referral.CustomerID(made.GID)
	}
	stands := func(name string, want referral.State) {
		t.Helper()
		r, err := w.kept.FindReferral(w.ctx, w.shop, referral.FriendOf(customers[name], false))
		w.must(err)
		if r.State != want {
			t.Errorf("%s's referral is %s, want %s", name, r.State, want)
		}
	}
	attach := func(name string) error {
		_, err := w.Rewards.Attach(w.ctx, w.shop, o.GID, string(customers[name]))
		w.settle()
		return err
	}
	w.must(attach("carl"))
	stands("carl", referral.Pending)
	w.must(attach("dora"))
	stands("carl", referral.None)
	stands("dora", referral.Pending)
	w.days(2)
	w.settle()
	stands("dora", referral.Approved)
	if err := attach("carl"); !fault.Is(err, fault.Conflict) {
		t.Errorf("attached to another after the release: %v", err)
	}
	stands("dora", referral.Approved)
}

// Why going live is stuck is told with what it lacks, until it is live.
func TestAStuckCampaignSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.install().setUp().goLive()
	problem := func() string {
		t.Helper()
		c, err := w.kept.FindCampaign(w.ctx, w.shop, campaign)
		w.must(err)
		return text.English.Problem(c.Problem)
	}

	w.must(w.sim.SetScopes(string(w.shop), []string{"read_customers", "read_orders", "read_discounts"}))
	if err := w.run(w.forCampaign("campaign:go_live", campaign)); err == nil {
		t.Fatal("went live without write_discounts")
	}
	if got, want := problem(), "The shop has not granted the access scope write_discounts."; got != want {
		t.Errorf("stuck: %q, want %q", got, want)
	}

	w.must(w.sim.SetScopes(string(w.shop), []string{"read_customers", "read_orders", "write_discounts"}))
	w.must(w.run(w.forCampaign("campaign:go_live", campaign)))
	if got := problem(); got != "" {
		t.Errorf("live, and still stuck: %q", got)
	}
}
