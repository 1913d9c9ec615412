package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/figures"
	"twofold/referral"
)

// countListed is migration 11: referrals in lists that are not counted where the shop's stand are counted once more by
// the next sweeps, also what the version before counts meanwhile.
//
// Pipeline in: state, counted. Out: count_at, to_count.
func (db Schema) countListed(ctx context.Context) error {
	if err := db.totalFunnel(ctx); err != nil {
		return err
	}

	standing := bson.D{{Key: "day", Value: figures.ListedKey.Day}, {Key: "advocate", Value: figures.ListedKey.Advocate}}
	unlisted := bson.D{
		{Key: "state", Value: anyOf(referral.Listed)},
		notTest,
		{Key: "counted", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$elemMatch", Value: standing}}}}},
		{Key: "decided_rev", Value: bson.D{{Key: "$gt", Value: 0}}},
	}
	return fill(ctx, db.referrals, unlisted, bson.D{
		{Key: "to_count", Value: true},
		{Key: "count_at", Value: date(longAgo)},
	})
}
