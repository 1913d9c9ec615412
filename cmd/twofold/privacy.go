package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"twofold/referral"
	"twofold/tenant"
)

func (p *program) privacyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "privacy", Args: cobra.NoArgs, RunE: showHelp}
	cmd.AddCommand(p.privacyReportCommand())
	return cmd
}

func (p *program) privacyReportCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{Use: "report --shop SHOP", Args: cobra.NoArgs}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			kept, err := built.store.ListReports(ctx, shop)
			if err != nil {
				return err
			}
			return p.printRows(reportRows(kept))
		})
	}
	return cmd
}

// reportRow is one report with the request that asked for it.
type reportRow struct {
	At      time.Time       `json:"at"`
	Request string          `json:"request"`
	Report  json.RawMessage `json:"report"`
}

func reportRows(kept []referral.KeptReport) []any {
	rows := make([]any, len(kept))
	for i, r := range kept {
		rows[i] = reportRow{r.At, r.ID, r.Body}
	}
	return rows
}
