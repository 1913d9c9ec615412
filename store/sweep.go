package store

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Sweeps read across shops, by indexes of their own, and read ids only.

// anyShop opens an index that begins with the shop for all shops.
var anyShop = bson.E{Key: "shop", Value: bson.D{{Key: "$gt", Value: ""}}}

// refreshLife is how long a refresh token lives; its expiry tells when it was given out. Source: shopify.dev, offline access tokens.
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
func (s *Store) ShopsWithDeliveries(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, s.deliveries, bson.D{anyShop, {Key: "open", Value: true}, dueBy(now)}, limit)
	return shops, failed("shops with deliveries", err)
}

// ShopsWithDyingCodes lists shops with codes that must be deleted in Shopify.
func (s *Store) ShopsWithDyingCodes(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, s.codes, bson.D{anyShop, {Key: "unsettled", Value: true}, {Key: "state", Value: referral.CodeDying}}, limit)
	return shops, failed("shops with dying codes", err)
}

// friendRef is what a sweep reads of a referral.
type friendRef struct {
	Shop   tenant.ShopID       `bson:"shop"`
	Friend referral.CustomerID `bson:"friend"`
	Work   []referral.Work     `bson:"work"`
}

var onlyFriend = bson.D{{Key: "_id", Value: 0}, {Key: "shop", Value: 1}, {Key: "friend", Value: 1}, {Key: "work", Value: 1}}

// Undecided lists friends whose facts moved since they were decided about.
func (s *Store) Undecided(ctx context.Context, limit int) ([]referral.FriendKey, error) {
	only := bson.D{{Key: "_id", Value: 0}, {Key: "shop", Value: 1}, {Key: "friend", Value: 1}}
	docs, err := findAll[friendRef](ctx, s.referrals, bson.D{anyShop, {Key: "undecided", Value: true}}, options.Find().SetProjection(only).SetLimit(int64(limit)))
	return each(docs, func(d friendRef) referral.FriendKey { return referral.FriendKey{Shop: d.Shop, Friend: d.Friend} }), failed("undecided", err)
}

// promptWork are the kinds of work that need not wait for a date.
var promptWork = []referral.Work{referral.WorkIssue, referral.WorkTakeBack, referral.WorkNewness}

// DueWork lists work that decisions call for at once. Frozen work is not due.
func (s *Store) DueWork(ctx context.Context, limit int) ([]referral.Due, error) {
	prompt := bson.D{{Key: "has_work", Value: true}, {Key: "work", Value: anyOf(promptWork)}}
	due, err := s.listWork(ctx, prompt, limit, promptWork...)
	return due, failed("due work", err)
}

// ShopsWithReleases lists shops with rewards whose hold is over at now. Frozen ones are not due.
func (s *Store) ShopsWithReleases(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, s.referrals, dueRelease(now), limit)
	return shops, failed("shops with releases", err)
}

// listWork lists up to limit work of the wanted kinds in the referrals that the filter selects.
func (s *Store) listWork(ctx context.Context, filter bson.D, limit int, wanted ...referral.Work) ([]referral.Due, error) {
	docs, err := findAll[friendRef](ctx, s.referrals, filter, options.Find().SetProjection(onlyFriend).SetLimit(int64(limit)))
	var due []referral.Due
	for _, d := range docs {
		for _, work := range d.Work {
			if slices.Contains(wanted, work) && len(due) < limit {
				due = append(due, referral.Due{FriendKey: referral.FriendKey{Shop: d.Shop, Friend: d.Friend}, Work: work})
			}
		}
	}
	return due, err
}

// ActiveCampaigns lists campaign versions that are filling or live, of shops that are not frozen. Only their keys and states are filled in.
func (s *Store) ActiveCampaigns(ctx context.Context, limit int) ([]referral.Campaign, error) {
	active := bson.D{
		{Key: "state", Value: anyOf([]referral.CampaignState{referral.CampaignFilling, referral.CampaignLive})},
		{Key: "frozen", Value: bson.D{{Key: "$ne", Value: true}}},
	}
	only := bson.D{{Key: "_id", Value: 0}, {Key: "shop", Value: 1}, {Key: "id", Value: 1}, {Key: "version", Value: 1}, {Key: "state", Value: 1}}
	docs, err := findAll[campaignDoc](ctx, s.campaigns, active, options.Find().SetProjection(only).SetLimit(int64(limit)))
	return each(docs, campaignDoc.toDomain), failed("active campaigns", err)
}

// listInstalled lists up to limit installed shops with the field below a value, or without it, the longest waiting first.
func (s *Store) listInstalled(ctx context.Context, field string, below any, limit int) ([]tenant.ShopID, error) {
	filter := bson.D{{Key: "status", Value: tenant.Installed}, {Key: field, Value: below}}
	only := options.Find().SetProjection(onlyID).SetSort(bson.D{{Key: field, Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[idDoc](ctx, s.shops, filter, only)
	return each(docs, func(d idDoc) tenant.ShopID { return tenant.ShopID(d.ID) }), err
}

// ShopsToSetUp lists installed shops of which Shopify was not yet asked who they are.
func (s *Store) ShopsToSetUp(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	shops, err := s.listInstalled(ctx, "profile_at", nil, limit)
	return shops, failed("shops to set up", err)
}

// ShopsToReconcile lists installed shops whose last complete reconcile started before the given time, or that had none.
func (s *Store) ShopsToReconcile(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := s.listInstalled(ctx, "reconciled_at", notFrom(before), limit)
	return shops, failed("shops to reconcile", err)
}

// ShopsWithIdleTokens lists installed shops whose refresh token was given out before the given time.
func (s *Store) ShopsWithIdleTokens(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := s.listInstalled(ctx, "tokens.refresh_expires", notFrom(before.Add(refreshLife)), limit)
	return shops, failed("shops with idle tokens", err)
}

// notFrom selects dates before the given one, and missing ones.
func notFrom(at time.Time) bson.D {
	return bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: date(at)}}}}
}
