package codes

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Audit reads the version's discounts and notes how they differ from what they should be, and when to look again. Where
// Shopify has fewer codes than were given, it has them compared.
func (s *Service) Audit(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, next time.Time) error {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("codes: find campaign: %w", err)
	}

	var drift []referral.Drift
	lost := false
	for _, side := range referral.DiscountSides {
		if !s.goesOn(c, side) {
			continue
		}
		found, fewer, err := s.auditSide(ctx, c, side)
		if err != nil {
			return err
		}
		drift = append(drift, found...)
		lost = lost || fewer
	}

	_, err = s.store.UpdateCampaign(ctx, shop, key, func(c *referral.Campaign) error {
		if c.Cleaned { // meanwhile
			return nil
		}
		c.Drift = drift
		c.TendAt = next
		// An end that was set since is not put off.
		if ends := c.Dates.Ends; !ends.IsZero() && !c.Over() && (next.IsZero() || ends.Before(next)) {
			c.TendAt = ends
		}

		switch {
		case lost:
			c.WatchAt = s.now()
		case c.WatchAt.IsZero() && !next.IsZero():
			c.WatchAt = s.now().Add(watchEvery)
		}
		return nil
	})
	if len(drift) > 0 {
		s.log.WarnContext(ctx, "discount changed by the merchant", "shop", shop, "campaign_id", key.ID, "version", key.Version, "count", len(drift))
	}
	if lost && err == nil {
		s.bell.Watch(ctx, shop, key)
	}
	return err
}

// auditSide compares a side's discount, and tells whether codes of it are missing.
func (s *Service) auditSide(
	ctx context.Context, c referral.Campaign, side referral.Side,
) (drift []referral.Drift, lost bool, err error) {
	has, err := s.shopify.ReadDiscount(ctx, c.Shop, c.Discounts[side])
	if fault.Is(err, fault.NotFound) {
		return []referral.Drift{{Side: side, What: referral.DriftDeleted}}, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("codes: read %s discount: %w", side, err)
	}

	lost, err = s.fewer(ctx, c, side, has.Codes)
	return differences(side, s.want(c, side, has.StartsAt), has, s.now()), lost, err
}

// differences compares a discount with what it should be, term by term. Its title is the merchant's to choose.
func differences(side referral.Side, want, has Discount, now time.Time) []referral.Drift {
	var all []referral.Drift
	compare := func(what referral.DriftKind, want, has referral.DriftTerm) {
		if want != has {
			all = append(all, referral.Drift{Side: side, What: what, Want: want, Has: has})
		}
	}

	compare(referral.DriftWorth, valueOf(want), valueOf(has))
	compare(referral.DriftMinimum, minimumOf(want), minimumOf(has))
	compare(referral.DriftProducts, referral.DriftTerm{SomeOnly: want.SomeProducts}, referral.DriftTerm{SomeOnly: has.SomeProducts})
	compare(referral.DriftCombines, referral.DriftTerm{Combines: want.Combines}, referral.DriftTerm{Combines: has.Combines})
	compare(referral.DriftBuyers, referral.DriftTerm{SomeOnly: want.Customer != ""}, referral.DriftTerm{SomeOnly: has.Customer != ""})
	compare(referral.DriftLimits, limitsOf(want), limitsOf(has))

	if has.StartsAt.After(now) {
		compare(referral.DriftStart, referral.DriftTerm{}, referral.DriftTerm{At: has.StartsAt})
	}
	if !sameEnd(want.EndsAt, has.EndsAt) {
		compare(referral.DriftEnd, referral.DriftTerm{At: want.EndsAt}, referral.DriftTerm{At: has.EndsAt})
	}
	return all
}

// valueOf is what a discount takes off. A free shipping discount has neither amount nor rate.
func valueOf(d Discount) referral.DriftTerm {
	switch d.Kind {
	case referral.PercentOff:
		return referral.DriftTerm{Kind: d.Kind, RateBP: d.RateBP}
	case referral.FreeShipping:
		return referral.DriftTerm{Kind: d.Kind}
	}
	return referral.DriftTerm{Kind: referral.AmountOff, Amount: d.Amount}
}

// minimumOf is a discount's least subtotal or number of items; nothing is nothing in whatever currency.
func minimumOf(d Discount) referral.DriftTerm {
	if d.MinimumItems > 0 || d.Minimum.IsZero() {
		return referral.DriftTerm{Items: d.MinimumItems}
	}
	return referral.DriftTerm{Amount: d.Minimum}
}

func limitsOf(d Discount) referral.DriftTerm {
	return referral.DriftTerm{UsageLimit: d.UsageLimit, OncePerCustomer: d.OncePerCustomer}
}

// sameEnd tells whether two ends are the same but for seconds: of two workers that made a discount at once one may have
// noted its own.
func sameEnd(a, b time.Time) bool {
	return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < time.Minute
}

// Repair brings a version's discounts back to what they should be: what the merchant changed is changed back, and one
// that was deleted is made anew, with all the codes that are promised or free. It rests on what the last audit noted.
func (s *Service) Repair(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error) {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return c, fmt.Errorf("codes: find campaign: %w", err)
	}

	done := map[referral.Side]bool{}
	for _, d := range c.Drift {
		if done[d.Side] {
			continue
		}
		done[d.Side] = true
		if d.What == referral.DriftDeleted {
			c, err = s.remake(ctx, c, d.Side)
		} else {
			err = s.shopify.UpdateDiscount(ctx, c.Shop, c.Discounts[d.Side], s.want(c, d.Side, c.LiveAt))
		}
		if err != nil {
			return c, fmt.Errorf("codes: repair %s discount: %w", d.Side, err)
		}
	}
	if len(done) == 0 {
		return c, nil
	}

	if err := s.Audit(ctx, shop, key, c.TendAt); err != nil {
		return c, err
	}
	return s.store.FindCampaign(ctx, shop, key)
}

// remake makes a deleted discount anew, and puts the codes under it that friends and advocates hold, or that are free:
// they were deleted with the old one.
func (s *Service) remake(ctx context.Context, c referral.Campaign, side referral.Side) (referral.Campaign, error) {
	giveBack, err := s.hold(ctx, c.Shop)
	if err != nil {
		return c, fmt.Errorf("codes: remake discount: %w", err)
	}
	defer giveBack()

	d := s.want(c, side, s.now())
	if endMoves(c, side) {
		d.EndsAt = s.now().Add(endAhead)
	}
	d.Seed = s.seed(c, side)
	id, err := s.ensureCreated(ctx, c.Shop, d)
	if err != nil {
		return c, err
	}

	if err := s.store.MoveToDiscount(ctx, c.Shop, PoolKey(c, side), side, id, s.now()); err != nil {
		return c, fmt.Errorf("codes: move codes to discount: %w", err)
	}
	if c, err = s.noteDiscount(ctx, c, side, id, d.EndsAt); err != nil {
		return c, err
	}
	return c, s.finishCreation(ctx, c, side)
}
