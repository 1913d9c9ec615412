// Package demo is the story on this machine: it starts a simulated Shopify and the app beside it, and tells how a
// referral is credited, rewarded, taken back and flagged. Shoppers and the merchant act over HTTP, as they do in a real
// shop. How the app is put together is left to who hands over Start.
//
// Begin with Run, then steps in story.go, which lists the scenes.
package demo

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"twofold"
	"twofold/fault"
	"twofold/referral"
	"twofold/secret"
	"twofold/simulator"
	"twofold/tenant"
	"twofold/text"
)

// Shop is the shop that the story is about.
const Shop tenant.ShopID = "demo.myshopify.com"

// clientID is the app's, at the simulated Shopify.
const clientID = "twofold-demo"

// closeLimit bounds closing the simulator.
const closeLimit = 30 * time.Second

// Settings are what the app has to be started with to belong to this run's Shopify.
type Settings struct {
	ClientID       string
	ClientSecret   string // drawn for this run, as are the keys
	Origin         string // template of a shop's admin, such as http://127.0.0.1:9400/{shop}
	EncryptionKeys string
	HashKeys       string
	Level2         bool // the app may see e-mail addresses
	MailHost       string
	MailPort       int // of the demo's mailbox
}

// App is the app at work, and what the story has to read of it because no page shows it. Errors are those of package
// referral.
type App interface {
	// Addr is the host:port of the public listener.
	Addr() string

	// Wait blocks until ctx ends, which is no error, or a part of the app fails.
	Wait(ctx context.Context) error
	Close() error

	// Now is the business clock, which follows the simulator's.
	Now() time.Time

	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	Campaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error)
	FindCampaign(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) (referral.Campaign, error)
	CountCodes(
		ctx context.Context, shop tenant.ShopID, key referral.CampaignKey, side referral.Side, state referral.CodeState,
	) (int, error)
	FindOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error)
	FindReferral(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (referral.Referral, error)
	ListReferrals(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Referral, error)

	// Drained tells whether every webhook that was taken has been worked off.
	Drained(ctx context.Context, shop tenant.ShopID) (bool, error)

	// Export is everything the shop has, as `twofold export` prints it.
	Export(ctx context.Context, shop tenant.ShopID) (string, error)

	// Explain is what `twofold explain` says about an order.
	Explain(ctx context.Context, shop tenant.ShopID, order string) (string, error)
}

// Config says how the story is told. JSON, Once and Level2 are off by default; all other fields are required.
type Config struct {
	Out  io.Writer
	JSON bool             // JSON lines instead of sentences
	Once bool             // exit after the story, instead of staying up
	Wall func() time.Time // how long things take
	Log  *slog.Logger     // of the simulator

	Level2 bool // of protected customer data: the shop shows the app e-mail addresses

	// Start starts the app on a free port of this machine, with databases that are gone when it is closed.
	Start func(ctx context.Context, s Settings) (App, error)
}

// Validate reports what is missing, as Invalid.
func (c Config) Validate() error {
	if c.Out == nil || c.Wall == nil || c.Log == nil || c.Start == nil {
		return fault.ForLog(fault.Invalid, "demo: output, clock, logger and start are required")
	}
	return nil
}

// Run starts everything, tells the story, and stays up until ctx ends, unless once. An error names the step that
// failed.
func Run(ctx context.Context, c Config) (err error) {
	if err := c.Validate(); err != nil {
		return err
	}

	t := &teller{out: c.Out, json: c.JSON, wall: c.Wall, began: c.Wall()}

	s, err := open(ctx, c, t)
	if err != nil {
		t.fail("start", err)
		t.summary(counts{}, err)
		return failedAt("start", err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()

	summary, err := s.tell(ctx)
	t.summary(summary, err)
	if err != nil || c.Once {
		return err
	}

	t.addresses(s.shopify.URL(), s.mailbox.url(), s.people["alice"])
	return s.app.Wait(ctx)
}

// Open starts everything for a story that is played step by step; Close ends it.
func Open(ctx context.Context, c Config) (*Story, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return open(ctx, c, &teller{out: c.Out, json: c.JSON, wall: c.Wall, began: c.Wall()})
}

// open starts simulator and app on free ports, with keys drawn for this run. On an error what was started is closed.
func open(ctx context.Context, c Config, t *teller) (*Story, error) {
	appSecret, shops := secret.NewKey("s"), simulator.DefaultBehaviour()
	if c.Level2 {
		shops.ProtectedDataLevel = simulator.Level(2)
	}

	sim, err := simulator.New(simulator.Config{
		ClientID: clientID, ClientSecret: appSecret, AppTOML: twofold.AppTOML, Extension: twofold.ThemeExtension(), UIExtensions: twofold.UIExtensions(),
		Log: c.Log, Behaviour: shops,
	})
	if err != nil {
		return nil, err
	}
	if err := sim.Start("127.0.0.1:0"); err != nil {
		return nil, err
	}
	box, err := openMailbox(c.Level2)
	if err != nil {
		return nil, errors.Join(err, sim.Close(ctx))
	}

	s := &Story{
		teller: t, shopify: sim, mailbox: box, root: sim.URL() + "/" + string(Shop),
		people: map[string]*Shopper{}, orders: map[string]Order{},
	}
	s.app, err = c.Start(ctx, Settings{
		ClientID: clientID, ClientSecret: appSecret, Origin: sim.Origin(),
		EncryptionKeys: secret.NewKey("k1"), HashKeys: secret.NewKey("h1"), Level2: c.Level2,
		MailHost: box.box.Host(), MailPort: box.box.Port(),
	})
	if err != nil {
		return nil, errors.Join(err, s.closeShopify())
	}
	sim.SetAppURL("http://" + s.app.Addr())

	s.say("start", text.With{"shopify": sim.URL(), "app": s.app.Addr()}, nil)
	return s, nil
}

// Close ends the app, and then its Shopify.
func (s *Story) Close() error { return errors.Join(s.app.Close(), s.closeShopify()) }

// closeShopify ends the mailbox too. It works also after the program's own context has ended.
func (s *Story) closeShopify() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	return errors.Join(s.mailbox.close(ctx), s.shopify.Close(ctx))
}
