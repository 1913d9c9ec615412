package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// Releases is what a release asks and writes: referrals whose hold is over, what their campaigns have settled, what
// advocates owe. Its own collection are the budgets.
type Releases struct{ *DB }

// errSpent says that a settlement would exceed its limit.
var errSpent = fault.New(fault.Conflict, "budget_spent")

// Approve is SaveDecision of all in one transaction with the settlement (nil: none), and only while the lease is still
// held. Else Conflict, also when the settlement would exceed its limit, or a referral is not of the lease's shop. The
// lease is written to, so that whoever takes it meanwhile waits for this, or makes this fail.
func (db Releases) Approve(
	ctx context.Context, lease tenant.Lease, all []referral.Decision, settled *referral.Settlement,
) error {
	return failed("approve",
		db.inTransaction(ctx, func(ctx context.Context) error { return db.approve(ctx, lease, all, settled) }))
}

// approve is one run of the transaction.
func (db Releases) approve(
	ctx context.Context, lease tenant.Lease, all []referral.Decision, settled *referral.Settlement,
) error {
	if err := db.useLease(ctx, lease); err != nil {
		return err
	}
	if settled != nil {
		if err := db.settle(ctx, lease.Shop, *settled); err != nil {
			return err
		}
	}

	for _, d := range all {
		if d.Referral.Shop != lease.Shop {
			return errLost
		}
		if err := (Referrals{db.DB}).saveDecision(ctx, d.Referral, d.Rev); err != nil {
			return err
		}
		if err := db.addNotices(ctx, lease.Shop, d.Notices); err != nil {
			return err
		}
	}

	return nil
}

// budgetDoc is what a campaign has settled in one month; _id: budgetKey.
type budgetDoc struct {
	Settled amountDoc `bson:"settled"`
}

// settle adds to what the campaign has settled in the month, as part of a transaction. Conflict: that would exceed the
// limit. Internal: the budget is kept in another currency.
func (db Releases) settle(ctx context.Context, shop tenant.ShopID, settled referral.Settlement) error {
	amount, limit := settled.Amount, settled.Limit
	budget := byKey(shop, budgetKey(shop, settled.Campaign, settled.Month))
	within := append(budget, bson.E{Key: "settled.currency", Value: amount.Currency})
	if limit.Minor > 0 {
		if limit.Currency != amount.Currency {
			return errCurrency
		}
		within = append(within,
			bson.E{Key: "settled.minor", Value: bson.D{{Key: "$lte", Value: limit.Minor - amount.Minor}}})
	}

	add := bson.D{
		{Key: "$inc", Value: bson.D{{Key: "settled.minor", Value: amount.Minor}, {Key: "count", Value: int64(1)}}},
	}
	if found, err := updateOne(ctx, db.budgets, within, add); err != nil || found {
		return err
	}

	// Why it was not found is read first: an insert that fails would end the transaction.
	kept, err := findOne[budgetDoc](ctx, db.budgets, budget)
	switch {
	case err == nil && kept.Settled.Currency != amount.Currency:
		return errCurrency
	case err == nil, limit.Minor > 0 && amount.Minor > limit.Minor:
		return errSpent
	case !errors.Is(err, mongo.ErrNoDocuments):
		return err
	}

	_, err = db.budgets.InsertOne(ctx, append(budget,
		bson.E{Key: "campaign", Value: settled.Campaign}, bson.E{Key: "month", Value: settled.Month},
		bson.E{Key: "settled", Value: newAmountDoc(amount)}, bson.E{Key: "count", Value: int64(1)}))
	return err
}

var errCurrency = fault.ForLog(fault.Internal, "the month's budget is in another currency")

// SettledIn is what the campaign has settled in the month; zero when there is nothing.
func (db Releases) SettledIn(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, month string,
) (money.Amount, error) {
	doc, err := findOne[budgetDoc](ctx, db.budgets, byKey(shop, budgetKey(shop, campaign, month)))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return money.Amount{}, nil
	}
	return doc.Settled.toDomain(), failed("settled in", err)
}

// CountReleases counts the advocate's granted releases, outside the test lane, whose time lies between two others,
// both left out.
func (db Releases) CountReleases(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, after, before time.Time,
) (int, error) {
	if after.Before(longAgo) {
		after = longAgo // a zero date is null, after which nothing comes
	}

	between := bson.D{{Key: "$gt", Value: date(after)}, {Key: "$lt", Value: date(before)}}
	n, err := db.referrals.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop}, {Key: "release.advocate", Value: id}, {Key: "release.at", Value: between},
		{Key: "release.denied", Value: anyOf([]any{referral.ReasonNone, nil})}, notTest,
	})
	return int(n), failed("count releases", err)
}

// OwedOf lists the advocate's referrals outside the test lane whose reward is owed, oldest order first.
func (db Releases) OwedOf(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID,
) ([]referral.Referral, error) {
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "owes", Value: true}, {Key: "advocate", Value: id}}
	return Referrals{db.DB}.listReferrals(ctx, filter, bson.D{{Key: "at", Value: 1}, {Key: "order_number", Value: 1}},
		0)
}

// dueRelease selects the referrals whose hold is over at now.
func dueRelease(now time.Time) bson.D {
	return bson.D{
		{Key: "has_work", Value: true},
		{Key: "work", Value: referral.WorkRelease},
		{Key: "release_at", Value: bson.D{{Key: "$lte", Value: date(now)}}},
	}
}

// DueReleases lists up to limit referrals to release: ReleaseAt <= now, in (ReleaseAt, order) order.
func (db Releases) DueReleases(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) ([]referral.Referral, error) {
	filter := append(bson.D{{Key: "shop", Value: shop}}, dueRelease(now)...)
	return Referrals{db.DB}.listReferrals(ctx, filter,
		bson.D{{Key: "release_at", Value: 1}, {Key: "order_number", Value: 1}}, limit)
}
