package app_test

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"twofold"
	"twofold/admin"
	"twofold/app"
	"twofold/app/signtest"
	"twofold/funnel"
	"twofold/inbox"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/reports"
	"twofold/secret"
	"twofold/shopify"
	"twofold/signature"
	"twofold/simulator"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/webhooks"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	clientID     = "test-client-id"
	clientSecret = "a-test-secret"
	publicURL    = "https://app.example"
	patience     = 20 * time.Second
)

var scopes = []string{"read_customers", "read_orders", "write_app_proxy", "write_discounts"}

// bell remembers which shops were to be set up, and which campaigns to go live.
type bell struct {
	mu    sync.Mutex
	setUp []tenant.ShopID
	live  []referral.CampaignKey
}

func (b *bell) SetUp(_ context.Context, shop tenant.ShopID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setUp = append(b.setUp, shop)
}

func (b *bell) GoLive(_ context.Context, _ tenant.ShopID, key referral.CampaignKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.live = append(b.live, key)
}

func (b *bell) rung() ([]tenant.ShopID, []referral.CampaignKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.setUp), slices.Clone(b.live)
}

func (*bell) Decide(context.Context, tenant.ShopID, referral.FriendID)              {}
func (*bell) Work(context.Context, tenant.ShopID, referral.FriendID, referral.Work) {}
func (*bell) Watch(context.Context, tenant.ShopID, referral.CampaignKey)            {}
func (*bell) Fill(context.Context, tenant.ShopID, referral.CampaignKey)             {}
func (*bell) DeleteCodes(context.Context, tenant.ShopID)                            {}
func (*bell) Mail(context.Context, tenant.ShopID)                                   {}
func (*bell) Share(context.Context, tenant.ShopID)                                  {}
func (*bell) LookForMissing(context.Context, tenant.ShopID)                         {}
func (*bell) Tend(context.Context, tenant.ShopID, referral.CampaignKey)             {}
func (*bell) ShowOffer(context.Context, tenant.ShopID)                              {}
func (*bell) Forget(context.Context, tenant.ShopID, referral.FriendID) error        { return nil }
func (*bell) ForgetShop(context.Context, tenant.ShopID) error                       { return nil }
func (*bell) CleanUp(context.Context, tenant.ShopID)                                {}

// world is the whole app on real parts.
type world struct {
	*fiber.App
	store    *store.Store
	bell     *bell
	log      *strings.Builder
	metrics  *prometheus.Registry
	signer   signtest.Signer
	verifier app.Verifier
	url      string // where it listens; see listen
}

// noon is the clock of tests whose answers must be the same on every day.
func noon() time.Time { return storetest.Noon }

// open builds the app. change may alter its configuration.
func open(t *testing.T, now func() time.Time, change ...func(*app.Config)) *world {
	t.Helper()
	w := &world{
		store: storetest.New(t), bell: &bell{}, log: &strings.Builder{}, metrics: prometheus.NewRegistry(),
		signer: signtest.Signer{ClientID: clientID, Secret: clientSecret, Now: now},
	}
	config := w.config(t, now)
	for _, c := range change {
		c(&config)
	}
	w.verifier = config.Verifier
	built, err := app.New(config)
	if err != nil {
		t.Fatal(err)
	}
	w.App = built
	return w
}

func (w *world) config(t *testing.T, now func() time.Time) app.Config {
	t.Helper()
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	hasher, err := secret.ParseHasher(secret.NewKey("h1"))
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = client.Close() })
	gateway := newGateway(t, w.store, "http://127.0.0.1:1/{shop}", now)
	do, err := jobstest.Services(w.store, gateway, w.bell, hasher, storefront.Visits{Keyring: storetest.Keyring()}, now)
	if err != nil {
		t.Fatal(err)
	}
	committer, err := inbox.NewCommitter(inbox.CommitterConfig{Inserter: w.store, Log: log, Metrics: w.metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := committer.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	counter, err := funnel.NewCounter(funnel.Config{Store: w.store, Log: log, Metrics: w.metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := counter.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	verifier := &signature.Verifier{ClientID: clientID, Secrets: []tenant.Secret{clientSecret}, Now: now}
	return app.Config{
		AppURL: publicURL, ClientID: clientID, Scopes: scopes, Verifier: verifier, Gateway: gateway, Store: w.store, Bell: w.bell,
		Keyring: storetest.Keyring(), Now: now, Log: log, Metrics: w.metrics,
		Admin: admin.Config{
			Home:         w.store,
			Campaigns:    do.Campaigns,
			Referrals:    reports.NewReferrals(w.store, gateway, storetest.Keyring()),
			Acts:         do.Rewards,
			Explainer:    do.Orders,
			Exports:      w.store,
			Sealer:       storetest.Keyring(),
			Advocates:    reports.NewAdvocates(w.store, gateway),
			AdvocateActs: do.Rewards,
			Settings:     do.Shops,
			Mails:        do.Mail,
			MailStore:    w.store,
			Leaving:      do.Shops,
			Terms:        w.store,
			People:       do.People,
			TestRuns:     reports.NewTestRuns(w.store),
			Backtests:    reports.NewBacktests(w.store),
			Figures:      reports.NewHomeFigures(w.store, gateway, now),
		},
		Webhooks: webhooks.Config{Verifier: verifier, Shops: w.store, Inbox: committer, Wall: now, Log: log, Metrics: w.metrics},
		Storefront: storefront.Config{
			Verifier: verifier, Claims: do.Claims, Shown: do.Campaigns, Events: counter, Hasher: hasher, Keyring: storetest.Keyring(), Redis: client, Now: now, Log: log, Metrics: w.metrics,
		},
	}
}

func newGateway(t *testing.T, s *store.Store, origin string, now func() time.Time) *shopify.Gateway {
	t.Helper()
	g, err := shopify.New(shopify.Config{
		ClientID: clientID, Secrets: []tenant.Secret{clientSecret}, Origin: origin, Tokens: s, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// openWithShopify is open beside a simulated Shopify with one shop, which knows where the app listens.
func openWithShopify(t *testing.T, shop tenant.ShopID) (*world, *simulator.Server) {
	t.Helper()
	sim, err := simulator.New(simulator.Config{
		ClientID: clientID, ClientSecret: clientSecret, AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := sim.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	w := open(t, time.Now, func(c *app.Config) {
		c.AppURL, c.Origin = address, sim.Origin()
		c.Gateway = newGateway(t, c.Store.(*store.Store), sim.Origin(), time.Now)
	})
	w.listen(t, listener)
	sim.SetAppURL(address)
	if err := sim.CreateShop(simulator.ShopInput{Domain: string(shop)}); err != nil {
		t.Fatal(err)
	}
	return w, sim
}

// listen serves over TCP until the test ends.
func (w *world) listen(t *testing.T, listener net.Listener) {
	t.Helper()
	served := make(chan error, 1)
	go func() { served <- w.Listener(listener) }()
	w.url = "http://" + listener.Addr().String()
	t.Cleanup(func() {
		if err := w.ShutdownWithTimeout(patience); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request; change may alter it first.
func (w *world) do(t *testing.T, method, target string, change ...func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequest(method, "http://internal.test"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(r)
	}
	return w.send(t, r)
}

func (w *world) send(t *testing.T, r *http.Request) answer {
	t.Helper()
	got, err := w.Test(r, int(patience.Milliseconds()))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, got)
}

func read(t *testing.T, got *http.Response) answer {
	t.Helper()
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(body)}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// bearer puts an ID token where App Bridge does.
func bearer(token string) func(*http.Request) { return header("Authorization", "Bearer "+token) }

// kind reads an error answer, and fails unless it has all of its parts.
func (a answer) kind(t *testing.T) string {
	t.Helper()
	var v struct {
		Error struct {
			Kind, Code, Message string
			RequestID           string `json:"request_id"`
		}
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || v.Error.Code == "" || v.Error.Message == "" || v.Error.RequestID == "" || v.Error.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("error answer %s with request id %q (%v)", a.body, a.header.Get("X-Request-Id"), err)
	}
	return v.Error.Kind
}

// failure reads what an error answer tells a person, and the program that asks.
func (a answer) failure(t *testing.T) (code, message string) {
	t.Helper()
	var v struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Errorf("error answer %s: %v", a.body, err)
	}
	return v.Error.Code, v.Error.Message
}

// golden compares text with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
