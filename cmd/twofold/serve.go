package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"twofold/admin"
	"twofold/app"
	"twofold/fault"
	"twofold/funnel"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/reports"
	"twofold/signature"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/webhooks"
)

func (p *program) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.runServer(cmd.Context(), roles{serve: true}) },
	}
}

func (p *program) workCommand() *cobra.Command {
	return &cobra.Command{
		Use: "work", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.runServer(cmd.Context(), roles{work: true}) },
	}
}

func (p *program) allCommand() *cobra.Command {
	return &cobra.Command{
		Use: "all", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.runServer(cmd.Context(), roles{serve: true, work: true, embedded: true, announced: true})
		},
	}
}

// roles says what a process does.
type roles struct {
	serve, work bool
	embedded    bool // may start missing databases, in development
	announced   bool // other commands find those that were started
}

func (p *program) runServer(ctx context.Context, r roles) error {
	c, err := loadConfig(p.lookup)
	if err != nil {
		return err
	}

	built, err := build(ctx, c, p.logTo, r.embedded)
	if err != nil {
		return err
	}

	built.warn(ctx)
	return errors.Join(built.run(ctx, r), built.close())
}

// run does the roles until ctx ends, then stops taking, finishes and closes.
func (p *parts) run(ctx context.Context, r roles) error {
	s, err := p.start(ctx, r)
	if err != nil {
		return err
	}
	return s.wait(ctx)
}

// running is a process at work.
type running struct {
	parts  *parts
	group  *errgroup.Group
	failed <-chan struct{} // closed when a listener fails
	cause  func() error    // why
	stop   context.CancelFunc
	addr   string // of the public listener; "" when this process does not serve
}

// start begins the roles. Listeners are open and workers take jobs when it returns.
func (p *parts) start(ctx context.Context, r roles) (*running, error) {
	if r.embedded && p.config.development() {
		if err := p.store.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	if err := p.store.SchemaCurrent(ctx); err != nil {
		return nil, err
	}
	if r.announced {
		if err := p.announce(ctx); err != nil {
			return nil, err
		}
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	group, failed := errgroup.WithContext(working)
	s := &running{parts: p, group: group, failed: failed.Done(), cause: func() error { return context.Cause(failed) }, stop: stop}
	sweeper := p.newSweeper()
	if p.config.Origin != "" {
		go p.clock.follow(working, simulatorRoot(p.config.Origin), p.clockVersion, sweeper.Kick)
	}
	// What begins last ends first: the public listener, so that nothing new is taken while the rest finishes.
	var steps []func() error
	if r.work {
		steps = append(steps, func() error { return s.work(working, sweeper) })
	}
	steps = append(steps, func() error { return s.serveMetrics(ctx) })
	if r.serve {
		steps = append(steps, func() error { return s.serve(ctx) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			stop()
			return nil, err
		}
	}
	return s, nil
}

// wait blocks until ctx ends or a listener fails, then shuts down.
func (s *running) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		s.parts.log.InfoContext(ctx, "stopping")
		return nil
	case <-s.failed:
		return fmt.Errorf("a listener ended: %w", s.cause())
	}
}

// shutdownLimit is how long running requests may take to finish.
const shutdownLimit = 10 * time.Second

func (s *running) serve(ctx context.Context) error {
	p := s.parts
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.config.Addr)
	if err != nil {
		return cannotListen(p.config.Addr, "ADDR", err)
	}

	s.addr = listener.Addr().String()
	if p.config.AppURL == "" { // development: see checkAppURL
		p.config.AppURL = "http://" + s.addr
	}

	counter, err := funnel.NewCounter(funnel.Config{Store: p.store, Log: p.log, Metrics: p.metrics})
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	p.onClose(counter.Close)
	public, committer, err := p.newApp(counter)
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	p.onClose(committer.Close)
	p.onClose(func(context.Context) error { return public.ShutdownWithTimeout(shutdownLimit) })
	s.group.Go(func() error { return public.Listener(listener) })
	p.log.InfoContext(ctx, "serving", "addr", s.addr)
	return nil
}

// cannotListen says that nothing can be served at an address, which a variable names.
func cannotListen(address, variable string, cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: "cannot_listen", Values: fault.Values{"address": address, "variable": variable}, Err: cause,
	}
}

// newApp builds everything that answers HTTP, and the committer that saves its webhooks. counter counts what widgets
// tell of.
func (p *parts) newApp(counter *funnel.Counter) (*fiber.App, *inbox.Committer, error) {
	scopes, err := neededScopes()
	if err != nil {
		return nil, nil, err
	}

	verifier := &signature.Verifier{ClientID: p.config.APIKey, Secrets: p.config.secrets(), Now: p.clock.Now}
	committer, err := inbox.NewCommitter(inbox.CommitterConfig{
		Inserter: p.store, Metrics: p.metrics, Log: p.log,
		OnSaved: func(shops []tenant.ShopID) {
			for _, shop := range shops {
				p.bell.Deliveries(context.Background(), shop)
			}
		},
	})
	if err != nil {
		return nil, nil, err
	}

	events, err := p.config.mailEvents()
	if err != nil {
		return nil, nil, err
	}
	public, err := app.New(app.Config{
		AppURL: p.config.AppURL, ClientID: p.config.APIKey, Scopes: scopes, Origin: p.config.Origin, CDN: simulatorRoot(p.config.Origin), Verifier: verifier, Gateway: p.gateway, Store: p.store,
		Bell: p.bell, Keyring: p.keyring, Now: p.clock.Now, Log: p.log, Metrics: p.metrics,
		Mail: p.do.Mail, MailEvents: events,
		Admin: admin.Config{
			Home:         p.store,
			Campaigns:    p.do.Campaigns,
			Referrals:    reports.NewReferrals(p.store, p.gateway, p.keyring),
			Acts:         p.do.Rewards,
			Explainer:    p.do.Orders,
			Exports:      p.store,
			Sealer:       p.keyring,
			Advocates:    reports.NewAdvocates(p.store, p.gateway),
			AdvocateActs: p.do.Rewards,
			Settings:     p.do.Shops,
			Mails:        p.do.Mail,
			MailStore:    p.store,
			Leaving:      p.do.Shops,
			Terms:        p.store,
			People:       p.do.People,
			TestRuns:     reports.NewTestRuns(p.store),
			Backtests:    reports.NewBacktests(p.store),
			Figures:      reports.NewHomeFigures(p.store, p.gateway, p.clock.Now),
		},
		Webhooks: webhooks.Config{Verifier: verifier, Shops: p.store, Inbox: committer, Wall: time.Now, Log: p.log, Metrics: p.metrics},
		Storefront: storefront.Config{
			Verifier: verifier, Claims: p.do.Claims, Shown: p.do.Campaigns, Events: counter, Hasher: p.hasher, Keyring: p.keyring, Redis: p.redis, Now: p.clock.Now,
			Hops: p.config.ProxyHops, Log: p.log, Metrics: p.metrics,
		},
	})
	return public, committer, err
}

func (s *running) serveMetrics(ctx context.Context) error {
	p := s.parts
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.config.MetricsAddr)
	if err != nil {
		return cannotListen(p.config.MetricsAddr, "METRICS_ADDR", err)
	}

	server := &http.Server{Handler: app.NewMetrics(p.metrics), ReadHeaderTimeout: 5 * time.Second}
	p.onClose(server.Shutdown)
	s.group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	p.log.InfoContext(ctx, "metrics", "addr", listener.Addr().String())
	return nil
}

func (p *parts) newSweeper() *jobs.Sweeper {
	return jobs.NewSweeper(p.store, p.do.Codes, p.bell, p.clock.Now, time.Now, p.log, p.metrics, jobs.Config{})
}

func (s *running) work(ctx context.Context, sweeper *jobs.Sweeper) error {
	p := s.parts
	worker := jobs.NewWorker(p.do, p.store, p.gateway, p.bell, time.Now, p.log, p.metrics, jobs.Config{})
	if err := worker.Start(p.redis); err != nil {
		return err
	}

	swept := make(chan struct{})
	go func() {
		defer close(swept)
		sweeper.Run(ctx)
	}()
	p.onClose(func(context.Context) error {
		s.stop()
		<-swept
		worker.Shutdown()
		return nil
	})
	return nil
}
