package shopify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// maxLinePages bounds the further pages of one order's lines, of 50 each: four times as many lines as a checkout takes
// (500).
const maxLinePages = 40

// rawGoods are an order's lines and shipping lines, or a page of them.
type rawGoods struct {
	ID        string    `json:"id"`
	UpdatedAt timestamp `json:"updatedAt"`
	Lines     struct {
		Nodes    []rawLine `json:"nodes"`
		PageInfo pageInfo  `json:"pageInfo"`
	} `json:"lineItems"`
	Shipping struct {
		Nodes    []rawAllocations `json:"nodes"`
		PageInfo pageInfo         `json:"pageInfo"`
	} `json:"shippingLines"`
}

type rawLine struct {
	rawAllocations
	GiftCard bool      `json:"isGiftCard"`
	Quantity int64     `json:"quantity"`
	Current  int64     `json:"currentQuantity"`
	Now      *moneyBag `json:"priceAfterAllDiscountsBeforeTaxesSet"`
}

type rawAllocations struct {
	Allocations []struct {
		Amount *moneyBag `json:"allocatedAmountSet"`
		By     struct {
			Code string `json:"code"` // "": a discount without one
		} `json:"discountApplication"`
	} `json:"discountAllocations"`
}

// more tells whether there are pages after this one.
func (r *rawGoods) more() bool { return r.Lines.PageInfo.HasNext || r.Shipping.PageInfo.HasNext }

// add appends a page.
func (r *rawGoods) add(page *rawGoods) {
	r.Lines.Nodes = append(r.Lines.Nodes, page.Lines.Nodes...)
	r.Lines.PageInfo = r.Lines.PageInfo.then(page.Lines.PageInfo)
	r.Shipping.Nodes = append(r.Shipping.Nodes, page.Shipping.Nodes...)
	r.Shipping.PageInfo = r.Shipping.PageInfo.then(page.Shipping.PageInfo)
}

// then is where the next page begins. An empty page has no cursor, and the one before stays: without one all would come
// again.
func (p pageInfo) then(page pageInfo) pageInfo {
	page.EndCursor = cmp.Or(page.EndCursor, p.EndCursor)
	return page
}

// readLines reads the pages that follow the snapshot's own. moved: the order has changed meanwhile, so that they belong
// to another state of it than the snapshot does.
func (g *Gateway) readLines(ctx context.Context, shop tenant.ShopID, raw *rawOrder) (moved bool, err error) {
	goods := &raw.rawGoods
	for range maxLinePages {
		if !goods.more() {
			return false, nil
		}

		var data struct {
			Order *rawGoods `json:"order"`
		}
		r, err := g.call(ctx, shop, opOrderLines, map[string]any{
			"id": goods.ID, "after": goods.Lines.PageInfo.EndCursor, "afterShipping": goods.Shipping.PageInfo.EndCursor,
		}, &data)
		switch {
		case err != nil:
			return false, err
		case data.Order == nil:
			return false, missing(shop, opOrderLines, r)
		case !data.Order.UpdatedAt.Equal(goods.UpdatedAt.Time):
			return true, nil
		}

		goods.add(data.Order)
	}

	return false, tooLarge(shop, opOrderLines, errors.New("more lines than are read"))
}

// tally sums up what the lines say: what each discount took off, those without a code as one, and what gift cards are
// on the order.
func (r *rawGoods) tally(o *referral.Order) error {
	o.Itemized = true
	o.GiftCards = money.Amount{Currency: o.Currency}
	for _, line := range r.Lines.Nodes {
		if err := line.tally(o); err != nil {
			return err
		}
	}

	for _, line := range r.Shipping.Nodes {
		for _, a := range line.Allocations {
			amount, err := a.Amount.amount(o.Currency)
			if err == nil {
				err = took(o, a.By.Code, amount, money.Amount{Currency: o.Currency})
			}
			if err != nil {
				return err
			}
		}
	}

	return nil
}

func (l rawLine) tally(o *referral.Order) error {
	if l.Quantity < 1 || l.Current < 0 || l.Current > l.Quantity {
		return fault.ForLog(fault.Invalid, "%d pieces of %d are on the order", l.Current, l.Quantity)
	}
	if l.GiftCard {
		now, err := l.Now.amount(o.Currency)
		if err == nil {
			o.GiftCards, err = o.GiftCards.Add(now)
		}
		if err != nil {
			return err
		}
	}

	for _, a := range l.Allocations {
		amount, err := a.Amount.amount(o.Currency)
		if err != nil {
			return err
		}

		left, err := l.left(amount)
		if err == nil {
			err = took(o, a.By.Code, amount, left)
		}
		if err != nil {
			return err
		}
	}

	return nil
}

// left is what of an allocation is on pieces that were neither given back nor removed; nothing for gift cards, which
// count nowhere.
func (l rawLine) left(allocated money.Amount) (money.Amount, error) {
	if l.GiftCard {
		return money.Amount{Currency: allocated.Currency}, nil
	}
	return allocated.Part(money.Amount{Minor: l.Current}, money.Amount{Minor: l.Quantity})
}

// took adds to what a discount took off. A code that is not among the order's counts as none, so that there are no more
// entries than codes.
func took(o *referral.Order, code string, amount, left money.Amount) (err error) {
	if code = strings.ToUpper(strings.TrimSpace(code)); !slices.Contains(o.Codes, code) {
		code = ""
	}

	i := slices.IndexFunc(o.TookOff, func(t referral.TookOff) bool { return t.Code == code })
	if i < 0 {
		i = len(o.TookOff)
		o.TookOff = append(o.TookOff, referral.TookOff{Code: code})
	}

	t := &o.TookOff[i]
	if t.Amount, err = t.Amount.Add(amount); err != nil {
		return fmt.Errorf("shopify: discounts: %w", err)
	}

	t.Left, err = t.Left.Add(left)
	return err
}
