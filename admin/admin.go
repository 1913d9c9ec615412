// Package admin is the merchant's pages inside Shopify's admin: what each reads, how it looks, and the forms that act.
// Signing in and installing are left to package app, which mounts the pages; figures and lists to package reports; what
// is decided to the use cases. Every word stands in package text.
//
// Begin with routes in this file. A page is a Go file with its handlers and what it asks for, and the template of the
// same name in pages.
package admin

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/tenant"
	"twofold/text"
)

// Config is what the pages need. All fields are required.
type Config struct {
	Documents *Documents
	Scopes    []string         // that the app needs, as shopify.app.toml has them
	Now       func() time.Time // the business clock
	Log       *slog.Logger
	Home      HomeStore
	Figures   HomeFigures
	Campaigns Campaigns
	Referrals ReferralLists
	Explainer Explainer
	Exports   Exports
	Sealer    Sealer
	Acts      Acts
	Advocates Advocates

	AdvocateActs AdvocateActs
	Settings     Settings
	Mails        Mails
	MailStore    MailStore
	Terms        TermsStore
	People       People
	TestRuns     TestRuns
	Backtests    Backtests
	Leaving      Leaving
}

// Validate reports what is missing, as Invalid.
func (c Config) Validate() error {
	asked := []any{
		c.Home,
		c.Figures,
		c.Campaigns,
		c.Referrals,
		c.Acts,
		c.Explainer,
		c.Exports,
		c.Sealer,
		c.Advocates,
		c.AdvocateActs,
		c.Settings,
		c.Mails,
		c.MailStore,
		c.Terms,
		c.People,
		c.TestRuns,
		c.Backtests,
		c.Leaving,
	}
	if c.Documents == nil || len(c.Scopes) == 0 || c.Now == nil || c.Log == nil || slices.Contains(asked, nil) {
		return fault.ForLog(fault.Invalid, "admin: documents, scopes, clock, logger and what the pages ask are required")
	}
	return nil
}

// route is one page, or one act. Paths are below Path.
type route struct {
	method, path string
	handle       func(visit) error
}

// routes lists all pages and acts.
func (h *handler) routes() []route {
	return []route{
		{fiber.MethodGet, "/", h.home},
		{fiber.MethodPost, "/vitals", h.webVitals},
		{fiber.MethodPost, "/guide/away", h.putGuideAway},
		{fiber.MethodPost, "/guide/back", h.putGuideBack},

		{fiber.MethodPost, "/campaigns/:id/repair", h.repair},
		{fiber.MethodPost, "/campaigns/:id/codes", h.makeCodes},
		{fiber.MethodGet, "/campaigns", h.campaigns},
		{fiber.MethodPost, "/campaigns", h.newCampaign},
		{fiber.MethodGet, "/campaigns/:id", h.campaign},
		{fiber.MethodPost, "/campaigns/:id", h.saveCampaign},
		{fiber.MethodPost, "/campaigns/:id/follow", h.followCampaign},
		{fiber.MethodGet, "/campaigns/:id/promised", h.campaignPromised},
		{fiber.MethodGet, "/campaigns/:id/preflight", h.campaignPreflight},
		{fiber.MethodPost, "/campaigns/:id/live", h.campaignAct(Campaigns.GoLive, "merchant.did.going_live")},
		{fiber.MethodPost, "/campaigns/:id/pause", h.campaignAct(Campaigns.Pause, "merchant.did.paused")},
		{fiber.MethodPost, "/campaigns/:id/resume", h.campaignAct(Campaigns.Resume, "merchant.did.resumed")},
		{fiber.MethodPost, "/campaigns/:id/end", h.campaignAct(Campaigns.End, "merchant.did.ended")},

		{fiber.MethodGet, "/try", h.try},
		{fiber.MethodPost, "/try", h.followTry},
		{fiber.MethodGet, "/backtest", h.backtest},
		{fiber.MethodGet, "/test-order", h.testOrder},

		{fiber.MethodGet, "/referrals", h.referrals},
		{fiber.MethodPost, "/referrals/all/:act", h.decideMany},
		{fiber.MethodPost, "/referrals/export", h.sealExport},
		{fiber.MethodGet, "/referrals/:order", h.referral},
		{fiber.MethodPost, "/referrals/:order/:act", h.act},
		{fiber.MethodGet, "/explain", h.explain},

		{fiber.MethodGet, "/review", h.review},
		{fiber.MethodGet, "/review/:order", h.review},
		{fiber.MethodPost, "/review/:order/:act", h.decide},

		{fiber.MethodGet, "/advocates", h.advocates},
		{fiber.MethodGet, "/advocates/:id", h.advocate},
		{fiber.MethodGet, "/advocates/:id/acts", h.advocateActs},
		{fiber.MethodPost, "/advocates/:id/note", h.noteAdvocate},
		{fiber.MethodPost, "/advocates/:id/:act", h.actOnAdvocate},

		{fiber.MethodGet, "/settings", h.settings},
		{fiber.MethodPost, "/settings", h.saveSettings},
		{fiber.MethodGet, "/settings/terms", h.terms},
		{fiber.MethodPost, "/settings/terms", h.writeTerms},
		{fiber.MethodGet, "/settings/terms/:version", h.termsVersion},
		{fiber.MethodGet, "/settings/notifications", h.notifications},
		{fiber.MethodPost, "/settings/notifications", h.saveNotifications},
		{fiber.MethodPost, "/settings/notifications/test", h.tryNotification},
		{fiber.MethodGet, "/settings/mails", h.mails},
		{fiber.MethodPost, "/settings/mails", h.saveMails},
		{fiber.MethodPost, "/settings/mails/follow", h.followMails},
		{fiber.MethodGet, "/settings/mails/:mail", h.mailWords},
		{fiber.MethodPost, "/settings/mails/:mail", h.saveMailWords},
		{fiber.MethodPost, "/settings/mails/:mail/follow", h.followMailWords},
		{fiber.MethodPost, "/settings/mails/:mail/send", h.sendMail},
		{fiber.MethodPost, "/settings/tell", h.tell},
		{fiber.MethodPost, "/settings/erase", h.erase},

		{fiber.MethodGet, "/leave", h.leave},
		{fiber.MethodPost, "/leave", h.beginLeaving},
		{fiber.MethodGet, "/leave/ours", h.ours},
		{fiber.MethodPost, "/leave/again", h.startAgain},
	}
}

// handler holds what the pages need.
type handler struct{ config Config }

// SignedIn is a merchant whose ID token was verified, in a shop that has the app.
type SignedIn struct {
	Shop     tenant.Shop
	User     string // Shopify's id of who is signed in; "" when the token names nobody
	Language string // that Shopify's admin has for them, such as "de"
}

// signedInLocal is where Remember leaves who is signed in.
const signedInLocal = "signed_in"

// Remember leaves who is signed in for the page.
func Remember(c *fiber.Ctx, who SignedIn) { c.Locals(signedInLocal, who) }

// Path is below which all pages and acts are.
const Path = "/app"

// Mount serves the pages below Path, and Home at / too, where Shopify opens the app. signIn comes before each; the
// assets are for everybody. A wrong config is Invalid.
func Mount(app *fiber.App, config Config, signIn fiber.Handler) error {
	if err := config.Validate(); err != nil {
		return err
	}

	h := &handler{config}
	app.Get(assetsPath+":name", sendAsset)
	app.Get(exportsPath+":sealed", h.sendExport)
	app.Get("/", signIn, h.page(h.home))
	for _, r := range h.routes() {
		app.Add(r.method, strings.TrimSuffix(Path+r.path, "/"), signIn, h.page(r.handle))
	}

	app.Get(Path+"/*", signIn, h.page(func(visit) error { return fault.ForLog(fault.NotFound, "no such page") }))
	return nil
}

// visit is one request of a merchant who is signed in.
type visit struct {
	*fiber.Ctx

	shop tenant.Shop
	user string // Shopify's id of who is signed in
	say  *text.Printer
	now  time.Time // of the business clock
}

// pageLimit bounds what a page reads, and an act.
const pageLimit = 10 * time.Second

// page makes a handler of a page or an act. Its error is shown as a page in the frame of the others when a document is
// asked for, else it is for app's error handler.
func (h *handler) page(handle func(visit) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		who, ok := c.Locals(signedInLocal).(SignedIn)
		if !ok {
			return fault.ForLog(fault.Internal, "admin: nobody signed in before the page")
		}

		ctx, cancel := context.WithTimeout(c.UserContext(), pageLimit)
		defer cancel()
		c.SetUserContext(ctx)

		v := visit{c, who.Shop, who.User, text.ForMerchants(who.Language), h.config.Now()}
		err := h.unlessCleaned(handle)(v)
		if err == nil || !strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
			return err
		}
		return h.failed(v, err)
	}
}

// trouble is what the page of an error shows.
type trouble struct {
	Says string
	Back string // path of the page that the merchant comes from
}

// failed shows an error as a page. app logs it.
func (h *handler) failed(v visit, err error) error {
	v.Locals(FailedLocal, err)
	v.Status(fault.KindOf(err).Status())
	return h.show(v, "trouble", trouble{v.say.Error(err), h.backPath(v)})
}

// FailedLocal is where an error that was shown as a page is kept, for the log.
const FailedLocal = "failed"

// backPath is the page that the merchant comes from, as far as the browser says so; never anywhere but in the app.
func (h *handler) backPath(v visit) string {
	path, ours := strings.CutPrefix(v.Get(fiber.HeaderReferer), h.config.Documents.AppURL+Path)
	if !ours || strings.ContainsAny(path, "\\") || (path != "" && !strings.ContainsAny(path[:1], "/?")) {
		return Path
	}
	path, _, _ = strings.Cut(path, "?")
	return Path + path
}

// show answers with a page, in the frame that all share.
func (h *handler) show(v visit, page string, view any) error {
	return h.config.Documents.page(v, page, view)
}

// again shows the page of a form that was not right, with what was typed.
func (h *handler) again(v visit, page string, view any) error {
	v.Status(fiber.StatusUnprocessableEntity)
	return h.show(v, page, view)
}

// moved leads to another page for what was asked. The first document carries its ID token in the query, which goes along:
// else nobody would be signed in there.
func (h *handler) moved(v visit, path string) error {
	to, err := url.Parse(path)
	if err != nil {
		return fault.ForLog(fault.Internal, "admin: a path of ours: %w", err)
	}

	query := to.Query()
	for _, name := range documentParameters {
		if value := v.Query(name); value != "" {
			query.Set(name, value)
		}
	}
	to.RawQuery = query.Encode()
	return v.Redirect(to.String())
}

// documentParameters are what Shopify opens a document with. Source: shopify.dev, app home, 2026-10.
var documentParameters = []string{"embedded", "host", "id_token", "locale", "shop"}

// signedParameters are the others that Shopify adds to the first document; they are nobody's to keep.
var signedParameters = []string{"hmac", "session", "timestamp"}

// went leads from an act to a page, which says what was done: did is an entry of package text, of merchant.did. The path
// is ours.
func (h *handler) went(v visit, path, did string) error {
	did = did[strings.LastIndexByte(did, '.')+1:]
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return v.Redirect(path+mark+didParameter+"="+did, fiber.StatusSeeOther)
}

// didParameter tells the next page what to say in a toast. admin.js takes it out of the address again.
const didParameter = "did"
