package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/figures"
	"twofold/funnel"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// What Home and campaigns read of the days, each by one query.

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

// CampaignCost is what the orders of a campaign cost by the books, from a day to another, both included, in one
// currency. It reads one document a day and campaign.
func (db FigureDays) CampaignCost(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, first, last, currency string,
) (referral.Cost, error) {
	docs, err := findAll[figureDoc](ctx, db.figures, bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gte", Value: key(shop, first)}, {Key: "$lt", Value: key(shop, last) + "0"}}},
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: id},
		{Key: "currency", Value: currency},
	})

	sums := figures.Sums{}
	for _, d := range docs {
		sums.Add(d.Sums, 1)
	}
	given := money.Amount{Minor: sums.Cost(), Currency: currency}
	return referral.Cost{Customers: int(sums.Customers()), Given: given}, failed("campaign cost", err)
}

// TopAdvocates lists the n advocates whose credited orders over a span came to the most revenue in one currency, the
// most first, and how many advocates are credited with an order, up to atMost. It is one command, and both parts read
// one index.
//
// Pipelines in: the span's sums by advocate. Out: the first n of them, and {count: how many there are}.
func (db FigureDays) TopAdvocates(
	ctx context.Context, shop tenant.ShopID, days int, currency string, n, atMost int,
) (top []figures.Part, advocates int, err error) {
	credited := bson.D{{Key: "$match", Value: bson.D{
		{Key: "shop", Value: shop},
		{Key: "day", Value: figures.SpanOf(days)},
		{Key: "currency", Value: currency},
		{Key: "orders", Value: bson.D{{Key: "$gt", Value: 0}}},
	}}}
	counted := bson.A{credited, bson.D{{Key: "$limit", Value: atMost}}, bson.D{{Key: "$count", Value: "count"}}}

	most := bson.D{{Key: "sums." + string(figures.Revenue), Value: -1}, {Key: "advocate", Value: 1}}
	docs, err := aggregate[topDoc](ctx, db.advocateDays, bson.A{
		credited,
		bson.D{{Key: "$sort", Value: most}},
		bson.D{{Key: "$limit", Value: n}},
		bson.D{{Key: "$unionWith", Value: bson.D{
			{Key: "coll", Value: db.advocateDays.Name()}, {Key: "pipeline", Value: counted},
		}}},
	})
	for _, d := range docs {
		if advocates += d.Count; d.Count == 0 {
			top = append(top, d.Of.toDomain())
		}
	}
	return top, advocates, failed("top advocates", err)
}

// topDoc is one of what TopAdvocates reads: an advocate, or at last how many there are.
type topDoc struct {
	Of    figureDoc `bson:",inline"`
	Count int       `bson:"count"`
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
