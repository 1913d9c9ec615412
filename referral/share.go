package referral

import (
	"context"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/tenant"
)

// Share makes the shareable codes of advocates who have none yet under the live campaign's discount of them. Conflict: somebody
// else makes codes for the shop.
func (s *Service) Share(ctx context.Context, shop tenant.ShopID) error {
	c, err := s.live(ctx, shop)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || c.Discounts[ShareSide] == "" {
		return err
	}
	lease, err := s.store.AcquireLease(ctx, shop, poolLease, leaseTTL)
	if err != nil {
		return fmt.Errorf("referral: pool lease: %w", err)
	}
	defer s.giveBack(ctx, lease)
	for {
		advocates, err := s.store.AdvocatesWithoutShare(ctx, shop, c.ID, bulkSize)
		if err != nil {
			return fmt.Errorf("referral: list advocates: %w", err)
		}
		if err := s.writeShared(ctx, c, advocates); err != nil {
			return err
		}
		if err := s.settleMinting(ctx, c, ShareSide); err != nil {
			return fmt.Errorf("referral: make shareable codes: %w", err)
		}
		if len(advocates) < bulkSize {
			return nil
		}
	}
}

// ShareDue tells whether the campaign has advocates without a shareable code, or codes that an earlier run left half made.
func (s *Service) ShareDue(ctx context.Context, shop tenant.ShopID, campaign CampaignID) (bool, error) {
	advocates, err := s.store.AdvocatesWithoutShare(ctx, shop, campaign, 1)
	if err != nil || len(advocates) > 0 {
		return true, err
	}
	left, err := s.store.ListCodes(ctx, shop, CodeQuery{Campaign: CampaignKey{ID: sharePool}, Side: ShareSide, State: CodeMinting, Limit: 1})
	return len(left) > 0, err
}

// writeShared writes the codes down before Shopify is asked, and only then notes that these advocates have theirs. A code that was
// deleted comes back, unless it has reached its ceiling.
func (s *Service) writeShared(ctx context.Context, c Campaign, advocates []Advocate) error {
	if len(advocates) == 0 {
		return nil
	}
	codes := make([]Code, len(advocates))
	ids := make([]AdvocateID, len(advocates))
	for i, a := range advocates {
		codes[i] = Code{
			Shop: c.Shop, Code: a.Code(), Discount: c.Discounts[ShareSide], Campaign: PoolKey(c, ShareSide), Side: ShareSide, State: CodeMinting,
			Holder: CodeHolderID(a.ID), At: s.now(),
		}
		ids[i] = a.ID
	}
	if err := s.store.AddCodes(ctx, c.Shop, codes); err != nil {
		return fmt.Errorf("referral: write shareable codes: %w", err)
	}
	if err := s.reviveShared(ctx, c, codes); err != nil {
		return err
	}
	if err := s.store.NoteShared(ctx, c.Shop, c.ID, ids); err != nil {
		return fmt.Errorf("referral: note shared: %w", err)
	}
	return nil
}

// endBlocked ends those of the shareable codes in the making whose advocates were blocked before these were written; a later block finds
// them.
func (s *Service) endBlocked(ctx context.Context, minting []Code) error {
	for _, code := range minting {
		if code.Holder == "" { // it was ended already
			continue
		}
		a, err := s.store.FindAdvocateByCode(ctx, code.Shop, code.Code)
		if err != nil {
			return fmt.Errorf("referral: find advocate: %w", err)
		}
		if a.State != AdvocateBlocked {
			continue
		}
		if err := s.endCodes(ctx, a.Shop, a.Codes); err != nil {
			return err
		}
	}
	return nil
}

// reviveShared brings back those of the codes that were deleted, and may be used again.
func (s *Service) reviveShared(ctx context.Context, c Campaign, codes []Code) error {
	var again []Code
	for _, code := range codes {
		used, err := s.store.CountOrdersWithCode(ctx, c.Shop, code.Code, c.Terms.ShareCeiling)
		if err != nil {
			return fmt.Errorf("referral: count orders: %w", err)
		}
		if used < c.Terms.ShareCeiling {
			again = append(again, code)
		}
	}
	return s.revive(ctx, c.Shop, again)
}

// revive has those of the codes made again that were deleted.
func (s *Service) revive(ctx context.Context, shop tenant.ShopID, codes []Code) error {
	known, err := s.store.FindCodes(ctx, shop, codeTexts(codes))
	if err != nil {
		return fmt.Errorf("referral: find codes: %w", err)
	}
	if slices.ContainsFunc(known, func(c Code) bool { return c.State == CodeDying }) { // what is to come back must have gone
		if err := s.DeleteCodes(ctx, shop); err != nil {
			return err
		}
	}
	if err := s.store.ReviveCodes(ctx, shop, codes); err != nil {
		return fmt.Errorf("referral: revive codes: %w", err)
	}
	return nil
}

// reopenShared has the shareable codes looked after again that had reached a ceiling which is higher now.
func (s *Service) reopenShared(ctx context.Context, c Campaign) error {
	if c.State != CampaignLive || c.Discounts[ShareSide] == "" {
		return nil
	}
	dead, err := s.store.ListCodes(ctx, c.Shop, CodeQuery{Campaign: PoolKey(c, ShareSide), Side: ShareSide, State: CodeDead})
	if err != nil {
		return fmt.Errorf("referral: list shareable codes: %w", err)
	}
	var below []AdvocateID
	for _, code := range dead {
		used, err := s.store.CountOrdersWithCode(ctx, c.Shop, code.Code, c.Terms.ShareCeiling)
		if err != nil {
			return fmt.Errorf("referral: count orders: %w", err)
		}
		if used == 0 || used >= c.Terms.ShareCeiling { // one that was never used was refused, or is a blocked advocate's
			continue
		}
		a, err := s.store.FindAdvocateByCode(ctx, c.Shop, code.Code)
		if err != nil {
			return fmt.Errorf("referral: find advocate: %w", err)
		}
		if a.State != AdvocateBlocked {
			below = append(below, a.ID)
		}
	}
	if len(below) == 0 {
		return nil
	}
	if err := s.store.ForgetShared(ctx, c.Shop, below); err != nil {
		return fmt.Errorf("referral: forget shared: %w", err)
	}
	s.bell.Share(ctx, c.Shop)
	return nil
}

// shareIsFull tells whether a shareable code has been used for as many orders as the campaign allows, which may be paused.
func (s *Service) shareIsFull(ctx context.Context, code Code) (bool, error) {
	c, err := s.campaignIn(ctx, code.Shop, CampaignLive, CampaignPaused)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil || !c.Terms.Shares() {
		return false, err
	}
	n, err := s.store.CountOrdersWithCode(ctx, code.Shop, code.Code, c.Terms.ShareCeiling)
	if err != nil {
		return false, fmt.Errorf("referral: count orders: %w", err)
	}
	return n >= c.Terms.ShareCeiling, nil
}
