package e2e

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"twofold/referral"
	"twofold/simulator"
)

// Histories of goods are about what is on an order and what took something off it: gift cards, shipping, the merchant's own discounts, with
// codes and automatic ones, and what goes back of it. Their codes are typed at a checkout that judges them.

// goodsKinds are the events of histories of goods, as often as they are to be drawn.
var goodsKinds = strings.Fields(`minutes claim sign visit basket basket basket basket basket basket basket order sale sale sale back back back back less less
refund cancel exchange dispute dispute terms day day day act act spend spend regret attach`)

func drawGoods(t *rapid.T) history {
	h := drawHistory(t, goodsKinds)
	for i := range h.Terms {
		h.Terms[i].Combines = rapid.Bool().Draw(t, "combines")
	}
	return h
}

// summer is a code of the merchant's own, which a shop has from its first basket on.
const summer = "SUMMER"

var (
	beside = simulator.Combination{Order: true, Product: true, Shipping: true}

	// ownSales are the automatic discounts that a merchant may make.
	ownSales = []simulator.OwnDiscount{
		{Title: "Sale", Percentage: "0.15", Combines: beside},
		{Title: "Free shipping over 50", FreeShipping: true, Minimum: "50", Combines: beside},
		{Title: "Seven off", Amount: "7.00", Minimum: "60", Combines: beside},
		{Title: "Alone", Percentage: "0.3"},
	}

	// baskets are what is bought at once.
	baskets = [][]simulator.Item{
		{{Title: "Blanket", Price: "100.00"}},
		{{Title: "Blanket", Price: "45.00"}, {Title: "Candle", Price: "9.99", Quantity: 3}},
		{{Title: "Gift card", Price: "50.00", GiftCard: true}, {Title: "Rug", Price: "80.05"}},
		{{Title: "Rug", Price: "30.00", Quantity: 2}, {Title: "Gift card", Price: "25.00", GiftCard: true, Quantity: 2}},
		{{Title: "Gift card", Price: "100.00", GiftCard: true}},
	}

	// backs are what goes back of an order: lines, shipping, both, or lines for less than they are worth.
	backs = []simulator.RefundInput{
		{Items: []simulator.RefundItem{{Index: 0}}},
		{Shipping: "2.50"},
		{Items: []simulator.RefundItem{{Index: 1}}, Shipping: "1.00"},
		{Items: []simulator.RefundItem{{Index: 0}}, Amount: "10.00"},
		{Shipping: "8.00"},
	}
)

// basket has a friend buy what a basket holds, with up to three codes: a claim's or an advocate's, the merchant's own, and a reward's.
func (s *stageShop) basket(e event) string {
	in := simulator.OrderInput{
		Email: friendEmail(e.Who % friends), Items: baskets[e.Pick%len(baskets)], Shipping: []string{"8.00", "0"}[e.Fate%2], Test: e.Other == 7,
		Attributes: map[string]string{},
	}
	switch {
	case e.Other < 6 && len(s.claims) > 0:
		claim := s.claims[e.Ref%len(s.claims)].Claim
		in.Attributes[referral.ClaimAttribute] = string(claim.ID)
		in.DiscountCodes = append(in.DiscountCodes, claim.Code)
	case e.Other < 8:
		in.DiscountCodes = append(in.DiscountCodes, s.advocates[e.Other%len(s.advocates)].Code())
	}
	if e.Ref%3 == 0 {
		s.makeSummer()
		in.DiscountCodes = append(in.DiscountCodes, summer)
	}
	if rewards := s.rewardCodes(); e.Ref%5 == 1 && len(rewards) > 0 {
		in.DiscountCodes = append(in.DiscountCodes, rewards[e.Pick%len(rewards)])
	}
	in.DiscountCodes = slices.DeleteFunc(in.DiscountCodes, func(code string) bool { return code == "" })
	return s.place(in)
}

// makeSummer makes the merchant's own code, unless there is one.
func (s *stageShop) makeSummer() {
	if s.summer {
		return
	}
	s.summer = true
	_, err := s.role.sim.MakeDiscount(string(s.id), simulator.OwnDiscount{Title: "Summer", Codes: []string{summer}, Amount: "6.00", Combines: beside})
	s.role.must(err)
}

// sale has the merchant start an automatic discount, or end the one that runs longest.
func (s *stageShop) sale(e event) string {
	if e.Other%3 == 0 && len(s.sales) > 0 {
		s.role.must(s.role.sim.DeleteDiscount(string(s.id), s.sales[0]))
		s.sales = s.sales[1:]
		return "a sale ended"
	}
	made, err := s.role.sim.MakeDiscount(string(s.id), ownSales[e.Pick%len(ownSales)])
	s.role.must(err)
	s.sales = append(s.sales, made.ID)
	return "a sale began"
}

// checkTaken: what is kept of an order tells the same of its money as Shopify; what was taken off its lines and shipping sums to all of it.
func (s *stageShop) checkTaken() {
	s.eachKept(func(o simulator.Order, kept referral.Order) {
		sum := usd("0")
		for _, took := range kept.TookOff {
			sum.Minor += took.Amount.Minor
		}
		seen := fmt.Sprint(kept.Subtotal, kept.CurrentSubtotal, kept.Refunded, sum)
		if truth := fmt.Sprint(usd(o.Subtotal), usd(o.CurrentSubtotal), usd(o.Refunded), usd(o.TotalDiscounts)); seen != truth {
			s.role.t.Errorf("of %s is kept %s, and it is %s: subtotal, what is left of it, refunded, discounts", o.Name, seen, truth)
		}
	})
}

// eachKept tells of each order as Shopify has it, and as it is kept.
func (s *stageShop) eachKept(tell func(simulator.Order, referral.Order)) {
	orders, err := s.role.sim.Orders(string(s.id))
	s.role.must(err)
	for _, o := range orders {
		kept, err := s.role.store.FindOrder(s.role.ctx, s.id, referral.OrderID(o.GID))
		s.role.must(err)
		tell(o, kept)
	}
}

// goodsSeen are the sorts of orders that the tally counts.
func (s *stageShop) goodsSeen() (seen []string) {
	s.eachKept(func(o simulator.Order, kept referral.Order) {
		if kept.GiftCards.Minor > 0 {
			seen = append(seen, "gift cards")
		}
		codes := len(o.DiscountCodes)
		switch {
		case len(kept.TookOff) > codes && codes > 0:
			seen = append(seen, "an automatic discount beside a code")
		case codes > 1:
			seen = append(seen, "two codes")
		}
		if kept.Refunded.Minor > 0 && kept.CurrentSubtotal == kept.Subtotal {
			seen = append(seen, "money back, and no goods")
		}
	})
	return seen
}
