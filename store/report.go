package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Reports are what persons asked to be told of themselves, sealed until the merchant fetches it.
type Reports struct{ *DB }

// keepReport is how long a report waits for the merchant: as long as Shopify grants for handing it over.
// Source: shopify.dev, privacy law compliance (2026-10).
const keepReport = 30 * 24 * time.Hour

// reportPurpose names the derived key that seals reports.
const reportPurpose = "report"

// reportDoc is what was kept of a person when it was asked for; _id: the shop and the request.
type reportDoc struct {
	Key      string        `bson:"_id"`
	Shop     tenant.ShopID `bson:"shop"`
	ID       string        `bson:"id"`
	Person   string        `bson:"person"` // keyed hash
	Sealed   string        `bson:"sealed"`
	At       date          `bson:"at"`
	ExpireAt date          `bson:"expire_at"`
}

// SaveReport keeps a report, sealed. One of the same request is replaced.
func (db Reports) SaveReport(ctx context.Context, shop tenant.ShopID, r referral.KeptReport) error {
	id := key(shop, r.ID)
	sealed, err := db.keyring.Seal(reportPurpose, id, r.Body)
	if err != nil {
		return failed("save report", err)
	}

	doc := reportDoc{id, shop, r.ID, r.Hash, sealed, date(r.At), date(r.At.Add(keepReport))}
	_, err = db.reports.ReplaceOne(ctx, byKey(shop, id), doc, options.Replace().SetUpsert(true))
	return failed("save report", err)
}

// ListReports opens the shop's reports, the oldest first.
func (db Reports) ListReports(ctx context.Context, shop tenant.ShopID) ([]referral.KeptReport, error) {
	docs, err := findAll[reportDoc](ctx, db.reports, bson.D{{Key: "shop", Value: shop}},
		options.Find().SetSort(bson.D{{Key: "at", Value: 1}}))
	if err != nil {
		return nil, failed("list reports", err)
	}

	all := make([]referral.KeptReport, len(docs))
	for i, d := range docs {
		body, err := db.keyring.Open(reportPurpose, d.Key, d.Sealed)
		if err != nil {
			return nil, failed("list reports", fault.ForLog(fault.Internal, "a report cannot be opened: %w", err))
		}
		all[i] = referral.KeptReport{ID: d.ID, Hash: d.Person, At: time.Time(d.At), Body: body}
	}

	return all, nil
}

// RemoveReports removes the reports about a person.
func (db Reports) RemoveReports(ctx context.Context, shop tenant.ShopID, person []string) error {
	_, err := db.reports.DeleteMany(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "person", Value: anyOf(person)}})
	return failed("remove reports", err)
}
