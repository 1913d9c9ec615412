package simulator

import (
	"errors"
	"time"
)

// ExchangeInput swaps lines of an order for a new one.
type ExchangeInput struct {
	Return []RefundItem `json:"return"` // lines that come back, counted from 0
	Add    Item         `json:"add"`    // the line in their place
}

// ExchangeOrder takes lines back and adds one in their place, on the same order. The difference with its tax is given
// back or charged at once. It sends orders/edited, and refunds/create where money went back. Source: shopify.dev,
// read exchanges: "Native exchanges do not create a separate new order" and "the value of the returned items is
// applied to the exchange items"; so no order adjustment is made of it. Errors: an order that is cancelled or not
// fully paid, a line it does not have, an item without a price.
func (s *Server) ExchangeOrder(domain string, id int64, in ExchangeInput) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, now time.Time) error {
		items, line, err := sh.exchangeOf(o, in)
		if err != nil {
			return err
		}

		before := o.currentTotal()
		r := &refund{id: sh.ids.next(), returnID: sh.ids.next(), createdAt: now}
		var edit lineEdit

		for _, item := range items {
			part := o.part(sh.ids.next(), item)
			part.takeBack()
			r.lines = append(r.lines, part)
			edit.removals = append(edit.removals, lineChange{part.line.id, part.quantity})
		}
		edit.additions = []lineChange{sh.addLine(o, line)}
		o.exchanged = true

		sh.even(o, r, o.currentTotal()-before, now)
		o.touch(now)

		s.emitEdit(sh, o, edit, now)
		if len(r.transactions) > 0 {
			s.emitRefund(sh, o, r)
		}
		return nil
	})
}

// exchangeOf checks an exchange before it changes anything.
func (sh *shop) exchangeOf(o *order, in ExchangeInput) ([]RefundItem, basketLine, error) {
	if !o.cancelledAt.IsZero() || o.outstanding() > 0 {
		return nil, basketLine{}, errors.New("an exchange needs an order that is paid and not cancelled")
	}
	if len(in.Return) == 0 {
		return nil, basketLine{}, errors.New("an exchange needs lines to return")
	}

	setDefault(&in.Add.Title, "Exchanged item")
	line, err := sh.lineOf(in.Add)
	if err != nil {
		return nil, line, err
	}

	items, err := o.refundItems(RefundInput{Items: in.Return})
	return items, line, err
}

// even charges what an exchange made dearer, or gives back what it made cheaper, at most what is
// left of the money received.
func (sh *shop) even(o *order, r *refund, difference int64, now time.Time) {
	switch back := min(-difference, o.received()-o.refunded()); {
	case difference > 0:
		t := transaction{id: sh.ids.next(), kind: "SALE", status: "SUCCESS", amount: difference, at: now}
		o.transactions = append(o.transactions, t)
	case back > 0:
		sh.giveBack(o, r, back, now)
	}
}
