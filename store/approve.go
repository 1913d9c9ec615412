package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// transactionLimit bounds a transaction whose ctx has no deadline of its own: MongoDB may ask for it to be run again.
const transactionLimit = 10 * time.Second

// inTransaction runs do in a transaction, perhaps more than once.
func (s *Store) inTransaction(ctx context.Context, do func(context.Context) error) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, transactionLimit)
		defer cancel()
	}
	session, err := s.client.StartSession()
	if err != nil {
		return err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	_, err = session.WithTransaction(ctx, func(ctx context.Context) (any, error) { return nil, do(ctx) },
		options.Transaction().SetReadConcern(readconcern.Snapshot()))
	return err
}

// errSpent says that a settlement would exceed its limit.
var errSpent = fault.New(fault.Conflict, "budget_spent")

// Approve is SaveDecision of all in one transaction with the settlement (nil: none), and only while the lease is still held. Else
// Conflict, also when the settlement would exceed its limit, or a referral is not of the lease's shop. The lease is written to, so
// that whoever takes it meanwhile waits for this, or makes this fail.
func (s *Store) Approve(ctx context.Context, lease tenant.Lease, all []referral.Decision, settled *referral.Settlement) error {
	return failed("approve", s.inTransaction(ctx, func(ctx context.Context) error { return s.approve(ctx, lease, all, settled) }))
}

// approve is one run of the transaction.
func (s *Store) approve(ctx context.Context, lease tenant.Lease, all []referral.Decision, settled *referral.Settlement) error {
	if err := s.useLease(ctx, lease); err != nil {
		return err
	}
	if settled != nil {
		if err := s.settle(ctx, lease.Shop, *settled); err != nil {
			return err
		}
	}
	for _, d := range all {
		if d.Referral.Shop != lease.Shop {
			return errLost
		}
		if err := s.saveDecision(ctx, d.Referral, d.Rev); err != nil {
			return err
		}
	}
	return nil
}

// budgetDoc is what a campaign has settled in one month; _id: budgetKey.
type budgetDoc struct {
	Settled amountDoc `bson:"settled"`
}

// settle adds to what the campaign has settled in the month, as part of a transaction. Conflict: that would exceed the limit.
// Internal: the budget is kept in another currency.
func (s *Store) settle(ctx context.Context, shop tenant.ShopID, settled referral.Settlement) error {
	amount, limit := settled.Amount, settled.Limit
	budget := byKey(shop, budgetKey(shop, settled.Campaign, settled.Month))
	within := append(budget, bson.E{Key: "settled.currency", Value: amount.Currency})
	if limit.Minor > 0 {
		if limit.Currency != amount.Currency {
			return errCurrency
		}
		within = append(within, bson.E{Key: "settled.minor", Value: bson.D{{Key: "$lte", Value: limit.Minor - amount.Minor}}})
	}
	add := bson.D{{Key: "$inc", Value: bson.D{{Key: "settled.minor", Value: amount.Minor}, {Key: "count", Value: int64(1)}}}}
	if found, err := updateOne(ctx, s.budgets, within, add); err != nil || found {
		return err
	}
	kept, err := findOne[budgetDoc](ctx, s.budgets, budget) // why it was not found; an error of a write would end the transaction
	switch {
	case err == nil && kept.Settled.Currency != amount.Currency:
		return errCurrency
	case err == nil, limit.Minor > 0 && amount.Minor > limit.Minor:
		return errSpent
	case !errors.Is(err, mongo.ErrNoDocuments):
		return err
	}
	_, err = s.budgets.InsertOne(ctx, append(budget,
		bson.E{Key: "campaign", Value: settled.Campaign}, bson.E{Key: "month", Value: settled.Month},
		bson.E{Key: "settled", Value: newAmountDoc(amount)}, bson.E{Key: "count", Value: int64(1)}))
	return err
}

var errCurrency = fault.ForLog(fault.Internal, "the month's budget is in another currency")

// SettledIn is what the campaign has settled in the month; zero when there is nothing.
func (s *Store) SettledIn(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, month string) (money.Amount, error) {
	doc, err := findOne[budgetDoc](ctx, s.budgets, byKey(shop, budgetKey(shop, campaign, month)))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return money.Amount{}, nil
	}
	return doc.Settled.toDomain(), failed("settled in", err)
}
