package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/referral"
	"twofold/seed"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) seedCommand() *cobra.Command {
	var shop string
	var referrals int
	cmd := &cobra.Command{Use: "seed --shop S", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&referrals, "referrals", 10_000, "")

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadBeside(p.lookup)
		if err != nil {
			return err
		}
		if !c.development() {
			return fault.New(fault.Invalid, "seed_production")
		}
		if referrals < 1 {
			return wrongFlag("referrals", fault.New(fault.Invalid, "seed_referrals"))
		}
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			return p.plant(ctx, built, shop, referrals)
		})
	}
	return cmd
}

// plant seeds a shop under its live campaign.
func (p *program) plant(ctx context.Context, built *parts, shop tenant.ShopID, referrals int) error {
	campaign, err := built.liveCampaign(ctx, shop)
	if err != nil {
		return err
	}
	if err := built.do.Figures.Fold(ctx, shop); err != nil { // so that they are up to today
		return err
	}

	began, told := time.Now(), time.Now()
	planter := seed.Planter{
		Store: built.store, Campaign: campaign, Now: built.clock.Now(), Log: built.log, Told: func(done int) {
			if time.Since(told) > 5*time.Second {
				told = time.Now()
				p.say("operator.seed.done", text.With{"number": done, "all": referrals})
			}
		},
	}
	if err := planter.Plant(ctx, shop, referrals); err != nil {
		return err
	}
	seconds := max(1, int(time.Since(began).Seconds()))
	p.say("operator.seed.all", text.With{"number": referrals, "seconds": seconds, "pace": referrals / seconds})
	return nil
}

// liveCampaign is the shop's campaign that is live. Invalid: there is none.
func (p *parts) liveCampaign(ctx context.Context, shop tenant.ShopID) (referral.Campaign, error) {
	all, err := p.store.ListCampaigns(ctx, shop)
	for _, c := range all {
		if c.State == referral.CampaignLive {
			return c, err
		}
	}
	if err == nil {
		err = fault.New(fault.Invalid, "seed_campaign")
	}
	return referral.Campaign{}, err
}
