package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"twofold/campaigns"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// Campaigns is what a merchant may do with campaigns, and see of them. Errors: Conflict, where a campaign's state forbids
// it; NotFound; Unavailable.
type Campaigns interface {
	Campaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error)
	NewCampaign(ctx context.Context, shop tenant.ShopID, name string) (referral.Campaign, error)
	Preview(
		ctx context.Context, shop tenant.ShopID, id referral.CampaignID, change func(*referral.Campaign) error,
	) (campaigns.Plan, error)
	Save(
		ctx context.Context, shop tenant.ShopID, id referral.CampaignID, change func(*referral.Campaign) error,
	) (campaigns.Plan, error)

	GoLive(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error)
	Pause(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error)
	Resume(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error)
	End(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) (referral.Campaign, error)

	Cost(ctx context.Context, shop tenant.Shop, c referral.Campaign) (referral.Cost, error)
	Settled(ctx context.Context, shop tenant.Shop, id referral.CampaignID) (money.Amount, error)
	Promised(ctx context.Context, c referral.Campaign) (campaigns.Promised, error)
	Preflight(ctx context.Context, shop tenant.ShopID, terms referral.Terms) (campaigns.Preflight, error)
	// Repair puts back in Shopify what somebody has changed there of a campaign's discounts.
	Repair(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) ([]referral.Campaign, error)
	// Made tells how many of the codes are there that a version's pools are to have.
	Made(ctx context.Context, c referral.Campaign) (made, of int, err error)
	// MakeCodes has the pools of the live version filled now. Conflict: none is live.
	MakeCodes(ctx context.Context, shop tenant.ShopID, id referral.CampaignID) error
}

// campaignsPath is the list; an editor is below it.
const campaignsPath = Path + "/campaigns"

func campaignPath(id referral.CampaignID) string { return campaignsPath + "/" + string(id) }

// campaignList is what the list shows.
type campaignList struct{ Rows []campaignLine }

// campaignLine is one campaign, as its version that counts has it.
type campaignLine struct {
	Path  string
	Name  string
	State string
	Tone  string // of the state's badge
	Offer string
	Since string
	Cost  string   // what its new customers cost lately; "" where it is not live
	Notes []string // what else is to be known: a draft beside it, what stands in its way
}

// campaigns lists the shop's campaigns.
func (h *handler) campaigns(v visit) error {
	all, err := h.config.Campaigns.Campaigns(v.UserContext(), v.shop.ID)
	if err != nil {
		return fmt.Errorf("admin: campaigns: %w", err)
	}

	var view campaignList
	for _, versions := range byCampaign(all) {
		line, err := h.campaignLine(v, versions)
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, line)
	}
	return h.show(v, "campaigns", view)
}

// byCampaign groups versions, which come newest first, by their campaign.
func byCampaign(all []referral.Campaign) (groups [][]referral.Campaign) {
	at := map[referral.CampaignID]int{}
	for _, c := range all {
		i, known := at[c.ID]
		if !known {
			i = len(groups)
			at[c.ID], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

// counting is the version of a campaign that counts: the one that is the offer or is to be, else the newest.
func counting(versions []referral.Campaign) referral.Campaign {
	for _, states := range [][]referral.CampaignState{
		{referral.CampaignLive, referral.CampaignPaused}, {referral.CampaignFilling},
	} {
		found := slices.IndexFunc(versions, func(c referral.Campaign) bool { return slices.Contains(states, c.State) })
		if found >= 0 {
			return versions[found]
		}
	}
	return versions[0]
}

func (h *handler) campaignLine(v visit, versions []referral.Campaign) (campaignLine, error) {
	c, newest := counting(versions), versions[0]
	line := campaignLine{
		Path: campaignPath(c.ID), Name: c.Name, State: v.say.CampaignBadge(c.State), Tone: campaignTone(c.State),
		Offer: v.say.OfferOf(c.Terms), Since: since(v, c), Notes: campaignNotes(v, c, newest),
	}
	if c.State != referral.CampaignLive {
		return line, nil
	}

	cost, err := h.config.Campaigns.Cost(v.UserContext(), v.shop, c)
	if err != nil {
		return line, err
	}
	said, err := v.say.Cost(c, cost)
	if err != nil {
		return line, err
	}
	line.Cost = said[0]
	return line, nil
}

// campaignNotes says what a merchant should know beside a campaign's state.
func campaignNotes(v visit, c, newest referral.Campaign) (notes []string) {
	if newest.Version != c.Version {
		notes = append(notes, v.say.Say("merchant.campaigns.draft_beside", text.With{"version": newest.Version}))
	}
	for _, one := range []referral.Campaign{c, newest} {
		if problem := v.say.Problem(one.Problem); problem != "" && !slices.Contains(notes, problem) {
			notes = append(notes, problem)
		}
	}
	if n := len(c.Drift); n > 0 {
		notes = append(notes, v.say.Say("merchant.campaigns.drift", text.With{"count": n}))
	}
	return notes
}

// since says from when on a campaign's version has been what it is, in the shop's time zone.
func since(v visit, c referral.Campaign) string {
	at, entry := c.CreatedAt, "merchant.campaigns.drafted"
	switch {
	case !c.Until.IsZero():
		at, entry = c.Until, "merchant.campaigns.ended"
	case !c.LiveAt.IsZero() && !c.Dates.Ends.IsZero():
		at, entry = c.Dates.Ends.Add(-time.Nanosecond), "merchant.campaigns.ends" // the last day
	case !c.LiveAt.IsZero():
		at, entry = c.LiveAt, "merchant.campaigns.live"
	case !c.Dates.Starts.IsZero():
		at, entry = c.Dates.Starts, "merchant.campaigns.starts"
	}
	return v.say.Say(entry, text.With{"date": v.say.Calendar(v.shop.Profile.Location(), v.now).Date(at)})
}

// campaignTone is the colour of a campaign's badge.
func campaignTone(state referral.CampaignState) string {
	switch state {
	case referral.CampaignLive:
		return "success"
	case referral.CampaignPaused:
		return "warning"
	case referral.CampaignFilling:
		return "info"
	}
	return "neutral"
}

// newCampaign drafts a campaign beside those there are, and opens its editor.
func (h *handler) newCampaign(v visit) error {
	c, err := h.config.Campaigns.NewCampaign(v.UserContext(), v.shop.ID, v.say.Say("merchant.campaigns.new_name"))
	if err != nil {
		return err
	}
	return h.went(v, campaignPath(c.ID), "merchant.did.drafted")
}

// campaignAct is one of the merchant's acts on a campaign. It leads back to where the merchant was.
func (h *handler) campaignAct(
	act func(Campaigns, context.Context, tenant.ShopID, referral.CampaignID) (referral.Campaign, error), did string,
) func(visit) error {
	return func(v visit) error {
		if _, err := act(h.config.Campaigns, v.UserContext(), v.shop.ID, referral.CampaignID(v.Params("id"))); err != nil {
			return err
		}
		return h.went(v, h.backPath(v), did)
	}
}
