package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) campaignCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "campaign", Short: "List and show the shop's campaigns, edit them, put one live, pause, end or repair it", Args: cobra.NoArgs,
		Long: `List and show the shop's campaigns, edit them, put one live, pause, end or repair it.

The terms of a campaign that is live never change: editing it drafts a new version, which goes live with discounts and codes of its
own. What the version before has promised keeps its value. Limits are no promise, and change at once.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	resume := "Its discounts and codes are there, so new claims are taken at once. A newer version that was drafted meanwhile stays a draft; `twofold campaign live` puts it live. `twofold campaign pause` undoes it."
	cmd.AddCommand(
		p.campaignListCommand(), p.campaignShowCommand(), p.campaignCreateCommand(), p.campaignEditCommand(), p.campaignLimitsCommand(),
		p.campaignCommandFor("live", "Put the newest version of a campaign live, or let a paused one go on",
			"Its discounts and first codes are made in the shop by the workers, which takes some seconds; `twofold campaign list` tells how far it is. Until then the version before it stays the offer. `twofold campaign pause` undoes it; terms that went live are changed by another version.", (*referral.Service).GoLive),
		p.campaignCommandFor("pause", "Stop new claims of a campaign for now", "Promised codes go on, and rewards are still given; `twofold campaign resume` undoes it.", (*referral.Service).Pause),
		p.campaignCommandFor("resume", "Let a paused campaign go on", resume, (*referral.Service).Resume),
		p.campaignCommandFor("end", "End a campaign for good", "There are no new claims any more. Promised codes go on, and rewards are still given. It cannot be undone; `twofold campaign create` drafts another.", (*referral.Service).End),
		p.campaignRepairCommand(),
	)
	return cmd
}

// campaignCommandFor is one of the merchant's acts on a campaign.
func (p *program) campaignCommandFor(verb, short, long string, act func(*referral.Service, context.Context, tenant.ShopID, referral.CampaignID) (referral.Campaign, error)) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: verb + " CAMPAIGN --shop SHOP", Short: short, Long: short + ". " + long, Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			c, err := act(built.service, ctx, shop, referral.CampaignID(args[0]))
			if err == nil {
				fmt.Fprintf(p.out, "%s v%d is %s\n", c.ID, c.Version, c.State)
				err = p.warnOfTerms(c)
			}
			return err
		})
	}
	return cmd
}

func (p *program) campaignListCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "list --shop SHOP", Short: "List all versions of the shop's campaigns, newest first, and what is live", Args: cobra.NoArgs,
		Long: "List all versions of the shop's campaigns, newest first, with their free codes, how many terms of their discounts were changed in Shopify (drift), and why going live is stuck; and say what is live."}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			all, err := built.service.Campaigns(ctx, shop)
			if err != nil {
				return err
			}
			free, err := freeCodes(ctx, built, all)
			if err != nil {
				return err
			}
			err = p.table("CAMPAIGN\tVERSION\tSTATE\tNAME\tHOLD\tFREE CODES (FRIEND, ADVOCATE)\tDRIFT\tPROBLEM", func(w *tabwriter.Writer) {
				for i, c := range all {
					fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d days\t%s\t%d\t%s\n", c.ID, c.Version, c.State, c.Name, c.Terms.HoldDays, free[i], len(c.Drift), c.Problem)
				}
			})
			if err == nil {
				fmt.Fprintln(p.out, "\n"+whatIsLive(all))
			}
			return err
		})
	}
	return cmd
}

func whatIsLive(all []referral.Campaign) string {
	i := slices.IndexFunc(all, func(c referral.Campaign) bool { return c.State == referral.CampaignLive })
	if i < 0 {
		return "No campaign is live: visitors see no offer."
	}
	c := all[i]
	return fmt.Sprintf("Live is %s v%d: friends get %s, advocates %s.", c.ID, c.Version, c.Terms.Friend.Words(), c.Terms.Advocate.Words())
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
		texts[i] = fmt.Sprintf("%d, %d", friend, advocate)
	}
	return texts, nil
}

func (p *program) campaignCreateCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "create NAME --shop SHOP", Short: "Draft a campaign beside those there are", Args: cobra.ExactArgs(1),
		Long: "Draft a campaign beside those there are, with the terms that every shop starts with. Nothing is made in the shop until it is put live; then no other may be. A draft costs nothing and can be left alone."}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			c, err := built.service.NewCampaign(ctx, shop, args[0])
			if err == nil {
				fmt.Fprintf(p.out, "%s v%d is drafted; change it with `twofold campaign edit %s --shop %s`, %s\n", c.ID, c.Version, c.ID, shop, putLive(c))
			}
			return err
		})
	}
	return cmd
}

func putLive(c referral.Campaign) string {
	return fmt.Sprintf("put it live with `twofold campaign live %s --shop %s`", c.ID, c.Shop)
}

func (p *program) campaignEditCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "edit CAMPAIGN --shop SHOP", Short: "Change terms of a campaign, in its draft or in a new version", Args: cobra.ExactArgs(1),
		Long: `Change terms of a campaign: only those whose flags are given. A draft is changed in place; of a campaign that is live or paused a new
version is drafted, and nothing changes for anybody until it is put live. To undo that, put no such version live, or edit it again.
Amounts are in the shop's currency.`,
		Example: `  twofold campaign edit cmp_first --shop demo.myshopify.com --friend "percent_off 15" --advocate "share_of_order 10"
  twofold campaign edit cmp_first --shop demo.myshopify.com --exclude pos,draft --first-touch=false`}
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
			c, err := built.service.Edit(ctx, shop, referral.CampaignID(args[0]), func(c *referral.Campaign) error {
				return changeTerms(c, given, found.Profile.Currency)
			})
			if err == nil {
				fmt.Fprintf(p.out, "%s v%d is drafted; %s\n", c.ID, c.Version, putLive(c))
				err = p.warnOfTerms(c)
			}
			return err
		})
	}
	return cmd
}

// warnOfTerms warns of terms by which a new customer costs more than is allowable, where any may still be won by them.
func (p *program) warnOfTerms(c referral.Campaign) error {
	warning, err := text.English.CostWarning(c)
	if warning != "" && c.State != referral.CampaignEnded {
		fmt.Fprintln(p.out, "Warning: "+warning)
	}
	return err
}

func (p *program) campaignLimitsCommand() *cobra.Command {
	var shop string
	var month, year int
	cmd := &cobra.Command{Use: "limits CAMPAIGN --shop SHOP", Short: "Change what a campaign gives at most: caps, the month's budget, allowable cost", Args: cobra.ExactArgs(1),
		Long: "Change what a campaign gives at most: only those limits whose flags are given. They count at once, in all versions; what was given already stays. Caps and budget are never exceeded; of more than the allowable cost you are warned, here, by `twofold campaign edit`, `live` and `show`, and in the log. 0 takes a limit away; to undo a change, give the limit that was before."}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&month, "month-cap", 0, "rewards one advocate may earn within 30 days; 0: no cap")
	cmd.Flags().IntVar(&year, "year-cap", 0, "rewards one advocate may earn within 365 days; 0: no cap")
	cmd.Flags().String("budget", "", "what rewards may count for in a month, in the shop's currency; 0: no budget")
	cmd.Flags().String("allowable-cost", "", "what a new customer may cost, both rewards together, in the shop's currency; 0: anything")
	cmd.MarkFlagsOneRequired("month-cap", "year-cap", "budget", "allowable-cost")
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
			limits := now.Limits
			if cmd.Flags().Changed("month-cap") {
				limits.MonthCap = month
			}
			if cmd.Flags().Changed("year-cap") {
				limits.YearCap = year
			}
			if err := amountFlag(cmd, "budget", found.Profile.Currency, &limits.Budget); err != nil {
				return err
			}
			if err := amountFlag(cmd, "allowable-cost", found.Profile.Currency, &limits.AllowableCost); err != nil {
				return err
			}
			c, err := built.service.SetLimits(ctx, shop, now.ID, limits)
			if err == nil {
				fmt.Fprintf(p.out, "%s: %s\n", c.ID, strings.Join(text.English.Limits(c.Limits), ", "))
				err = p.warnOfTerms(c)
			}
			return err
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
		return fault.Newf(fault.Invalid, "--%s: %s", flag, fault.MessageOf(err))
	}
	*into = amount
	return nil
}

// findVersion finds a version of a campaign; 0 is the newest. NotFound: there is none.
func findVersion(ctx context.Context, built *parts, shop tenant.ShopID, id string, version int) (newest referral.Campaign, err error) {
	all, err := built.service.Campaigns(ctx, shop)
	if err != nil {
		return newest, err
	}
	for _, c := range all {
		if c.ID == referral.CampaignID(id) && (c.Version == version || (version == 0 && c.Version > newest.Version)) {
			newest = c
		}
	}
	if newest.ID == "" {
		return newest, fault.New(fault.NotFound, "There is no such campaign, or no such version of it; `twofold campaign list` shows all.")
	}
	return newest, nil
}

func (p *program) campaignRepairCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "repair CAMPAIGN --shop SHOP", Short: "Bring a campaign's discounts in Shopify back to its terms", Args: cobra.ExactArgs(1),
		Long: "Look at a campaign's discounts in Shopify, and bring back to its terms what was changed there: changed values are changed back, and a discount that was deleted is made anew with all codes that are promised or free. Nothing is repaired by itself. To undo it, change the discount in Shopify again; to give something else instead, edit the campaign."}
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
	before, err := built.service.Campaigns(ctx, shop)
	if err != nil {
		return err
	}
	wrong := map[int][]referral.Drift{}
	for _, c := range before {
		if c.ID != id {
			continue
		}
		if err := built.service.Tend(ctx, shop, c.Key()); err != nil {
			return err
		}
		looked, err := built.store.FindCampaign(ctx, shop, c.Key())
		if err != nil {
			return err
		}
		wrong[c.Version] = looked.Drift
	}
	after, err := built.service.Repair(ctx, shop, id)
	if err != nil {
		return err
	}
	repaired := 0
	for _, c := range after {
		for _, d := range wrong[c.Version] {
			if !slices.ContainsFunc(c.Drift, func(left referral.Drift) bool { return left.Side == d.Side && left.What == d.What }) {
				fmt.Fprintf(p.out, "v%d repaired: %s\n", c.Version, text.English.Drift(d))
				repaired++
			}
		}
		for _, d := range c.Drift {
			fmt.Fprintf(p.out, "v%d still differs: %s\n", c.Version, text.English.Drift(d))
			repaired++
		}
	}
	if repaired == 0 {
		fmt.Fprintln(p.out, "nothing to repair")
	}
	return nil
}
