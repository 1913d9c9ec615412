package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/figures"
	"twofold/referral"
)

// Seeding keeps what package seed makes, in bulk. Nothing but development asks for it.
type Seeding struct{ *DB }

// insertAll writes new documents, in no order.
func insertAll[D any](ctx context.Context, c *mongo.Collection, docs []D) error {
	if len(docs) == 0 {
		return nil
	}
	_, err := c.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	return err
}

// InsertAdvocates adds advocates.
func (db Seeding) InsertAdvocates(ctx context.Context, all []referral.Advocate) error {
	return failed("insert advocates", insertAll(ctx, db.advocates, each(all, newAdvocateDoc)))
}

// InsertClaims adds claims.
func (db Seeding) InsertClaims(ctx context.Context, all []referral.Claim) error {
	return failed("insert claims", insertAll(ctx, db.claims, each(all, newClaimDoc)))
}

// InsertOrders adds snapshots of orders, as if each had been read once.
func (db Seeding) InsertOrders(ctx context.Context, all []referral.Order) error {
	return failed("insert orders", insertAll(ctx, db.orders, each(all, func(o referral.Order) orderDoc {
		snapshot := newSnapshotDoc(o)
		return orderDoc{
			Key: orderKey(o.Shop, o.ID), Shop: o.Shop, ID: o.ID, Ticket: 1, KeptTicket: 1, Snapshot: &snapshot,
			Customers: []referral.CustomerID{o.Customer},
		}
	})))
}

// InsertCounted adds referrals with what they count for. The books are left to the caller.
func (db Seeding) InsertCounted(ctx context.Context, all []figures.Recount) error {
	docs := make([]seededDoc, len(all))
	for i, one := range all {
		r := one.Counted.Referral
		docs[i] = seededDoc{countedDoc{newReferralDoc(r), each(one.Is, newPartDoc)}, r.DecidedRev}
		docs[i].Of.Doc.ToCount, docs[i].Of.Doc.CountAt = !one.Until.IsZero(), date(one.Until)
	}
	return failed("insert counted", insertAll(ctx, db.referrals, docs))
}

// seededDoc is a referral with what it was counted as, and upon which decision.
type seededDoc struct {
	Of         countedDoc `bson:",inline"`
	CountedRev int64      `bson:"counted_rev"`
}
