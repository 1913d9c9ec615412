package e2e

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
)

func equal(a, b any) bool { return gocmp.Equal(a, b, cmpopts.EquateEmpty()) }

func differ(a, b any) string { return gocmp.Diff(a, b, cmpopts.EquateEmpty()) }

// The life of one order in the shop: placed, edited, paid, paid back, cancelled, disputed, each at its time.

// happening is something that happens to an order.
type happening struct {
	at time.Time
	do func() (simulator.Order, error)
}

// life collects what is to happen to one order.
type life struct {
	*world
	o      referral.Order
	in     simulator.OrderInput
	events []happening
}

func (l *life) sum(minor int64) string {
	return money.Amount{Minor: minor, Currency: l.o.Currency}.Decimal()
}

func (l *life) then(at time.Time, do func(shop string, id int64) (simulator.Order, error)) {
	l.events = append(l.events, happening{at, func() (simulator.Order, error) { return do(string(l.shop), l.placed[l.o.ID].ID) }})
}

func (l *life) edit(at time.Time, by int64) {
	switch {
	case by > 0:
		l.then(at, func(shop string, id int64) (simulator.Order, error) {
			return l.sim.EditOrder(shop, id, simulator.EditInput{Add: l.sum(by)})
		})
	case by < 0:
		l.then(at, func(shop string, id int64) (simulator.Order, error) {
			return l.sim.EditOrder(shop, id, simulator.EditInput{Remove: l.sum(-by)})
		})
	}
}

func (l *life) pay(at time.Time) { l.then(at, l.sim.PayOrder) }

// touch moves the order's updatedAt, as a dispute alone does not.
func (l *life) touch(at time.Time) {
	l.then(at, func(shop string, id int64) (simulator.Order, error) {
		return l.sim.EditOrder(shop, id, simulator.EditInput{Add: "0"})
	})
}

// placeAhead places an order that nobody has looked at yet, and that is nobody's yet.
func (w *world) placeAhead(o referral.Order) {
	w.t.Helper()
	nobody := false
	l := &life{world: w, o: o}
	l.plan()
	l.in.CustomerID, l.in.Email, l.in.Customer = 0, "", &nobody
	l.place()
	placed := w.placed[o.ID]
	placed.CustomerID = 0
	w.placed[o.ID] = placed
}

// live places an order, unless it was placed ahead, and lets happen to it what makes it the row's.
func (w *world) live(o referral.Order) {
	w.t.Helper()
	l := &life{world: w, o: o}
	l.plan()
	if _, ahead := w.placed[o.ID]; !ahead {
		l.place()
	} else {
		l.events = slices.Insert(l.events, 0, happening{into(w, o.ProcessedAt), func() (simulator.Order, error) {
			return w.sim.AttachCustomer(string(w.shop), w.placed[o.ID].ID, w.customers[o.Customer].Email)
		}})
	}
	slices.SortStableFunc(l.events, func(a, b happening) int { return a.at.Compare(b.at) })
	for _, e := range l.events {
		w.reach(e.at)
		placed, err := e.do()
		w.must(err)
		w.placed[o.ID] = placed
	}
	l.dispute()
	l.otherwise()
	w.reach(into(w, later(o.ProcessedAt, o.UpdatedAt)).Add(time.Minute))
}

// reach sets the clock, and remembers the latest time there was.
func (w *world) reach(at time.Time) {
	w.set(at)
	w.latest = later(w.latest, at)
}

// place places the order at its time, or a minute before if something happens to it at once.
func (l *life) place() {
	l.t.Helper()
	at := into(l.world, l.o.ProcessedAt)
	for _, e := range l.events {
		if !e.at.After(at) {
			at = e.at.Add(-time.Minute)
		}
	}
	l.reach(at)
	if !l.o.Journey.Ready {
		_, err := l.sim.AddFault(simulator.Fault{Kind: simulator.FaultSlowJourney, Shop: string(l.shop), MS: 315_360_000_000, Count: 1})
		l.must(err)
	}
	placed, err := l.sim.PlaceOrder(string(l.shop), l.in)
	l.must(err)
	l.placed[l.o.ID] = placed
	l.ids.add(string(l.o.ID), placed.GID)
}

// plan says how the order is placed, and what happens to it then.
func (l *life) plan() {
	o, at := l.o, into(l.world, l.o.ProcessedAt)
	l.in = simulator.OrderInput{
		CustomerID: l.customers[o.Customer].ID, Source: o.Source, Test: o.Test, ProcessedAt: &at, Attributes: map[string]string{},
	}
	if o.Customer == "" {
		l.in.Customer = new(bool)
	}
	for _, a := range l.attributes(o) {
		l.in.Attributes[a.Key] = a.Value
	}
	if len(o.Emails) > 0 {
		l.in.Email = address(o.Emails[0][len(o.Emails[0])-2:])
	}
	if len(o.Aliases) > 0 {
		l.in.Email = address(o.Aliases[0] + "+alias")
	}
	if len(o.Cards) > 0 {
		l.in.Card = "411111111111111" + o.Cards[0][len(o.Cards[0])-1:]
	}
	if len(o.Journey.Refs) > 0 {
		l.in.LandingPage = "/?ref=" + o.Journey.Refs[0]
	}
	worth := l.payments(at)
	l.lines(worth)
	l.changes(at)
	l.refunds(at)
	if !o.CancelledAt.IsZero() {
		no := false
		l.then(into(l.world, o.CancelledAt), func(shop string, id int64) (simulator.Order, error) {
			return l.sim.CancelOrder(shop, id, simulator.CancelInput{Refund: &no})
		})
	}
	if updated := into(l.world, o.UpdatedAt); updated.After(at) && !slices.ContainsFunc(l.events, func(e happening) bool { return !e.at.Before(updated) }) {
		l.touch(updated)
	}
}

// payments says how the order is paid, and returns what it is worth when it is placed; the rest is added to it later.
func (l *life) payments(at time.Time) (worth int64) {
	o := l.o
	worth = o.Subtotal.Minor
	var done []referral.Transaction
	for _, t := range o.Transactions {
		if t.Status == "SUCCESS" {
			done = append(done, t)
		}
	}
	switch {
	case o.Status == referral.StatusAuthorized:
		l.in.FinancialStatus = "authorized"
	case !paid(o):
		l.in.FinancialStatus = "pending"
	case o.Status == referral.StatusPartiallyPaid, o.Status == referral.StatusPartiallyRefunded && !o.Paid() && len(o.Refunds) == 0:
		worth = o.Subtotal.Minor / 2
		l.edit(at, o.Subtotal.Minor-worth)
	case o.Outstanding.Minor > 0 && o.Received.Minor == 0: // free, and something added that is not paid for
		worth = 0
		l.edit(at, o.Subtotal.Minor)
	case len(done) == 1 && !done[0].At.Equal(o.ProcessedAt):
		l.in.FinancialStatus = "pending"
		l.pay(into(l.world, done[0].At))
	case len(done) == 2:
		worth -= done[1].Amount.Minor
		l.edit(into(l.world, done[1].At), done[1].Amount.Minor)
		l.pay(into(l.world, done[1].At))
	case worth > math.MaxInt64-o.Discounted.Minor: // the largest order, before its discount, is larger than can be counted
		worth -= o.Discounted.Minor
		l.edit(at, o.Discounted.Minor)
		l.pay(at)
	}
	return worth
}

// lines are what is bought: worth so much after the discounts, and where something is given back or taken off later, in two lines.
func (l *life) lines(worth int64) {
	o := l.o
	gross, back := worth+l.offGoods(), int64(0)
	if l.returns() || l.removes() {
		part := new(big.Int).Mul(big.NewInt(o.Subtotal.Minor-o.CurrentSubtotal.Minor), big.NewInt(gross))
		back = part.Div(part, big.NewInt(worth)).Int64()
	}
	if cards := o.GiftCards.Minor; cards > 0 {
		l.in.Items = append(l.in.Items, simulator.Item{Title: "Gift card", Price: l.sum(cards), GiftCard: true})
		gross -= cards
	}
	l.in.Items = append(l.in.Items, l.items(gross-back)...)
	if back > 0 {
		l.in.Items = append(l.in.Items, simulator.Item{Title: "Given back", Price: l.sum(back)})
	}
	l.discounts()
	if more := o.Received.Minor - o.Subtotal.Minor; paid(o) && more > 0 {
		if 2*more < o.Subtotal.Minor {
			l.in.TaxRate = big.NewRat(more, o.Subtotal.Minor).FloatString(6)
		} else {
			l.in.Shipping = l.sum(more)
		}
	}
}

// offGoods is what discounts take off the lines.
func (l *life) offGoods() (sum int64) {
	for _, t := range l.o.TookOff {
		if t.Left.Minor > 0 {
			sum += t.Amount.Minor
		}
	}
	return sum
}

// discounts puts on the order what took something off: its codes in their order, then what has none.
func (l *life) discounts() {
	for _, code := range append(slices.Clone(l.o.Codes), "") {
		took := referral.TookOff{Code: code, Left: money.Amount{Minor: 1}} // a code that took nothing
		i := slices.IndexFunc(l.o.TookOff, func(t referral.TookOff) bool { return t.Code == code })
		switch {
		case i >= 0:
			took = l.o.TookOff[i]
		case code == "":
			return
		}

		d := simulator.ForcedDiscount{Code: code, Amount: l.sum(took.Amount.Minor), Shipping: took.Left.Minor == 0}
		if code == "" {
			d.Title = "The shop's own"
		}
		if d.Shipping {
			l.in.Shipping = d.Amount
		}
		l.in.ForcedDiscounts = append(l.in.ForcedDiscounts, d)
	}
}

// removes tells whether pieces are taken off the order later, whose part of the discounts goes along.
func (l *life) removes() bool {
	o := l.o
	return !l.returns() && o.CurrentSubtotal.Minor < o.Subtotal.Minor && l.offGoods() > 0
}

// items are lines that sum to so much: a price has its limits, so of a very large sum there are many pieces.
func (l *life) items(sum int64) []simulator.Item {
	const pieces, large = 100_000, 1_000_000_000_000
	if sum < large {
		return []simulator.Item{{Title: "Blanket", Price: l.sum(sum)}}
	}
	return []simulator.Item{{Title: "Blanket", Price: l.sum(sum / pieces), Quantity: pieces}, {Title: "Rest", Price: l.sum(sum % pieces)}}
}

// returns tells whether a line is given back, and less than it is worth is paid back.
func (l *life) returns() bool {
	return slices.ContainsFunc(l.o.Refunds, func(r referral.Refund) bool {
		return slices.ContainsFunc(r.Adjustments, func(a referral.Adjustment) bool { return a.Amount.Minor > 0 })
	})
}

// changes edits the order to what it is worth now: at once, or when the row says that it changed last.
func (l *life) changes(at time.Time) {
	o := l.o
	by := o.CurrentSubtotal.Minor - o.Subtotal.Minor
	if by == 0 || l.returns() {
		return
	}
	if o.UpdatedAt.After(o.ProcessedAt) && len(o.Disputes) == 0 {
		at = into(l.world, o.UpdatedAt)
	}
	if l.removes() {
		last := []simulator.RefundItem{{Index: len(l.in.Items) - 1}}
		l.then(at, func(shop string, id int64) (simulator.Order, error) {
			return l.sim.EditOrder(shop, id, simulator.EditInput{RemoveItems: last})
		})
		return
	}
	l.edit(at, by)
	if by > 0 && paid(o) {
		l.pay(at)
	}
}

// refunds pays back what the row says, without touching the lines: what they are worth is the row's own.
func (l *life) refunds(at time.Time) {
	o := l.o
	left := min(o.Refunded.Minor, o.Received.Minor)
	all := slices.Clone(o.Refunds)
	slices.SortFunc(all, func(a, b referral.Refund) int { return a.At.Compare(b.At) })
	if len(all) == 0 && left > 0 {
		all = []referral.Refund{{At: o.ProcessedAt}}
	}
	for i, r := range all {
		in := simulator.RefundInput{Reason: "PENDING_REFUND_DISCREPANCY"} // it is in no sum
		if len(r.Adjustments) > 0 {
			in.Reason = r.Adjustments[0].Reason
		}
		if l.returns() {
			in.Items = []simulator.RefundItem{{Index: len(l.in.Items) - 1}}
		}
		amount := left
		if i < len(all)-1 {
			amount = max(1, paidBack(o, r))
		}
		amount = min(amount, left)
		left -= amount
		if i < len(all)-1 && left == 0 { // something for the last one
			amount, left = amount-1, 1
		}
		in.Amount = l.sum(amount)
		when := into(l.world, r.At)
		l.then(later(when, at), func(shop string, id int64) (simulator.Order, error) { return l.sim.RefundOrder(shop, id, in) })
	}
}

// dispute opens the order's dispute.
func (l *life) dispute() {
	l.t.Helper()
	if len(l.o.Disputes) != 1 || !knownDispute(l.o.Disputes[0]) {
		return
	}
	d := l.o.Disputes[0]
	_, err := l.sim.DisputeOrder(string(l.shop), l.placed[l.o.ID].ID, simulator.DisputeInput{Status: d.Status, Type: d.InitiatedAs})
	l.must(err)
}

func knownDispute(d referral.Dispute) bool {
	return d.InitiatedAs != "" && slices.Contains([]string{"ACCEPTED", "CHARGE_REFUNDED", "LOST", "NEEDS_RESPONSE", "UNDER_REVIEW", "WON"}, d.Status)
}

// shownOtherwise are the rows in which Shopify shows something that the simulator never does. There, and only there, its answer about
// the order is altered on its way to the program.
var shownOtherwise = map[string]string{
	"TestPaid/the authorization ran out":               "authorizations do not run out there",
	"TestPaid/no status at all":                        "Shopify's schema lets it be null",
	"TestPaid/a status that Shopify adds later":        "a value that there is not yet",
	"TestPaid/a payment that failed completes nothing": "payments do not fail there",
	"TestPaid/paid, then $5 paid back without a line, if Shopify's sum says that they are to be paid again": "there they are not",
	"TestPaid/a cent more is to be paid than was paid back without a line":                                  "there nothing is",
	"TestFreeOrders/all was paid with a gift card, if Shopify's sum leaves these out":                       "there it counts all payments",
	"TestSources/no source named counts as web":                                                             "Shopify's schema lets it be null",
	"TestNewCustomer/an index that is not ready is no answer":                                               "the index is null until the journey is ready",
	"TestNewCustomer/ready, without an index":                                                               "the index is there once the journey is ready",
	"TestUndone/the payment was voided":                                                                     "only a cancellation voids there",
	"TestUndone/refunded as much as was received":                                                           "the status follows the sums at once",
	"TestUndone/refunded a cent more than was received":                                                     "no more is paid back than was received",
	"TestUndone/refunded in full in yen":                                                                    "the status follows the sums at once",
	"TestDisputes/a chargeback with a status that Shopify adds later":                                       "a value that there is not yet",
	"TestDisputes/a dispute of an unknown kind counts as a chargeback":                                      "a value that there is not yet",
	"TestDisputes/an inquiry, then a chargeback":                                                            "an order has one dispute there",
	"TestDisputes/one won, another lost":                                                                    "an order has one dispute there",
}

// otherwise alters what is shown of the order where the row wants what the simulator never shows.
func (l *life) otherwise() {
	l.t.Helper()
	o := l.o
	show := func(field string, value any) {
		if _, listed := shownOtherwise[l.name]; !listed {
			l.t.Errorf("the simulator's %s is altered, and the row is not listed in shownOtherwise", field)
		}
		raw, err := json.Marshal(value)
		l.must(err)
		id := l.placed[o.ID].GID
		l.shows[id] = append(l.shows[id], func(order map[string]any) {
			var fresh any
			_ = json.Unmarshal(raw, &fresh)
			order[field] = fresh
		})
	}
	overpaid := o.Status == referral.StatusPartiallyRefunded && o.Refunded.Minor >= o.Received.Minor
	known := []referral.FinancialStatus{
		referral.StatusPaid, referral.StatusPending, referral.StatusAuthorized, referral.StatusPartiallyPaid, referral.StatusPartiallyRefunded,
		referral.StatusRefunded, referral.StatusVoided,
	}
	if !slices.Contains(known, o.Status) || overpaid || (o.Status == referral.StatusVoided && o.CancelledAt.IsZero()) {
		show("displayFinancialStatus", orNil(string(o.Status)))
	}
	if o.Refunded.Minor > o.Received.Minor {
		show("totalRefundedSet", bag(o.Refunded))
	}
	if o.Outstanding.Minor > 0 && len(o.Refunds) > 0 {
		show("totalOutstandingSet", bag(o.Outstanding))
	}
	if paid(o) && o.Received.Minor == 0 && !o.PaidAt().IsZero() {
		show("totalReceivedSet", bag(o.Received))
	}
	if o.Source == "" {
		show("sourceName", nil)
	}
	if len(o.Disputes) > 1 || (len(o.Disputes) == 1 && !knownDispute(o.Disputes[0])) {
		all := []map[string]any{}
		for i, d := range o.Disputes {
			all = append(all, map[string]any{"id": fmt.Sprintf("gid://shopify/OrderDisputeSummary/%d", i+1), "status": d.Status, "initiatedAs": d.InitiatedAs})
		}
		show("disputes", all)
	}
	if o.Customer != "" && o.Customer == l.facts.Friend.Customer() && !o.Test && (o.Journey.Ready == (o.Journey.Index == 0)) && (o.Journey.Ready || o.Journey.Index > 0) {
		index := any(o.Journey.Index)
		if o.Journey.Index == 0 {
			index = nil
		}
		show("customerJourneySummary", map[string]any{"ready": o.Journey.Ready, "customerOrderIndex": index})
	}
	if slices.ContainsFunc(o.Transactions, func(t referral.Transaction) bool { return t.Status != "SUCCESS" }) {
		all := []map[string]any{}
		for _, t := range into(l.world, o.Transactions) {
			all = append(all, map[string]any{"kind": t.Kind, "status": t.Status, "processedAt": t.At.Format(time.RFC3339), "amountSet": bag(t.Amount)})
		}
		show("transactions", all)
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// bag is a sum as Shopify shows it.
func bag(a money.Amount) map[string]any {
	return map[string]any{"shopMoney": map[string]any{"amount": a.Decimal(), "currencyCode": a.Currency}}
}
