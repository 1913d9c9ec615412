package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/tenant"
	"twofold/text"
)

// replayable are the terms that the rules read before a hold is over, and what the advocate gets. Whether advocates have
// bought was asked only where the terms wanted it, so that --buys-first cannot be tried.
var replayable = []string{
	"minimum", "advocate", "advocate-most", "window-days", "credit", "strictness", "credit-ref", "code-only", "exclude",
	"free-orders",
}

// backtestLimit is how many referrals are looked at, where nobody says so.
const backtestLimit = 5000

func (p *program) backtestCommand() *cobra.Command {
	var shop string
	var days, limit int
	cmd := &cobra.Command{Use: "backtest --shop SHOP", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)
	cmd.Flags().IntVar(&days, "days", reports.BacktestDays, "")
	cmd.Flags().IntVar(&limit, "limit", backtestLimit, "")
	termFlags(cmd.Flags(), replayable...)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		given, err := givenTerms(cmd)
		if err != nil {
			return err
		}

		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			found, err := built.store.FindShop(ctx, shop)
			if err != nil {
				return err
			}
			var probe referral.Campaign
			if err := changeTerms(&probe, given, found.Profile.Currency); err != nil {
				return err
			}
			change := func(t referral.Terms) referral.Terms {
				c := referral.Campaign{Terms: t}
				_ = changeTerms(&c, given, found.Profile.Currency) // the probe has taken the same texts
				return c.Terms
			}

			got, err := reports.NewBacktests(built.store).Run(ctx, shop, reports.BacktestQuery{
				Change: change, Since: built.clock.Now().AddDate(0, 0, -days), Limit: limit,
			})
			if err != nil {
				return err
			}
			return p.printBacktest(got, days)
		})
	}
	return cmd
}

// printBacktest prints the sums, then what changes, then whom it concerns.
func (p *program) printBacktest(got reports.Backtest, days int) error {
	p.say("operator.backtest.looked", text.With{"count": got.Looked, "days": days})
	if got.More {
		p.say("operator.backtest.more", text.With{"count": got.Looked})
	}
	if err := p.table(text.English.Say("operator.backtest.columns"), func(w *tabwriter.Writer) {
		for _, course := range reports.Courses {
			as, would := got.As[course], got.Would[course]
			fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\n", courseText(course), as.Count, worthText(as.Worth), would.Count, worthText(would.Worth))
		}
	}); err != nil {
		return err
	}
	if len(got.Changed) == 0 {
		p.say("operator.backtest.same")
		return nil
	}

	if err := p.table(text.English.Say("operator.backtest.changes"), func(w *tabwriter.Writer) {
		for _, c := range got.Changed {
			_, order := c.Order()
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", order, c.Advocate.Code(), courseText(reports.CourseOf(c.As)),
				courseText(reports.CourseOf(c.Would)), c.Would.Reason, worthText(c.Worth()), text.English.Say("merchant.state."+string(c.Is)))
		}
	}); err != nil {
		return err
	}
	return p.table(text.English.Say("operator.backtest.advocates"), func(w *tabwriter.Writer) {
		for _, a := range got.Advocates {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", a.Advocate.Code(), a.Count, worthText(a.Held), worthText(a.Freed))
		}
	})
}

func courseText(c reports.Course) string {
	return text.English.Say("merchant.backtest.course_" + string(c))
}

// worthText is an amount, and nothing where there is none.
func worthText(a money.Amount) string {
	if a.IsZero() {
		return text.English.Say("merchant.none")
	}
	return text.English.Money(a)
}
