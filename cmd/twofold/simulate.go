package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"twofold"
	"twofold/fault"
	"twofold/simulator"
	"twofold/text"
)

func (p *program) simulatorCommand() *cobra.Command {
	var addr, appURL, start string
	cmd := &cobra.Command{Use: "simulator", Args: cobra.NoArgs}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:9400", "")
	cmd.Flags().StringVar(&appURL, "app-url", "", "")
	cmd.Flags().StringVar(&start, "start", "", "")

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := loadConfig(p.lookup)
		if err != nil {
			return err
		}
		if !c.development() {
			return fault.New(fault.Invalid, "simulator_production")
		}

		if appURL == "" {
			appURL = c.AppURL
		}
		if c.APIKey == "" || len(c.secrets()) == 0 || appURL == "" {
			return fault.New(fault.Invalid, "simulator_settings")
		}
		from, err := startOf(start)
		if err != nil {
			return err
		}

		sim, err := simulator.New(simulator.Config{
			ClientID: c.APIKey, ClientSecret: string(c.secrets()[0]), AppURL: appURL, AppTOML: twofold.AppTOML,
			Extension: twofold.ThemeExtension(), UIExtensions: twofold.UIExtensions(), Start: from, Log: newLog(p.logTo, c.LogLevel),
		})
		if err != nil {
			return err
		}
		if err := sim.Start(addr); errors.Is(err, simulator.ErrNotLoopback) {
			return fault.With(fault.Invalid, "simulator_public", fault.Values{"address": addr})
		} else if err != nil {
			return cannotListen(addr, "--addr", err)
		}

		p.say("operator.simulator.up", text.With{"address": sim.URL()})
		fmt.Fprintf(p.out, "SHOPIFY_ORIGIN=%s\n", sim.Origin())
		<-cmd.Context().Done()

		closing, cancel := closeContext()
		defer cancel()
		return errors.Join(sim.Close(closing))
	}
	return cmd
}

// startOf is when the simulated time starts; zero: now.
func startOf(flag string) (time.Time, error) {
	if flag == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, flag)
	if err != nil {
		return at, fault.With(fault.Invalid, "simulator_start", fault.Values{"start": flag})
	}
	return at, nil
}
