package campaigns

import (
	"context"
	"fmt"
	"time"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// CostDays is over how many days of orders what new customers cost is watched.
const CostDays = 30

// Cost is what the campaign's new customers have cost, in all its versions, on the basis that Home has
// (figures.Sums.Cost): on the last 30 days in the shop's time zone whose hold is over, as there an order has shown what
// it comes to.
func (s *Service) Cost(ctx context.Context, shop tenant.Shop, c referral.Campaign) (referral.Cost, error) {
	last := s.now().In(shop.Profile.Location()).AddDate(0, 0, -c.Terms.HoldDays-1)
	first := last.AddDate(0, 0, 1-CostDays)
	cost, err := s.store.CampaignCost(
		ctx, c.Shop, c.ID, first.Format(time.DateOnly), last.Format(time.DateOnly), shop.Profile.Currency)
	if err != nil {
		return referral.Cost{}, fmt.Errorf("campaigns: campaign cost: %w", err)
	}
	return cost, nil
}

// Settled is what the campaign's rewards have taken of this month's budget.
func (s *Service) Settled(ctx context.Context, shop tenant.Shop, id referral.CampaignID) (money.Amount, error) {
	settled, err := s.store.SettledIn(ctx, shop.ID, id, referral.BudgetMonth(shop, s.now()))
	if err != nil {
		return settled, fmt.Errorf("campaigns: settled: %w", err)
	}
	if settled.IsZero() { // nothing is kept of a month in which nothing was settled, not even its currency
		settled.Currency = shop.Profile.Currency
	}
	return settled, nil
}

// watchCost raises the alarm while the live campaign's new customers cost more than is allowable. Nothing stops by it:
// that is the budget's to do.
func (s *Service) watchCost(ctx context.Context, c referral.Campaign) error {
	if c.State != referral.CampaignLive || c.Limits.AllowableCost.IsZero() {
		return nil
	}

	shop, err := s.store.FindShop(ctx, c.Shop)
	if err != nil {
		return fmt.Errorf("campaigns: find shop: %w", err)
	}
	cost, err := s.Cost(ctx, shop, c)
	if err != nil {
		return err
	}

	if more, err := c.Limits.Exceeds(cost.PerCustomer()); err != nil || !more {
		return err
	}

	s.log.WarnContext(ctx, "new customers cost more than is allowable", "shop", c.Shop, "campaign_id", c.ID, "customers", cost.Customers,
		"per_customer", cost.PerCustomer(), "allowable", c.Limits.AllowableCost)
	return nil
}

// Gate is how a month's budget is reckoned to end up. It is an estimate, and promises nothing; the release holds the
// budget itself.
type Gate struct {
	Budget   money.Amount     // zero: there is none, and nothing is stopped
	Expected money.Amount     // what the month is likely to settle
	Figures  referral.Figures // what that is reckoned from
	Percent  int              // how many of the open claims are taken to lead to an order
	Stopped  bool             // no new claims are taken
}

// Gate reckons whether the month's budget is used up by what is on its way: settled, pending, and open claims by how
// many of them lead to an order. Source: design section 6, Release.
func (s *Service) Gate(ctx context.Context, c referral.Campaign) (Gate, error) {
	if c.Limits.Budget.IsZero() {
		return Gate{}, nil
	}

	shop, err := s.store.FindShop(ctx, c.Shop)
	if err != nil {
		return Gate{}, fmt.Errorf("campaigns: find shop: %w", err)
	}

	figures, err := s.store.CampaignFigures(ctx, c.Shop, c.ID, referral.BudgetMonth(shop, s.now()), s.now())
	if err != nil {
		return Gate{}, fmt.Errorf("campaigns: campaign figures: %w", err)
	}
	if figures.Settled.IsZero() { // nothing is kept of a month in which nothing was settled, not even its currency
		figures.Settled = money.Amount{Currency: c.Limits.Budget.Currency}
	}

	expected, err := figures.Expected(c.Terms)
	if err != nil {
		return Gate{}, err
	}

	stopped, err := expected.AtLeast(c.Limits.Budget)
	return Gate{Budget: c.Limits.Budget, Expected: expected, Figures: figures, Percent: figures.Percent(), Stopped: stopped}, err
}

// CheckGate stops new claims before the month's budget is used up.
func (s *Service) CheckGate(ctx context.Context, c referral.Campaign) error {
	gate, err := s.Gate(ctx, c)
	if err != nil || !gate.Stopped {
		return err
	}
	s.log.WarnContext(ctx, "claims stopped before the budget is spent", "shop", c.Shop, "campaign_id", c.ID)
	return fault.New(fault.NotFound, "no_offer")
}
