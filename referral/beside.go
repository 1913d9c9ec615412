package referral

import (
	"twofold/money"
)

// OwnDiscount is a live discount of the merchant's own, as far as it matters beside a friend's code.
type OwnDiscount struct {
	Title     string
	Automatic bool         // it needs no code
	Classes   Combines     // of which it is: what it takes from
	Combines  Combines     // what it may stand beside
	Kind      OfferKind    // AmountOff, PercentOff, FreeShipping; "": another, of which is not known what it takes off
	Amount    money.Amount // AmountOff
	RateBP    int          // PercentOff
	Minimum   money.Amount // least subtotal; zero: none is known
	SomeOnly  bool         // it is for some products, items or customers only
}

// class is the class of a discount of ours.
func (k OfferKind) class() Combines {
	if k == FreeShipping {
		return Combines{Shipping: true}
	}
	return Combines{Order: true}
}

// Allows tells whether discounts of all these classes may stand beside what has these switches.
func (c Combines) Allows(classes Combines) bool {
	return (c.Order || !classes.Order) && (c.Product || !classes.Product) && (c.Shipping || !classes.Shipping)
}

// Beside is what becomes of a friend's order where the friend's code meets a discount of the merchant's own.
type Beside struct {
	Own      OwnDiscount
	Allowed  bool // by our discount: it lets theirs stand beside it
	Allows   bool // by theirs: it lets ours stand beside it
	Combines bool // the checkout takes both

	Pays     money.Amount // what the friend pays for the goods, at best
	WithOurs money.Amount // what they pay with our code alone
	Less     bool         // it may be less: what theirs takes off is not known
	Ships    bool         // shipping is free then
	Earns    money.Amount // what the advocate's reward counts for
}

// BesideOwn judges a friend's code beside a live discount, on an order of this subtotal. Two discounts stand together if
// each allows the other's class; two on shipping never do. Source: help.shopify.com, combining discounts;
// shopify.dev, DiscountCombinesWith, 2026-10. Where they do not, the checkout keeps what saves the friend more.
func (t Terms) BesideOwn(own OwnDiscount, order money.Amount) (Beside, error) {
	ours := t.Friend.Kind.class()
	b := Beside{
		Own:     own,
		Allowed: t.Friend.Combines.Allows(own.Classes),
		Allows:  own.Combines.Allows(ours),
	}
	b.Combines = b.Allowed && b.Allows && (!ours.Shipping || !own.Classes.Shipping)

	off, err := t.Friend.offOf(order)
	if err != nil {
		return b, err
	}
	theirs, err := own.offOf(order)
	if err != nil {
		return b, err
	}

	b.WithOurs = left(order, off)
	b.Less = own.Kind == "" || own.SomeOnly
	switch {
	case b.Combines:
		b.Pays, b.Ships = left(b.WithOurs, theirs), own.ships(order) || t.Friend.Kind == FreeShipping
	case theirs.Minor > off.Minor:
		b.Pays = left(order, theirs)
	default:
		b.Pays, b.Ships = b.WithOurs, t.Friend.Kind == FreeShipping
	}

	b.Earns, err = t.Advocate.Worth(b.Pays)
	return b, err
}

// offOf is what the offer takes off the goods of an order.
func (o Offer) offOf(order money.Amount) (money.Amount, error) {
	return reduction(o.Kind, o.Amount, o.RateBP, order)
}

// offOf is what the discount takes off the goods of an order, as far as that is known: nothing below its minimum.
func (d OwnDiscount) offOf(order money.Amount) (money.Amount, error) {
	if d.Minimum.Minor > order.Minor || d.SomeOnly {
		return money.Amount{Currency: order.Currency}, nil
	}
	return reduction(d.Kind, d.Amount, d.RateBP, order)
}

// ships tells whether the discount frees an order's shipping.
func (d OwnDiscount) ships(order money.Amount) bool {
	return d.Kind == FreeShipping && d.Minimum.Minor <= order.Minor && !d.SomeOnly
}

func reduction(kind OfferKind, amount money.Amount, rateBP int, order money.Amount) (money.Amount, error) {
	switch kind {
	case AmountOff:
		return amount, nil
	case PercentOff:
		return order.Share(rateBP)
	}
	return money.Amount{Currency: order.Currency}, nil
}

// left is what is left of a sum, never below zero. Both are of the shop's currency.
func left(sum, off money.Amount) money.Amount {
	return money.Amount{Minor: max(0, sum.Minor-off.Minor), Currency: sum.Currency}
}

// SampleOrder is the order on which offers are tried out for the merchant: five times what a first draft gives ($100),
// or the terms' minimum if that is more. Invalid: the currency's code is malformed.
func (t Terms) SampleOrder(currency string) (money.Amount, error) {
	amount, err := firstAmount(currency)
	if err != nil {
		return amount, err
	}
	return money.Amount{Minor: max(5*amount.Minor, t.Minimum.Minor), Currency: currency}, nil
}
