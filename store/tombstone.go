package store

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Tombstones are what is remembered of erased persons: that they are to stay so.
type Tombstones struct{ *DB }

// keepTombstone is how long an erased person is remembered. Shopify shows the app orders of 60 days; whoever grants it
// more has two years in which an old order may turn up once more.
const keepTombstone = 2 * 365 * 24 * time.Hour

// tombstoneDoc is one erased person, or an order of theirs; _id: the shop and the hash.
type tombstoneDoc struct {
	Key      string              `bson:"_id"`
	Shop     tenant.ShopID       `bson:"shop"`
	Hash     string              `bson:"hash"`
	As       referral.CustomerID `bson:"as"`
	At       date                `bson:"at"`
	ExpireAt date                `bson:"expire_at"`
}

// tombstoneBatch is how many tombstones are written in one request.
const tombstoneBatch = 1000

// AddTombstones remembers erased persons. A later tombstone takes the place of an earlier one.
func (db Tombstones) AddTombstones(ctx context.Context, shop tenant.ShopID, all []referral.Tombstone) error {
	for batch := range slices.Chunk(all, tombstoneBatch) {
		writes := each(batch, func(t referral.Tombstone) mongo.WriteModel {
			doc := tombstoneDoc{key(shop, t.Hash), shop, t.Hash, t.As, date(t.At), date(t.At.Add(keepTombstone))}
			return mongo.NewReplaceOneModel().SetFilter(byKey(shop, doc.Key)).SetReplacement(doc).SetUpsert(true)
		})
		if _, err := db.tombstones.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
			return failed("add tombstones", err)
		}
	}

	return nil
}

// FindTombstones finds those with one of the hashes.
func (db Tombstones) FindTombstones(
	ctx context.Context, shop tenant.ShopID, hashes []string,
) ([]referral.Tombstone, error) {
	ids := each(hashes, func(hash string) string { return key(shop, hash) })
	docs, err := findAll[tombstoneDoc](ctx, db.tombstones, bson.D{
		{Key: "_id", Value: anyOf(ids)},
		{Key: "shop", Value: shop},
	})

	return each(docs, func(d tombstoneDoc) referral.Tombstone {
		return referral.Tombstone{Hash: d.Hash, As: d.As, At: time.Time(d.At)}
	}), failed("find tombstones", err)
}
