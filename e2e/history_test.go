package e2e

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"twofold/claims"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/simulator"
)

// A history is what happens in two shops: two advocates and three friends in each, who claim, buy, give back and so on.
// It is symbolic ("the code of claim 3"), so that it can be played twice: once with every webhook in time, once
// disturbed.

// history is one drawn history.
type history struct {
	Terms  [2]terms
	Events []event
}

// terms are what differs from shop to shop.
type terms struct {
	Advocate   int // one of advocateOffers
	AfterOrder bool
	FirstTouch bool // unless a claim stays with its advocate
	Kept       bool // it does
	CreditRef  bool
	Ceiling    int
	Combines   bool // the friend's discount stands beside others; of histories of goods alone
}

// credit is which of equal links the terms credit.
func (t terms) credit() referral.Credit {
	switch {
	case t.Kept:
		return referral.CreditClaim
	case t.FirstTouch:
		return referral.CreditFirst
	}
	return referral.CreditLast
}

// event is one thing that happens. Which fields count depends on What; numbers are taken modulo what there is.
type event struct {
	What  string
	Shop  int
	Who   int // friend
	Other int // advocate
	Ref   int // claim, visit or order, by its number in the shop
	Pick  int // what kind of it
	Fate  int // of the webhook that tells of it, in the disturbed play
}

// kinds are the events, as often as they are to be drawn.
var kinds = strings.Fields(`minutes minutes claim sign visit visit order order order order order order order order pay refund refund refund cancel
edit exchange dispute pause terms terms day day day day act act act act spend spend spend spend regret regret attach`)

// genre is a sort of history: what of is the history of a seed, always the same one as long as it draws alike.
type genre struct {
	name string
	of   func(seed int) history
}

var (
	plain = genre{"plain", of(func(t *rapid.T) history { return drawHistory(t, kinds) })}
	goods = genre{"goods", of(drawGoods)}
	mails = genre{"mails", of(func(t *rapid.T) history { return drawHistory(t, mailKinds) })}

	genres = []genre{plain, goods, mails}
)

// of makes the history of a seed from what draws one.
func of(draw func(*rapid.T) history) func(seed int) history {
	return func(seed int) history { return rapid.Custom(draw).Example(seed) }
}

// drawHistory draws a history whose events, after those that open it, are of these kinds.
func drawHistory(t *rapid.T, kinds []string) history {
	var h history
	for i := range h.Terms {
		h.Terms[i] = terms{
			Advocate: rapid.IntRange(0, len(advocateOffers)-1).Draw(t, "offer"), AfterOrder: rapid.Bool().Draw(t, "after"), FirstTouch: rapid.Bool().Draw(t, "first"),
			CreditRef: rapid.Bool().Draw(t, "ref"), Ceiling: rapid.IntRange(0, 3).Draw(t, "ceiling"),
		}
	}
	number := rapid.IntRange(0, 9)
	one := rapid.Custom(func(t *rapid.T) event {
		return event{
			What: rapid.SampledFrom(kinds).Draw(t, "what"), Shop: rapid.IntRange(0, 1).Draw(t, "shop"), Who: number.Draw(t, "who"), Other: number.Draw(t, "other"),
			Ref: number.Draw(t, "ref"), Pick: number.Draw(t, "pick"), Fate: rapid.IntRange(0, 19).Draw(t, "fate"),
		}
	})
	opening := rapid.Custom(func(t *rapid.T) event {
		e := one.Draw(t, "opening")
		e.What = rapid.SampledFrom([]string{"claim", "claim", "sign", "visit"}).Draw(t, "what")
		return e
	})
	h.Events = append(rapid.SliceOfN(opening, 3, 6).Draw(t, "openings"), rapid.SliceOfN(one, 16, 26).Draw(t, "events")...)
	for i := range h.Terms { // last, so that the events of a seed stay as they were
		h.Terms[i].Kept = rapid.Bool().Draw(t, "kept")
	}
	return h
}

// String prints a history as one reads it, an event a line.
func (h history) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "terms %+v\n", h.Terms)
	for i, e := range h.Events {
		fmt.Fprintf(&b, "%2d %+v\n", i, e)
	}
	return b.String()
}

var advocateOffers = []referral.Offer{
	{Kind: referral.AmountOff, Amount: usd("20")},
	{Kind: referral.AmountOff, Amount: usd("20"), Personal: true},
	{Kind: referral.PercentOff, RateBP: 1500, CountsAs: usd("12"), ValidDays: 2},
	{Kind: referral.FreeShipping},
	{Kind: referral.ShareOfOrder, RateBP: 1050},
}

// prices are what is bought: of each no less than $40 is to be left, before a code is taken off.
var prices = []string{"40.00", "59.99", "100.00", "250.05", "100.00"}

// notice is a webhook about an order that has not been delivered yet.
type notice struct {
	shop  *stageShop
	topic string
	order int
}

// signsIn tells whether somebody may sign in: a guest's claim is whose who signs in, unless an order with its code is known.
func (e event) signsIn() bool {
	return e.What == "sign" || e.What == "visit" && e.Pick%3 == 0 // see visit
}

// play plays one event in a role, and returns what was answered, which must be the same in both.
func (r *role) play(e event) string {
	s := r.shops[e.Shop]
	switch e.What {
	case "claim", "sign":
		return s.claim(e)
	case "visit":
		return s.visit(e)
	case "order":
		return s.order(e)
	case "spend":
		return s.spend(e)
	case "regret":
		return s.regret(e)
	case "minutes":
		r.advance(time.Duration(1+e.Pick) * time.Minute)
		return ""
	case "day":
		r.advance(25 * time.Hour)
		r.rest() // a release reconciles by itself
		return ""
	case "act":
		r.settle() // the merchant acts on what she sees: all that has happened so far
		return s.act(e)
	case "attach":
		r.settle() // the first answer about a friend stays, so that it must be asked for before, or after, in both plays
		return s.change(e)
	case "pause":
		r.settle()
		return s.pause()
	case "terms":
		r.settle()
		return s.newTerms(e)
	case "basket":
		r.settle() // the checkout judges the codes, which are to be the same in both plays
		return s.basket(e)
	case "sale":
		return s.sale(e)
	case "join":
		return s.join(e)
	case "prove":
		return s.prove(e)
	case "names":
		return s.names(e)
	case "stop":
		return s.stop(e)
	case "erase":
		return s.erase(e)
	case "miss":
		return s.miss(e)
	}
	return s.change(e)
}

// browserOf is one of a friend's two browsers.
func browserOf(friend int, e event) []string {
	return []string{fmt.Sprintf("h1:browser-%d-%d", friend, e.Fate%2)}
}

// claim has a friend claim an advocate's offer, as a guest of her browser or signed in.
func (s *stageShop) claim(e event) string {
	friend := e.Who % friends
	req := claims.ClaimRequest{
		Shop: s.id, Ref: s.advocates[e.Other%len(s.advocates)].Code(), Browser: browserOf(friend, e), At: s.role.signed(), Switch: e.Pick == 9,
	}
	if e.What == "sign" {
		req.Customer = s.customers[friend]
	}
	if e.Pick%3 == 0 {
		req.Emails = referral.EmailHashes(s.role.hasher, s.id, friendEmail(friend))
	}
	if len(s.visits) > 0 && e.Pick%2 == 0 {
		req.Visit = s.visits[e.Ref%len(s.visits)].opened
	}
	view, err := s.role.Claims.Claim(s.role.ctx, req)
	if used(err) {
		return "the same claim"
	}
	if err != nil {
		return answered(err)
	}
	for _, known := range s.claims {
		if known.Claim.ID == view.Claim.ID && known.Claim.Code == view.Claim.Code {
			return "the same claim"
		}
	}
	s.claims = append(s.claims, view)
	return "a new code"
}

// used tells whether a friend is refused because an order with the claim's code is known. When it is heard of differs between the plays, so
// that one of them may still show the claim, which is the same.
func used(err error) bool { return fault.CodeOf(err) == "offer_used" }

// visit has a friend open an advocate's link.
func (s *stageShop) visit(e event) string {
	friend := e.Who % friends
	req := claims.VisitRequest{
		Shop: s.id, Ref: s.advocates[e.Other%len(s.advocates)].Code(), Browser: browserOf(friend, e), At: s.role.signed(),
	}
	if e.Pick%3 == 0 {
		req.Customer = s.customers[friend]
	}
	view, err := s.role.Claims.Visit(s.role.ctx, req)
	if err != nil && !used(err) {
		return answered(err)
	}
	sealed, err := s.role.Visits.Seal(view.Visit)
	s.role.must(err)
	s.visits = append(s.visits, openedVisit{sealed, &view.Visit})
	return "visited"
}

// order has a friend buy: with a claim's code, an advocate's, or none; perhaps with our cart attribute; perhaps
// nobody's.
func (s *stageShop) order(e event) string {
	in := simulator.OrderInput{
		Email: friendEmail(e.Who % friends), Items: []simulator.Item{{Title: "Blanket", Price: prices[e.Pick%len(prices)], Quantity: 1}},
		Source: []string{"web", "web", "web", "pos", "shopify_draft_order"}[e.Ref%5], Attributes: map[string]string{},
	}
	if e.Other == 5 {
		no := false
		in.Customer, in.Email = &no, ""
	}
	if e.Other == 6 {
		in.FinancialStatus = "pending"
	}
	in.Test = e.Other == 7
	switch pick := (e.Pick + e.Ref) % 8; {
	case pick < 4 && len(s.claims) > 0:
		if code := s.claims[e.Ref%len(s.claims)].Claim.Code; code != "" {
			in.ForcedDiscounts = []simulator.ForcedDiscount{{Code: code, Amount: "20.00"}}
		}
	case pick == 4:
		in.ForcedDiscounts = []simulator.ForcedDiscount{{Code: s.advocates[e.Other%len(s.advocates)].Code(), Amount: "20.00"}}
	case pick == 5 && len(s.claims) > 0:
		in.Attributes[referral.ClaimAttribute] = string(s.claims[e.Ref%len(s.claims)].Claim.ID)
	case pick == 6 && len(s.visits) > 0:
		in.Attributes[referral.ClaimAttribute] = s.visits[e.Ref%len(s.visits)].sealed
	case pick == 7:
		in.LandingPage = "/?ref=" + s.advocates[e.Other%len(s.advocates)].Code()
	}
	return s.place(in)
}

func (s *stageShop) place(in simulator.OrderInput) string {
	placed, err := s.role.sim.PlaceOrder(string(s.id), in)
	s.role.must(err)
	s.orders = append(s.orders, placed)
	s.attribute[placed.GID] = in.Attributes[referral.ClaimAttribute]
	_, s.ref[placed.GID], _ = strings.Cut(in.LandingPage, "ref=")
	s.tell("orders/paid", len(s.orders)-1)
	return placed.Name
}

// spend has a stranger buy with a reward's code.
func (s *stageShop) spend(e event) string {
	s.role.settle()
	codes := s.rewardCodes()
	if len(codes) == 0 {
		return "nothing to spend"
	}
	s.stranger(codes[e.Ref%len(codes)])
	return fmt.Sprintf("spent one of %d", len(codes))
}

// stranger has somebody buy with a code.
func (s *stageShop) stranger(code string) {
	s.place(simulator.OrderInput{
		Email: "stranger@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00"}},
		ForcedDiscounts: []simulator.ForcedDiscount{{Code: code, Amount: "20.00"}},
	})
}

// regret has an advocate spend her reward, if she has not yet, and then the friend give back what it was for.
func (s *stageShop) regret(e event) string {
	s.role.settle()
	all, err := s.role.store.ListReferrals(s.role.ctx, s.id, 100)
	s.role.must(err)
	all = slices.DeleteFunc(all, func(r referral.Referral) bool {
		state := r.Rewards[referral.AdvocateSide].State
		return r.Friend.Test() || (state != referral.RewardRedeemed && state != referral.RewardIssued)
	})
	if len(all) == 0 {
		return "nothing to regret"
	}
	chosen := all[e.Ref%len(all)]
	if code := chosen.Rewards[referral.AdvocateSide].Code; code != "" {
		s.stranger(code)
		s.role.settle()
	}
	order := chosen.Order
	n := slices.IndexFunc(s.orders, func(o simulator.Order) bool { return o.GID == string(order) })
	_, err = s.role.sim.RefundOrder(string(s.id), s.orders[n].ID, simulator.RefundInput{Full: true})
	if err == nil {
		s.tell("refunds/create", n)
	}
	return answered(err)
}

// change changes an order in Shopify.
func (s *stageShop) change(e event) string {
	if len(s.orders) == 0 {
		return "no order"
	}
	n := e.Ref % len(s.orders)
	id, shop, sim := s.orders[n].ID, string(s.id), s.role.sim
	var err error
	topic := "refunds/create"
	switch e.What {
	case "pay":
		topic = "orders/paid"
		_, err = sim.PayOrder(shop, id)
	case "refund":
		_, err = sim.RefundOrder(shop, id, []simulator.RefundInput{{Full: true}, {Amount: "5.00"}, {Amount: "10.01"}, {Full: true}}[e.Pick%4])
	case "cancel":
		topic = "orders/cancelled"
		refund := e.Pick%2 == 0
		_, err = sim.CancelOrder(shop, id, simulator.CancelInput{Refund: &refund})
	case "edit":
		topic = "orders/edited"
		_, err = sim.EditOrder(shop, id, []simulator.EditInput{{Add: "15.00", Title: "Candle"}, {Remove: "12.00"}}[e.Pick%2])
	case "exchange":
		topic = "orders/edited"
		_, err = sim.ExchangeOrder(shop, id, simulator.ExchangeInput{Return: []simulator.RefundItem{{Quantity: 1}}, Add: simulator.Item{Title: "Rug", Price: prices[e.Pick%len(prices)]}})
	case "attach":
		topic = "orders/edited"
		_, err = sim.AttachCustomer(shop, id, friendEmail(e.Who%friends))
	case "back":
		_, err = sim.RefundOrder(shop, id, backs[e.Pick%len(backs)])
	case "less":
		topic = "orders/edited"
		_, err = sim.EditOrder(shop, id, simulator.EditInput{RemoveItems: []simulator.RefundItem{{Index: e.Pick % 3}}})
	case "dispute":
		return s.dispute(e, n)
	}
	if err == nil {
		s.tell(topic, n)
	}
	return answered(err)
}

// dispute opens or settles a dispute. No webhook tells of it, so that somebody must look: both plays look at once.
func (s *stageShop) dispute(e event, n int) string {
	in := []simulator.DisputeInput{{Status: "NEEDS_RESPONSE"}, {Status: "UNDER_REVIEW", Type: "INQUIRY"}, {Status: "WON"}, {Status: "LOST"}}[e.Pick%4]
	s.role.settle()
	_, err := s.role.sim.DisputeOrder(string(s.id), s.orders[n].ID, in)
	if err != nil {
		return answered(err)
	}
	s.role.must(s.role.Orders.Refresh(s.role.ctx, s.id, referral.OrderID(s.orders[n].GID)))
	s.role.settle()
	return "disputed"
}

// act is one of the merchant's acts.
func (s *stageShop) act(e event) string {
	do, ctx := s.role.All, s.role.ctx
	code := s.advocates[e.Other%len(s.advocates)].Code()
	if e.Pick == 8 || e.Pick == 9 {
		act := do.Rewards.Block
		if e.Pick == 9 {
			act = do.Rewards.Unblock
		}
		_, err := act(ctx, s.id, code)
		s.role.settle()
		return answered(err)
	}
	if len(s.orders) == 0 {
		return "no order"
	}
	order := s.orders[e.Ref%len(s.orders)].GID
	if e.Other == 9 {
		_, err := do.Rewards.Attach(ctx, s.id, order, string(s.customers[e.Who%friends]))
		s.role.settle()
		return answered(err)
	}
	var err error
	switch e.Pick {
	case 0:
		_, err = do.Rewards.Approve(ctx, s.id, order)
	case 1:
		_, err = do.Rewards.Reject(ctx, s.id, order)
	case 2:
		_, err = do.Rewards.Void(ctx, s.id, order)
	case 3:
		_, err = do.Rewards.Restore(ctx, s.id, order)
	case 4:
		_, err = do.Rewards.LinkOrder(ctx, s.id, order, code)
	case 5:
		_, err = do.Rewards.UnlinkOrder(ctx, s.id, order)
	case 6:
		_, err = do.Rewards.Reissue(ctx, s.id, order, referral.Sides[e.Who%2])
	case 7:
		_, err = do.Rewards.Forgive(ctx, s.id, order)
	}
	s.role.settle()
	return answered(err)
}

// newTerms puts another version of the campaign live, which friends with a claim may keep out of or switch to.
func (s *stageShop) newTerms(e event) string {
	do, ctx := s.role.All, s.role.ctx
	_, err := do.Campaigns.Edit(ctx, s.id, "cmp_first", func(c *referral.Campaign) error {
		c.Terms.Friend.AfterOrder = e.Who%2 == 0
		c.Terms.Friend.Amount = []money.Amount{usd("15"), usd("20"), usd("25")}[e.Pick%3]
		c.Terms.Advocate = advocateOffers[e.Other%len(advocateOffers)]
		c.Terms.ShareCeiling = e.Ref % 4
		c.Terms.Credit = referral.Credits[e.Fate%len(referral.Credits)]
		return nil
	})
	if err != nil {
		return answered(err)
	}
	_, err = do.Campaigns.GoLive(ctx, s.id, "cmp_first")
	s.role.settle()
	return answered(err)
}

// pause pauses the campaign, or lets it go on.
func (s *stageShop) pause() string {
	all, err := s.role.Campaigns.Campaigns(s.role.ctx, s.id)
	s.role.must(err)
	act := s.role.Campaigns.Pause
	if all[0].State == referral.CampaignPaused {
		act = s.role.Campaigns.Resume
	}
	_, err = act(s.role.ctx, s.id, all[0].ID)
	return answered(err)
}
