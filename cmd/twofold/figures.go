package main

import (
	"context"

	"github.com/spf13/cobra"

	"twofold/figures"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) figuresCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "figures", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(p.rebuildFiguresCommand())
	return cmd
}

func (p *program) rebuildFiguresCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "rebuild --shop S", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			wrong, err := built.do.Figures.Rebuild(ctx, shop)
			if err != nil {
				return err
			}
			p.printWrong(wrong)
			return nil
		})
	}
	return cmd
}

// printWrong says what a rebuild has put right.
func (p *program) printWrong(wrong figures.Books) {
	sums := append(wrong.Days, wrong.Advocates...)
	p.say("operator.figures.wrong", text.With{"count": len(sums)})
	for _, one := range sums {
		for counter, n := range one.Sums {
			p.say("operator.figures.line", text.With{
				"day": one.Day, "campaign": string(one.Campaign), "advocate": string(one.Advocate),
				"counter": string(counter), "difference": n,
			})
		}
	}
}
