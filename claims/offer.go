package claims

import (
	"context"
	"fmt"
	"time"

	"twofold/referral"
	"twofold/tenant"
)

// offerView is what the version promises.
func offerView(c referral.Campaign) *OfferView {
	return &OfferView{
		Campaign: c.Key(),
		Friend:   c.Terms.Friend,
		Advocate: c.Terms.Advocate,
		Minimum:  c.Terms.Minimum,
		Days:     c.Terms.ClaimDays,
	}
}

// Offer tells a visitor of a link what there is. NotFound: no such advocate, or no campaign is live.
func (s *Service) Offer(ctx context.Context, shop tenant.ShopID, ref string) (OfferView, error) {
	if _, err := s.advocateByRef(ctx, shop, ref); err != nil {
		return OfferView{}, err
	}
	campaign, err := s.campaigns.Live(ctx, shop)
	if err != nil {
		return OfferView{}, err
	}
	return *offerView(campaign), nil
}

// claimView draws the claim's code, and says whether it is the link's advocate's, and whether another offer is to be
// had instead.
func (s *Service) claimView(
	ctx context.Context, claim referral.Claim, live referral.Campaign, by referral.AdvocateID, at time.Time,
) (ClaimView, error) {
	promised, err := s.promised(ctx, claim, live)
	if err != nil {
		return ClaimView{}, err
	}

	view := ClaimView{
		Claim: claim,
		Yours: !claim.KeptFrom(by, promised.Terms, live.Terms),
		Offer: *offerView(promised),
	}
	if claim.Version != live.Version {
		view.Newer = offerView(live)
	}

	if promised.Terms.Friend.AfterOrder {
		return view, nil
	}
	drawn, err := s.ensureCode(ctx, claim, at)
	if err == nil {
		view.Claim = drawn
	}
	return view, err
}

// promised is the version whose offer the claim promises, given the live one.
func (s *Service) promised(
	ctx context.Context, claim referral.Claim, live referral.Campaign,
) (referral.Campaign, error) {
	if claim.Version == live.Version {
		return live, nil
	}
	return s.version(ctx, claim.Shop, referral.CampaignKey{ID: claim.Campaign, Version: claim.Version})
}

// version finds a version of a campaign.
func (s *Service) version(
	ctx context.Context, shop tenant.ShopID, key referral.CampaignKey,
) (referral.Campaign, error) {
	found, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("claims: find campaign: %w", err)
	}
	return found, nil
}

// ensureCode draws the claim's code, unless it has one. A crash between the two writes is mended by asking again.
func (s *Service) ensureCode(ctx context.Context, claim referral.Claim, at time.Time) (referral.Claim, error) {
	if claim.Code != "" {
		return claim, nil
	}
	key := referral.CampaignKey{ID: claim.Campaign, Version: claim.Version}
	code, err := s.codes.Draw(ctx, claim.Shop, key, referral.FriendSide, claim.Holder(), at, claim.ExpiresAt)
	if err != nil {
		return referral.Claim{}, err
	}
	noted, err := s.store.TellOfClaim(ctx, claim.Shop, claim.ID, func(c *referral.Claim) ([]referral.Notice, error) {
		if !sameDraw(*c, claim) {
			return nil, nil
		}
		c.Code = code.Code
		return c.CodeNotices(at), nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: keep code: %w", err)
	}
	if !noted.SignedAt.IsZero() {
		s.bell.Mail(ctx, claim.Shop)
	}
	return noted, nil
}

// sameDraw tells whether a claim is still the one for which a code was drawn; else it was renewed meanwhile.
func sameDraw(now, drawn referral.Claim) bool {
	return now.Holder() == drawn.Holder() && now.Version == drawn.Version
}

// noteCode notes the code that was drawn for the claim before. Nobody is told of it: the offer may be refused by now.
func (s *Service) noteCode(ctx context.Context, claim referral.Claim, code string) (referral.Claim, error) {
	noted, err := s.store.UpdateClaim(ctx, claim.Shop, claim.ID, func(c *referral.Claim) error {
		if sameDraw(*c, claim) {
			c.Code = code
		}
		return nil
	})
	if err != nil {
		return referral.Claim{}, fmt.Errorf("claims: keep code: %w", err)
	}
	return noted, nil
}
