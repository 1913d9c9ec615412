package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Audit is what was done at the merchant's, by whom, and why.
type Audit struct{ *DB }

// auditDoc is one entry; _id: the shop and the entry's id.
type auditDoc struct {
	Key     string        `bson:"_id"`
	Shop    tenant.ShopID `bson:"shop"`
	ID      string        `bson:"id"`
	At      date          `bson:"at"`
	User    string        `bson:"user"`
	Act     string        `bson:"act"`
	About   []string      `bson:"about"`
	Reason  string        `bson:"reason"`
	Outcome string        `bson:"outcome"`
	Erased  bool          `bson:"erased"`
}

func newAuditDoc(shop tenant.ShopID, e referral.AuditEntry) auditDoc {
	return auditDoc{
		key(shop, e.ID), shop, e.ID, date(e.At), e.User, e.Act, e.About, e.Reason, e.Outcome, e.Erased,
	}
}

func (d auditDoc) toDomain() referral.AuditEntry {
	return referral.AuditEntry{
		ID: d.ID, At: time.Time(d.At), User: d.User, Act: d.Act, About: d.About, Reason: d.Reason, Outcome: d.Outcome,
		Erased: d.Erased,
	}
}

// AddAudit writes an entry. Conflict: it is there already.
func (db Audit) AddAudit(ctx context.Context, shop tenant.ShopID, e referral.AuditEntry) error {
	_, err := db.audit.InsertOne(ctx, newAuditDoc(shop, e))
	return failed("add audit", err)
}

// FinishAudit notes what came of an act, once, and whom else it was about. NotFound: there is no such entry without an
// outcome.
func (db Audit) FinishAudit(
	ctx context.Context, shop tenant.ShopID, id, outcome string, about ...string,
) error {
	open := append(byKey(shop, key(shop, id)), bson.E{Key: "outcome", Value: ""})
	done := set(bson.D{{Key: "outcome", Value: outcome}}, bson.E{Key: "$addToSet", Value: bson.D{
		{Key: "about", Value: bson.D{{Key: "$each", Value: append([]string{}, distinct(about)...)}}},
	}})
	found, err := updateOne(ctx, db.audit, open, done)
	return failed("finish audit", orNotFound(found, err))
}

// maxAudit bounds how many entries about one thing are read.
const maxAudit = 100

// AuditAbout lists entries that are about any of the ids, the newest first, up to 100.
func (db Audit) AuditAbout(
	ctx context.Context, shop tenant.ShopID, about ...string,
) ([]referral.AuditEntry, error) {
	return db.auditAbout(ctx, shop, about, maxAudit)
}

// AllAuditAbout is AuditAbout without a bound, for what one person may read of themselves. The driver pages through.
func (db Audit) AllAuditAbout(
	ctx context.Context, shop tenant.ShopID, about ...string,
) ([]referral.AuditEntry, error) {
	return db.auditAbout(ctx, shop, about, 0)
}

// auditAbout lists at most limit entries, the newest first; 0: all.
func (db Audit) auditAbout(
	ctx context.Context, shop tenant.ShopID, about []string, limit int64,
) ([]referral.AuditEntry, error) {
	newest := options.Find().SetSort(bson.D{{Key: "at", Value: -1}}).SetLimit(limit)
	docs, err := findAll[auditDoc](ctx, db.audit, auditAbout(shop, about), newest)
	return each(docs, auditDoc.toDomain), failed("audit about", err)
}

func auditAbout(shop tenant.ShopID, about []string) bson.D {
	return bson.D{{Key: "shop", Value: shop}, {Key: "about", Value: anyOf(distinct(about))}}
}

// ForgetReasons takes the reasons out of all entries about any of the ids: somebody typed them, and may have named a
// person.
func (db Audit) ForgetReasons(ctx context.Context, shop tenant.ShopID, about ...string) error {
	gone := set(bson.D{{Key: "reason", Value: ""}, {Key: "erased", Value: true}})
	_, err := db.audit.UpdateMany(ctx, auditAbout(shop, about), gone)
	return failed("forget reasons", err)
}
