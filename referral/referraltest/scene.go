package referraltest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"twofold/money"
	. "twofold/referral"
	"twofold/trust"
)

// A Scene is the world as a row of a table changes it. Its methods are what happens there, so that a row reads as a
// story.
type Scene struct {
	Facts    Facts
	Referral Referral // as it was decided last

	t testing.TB
}

// NewScene is the world of the cast, with Bob's order just placed and nothing decided yet.
func NewScene(t testing.TB) *Scene {
	t.Helper()
	return &Scene{Facts: BobsFacts(BobsOrder()), t: t}
}

// Order is Bob's first order, or another one of those that were added.
func (w *Scene) Order(i ...int) *Order {
	if len(i) > 0 {
		return &w.Facts.Orders[i[0]]
	}
	return &w.Facts.Orders[0]
}

// Claim is Bob's first claim.
func (w *Scene) Claim() *Claim { return &w.Facts.Claims[0] }

// Another adds an order of Bob's without a code, as good as the first one.
func (w *Scene) Another(number int, when time.Time, change ...func(*Order)) {
	o := BobsOrder()
	o.ID, o.Name, o.Codes = OrderNo(number), fmt.Sprintf("#%d", number), nil
	Move(&o, when)
	for _, c := range change {
		c(&o)
	}
	w.Facts.Orders = append(w.Facts.Orders, o)
}

// Move moves an order in time.
func Move(o *Order, t time.Time) {
	o.ProcessedAt, o.CreatedAt, o.UpdatedAt = t, t, t
	o.Transactions[0].At = t
}

// At is when Bob's first order was placed.
func (w *Scene) At(t time.Time) { Move(w.Order(), t) }

// Claimed adds a claim of Zoe's link, made some time after Bob's first one.
func (w *Scene) Claimed(after time.Duration, change ...func(*Claim)) {
	c := Claim{
		Shop: Shop, ID: ClaimID(fmt.Sprintf("clm_%d", len(w.Facts.Claims)+1)), Campaign: "cmp_1", Version: 1,
		Customer: Bob, SignedAt: Noon.Add(after),
		Touches:   []Touch{opening("adv_zoe", 1, Noon.Add(after))},
		ClaimedAt: Noon.Add(after), ExpiresAt: Noon.Add(after + 30*Day),
	}
	for _, do := range change {
		do(&c)
	}
	w.Facts.Claims = append(w.Facts.Claims, c)
}

// Guest makes of Bob's claim one at which nobody was signed in, with no code on the order: what is left must tie them.
func (w *Scene) Guest() {
	w.Order().Codes = nil
	w.Claim().Customer, w.Claim().SignedAt, w.Claim().Keys = "", time.Time{}, []string{BrowserKey("b2")}
}

// Renewed has Bob's claim promise another version from an instant on; a new code is not drawn yet.
func (w *Scene) Renewed(version int, at time.Time) {
	c := w.Claim()
	c.Earlier, c.Version = append(c.Earlier, Promise{Version: c.Version, Code: c.Code, Until: at}), version
	if c.Code != "" {
		c.Former, c.Code = append(c.Former, c.Code), ""
	}
}

// Nothing leaves no tie between the order and anybody.
func (w *Scene) Nothing() { w.Facts.Claims, w.Order().Codes = nil, nil }

// Touch adds openings of links to Bob's claim.
func (w *Scene) Touch(touches ...Touch) {
	w.Claim().Touches = append(slices.Clone(w.Claim().Touches), touches...)
}

// Visit leaves a visit of Zoe's link in the cart.
func (w *Scene) Visit(t time.Time) {
	w.Order().Visit = &Visit{Shop: Shop, Campaign: Version1, Advocate: "adv_zoe", At: t}
}

// Cart leaves a claim's id in the cart.
func (w *Scene) Cart(id ClaimID) {
	w.Order().Attributes = []Attribute{{Key: ClaimAttribute, Value: string(id)}}
}

// Terms changes the campaign's terms.
func (w *Scene) Terms(change func(*Terms)) {
	w.Campaign(Version1, func(c *Campaign) { change(&c.Terms) })
}

// Campaign changes a version, or drafts it like the first one.
func (w *Scene) Campaign(key CampaignKey, change func(*Campaign)) {
	c, there := w.Facts.Campaigns[key]
	if !there {
		c = w.Facts.Campaigns[Version1]
		c.ID, c.Version = key.ID, key.Version
	}
	change(&c)
	w.Facts.Campaigns[key] = c
}

// Replaced puts a second version live at an instant, in place of the first.
func (w *Scene) Replaced(at time.Time, change func(*Terms)) {
	w.Campaign(Version2, func(c *Campaign) { c.LiveAt = at; change(&c.Terms) })
	w.Campaign(Version1, func(c *Campaign) { c.State, c.Until = CampaignReplaced, at })
}

// Advocate changes an advocate.
func (w *Scene) Advocate(id AdvocateID, change func(*Advocate)) {
	a := w.Facts.Advocates[id]
	change(&a)
	w.Facts.Advocates[id] = a
}

// Block has the merchant block Alice.
func (w *Scene) Block(at time.Time) {
	w.Advocate("adv_alice", func(a *Advocate) { a.State, a.BlockedAt = AdvocateBlocked, at })
}

// Erase has the person erased who Alice was.
func (w *Scene) Erase(at time.Time) {
	w.Advocate("adv_alice", func(a *Advocate) { a.State, a.BlockedAt, a.ErasedAt = AdvocateBlocked, at, at })
}

// In has everything cost whole or other sums of another currency: the order's subtotal, both rewards, the minimum.
func (w *Scene) In(currency, subtotal, reward, minimum string) {
	sum := func(decimal string) money.Amount { return money.MustParse(decimal, currency) }
	o := w.Order()
	o.Currency, o.Subtotal, o.CurrentSubtotal, o.Received = currency, sum(subtotal), sum(subtotal), sum(subtotal)
	o.Refunded, o.Discounted = sum("0"), sum(reward)
	w.Terms(func(t *Terms) {
		offer := Offer{Kind: AmountOff, Amount: sum(reward)}
		t.Friend, t.Advocate, t.Minimum = offer, offer, sum(minimum)
	})
}

// Subtotal is what the order is worth, before and now.
func (w *Scene) Subtotal(decimal string) {
	sum := money.MustParse(decimal, w.Order().Currency)
	w.Order().Subtotal, w.Order().CurrentSubtotal, w.Order().Received = sum, sum, sum
}

// Test makes it a test order, in the lane of its own.
func (w *Scene) Test() {
	w.Facts.Friend, w.Facts.HistoryAt = FriendOf(Bob, true), time.Time{}
	for i := range w.Facts.Orders {
		w.Facts.Orders[i].Test = true
	}
}

// Nobodys makes Bob's first order one that never showed a customer: it has a referral of its own.
func (w *Scene) Nobodys() {
	o := w.Order()
	o.Customer, o.Journey = "", Journey{Ready: true}
	w.Facts.Friend, w.Facts.HistoryAt = o.Friend(), time.Time{}
}

// Act is what the merchant decides.
func (w *Scene) Act(a Act) { w.Facts.Acts = append(slices.Clone(w.Facts.Acts), a) }

// Link has the merchant tie Bob's first order to an advocate.
func (w *Scene) Link(id AdvocateID, at time.Time) {
	w.Act(Act{Kind: ActLink, At: at, Order: w.Order().ID, Advocate: id, Campaign: Version1})
}

// Unlink has the merchant untie it.
func (w *Scene) Unlink(at time.Time) { w.Act(Act{Kind: ActUnlink, At: at, Order: w.Order().ID}) }

// BuysFirst has Alice's rewards wait until they have bought, of which so much is known.
func (w *Scene) BuysFirst(known Purchase) {
	w.Terms(func(t *Terms) { t.BuysFirst = true })
	w.Advocate("adv_alice", func(a *Advocate) { a.Purchase, a.PurchaseAsked = known, Bought })
}

// Flag is what is seen when the hold of an order of Bob's is over: Alice has earned ten rewards within 30 days.
func (w *Scene) Flag(change ...func(*Flag)) {
	flag := Flag{
		Order: BobsOrder().ID, Advocate: "adv_alice", Reason: ReasonManyRewards, At: Bought.Add(14 * Day), Count: 10, Most: 10, Days: 30,
	}
	for _, c := range change {
		c(&flag)
	}
	w.Facts.Flags = append(slices.Clone(w.Facts.Flags), flag)
}

// Appeal is one side's word that Bob's first order came through an advocate.
func (w *Scene) Appeal(by Side, advocate AdvocateID, at time.Time) {
	one := Appeal{Order: w.Order().ID, By: by, Advocate: advocate, At: at}
	w.Facts.Appeals = append(slices.Clone(w.Facts.Appeals), one)
}

// Approve is the merchant's yes to Bob's order, in spite of the rules that hold it.
func (w *Scene) Approve(rules ...string) {
	w.Act(Act{Kind: ActApprove, At: Noon, Order: BobsOrder().ID, Rules: rules})
}

// Reissue has the merchant give Alice another code in place of one, 20 days after the order.
func (w *Scene) Reissue(code string) {
	w.Act(Act{Kind: ActReissue, At: Bought.Add(20 * Day), Order: w.Order().ID, Side: AdvocateSide, Code: code})
}

// Forgive has the merchant let go what Alice owes by now, 40 days after the order.
func (w *Scene) Forgive() {
	reward := w.Referral.Rewards[AdvocateSide]
	w.Act(Act{
		Kind: ActForgive, At: Bought.Add(40 * Day), Order: w.Order().ID, Amount: reward.Owed, Units: reward.OwedUnits,
	})
}

// Decide keeps the decision, as the store would.
func (w *Scene) Decide() {
	w.t.Helper()
	w.Referral = DecidedAfter(w.t, w.Stored(), w.itemized())
	w.Facts.Record = w.Referral.Record
}

// Stored is the referral as the store has it: what was decided last, and all that became known since.
func (w *Scene) Stored() Referral {
	r := w.Referral
	r.Shop, r.Friend, r.Record = w.Facts.Shop, w.Facts.Friend, w.Facts.Record
	return r
}

// Took says what each discount took off Bob's first order's goods; an empty code is all that have none.
func (w *Scene) Took(took ...TookOff) {
	o := w.Order()
	o.Itemized, o.TookOff = true, took
	o.Discounted = money.Amount{Currency: o.Currency}
	for _, t := range took {
		o.Discounted.Minor += t.Amount.Minor
	}
}

// OffGoods and OffShipping are what a discount took off.
func OffGoods(code, decimal string) TookOff {
	return TookOff{Code: code, Amount: USD(decimal), Left: USD(decimal)}
}

// OffShipping is OffGoods, but off the shipping.
func OffShipping(code, decimal string) TookOff {
	return TookOff{Code: code, Amount: USD(decimal), Left: USD("0")}
}

// itemized are the facts with orders as they are read line by line. Where a row does not say what took off what, the order's first code
// took all that was discounted, off goods unless it is for the shipping; what was given back took its part along.
func (w *Scene) itemized() Facts {
	f := w.Facts
	f.Orders = slices.Clone(f.Orders)
	for i := range f.Orders {
		o := &f.Orders[i]
		if o.Itemized || o.Currency == "" {
			continue
		}
		o.Itemized = true
		if len(o.Codes) == 0 || o.Discounted.IsZero() {
			continue
		}
		left := o.Discounted
		switch current := o.CurrentSubtotal.NotBelowZero(); {
		case f.Campaigns[Version1].Terms.Friend.Kind == FreeShipping:
			left.Minor = 0
		case current.Minor < o.Subtotal.Minor:
			var err error
			if left, err = left.Part(current, o.Subtotal); err != nil {
				w.t.Fatal(err)
			}
		}
		o.TookOff = []TookOff{{Code: o.Codes[0], Amount: o.Discounted, Left: left}}
	}
	return f
}

// Release lets the reward leave when its hold is over, as the release would that meets no cap; change, if any, alters
// it first.
func (w *Scene) Release(change ...func(*Release)) {
	w.t.Helper()
	w.Decide()
	r := w.Stored()

	ripe := slices.Contains(r.Work, WorkRelease) && !slices.Contains(r.Work, WorkHistory) && !r.ReleaseAt.IsZero()
	if !ripe {
		w.t.Fatalf("nothing to release: %s (%s), work %v", r.State, r.Reason, r.Work)
	}

	release := NewRelease(r)
	for _, c := range change {
		c(release)
	}
	w.Facts.Release = release
	w.Decide()
}

// Offset says how much of the reward makes up for what the advocate owes elsewhere.
func Offset(decimal string) func(*Release) {
	return func(r *Release) { r.Offset, r.Offsets = USD(decimal), 1 }
}

// Denied says why the release is denied.
func Denied(reason Reason) func(*Release) { return func(r *Release) { r.Denied = reason } }

// Issue gives out a side's approved reward.
func (w *Scene) Issue(side Side, code string) {
	w.t.Helper()
	r := w.Stored()
	offer := w.Facts.Campaigns[r.Campaign].Terms.Friend
	if side == AdvocateSide {
		offer = w.Facts.Campaigns[r.Campaign].Terms.Advocate
	}

	// Each further code of a side is issued a day after the one before.
	at := r.Release.At
	for _, earlier := range r.Issues {
		if earlier.Side == side {
			at = at.Add(Day)
		}
	}

	reward := r.Rewards[side]
	issue := Issue{Side: side, Reward: reward.ID, Campaign: reward.Campaign, Code: code, Amount: reward.Due, At: at}
	if offer.ValidDays > 0 {
		issue.EndsAt = at.Add(time.Duration(offer.ValidDays) * Day)
	}

	if !AddIssue(r, &w.Facts, issue, r.Holder(side)) {
		w.t.Fatalf("nothing to issue: the %s's reward is %s", side, r.Rewards[side].State)
	}
	w.Decide()
}

// Issued is the way up to the advocate's code.
func (w *Scene) Issued(change ...func(*Release)) {
	w.t.Helper()
	w.Release(change...)
	w.Issue(AdvocateSide, AlicesCode)
}

// AfterOrder gives the friend's reward after the order.
func (w *Scene) AfterOrder() {
	w.Terms(func(t *Terms) { t.Friend.AfterOrder = true })
	w.Claim().Code = ""
}

// Personal makes the advocate's reward one that only Alice can use.
func (w *Scene) Personal() { w.Terms(func(t *Terms) { t.Advocate.Personal = true }) }

// Spent is an order of somebody's that carries the code.
func (w *Scene) Spent(code string, number int, at time.Time) {
	spent := Order{Shop: Shop, ID: OrderNo(number), ProcessedAt: at, Codes: []string{code}, Customer: Alice}
	w.Facts.Spent = append(w.Facts.Spent, spent)
}

// CardHash is the hash of a card that has a number.
func CardHash(number int) string { return fmt.Sprintf("card%d", number) }

// CardOf has somebody else pay for an order with the card that Bob's first order is paid with.
func (w *Scene) CardOf(c CustomerID, number int, at time.Time) *Order {
	w.Order().Cards = []string{CardHash(1)}
	other := Order{
		Shop: Shop, ID: OrderNo(number), Name: fmt.Sprintf("#%d", number), ProcessedAt: at, Customer: c, Cards: []string{CardHash(1)},
	}
	w.Facts.SameCard = append(w.Facts.SameCard, other)
	return &w.Facts.SameCard[len(w.Facts.SameCard)-1]
}

// Brought has an advocate's link have brought the order of somebody else, and others see that of its customer.
func (w *Scene) Brought(o *Order, by AdvocateID, tie trust.Tie) {
	w.Facts.Neighbours = append(w.Facts.Neighbours, Neighbour{
		Friend: o.Customer,
		Traces: []Trace{{
			Order: o.ID, Name: o.Name, Advocate: by, At: o.ProcessedAt, By: tie, From: o.From(), Cards: o.Cards, Marks: o.Marks,
		}},
	})
}

// Free has Bob's first order, or another one, cost nothing: what his code leaves is taken off by a code of the shop's.
func (w *Scene) Free(i ...int) {
	o := w.Order(i...)
	rest := o.CurrentSubtotal
	o.Subtotal, o.CurrentSubtotal, o.Received, o.Transactions = USD("0"), USD("0"), USD("0"), nil
	o.Itemized, o.TookOff, o.Codes = true, nil, append(slices.Clone(o.Codes), "FREE")
	if slices.Contains(o.Codes, BobsCode) {
		o.TookOff = []TookOff{OffGoods(BobsCode, "20")}
	}
	o.TookOff = append(o.TookOff, TookOff{Code: "FREE", Amount: rest, Left: rest})
	o.Discounted = money.Amount{Minor: 2000*int64(len(o.TookOff)-1) + rest.Minor, Currency: o.Currency}
}

// Refund pays Bob's first order back in full, 16 days after it.
func (w *Scene) Refund() {
	o := w.Order()
	o.Status, o.Refunded = StatusRefunded, o.Received
	o.Refunds = []Refund{{ID: "r1", At: Bought.Add(16 * Day), Total: o.Received}}
}

// Dispute has the bank dispute the payment of Bob's first order, 20 days after it.
func (w *Scene) Dispute(status string) {
	w.Order().Disputes = []Dispute{{ID: "d1", Status: status, InitiatedAs: "CHARGEBACK"}}
	w.Order().UpdatedAt = Bought.Add(20 * Day)
}

// Settled has another referral's reward make up for what is owed here.
func (w *Scene) Settled(decimal string) {
	by := FriendID(fmt.Sprintf("gid://shopify/Customer/%d", 70+len(w.Facts.Settled)))
	settled := Settled{By: by, Amount: USD(decimal), At: Bought.Add(30 * Day)}
	w.Facts.Settled = append(slices.Clone(w.Facts.Settled), settled)
}

// Adjust refunds an amount without a line, for a reason of Shopify's.
func (w *Scene) Adjust(reason, amount string) {
	w.Order().Status = StatusPartiallyRefunded
	adjusted := []Adjustment{{Reason: reason, Amount: USD(amount)}}
	w.Order().Refunds = []Refund{{ID: "r1", At: Bought.Add(Day), Adjustments: adjusted}}
}
