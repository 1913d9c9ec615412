package campaigns

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Tend looks after a campaign version. It does what its dates say; then it moves its discounts' ends ahead, ends what is
// over, and sees what the merchant has changed. It may run at any time, and as often as one likes.
func (s *Service) Tend(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) error {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("campaigns: find campaign: %w", err)
	}

	if c.Cleaned {
		return nil
	}
	if turned, err := s.turn(ctx, c); turned || err != nil {
		return err
	}
	if c.State == referral.CampaignDraft || c.State == referral.CampaignFilling {
		return nil
	}

	if !c.LiveAt.IsZero() { // also where the run that put it live was cut off
		if err := s.takeOver(ctx, c); err != nil {
			return err
		}
	}

	if c.Over() {
		if err := s.codes.DropFree(ctx, c); err != nil {
			return err
		}
	}

	next, err := s.moveEnds(ctx, c)
	if err != nil {
		return err
	}

	if err := s.codes.Audit(ctx, c.Shop, key, tendBy(c, next)); err != nil {
		return err
	}

	return s.watchCost(ctx, c)
}

// moveEnds brings each discount's end to where it should be, and returns when to look again; zero: never.
func (s *Service) moveEnds(ctx context.Context, c referral.Campaign) (next time.Time, err error) {
	for _, side := range referral.DiscountSides {
		if c.Discounts[side] == "" {
			continue
		}
		stays, err := s.mustStay(ctx, c, side)
		if err != nil {
			return next, err
		}
		if err := s.codes.MoveEnd(ctx, c, side, stays); err != nil {
			return next, err
		}
		if stays {
			next = s.codes.NextUpkeep(c)
		}
	}

	return next, nil
}

// mustStay tells whether a side's discount must go on: the version is the offer, or something it promised has not
// ended.
func (s *Service) mustStay(ctx context.Context, c referral.Campaign, side referral.Side) (bool, error) {
	mayFollow := c.Terms.AfterOrder(side) && s.now().Before(c.Until.Add(c.Terms.MayStillConvert()))
	switch {
	case side == referral.ShareSide:
		return !c.Over() && c.Terms.Shares(), nil
	case !c.Over() || mayFollow:
		return true, nil
	}

	n, err := s.store.CountPromised(ctx, c.Shop, c.Key(), side, s.now())
	if err != nil {
		return false, fmt.Errorf("campaigns: count promised: %w", err)
	}

	return n > 0, nil
}

// Promised is what rests on a version of a campaign, and goes on when it is paused or ended.
type Promised struct {
	Friends   int // codes that friends hold and may still use; where theirs comes after the order, rewards that may still be given
	Advocates int // advocates' codes that were issued and not used, and rewards that may still be given
}

// Promised counts what rests on a version.
func (s *Service) Promised(ctx context.Context, c referral.Campaign) (p Promised, err error) {
	for side, n := range map[referral.Side]*int{referral.FriendSide: &p.Friends, referral.AdvocateSide: &p.Advocates} {
		if *n, err = s.store.CountPromised(ctx, c.Shop, c.Key(), side, s.now()); err != nil {
			return p, fmt.Errorf("campaigns: count promised: %w", err)
		}
	}
	return p, nil
}

// Repair brings the campaign's discounts back to what they should be: what the merchant changed is changed back, and
// one that was deleted is made anew, with all the codes that are promised or free. It is the merchant's request;
// nothing is repaired by itself.
func (s *Service) Repair(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) ([]referral.Campaign, error) {
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return nil, err
	}

	for i, c := range all {
		if c.State == referral.CampaignDraft || c.State == referral.CampaignFilling || c.Cleaned {
			continue
		}
		if err := s.Tend(ctx, shop, c.Key()); err != nil {
			return nil, err
		}
		if all[i], err = s.codes.Repair(ctx, shop, c.Key()); err != nil {
			return nil, err
		}
	}

	return all, nil
}

// MakeCodes has the pools of the campaign's live version filled now. A job does it, which a sweep would ring for too.
// Conflict: it is not live.
func (s *Service) MakeCodes(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) error {
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return err
	}

	for _, c := range all {
		if c.State == referral.CampaignLive {
			s.bell.Fill(ctx, shop, c.Key())
			return nil
		}
	}
	return fault.New(fault.Conflict, "codes_not_live")
}

// Made tells how many of the codes are there that a version's pools are to have.
func (s *Service) Made(ctx context.Context, c referral.Campaign) (made, of int, err error) {
	return s.codes.Made(ctx, c)
}
