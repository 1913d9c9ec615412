package campaigns

import (
	"context"
	"fmt"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Plan is what saving an edit does, or would do.
type Plan struct {
	Was      referral.Campaign  // the newest version as it is
	Will     referral.Campaign  // the version as it will be: the same one, or a draft after it
	Mistakes []referral.Mistake // nothing is saved while there are any
	Terms    bool               // the terms differ: of what was live once, a new version is drafted
	InPlace  bool               // what promises nothing differs: name, limits, the end. It counts at once, in all versions
}

// Drafts tells whether saving drafts a new version.
func (p Plan) Drafts() bool { return p.Terms && p.Will.Version != p.Was.Version }

// Preview says what Save would do, and does nothing. Errors: those of change; Conflict: the newest version has ended, or
// is going live just now.
func (s *Service) Preview(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, change func(*referral.Campaign) error,
) (Plan, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Plan{}, err
	}
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return Plan{}, err
	}
	return s.plan(all[0], currency, change)
}

// Save changes the newest version as an editor has it: its terms in a draft, what promises nothing at once and in all
// versions. change is asked again in the write itself, so that what it refuses is refused also when somebody was faster.
// Mistakes are no error: they are in the plan, and nothing is saved.
func (s *Service) Save(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, change func(*referral.Campaign) error,
) (Plan, error) {
	currency, err := s.currencyOf(ctx, shop)
	if err != nil {
		return Plan{}, err
	}
	all, err := s.versions(ctx, shop, id)
	if err != nil {
		return Plan{}, err
	}
	plan, err := s.plan(all[0], currency, change)
	if err != nil || len(plan.Mistakes) > 0 {
		return plan, err
	}

	switch {
	case plan.Terms:
		plan.Will, err = s.Edit(ctx, shop, id, change)
	case plan.InPlace:
		plan.Will, err = s.store.UpdateCampaign(ctx, shop, plan.Was.Key(), func(c *referral.Campaign) error {
			if err := change(c); err != nil {
				return err
			}
			c.TendAt = tendBy(*c, c.TendAt)
			return nil
		})
	}
	if err != nil {
		return Plan{}, fmt.Errorf("campaigns: save: %w", err)
	}

	return plan, s.spread(ctx, plan.Will, all)
}

// plan is what an edit makes of the newest version.
func (s *Service) plan(newest referral.Campaign, currency string, change func(*referral.Campaign) error) (Plan, error) {
	switch newest.State {
	case referral.CampaignFilling:
		return Plan{}, fault.New(fault.Conflict, "version_filling")
	case referral.CampaignEnded, referral.CampaignReplaced:
		return Plan{}, fault.New(fault.Conflict, "campaign_over")
	}

	p := Plan{Was: newest, Will: newest}
	if err := change(&p.Will); err != nil {
		return Plan{}, err
	}

	p.Terms = p.Will.Terms != newest.Terms
	p.InPlace = p.Will.Name != newest.Name || p.Will.Limits != newest.Limits || !p.Will.Dates.Same(newest.Dates)
	p.Mistakes = append(p.Will.Terms.Mistakes(currency), p.Will.Limits.Mistakes(currency)...)
	p.Mistakes = append(p.Mistakes, p.Will.Dates.Mistakes(newest.State, s.now())...)
	if _, err := validName(p.Will.Name); err != nil {
		p.Mistakes = append(p.Mistakes, referral.Mistake{Field: referral.FieldName, Err: err})
	}

	if p.Terms && newest.State != referral.CampaignDraft {
		p.Will.Version, p.Will.State = newest.Version+1, referral.CampaignDraft
	}
	return p, nil
}

// spread brings the other versions in line with a saved one in what all have alike. Where it is cut off, the next save
// does the rest.
func (s *Service) spread(ctx context.Context, saved referral.Campaign, all []referral.Campaign) error {
	for _, c := range all {
		alike := c.Name == saved.Name && c.Limits == saved.Limits && c.Dates.Ends.Equal(saved.Dates.Ends)
		if alike || c.Version == saved.Version {
			continue
		}

		_, err := s.store.UpdateCampaign(ctx, c.Shop, c.Key(), func(c *referral.Campaign) error {
			c.Name, c.Limits, c.Dates.Ends = saved.Name, saved.Limits, saved.Dates.Ends
			c.TendAt = tendBy(*c, c.TendAt)
			return nil
		})
		if err != nil {
			return fmt.Errorf("campaigns: save limits: %w", err)
		}
	}

	return nil
}
