package codes

import (
	"context"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/referral"
)

// ChangeCode gives an advocate a code that somebody chose, or one of theirs that was former. Links and discounts of all
// that were theirs work on. Invalid: nobody may have such a code. Conflict: it is taken, by an advocate, by a code of
// ours, or by a discount of the shop, or the advocate has very many. NotFound: the advocate was erased.
func (s *Service) ChangeCode(ctx context.Context, a referral.Advocate, chosen string) (referral.Advocate, error) {
	code, err := referral.ParseChosenCode(chosen)
	if slices.Contains(a.Codes, referral.NormalCode(chosen)) {
		code, err = referral.NormalCode(chosen), nil
	}
	if err != nil || code == a.Code() {
		return a, err
	}

	if !slices.Contains(a.Codes, code) {
		if len(a.Codes) >= referral.MaxAdvocateCodes {
			return a, fault.With(fault.Conflict, "codes_many", fault.Values{"most": referral.MaxAdvocateCodes})
		}
		if err := s.mayTake(ctx, a, code); err != nil {
			return a, err
		}
	}

	changed, err := s.advocates.PutCodeFirst(ctx, a.Shop, a.ID, code)
	if fault.Is(err, fault.Conflict) {
		return a, errCodeInUse
	}
	if err != nil {
		return a, fmt.Errorf("codes: put code first: %w", err)
	}
	s.bell.Share(ctx, a.Shop)
	return changed, nil
}

var errCodeInUse = fault.New(fault.Conflict, "code_in_use")

// mayTake refuses a code that is a discount's already, of ours or of the merchant's: it would open that. Other
// advocates' are refused by their unique index.
func (s *Service) mayTake(ctx context.Context, a referral.Advocate, code string) error {
	ours, err := s.store.FindCodes(ctx, a.Shop, []string{code})
	if err != nil {
		return fmt.Errorf("codes: find codes: %w", err)
	}
	if len(ours) > 0 {
		return errCodeInUse
	}

	_, err = s.shopify.FindDiscount(ctx, a.Shop, code)
	if err == nil {
		return fault.New(fault.Conflict, "code_of_discount")
	}
	if !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("codes: find discount: %w", err)
	}
	return nil
}
