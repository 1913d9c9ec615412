package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twofold"
	"twofold/fault"
	"twofold/simulator"
)

func (p *program) simulatorCommand() *cobra.Command {
	var addr, appURL string
	cmd := &cobra.Command{
		Use: "simulator", Short: "Run only the simulated Shopify (docs/SIMULATOR.md)", Args: cobra.NoArgs,
		Long: "Run only the simulated Shopify. It signs with SHOPIFY_API_KEY and SHOPIFY_API_SECRET; start the app with the printed SHOPIFY_ORIGIN and the same two.",
	}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:9400", "where to listen; a loopback address")
	cmd.Flags().StringVar(&appURL, "app-url", "", "the app's origin (default: APP_URL)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(p.lookup)
		if err != nil {
			return err
		}
		if appURL == "" {
			appURL = c.AppURL
		}
		if c.APIKey == "" || len(c.secrets()) == 0 || appURL == "" {
			return fault.New(fault.Invalid, "SHOPIFY_API_KEY, SHOPIFY_API_SECRET and APP_URL (or --app-url) are needed")
		}
		sim, err := simulator.New(simulator.Config{
			ClientID: c.APIKey, ClientSecret: string(c.secrets()[0]), AppURL: appURL, AppTOML: twofold.AppTOML, Log: newLog(p.logTo, c.LogLevel),
		})
		if err != nil {
			return err
		}
		if err := sim.Start(addr); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "simulated Shopify at %s\nSHOPIFY_ORIGIN=%s\n", sim.URL(), sim.Origin())
		<-cmd.Context().Done()
		closing, cancel := closeContext()
		defer cancel()
		return errors.Join(sim.Close(closing))
	}
	return cmd
}
