package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"twofold/codes"
	"twofold/fault"
	"twofold/secret"
	"twofold/tenant"
)

// Values of TWOFOLD_ENV.
const (
	production  = "production"
	development = "development"
)

// config is the environment (design section 2), read once.
type config struct {
	AppURL         string `env:"APP_URL"`
	Addr           string `env:"ADDR" envDefault:":8080"`
	MetricsAddr    string `env:"METRICS_ADDR" envDefault:"127.0.0.1:9090"`
	APIKey         string `env:"SHOPIFY_API_KEY"`
	APISecret      string `env:"SHOPIFY_API_SECRET"` // "new" or "new,old"
	Origin         string `env:"SHOPIFY_ORIGIN"`
	MongoURI       string `env:"MONGODB_URI"`
	RedisURL       string `env:"REDIS_URL"`
	EncryptionKeys string `env:"ENCRYPTION_KEYS"`
	HashKeys       string `env:"HASH_KEYS"`
	Env            string `env:"TWOFOLD_ENV" envDefault:"production"`
	LogLevel       string `env:"LOG_LEVEL" envDefault:"info"`
	ProxyHops      int    `env:"PROXY_HOPS" envDefault:"0"` // our own reverse proxies between Shopify and this process

	// ProtectedData is the level of protected customer data that Shopify has approved the app for.
	ProtectedData string `env:"PROTECTED_DATA_LEVEL" envDefault:"1"`
	// UsageScope is what a discount's usage limit counts: each code, or the discount.
	UsageScope string `env:"USAGE_SCOPE" envDefault:"code"`

	// The mail server that takes the app's mails; without MAIL_HOST none are sent.
	MailHost     string `env:"MAIL_HOST"`
	MailPort     int    `env:"MAIL_PORT" envDefault:"587"`
	MailUser     string `env:"MAIL_USER"`
	MailPassword string `env:"MAIL_PASSWORD"`
	MailFrom     string `env:"MAIL_FROM"`
	MailEvents   string `env:"MAIL_EVENTS_KEY"` // of SendGrid's signed event webhook

	// StateDir is where development keeps a local MongoDB and its address; default the user's cache folder.
	StateDir string `env:"STATE_DIR"`

	ephemeral bool // local databases are gone at the end; only the demo says so
}

// variables lists every variable the program knows, for `twofold doctor` and for reading them one by one.
var variables = []string{
	"APP_URL", "ADDR", "METRICS_ADDR", "SHOPIFY_API_KEY", "SHOPIFY_API_SECRET", "SHOPIFY_ORIGIN",
	"MONGODB_URI", "REDIS_URL", "ENCRYPTION_KEYS", "HASH_KEYS",
	"TWOFOLD_ENV", "LOG_LEVEL", "PROXY_HOPS", "PROTECTED_DATA_LEVEL", "USAGE_SCOPE", "STATE_DIR",
	"MAIL_HOST", "MAIL_PORT", "MAIL_USER", "MAIL_PASSWORD", "MAIL_FROM", "MAIL_EVENTS_KEY",
}

// loadConfig reads the environment and, in development, the file .env for what the environment does not have.
func loadConfig(lookup func(string) (string, bool)) (config, error) {
	values := map[string]string{}
	for _, name := range variables {
		if v, set := lookup(name); set {
			values[name] = v
		}
	}

	if values["TWOFOLD_ENV"] == development {
		if err := addDotEnv(values); err != nil {
			return config{}, err
		}
	}

	var c config
	if err := env.ParseWithOptions(&c, env.Options{Environment: values}); err != nil {
		return config{}, fmt.Errorf("configuration: %w", err)
	}

	if c.Env != production && c.Env != development {
		return config{}, fault.With(fault.Invalid, "twofold_env", fault.Values{"given": quoted(c.Env)})
	}
	return c, nil
}

func addDotEnv(values map[string]string) error {
	file, err := godotenv.Read(".env")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("configuration: .env: %w", err)
	}

	for name, v := range file {
		if _, set := values[name]; !set {
			values[name] = v
		}
	}
	return nil
}

// level2 tells whether the app may see e-mail addresses.
func (c config) level2() bool { return c.ProtectedData == "2" }

func (c config) development() bool { return c.Env == development }

// secrets are the app's client secrets, the new one first.
func (c config) secrets() []tenant.Secret {
	var all []tenant.Secret
	for part := range strings.SplitSeq(c.APISecret, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, tenant.Secret(part))
		}
	}
	return all
}

// checkServe validates what serving and working need. Every problem is named with its variable; all are reported at
// once. embedded says that missing databases are started on this machine, which only development may ask for.
func (c config) checkServe(embedded bool) error {
	var wrong []error
	say := func(err error) { wrong = append(wrong, err) }

	if c.APIKey == "" {
		say(fault.New(fault.Invalid, "shopify_api_key_missing"))
	}
	if len(c.secrets()) == 0 {
		say(fault.New(fault.Invalid, "shopify_api_secret_missing"))
	}
	if err := c.checkAppURL(); err != nil {
		say(err)
	}
	if c.ProxyHops < 0 || c.ProxyHops > 10 {
		say(fault.New(fault.Invalid, "proxy_hops"))
	}
	if c.ProtectedData != "1" && c.ProtectedData != "2" {
		say(fault.New(fault.Invalid, "protected_data_level"))
	}
	if scope := codes.UsageScope(c.UsageScope); scope != codes.UsagePerCode && scope != codes.UsagePerDiscount {
		say(fault.New(fault.Invalid, "usage_scope"))
	}
	if at, err := mail.ParseAddress(c.MailFrom); c.MailHost+c.MailFrom != "" && (err != nil || at.Address != c.MailFrom) {
		say(fault.New(fault.Invalid, "mail_from"))
	}
	if _, err := c.mailEvents(); err != nil {
		say(fault.New(fault.Invalid, "mail_events_key"))
	}
	if c.MailPort < 1 || c.MailPort > 65535 {
		say(fault.New(fault.Invalid, "mail_port"))
	}
	if new(slog.LevelVar).UnmarshalText([]byte(c.LogLevel)) != nil {
		say(fault.New(fault.Invalid, "log_level"))
	}
	if !embedded || !c.development() {
		wrong = append(wrong, c.checkDatabases()...)
	}
	if _, err := secret.ParseKeyring(c.EncryptionKeys); err != nil {
		say(fault.With(fault.Invalid, "encryption_keys", fault.Values{"why": err}))
	}
	if _, err := secret.ParseHasher(c.HashKeys); err != nil {
		say(fault.With(fault.Invalid, "hash_keys", fault.Values{"why": err}))
	}
	if !c.development() {
		wrong = append(wrong, c.checkProduction()...)
	}
	return errors.Join(wrong...)
}

// checkAppURL wants an origin alone: it is shown to everybody who installs, and a login in it would be too. Development
// may leave it out: then it is where the process listens.
func (c config) checkAppURL() error {
	if c.AppURL == "" && c.development() {
		return nil
	}

	u, err := url.Parse(c.AppURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && !c.development()) ||
		(u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		return fault.New(fault.Invalid, "app_url")
	}
	return nil
}

func (c config) checkDatabases() []error {
	var wrong []error
	if c.MongoURI == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "mongodb_uri_missing"))
	}
	if c.RedisURL == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "redis_url_missing"))
	}
	return wrong
}

// minSecret is the least length of a client secret in production; Shopify's have 38 characters.
const minSecret = 24

func (c config) checkProduction() []error {
	var wrong []error
	if c.Origin != "" {
		wrong = append(wrong, fault.New(fault.Invalid, "shopify_origin_set"))
	}

	for _, s := range c.secrets() {
		if len(s) < minSecret {
			least := fault.Values{"least": minSecret}
			wrong = append(wrong, fault.With(fault.Invalid, "shopify_api_secret_weak", least))
		}
	}

	if !privateAddr(c.MetricsAddr) {
		wrong = append(wrong, fault.New(fault.Invalid, "metrics_addr"))
	}
	return wrong
}

// privateAddr tells whether a listen address is out of the public's reach.
func privateAddr(addr string) bool {
	ap, err := netip.ParseAddrPort(addr)
	return err == nil && (ap.Addr().IsLoopback() || ap.Addr().IsPrivate())
}
