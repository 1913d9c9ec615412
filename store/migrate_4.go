package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/referral"
)

// Migrations 4 to 6 are for claims that stop counting and orders that are asked for their disputes.

// countClaimed is migration 4: claims of before count for a week, as those of now do, if their offer has not run out
// earlier.
//
// Pipeline in: claimed_at, expires_at. Out: counts_until.
func (db Schema) countClaimed(ctx context.Context) error {
	if err := db.widen(ctx); err != nil {
		return err
	}

	week := bson.D{{Key: "$add", Value: bson.A{"$claimed_at", referral.CountsFor.Milliseconds()}}}
	unsaid := bson.D{{Key: "counts_until", Value: bson.D{{Key: "$exists", Value: false}}}}
	err := fill(ctx, db.claims, unsaid, bson.D{
		{Key: "counts_until", Value: bson.D{{Key: "$min", Value: bson.A{week, "$expires_at"}}}},
		grownRev,
	})

	for _, unused := range []string{"open", "campaign"} { // of schema 3
		if err == nil {
			err = dropIndex(ctx, db.claims, unused)
		}
	}

	return err
}

// watchDisputes is migration 5: orders of before are asked for their disputes a day after they were read, unless they
// are so old that not even an open one is waited for. The first answer says when each is asked again.
//
// Pipeline in: snapshot.read_at. Out: disputes_due, has_disputes_due.
func (db Schema) watchDisputes(ctx context.Context) error {
	if err := db.countClaimed(ctx); err != nil {
		return err
	}

	youngest := bson.D{{Key: "$subtract", Value: bson.A{"$$NOW", referral.DisputesOpenFor.Milliseconds()}}}
	unsaid := bson.D{
		{Key: "has_disputes_due", Value: nil},
		{Key: "snapshot.test", Value: false},
		{Key: "snapshot.gone", Value: bson.D{{Key: "$ne", Value: true}}},
		{Key: "$expr", Value: bson.D{{Key: "$gt", Value: bson.A{"$snapshot.processed_at", youngest}}}},
	}
	next := bson.D{{Key: "$add", Value: bson.A{"$snapshot.read_at", (24 * time.Hour).Milliseconds()}}}
	return fill(ctx, db.orders, unsaid, bson.D{
		{Key: "disputes_due", Value: next},
		{Key: "has_disputes_due", Value: true},
	})
}
