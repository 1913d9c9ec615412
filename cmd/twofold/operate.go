package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"twofold/fault"
	"twofold/shopify"
	"twofold/tenant"
	"twofold/text"
)

// withParts runs a command on the built parts, after the schema was found current, and closes them.
func (p *program) withParts(ctx context.Context, do func(context.Context, *parts) error) error {
	c, err := loadBeside(p.lookup)
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
	cmd.Flags().StringVar(shop, "shop", "", "")
	_ = cmd.MarkFlagRequired("shop") // fails only for a flag that does not exist
}

// wrongFlag says why what was given for a flag is wrong.
func wrongFlag(flag string, why error) error {
	return fault.With(fault.Invalid, "flag", fault.Values{"flag": flag, "why": why})
}

// oneOf wants a flag's text to be a known word.
func oneOf(flag, given string, known ...string) error {
	if slices.Contains(known, given) {
		return nil
	}
	return wrongFlag(flag, notAmong(given, known))
}

// notAmong says that a word is none of those that are known.
func notAmong(given string, known []string) error {
	return fault.With(fault.Invalid, "none_of", fault.Values{"given": quoted(given), "known": known})
}

// quoted shows what was given, cut where it is long.
func quoted(given string) string { return fmt.Sprintf("%.64q", given) }

// say prints a sentence of package text as a line.
func (p *program) say(id string, values ...text.With) {
	fmt.Fprintln(p.out, text.English.Say(id, values...))
}

// forShop runs a command about one shop.
func (p *program) forShop(
	cmd *cobra.Command, domain string, do func(context.Context, *parts, tenant.ShopID) error,
) error {
	shop, err := tenant.ParseShop(domain)
	if err != nil {
		return wrongFlag("shop", fault.With(fault.Invalid, "shop_domain", fault.Values{"given": quoted(domain)}))
	}

	return p.withParts(cmd.Context(), func(ctx context.Context, built *parts) error {
		if _, err := built.store.FindShop(ctx, shop); fault.Is(err, fault.NotFound) {
			return fault.With(fault.NotFound, "not_installed", fault.Values{"shop": string(shop)})
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
	cmd := &cobra.Command{Use: "explain ORDER --shop SHOP", Args: cobra.ExactArgs(1)}
	shopFlag(cmd, &shop)

	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.forShop(cmd, shop, func(ctx context.Context, built *parts, shop tenant.ShopID) error {
			e, err := built.do.Orders.Explain(ctx, shop, args[0])
			if err != nil {
				return err
			}

			_, err = fmt.Fprint(p.out, text.English.Explanation(e, built.clock.Now()))
			return err
		})
	}
	return cmd
}

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadBeside(p.lookup)
			if err != nil {
				return err
			}

			if err := errors.Join(c.checkDatabases()[:]...); c.MongoURI == "" && err != nil {
				return err
			}

			built := &parts{config: c, log: newLog(p.logTo, c.LogLevel), clock: &clock{}}
			migrate := func(ctx context.Context) error { return built.store.Migrate(ctx) }
			for _, step := range []func(context.Context) error{built.openKeys, built.openMongo, migrate} {
				if err := step(cmd.Context()); err != nil {
					return errors.Join(err, built.close())
				}
			}

			p.say("operator.migrate.current")
			return built.close()
		},
	}
}
