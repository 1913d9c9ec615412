package campaigns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// firstID is the id of the campaign that every shop starts with, so that making it twice makes it once.
const firstID referral.CampaignID = "cmp_first"

// draftID is the same where the shop has had so many versions before.
func draftID(before int) referral.CampaignID {
	if before == 0 {
		return firstID
	}
	return referral.CampaignID(fmt.Sprintf("%s_%d", firstID, before+1))
}

// EnsureDraft makes the draft that a shop starts with, once, and once more where a cleanup has taken out all that it had.
// sells: the shop has customers already.
func (s *Service) EnsureDraft(ctx context.Context, shop tenant.ShopID, currency string, sells bool) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("campaigns: list campaigns: %w", err)
	}
	if slices.ContainsFunc(all, func(c referral.Campaign) bool { return !c.Cleaned }) {
		return nil
	}

	terms, err := referral.FirstTerms(currency, sells)
	if err != nil {
		return fmt.Errorf("campaigns: draft campaign: %w", err)
	}

	err = s.store.AddCampaign(ctx, newDraft(shop, draftID(len(all)), 1, s.config.NameCampaign(terms), terms, s.now()))
	if err != nil && !fault.Is(err, fault.Conflict) {
		return fmt.Errorf("campaigns: add draft campaign: %w", err)
	}

	return nil
}

func newDraft(
	shop tenant.ShopID, id referral.CampaignID, version int, name string, terms referral.Terms, now time.Time,
) referral.Campaign {
	return referral.Campaign{
		Shop: shop, ID: id, Version: version, Name: name, State: referral.CampaignDraft, Terms: terms, Limits: referral.Limits{FlagAfter: referral.DefaultFlagAfter},
		Discounts: map[referral.Side]referral.DiscountID{}, EndsAt: map[referral.Side]time.Time{}, CreatedAt: now,
	}
}

// Campaigns lists all versions of the shop's campaigns, newest first.
func (s *Service) Campaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) {
	return s.store.ListCampaigns(ctx, shop)
}

// versions lists the versions of one campaign, newest first. NotFound: there is no such campaign.
func (s *Service) versions(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID,
) ([]referral.Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("campaigns: list campaigns: %w", err)
	}

	mine := slices.DeleteFunc(all, func(c referral.Campaign) bool { return c.ID != id })
	slices.SortFunc(mine, func(a, b referral.Campaign) int { return b.Version - a.Version })
	if len(mine) == 0 {
		return nil, fault.New(fault.NotFound, "campaign_unknown")
	}

	return mine, nil
}

// currencyOf is the shop's currency. Unavailable: a shop that has just been installed was not read yet.
func (s *Service) currencyOf(ctx context.Context, shop tenant.ShopID) (string, error) {
	found, err := s.store.FindShop(ctx, shop)
	if err != nil {
		return "", fmt.Errorf("campaigns: find shop: %w", err)
	}
	if found.Profile.Currency == "" {
		return "", fault.New(fault.Unavailable, "shop_setting_up")
	}

	return found.Profile.Currency, nil
}

// NewCampaign drafts a campaign beside those there are, with the terms that every shop starts with.
func (s *Service) NewCampaign(ctx context.Context, shop tenant.ShopID, name string) (referral.Campaign, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return referral.Campaign{}, err
	}

	sells, err := s.orders.HasSold(ctx, shop)
	if err != nil {
		return referral.Campaign{}, err
	}

	terms, err := referral.FirstTerms(currency, sells)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: draft campaign: %w", err)
	}

	if name, err = validName(name); err != nil {
		return referral.Campaign{}, err
	}

	c := newDraft(shop, referral.CampaignID(tenant.NewID("cmp_", s.now())), 1, name, terms, s.now())
	if err := s.store.AddCampaign(ctx, c); err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: add campaign: %w", err)
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

// Edit changes the campaign's terms and name. A draft is changed in place; else a new version is drafted, which goes
// live by GoLive with discounts of its own. What the version before has promised keeps its value.
func (s *Service) Edit(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, change func(*referral.Campaign) error,
) (referral.Campaign, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return referral.Campaign{}, err
	}
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return referral.Campaign{}, err
	}

	edit := func(c *referral.Campaign) error {
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
	case referral.CampaignDraft:
		changed, err := s.store.UpdateCampaign(ctx, shop, newest.Key(), func(c *referral.Campaign) error {
			if c.State != referral.CampaignDraft {
				return fault.New(fault.Conflict, "version_just_live")
			}
			return edit(c)
		})
		if err == nil {
			s.bell.ShowOffer(ctx, shop)
		}
		return changed, err
	case referral.CampaignFilling:
		return referral.Campaign{}, fault.New(fault.Conflict, "version_filling")
	case referral.CampaignEnded:
		return referral.Campaign{}, fault.New(fault.Conflict, "campaign_over")
	}

	draft := newDraft(shop, id, newest.Version+1, newest.Name, newest.Terms, s.now())
	draft.Limits, draft.Dates.Ends = newest.Limits, newest.Dates.Ends
	if err := edit(&draft); err != nil {
		return referral.Campaign{}, err
	}
	if err := s.store.AddCampaign(ctx, draft); err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: add version: %w", err)
	}
	return draft, nil
}

// SetLimits changes caps and budget, at once and in all versions: they promise nothing to anybody.
func (s *Service) SetLimits(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, limits referral.Limits,
) (referral.Campaign, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return referral.Campaign{}, err
	}

	if err := limits.Validate(currency); err != nil {
		return referral.Campaign{}, err
	}

	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return referral.Campaign{}, err
	}

	for i, c := range all {
		if all[i], err = s.store.UpdateCampaign(ctx, shop, c.Key(), func(c *referral.Campaign) error { c.Limits = limits; return nil }); err != nil {
			return referral.Campaign{}, fmt.Errorf("campaigns: set limits: %w", err)
		}
	}

	return all[0], nil
}

// Live finds the campaign that visitors see. NotFound: none is live, for it is paused, has ended, or never was.
func (s *Service) Live(ctx context.Context, shop tenant.ShopID) (referral.Campaign, error) {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: list campaigns: %w", err)
	}

	found, state := referral.Offered(all)
	if _, due := found.Due(s.now()); due && state == referral.ShownLive { // on the instant, before a sweep has ended it
		state = referral.ShownEnded
	}

	switch state {
	case referral.ShownLive:
		return found, nil
	case referral.ShownPaused:
		return referral.Campaign{}, fault.New(fault.NotFound, "offer_paused")
	case referral.ShownEnded:
		return referral.Campaign{}, fault.New(fault.NotFound, "offer_ended")
	default:
		return referral.Campaign{}, fault.New(fault.NotFound, "no_offer")
	}
}

// Pause stops new claims until Resume lets them go on; End stops them for good. Promised codes go on, and rewards are
// still given. Conflict: the campaign is not live (nor paused, to end it). NotFound: there is no such campaign.
func (s *Service) Pause(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error) {
	return s.stop(ctx, shop, id, referral.CampaignPaused, referral.CampaignLive)
}

// End ends a campaign: see Pause.
func (s *Service) End(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error) {
	return s.stop(ctx, shop, id, referral.CampaignEnded, referral.CampaignLive, referral.CampaignPaused)
}

// refusal is why a campaign does not come to a state, given the one it is in.
func refusal(to, is referral.CampaignState) error {
	values := fault.Values{"state": is}
	switch to {
	case referral.CampaignPaused:
		return fault.With(fault.Conflict, "not_live", values)
	case referral.CampaignLive:
		return fault.With(fault.Conflict, "not_paused", values)
	}

	return fault.With(fault.Conflict, "not_live_or_paused", values)
}

// stop moves the version that is the offer, or else the newest, to a state, from one of those it may come from.
func (s *Service) stop(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, to referral.CampaignState, from ...referral.CampaignState,
) (referral.Campaign, error) {
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return referral.Campaign{}, err
	}
	if to == referral.CampaignPaused && slices.ContainsFunc(all, func(c referral.Campaign) bool { return c.State == referral.CampaignFilling }) {
		return referral.Campaign{}, fault.New(fault.Conflict, "pause_while_filling")
	}

	mine := max(0, slices.IndexFunc(all, func(c referral.Campaign) bool { return slices.Contains(from, c.State) || c.State == to }))
	changed, err := s.store.UpdateCampaign(ctx, shop, all[mine].Key(), func(c *referral.Campaign) error {
		if c.State != to && !slices.Contains(from, c.State) {
			return refusal(to, c.State)
		}
		if to == referral.CampaignEnded && c.State != to {
			c.Until, c.TendAt = s.now(), s.now()
		}
		c.State = to
		return nil
	})
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: %s campaign: %w", to, err)
	}

	if to == referral.CampaignEnded {
		if err := s.endDrafts(ctx, all); err != nil {
			return referral.Campaign{}, err
		}
	}
	s.log.InfoContext(ctx, "campaign changed", "shop", shop, "campaign_id", id, "state", to)
	s.bell.ShowOffer(ctx, shop)
	s.bell.Tend(ctx, shop, changed.Key())
	return changed, nil
}

// endDrafts ends what was drafted or was going live of a campaign that has ended: it ends for good.
func (s *Service) endDrafts(ctx context.Context, versions []referral.Campaign) error {
	for _, v := range versions {
		if v.State != referral.CampaignDraft && v.State != referral.CampaignFilling {
			continue
		}
		_, err := s.store.UpdateCampaign(ctx, v.Shop, v.Key(), func(c *referral.Campaign) error {
			if c.State == referral.CampaignDraft || c.State == referral.CampaignFilling {
				c.State, c.Until, c.TendAt = referral.CampaignEnded, s.now(), s.now()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("campaigns: end draft: %w", err)
		}
	}

	return nil
}

// offerLease is held by whoever makes a campaign the shop's offer, so that two at once do not both find that there is
// none.
const offerLease = "offer"

// GoLive is the merchant's act: the newest version of the campaign is to be made in the shop, or a paused one goes on.
// The work is done by FinishGoLive. Until a new version's pools are filled, the version before it stays the offer.
// Conflict: another campaign is live, or this one cannot go live from its state.
func (s *Service) GoLive(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error) {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, offerLease, s.log)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: %w", err)
	}
	defer giveBack()

	mine, err := s.versions(ctx, shop, id)
	if err != nil {
		return referral.Campaign{}, err
	}
	if err := s.nothingElseLive(ctx, shop, id); err != nil {
		return referral.Campaign{}, err
	}
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return referral.Campaign{}, err
	}
	changed, err := s.store.UpdateCampaign(ctx, shop, mine[0].Key(), func(c *referral.Campaign) error {
		switch c.State {
		case referral.CampaignFilling, referral.CampaignLive:
			return nil
		case referral.CampaignDraft:
			c.State = referral.CampaignFilling
			return c.Terms.Validate(currency)
		case referral.CampaignPaused: // its discounts and pools are there
			c.State, c.TendAt = referral.CampaignLive, s.now()
			return nil
		}
		return fault.With(fault.Conflict, "cannot_go_live", fault.Values{"state": c.State})
	})
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: go live: %w", err)
	}
	s.bell.ShowOffer(ctx, shop) // a paused one is live again
	s.bell.GoLive(ctx, shop, changed.Key())
	return changed, nil
}

// Resume lets a paused campaign go on, also when a newer version is drafted. Conflict: it is not paused, or another is
// live.
func (s *Service) Resume(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error) {
	_, giveBack, err := tenant.Hold(ctx, s.store, shop, offerLease, s.log)
	if err != nil {
		return referral.Campaign{}, fmt.Errorf("campaigns: %w", err)
	}
	defer giveBack()

	if _, err := s.versions(ctx, shop, id); err != nil {
		return referral.Campaign{}, err
	}
	if err := s.nothingElseLive(ctx, shop, id); err != nil {
		return referral.Campaign{}, err
	}
	return s.stop(ctx, shop, id, referral.CampaignLive, referral.CampaignPaused)
}

// nothingElseLive refuses a second offer beside the one that visitors see, or will see again. Conflict: there is one.
func (s *Service) nothingElseLive(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("campaigns: list campaigns: %w", err)
	}

	for _, c := range all {
		if c.ID != id && (c.State == referral.CampaignLive || c.State == referral.CampaignFilling || c.State == referral.CampaignPaused) {
			return fault.With(fault.Conflict, "another_campaign", fault.Values{"name": c.Name, "state": c.State})
		}
	}

	return nil
}

// FinishGoLive makes the version's discounts in the shop, fills its pools and puts it live. It takes up where an
// earlier run stopped: discounts are found by their seed codes, pools by what they hold.
func (s *Service) FinishGoLive(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) error {
	campaign, err := s.store.FindCampaign(ctx, shop, key)
	if err != nil {
		return fmt.Errorf("campaigns: find campaign: %w", err)
	}
	if campaign.State != referral.CampaignFilling {
		return s.takeOver(ctx, campaign)
	}

	for _, side := range referral.Sides {
		if campaign, err = s.codes.EnsureDiscount(ctx, campaign, side); err != nil {
			return s.noteProblem(ctx, campaign, err)
		}
	}
	if err := s.codes.Fill(ctx, shop, key); err != nil {
		return s.noteProblem(ctx, campaign, err)
	}
	if campaign, err = s.codes.EnsureDiscount(ctx, campaign, referral.ShareSide); err != nil { // last: its terms change in place
		return s.noteProblem(ctx, campaign, err)
	}

	live, err := s.store.UpdateCampaign(ctx, shop, key, func(c *referral.Campaign) error {
		if c.State == referral.CampaignFilling {
			c.State, c.TendAt, c.Problem = referral.CampaignLive, s.now(), referral.Problem{} // tended at once, also where this run is cut off
			c.LiveAt = s.now().Truncate(time.Second)                                          // as Shopify's times of orders are: one placed in this second has its terms
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("campaigns: put live: %w", err)
	}

	s.log.InfoContext(ctx, "campaign live", "shop", shop, "campaign_id", key.ID, "version", key.Version)
	s.bell.ShowOffer(ctx, shop)
	s.bell.Share(ctx, shop)
	return s.takeOver(ctx, live)
}

// takeOver has a live version take the place of those before it, and bring the shareable codes back that its ceiling
// lets go on.
func (s *Service) takeOver(ctx context.Context, live referral.Campaign) error {
	if err := s.replaceOlder(ctx, live); err != nil {
		return err
	}
	return s.codes.ReopenShared(ctx, live)
}

// replaceOlder ends the offer of the versions before a live one, from the instant it went live.
func (s *Service) replaceOlder(ctx context.Context, live referral.Campaign) error {
	if live.LiveAt.IsZero() {
		return nil
	}
	all, err := s.versions(ctx, live.Shop, live.ID)
	if err != nil {
		return err
	}

	for _, older := range all {
		if older.Version >= live.Version || (older.State != referral.CampaignLive && older.State != referral.CampaignPaused) {
			continue
		}
		_, err := s.store.UpdateCampaign(ctx, live.Shop, older.Key(), func(c *referral.Campaign) error {
			if c.State == referral.CampaignLive || c.State == referral.CampaignPaused {
				c.State, c.Until, c.TendAt = referral.CampaignReplaced, live.LiveAt, s.now()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("campaigns: replace version: %w", err)
		}
		s.bell.Tend(ctx, live.Shop, older.Key())
	}
	return nil
}

// noteProblem tells the merchant why going live is stuck, and returns the cause. That somebody else is at it is no
// problem.
func (s *Service) noteProblem(ctx context.Context, campaign referral.Campaign, cause error) error {
	if fault.Is(cause, fault.Conflict) {
		return cause
	}

	_, err := s.store.UpdateCampaign(ctx, campaign.Shop, campaign.Key(), func(c *referral.Campaign) error {
		c.Problem = problemOf(cause)
		return nil
	})
	return errors.Join(cause, err)
}

// problemOf is what is kept of an error: its code, and what the code's sentence names, as plain texts.
func problemOf(cause error) referral.Problem {
	p := referral.Problem{Code: fault.CodeOf(cause)}
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
