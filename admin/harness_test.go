package admin_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"twofold"
	"twofold/admin"
	"twofold/fault"
	"twofold/jobs/jobstest"
	"twofold/referral"
	"twofold/reports"
	"twofold/secret"
	"twofold/shopify"
	"twofold/simulator"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/usecases"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	demo     tenant.ShopID = "demo.myshopify.com"
	patience               = 20 * time.Second
)

var scopes = []string{"read_customers", "read_orders", "write_app_proxy", "write_discounts"}

// noon is the clock of the pages.
func noon() time.Time { return storetest.Noon }

// bell is nobody's: what pages ring for is done by jobs, which have their own tests. It notes whose pools are to be
// filled.
type bell struct{ filled *[]referral.CampaignKey }

func (bell) SetUp(context.Context, tenant.ShopID)                                  {}
func (bell) GoLive(context.Context, tenant.ShopID, referral.CampaignKey)           {}
func (bell) Decide(context.Context, tenant.ShopID, referral.FriendID)              {}
func (bell) Work(context.Context, tenant.ShopID, referral.FriendID, referral.Work) {}
func (bell) DeleteCodes(context.Context, tenant.ShopID)                            {}
func (bell) Mail(context.Context, tenant.ShopID)                                   {}
func (bell) Share(context.Context, tenant.ShopID)                                  {}
func (bell) LookForMissing(context.Context, tenant.ShopID)                         {}
func (bell) Tend(context.Context, tenant.ShopID, referral.CampaignKey)             {}
func (bell) ShowOffer(context.Context, tenant.ShopID)                              {}
func (bell) Forget(context.Context, tenant.ShopID, referral.FriendID) error        { return nil }
func (bell) ForgetShop(context.Context, tenant.ShopID) error                       { return nil }
func (bell) CleanUp(context.Context, tenant.ShopID)                                {}

func (b bell) Watch(context.Context, tenant.ShopID, referral.CampaignKey) {}

func (b bell) Fill(_ context.Context, _ tenant.ShopID, key referral.CampaignKey) {
	*b.filled = append(*b.filled, key)
}

// world is the pages on a real store, with the demo shop's merchant signed in. Shopify cannot be reached, unless a test
// opens one.
type world struct {
	*fiber.App

	store    *store.Store
	sent     *storetest.Commands // by the store
	do       *usecases.All
	gateway  *shopify.Gateway
	language string // of the merchant's admin
	now      time.Time
	shop     tenant.ShopID
	others   int                    // advocates beside those of the store
	filled   []referral.CampaignKey // whose pools were rung for
	hasher   *secret.Hasher
}

// open mounts the pages on a store of their own.
func open(t *testing.T, origin ...string) *world {
	t.Helper()
	counted, sent := storetest.Counted(t)
	w := mounted(t, counted, nil, origin...)
	w.sent = sent
	return w
}

// mounted mounts the pages on a store. Whoever names people is the gateway, unless another is given.
func mounted(t testing.TB, kept *store.Store, people reports.People, origin ...string) *world {
	t.Helper()
	w := &world{store: kept, language: "en", shop: demo, now: noon()}
	quiet := slog.New(slog.DiscardHandler)
	hasher, err := secret.ParseHasher(secret.NewKey("h1"))
	if err != nil {
		t.Fatal(err)
	}
	w.hasher = hasher
	at := "http://127.0.0.1:1/{shop}"
	if len(origin) > 0 {
		at = origin[0]
	}
	gateway, err := shopify.New(shopify.Config{
		ClientID: "test-client-id", Secrets: []tenant.Secret{"a-test-secret"}, Origin: at, Tokens: w.store, Now: noon, Log: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.gateway = gateway
	if people == nil {
		people = gateway
	}
	if w.do, err = jobstest.Services(w.store, gateway, bell{&w.filled}, hasher, storefront.Visits{Keyring: storetest.Keyring()}, noon); err != nil {
		t.Fatal(err)
	}

	w.App = fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.Status(fault.KindOf(err).Status()).SendString(err.Error())
	}})
	config := admin.Config{
		Documents: admin.ParseDocuments(admin.Documents{ClientID: "test-client-id", AppURL: "https://app.example"}),
		Scopes:    scopes, Now: func() time.Time { return w.now }, Log: quiet,
		Home:         w.store,
		Figures:      reports.NewHomeFigures(crowd{w.store, w}, people, noon),
		Campaigns:    w.do.Campaigns,
		Referrals:    reports.NewReferrals(w.store, people, storetest.Keyring()),
		Acts:         w.do.Rewards,
		Explainer:    w.do.Orders,
		Exports:      w.store,
		Sealer:       storetest.Keyring(),
		Advocates:    reports.NewAdvocates(w.store, people),
		AdvocateActs: w.do.Rewards,
		Settings:     w.do.Shops,
		Mails:        w.do.Mail,
		MailStore:    w.store,
		Leaving:      w.do.Shops,
		Terms:        w.store,
		People:       w.do.People,
		TestRuns:     reports.NewTestRuns(w.store),
		Backtests:    reports.NewBacktests(w.store),
	}
	if err := admin.Mount(w.App, config, w.signIn); err != nil {
		t.Fatal(err)
	}
	return w
}

// signIn is app's, without a token.
func (w *world) signIn(c *fiber.Ctx) error {
	shop, err := w.store.FindShop(c.UserContext(), w.shop)
	if err != nil {
		return err
	}
	admin.Remember(c, admin.SignedIn{Shop: shop, User: "548380009", Language: w.language})
	return c.Next()
}

// installed puts the demo shop into the store, with tokens, and its profile unless it is not read yet.
func (w *world) installed(t testing.TB, profiled bool) {
	t.Helper()
	ctx := storetest.Context(t)
	if _, err := w.store.SaveInstall(ctx, w.shop, storetest.Tokens(), noon().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if !profiled {
		return
	}
	p := tenant.Profile{Currency: "USD", TimeZone: "America/New_York", Plan: "basic", PrimaryURL: "https://demo.example", Scopes: scopes}
	if err := w.store.SaveProfile(ctx, w.shop, p, noon()); err != nil {
		t.Fatal(err)
	}
}

// withShopify is the pages with the demo shop in a simulated Shopify, which answers them.
func withShopify(t *testing.T) (*world, *simulator.Server) {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // what Shopify opens at the install
	t.Cleanup(app.Close)
	sim, err := simulator.New(simulator.Config{
		ClientID: "test-client-id", ClientSecret: "a-test-secret", AppURL: app.URL, AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})

	w := open(t, sim.Origin())
	w.installed(t, true)
	w.join(t, sim, demo)
	return w, sim
}

// join makes a shop in the simulated Shopify, and keeps its tokens.
func (w *world) join(t *testing.T, sim *simulator.Server, shop tenant.ShopID) {
	t.Helper()
	if err := errors.Join(sim.CreateShop(simulator.ShopInput{Domain: string(shop), Currency: "USD"}), sim.Install(t.Context(), string(shop))); err != nil {
		t.Fatal(err)
	}
	idToken, err := sim.IDToken(string(shop))
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := w.gateway.Exchange(t.Context(), shop, idToken)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.SaveInstall(storetest.Context(t), shop, tokens, noon()); err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// get opens a page as Turbo does.
func (w *world) get(t testing.TB, path string) answer {
	t.Helper()
	return w.ask(t, "GET", path, nil)
}

// post sends a form as Turbo does.
func (w *world) post(t *testing.T, path string, form url.Values) answer {
	t.Helper()
	return w.ask(t, "POST", path, form)
}

func (w *world) ask(t testing.TB, method, path string, form url.Values) answer {
	t.Helper()
	r, err := http.NewRequest(method, "https://app.example"+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/vnd.turbo-stream.html, text/html, application/xhtml+xml")
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := w.Test(r, int(patience.Milliseconds()))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, got)
}

func read(t testing.TB, got *http.Response) answer {
	t.Helper()
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(body)}
}

// marks are what no page's test is about: versions of the assets, and the HTML of mails, which package mail compares.
var marks = regexp.MustCompile(`\?v=[0-9a-f]+|srcdoc="[^"]*"`)

// golden compares what is below the navigation of a page with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = marks.ReplaceAllString(got, "")
	if _, page, whole := strings.Cut(got, "</s-app-nav>\n"); whole { // else it is a part of one
		got = page
	}
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
