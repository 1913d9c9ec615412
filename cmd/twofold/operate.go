package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/secret"
	"twofold/shopify"
	"twofold/tenant"
)

// withParts runs a command on the built parts, after the schema was found current, and closes them.
func (p *program) withParts(ctx context.Context, do func(context.Context, *parts) error) error {
	c, err := loadConfig(p.lookup)
	if err != nil {
		return err
	}
	built, err := build(ctx, c, p.logTo, false)
	if err != nil {
		return err
	}
	if err := built.store.SchemaCurrent(ctx); err != nil {
		return errors.Join(err, built.close())
	}
	return errors.Join(do(ctx, built), built.close())
}

// shopFlag adds --shop, which the command cannot do without.
func shopFlag(cmd *cobra.Command, shop *string) {
	cmd.Flags().StringVar(shop, "shop", "", "the shop's domain, such as demo.myshopify.com (required)")
	_ = cmd.MarkFlagRequired("shop") // fails only for a flag that does not exist
}

// forShop runs a command about one shop.
func (p *program) forShop(cmd *cobra.Command, text string, do func(context.Context, *parts, tenant.ShopID) error) error {
	shop, err := tenant.ParseShop(text)
	if err != nil {
		return fault.Newf(fault.Invalid, "--shop %q is not a shop domain such as demo.myshopify.com", text)
	}
	return p.withParts(cmd.Context(), func(ctx context.Context, built *parts) error {
		if _, err := built.store.FindShop(ctx, shop); fault.Is(err, fault.NotFound) {
			return fault.Newf(fault.NotFound, "%s has not installed the app.", shop)
		} else if err != nil {
			return err
		}
		return do(shopify.Interactive(ctx), built, shop) // a person waits
	})
}

// table prints rows in columns.
func (p *program) table(header string, rows func(*tabwriter.Writer)) error {
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, header)
	rows(w)
	return w.Flush()
}

func (p *program) explainCommand() *cobra.Command {
	var shop string
	cmd := &cobra.Command{
		Use: "explain ORDER --shop SHOP", Short: "Say what became of an order, and why", Args: cobra.ExactArgs(1),
		Long: "Say what became of an order and why: the evidence that was seen, which won, and what each check said. An order that was never nominated, which has to be named by its id, is read from Shopify and judged in passing. Nothing is stored.",
	}
	shopFlag(cmd, &shop)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			e, err := built.service.Explain(ctx, shop, args[0])
			if err == nil {
				fmt.Fprint(p.out, e.Page(built.clock.Now()))
			}
			return err
		})
	}
	return cmd
}

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring indexes and documents up to this version; safe to run twice and beside the previous version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(p.lookup)
			if err != nil {
				return err
			}
			if err := errors.Join(c.checkDatabases()[:]...); c.MongoURI == "" && err != nil {
				return err
			}
			built := &parts{config: c, log: newLog(p.logTo, c.LogLevel), clock: &clock{}}
			for _, step := range []func(context.Context) error{built.openKeys, built.openMongo, func(ctx context.Context) error { return built.store.Migrate(ctx) }} {
				if err := step(cmd.Context()); err != nil {
					return errors.Join(err, built.close())
				}
			}
			fmt.Fprintln(p.out, "schema is current")
			return built.close()
		},
	}
}

func (p *program) keysCommand() *cobra.Command {
	return &cobra.Command{
		Use: "keys", Short: "Print new values for ENCRYPTION_KEYS and HASH_KEYS", Args: cobra.NoArgs,
		Long: "Print new values for ENCRYPTION_KEYS and HASH_KEYS. To rotate, in two steps: put the new value behind the old one, separated by a comma, and restart every process; then put it first, and restart again.",
		RunE: func(*cobra.Command, []string) error {
			id := time.Now().UTC().Format("k20060102")
			fmt.Fprintf(p.out, "ENCRYPTION_KEYS=%s\nHASH_KEYS=%s\n", secret.NewKey(id), secret.NewKey("h"+id[1:]))
			return nil
		},
	}
}
