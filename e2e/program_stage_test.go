package e2e

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/money"
	"twofold/referral"
	"twofold/referral/referraltest"
	"twofold/simulator"
	"twofold/trust"
)

// How a row's facts come about in a shop.

// install makes the shop, in the row's currency, and gives it tokens.
func (w *world) install() {
	w.t.Helper()
	first := time.Time{}
	for _, o := range slices.Concat(w.facts.Orders, w.facts.Spent, w.facts.SameCard) {
		if first.IsZero() || o.ProcessedAt.Before(first) {
			first = o.ProcessedAt
		}
	}
	if first.IsZero() {
		first = referraltest.BobsOrder().ProcessedAt
	}
	w.set(first.Add(-24 * time.Hour))
	behaviour := simulator.DefaultBehaviour()
	if w.level2 {
		behaviour.ProtectedDataLevel = simulator.Level(2)
	}
	w.must(w.sim.CreateShop(simulator.ShopInput{Domain: string(w.shop), Currency: w.currency(), Behaviour: &behaviour}))
	w.must(w.Install(w.ctx, w.sim, w.shop))
}

func (w *world) currency() string {
	for _, o := range w.facts.Orders {
		return o.Currency
	}
	return "USD"
}

// people makes the row's customers, in the order of their numbers.
func (w *world) people() {
	w.t.Helper()
	w.ids.add(string(w.facts.Shop), string(w.shop))
	all := gids(w.facts, "Customer")
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	for _, id := range all {
		w.customer(referral.CustomerID(id), 0)
		w.ids.add(id, w.customers[referral.CustomerID(id)].GID)
	}
	for _, token := range []string{"h1", "h2", "h3"} { // how rows name addresses: a hash of it, or with the key's name before it
		hashes := w.hash.Hashes(w.shop, "email", address(token))
		w.ids.add(token, hashes[0])
		w.ids.in["k2:"+token], w.ids.in["k1:"+token] = hashes[0], hashes[1]
	}
	was := w.was
	is := referral.Referral{Shop: w.shop, Friend: referral.FriendOf(referral.CustomerID(w.ids.in[string(was.Friend.Customer())]), was.Friend.Test())}
	for _, side := range referral.Sides {
		w.ids.add(string(referral.NewRewardID(was, side)), string(referral.NewRewardID(is, side)))
	}
}

func address(token string) string { return token + "@gmail.com" }

// customer makes a customer, or says anew how many orders she had placed before the shop's orders here.
func (w *world) customer(id referral.CustomerID, ordersBefore int) {
	w.t.Helper()
	number := string(id)[strings.LastIndex(string(id), "/")+1:]
	c, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: address("c" + number), OrdersBefore: ordersBefore})
	w.must(err)
	w.customers[id] = c
}

func (w *world) friend() referral.FriendID { return into(w, w.facts.Friend) }

// promises writes down campaigns, advocates and claims, and the codes they hold.
func (w *world) promises() {
	w.t.Helper()
	for _, c := range w.facts.Campaigns {
		w.must(w.store.AddCampaign(w.ctx, into(w, c)))
	}
	for _, a := range w.facts.Advocates {
		if len(a.Codes) == 0 { // a row to which it does not matter
			a.Codes = []string{strings.ToUpper(string(a.ID))}
		}
		w.must(w.store.AddAdvocate(w.ctx, into(w, a)))
	}
	var codes []referral.Code
	hold := func(code string, side referral.Side) {
		codes = append(codes, referral.Code{Code: code, Campaign: referral.CampaignKey{ID: "cmp_1", Version: 1}, Side: side, Holder: referral.CodeHolderID("holder of " + code)})
	}
	for _, c := range slices.Concat(w.facts.Claims, w.othersClaims()) {
		if len(c.Keys) == 0 {
			c.Keys = []string{referral.BrowserKey("of " + string(c.ID))}
		}
		w.must(w.store.AddClaim(w.ctx, into(w, c)))
		for _, code := range append([]string{c.Code}, c.Former...) {
			if code != "" {
				hold(code, referral.FriendSide)
			}
		}
	}
	for _, i := range w.facts.Issues {
		hold(i.Code, i.Side)
	}
	w.must(w.store.AddCodes(w.ctx, w.shop, codes))
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = c.Code
	}
	_, err := w.store.MoveCodes(w.ctx, w.shop, texts, referral.CodeMinting, referral.CodeFree, w.sim.Now())
	w.must(err)
}

// othersClaims are those by which others' orders came that the row has a link have brought.
func (w *world) othersClaims() (all []referral.Claim) {
	for _, n := range w.facts.Neighbours {
		for _, t := range n.Traces {
			i := slices.IndexFunc(w.facts.SameCard, func(o referral.Order) bool { return o.ID == t.Order })
			if t.By != trust.TieClaim || i < 0 {
				continue
			}
			at := referraltest.Noon
			all = append(all, referral.Claim{
				Shop: w.facts.Shop, ID: referral.ClaimID("clm_" + w.facts.SameCard[i].Name), Campaign: "cmp_1", Version: 1, Customer: n.Friend,
				Code: w.facts.SameCard[i].Codes[0], Touches: []referral.Touch{{Advocate: t.Advocate, Version: 1, At: at}},
				ClaimedAt: at, ExpiresAt: at.Add(30 * referraltest.Day),
			})
		}
	}
	return all
}

// happen places the orders, the later first, and has each looked at when it is what the row says; then the friend's record is put
// where the row says it is, and one more webhook has her decided on. Where the record is as new, nothing is put anywhere: what is
// kept then is all the program's own.
func (w *world) happen() {
	w.t.Helper()
	for _, o := range slices.Concat(w.facts.Spent, w.facts.SameCard) {
		w.look(completed(o, w.currency()))
	}
	orders := slices.Clone(w.facts.Orders)
	if w.strangers() {
		o := referraltest.BobsOrder()
		o.ID, o.Customer = w.facts.Release.Order, w.facts.Friend.Customer()
		orders = append(orders, o)
	}
	byTime := func(a, b referral.Order) int {
		return cmp.Or(a.ProcessedAt.Compare(b.ProcessedAt), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	}
	slices.SortFunc(orders, byTime)
	for i, o := range orders[:max(0, len(orders)-1)] { // of orders of one instant, the one with the lower number must be placed first
		if o.ProcessedAt.Equal(orders[i+1].ProcessedAt) {
			w.placeAhead(completed(o, w.currency()))
		}
	}
	if len(orders) > 1 { // she is known: each of her orders is looked at when its webhook comes, before there are earlier ones
		w.must(w.store.RaiseFacts(w.ctx, w.shop, w.friend(), true))
	}
	for _, o := range slices.Backward(orders) {
		w.look(completed(o, w.currency()))
	}
	w.set(w.latest.Add(time.Minute))
	switch {
	case w.asNew() && (w.asked() || w.facts.HistoryAt.IsZero()):
		w.own.Add(1)
		if !w.facts.HistoryAt.IsZero() {
			w.ask()
		}
	default:
		w.begun.Add(1)
		w.put()
		w.toldAgain(orders)
	}
}

// asNew tells whether the friend's record has nothing but what a look and an answer of Shopify's leave in it.
func (w *world) asNew() bool {
	r := w.was
	blank := referral.Referral{Shop: r.Shop, Friend: r.Friend, Record: referral.Record{HistoryAt: r.HistoryAt}}
	if len(r.Newness) == 1 && w.answers() {
		blank.Newness = r.Newness
	}
	return equal(r, blank)
}

// answers tells whether Shopify, when it is asked, says what the record says of the first order.
func (w *world) answers() bool {
	for _, o := range w.facts.Orders {
		n, known := w.facts.Newness[o.ID]
		return known && !n.Unknown && !o.Journey.Ready
	}
	return false
}

// asked tells whether, in the row, nothing is left to be asked about any order.
func (w *world) asked() bool {
	return !slices.ContainsFunc(w.facts.Orders, func(o referral.Order) bool {
		_, known := w.facts.Newness[o.ID]
		first := o.Journey.Ready && o.Journey.Index == 1
		return !known && !o.Test && !first
	})
}

// ask has the job ask Shopify about the friend.
func (w *world) ask() {
	w.t.Helper()
	if _, err := w.store.FindReferral(w.ctx, w.shop, w.friend()); fault.Is(err, fault.NotFound) {
		return
	}
	w.must(w.Run(w.ctx, jobstest.Task("customer:ask", jobs.ForFriend{Shop: w.shop, Friend: w.friend()})))
}

// put writes the friend's record as the row has it, instead of what came of the looks.
func (w *world) put() {
	w.t.Helper()
	w.must(w.store.RaiseFacts(w.ctx, w.shop, w.friend(), true))
	kept, err := w.store.FindReferral(w.ctx, w.shop, w.friend())
	w.must(err)
	r := into(w, w.was)
	r.FactsRev, r.DecidedRev = kept.FactsRev, kept.FactsRev
	w.must(w.store.SaveDecision(w.ctx, r, kept.FactsRev))
}

// toldAgain has webhooks tell once more of the orders that carry the reward's code, and of the friend's first one; or that it belongs
// to somebody else now.
func (w *world) toldAgain(orders []referral.Order) {
	w.t.Helper()
	if w.strangers() {
		for _, o := range orders {
			w.giveAway(o)
		}
		return
	}
	for _, o := range w.facts.Spent {
		w.tell("orders/paid", o)
	}
	w.tell("orders/edited", orders[0])
}

// strangers tells whether the order that was released is not the friend's any more.
func (w *world) strangers() bool {
	return w.facts.Release != nil && len(w.facts.Orders) == 0
}

// giveAway has the customer's data erased, and the order attached to somebody else.
func (w *world) giveAway(o referral.Order) {
	w.t.Helper()
	w.must(w.sim.DeleteCustomer(string(w.shop), w.placed[o.ID].CustomerID))
	placed, err := w.sim.AttachCustomer(string(w.shop), w.placed[o.ID].ID, "somebody.else@example.com")
	w.must(err)
	w.placed[o.ID] = placed
	w.tell("orders/edited", o)
}

// look places an order, lets it live, and has it looked at; an order that is gone once more.
func (w *world) look(o referral.Order) {
	w.t.Helper()
	w.live(o)
	w.count(o)
	w.tell("orders/paid", o)
	if w.level2 { // no webhook tells an address
		w.must(w.Run(w.ctx, jobstest.Task("orders:reconcile", jobs.ForShop{Shop: w.shop})))
	}
	if o.Gone {
		w.must(w.sim.DeleteOrder(string(w.shop), w.placed[o.ID].ID))
		w.tell("orders/edited", o)
	}
	if o.CustomerGone {
		w.must(w.sim.DeleteCustomer(string(w.shop), w.placed[o.ID].CustomerID))
		w.tell("orders/edited", o)
	}
	if !o.Unread.IsZero() {
		huge := map[string]string{"note": strings.Repeat("x", 2<<20)}
		_, err := w.sim.SetAttributes(string(w.shop), w.placed[o.ID].ID, huge)
		w.must(err)
		w.tell("orders/edited", o)
	}
}

// count has the customer have placed so many orders before that Shopify counts this one as the row does.
func (w *world) count(o referral.Order) {
	w.t.Helper()
	if o.Customer == "" {
		return
	}
	before := 0
	switch {
	case o.Journey.Ready && o.Journey.Index > 0:
		before = o.Journey.Index - 1
	case w.asNew() && w.answers():
		before = w.facts.Newness[o.ID].Prior
	}
	w.customer(o.Customer, before)
}

// completed is the order with what the row leaves to its reader: sums and states that Shopify only shows together.
func completed(o referral.Order, currency string) referral.Order {
	if o.Currency == "" { // spent: only its code and time matter
		sum := money.MustParse("50", currency)
		o.Currency, o.Subtotal, o.CurrentSubtotal, o.Received, o.Refunded = currency, sum, sum, sum, money.Amount{Currency: currency}
		o.Source, o.Status, o.Journey = "web", referral.StatusPaid, referral.Journey{Ready: true}
	}
	if o.Test {
		o.Journey.Index = 0
	}
	if len(o.TookOff) == 0 || o.Discounted.Currency == "" {
		o.Discounted = money.Amount{Currency: o.Currency}
	}
	back := int64(0)
	for _, r := range o.Refunds {
		back += paidBack(o, r)
	}
	if o.Refunded.Minor == 0 && back > 0 {
		o.Refunded.Minor = back
		if o.Status != referral.StatusRefunded && back >= o.Received.Minor { // more was paid than the lines are worth
			o.Received.Minor = back + o.Subtotal.Minor
		}
	}
	switch {
	case !paid(o):
		o.Received.Minor = 0
		if !o.CancelledAt.IsZero() {
			o.Status = referral.StatusVoided
		}
	case o.Status == referral.StatusRefunded:
		o.Refunded = o.Received
	case o.Status == referral.StatusPaid && o.Refunded.Minor > 0:
		o.Status = referral.StatusPartiallyRefunded
	}
	return o
}

// paid tells whether the order was paid at all, or was free.
func paid(o referral.Order) bool {
	atAll := []referral.FinancialStatus{referral.StatusPaid, referral.StatusPartiallyPaid, referral.StatusPartiallyRefunded, referral.StatusRefunded}
	return slices.Contains(atAll, o.Status)
}

// paidBack is the money of one refund: as it says, or as its adjustments let it be.
func paidBack(o referral.Order, r referral.Refund) int64 {
	if !r.Total.IsZero() {
		return r.Total.Minor
	}
	sum := int64(0)
	for _, a := range r.Adjustments {
		sum += a.Amount.Minor
	}
	if sum > 0 {
		return o.Subtotal.Minor - o.CurrentSubtotal.Minor - sum
	}
	return -sum
}

// attributes are the cart's, with a visit sealed as the storefront does.
func (w *world) attributes(o referral.Order) []referral.Attribute {
	w.t.Helper()
	all := slices.Clone(o.Attributes)
	if o.Visit != nil {
		sealed, err := w.Visits.Seal(*into(w, o.Visit))
		w.must(err)
		all = append(all, referral.Attribute{Key: referral.ClaimAttribute, Value: sealed})
	}
	return all
}

// sameOrders compares what is kept of each order with the row's, in all that rules read: else the staging is wrong.
func (w *world) sameOrders() {
	w.t.Helper()
	for _, o := range w.facts.Orders {
		kept, err := w.store.FindOrder(w.ctx, w.shop, w.ids.to(o.ID))
		if fault.Is(err, fault.NotFound) {
			e, err := w.Orders.Explain(w.ctx, w.shop, string(w.ids.to(o.ID)))
			w.must(err)
			kept = e.Order
		} else {
			w.must(err)
		}
		undone := len(o.Refunds) > 0 || !o.CancelledAt.IsZero() || o.UpdatedAt.After(o.ProcessedAt) // else the row does not say when
		w.same(o.ID, seen(completed(o, w.currency()), undone), seen(back(w, kept), undone))
	}
	for _, o := range w.facts.Spent {
		kept, err := w.store.FindOrder(w.ctx, w.shop, w.ids.to(o.ID))
		w.must(err)
		w.same(o.ID, fmt.Sprint(o.ID, o.ProcessedAt, o.Codes, o.Customer), func() string {
			k := back(w, kept)
			return fmt.Sprint(k.ID, k.ProcessedAt, k.Codes, k.Customer)
		}())
	}
}

func (w *world) same(id referral.OrderID, want, got any) {
	w.t.Helper()
	if diff := differ(want, got); diff != "" {
		w.t.Fatalf("staging: order %s: -row +kept\n%s", id, diff)
	}
}

// read is what rules read of an order.
type read struct {
	ID                                 referral.OrderID
	Customer                           referral.CustomerID
	Test, Gone, Unread, CustomerGone   bool
	Paid                               bool
	Emails, FullyRefunded              bool
	Processed, Cancelled, Completed    time.Time
	Source                             string
	Status                             referral.FinancialStatus
	Currency                           string
	Net, Current, Refunded, Discounted money.Amount
	TookOff                            map[string][2]int64
	Codes                              []string
	Attributes                         []referral.Attribute
	Visit                              *referral.Visit
	Journey                            referral.Journey
	Disputes                           []string
	Undone                             time.Time
}

func seen(o referral.Order, undone bool) read {
	net, _ := o.Net()
	r := read{
		ID: o.ID, Customer: o.Customer, Test: o.Test, Gone: o.Gone, Unread: !o.Unread.IsZero(), CustomerGone: o.CustomerGone, Paid: o.Paid(),
		Emails: len(o.Emails) > 0, FullyRefunded: o.FullyRefunded(),
		Processed: o.ProcessedAt, Cancelled: o.CancelledAt, Completed: later(o.ProcessedAt, o.PaidAt()), Source: o.Source, Status: o.Status,
		Currency: o.Currency, Net: net, Current: o.CurrentSubtotal, Refunded: o.Refunded, Discounted: o.Discounted, Codes: o.Codes,
		Visit: o.Visit, Journey: o.Journey, TookOff: map[string][2]int64{},
	}
	if o.CustomerGone { // which order of the customer's it was is not shown either
		r.Journey.Index = 0
	}
	for _, t := range o.TookOff {
		r.TookOff[t.Code] = [2]int64{t.Amount.Minor, t.Left.Minor}
	}
	for _, a := range o.Attributes { // of others nothing is kept
		if o.Visit == nil && a.Key == referral.ClaimAttribute {
			r.Attributes = append(r.Attributes, a)
		}
	}
	for _, d := range o.Disputes {
		r.Disputes = append(r.Disputes, d.InitiatedAs+" "+d.Status)
	}
	if undone {
		r.Undone = o.UndoneAt()
	}
	return r
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
