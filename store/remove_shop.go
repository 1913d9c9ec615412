package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/tenant"
)

// removeBatch is how many documents of a shop are removed at a time, so that no one operation takes long and a shop that comes back
// meanwhile is noticed.
const removeBatch = 2000

// RemoveShop removes a batch of the shop's documents, but for the one delivery that is named, and tells whether more are left. The shop's
// own document goes last, and only while the app is uninstalled there.
func (s *Store) RemoveShop(ctx context.Context, shop tenant.ShopID, keep string) (left bool, err error) {
	for _, name := range collections {
		if name == "shops" {
			continue
		}
		n, err := removeSome(ctx, s.db.Collection(name), shop, deliveryKey(shop, keep))
		if err != nil {
			return false, failed("remove shop", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	_, err = s.shops.DeleteOne(ctx, byShop(shop, bson.E{Key: "status", Value: tenant.Uninstalled}))
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
