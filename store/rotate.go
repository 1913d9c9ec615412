package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Rotation is the change of an encryption or hash key, across collections.
type Rotation struct{ *DB }

// Reseal encrypts anew, under the first encryption key, what another one has encrypted, and counts it. It goes on where
// a run was cut off, and leaves alone what changed meanwhile: that is under the first key already.
func (db Rotation) Reseal(ctx context.Context) (resealed int, err error) {
	for _, place := range []struct {
		in      *mongo.Collection
		field   string
		purpose string
	}{
		{db.shops, "tokens.sealed", tokenPurpose}, // bound to the shop, which is the document's _id
		{db.reports, "sealed", reportPurpose},
		{db.signIns, "sealed", addressPurpose},
	} {
		n, err := db.reseal(ctx, place.in, place.field, place.purpose)
		resealed += n
		if err != nil {
			return resealed, failed("reseal", err)
		}
	}

	return resealed, nil
}

// sealedDoc is a document of which only what is sealed was read.
type sealedDoc struct {
	ID     string `bson:"_id"`
	Sealed string `bson:"sealed"`
}

func (db Rotation) reseal(ctx context.Context, in *mongo.Collection, field, purpose string) (resealed int, err error) {
	old := bson.D{
		anyShop,
		{Key: field, Value: bson.D{
			{Key: "$exists", Value: true},
			{Key: "$not", Value: begins(db.keyring.First() + ".")},
		}},
	}

	only := options.Find().SetProjection(bson.D{{Key: "sealed", Value: "$" + field}})
	docs, err := findAll[sealedDoc](ctx, in, old, only)
	if err != nil {
		return 0, err
	}

	for _, d := range docs {
		plain, err := db.keyring.Open(purpose, d.ID, d.Sealed)
		if err != nil {
			return resealed, err
		}

		sealed, err := db.keyring.Seal(purpose, d.ID, plain)
		if err != nil {
			return resealed, err
		}

		same := bson.D{{Key: "_id", Value: d.ID}, {Key: field, Value: d.Sealed}}
		done, err := updateOne(ctx, in, same, set(bson.D{{Key: field, Value: sealed}}))
		if err != nil {
			return resealed, err
		}
		if done {
			resealed++
		}
	}

	return resealed, nil
}

// begins selects texts by how they begin. Ids of keys are letters and digits.
func begins(text string) bson.Regex { return bson.Regex{Pattern: "^" + text} }

// hashedOf are fields of a part of documents, each with what is asked of it.
func hashedOf(part string, what any, fields ...string) bson.D {
	return each(fields, func(field string) bson.E { return bson.E{Key: part + "." + field, Value: what} })
}

// CountHashes counts, by collection, the documents with a hash under the hash key of the id. Hashes cannot be made anew
// without what was hashed: the key is needed until they have aged out.
func (db Rotation) CountHashes(ctx context.Context, keyID string) (map[string]int, error) {
	hash, browser := begins(keyID+":"), begins("browser:"+keyID+":")
	counts := map[string]int{}
	for collection, fields := range map[string]bson.D{
		"advocates": append(hashedOf("seen", hash, "networks", "agents", "typed"),
			bson.E{Key: "browsers", Value: hash}, bson.E{Key: "emails", Value: hash}),
		"claims": append(hashedOf("seen", hash, "networks", "agents", "typed"),
			bson.E{Key: "keys", Value: browser}, bson.E{Key: "browsers", Value: hash}, bson.E{Key: "emails.hash", Value: hash}),
		"claim_networks": {{Key: "network", Value: hash}},
		"mail_stops":     {{Key: "hash", Value: hash}},
		"orders": append(hashedOf("snapshot.marks", hash, "networks", "agents", "phones", "mailboxes"),
			hashedOf("snapshot", hash, "emails", "aliases", "cards")...),
		"privacy_reports": {{Key: "person", Value: hash}},
		"sign_ins":        {{Key: "emails", Value: hash}},
		"tombstones":      {{Key: "hash", Value: hash}},
	} {
		either := each(fields, func(f bson.E) bson.D { return bson.D{f} })
		n, err := db.database.Collection(collection).CountDocuments(ctx, bson.D{anyShop, {Key: "$or", Value: either}})
		if err != nil {
			return nil, failed("count hashes", err)
		}
		counts[collection] = int(n)
	}

	return counts, nil
}
