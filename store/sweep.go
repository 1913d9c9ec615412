package store

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/inbox"
	"twofold/referral"
	"twofold/tenant"
)

// Sweeps read across shops, by indexes of their own, and read ids only.
type Sweeps struct{ *DB }

// anyShop opens an index that begins with the shop for all shops.
var anyShop = bson.E{Key: "shop", Value: bson.D{{Key: "$gt", Value: ""}}}

// refreshLife is how long a refresh token lives; its expiry tells when it was given out. Source: shopify.dev, offline
// access tokens.
const refreshLife = 90 * 24 * time.Hour

// distinctShops lists up to limit shops of the documents that the filter selects.
func distinctShops(ctx context.Context, c *mongo.Collection, filter bson.D, limit int) ([]tenant.ShopID, error) {
	docs, err := aggregate[idDoc](ctx, c, bson.A{
		bson.D{{Key: "$match", Value: filter}},
		bson.D{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$shop"}}}},
		bson.D{{Key: "$limit", Value: limit}},
	})
	return each(docs, func(d idDoc) tenant.ShopID { return tenant.ShopID(d.ID) }), err
}

// ShopsWithDeliveries lists shops with received deliveries that are due at now (wall time).
func (db Sweeps) ShopsWithDeliveries(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, db.deliveries, bson.D{anyShop, {Key: "open", Value: true}, dueBy(now)}, limit)
	return shops, failed("shops with deliveries", err)
}

// WaitingDeliveries lists deliveries of a topic that wait for their job.
func (db Sweeps) WaitingDeliveries(ctx context.Context, topic string, limit int) ([]inbox.Key, error) {
	waiting := bson.D{{Key: "kept", Value: true}, {Key: "state", Value: inbox.Waiting}, {Key: "topic", Value: topic}}
	only := bson.D{{Key: "_id", Value: 0}, {Key: "shop", Value: 1}, {Key: "id", Value: 1}}
	few := options.Find().SetProjection(only).SetLimit(int64(limit))
	docs, err := findAll[deliveryDoc](ctx, db.deliveries, waiting, few)
	return each(docs, func(d deliveryDoc) inbox.Key {
		return inbox.Key{Shop: d.Shop, ID: d.ID}
	}), failed("waiting deliveries", err)
}

// ShopsWithDyingCodes lists shops with codes that must be deleted in Shopify.
func (db Sweeps) ShopsWithDyingCodes(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	dying := bson.D{anyShop, {Key: "unsettled", Value: true}, {Key: "state", Value: referral.CodeDying}}
	shops, err := distinctShops(ctx, db.codes, dying, limit)
	return shops, failed("shops with dying codes", err)
}

// ShopsWithEndingCodes lists shops with held codes whose end has come at now.
func (db Sweeps) ShopsWithEndingCodes(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, db.codes, append(bson.D{anyShop}, ending(now)...), limit)
	return shops, failed("shops with ending codes", err)
}

// friendRef is what a sweep reads of a referral.
type friendRef struct {
	Shop   tenant.ShopID     `bson:"shop"`
	Friend referral.FriendID `bson:"friend"`
	Work   []referral.Work   `bson:"work"`
	AskAt  date              `bson:"ask_at"`
}

var onlyFriend = bson.D{
	{Key: "_id", Value: 0},
	{Key: "shop", Value: 1},
	{Key: "friend", Value: 1},
	{Key: "work", Value: 1},
	{Key: "ask_at", Value: 1},
}

// Undecided lists friends whose facts moved since they were decided about.
func (db Sweeps) Undecided(ctx context.Context, limit int) ([]referral.FriendKey, error) {
	only := bson.D{{Key: "_id", Value: 0}, {Key: "shop", Value: 1}, {Key: "friend", Value: 1}}
	few := options.Find().SetProjection(only).SetLimit(int64(limit))
	docs, err := findAll[friendRef](ctx, db.referrals, bson.D{anyShop, {Key: "undecided", Value: true}}, few)
	return each(docs, func(d friendRef) referral.FriendKey {
		return referral.FriendKey{Shop: d.Shop, Friend: d.Friend}
	}), failed("undecided", err)
}

// promptWork are the kinds of work that need not wait for the end of a hold; of these, askWork waits until Shopify is
// to be asked again.
var (
	promptWork = []referral.Work{
		referral.WorkIssue, referral.WorkTakeBack, referral.WorkNewness, referral.WorkHistory, referral.WorkAdvocate,
	}
	atOnceWork = []referral.Work{referral.WorkIssue, referral.WorkTakeBack}
	askWork    = []referral.Work{referral.WorkNewness, referral.WorkHistory, referral.WorkAdvocate}
)

// DueWork lists work that decisions call for and whose time has come at now. Frozen work is not due.
func (db Sweeps) DueWork(ctx context.Context, now time.Time, limit int) ([]referral.Due, error) {
	withWork := bson.E{Key: "has_work", Value: true} // in each branch, else the partial indexes would serve none
	due := bson.D{{Key: "$or", Value: bson.A{
		bson.D{withWork, {Key: "work", Value: anyOf(atOnceWork)}},
		bson.D{
			withWork,
			{Key: "work", Value: anyOf(askWork)},
			{Key: "ask_at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gt", Value: date(now)}}}}},
		},
	}}}

	list, err := db.listWork(ctx, due, now, limit)
	return list, failed("due work", err)
}

// ShopsWithReleases lists shops with rewards whose hold is over at now. Frozen ones are not due.
func (db Sweeps) ShopsWithReleases(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, db.referrals, dueRelease(now), limit)
	return shops, failed("shops with releases", err)
}

// listWork lists up to limit prompt work that is due at now in the referrals that the filter selects.
func (db Sweeps) listWork(ctx context.Context, filter bson.D, now time.Time, limit int) ([]referral.Due, error) {
	docs, err := findAll[friendRef](ctx, db.referrals, filter,
		options.Find().SetProjection(onlyFriend).SetLimit(int64(limit)))

	var due []referral.Due
	for _, d := range docs {
		for _, work := range d.Work {
			waits := slices.Contains(askWork, work) && time.Time(d.AskAt).After(now)
			if slices.Contains(promptWork, work) && !waits && len(due) < limit {
				due = append(due, referral.Due{
					FriendKey: referral.FriendKey{Shop: d.Shop, Friend: d.Friend},
					Work:      work,
				})
			}
		}
	}

	return due, err
}

// awake selects campaigns of shops that are not frozen.
var awake = bson.E{Key: "frozen", Value: bson.D{{Key: "$in", Value: bson.A{nil, false}}}}

// listCampaigns reads no more of campaign versions than their keys and states.
func (db Sweeps) listCampaigns(
	ctx context.Context, filter bson.D, limit int, opts ...options.Lister[options.FindOptions],
) ([]referral.Campaign, error) {
	only := bson.D{
		{Key: "_id", Value: 0},
		{Key: "shop", Value: 1},
		{Key: "id", Value: 1},
		{Key: "version", Value: 1},
		{Key: "state", Value: 1},
	}

	docs, err := findAll[campaignDoc](ctx, db.campaigns, filter,
		append(opts, options.Find().SetProjection(only).SetLimit(int64(limit)))...)
	return each(docs, campaignDoc.toDomain), err
}

// ActiveCampaigns lists campaign versions that are filling or live, of shops that are not frozen. Only their keys and
// states are filled in.
func (db Sweeps) ActiveCampaigns(ctx context.Context, limit int) ([]referral.Campaign, error) {
	active := anyOf([]referral.CampaignState{referral.CampaignFilling, referral.CampaignLive})
	list, err := db.listCampaigns(ctx, bson.D{{Key: "state", Value: active}, awake}, limit)
	return list, failed("active campaigns", err)
}

// CampaignsWithShare lists live campaign versions with a discount of shareable codes, of shops that are not frozen.
// Only their keys and states are filled in.
func (db Sweeps) CampaignsWithShare(ctx context.Context, limit int) ([]referral.Campaign, error) {
	live := bson.D{{Key: "has_share", Value: true}, {Key: "state", Value: referral.CampaignLive}, awake}
	list, err := db.listCampaigns(ctx, live, limit)
	return list, failed("campaigns with share", err)
}

// CampaignsToTend lists campaign versions that were to be looked after by the given time, of shops that are not frozen,
// the longest waiting first: their discounts, or a draft that is to go live. Only their keys and states are filled in.
func (db Sweeps) CampaignsToTend(ctx context.Context, before time.Time, limit int) ([]referral.Campaign, error) {
	due := bson.D{
		awake,
		{Key: "tend_at", Value: bson.D{{Key: "$lte", Value: date(before)}}},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "discounts", Value: bson.D{{Key: "$nin", Value: bson.A{nil, bson.D{}}}}}},
			bson.D{{Key: "state", Value: referral.CampaignDraft}},
		}},
	}
	list, err := db.listCampaigns(ctx, due, limit, options.Find().SetSort(bson.D{{Key: "tend_at", Value: 1}}))
	return list, failed("campaigns to tend", err)
}

// CampaignsToWatch lists campaign versions whose codes were to be compared by the given time, of shops that are not
// frozen, the longest waiting first. Only their keys and states are filled in.
func (db Sweeps) CampaignsToWatch(ctx context.Context, before time.Time, limit int) ([]referral.Campaign, error) {
	due := bson.D{awake, {Key: "watch_at", Value: bson.D{{Key: "$lte", Value: date(before)}}}}
	list, err := db.listCampaigns(ctx, due, limit, options.Find().SetSort(bson.D{{Key: "watch_at", Value: 1}}))
	return list, failed("campaigns to watch", err)
}

// listInstalled lists up to limit installed shops with the field below a value, or without it, the longest waiting
// first.
func (db Sweeps) listInstalled(ctx context.Context, field string, below any, limit int) ([]tenant.ShopID, error) {
	filter := bson.D{{Key: "status", Value: tenant.Installed}, {Key: field, Value: below}}
	only := options.Find().SetProjection(onlyID).SetSort(bson.D{{Key: field, Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[idDoc](ctx, db.shops, filter, only)
	return each(docs, func(d idDoc) tenant.ShopID { return tenant.ShopID(d.ID) }), err
}

// ShopsToSetUp lists installed shops of which Shopify was not yet asked who they are.
func (db Sweeps) ShopsToSetUp(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	shops, err := db.listInstalled(ctx, "profile_at", nil, limit)
	return shops, failed("shops to set up", err)
}

// ShopsToShow lists installed shops whose pages do not show what they should, or were last compared so long ago that it
// is time at now. Shops that are frozen wait.
func (db Sweeps) ShopsToShow(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	notAfter := bson.D{{Key: "$not", Value: bson.D{{Key: "$gt", Value: date(now)}}}}
	due, err := db.listInstalled(ctx, "show_at", notAfter, limit)
	if err != nil {
		return nil, failed("shops to show", err)
	}

	marked, err := distinctShops(ctx, db.campaigns, bson.D{anyShop, {Key: "unshown", Value: true}, awake}, limit)
	if err != nil {
		return nil, failed("shops to show", err)
	}

	both := append(due, marked...)
	slices.Sort(both)
	both = slices.Compact(both)
	return both[:min(len(both), limit)], nil
}

// ShopsWithMissing lists shops with something to look at by now that was asked for as missed. What nobody could look at
// for so long is left alone: the shop cannot be asked.
func (db Sweeps) ShopsWithMissing(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	due := bson.D{{Key: "$lte", Value: date(now)}, {Key: "$gt", Value: date(now.Add(-referral.MissingLooksFor))}}
	open := bson.D{anyShop, {Key: "open", Value: true}, {Key: "look_at", Value: due}}
	shops, err := distinctShops(ctx, db.missing, open, limit)
	return shops, failed("shops with missing", err)
}

// ShopsClosed lists shops that Shopify has closed.
func (db Sweeps) ShopsClosed(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, db.shops, bson.D{{Key: "status", Value: anyOf(closed)}}, limit)
	return shops, failed("shops closed", err)
}

// ShopsToCleanUp lists cleaned shops whose cleanup is not done. A cleaned shop is soon uninstalled, so that there are
// few.
func (db Sweeps) ShopsToCleanUp(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	open := bson.D{{Key: "status", Value: tenant.Cleaned}, {Key: "cleanup.open", Value: true}}
	shops, err := distinctShops(ctx, db.shops, open, limit)
	return shops, failed("shops to clean up", err)
}

// ShopsToReconcile lists installed shops whose last complete reconcile started before the given time, or that had none.
func (db Sweeps) ShopsToReconcile(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := db.listInstalled(ctx, "reconciled_at", notFrom(before), limit)
	return shops, failed("shops to reconcile", err)
}

// ShopsWithIdleTokens lists installed shops whose refresh token was given out before the given time.
func (db Sweeps) ShopsWithIdleTokens(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := db.listInstalled(ctx, "tokens.refresh_expires", notFrom(before.Add(refreshLife)), limit)
	return shops, failed("shops with idle tokens", err)
}

// notFrom selects dates before the given one, and missing ones.
func notFrom(at time.Time) bson.D {
	return bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: date(at)}}}}
}

// ThawInstalled thaws up to limit shops that are installed and frozen all the same: a process died, or was slow,
// between writing a shop's status and its work.
func (db Sweeps) ThawInstalled(ctx context.Context, limit int) error {
	frozen := bson.D{anyShop, {Key: "frozen", Value: true}}
	shops, err := distinctShops(ctx, db.referrals, frozen, limit)
	if err != nil {
		return failed("thaw installed", err)
	}

	asleep, err := distinctShops(ctx, db.campaigns, frozen, limit)
	if err != nil {
		return failed("thaw installed", err)
	}

	for _, shop := range append(shops, asleep...) {
		found, err := Shops{db.DB}.FindShop(ctx, shop)
		if err == nil && found.Status == tenant.Installed {
			err = db.thaw(ctx, shop)
		}
		if err != nil {
			return failed("thaw installed", err)
		}
	}

	return nil
}
