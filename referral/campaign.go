package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/money"
	"twofold/tenant"
)

// draftID is the id of the campaign that every shop starts with, so that making it twice makes it once.
const draftID CampaignID = "cmp_first"

// defaultAmounts gives "Give $20, get $20" in currencies where 20 units would be a trifle or a fortune, in whole units.
var defaultAmounts = map[string]string{
	"JPY": "2000", "KRW": "20000", "VND": "200000", "IDR": "200000", "CLP": "15000", "HUF": "5000", "INR": "500", "ISK": "2000",
	"COP": "50000", "PHP": "500", "THB": "500", "TWD": "500", "CZK": "400", "SEK": "200", "NOK": "200", "DKK": "100", "MXN": "300",
	"ZAR": "200", "TRY": "500", "KWD": "5", "BHD": "5", "OMR": "5", "JOD": "10",
}

// defaultTerms are the draft's: the same amount for both sides, released after 14 days. Source: design section 6.
func defaultTerms(currency string) (Terms, error) {
	decimal, special := defaultAmounts[currency]
	if !special {
		decimal = "20"
	}
	amount, err := money.Parse(decimal, currency)
	if err != nil {
		return Terms{}, err
	}
	offer := Offer{Kind: AmountOff, Amount: amount}
	minimum := money.Amount{Minor: 2 * amount.Minor, Currency: currency}
	return Terms{Friend: offer, Advocate: offer, Minimum: minimum, HoldDays: 14, WindowDays: 30, ClaimDays: 30}, nil
}

// Validate says what is wrong with the terms, in words for the merchant.
func (t Terms) Validate(currency string) error {
	for _, offer := range []Offer{t.Friend, t.Advocate} {
		if offer.Kind != AmountOff || offer.Amount.Minor <= 0 || offer.Amount.Currency != currency {
			return fault.Newf(fault.Invalid, "Both rewards must be an amount above zero in %s.", currency)
		}
	}
	switch {
	case t.Minimum.Minor < 0 || (t.Minimum.Currency != currency && !t.Minimum.IsZero()):
		return fault.Newf(fault.Invalid, "The minimum must be zero or more, in %s.", currency)
	case t.HoldDays < 0 || t.HoldDays > 45:
		return fault.New(fault.Invalid, "The hold must be 0 to 45 days.")
	case t.WindowDays < 1 || t.WindowDays > 365:
		return fault.New(fault.Invalid, "The attribution window must be 1 to 365 days.")
	case t.ClaimDays < 1 || t.ClaimDays > 365:
		return fault.New(fault.Invalid, "A claim must last 1 to 365 days.")
	}
	return nil
}

func (s *Service) ensureDraft(ctx context.Context, shop tenant.ShopID, currency string) error {
	terms, err := defaultTerms(currency)
	if err != nil {
		return fmt.Errorf("referral: draft campaign: %w", err)
	}
	name := fmt.Sprintf("Give %s, get %s", terms.Friend.Amount.Short(), terms.Advocate.Amount.Short())
	err = s.store.AddCampaign(ctx, Campaign{
		Shop: shop, ID: draftID, Version: 1, Name: name, State: CampaignDraft, Terms: terms, Discounts: map[Side]DiscountID{}, CreatedAt: s.now(),
	})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("referral: add draft campaign: %w", err)
	}
	return nil
}

// Campaigns lists the shop's campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, shop tenant.ShopID) ([]Campaign, error) {
	return s.store.ListCampaigns(ctx, shop)
}

// live finds the campaign that visitors see. NotFound: none is live.
func (s *Service) live(ctx context.Context, shop tenant.ShopID) (Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: list campaigns: %w", err)
	}
	for _, c := range all {
		if c.State == CampaignLive {
			return c, nil
		}
	}
	return Campaign{}, fault.New(fault.NotFound, "This shop has no referral offer at the moment.")
}

// Pause stops new claims until GoLive resumes them; End stops them for good. Promised codes go on, and rewards are still given.
// Conflict: the campaign is not live (nor paused, to end it). NotFound: there is no such campaign.
func (s *Service) Pause(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	return s.stop(ctx, shop, id, CampaignPaused, CampaignLive)
}

// End ends a campaign: see Pause.
func (s *Service) End(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	return s.stop(ctx, shop, id, CampaignEnded, CampaignLive, CampaignPaused)
}

// stop moves the newest version of a campaign to a state, from one of those it may come from.
func (s *Service) stop(ctx context.Context, shop tenant.ShopID, id CampaignID, to CampaignState, from ...CampaignState) (Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: list campaigns: %w", err)
	}
	mine := slices.IndexFunc(all, func(c Campaign) bool { return c.ID == id })
	if mine < 0 {
		return Campaign{}, fault.New(fault.NotFound, "There is no such campaign.")
	}
	changed, err := s.store.UpdateCampaign(ctx, shop, all[mine].Key(), func(c *Campaign) error {
		if c.State != to && !slices.Contains(from, c.State) {
			return fault.Newf(fault.Conflict, "A campaign that is %s cannot be %s.", c.State, to)
		}
		c.State = to
		return nil
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: %s campaign: %w", to, err)
	}
	s.log.InfoContext(ctx, "campaign stopped", "shop", shop, "campaign_id", id, "state", to)
	return changed, nil
}

// GoLive is the merchant's act: the newest version of the campaign is to be made in the shop, or a paused one goes on. The work is
// done by FinishGoLive.
// Conflict: another campaign is live, or this one cannot go live from its state.
func (s *Service) GoLive(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: list campaigns: %w", err)
	}
	mine := slices.IndexFunc(all, func(c Campaign) bool { return c.ID == id })
	if mine < 0 {
		return Campaign{}, fault.New(fault.NotFound, "There is no such campaign.")
	}
	for _, c := range all {
		if c.ID != id && (c.State == CampaignLive || c.State == CampaignFilling) {
			return Campaign{}, fault.Newf(fault.Conflict, "The campaign %q is live; end it first.", c.Name)
		}
	}
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: find shop: %w", err)
	}
	changed, err := s.store.UpdateCampaign(ctx, shop, all[mine].Key(), func(c *Campaign) error {
		switch c.State {
		case CampaignFilling, CampaignLive:
			return nil
		case CampaignDraft:
			c.State = CampaignFilling
			return c.Terms.Validate(found.Profile.Currency)
		case CampaignPaused: // its discounts and pools are there
			c.State = CampaignLive
			return nil
		}
		return fault.Newf(fault.Conflict, "A campaign that is %s cannot go live.", c.State)
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: go live: %w", err)
	}
	s.bell.GoLive(ctx, shop, changed.Key())
	return changed, nil
}

// FinishGoLive makes the version's discounts in the shop, fills its pools and puts it live. It takes up where an earlier run
// stopped: discounts are found by their seed codes, pools by what they hold.
func (s *Service) FinishGoLive(ctx context.Context, shop tenant.ShopID, key CampaignKey) error {
	campaign, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("referral: find campaign: %w", err)
	}
	if campaign.State != CampaignFilling {
		return nil
	}
	for _, side := range Sides {
		if campaign, err = s.ensureDiscount(ctx, campaign, side); err != nil {
			return s.noteProblem(ctx, campaign, err)
		}
	}
	if err := s.Fill(ctx, shop, key); err != nil {
		return s.noteProblem(ctx, campaign, err)
	}
	_, err = s.store.UpdateCampaign(ctx, shop, key, func(c *Campaign) error {
		if c.State == CampaignFilling {
			c.State, c.LiveAt, c.Problem = CampaignLive, s.now(), ""
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("referral: put live: %w", err)
	}
	s.log.InfoContext(ctx, "campaign live", "shop", shop, "campaign_id", key.ID, "version", key.Version)
	return nil
}

// noteProblem tells the merchant why going live is stuck, and returns the cause.
func (s *Service) noteProblem(ctx context.Context, campaign Campaign, cause error) error {
	_, err := s.store.UpdateCampaign(ctx, campaign.Shop, campaign.Key(), func(c *Campaign) error {
		c.Problem = fault.MessageOf(cause)
		return nil
	})
	return errors.Join(cause, err)
}

// ensureDiscount makes the side's discount unless it is there. Its seed code is drawn by HMAC, so that a second run after a lost
// answer looks for the same one.
func (s *Service) ensureDiscount(ctx context.Context, c Campaign, side Side) (Campaign, error) {
	if c.Discounts[side] != "" {
		return c, nil
	}
	seed := codeFrom(s.hasher.Sum(c.Shop, "seed", fmt.Sprintf("%s/%d/%s", c.ID, c.Version, side)), discountCodeLetters)
	id, err := s.shopify.FindDiscount(ctx, c.Shop, seed)
	if fault.Is(err, fault.NotFound) {
		id, err = s.createDiscount(ctx, c, side, seed)
	}
	if err != nil {
		return c, fmt.Errorf("referral: %s discount: %w", side, err)
	}
	return s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *Campaign) error {
		if c.Discounts == nil {
			c.Discounts = map[Side]DiscountID{}
		}
		c.Discounts[side] = id
		return nil
	})
}

func (s *Service) createDiscount(ctx context.Context, c Campaign, side Side, seed string) (DiscountID, error) {
	discount := Discount{
		Title: fmt.Sprintf("Twofold: %s (%s, v%d)", c.Name, side, c.Version), Seed: seed, Offer: c.Terms.Friend, Minimum: c.Terms.Minimum,
		OncePerCustomer: true, UsageLimit: 1, StartsAt: s.now(),
	}
	if side == AdvocateSide {
		discount.Offer, discount.Minimum, discount.OncePerCustomer = c.Terms.Advocate, money.Amount{}, false
	}
	id, err := s.shopify.CreateDiscount(ctx, c.Shop, discount)
	if errors.Is(err, ErrUnknownOutcome) || fault.Is(err, fault.Conflict) {
		return s.shopify.FindDiscount(ctx, c.Shop, seed)
	}
	return id, err
}
