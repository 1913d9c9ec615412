package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) shopCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "shop", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(p.shopCleanupCommand())
	return cmd
}

func (p *program) shopCleanupCommand() *cobra.Command {
	var shop string
	var yes bool
	cmd := &cobra.Command{Use: "cleanup --shop SHOP", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)
	cmd.Flags().BoolVar(&yes, "yes", false, "")

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			return p.cleanup(ctx, built, shop, yes)
		})
	}
	return cmd
}

// cleanupTold is after how many discounts that are gone the next word of progress comes.
const cleanupTold = 100

// cleanup says what is there first, and takes it out only if that was asked for.
func (p *program) cleanup(ctx context.Context, built *parts, shop tenant.ShopID, yes bool) error {
	there, err := built.do.Shops.CountOurs(ctx, shop)
	if err != nil {
		return err
	}
	if err := p.printOurs(there); err != nil {
		return err
	}
	if !yes {
		p.say("operator.cleanup.would", text.With{"shop": string(shop)})
		return nil
	}

	left, err := built.do.Shops.Cleanup(ctx, shop, func(gone int) {
		if gone%cleanupTold == 0 {
			p.say("operator.cleanup.gone", text.With{"count": gone})
		}
	})
	if err != nil {
		return err
	}
	if there.Total() == 0 && left.Total() == 0 {
		p.say("operator.cleanup.nothing")
		return nil
	}

	p.say("operator.cleanup.left")
	if err := p.printOurs(left); err != nil {
		return err
	}
	if n := left.Total(); n > 0 {
		return fault.With(fault.Unavailable, "cleanup_left", fault.Values{"count": n})
	}
	return nil
}

// printOurs prints how much of each kind is in the shop.
func (p *program) printOurs(ours referral.Ours) error {
	return p.table(text.English.Say("operator.cleanup.columns"), func(w *tabwriter.Writer) {
		for _, kind := range referral.OursKinds {
			fmt.Fprintf(w, "%s\t%d\n", text.English.Say("operator.cleanup.kind."+string(kind)), ours[kind])
		}
	})
}
