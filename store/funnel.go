package store

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/funnel"
	"twofold/referral"
	"twofold/tenant"
)

// Funnel are the counts of what shoppers did, by day.
type Funnel struct{ *DB }

var _ funnel.Store = (*Store)(nil)

// AddToFunnel adds to the counts of days, and to those of all links together, in one unordered write. On an error some
// may be written and some not.
func (db Funnel) AddToFunnel(ctx context.Context, days []funnel.Day) error {
	if len(days) == 0 {
		return nil
	}

	writes := each(slices.Concat(days, funnel.Totals(days)), func(d funnel.Day) mongo.WriteModel {
		day := byKey(d.Shop, funnelKey(d.Key))
		return mongo.NewUpdateOneModel().SetFilter(day).SetUpdate(addition(d)).SetUpsert(true)
	})
	err := db.writeUnordered(ctx, writes)
	if again := duplicates(err); again != nil { // others made these documents at the same time: now they are there
		err = db.writeUnordered(ctx, again)
	}
	return failed("add to funnel", err)
}

func (db Funnel) writeUnordered(ctx context.Context, writes []mongo.WriteModel) error {
	_, err := db.funnel.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	return err
}

// duplicates are the writes that failed since their document exists; nil when there is another error too, or none.
func duplicates(err error) []mongo.WriteModel {
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || !onlyDuplicates(err) {
		return nil
	}
	return each(bulk.WriteErrors, func(e mongo.BulkWriteError) mongo.WriteModel { return e.Request })
}

// addition counts up, and says of a new document what it counts.
func addition(d funnel.Day) bson.D {
	counts := bson.D{}
	for _, c := range []struct {
		field string
		n     int
	}{{"seen", d.Seen}, {"claims", d.Claims}, {"joins", d.Joins}} {
		if c.n > 0 {
			counts = append(counts, bson.E{Key: c.field, Value: int64(c.n)})
		}
	}

	for channel, n := range d.Shares {
		counts = append(counts, bson.E{Key: "shares." + string(channel), Value: int64(n)})
	}

	return bson.D{{Key: "$inc", Value: counts}, {Key: "$setOnInsert", Value: bson.D{
		{Key: "campaign", Value: d.Campaign.ID},
		{Key: "version", Value: d.Campaign.Version},
		{Key: "advocate", Value: d.Advocate},
		{Key: "day", Value: d.Day},
	}}}
}

// funnelSums are the accumulators of a $group that adds up counts, each missing where it is 0.
func funnelSums() bson.D {
	sums := bson.D{}
	for _, field := range []string{"seen", "claims", "joins"} {
		sums = append(sums, bson.E{Key: field, Value: bson.D{{Key: "$sum", Value: "$" + field}}})
	}
	for _, channel := range funnel.Channels {
		sum := bson.D{{Key: "$sum", Value: "$shares." + string(channel)}}
		sums = append(sums, bson.E{Key: string(channel), Value: sum})
	}
	return sums
}

// FunnelOf sums up the counts of a campaign, in all its versions, since a day ("2026-11-20"), which counts too.
//
// Pipeline in: seen, claims, joins, shares.copy …, each missing where it is 0. Out: one document with their sums.
func (db Funnel) FunnelOf(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, since string,
) (funnel.Sums, error) {
	lately := bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: campaign},
		{Key: "advocate", Value: funnel.Anyone},
		{Key: "day", Value: bson.D{{Key: "$gte", Value: since}}},
	}
	docs, err := aggregate[map[string]int](ctx, db.funnel, bson.A{
		bson.D{{Key: "$match", Value: lately}},
		bson.D{{Key: "$group", Value: append(bson.D{{Key: "_id", Value: nil}}, funnelSums()...)}},
		bson.D{{Key: "$unset", Value: "_id"}},
	})
	if err != nil || len(docs) == 0 {
		return funnel.Sums{}, failed("funnel", err)
	}

	found := docs[0]
	total := funnel.Sums{
		Seen:   found["seen"],
		Claims: found["claims"],
		Joins:  found["joins"],
		Shares: map[funnel.Channel]int{},
	}
	for _, channel := range funnel.Channels {
		if n := found[string(channel)]; n > 0 {
			total.Shares[channel] = n
		}
	}

	return total, nil
}
