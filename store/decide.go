package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Referrals are what is known and decided of each friend.
type Referrals struct{ *DB }

// errMoved says that a decision rests on facts that are no longer all.
var errMoved = fault.New(fault.Conflict, "changed_meanwhile")

// byFriend selects one friend's referral.
func byFriend(shop tenant.ShopID, friend referral.FriendID, more ...bson.E) bson.D {
	return append(byKey(shop, friendKey(shop, friend)), more...)
}

// RaiseFacts counts up facts_rev of the friend's referral; create makes the referral if there is none, else nothing
// happens.
func (db Referrals) RaiseFacts(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, create bool) error {
	if !create {
		_, err := db.referrals.UpdateOne(ctx, byFriend(shop, friend), raise)
		return failed("raise facts", err)
	}

	fresh := bson.D{
		{Key: "friend", Value: friend}, {Key: "test", Value: friend.Test()}, {Key: "state", Value: referral.None},
		{Key: "decided_rev", Value: int64(0)}, {Key: "has_work", Value: false},
	}
	made := append(slices.Clone(raise), bson.E{Key: "$setOnInsert", Value: fresh})
	return failed("raise facts", upsert(ctx, db.referrals, byFriend(shop, friend), made))
}

// raise counts up facts_rev.
var raise = bson.D{
	{Key: "$inc", Value: bson.D{{Key: "facts_rev", Value: int64(1)}}},
	{Key: "$set", Value: bson.D{{Key: "undecided", Value: true}}},
}

// RaiseFactsOf is RaiseFacts for all friends whom an advocate is credited with.
func (db Referrals) RaiseFactsOf(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID) error {
	_, err := db.referrals.UpdateMany(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "advocate", Value: id}}, raise)
	return failed("raise facts of", err)
}

// RaiseFactsWaiting is RaiseFacts for the friends whose referrals wait for an advocate's own purchase, and lists them.
func (db Referrals) RaiseFactsWaiting(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID,
) ([]referral.FriendID, error) {
	waiting := bson.D{{Key: "shop", Value: shop}, {Key: "has_waits_for", Value: true}, {Key: "waits_for", Value: id}}
	docs, err := findAll[friendRef](ctx, db.referrals, waiting, options.Find().SetProjection(onlyFriend))
	if err != nil || len(docs) == 0 {
		return nil, failed("raise facts waiting", err)
	}
	_, err = db.referrals.UpdateMany(ctx, waiting, raise)
	return each(docs, func(d friendRef) referral.FriendID { return d.Friend }), failed("raise facts waiting", err)
}

// FindReferral reads a friend's referral.
func (db Referrals) FindReferral(
	ctx context.Context, shop tenant.ShopID, friend referral.FriendID,
) (referral.Referral, error) {
	doc, err := findOne[referralDoc](ctx, db.referrals, byFriend(shop, friend))
	return doc.toDomain(), failed("find referral", err)
}

// FriendsWithCodes lists the friends in whose referrals any of the codes was issued as a reward.
func (db Referrals) FriendsWithCodes(
	ctx context.Context, shop tenant.ShopID, codes []string,
) ([]referral.FriendID, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "issues.code", Value: anyOf(codes)}}
	only := options.Find().SetProjection(bson.D{{Key: "friend", Value: 1}})
	docs, err := findAll[referralDoc](ctx, db.referrals, filter, only)
	return each(docs, func(d referralDoc) referral.FriendID { return d.Friend }), failed("friends with codes", err)
}

// FriendsWithDiscount lists the friends in whose referrals a reward was issued by a discount of its own.
func (db Referrals) FriendsWithDiscount(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID,
) ([]referral.FriendID, error) {
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "issues.discount", Value: id}}
	only := options.Find().SetProjection(bson.D{{Key: "friend", Value: 1}})
	docs, err := findAll[referralDoc](ctx, db.referrals, filter, only)
	return each(docs, func(d referralDoc) referral.FriendID { return d.Friend }), failed("friends with discount", err)
}

// SaveDecision writes r whole if facts_rev still is rev; r.FactsRev and r.DecidedRev are written as they are. Else
// Conflict. What somebody is to be told goes into the outbox in the same transaction.
func (db Referrals) SaveDecision(
	ctx context.Context, r referral.Referral, rev int64, notices ...referral.Notice,
) error {
	if len(notices) == 0 {
		return failed("save decision", db.saveDecision(ctx, r, rev))
	}

	return failed("save decision", db.inTransaction(ctx, func(ctx context.Context) error {
		if err := db.saveDecision(ctx, r, rev); err != nil {
			return err
		}
		return db.addNotices(ctx, r.Shop, notices)
	}))
}

func (db Referrals) saveDecision(ctx context.Context, r referral.Referral, rev int64) error {
	found, err := updateOne(ctx, db.referrals, byFriend(r.Shop, r.Friend, bson.E{Key: "facts_rev", Value: rev}),
		set(newReferralDoc(r)))
	if err == nil && !found {
		return errMoved
	}
	return err
}

// newestOrder sorts referrals by their orders, the newest first.
var newestOrder = bson.D{{Key: "at", Value: -1}, {Key: "friend", Value: 1}}

func (db Referrals) listReferrals(ctx context.Context, filter, sort bson.D, limit int) ([]referral.Referral, error) {
	docs, err := findAll[referralDoc](ctx, db.referrals, filter, options.Find().SetSort(sort).SetLimit(int64(limit)))
	return each(docs, referralDoc.toDomain), failed("list referrals", err)
}

// ReferralsOf lists up to limit of an advocate's referrals, newest order first.
func (db Referrals) ReferralsOf(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, limit int,
) ([]referral.Referral, error) {
	return db.listReferrals(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "advocate", Value: id}}, newestOrder, limit)
}

// ListReferrals lists up to limit of the shop's referrals, newest order first.
func (db Referrals) ListReferrals(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Referral, error) {
	return db.listReferrals(ctx, bson.D{{Key: "shop", Value: shop}}, newestOrder, limit)
}
