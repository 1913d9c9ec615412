package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twofold/referral"
	"twofold/rewards"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) referralCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "referral", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(
		p.referralListCommand(),
		p.actCommand("approve", (*rewards.Service).Approve),
		p.actCommand("reject", (*rewards.Service).Reject),
		p.actCommand("void", (*rewards.Service).Void),
		p.actCommand("restore", (*rewards.Service).Restore),
		p.linkCommand(),
		p.actCommand("unlink", (*rewards.Service).UnlinkOrder),
		p.attachCommand(),
		p.reissueCommand(),
		p.actCommand("retry", (*rewards.Service).Retry),
		p.actCommand("forgive", (*rewards.Service).Forgive),
		p.blockCommand("block", (*rewards.Service).Block),
		p.blockCommand("unblock", (*rewards.Service).Unblock),
		p.reopenCommand(),
	)
	return cmd
}

func (p *program) referralListCommand() *cobra.Command {
	var shop string
	var limit int
	cmd := &cobra.Command{Use: "list --shop SHOP", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&limit, "limit", 50, "")

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			all, err := built.store.ListReferrals(ctx, shop, limit)
			if err != nil {
				return err
			}
			all = slices.DeleteFunc(all, func(r referral.Referral) bool { return r.State == referral.None })
			if len(all) == 0 {
				p.say("operator.referral.none")
				return nil
			}

			codes, err := codesOf(ctx, built, all)
			if err != nil {
				return err
			}
			now := built.clock.Now()
			return p.table(text.English.Say("operator.referral.columns"), func(w *tabwriter.Writer) {
				for _, r := range all {
					lane := ""
					if r.Friend.Test() {
						lane = text.English.Say("operator.referral.test")
					}
					state := text.English.Say("merchant.state." + string(r.State))
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
						r.OrderName, lane, state, r.Reason, codes[r.Advocate],
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
		return text.English.Say("merchant.none")
	}

	said := text.English.Say("operator.referral.reward", text.With{
		"worth": text.English.Worth(reward), "state": reward.StateAt(now),
	})

	if reward.Reason == referral.ReasonRefused { // the one reason that is not the referral's, and asks for an act
		said += " (" + string(reward.Reason) + ")"
	}
	return said
}

// referralAct is one of the merchant's acts on the referral that rests on an order.
type referralAct func(*rewards.Service, context.Context, tenant.ShopID, string) (referral.Referral, error)

func (p *program) actCommand(verb string, do referralAct) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: verb + " ORDER --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.decide(cmd, shop, args[0],
			func(ctx context.Context, s *rewards.Service, shop tenant.ShopID) (referral.Referral, error) {
				return do(s, ctx, shop, args[0])
			})
	}
	return cmd
}

// decide acts on an order, and prints what came of it.
func (p *program) decide(
	cmd *cobra.Command, shop, order string,
	act func(context.Context, *rewards.Service, tenant.ShopID) (referral.Referral, error),
) error {
	return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
		r, err := act(ctx, built.do.Rewards, shop)
		if err != nil {
			return err
		}

		now := built.clock.Now()
		p.say("operator.referral.decided", text.With{
			"order": cmp.Or(r.OrderName, order), "outcome": text.English.Outcome(r),
			"advocate": rewardText(r, referral.AdvocateSide, now), "friend": rewardText(r, referral.FriendSide, now),
		})
		return nil
	})
}

func (p *program) linkCommand() *cobra.Command {
	var shop, advocate string
	cmd := &cobra.Command{Use: "link ORDER --advocate CODE --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&advocate, "advocate", "", "")
	_ = cmd.MarkFlagRequired("advocate") // fails only for a flag that does not exist

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.decide(cmd, shop, args[0],
			func(ctx context.Context, s *rewards.Service, shop tenant.ShopID) (referral.Referral, error) {
				return s.LinkOrder(ctx, shop, args[0], advocate)
			})
	}
	return cmd
}

func (p *program) attachCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "attach ORDER CUSTOMER --shop SHOP", Args: cobra.ExactArgs(2)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.decide(cmd, shop, args[0],
			func(ctx context.Context, s *rewards.Service, shop tenant.ShopID) (referral.Referral, error) {
				return s.Attach(ctx, shop, args[0], args[1])
			})
	}
	return cmd
}

func (p *program) reissueCommand() *cobra.Command {
	var shop, side string
	cmd := &cobra.Command{Use: "reissue ORDER --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&side, "side", string(referral.AdvocateSide), "")

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := oneOf("side", side, string(referral.AdvocateSide), string(referral.FriendSide)); err != nil {
			return err
		}

		return p.decide(cmd, shop, args[0],
			func(ctx context.Context, s *rewards.Service, shop tenant.ShopID) (referral.Referral, error) {
				return s.Reissue(ctx, shop, args[0], referral.Side(side))
			})
	}
	return cmd
}

// advocateAct is one of the merchant's acts on the advocate who has a code.
type advocateAct func(*rewards.Service, context.Context, tenant.ShopID, string) (referral.Advocate, error)

func (p *program) blockCommand(verb string, act advocateAct) *cobra.Command {
	return p.advocateCommand(verb, act, func(a referral.Advocate) {
		p.say("operator.advocate."+string(a.State), text.With{"code": a.Code()})
	})
}

func (p *program) reopenCommand() *cobra.Command {
	return p.advocateCommand("reopen", (*rewards.Service).Reopen, func(a referral.Advocate) {
		p.say("operator.link.reopened", text.With{"code": a.Code()})
	})
}

// advocateCommand does an act on the advocate who has a code, and says what became of them.
func (p *program) advocateCommand(verb string, act advocateAct, say func(referral.Advocate)) *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: verb + " CODE --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			a, err := act(built.do.Rewards, ctx, shop, args[0])
			if err != nil {
				return err
			}

			say(a)
			return nil
		})
	}
	return cmd
}
