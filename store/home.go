package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/figures"
	"twofold/funnel"
	"twofold/referral"
	"twofold/tenant"
)

// What Home reads of the days, each by one query.

// sinceDay selects a shop's documents of days from one on, by the range of their _ids. Sums over all days (figures.Ever)
// sort behind every day, and are among them.
func sinceDay(shop tenant.ShopID, day string) bson.D {
	return bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gte", Value: key(shop, day)}, {Key: "$lt", Value: string(shop) + "0"}}},
		{Key: "shop", Value: shop},
	}
}

// FiguresSince lists the sums by day and campaign from a day on, and those over all days, in one currency.
func (db FigureDays) FiguresSince(
	ctx context.Context, shop tenant.ShopID, day, currency string,
) ([]figures.Part, error) {
	filter := append(sinceDay(shop, day), bson.E{Key: "currency", Value: currency})
	docs, err := findAll[figureDoc](ctx, db.figures, filter, options.Find().SetSort(onlyID))
	return each(docs, figureDoc.toDomain), failed("figures since", err)
}

// TopAdvocates adds up by advocate what credited orders from a day on came to, in one currency: the n with the most
// revenue, the most first, and how many advocates there are.
//
// Pipeline in: advocate; sums.revenue, sums.pending …, each missing where it is 0. Out: one document with the number of
// advocates, and the first n.
func (db FigureDays) TopAdvocates(
	ctx context.Context, shop tenant.ShopID, day, currency string, n int,
) (top []figures.Part, advocates int, err error) {
	credited := append(sinceDay(shop, day),
		bson.E{Key: "standing", Value: bson.D{{Key: "$ne", Value: true}}}, bson.E{Key: "currency", Value: currency})

	one := bson.D{{Key: "_id", Value: "$advocate"}}
	sums := bson.D{}
	for _, counter := range topCounters {
		one = append(one, bson.E{Key: string(counter), Value: bson.D{{Key: "$sum", Value: "$sums." + string(counter)}}})
		sums = append(sums, bson.E{Key: string(counter), Value: "$" + string(counter)})
	}

	most := bson.D{{Key: string(figures.Revenue), Value: -1}, {Key: "_id", Value: 1}}
	first := bson.D{{Key: "$topN", Value: bson.D{
		{Key: "n", Value: n},
		{Key: "sortBy", Value: most},
		{Key: "output", Value: bson.D{{Key: "advocate", Value: "$_id"}, {Key: "sums", Value: sums}}},
	}}}
	found, err := aggregate[topDoc](ctx, db.advocateDays, bson.A{
		bson.D{{Key: "$match", Value: credited}},
		bson.D{{Key: "$group", Value: one}},
		bson.D{{Key: "$match", Value: anyOrder}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: nil},
			{Key: "advocates", Value: bson.D{{Key: "$sum", Value: 1}}},
			{Key: "top", Value: first},
		}}},
	})
	if err != nil || len(found) == 0 {
		return nil, 0, failed("top advocates", err)
	}
	return each(found[0].Top, figureDoc.toDomain), found[0].Advocates, nil
}

// topCounters are what is told of an advocate.
var topCounters = []figures.Counter{
	figures.Revenue, figures.Pending, figures.Flagged, figures.Approved, figures.Issued, figures.OnHold,
}

// anyOrder selects advocates who are credited with an order, among their sums.
var anyOrder = bson.D{{Key: "$or", Value: bson.A{
	bson.D{{Key: string(figures.Pending), Value: bson.D{{Key: "$gt", Value: 0}}}},
	bson.D{{Key: string(figures.Flagged), Value: bson.D{{Key: "$gt", Value: 0}}}},
	bson.D{{Key: string(figures.Approved), Value: bson.D{{Key: "$gt", Value: 0}}}},
}}}

// topDoc is what TopAdvocates groups by.
type topDoc struct {
	Advocates int         `bson:"advocates"`
	Top       []figureDoc `bson:"top"`
}

// FunnelDays sums up the counts of campaigns by day, from a day on, all advocates and versions together. It reads one
// document a day and version.
//
// Pipeline in: day, seen, claims, each count missing where it is 0. Out: one document a day.
func (db Funnel) FunnelDays(
	ctx context.Context, shop tenant.ShopID, campaigns []referral.CampaignID, since string,
) ([]funnel.Day, error) {
	lately := bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: anyOf(campaigns)},
		{Key: "advocate", Value: funnel.Anyone},
		{Key: "day", Value: bson.D{{Key: "$gte", Value: since}}},
	}
	docs, err := aggregate[funnelDayDoc](ctx, db.funnel, bson.A{
		bson.D{{Key: "$match", Value: lately}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$day"},
			{Key: "seen", Value: bson.D{{Key: "$sum", Value: "$seen"}}},
			{Key: "claims", Value: bson.D{{Key: "$sum", Value: "$claims"}}},
		}}},
		bson.D{{Key: "$sort", Value: onlyID}},
	})
	return each(docs, func(d funnelDayDoc) funnel.Day {
		return funnel.Day{Key: funnel.Key{Shop: shop, Day: d.Day}, Sums: funnel.Sums{Seen: d.Seen, Claims: d.Claims}}
	}), failed("funnel days", err)
}

// funnelDayDoc is what FunnelDays groups by.
type funnelDayDoc struct {
	Day    string `bson:"_id"`
	Seen   int    `bson:"seen"`
	Claims int    `bson:"claims"`
}
