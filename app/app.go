// Package app is the Fiber application: install, signing merchants in, health, the only error handler, and the request
// log. It mounts the routes of packages admin, webhooks and storefront. What is decided is left to package referral.
//
// Begin with New in this file, which lists the routes. signin.go stands before the merchant's pages, front.go before
// every route.
package app

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/admin"
	"twofold/fault"
	"twofold/signature"
	"twofold/storefront"
	"twofold/tenant"
	"twofold/webhooks"
)

// Verifier judges what claims to come from Shopify. Errors are Unauthorized.
type Verifier interface {
	IDToken(token string) (signature.IDToken, error)
	Query(rawQuery string) (signature.OAuthQuery, error)
}

// Gateway gets a shop's token pair, and proves that it works. Unauthorized: the ID token or the code
// is refused, or the pair is.
type Gateway interface {
	Ping(ctx context.Context, shop tenant.ShopID) error
	Exchange(ctx context.Context, shop tenant.ShopID, idToken string) (tenant.Tokens, error)
	ExchangeCode(ctx context.Context, shop tenant.ShopID, code string) (tenant.Tokens, error)
}

// Store is where installs are kept. Errors are those of referral.Store; LoadTokens is
// Unauthorized when the shop has not installed the app.
type Store interface {
	Ping(ctx context.Context) error
	SchemaCurrent(ctx context.Context) error
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	LoadTokens(ctx context.Context, shop tenant.ShopID) (tenant.Tokens, error)
	SaveInstall(ctx context.Context, shop tenant.ShopID, t tenant.Tokens, at time.Time) (tenant.Shop, error)
	AcquireLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (tenant.Lease, error)
	ReleaseLease(ctx context.Context, l tenant.Lease) error
}

// Bell wakes the job that reads a newly installed shop. It is best effort: a sweep finds shops that were never set up.
type Bell interface {
	SetUp(ctx context.Context, shop tenant.ShopID)
}

// Sealer encrypts the cookie of the authorization code grant, with a key of its own.
type Sealer interface {
	Seal(purpose, context string, plain []byte) (string, error)
	Open(purpose, context, sealed string) ([]byte, error)
}

// Config is what the app needs. Origin and CDN may be left out; all other fields are required.
type Config struct {
	AppURL   string   // public origin, the only one that answers ever name: never the Host header
	ClientID string   // the app's client id
	Scopes   []string // that the app needs, as shopify.app.toml has them
	Origin   string   // of a shop's admin in development, such as http://127.0.0.1:9400/{shop}; default https://{shop}
	CDN      string   // of App Bridge and Polaris; in development also of the admin's frame; default https://cdn.shopify.com
	Verifier Verifier
	Gateway  Gateway
	Store    Store
	Bell     Bell
	Keyring  Sealer
	Now      func() time.Time // the business clock
	Log      *slog.Logger
	Metrics  prometheus.Registerer

	Mail       Mail         // nil: no mails are sent
	MailEvents MailEvents   // nil: nobody tells what became of them
	Admin      admin.Config // what it shares with the app is the app's
	Webhooks   webhooks.Config
	Storefront storefront.Config
}

// Validate reports what is missing or wrong, as Invalid.
func (c Config) Validate() error {
	if !isOrigin(c.AppURL) {
		return fault.ForLog(fault.Invalid, "app: AppURL must be an origin, such as https://app.example.com")
	}

	if c.CDN != "" && (!isOrigin(c.CDN) || strings.HasSuffix(c.CDN, "/")) {
		return fault.ForLog(fault.Invalid, "app: CDN must be an origin without a slash at its end")
	}

	if c.Origin != "" && strings.Count(c.Origin, "{shop}") != 1 {
		return fault.ForLog(fault.Invalid, "app: Origin must hold {shop} once")
	}

	if c.ClientID == "" || len(c.Scopes) == 0 || c.Verifier == nil || c.Gateway == nil ||
		c.Store == nil || c.Bell == nil || c.Keyring == nil ||
		c.Now == nil || c.Log == nil || c.Metrics == nil {
		return fault.ForLog(fault.Invalid,
			"app: client id, scopes, verifier, gateway, store, bell, keyring, clock, logger and metrics "+
				"are required")
	}
	return nil
}

func isOrigin(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.User == nil
}

// Time-outs of a connection. Shopify posts a webhook within seconds, and keeps connections open between them. Header
// and body of a request share readTimeout, however slowly they drip.
const (
	readTimeout  = 15 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 120 * time.Second
)

// handler holds what the app's own routes need.
type handler struct {
	config    Config
	documents *admin.Documents
	proofs    *proofs
}

// New builds the app with all routes. A wrong config is Invalid.
func New(config Config) (*fiber.App, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}

	config.AppURL = strings.TrimRight(config.AppURL, "/")
	if config.Origin == "" {
		config.Origin = "https://{shop}"
	}

	front := newFront(config.Log, config.Metrics)
	app := fiber.New(fiber.Config{
		AppName: "Twofold", DisableStartupMessage: true, ErrorHandler: front.fail, Immutable: true,
		ReadBufferSize: 16 << 10, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		Concurrency: maxConnections,
		// Bodies are ours to read, forms too; fasthttp waits for the first 8 KiB of one at most.
		StreamRequestBody: true, DisablePreParseMultipartForm: true, BodyLimit: webhooks.MaxBodyBytes,
	})

	app.Use(front.serve, secure(strings.HasPrefix(config.AppURL, "https:")), newBodies().read)
	documents := admin.ParseDocuments(admin.Documents{
		ClientID: config.ClientID, AppURL: config.AppURL, CDN: config.CDN,
	})
	h := &handler{config, documents, &proofs{latest: map[tenant.ShopID]proof{}}}

	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/readyz", h.ready)
	if err := webhooks.Mount(app, config.Webhooks); err != nil {
		return nil, err
	}
	if err := storefront.Mount(app, config.Storefront); err != nil {
		return nil, err
	}

	if config.Mail != nil {
		app.Get(stopPath, h.askToStop)
		app.Post(stopPath, h.stop)
		app.Get(choosePath, h.askToChoose)
		app.Post(choosePath, h.choose)
		if config.MailEvents != nil {
			app.Post(EventsPath, h.mailEvents)
		}
	}
	app.Get("/auth/install", h.install)
	app.Get("/auth/callback", h.callback)
	app.Get("/auth/bounce", h.bounce)
	pages := config.Admin
	pages.Documents, pages.Scopes, pages.Now, pages.Log = documents, config.Scopes, config.Now, config.Log
	if err := admin.Mount(app, pages, h.signIn); err != nil {
		return nil, err
	}

	app.Use(func(*fiber.Ctx) error { return fault.ForLog(fault.NotFound, "no route") })
	app.Server().Handler = closing(app.Handler())
	return app, nil
}

// readyTimeout bounds /readyz.
const readyTimeout = 2 * time.Second

// ready answers 200 when work can be done: MongoDB's primary is reachable and the schema is current.
func (h *handler) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()

	err := h.config.Store.Ping(ctx)
	if err == nil {
		err = h.config.Store.SchemaCurrent(ctx)
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "not_ready")
	}
	return c.SendString("ready")
}
