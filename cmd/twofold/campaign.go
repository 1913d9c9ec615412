package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twofold/campaigns"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) campaignCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "campaign", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(
		p.campaignListCommand(),
		p.campaignShowCommand(),
		p.campaignCreateCommand(),
		p.campaignEditCommand(),
		p.campaignLimitsCommand(),
		p.campaignCommandFor("live", (*campaigns.Service).GoLive),
		p.campaignCommandFor("pause", (*campaigns.Service).Pause),
		p.campaignCommandFor("resume", (*campaigns.Service).Resume),
		p.campaignCommandFor("end", (*campaigns.Service).End),
		p.campaignRepairCommand(),
	)
	return cmd
}

// sayOf prints a sentence about a version of a campaign.
func (p *program) sayOf(c referral.Campaign, id string) {
	p.say(id, text.With{"campaign": string(c.ID), "version": c.Version, "state": c.State, "shop": string(c.Shop)})
}

// campaignAct is one of the merchant's acts on a campaign.
type campaignAct func(*campaigns.Service, context.Context, tenant.ShopID, referral.CampaignID) (referral.Campaign, error)

func (p *program) campaignCommandFor(verb string, act campaignAct) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: verb + " CAMPAIGN --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			c, err := act(built.do.Campaigns, ctx, shop, referral.CampaignID(args[0]))
			if err != nil {
				return err
			}

			p.sayOf(c, "operator.campaign.is")
			return p.warnOfTerms(c)
		})
	}
	return cmd
}

func (p *program) campaignListCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "list --shop SHOP", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			all, err := built.do.Campaigns.Campaigns(ctx, shop)
			if err != nil {
				return err
			}
			free, err := freeCodes(ctx, built, all)
			if err != nil {
				return err
			}

			err = p.table(text.English.Say("operator.campaign.columns"), func(w *tabwriter.Writer) {
				for i, c := range all {
					state := text.English.Say("merchant.state." + string(c.State))
					hold := text.English.Say("shopper.days", text.With{"count": c.Terms.HoldDays})
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%d\t%s\n",
						c.ID, c.Version, state, c.Name, hold, free[i], len(c.Drift), text.English.Problem(c.Problem))
				}
			})
			if err != nil {
				return err
			}
			fmt.Fprintln(p.out, "\n"+whatIsLive(all))
			return p.printGate(ctx, built, all)
		})
	}
	return cmd
}

// printGate says whether the live campaign takes new claims, if it has a budget.
func (p *program) printGate(ctx context.Context, built *parts, all []referral.Campaign) error {
	for _, c := range all {
		if c.State != referral.CampaignLive || c.Limits.Budget.IsZero() {
			continue
		}

		gate, err := built.do.Campaigns.Gate(ctx, c)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.out, text.English.Gate(gate))
	}
	return nil
}

func whatIsLive(all []referral.Campaign) string {
	i := slices.IndexFunc(all, func(c referral.Campaign) bool { return c.State == referral.CampaignLive })
	if i < 0 {
		return text.English.Say("operator.campaign.none_live")
	}

	c := all[i]
	return text.English.Say("operator.campaign.live", text.With{
		"campaign": string(c.ID), "version": c.Version, "friend": c.Terms.Friend, "advocate": c.Terms.Advocate,
	})
}

func freeCodes(ctx context.Context, built *parts, all []referral.Campaign) ([]string, error) {
	texts := make([]string, len(all))
	for i, c := range all {
		friend, err := built.store.CountCodes(ctx, c.Shop, c.Key(), referral.FriendSide, referral.CodeFree)
		if err != nil {
			return nil, err
		}

		advocate, err := built.store.CountCodes(ctx, c.Shop, c.Key(), referral.AdvocateSide, referral.CodeFree)
		if err != nil {
			return nil, err
		}
		texts[i] = text.English.Say("operator.campaign.free", text.With{"friend": friend, "advocate": advocate})
	}
	return texts, nil
}

func (p *program) campaignCreateCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "create NAME --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			c, err := built.do.Campaigns.NewCampaign(ctx, shop, args[0])
			if err != nil {
				return err
			}

			p.sayOf(c, "operator.campaign.created")
			return nil
		})
	}
	return cmd
}

func (p *program) campaignEditCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "edit CAMPAIGN --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	termFlags(cmd.Flags())

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		given, err := givenTerms(cmd)
		if err != nil {
			return err
		}

		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			found, err := built.store.FindShop(ctx, shop)
			if err != nil {
				return err
			}

			c, err := built.do.Campaigns.Edit(ctx, shop, referral.CampaignID(args[0]), func(c *referral.Campaign) error {
				return changeTerms(c, given, found.Profile.Currency)
			})
			if err != nil {
				return err
			}

			p.sayOf(c, "operator.campaign.drafted")
			return p.warnOfTerms(c)
		})
	}
	return cmd
}

// warnOfTerms warns of terms by which a new customer costs more than is allowable, where any may still be won by them.
func (p *program) warnOfTerms(c referral.Campaign) error {
	warning, err := text.English.CostWarning(c)
	if warning != "" && c.State != referral.CampaignEnded {
		p.say("operator.campaign.warning", text.With{"warning": warning})
	}
	return err
}

func (p *program) campaignLimitsCommand() *cobra.Command {
	var shop string
	var month, year, flagAfter int
	cmd := &cobra.Command{Use: "limits CAMPAIGN --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&month, "month-cap", 0, "")
	cmd.Flags().IntVar(&year, "year-cap", 0, "")
	cmd.Flags().IntVar(&flagAfter, "flag-after", 0, "")
	cmd.Flags().String("budget", "", "")
	cmd.Flags().String("allowable-cost", "", "")
	cmd.MarkFlagsOneRequired("month-cap", "year-cap", "flag-after", "budget", "allowable-cost")

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			now, err := findVersion(ctx, built, shop, args[0], 0)
			if err != nil {
				return err
			}

			found, err := built.store.FindShop(ctx, shop)
			if err != nil {
				return err
			}

			changed := now.Limits
			if cmd.Flags().Changed("month-cap") {
				changed.MonthCap = month
			}
			if cmd.Flags().Changed("year-cap") {
				changed.YearCap = year
			}
			if cmd.Flags().Changed("flag-after") {
				changed.FlagAfter = flagAfter
			}

			if err := amountFlag(cmd, "budget", found.Profile.Currency, &changed.Budget); err != nil {
				return err
			}
			if err := amountFlag(cmd, "allowable-cost", found.Profile.Currency, &changed.AllowableCost); err != nil {
				return err
			}

			c, err := built.do.Campaigns.SetLimits(ctx, shop, now.ID, changed)
			if err != nil {
				return err
			}

			limits := strings.Join(text.English.Limits(c.Limits), ", ")
			p.say("operator.campaign.limits", text.With{"campaign": string(c.ID), "limits": limits})
			return p.warnOfTerms(c)
		})
	}
	return cmd
}

// amountFlag reads a flag's amount, if it was given.
func amountFlag(cmd *cobra.Command, flag, currency string, into *money.Amount) error {
	given := cmd.Flag(flag)
	if !given.Changed {
		return nil
	}

	amount, err := money.Parse(given.Value.String(), currency)
	if err != nil {
		return wrongFlag(flag, err)
	}
	*into = amount
	return nil
}

// findVersion finds a version of a campaign; 0 is the newest. NotFound: there is none.
func findVersion(
	ctx context.Context, built *parts, shop tenant.ShopID, id string, version int,
) (newest referral.Campaign, err error) {
	all, err := built.do.Campaigns.Campaigns(ctx, shop)
	if err != nil {
		return newest, err
	}

	for _, c := range all {
		if c.ID == referral.CampaignID(id) && (c.Version == version || (version == 0 && c.Version > newest.Version)) {
			newest = c
		}
	}

	if newest.ID == "" {
		return newest, fault.New(fault.NotFound, "version_unknown")
	}
	return newest, nil
}

func (p *program) campaignRepairCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "repair CAMPAIGN --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			return p.repair(ctx, built, shop, referral.CampaignID(args[0]))
		})
	}
	return cmd
}

// repair looks first, so that it can say what the repair mended.
func (p *program) repair(ctx context.Context, built *parts, shop tenant.ShopID, id referral.CampaignID) error {
	before, err := built.do.Campaigns.Campaigns(ctx, shop)
	if err != nil {
		return err
	}

	wrong := map[int][]referral.Drift{}
	for _, c := range before {
		if c.ID != id {
			continue
		}
		if err := built.do.Campaigns.Tend(ctx, shop, c.Key()); err != nil {
			return err
		}

		looked, err := built.store.FindCampaign(ctx, shop, c.Key())
		if err != nil {
			return err
		}
		wrong[c.Version] = looked.Drift
	}

	after, err := built.do.Campaigns.Repair(ctx, shop, id)
	if err != nil {
		return err
	}

	repaired := 0
	for _, c := range after {
		for _, d := range wrong[c.Version] {
			same := func(left referral.Drift) bool { return left.Side == d.Side && left.What == d.What }
			if !slices.ContainsFunc(c.Drift, same) {
				p.say("operator.campaign.repaired", text.With{"version": c.Version, "drift": text.English.Drift(d)})
				repaired++
			}
		}

		for _, d := range c.Drift {
			p.say("operator.campaign.differs", text.With{"version": c.Version, "drift": text.English.Drift(d)})
			repaired++
		}
	}
	if repaired == 0 {
		p.say("operator.campaign.nothing_to_repair")
	}
	return nil
}
