package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/reports"
	"twofold/tenant"
)

func (p *program) exportCommand() *cobra.Command {
	var shop, kind, asOf string
	cmd := &cobra.Command{
		Use: "export --shop S [--kind ledger|referrals|advocates] [--as-of TIME]", Short: "Print a shop's data as sorted JSON lines", Args: cobra.NoArgs,
		Long: `Print a shop's data as sorted JSON lines, equal to the byte for equal histories: Shopify's ids, sides, kinds, amounts, states, reasons and business times; no id or discount code of ours. The ledger is what it adds up to: pairs that cancel out are left away. Test orders are left out.

--as-of leaves out orders, joins and ledger lines after a time (RFC 3339; default now), and tells what has expired by then. Apart from that, states are those of now.`,
	}
	shopFlag(cmd, &shop)
	cmd.Flags().StringVar(&kind, "kind", "ledger", "what to print: ledger, referrals or advocates")
	cmd.Flags().StringVar(&asOf, "as-of", "", "leave out what came after this time (RFC 3339), and expiry as of it; default now")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains(reports.Kinds, kind) {
			return fault.Newf(fault.Invalid, "--kind must be ledger, referrals or advocates, not %q", kind)
		}
		var until time.Time
		if asOf != "" {
			at, err := time.Parse(time.RFC3339, asOf)
			if err != nil {
				return fault.Newf(fault.Invalid, "--as-of %q is not a time such as 2026-11-22T00:00:00Z", asOf)
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
