package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/fault"
)

// Schema brings collections, indexes and documents up to date, and tells whether they are.
type Schema struct{ *DB }

// migrateLimit bounds a migration whose ctx has no deadline of its own: building an index over a large collection takes
// its time.
const migrateLimit = time.Hour

// migration is one step of the schema. It must be safe to run twice, at the same time, and beside the version of the
// program that knows only the step before.
type migration struct {
	version int
	run     func(Schema, context.Context) error
}

// migrations are the steps in order. A step that was released is never changed; what is new gets a new one. Each does
// the steps before it as well, since the previous version of the program may have written meanwhile.
var migrations = []migration{
	{1, Schema.createAll},
	{2, Schema.widen},
	{3, Schema.widen},         // indexes of ShopsToShow, funnel_days
	{4, Schema.countClaimed},  // claims.counts_until; claim_networks, tombstones, privacy_reports and their indexes
	{5, Schema.watchDisputes}, // orders.disputes_due and its index
	{6, Schema.watchDisputes}, // index codes.personal
	{7, Schema.watchDisputes}, // indexes of FindReferrals; audit and its index
	{8, Schema.countAll},      // figure_days, advocate_days; referrals.count_at and its index
	{9, Schema.countAll},      // index advocates.order
	{10, Schema.totalFunnel},  // terms, mails, mail_stops, missing; funnel_days of all links together; their indexes, and of advocates, advocate_days
	{11, Schema.countListed},  // advocate_days: where all of a shop's referrals stand
	{12, Schema.countListed},  // sign_ins and its index; index advocates.emails
	{13, Schema.countListed},  // indexes of MergeAdvocates, CampaignsToWatch, CountRemade, DueMails, FriendsWithCards, ForgetMarks, LoadFacts (beside, tied), RaiseAround, ToLook; mail_words
}

// schemaVersion is the version this program needs.
func schemaVersion() int { return migrations[len(migrations)-1].version }

// schemaDoc is the one document of the collection schema.
type schemaDoc struct {
	Version int `bson:"version"`
}

var bySchema = bson.D{{Key: "_id", Value: "schema"}}

// Migrate brings collections, indexes and documents up to this version. It is safe to run twice, at the same time, and
// beside the previous version of the program; once that has ended, run it again for what it wrote meanwhile.
func (db Schema) Migrate(ctx context.Context) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, migrateLimit)
		defer cancel()
	}

	// The last step does all those before it, so it is enough from whatever schema; and it mends what somebody has
	// dropped, or what the previous version of the program wrote since.
	current, err := db.schemaVersion(ctx)
	if err != nil || current > schemaVersion() {
		return failed("migrate", err)
	}
	last := migrations[len(migrations)-1]
	if err := last.run(db, ctx); err != nil {
		return failed(fmt.Sprintf("migrate to %d", last.version), err)
	}

	reached := bson.D{
		{Key: "$max", Value: schemaDoc{last.version}},
		{Key: "$currentDate", Value: bson.D{{Key: "at", Value: true}}},
	}
	return failed("migrate", upsert(ctx, db.schema, bySchema, reached))
}

// schemaVersion reads what the database has; 0: nothing yet.
func (db Schema) schemaVersion(ctx context.Context) (int, error) {
	doc, err := findOne[schemaDoc](ctx, db.schema, bySchema)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, nil
	}
	return doc.Version, err
}

// SchemaCurrent tells whether the database has the schema that this program needs, or a newer one. Unavailable: it is
// older, or MongoDB does not answer.
func (db Schema) SchemaCurrent(ctx context.Context) error {
	has, err := db.schemaVersion(ctx)
	if err == nil && has < schemaVersion() {
		err = fault.With(fault.Unavailable, "schema_old", fault.Values{"has": has, "needs": schemaVersion()})
	}
	return failed("schema", err)
}

// createAll is migration 1: collections and their indexes.
func (db Schema) createAll(ctx context.Context) error {
	for _, name := range collections {
		if err := db.createCollection(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// namespaceExists is the server's code for a collection that is there already. Source: mongodb/mongo, error_codes.yml.
const namespaceExists = 48

// createCollection makes a collection with its indexes; what is there stays.
func (db Schema) createCollection(ctx context.Context, name string) error {
	err := db.database.CreateCollection(ctx, name)
	server, ok := errors.AsType[mongo.ServerError](err)
	if err != nil && (!ok || !server.HasErrorCode(namespaceExists)) {
		return err
	}

	var models []mongo.IndexModel
	for _, i := range indexes {
		if i.collection == name {
			models = append(models, i.model())
		}
	}
	if len(models) == 0 {
		return nil
	}

	_, err = db.database.Collection(name).Indexes().CreateMany(ctx, models)
	return err
}
