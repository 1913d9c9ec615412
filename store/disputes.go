package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// putOffRead is the stage of a pipeline that notes when an order that was read is to be asked for its disputes next,
// the zero time: never. If it was due when it was read, it stays so, until PutOffDisputes says that all that follows
// from it is done.
//
// In: disputes_due and has_disputes_due, perhaps missing. Out: the same.
func putOffRead(read, next time.Time) bson.D {
	due := bson.D{
		{Key: "$and", Value: bson.A{
			"$has_disputes_due",
			bson.D{{Key: "$lte", Value: bson.A{"$disputes_due", date(read)}}},
		}},
	}

	unlessDue := func(field string, value any) bson.E {
		if next.IsZero() {
			value = "$$REMOVE"
		}
		return bson.E{Key: field, Value: bson.D{{Key: "$cond", Value: bson.A{due, "$" + field, value}}}}
	}
	return set(bson.D{unlessDue("disputes_due", date(next)), unlessDue("has_disputes_due", true)})
}

// DisputesDue lists orders that are to be asked for their disputes at now, the longest waiting first. Only what tells
// when to ask again is filled in.
func (db Orders) DisputesDue(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) ([]referral.DisputedOrder, error) {
	due := bson.D{
		{Key: "shop", Value: shop},
		{Key: "has_disputes_due", Value: true},
		{Key: "disputes_due", Value: bson.D{{Key: "$lte", Value: date(now)}}},
	}

	only := bson.D{
		{Key: "_id", Value: 0},
		{Key: "shop", Value: 1},
		{Key: "id", Value: 1},
		{Key: "disputes_due", Value: 1},
		{Key: "snapshot.processed_at", Value: 1},
		{Key: "snapshot.transactions", Value: 1},
		{Key: "snapshot.disputes", Value: 1},
		{Key: "snapshot.read_at", Value: 1},
		{Key: "snapshot.gone", Value: 1},
	}

	oldest := options.Find().SetProjection(only).SetSort(bson.D{{Key: "disputes_due", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[orderDoc](ctx, db.orders, due, oldest)
	return each(docs, func(d orderDoc) referral.DisputedOrder {
		return referral.DisputedOrder{Order: d.toDomain(), Due: time.Time(d.DisputesDue)}
	}), failed("disputes due", err)
}

// PutOffDisputes notes when an order is to be asked for its disputes next, the zero time: never. It does nothing where
// somebody else has put it off since it was due at was.
func (db Orders) PutOffDisputes(
	ctx context.Context, shop tenant.ShopID, id referral.OrderID, was, next time.Time,
) error {
	change := bson.D{{Key: "$set", Value: bson.D{{Key: "disputes_due", Value: date(next)}}}}
	if next.IsZero() {
		change = bson.D{
			{Key: "$unset", Value: bson.D{{Key: "disputes_due", Value: ""}, {Key: "has_disputes_due", Value: ""}}},
		}
	}

	_, err := db.orders.UpdateOne(ctx, byOrder(shop, id, bson.E{Key: "disputes_due", Value: date(was)}), change)
	return failed("put off disputes", err)
}
