package store

import (
	"context"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Terms are the versions of the programme's terms that the merchants have written, and who agreed to which.
type Terms struct{ *DB }

// writtenDoc is one version; _id: termsKey. It is never changed.
type writtenDoc struct {
	Key     string        `bson:"_id"`
	Shop    tenant.ShopID `bson:"shop"`
	Version int           `bson:"version"`
	Text    string        `bson:"text"`
	Link    string        `bson:"link"`
	At      date          `bson:"at"`
}

func newWrittenDoc(shop tenant.ShopID, t tenant.Terms) writtenDoc {
	return writtenDoc{termsKey(shop, t.Version), shop, t.Version, t.Text, t.Link, date(t.At)}
}

func (d writtenDoc) toDomain() tenant.Terms {
	return tenant.Terms{Version: d.Version, Text: d.Text, Link: d.Link, At: time.Time(d.At)}
}

func termsKey(shop tenant.ShopID, version int) string { return key(shop, strconv.Itoa(version)) }

// askedTermsDoc is what the shop's own document has of them.
type askedTermsDoc struct {
	Latest  int    `bson:"latest"`
	Version int    `bson:"version"`
	Link    string `bson:"link"`
}

// AddTerms writes the next version, which the shop asks for from then on, and makes showing its offer due. Conflict:
// somebody has written it meanwhile.
func (db Terms) AddTerms(ctx context.Context, shop tenant.ShopID, t tenant.Terms) error {
	before := bson.E{Key: "terms.latest", Value: t.Version - 1}
	if t.Version == 1 {
		before.Value = anyOf([]any{0, nil})
	}

	return failed("add terms", db.inTransaction(ctx, func(ctx context.Context) error {
		asked := set(bson.D{{Key: "terms", Value: askedTermsDoc(t.Asked())}}, toShow...)
		found, err := updateOne(ctx, db.shops, byShop(shop, before), asked)
		if err != nil {
			return err
		}
		if !found {
			return fault.New(fault.Conflict, "terms_written")
		}
		_, err = db.terms.InsertOne(ctx, newWrittenDoc(shop, t))
		return err
	}))
}

// FindTerms reads a version. NotFound: there is none of this number.
func (db Terms) FindTerms(ctx context.Context, shop tenant.ShopID, version int) (tenant.Terms, error) {
	doc, err := findOne[writtenDoc](ctx, db.terms, byKey(shop, termsKey(shop, version)))
	return doc.toDomain(), failed("find terms", err)
}

// ListTerms lists up to limit versions, the newest first.
func (db Terms) ListTerms(ctx context.Context, shop tenant.ShopID, limit int) ([]tenant.Terms, error) {
	newest := options.Find().SetSort(bson.D{{Key: "version", Value: -1}}).SetLimit(int64(limit))
	docs, err := findAll[writtenDoc](ctx, db.terms, bson.D{{Key: "shop", Value: shop}}, newest)
	return each(docs, writtenDoc.toDomain), failed("list terms", err)
}

// CountAgreed counts the advocates by the version that they agreed to last, of up to atMost advocates: those with the
// newest versions come first.
func (db Terms) CountAgreed(ctx context.Context, shop tenant.ShopID, atMost int) (map[int]int, error) {
	docs, err := aggregate[struct {
		Version int `bson:"_id"`
		Count   int `bson:"count"`
	}](ctx, db.advocates, bson.A{
		bson.D{{Key: "$match", Value: bson.D{
			{Key: "shop", Value: shop}, {Key: "agreed.version", Value: bson.D{{Key: "$gt", Value: 0}}},
		}}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "agreed.version", Value: -1}}}},
		bson.D{{Key: "$limit", Value: atMost}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$agreed.version"}, {Key: "count", Value: bson.D{{Key: "$sum", Value: 1}}},
		}}},
	})

	counts := map[int]int{}
	for _, d := range docs {
		counts[d.Version] = d.Count
	}
	return counts, failed("count agreed", err)
}

// NoteAgreed notes that an advocate has agreed to a newer version than before. An older one changes nothing.
func (db Terms) NoteAgreed(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, agreed referral.Agreement,
) error {
	older := bson.E{Key: "agreed.version", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: agreed.Version}}}}}
	present := append(byKey(shop, advocateKey(shop, id)), older, bson.E{Key: "erased_at", Value: nil})
	fields := bson.D{{Key: "agreed", Value: agreementDoc{agreed.Version, date(agreed.At)}}}
	_, err := updateOne(ctx, db.advocates, present, set(fields))
	return failed("note agreed", err)
}
