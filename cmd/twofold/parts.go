package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"twofold/campaigns"
	"twofold/claims"
	"twofold/codes"
	"twofold/fault"
	"twofold/jobs"
	"twofold/local"
	"twofold/mail"
	"twofold/referral"
	"twofold/secret"
	"twofold/shopify"
	"twofold/store"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/text"
	"twofold/usecases"
)

// parts are the built pieces of the program. close ends them in reverse order of building.
type parts struct {
	config  config
	log     *slog.Logger
	clock   *clock
	keyring *secret.Keyring
	hasher  *secret.Hasher
	metrics *prometheus.Registry
	store   *store.Store
	redis   redis.UniversalClient
	gateway *shopify.Gateway
	bell    *jobs.Bell
	do      *usecases.All

	embedded     map[string]string // the databases that were started here: the variables that would name them
	clockVersion int64             // of the simulator's clock, when it was learned
	closers      []func(context.Context) error
}

// closeLimit bounds closing everything.
const closeLimit = 30 * time.Second

func (p *parts) onClose(f func(context.Context) error) { p.closers = append(p.closers, f) }

// close ends everything that was built, in reverse, also after ctx has ended.
func (p *parts) close() error {
	ctx, cancel := closeContext()
	defer cancel()
	var failed []error
	for _, f := range slices.Backward(p.closers) {
		failed = append(failed, f(ctx))
	}

	p.closers = nil
	return errors.Join(failed...)
}

// closeContext is for what must still be done after the program's own context has ended.
func closeContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), closeLimit)
}

// build makes the parts that every command with a database needs. embedded lets development start missing databases
// here. On an error what was built is closed.
func build(ctx context.Context, c config, logTo io.Writer, embedded bool) (*parts, error) {
	return buildWith(ctx, c, newLog(logTo, c.LogLevel), embedded)
}

func buildWith(ctx context.Context, c config, log *slog.Logger, embedded bool) (*parts, error) {
	if err := c.checkServe(embedded); err != nil {
		return nil, err
	}

	p := &parts{config: c, log: log, clock: &clock{}, metrics: prometheus.NewRegistry(), embedded: map[string]string{}}
	p.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, step := range []func(context.Context) error{p.learnClock, p.openKeys, p.openMongo, p.openRedis, p.openGateway, p.openService} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}

	return p, nil
}

func (p *parts) learnClock(ctx context.Context) (err error) {
	if p.config.Origin == "" {
		return nil
	}
	p.clockVersion, err = p.clock.learn(ctx, simulatorRoot(p.config.Origin))
	return err
}

func (p *parts) openKeys(context.Context) (err error) {
	if p.keyring, err = secret.ParseKeyring(p.config.EncryptionKeys); err != nil {
		return err
	}
	p.hasher, err = secret.ParseHasher(p.config.HashKeys)
	return err
}

func (p *parts) openMongo(ctx context.Context) error {
	if p.config.MongoURI == "" {
		dir, err := p.dataFolder()
		if err != nil {
			return err
		}
		mongod, err := local.StartMongo(ctx, local.MongoOptions{Dir: dir})
		if errors.Is(err, local.ErrNoMongod) {
			return fault.Wrap(fault.Invalid, err, "no_mongod")
		}
		if err != nil {
			return err
		}
		p.onClose(mongod.Stop)
		p.config.MongoURI, p.embedded["MONGODB_URI"] = mongod.URI(), mongod.URI()
		p.log.InfoContext(ctx, "local mongod started", "dir", dir)
	}

	opened, err := store.Open(ctx, store.Config{URI: p.config.MongoURI, Database: databaseOf(p.config.MongoURI), Keyring: p.keyring})
	if err != nil {
		return err
	}

	p.store = opened
	p.onClose(opened.Close)
	return nil
}

// dataFolder is where development keeps its local MongoDB; "" when it is to be gone at the end.
func (p *parts) dataFolder() (string, error) {
	if p.config.ephemeral {
		return "", nil
	}

	folder, err := p.config.stateFolder()
	if err != nil {
		return "", err
	}

	dir := filepath.Join(folder, "mongo")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("data folder: %w", err)
	}

	return dir, nil
}

// databaseOf is the database that the URI names, else twofold.
func databaseOf(uri string) string {
	if name := readAddress(uri).path; name != "" {
		return name
	}
	return "twofold"
}

func (p *parts) openRedis(ctx context.Context) error {
	if p.config.RedisURL == "" {
		return p.embedRedis(ctx)
	}

	client, err := dialRedis(p.config.RedisURL)
	if err != nil {
		return err
	}

	p.redis = client
	p.onClose(func(context.Context) error { return client.Close() })
	return nil
}

// embedRedis starts a miniredis in this process. Its clock stands still by itself, so it is moved every second.
func (p *parts) embedRedis(ctx context.Context) error {
	server, err := miniredis.Run()
	if err != nil {
		return fmt.Errorf("embedded redis: %w", err)
	}

	ticking, stop := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ticking.Done():
				return
			case <-ticker.C:
				server.FastForward(time.Second)
			}
		}
	}()
	p.embedded["REDIS_URL"] = "redis://" + server.Addr() + "/0"
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	p.redis = client
	p.onClose(func(context.Context) error {
		stop()
		err := client.Close()
		server.Close()
		return err
	})
	return nil
}

// dialRedis understands redis://, rediss://, redis-sentinel://
// (redis-sentinel://:password@host:port,host:port/master?db=0) and redis-cluster:// (rediss-cluster:// over TLS), as
// the client library writes their options.
func dialRedis(address string) (redis.UniversalClient, error) {
	scheme, rest, _ := strings.Cut(address, "://")
	switch scheme {
	case "redis", "rediss":
		o, err := redis.ParseURL(address)
		if err != nil {
			return nil, fault.New(fault.Invalid, "redis_url_single")
		}
		return redis.NewClient(o), nil
	case "redis-cluster", "rediss-cluster":
		o, err := redis.ParseClusterURL(strings.TrimSuffix(scheme, "-cluster") + "://" + rest)
		if err != nil {
			return nil, fault.New(fault.Invalid, "redis_url_cluster")
		}
		return redis.NewClusterClient(o), nil
	case "redis-sentinel", "rediss-sentinel":
		return dialSentinel(scheme == "rediss-sentinel", rest)
	}

	return nil, fault.New(fault.Invalid, "redis_url_scheme")
}

func dialSentinel(secure bool, rest string) (redis.UniversalClient, error) {
	bad := fault.New(fault.Invalid, "redis_url_sentinel")
	login, hosts := "", rest
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		login, hosts = rest[:i], rest[i+1:]
	}

	hosts, master, found := strings.Cut(hosts, "/")
	master, _, _ = strings.Cut(master, "?")
	if !found || hosts == "" || master == "" {
		return nil, bad
	}

	user, password, _ := strings.Cut(login, ":")
	o := &redis.FailoverOptions{MasterName: master, SentinelAddrs: strings.Split(hosts, ","), Username: user, Password: password}
	if secure {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}

	return redis.NewFailoverClient(o), nil
}

func (p *parts) openGateway(context.Context) (err error) {
	p.gateway, err = shopify.New(shopify.Config{
		ClientID: p.config.APIKey, Secrets: p.config.secrets(), Origin: p.config.Origin, Tokens: p.store, Redis: p.redis,
		Now: p.clock.Now, Log: p.log, Metrics: p.metrics, Level2: p.config.level2(),
	})
	return err
}

// adminOf is where a shop's admin shows the app.
func (p *parts) adminOf(shop tenant.ShopID) string {
	return strings.Replace(p.config.Origin, "{shop}", string(shop), 1) + "/admin/apps/" + url.PathEscape(p.config.APIKey)
}

func (p *parts) openService(context.Context) (err error) {
	p.bell = jobs.NewBell(p.redis, "", p.log)
	empty := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "twofold_pool_empty_total", Help: "Times a friend's claim or an advocate's reward found no code in the pool. Alarm on any.",
	}, []string{"side"})
	lost := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "twofold_codes_lost_total", Help: "Codes that were given and not in Shopify any more. They are made anew.",
	}, []string{"side"})
	p.metrics.MustRegister(empty, lost)

	p.do, err = usecases.Wire(usecases.Ports{
		Store: p.store, Shopify: p.gateway, Bell: p.bell, Hasher: p.hasher, Sealer: p.keyring, Visits: storefront.Visits{Keyring: p.keyring}, Now: p.clock.Now, Log: p.log,
	}, usecases.Config{
		Codes: codes.Config{
			UsageScope:  codes.UsageScope(p.config.UsageScope),
			OnPoolEmpty: func(side referral.Side) { empty.WithLabelValues(string(side)).Inc() },
			OnLost:      func(side referral.Side, n int) { lost.WithLabelValues(string(side)).Add(float64(n)) },
		},
		Claims: claims.Config{Level2: p.config.level2(), Mails: p.config.MailHost != ""},
		Mail: mail.Config{
			Sender: p.config.mailServer(), Flow: !p.config.level2(), Origin: func() string { return p.config.AppURL }, Admin: p.adminOf,
		},
		Campaigns: campaigns.Config{Guests: p.config.MailHost != "", NameCampaign: text.English.CampaignName, SayAmount: text.Amounts, SayPercent: text.Percents},
	})
	return err
}
