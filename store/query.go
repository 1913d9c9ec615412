package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/tenant"
)

// updateTries is how often an update is computed anew because others changed the document first. Each time somebody's
// update went through, so that this many losses in a row mean a storm.
const updateTries = 200

// untilSaved tries until the attempt, which loads, changes and saves conditionally, was the first to save.
func untilSaved(attempt func() (saved bool, err error)) error {
	for range updateTries {
		if saved, err := attempt(); err != nil || saved {
			return err
		}
	}
	return fault.ForLog(fault.Unavailable, "%d updates in a row came too late", updateTries)
}

// byKey selects one document of a shop. The _id begins with the shop; the shop is named as well, so that a wrong _id
// finds nothing of anybody else's, and a sharded collection is asked on one shard only.
func byKey(shop any, id string) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "shop", Value: shop}}
}

// allOf selects a shop's documents by the range of their _ids, which begin so and then have a slash ('0' is the
// character after it).
func allOf(shop tenant.ShopID, begin string) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: begin + "/"}, {Key: "$lt", Value: begin + "0"}}},
		{Key: "shop", Value: shop},
	}
}

// anyOf is an operator for a field with one of the values. None at all selects nothing; MongoDB wants an array even
// then.
func anyOf[T any](values []T) bson.D {
	if values == nil {
		values = []T{}
	}
	return bson.D{{Key: "$in", Value: values}}
}

// set is an update that writes fields; further operators may follow.
func set(fields any, more ...bson.E) bson.D {
	return append(bson.D{{Key: "$set", Value: fields}}, more...)
}

// findOne reads one document. Error: mongo.ErrNoDocuments and what the driver says.
func findOne[D any](
	ctx context.Context, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOneOptions],
) (D, error) {
	var doc D
	err := c.FindOne(ctx, filter, opts...).Decode(&doc)
	return doc, err
}

// findAll reads all documents that the filter selects.
func findAll[D any](
	ctx context.Context, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOptions],
) ([]D, error) {
	cursor, err := c.Find(ctx, filter, opts...)
	if err != nil {
		return nil, err
	}
	var docs []D
	err = cursor.All(ctx, &docs)
	return docs, err
}

// aggregate runs a pipeline and reads all of what comes out.
func aggregate[D any](ctx context.Context, c *mongo.Collection, pipeline bson.A) ([]D, error) {
	cursor, err := c.Aggregate(ctx, pipeline)
	if err != nil {
		return nil, err
	}
	var docs []D
	err = cursor.All(ctx, &docs)
	return docs, err
}

// updateOne changes one document and tells whether the filter found it.
func updateOne(ctx context.Context, c *mongo.Collection, filter, update any) (found bool, err error) {
	result, err := c.UpdateOne(ctx, filter, update)
	if err != nil {
		return false, err
	}
	return result.MatchedCount == 1, nil
}

// upsert changes a document or makes it. Of two that make it at once, one meets the other's: it then changes that.
func upsert(ctx context.Context, c *mongo.Collection, filter, update any) error {
	_, err := c.UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) {
		_, err = c.UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(true))
	}
	return err
}

// exists tells whether there is such a document.
func exists(ctx context.Context, c *mongo.Collection, filter any) (bool, error) {
	n, err := c.CountDocuments(ctx, filter, options.Count().SetLimit(1))
	return n > 0, err
}

// orNotFound turns "no such document" into NotFound.
func orNotFound(found bool, err error) error {
	if err == nil && !found {
		return mongo.ErrNoDocuments
	}
	return err
}

// onlyID projects documents to their _id.
var onlyID = bson.D{{Key: "_id", Value: 1}}

// idDoc is a document of which only the _id was read.
type idDoc struct {
	ID string `bson:"_id"`
}

// foundIDs returns which of the documents exist that a filter names by their ids. The planner is told to look these up:
// where the filter asks for a state too, it has read all of a shop's in that state instead.
func foundIDs(ctx context.Context, c *mongo.Collection, filter any) (map[string]bool, error) {
	docs, err := findAll[idDoc](ctx, c, filter, options.Find().SetProjection(onlyID).SetHint(onlyID))
	found := make(map[string]bool, len(docs))
	for _, d := range docs {
		found[d.ID] = true
	}
	return found, err
}
