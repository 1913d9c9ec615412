package referral

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twofold/fault"
	"twofold/tenant"
)

// draftID is the id of the campaign that every shop starts with, so that making it twice makes it once.
const draftID CampaignID = "cmp_first"

// oldestShown is how far back Shopify shows orders without another scope. Source: shopify.dev, read_all_orders.
const oldestShown = 60 * 24 * time.Hour

// sells tells whether anybody has bought in the shop lately: then its advocates can be asked to buy first. Where Shopify does not say, they
// are.
func (s *Service) sells(ctx context.Context, shop tenant.ShopID) (bool, error) {
	page, _, err := s.changedPage(ctx, shop, ChangedQuery{Since: s.now().Add(-oldestShown), Size: ChangedPageSize})
	if withheld(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("referral: changed orders: %w", err)
	}
	return slices.ContainsFunc(page.Orders, func(n Nominee) bool { return n.Customer != "" }), nil
}

func (s *Service) ensureDraft(ctx context.Context, shop tenant.ShopID, currency string, sells bool) error {
	terms, err := firstTerms(currency, sells)
	if err != nil {
		return fmt.Errorf("referral: draft campaign: %w", err)
	}
	err = s.store.AddCampaign(ctx, newDraft(shop, draftID, 1, s.config.NameCampaign(terms), terms, s.now()))
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("referral: add draft campaign: %w", err)
	}
	return nil
}

func newDraft(shop tenant.ShopID, id CampaignID, version int, name string, terms Terms, now time.Time) Campaign {
	return Campaign{
		Shop: shop, ID: id, Version: version, Name: name, State: CampaignDraft, Terms: terms, Limits: Limits{FlagAfter: DefaultFlagAfter},
		Discounts: map[Side]DiscountID{}, EndsAt: map[Side]time.Time{}, CreatedAt: now,
	}
}

// Campaigns lists all versions of the shop's campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, shop tenant.ShopID) ([]Campaign, error) {
	return s.store.ListCampaigns(ctx, shop)
}

// versions lists the versions of one campaign, newest first. NotFound: there is no such campaign.
func (s *Service) versions(ctx context.Context, shop tenant.ShopID, id CampaignID) ([]Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("referral: list campaigns: %w", err)
	}
	mine := slices.DeleteFunc(all, func(c Campaign) bool { return c.ID != id })
	slices.SortFunc(mine, func(a, b Campaign) int { return b.Version - a.Version })
	if len(mine) == 0 {
		return nil, fault.New(fault.NotFound, "campaign_unknown")
	}
	return mine, nil
}

// currencyOf is the shop's currency. Unavailable: a shop that has just been installed was not read yet.
func (s *Service) currencyOf(ctx context.Context, shop tenant.ShopID) (string, error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return "", fmt.Errorf("referral: find shop: %w", err)
	}
	if found.Profile.Currency == "" {
		return "", fault.New(fault.Unavailable, "shop_setting_up")
	}
	return found.Profile.Currency, nil
}

// NewCampaign drafts a campaign beside those there are, with the terms that every shop starts with.
func (s *Service) NewCampaign(ctx context.Context, shop tenant.ShopID, name string) (Campaign, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Campaign{}, err
	}
	sells, err := s.sells(ctx, shop)
	if err != nil {
		return Campaign{}, err
	}
	terms, err := firstTerms(currency, sells)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: draft campaign: %w", err)
	}
	if name, err = validName(name); err != nil {
		return Campaign{}, err
	}
	c := newDraft(shop, CampaignID(newID("cmp_", s.now())), 1, name, terms, s.now())
	if err := s.store.AddCampaign(ctx, c); err != nil {
		return Campaign{}, fmt.Errorf("referral: add campaign: %w", err)
	}
	s.bell.ShowOffer(ctx, shop)
	return c, nil
}

// maxNameLetters bounds a campaign's name: Shopify's titles of discounts hold 255, with ours around it.
const maxNameLetters = 100

// validName is a campaign's name without spaces around it.
func validName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxNameLetters {
		return "", fault.With(fault.Invalid, "campaign_name", fault.Values{"most": maxNameLetters})
	}
	return name, nil
}

// Edit changes the campaign's terms and name. A draft is changed in place; else a new version is drafted, which goes live by
// GoLive with discounts of its own. What the version before has promised keeps its value.
func (s *Service) Edit(ctx context.Context, shop tenant.ShopID, id CampaignID, change func(*Campaign) error) (Campaign, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Campaign{}, err
	}
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return Campaign{}, err
	}

	edit := func(c *Campaign) error {
		if err := change(c); err != nil {
			return err
		}
		var err error
		if c.Name, err = validName(c.Name); err != nil {
			return err
		}
		return c.Terms.Validate(currency)
	}

	newest := all[0]
	switch newest.State {
	case CampaignDraft:
		changed, err := s.store.UpdateCampaign(ctx, shop, newest.Key(), func(c *Campaign) error {
			if c.State != CampaignDraft {
				return fault.New(fault.Conflict, "version_just_live")
			}
			return edit(c)
		})
		if err == nil {
			s.bell.ShowOffer(ctx, shop)
		}
		return changed, err
	case CampaignFilling:
		return Campaign{}, fault.New(fault.Conflict, "version_filling")
	case CampaignEnded:
		return Campaign{}, fault.New(fault.Conflict, "campaign_over")
	}

	draft := newDraft(shop, id, newest.Version+1, newest.Name, newest.Terms, s.now())
	draft.Limits = newest.Limits
	if err := edit(&draft); err != nil {
		return Campaign{}, err
	}
	if err := s.store.AddCampaign(ctx, draft); err != nil {
		return Campaign{}, fmt.Errorf("referral: add version: %w", err)
	}
	return draft, nil
}

// SetLimits changes caps and budget, at once and in all versions: they promise nothing to anybody.
func (s *Service) SetLimits(ctx context.Context, shop tenant.ShopID, id CampaignID, limits Limits) (Campaign, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Campaign{}, err
	}
	if err := limits.Validate(currency); err != nil {
		return Campaign{}, err
	}
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return Campaign{}, err
	}
	for i, c := range all {
		if all[i], err = s.store.UpdateCampaign(ctx, shop, c.Key(), func(c *Campaign) error { c.Limits = limits; return nil }); err != nil {
			return Campaign{}, fmt.Errorf("referral: set limits: %w", err)
		}
	}
	return all[0], nil
}

// live finds the campaign that visitors see. NotFound: none is live, for it is paused, has ended, or never was.
func (s *Service) live(ctx context.Context, shop tenant.ShopID) (Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: list campaigns: %w", err)
	}

	switch found, state := offered(all); state {
	case ShownLive:
		return found, nil
	case ShownPaused:
		return Campaign{}, fault.New(fault.NotFound, "offer_paused")
	case ShownEnded:
		return Campaign{}, fault.New(fault.NotFound, "offer_ended")
	default:
		return Campaign{}, fault.New(fault.NotFound, "no_offer")
	}
}

// CampaignIn is the campaign that is in one of the states, of which a shop has one at most. NotFound: there is none.
func CampaignIn(all []Campaign, states ...CampaignState) (Campaign, error) {
	for _, c := range all {
		if slices.Contains(states, c.State) {
			return c, nil
		}
	}
	return Campaign{}, fault.New(fault.NotFound, "no_offer")
}

// Pause stops new claims until Resume lets them go on; End stops them for good. Promised codes go on, and rewards are still given.
// Conflict: the campaign is not live (nor paused, to end it). NotFound: there is no such campaign.
func (s *Service) Pause(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	return s.stop(ctx, shop, id, CampaignPaused, CampaignLive)
}

// End ends a campaign: see Pause.
func (s *Service) End(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	return s.stop(ctx, shop, id, CampaignEnded, CampaignLive, CampaignPaused)
}

// refusal is why a campaign does not come to a state, given the one it is in.
func refusal(to, is CampaignState) error {
	values := fault.Values{"state": is}
	switch to {
	case CampaignPaused:
		return fault.With(fault.Conflict, "not_live", values)
	case CampaignLive:
		return fault.With(fault.Conflict, "not_paused", values)
	}
	return fault.With(fault.Conflict, "not_live_or_paused", values)
}

// stop moves the version that is the offer, or else the newest, to a state, from one of those it may come from.
func (s *Service) stop(ctx context.Context, shop tenant.ShopID, id CampaignID, to CampaignState, from ...CampaignState) (Campaign, error) {
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return Campaign{}, err
	}
	if to == CampaignPaused && slices.ContainsFunc(all, func(c Campaign) bool { return c.State == CampaignFilling }) {
		return Campaign{}, fault.New(fault.Conflict, "pause_while_filling")
	}

	mine := max(0, slices.IndexFunc(all, func(c Campaign) bool { return slices.Contains(from, c.State) || c.State == to }))
	changed, err := s.store.UpdateCampaign(ctx, shop, all[mine].Key(), func(c *Campaign) error {
		if c.State != to && !slices.Contains(from, c.State) {
			return refusal(to, c.State)
		}
		if to == CampaignEnded && c.State != to {
			c.Until, c.TendAt = s.now(), s.now()
		}
		c.State = to
		return nil
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: %s campaign: %w", to, err)
	}

	if to == CampaignEnded {
		if err := s.endDrafts(ctx, all); err != nil {
			return Campaign{}, err
		}
	}
	s.log.InfoContext(ctx, "campaign changed", "shop", shop, "campaign_id", id, "state", to)
	s.bell.ShowOffer(ctx, shop)
	s.bell.Tend(ctx, shop, changed.Key())
	return changed, nil
}

// endDrafts ends what was drafted or was going live of a campaign that has ended: it ends for good.
func (s *Service) endDrafts(ctx context.Context, versions []Campaign) error {
	for _, v := range versions {
		if v.State != CampaignDraft && v.State != CampaignFilling {
			continue
		}
		_, err := s.store.UpdateCampaign(ctx, v.Shop, v.Key(), func(c *Campaign) error {
			if c.State == CampaignDraft || c.State == CampaignFilling {
				c.State, c.Until, c.TendAt = CampaignEnded, s.now(), s.now()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("referral: end draft: %w", err)
		}
	}
	return nil
}

// offerLease is held by whoever makes a campaign the shop's offer, so that two at once do not both find that there is none.
const offerLease = "offer"

// GoLive is the merchant's act: the newest version of the campaign is to be made in the shop, or a paused one goes on. The work is
// done by FinishGoLive. Until a new version's pools are filled, the version before it stays the offer.
// Conflict: another campaign is live, or this one cannot go live from its state.
func (s *Service) GoLive(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, offerLease, s.log)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: %w", err)
	}
	defer giveBack()

	mine, err := s.versions(ctx, shop, id)
	if err != nil {
		return Campaign{}, err
	}
	if err := s.nothingElseLive(ctx, shop, id); err != nil {
		return Campaign{}, err
	}
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Campaign{}, err
	}
	changed, err := s.store.UpdateCampaign(ctx, shop, mine[0].Key(), func(c *Campaign) error {
		switch c.State {
		case CampaignFilling, CampaignLive:
			return nil
		case CampaignDraft:
			c.State = CampaignFilling
			return c.Terms.Validate(currency)
		case CampaignPaused: // its discounts and pools are there
			c.State, c.TendAt = CampaignLive, s.now()
			return nil
		}
		return fault.With(fault.Conflict, "cannot_go_live", fault.Values{"state": c.State})
	})
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: go live: %w", err)
	}
	s.bell.ShowOffer(ctx, shop) // a paused one is live again
	s.bell.GoLive(ctx, shop, changed.Key())
	return changed, nil
}

// Resume lets a paused campaign go on, also when a newer version is drafted. Conflict: it is not paused, or another is live.
func (s *Service) Resume(ctx context.Context, shop tenant.ShopID, id CampaignID) (Campaign, error) {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, offerLease, s.log)
	if err != nil {
		return Campaign{}, fmt.Errorf("referral: %w", err)
	}
	defer giveBack()

	if err := s.nothingElseLive(ctx, shop, id); err != nil {
		return Campaign{}, err
	}
	return s.stop(ctx, shop, id, CampaignLive, CampaignPaused)
}

// nothingElseLive refuses a second offer beside the one that visitors see, or will see again. Conflict: there is one.
func (s *Service) nothingElseLive(ctx context.Context, shop tenant.ShopID, id CampaignID) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("referral: list campaigns: %w", err)
	}
	for _, c := range all {
		if c.ID != id && (c.State == CampaignLive || c.State == CampaignFilling || c.State == CampaignPaused) {
			return fault.With(fault.Conflict, "another_campaign", fault.Values{"name": c.Name, "state": c.State})
		}
	}
	return nil
}

// FinishGoLive makes the version's discounts in the shop, fills its pools and puts it live. It takes up where an earlier run
// stopped: discounts are found by their seed codes, pools by what they hold.
func (s *Service) FinishGoLive(ctx context.Context, shop tenant.ShopID, key CampaignKey) error {
	campaign, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("referral: find campaign: %w", err)
	}
	if campaign.State != CampaignFilling {
		return s.takeOver(ctx, campaign)
	}

	for _, side := range Sides {
		if campaign, err = s.codes.EnsureDiscount(ctx, campaign, side); err != nil {
			return s.noteProblem(ctx, campaign, err)
		}
	}
	if err := s.codes.Fill(ctx, shop, key); err != nil {
		return s.noteProblem(ctx, campaign, err)
	}
	if campaign, err = s.codes.EnsureDiscount(ctx, campaign, ShareSide); err != nil { // last: its terms change in place
		return s.noteProblem(ctx, campaign, err)
	}

	live, err := s.store.UpdateCampaign(ctx, shop, key, func(c *Campaign) error {
		if c.State == CampaignFilling {
			c.State, c.TendAt, c.Problem = CampaignLive, s.now(), Problem{} // tended at once, also where this run is cut off
			c.LiveAt = s.now().Truncate(time.Second)                        // as Shopify's times of orders are: one placed in this second has its terms
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("referral: put live: %w", err)
	}

	s.log.InfoContext(ctx, "campaign live", "shop", shop, "campaign_id", key.ID, "version", key.Version)
	s.bell.ShowOffer(ctx, shop)
	s.bell.Share(ctx, shop)
	return s.takeOver(ctx, live)
}

// takeOver has a live version take the place of those before it, and bring the shareable codes back that its ceiling lets go on.
func (s *Service) takeOver(ctx context.Context, live Campaign) error {
	if err := s.replaceOlder(ctx, live); err != nil {
		return err
	}
	return s.codes.ReopenShared(ctx, live)
}

// replaceOlder ends the offer of the versions before a live one, from the instant it went live.
func (s *Service) replaceOlder(ctx context.Context, live Campaign) error {
	if live.LiveAt.IsZero() {
		return nil
	}
	all, err := s.versions(ctx, live.Shop, live.ID)
	if err != nil {
		return err
	}

	for _, older := range all {
		if older.Version >= live.Version || (older.State != CampaignLive && older.State != CampaignPaused) {
			continue
		}
		_, err := s.store.UpdateCampaign(ctx, live.Shop, older.Key(), func(c *Campaign) error {
			if c.State == CampaignLive || c.State == CampaignPaused {
				c.State, c.Until, c.TendAt = CampaignReplaced, live.LiveAt, s.now()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("referral: replace version: %w", err)
		}
		s.bell.Tend(ctx, live.Shop, older.Key())
	}
	return nil
}

// noteProblem tells the merchant why going live is stuck, and returns the cause. That somebody else is at it is no problem.
func (s *Service) noteProblem(ctx context.Context, campaign Campaign, cause error) error {
	if fault.Is(cause, fault.Conflict) {
		return cause
	}
	_, err := s.store.UpdateCampaign(ctx, campaign.Shop, campaign.Key(), func(c *Campaign) error {
		c.Problem = problemOf(cause)
		return nil
	})
	return errors.Join(cause, err)
}

// problemOf is what is kept of an error: its code, and what the code's sentence names, as plain texts.
func problemOf(cause error) Problem {
	p := Problem{Code: fault.CodeOf(cause)}
	for name, value := range fault.ValuesOf(cause) {
		if p.Values == nil {
			p.Values = map[string]string{}
		}
		if list, ok := value.([]string); ok {
			value = strings.Join(list, ", ")
		}
		p.Values[name] = fmt.Sprint(value)
	}
	return p
}
