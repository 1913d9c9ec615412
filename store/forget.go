package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Forgetting leaves out what is not kept for long: networks and kinds of browsers, in claims, orders and advocates.
type Forgetting struct{ *DB }

// forgetAgain is how long what is due and still needed waits until it is looked at again.
const forgetAgain = 24 * time.Hour

// waitingStates are those of a referral that waits for its release, or for the merchant's look.
var waitingStates = anyOf([]referral.State{referral.Pending, referral.Flagged})

// ForgetMarks forgets what is due at now in up to limit claims, orders and advocates of the shop each, the longest due
// first, and tells whether more may be left. Friends about whom nothing waits are decided about again: what was derived
// from it goes too. Of a referral that waits nothing is decided anew: to forget is no proof.
func (db Forgetting) ForgetMarks(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) (more bool, err error) {
	for _, forget := range []func(context.Context, tenant.ShopID, time.Time, int) (int, error){
		db.forgetInClaims, db.forgetInOrders, db.forgetInAdvocates,
	} {
		n, err := forget(ctx, shop, now, limit)
		if err != nil {
			return false, failed("forget marks", err)
		}
		more = more || n == limit
	}
	return more, nil
}

// ShopsToForget lists shops with networks or browsers that are to be forgotten at now.
func (db Sweeps) ShopsToForget(ctx context.Context, now time.Time, limit int) (shops []tenant.ShopID, err error) {
	due := append(bson.D{anyShop}, forgetDue(now)...)
	for _, c := range []*mongo.Collection{db.claims, db.orders, db.advocates} {
		found, err := distinctShops(ctx, c, due, limit)
		if err != nil {
			return nil, failed("shops to forget", err)
		}
		shops = append(shops, found...)
	}
	shops = distinct(shops)
	return shops[:min(len(shops), limit)], nil
}

// forgetDue selects documents of which something is due.
func forgetDue(now time.Time) bson.D {
	return bson.D{{Key: "forgets", Value: true}, {Key: "forget_at", Value: bson.D{{Key: "$lte", Value: date(now)}}}}
}

// dueToForget reads a shop's documents of which something is due.
func dueToForget[D any](
	ctx context.Context, c *mongo.Collection, shop tenant.ShopID, now time.Time, limit int,
) ([]D, error) {
	due := append(bson.D{{Key: "shop", Value: shop}}, forgetDue(now)...)
	first := options.Find().SetSort(bson.D{{Key: "forget_at", Value: 1}}).SetLimit(int64(limit))
	return findAll[D](ctx, c, due, first)
}

// forgetNext are the fields that say when to look again; zero: never.
func forgetNext(next, now time.Time) bson.D {
	if !next.IsZero() && !next.After(now) { // it is needed still
		next = now.Add(forgetAgain)
	}
	return bson.D{{Key: "forget_at", Value: date(next)}, {Key: "forgets", Value: !next.IsZero()}}
}

// waiting tells of which of the friends a referral waits.
func (db Forgetting) waiting(
	ctx context.Context, shop tenant.ShopID, friends []referral.FriendID,
) (map[string]bool, error) {
	return foundIDs(ctx, db.referrals, bson.D{
		{Key: "_id", Value: anyOf(keys(shop, friends, friendKey))}, {Key: "shop", Value: shop},
		{Key: "state", Value: waitingStates},
	})
}

// linksWait tells whether a referral waits that came by one of the links: it may rest on what was seen of others of them.
func (db Forgetting) linksWait(ctx context.Context, shop tenant.ShopID, links []referral.AdvocateID) (bool, error) {
	if len(links) == 0 {
		return false, nil
	}
	return exists(ctx, db.referrals, bson.D{
		{Key: "shop", Value: shop}, {Key: "near.advocates", Value: anyOf(distinct(links))}, {Key: "waiting", Value: true},
	})
}

// linksOf are the links by which a friend came, and the link that is the friend's own.
func (db Forgetting) linksOf(ctx context.Context, o referral.Order) ([]referral.AdvocateID, error) {
	own, err := Advocates{db.DB}.AdvocatesByCustomers(ctx, o.Shop, []referral.CustomerID{o.Customer})
	if err != nil {
		return nil, err
	}
	r, err := Referrals{db.DB}.FindReferral(ctx, o.Shop, o.Friend())
	if fault.Is(err, fault.NotFound) {
		return own, nil
	}
	return append(own, r.Neighbour.Advocates()...), err
}

func (db Forgetting) forgetInClaims(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) (int, error) {
	docs, err := dueToForget[claimDoc](ctx, db.claims, shop, now, limit)
	if err != nil {
		return 0, err
	}
	var friends []referral.FriendID
	for _, d := range docs {
		friends = append(friends, bothLanes(d.Customer)...)
	}
	waiting, err := db.waiting(ctx, shop, friends)
	if err != nil {
		return 0, err
	}

	for _, d := range docs {
		both := bothLanes(d.Customer)
		waits := waiting[friendKey(shop, both[0])] || waiting[friendKey(shop, both[1])]
		if !waits {
			if waits, err = db.linksWait(ctx, shop, each(d.Touches, func(t touchDoc) referral.AdvocateID { return t.Advocate })); err != nil {
				return 0, err
			}
		}
		seen := referral.ForgetSeen(d.toDomain().Seen, referral.MarksForgotten(now, waits))
		fields := append(forgetNext(referral.SeenForgetAt(seen), now), bson.E{Key: "seen", Value: each(seen, newSightingDoc)})
		same := append(byKey(shop, d.Key), bson.E{Key: "rev", Value: d.Rev})
		if waits {
			both = nil
		}
		if err := db.forget(ctx, shop, db.claims, same, set(fields, nextRev), both); err != nil {
			return 0, err
		}
	}
	return len(docs), nil
}

// bothLanes are the referrals that a customer may have.
func bothLanes(c referral.CustomerID) []referral.FriendID {
	return []referral.FriendID{referral.FriendOf(c, false), referral.FriendOf(c, true)}
}

func (db Forgetting) forgetInOrders(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) (int, error) {
	docs, err := dueToForget[orderDoc](ctx, db.orders, shop, now, limit)
	if err != nil {
		return 0, err
	}
	all := each(docs, orderDoc.toDomain)
	waiting, err := db.waiting(ctx, shop, each(all, referral.Order.Friend))
	if err != nil {
		return 0, err
	}

	for i, o := range all {
		fields, raised := forgetNext(o.ForgetAt(), now), []referral.FriendID(nil)
		waits := waiting[friendKey(shop, o.Friend())]
		if !waits {
			links, err := db.linksOf(ctx, o)
			if err != nil {
				return 0, err
			}
			if waits, err = db.linksWait(ctx, shop, links); err != nil {
				return 0, err
			}
		}
		if !o.CreatedAt.After(referral.MarksForgotten(now, waits)) {
			o.Marks.Networks, o.Marks.Agents = nil, nil
			fields = append(forgetNext(o.ForgetAt(), now), bson.E{Key: "snapshot.marks", Value: marksDoc(o.Marks)})
			if !waits {
				raised = []referral.FriendID{o.Friend()}
			}
		}
		same := append(byKey(shop, docs[i].Key), bson.E{Key: "kept_ticket", Value: docs[i].KeptTicket})
		if err := db.forget(ctx, shop, db.orders, same, set(fields), raised); err != nil {
			return 0, err
		}
	}
	return len(docs), nil
}

func (db Forgetting) forgetInAdvocates(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) (int, error) {
	docs, err := dueToForget[advocateDoc](ctx, db.advocates, shop, now, limit)
	if err != nil {
		return 0, err
	}

	for _, d := range docs {
		waits, err := exists(ctx, db.referrals, bson.D{
			{Key: "shop", Value: shop}, {Key: "test", Value: anyOf([]bool{false, true})},
			{Key: "advocate", Value: d.ID}, {Key: "state", Value: waitingStates},
		})
		if err != nil {
			return 0, err
		}
		seen := referral.ForgetSeen(d.toDomain().Seen, referral.MarksForgotten(now, waits))
		fields := append(forgetNext(referral.SeenForgetAt(seen), now), bson.E{Key: "seen", Value: each(seen, newSightingDoc)})
		same := append(byKey(shop, d.Key), bson.E{Key: "forget_at", Value: d.ForgetAt})
		if err := db.forget(ctx, shop, db.advocates, same, set(fields), nil); err != nil {
			return 0, err
		}
	}
	return len(docs), nil
}

// forget changes a document that is as it was read, and has friends decided about again, both or neither. One that has
// changed since is due still.
func (db Forgetting) forget(
	ctx context.Context, shop tenant.ShopID, c *mongo.Collection, same, update bson.D, raised []referral.FriendID,
) error {
	return db.inTransaction(ctx, func(ctx context.Context) error {
		found, err := updateOne(ctx, c, same, update)
		if err != nil || !found {
			return err
		}
		for _, friend := range raised {
			if err := (Referrals{db.DB}).RaiseFacts(ctx, shop, friend, false); err != nil {
				return err
			}
		}
		return nil
	})
}
