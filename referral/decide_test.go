package referral_test

import (
	"slices"
	"testing"
	"time"

	"twofold/fault"
	"twofold/money"
	. "twofold/referral"
)

func TestReleaseAt(t *testing.T) {
	for _, c := range []struct {
		says string
		paid time.Time
		hold int
		want time.Time
	}{
		{"paid at once", bought, 14, bought.Add(14 * day)},
		{"paid later counts from then", bought.Add(3 * day), 14, bought.Add(17 * day)},
		{"paid before it was processed counts from processing", noon, 14, bought.Add(14 * day)},
		{"no payment known", time.Time{}, 14, bought.Add(14 * day)},
		{"no hold", bought, 0, bought},
		{"the longest hold", bought, 45, bought.Add(45 * day)},
	} {
		if got := ReleaseAt(bought, c.paid, c.hold); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", c.says, got, c.want)
		}
	}
}

func TestPaidAtIsTheLastSuccessfulPayment(t *testing.T) {
	o := Order{Transactions: []Transaction{
		{"AUTHORIZATION", "SUCCESS", noon.Add(9 * day), usd("80")}, {"SALE", "FAILURE", noon.Add(8 * day), usd("80")},
		{"CAPTURE", "SUCCESS", noon.Add(2 * day), usd("40")}, {"SALE", "SUCCESS", noon.Add(day), usd("40")}, {"REFUND", "SUCCESS", noon.Add(7 * day), usd("80")},
	}}
	if got := o.PaidAt(); !got.Equal(noon.Add(2 * day)) {
		t.Errorf("paid at %v, want the capture's time", got)
	}
	if !(Order{}).PaidAt().IsZero() {
		t.Error("an order without transactions was never paid")
	}
}

func TestWhatStandsOfAnAdvocatesOrders(t *testing.T) {
	t.Parallel()
	paid := VisibleOrder{ID: orderID(1), Paid: true, ProcessedAt: bought}
	changed := func(change func(*VisibleOrder)) VisibleOrder {
		v := paid
		change(&v)
		return v
	}
	cancelled := changed(func(v *VisibleOrder) { v.CancelledAt = bought })

	for _, row := range []struct {
		says    string
		history CustomerOrders
		want    bool
	}{
		{"nothing", CustomerOrders{Complete: true}, false},
		{"a paid order", CustomerOrders{Total: 1, Complete: true, Visible: []VisibleOrder{paid}}, true},
		{"an unpaid one", CustomerOrders{Total: 1, Complete: true, Visible: []VisibleOrder{changed(func(v *VisibleOrder) { v.Paid = false })}}, false},
		{"a cancelled one", CustomerOrders{Total: 1, Complete: true, Visible: []VisibleOrder{cancelled}}, false},
		{"a refunded one", CustomerOrders{Total: 1, Complete: true, Visible: []VisibleOrder{changed(func(v *VisibleOrder) { v.RefundedAt = bought })}}, false},
		{"a test order", CustomerOrders{Complete: true, Visible: []VisibleOrder{changed(func(v *VisibleOrder) { v.Test = true })}}, false},
		{"a cancelled one, and one too old to be shown", CustomerOrders{Total: 2, Complete: true, Visible: []VisibleOrder{cancelled}}, true},
		{"a cancelled one, and more that were not read", CustomerOrders{Total: 2, Visible: []VisibleOrder{cancelled}}, false},
	} {
		if got := row.history.Stands(); got != row.want {
			t.Errorf("%s: stands %v, want %v", row.says, got, row.want)
		}
	}

	for says, change := range map[string]func(*Order){
		"nothing was received": func(o *Order) { o.Received, o.Transactions = usd("0"), nil }, "a test": func(o *Order) { o.Test = true },
		"unpaid": func(o *Order) { o.Status = StatusPending }, "cancelled": func(o *Order) { o.CancelledAt = bought },
		"refunded": func(o *Order) { o.Refunded = o.Received },
	} {
		o := bobsOrder()
		if !o.Stands() {
			t.Fatal("a paid order does not stand")
		}
		if change(&o); o.Stands() {
			t.Errorf("an order stands: %s", says)
		}
	}
}

func TestPriorOrders(t *testing.T) {
	o := bobsOrder()
	visible := func(id OrderID, at time.Time) VisibleOrder { return VisibleOrder{ID: id, ProcessedAt: at} }
	this := visible(o.ID, o.ProcessedAt)
	earlier := visible("gid://shopify/Order/900", noon.Add(-day))
	later := visible("gid://shopify/Order/1002", bought.Add(day))
	undone := earlier
	undone.CancelledAt = noon.Add(-time.Hour)
	undoneLate := earlier
	undoneLate.CancelledAt = bought
	refunded := earlier
	refunded.RefundedAt = noon
	free, freeUndone := earlier, earlier
	free.Free, freeUndone.Free, freeUndone.CancelledAt = true, true, bought.Add(day)
	test, testSince := earlier, later
	test.Test, testSince.Test = true, true
	for _, c := range []struct {
		says    string
		journey Journey
		history CustomerOrders
		prior   int
		known   bool
	}{
		{"first and only", Journey{}, CustomerOrders{Total: 1, Visible: []VisibleOrder{this}, Complete: true}, 0, true},
		{"a later one does not count", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{this, later}, Complete: true}, 0, true},
		{"one before", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{earlier, this}, Complete: true}, 1, true},
		{"one before the install, not visible", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{this}, Complete: true}, 1, true},
		{"one before, cancelled in time", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{undone, this}, Complete: true}, 0, true},
		{"one before, cancelled on the instant of this order", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{undoneLate, this}, Complete: true}, 1, true},
		{"one before, refunded in full", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{refunded, this}, Complete: true}, 0, true},
		{"one before, for which there was nothing to pay", Journey{}, CustomerOrders{Total: 2, Visible: []VisibleOrder{free, this}, Complete: true}, 0, true},
		{"the index says second, the first was free", Journey{Ready: true, Index: 2}, CustomerOrders{Total: 2, Visible: []VisibleOrder{free, this}, Complete: true}, 0, true},
		{"the same, cancelled since", Journey{Ready: true, Index: 2}, CustomerOrders{Total: 2, Visible: []VisibleOrder{freeUndone, this}, Complete: true}, 0, true},
		{"the index says second", Journey{Ready: true, Index: 2}, CustomerOrders{Total: 2, Visible: []VisibleOrder{earlier, this}, Complete: true}, 1, true},
		{"the index says second, the first was cancelled", Journey{Ready: true, Index: 2}, CustomerOrders{Total: 2, Visible: []VisibleOrder{undone, this}, Complete: true}, 0, true},
		{"a test order before is not in the index", Journey{Ready: true, Index: 1}, CustomerOrders{Total: 1, Visible: []VisibleOrder{test, this}, Complete: true}, 0, true},
		{"a test order since then does not stand for one before the install", Journey{},
			CustomerOrders{Total: 2, Visible: []VisibleOrder{this, testSince}, Complete: true}, 1, true},
		{"an index that is not ready is no answer", Journey{Index: 1}, CustomerOrders{Total: 2, Visible: []VisibleOrder{earlier, this}, Complete: true}, 1, true},
		{"more orders than can be seen", Journey{}, CustomerOrders{Total: 90, Visible: []VisibleOrder{this}}, 89, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			o.Journey = c.journey
			n, known := PriorOrders(o, c.history)
			if n.Prior != c.prior || known != c.known {
				t.Errorf("prior %d, known %v; want %d, %v", n.Prior, known, c.prior, c.known)
			}
		})
	}
}

func TestTouchesAreOnlyEverAdded(t *testing.T) {
	touches := []Touch{{"adv_zoe", 1, noon}, {"adv_alice", 1, noon.Add(time.Hour)}}
	for _, c := range []struct {
		says string
		t    Touch
		want int
	}{
		{"the same link within a day", Touch{"adv_alice", 1, noon.Add(2 * time.Hour)}, 2},
		{"the same link on the same instant", Touch{"adv_alice", 1, noon.Add(time.Hour)}, 2},
		{"the same link a day later", Touch{"adv_alice", 1, noon.Add(25 * time.Hour)}, 3},
		{"another's link", Touch{"adv_zoe", 1, noon.Add(2 * time.Hour)}, 3},
		{"a visit told late, between the two", Touch{"adv_bea", 1, noon.Add(time.Minute)}, 3},
	} {
		got := AddTouch(touches, c.t)
		if len(got) != c.want || !slices.Contains(got, touches[0]) || !slices.Contains(got, touches[1]) || !slices.IsSortedFunc(got, func(a, b Touch) int { return a.At.Compare(b.At) }) {
			t.Errorf("%s: %v", c.says, got)
		}
	}
	full := make([]Touch, MaxTouches)
	for i := range full {
		full[i] = Touch{"adv_zoe", 1, noon.Add(time.Duration(i) * day)}
	}
	if got := AddTouch(full, Touch{"adv_alice", 1, noon.Add(1000 * day)}); !slices.Equal(got, full) {
		t.Error("a full claim changed")
	}
}

func TestARewardIsReleasedOnlyWhenRipe(t *testing.T) {
	t.Parallel()
	releaseAt := bought.Add(14 * day)
	for _, c := range []struct {
		says   string
		change func(*scene)
		before time.Time
		want   bool
	}{
		{"on the instant", (*scene).Decide, releaseAt, true},
		{"the instant before", (*scene).Decide, releaseAt.Add(-time.Millisecond), false},
		{"long after", (*scene).Decide, releaseAt.Add(100 * day), true},
		{"facts moved since it was decided", func(w *scene) { w.Decide(); w.Referral.FactsRev++ }, releaseAt, false},
		{"flagged", func(w *scene) { w.Claim().Keys = []string{BrowserKey("b1")}; w.Decide() }, releaseAt, false},
		{"unpaid", func(w *scene) { w.Order().Status = StatusPending; w.Decide() }, releaseAt, false},
		{"whether she is new is still asked", func(w *scene) { w.Order().Journey = Journey{}; w.Decide() }, releaseAt, false},
		{"her history was not looked at yet", func(w *scene) { w.Facts.HistoryAt = time.Time{}; w.Decide() }, releaseAt, false},
		{"released already", func(w *scene) { w.Release() }, releaseAt, false},
		{"paid three days later, on the instant by the order", func(w *scene) { w.Order().Transactions[0].At = bought.Add(3 * day); w.Decide() }, releaseAt, false},
		{"paid three days later, on the instant by the payment", func(w *scene) { w.Order().Transactions[0].At = bought.Add(3 * day); w.Decide() }, releaseAt.Add(3 * day), true},
		{"a test order, an instant before it was bought", func(w *scene) { w.Test(); w.Decide() }, bought.Add(-time.Millisecond), false},
		{"a test order, on the instant it was bought", func(w *scene) { w.Test(); w.Decide() }, bought, true},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			if got := Ripe(w.Stored(), c.before); got != c.want {
				t.Errorf("ripe %v, want %v", got, c.want)
			}
		})
	}
}

// heldBefore names the holder of the advocate's reward under another release than the one that stands.
func heldBefore(change func(*Release)) func(Referral) CodeHolderID {
	return func(r Referral) CodeHolderID {
		release := *r.Release
		change(&release)
		r.Release = &release
		return r.Holder(AdvocateSide)
	}
}

// What is issued must be what is still to be issued: nothing may have moved, and nobody may have been faster.
func TestAnIssueIsNotedOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says   string
		change func(*scene)
		holder func(Referral) CodeHolderID
		want   bool
	}{
		{"approved", func(w *scene) { w.Release() }, func(r Referral) CodeHolderID { return r.Holder(AdvocateSide) }, true},
		{"pending", (*scene).Decide, func(r Referral) CodeHolderID { return r.Holder(AdvocateSide) }, false},
		{"facts moved since", func(w *scene) { w.Release(); w.Referral.FactsRev++ }, func(r Referral) CodeHolderID { return r.Holder(AdvocateSide) }, false},
		{"issued already", func(w *scene) { w.Issued() }, func(r Referral) CodeHolderID { return r.Holder(AdvocateSide) }, false},
		{"the first code's holder, when another is due", func(w *scene) { w.Issued(); w.Reissue(hersCode); w.Decide() },
			func(r Referral) CodeHolderID { r.Issues = nil; return r.Holder(AdvocateSide) }, false},
		{"the second code's holder, when another is due", func(w *scene) { w.Issued(); w.Reissue(hersCode); w.Decide() },
			func(r Referral) CodeHolderID { return r.Holder(AdvocateSide) }, true},
		{"the holder of a release that was undone since", func(w *scene) { w.Release() }, heldBefore(func(r *Release) { r.Order = orderID(5) }), false},
		{"the holder of a release for another advocate", func(w *scene) { w.Release() }, heldBefore(func(r *Release) { r.Advocate = "adv_zoe" }), false},
		{"the holder of a code of another worth", func(w *scene) { w.Personal(); w.Release() }, func(r Referral) CodeHolderID {
			reward := r.Rewards[AdvocateSide]
			reward.Due = usd("8")
			r.Rewards = map[Side]Reward{AdvocateSide: reward}
			return r.Holder(AdvocateSide)
		}, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			before := len(w.Facts.Issues)
			noted := AddIssue(w.Stored(), &w.Facts, Issue{Side: AdvocateSide, Code: "NEW"}, c.holder(w.Stored()))
			if noted != c.want || (len(w.Facts.Issues) > before) != c.want {
				t.Errorf("noted %v (%d codes, were %d), want %v", noted, len(w.Facts.Issues), before, c.want)
			}
		})
	}
}

func TestNetAddsUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		net  string
		adj  []Adjustment
	}{
		{"no adjustment", "80.00 USD", nil},
		{"no reason named", "75.00 USD", []Adjustment{{"", usd("-5")}}},
		{"customer", "75.00 USD", []Adjustment{{"CUSTOMER", usd("-5")}}},
		{"damage", "75.00 USD", []Adjustment{{"DAMAGE", usd("-5")}}},
		{"restock: less was paid back than the lines gave", "85.00 USD", []Adjustment{{"RESTOCK", usd("5")}}},
		{"refund discrepancy", "75.00 USD", []Adjustment{{"REFUND_DISCREPANCY", usd("-5")}}},
		{"full return balancing", "75.00 USD", []Adjustment{{"FULL_RETURN_BALANCING_ADJUSTMENT", usd("-5")}}},
		{"a refund that is pending", "80.00 USD", []Adjustment{{"PENDING_REFUND_DISCREPANCY", usd("-5")}}},
		{"a reason that Shopify adds later", "80.00 USD", []Adjustment{{"NEW_ONE", usd("-5")}}},
		{"several", "72.50 USD", []Adjustment{{"CUSTOMER", usd("-5")}, {"DAMAGE", usd("-2.50")}, {"PENDING_REFUND_DISCREPANCY", usd("-9")}}},
		{"to nothing", "0.00 USD", []Adjustment{{"CUSTOMER", usd("-80")}}},
		{"never below nothing", "0.00 USD", []Adjustment{{"CUSTOMER", usd("-80.01")}}},
	} {
		o := bobsOrder()
		o.Refunds = []Refund{{ID: "r1", Adjustments: c.adj}}
		if net, err := o.Net(); err != nil || net.String() != c.net {
			t.Errorf("%s: %s, %v; want %s", c.says, net, err, c.net)
		}
	}
	o := bobsOrder()
	o.Refunds = []Refund{{ID: "r1", Adjustments: []Adjustment{{"CUSTOMER", money.MustParse("-5", "EUR")}}}}
	if _, err := o.Net(); !fault.Is(err, fault.Internal) {
		t.Errorf("two currencies in one order: %v, want Internal", err)
	}
	if _, _, err := Decide(bobsFacts(o)); !fault.Is(err, fault.Internal) {
		t.Errorf("deciding on two currencies in one order: %v, want Internal", err)
	}
}

func TestWhereAnOrderCameFrom(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Source{
		"web": SourceWeb, "": SourceWeb, "pos": SourcePOS, "shopify_draft_order": SourceDraft, "subscription_contract": SourceSubscription,
		"subscription_contract_checkout_one": SourceSubscription, "580111": SourceOther, "WEB": SourceOther, "iphone": SourceOther,
	} {
		if got := (Order{Source: name}).From(); got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

func TestTheWindowToTheMillisecond(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		says string
		at   time.Time
		days int
		want bool
	}{
		{"an instant before the touch", noon.Add(-time.Millisecond), 30, false},
		{"on the touch", noon, 30, true},
		{"the last instant", noon.Add(30*day - time.Millisecond), 30, true},
		{"on the instant it is over", noon.Add(30 * day), 30, false},
		{"a day: the last instant", noon.Add(day - time.Millisecond), 1, true},
		{"a day: over", noon.Add(day), 1, false},
		{"the longest: the last instant", noon.Add(365*day - time.Millisecond), 365, true},
		{"the longest: over", noon.Add(365 * day), 365, false},
		{"no window at all", noon, 0, false},
	} {
		if got := InWindow(noon, c.at, c.days); got != c.want {
			t.Errorf("%s: %v, want %v", c.says, got, c.want)
		}
	}
}

// The answer must not depend on what else was known when it was asked for.
func TestNewnessIsAskedWhateverElseDecides(t *testing.T) {
	t.Parallel()
	o := bobsOrder()
	o.CurrentSubtotal, o.Journey = usd("1"), Journey{}
	f := bobsFacts(o)
	f.Newness = nil
	r := decide(t, f)
	if r.State != Voided || r.Reason != ReasonBelowMinimum || !slices.Contains(r.Work, WorkNewness) {
		t.Errorf("%s, %s, work %v; want it voided, and newness asked", r.State, r.Reason, r.Work)
	}
	f.Newness = map[OrderID]Newness{o.ID: {}}
	if r := decide(t, f); slices.Contains(r.Work, WorkNewness) {
		t.Errorf("newness is known, and asked again: work %v", r.Work)
	}
}

// F7: a reward whose discount Shopify refuses stays approved and is given no more by itself, until the merchant asks
// for it. What was refused is one code: if another is due, it is given.
func TestARefusedRewardWaitsForTheMerchant(t *testing.T) {
	t.Parallel()
	w := newScene(t)
	w.Personal()
	w.Release()
	refused := bought.Add(14 * day)
	if !AddRefusal(w.Stored(), &w.Facts, AdvocateSide, Refusal{w.Referral.Holder(AdvocateSide), refused}) {
		t.Fatal("the refusal was not noted")
	}
	stands := func(when string, reason Reason, work ...Work) {
		t.Helper()
		w.Decide()
		reward := w.Referral.Rewards[AdvocateSide]
		if reward.State != RewardApproved || reward.Reason != reason || !slices.Equal(w.Referral.Work, work) {
			t.Errorf("%s: %s (%s), work %v; want approved (%s), %v", when, reward.State, reward.Reason, w.Referral.Work, reason, work)
		}
	}
	stands("refused", ReasonRefused)
	if AddIssue(w.Stored(), &w.Facts, Issue{Side: AdvocateSide}, w.Referral.Holder(AdvocateSide)) {
		t.Error("a refused code was noted as given")
	}

	another := *w.Facts.Release
	another.Worth = usd("15")
	released := w.Facts.Release
	w.Facts.Release = &another
	stands("another code is due", ReasonNone, WorkIssue)

	w.Facts.Release = released
	stands("the same again", ReasonRefused)
	w.Act(Act{Kind: ActRetry, At: refused.Add(day), Order: w.Order().ID})
	stands("asked to try again", ReasonNone, WorkIssue)
}

// What was released and issued says for itself which order it was for and under whose terms: nothing that was concluded
// before is asked.
func TestAReleaseWhoseOrderIsLostStillNamesIt(t *testing.T) {
	t.Parallel()
	w := newScene(t)
	w.AfterOrder()
	w.Issued()
	w.Issue(FriendSide, "FFFF-GGGG-HHHH")
	w.Replaced(bought.Add(day), func(terms *Terms) { terms.Friend.Amount = usd("5") })
	w.Facts.Orders = nil

	_, r, err := Decide(w.Facts)
	if err != nil {
		t.Fatal(err)
	}
	friends := r.Rewards[FriendSide]
	if r.State != Voided || r.Reason != ReasonNoEvidence || r.OrderName != "#1001" || !r.At.Equal(bought) {
		t.Errorf("%s (%s), of %q at %s; want voided (no_evidence), of #1001", r.State, r.Reason, r.OrderName, r.At)
	}
	if friends.State != RewardReversed || friends.Campaign != cmp1 || friends.Amount != usd("20") {
		t.Errorf("the friend's reward is %s, %s under %v; want reversed, 20.00 USD under %v",
			friends.State, friends.Amount, friends.Campaign, cmp1)
	}
}
