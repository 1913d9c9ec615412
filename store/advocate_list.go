package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// PageAdvocates lists one page of advocates, who joined last first.
func (db Advocates) PageAdvocates(
	ctx context.Context, shop tenant.ShopID, q referral.AdvocateQuery,
) ([]referral.Advocate, error) {
	beyond, bound, way := "$lt", "$lte", -1
	if q.Back {
		beyond, bound, way = "$gt", "$gte", 1
	}

	filter := bson.D{{Key: "shop", Value: shop}}
	if at := date(q.From.JoinedAt); q.From.ID != "" {
		filter = append(filter,
			bson.E{Key: "joined_at", Value: bson.D{{Key: bound, Value: at}}},
			bson.E{Key: "$or", Value: bson.A{
				bson.D{{Key: "shop", Value: shop}, {Key: "joined_at", Value: bson.D{{Key: beyond, Value: at}}}},
				bson.D{{Key: "shop", Value: shop}, {Key: "joined_at", Value: at}, {Key: "id", Value: bson.D{{Key: beyond, Value: q.From.ID}}}},
			}},
		)
	}

	page := options.Find().SetLimit(int64(q.Limit)).SetSort(bson.D{{Key: "joined_at", Value: way}, {Key: "id", Value: way}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, page)
	if q.Back {
		slices.Reverse(docs)
	}
	return each(docs, advocateDoc.toDomain), failed("page advocates", err)
}
