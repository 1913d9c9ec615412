package admin

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

// HomeStore is what Home reads. Errors are those of the store; LoadTokens is Unauthorized when the shop has not installed
// the app.
type HomeStore interface {
	LoadTokens(ctx context.Context, shop tenant.ShopID) (tenant.Tokens, error)
	CountCodes(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side,
		state referral.CodeState,
	) (int, error)
	CountDeliveries(ctx context.Context, shop tenant.ShopID) (map[inbox.State]int, error)
	ListReferrals(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Referral, error)
}

// home is the page that the merchant opens first.
func (h *handler) home(v visit) error {
	view, err := h.overview(v.UserContext(), v.shop, v.say)
	if err != nil {
		return err
	}
	return h.show(v, "home", view)
}

// shownReferrals is how many of the latest referrals the page shows.
const shownReferrals = 20

// Overview is what the merchant's page shows, in the words of package text.
type Overview struct {
	Missing    string // names the scopes that the app needs and was not granted; "" when there are none
	Next       string // what the merchant should do now
	SetUp      []string
	Campaigns  []CampaignRow
	Referrals  []ReferralRow
	Deliveries []string
}

// CampaignRow is one campaign version and how full its pools are.
type CampaignRow struct {
	ID      referral.CampaignID
	Name    string
	State   string
	Tone    string // of the state's badge
	Version string
	Offer   string
	Problem string   // why going live is stuck; "" while it is not
	Changes []string // what somebody changed of its discounts in Shopify
	Pools   []string
	Draft   bool // it waits for the merchant
}

// ReferralRow is one friend's referral, as the merchant sees it.
type ReferralRow struct {
	Order  string // the order's name, such as #1001
	Test   bool   // a test order's: it stands outside every figure
	Day    string // of the order, in the shop's time zone
	State  string
	Tone   string // of the state's badge
	Why    string // "" when there is nothing to say
	Reward string // the advocate's: what it counts for or gives, and where it stands; "" for none
}

// tone is the colour of a state's badge. Source: Polaris web components 1.0, s-badge.
func tone(state referral.State) string {
	switch state {
	case referral.Approved:
		return "success"
	case referral.Flagged:
		return "warning"
	case referral.Voided, referral.None:
		return "neutral"
	}
	return "info"
}

// advice is the entry of what the merchant should do now.
func advice(ready, granted bool, campaigns []referral.Campaign) string {
	has := func(state referral.CampaignState) bool {
		return slices.ContainsFunc(campaigns, func(c referral.Campaign) bool { return c.State == state })
	}

	switch {
	case !granted:
		return "merchant.next.grant"
	case !ready || len(campaigns) == 0:
		return "merchant.next.reading"
	case has(referral.CampaignLive):
		return "merchant.next.live"
	case has(referral.CampaignFilling):
		return "merchant.next.filling"
	case has(referral.CampaignPaused):
		return "merchant.next.paused"
	case has(referral.CampaignDraft):
		return "merchant.next.draft"
	}
	return "merchant.next.ended"
}

// overview reads everything that the page shows, and words it. Errors: those of the store.
func (h *handler) overview(ctx context.Context, shop tenant.Shop, say *text.Printer) (Overview, error) {
	granted, err := h.granted(ctx, shop)
	if err != nil {
		return Overview{}, fmt.Errorf("admin: overview: %w", err)
	}
	campaigns, err := h.config.Campaigns.Campaigns(ctx, shop.ID)
	if err != nil {
		return Overview{}, fmt.Errorf("admin: overview: %w", err)
	}
	counts, err := h.config.Home.CountDeliveries(ctx, shop.ID)
	if err != nil {
		return Overview{}, fmt.Errorf("admin: overview: %w", err)
	}
	latest, err := h.config.Home.ListReferrals(ctx, shop.ID, shownReferrals)
	if err != nil {
		return Overview{}, fmt.Errorf("admin: overview: %w", err)
	}

	ready := !shop.ProfileAt.IsZero()
	missing := missingScopes(h.config.Scopes, granted)
	o := Overview{
		Next:  say.Say(advice(ready, len(missing) == 0, campaigns)),
		SetUp: setUp(shop, ready, len(missing) == 0, say),
	}
	if len(missing) > 0 {
		o.Missing = say.Say("merchant.home.missing", text.With{"scopes": missing})
	}

	for _, c := range campaigns {
		row, err := h.campaignRow(ctx, c, say)
		if err != nil {
			return Overview{}, fmt.Errorf("admin: overview: %w", err)
		}
		o.Campaigns = append(o.Campaigns, row)
	}

	for _, r := range latest {
		if r.State == referral.None { // nothing ties this friend to an advocate
			continue
		}
		o.Referrals = append(o.Referrals, referralRow(shop, r, h.config.Now(), say))
	}

	for _, state := range []inbox.State{inbox.Received, inbox.Done, inbox.Waiting, inbox.Poisoned} {
		said := say.Say("merchant.deliveries."+string(state), text.With{"number": counts[state]})
		o.Deliveries = append(o.Deliveries, said)
	}
	return o, nil
}

// setUp words what is known of the shop. ready says that its profile was read, granted that no scope is missing.
func setUp(shop tenant.Shop, ready, granted bool, say *text.Printer) []string {
	profile := say.Say("merchant.home.reading")
	if p := shop.Profile; ready {
		profile = say.Say("merchant.home.profile", text.With{
			"currency": p.Currency, "zone": p.TimeZone, "plan": p.Plan,
		})
	}

	access := say.Say("merchant.home.access_complete")
	if !granted {
		access = say.Say("merchant.home.access_incomplete")
	}
	return []string{say.Say("merchant.home.shop", text.With{"shop": string(shop.ID)}), profile, access}
}

// granted are the shop's scopes: as last read from Shopify, which app/scopes_update keeps fresh, and
// until then as its token says.
func (h *handler) granted(ctx context.Context, shop tenant.Shop) ([]string, error) {
	if len(shop.Profile.Scopes) > 0 {
		return shop.Profile.Scopes, nil
	}
	tokens, err := h.config.Home.LoadTokens(ctx, shop.ID)
	return tokens.Scopes, err
}

func (h *handler) campaignRow(ctx context.Context, c referral.Campaign, say *text.Printer) (CampaignRow, error) {
	row := CampaignRow{
		ID: c.ID, Name: c.Name, State: text.State(say, c.State), Tone: "info",
		Version: say.Say("merchant.home.version", text.With{"version": c.Version}), Offer: say.OfferOf(c.Terms),
		Problem: say.Problem(c.Problem), Draft: c.State == referral.CampaignDraft,
	}
	if c.State == referral.CampaignLive {
		row.Tone = "success"
	}

	for _, d := range c.Drift {
		row.Changes = append(row.Changes, say.Drift(d))
	}

	for _, side := range referral.Sides {
		for _, state := range []referral.CodeState{referral.CodeFree, referral.CodeHeld} {
			n, err := h.config.Home.CountCodes(ctx, c.Shop, c.Key(), side, state)
			if err != nil {
				return CampaignRow{}, err
			}
			row.Pools = append(row.Pools, say.Pool(side, state, n))
		}
	}
	return row, nil
}

func referralRow(shop tenant.Shop, r referral.Referral, now time.Time, say *text.Printer) ReferralRow {
	row := ReferralRow{
		Order: r.OrderName, Test: r.Friend.Test(), Day: say.Day(r.At.In(shop.Profile.Location())),
		State: text.State(say, r.State), Tone: tone(r.State),
	}
	if r.Reason != referral.ReasonNone {
		row.Why = say.Reason(r.Reason)
	}

	reward := r.Rewards[referral.AdvocateSide]
	if state := reward.StateAt(now); state != "" {
		row.Reward = say.Say("merchant.home.reward_stands", text.With{"worth": say.Worth(reward), "state": state})
	}
	return row
}

// missingScopes lists what the app needs and was not granted. write_x includes read_x. Source:
// shopify.dev, access scopes, 2026-10.
func missingScopes(needed, granted []string) []string {
	has := map[string]bool{}
	for _, s := range granted {
		has[s] = true
		if rest, writes := strings.CutPrefix(s, "write_"); writes {
			has["read_"+rest] = true
		}
	}

	var missing []string
	for _, s := range needed {
		if !has[s] {
			missing = append(missing, s)
		}
	}
	return missing
}
