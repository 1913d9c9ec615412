package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"twofold/figures"
	"twofold/referral"
	"twofold/tenant"
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

// InsertCopies adds the documents that stencils have made, by collection.
func (db Seeding) InsertCopies(ctx context.Context, documents map[string][][]byte) error {
	writing, ctx := errgroup.WithContext(ctx)
	for collection, docs := range documents {
		raw := each(docs, func(doc []byte) bson.Raw { return doc })
		writing.Go(func() error { return insertAll(ctx, db.database.Collection(collection), raw) })
	}
	return failed("insert copies", writing.Wait())
}

// InsertSums adds sums by advocate, of which there was nothing before.
func (db Seeding) InsertSums(ctx context.Context, shop tenant.ShopID, sums []figures.Part) error {
	docs := each(sums, func(p figures.Part) figureDoc { return newFigureDoc(shop, p) })
	return failed("insert sums", insertAll(ctx, db.advocateDays, docs))
}

// Stencil returns what makes copies of a friend's documents: each at so much later, and with other names of the same
// widths instead of those that are given. The books are left to the caller.
func (db Seeding) Stencil(
	names []string, claims []referral.Claim, orders []referral.Order, r figures.Recount,
) (func(names []string, later time.Duration, into map[string][][]byte), error) {
	stencils := map[string][]stencil{}
	var err error
	add := func(collection *mongo.Collection, doc any) {
		var s stencil
		if err == nil {
			s, err = newStencil(doc, names)
		}
		stencils[collection.Name()] = append(stencils[collection.Name()], s)
	}

	for _, c := range claims {
		add(db.claims, newClaimDoc(c))
	}
	for _, o := range orders {
		add(db.orders, readOnce(o))
	}
	add(db.referrals, newSeededDoc(r))
	return func(names []string, later time.Duration, into map[string][][]byte) {
		for collection, all := range stencils {
			for _, s := range all {
				into[collection] = append(into[collection], s.copy(names, later))
			}
		}
	}, err
}

// readOnce is the document of an order that was read once.
func readOnce(o referral.Order) orderDoc {
	snapshot := newSnapshotDoc(o)
	return orderDoc{
		Key: orderKey(o.Shop, o.ID), Shop: o.Shop, ID: o.ID, Ticket: 1, KeptTicket: 1, Snapshot: &snapshot,
		Customers: []referral.CustomerID{o.Customer},
	}
}

// seededDoc is a referral with what it was counted as, and upon which decision.
type seededDoc struct {
	Of         countedDoc `bson:",inline"`
	CountedRev int64      `bson:"counted_rev"`
}

func newSeededDoc(one figures.Recount) seededDoc {
	r := one.Counted.Referral
	doc := seededDoc{countedDoc{newReferralDoc(r), each(one.Is, newPartDoc)}, r.DecidedRev}
	doc.Of.Doc.ToCount, doc.Of.Doc.CountAt = !one.Until.IsZero(), date(one.Until)
	return doc
}
