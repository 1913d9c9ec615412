package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twofold/referral"
	"twofold/tenant"
)

func (p *program) referralCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "referral", Short: "List the shop's referrals, and decide about them: approve, reject, link, void", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(
		p.referralListCommand(),
		p.verdictCommand("approve ORDER --shop SHOP", "Let a flagged referral go on to its release", (*referral.Service).Approve),
		p.verdictCommand("reject ORDER --shop SHOP", "Say no to a referral that is pending or flagged", (*referral.Service).Reject),
		p.verdictCommand("void ORDER --shop SHOP", "Take a referral back, also after its reward was issued: the code is deleted", (*referral.Service).Reject),
		p.linkCommand(),
	)
	return cmd
}

func (p *program) referralListCommand() *cobra.Command {
	var shop string
	var limit int
	cmd := &cobra.Command{Use: "list --shop SHOP", Short: "List the shop's referrals, newest order first", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			all, err := built.store.ListReferrals(ctx, shop, limit)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				fmt.Fprintln(p.out, "No referrals yet: they appear when a friend who claimed the offer buys.")
				return nil
			}
			return p.table("ORDER\tSTATE\tREASON\tADVOCATE\tADVOCATE'S REWARD\tFRIEND'S REWARD", func(w *tabwriter.Writer) {
				for _, r := range all {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.OrderName, r.State, r.Reason, r.Advocate, rewardText(r, referral.AdvocateSide), rewardText(r, referral.FriendSide))
				}
			})
		})
	}
	return cmd
}

func rewardText(r referral.Referral, side referral.Side) string {
	reward := r.Rewards[side]
	if reward.ID == "" {
		return "none"
	}
	return fmt.Sprintf("%s %s", reward.Amount, reward.State)
}

// verdictCommand is one of the merchant's verdicts about the referral that rests on an order.
func (p *program) verdictCommand(use, short string, say func(*referral.Service, context.Context, tenant.ShopID, string) (referral.Referral, error)) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), Long: short + ". ORDER is the order's id or its name (#1001)."}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			r, err := say(built.service, ctx, shop, args[0])
			if err != nil {
				return err
			}
			return p.printDecided(r)
		})
	}
	return cmd
}

func (p *program) linkCommand() *cobra.Command {
	var shop, advocate string
	cmd := &cobra.Command{Use: "link ORDER --advocate CODE --shop SHOP", Short: "Tie an order to an advocate, above all other evidence", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&advocate, "advocate", "", "the advocate's code, as in her link (required)")
	_ = cmd.MarkFlagRequired("advocate") // fails only for a flag that does not exist
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			r, err := built.service.LinkOrder(ctx, shop, args[0], advocate)
			if err != nil {
				return err
			}
			return p.printDecided(r)
		})
	}
	return cmd
}

func (p *program) printDecided(r referral.Referral) error {
	_, err := fmt.Fprintf(p.out, "order %s: %s, because %s; advocate's reward %s\n", r.OrderName, r.State, r.Reason.Sentence(), rewardText(r, referral.AdvocateSide))
	return err
}
