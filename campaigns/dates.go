package campaigns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// turn puts a version live, or ends the campaign, if its dates say so by now. It tells whether they did.
func (s *Service) turn(ctx context.Context, c referral.Campaign) (turned bool, err error) {
	to, due := c.Due(s.now())
	if !due {
		return false, nil
	}

	if to == referral.CampaignEnded {
		_, err := s.End(ctx, c.Shop, c.ID)
		return true, err
	}

	_, err = s.GoLive(ctx, c.Shop, c.ID)
	if err == nil || fault.KindOf(err).Retry() || errors.Is(err, tenant.ErrHeld) {
		return true, err
	}
	return true, s.dropStart(ctx, c, err)
}

// dropStart takes away the start of a draft that cannot go live then, and tells the merchant why: going live later, when
// whatever stood in its way is gone, is theirs to say.
func (s *Service) dropStart(ctx context.Context, c referral.Campaign, why error) error {
	_, err := s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *referral.Campaign) error {
		c.Dates.Starts, c.Problem = time.Time{}, problemOf(why)
		return nil
	})
	if err != nil {
		return fmt.Errorf("campaigns: drop start: %w", err)
	}

	s.log.WarnContext(ctx, "campaign could not go live on its date", "shop", c.Shop, "campaign_id", c.ID, "err", why)
	return nil
}

// tendBy is when a version is to be looked after next: when its discounts are, or earlier if it ends by itself before.
// Zero: never.
func tendBy(c referral.Campaign, next time.Time) time.Time {
	ends := c.Dates.Ends
	if c.Over() || ends.IsZero() || (!next.IsZero() && next.Before(ends)) {
		return next
	}
	return ends
}
