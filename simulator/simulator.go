package simulator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// APIVersion is the Admin API version the simulator serves and writes into webhook headers.
const APIVersion = "2026-10"

// Config says which app the simulated Shopify knows and how it answers what Shopify's documentation leaves open.
type Config struct {
	ClientID     string       // the app's client id: aud of ID tokens
	ClientSecret string       // signs ID tokens, webhooks, proxy and OAuth queries
	AppURL       string       // the app's public origin; may be set later with SetAppURL
	AppTOML      []byte       // shopify.app.toml: scopes, webhook subscriptions, app proxy
	Extension    fs.FS        // the theme app extension: blocks, snippets, assets, locales; nil: the app has none
	UIExtensions fs.FS        // a folder for each UI extension, and their bundles in built; nil: the app has none
	Log          *slog.Logger // nil discards
	Behaviour    Behaviour    // defaults for new shops; the zero value is DefaultBehaviour's
	// Now is what the simulated time starts from and follows; nil: wall time. Tests let it stand still.
	Now   func() time.Time
	Start time.Time // the simulated time of New; zero: Now's
	Seed  int64     // ids, tokens and random faults repeat for the same seed and the same calls
}

// Server is one simulated Shopify with any number of shops. Its methods may be called from several goroutines.
type Server struct {
	cfg       Config
	app       *appConfig
	extension *extension
	ui        []uiExtension
	log       *slog.Logger
	clock     *clock
	faults    *faultSet
	ids       *idSource
	schema    *adminSchema
	outgoing  *outbox
	mux       *http.ServeMux

	mu      sync.Mutex // guards the fields below, never held together with a call out
	shops   map[string]*shop
	appURL  string
	baseURL string
	httpSrv *http.Server
	ln      net.Listener
	served  chan struct{} // closed when the HTTP server has ended
}

// New returns a server that does not listen yet. Errors: missing credentials, an app TOML or a theme app extension that
// cannot be used.
func New(cfg Config) (*Server, error) {
	if cfg.ClientID == "" || cfg.ClientSecret == "" {
		return nil, errors.New("simulator: client id and secret are needed")
	}

	app, err := parseAppTOML(cfg.AppTOML)
	if err != nil {
		return nil, err
	}

	cfg.Behaviour = cfg.Behaviour.withDefaults()
	if err := cfg.Behaviour.validate(); err != nil {
		return nil, err
	}

	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}

	schema, err := loadSchema()
	if err != nil {
		return nil, err
	}
	extension, err := loadExtension(cfg.Extension)
	if err != nil {
		return nil, err
	}

	ui, err := loadUI(cfg.UIExtensions)
	if err != nil {
		return nil, err
	}

	s := &Server{
		cfg: cfg, app: app, extension: extension, ui: ui, log: log, schema: schema, ids: newIDSource(cfg.Seed),
		clock: newClock(time.Now, cfg.Now, cfg.Start), //nolint:forbidigo // the one place where wall time comes in
		shops: map[string]*shop{}, appURL: strings.TrimSuffix(cfg.AppURL, "/"),
	}

	s.faults = newFaultSet(s.ids)
	s.outgoing = newOutbox(s.clock, s.faults, cfg.ClientSecret, log)
	s.mux = s.routes()
	return s, nil
}

// ErrNotLoopback is Start's answer to an address that other machines reach: the control API asks nobody who they are.
var ErrNotLoopback = errors.New("simulator: not a loopback address")

// Start listens on addr ("127.0.0.1:0" or ":0" lets the kernel choose, on loopback) and serves until Close.
func (s *Server) Start(addr string) error {
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return fmt.Errorf("simulator: listen on %s: %w", addr, err)
	}
	if !at.IP.IsLoopback() {
		return ErrNotLoopback
	}

	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", at.String())
	if err != nil {
		return fmt.Errorf("simulator: listen on %s: %w", addr, err)
	}

	srv := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	s.mu.Lock()
	s.ln, s.httpSrv, s.served = ln, srv, served
	s.baseURL = "http://" + ln.Addr().String()
	s.mu.Unlock()

	go func() {
		defer close(served)
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("simulator stopped serving", "err", err)
		}
	}()
	return nil
}

// Close stops taking requests and sending webhooks, and waits for both until ctx ends. It may be called twice.
func (s *Server) Close(ctx context.Context) error {
	s.clock.close()
	s.outgoing.close()
	s.faults.clear()

	s.mu.Lock()
	srv, served := s.httpSrv, s.served
	s.mu.Unlock()

	var err error
	if srv != nil {
		if err = srv.Shutdown(ctx); err != nil {
			_ = srv.Close()
		}
		<-served
	}
	return errors.Join(err, s.outgoing.wait(ctx))
}

// URL is the simulator's own origin, empty before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.baseURL
}

// Origin is the value for SHOPIFY_ORIGIN: a template in which {shop} stands for the shop's domain.
func (s *Server) Origin() string { return s.URL() + "/{shop}" }

// SetAppURL tells where the app listens, for redirects, the proxy and webhooks with a relative uri.
func (s *Server) SetAppURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appURL = strings.TrimSuffix(u, "/")
}

// Now is the simulated time, in UTC.
func (s *Server) Now() time.Time { return s.clock.now() }

// Handler answers everything the simulator speaks; Start serves it.
func (s *Server) Handler() http.Handler { return s.dated(s.addressed(s.mux)) }

// dated gives every answer the simulated Date, which the app measures its clock against.
func (s *Server) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.clock.now().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// shopDomain is what Shopify accepts as a shop's own domain.
// Source: shopify.dev, authorization code grant, "verify the shop parameter".
var shopDomain = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*\.myshopify\.com$`)

// addressed lets clients that use the shop's own host (the official Node client behind a forwarder) reach /admin/...:
// such a request is served as /{shop}/admin/....
func (s *Server) addressed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/admin/") {
			next.ServeHTTP(w, r)
			return
		}

		host := r.Header.Get("X-Forwarded-Host")
		if host == "" {
			host = r.Host
		}
		if !shopDomain.MatchString(host) {
			http.Error(w, "the shop is taken from Host or X-Forwarded-Host", http.StatusNotFound)
			return
		}

		inner := r.Clone(r.Context())
		inner.URL.Path = "/" + host + r.URL.Path
		inner.URL.RawPath = ""
		next.ServeHTTP(w, inner)
	})
}

// findShop returns the shop of that domain.
func (s *Server) findShop(domain string) (*shop, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh, ok := s.shops[domain]
	return sh, ok
}

// currentAppURL is the app's origin without a trailing slash, empty if nobody has told it yet.
func (s *Server) currentAppURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.appURL
}

// appAddress turns a TOML uri, relative or absolute, into an address. Errors: the app's URL is not known yet.
func (s *Server) appAddress(uri string) (string, error) {
	if u, err := url.Parse(uri); err == nil && u.IsAbs() {
		return uri, nil
	}

	base := s.currentAppURL()
	if base == "" {
		return "", errors.New("the app's URL is not set")
	}
	return base + uri, nil
}
