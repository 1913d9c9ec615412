package store

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Listings reads what lists of referrals show, a page at a time.
type Listings struct{ *DB }

// outsideTests selects referrals outside the test lane, in indexes that have the flag.
var outsideTests = bson.E{Key: "test", Value: false}

// listedFields leave out of a referral what no list shows: its facts, and what was seen of its orders.
var listedFields = bson.D{
	{Key: "shop", Value: 1}, {Key: "friend", Value: 1}, {Key: "state", Value: 1}, {Key: "reason", Value: 1},
	{Key: "order", Value: 1}, {Key: "order_name", Value: 1}, {Key: "advocate", Value: 1}, {Key: "campaign", Value: 1},
	{Key: "version", Value: 1}, {Key: "at", Value: 1}, {Key: "release_at", Value: 1}, {Key: "rewards", Value: 1},
	{Key: "explained.orders.order", Value: 1}, {Key: "explained.orders.net", Value: 1},
}

// oldestOrder is newestOrder backwards.
var oldestOrder = bson.D{{Key: "at", Value: 1}, {Key: "friend", Value: -1}}

// FindReferrals lists what the query selects, the newest order first. The referrals have no facts, and of their orders
// only the net.
func (db Listings) FindReferrals(
	ctx context.Context, shop tenant.ShopID, q referral.ListQuery,
) ([]referral.Referral, error) {
	sort := newestOrder
	if q.Back {
		sort = oldestOrder
	}

	only := options.Find().SetSort(sort).SetLimit(int64(q.Limit)).SetProjection(listedFields)
	docs, err := findAll[referralDoc](ctx, db.referrals, listFilter(shop, q), only)
	if err != nil {
		return nil, failed("find referrals", err)
	}

	if q.Back {
		slices.Reverse(docs)
	}
	return each(docs, referralDoc.toDomain), nil
}

// listFilter selects what the query asks for. Each of its ways is in an index of its own, in the order of the list.
func listFilter(shop tenant.ShopID, q referral.ListQuery) bson.D {
	states := q.States
	if len(states) == 0 {
		states = referral.Listed
	}

	filter := bson.D{{Key: "shop", Value: shop}, outsideTests, {Key: "state", Value: anyOf(states)}}
	for _, one := range []struct {
		field string
		value string
	}{
		{"reason", string(q.Reason)}, {"campaign", string(q.Campaign)}, {"advocate", string(q.Advocate)},
	} {
		if one.value != "" {
			filter = append(filter, bson.E{Key: one.field, Value: one.value})
		}
	}

	if q.Owed {
		filter = append(filter, bson.E{Key: "owes", Value: true})
	}
	return append(filter, beyond(q)...)
}

// beyond selects what stands after a place of the list, or before it. The range of times is found in the index; among
// orders of the very same instant the friend tells.
func beyond(q referral.ListQuery) bson.D {
	if q.From.At.IsZero() {
		return nil
	}

	until, past, next := "$lte", "$lt", "$gt"
	if q.Back {
		until, past, next = "$gte", "$gt", "$lt"
	}
	at := date(q.From.At)
	return bson.D{
		{Key: "at", Value: bson.D{{Key: until, Value: at}}},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "at", Value: bson.D{{Key: past, Value: at}}}},
			bson.D{{Key: "friend", Value: bson.D{{Key: next, Value: q.From.Friend}}}},
		}},
	}
}

// ReferralsOfFriends lists the referrals of the friends, of whatever lane, the newest order first. They are as those of
// FindReferrals.
func (db Listings) ReferralsOfFriends(
	ctx context.Context, shop tenant.ShopID, friends []referral.FriendID,
) ([]referral.Referral, error) {
	docs, err := findAll[referralDoc](ctx, db.referrals, bson.D{ // as foundIDs does
		{Key: "_id", Value: anyOf(keys(shop, distinct(friends), friendKey))},
		{Key: "shop", Value: shop},
		{Key: "state", Value: anyOf(referral.Listed)},
	}, options.Find().SetProjection(listedFields).SetHint(onlyID))

	slices.SortFunc(docs, func(a, b referralDoc) int { return time.Time(b.At).Compare(time.Time(a.At)) })
	return each(docs, referralDoc.toDomain), failed("referrals of friends", err)
}

// CreditedTo lists up to limit of an advocate's referrals, of whatever lane, the newest order first. They are as those of
// FindReferrals, with their ledgers.
func (db Listings) CreditedTo(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, limit int,
) ([]referral.Referral, error) {
	booked := append(slices.Clone(listedFields), bson.E{Key: "ledger", Value: 1})
	docs, err := findAll[referralDoc](ctx, db.referrals, bson.D{{Key: "shop", Value: shop}, {Key: "advocate", Value: id}},
		options.Find().SetSort(newestOrder).SetLimit(int64(limit)).SetProjection(booked))
	return each(docs, referralDoc.toDomain), failed("credited to", err)
}

// maxFriendsFound bounds how many friends one search finds.
const maxFriendsFound = 50

// FindFriends finds the friends whose orders the query selects, up to 50.
func (db Listings) FindFriends(
	ctx context.Context, shop tenant.ShopID, q referral.FriendQuery,
) ([]referral.FriendID, error) {
	ways := bson.A{bson.D{{Key: "shop", Value: shop}, {Key: "snapshot.codes", Value: anyOf(distinct(q.Codes))}}}
	if len(q.Names) > 0 {
		ways = append(ways, bson.D{{Key: "shop", Value: shop}, {Key: "snapshot.name", Value: anyOf(distinct(q.Names))}})
	}
	if q.Order != "" {
		kept := bson.E{Key: "snapshot", Value: bson.D{{Key: "$ne", Value: nil}}}
		ways = append(ways, byOrder(shop, q.Order, kept))
	}

	only := options.Find().SetLimit(maxFriendsFound).SetProjection(bson.D{
		{Key: "shop", Value: 1}, {Key: "id", Value: 1}, {Key: "snapshot.customer", Value: 1},
		{Key: "snapshot.test", Value: 1},
	})
	docs, err := findAll[orderDoc](ctx, db.orders, bson.D{{Key: "$or", Value: ways}}, only)
	return each(docs, func(d orderDoc) referral.FriendID { return d.toDomain().Friend() }), failed("find friends", err)
}

// FindAdvocates finds advocates by their ids, in no order. Those that are not there are left out.
func (db Advocates) FindAdvocates(
	ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID,
) ([]referral.Advocate, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	docs, err := findAll[advocateDoc](ctx, db.advocates, bson.D{
		{Key: "_id", Value: anyOf(keys(shop, distinct(ids), advocateKey))},
		{Key: "shop", Value: shop},
	})
	return each(docs, advocateDoc.toDomain), failed("find advocates", err)
}
