package referral

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/tenant"
)

// Tend looks after the discounts of a campaign version: it moves their ends ahead, ends what is over, and sees what the merchant
// has changed. It may run at any time, and as often as one likes.
func (s *Service) Tend(ctx context.Context, shop tenant.ShopID, key CampaignKey) error {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("referral: find campaign: %w", err)
	}
	if c.State == CampaignDraft || c.State == CampaignFilling || c.Cleaned {
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
	if err := s.codes.Audit(ctx, c.Shop, key, next); err != nil {
		return err
	}
	return s.watchCost(ctx, c)
}

// moveEnds brings each discount's end to where it should be, and returns when to look again; zero: never.
func (s *Service) moveEnds(ctx context.Context, c Campaign) (next time.Time, err error) {
	for _, side := range DiscountSides {
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

// mustStay tells whether a side's discount must go on: the version is the offer, or something it promised has not ended.
func (s *Service) mustStay(ctx context.Context, c Campaign, side Side) (bool, error) {
	mayFollow := c.Terms.AfterOrder(side) && s.now().Before(c.Until.Add(c.Terms.mayStillConvert()))
	switch {
	case side == ShareSide:
		return !c.Over() && c.Terms.Shares(), nil
	case !c.Over() || mayFollow:
		return true, nil
	}
	n, err := s.store.CountPromised(ctx, c.Shop, c.Key(), side, s.now())
	if err != nil {
		return false, fmt.Errorf("referral: count promised: %w", err)
	}
	return n > 0, nil
}

// CheckDiscount sees what the merchant has changed of a discount: a campaign's is compared, a reward's own is looked for. One that is
// nobody's is none of ours.
func (s *Service) CheckDiscount(ctx context.Context, shop tenant.ShopID, id DiscountID) error {
	if id == "" {
		return nil
	}
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("referral: list campaigns: %w", err)
	}
	for _, c := range all {
		for _, one := range c.Discounts {
			if one == id {
				return s.Tend(ctx, shop, c.Key())
			}
		}
	}
	return s.checkPersonal(ctx, shop, id)
}

// checkPersonal notes that the discount of a personal reward is gone, if it is. Reissue gives another.
func (s *Service) checkPersonal(ctx context.Context, shop tenant.ShopID, id DiscountID) error {
	friends, err := s.store.FriendsWithDiscount(ctx, shop, id)
	if err != nil {
		return fmt.Errorf("referral: friends with discount: %w", err)
	}
	if len(friends) == 0 {
		return nil
	}
	if gone, err := s.codes.IsGone(ctx, shop, id); err != nil || !gone {
		return err
	}
	for _, friend := range friends {
		if err := s.noteDeleted(ctx, shop, friend, id); err != nil {
			return err
		}
	}
	return nil
}

// noteDeleted notes on a friend's referral that a reward's own discount was deleted, unless we did that: then its code is no longer held.
func (s *Service) noteDeleted(ctx context.Context, shop tenant.ShopID, friend FriendID, id DiscountID) error {
	r, err := s.store.FindReferral(ctx, shop, friend)
	if err != nil {
		return fmt.Errorf("referral: find referral: %w", err)
	}
	var codes []string
	for _, i := range r.Issues {
		if i.Discount == id && !i.TakenBack {
			codes = append(codes, i.Code)
		}
	}
	held, err := s.store.FindCodes(ctx, shop, codes)
	if err != nil {
		return fmt.Errorf("referral: find codes: %w", err)
	}
	held = slices.DeleteFunc(held, func(c Code) bool { return c.State != CodeHeld })
	if len(held) == 0 {
		return nil
	}
	at := s.now()
	noteGone := func(_ Referral, f *Facts) bool { return NoteGone(f, CodeTexts(held), at) }
	if _, err := s.conclude(ctx, shop, friend, noteGone); err != nil {
		return err
	}
	s.log.WarnContext(ctx, "a reward's discount was deleted by the merchant", "shop", shop)
	return nil
}

// Repair brings the campaign's discounts back to what they should be: what the merchant changed is changed back, and one that was
// deleted is made anew, with all the codes that are promised or free. It is the merchant's request; nothing is repaired by itself.
func (s *Service) Repair(ctx context.Context, shop tenant.ShopID, id CampaignID) ([]Campaign, error) {
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return nil, err
	}
	for i, c := range all {
		if c.State == CampaignDraft || c.State == CampaignFilling || c.Cleaned {
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
