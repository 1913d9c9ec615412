package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/tenant"
)

// Leases let one process at a time do a thing for a shop.
type Leases struct{ *DB }

// A lease is one document for ever: {_id, shop, name, token, expires_at, uses}. It is held while expires_at lies ahead
// of the server's clock ($$NOW: one clock for all holders); the token grows with every holder.

var errLost = fault.ForLog(fault.Conflict, "the lease was lost")

// leaseAt selects documents by comparing expires_at with the server's clock.
func leaseAt(operator string) bson.E {
	return bson.E{Key: "$expr", Value: bson.D{{Key: operator, Value: bson.A{"$expires_at", "$$NOW"}}}}
}

// AcquireLease takes the named lease of the shop for ttl of wall time. ErrHeld: somebody else holds it.
func (db Leases) AcquireLease(
	ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration,
) (tenant.Lease, error) {
	token, err := db.takeLease(ctx, shop, name, ttl)
	if errors.Is(err, mongo.ErrNoDocuments) {
		if err = db.makeLease(ctx, shop, name); err == nil {
			token, err = db.takeLease(ctx, shop, name, ttl)
		}
	}

	if errors.Is(err, mongo.ErrNoDocuments) || mongo.IsDuplicateKeyError(err) {
		err = tenant.ErrHeld
	}
	if err != nil {
		return tenant.Lease{}, failed("acquire lease", err)
	}
	return tenant.Lease{Shop: shop, Name: name, Token: token}, nil
}

// takeLease takes a lease that exists and has run out.
//
// Pipeline in: token, expires_at. Out: token + 1, the server's clock + ttl.
func (db Leases) takeLease(ctx context.Context, shop tenant.ShopID, name string, ttl time.Duration) (int64, error) {
	pipeline := mongo.Pipeline{set(bson.D{
		{Key: "token", Value: bson.D{{Key: "$add", Value: bson.A{"$token", int64(1)}}}},
		{Key: "expires_at", Value: bson.D{{Key: "$add", Value: bson.A{"$$NOW", ttl.Milliseconds()}}}},
	})}

	var doc struct {
		Token int64 `bson:"token"`
	}
	over := append(byKey(shop, key(shop, name)), leaseAt("$lte"))
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := db.leases.FindOneAndUpdate(ctx, over, pipeline, after).Decode(&doc)
	return doc.Token, err
}

// makeLease writes a lease that nobody has held yet. A duplicate key says that there is one, which was held a moment
// ago.
func (db Leases) makeLease(ctx context.Context, shop tenant.ShopID, name string) error {
	_, err := db.leases.InsertOne(ctx, append(byKey(shop, key(shop, name)),
		bson.E{Key: "name", Value: name},
		bson.E{Key: "token", Value: int64(0)},
		bson.E{Key: "expires_at", Value: date(longAgo)},
	))
	return err
}

// longAgo is when a lease that nobody holds ran out.
var longAgo = time.Unix(0, 0)

// byLease selects the lease's document while the token is the latest.
func byLease(l tenant.Lease) bson.D {
	return append(byKey(l.Shop, key(l.Shop, l.Name)), bson.E{Key: "token", Value: l.Token})
}

// useLease writes to the lease if it is still held, as part of a transaction that must not outlive it. Conflict: it is
// not.
func (db *DB) useLease(ctx context.Context, l tenant.Lease) error {
	held, err := updateOne(ctx, db.leases, append(byLease(l), leaseAt("$gt")), bson.D{
		{Key: "$inc", Value: bson.D{{Key: "uses", Value: int64(1)}}},
	})
	if err == nil && !held {
		return errLost
	}
	return err
}

// ExtendLease has a lease held for ttl from now, also if it ran out and nobody took it. Conflict: somebody has.
//
// Pipeline in: nothing. Out: the server's clock + ttl.
func (db Leases) ExtendLease(ctx context.Context, l tenant.Lease, ttl time.Duration) error {
	ahead := bson.D{{Key: "$add", Value: bson.A{"$$NOW", ttl.Milliseconds()}}}
	result, err := db.leases.UpdateOne(ctx, byLease(l), mongo.Pipeline{set(bson.D{{Key: "expires_at", Value: ahead}})})
	if err == nil && result.MatchedCount == 0 {
		err = errLost
	}
	return failed("extend lease", err)
}

// ReleaseLease gives it back; one that is lost already is no error.
func (db Leases) ReleaseLease(ctx context.Context, l tenant.Lease) error {
	_, err := updateOne(ctx, db.leases, byLease(l), set(bson.D{{Key: "expires_at", Value: date(longAgo)}}))
	return failed("release lease", err)
}
