package referral

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"twofold/money"
	"twofold/tenant"
)

// The world of these tests: Alice (an advocate) shares, Bob claims on day 0 at noon, signed in, and buys an hour later for $80 with his
// claim's code. Give $20, get $20; minimum $40, 14 days' hold, windows of 30 days. Zoe is an advocate too.
const (
	testShop tenant.ShopID = "demo.myshopify.com"
	alice    CustomerID    = "gid://shopify/Customer/1"
	bob      CustomerID    = "gid://shopify/Customer/2"
	zoe      CustomerID    = "gid://shopify/Customer/26"
	bobsCode               = "BBBB-CCCC-DDDD"
	hersCode               = "WWWW-VVVV-YYYY"

	// An instant is the least difference between two times: BSON keeps no more.
	instant = time.Millisecond
	day     = 24 * time.Hour
)

var (
	noon   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	bought = noon.Add(time.Hour)
	cmp1   = CampaignKey{"cmp_1", 1}
	cmp2   = CampaignKey{"cmp_1", 2}
)

func usd(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

func bobsOrder() Order {
	return Order{
		Shop: testShop, ID: "gid://shopify/Order/1001", Name: "#1001", CreatedAt: bought, ProcessedAt: bought, UpdatedAt: bought, Source: "web",
		Status: StatusPaid, Currency: "USD", Subtotal: usd("80"), CurrentSubtotal: usd("80"), Discounted: usd("20"), Refunded: usd("0"), Received: usd("80"),
		Codes: []string{bobsCode}, Customer: bob, Journey: Journey{Ready: true, Index: 1},
		Transactions: []Transaction{{Kind: "SALE", Status: "SUCCESS", At: bought, Amount: usd("80")}}, ReadAt: bought.Add(time.Second),
	}
}

func bobsFacts(orders ...Order) Facts {
	offer := Offer{Kind: AmountOff, Amount: usd("20")}
	return Facts{
		Referral: Referral{Shop: testShop, Friend: FriendOf(bob, false), HistoryAt: bought},
		Orders:   orders,
		Claims: []Claim{{
			Shop: testShop, ID: "clm_bob", Campaign: "cmp_1", Version: 1, Keys: []string{BrowserKey("b2"), CustomerKey(bob)}, Customer: bob, SignedAt: noon,
			Code: bobsCode, Touches: []Touch{{Advocate: "adv_alice", Version: 1, At: noon}}, ClaimedAt: noon, ExpiresAt: noon.Add(30 * day),
		}},
		Advocates: map[AdvocateID]Advocate{
			"adv_alice": {Shop: testShop, ID: "adv_alice", Customer: alice, Codes: []string{"ALICE"}, Browsers: []string{"b1"}, State: AdvocateActive},
			"adv_zoe":   {Shop: testShop, ID: "adv_zoe", Customer: zoe, Codes: []string{"ZOE"}, State: AdvocateActive},
		},
		Campaigns: map[CampaignKey]Campaign{cmp1: {
			Shop: testShop, ID: "cmp_1", Version: 1, Name: "Give $20, get $20", State: CampaignLive, LiveAt: noon.Add(-100 * day),
			Terms: Terms{
				Friend: offer, Advocate: offer, Minimum: usd("40"), HoldDays: 14, WindowDays: 30, ClaimDays: 30, ShareCeiling: 50,
			},
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

// A scene is the world as a row of a table changes it. Its methods are what happens there, so that a row reads as a story.
type scene struct {
	t *testing.T
	f Facts
}

func newScene(t *testing.T) *scene {
	t.Helper()
	return &scene{t, bobsFacts(bobsOrder())}
}

// order is Bob's first order, or another one of those that were added.
func (w *scene) order(i ...int) *Order {
	if len(i) > 0 {
		return &w.f.Orders[i[0]]
	}
	return &w.f.Orders[0]
}

func (w *scene) claim() *Claim { return &w.f.Claims[0] }

// another adds an order of Bob's without a code, as good as the first one.
func (w *scene) another(number int, when time.Time, change ...func(*Order)) {
	o := bobsOrder()
	o.ID, o.Name, o.Codes = orderID(number), fmt.Sprintf("#%d", number), nil
	at(&o, when)
	for _, c := range change {
		c(&o)
	}
	w.f.Orders = append(w.f.Orders, o)
}

func orderID(number int) OrderID { return OrderID(fmt.Sprintf("gid://shopify/Order/%d", number)) }

// at moves an order in time.
func at(o *Order, t time.Time) {
	o.ProcessedAt, o.CreatedAt, o.UpdatedAt = t, t, t
	o.Transactions[0].At = t
}

func (w *scene) at(t time.Time) { at(w.order(), t) }

// claimed adds a claim of Zoe's link, made some time after Bob's first one.
func (w *scene) claimed(after time.Duration, change ...func(*Claim)) {
	c := Claim{
		Shop: testShop, ID: ClaimID(fmt.Sprintf("clm_%d", len(w.f.Claims)+1)), Campaign: "cmp_1", Version: 1, Customer: bob, SignedAt: noon.Add(after),
		Touches: []Touch{{"adv_zoe", 1, noon.Add(after)}}, ClaimedAt: noon.Add(after), ExpiresAt: noon.Add(after + 30*day),
	}
	for _, do := range change {
		do(&c)
	}
	w.f.Claims = append(w.f.Claims, c)
}

// guest makes of Bob's claim one at which nobody was signed in, with no code on the order: what is left must tie them.
func (w *scene) guest() {
	w.order().Codes = nil
	w.claim().Customer, w.claim().SignedAt, w.claim().Keys = "", time.Time{}, []string{BrowserKey("b2")}
}

// renewed has Bob's claim promise another version from an instant on; a new code is not drawn yet.
func (w *scene) renewed(version int, at time.Time) {
	c := w.claim()
	c.Earlier, c.Version = append(c.Earlier, Promise{c.Version, c.Code, at}), version
	if c.Code != "" {
		c.Former, c.Code = append(c.Former, c.Code), ""
	}
}

// nothing leaves no tie between the order and anybody.
func (w *scene) nothing() { w.f.Claims, w.order().Codes = nil, nil }

// touch adds openings of links to Bob's claim.
func (w *scene) touch(touches ...Touch) {
	w.claim().Touches = append(slices.Clone(w.claim().Touches), touches...)
}

// visit leaves a visit of Zoe's link in the cart.
func (w *scene) visit(t time.Time) {
	w.order().Visit = &Visit{Shop: testShop, Campaign: cmp1, Advocate: "adv_zoe", At: t}
}

// cart leaves a claim's id in the cart.
func (w *scene) cart(id ClaimID) { w.order().Attributes = []Attribute{{ClaimAttribute, string(id)}} }

// terms changes the campaign's terms.
func (w *scene) terms(change func(*Terms)) {
	w.campaign(cmp1, func(c *Campaign) { change(&c.Terms) })
}

// campaign changes a version, or drafts it like the first one.
func (w *scene) campaign(key CampaignKey, change func(*Campaign)) {
	c, there := w.f.Campaigns[key]
	if !there {
		c = w.f.Campaigns[cmp1]
		c.ID, c.Version = key.ID, key.Version
	}
	change(&c)
	w.f.Campaigns[key] = c
}

// replaced puts a second version live at an instant, in place of the first.
func (w *scene) replaced(at time.Time, change func(*Terms)) {
	w.campaign(cmp2, func(c *Campaign) { c.LiveAt = at; change(&c.Terms) })
	w.campaign(cmp1, func(c *Campaign) { c.State, c.Until = CampaignReplaced, at })
}

func (w *scene) advocate(id AdvocateID, change func(*Advocate)) {
	a := w.f.Advocates[id]
	change(&a)
	w.f.Advocates[id] = a
}

func (w *scene) block(at time.Time) {
	w.advocate("adv_alice", func(a *Advocate) { a.State, a.BlockedAt = AdvocateBlocked, at })
}

// in has everything cost whole or other sums of another currency: the order's subtotal, both rewards, the minimum.
func (w *scene) in(currency, subtotal, reward, minimum string) {
	sum := func(decimal string) money.Amount { return money.MustParse(decimal, currency) }
	o := w.order()
	o.Currency, o.Subtotal, o.CurrentSubtotal, o.Received = currency, sum(subtotal), sum(subtotal), sum(subtotal)
	o.Refunded, o.Discounted = sum("0"), sum(reward)
	w.terms(func(t *Terms) {
		t.Friend, t.Advocate, t.Minimum = Offer{Kind: AmountOff, Amount: sum(reward)}, Offer{Kind: AmountOff, Amount: sum(reward)}, sum(minimum)
	})
}

// subtotal is what the order is worth, before and now.
func (w *scene) subtotal(decimal string) {
	sum := money.MustParse(decimal, w.order().Currency)
	w.order().Subtotal, w.order().CurrentSubtotal, w.order().Received = sum, sum, sum
}

// test makes it a test order, in the lane of its own.
func (w *scene) test() {
	w.f.Referral.Friend, w.f.Referral.HistoryAt = FriendOf(bob, true), time.Time{}
	for i := range w.f.Orders {
		w.f.Orders[i].Test = true
	}
}

// act is what the merchant decides.
func (w *scene) act(a Act) { w.f.Referral.Acts = append(slices.Clone(w.f.Referral.Acts), a) }

func (w *scene) link(id AdvocateID, at time.Time) {
	w.act(Act{Kind: ActLink, At: at, Order: w.order().ID, Advocate: id, Campaign: cmp1})
}

func (w *scene) unlink(at time.Time) { w.act(Act{Kind: ActUnlink, At: at, Order: w.order().ID}) }

func (w *scene) approve(rules ...string) { w.act(approval(rules...)) }

func (w *scene) reissue(code string) {
	w.act(Act{Kind: ActReissue, At: bought.Add(20 * day), Order: w.order().ID, Side: AdvocateSide, Code: code})
}

func (w *scene) forgive() {
	reward := w.f.Referral.Rewards[AdvocateSide]
	w.act(Act{Kind: ActForgive, At: bought.Add(40 * day), Order: w.order().ID, Amount: reward.Owed, Units: reward.OwedUnits})
}

// approval is the merchant's yes to Bob's order, in spite of the rules that hold it.
func approval(rules ...string) Act {
	return Act{Kind: ActApprove, At: noon, Order: bobsOrder().ID, Rules: rules}
}

// decide keeps the decision, as the store would.
func (w *scene) decide() { w.f.Referral = decide(w.t, w.f) }

// release lets the reward leave when its hold is over, as the release would that meets no cap; change, if any, alters it first.
func (w *scene) release(change ...func(*Release)) {
	w.t.Helper()
	w.decide()
	if !ripe(w.f.Referral, w.f.Referral.ReleaseAt) && !w.f.Referral.Friend.Test() {
		w.t.Fatalf("nothing to release: %s (%s), work %v", w.f.Referral.State, w.f.Referral.Reason, w.f.Referral.Work)
	}
	release := newRelease(w.f.Referral)
	for _, c := range change {
		c(release)
	}
	w.f.Referral.Release = release
	w.decide()
}

// offset says how much of the reward makes up for what the advocate owes elsewhere.
func offset(decimal string) func(*Release) {
	return func(r *Release) { r.Offset, r.Offsets = usd(decimal), 1 }
}

func denied(reason Reason) func(*Release) { return func(r *Release) { r.Denied = reason } }

// issue gives out a side's approved reward.
func (w *scene) issue(side Side, code string) {
	w.t.Helper()
	r := w.f.Referral
	offer := w.f.Campaigns[r.Campaign].Terms.Offer(side)
	at := r.Release.At.Add(time.Duration(len(issuesOf(r, side))) * day)
	issue := Issue{Side: side, Reward: r.Rewards[side].ID, Code: code, Amount: r.Rewards[side].Due, At: at}
	if offer.ValidDays > 0 {
		issue.EndsAt = at.Add(time.Duration(offer.ValidDays) * day)
	}
	if !addIssue(&w.f, issue, r.Holder(side)) {
		w.t.Fatalf("nothing to issue: the %s's reward is %s", side, r.Rewards[side].State)
	}
	w.decide()
}

// issued is the way up to the advocate's code.
func (w *scene) issued(change ...func(*Release)) {
	w.t.Helper()
	w.release(change...)
	w.issue(AdvocateSide, hersCode)
}

// afterOrder gives the friend's reward after the order.
func (w *scene) afterOrder() {
	w.terms(func(t *Terms) { t.Friend.AfterOrder = true })
	w.claim().Code = ""
}

// personal makes the advocate's reward one that only she can use.
func (w *scene) personal() { w.terms(func(t *Terms) { t.Advocate.Personal = true }) }

// spent is an order of somebody's that carries the code.
func (w *scene) spent(code string, number int, at time.Time) {
	w.f.Spent = append(w.f.Spent, Order{Shop: testShop, ID: orderID(number), ProcessedAt: at, Codes: []string{code}, Customer: alice})
}

// refund pays Bob's first order back in full, 16 days after it.
func (w *scene) refund() {
	o := w.order()
	o.Status, o.Refunded = StatusRefunded, o.Received
	o.Refunds = []Refund{{ID: "r1", At: bought.Add(16 * day), Total: o.Received}}
}

// dispute has the bank dispute the payment of Bob's first order, 20 days after it.
func (w *scene) dispute(status string) {
	w.order().Disputes = []Dispute{{ID: "d1", Status: status, InitiatedAs: "CHARGEBACK"}}
	w.order().UpdatedAt = bought.Add(20 * day)
}

// settled has another referral's reward make up for what is owed here.
func (w *scene) settled(decimal string) {
	by := FriendID(fmt.Sprintf("gid://shopify/Customer/%d", 70+len(w.f.Referral.Settled)))
	w.f.Referral.Settled = append(slices.Clone(w.f.Referral.Settled), Settled{By: by, Amount: usd(decimal), At: bought.Add(30 * day)})
}

// adjust refunds an amount without a line, for a reason of Shopify's.
func (w *scene) adjust(reason, amount string) {
	w.order().Status = StatusPartiallyRefunded
	w.order().Refunds = []Refund{{ID: "r1", At: bought.Add(day), Adjustments: []Adjustment{{reason, usd(amount)}}}}
}

// A row is one scene, in a sentence, and what must come of it.
type row struct {
	says   string
	change func(*scene)
	want   want
}

// want is what must come of a scene: the referral's state and reason, the advocate, her reward's state, and what else matters.
type want struct {
	state    State
	reason   Reason
	advocate AdvocateID
	reward   RewardState
	also     []func(Referral) string // "" or what is wrong
}

// The outcomes that most rows share.
var (
	alices = want{state: Pending, advocate: "adv_alice", reward: RewardPending}
	zoes   = want{state: Pending, advocate: "adv_zoe", reward: RewardPending}
	nobody = want{state: None}
)

func waits(r Reason) want  { return alices.because(Pending, r, RewardPending) }
func holds(r Reason) want  { return alices.because(Flagged, r, RewardPending) }
func voided(r Reason) want { return alices.because(Voided, r, RewardVoided) }

// gone is a referral that was voided after its reward had been given.
func undone(r Reason, s RewardState) want { return alices.because(Voided, r, s) }

// given is a referral that was released.
func given(s RewardState) want { return alices.because(Approved, ReasonNone, s) }

func (c want) because(s State, r Reason, reward RewardState) want {
	c.state, c.reason, c.reward = s, r, reward
	return c
}

func (c want) check(name, want string, got func(Referral) string) want {
	c.also = append(slices.Clone(c.also), func(r Referral) string {
		if is := got(r); is != want {
			return fmt.Sprintf("%s %q, want %q", name, is, want)
		}
		return ""
	})
	return c
}

// to is another advocate.
func (c want) to(id AdvocateID) want { c.advocate = id; return c }

// due is what the code that is to be given is worth.
func (c want) due(amount string) want {
	return c.check("code worth", amount, func(r Referral) string { return r.Rewards[AdvocateSide].Due.String() })
}

// worth is what the advocate's reward counts for.
func (c want) worth(amount string) want {
	return c.check("reward worth", amount, func(r Referral) string { return r.Rewards[AdvocateSide].Amount.String() })
}

// owing is what is still to be made up for.
func (c want) owing(amount string) want {
	return c.check("owed", amount, func(r Referral) string { return r.Rewards[AdvocateSide].Owed.String() })
}

// friend is the state of the friend's reward, and what it counts for if that matters.
func (c want) friend(s RewardState, amount ...string) want {
	c = c.check("friend's reward", string(s), func(r Referral) string { return string(r.Rewards[FriendSide].State) })
	if len(amount) == 0 {
		return c
	}
	return c.check("friend's reward worth", amount[0], func(r Referral) string { return r.Rewards[FriendSide].Amount.String() })
}

// by is the kind of the evidence that won, on the order that the referral rests on.
func (c want) by(k EvidenceKind) want {
	return c.check("won by", string(k), func(r Referral) string {
		if w := weighedOf(r, r.Order); len(w.Evidence) > 0 && w.Evidence[0].Won {
			return string(w.Evidence[0].Kind)
		}
		return ""
	})
}

// lost is why all other evidence on Bob's first order lost, in the order shown.
func (c want) lost(reasons ...string) want {
	return c.check("lost because", strings.Join(reasons, "; "), func(r Referral) string {
		var all []string
		for _, e := range weighedOf(r, bobsOrder().ID).Evidence {
			if !e.Won {
				all = append(all, e.Lost)
			}
		}
		return strings.Join(all, "; ")
	})
}

// on is the order that the referral rests on.
func (c want) on(number int) want {
	return c.check("rests on", string(orderID(number)), func(r Referral) string { return string(r.Order) })
}

// other is what came of another order: "" when it was not set aside.
func (c want) other(number int, reason Reason) want {
	return c.check(fmt.Sprintf("order %d", number), string(reason), func(r Referral) string { return string(weighedOf(r, orderID(number)).Reason) })
}

// work is what is to be done now.
func (c want) work(all ...Work) want {
	return c.check("work", fmt.Sprint(all), func(r Referral) string { return fmt.Sprint(r.Work) })
}

// releasedAt is when the hold ends.
func (c want) releasedAt(at time.Time) want {
	return c.check("release at", at.String(), func(r Referral) string { return r.ReleaseAt.String() })
}

// undoneAt is the business time of what voided it.
func (c want) undoneAt(at time.Time) want {
	return c.check("undone at", at.String(), func(r Referral) string { return r.UndoneAt.String() })
}

// under is the campaign version whose terms count.
func (c want) under(version int) want {
	return c.check("under version", fmt.Sprint(version), func(r Referral) string { return fmt.Sprint(r.Campaign.Version) })
}

// booked is the ledger of a side, in the order in which it was written: "issued 20.00, reversed -20.00".
func (c want) booked(side Side, entries string) want {
	return c.check(string(side)+"'s ledger", entries, func(r Referral) string {
		var all []string
		for _, e := range r.Ledger {
			if e.Side == side {
				all = append(all, fmt.Sprintf("%s %s", e.Kind, e.Amount.Decimal()))
			}
		}
		return strings.Join(all, ", ")
	})
}

// bookedOn are the days of a side's entries, in the order in which they were written: "issued 11-15, reversed 11-17".
func (c want) bookedOn(side Side, entries string) want {
	return c.check("days of the "+string(side)+"'s ledger", entries, func(r Referral) string {
		var all []string
		for _, e := range r.Ledger {
			if e.Side == side {
				all = append(all, fmt.Sprintf("%s %s", e.Kind, e.At.Format("01-02")))
			}
		}
		return strings.Join(all, ", ")
	})
}

// shown is the state of the advocate's reward at an instant.
func (c want) shown(at time.Time, s RewardState) want {
	return c.check("shown as", string(s), func(r Referral) string { return string(r.Rewards[AdvocateSide].StateAt(at)) })
}

// code is the advocate's code that works now.
func (c want) code(code string) want {
	return c.check("code", code, func(r Referral) string { return r.Rewards[AdvocateSide].Code })
}

func weighedOf(r Referral, id OrderID) Weighed {
	for _, w := range r.Explained.Orders {
		if w.Order == id {
			return w
		}
	}
	return Weighed{}
}

// differs lists what of the referral is not as wanted.
func (c want) differs(r Referral) []string {
	var all []string
	if reward := r.Rewards[AdvocateSide]; r.State != c.state || r.Reason != c.reason || r.Advocate != c.advocate || reward.State != c.reward {
		all = append(all, fmt.Sprintf("got %s (%s), for %q, reward %q; want %s (%s), for %q, reward %q",
			r.State, r.Reason, r.Advocate, reward.State, c.state, c.reason, c.advocate, c.reward))
	}
	for _, also := range c.also {
		if wrong := also(r); wrong != "" {
			all = append(all, wrong)
		}
	}
	return all
}

// play sets each scene, decides, and compares; and holds every scene to what must be true of all. TestProgram collects the rows, and
// plays them through the whole program.
func play(t *testing.T, rows []row) {
	t.Helper()
	if collect != nil {
		collect(t, rows)
		return
	}
	for _, c := range rows {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			r := decide(t, w.f)
			for _, wrong := range c.want.differs(r) {
				t.Error(wrong)
			}
			mustHold(t, w.f, r)
		})
	}
}
