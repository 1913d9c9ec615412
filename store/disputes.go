package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// putOffRead is the stage of a pipeline that notes when an order that was read is to be asked for its disputes next, the zero time: never. If it
// was due when it was read, it stays so, until PutOffDisputes says that all that follows from it is done.
//
// In: disputes_due and has_disputes_due, perhaps missing. Out: the same.
func putOffRead(read, next time.Time) bson.D {
	due := bson.D{{Key: "$and", Value: bson.A{"$has_disputes_due", bson.D{{Key: "$lte", Value: bson.A{"$disputes_due", date(read)}}}}}}
	unlessDue := func(field string, value any) bson.E {
		if next.IsZero() {
			value = "$$REMOVE"
		}
		return bson.E{Key: field, Value: bson.D{{Key: "$cond", Value: bson.A{due, "$" + field, value}}}}
	}
	return set(bson.D{unlessDue("disputes_due", date(next)), unlessDue("has_disputes_due", true)})
}

// DisputesDue lists orders that are to be asked for their disputes at now, the longest waiting first. Only what tells when to ask again is filled in.
func (s *Store) DisputesDue(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]referral.DisputedOrder, error) {
	due := bson.D{
		{Key: "shop", Value: shop}, {Key: "has_disputes_due", Value: true}, {Key: "disputes_due", Value: bson.D{{Key: "$lte", Value: date(now)}}},
	}
	only := bson.D{
		{Key: "_id", Value: 0}, {Key: "shop", Value: 1}, {Key: "id", Value: 1}, {Key: "disputes_due", Value: 1},
		{Key: "snapshot.processed_at", Value: 1}, {Key: "snapshot.transactions", Value: 1}, {Key: "snapshot.disputes", Value: 1},
		{Key: "snapshot.read_at", Value: 1}, {Key: "snapshot.gone", Value: 1},
	}
	oldest := options.Find().SetProjection(only).SetSort(bson.D{{Key: "disputes_due", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[orderDoc](ctx, s.orders, due, oldest)
	return each(docs, func(d orderDoc) referral.DisputedOrder {
		return referral.DisputedOrder{Order: d.toDomain(), Due: time.Time(d.DisputesDue)}
	}), failed("disputes due", err)
}

// PutOffDisputes notes when an order is to be asked for its disputes next, the zero time: never. It does nothing where somebody else has put it off
// since it was due at was.
func (s *Store) PutOffDisputes(ctx context.Context, shop tenant.ShopID, id referral.OrderID, was, next time.Time) error {
	change := bson.D{{Key: "$set", Value: bson.D{{Key: "disputes_due", Value: date(next)}}}}
	if next.IsZero() {
		change = bson.D{{Key: "$unset", Value: bson.D{{Key: "disputes_due", Value: ""}, {Key: "has_disputes_due", Value: ""}}}}
	}
	_, err := s.orders.UpdateOne(ctx, byOrder(shop, id, bson.E{Key: "disputes_due", Value: date(was)}), change)
	return failed("put off disputes", err)
}

// watchDisputes is migration 5: orders of before are asked for their disputes a day after they were read, unless they are so old that not even an
// open one is waited for. The first answer says when each is asked again.
//
// Pipeline in: snapshot.read_at. Out: disputes_due, has_disputes_due.
func (s *Store) watchDisputes(ctx context.Context) error {
	if err := s.countClaimed(ctx); err != nil {
		return err
	}

	youngest := bson.D{{Key: "$subtract", Value: bson.A{"$$NOW", referral.DisputesOpenFor.Milliseconds()}}}
	unsaid := bson.D{
		{Key: "has_disputes_due", Value: nil}, {Key: "snapshot.test", Value: false}, {Key: "snapshot.gone", Value: bson.D{{Key: "$ne", Value: true}}},
		{Key: "$expr", Value: bson.D{{Key: "$gt", Value: bson.A{"$snapshot.processed_at", youngest}}}},
	}
	next := bson.D{{Key: "$add", Value: bson.A{"$snapshot.read_at", (24 * time.Hour).Milliseconds()}}}
	return fill(ctx, s.orders, unsaid, bson.D{{Key: "disputes_due", Value: next}, {Key: "has_disputes_due", Value: true}})
}
