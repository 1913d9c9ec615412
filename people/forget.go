package people

import (
	"context"
	"fmt"

	"twofold/tenant"
)

// Numbers of forgetting: documents of a kind at a time, and how often in one run.
const (
	forgetBatch  = 200
	forgetRounds = 50
)

// ForgetMarks forgets from which networks and by which browsers people came, once that has been kept for its time. What
// one run does not come to, the next one does.
func (s *Service) ForgetMarks(ctx context.Context, shop tenant.ShopID) error {
	for range forgetRounds {
		more, err := s.store.ForgetMarks(ctx, shop, s.now(), forgetBatch)
		if err != nil {
			return fmt.Errorf("people: forget marks: %w", err)
		}
		if !more {
			return nil
		}
	}
	return nil
}
