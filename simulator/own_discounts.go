package simulator

import (
	"errors"
	"fmt"
	"slices"
)

// OwnDiscount is a discount that the merchant makes, which is no business of the app's: with codes, or automatic. It
// takes an amount, a percentage or the shipping.
type OwnDiscount struct {
	Title        string      `json:"title"`
	Codes        []string    `json:"codes"` // none: it is automatic
	Amount       string      `json:"amount"`
	Percentage   string      `json:"percentage"` // "0.15"
	FreeShipping bool        `json:"free_shipping"`
	Minimum      string      `json:"minimum"` // subtotal needed
	Combines     Combination `json:"combines"`
}

// maxAutomatic is how many automatic discounts a shop can have running. Source: help.shopify.com, automatic discounts.
const maxAutomatic = 25

// MakeDiscount makes a discount of the merchant's own, from now on without end. Nothing is sent: discounts/create is
// not simulated. Errors: values it cannot have, a code that is taken.
func (s *Server) MakeDiscount(domain string, in OwnDiscount) (Discount, error) {
	var out Discount
	err := s.withShop(domain, func(sh *shop) error {
		now := s.seconds()
		d := &discount{
			freeShipping: in.FreeShipping, startsAt: now, createdAt: now, updatedAt: now, usesBy: map[int64]int64{},
		}
		edit := DiscountEdit{
			Title: in.Title, Amount: in.Amount, Percentage: in.Percentage,
			Minimum: in.Minimum, Combines: &in.Combines,
		}

		if err := edit.apply(d, sh.currency, now); err != nil {
			return err
		}
		if d.title == "" || (!d.freeShipping && d.amount == 0 && d.percentage == nil) {
			return errors.New("a discount has a title, and an amount, a percentage or free shipping")
		}

		d.id = sh.ids.next()
		if err := sh.enter(d, in.Codes); err != nil {
			return err
		}

		out = sh.discountView(d, s.clock.now())
		return nil
	})
	return out, err
}

// enter adds a discount to those with codes, or to the automatic ones.
func (sh *shop) enter(d *discount, codes []string) error {
	if len(codes) == 0 {
		if len(sh.automatics) == maxAutomatic {
			return fmt.Errorf("a shop has at most %d automatic discounts", maxAutomatic)
		}
		sh.automatics = append(sh.automatics, d)
		return nil
	}

	for _, code := range codes {
		if _, problem := sh.addCode(d, code); problem != "" {
			for _, c := range slices.Clone(d.codes) {
				sh.deleteCode(c)
			}
			return fmt.Errorf("code %q: %s", code, problem)
		}
	}

	sh.discounts[d.id] = d
	return nil
}

// endAutomatic deletes an automatic discount, if there is one with that id.
func (sh *shop) endAutomatic(id int64) bool {
	before := len(sh.automatics)
	sh.automatics = slices.DeleteFunc(sh.automatics, func(d *discount) bool { return d.id == id })
	return len(sh.automatics) < before
}
