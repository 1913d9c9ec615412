package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"twofold/inbox"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

// shownReferrals is how many of the latest referrals the page shows.
const shownReferrals = 20

// Overview is what the merchant's page shows.
type Overview struct {
	Shop       tenant.Shop
	Ready      bool     // the shop has been read: currency, time zone, plan
	Missing    []string // scopes that the app needs and was not granted
	Campaigns  []CampaignRow
	Deliveries []CountRow
	Referrals  []ReferralRow
}

// CampaignRow is one campaign version and how full its pools are.
type CampaignRow struct {
	referral.Campaign
	Pools []CountRow
}

// CountRow is a label and a number.
type CountRow struct {
	Label string
	Count int
}

// ReferralRow is one friend's referral, as the merchant sees it.
type ReferralRow struct {
	Order  string // the order's name, such as #1001
	Test   bool   // a test order's: it stands outside every figure
	At     string // day of the order, in the shop's time zone
	State  referral.State
	Why    string // a sentence; "" when there is nothing to say
	Reward referral.RewardState
	Worth  string // what the reward counts for, or gives
}

// Tone is the colour of the state's badge. Source: Polaris web components 1.0, s-badge.
func (r ReferralRow) Tone() string {
	switch r.State {
	case referral.Approved:
		return "success"
	case referral.Flagged:
		return "warning"
	case referral.Voided:
		return "critical"
	}
	return "info"
}

// Draft tells whether the campaign waits for the merchant.
func (c CampaignRow) Draft() bool { return c.State == referral.CampaignDraft }

// Offer says what both sides get, in one sentence.
func (c CampaignRow) Offer() string {
	text := "Friends get " + c.Terms.Friend.Words()
	if c.Terms.Friend.AfterOrder {
		text += " after their first order"
	}
	if !c.Terms.Minimum.IsZero() {
		text += fmt.Sprintf(", for an order of %s or more", c.Terms.Minimum)
	}
	return text + fmt.Sprintf("; advocates get %s after %d days.", c.Terms.Advocate.Words(), c.Terms.HoldDays)
}

// Changes are what somebody changed of the campaign's discounts in Shopify, a sentence each.
func (c CampaignRow) Changes() []string {
	var all []string
	for _, d := range c.Drift {
		all = append(all, text.English.Drift(d))
	}
	return all
}

// Next is what the merchant should do now, in one sentence.
func (o Overview) Next() string {
	has := func(state referral.CampaignState) bool {
		return slices.ContainsFunc(o.Campaigns, func(c CampaignRow) bool { return c.State == state })
	}
	switch {
	case len(o.Missing) > 0:
		return "Grant the missing access: open the app again from Apps in your admin and agree to the update."
	case !o.Ready || len(o.Campaigns) == 0:
		return "Nothing: we are reading your shop. Reload this page in a moment."
	case has(referral.CampaignLive):
		return "Nothing: your campaign is live. Share the good news with your customers."
	case has(referral.CampaignFilling):
		return "Nothing: the discount codes are being made. Reload this page in a moment."
	case has(referral.CampaignPaused):
		return "Nothing: your campaign is paused. What was promised goes on, and nobody is promised anything new."
	case has(referral.CampaignDraft):
		return "Look at the offer below and press Go live."
	}
	return "Your campaigns have ended."
}

// overview reads everything that the page shows. Errors: those of the store.
func (h *handler) overview(ctx context.Context, shop tenant.Shop) (Overview, error) {
	o := Overview{Shop: shop, Ready: !shop.ProfileAt.IsZero()}
	granted, err := h.granted(ctx, shop)
	if err != nil {
		return Overview{}, fmt.Errorf("app: overview: %w", err)
	}
	o.Missing = missingScopes(h.config.Scopes, granted)
	if o.Campaigns, err = h.campaignRows(ctx, shop.ID); err != nil {
		return Overview{}, fmt.Errorf("app: overview: %w", err)
	}
	counts, err := h.config.Store.CountDeliveries(ctx, shop.ID)
	if err != nil {
		return Overview{}, fmt.Errorf("app: overview: %w", err)
	}
	for _, state := range []inbox.State{inbox.Received, inbox.Done, inbox.Waiting, inbox.Poisoned} {
		o.Deliveries = append(o.Deliveries, CountRow{string(state), counts[state]})
	}
	latest, err := h.config.Store.ListReferrals(ctx, shop.ID, shownReferrals)
	if err != nil {
		return Overview{}, fmt.Errorf("app: overview: %w", err)
	}
	for _, r := range latest {
		if r.State == referral.None { // nothing ties this friend to an advocate
			continue
		}
		o.Referrals = append(o.Referrals, referralRow(shop, r, h.config.Now()))
	}
	return o, nil
}

// granted are the shop's scopes: as last read from Shopify, which app/scopes_update keeps fresh, and until then as its token says.
func (h *handler) granted(ctx context.Context, shop tenant.Shop) ([]string, error) {
	if len(shop.Profile.Scopes) > 0 {
		return shop.Profile.Scopes, nil
	}
	tokens, err := h.config.Store.LoadTokens(ctx, shop.ID)
	return tokens.Scopes, err
}

func (h *handler) campaignRows(ctx context.Context, shop tenant.ShopID) ([]CampaignRow, error) {
	all, err := h.config.Service.Campaigns(ctx, shop)
	if err != nil {
		return nil, err
	}
	var rows []CampaignRow
	for _, c := range all {
		row := CampaignRow{Campaign: c}
		for _, side := range referral.Sides {
			for _, state := range []referral.CodeState{referral.CodeFree, referral.CodeHeld} {
				n, err := h.config.Store.CountCodes(ctx, shop, c.Key(), side, state)
				if err != nil {
					return nil, err
				}
				row.Pools = append(row.Pools, CountRow{fmt.Sprintf("%s codes %s", side, state), n})
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func referralRow(shop tenant.Shop, r referral.Referral, now time.Time) ReferralRow {
	row := ReferralRow{Order: r.OrderName, Test: r.Friend.Test(), At: r.At.In(shop.Profile.Location()).Format("2 Jan 2006"), State: r.State}
	if r.Reason != referral.ReasonNone {
		row.Why = strings.TrimSpace(r.Reason.Sentence())
	}
	reward := r.Rewards[referral.AdvocateSide]
	row.Reward, row.Worth = reward.StateAt(now), reward.Worth()
	return row
}
