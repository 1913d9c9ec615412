package codes

import (
	"context"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Share makes the shareable codes of advocates who have none yet under the live campaign's discount of them. Conflict:
// somebody else makes codes for the shop.
func (s *Service) Share(ctx context.Context, shop tenant.ShopID) error {
	c, err := s.campaignIn(ctx, shop, referral.CampaignLive)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || c.Discounts[referral.ShareSide] == "" {
		return err
	}

	giveBack, err := s.hold(ctx, shop)
	if err != nil {
		return fmt.Errorf("codes: share: %w", err)
	}
	defer giveBack()

	for {
		advocates, err := s.advocates.AdvocatesWithoutShare(ctx, shop, c.ID, bulkSize)
		if err != nil {
			return fmt.Errorf("codes: list advocates: %w", err)
		}
		if err := s.writeShared(ctx, c, advocates); err != nil {
			return err
		}
		if err := s.finishCreation(ctx, c, referral.ShareSide); err != nil {
			return fmt.Errorf("codes: make shareable codes: %w", err)
		}
		if len(advocates) < bulkSize {
			return nil
		}
	}
}

// ShareDue tells whether the campaign has advocates without a shareable code, or codes that an earlier run left half
// made.
func (s *Service) ShareDue(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID) (bool, error) {
	advocates, err := s.advocates.AdvocatesWithoutShare(ctx, shop, campaign, 1)
	if err != nil || len(advocates) > 0 {
		return true, err
	}

	left, err := s.store.ListCodes(ctx, shop, Query{
		Campaign: referral.CampaignKey{ID: sharePool}, Side: referral.ShareSide, State: referral.CodeMinting, Limit: 1,
	})
	return len(left) > 0, err
}

// writeShared writes the codes down before Shopify is asked, and only then notes that these advocates have theirs. A
// code that was deleted comes back, unless it has reached its ceiling.
func (s *Service) writeShared(ctx context.Context, c referral.Campaign, advocates []referral.Advocate) error {
	if len(advocates) == 0 {
		return nil
	}

	var codes []referral.Code
	ids := make([]referral.AdvocateID, len(advocates))
	for i, a := range advocates {
		ids[i] = a.ID
		for _, code := range a.Codes { // former ones are promised too
			codes = append(codes, referral.Code{
				Shop: c.Shop, Code: code, Discount: c.Discounts[referral.ShareSide], Campaign: PoolKey(c, referral.ShareSide),
				Side: referral.ShareSide, State: referral.CodeMinting, Holder: shareHolder(a.ID, code), At: s.now(),
			})
		}
	}

	if err := s.store.AddCodes(ctx, c.Shop, codes); err != nil {
		return fmt.Errorf("codes: write shareable codes: %w", err)
	}
	if err := s.restoreShared(ctx, c, codes); err != nil {
		return err
	}
	if err := s.advocates.NoteShared(ctx, c.Shop, c.ID, ids); err != nil {
		return fmt.Errorf("codes: note shared: %w", err)
	}
	return nil
}

// shareHolder names who holds a shareable code: the advocate, once for each code, as a holder has one.
func shareHolder(id referral.AdvocateID, code string) referral.CodeHolderID {
	return referral.CodeHolderID(string(id) + "/" + code)
}

// endBlocked ends those of the shareable codes in the making whose advocates were blocked before these were written; a
// later block finds them.
func (s *Service) endBlocked(ctx context.Context, minting []referral.Code) error {
	for _, code := range minting {
		if code.Holder == "" { // it was ended already
			continue
		}
		a, err := s.advocates.FindAdvocateByCode(ctx, code.Shop, code.Code)
		if err != nil {
			return fmt.Errorf("codes: find advocate: %w", err)
		}
		if a.State != referral.AdvocateBlocked {
			continue
		}
		if err := s.End(ctx, a.Shop, a.Codes); err != nil {
			return err
		}
	}

	return nil
}

// restoreShared brings back those of the codes that were deleted, and may be used again.
func (s *Service) restoreShared(ctx context.Context, c referral.Campaign, codes []referral.Code) error {
	var again []referral.Code
	for _, code := range codes {
		used, err := s.store.CountOrdersWithCode(ctx, c.Shop, code.Code, c.Terms.ShareCeiling)
		if err != nil {
			return fmt.Errorf("codes: count orders: %w", err)
		}
		if used < c.Terms.ShareCeiling {
			again = append(again, code)
		}
	}

	return s.restore(ctx, c.Shop, again)
}

// restore has those of the codes made again that were deleted.
func (s *Service) restore(ctx context.Context, shop tenant.ShopID, codes []referral.Code) error {
	known, err := s.store.FindCodes(ctx, shop, referral.CodeTexts(codes))
	if err != nil {
		return fmt.Errorf("codes: find codes: %w", err)
	}

	// What is to come back must have gone.
	if slices.ContainsFunc(known, func(c referral.Code) bool { return c.State == referral.CodeDying }) {
		if err := s.DeleteCodes(ctx, shop); err != nil {
			return err
		}
	}
	if err := s.store.RestoreCodes(ctx, shop, codes); err != nil {
		return fmt.Errorf("codes: restore codes: %w", err)
	}
	return nil
}

// ReopenShared has the shareable codes looked after again that had reached a ceiling which is higher now.
func (s *Service) ReopenShared(ctx context.Context, c referral.Campaign) error {
	if c.State != referral.CampaignLive || c.Discounts[referral.ShareSide] == "" {
		return nil
	}
	dead, err := s.store.ListCodes(ctx, c.Shop, Query{
		Campaign: PoolKey(c, referral.ShareSide), Side: referral.ShareSide, State: referral.CodeDead,
	})
	if err != nil {
		return fmt.Errorf("codes: list shareable codes: %w", err)
	}

	var below []referral.AdvocateID
	for _, code := range dead {
		used, err := s.store.CountOrdersWithCode(ctx, c.Shop, code.Code, c.Terms.ShareCeiling)
		if err != nil {
			return fmt.Errorf("codes: count orders: %w", err)
		}

		// One that was never used was refused, or is a blocked advocate's.
		if used == 0 || used >= c.Terms.ShareCeiling {
			continue
		}
		a, err := s.advocates.FindAdvocateByCode(ctx, c.Shop, code.Code)
		if err != nil {
			return fmt.Errorf("codes: find advocate: %w", err)
		}
		if a.State != referral.AdvocateBlocked {
			below = append(below, a.ID)
		}
	}

	if len(below) == 0 {
		return nil
	}
	if err := s.advocates.ForgetShared(ctx, c.Shop, below); err != nil {
		return fmt.Errorf("codes: forget shared: %w", err)
	}
	s.bell.Share(ctx, c.Shop)
	return nil
}

// shareIsFull tells whether a shareable code has been used for as many orders as the campaign allows, which may be
// paused.
func (s *Service) shareIsFull(ctx context.Context, code referral.Code) (bool, error) {
	c, err := s.campaignIn(ctx, code.Shop, referral.CampaignLive, referral.CampaignPaused)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}

	if err != nil || !c.Terms.Shares() {
		return false, err
	}

	n, err := s.store.CountOrdersWithCode(ctx, code.Shop, code.Code, c.Terms.ShareCeiling)
	if err != nil {
		return false, fmt.Errorf("codes: count orders: %w", err)
	}

	return n >= c.Terms.ShareCeiling, nil
}

// campaignIn finds the shop's campaign that is in one of the states, of which there is one at most. NotFound: there is
// none.
func (s *Service) campaignIn(
	ctx context.Context, shop tenant.ShopID, states ...referral.CampaignState) (referral.Campaign, error,
) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("codes: list campaigns: %w", err)
	}
	return referral.CampaignIn(all, states...)
}
