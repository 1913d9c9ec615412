// Package storefront answers shoppers through Shopify's app proxy: join, visit, offer, claim, me, event, and a plain
// page that works without script. It verifies the proxy's signature, limits, reads and writes JSON; what may be done
// is decided by package referral. It never shows one shopper another's data: who asks is who the signed query names.
// It hands on a browser id and an address as keyed hashes only.
//
// Shopify's UI extensions are answered by ui.go, under a path of their own: they send a token that Shopify signs.
//
// Begin with Mount and do in this file; endpoints.go has a function for each endpoint, page.go the page.
package storefront

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"twofold/campaigns"
	"twofold/claims"
	"twofold/fault"
	"twofold/funnel"
	"twofold/referral"
	"twofold/signature"
	"twofold/tenant"
	"twofold/text"
)

// MaxBodyBytes is how long a request body may be. Whoever mounts the endpoints enforces it. The widget sends a few
// hundred bytes.
const MaxBodyBytes = 16 << 10

// budget bounds one request. Shopify's own time-out is not published.
const budget = 3 * time.Second

// Path is the path under which all endpoints stand: shopify.app.toml tells it to Shopify.
const Path = "/proxy"

// Claims is what the endpoints ask of the domain.
type Claims interface {
	Join(ctx context.Context, r claims.JoinRequest) (claims.AdvocateView, error)
	Visit(ctx context.Context, r claims.VisitRequest) (claims.VisitView, error)
	Offer(ctx context.Context, shop tenant.ShopID, ref string) (claims.OfferView, error)
	Claim(ctx context.Context, r claims.ClaimRequest) (claims.ClaimView, error)
	Me(
		ctx context.Context, shop tenant.ShopID, c referral.CustomerID, seen referral.Sighting,
	) (claims.AdvocateView, error)
	Page(ctx context.Context, r claims.PageRequest) (claims.PageView, error)
	AskMissing(ctx context.Context, r claims.MissingRequest) (claims.MissingView, error)
	JoinGuest(ctx context.Context, r claims.GuestRequest) (claims.GuestView, error)
	AskSignIn(ctx context.Context, r claims.GuestRequest) (referral.SignInID, error)
	Enter(ctx context.Context, r claims.EnterRequest) (referral.AdvocateID, error)
	JoinBuyer(ctx context.Context, r claims.BuyerRequest) (claims.BuyerView, error)
	Overview(
		ctx context.Context, shop tenant.ShopID, c referral.CustomerID, seen referral.Sighting,
	) (claims.AdvocateView, *claims.OfferView, error)
}

var _ Claims = (*claims.Service)(nil)

// Shown is told the path under which the shop's pages reach the endpoints.
type Shown interface {
	LearnProxy(ctx context.Context, shop tenant.ShopID, path string) error
}

var _ Shown = (*campaigns.Service)(nil)

// Events counts what widgets tell of, later: it must not wait, and it keeps what it is given.
type Events interface {
	Add(events ...funnel.Event)
}

var _ Events = (*funnel.Counter)(nil)

// Verifier verifies and reads the query of a proxy request, and the token of an extension's. Unauthorized: it is not
// Shopify's.
type Verifier interface {
	Proxy(rawQuery string) (signature.ProxyQuery, error)
	ExtensionToken(token string) (signature.ExtensionToken, error)
}

// Sealer encrypts visit ids. Open is Invalid for anything that Seal did not make for the same purpose and context.
type Sealer interface {
	Seal(purpose, context string, plain []byte) (string, error)
	Open(purpose, context, sealed string) ([]byte, error)
}

// Hasher makes keyed hashes of what shoppers are told apart by: HMAC over shop, kind and value.
type Hasher interface {
	referral.LookupHasher
	// Hash is what is written: key id and HMAC, as text.
	Hash(shop tenant.ShopID, kind, value string) string
}

// Config is what the endpoints need. Hops and Limits have defaults; all other fields are required.
type Config struct {
	Verifier Verifier
	Claims   Claims
	Shown    Shown
	Events   Events
	Hasher   Hasher
	Keyring  Sealer
	Now      func() time.Time // the business clock: what has run out
	Log      *slog.Logger
	Metrics  prometheus.Registerer

	// Redis shares the limits among processes. While it is down every process limits for itself.
	Redis redis.UniversalClient

	// Hops counts the reverse proxies of our own between Shopify and us that append to X-Forwarded-For; 0: none.
	Hops   int
	Limits Limits
}

// Validate reports what is missing or makes no sense, as Invalid.
func (c Config) Validate() error {
	if c.Verifier == nil || c.Claims == nil || c.Shown == nil || c.Events == nil || c.Hasher == nil || c.Keyring == nil ||
		c.Redis == nil || c.Now == nil || c.Log == nil || c.Metrics == nil {
		return fault.ForLog(fault.Invalid,
			"storefront: verifier, referrals, events, hasher, keyring, redis, clock, logger and metrics are required")
	}

	if c.Hops < 0 {
		return fault.ForLog(fault.Invalid, "storefront: hops must be zero or more")
	}
	return c.Limits.validate()
}

type handler struct {
	config      Config
	visits      Visits
	limiter     Limiter
	metrics     metrics
	paths       paths
	addressless alarm
}

// Mount adds the endpoints under Path and UIPath. A wrong config is Invalid. Handlers return errors of package fault; the app
// answers them, in the words of PrinterFor. They leave the shop in the request's locals, for the request log, and the
// page leaves there what it told of as "failed".
func Mount(r fiber.Router, config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	h := &handler{config: config, visits: Visits{config.Keyring}, metrics: newMetrics(config.Metrics)}
	h.limiter = newRedisLimiter(config.Redis, config.Log)

	proxy := r.Group(Path)
	proxy.Post("/join", h.endpoint("join", ClassWrites, h.join))
	proxy.Post("/visit", h.endpoint("visit", ClassVisits, h.visit))
	proxy.Post("/claim", h.endpoint("claim", ClassWrites, h.claim))
	proxy.Post("/missing", h.endpoint("missing", ClassMissing, h.missing))
	proxy.Post("/event", h.endpoint("event", ClassEvents, h.event))
	proxy.Get("/offer", h.endpoint("offer", ClassReads, h.offer))
	proxy.Get("/me", h.endpoint("me", ClassReads, h.me))
	proxy.Post("/sign_in", h.endpoint("sign_in", ClassWrites, h.signIn))
	proxy.Post("/session", h.endpoint("session", ClassWrites, h.session))
	proxy.Post("/mine", h.mine)
	proxy.Get("/", h.page)
	proxy.Get("/page", h.page)
	proxy.Post("/page", h.page)

	h.mountUI(r)
	return nil
}

// request is a verified proxy request.
type request struct {
	signature.ProxyQuery
	customer referral.CustomerID // who is signed in at the shop; "" for a guest
	say      *text.Printer       // in the shopper's language
	network  string              // keyed hash of the network it comes from; "" when that cannot be read
	from     origin              // of it
	body     []byte              // shares the server's buffer: decoded before the handler returns, never kept
}

// PrinterFor words an answer in the language that the shopper's browser asks for, else in English.
func PrinterFor(c *fiber.Ctx) *text.Printer {
	return text.In(c.Get(fiber.HeaderAcceptLanguage))
}

// endpoint makes a handler: verify, limit, do, answer. No answer is 202: it will be done. name is for metrics.
func (h *handler) endpoint(name string, class Class, do func(context.Context, request) (any, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		answer, err := h.do(c, class, do)
		return h.answer(c, name, answer, err)
	}
}

// answer counts a request and answers it. No answer is 202, and so is that somebody has to wait.
func (h *handler) answer(c *fiber.Ctx, name string, answer any, err error) error {
	outcome := string(fault.KindOf(err))
	if err == nil {
		outcome = "ok"
	}
	h.metrics.requests.WithLabelValues(name, outcome).Inc()

	switch {
	case err != nil:
		return err
	case answer == nil:
		return c.Status(fiber.StatusAccepted).Send(nil)
	case answer == waitingAnswer{true}:
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(askAgain.Seconds())))
		c.Status(fiber.StatusAccepted)
	}
	return c.JSON(answer)
}

func (h *handler) do(c *fiber.Ctx, class Class, do func(context.Context, request) (any, error)) (any, error) {
	query, err := h.config.Verifier.Proxy(string(c.Request().URI().QueryString()))
	if err != nil {
		return nil, err
	}
	c.Locals("shop", query.Shop)

	ctx, cancel := context.WithTimeout(c.UserContext(), budget)
	defer cancel()
	if err := h.limit(ctx, c, query, class); err != nil {
		return nil, err
	}
	h.learn(ctx, query)

	r := request{
		ProxyQuery: query, customer: referral.CustomerID(query.Customer),
		say: PrinterFor(c), from: h.originOf(c), network: h.network(query.Shop, forwardedOf(c)),
	}
	if c.Method() == fiber.MethodPost {
		if r.body, err = bodyOf(c); err != nil {
			return nil, err
		}
	}
	return do(ctx, r)
}

// network is the keyed hash of the network that a request comes from; "" when it cannot be read.
func (h *handler) network(shop tenant.ShopID, forwarded string) string {
	network, ok := networkOf(forwarded, h.config.Hops)
	if !ok {
		return ""
	}
	return h.config.Hasher.Hash(shop, "network", network)
}

type metrics struct{ requests, limits *prometheus.CounterVec }

func newMetrics(r prometheus.Registerer) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "twofold_proxy_requests_total",
			Help: "App-proxy requests by endpoint and outcome (fault kind, ok when none).",
		}, []string{"endpoint", "outcome"}),
		limits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "twofold_proxy_limits_total",
			Help: "Verdicts of the limits by class: allowed, refused; " +
				"beside it no_address where browser and link stood in for the network.",
		}, []string{"class", "verdict"}),
	}

	r.MustRegister(m.requests, m.limits)
	return m
}
