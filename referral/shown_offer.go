package referral

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/tenant"
)

// DefaultProxy is the storefront path of the app proxy before a request has told another: that of shopify.app.toml. A
// merchant may change it. Source: shopify.dev, app proxies, 2026-10.
const DefaultProxy = "/apps/friends"

// ShownState is what the shop's pages say of the campaign.
type ShownState string

// The states that are shown, the first that fits.
const (
	ShownLive   ShownState = "live"
	ShownPaused ShownState = "paused"
	ShownEnded  ShownState = "ended" // the last one that was live has ended
	ShownDraft  ShownState = "draft" // there is a campaign, and none was ever live
	ShownNone   ShownState = "none"
)

// ShownOffer is what the shop's pages show to everybody, without asking us. Nothing in it is about a person.
type ShownOffer struct {
	State    ShownState
	Campaign CampaignKey // the version whose terms these are; zero for none
	Terms    Terms
	Shares   bool      // the advocates' shareable codes work at the checkout
	Until    time.Time // when it ended; zero: it has not
	Currency string    // the shop's
	Proxy    string    // storefront path of the app proxy
	Agree    tenant.AskedTerms
	Guests   bool // whoever has an address may join, where mails can be sent
}

// ShownOfferOf is the offer that a shop shows. A version that is being made for a live campaign does not show before it
// is live. A draft's terms are there for the merchant who places the widgets before going live.
func ShownOfferOf(shop tenant.Shop, all []Campaign) ShownOffer {
	c, state := Offered(all)
	shown := ShownOffer{
		State: state, Campaign: c.Key(), Terms: c.Terms, Agree: shop.Terms,
		Currency: shop.Profile.Currency, Proxy: cmp.Or(shop.Proxy, DefaultProxy),
		Guests: shop.Settings.Join != tenant.BuyersJoin,
		Shares: (state == ShownLive || state == ShownPaused) && c.Terms.Shares(),
	}
	if state == ShownEnded {
		shown.Until = c.Until
	}
	return shown
}

// Offered is the version that is the shop's offer, was it last, or is to be.
func Offered(all []Campaign) (Campaign, ShownState) {
	in := func(states ...CampaignState) func(Campaign) bool {
		return func(c Campaign) bool { return slices.Contains(states, c.State) }
	}
	ended := func(c Campaign) bool { return c.State == CampaignEnded && !c.LiveAt.IsZero() }

	for _, row := range []struct {
		state ShownState
		is    func(Campaign) bool
		at    func(Campaign) time.Time // the latest one counts
	}{
		{ShownLive, in(CampaignLive), func(c Campaign) time.Time { return c.LiveAt }},
		{ShownPaused, in(CampaignPaused), func(c Campaign) time.Time { return c.LiveAt }},
		{ShownEnded, ended, func(c Campaign) time.Time { return c.Until }},
		{ShownDraft, in(CampaignDraft, CampaignFilling), func(c Campaign) time.Time { return c.CreatedAt }},
	} {
		fit := slices.DeleteFunc(slices.Clone(all), func(c Campaign) bool { return !row.is(c) })
		if len(fit) == 0 {
			continue
		}
		return slices.MaxFunc(fit, func(a, b Campaign) int {
			return cmp.Or(row.at(a).Compare(row.at(b)), cmp.Compare(a.Version, b.Version), strings.Compare(string(a.ID), string(b.ID)))
		}), row.state
	}
	return Campaign{}, ShownNone
}

// ShowsAlike tells whether nothing that a shop shows differs between two states of a campaign version.
func (c Campaign) ShowsAlike(other Campaign) bool {
	return c.State == other.State && c.Terms == other.Terms && c.LiveAt.Equal(other.LiveAt) && c.Until.Equal(other.Until)
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
