package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"twofold/secret"
	"twofold/text"
)

func (p *program) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			id := time.Now().UTC().Format("k20060102")
			fmt.Fprintf(p.out, "ENCRYPTION_KEYS=%s\nHASH_KEYS=%s\n", secret.NewKey(id), secret.NewKey("h"+id[1:]))
			return nil
		},
	}

	cmd.AddCommand(p.keysRotateCommand())
	return cmd
}

func (p *program) keysRotateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.withParts(cmd.Context(), p.rotate) },
	}
}

// rotate seals anew what an older key has sealed, and tells which keys are needed still.
func (p *program) rotate(ctx context.Context, built *parts) error {
	resealed, err := built.store.Reseal(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, text.English.Say("operator.keys.resealed", text.With{"count": resealed}))

	for _, id := range built.hasher.IDs()[1:] {
		counts, err := built.store.CountHashes(ctx, id)
		if err != nil {
			return err
		}
		for _, collection := range slices.Sorted(maps.Keys(counts)) {
			if n := counts[collection]; n > 0 {
				fmt.Fprintln(p.out, text.English.Say("operator.keys.needed", text.With{
					"key": id, "count": n, "collection": collection,
				}))
			}
		}
	}
	return nil
}
