package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Erasure takes a person or a shop out of what is kept, across collections.
type Erasure struct{ *DB }

// removeBatch is how many documents of a shop are removed at a time, so that no one operation takes long and a shop
// that comes back meanwhile is noticed.
const removeBatch = 2000

// RemoveShop removes a batch of the shop's documents, but for the one delivery that is named, and tells whether more
// are left. The shop's own document goes last, and only while the app is uninstalled there.
func (db Erasure) RemoveShop(ctx context.Context, shop tenant.ShopID, keep string) (left bool, err error) {
	for _, name := range collections {
		if name == "shops" {
			continue
		}

		n, err := removeSome(ctx, db.database.Collection(name), shop, deliveryKey(shop, keep))
		if err != nil {
			return false, failed("remove shop", err)
		}
		if n > 0 {
			return true, nil
		}
	}

	_, err = db.shops.DeleteOne(ctx, byShop(shop, bson.E{Key: "status", Value: tenant.Uninstalled}))
	return false, failed("remove shop", err)
}

// removeSome removes up to removeBatch of a shop's documents, by the range of their _ids.
func removeSome(ctx context.Context, c *mongo.Collection, shop tenant.ShopID, but string) (int64, error) {
	filter := append(allOf(shop, string(shop)), bson.E{Key: "$nor", Value: bson.A{bson.D{{Key: "_id", Value: but}}}})
	docs, err := findAll[idDoc](ctx, c, filter, options.Find().SetProjection(onlyID).SetLimit(removeBatch))
	if err != nil || len(docs) == 0 {
		return 0, err
	}

	ids := each(docs, func(d idDoc) string { return d.ID })
	result, err := c.DeleteMany(ctx, bson.D{{Key: "_id", Value: anyOf(ids)}, {Key: "shop", Value: shop}})
	if err != nil {
		return 0, err
	}
	return result.DeletedCount, nil
}

// EraseAdvocate takes the person out of an advocate, who is blocked from then on, and returns what is left: codes that
// were drawn, which name nobody, and when it was blocked and erased.
func (db Erasure) EraseAdvocate(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, as referral.CustomerID, at time.Time,
) (referral.Advocate, error) {
	erased := set(bson.D{
		{Key: "customer", Value: as},
		{Key: "order", Value: ""},
		{Key: "has_order", Value: false},
		{Key: "browsers", Value: nil},
		{Key: "emails", Value: nil},
		{Key: "seen", Value: nil},
		{Key: "state", Value: referral.AdvocateBlocked},
		{Key: "blocked_at", Value: date(at)},
		{Key: "erased_at", Value: date(at)},
		{Key: "note", Value: nil},
		{Key: "agreed", Value: nil},
		{Key: "proved_at", Value: nil},
		{Key: "named", Value: nil},
	})

	var doc advocateDoc
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := db.advocates.FindOneAndUpdate(ctx, byKey(shop, advocateKey(shop, id)), erased, after).Decode(&doc)
	return doc.toDomain(), failed("erase advocate", err)
}

// MarkAdvocates adds a mark to the browsers, or to the addresses, of all advocates who have one of these (keyed
// hashes), but not to those of the customer.
func (db Erasure) MarkAdvocates(
	ctx context.Context, shop tenant.ShopID, but referral.CustomerID, browsers, emails []string, mark string,
) error {
	for field, hashes := range map[string][]string{"browsers": browsers, "emails": emails} {
		if len(hashes) == 0 {
			continue
		}

		sharing := bson.D{
			{Key: "shop", Value: shop},
			{Key: field, Value: anyOf(hashes)},
			{Key: "customer", Value: bson.D{{Key: "$ne", Value: but}}},
		}

		_, err := db.advocates.UpdateMany(ctx, sharing, bson.D{
			{Key: "$addToSet", Value: bson.D{{Key: field, Value: mark}}},
		})
		if err != nil {
			return failed("mark advocates", err)
		}
	}

	return nil
}

// ForgetMentions takes a customer out of what only mentions them: the customers that an order once had, deliveries that
// are not waiting, and what was asked for as missed: where somebody takes their place it is theirs. All are looked for
// among all of the shop's: it is rare, and an index would be paid for by every webhook.
func (db Erasure) ForgetMentions(ctx context.Context, shop tenant.ShopID, c, as referral.CustomerID) error {
	once := append(allOf(shop, key(shop, "order")),
		bson.E{Key: "customers", Value: c},
		bson.E{Key: "snapshot.customer", Value: bson.D{{Key: "$ne", Value: c}}},
	)
	renamed := set(bson.D{{Key: "customers", Value: mapped("$customers", c, as)}})
	if _, err := db.orders.UpdateMany(ctx, once, mongo.Pipeline{renamed}); err != nil {
		return failed("forget mentions", err)
	}

	asked := Missing{db.DB}
	var err error
	if as.Erased() {
		err = asked.forget(ctx, shop, c)
	} else {
		err = asked.rename(ctx, shop, c, as)
	}
	if err != nil {
		return failed("forget mentions", err)
	}

	told := append(allOf(shop, string(shop)),
		bson.E{Key: "nomination.customer_id", Value: c},
		bson.E{Key: "kept", Value: bson.D{{Key: "$ne", Value: true}}},
	)
	_, err = db.deliveries.UpdateMany(ctx, told, bson.D{
		{Key: "$unset", Value: bson.D{{Key: "nomination.customer_id", Value: ""}}},
	})
	return failed("forget mentions", err)
}
