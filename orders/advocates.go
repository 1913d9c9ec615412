package orders

import (
	"context"
	"fmt"

	"twofold/referral"
)

// ApplyAdvocateState ends a blocked advocate's shareable code, or has it made again, and has her referrals decided
// again.
func (s *Service) ApplyAdvocateState(ctx context.Context, a referral.Advocate) error {
	if a.State == referral.AdvocateBlocked {
		if err := s.codes.End(ctx, a.Shop, a.Codes); err != nil {
			return err
		}
	} else {
		if err := s.advocates.ForgetShared(ctx, a.Shop, []referral.AdvocateID{a.ID}); err != nil {
			return fmt.Errorf("orders: forget shared: %w", err)
		}
		s.bell.Share(ctx, a.Shop)
	}

	if err := s.advocates.RaiseFactsOf(ctx, a.Shop, a.ID); err != nil {
		return fmt.Errorf("orders: raise facts: %w", err)
	}

	return nil
}
