package codes

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
)

// How far ahead ends are, and how often they are looked after. The friend's discounts end a little over a month ahead
// and are moved daily, so that they end by themselves after an uninstall. Source: design section 6, The offer.
const (
	endAhead    = 35 * 24 * time.Hour
	upkeepEvery = 24 * time.Hour
	upkeepSoon  = time.Hour // a version that is over is asked more often whether its last promise has ended
)

// endMoves tells whether the side's discount has an end that is moved ahead: all but that of the advocates' rewards,
// which are theirs.
func endMoves(c referral.Campaign, side referral.Side) bool {
	return side == referral.ShareSide || (side == referral.FriendSide && !c.Terms.Friend.AfterOrder)
}

// NextUpkeep is when the discounts of a version that must go on are to be looked after again.
func (s *Service) NextUpkeep(c referral.Campaign) time.Time {
	if c.Over() {
		return s.now().Add(upkeepSoon)
	}
	return s.now().Add(upkeepEvery)
}

// MoveEnd moves one discount's end, if it is not where it should be: ahead while the discount must go on, to now when
// it is over. A discount that the merchant has deleted is left to the audit.
func (s *Service) MoveEnd(ctx context.Context, c referral.Campaign, side referral.Side, mustStay bool) error {
	end, moves := s.rightEnd(c, side, mustStay)
	if !moves {
		return nil
	}

	err := s.shopify.MoveEnd(ctx, c.Shop, c.Discounts[side], c.Terms.Offer(side).Kind, end)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("codes: move end of %s discount: %w", side, err)
	}

	_, err = s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *referral.Campaign) error {
		if c.EndsAt == nil {
			c.EndsAt = map[referral.Side]time.Time{}
		}
		c.EndsAt[side] = end
		return nil
	})
	return err
}

// rightEnd is where a discount's end should be; false when it is there already.
func (s *Service) rightEnd(c referral.Campaign, side referral.Side, mustStay bool) (time.Time, bool) {
	now := s.now()
	end := c.EndsAt[side]
	if mustStay {
		if !endMoves(c, side) {
			return time.Time{}, !end.IsZero() // it was ended too early
		}
		return now.Add(endAhead), !end.After(now.Add(endAhead - upkeepEvery/2))
	}

	// Shopify wants an end after the start.
	earliest := now
	if started := c.LiveAt.Add(time.Minute); started.After(now) {
		earliest = started
	}
	return earliest, end.IsZero() || end.After(earliest)
}

// ReopenEnded takes the end away from a discount that ended with its version, before another code is given under it: a
// reward may be reissued, or turn out to be due, long after. It is looked after again, so that it ends once more.
func (s *Service) ReopenEnded(ctx context.Context, c referral.Campaign, side referral.Side) error {
	if c.Discounts[side] == "" || c.EndsAt[side].IsZero() {
		return nil
	}

	// Noted first, so that it ends whatever happens next.
	_, err := s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *referral.Campaign) error {
		c.TendAt = s.now().Add(upkeepSoon)
		return nil
	})
	if err != nil {
		return fmt.Errorf("codes: look after reopened discount: %w", err)
	}
	return s.MoveEnd(ctx, c, side, true)
}

// DropFree has the free codes of a version that is over deleted: nobody will be given them. What its own later rewards
// need is made one by one.
func (s *Service) DropFree(ctx context.Context, c referral.Campaign) error {
	dropped := 0
	for _, side := range referral.Sides {
		n, err := s.store.EndFreeCodes(ctx, c.Shop, c.Key(), side, s.now())
		if err != nil {
			return fmt.Errorf("codes: end free codes: %w", err)
		}
		dropped += n
	}

	if dropped > 0 {
		s.bell.DeleteCodes(ctx, c.Shop)
	}

	return nil
}
