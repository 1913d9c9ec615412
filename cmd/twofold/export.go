package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/reports"
	"twofold/tenant"
)

func (p *program) exportCommand() *cobra.Command {
	var shop, kind, asOf string
	cmd := &cobra.Command{Use: "export --shop S [--kind ledger|referrals|advocates] [--as-of TIME]", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&kind, "kind", "ledger", "")
	cmd.Flags().StringVar(&asOf, "as-of", "", "")

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := oneOf("kind", kind, reports.Kinds...); err != nil {
			return err
		}

		var until time.Time
		if asOf != "" {
			at, err := time.Parse(time.RFC3339, asOf)
			if err != nil {
				return wrongFlag("as-of", fault.With(fault.Invalid, "not_a_time", fault.Values{"given": quoted(asOf)}))
			}
			until = at
		}

		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			if until.IsZero() {
				until = built.clock.Now()
			}
			rows, err := exportRows(ctx, built, shop, kind, until)
			if err != nil {
				return err
			}
			return p.printRows(rows)
		})
	}
	return cmd
}

func exportRows(ctx context.Context, built *parts, shop tenant.ShopID, kind string, until time.Time) ([]any, error) {
	return reports.Export(ctx, built.store, shop, kind, until)
}

// printRows prints each row as one line, sorted by its bytes.
func (p *program) printRows(rows []any) error { return reports.Print(p.out, rows) }
