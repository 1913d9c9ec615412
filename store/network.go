package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Networks are those from which offers were claimed.
type Networks struct{ *DB }

// networkKept is how long it is known from which network an offer was claimed.
const networkKept = 30 * 24 * time.Hour

// networkDoc says from which network an offer was claimed; _id: claimKey. It stands apart from the claim so that it can
// end before it does.
type networkDoc struct {
	Shop     tenant.ShopID       `bson:"shop"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Network  string              `bson:"network"` // keyed hash
	At       date                `bson:"at"`
	ExpireAt date                `bson:"expire_at"` // TTL removes it then
}

// NoteNetwork notes from which network the claim was made, or renewed last.
func (db Networks) NoteNetwork(
	ctx context.Context, shop tenant.ShopID, claim referral.ClaimID,
	by referral.AdvocateID, network string, at time.Time,
) error {
	doc := networkDoc{shop, by, network, date(at), date(at.Add(networkKept))}
	return failed("note network", upsert(ctx, db.networks, byKey(shop, claimKey(shop, claim)), set(doc)))
}

// CountNetwork counts the claims of an advocate's link that were made from the network after an instant, up to atMost.
func (db Networks) CountNetwork(
	ctx context.Context, shop tenant.ShopID, by referral.AdvocateID, network string, after time.Time, atMost int,
) (int, error) {
	n, err := db.networks.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: "advocate", Value: by},
		{Key: "network", Value: network},
		{Key: "at", Value: bson.D{{Key: "$gt", Value: date(after)}}},
	}, options.Count().SetLimit(int64(atMost)))
	return int(n), failed("count network", err)
}
