package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/funnel"
)

// totalFunnel is migration 10: the counts of a day of a campaign version, all links together, also of what the version
// before counts meanwhile. What this version counts while it runs may be lost from the totals: they are best effort.
//
// Pipeline in: the counts by advocate. Out, merged over those of funnel.Anyone: their sums.
func (db Schema) totalFunnel(ctx context.Context) error {
	if err := db.countAll(ctx); err != nil {
		return err
	}

	day := bson.D{}
	for _, field := range []string{"shop", "day", "campaign", "version"} {
		day = append(day, bson.E{Key: field, Value: "$" + field})
	}
	id := bson.D{{Key: "$concat", Value: bson.A{
		"$_id.shop", "/", "$_id.day", "/", "$_id.campaign", "/", bson.D{{Key: "$toString", Value: "$_id.version"}},
		"/" + funnel.Anyone,
	}}}

	shares, byChannel := bson.D{}, bson.A{}
	for _, channel := range funnel.Channels {
		shares = append(shares, bson.E{Key: string(channel), Value: "$" + string(channel)})
		byChannel = append(byChannel, string(channel))
	}
	named := bson.D{{Key: "$mergeObjects", Value: bson.A{"$$ROOT", "$_id", bson.D{
		{Key: "_id", Value: id}, {Key: "advocate", Value: funnel.Anyone}, {Key: "shares", Value: shares},
	}}}}

	byAdvocate := bson.D{anyShop, {Key: "advocate", Value: bson.D{{Key: "$ne", Value: funnel.Anyone}}}}
	cursor, err := db.funnel.Aggregate(ctx, bson.A{
		bson.D{{Key: "$match", Value: byAdvocate}},
		bson.D{{Key: "$group", Value: append(bson.D{{Key: "_id", Value: day}}, funnelSums()...)}},
		bson.D{{Key: "$replaceWith", Value: named}},
		bson.D{{Key: "$unset", Value: byChannel}},
		bson.D{{Key: "$merge", Value: bson.D{{Key: "into", Value: db.funnel.Name()}, {Key: "whenMatched", Value: "replace"}}}},
	}, options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		return err
	}
	if err := cursor.Close(ctx); err != nil {
		return err
	}
	return dropIndex(ctx, db.funnel, "campaign") // of schema 3
}
