package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// bulkSize is how many codes Shopify takes in one call. Source: shopify.dev, discountRedeemCodeBulkAdd, 2026-10.
const bulkSize = 250

// poolLease is held while codes are made for a shop, so that two workers do not both fill.
const poolLease = "pool"

// leaseTTL is how long a lease lives without being given back, in wall time. It covers the longest job.
const leaseTTL = 3 * time.Minute

// Fill brings both pools of a campaign version up to the target, after settling codes that an earlier run left half made.
// Conflict: somebody else makes codes for the shop.
func (s *Service) Fill(ctx context.Context, shop tenant.ShopID, key CampaignKey) error {
	lease, err := s.store.AcquireLease(ctx, shop, poolLease, leaseTTL)
	if err != nil {
		return fmt.Errorf("referral: pool lease: %w", err)
	}
	defer s.giveBack(ctx, lease)
	campaign, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("referral: find campaign: %w", err)
	}
	for _, side := range Sides {
		if err := s.fillSide(ctx, campaign, side); err != nil {
			return fmt.Errorf("referral: fill %s pool: %w", side, err)
		}
	}
	return nil
}

// giveBack ends a lease even when the work's own time has run out.
func (s *Service) giveBack(ctx context.Context, l Lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.store.ReleaseLease(ctx, l); err != nil {
		s.log.WarnContext(ctx, "lease not given back, it will run out", "shop", l.Shop, "err", err)
	}
}

// PoolLow tells whether a pool of the campaign is below its low-water mark.
func (s *Service) PoolLow(ctx context.Context, shop tenant.ShopID, key CampaignKey) (bool, error) {
	campaign, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return false, fmt.Errorf("referral: find campaign: %w", err)
	}
	for _, side := range Sides {
		free, err := s.store.CountCodes(ctx, shop, key, side, CodeFree)
		if err != nil {
			return false, fmt.Errorf("referral: count codes: %w", err)
		}
		if free < min(s.config.PoolLow, s.poolTarget(campaign, side)) {
			return true, nil
		}
	}
	return false, nil
}

// overTarget is how many codes are made at a time for a version that is over: only rewards of earlier promises draw them.
const overTarget = 10

// poolTarget is how many free codes the pool of a side is to have. A paused version still owes what it promised; one that is over
// makes no claims any more, and gives rewards as they fall due.
func (s *Service) poolTarget(c Campaign, side Side) int {
	offer := c.Terms.offer(side)
	switch {
	case c.Discounts[side] == "" || c.State == CampaignDraft || !offer.Pooled():
		return 0
	case !c.Over():
		return s.config.PoolTarget
	case side == FriendSide && !offer.AfterOrder:
		return 0
	}
	return min(overTarget, s.config.PoolTarget)
}

func (s *Service) fillSide(ctx context.Context, c Campaign, side Side) error {
	if c.Discounts[side] == "" || c.State == CampaignDraft {
		return nil
	}
	if err := s.settleMinting(ctx, c, side); err != nil {
		return err
	}
	target := s.poolTarget(c, side)
	for {
		free, err := s.store.CountCodes(ctx, c.Shop, c.Key(), side, CodeFree)
		if err != nil {
			return err
		}
		missing := target - free
		if missing <= 0 {
			return nil
		}
		if err := s.mint(ctx, c, side, min(missing, bulkSize)); err != nil {
			return err
		}
	}
}

// settleMinting finishes codes that were written but never came to an end: they are looked up, adopted, and otherwise sent again.
func (s *Service) settleMinting(ctx context.Context, c Campaign, side Side) error {
	for {
		left, err := s.store.ListCodes(ctx, c.Shop, CodeQuery{Campaign: PoolKey(c, side), Side: side, State: CodeMinting, Pooled: true, Limit: bulkSize})
		if err != nil || len(left) == 0 {
			return err
		}
		if side == ShareSide {
			if err := s.endBlocked(ctx, left); err != nil {
				return err
			}
		}
		if err := s.send(ctx, c, side, codeTexts(left), true); err != nil {
			return err
		}
	}
}

// sharePool stands in the place of a campaign for the shareable codes, which are the advocates' whatever the campaign.
const sharePool CampaignID = "cmp_share"

// PoolKey is the key under which a side's codes are kept.
func PoolKey(c Campaign, side Side) CampaignKey {
	if side == ShareSide {
		return CampaignKey{ID: sharePool}
	}
	return c.Key()
}

func codeTexts(codes []Code) []string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = c.Code
	}
	return texts
}

// mint makes n new codes: written down first, then sent.
func (s *Service) mint(ctx context.Context, c Campaign, side Side, n int) error {
	now := s.now()
	codes := make([]Code, n)
	for i := range codes {
		codes[i] = Code{Shop: c.Shop, Code: randomCode(), Discount: c.Discounts[side], Campaign: c.Key(), Side: side, State: CodeMinting, At: now}
	}
	if err := s.store.AddCodes(ctx, c.Shop, codes); err != nil {
		return err
	}
	return s.send(ctx, c, side, codeTexts(codes), false)
}

// send has Shopify make codes that are written down already, and frees those it took. With lookFirst those that exist already are
// adopted before the rest is sent.
func (s *Service) send(ctx context.Context, c Campaign, side Side, codes []string, lookFirst bool) error {
	if lookFirst {
		rest, err := s.adopt(ctx, c, side, codes)
		if err != nil || len(rest) == 0 {
			return err
		}
		codes = rest
	}
	creation, err := s.shopify.AddCodes(ctx, c.Shop, c.Discounts[side], codes)
	if errors.Is(err, ErrUnknownOutcome) {
		return s.afterUnknown(ctx, c, side, codes, err)
	}
	if err != nil {
		return err
	}
	return s.await(ctx, c, side, codes, creation)
}

// afterUnknown looks whether a call that timed out did its work. What is not there yet stays minting and is settled by the next run.
func (s *Service) afterUnknown(ctx context.Context, c Campaign, side Side, codes []string, cause error) error {
	rest, err := s.adopt(ctx, c, side, codes)
	if err != nil || len(rest) > 0 {
		return errors.Join(cause, err)
	}
	return nil
}

// adopt frees the codes that exist under our discount and returns the others.
func (s *Service) adopt(ctx context.Context, c Campaign, side Side, codes []string) (rest []string, err error) {
	found, err := s.shopify.FindCodes(ctx, c.Shop, c.Discounts[side], codes)
	if err != nil {
		return nil, err
	}
	var ours []string
	for _, code := range codes {
		if _, there := found[code]; there {
			ours = append(ours, code)
		} else {
			rest = append(rest, code)
		}
	}
	_, err = s.store.MoveCodes(ctx, c.Shop, ours, CodeMinting, CodeFree, s.now())
	return rest, err
}

// await polls a bulk creation to its end, ever more slowly, and sorts its codes.
func (s *Service) await(ctx context.Context, c Campaign, side Side, codes []string, id CreationID) error {
	for wait := s.config.PollEvery; ; wait = min(2*wait, 5*time.Second) {
		creation, err := s.shopify.ReadCreation(ctx, c.Shop, id)
		if err != nil {
			return err
		}
		if creation.Done {
			return s.sort(ctx, c, side, codes, creation)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

// sort frees the codes that Shopify took and buries those it refused. Where its counts do not say which is which, and for codes it
// says exist already, what really stands under our discount decides: a lost answer may have made them ours.
func (s *Service) sort(ctx context.Context, c Campaign, side Side, codes []string, creation Creation) error {
	refused, reasons := make([]string, len(creation.Failed)), make([]string, len(creation.Failed))
	for i, f := range creation.Failed {
		refused[i], reasons[i] = NormalCode(f.Code), f.Reason
	}
	taken := slices.DeleteFunc(slices.Clone(codes), func(code string) bool { return slices.Contains(refused, code) })
	if len(taken) != creation.Imported {
		taken, refused = nil, codes
	}
	if _, err := s.store.MoveCodes(ctx, c.Shop, taken, CodeMinting, CodeFree, s.now()); err != nil {
		return err
	}
	if len(refused) == 0 {
		return nil
	}
	rest, err := s.adopt(ctx, c, side, refused)
	if err != nil {
		return err
	}
	s.log.WarnContext(ctx, "codes refused", "shop", c.Shop, "campaign_id", c.ID, "side", side, "count", len(rest), "reasons", distinct(reasons))
	if _, err := s.store.MoveCodes(ctx, c.Shop, rest, CodeMinting, CodeDead, s.now()); err != nil {
		return err
	}
	if len(rest) == len(codes) {
		return fault.New(fault.Unavailable, "codes_refused")
	}
	return nil
}

// distinct are the reasons that were given, each once.
func distinct(reasons []string) []string {
	slices.Sort(reasons)
	return slices.Compact(reasons)
}

// poolEmpty rings for a refill, raises the alarm, and returns the error of whoever found no code: the next try may find one, and
// never a wrong one.
func (s *Service) poolEmpty(ctx context.Context, shop tenant.ShopID, key CampaignKey, side Side) error {
	s.bell.Fill(ctx, shop, key)
	s.config.OnPoolEmpty(side)
	s.log.ErrorContext(ctx, "code pool empty", "shop", shop, "campaign_id", key.ID, "version", key.Version, "side", side)
	return &fault.Error{Kind: fault.Unavailable, Code: "preparing_codes", Err: ErrPoolEmpty, RetryAfter: time.Minute}
}

// EndCodes has the shop's codes deleted whose own end has come.
func (s *Service) EndCodes(ctx context.Context, shop tenant.ShopID) error {
	for {
		n, err := s.store.EndHeldCodes(ctx, shop, s.now(), bulkSize)
		if err != nil {
			return fmt.Errorf("referral: end codes: %w", err)
		}
		if n < bulkSize {
			return s.DeleteCodes(ctx, shop)
		}
	}
}

// DeleteCodes deletes in Shopify all codes of the shop that must go: those of a pool by their ids, up to 250 a call, a personal one
// with its discount.
func (s *Service) DeleteCodes(ctx context.Context, shop tenant.ShopID) error {
	for {
		dying, err := s.store.ListCodes(ctx, shop, CodeQuery{State: CodeDying, Limit: bulkSize})
		if err != nil || len(dying) == 0 {
			return err
		}
		if dying[0].Personal {
			err = s.deletePersonal(ctx, shop, dying[0].Code)
		} else {
			discount := dying[0].Discount
			dying = slices.DeleteFunc(dying, func(c Code) bool { return c.Discount != discount || c.Personal })
			err = s.deleteCodes(ctx, shop, discount, codeTexts(dying))
		}
		if err != nil {
			return fmt.Errorf("referral: delete codes: %w", err)
		}
	}
}

// deletePersonal deletes the discount that owns the code; one that is gone, or never came to be, is done with.
func (s *Service) deletePersonal(ctx context.Context, shop tenant.ShopID, code string) error {
	id, err := s.shopify.FindDiscount(ctx, shop, code)
	if err == nil {
		err = s.shopify.DeleteDiscount(ctx, shop, id)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	_, err = s.store.MoveCodes(ctx, shop, []string{code}, CodeDying, CodeDead, s.now())
	return err
}

func (s *Service) deleteCodes(ctx context.Context, shop tenant.ShopID, discount DiscountID, codes []string) error {
	for wait := s.config.PollEvery; ; wait = min(2*wait, 5*time.Second) {
		found, err := s.shopify.FindCodes(ctx, shop, discount, codes)
		if err != nil && !fault.Is(err, fault.NotFound) { // the merchant may have deleted the discount with all its codes
			return err
		}
		if len(found) == 0 {
			_, err := s.store.MoveCodes(ctx, shop, codes, CodeDying, CodeDead, s.now())
			return err
		}
		if err := s.deleteFound(ctx, shop, discount, found); err != nil {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (s *Service) deleteFound(ctx context.Context, shop tenant.ShopID, discount DiscountID, found map[string]CodeID) error {
	ids := make([]CodeID, 0, len(found))
	for _, id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	job, err := s.shopify.DeleteCodes(ctx, shop, discount, ids)
	if err != nil && !errors.Is(err, ErrUnknownOutcome) { // after an unknown outcome the next look tells
		return err
	}
	for wait := s.config.PollEvery; job != ""; wait = min(2*wait, 5*time.Second) {
		done, err := s.shopify.DeletionDone(ctx, shop, job)
		if err != nil || done {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}
