package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Missing are referrals that shoppers asked for because they were missed.
type Missing struct{ *DB }

// missingKept is how long it is known that somebody asked. What became a fact stands in the friend's record.
const missingKept = 180 * 24 * time.Hour

// missingDoc is one of them; _id: missingKey, so that an order asked for twice is one.
type missingDoc struct {
	Key      string              `bson:"_id"`
	Shop     tenant.ShopID       `bson:"shop"`
	By       referral.Side       `bson:"by"`
	Customer referral.CustomerID `bson:"customer"`
	Name     string              `bson:"name"`
	Advocate referral.AdvocateID `bson:"advocate"`
	At       date                `bson:"at"`
	Found    referral.OrderID    `bson:"found"`
	Friend   referral.FriendID   `bson:"friend"`
	Added    date                `bson:"added"`
	LookAt   date                `bson:"look_at"`
	Open     bool                `bson:"open"` // it is to be looked at; the index covers only these
	IsAdded  bool                `bson:"is_added"`
	ExpireAt date                `bson:"expire_at"` // TTL removes it then
}

func missingKey(m referral.Missing) string {
	return key(m.Shop, "missing", string(m.By), string(m.Customer), m.Order)
}

func newMissingDoc(m referral.Missing) missingDoc {
	return missingDoc{
		missingKey(m), m.Shop, m.By, m.Customer, m.Order, m.Advocate, date(m.At), m.Found, m.Friend,
		date(m.Added), date(m.LookAt), !m.LookAt.IsZero(), !m.Added.IsZero(), date(m.At.Add(missingKept)),
	}
}

func (d missingDoc) toDomain() referral.Missing {
	return referral.Missing{
		Shop: d.Shop, By: d.By, Customer: d.Customer, Order: d.Name, Advocate: d.Advocate, At: time.Time(d.At),
		Found: d.Found, Friend: d.Friend, Added: time.Time(d.Added), LookAt: time.Time(d.LookAt),
	}
}

// AddMissing notes what somebody asks for. Conflict: they have asked for it before.
func (db Missing) AddMissing(ctx context.Context, m referral.Missing) error {
	_, err := db.missing.InsertOne(ctx, newMissingDoc(m))
	return failed("add missing", err)
}

// FindMissing finds what was asked for before, by side, customer and order.
func (db Missing) FindMissing(ctx context.Context, m referral.Missing) (referral.Missing, error) {
	doc, err := findOne[missingDoc](ctx, db.missing, byKey(m.Shop, missingKey(m)))
	return doc.toDomain(), failed("find missing", err)
}

// SaveMissing writes what is known of it by now. One that is gone meanwhile, as its person was erased, stays gone, and
// one that names somebody meanwhile is left to be looked at.
func (db Missing) SaveMissing(ctx context.Context, m referral.Missing) error {
	as := append(byKey(m.Shop, missingKey(m)), bson.E{Key: "advocate", Value: anyOf([]referral.AdvocateID{"", m.Advocate})})
	_, err := db.missing.ReplaceOne(ctx, as, newMissingDoc(m))
	return failed("save missing", err)
}

// MissingOf lists what a customer asked for after an instant, the newest first.
func (db Missing) MissingOf(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, after time.Time, limit int,
) ([]referral.Missing, error) {
	newest := options.Find().SetSort(bson.D{{Key: "at", Value: -1}}).SetLimit(int64(limit))
	docs, err := findAll[missingDoc](ctx, db.missing, bson.D{
		{Key: "shop", Value: shop},
		{Key: "customer", Value: c},
		{Key: "at", Value: bson.D{{Key: "$gt", Value: date(after)}}},
	}, newest)
	return each(docs, missingDoc.toDomain), failed("missing of customer", err)
}

// MissingDue lists what is to be looked at by now, the longest waiting first.
func (db Missing) MissingDue(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) ([]referral.Missing, error) {
	first := options.Find().SetSort(bson.D{{Key: "look_at", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[missingDoc](ctx, db.missing, bson.D{
		{Key: "shop", Value: shop},
		{Key: "open", Value: true},
		{Key: "look_at", Value: bson.D{{Key: "$lte", Value: date(now)}}},
	}, first)
	return each(docs, missingDoc.toDomain), failed("missing due", err)
}

// CountMissingAdded counts what became appeals after an instant, up to atMost.
func (db Missing) CountMissingAdded(
	ctx context.Context, shop tenant.ShopID, after time.Time, atMost int,
) (int, error) {
	n, err := db.missing.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: "is_added", Value: true},
		{Key: "added", Value: bson.D{{Key: "$gt", Value: date(after)}}},
	}, options.Count().SetLimit(int64(atMost)))
	return int(n), failed("count missing", err)
}

// rename has what a customer asked for be another's, and what was asked about an order of theirs. Where both asked for
// the same, the other's stays. All are looked for among all of the shop's: merges are rare.
func (db Missing) rename(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error {
	all := allOf(shop, key(shop, "missing"))
	docs, err := findAll[missingDoc](ctx, db.missing, append(all, bson.E{Key: "customer", Value: from}))
	if err != nil {
		return err
	}

	for _, doc := range docs {
		was := doc.Key
		m := doc.toDomain()
		m.Customer = to
		doc = newMissingDoc(m)
		first := bson.D{{Key: "$setOnInsert", Value: doc}}
		if err := upsert(ctx, db.missing, byKey(shop, doc.Key), first); err != nil {
			return err
		}
		if _, err := db.missing.DeleteOne(ctx, byKey(shop, was)); err != nil {
			return err
		}
	}

	about := append(all, bson.E{Key: "friend", Value: referral.FriendOf(from, false)})
	_, err = db.missing.UpdateMany(ctx, about, set(bson.D{{Key: "friend", Value: referral.FriendOf(to, false)}}))
	return err
}

// renameAdvocate has what names one advocate name another, as part of a transaction.
func (db Missing) renameAdvocate(ctx context.Context, shop tenant.ShopID, from, to referral.AdvocateID) error {
	named := append(allOf(shop, key(shop, "missing")), bson.E{Key: "advocate", Value: from})
	_, err := db.missing.UpdateMany(ctx, named, set(bson.D{{Key: "advocate", Value: to}}))
	return err
}

// forget removes what a customer asked for, and what others asked for about an order of theirs. The latter is looked
// for among all of the shop's: it is rare.
func (db Missing) forget(ctx context.Context, shop tenant.ShopID, c referral.CustomerID) error {
	about := append(allOf(shop, key(shop, "missing")), bson.E{Key: "$or", Value: bson.A{
		bson.D{{Key: "customer", Value: c}},
		bson.D{{Key: "friend", Value: referral.FriendOf(c, false)}},
	}})
	_, err := db.missing.DeleteMany(ctx, about)
	return err
}
