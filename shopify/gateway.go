package shopify

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	goshopify "github.com/bold-commerce/go-shopify/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"twofold/fault"
	"twofold/tenant"
)

// callTimeout bounds one request to Shopify, from connecting to the last byte.
const callTimeout = 20 * time.Second

// TokenStore keeps each shop's token pair. Errors are those of referral.Store; Unauthorized: the shop has not installed
// the app.
type TokenStore interface {
	LoadTokens(ctx context.Context, shop tenant.ShopID) (tenant.Tokens, error)
	// SwapTokens replaces the pair of the given version by next, whose Version is version+1. Conflict: it changed
	// meanwhile, or the lease was lost.
	SwapTokens(ctx context.Context, lease tenant.Lease, version int64, next tenant.Tokens) error
	// MarkNeedsVisit notes that the pair of the given version is refused for good. Conflict: it changed meanwhile.
	MarkNeedsVisit(ctx context.Context, shop tenant.ShopID, version int64) error
	// MarkClosed notes that Shopify has closed the shop, as the pair of the given version was told. Conflict: it
	// changed meanwhile.
	MarkClosed(ctx context.Context, shop tenant.ShopID, version int64, status tenant.Status) error
	// MarkOpen notes that Shopify answers for it again.
	MarkOpen(ctx context.Context, shop tenant.ShopID) error
	AcquireLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (tenant.Lease, error)
	ReleaseLease(ctx context.Context, l tenant.Lease) error
}

// Config says how the gateway reaches Shopify. ClientID, Secrets, Tokens, Now and Log are required.
type Config struct {
	ClientID string
	// Secrets are the app's client secrets: the new one first, during a rotation the old one after it.
	Secrets []tenant.Secret
	// Level2 says that the app is approved for protected customer data of level 2: names, e-mail addresses.
	Level2 bool
	// Origin is "" for https://{shop}; outside production a template such as http://127.0.0.1:9400/{shop}.
	Origin string

	Tokens TokenStore // keeps the token pairs
	// Redis shares the limiter's buckets among processes; nil: every process limits for itself, carefully.
	Redis redis.UniversalClient
	// Now is the business clock, for token expiries. Limiter and leases stay on wall time.
	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: metrics are counted but not shown
}

// Validate reports what is missing or wrong, as Invalid.
func (c Config) Validate() error {
	switch {
	case c.ClientID == "":
		return fault.ForLog(fault.Invalid, "shopify: the client id (SHOPIFY_API_KEY) is missing")
	case len(tenant.Usable(c.Secrets)) == 0:
		return fault.ForLog(fault.Invalid, "shopify: the client secret (SHOPIFY_API_SECRET) is missing")
	case c.Tokens == nil || c.Now == nil || c.Log == nil:
		return fault.ForLog(fault.Invalid, "shopify: token store, clock and logger are required")
	}

	_, err := parseOrigin(c.Origin)
	return err
}

// Gateway runs the operations of referral.Shopify. It is safe for concurrent use; a token that is refreshed ahead is
// the only thing that goes on after a call.
type Gateway struct {
	config  Config
	app     goshopify.App
	origin  origin
	base    http.RoundTripper
	limiter *limiter
	costs   costTable
	metrics *metrics
	skew    skewEstimate
	version versionWatch
	refresh singleflight.Group // one refresh a shop and process; the lease is for the others
}

// New returns a gateway. A wrong Config is Invalid.
func New(c Config) (*Gateway, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}

	o, err := parseOrigin(c.Origin)
	if err != nil {
		return nil, err
	}

	g := &Gateway{
		config:  c,
		app:     goshopify.App{ApiKey: c.ClientID},
		origin:  o,
		base:    newTransport(),
		metrics: newMetrics(c.Metrics),
	}

	g.limiter = newLimiter(c.Redis, c.Log, g.metrics)
	return g, nil
}

// newTransport returns a connection pool with limits on every phase that a peer could stall.
func newTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  callTimeout,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Skew is how far our clock is ahead of Shopify's (negative: behind), estimated from the Date headers of answers; ok is
// false before the first answer. The headers count whole seconds, so it is right to about a second.
func (g *Gateway) Skew() (skew time.Duration, ok bool) { return g.skew.get() }

// origin is the parsed Config.Origin: where a shop's Admin API is.
type origin struct{ template string }

// parseOrigin reads the template. It must be http or https, hold {shop} once and have no query. "" is Shopify itself.
func parseOrigin(template string) (origin, error) {
	if template == "" {
		return origin{"https://{shop}"}, nil
	}

	bad := fault.New(fault.Invalid, "shopify_origin")
	scheme := strings.HasPrefix(template, "http://") || strings.HasPrefix(template, "https://")
	if !scheme || strings.Count(template, "{shop}") != 1 || strings.ContainsAny(template, "?#@ ") {
		return origin{}, bad
	}
	return origin{strings.TrimSuffix(template, "/")}, nil
}

// url returns the address of a path ("/admin/oauth/access_token") of the shop. The shop goes in only if it is a shop
// domain.
func (o origin) url(shop tenant.ShopID, path string) (string, error) {
	parsed, err := tenant.ParseShop(string(shop))
	if err != nil || parsed != shop {
		return "", fault.ForLog(fault.Invalid, "not a shop domain")
	}
	return strings.Replace(o.template, "{shop}", string(shop), 1) + path, nil
}
