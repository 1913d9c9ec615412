package referral

import (
	"slices"
	"strconv"
	"time"

	"twofold/money"
)

// RulesVersion is written into every explanation. It grows when a rule changes what it decides.
const RulesVersion = 8

// ReleaseAt is the instant a reward leaves its hold.
//
// paidAt is when the order's payment was completed and processedAt its business time, both by Shopify's clock; the
// later counts. holdDays are whole 24-hour days; 0 releases at once. Source: design section 6, Release.
func ReleaseAt(processedAt, paidAt time.Time, holdDays int) time.Time {
	start := processedAt
	if paidAt.After(start) {
		start = paidAt
	}
	return start.Add(time.Duration(holdDays) * 24 * time.Hour)
}

// InWindow tells whether a touch counts for an order: from the touch on, half open, so that at exactly windowDays it is
// over.
func InWindow(touch, processedAt time.Time, windowDays int) bool {
	return !processedAt.Before(touch) && processedAt.Before(touch.Add(time.Duration(windowDays)*24*time.Hour))
}

// PaidAt is when the order's payment was completed: the last successful sale or capture.
// Zero: no such transaction. Source: shopify.dev, OrderTransaction.kind and .status, 2026-10.
func (o Order) PaidAt() time.Time {
	var at time.Time
	for _, t := range o.Transactions {
		if t.pays() && t.At.After(at) {
			at = t.At
		}
	}
	return at
}

// Paid tells whether the order was paid in full at some time, whatever was refunded since. One that was free and has
// become dearer is paid when something was received; one that was refunded in part may have been paid in part only, so
// nothing may be left to pay.
//
// Whether money that was paid back without a line (an adjustment) is to be paid again, by Shopify's sum, is documented
// nowhere: so much may be left. Source: shopify.dev, OrderDisplayFinancialStatus, Order.totalOutstandingSet, 2026-10.
func (o Order) Paid() bool {
	switch o.Status {
	case StatusPaid:
		return o.receivedAny() || o.Outstanding.Minor <= 0
	case StatusPartiallyRefunded:
		return o.Outstanding.Minor <= o.besideLines()
	}
	return o.Status == StatusRefunded
}

// receivedAny tells whether anything was paid, by whatever means: whether totalReceivedSet counts gift cards and store
// credit is documented nowhere, so a payment that succeeded is enough. Source: shopify.dev, Order.totalReceivedSet,
// OrderTransaction, 2026-10.
func (o Order) receivedAny() bool {
	return o.Received.Minor > 0 || slices.ContainsFunc(o.Transactions, func(t Transaction) bool { return t.pays() && t.Amount.Minor > 0 })
}

// pays tells whether money has come in by the transaction.
func (t Transaction) pays() bool {
	return t.Status == "SUCCESS" && (t.Kind == "SALE" || t.Kind == "CAPTURE")
}

// besideLines is what refunds paid back beyond what their lines are worth, in minor units.
func (o Order) besideLines() (sum int64) {
	for _, r := range o.Refunds {
		for _, a := range r.Adjustments {
			sum -= min(a.Amount.Minor, 0)
		}
	}
	return sum
}

// FullyRefunded tells whether nothing of the payment is left: the status says so, or as much was refunded as was
// received.
func (o Order) FullyRefunded() bool {
	if o.Status == StatusRefunded || o.Status == StatusVoided {
		return true
	}
	all, err := o.Refunded.AtLeast(o.Received)
	return err == nil && all && o.Refunded.Minor > 0
}

// netReasons are the adjustment reasons that lower the net. Their amounts are negative when more was paid back than the
// lines gave. PENDING_REFUND_DISCREPANCY is left out: Shopify books it out again when the refund settles. Source:
// shopify.dev, OrderAdjustmentDiscrepancyReason and OrderAdjustment.amountSet, 2026-10.
var netReasons = map[string]bool{
	"": true, "CUSTOMER": true, "DAMAGE": true, "RESTOCK": true, "REFUND_DISCREPANCY": true, "FULL_RETURN_BALANCING_ADJUSTMENT": true,
}

// Net is what the order is worth now: current subtotal (lines less discounts, after edits and returns) without gift
// cards, which can be spent or given back later, and refund adjustments, never below zero. Source: design section 6,
// Net; shopify.dev, LineItem.isGiftCard.
func (o Order) Net() (money.Amount, error) {
	left, err := o.left()
	return left.NotBelowZero(), err
}

// left is Net as it adds up: below zero when more was paid back than there was.
func (o Order) left() (money.Amount, error) {
	net, err := o.CurrentSubtotal.Sub(o.GiftCards)
	if err != nil {
		return net, err
	}
	for _, r := range o.Refunds {
		for _, a := range r.Adjustments {
			if !netReasons[a.Reason] {
				continue
			}
			sum, err := net.Add(a.Amount)
			if err != nil {
				return money.Amount{}, err
			}
			net = sum
		}
	}
	return net, nil
}

// Stands tells whether something was bought and paid with the order, and is not undone. Test orders buy nothing.
func (o Order) Stands() bool {
	return o.Bought() && o.CancelledAt.IsZero() && !o.FullyRefunded()
}

// Bought tells whether something was bought and paid with the order, whatever became of it.
func (o Order) Bought() bool { return !o.Test && o.Paid() && o.receivedAny() }

// Stands tells the same of a customer's history. Orders that are too old to be shown count: they are beyond what can be
// given back.
func (c CustomerOrders) Stands() bool {
	shown := 0
	for _, v := range c.Visible {
		if v.Test {
			continue
		}
		if shown++; v.Paid && v.CancelledAt.IsZero() && v.RefundedAt.IsZero() {
			return true
		}
	}
	return c.Complete && c.Total > shown
}

// UndoneAt is the business time of the order's latest cancellation or refund, or of its last change when there is
// neither.
func (o Order) UndoneAt() time.Time {
	at := o.CancelledAt
	for _, r := range o.Refunds {
		if r.At.After(at) {
			at = r.At
		}
	}
	if at.IsZero() {
		return o.UpdatedAt
	}
	return at
}

// PriorOrders counts the orders the customer had placed before o: Shopify's index less one when it is known, else all
// their orders less those from o on; in both, earlier ones that were free, or cancelled or fully refunded before o, do
// not count. known is false when the visible history is cut off, so that the count might be too high.
//
// Source: design section 6, "new to the shop"; shopify.dev, CustomerJourneySummary.customerOrderIndex,
// Customer.numberOfOrders and Order.totalPriceSet, 2026-10.
func PriorOrders(o Order, c CustomerOrders) (n Newness, known bool) {
	uncounted, fromHere := 0, 0
	for _, v := range c.Visible {
		switch {
		case v.Test:
		case v.ID == o.ID || !before(v.ProcessedAt, v.ID, o.ProcessedAt, o.ID):
			fromHere++
		case v.Free || undoneBefore(v, o.ProcessedAt):
			uncounted++
		}
	}
	n = Newness{Prior: c.Total - fromHere, Via: ViaCount, At: o.UpdatedAt}
	if o.Journey.Ready && o.Journey.Index > 0 {
		n = Newness{Prior: o.Journey.Index - 1, Via: ViaIndex, At: o.UpdatedAt}
	}
	n.Prior = max(0, n.Prior-uncounted)
	return n, c.Complete || n.Prior == 0
}

func undoneBefore(v VisibleOrder, at time.Time) bool {
	return (!v.CancelledAt.IsZero() && v.CancelledAt.Before(at)) || (!v.RefundedAt.IsZero() && v.RefundedAt.Before(at))
}

// before orders by business time, then id: numerically shorter ids are older.
func before(aAt time.Time, a OrderID, bAt time.Time, b OrderID) bool {
	if !aAt.Equal(bAt) {
		return aAt.Before(bAt)
	}
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

// A check looks at one order that is tied to an advocate, and says whether it may earn rewards. Its version grows when
// the rule changes what it decides. docs/RULES.md gives each its sentence, default and source.
type check struct {
	rule    string
	version int
	look    func(*weighing) Check
}

// checks are applied in this order; of those that fail the first names the reason. Trust comes last: it is asked of what
// nothing else makes fail.
var checks = []check{
	{"merchant", 2, checkMerchant},
	{"not_self", 1, checkSelf},
	{"advocate_active", 2, checkActive},
	{"source", 1, checkSource},
	{"paid", 2, checkPaid},
	{"not_undone", 1, checkUndone},
	{"still_shown", 1, checkShown},
	{"readable", 1, checkReadable},
	{"customer_known", 1, checkCustomer},
	{"no_dispute", 1, checkDispute},
	{"new_customer", 3, checkNew},
	{"minimum", 3, checkMinimum},
	{"worth_something", 1, checkWorth},
	{"appeal", 1, checkAppeal},
	{"other_browser", 3, checkBrowser},
	{"other_email", 2, checkEmail},
	{"address_proved", 1, checkProved},
	{"advocate_bought", 1, checkBought},
	{"pace", 2, checkPace},
	{"trust", 1, checkTrust},
}

func passed(saw ...Value) Check { return Check{Result: Passed, Saw: saw} }

func result(r CheckResult, reason Reason, saw ...Value) Check {
	return Check{Result: r, Reason: reason, Saw: saw}
}

// checkMerchant: the merchant's latest verdict. What it lets pass is applied by judge, to the checks that only hold.
func checkMerchant(w *weighing) Check {
	switch act, said := Verdict(w.facts.Acts); {
	case said && act.Kind == ActReject:
		return result(Failed, ReasonRejected, Value{"rejected_at", stamp(act.At)})
	case said && act.Kind == ActVoid:
		return result(Failed, ReasonMerchant, Value{"voided_at", stamp(act.At)})
	}
	return passed()
}

// Verdict is the latest of the merchant's approvals, rejections, voids, and what takes these back.
func Verdict(acts []Act) (latest Act, said bool) {
	for _, act := range acts {
		judges := slices.Contains([]ActKind{ActApprove, ActReject, ActVoid, ActRestore}, act.Kind)
		if judges && (!said || !act.At.Before(latest.At)) {
			latest, said = act, true
		}
	}
	return latest, said
}

func checkSelf(w *weighing) Check {
	if w.advocate.Customer != "" && w.advocate.Customer == w.facts.Friend.Customer() {
		return result(Failed, ReasonSelf)
	}
	return passed()
}

// checkActive: what a blocked advocate has not been released is lost; what was released before stays.
func checkActive(w *weighing) Check {
	if w.advocate.State != AdvocateBlocked {
		return passed()
	}
	if !w.advocate.ErasedAt.IsZero() {
		return w.checkErased()
	}
	saw := Value{"blocked_at", stamp(w.advocate.BlockedAt)}
	if at, yes := w.released(); yes {
		return passed(saw, Value{"released_at", stamp(at)})
	}
	return result(Failed, ReasonBlocked, saw)
}

// checkErased: nothing more is released for an advocate who was erased: nobody is there to have it. Who was promised a
// reward after the order has it all the same, and what was released before stays; of both the advocate's own side is
// void unless its code was given.
func (w *weighing) checkErased() Check {
	saw := Value{"erased_at", stamp(w.advocate.ErasedAt)}
	if _, granted := w.released(); granted || w.campaign.Terms.Friend.AfterOrder {
		return passed(saw)
	}
	return result(Failed, ReasonErased, saw)
}

// released tells whether the reward for this order was released, and when its hold had ended.
func (w *weighing) released() (at time.Time, yes bool) {
	release := w.facts.Release
	if release == nil || release.Order != w.order.ID || release.Denied != ReasonNone {
		return at, false
	}
	return release.At, true
}

// stays tells whether the reward for this order was released, and stays whatever part of the order is given back since.
func (w *weighing) stays() (at time.Time, yes bool) {
	at, yes = w.released()
	return at, yes && !w.campaign.Terms.TakeBackReturns
}

func checkSource(w *weighing) Check {
	source := w.order.From()
	saw := Value{"source", string(source)}
	if w.campaign.Terms.Excluded.Has(source) {
		return result(Failed, ReasonSource, saw)
	}
	return passed(saw)
}

func checkPaid(w *weighing) Check {
	saw := []Value{{"status", string(w.order.Status)}}
	if w.order.Paid() || w.order.FullyRefunded() || !w.order.CancelledAt.IsZero() {
		return passed(saw...)
	}
	if w.order.Outstanding.Minor > 0 {
		saw = append(saw, Value{"outstanding", w.order.Outstanding.String()})
	}
	return result(Waits, ReasonUnpaid, saw...)
}

func checkUndone(w *weighing) Check {
	switch {
	case !w.order.CancelledAt.IsZero():
		return result(Failed, ReasonCancelled, Value{"cancelled_at", stamp(w.order.CancelledAt)})
	case w.order.FullyRefunded():
		return result(Failed, ReasonRefunded, Value{"refunded", w.order.Refunded.String()}, Value{"received", w.order.Received.String()})
	}
	return passed(Value{"refunded", w.order.Refunded.String()})
}

// checkShown: an order that Shopify no longer shows cannot prove itself. It is the merchant's to judge.
func checkShown(w *weighing) Check {
	if w.order.Gone {
		return result(Holds, ReasonGone, Value{"last_shown", stamp(w.order.ReadAt)})
	}
	return passed()
}

// checkReadable: what is known of an order that cannot be read any more may be old. It is held until it can be, or for
// the merchant's word.
func checkReadable(w *weighing) Check {
	if since := w.order.Unread; !since.IsZero() {
		return result(Holds, ReasonUnread, Value{"unread_since", stamp(since)})
	}
	return passed()
}

// checkCustomer: an order that never showed a customer earns nothing until one is attached, or shown: nobody is there
// who could be new. What its code took off is booked all the same. An order that has lost its customer is still that
// one's, and what was released for it stands. What was not is the merchant's to judge, as nobody can be asked about any
// more. Of who was erased all was asked before, so that it holds no longer.
func checkCustomer(w *weighing) Check {
	if w.order.Customer == "" {
		return result(Failed, ReasonNoIdentity)
	}
	if w.order.CustomerGone && !w.order.Customer.Erased() {
		return result(Holds, ReasonCustomerGone)
	}
	return passed()
}

// checkDispute: a chargeback that was not won voids, an open inquiry holds. Source: shopify.dev, DisputeStatus,
// 2026-10.
func checkDispute(w *weighing) Check {
	held := passed()
	for _, d := range w.order.Disputes {
		if d.Status == "WON" || d.Status == "CHARGE_REFUNDED" {
			continue
		}
		saw := Value{"dispute", d.InitiatedAs + " " + d.Status}
		if d.InitiatedAs != "INQUIRY" {
			return result(Failed, ReasonDispute, saw)
		}
		held = result(Holds, ReasonInquiry, saw)
	}
	return held
}

// checkNew: a test order says nothing of a customer, and is not counted among anybody's orders. Of nobody there is
// nothing to ask.
func checkNew(w *weighing) Check {
	if w.order.Customer == "" {
		return passed(Value{"customer", "none"})
	}
	if w.order.Test {
		return passed(Value{"lane", "test"})
	}
	n, known := w.facts.Newness[w.order.ID]
	switch {
	case !known:
		return result(Waits, ReasonNewness)
	case n.Unknown:
		return result(Holds, ReasonUnknown, Value{"asked_until", stamp(n.At)})
	}
	saw := []Value{{"prior_orders", strconv.Itoa(n.Prior)}, {"via", n.Via}}
	if n.Prior > 0 {
		return result(Failed, ReasonNotNew, saw...)
	}
	return passed(saw...)
}

// checkMinimum: what was bought, before our code was taken off and without gift cards, is the sum that the checkout
// asks for too. So whom the checkout let through qualifies, as long as nothing is given back. What is given back after
// the release takes no reward away, unless the merchant says so. Source: design section 6, A friend qualifies.
func checkMinimum(w *weighing) Check {
	g, err := w.goods()
	if err != nil { // too large to be added, or of two currencies: what is left counts alone
		g = goods{counted: w.net, minimum: g.minimum}
	}

	saw := []Value{{"net", w.net.String()}}
	if !w.order.GiftCards.IsZero() {
		saw = append(saw, Value{"gift_cards", w.order.GiftCards.String()})
	}
	if !g.discount.IsZero() {
		saw = append(saw, Value{"discount", g.discount.String()}, Value{"counted", g.counted.String()})
	}
	saw = append(saw, Value{"minimum", g.minimum.String()})

	if enough, err := g.counted.AtLeast(g.minimum); err == nil && enough {
		return passed(saw...)
	}
	if at, yes := w.stays(); yes {
		return passed(append(saw, Value{"released_at", stamp(at)})...)
	}
	return result(Failed, ReasonBelowMinimum, saw...)
}

// checkWorth: what brings the shop nothing earns nothing, unless the merchant says so. Of an order that is not paid yet
// it says nothing. What was released stays, also by rules that did not ask: returns after it are the minimum's to
// judge.
func checkWorth(w *weighing) Check {
	if !w.order.Paid() || w.campaign.Terms.FreeOrders || (w.order.receivedAny() && w.net.Minor > 0) {
		return passed()
	}
	saw := []Value{{"received", w.order.Received.String()}, {"net", w.net.String()}}
	if at, yes := w.released(); yes {
		return passed(append(saw, Value{"released_at", stamp(at)})...)
	}
	return result(Failed, ReasonFree, saw...)
}

func checkBrowser(w *weighing) Check {
	for _, hash := range w.advocate.Browsers {
		if slices.Contains(w.claim.Keys, BrowserKey(hash)) || slices.Contains(w.claim.Browsers, hash) {
			return result(Holds, ReasonSameBrowser)
		}
	}
	if len(w.advocate.Browsers) >= MaxBrowsers {
		return result(Holds, ReasonManyBrowsers)
	}
	return passed()
}

// checkEmail: another account, but the advocate's own address, or an alias of it. Level 2 only; at level 1 there is
// nothing to compare.
func checkEmail(w *weighing) Check {
	if overlap(w.order.Emails, w.advocate.Emails) || overlap(w.order.Aliases, w.advocate.Emails) {
		return result(Holds, ReasonSameEmail)
	}
	return passed()
}

// checkProved: anybody may type anybody's address, so that what an address alone has earned waits until a mail to it was
// answered, or somebody has bought with it: a reward is mailed to nobody else.
func checkProved(w *weighing) Check {
	if w.advocate.Unproved() && w.advocate.Named.Order == "" {
		return result(Waits, ReasonUnproved)
	}
	return passed()
}

// checkBought: where the terms ask for it, an advocate who has bought nothing here has to, before any reward leaves. An
// account that was made for the reward alone costs a purchase that way. It waits, and is cleared by the advocate's
// order, whenever that is.
func checkBought(w *weighing) Check {
	if !w.campaign.Terms.BuysFirst || w.order.Test {
		return passed()
	}
	switch w.advocate.Purchase {
	case PurchaseSeen:
		return passed()
	case PurchaseUnknown:
		return result(Holds, ReasonBuysUnknown, Value{"asked_from", stamp(w.advocate.PurchaseAsked)})
	case PurchaseNone:
		return result(Waits, ReasonBuysFirst)
	}
	return result(Waits, ReasonBuysAsked)
}

// checkPace: an advocate whose rewards come faster than is usual is looked at. What was counted is a fact of the
// release (flagOf).
func checkPace(w *weighing) Check {
	flag, held := w.facts.FlagFor(w.order.ID, w.advocate.ID)
	if !held {
		return passed()
	}
	return result(Holds, flag.Reason,
		Value{"rewards", strconv.Itoa(flag.Count)}, Value{"usual", strconv.Itoa(flag.Most)}, Value{"within_days", strconv.Itoa(flag.Days)})
}

// OrderedAt is when one of the friend's orders was placed; zero: it is not known.
func (f Facts) OrderedAt(id OrderID) time.Time {
	for _, o := range f.Orders {
		if o.ID == id {
			return o.ProcessedAt
		}
	}
	return time.Time{}
}

// FlagFor is what was seen when the hold of an order was over that is credited to an advocate.
func (r Record) FlagFor(order OrderID, advocate AdvocateID) (Flag, bool) {
	for _, f := range r.Flags {
		if f.Order == order && f.Advocate == advocate {
			return f, true
		}
	}
	return Flag{}, false
}
