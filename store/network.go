package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// networkKept is how long it is known from which network an offer was claimed.
const networkKept = 30 * 24 * time.Hour

// networkDoc says from which network an offer was claimed; _id: claimKey. It stands apart from the claim so that it can end before it does.
type networkDoc struct {
	Shop     tenant.ShopID       `bson:"shop"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Network  string              `bson:"network"` // keyed hash
	At       date                `bson:"at"`
	ExpireAt date                `bson:"expire_at"` // TTL removes it then
}

// NoteNetwork notes from which network the claim was made, or renewed last.
func (s *Store) NoteNetwork(ctx context.Context, shop tenant.ShopID, claim referral.ClaimID, by referral.AdvocateID, network string, at time.Time) error {
	doc := networkDoc{shop, by, network, date(at), date(at.Add(networkKept))}
	return failed("note network", upsert(ctx, s.networks, byKey(shop, claimKey(shop, claim)), set(doc)))
}

// CountNetwork counts the claims of an advocate's link that were made from the network after an instant, up to atMost.
func (s *Store) CountNetwork(ctx context.Context, shop tenant.ShopID, by referral.AdvocateID, network string, after time.Time, atMost int) (int, error) {
	n, err := s.networks.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop}, {Key: "advocate", Value: by}, {Key: "network", Value: network}, {Key: "at", Value: bson.D{{Key: "$gt", Value: date(after)}}},
	}, options.Count().SetLimit(int64(atMost)))
	return int(n), failed("count network", err)
}

// StopCounting has the advocate's claims count from an instant on no more, as far as they would have.
func (s *Store) StopCounting(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, at time.Time) error {
	counting := bson.D{
		{Key: "shop", Value: shop}, {Key: "touches.advocate", Value: id}, {Key: "counts_until", Value: bson.D{{Key: "$gt", Value: date(at)}}},
	}
	_, err := s.claims.UpdateMany(ctx, counting, set(bson.D{{Key: "counts_until", Value: date(at)}}, nextRev))
	return failed("stop counting", err)
}

// countClaimed is migration 4: claims of before count for a week, as those of now do, if their offer has not run out earlier.
//
// Pipeline in: claimed_at, expires_at. Out: counts_until.
func (s *Store) countClaimed(ctx context.Context) error {
	if err := s.widen(ctx); err != nil {
		return err
	}
	week := bson.D{{Key: "$add", Value: bson.A{"$claimed_at", referral.CountsFor.Milliseconds()}}}
	unsaid := bson.D{{Key: "counts_until", Value: bson.D{{Key: "$exists", Value: false}}}}
	err := fill(ctx, s.claims, unsaid, bson.D{{Key: "counts_until", Value: bson.D{{Key: "$min", Value: bson.A{week, "$expires_at"}}}}, grownRev})
	for _, unused := range []string{"open", "campaign"} { // of schema 3
		if err == nil {
			err = dropIndex(ctx, s.claims, unused)
		}
	}
	return err
}
