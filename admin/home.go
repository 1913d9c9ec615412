package admin

import (
	"context"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"twofold/figures"
	"twofold/referral"
	"twofold/reports"
	"twofold/tenant"
	"twofold/text"
)

// HomeStore is what Home reads beside its figures. Errors are those of the store; LoadTokens is Unauthorized when the
// shop has not installed the app.
type HomeStore interface {
	LoadTokens(ctx context.Context, shop tenant.ShopID) (tenant.Tokens, error)
	CountCodes(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side,
		state referral.CodeState,
	) (int, error)
	// FindReferrals lists what the query selects.
	FindReferrals(ctx context.Context, shop tenant.ShopID, q referral.ListQuery) ([]referral.Referral, error)
}

// HomeFigures reads the figures of a shop with campaigns for some days up to today (package reports).
type HomeFigures interface {
	// Ever are the figures over all days, as of now.
	Ever(ctx context.Context, shop tenant.Shop) (figures.Period, error)
	Of(ctx context.Context, shop tenant.Shop, campaigns []referral.CampaignID, days int) (reports.Home, error)
}

// Home is what the page shows that the merchant opens first, in the words of package text.
type Home struct {
	Missing  string // names the scopes that the app needs and was not granted; "" when there are none
	Guide    guide
	Away     bool // the merchant has put the finished guide away
	Concerns []concern
	Done     string // up to when all orders are weighed
	Period   string
	Periods  []period
	Counted  bool // there is something to count, in whatever period
	Figures  []figure
	Chart    dayChart
	Top      topTable
	Funnel   funnelView
	Cost     costView
	Updated  string
}

// period is a link to a number of days.
type period struct {
	Label   string
	Days    int
	Current bool
}

// home is the page that the merchant opens first.
func (h *handler) home(v visit) error {
	ctx := v.UserContext()
	granted, err := h.granted(ctx, v.shop)
	if err != nil {
		return fmt.Errorf("admin: home: %w", err)
	}
	campaigns, err := h.config.Campaigns.Campaigns(ctx, v.shop.ID)
	if err != nil {
		return fmt.Errorf("admin: home: %w", err)
	}
	known, err := h.config.Figures.Of(ctx, v.shop, idsOf(campaigns), daysOf(v.Query("days")))
	if err != nil {
		return fmt.Errorf("admin: home: %w", err)
	}
	free, err := h.freeCodes(ctx, campaigns)
	if err != nil {
		return fmt.Errorf("admin: home: %w", err)
	}

	flagged, err := h.oldestFlagged(ctx, v.shop.ID, known.Ever)
	if err != nil {
		return fmt.Errorf("admin: home: %w", err)
	}

	missing := missingScopes(h.config.Scopes, granted)
	facts := homeFacts{visit: v, campaigns: campaigns, figures: known, free: free, flaggedAt: flagged, granted: len(missing) == 0}
	facts.embed = themeEditor(v.shop.ID, h.config.Documents.ClientID)
	view := facts.words()
	if len(missing) > 0 {
		view.Missing = v.say.Say("merchant.home.missing", text.With{"scopes": missing})
	}
	return h.show(v, "home", view)
}

// daysOf reads a number of days; what is none of those that there are is the usual one.
func daysOf(asked string) int {
	days, err := strconv.Atoi(asked)
	if err != nil || !slices.Contains(reports.HomePeriods, days) {
		return reports.HomePeriods[1]
	}
	return days
}

// idsOf are the campaigns of versions, each once.
func idsOf(versions []referral.Campaign) (ids []referral.CampaignID) {
	for _, c := range versions {
		if !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// freeCodes counts the friends' codes that the live campaign has left; -1 where it gives none from a pool.
func (h *handler) freeCodes(ctx context.Context, campaigns []referral.Campaign) (int, error) {
	live := inState(campaigns, referral.CampaignLive)
	if live == nil || live.Terms.Friend.AfterOrder {
		return -1, nil
	}
	return h.config.Home.CountCodes(ctx, live.Shop, live.Key(), referral.FriendSide, referral.CodeFree)
}

// inState is the newest campaign version in a state; nil: there is none.
func inState(campaigns []referral.Campaign, state referral.CampaignState) *referral.Campaign {
	for i := range campaigns {
		if campaigns[i].State == state {
			return &campaigns[i]
		}
	}
	return nil
}

// repair brings back what somebody has changed of a campaign's discounts in Shopify.
func (h *handler) repair(v visit) error {
	_, err := h.config.Campaigns.Repair(v.UserContext(), v.shop.ID, referral.CampaignID(v.Params("id")))
	if err != nil {
		return err
	}
	return h.went(v, Path, "merchant.did.repaired")
}

// makeCodes has more codes made of a campaign whose pool runs low.
func (h *handler) makeCodes(v visit) error {
	err := h.config.Campaigns.MakeCodes(v.UserContext(), v.shop.ID, referral.CampaignID(v.Params("id")))
	if err != nil {
		return err
	}
	return h.went(v, Path, "merchant.did.making_codes")
}

// oldestFlagged is when the oldest order was placed that a check holds for the merchant's look; zero: there is none.
func (h *handler) oldestFlagged(ctx context.Context, shop tenant.ShopID, ever figures.Period) (time.Time, error) {
	if ever.Count(figures.Flagged) == 0 {
		return time.Time{}, nil
	}
	oldest := referral.ListQuery{States: []referral.State{referral.Flagged}, Back: true, Limit: 1}
	found, err := h.config.Home.FindReferrals(ctx, shop, oldest)
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	return found[0].At, nil
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

// themeEditor is where the merchant switches our theme embed on. Source: shopify.dev, theme app extensions, deep links.
func themeEditor(shop tenant.ShopID, clientID string) template.URL {
	//nolint:gosec // a shop's domain was verified, and a client id is ours
	return template.URL("https://" + string(shop) + "/admin/themes/current/editor?context=apps&template=index&activateAppId=" +
		clientID + "/" + embedBlock)
}

// embedBlock is the theme extension's app embed.
const embedBlock = "friends"

// tone is the colour of a state's badge. Source: Polaris web components 1.0, s-badge.
func tone(state referral.State) string {
	switch state {
	case referral.Approved:
		return "success"
	case referral.Flagged:
		return "warning"
	case referral.Voided:
		return "neutral"
	}
	return "info"
}

// homeFacts is what Home words.
type homeFacts struct {
	visit

	campaigns []referral.Campaign
	figures   reports.Home
	free      int       // friends' codes that are left; -1: none come from a pool
	flaggedAt time.Time // when the oldest flagged order was placed; zero: none is flagged
	granted   bool      // the app has all the access it needs
	embed     template.URL
}

// words is the whole page.
func (f homeFacts) words() Home {
	home := Home{Guide: f.guide(), Away: f.shop.Settings.GuideAway, Concerns: f.concerns(), Periods: f.periods(), Counted: len(f.figures.Ever.Sums) > 0}
	if !f.shop.ReconciledThrough.IsZero() {
		home.Done = f.say.Say("merchant.home.complete", text.With{"time": f.calendar().Minute(f.shop.ReconciledThrough)})
	}
	if !home.Counted {
		return home
	}

	home.Period = f.say.Say("merchant.home.period", text.With{
		"first": f.calendar().Date(f.figures.First), "last": f.calendar().Date(f.figures.Today), "number": f.figures.Days,
	})
	home.Figures = f.keyFigures()
	home.Chart = f.chart()
	home.Top = f.top()
	home.Funnel = f.funnel()
	home.Cost = f.cost()
	home.Updated = f.say.Say("merchant.home.updated", text.With{
		"time": f.calendar().Minute(f.now), "zone": f.shop.Profile.TimeZone,
	})
	return home
}

// periods are links to the numbers of days.
func (f homeFacts) periods() (all []period) {
	for _, days := range reports.HomePeriods {
		label := f.say.Say("merchant.home.days", text.With{"number": days})
		all = append(all, period{label, days, days == f.figures.Days})
	}
	return all
}

// late is after how long without a complete reconcile orders may be missing.
const late = 3 * time.Hour
