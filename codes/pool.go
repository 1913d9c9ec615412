package codes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// CreationID is gid://shopify/DiscountRedeemCodeBulkCreation/….
type CreationID string

// Creation is the state of a bulk creation of codes.
type Creation struct {
	Done     bool
	Imported int
	Failed   []FailedCode
}

// FailedCode is one code that Shopify did not take.
type FailedCode struct {
	Code   string
	Reason string // Shopify's error codes, such as TAKEN
}

// bulkSize is how many codes Shopify takes in one call. Source: shopify.dev, discountRedeemCodeBulkAdd, 2026-10.
const bulkSize = 250

// Fill brings both pools of a campaign version up to the target, after finishing codes that an earlier run left half
// made. Conflict: somebody else makes codes for the shop.
func (s *Service) Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) error {
	giveBack, err := s.hold(ctx, shop)
	if err != nil {
		return fmt.Errorf("codes: fill: %w", err)
	}
	defer giveBack()

	campaign, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("codes: find campaign: %w", err)
	}

	for _, side := range referral.Sides {
		if err := s.fillSide(ctx, campaign, side); err != nil {
			return fmt.Errorf("codes: fill %s pool: %w", side, err)
		}
	}
	return nil
}

// PoolLow tells whether a pool of the campaign is below its low-water mark.
func (s *Service) PoolLow(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (bool, error) {
	c, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return false, fmt.Errorf("codes: find campaign: %w", err)
	}

	for _, side := range referral.Sides {
		low := min(s.config.PoolLow, s.poolTarget(c, side))
		if low == 0 { // a side without a pool is not counted
			continue
		}

		free, err := s.store.CountCodes(ctx, shop, key, side, referral.CodeFree)
		if err != nil {
			return false, fmt.Errorf("codes: count codes: %w", err)
		}
		if free < low {
			return true, nil
		}
	}
	return false, nil
}

// overTarget is how many codes are made at a time for a version that is over: only rewards of earlier promises draw
// them.
const overTarget = 10

// poolTarget is how many free codes the pool of a side is to have. A paused version still owes what it promised; one
// that is over makes no claims any more, and gives rewards as they fall due.
func (s *Service) poolTarget(c referral.Campaign, side referral.Side) int {
	offer := c.Terms.Offer(side)
	switch {
	case c.Discounts[side] == "" || c.Cleaned || c.State == referral.CampaignDraft || !offer.Pooled():
		return 0
	case !c.Over():
		return s.config.PoolTarget
	case side == referral.FriendSide && !offer.AfterOrder:
		return 0
	}

	return min(overTarget, s.config.PoolTarget)
}

// Made tells how many of the codes are there that a version's pools are to have. Those of a side count from when its
// discount is there.
func (s *Service) Made(ctx context.Context, c referral.Campaign) (made, of int, err error) {
	for _, side := range referral.Sides {
		target := s.poolTarget(c, side)
		if target == 0 {
			continue
		}
		free, err := s.store.CountCodes(ctx, c.Shop, c.Key(), side, referral.CodeFree)
		if err != nil {
			return 0, 0, fmt.Errorf("codes: count codes: %w", err)
		}
		made, of = made+min(free, target), of+target
	}
	return made, of, nil
}

func (s *Service) fillSide(ctx context.Context, c referral.Campaign, side referral.Side) error {
	if c.Discounts[side] == "" || c.Cleaned || c.State == referral.CampaignDraft {
		return nil
	}
	if err := s.finishCreation(ctx, c, side); err != nil {
		return err
	}

	target := s.poolTarget(c, side)
	for {
		free, err := s.store.CountCodes(ctx, c.Shop, c.Key(), side, referral.CodeFree)
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

// finishCreation finishes codes that were written but never came to an end: they are looked up, adopted, and otherwise
// sent again.
func (s *Service) finishCreation(ctx context.Context, c referral.Campaign, side referral.Side) error {
	for {
		left, err := s.store.ListCodes(ctx, c.Shop, Query{
			Campaign: PoolKey(c, side), Side: side, State: referral.CodeMinting, Pooled: true, Limit: bulkSize,
		})
		if err != nil || len(left) == 0 {
			return err
		}

		if side == referral.ShareSide {
			if err := s.endBlocked(ctx, left); err != nil {
				return err
			}
		}
		if err := s.send(ctx, c, side, referral.CodeTexts(left), true); err != nil {
			return err
		}
	}
}

// sharePool stands in the place of a campaign for the shareable codes, which are the advocates' whatever the campaign.
const sharePool referral.CampaignID = "cmp_share"

// PoolKey is the key under which a side's codes are kept.
func PoolKey(c referral.Campaign, side referral.Side) referral.CampaignKey {
	if side == referral.ShareSide {
		return referral.CampaignKey{ID: sharePool}
	}
	return c.Key()
}

// mint makes n new codes: written down first, then sent.
func (s *Service) mint(ctx context.Context, c referral.Campaign, side referral.Side, n int) error {
	now := s.now()
	codes := make([]referral.Code, n)
	for i := range codes {
		codes[i] = referral.Code{
			Shop: c.Shop, Code: randomCode(), Discount: c.Discounts[side], Campaign: c.Key(), Side: side,
			State: referral.CodeMinting, At: now,
		}
	}

	if err := s.store.AddCodes(ctx, c.Shop, codes); err != nil {
		return err
	}

	return s.send(ctx, c, side, referral.CodeTexts(codes), false)
}

// send has Shopify make codes that are written down already, and frees those it took. With lookFirst those that exist
// already are adopted before the rest is sent.
func (s *Service) send(
	ctx context.Context, c referral.Campaign, side referral.Side, codes []string, lookFirst bool,
) error {
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

// afterUnknown looks whether a call that timed out did its work. What is not there yet stays minting, and the next run
// finishes it.
func (s *Service) afterUnknown(
	ctx context.Context, c referral.Campaign, side referral.Side, codes []string, cause error,
) error {
	rest, err := s.adopt(ctx, c, side, codes)
	if err != nil || len(rest) > 0 {
		return errors.Join(cause, err)
	}
	return nil
}

// adopt frees the codes that exist under our discount and returns the others.
func (s *Service) adopt(
	ctx context.Context, c referral.Campaign, side referral.Side, codes []string) (rest []string, err error,
) {
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

	_, err = s.store.MoveCodes(ctx, c.Shop, ours, referral.CodeMinting, referral.CodeFree, s.now())
	return rest, err
}

// await polls a bulk creation to its end, ever more slowly, and records what came of its codes.
func (s *Service) await(
	ctx context.Context, c referral.Campaign, side referral.Side, codes []string, id CreationID,
) error {
	for wait := s.config.PollEvery; ; wait = min(2*wait, pollAtMost) {
		creation, err := s.shopify.ReadCreation(ctx, c.Shop, id)
		if err != nil {
			return err
		}
		if creation.Done {
			return s.recordCreation(ctx, c, side, codes, creation)
		}
		if err := fault.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// recordCreation frees the codes that Shopify took and discards those it refused. Where its counts do not say which is
// which, and for codes it says exist already, what really stands under our discount decides: a lost answer may have
// made them ours.
func (s *Service) recordCreation(
	ctx context.Context, c referral.Campaign, side referral.Side, codes []string, creation Creation,
) error {
	refused := make([]string, len(creation.Failed))
	reasons := make([]string, len(creation.Failed))
	for i, f := range creation.Failed {
		refused[i] = referral.NormalCode(f.Code)
		reasons[i] = f.Reason
	}
	taken := slices.DeleteFunc(slices.Clone(codes), func(code string) bool { return slices.Contains(refused, code) })
	if len(taken) != creation.Imported {
		taken = nil
		refused = codes
	}

	if _, err := s.store.MoveCodes(ctx, c.Shop, taken, referral.CodeMinting, referral.CodeFree, s.now()); err != nil {
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
	if _, err := s.store.MoveCodes(ctx, c.Shop, rest, referral.CodeMinting, referral.CodeDead, s.now()); err != nil {
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

// Draw returns the holder's code of a pool, assigning a free one if there is none yet, to end at endsAt (zero: never).
// Unavailable: the pool is empty. Then a refill is rung for and the alarm raised: the next try may find a code, and
// never a wrong one.
func (s *Service) Draw(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, holder referral.CodeHolderID, at, endsAt time.Time) (referral.Code, error) {
	code, err := s.store.DrawCode(ctx, shop, key, side, holder, at, endsAt)
	if fault.Is(err, fault.NotFound) {
		s.bell.Fill(ctx, shop, key)
		s.config.OnPoolEmpty(side)
		s.log.ErrorContext(ctx, "code pool empty", "shop", shop, "campaign_id", key.ID, "version", key.Version, "side", side)
		return code, &fault.Error{Kind: fault.Unavailable, Code: "preparing_codes", Err: ErrPoolEmpty, RetryAfter: time.Minute}
	}

	if err != nil {
		return code, fmt.Errorf("codes: draw code: %w", err)
	}

	return code, nil
}

// DrawForJob is Draw for who can wait: where the pool is empty, its codes are made first. A version that is over has
// few free ones, and its last promises are no reason for an alarm. ErrHeld: somebody else makes codes for the shop.
func (s *Service) DrawForJob(
	ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, holder referral.CodeHolderID, at, endsAt time.Time,
) (referral.Code, error) {
	code, err := s.store.DrawCode(ctx, shop, key, side, holder, at, endsAt)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return code, fmt.Errorf("codes: draw code: %w", err)
	case err == nil:
		return code, nil
	}

	if err := s.Fill(ctx, shop, key); err != nil {
		return code, err
	}
	return s.Draw(ctx, shop, key, side, holder, at, endsAt)
}

// codeLetters is the length of a discount code. Twelve of 28 letters are 57 bits: a code that works once cannot be
// guessed.
const codeLetters = 12

// randomCode draws an unguessable discount code.
func randomCode() string {
	var sum [32]byte
	_, _ = rand.Read(sum[:]) // never fails: crypto/rand, Go 1.24
	return referral.CodeFrom(sum[:], codeLetters)
}

// drawn is the discount code of a value: the same in each run, and nobody else's to know.
func (s *Service) drawn(shop tenant.ShopID, kind, value string) string {
	return referral.CodeFrom(s.hasher.Sum(shop, kind, value), codeLetters)
}
