package referral

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// Numbers of looking after discounts. The friend's discounts end a little over a month ahead and are moved daily, so that they end by
// themselves after an uninstall. Source: design section 6, The offer.
const (
	rollAhead = 35 * 24 * time.Hour
	tendEvery = 24 * time.Hour
	tendSoon  = time.Hour // a version that is over is asked more often whether its last promise has ended
)

// rolls tells whether the side's discount has an end that is moved ahead: all but that of the advocates' rewards, which are theirs.
func rolls(c Campaign, side Side) bool {
	return side == ShareSide || (side == FriendSide && !c.Terms.Friend.AfterOrder)
}

// Tend looks after the discounts of a campaign version: it moves their ends ahead, ends what is over, and sees what the merchant
// has changed. It may run at any time, and as often as one likes.
func (s *Service) Tend(ctx context.Context, shop tenant.ShopID, key CampaignKey) error {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("referral: find campaign: %w", err)
	}
	if c.State == CampaignDraft || c.State == CampaignFilling {
		return nil
	}
	if !c.LiveAt.IsZero() { // also where the run that put it live was cut off
		if err := s.takeOver(ctx, c); err != nil {
			return err
		}
	}
	if c.Over() {
		if err := s.dropFree(ctx, c); err != nil {
			return err
		}
	}
	next, err := s.moveEnds(ctx, c)
	if err != nil {
		return err
	}
	if err := s.audit(ctx, c.Shop, key, next); err != nil {
		return err
	}
	return s.watchCost(ctx, c)
}

// dropFree has the free codes of a version that is over deleted: nobody will be given them. What its own later rewards need is made
// one by one.
func (s *Service) dropFree(ctx context.Context, c Campaign) error {
	dropped := 0
	for _, side := range Sides {
		n, err := s.store.EndFreeCodes(ctx, c.Shop, c.Key(), side, s.now())
		if err != nil {
			return fmt.Errorf("referral: end free codes: %w", err)
		}
		dropped += n
	}
	if dropped > 0 {
		s.bell.DeleteCodes(ctx, c.Shop)
	}
	return nil
}

// moveEnds brings each discount's end to where it should be, and returns when to look again; zero: never.
func (s *Service) moveEnds(ctx context.Context, c Campaign) (next time.Time, err error) {
	for _, side := range DiscountSides {
		if c.Discounts[side] == "" {
			continue
		}
		keep, err := s.keeps(ctx, c, side)
		if err != nil {
			return next, err
		}
		if err := s.moveEnd(ctx, c, side, keep); err != nil {
			return next, err
		}
		if keep {
			next = s.now().Add(tendEvery)
			if c.Over() {
				next = s.now().Add(tendSoon)
			}
		}
	}
	return next, nil
}

// keeps tells whether a side's discount must go on: the version is the offer, or something it promised has not ended.
func (s *Service) keeps(ctx context.Context, c Campaign, side Side) (bool, error) {
	mayFollow := c.Terms.afterOrder(side) && s.now().Before(c.Until.Add(c.Terms.mayStillConvert()))
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

// moveEnd moves one discount's end, if it is not where it should be. A discount that the merchant has deleted is left to the audit.
func (s *Service) moveEnd(ctx context.Context, c Campaign, side Side, keep bool) error {
	now, end := s.now(), c.EndsAt[side]
	switch {
	case keep && !rolls(c, side) && end.IsZero():
		return nil // it has no end
	case keep && !rolls(c, side):
		end = time.Time{} // it was ended too early
	case keep && end.After(now.Add(rollAhead-tendEvery/2)):
		return nil
	case keep:
		end = now.Add(rollAhead)
	case !end.IsZero() && !end.After(later(now, c.LiveAt.Add(time.Minute))):
		return nil // it has ended, or will within a minute
	default: // Shopify wants an end after the start
		end = later(now, c.LiveAt.Add(time.Minute))
	}
	err := s.shopify.MoveEnd(ctx, c.Shop, c.Discounts[side], c.Terms.kind(side), end)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("referral: move end of %s discount: %w", side, err)
	}
	_, err = s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *Campaign) error {
		if c.EndsAt == nil {
			c.EndsAt = map[Side]time.Time{}
		}
		c.EndsAt[side] = end
		return nil
	})
	return err
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// mayStillConvert is how long after a version's end its claims may lead to orders, and these to rewards.
func (t Terms) mayStillConvert() time.Duration {
	return time.Duration(t.ClaimDays+t.WindowDays+t.HoldDays) * 24 * time.Hour
}

// afterOrder tells whether a side's rewards come after the friend's order.
func (t Terms) afterOrder(side Side) bool {
	return side == AdvocateSide || (side == FriendSide && t.Friend.AfterOrder)
}

// kind is the offer kind of a side's discount.
func (t Terms) kind(side Side) OfferKind {
	if side == AdvocateSide {
		return t.Advocate.Kind
	}
	return t.Friend.Kind
}

// audit reads the version's discounts and notes how they differ from what they should be, and when to look again.
func (s *Service) audit(ctx context.Context, shop tenant.ShopID, key CampaignKey, next time.Time) error {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("referral: find campaign: %w", err)
	}
	var drift []Drift
	for _, side := range DiscountSides {
		id := c.Discounts[side]
		ended := !c.EndsAt[side].IsZero() && !c.EndsAt[side].After(s.now())
		if id == "" || ended {
			continue
		}
		has, err := s.shopify.ReadDiscount(ctx, shop, id)
		switch {
		case fault.Is(err, fault.NotFound):
			drift = append(drift, Drift{Side: side, What: "deleted", Want: "there", Has: "deleted"})
		case err != nil:
			return fmt.Errorf("referral: read %s discount: %w", side, err)
		default:
			drift = append(drift, s.differences(c, side, has)...)
		}
	}
	_, err = s.store.UpdateCampaign(ctx, shop, key, func(c *Campaign) error {
		c.Drift, c.TendAt = drift, next
		return nil
	})
	if len(drift) > 0 {
		s.log.WarnContext(ctx, "discount changed by the merchant", "shop", shop, "campaign_id", key.ID, "version", key.Version, "count", len(drift))
	}
	return err
}

// differences compares a discount with what it should be. Its title is the merchant's to choose.
func (s *Service) differences(c Campaign, side Side, has Discount) []Drift {
	want := s.limited(wanted(c, side, has.StartsAt))
	var all []Drift
	compare := func(what, want, has string) {
		if want != has {
			all = append(all, Drift{Side: side, What: what, Want: want, Has: has})
		}
	}
	compare("value", worded(want), worded(has))
	compare("minimum", minimumOf(want), minimumOf(has))
	compare("products", productWords(want), productWords(has))
	compare("combinations", want.Combines.Words(), has.Combines.Words())
	compare("buyers", buyerWords(want), buyerWords(has))
	compare("limits", limitWords(want), limitWords(has))
	if has.StartsAt.After(s.now()) {
		compare("start", "in the past", stamp(has.StartsAt))
	}
	if !sameEnd(want.EndsAt, has.EndsAt) {
		compare("dates", endWords(want.EndsAt), endWords(has.EndsAt))
	}
	return all
}

// sameEnd tells whether two ends are the same but for seconds: of two workers that made a discount at once one may have noted its own.
func sameEnd(a, b time.Time) bool {
	return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < time.Minute
}

// limited leaves the usage limit off where Shopify would count it by the discount.
func (s *Service) limited(d Discount) Discount {
	if s.config.UsageScope == UsagePerDiscount && d.Customer == "" {
		d.UsageLimit = 0
	}
	return d
}

func worded(d Discount) string {
	return Offer{Kind: d.Kind, Amount: d.Amount, RateBP: d.RateBP}.Words()
}

func buyerWords(d Discount) string {
	if d.Customer == "" {
		return "everybody"
	}
	return "some customers only"
}

func minimumOf(d Discount) string {
	if d.MinimumItems > 0 {
		return fmt.Sprintf("%d items", d.MinimumItems)
	}
	return d.Minimum.OrNone()
}

func productWords(d Discount) string {
	if d.SomeProducts {
		return "some only"
	}
	return "all"
}

func limitWords(d Discount) string {
	return fmt.Sprintf("usage limit %d, once per customer %t", d.UsageLimit, d.OncePerCustomer)
}

func endWords(t time.Time) string {
	if t.IsZero() {
		return "no end"
	}
	return stamp(t)
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
	if _, err := s.shopify.ReadDiscount(ctx, shop, id); !fault.Is(err, fault.NotFound) {
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
	if _, err := s.conclude(ctx, shop, friend, func(f *Facts) bool { return noteGone(f, codeTexts(held), at) }); err != nil {
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
		if c.State == CampaignDraft || c.State == CampaignFilling {
			continue
		}
		if err := s.Tend(ctx, shop, c.Key()); err != nil {
			return nil, err
		}
		if all[i], err = s.repair(ctx, c); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Service) repair(ctx context.Context, c Campaign) (Campaign, error) {
	c, err := s.store.FindCampaign(ctx, c.Shop, c.Key())
	if err != nil {
		return c, fmt.Errorf("referral: find campaign: %w", err)
	}
	done := map[Side]bool{}
	for _, d := range c.Drift {
		if done[d.Side] {
			continue
		}
		done[d.Side] = true
		if d.What == "deleted" {
			c, err = s.remake(ctx, c, d.Side)
		} else {
			err = s.shopify.UpdateDiscount(ctx, c.Shop, c.Discounts[d.Side], s.limited(wanted(c, d.Side, c.LiveAt)))
		}
		if err != nil {
			return c, fmt.Errorf("referral: repair %s discount: %w", d.Side, err)
		}
	}
	if len(done) == 0 {
		return c, nil
	}
	if err := s.audit(ctx, c.Shop, c.Key(), c.TendAt); err != nil {
		return c, err
	}
	return s.store.FindCampaign(ctx, c.Shop, c.Key())
}

// remake makes a deleted discount anew, and puts the codes under it that friends and advocates hold, or that are free: they were
// deleted with the old one.
func (s *Service) remake(ctx context.Context, c Campaign, side Side) (Campaign, error) {
	lease, err := s.store.AcquireLease(ctx, c.Shop, poolLease, leaseTTL)
	if err != nil {
		return c, fmt.Errorf("referral: pool lease: %w", err)
	}
	defer s.giveBack(ctx, lease)
	d := s.limited(wanted(c, side, s.now()))
	if rolls(c, side) {
		d.EndsAt = s.now().Add(rollAhead)
	}
	d.Seed = s.seed(c, side)
	id, err := s.ensureCreated(ctx, c.Shop, d)
	if err != nil {
		return c, err
	}
	if err := s.store.RehomeCodes(ctx, c.Shop, PoolKey(c, side), side, id, s.now()); err != nil {
		return c, fmt.Errorf("referral: rehome codes: %w", err)
	}
	if c, err = s.noteDiscount(ctx, c, side, id, d.EndsAt); err != nil {
		return c, err
	}
	return c, s.settleMinting(ctx, c, side)
}
