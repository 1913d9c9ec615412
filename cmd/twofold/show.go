package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twofold/campaigns"
	"twofold/codes"
	"twofold/funnel"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) campaignShowCommand() *cobra.Command {
	var shop string
	var version int
	cmd := &cobra.Command{Use: "show CAMPAIGN --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&version, "version", 0, "")

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			c, err := findVersion(ctx, built, shop, args[0], version)
			if err != nil {
				return err
			}

			codes, err := codeCounts(ctx, built, c)
			if err != nil {
				return err
			}

			found, err := built.store.FindShop(ctx, shop)
			if err != nil {
				return err
			}
			cost, err := built.do.Campaigns.Cost(ctx, found, c)
			if err != nil {
				return err
			}
			shown, err := built.do.Campaigns.ShownStatus(ctx, shop)
			if err != nil {
				return err
			}
			counted, err := funnelOf(ctx, built, c)
			if err != nil {
				return err
			}

			return p.showCampaign(c, codes, cost, shown, counted, built.clock.Now())
		})
	}
	return cmd
}

// showCampaign prints a version of a campaign, with the counts of its codes by side, what its new customers cost
// lately, how the shop's pages came to what they show, and what shoppers did lately.
func (p *program) showCampaign(
	c referral.Campaign, codes map[referral.Side]codeCount,
	cost referral.Cost, shown campaigns.ShownStatus, counted funnel.Sums, now time.Time,
) error {
	costs, err := text.English.Cost(c, cost)
	if err != nil {
		return err
	}

	header := text.English.Say("operator.show.header", text.With{
		"name": c.Name, "campaign": string(c.ID), "version": c.Version, "state": c.State,
	})
	if problem := text.English.Problem(c.Problem); problem != "" {
		header += "\n" + text.English.Say("operator.show.stuck", text.With{"problem": problem})
	}

	return p.table(header, func(w *tabwriter.Writer) {
		section(w, "terms", text.English.Terms(c.Terms)...)

		section(w, "limits", alone(slices.Concat(text.English.Limits(c.Limits), costs))...)

		var discounts []text.Line
		for _, side := range referral.DiscountSides {
			says := text.English.Discount(c, side, codes[side].free, codes[side].held, now)
			name := text.English.Say("merchant.side." + string(side))
			discounts = append(discounts, text.Line{Name: name, Says: says})
		}
		for _, d := range c.Drift {
			discounts = append(discounts, text.Line{Says: text.English.Drift(d)})
		}
		if len(c.Drift) > 0 {
			of := text.With{"campaign": string(c.ID), "shop": string(c.Shop)}
			discounts = append(discounts, text.Line{Says: text.English.Say("operator.show.repair", of)})
		}
		section(w, "discounts", discounts...)
		section(w, "shown", alone(text.English.Shown(shown))...)
		section(w, "funnel", funnelLines(counted)...)
	})
}

// funnelDays is over how many days what shoppers did is summed up, today among them.
const funnelDays = 30

// funnelOf sums up what shoppers did lately with a campaign, in all its versions.
func funnelOf(ctx context.Context, built *parts, c referral.Campaign) (funnel.Sums, error) {
	shop, err := built.store.FindShop(ctx, c.Shop)
	if err != nil {
		return funnel.Sums{}, err
	}
	since := funnel.DayOf(shop, built.clock.Now().AddDate(0, 0, 1-funnelDays))
	return built.store.FunnelOf(ctx, c.Shop, c.ID, since)
}

// funnelLines is a line for each kind of event, the shares with their channels.
func funnelLines(counted funnel.Sums) []text.Line {
	line := func(kind funnel.Kind, says string) text.Line {
		return text.Line{Name: text.English.Say("merchant.funnel." + string(kind)), Says: says}
	}
	number := func(n int) string { return text.English.Say("operator.show.counted", text.With{"number": n}) }

	shared := number(counted.Shared())
	var by []string
	for _, channel := range funnel.Channels {
		if n := counted.Shares[channel]; n > 0 {
			by = append(by, text.English.Say("merchant.channel."+string(channel), text.With{"number": n}))
		}
	}
	if len(by) > 0 {
		shared = text.English.Say("operator.show.shared", text.With{
			"number": counted.Shared(), "channels": text.English.List(by),
		})
	}
	return []text.Line{
		line(funnel.Seen, number(counted.Seen)), line(funnel.Claimed, number(counted.Claims)),
		line(funnel.Joined, number(counted.Joins)), line(funnel.Shared, shared),
	}
}

// alone are sentences that stand on lines of their own.
func alone(says []string) []text.Line {
	lines := make([]text.Line, len(says))
	for i, one := range says {
		lines[i] = text.Line{Says: one}
	}
	return lines
}

// section prints a heading and its lines.
func section(w *tabwriter.Writer, name string, lines ...text.Line) {
	fmt.Fprintf(w, "\n%s\n", text.English.Say("operator.show."+name))

	for _, line := range lines {
		if line.Name == "" {
			fmt.Fprintf(w, "  %s\n", line.Says)
		} else {
			fmt.Fprintf(w, "  %s\t%s\n", line.Name, line.Says)
		}
	}
}

// codeCount is how many codes of a side are free, and how many somebody holds.
type codeCount struct{ free, held int }

// codeCounts counts each side's codes. Shareable codes are the advocates', whatever the
// campaign, and always somebody's.
func codeCounts(ctx context.Context, built *parts, c referral.Campaign) (map[referral.Side]codeCount, error) {
	counts := map[referral.Side]codeCount{}
	for _, side := range referral.DiscountSides {
		key := codes.PoolKey(c, side)
		free, err := built.store.CountCodes(ctx, c.Shop, key, side, referral.CodeFree)
		if err != nil {
			return nil, err
		}

		held, err := built.store.CountCodes(ctx, c.Shop, key, side, referral.CodeHeld)
		if err != nil {
			return nil, err
		}

		counts[side] = codeCount{free, held}
	}
	return counts, nil
}
