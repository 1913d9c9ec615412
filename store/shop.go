package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/tenant"
)

// Shops are the tenants: who they are, and how their pages show the offer.
type Shops struct{ *DB }

// shopDoc is one tenant. The tokens beside it are written only by the methods in tokens.go.
type shopDoc struct {
	ID                string        `bson:"_id"`
	Shop              tenant.ShopID `bson:"shop"`
	Status            tenant.Status `bson:"status"`
	Install           int           `bson:"install"`
	InstalledAt       date          `bson:"installed_at"`
	Profile           profileDoc    `bson:"profile"`
	ProfileAt         date          `bson:"profile_at"`
	ReconciledThrough date          `bson:"reconciled_through"`
	ReconciledAt      date          `bson:"reconciled_at"`
	Proxy             string        `bson:"proxy"`
	Shown             shownDoc      `bson:"shown"`
	ShowRev           int64         `bson:"show_rev"` // show_at stands beside it, see shown.go
	FiguresZone       string        `bson:"figures_zone"`
	FiguresDay        string        `bson:"figures_day"` // figures_due stands beside it, when it ends
	Settings          settingsDoc   `bson:"settings"`    // missing until the merchant has chosen something
	Mails             mailDayDoc    `bson:"mails"`       // missing until one was sent
	Terms             askedTermsDoc `bson:"terms"`       // missing until there are some
	Cleanup           cleanupDoc    `bson:"cleanup"`     // missing in a shop that was not cleaned
}

// cleanupDoc is how far the cleanup has come.
type cleanupDoc struct {
	Open  bool `bson:"open"`
	Found int  `bson:"found"`
	Gone  int  `bson:"gone"`
	Left  int  `bson:"left"`
}

// mailDayDoc is what a day's mails came to.
type mailDayDoc struct {
	Day     string `bson:"day"`
	Sent    int    `bson:"sent"`
	Waiting int    `bson:"waiting"`
	Tried   int    `bson:"tried"`
}

// settingsDoc is what the merchant chose.
type settingsDoc struct {
	Join      tenant.WhoJoins `bson:"join"`
	GuideAway bool            `bson:"guide_away"`
	Notify    notifyDoc       `bson:"notify"`       // missing until somebody has chosen it
	Paused    bool            `bson:"mails_paused"` // missing in documents of an earlier version
	MailLimit int             `bson:"mail_limit"`   // likewise
	MailLook  mailLookDoc     `bson:"mail_look"`    // likewise
}

// mailLookDoc is from whom mails to shoppers are, and how they look.
type mailLookDoc struct {
	Sender  string        `bson:"sender"`
	ReplyTo string        `bson:"reply_to"`
	Accent  tenant.Accent `bson:"accent"`
	Logo    string        `bson:"logo"`
}

// notifyDoc is what the merchant is told by mail, and where.
type notifyDoc struct {
	NoReview  bool         `bson:"no_review"`
	NoBudget  bool         `bson:"no_budget"`
	NoDigest  bool         `bson:"no_digest"`
	To        string       `bson:"to"`
	DigestDay time.Weekday `bson:"digest_day"`
	Language  string       `bson:"language"`
}

func (d settingsDoc) toDomain() tenant.Settings {
	return tenant.Settings{
		Join: d.Join, GuideAway: d.GuideAway, Notify: tenant.Notify(d.Notify), MailsPaused: d.Paused,
		MailLimit: d.MailLimit, MailLook: tenant.MailLook(d.MailLook),
	}
}

type profileDoc struct {
	GID        string   `bson:"gid"`
	Name       string   `bson:"name"`
	Currency   string   `bson:"currency"`
	TimeZone   string   `bson:"time_zone"`
	Plan       string   `bson:"plan"`
	PrimaryURL string   `bson:"primary_url"`
	MailDomain string   `bson:"mail_domain"`
	Scopes     []string `bson:"scopes"`
	AppHandle  string   `bson:"app_handle"`
}

func newProfileDoc(p tenant.Profile) profileDoc {
	return profileDoc{
		GID:        p.GID,
		Name:       p.Name,
		Currency:   p.Currency,
		TimeZone:   p.TimeZone,
		Plan:       p.Plan,
		PrimaryURL: p.PrimaryURL,
		MailDomain: p.MailDomain,
		Scopes:     p.Scopes,
		AppHandle:  p.AppHandle,
	}
}

func (d profileDoc) toDomain() tenant.Profile {
	return tenant.Profile{
		GID:        d.GID,
		Name:       d.Name,
		Currency:   d.Currency,
		TimeZone:   d.TimeZone,
		Plan:       d.Plan,
		PrimaryURL: d.PrimaryURL,
		MailDomain: d.MailDomain,
		Scopes:     d.Scopes,
		AppHandle:  d.AppHandle,
	}
}

func (d shopDoc) toDomain() tenant.Shop {
	return tenant.Shop{
		ID:          d.Shop,
		Status:      d.Status,
		Install:     d.Install,
		InstalledAt: time.Time(d.InstalledAt),
		ProfileAt:   time.Time(d.ProfileAt),
		Profile:     d.Profile.toDomain(),

		ReconciledThrough: time.Time(d.ReconciledThrough),
		ReconciledAt:      time.Time(d.ReconciledAt),
		Proxy:             d.Proxy,
		Shown:             d.Shown.toDomain(),
		ShowRev:           d.ShowRev,
		FiguresZone:       d.FiguresZone,
		FiguresDay:        d.FiguresDay,
		Settings:          d.Settings.toDomain(),
		Mails:             tenant.MailDay(d.Mails),
		Terms:             tenant.AskedTerms(d.Terms),
		Cleanup:           tenant.Cleanup(d.Cleanup),
	}
}

// byShop selects the tenant's own document.
func byShop(shop tenant.ShopID, more ...bson.E) bson.D {
	return append(byKey(shop, string(shop)), more...)
}

// FindShop reads a tenant. NotFound: it never installed the app.
func (db Shops) FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error) {
	doc, err := findOne[shopDoc](ctx, db.shops, byShop(shop))
	return doc.toDomain(), failed("find shop", err)
}

// ListShops lists all tenants by domain, for operators.
func (db Shops) ListShops(ctx context.Context) ([]tenant.Shop, error) {
	docs, err := findAll[shopDoc](ctx, db.shops, bson.D{}, options.Find().SetSort(onlyID))
	return each(docs, shopDoc.toDomain), failed("list shops", err)
}

// SaveProfile keeps what Shopify says of the shop, as read at the given time. Its pages may have to show something else
// then.
func (db Shops) SaveProfile(ctx context.Context, shop tenant.ShopID, p tenant.Profile, at time.Time) error {
	fields := bson.D{{Key: "profile", Value: newProfileDoc(p)}, {Key: "profile_at", Value: date(at)}}
	return failed("save profile", orNotFound(updateOne(ctx, db.shops, byShop(shop), set(fields, toShow...))))
}

// SaveSettings keeps what the merchant chose.
func (db Shops) SaveSettings(ctx context.Context, shop tenant.ShopID, s tenant.Settings) error {
	doc := settingsDoc{
		Join: s.Join, GuideAway: s.GuideAway, Notify: notifyDoc(s.Notify), Paused: s.MailsPaused, MailLimit: s.MailLimit,
		MailLook: mailLookDoc(s.MailLook),
	}
	chosen := set(bson.D{{Key: "settings", Value: doc}}, toShow...) // who may join is shown
	return failed("save settings", orNotFound(updateOne(ctx, db.shops, byShop(shop), chosen)))
}

// CountMails adds to what the mails of a day came to, and returns the shop as it is then. Another day than the one before
// begins with nothing.
//
// Pipeline in: mails.day, mails.sent, mails.waiting, mails.tried, perhaps missing. Out: the same.
func (db Shops) CountMails(ctx context.Context, shop tenant.ShopID, more tenant.MailDay) (tenant.Shop, error) {
	same := bson.D{{Key: "$eq", Value: bson.A{"$mails.day", literal(more.Day)}}}
	plus := func(field string, n int) bson.D {
		so := bson.D{{Key: "$cond", Value: bson.A{same, orElse("$mails."+field, 0), 0}}}
		return bson.D{{Key: "$add", Value: bson.A{so, n}}}
	}
	counted := mongo.Pipeline{set(bson.D{{Key: "mails", Value: bson.D{
		{Key: "day", Value: literal(more.Day)},
		{Key: "sent", Value: plus("sent", more.Sent)},
		{Key: "waiting", Value: plus("waiting", more.Waiting)},
		{Key: "tried", Value: plus("tried", more.Tried)},
	}}})}

	var doc shopDoc
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := db.shops.FindOneAndUpdate(ctx, byShop(shop), counted, after).Decode(&doc)
	return doc.toDomain(), failed("count mails", err)
}

// SaveReconciled moves the shop's watermark forward, never back.
func (db Shops) SaveReconciled(ctx context.Context, shop tenant.ShopID, through, startedAt time.Time) error {
	forward := bson.D{
		{Key: "$max", Value: bson.D{
			{Key: "reconciled_through", Value: date(through)},
			{Key: "reconciled_at", Value: date(startedAt)},
		}},
	}
	return failed("save reconciled", orNotFound(updateOne(ctx, db.shops, byShop(shop), forward)))
}

// MarkUninstalled ends the given install generation, forgets its tokens and freezes its work. Conflict: a later
// generation is there. A generation that has ended already stays as it is.
func (db Shops) MarkUninstalled(ctx context.Context, shop tenant.ShopID, install int, at time.Time) error {
	current := bson.E{Key: "install", Value: install}
	still := bson.E{Key: "status", Value: bson.D{{Key: "$ne", Value: tenant.Uninstalled}}}
	ended := set(bson.D{{Key: "status", Value: tenant.Uninstalled}, {Key: "uninstalled_at", Value: date(at)}},
		bson.E{Key: "$unset", Value: bson.D{{Key: "tokens", Value: ""}}})
	found, err := updateOne(ctx, db.shops, byShop(shop, current, still), ended)
	if err == nil && found {
		err = db.freeze(ctx, shop)
	}
	if err != nil || found {
		return failed("mark uninstalled", err)
	}

	known, err := db.FindShop(ctx, shop)
	switch {
	case err != nil:
		return err
	case known.Install == install:
		return failed("mark uninstalled", db.freeze(ctx, shop))
	}

	return failed("mark uninstalled", fault.New(fault.Conflict, "installed_again"))
}
