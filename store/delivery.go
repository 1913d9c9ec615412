package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/inbox"
	"twofold/tenant"
)

// Deliveries are the webhooks that were received.
type Deliveries struct{ *DB }

// InsertDeliveries saves a batch in one unordered insert. The first result tells of each delivery: nil when it is safe,
// because it was inserted or is there already, and a majority has that in its journal. When the whole batch is in doubt
// (no answer in time, a write-concern error) the second result says so, and none counts as safe.
func (db Deliveries) InsertDeliveries(ctx context.Context, batch []inbox.Delivery) ([]error, error) {
	if len(batch) == 0 {
		return nil, nil
	}

	_, err := db.deliveries.InsertMany(ctx, each(batch, newDeliveryDoc), options.InsertMany().SetOrdered(false))
	bulk, refused := errors.AsType[mongo.BulkWriteException](err)
	if err != nil && (!refused || bulk.WriteConcernError != nil) {
		return nil, failed("insert deliveries", err)
	}

	each := make([]error, len(batch))
	for _, e := range bulk.WriteErrors {
		if mongo.IsDuplicateKeyError(e) { // of _id, the only unique key: Shopify has sent it before
			continue
		}
		each[e.Index] = failed("insert delivery", e)
	}

	return each, nil
}

// openDeliveries selects the shop's deliveries that wait to be worked off.
func openDeliveries(shop tenant.ShopID, more ...bson.E) bson.D {
	return append(bson.D{{Key: "shop", Value: shop}, {Key: "open", Value: true}}, more...)
}

// dueBy selects what is not put off beyond now.
func dueBy(now time.Time) bson.E {
	return bson.E{Key: "due_at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gt", Value: date(now)}}}}}
}

// ListDeliveries lists up to limit received deliveries that are due at now (wall time), oldest first.
func (db Deliveries) ListDeliveries(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) ([]inbox.Delivery, error) {
	oldest := options.Find().SetSort(bson.D{{Key: "received_at", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[deliveryDoc](ctx, db.deliveries, openDeliveries(shop, dueBy(now)), oldest)
	return each(docs, deliveryDoc.toDomain), failed("list deliveries", err)
}

// FinishDeliveries ends received or waiting deliveries at a wall time: done, poisoned, or kept waiting. Those that
// ended already stay as they are. What is done with names no customer any more.
func (db Deliveries) FinishDeliveries(
	ctx context.Context, shop tenant.ShopID, ids []string, state inbox.State, reason string, at time.Time,
) error {
	if len(ids) == 0 {
		return nil
	}

	filter := bson.D{
		{Key: "_id", Value: anyOf(keys(shop, ids, deliveryKey))}, {Key: "shop", Value: shop},
		{Key: "state", Value: anyOf([]inbox.State{inbox.Received, inbox.Waiting})},
	}

	fields := bson.D{{Key: "state", Value: state}, {Key: "reason", Value: reason}}
	gone := bson.D{{Key: "open", Value: ""}, {Key: "due_at", Value: ""}}
	if state == inbox.Done {
		gone = append(gone, bson.E{Key: "nomination.customer_id", Value: ""},
			bson.E{Key: "nomination.erase", Value: ""})
	}

	setOrGone := func(field string, value any, there bool) {
		if there {
			fields = append(fields, bson.E{Key: field, Value: value})
		} else {
			gone = append(gone, bson.E{Key: field, Value: ""})
		}
	}

	setOrGone("kept", true, kept(state))
	end := expireAt(state, at)
	setOrGone("expire_at", date(end), !end.IsZero())
	_, err := db.deliveries.UpdateMany(ctx, filter, set(fields, bson.E{Key: "$unset", Value: gone}))
	return failed("finish deliveries", err)
}

// FindDelivery reads one delivery.
func (db Deliveries) FindDelivery(ctx context.Context, shop tenant.ShopID, id string) (inbox.Delivery, error) {
	doc, err := findOne[deliveryDoc](ctx, db.deliveries, byKey(shop, deliveryKey(shop, id)))
	return doc.toDomain(), failed("find delivery", err)
}

// RetryDelivery puts a received delivery off until dueAt (wall time) after an attempt that failed. One that has ended
// meanwhile stays as it is.
func (db Deliveries) RetryDelivery(
	ctx context.Context, shop tenant.ShopID, id string, dueAt time.Time, reason string,
) error {
	return failed("retry delivery", db.putOff(ctx, shop, id, dueAt, reason, 1))
}

// PutOffDelivery is RetryDelivery where nothing could be tried: no attempt is counted.
func (db Deliveries) PutOffDelivery(
	ctx context.Context, shop tenant.ShopID, id string, dueAt time.Time, reason string,
) error {
	return failed("put off delivery", db.putOff(ctx, shop, id, dueAt, reason, 0))
}

func (db Deliveries) putOff(
	ctx context.Context, shop tenant.ShopID, id string, dueAt time.Time, reason string, attempts int,
) error {
	later := set(bson.D{{Key: "due_at", Value: date(dueAt)}, {Key: "reason", Value: reason}},
		bson.E{Key: "$inc", Value: bson.D{{Key: "attempts", Value: attempts}}})
	one := byKey(shop, deliveryKey(shop, id))
	found, err := updateOne(ctx, db.deliveries, append(one, bson.E{Key: "open", Value: true}), later)
	if err == nil && !found {
		found, err = exists(ctx, db.deliveries, one)
	}
	return orNotFound(found, err)
}

// countedDone is up to how many done deliveries are counted: the last seven days may hold very many.
const countedDone = 10_000

// CountDeliveries counts the shop's deliveries by state; of the done ones at most 10,000.
func (db Deliveries) CountDeliveries(ctx context.Context, shop tenant.ShopID) (map[inbox.State]int, error) {
	open, err := db.deliveries.CountDocuments(ctx, openDeliveries(shop))
	if err != nil {
		return nil, failed("count deliveries", err)
	}

	type countDoc struct {
		State inbox.State `bson:"_id"`
		N     int         `bson:"n"`
	}

	ended, err := aggregate[countDoc](ctx, db.deliveries, bson.A{
		bson.D{{Key: "$match", Value: bson.D{{Key: "shop", Value: shop}, {Key: "kept", Value: true}}}},
		bson.D{
			{Key: "$group", Value: bson.D{
				{Key: "_id", Value: "$state"},
				{Key: "n", Value: bson.D{{Key: "$sum", Value: 1}}},
			}},
		},
	})
	if err != nil {
		return nil, failed("count deliveries", err)
	}

	done, err := db.deliveries.CountDocuments(ctx, doneDeliveries(shop), options.Count().SetLimit(countedDone))
	counts := map[inbox.State]int{inbox.Received: int(open), inbox.Done: int(done), inbox.Waiting: 0, inbox.Poisoned: 0}
	for _, d := range ended {
		counts[d.State] = d.N
	}
	return counts, failed("count deliveries", err)
}

// doneDeliveries selects by the range of the shop's _ids ('0' is the character after '/'): no index is kept for these
// alone, which every insert would pay for.
func doneDeliveries(shop tenant.ShopID) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: string(shop) + "/"}, {Key: "$lt", Value: string(shop) + "0"}}},
		{Key: "shop", Value: shop}, {Key: "state", Value: inbox.Done},
	}
}
