package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/referral"
)

// Migration 2 is for the second form of documents: claims that keep their former codes, referrals of the test lane,
// campaigns whose discounts are looked after. A document of schema 1 lacks the new fields, which queries take for their
// zero values.

// widen is migration 2: new indexes, the fields that they need, and no index on claims.code any more.
func (db Schema) widen(ctx context.Context) error {
	steps := []func(context.Context) error{db.createAll, db.fillClaims, db.fillReferrals, db.fillCampaigns}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return dropIndex(ctx, db.claims, "code")
}

// fill changes the documents that the filter selects, by a pipeline of one step.
func fill(ctx context.Context, c *mongo.Collection, filter, fields bson.D) error {
	_, err := c.UpdateMany(ctx, append(bson.D{anyShop}, filter...), mongo.Pipeline{set(fields)})
	return err
}

// grownRev is nextRev for pipelines.
var grownRev = bson.E{Key: "rev", Value: bson.D{{Key: "$add", Value: bson.A{"$rev", int64(1)}}}}

// fillClaims adds a claim's code to its codes, and says of claims that have their customer's key since when they were
// signed in: schema 1 did not keep it, so it is since they claimed. rev grows, so that an update under way is computed
// anew.
//
// Pipelines in: code, and codes, perhaps missing; claimed_at. Out: codes with the code among them; signed_at.
func (db Schema) fillClaims(ctx context.Context) error {
	codes := orElse("$codes", bson.A{})
	unlisted := bson.D{{Key: "$not", Value: bson.A{bson.D{{Key: "$in", Value: bson.A{"$code", codes}}}}}}
	filter := bson.D{{Key: "has_code", Value: true}, {Key: "$expr", Value: unlisted}}
	err := fill(ctx, db.claims, filter, bson.D{
		{Key: "codes", Value: bson.D{{Key: "$setUnion", Value: bson.A{codes, bson.A{"$code"}}}}},
		{Key: "has_codes", Value: true},
	})
	if err != nil {
		return err
	}

	key := bson.D{{Key: "$concat", Value: bson.A{referral.CustomerKey(""), "$customer"}}}
	keyed := bson.D{
		{Key: "signed_at", Value: nil},
		{Key: "$expr", Value: bson.D{{Key: "$in", Value: bson.A{key, "$keys"}}}},
	}
	return fill(ctx, db.claims, keyed, bson.D{{Key: "signed_at", Value: "$claimed_at"}, grownRev})
}

// fillReferrals notes that referrals are not of the test lane, which schema 1 did not know, whose offer their rewards
// are, what codes that are to be given are worth, and which referrals owe.
func (db Schema) fillReferrals(ctx context.Context) error {
	unsaid := bson.D{{Key: "test", Value: bson.D{{Key: "$exists", Value: false}}}}
	if err := fill(ctx, db.referrals, unsaid, bson.D{{Key: "test", Value: false}}); err != nil {
		return err
	}

	for _, side := range referral.Sides {
		reward := "rewards." + string(side)
		unnamed := bson.D{
			{Key: reward, Value: bson.D{{Key: "$type", Value: "object"}}},
			{Key: reward + ".campaign", Value: bson.D{{Key: "$exists", Value: false}}},
		}
		own := bson.D{{Key: reward + ".campaign", Value: "$campaign"}, {Key: reward + ".version", Value: "$version"}}
		if err := fill(ctx, db.referrals, unnamed, own); err != nil {
			return err
		}

		unissued := bson.D{
			{Key: reward + ".state", Value: referral.RewardApproved},
			{Key: reward + ".due", Value: bson.D{{Key: "$exists", Value: false}}},
		}
		due := bson.D{{Key: reward + ".due", Value: "$" + reward + ".amount"}}
		if err := fill(ctx, db.referrals, unissued, due); err != nil {
			return err
		}
	}

	owing := bson.D{
		{Key: "rewards.advocate.state", Value: referral.RewardOwed},
		{Key: "test", Value: false},
		{Key: "owes", Value: bson.D{{Key: "$ne", Value: true}}},
	}
	return fill(ctx, db.referrals, owing, bson.D{{Key: "owes", Value: true}})
}

// fillCampaigns has the discounts of old campaigns looked after at once, and gives an end to those that are over:
// schema 1 did not say when, so it is now, by the server's clock. rev grows, so that an update under way is computed
// anew.
func (db Schema) fillCampaigns(ctx context.Context) error {
	unsaid := bson.D{{Key: "$exists", Value: false}}
	live := bson.D{{Key: "$nin", Value: []referral.CampaignState{referral.CampaignDraft, referral.CampaignFilling}}}
	untended := bson.D{{Key: "tend_at", Value: unsaid}, {Key: "state", Value: live}}
	if err := fill(ctx, db.campaigns, untended, bson.D{{Key: "tend_at", Value: "$live_at"}, grownRev}); err != nil {
		return err
	}

	over := anyOf([]referral.CampaignState{referral.CampaignEnded, referral.CampaignReplaced})
	return fill(ctx, db.campaigns, bson.D{{Key: "until", Value: unsaid}, {Key: "state", Value: over}},
		bson.D{{Key: "until", Value: "$$NOW"}, grownRev})
}

// indexNotFound is the server's code for an index that is not there. Source: mongodb/mongo, error_codes.yml.
const indexNotFound = 27

// dropIndex drops an index; one that is gone already is no error.
func dropIndex(ctx context.Context, c *mongo.Collection, name string) error {
	err := c.Indexes().DropOne(ctx, name)
	if server, ok := errors.AsType[mongo.ServerError](err); ok && server.HasErrorCode(indexNotFound) {
		return nil
	}
	return err
}
