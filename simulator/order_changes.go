package simulator

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// RefundInput gives money back. All may be combined: what lines and shipping are worth and what is paid back may
// differ, and the difference becomes an order adjustment.
type RefundInput struct {
	Full     bool         `json:"full"`     // every line, the shipping and the money that are left
	Items    []RefundItem `json:"items"`    // these lines
	Shipping string       `json:"shipping"` // this much of what was paid for the shipping
	Amount   string       `json:"amount"`   // money given back; default: what lines and shipping are worth
	Reason   string       `json:"reason"`   // an OrderAdjustmentDiscrepancyReason, default REFUND_DISCREPANCY
	Note     string       `json:"note"`
}

// RefundItem is some of a line, counted from 0.
type RefundItem struct {
	Index    int   `json:"index"`
	Quantity int64 `json:"quantity"` // default 1
}

// CancelInput cancels an order.
type CancelInput struct {
	Reason string `json:"reason"` // an OrderCancelReason, default CUSTOMER
	Refund *bool  `json:"refund"` // default true: what was paid goes back
}

// EditInput changes an order's value.
type EditInput struct {
	Add    string `json:"add"`    // price of a line to add
	Title  string `json:"title"`  // of the added line
	Remove string `json:"remove"` // amount to take off the lines, last line first

	RemoveItems []RefundItem `json:"remove_items"` // pieces to take off these lines
}

// DisputeInput opens or changes the order's dispute.
type DisputeInput struct {
	Status string `json:"status"` // a DisputeStatus, such as NEEDS_RESPONSE, WON, LOST
	Type   string `json:"type"`   // CHARGEBACK (default) or INQUIRY
}

// change runs fn on an order, moves its updatedAt and answers the order.
func (s *Server) change(domain string, id int64, fn func(*shop, *order, time.Time) error) (Order, error) {
	var out Order
	err := s.withShop(domain, func(sh *shop) error {
		o, ok := sh.orderByID[id]
		if !ok {
			return errNoOrder
		}

		if err := fn(sh, o, s.seconds()); err != nil {
			return err
		}
		out = o.view()
		return nil
	})
	return out, err
}

// PayOrder takes what is outstanding and sends orders/paid. Errors: nothing is outstanding.
func (s *Server) PayOrder(domain string, id int64) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, now time.Time) error {
		due := o.outstanding()
		if due == 0 || !o.cancelledAt.IsZero() {
			return errors.New("nothing is outstanding")
		}

		t := transaction{id: sh.ids.next(), kind: "SALE", status: "SUCCESS", amount: due, at: now}
		if o.financialStatus() == "AUTHORIZED" {
			t.kind = "CAPTURE"
		}

		o.transactions = append(o.transactions, t)
		o.touch(now)
		s.emitOrder(sh, "orders/paid", o)
		return nil
	})
}

// RefundOrder gives money back and sends refunds/create. Errors: more than was received, an unknown reason or line.
func (s *Server) RefundOrder(domain string, id int64, in RefundInput) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, now time.Time) error {
		r, err := s.refund(sh, o, in, now)
		if err != nil {
			return err
		}

		o.touch(now)
		s.emitRefund(sh, o, r)
		return nil
	})
}

func (s *Server) refund(sh *shop, o *order, in RefundInput, now time.Time) (*refund, error) {
	setDefault(&in.Reason, "REFUND_DISCREPANCY")
	if s.schema.Types["OrderAdjustmentDiscrepancyReason"].EnumValues.ForName(in.Reason) == nil {
		return nil, fmt.Errorf("reason %q is not an OrderAdjustmentDiscrepancyReason", in.Reason)
	}

	items, err := o.refundItems(in)
	if err != nil {
		return nil, err
	}

	r := &refund{id: sh.ids.next(), createdAt: now, note: in.Note}
	worth := int64(0)
	for _, item := range items {
		part := o.part(sh.ids.next(), item)
		r.lines = append(r.lines, part)
		worth += part.subtotal + o.onTop(part.tax)
	}

	if r.shipping, err = o.shippingOf(in); err != nil {
		return nil, err
	}
	worth += r.shipping

	money := worth
	if in.Amount != "" {
		if money, err = parseMoney(in.Amount, o.currency); err != nil {
			return nil, err
		}
	} else if in.Full {
		money = o.received() - o.refunded()
	}

	if money > o.received()-o.refunded() {
		return nil, errors.New("that is more than was received")
	}
	if money == 0 && len(r.lines) == 0 {
		return nil, errors.New("a refund needs full, items, shipping or an amount")
	}

	sh.book(o, r, worth, money, in.Reason, now)
	return r, nil
}

// shippingOf is how much of the shipping goes back. Errors: more than is left of it.
func (o *order) shippingOf(in RefundInput) (int64, error) {
	left := o.shippingNet() - o.shippingBack
	if in.Full || in.Shipping == "" {
		return map[bool]int64{true: left}[in.Full], nil
	}

	back, err := parseMoney(in.Shipping, o.currency)
	if err == nil && back > left {
		err = errors.New("that is more than is left of the shipping")
	}
	return back, err
}

// refundItems lists the lines to give back. Errors: no such line, more than is left of it.
func (o *order) refundItems(in RefundInput) ([]RefundItem, error) {
	if in.Full {
		var all []RefundItem
		for i, l := range o.lines {
			if l.current > 0 {
				all = append(all, RefundItem{Index: i, Quantity: l.current})
			}
		}
		return all, nil
	}

	items := slices.Clone(in.Items)
	named := map[int]bool{}
	for i := range items {
		if named[items[i].Index] {
			return nil, fmt.Errorf("line %d is named twice", items[i].Index)
		}
		named[items[i].Index] = true

		setDefault(&items[i].Quantity, 1)
		if items[i].Index < 0 || items[i].Index >= len(o.lines) {
			return nil, fmt.Errorf("the order has no line %d", items[i].Index)
		}
		if items[i].Quantity < 1 || items[i].Quantity > o.lines[items[i].Index].current {
			return nil, fmt.Errorf("line %d has %d left", items[i].Index, o.lines[items[i].Index].current)
		}
	}
	return items, nil
}

// worth is what n of the line's pieces are worth now; all that are left are worth all that is left.
func (l *orderLine) worth(n int64) int64 {
	if n >= l.current {
		return l.left()
	}
	return share(l.left(), big.NewRat(n, l.current))
}

// part is what some of a line takes along when it goes back, with its tax.
func (o *order) part(id int64, item RefundItem) refundLine {
	l := o.lines[item.Index]
	worth := l.worth(item.Quantity)
	return refundLine{
		id: id, line: l, quantity: item.Quantity, subtotal: worth, tax: o.taxOn(l.left()) - o.taxOn(l.left()-worth),
	}
}

// takeBack takes a part off its line.
func (p refundLine) takeBack() {
	p.line.current -= p.quantity
	p.line.removed += p.subtotal
}

// book enters a refund on the order.
func (sh *shop) book(o *order, r *refund, worth, money int64, reason string, now time.Time) {
	for _, part := range r.lines {
		part.takeBack()
	}

	o.shippingBack += r.shipping
	if diff := worth - money; diff != 0 {
		r.adjustments = append(r.adjustments, adjustment{id: sh.ids.next(), amount: diff, reason: reason})
	}
	sh.giveBack(o, r, money, now)
}

// giveBack adds a refund and its money, if any, to the order.
func (sh *shop) giveBack(o *order, r *refund, money int64, now time.Time) {
	if money > 0 {
		t := transaction{id: sh.ids.next(), kind: "REFUND", status: "SUCCESS", amount: money, at: now}
		r.transactions = append(r.transactions, t)
		o.transactions = append(o.transactions, t)
	}
	o.refunds = append(o.refunds, r)
}

// CancelOrder cancels, gives back what was paid unless told otherwise, and sends orders/cancelled and refunds/create.
func (s *Server) CancelOrder(domain string, id int64, in CancelInput) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, now time.Time) error {
		setDefault(&in.Reason, "CUSTOMER")
		in.Reason = strings.ToUpper(in.Reason)
		if s.schema.Types["OrderCancelReason"].EnumValues.ForName(in.Reason) == nil {
			return fmt.Errorf("reason %q is not an OrderCancelReason", in.Reason)
		}
		if !o.cancelledAt.IsZero() {
			return errors.New("the order is cancelled already")
		}

		o.cancelledAt, o.cancelReason = now, in.Reason
		o.touch(now)

		giveBack := (in.Refund == nil || *in.Refund) && o.received() > o.refunded()
		if giveBack {
			r, err := s.refund(sh, o, RefundInput{Full: true}, now)
			if err != nil {
				return err
			}
			s.emitRefund(sh, o, r)
		}

		s.emitOrder(sh, "orders/cancelled", o)
		return nil
	})
}

// EditOrder adds a line or takes value or pieces off the lines, and sends orders/edited. What is added is outstanding
// until PayOrder; what is taken off gives no money back.
func (s *Server) EditOrder(domain string, id int64, in EditInput) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, now time.Time) error {
		edit, err := sh.edit(o, in)
		if err != nil {
			return err
		}

		o.touch(now)
		s.emitEdit(sh, o, edit, now)
		return nil
	})
}

func (sh *shop) edit(o *order, in EditInput) (edit lineEdit, err error) {
	asked := map[bool]int{true: 1}
	if asked[in.Add != ""]+asked[in.Remove != ""]+asked[len(in.RemoveItems) > 0] != 1 {
		return edit, errors.New("an edit needs one of add, remove and remove_items")
	}

	if len(in.RemoveItems) > 0 {
		edit.removals, err = o.takeOffPieces(in.RemoveItems)
		return edit, err
	}

	amount, err := parseMoney(in.Add+in.Remove, o.currency)
	switch {
	case err != nil:
		return edit, err
	case in.Add != "":
		setDefault(&in.Title, "Added item")
		edit.additions = []lineChange{sh.addLine(o, basketLine{in.Title, amount, 1, false})}
	case amount > o.currentSubtotal():
		return edit, errors.New("that is more than the lines hold")
	default:
		edit.removals = o.takeOffLines(amount)
	}
	return edit, nil
}

// takeOffPieces removes pieces with what they are worth. Errors: no such line, more than is left of it.
func (o *order) takeOffPieces(items []RefundItem) ([]lineChange, error) {
	items, err := o.refundItems(RefundInput{Items: items})
	if err != nil {
		return nil, err
	}

	var changed []lineChange
	for _, item := range items {
		part := o.part(0, item)
		part.takeBack()
		changed = append(changed, lineChange{part.line.id, part.quantity})
	}
	return changed, nil
}

func (sh *shop) addLine(o *order, in basketLine) lineChange {
	l := &orderLine{id: sh.ids.next(), title: in.title, price: in.price, quantity: in.quantity,
		current: in.quantity, added: true,
		perDiscount: make([]int64, len(o.discounts)), giftCard: in.giftCard}
	o.lines = append(o.lines, l)
	return lineChange{l.id, in.quantity}
}

// takeOffLines removes value, last line first; a line with nothing left has no pieces left.
func (o *order) takeOffLines(amount int64) []lineChange {
	var changed []lineChange
	for i := len(o.lines) - 1; i >= 0 && amount > 0; i-- {
		l := o.lines[i]
		n := min(amount, l.left())
		if n == 0 {
			continue
		}

		l.removed += n
		amount -= n
		if l.left() == 0 {
			l.current = 0
		}

		changed = append(changed, lineChange{l.id, 1})
	}
	return changed
}

// DisputeOrder opens the order's dispute or changes its state. Shopify's order keeps its updatedAt, so only
// a fresh snapshot shows it.
func (s *Server) DisputeOrder(domain string, id int64, in DisputeInput) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, _ time.Time) error {
		setDefault(&in.Type, "CHARGEBACK")
		in.Status, in.Type = strings.ToUpper(in.Status), strings.ToUpper(in.Type)
		if s.schema.Types["DisputeStatus"].EnumValues.ForName(in.Status) == nil {
			return fmt.Errorf("status %q is not a DisputeStatus", in.Status)
		}
		if in.Type != "CHARGEBACK" && in.Type != "INQUIRY" {
			return fmt.Errorf("type %q is not CHARGEBACK or INQUIRY", in.Type)
		}

		if len(o.disputes) == 0 {
			o.disputes = append(o.disputes, &dispute{id: sh.ids.next()})
		}
		o.disputes[0].status, o.disputes[0].kind = in.Status, in.Type
		return nil
	})
}

// DeleteOrder takes an order away for good, as the merchant can: the API shows it no more and it counts nowhere.
// Codes it took stay used. Nothing is sent: orders/delete is not simulated. Errors: no such order.
func (s *Server) DeleteOrder(domain string, id int64) error {
	return s.withShop(domain, func(sh *shop) error {
		o, ok := sh.orderByID[id]
		if !ok {
			return errNoOrder
		}

		sh.orders = slices.DeleteFunc(sh.orders, func(x *order) bool { return x == o })
		delete(sh.orderByID, id)
		if o.customer != nil {
			o.customer.forget(o)
		}
		return nil
	})
}

// SetAttributes replaces the order's cart attributes, as an app with write access can.
func (s *Server) SetAttributes(domain string, id int64, attributes map[string]string) (Order, error) {
	return s.change(domain, id, func(_ *shop, o *order, now time.Time) error {
		o.attributes = nil
		for _, key := range sortedKeys(attributes) {
			o.attributes = append(o.attributes, attribute{key, attributes[key]})
		}

		o.touch(now)
		return nil
	})
}

// AttachCustomer gives an order without a customer to the one with that e-mail, as staff can.
func (s *Server) AttachCustomer(domain string, id int64, email string) (Order, error) {
	return s.change(domain, id, func(sh *shop, o *order, now time.Time) error {
		if o.customer != nil || !validEmail(email) {
			return errors.New("the order has a customer already, or the e-mail address is none")
		}

		o.customer = sh.customerFor(email, now)
		o.email = o.customer.email
		o.customer.orders = append(o.customer.orders, o)
		o.touch(now)
		return nil
	})
}
