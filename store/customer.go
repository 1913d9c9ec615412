package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Customers makes the records of one customer another's, across collections.
type Customers struct{ *DB }

// MoveCustomer makes the records of one customer another's, in one transaction: nobody decides on half of them, as the
// friend's referral is gone for whoever had read it before. Conflict: a claim changed meanwhile.
func (db Customers) MoveCustomer(ctx context.Context, m referral.CustomerMove) error {
	err := db.inTransaction(ctx, func(ctx context.Context) error {
		for _, c := range m.Claims {
			if err := db.replaceClaim(ctx, c); err != nil {
				return err
			}
		}

		for _, test := range []bool{false, true} {
			if err := db.moveLane(ctx, m, test); err != nil {
				return err
			}
		}

		return nil
	})
	return failed("move customer", err)
}

// replaceClaim writes a claim if it is as it was read.
func (db Customers) replaceClaim(ctx context.Context, c referral.Claim) error {
	loaded := bson.E{Key: "rev", Value: c.Rev}
	c.Rev++
	found, err := updateOne(ctx, db.claims, append(byKey(c.Shop, claimKey(c.Shop, c.ID)), loaded), set(newClaimDoc(c)))
	if err == nil && !found {
		return errMoved
	}
	return err
}

// moveLane moves the orders of one lane, and its referral. Where both customers have had a reward that left, each keeps
// what is booked.
func (db Customers) moveLane(ctx context.Context, m referral.CustomerMove, test bool) error {
	was, err := db.findFrozen(ctx, m.Shop, referral.FriendOf(m.From, test))
	if err != nil {
		return err
	}

	there, err := db.findFrozen(ctx, m.Shop, referral.FriendOf(m.To, test))
	if err != nil {
		return err
	}
	if was != nil && there != nil && !m.To.Erased() && !there.Doc.toDomain().MayJoin(was.Doc.toDomain()) {
		return nil
	}

	if err := db.moveOrders(ctx, m, test); err != nil {
		return err
	}

	return db.moveReferral(ctx, m, test, was, there)
}

// moveOrders renames the customer on the orders of a lane up to the time. A snapshot that is being read meanwhile is
// refused by its ticket.
//
// Pipeline in: snapshot.customer, the old one or ""; attached and customers, perhaps missing. Out: all of these with
// the new one; snapshot.emails, where the new one is a pseudonym, is that, and snapshot.aliases, snapshot.cards and
// snapshot.marks are none; ticket and kept_ticket one higher.
func (db Customers) moveOrders(ctx context.Context, m referral.CustomerMove, test bool) error {
	inShop := bson.E{Key: "shop", Value: m.Shop}
	filter := bson.D{
		{Key: "$or", Value: bson.A{
			bson.D{inShop, {Key: "snapshot.customer", Value: m.From}},
			bson.D{
				{Key: "_id", Value: anyOf(keys(m.Shop, m.Orders, orderKey))},
				inShop,
				{Key: "snapshot.customer", Value: ""},
			},
		}},
		{Key: "snapshot.processed_at", Value: bson.D{{Key: "$lte", Value: date(m.Until)}}},
		{Key: "snapshot.test", Value: test},
	}

	instead := func(field string) bson.D {
		return bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$eq", Value: bson.A{field, m.From}}}, m.To, field}}}
	}
	fields := bson.D{
		{Key: "snapshot.customer", Value: m.To},
		{Key: "attached", Value: instead("$attached")},
		{Key: "customers", Value: mapped("$customers", m.From, m.To)},
		{Key: "ticket", Value: bson.D{{Key: "$add", Value: bson.A{"$ticket", int64(1)}}}},
		{Key: "kept_ticket", Value: bson.D{{Key: "$add", Value: bson.A{"$ticket", int64(1)}}}},
	}
	if m.To.Erased() {
		fields = append(fields,
			bson.E{Key: "snapshot.emails", Value: bson.A{m.To}},
			bson.E{Key: "snapshot.aliases", Value: nil},
			bson.E{Key: "snapshot.cards", Value: nil},
			bson.E{Key: "snapshot.marks", Value: nil},
		)
	}

	_, err := db.orders.UpdateMany(ctx, filter, mongo.Pipeline{set(fields)})
	return err
}

// mapped is a list of customers, perhaps missing, with one in the place of another.
func mapped(field string, from, to referral.CustomerID) bson.D {
	one := bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$eq", Value: bson.A{"$$c", from}}}, to, "$$c"}}}
	return bson.D{
		{Key: "$map", Value: bson.D{
			{Key: "input", Value: orElse(field, bson.A{})},
			{Key: "as", Value: "c"},
			{Key: "in", Value: one},
		}},
	}
}

// moveReferral renames the friend of one lane, unless later orders keep it theirs: then only what moved is decided
// anew.
func (db Customers) moveReferral(
	ctx context.Context, m referral.CustomerMove, test bool, was, there *frozenReferral,
) error {
	from, to := referral.FriendOf(m.From, test), referral.FriendOf(m.To, test)
	later := bson.D{
		{Key: "shop", Value: m.Shop},
		{Key: "snapshot.customer", Value: m.From},
		{Key: "snapshot.test", Value: test},
	}

	stays, err := exists(ctx, db.orders, later)
	if err != nil {
		return err
	}

	if stays || was == nil {
		both := bson.D{
			{Key: "_id", Value: anyOf(keys(m.Shop, []referral.FriendID{from, to}, friendKey))},
			{Key: "shop", Value: m.Shop},
		}
		_, err := db.referrals.UpdateMany(ctx, both, raise)
		return err
	}

	if err := db.renameReferral(ctx, *was, there, to); err != nil {
		return err
	}

	return db.renameMentions(ctx, m.Shop, from, to)
}

// frozenReferral is a referral with what stands beside it, see freeze.go.
type frozenReferral struct {
	Doc    referralDoc `bson:",inline"`
	Frozen bool        `bson:"frozen"`

	Counted []partDoc `bson:"counted"`
}

// findFrozen reads a referral with what stands beside it; nil: there is none.
func (db Customers) findFrozen(
	ctx context.Context, shop tenant.ShopID, friend referral.FriendID,
) (*frozenReferral, error) {
	doc, err := findOne[frozenReferral](ctx, db.referrals, byFriend(shop, friend))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return &doc, err
}

// renameReferral writes the referral under its new name in the place of the old one. If there is one of that name
// already, it has the facts of both.
func (db Customers) renameReferral(
	ctx context.Context, was frozenReferral, there *frozenReferral, to referral.FriendID,
) error {
	r := was.Doc.toDomain()
	if _, err := db.referrals.DeleteOne(ctx, byFriend(r.Shop, r.Friend)); err != nil {
		return err
	}

	r = r.Renamed(to)
	if there != nil {
		r = there.Doc.toDomain().Joined(r)
	}
	r.FactsRev++

	doc := frozenReferral{Doc: newReferralDoc(r), Frozen: was.Frozen, Counted: was.Counted}
	if there != nil { // the figures have both, until the one is counted
		doc.Counted = append(doc.Counted, there.Counted...)
	}
	doc.Doc.HasWork = doc.Doc.HasWork && !was.Frozen
	_, err := db.referrals.ReplaceOne(ctx, byFriend(r.Shop, to), doc, options.Replace().SetUpsert(true))
	return err
}

// renameMentions has rewards' codes, and what made up for other rewards, follow the friend's new name.
func (db Customers) renameMentions(ctx context.Context, shop tenant.ShopID, from, to referral.FriendID) error {
	settled := bson.D{{Key: "shop", Value: shop}, {Key: "settled.by", Value: from}}
	by := bson.D{{Key: "$set", Value: bson.D{{Key: "settled.$[one].by", Value: to}}}}
	one := options.UpdateMany().SetArrayFilters([]any{bson.D{{Key: "one.by", Value: from}}})
	if _, err := db.referrals.UpdateMany(ctx, settled, by, one); err != nil {
		return err
	}

	for _, side := range referral.Sides {
		was := string(referral.NewRewardID(referral.Referral{Shop: shop, Friend: from}, side))
		is := string(referral.NewRewardID(referral.Referral{Shop: shop, Friend: to}, side))
		held := bson.D{
			{Key: "shop", Value: shop},
			{Key: "has_holder", Value: true},
			{Key: "holder", Value: heldBy(was)},
		}
		holder := bson.D{
			{Key: "$replaceOne", Value: bson.D{
				{Key: "input", Value: "$holder"},
				{Key: "find", Value: was},
				{Key: "replacement", Value: is},
			}},
		}

		renamed := mongo.Pipeline{set(bson.D{{Key: "holder", Value: holder}})}
		if _, err := db.codes.UpdateMany(ctx, held, renamed); err != nil {
			return err
		}
	}

	return nil
}

// MergeAdvocates makes one advocate of several, in one transaction: merge is told how they are by then, the first who
// joined first, and what names those who go names the one from then on. Who was erased is no part of it. NotFound: nobody
// is left.
func (db Customers) MergeAdvocates(
	ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID,
	merge func([]referral.Advocate) (one referral.Advocate, gone []referral.AdvocateID),
) (one referral.Advocate, err error) {
	err = db.inTransaction(ctx, func(ctx context.Context) error {
		docs, err := findAll[advocateDoc](ctx, db.advocates, bson.D{
			{Key: "_id", Value: anyOf(each(ids, func(id referral.AdvocateID) string { return advocateKey(shop, id) }))},
			{Key: "shop", Value: shop},
			{Key: "erased_at", Value: nil}, // who was erased meanwhile is nobody's any more
		}, options.Find().SetSort(bson.D{{Key: "joined_at", Value: 1}, {Key: "_id", Value: 1}}))
		if err != nil {
			return err
		}
		if len(docs) == 0 {
			return mongo.ErrNoDocuments
		}

		var gone []referral.AdvocateID
		one, gone = merge(each(docs, advocateDoc.toDomain))
		return db.replaceAdvocates(ctx, one, gone)
	})
	return one, failed("merge advocates", err)
}

// replaceAdvocates writes one advocate, and has what names those who go name the one, as part of a transaction.
func (db Customers) replaceAdvocates(
	ctx context.Context, one referral.Advocate, gone []referral.AdvocateID,
) error {
	for _, other := range gone { // first: their codes are unique
		if _, err := db.advocates.DeleteOne(ctx, byKey(one.Shop, advocateKey(one.Shop, other))); err != nil {
			return err
		}
	}

	doc := newAdvocateDoc(one)
	if err := orNotFound(updateOne(ctx, db.advocates, byKey(one.Shop, doc.Key), set(doc))); err != nil {
		return err
	}

	for _, other := range gone {
		if err := db.renameMails(ctx, one.Shop, other, one.ID); err != nil {
			return err
		}
		if err := (Missing{db.DB}).renameAdvocate(ctx, one.Shop, other, one.ID); err != nil {
			return err
		}
		if err := db.renameAdvocate(ctx, one, other); err != nil {
			return err
		}
	}
	return nil
}

// renameAdvocate has claims, orders and referrals name the one. The referrals' facts have changed by it.
func (db Customers) renameAdvocate(ctx context.Context, one referral.Advocate, other referral.AdvocateID) error {
	theOther := bson.D{{Key: "one.advocate", Value: other}}
	touched := bson.E{Key: "$inc", Value: bson.D{{Key: "ticket", Value: int64(0)}}}
	for _, place := range []struct {
		in     *mongo.Collection
		field  string // that names the other
		path   string // the same, as it is set
		grows  bson.E // what tells whoever has read the document
		within bson.D
	}{
		{db.claims, "touches.advocate", "touches.$[one].advocate", nextRev, theOther},
		{db.orders, visitor, visitor, touched, nil},
		{db.referrals, "acts.advocate", "acts.$[one].advocate", raise[0], theOther},
		{db.referrals, "appeals.advocate", "appeals.$[one].advocate", raise[0], theOther},
		{db.referrals, "release.advocate", "release.advocate", raise[0], nil},
		{db.referrals, "advocate", "advocate", raise[0], nil},
	} {
		fields := bson.D{{Key: place.path, Value: one.ID}}
		if place.in == db.referrals {
			fields = append(fields, bson.E{Key: "undecided", Value: true})
		}
		opts := options.UpdateMany()
		if place.within != nil {
			opts.SetArrayFilters([]any{place.within})
		}

		named := bson.D{{Key: "shop", Value: one.Shop}, {Key: place.field, Value: other}}
		if _, err := place.in.UpdateMany(ctx, named, set(fields, place.grows), opts); err != nil {
			return err
		}
	}

	return nil
}
