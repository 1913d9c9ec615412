package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// countAll is migration 8: what was decided before figures were kept by day is counted by the next sweeps, also what the
// version before decides meanwhile.
//
// Pipeline in: decided_rev; counted_rev and to_count, perhaps missing. Out: count_at, to_count.
func (db Schema) countAll(ctx context.Context) error {
	if err := db.watchDisputes(ctx); err != nil {
		return err
	}

	unsaid := bson.D{
		{Key: "to_count", Value: bson.D{{Key: "$ne", Value: true}}},
		{Key: "decided_rev", Value: bson.D{{Key: "$gt", Value: 0}}},
		{Key: "$expr", Value: bson.D{{Key: "$ne", Value: bson.A{"$decided_rev", "$counted_rev"}}}},
	}
	return fill(ctx, db.referrals, unsaid, bson.D{
		{Key: "to_count", Value: true},
		{Key: "count_at", Value: date(longAgo)},
	})
}
