package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

func (p *program) referralCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "referral", Short: "List the shop's referrals, and decide about them: approve, reject, link, void and more", Args: cobra.NoArgs,
		Long: `List the shop's referrals, and decide about them. Each act is kept with its time: whatever turns up later, it is weighed with the rest
and never undone by itself. ` + "`twofold explain`" + ` says what became of an order, and why.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(
		p.referralListCommand(),
		p.actCommand("approve", "Let a flagged referral go on to its release", "What a check holds is let pass; what fails still fails. `twofold referral reject` undoes it as long as nothing was issued, then `twofold referral void`.", (*referral.Service).Approve),
		p.actCommand("reject", "Say no to a referral of which nothing was issued yet", "There is no reward for it. `twofold referral restore` undoes it.", (*referral.Service).Reject),
		p.actCommand("void", "Take a referral back, whatever was issued", "Codes that were issued are deleted, and what was spent is owed. `twofold referral restore` undoes it: if the rules still grant the reward, another code is given.", (*referral.Service).Void),
		p.actCommand("restore", "Take your own rejection or void back", "The rules alone decide again. Reject or void it again to undo that.", (*referral.Service).Restore),
		p.linkCommand(),
		p.actCommand("unlink", "Say that nothing ties an order to an advocate, whatever evidence there is", "What was issued for it is taken back. `twofold referral link` undoes it; where a reward was released, only for the advocate it was released for.", (*referral.Service).UnlinkOrder),
		p.attachCommand(),
		p.reissueCommand(),
		p.actCommand("forgive", "Let go what an advocate owes for a referral", "No later reward of hers makes up for it any more. It cannot be undone.", (*referral.Service).Forgive),
		p.blockCommand("block", "End an advocate's sharing", "Her link opens no claim, her shareable code is deleted, and what has not been released yet is void; what was released stays, and so do codes that friends hold. `twofold referral unblock` undoes it.", (*referral.Service).Block),
		p.blockCommand("unblock", "Let a blocked advocate go on", "Her link and her shareable code work again, and what the block voided is decided anew. `twofold referral block` undoes it.", (*referral.Service).Unblock),
	)
	return cmd
}

func (p *program) referralListCommand() *cobra.Command {
	var shop string
	var limit int
	cmd := &cobra.Command{Use: "list --shop SHOP", Short: "List the shop's referrals, newest order first", Args: cobra.NoArgs,
		Long: "List the shop's referrals, newest order first. Those of test orders are marked: they stand outside every figure."}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many at most")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			all, err := built.store.ListReferrals(ctx, shop, limit)
			if err != nil {
				return err
			}
			all = slices.DeleteFunc(all, func(r referral.Referral) bool { return r.State == referral.None })
			if len(all) == 0 {
				fmt.Fprintln(p.out, "No referrals yet: they appear when a friend who claimed the offer buys.")
				return nil
			}
			codes, err := codesOf(ctx, built, all)
			if err != nil {
				return err
			}
			now := built.clock.Now()
			return p.table("ORDER\tLANE\tSTATE\tREASON\tADVOCATE\tADVOCATE'S REWARD\tFRIEND'S REWARD", func(w *tabwriter.Writer) {
				for _, r := range all {
					lane := ""
					if r.Friend.Test() {
						lane = "test"
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.OrderName, lane, r.State, r.Reason, codes[r.Advocate],
						rewardText(r, referral.AdvocateSide, now), rewardText(r, referral.FriendSide, now))
				}
			})
		})
	}
	return cmd
}

// codesOf finds the codes of the advocates whom the referrals credit, by which they are named in commands.
func codesOf(ctx context.Context, built *parts, all []referral.Referral) (map[referral.AdvocateID]string, error) {
	codes := map[referral.AdvocateID]string{}
	for _, r := range all {
		if _, known := codes[r.Advocate]; known || r.Advocate == "" {
			continue
		}
		a, err := built.store.FindAdvocate(ctx, r.Shop, r.Advocate)
		if err != nil {
			return nil, err
		}
		codes[r.Advocate] = a.Code()
	}
	return codes, nil
}

// rewardText says what a side's reward counts for, and where it stands at now.
func rewardText(r referral.Referral, side referral.Side, now time.Time) string {
	reward := r.Rewards[side]
	if reward.ID == "" {
		return "none"
	}
	return reward.Worth() + " " + string(reward.StateAt(now))
}

// actCommand is one of the merchant's acts on the referral that rests on an order.
func (p *program) actCommand(verb, short, long string, do func(*referral.Service, context.Context, tenant.ShopID, string) (referral.Referral, error)) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: verb + " ORDER --shop SHOP", Short: short, Args: cobra.ExactArgs(1), Long: short + ". " + long}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.decide(cmd, shop, args[0], func(ctx context.Context, s *referral.Service, shop tenant.ShopID) (referral.Referral, error) {
			return do(s, ctx, shop, args[0])
		})
	}
	return cmd
}

// decide acts on an order, and prints what came of it.
func (p *program) decide(cmd *cobra.Command, shop, order string, act func(context.Context, *referral.Service, tenant.ShopID) (referral.Referral, error)) error {
	return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
		r, err := act(ctx, built.service, shop)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "order %s: %s; advocate's reward %s, friend's reward %s\n", cmp.Or(r.OrderName, order), r.Outcome(),
			rewardText(r, referral.AdvocateSide, built.clock.Now()), rewardText(r, referral.FriendSide, built.clock.Now()))
		return err
	})
}

func (p *program) linkCommand() *cobra.Command {
	var shop, advocate string
	cmd := &cobra.Command{Use: "link ORDER --advocate CODE --shop SHOP", Short: "Tie an order to an advocate, above all other evidence", Args: cobra.ExactArgs(1),
		Long: "Tie an order to an advocate, above all other evidence, under the terms of the live campaign. What it earns still has to pass the checks. `twofold referral unlink` undoes it."}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&advocate, "advocate", "", "the advocate's code, as in her link (required)")
	_ = cmd.MarkFlagRequired("advocate") // fails only for a flag that does not exist
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.decide(cmd, shop, args[0], func(ctx context.Context, s *referral.Service, shop tenant.ShopID) (referral.Referral, error) {
			return s.LinkOrder(ctx, shop, args[0], advocate)
		})
	}
	return cmd
}

func (p *program) attachCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "attach ORDER CUSTOMER --shop SHOP", Short: "Say whose an order is that Shopify shows without a customer", Args: cobra.ExactArgs(2),
		Long: "Say whose an order is that Shopify shows without a customer, so that it can be weighed. CUSTOMER is the number at the end of her page's address (URL) in the admin. To undo a mistake, attach another; once a reward is released, `twofold referral void` takes back what came of it. Attaching a customer in Shopify itself does the same."}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.decide(cmd, shop, args[0], func(ctx context.Context, s *referral.Service, shop tenant.ShopID) (referral.Referral, error) {
			return s.Attach(ctx, shop, args[0], args[1])
		})
	}
	return cmd
}

func (p *program) reissueCommand() *cobra.Command {
	var shop, side string
	cmd := &cobra.Command{Use: "reissue ORDER --shop SHOP", Short: "Give another code in place of one that was lost, deleted or has run out", Args: cobra.ExactArgs(1),
		Long: "Give another code in place of one that was lost, deleted in Shopify, or has run out. The old code is deleted; that cannot be undone."}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&side, "side", string(referral.AdvocateSide), "whose reward: advocate or friend")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if side != string(referral.AdvocateSide) && side != string(referral.FriendSide) {
			return fault.Newf(fault.Invalid, "--side must be advocate or friend, not %q", side)
		}
		return p.decide(cmd, shop, args[0], func(ctx context.Context, s *referral.Service, shop tenant.ShopID) (referral.Referral, error) {
			return s.Reissue(ctx, shop, args[0], referral.Side(side))
		})
	}
	return cmd
}

func (p *program) blockCommand(verb, short, long string, act func(*referral.Service, context.Context, tenant.ShopID, string) (referral.Advocate, error)) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: verb + " CODE --shop SHOP", Short: short, Args: cobra.ExactArgs(1), Long: short + ". " + long}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			a, err := act(built.service, ctx, shop, args[0])
			if err == nil {
				fmt.Fprintf(p.out, "advocate %s is %s\n", a.Code(), a.State)
			}
			return err
		})
	}
	return cmd
}
