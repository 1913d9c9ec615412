package people

import (
	"context"
	"encoding/json"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Tell is Report for a merchant who asks by themselves: everything that is kept of a customer, as JSON, and nothing is
// kept of the answer. NotFound: nothing is kept of them.
func (s *Service) Tell(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) ([]byte, error) {
	report, err := s.reportOf(ctx, shop, c, nil)
	if err != nil {
		return nil, err
	}
	if report.empty() {
		return nil, fault.New(fault.NotFound, "nothing_kept")
	}

	body, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("people: write report: %w", err)
	}
	return body, nil
}
