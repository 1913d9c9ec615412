package reports

import (
	"context"
	"fmt"
	"time"

	"twofold/figures"
	"twofold/funnel"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// HomePeriods are the numbers of days that Home can be asked for; the second is shown at first.
var HomePeriods = figures.Spans

// topAdvocates is how many advocates Home names.
const topAdvocates = 5

// HomeStore is what Home's figures are read from, one query each. Every method is about one shop.
type HomeStore interface {
	// FiguresSince lists the sums by day and campaign from a day on, and those over all days, in one currency.
	FiguresSince(ctx context.Context, shop tenant.ShopID, day, currency string) ([]figures.Part, error)
	// TopAdvocates lists the n advocates with the most revenue in the last days, one of HomePeriods, and tells how many
	// advocates are credited with an order, up to atMost.
	TopAdvocates(
		ctx context.Context, shop tenant.ShopID, days int, currency string, n, atMost int,
	) (top []figures.Part, advocates int, err error)
	// FunnelDays sums up the counts of campaigns by day, from a day on.
	FunnelDays(
		ctx context.Context, shop tenant.ShopID, campaigns []referral.CampaignID, since string,
	) ([]funnel.Day, error)
	// FindAdvocates finds advocates by their ids, in no order.
	FindAdvocates(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) ([]referral.Advocate, error)
}

// HomeFigures reads what Home shows of money. It does four queries, and asks Shopify for five names.
type HomeFigures struct {
	store  HomeStore
	people People
	now    func() time.Time
}

// NewHomeFigures wires it; now is the business clock.
func NewHomeFigures(store HomeStore, people People, now func() time.Time) *HomeFigures {
	return &HomeFigures{store, people, now}
}

// Home is a number of days up to today, and as many before, as they stand now.
type Home struct {
	Days         int
	First, Today time.Time // noon of the first and last day, in the shop's time zone
	Now, Before  figures.Period
	ByDay        []HomeDay // oldest first, one for each day
	Seen, Claims int       // best effort

	Advocates int           // how many were credited with an order; CountedTo+1: more than CountedTo
	Top       []TopAdvocate // the most revenue first
	Rest      figures.Period

	Ever     figures.Period // over all days, for what is so now whatever the period: flagged, owed
	LastSeen time.Time      // noon of the last of 90 days on which an offer was shown; zero: on none
}

// HomeDay is one day's figures, and the revenue of the day as far back in the period before.
type HomeDay struct {
	Day    time.Time // noon, in the shop's time zone
	Now    figures.Period
	Before money.Amount
}

// TopAdvocate is what one advocate's orders came to.
type TopAdvocate struct {
	Advocate referral.Advocate
	Name     string // as Shopify shows it; "" where the app may not see names, or nobody is shown
	figures.Period
}

// Of reads the figures of a shop with campaigns for some days up to today.
func (h *HomeFigures) Of(
	ctx context.Context, shop tenant.Shop, campaigns []referral.CampaignID, days int,
) (Home, error) {
	home := newHome(shop, h.now(), days)
	parts, err := h.store.FiguresSince(ctx, shop.ID, home.day(2*days-1), shop.Profile.Currency)
	if err != nil {
		return Home{}, fmt.Errorf("reports: figures since: %w", err)
	}
	home.add(parts)

	if err := h.addFunnel(ctx, shop.ID, campaigns, &home); err != nil {
		return Home{}, err
	}
	return home, h.addAdvocates(ctx, shop, &home)
}

// Ever reads the figures over all days. It does one query.
func (h *HomeFigures) Ever(ctx context.Context, shop tenant.Shop) (figures.Period, error) {
	home := newHome(shop, h.now(), 0)
	parts, err := h.store.FiguresSince(ctx, shop.ID, figures.Ever, shop.Profile.Currency)
	if err != nil {
		return figures.Period{}, fmt.Errorf("reports: figures since: %w", err)
	}
	home.add(parts)
	return home.Ever, nil
}

// newHome is a period in which nothing happened yet.
func newHome(shop tenant.Shop, now time.Time, days int) Home {
	local := now.In(shop.Profile.Location())
	today := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, local.Location())
	nothing := func() figures.Period {
		return figures.Period{Sums: figures.Sums{}, Currency: shop.Profile.Currency}
	}

	h := Home{
		Days: days, First: today.AddDate(0, 0, 1-days), Today: today,
		Now: nothing(), Before: nothing(), Rest: nothing(), Ever: nothing(),
	}
	for i := range days {
		h.ByDay = append(h.ByDay, HomeDay{
			Day: h.First.AddDate(0, 0, i), Now: nothing(), Before: money.Amount{Currency: shop.Profile.Currency},
		})
	}
	return h
}

// day is the day some days before today, as figures name it.
func (h *Home) day(before int) string { return h.Today.AddDate(0, 0, -before).Format(time.DateOnly) }

// add adds up the sums of days: of the period, of the one before, and over all days.
func (h *Home) add(parts []figures.Part) {
	at := map[string]int{} // how many days after the first one
	for i := range 2 * h.Days {
		at[h.day(2*h.Days-1-i)] = i - h.Days
	}

	for _, p := range parts {
		i, within := at[p.Day]
		switch {
		case p.Day == figures.Ever:
			h.Ever.Sums.Add(p.Sums, 1)
		case !within: // by a clock that was moved
		case i >= 0:
			h.Now.Sums.Add(p.Sums, 1)
			h.ByDay[i].Now.Sums.Add(p.Sums, 1)
		default:
			h.Before.Sums.Add(p.Sums, 1)
			h.ByDay[i+h.Days].Before.Minor += p.Sums[figures.Revenue]
		}
	}
}

// seenWithin is in how many days an offer that was shown is looked for.
const seenWithin = 90

// addFunnel adds what shoppers did in the period, and when an offer was last shown.
func (h *HomeFigures) addFunnel(
	ctx context.Context, shop tenant.ShopID, campaigns []referral.CampaignID, home *Home,
) error {
	if len(campaigns) == 0 {
		return nil
	}
	days, err := h.store.FunnelDays(ctx, shop, campaigns, home.day(seenWithin-1))
	if err != nil {
		return fmt.Errorf("reports: funnel days: %w", err)
	}

	for _, d := range days {
		if d.Day >= home.day(home.Days-1) {
			home.Seen += d.Seen
			home.Claims += d.Claims
		}
		if at, err := time.ParseInLocation(time.DateOnly, d.Day, home.Today.Location()); err == nil && d.Seen > 0 {
			home.LastSeen = at.Add(12 * time.Hour)
		}
	}
	return nil
}

// addAdvocates adds the advocates with the most revenue, and what all others come to, so that the rows add up.
func (h *HomeFigures) addAdvocates(ctx context.Context, shop tenant.Shop, home *Home) error {
	currency := shop.Profile.Currency
	top, n, err := h.store.TopAdvocates(ctx, shop.ID, home.Days, currency, topAdvocates, CountedTo+1)
	if err != nil {
		return fmt.Errorf("reports: top advocates: %w", err)
	}

	ids := make([]referral.AdvocateID, len(top))
	for i, p := range top {
		ids[i] = p.Advocate
	}
	found, err := h.store.FindAdvocates(ctx, shop.ID, ids)
	if err != nil {
		return fmt.Errorf("reports: find advocates: %w", err)
	}

	var customers []referral.CustomerID
	byID := map[referral.AdvocateID]referral.Advocate{}
	for _, a := range found {
		byID[a.ID] = a
		customers = append(customers, a.Customer)
	}
	names := namesOf(ctx, h.people, shop.ID, customers)

	home.Advocates = n
	home.Rest.Sums.Add(home.Now.Sums, 1)
	for _, p := range top {
		advocate := byID[p.Advocate]
		period := figures.Period{Sums: p.Sums, Currency: currency}
		home.Top = append(home.Top, TopAdvocate{advocate, names[advocate.Customer], period})
		home.Rest.Sums.Add(p.Sums, -1)
	}
	return nil
}
