package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// maxBrowsers is how many browsers of an advocate are remembered.
const maxBrowsers = 10

// advocateDoc is one advocate; _id: advocateKey.
type advocateDoc struct {
	Key         string                 `bson:"_id"`
	Shop        tenant.ShopID          `bson:"shop"`
	ID          referral.AdvocateID    `bson:"id"`
	Customer    referral.CustomerID    `bson:"customer"`
	HasCustomer bool                   `bson:"has_customer"` // the unique index on customer covers only these
	Codes       []string               `bson:"codes"`
	Browsers    []string               `bson:"browsers"`
	State       referral.AdvocateState `bson:"state"`
	JoinedAt    date                   `bson:"joined_at"`
}

func newAdvocateDoc(a referral.Advocate) advocateDoc {
	return advocateDoc{
		Key: advocateKey(a.Shop, a.ID), Shop: a.Shop, ID: a.ID, Customer: a.Customer, HasCustomer: a.Customer != "", Codes: a.Codes,
		Browsers: a.Browsers, State: a.State, JoinedAt: date(a.JoinedAt),
	}
}

func (d advocateDoc) toDomain() referral.Advocate {
	return referral.Advocate{
		Shop: d.Shop, ID: d.ID, Customer: d.Customer, Codes: d.Codes, Browsers: d.Browsers, State: d.State, JoinedAt: time.Time(d.JoinedAt),
	}
}

// AddAdvocate writes a new advocate. Conflict: her customer or one of her codes is taken. Invalid: she has no code.
func (s *Store) AddAdvocate(ctx context.Context, a referral.Advocate) error {
	if len(a.Codes) == 0 {
		return failed("add advocate", fault.New(fault.Invalid, "An advocate needs a code."))
	}
	_, err := s.advocates.InsertOne(ctx, newAdvocateDoc(a))
	return failed("add advocate", err)
}

func (s *Store) findAdvocate(ctx context.Context, filter bson.D) (referral.Advocate, error) {
	doc, err := findOne[advocateDoc](ctx, s.advocates, filter)
	return doc.toDomain(), failed("find advocate", err)
}

// FindAdvocate reads an advocate by her id.
func (s *Store) FindAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) (referral.Advocate, error) {
	return s.findAdvocate(ctx, byKey(shop, advocateKey(shop, id)))
}

// FindAdvocateByCode finds the advocate who has, or once had, the code (upper case).
func (s *Store) FindAdvocateByCode(ctx context.Context, shop tenant.ShopID, code string) (referral.Advocate, error) {
	return s.findAdvocate(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "codes", Value: code}})
}

// FindAdvocateByCustomer finds the advocate that a customer is.
func (s *Store) FindAdvocateByCustomer(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) (referral.Advocate, error) {
	return s.findAdvocate(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "has_customer", Value: true}, {Key: "customer", Value: c}})
}

// ListAdvocates lists up to limit advocates, who joined first first.
func (s *Store) ListAdvocates(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Advocate, error) {
	first := bson.D{{Key: "joined_at", Value: 1}, {Key: "id", Value: 1}}
	docs, err := findAll[advocateDoc](ctx, s.advocates, bson.D{{Key: "shop", Value: shop}}, options.Find().SetSort(first).SetLimit(int64(limit)))
	return each(docs, advocateDoc.toDomain), failed("list advocates", err)
}

// NoteBrowser remembers a browser from which the advocate joined (a keyed hash), at most the latest 10.
//
// Pipeline in: browsers, perhaps null. Out: the same without hash, then hash, cut to the last ones.
func (s *Store) NoteBrowser(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, hash string) error {
	others := bson.D{{Key: "$filter", Value: bson.D{
		{Key: "input", Value: bson.D{{Key: "$ifNull", Value: bson.A{"$browsers", bson.A{}}}}},
		{Key: "cond", Value: bson.D{{Key: "$ne", Value: bson.A{"$$this", literal(hash)}}}},
	}}}
	latest := bson.D{{Key: "$slice", Value: bson.A{bson.D{{Key: "$concatArrays", Value: bson.A{others, literal(bson.A{hash})}}}, -maxBrowsers}}}
	pipeline := mongo.Pipeline{set(bson.D{{Key: "browsers", Value: latest}})}
	return failed("note browser", orNotFound(updateOne(ctx, s.advocates, byKey(shop, advocateKey(shop, id)), pipeline)))
}
