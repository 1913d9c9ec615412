package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// weighedStates are the states of a friend whose orders were weighed, also where nothing ties them to an advocate.
var weighedStates = append([]referral.State{referral.None}, referral.Listed...)

// NewestTest finds the referral with the newest test order since an instant. NotFound: there is none.
func (db Listings) NewestTest(
	ctx context.Context, shop tenant.ShopID, since time.Time,
) (referral.Referral, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "test", Value: true},
		{Key: "state", Value: anyOf(weighedStates)},
		{Key: "at", Value: bson.D{{Key: "$gte", Value: date(since)}}},
	}
	doc, err := findOne[referralDoc](ctx, db.referrals, filter, options.FindOne().SetSort(newestOrder))
	return doc.toDomain(), failed("newest test", err)
}

// NewestClaim finds the claim of a campaign that counts the longest: the last one that was made or renewed, as far as
// nothing has cut its time short. NotFound: there is none.
func (db Claims) NewestClaim(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID,
) (referral.Claim, error) {
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "campaign", Value: campaign}}
	longest := options.FindOne().SetSort(bson.D{{Key: "counts_until", Value: -1}})
	doc, err := findOne[claimDoc](ctx, db.claims, filter, longest)
	return doc.toDomain(), failed("newest claim", err)
}
