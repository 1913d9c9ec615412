package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"twofold/demo"
	"twofold/referral"
	"twofold/store"
	"twofold/tenant"
	"twofold/text"
)

func (p *program) demoCommand() *cobra.Command {
	var once, asJSON bool
	cmd := &cobra.Command{
		Use: "demo", Args: cobra.NoArgs,
	}
	cmd.Flags().BoolVar(&once, "once", false, "")
	cmd.Flags().BoolVar(&asJSON, "json", false, "")

	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c := p.demoConfig(once)
		c.JSON = asJSON
		return demo.Run(cmd.Context(), c)
	}
	return cmd
}

// demoConfig has the demo start the app of this process. Its log is off unless LOG_LEVEL is set: the story is what is
// to be read. Other commands find the databases of a demo that stays.
func (p *program) demoConfig(once bool) demo.Config {
	log := newLog(io.Discard, "error")
	if level, set := p.lookup("LOG_LEVEL"); set {
		log = newLog(p.logTo, level)
	}

	folder, _ := p.lookup("STATE_DIR")
	level, _ := p.lookup("PROTECTED_DATA_LEVEL")
	return demo.Config{
		Out: p.out, Once: once, Wall: time.Now, Log: log, Level2: level == "2",
		Start: func(ctx context.Context, s demo.Settings) (demo.App, error) {
			app, err := startDemo(ctx, s, log, folder, !once)
			if err != nil {
				return nil, err
			}
			return app, nil
		},
	}
}

// startDemo starts the app on free ports. On an error what was started is closed.
func startDemo(
	ctx context.Context, s demo.Settings, log *slog.Logger, folder string, announced bool,
) (*demoApp, error) {
	c := config{
		Addr: "127.0.0.1:0", MetricsAddr: "127.0.0.1:0",
		APIKey: s.ClientID, APISecret: s.ClientSecret, Origin: s.Origin,
		EncryptionKeys: s.EncryptionKeys, HashKeys: s.HashKeys, Env: development, LogLevel: "error",
		ProtectedData: "1", UsageScope: "code", ephemeral: true, StateDir: folder,
		MailHost: s.MailHost, MailPort: s.MailPort, MailFrom: "friends@twofold.example",
	}

	if s.Level2 {
		c.ProtectedData = "2"
	}

	built, err := buildWith(ctx, c, log, true)
	if err != nil {
		return nil, err
	}
	app, err := built.start(ctx, roles{serve: true, work: true, embedded: true, announced: announced})
	if err != nil {
		return nil, errors.Join(err, built.close())
	}
	return &demoApp{built.store, app}, nil
}

// demoApp shows the demo the running app.
type demoApp struct {
	*store.Store
	running *running
}

var _ demo.App = (*demoApp)(nil)

func (a *demoApp) Addr() string                   { return a.running.addr }
func (a *demoApp) Wait(ctx context.Context) error { return a.running.wait(ctx) }
func (a *demoApp) Close() error                   { return a.running.parts.close() }
func (a *demoApp) Now() time.Time                 { return a.running.parts.clock.Now() }

func (a *demoApp) Campaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) {
	return a.running.parts.do.Campaigns.Campaigns(ctx, shop)
}

func (a *demoApp) Drained(ctx context.Context, shop tenant.ShopID) (bool, error) {
	left, err := a.ListDeliveries(ctx, shop, time.Now().Add(time.Hour), 1)
	return len(left) == 0, err
}

func (a *demoApp) Export(ctx context.Context, shop tenant.ShopID) (string, error) {
	var b bytes.Buffer
	printer := &program{out: &b}
	for _, kind := range []string{"ledger", "referrals", "advocates"} {
		rows, err := exportRows(ctx, a.running.parts, shop, kind, a.Now())
		if err != nil {
			return "", err
		}

		if err := printer.printRows(rows); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (a *demoApp) Explain(ctx context.Context, shop tenant.ShopID, order string) (string, error) {
	explained, err := a.running.parts.do.Orders.Explain(ctx, shop, order)
	if err != nil {
		return "", err
	}
	return text.English.Explanation(explained, a.Now()), nil
}
