package referral

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"twofold/money"
	"twofold/tenant"
)

// The world of these tests: Alice (an advocate) shares, Bob claims on day 0 at noon and buys an hour later for $80 with his code.
const (
	testShop tenant.ShopID = "demo.myshopify.com"
	alice    CustomerID    = "gid://shopify/Customer/1"
	bob      CustomerID    = "gid://shopify/Customer/2"
	bobsCode               = "BBBB-CCCC-DDDD"
	hersCode               = "WWWW-XXXX-YYYY"
)

var (
	noon   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	bought = noon.Add(time.Hour)
	day    = 24 * time.Hour
	cmp1   = CampaignKey{"cmp_1", 1}
)

func usd(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

func bobsOrder() Order {
	return Order{
		Shop: testShop, ID: "gid://shopify/Order/1001", Name: "#1001", CreatedAt: bought, ProcessedAt: bought, UpdatedAt: bought,
		Status: StatusPaid, Currency: "USD", Subtotal: usd("80"), CurrentSubtotal: usd("80"), Discounted: usd("20"), Refunded: usd("0"), Received: usd("80"),
		Codes: []string{bobsCode}, Customer: bob, Journey: Journey{Ready: true, Index: 1},
		Transactions: []Transaction{{Kind: "SALE", Status: "SUCCESS", At: bought, Amount: usd("80")}},
	}
}

func bobsFacts(orders ...Order) Facts {
	offer := Offer{Kind: AmountOff, Amount: usd("20")}
	return Facts{
		Referral: Referral{Shop: testShop, Friend: bob},
		Orders:   orders,
		Claims: []Claim{{
			Shop: testShop, ID: "clm_bob", Campaign: "cmp_1", Version: 1, Keys: []string{BrowserKey("b2"), CustomerKey(bob)}, Customer: bob, Code: bobsCode,
			Touches: []Touch{{Advocate: "adv_alice", Version: 1, At: noon}}, ClaimedAt: noon, ExpiresAt: noon.Add(30 * day),
		}},
		Advocates: map[AdvocateID]Advocate{
			"adv_alice": {Shop: testShop, ID: "adv_alice", Customer: alice, Codes: []string{"ALICE"}, Browsers: []string{"b1"}, State: AdvocateActive},
			"adv_zoe":   {Shop: testShop, ID: "adv_zoe", Customer: "gid://shopify/Customer/26", Codes: []string{"ZOE"}, State: AdvocateActive},
		},
		Campaigns: map[CampaignKey]Campaign{cmp1: {
			Shop: testShop, ID: "cmp_1", Version: 1, State: CampaignLive,
			Terms: Terms{Friend: offer, Advocate: offer, Minimum: usd("40"), HoldDays: 14, WindowDays: 30, ClaimDays: 30},
		}},
	}
}

func decide(t interface{ Fatal(...any) }, f Facts) Referral {
	r, err := Decide(f)
	if err != nil {
		t.Fatal(err)
	}
	r.DecidedRev = r.FactsRev
	return r
}

func TestOneOrderAlone(t *testing.T) {
	for _, c := range []struct {
		says   string
		change func(*Facts, *Order)
		state  State
		reason Reason
		reward RewardState
	}{
		{"a friend buys with her claim's code", func(*Facts, *Order) {}, Pending, "", RewardPending},
		{"a friend who had claimed buys without the code", func(_ *Facts, o *Order) { o.Codes = nil }, Pending, "", RewardPending},
		{"another customer's claim, no code", func(f *Facts, o *Order) { o.Codes = nil; f.Claims[0].Customer = alice }, None, "", ""},
		{"nobody claimed", func(f *Facts, _ *Order) { f.Claims = nil }, None, "", ""},
		{"the last instant of the window", func(_ *Facts, o *Order) { at(o, noon.Add(30*day-time.Millisecond)) }, Pending, "", RewardPending},
		{"on the instant the window is over", func(_ *Facts, o *Order) { at(o, noon.Add(30*day)) }, None, "", ""},
		{"bought on the instant of the touch", func(_ *Facts, o *Order) { at(o, noon) }, Pending, "", RewardPending},
		{"claimed an instant after the order, without the code", func(_ *Facts, o *Order) { at(o, noon.Add(-time.Millisecond)); o.Codes = nil }, None, "", ""},
		{"claimed an instant after the order, by the clocks, with the code", func(_ *Facts, o *Order) { at(o, noon.Add(-time.Millisecond)) }, Pending, "", RewardPending},
		{"the advocate buys with her own friend code", func(f *Facts, o *Order) { f.Referral.Friend = alice; o.Customer = alice }, Voided, ReasonSelf, RewardVoided},
		{"claimed in the advocate's browser", func(f *Facts, _ *Order) { f.Claims[0].Keys = []string{BrowserKey("b1")} }, Flagged, ReasonSameBrowser, RewardPending},
		{"a test order", func(_ *Facts, o *Order) { o.Test = true }, Voided, ReasonTest, RewardVoided},
		{"not paid yet", func(_ *Facts, o *Order) { o.Status = StatusPending }, Pending, ReasonUnpaid, RewardPending},
		{"authorized only", func(_ *Facts, o *Order) { o.Status = StatusAuthorized }, Pending, ReasonUnpaid, RewardPending},
		{"a status that Shopify adds later", func(_ *Facts, o *Order) { o.Status = "NEW_ONE" }, Pending, ReasonUnpaid, RewardPending},
		{"cancelled", func(_ *Facts, o *Order) { o.CancelledAt = bought.Add(day) }, Voided, ReasonCancelled, RewardVoided},
		{"cancelled before it was paid", func(_ *Facts, o *Order) { o.Status = StatusPending; o.CancelledAt = bought }, Voided, ReasonCancelled, RewardVoided},
		{"payment voided", func(_ *Facts, o *Order) { o.Status = StatusVoided }, Voided, ReasonRefunded, RewardVoided},
		{"refunded in full, as the status says", func(_ *Facts, o *Order) { o.Status = StatusRefunded }, Voided, ReasonRefunded, RewardVoided},
		{"refunded as much as received", func(_ *Facts, o *Order) { o.Status = StatusPartiallyRefunded; o.Refunded = usd("80") }, Voided, ReasonRefunded, RewardVoided},
		{"refunded a cent less than received", func(_ *Facts, o *Order) { o.Status = StatusPartiallyRefunded; o.Refunded = usd("79.99") }, Pending, "", RewardPending},
		{"net exactly the minimum", func(_ *Facts, o *Order) { o.CurrentSubtotal = usd("40") }, Pending, "", RewardPending},
		{"net a cent below the minimum", func(_ *Facts, o *Order) { o.CurrentSubtotal = usd("39.99") }, Voided, ReasonBelowMinimum, RewardVoided},
		{"an amount-only refund to a cent below the minimum", func(_ *Facts, o *Order) { adjust(o, "REFUND_DISCREPANCY", "-40.01") }, Voided, ReasonBelowMinimum, RewardVoided},
		{"an amount-only refund to the minimum", func(_ *Facts, o *Order) { adjust(o, "REFUND_DISCREPANCY", "-40") }, Pending, "", RewardPending},
		{"a refund that is still pending does not count", func(_ *Facts, o *Order) { adjust(o, "PENDING_REFUND_DISCREPANCY", "-79") }, Pending, "", RewardPending},
		{"the customer's second order", func(_ *Facts, o *Order) { o.Journey.Index = 2 }, Pending, ReasonNewness, RewardPending},
		{"the journey is not ready", func(_ *Facts, o *Order) { o.Journey = Journey{} }, Pending, ReasonNewness, RewardPending},
		{"an index that is not ready is no answer", func(_ *Facts, o *Order) { o.Journey = Journey{Index: 1} }, Pending, ReasonNewness, RewardPending},
		{"asked, and had bought before", func(f *Facts, o *Order) {
			o.Journey = Journey{}
			f.Referral.Newness = map[OrderID]Newness{o.ID: {Prior: 1}}
		}, Voided, ReasonNotNew, RewardVoided},
		{"asked, and is new", func(f *Facts, o *Order) {
			o.Journey = Journey{}
			f.Referral.Newness = map[OrderID]Newness{o.ID: {Prior: 0}}
		}, Pending, "", RewardPending},
		{"an open chargeback", func(_ *Facts, o *Order) {
			o.Disputes = []Dispute{{Status: "NEEDS_RESPONSE", InitiatedAs: "CHARGEBACK"}}
		}, Voided, ReasonDispute, RewardVoided},
		{"a chargeback that was won", func(_ *Facts, o *Order) { o.Disputes = []Dispute{{Status: "WON", InitiatedAs: "CHARGEBACK"}} }, Pending, "", RewardPending},
		{"an inquiry", func(_ *Facts, o *Order) { o.Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}} }, Flagged, ReasonInquiry, RewardPending},
		{"same browser, approved by the merchant", func(f *Facts, _ *Order) {
			f.Claims[0].Keys = []string{BrowserKey("b1")}
			f.Referral.Acts = []Act{approval("other_browser")}
		}, Pending, "", RewardPending},
		{"an approval of another order", func(f *Facts, _ *Order) {
			f.Claims[0].Keys = []string{BrowserKey("b1")}
			f.Referral.Acts = []Act{approval("other_browser")}
			f.Referral.Acts[0].Order = "gid://shopify/Order/5"
		}, Flagged, ReasonSameBrowser, RewardPending},
		{"approved for the browser, then the bank inquires", func(f *Facts, o *Order) {
			f.Claims[0].Keys = []string{BrowserKey("b1")}
			f.Referral.Acts = []Act{approval("other_browser")}
			o.Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}, Flagged, ReasonInquiry, RewardPending},
		{"Shopify no longer shows it", func(_ *Facts, o *Order) { o.Gone = true }, Flagged, ReasonGone, RewardPending},
		{"gone, and the merchant approves", func(f *Facts, o *Order) {
			o.Gone = true
			f.Referral.Acts = []Act{approval("still_shown")}
		}, Pending, "", RewardPending},
		{"rejected by the merchant", func(f *Facts, _ *Order) { f.Referral.Acts = []Act{{Kind: ActReject, At: noon}} }, Voided, ReasonRejected, RewardVoided},
		{"rejected, then approved", func(f *Facts, _ *Order) {
			f.Referral.Acts = []Act{{Kind: ActReject, At: noon.Add(-time.Minute)}, approval()}
		}, Pending, "", RewardPending},
		{"approved does not make a refunded order good", func(f *Facts, o *Order) {
			f.Referral.Acts = []Act{approval("not_undone", "minimum")}
			o.Status = StatusRefunded
		}, Voided, ReasonRefunded, RewardVoided},
		{"linked by the merchant, nothing else", func(f *Facts, o *Order) {
			f.Claims, o.Codes = nil, nil
			f.Referral.Acts = []Act{{Kind: ActLink, At: bought.Add(day), Order: o.ID, Advocate: "adv_zoe", Campaign: cmp1}}
		}, Pending, "", RewardPending},
		{"another order was linked", func(f *Facts, o *Order) {
			f.Claims, o.Codes = nil, nil
			f.Referral.Acts = []Act{{Kind: ActLink, Order: "gid://shopify/Order/5", Advocate: "adv_zoe", Campaign: cmp1}}
		}, None, "", ""},
		{"same browser and refunded: the failure names the reason", func(f *Facts, o *Order) {
			f.Claims[0].Keys = []string{BrowserKey("b1")}
			o.Status = StatusRefunded
		}, Voided, ReasonRefunded, RewardVoided},
	} {
		t.Run(c.says, func(t *testing.T) {
			order := bobsOrder()
			f := bobsFacts()
			c.change(&f, &order)
			f.Orders = []Order{order}
			r := decide(t, f)
			if r.State != c.state || r.Reason != c.reason || r.Rewards[AdvocateSide].State != c.reward {
				t.Errorf("got %s (%s), reward %s; want %s (%s), reward %s", r.State, r.Reason, r.Rewards[AdvocateSide].State, c.state, c.reason, c.reward)
			}
			if len(r.Explained.Orders) != 1 || r.Explained.Rules != RulesVersion {
				t.Errorf("explanation %+v, want the one order", r.Explained)
			}
		})
	}
}

// approval is the merchant's yes to Bob's order, in spite of the rules that hold it.
func approval(rules ...string) Act {
	return Act{Kind: ActApprove, At: noon, Order: bobsOrder().ID, Rules: rules}
}

func at(o *Order, t time.Time) {
	o.ProcessedAt, o.CreatedAt, o.UpdatedAt = t, t, t
	o.Transactions[0].At = t
}

func adjust(o *Order, reason, amount string) {
	o.Status = StatusPartiallyRefunded
	o.Refunds = []Refund{{ID: "r", At: bought.Add(day), Adjustments: []Adjustment{{Reason: reason, Amount: usd(amount)}}}}
}

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

func TestTheLastTouchWins(t *testing.T) {
	f := bobsFacts(bobsOrder())
	f.Claims[0].Touches = append(f.Claims[0].Touches, Touch{"adv_zoe", 1, noon.Add(time.Minute)}, Touch{"adv_alice", 1, bought.Add(time.Millisecond)})
	if r := decide(t, f); r.Advocate != "adv_zoe" {
		t.Errorf("credited %s, want Zoe: Alice's later link was opened after the order", r.Advocate)
	}
	f.Claims[0].Touches[2].At = bought
	if r := decide(t, f); r.Advocate != "adv_alice" {
		t.Errorf("credited %s, want Alice: her link was opened on the instant of the order", r.Advocate)
	}
}

func TestTheCodeBeatsALaterClaim(t *testing.T) {
	f := bobsFacts(bobsOrder())
	f.Claims = append(f.Claims, Claim{Shop: testShop, ID: "clm_2", Campaign: "cmp_1", Version: 1, Customer: bob, Code: "OTHER",
		Touches: []Touch{{"adv_zoe", 1, noon.Add(time.Minute)}}, ClaimedAt: noon.Add(time.Minute)})
	r := decide(t, f)
	evidence := r.Explained.Orders[0].Evidence
	if r.Advocate != "adv_alice" || len(evidence) != 2 || evidence[1].Lost == "" {
		t.Errorf("credited %s on %+v, want Alice, and Zoe's claim shown as lost", r.Advocate, evidence)
	}
}

func TestOfTwoClaimsTheLaterLinkWins(t *testing.T) {
	o := bobsOrder()
	o.Codes = nil
	f := bobsFacts(o)
	second := f.Claims[0]
	second.ID, second.Code, second.Touches = "clm_2", "OTHER", []Touch{{"adv_zoe", 1, noon.Add(time.Minute)}}
	for _, claims := range [][]Claim{{f.Claims[0], second}, {second, f.Claims[0]}} {
		f.Claims = claims
		if r := decide(t, f); r.Advocate != "adv_zoe" || r.Claim != "clm_2" {
			t.Errorf("credited %s by %s, want Zoe by the later claim", r.Advocate, r.Claim)
		}
	}
}

func TestTheMerchantsLinkBeatsEverything(t *testing.T) {
	f := bobsFacts(bobsOrder())
	f.Referral.Acts = []Act{{Kind: ActLink, At: bought.Add(day), Order: f.Orders[0].ID, Advocate: "adv_zoe", Campaign: cmp1}}
	if r := decide(t, f); r.Advocate != "adv_zoe" || r.Explained.Orders[0].Evidence[1].Lost == "" {
		t.Errorf("credited %s, want Zoe, and Alice's claim shown as lost", r.Advocate)
	}
}

func TestOfSeveralOrdersTheEarliestQualifyingConverts(t *testing.T) {
	first, second := bobsOrder(), bobsOrder()
	second.ID, second.Name, second.Codes = "gid://shopify/Order/1002", "#1002", nil
	at(&second, bought.Add(day))
	second.Journey.Index = 2
	f := bobsFacts(second, first)
	f.Referral.Newness = map[OrderID]Newness{second.ID: {Prior: 1}}
	if r := decide(t, f); r.Order != first.ID || r.State != Pending {
		t.Errorf("converting order %s (%s), want the first", r.Order, r.State)
	}
	f.Orders[1].CancelledAt = bought.Add(time.Hour)
	f.Referral.Newness[second.ID] = Newness{Prior: 0}
	r := decide(t, f)
	if r.Order != second.ID || r.State != Pending {
		t.Errorf("converting order %s (%s), want the second: the first was cancelled", r.Order, r.State)
	}
	if r.Rewards[FriendSide].State != RewardRedeemed {
		t.Errorf("friend's reward %s, want redeemed: her code is on the cancelled order", r.Rewards[FriendSide].State)
	}
}

// released is Bob's referral after its release, and issued after the reward was given.
func released(t *testing.T) Facts {
	t.Helper()
	f := bobsFacts(bobsOrder())
	f.Referral = decide(t, f)
	approved, ripe, err := approve(f, noon.Add(15*day))
	if err != nil || !ripe {
		t.Fatalf("not ripe after 15 days: %v", err)
	}
	f.Referral = approved
	return f
}

func issued(t *testing.T) Facts {
	t.Helper()
	f := released(t)
	if !addIssue(&f, Code{Code: hersCode}) {
		t.Fatal("nothing to issue after the release")
	}
	f.Referral = decide(t, f)
	return f
}

func TestARewardIsReleasedOnlyWhenRipe(t *testing.T) {
	ready := bobsFacts(bobsOrder())
	ready.Referral = decide(t, ready)
	releaseAt := bought.Add(14 * day)
	for _, c := range []struct {
		says   string
		change func(*Facts)
		before time.Time
		want   bool
	}{
		{"on the instant", func(*Facts) {}, releaseAt, true},
		{"the instant before", func(*Facts) {}, releaseAt.Add(-time.Millisecond), false},
		{"long after", func(*Facts) {}, releaseAt.Add(100 * day), true},
		{"facts moved since it was decided", func(f *Facts) { f.Referral.FactsRev++ }, releaseAt, false},
		{"flagged", func(f *Facts) { f.Claims[0].Keys = []string{BrowserKey("b1")}; f.Referral = decide(t, *f) }, releaseAt, false},
		{"unpaid", func(f *Facts) { f.Orders[0].Status = StatusPending; f.Referral = decide(t, *f) }, releaseAt, false},
		{"refunded, and not decided again yet", func(f *Facts) { f.Orders[0].Status = StatusRefunded }, releaseAt, false},
		{"released already", func(f *Facts) { *f = released(t) }, releaseAt, false},
	} {
		t.Run(c.says, func(t *testing.T) {
			f := ready
			f.Orders, f.Claims = slices.Clone(ready.Orders), slices.Clone(ready.Claims)
			c.change(&f)
			_, ripe, err := approve(f, c.before)
			if err != nil || ripe != c.want {
				t.Errorf("ripe %v, %v; want %v", ripe, err, c.want)
			}
		})
	}
}

func TestAfterTheRelease(t *testing.T) {
	spent := Order{Shop: testShop, ID: "gid://shopify/Order/2000", ProcessedAt: bought.Add(20 * day), Codes: []string{hersCode}, Customer: alice}
	refund := func(f *Facts) {
		f.Orders[0].Status, f.Orders[0].Refunded = StatusRefunded, usd("80")
		f.Orders[0].Refunds = []Refund{{ID: "r1", At: bought.Add(16 * day), Total: usd("80")}}
	}
	for _, c := range []struct {
		says   string
		start  func(*testing.T) Facts
		change func(*Facts)
		state  State
		reward RewardState
		work   []Work
		ledger []EntryKind // of the advocate's side
	}{
		{"approved waits for its code", released, func(*Facts) {}, Approved, RewardApproved, []Work{WorkIssue}, nil},
		{"refunded before it is issued", released, refund, Voided, RewardVoided, nil, nil},
		{"issued", issued, func(*Facts) {}, Approved, RewardIssued, nil, []EntryKind{EntryIssued}},
		{"refunded after it was issued", issued, refund, Voided, RewardReversed, []Work{WorkTakeBack}, []EntryKind{EntryIssued, EntryReversed}},
		{"spent", issued, func(f *Facts) { f.Spent = []Order{spent} }, Approved, RewardRedeemed, nil, []EntryKind{EntryIssued}},
		{"spent, then refunded", issued, func(f *Facts) { f.Spent = []Order{spent}; refund(f) }, Voided, RewardOwed, []Work{WorkTakeBack}, []EntryKind{EntryIssued, EntryOwed}},
		{"an inquiry after the release holds nothing any more", issued, func(f *Facts) {
			f.Orders[0].Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}, Approved, RewardIssued, nil, []EntryKind{EntryIssued}},
		{"the order is somebody else's now", issued, func(f *Facts) { f.Orders = nil }, Voided, RewardReversed, []Work{WorkTakeBack}, []EntryKind{EntryIssued, EntryReversed}},
		{"another advocate's link turns up as the last one", issued, func(f *Facts) {
			f.Claims[0].Touches = append(f.Claims[0].Touches, Touch{"adv_zoe", 1, noon.Add(time.Minute)})
		}, Approved, RewardIssued, nil, []EntryKind{EntryIssued}},
		{"an earlier order turns up: it moves no money", issued, func(f *Facts) {
			earlier := bobsOrder()
			earlier.ID, earlier.Codes = "gid://shopify/Order/999", nil
			at(&earlier, noon.Add(time.Minute))
			f.Orders = append(f.Orders, earlier)
		}, Approved, RewardIssued, nil, []EntryKind{EntryIssued}},
	} {
		t.Run(c.says, func(t *testing.T) {
			f := c.start(t)
			c.change(&f)
			r := decide(t, f)
			reward := r.Rewards[AdvocateSide]
			var kinds []EntryKind
			for _, e := range r.Ledger {
				if e.Side == AdvocateSide {
					kinds = append(kinds, e.Kind)
				}
			}
			if r.State != c.state || reward.State != c.reward || !slices.Equal(r.Work, c.work) || !slices.Equal(kinds, c.ledger) {
				t.Errorf("got %s, reward %s, work %v, ledger %v; want %s, %s, %v, %v", r.State, reward.State, r.Work, kinds, c.state, c.reward, c.work, c.ledger)
			}
			if r.Order != "gid://shopify/Order/1001" || r.Advocate != "adv_alice" {
				t.Errorf("rests on %s for %s, want the released order and advocate", r.Order, r.Advocate)
			}
		})
	}
}

// The released order is undone before its reward is issued, and a second order is there: it is weighed and released anew.
func TestAReleaseThatIsUndoneBeforeTheIssueMakesRoom(t *testing.T) {
	f := released(t)
	f.Orders[0].Status = StatusRefunded
	second := bobsOrder()
	second.ID, second.Name, second.Journey = "gid://shopify/Order/1002", "#1002", Journey{}
	at(&second, bought.Add(day))
	f.Orders = append(f.Orders, second)
	r := decide(t, f)
	if r.State != Pending || r.Reason != ReasonNewness || r.Order != second.ID || r.Release != nil || r.Rewards[AdvocateSide].State != RewardPending {
		t.Errorf("%s (%s) on %s, release %v; want the second order pending, to be released anew", r.State, r.Reason, r.Order, r.Release)
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
		{"the same link a day later", Touch{"adv_alice", 1, noon.Add(25 * time.Hour)}, 3},
		{"another's link", Touch{"adv_zoe", 1, noon.Add(2 * time.Hour)}, 3},
		{"a visit told late, between the two", Touch{"adv_bea", 1, noon.Add(time.Minute)}, 3},
	} {
		got := addTouch(touches, c.t)
		if len(got) != c.want || !slices.Contains(got, touches[0]) || !slices.Contains(got, touches[1]) || !slices.IsSortedFunc(got, func(a, b Touch) int { return a.At.Compare(b.At) }) {
			t.Errorf("%s: %v", c.says, got)
		}
	}
	full := make([]Touch, maxTouches)
	for i := range full {
		full[i] = Touch{"adv_zoe", 1, noon.Add(time.Duration(i) * day)}
	}
	if got := addTouch(full, Touch{"adv_alice", 1, noon.Add(1000 * day)}); !slices.Equal(got, full) {
		t.Error("a full claim changed")
	}
}

func TestReversedAndFoundSpentIsOwed(t *testing.T) {
	f := issued(t)
	f.Orders[0].Status = StatusRefunded
	f.Referral = decide(t, f)
	f.Spent = []Order{{Shop: testShop, ID: "gid://shopify/Order/2000", ProcessedAt: bought.Add(15 * day), Codes: []string{hersCode}, Customer: alice}}
	r := decide(t, f)
	if r.Rewards[AdvocateSide].State != RewardOwed {
		t.Fatalf("reward %s, want owed", r.Rewards[AdvocateSide].State)
	}
	sum := money.Amount{}
	for _, e := range r.Ledger {
		if e.Side == AdvocateSide {
			sum, _ = sum.Add(e.Amount)
		}
	}
	if !sum.IsZero() {
		t.Errorf("ledger sums to %s, want nothing: given and owed back", sum)
	}
}

func TestWhatWasTakenBackIsNotGivenAgain(t *testing.T) {
	f := issued(t)
	f.Orders[0].CurrentSubtotal = usd("10")
	f.Referral = decide(t, f)
	f.Orders[0].CurrentSubtotal = usd("80")
	if r := decide(t, f); r.Rewards[AdvocateSide].State != RewardReversed {
		t.Errorf("reward %s, want reversed: its code is being deleted", r.Rewards[AdvocateSide].State)
	}
}

// What Decide concludes must not depend on the order in which orders, claims and touches were read.
func TestDecideDoesNotDependOnTheOrderOfFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := bobsFacts()
		for i := range rapid.IntRange(1, 5).Draw(t, "orders") {
			o := bobsOrder()
			o.ID = OrderID("gid://shopify/Order/" + string(rune('1'+i)))
			at(&o, noon.Add(time.Duration(rapid.IntRange(-2, 40*24).Draw(t, "hour"))*time.Hour))
			o.Status = rapid.SampledFrom([]FinancialStatus{StatusPaid, StatusPending, StatusRefunded}).Draw(t, "status")
			o.Journey.Index = rapid.IntRange(0, 2).Draw(t, "index")
			f.Orders = append(f.Orders, o)
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "claims") {
			c := f.Claims[0]
			c.ID = ClaimID("clm_" + string(rune('a'+i)))
			c.Code = rapid.SampledFrom([]string{"", bobsCode, "OTHER"}).Draw(t, "code")
			c.Touches = []Touch{{rapid.SampledFrom([]AdvocateID{"adv_alice", "adv_zoe"}).Draw(t, "advocate"), 1, noon.Add(time.Duration(i) * time.Hour)}}
			f.Claims = append(f.Claims, c)
		}
		want := decide(t, f)
		seed := rapid.Uint64().Draw(t, "seed")
		shuffle := rand.New(rand.NewPCG(seed, 1))
		shuffle.Shuffle(len(f.Orders), func(i, j int) { f.Orders[i], f.Orders[j] = f.Orders[j], f.Orders[i] })
		shuffle.Shuffle(len(f.Claims), func(i, j int) { f.Claims[i], f.Claims[j] = f.Claims[j], f.Claims[i] })
		if diff := cmp.Diff(want, decide(t, f)); diff != "" {
			t.Fatalf("-first +shuffled\n%s", diff)
		}
		f.Referral = want
		if diff := cmp.Diff(want, decide(t, f)); diff != "" {
			t.Fatalf("deciding twice differs: -once +twice\n%s", diff)
		}
	})
}

func TestMovesOfEveryPair(t *testing.T) {
	states := []State{None, Pending, Flagged, Approved, Voided}
	allowed := map[[2]State]bool{
		{None, Pending}: true, {None, Flagged}: true, {None, Voided}: true,
		{Pending, None}: true, {Pending, Flagged}: true, {Pending, Approved}: true, {Pending, Voided}: true,
		{Flagged, None}: true, {Flagged, Pending}: true, {Flagged, Approved}: true, {Flagged, Voided}: true,
		{Approved, Pending}: true, {Approved, Flagged}: true, {Approved, Voided}: true,
		{Voided, None}: true, {Voided, Pending}: true, {Voided, Flagged}: true, {Voided, Approved}: true,
	}
	for _, from := range states {
		for _, to := range states {
			if want := from == to || allowed[[2]State{from, to}]; MayMove(from, to) != want {
				t.Errorf("%s → %s: %v, want %v", from, to, !want, want)
			}
		}
	}
	rewards := []RewardState{RewardNone, RewardPending, RewardApproved, RewardIssued, RewardRedeemed, RewardExpired, RewardVoided, RewardReversed, RewardOwed, RewardSettled, RewardForgiven}
	mayMove := map[[2]RewardState]bool{
		{RewardNone, RewardPending}: true, {RewardNone, RewardVoided}: true,
		{RewardPending, RewardNone}: true, {RewardPending, RewardApproved}: true, {RewardPending, RewardVoided}: true,
		{RewardApproved, RewardPending}: true, {RewardApproved, RewardIssued}: true, {RewardApproved, RewardVoided}: true,
		{RewardIssued, RewardRedeemed}: true, {RewardIssued, RewardExpired}: true, {RewardIssued, RewardReversed}: true, {RewardIssued, RewardOwed}: true,
		{RewardRedeemed, RewardOwed}: true, {RewardReversed, RewardOwed}: true,
		{RewardOwed, RewardSettled}: true, {RewardOwed, RewardForgiven}: true,
		{RewardVoided, RewardNone}: true, {RewardVoided, RewardPending}: true, {RewardVoided, RewardApproved}: true,
	}
	for _, from := range rewards {
		for _, to := range rewards {
			if want := from == to || mayMove[[2]RewardState{from, to}]; MayMoveReward(from, to) != want {
				t.Errorf("reward %s → %s: %v, want %v", from, to, !want, want)
			}
		}
	}
}
