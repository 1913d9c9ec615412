package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Figures counts across collections what limits and costs are measured by.
type Figures struct{ *DB }

// notTest selects referrals outside the test lane; documents of schema 1 do not say.
var notTest = bson.E{Key: "test", Value: bson.D{{Key: "$ne", Value: true}}}

// CountFriends counts the advocate's friends, outside the test lane, whose orders were placed before a time, are paid,
// and earn or may earn a reward.
func (db Figures) CountFriends(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, before time.Time,
) (int, error) {
	n, err := db.referrals.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: "advocate", Value: id},
		{Key: "at", Value: bson.D{{Key: "$gt", Value: date(longAgo)}, {Key: "$lt", Value: date(before)}}},
		{Key: "state", Value: anyOf(converting)},
		{Key: "reason", Value: bson.D{{Key: "$ne", Value: referral.ReasonUnpaid}}},
		notTest,
	})

	return int(n), failed("count friends", err)
}

// promising are the states of a reward that may still be given.
var promising = []referral.RewardState{referral.RewardPending, referral.RewardApproved}

// CountPromised counts what still rests on one side of a campaign version: held codes that have not ended at now (also
// those that are being made anew for their holders) and, on sides whose reward comes after the order, referrals that
// may still be given one. NotFound, on the friend's side: there is no such version.
func (db Figures) CountPromised(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side, now time.Time,
) (int, error) {
	held, err := db.codes.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: k.ID},
		{Key: "version", Value: k.Version},
		{Key: "side", Value: side},
		{Key: "state", Value: anyOf([]referral.CodeState{referral.CodeHeld, referral.CodeMinting})},
		{Key: "has_holder", Value: true},
		{Key: "ends_at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$lte", Value: date(now)}}}}},
	})
	if err != nil {
		return 0, failed("count promised", err)
	}

	later, err := db.afterOrder(ctx, shop, k, side)
	if err != nil || !later {
		return int(held), err
	}

	reward := "rewards." + string(side) // its own version counts: a link of another one may be credited
	due, err := db.referrals.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: reward + ".campaign", Value: k.ID},
		{Key: reward + ".version", Value: k.Version},
		{Key: reward + ".state", Value: anyOf(promising)},
		{Key: "state", Value: anyOf(converting)},
	})

	return int(held + due), failed("count promised", err)
}

// afterOrder tells whether a side's reward comes after the order.
func (db Figures) afterOrder(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side,
) (bool, error) {
	if side != referral.FriendSide {
		return side == referral.AdvocateSide, nil
	}
	c, err := Campaigns{db.DB}.FindCampaign(ctx, shop, k)
	return c.Terms.Friend.AfterOrder, err
}

// undone are the reasons for which a referral is voided that was pending before.
var undone = []referral.Reason{
	referral.ReasonCancelled, referral.ReasonRefunded, referral.ReasonDispute, referral.ReasonRejected,
	referral.ReasonMerchant, referral.ReasonGone, referral.ReasonCap, referral.ReasonBudget, referral.ReasonOffset,
	referral.ReasonBlocked,
}

// CampaignFigures counts what the soft gate of a campaign weighs at now. The open claims are those that still count,
// less the orders that converted by a claim since the first of these was made: near, and cheap. Claims that never
// counted are in no figure.
func (db Figures) CampaignFigures(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, month string, now time.Time,
) (referral.Figures, error) {
	settled, err := Releases{db.DB}.SettledIn(ctx, shop, id, month)
	if err != nil {
		return referral.Figures{}, err
	}

	f := referral.Figures{Settled: settled}
	if err = db.countReferrals(ctx, shop, id, &f); err == nil {
		err = db.countClaims(ctx, shop, id, now, &f)
	}
	if err != nil {
		return referral.Figures{}, failed("campaign figures", err)
	}
	return f, nil
}

// countReferrals fills in what the campaign's referrals outside the test lane say.
func (db Figures) countReferrals(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, f *referral.Figures,
) error {
	of := func(states []referral.State, more ...bson.E) bson.D {
		return append(bson.D{
			{Key: "shop", Value: shop},
			{Key: "campaign", Value: id},
			{Key: "state", Value: anyOf(states)},
			notTest,
		}, more...)
	}

	counts := []struct {
		filter bson.D
		into   []*int
	}{
		{of([]referral.State{referral.Pending, referral.Flagged}), []*int{&f.Pending, &f.Converted}},
		{of([]referral.State{referral.Approved}), []*int{&f.Converted}},
		{of([]referral.State{referral.Voided}, bson.E{Key: "reason", Value: anyOf(undone)}), []*int{&f.Converted}},
	}

	for _, c := range counts {
		n, err := db.referrals.CountDocuments(ctx, c.filter)
		if err != nil {
			return err
		}
		for _, sum := range c.into {
			*sum += int(n)
		}
	}

	return nil
}

// countClaims fills in what claims say.
func (db Figures) countClaims(
	ctx context.Context, shop tenant.ShopID, id referral.CampaignID, now time.Time, f *referral.Figures,
) error {
	since := func(t time.Time) bson.D {
		return bson.D{
			{Key: "shop", Value: shop},
			{Key: "campaign", Value: id},
			{Key: "counts_until", Value: bson.D{{Key: "$gt", Value: date(t)}}},
		}
	}

	claims, err := db.claims.CountDocuments(ctx, since(longAgo))
	if err != nil {
		return err
	}

	f.Claims = int(claims)
	open := since(now)
	running, err := db.claims.CountDocuments(ctx, open)
	if err != nil || running == 0 {
		return err
	}

	first, err := findOne[claimDoc](ctx, db.claims, open,
		options.FindOne().SetSort(bson.D{{Key: "counts_until", Value: 1}}))
	if errors.Is(err, mongo.ErrNoDocuments) { // it was renewed meanwhile
		return nil
	}
	if err != nil {
		return err
	}

	used, err := db.referrals.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: id},
		{Key: "state", Value: anyOf(converting)},
		notTest,
		{Key: "at", Value: bson.D{{Key: "$gte", Value: first.ClaimedAt}}},
		{Key: "claim", Value: bson.D{{Key: "$gt", Value: ""}}},
	})

	f.Open = max(0, int(running-used))
	return err
}
