package simulator

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// DiscountEdit changes a discount as a merchant in the admin would. What is left out stays.
type DiscountEdit struct {
	Title      string       `json:"title"`
	Amount     string       `json:"amount"`     // off the order, in the shop's currency
	Percentage string       `json:"percentage"` // "0.15"
	Minimum    string       `json:"minimum"`    // subtotal needed; "0" is none
	EndsAt     string       `json:"ends_at"`    // RFC 3339, or never
	Combines   *Combination `json:"combines"`
	Active     *bool        `json:"active"` // true: from now on without end, if it is not running; false: ends now
}

// Combination is combinesWith; what is left out is false.
type Combination struct {
	Order    bool `json:"order"`
	Product  bool `json:"product"`
	Shipping bool `json:"shipping"`
}

var (
	errNoDiscount = errors.New("there is no such discount")
	errNoCode     = errors.New("the discount has no such code")
)

// withDiscount runs fn on a discount. Errors: no such discount, and fn's.
func (s *Server) withDiscount(domain string, id int64, fn func(*shop, *discount) error) error {
	return s.withShop(domain, func(sh *shop) error {
		sh.settle(s.clock.now())
		d := sh.discounts[id]
		if d == nil {
			return errNoDiscount
		}

		return fn(sh, d)
	})
}

// EditDiscount changes a discount, all of the edit or nothing, and sends discounts/update. Errors: no such
// discount, values it cannot have.
func (s *Server) EditDiscount(domain string, id int64, in DiscountEdit) (Discount, error) {
	var out Discount
	err := s.withDiscount(domain, id, func(sh *shop, d *discount) error {
		changed := *d
		if err := in.apply(&changed, sh.currency, s.seconds()); err != nil {
			return err
		}

		changed.updatedAt = s.seconds()
		*d = changed
		s.emitDiscount(sh, "discounts/update", d)
		out = sh.discountView(d, s.clock.now())
		return nil
	})
	return out, err
}

func (in DiscountEdit) apply(d *discount, currency string, now time.Time) error {
	if in.Title != "" {
		d.title = in.Title
	}
	if in.Combines != nil {
		d.combines = combination{in.Combines.Order, in.Combines.Product, in.Combines.Shipping}
	}

	if err := in.applyValue(d, currency); err != nil {
		return err
	}

	if in.Minimum != "" {
		n, err := parseMoney(in.Minimum, currency)
		if err != nil {
			return err
		}
		d.minSubtotal, d.minQuantity = n, 0
	}
	return in.applyDates(d, now)
}

func (in DiscountEdit) applyValue(d *discount, currency string) error {
	switch {
	case in.Amount == "" && in.Percentage == "":
		return nil
	case d.freeShipping || (in.Amount != "" && in.Percentage != ""):
		return errors.New("a discount has an amount, a percentage or free shipping")
	case in.Amount != "":
		n, err := parseMoney(in.Amount, currency)
		if err != nil || n == 0 {
			return fmt.Errorf("%q is not an amount of %s to take off", in.Amount, currency)
		}
		d.amount, d.percentage = n, nil
		return nil
	}

	rate, err := parseRate(in.Percentage)
	if err != nil || rate.Cmp(big.NewRat(1, 1)) > 0 {
		return fmt.Errorf("percentage %q is not above 0 and at most 1", in.Percentage)
	}
	d.amount, d.percentage = 0, rate
	return nil
}

// applyDates switches as discountCodeActivate and discountCodeDeactivate do.
func (in DiscountEdit) applyDates(d *discount, now time.Time) error {
	switch {
	case in.EndsAt != "" && in.Active != nil:
		return errors.New("an edit has either ends_at or active")
	case in.EndsAt == "never":
		d.endsAt = time.Time{}
	case in.EndsAt != "":
		at, err := time.Parse(time.RFC3339, in.EndsAt)
		if err != nil || !at.After(d.startsAt) {
			return fmt.Errorf("ends_at %q is neither never nor a time after the start", in.EndsAt)
		}
		d.endsAt = at.UTC()
	case in.Active != nil && !*in.Active:
		d.endsAt = now
	case in.Active != nil && d.status(now) == "SCHEDULED":
		d.startsAt = now
	case in.Active != nil && d.status(now) == "EXPIRED":
		d.endsAt = time.Time{}
	}
	return nil
}

// DeleteDiscount deletes a discount with its codes and sends discounts/delete; of an automatic one nothing is sent.
// Orders keep what they took. Errors: no such discount.
func (s *Server) DeleteDiscount(domain string, id int64) error {
	automatic := false
	if err := s.withShop(domain, func(sh *shop) error {
		automatic = sh.endAutomatic(id)
		return nil
	}); err != nil || automatic {
		return err
	}

	return s.withDiscount(domain, id, func(sh *shop, d *discount) error {
		sh.deleteDiscount(d)
		s.emitDiscount(sh, "discounts/delete", d)
		return nil
	})
}

// DeleteCode deletes one code of a discount, compared without case, and sends discounts/redeemcode_removed. Errors: no
// such discount, no such code.
func (s *Server) DeleteCode(domain string, id int64, code string) error {
	return s.withDiscount(domain, id, func(sh *shop, d *discount) error {
		i := slices.IndexFunc(d.codes, func(c *redeemCode) bool { return codeKey(c.code) == codeKey(code) })
		if i < 0 {
			return errNoCode
		}

		gone := d.codes[i]
		sh.deleteCode(gone)
		s.emitCode(sh, gone)
		return nil
	})
}
