package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// keepTombstone is how long an erased person is remembered. Shopify shows the app orders of 60 days; whoever grants it more has two years
// in which an old order may turn up once more.
const keepTombstone = 2 * 365 * 24 * time.Hour

// tombstoneDoc is one erased person, or an order of theirs; _id: the shop and the hash.
type tombstoneDoc struct {
	Key      string              `bson:"_id"`
	Shop     tenant.ShopID       `bson:"shop"`
	Hash     string              `bson:"hash"`
	As       referral.CustomerID `bson:"as"`
	At       date                `bson:"at"`
	ExpireAt date                `bson:"expire_at"`
}

// tombstoneBatch is how many tombstones are written in one request.
const tombstoneBatch = 1000

// AddTombstones remembers erased persons. A later tombstone takes the place of an earlier one.
func (s *Store) AddTombstones(ctx context.Context, shop tenant.ShopID, all []referral.Tombstone) error {
	for batch := range slices.Chunk(all, tombstoneBatch) {
		writes := each(batch, func(t referral.Tombstone) mongo.WriteModel {
			doc := tombstoneDoc{key(shop, t.Hash), shop, t.Hash, t.As, date(t.At), date(t.At.Add(keepTombstone))}
			return mongo.NewReplaceOneModel().SetFilter(byKey(shop, doc.Key)).SetReplacement(doc).SetUpsert(true)
		})
		if _, err := s.tombstones.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
			return failed("add tombstones", err)
		}
	}
	return nil
}

// FindTombstones finds those with one of the hashes.
func (s *Store) FindTombstones(ctx context.Context, shop tenant.ShopID, hashes []string) ([]referral.Tombstone, error) {
	ids := each(hashes, func(hash string) string { return key(shop, hash) })
	docs, err := findAll[tombstoneDoc](ctx, s.tombstones, bson.D{{Key: "_id", Value: anyOf(ids)}, {Key: "shop", Value: shop}})
	return each(docs, func(d tombstoneDoc) referral.Tombstone {
		return referral.Tombstone{Hash: d.Hash, As: d.As, At: time.Time(d.At)}
	}), failed("find tombstones", err)
}

// OrdersOf lists the kept orders that show the customer, and those of the ids.
func (s *Store) OrdersOf(ctx context.Context, shop tenant.ShopID, c referral.CustomerID, ids []referral.OrderID) ([]referral.Order, error) {
	inShop := bson.E{Key: "shop", Value: shop}
	shown := bson.E{Key: "snapshot.processed_at", Value: bson.D{{Key: "$exists", Value: true}}}
	orders, err := s.listOrders(ctx, bson.D{{Key: "$or", Value: bson.A{
		bson.D{inShop, {Key: "snapshot.customer", Value: c}},
		bson.D{{Key: "_id", Value: anyOf(keys(shop, ids, orderKey))}, inShop, shown},
	}}})
	return orders, failed("orders of", err)
}

// EraseAdvocate takes the person out of an advocate, who is blocked from then on, and returns what is left: codes that were drawn, which
// name nobody, and when it was blocked and erased.
func (s *Store) EraseAdvocate(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, as referral.CustomerID, at time.Time) (referral.Advocate, error) {
	erased := set(bson.D{
		{Key: "customer", Value: as}, {Key: "browsers", Value: nil}, {Key: "emails", Value: nil}, {Key: "state", Value: referral.AdvocateBlocked},
		{Key: "blocked_at", Value: date(at)}, {Key: "erased_at", Value: date(at)},
	})
	var doc advocateDoc
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := s.advocates.FindOneAndUpdate(ctx, byKey(shop, advocateKey(shop, id)), erased, after).Decode(&doc)
	return doc.toDomain(), failed("erase advocate", err)
}

// MarkAdvocates adds a mark to the browsers, or to the addresses, of all advocates who have one of these (keyed hashes), but not to those
// of the customer.
func (s *Store) MarkAdvocates(ctx context.Context, shop tenant.ShopID, but referral.CustomerID, browsers, emails []string, mark string) error {
	for field, hashes := range map[string][]string{"browsers": browsers, "emails": emails} {
		if len(hashes) == 0 {
			continue
		}
		sharing := bson.D{{Key: "shop", Value: shop}, {Key: field, Value: anyOf(hashes)}, {Key: "customer", Value: bson.D{{Key: "$ne", Value: but}}}}
		_, err := s.advocates.UpdateMany(ctx, sharing, bson.D{{Key: "$addToSet", Value: bson.D{{Key: field, Value: mark}}}})
		if err != nil {
			return failed("mark advocates", err)
		}
	}
	return nil
}

// MoveCustomer makes the records of one customer another's, in one transaction: nobody decides on half of them, as the friend's referral
// is gone for whoever had read it before. Conflict: a claim changed meanwhile.
func (s *Store) MoveCustomer(ctx context.Context, m referral.CustomerMove) error {
	err := s.inTransaction(ctx, func(ctx context.Context) error {
		for _, c := range m.Claims {
			if err := s.replaceClaim(ctx, c); err != nil {
				return err
			}
		}
		for _, test := range []bool{false, true} {
			if err := s.moveLane(ctx, m, test); err != nil {
				return err
			}
		}
		return nil
	})
	return failed("move customer", err)
}

// replaceClaim writes a claim if it is as it was read.
func (s *Store) replaceClaim(ctx context.Context, c referral.Claim) error {
	loaded := bson.E{Key: "rev", Value: c.Rev}
	c.Rev++
	found, err := updateOne(ctx, s.claims, append(byKey(c.Shop, claimKey(c.Shop, c.ID)), loaded), set(newClaimDoc(c)))
	if err == nil && !found {
		return errMoved
	}
	return err
}

// moveLane moves the orders of one lane, and its referral. Where both customers have had a reward that left, each keeps what is booked.
func (s *Store) moveLane(ctx context.Context, m referral.CustomerMove, test bool) error {
	was, err := s.findFrozen(ctx, m.Shop, referral.FriendOf(m.From, test))
	if err != nil {
		return err
	}
	there, err := s.findFrozen(ctx, m.Shop, referral.FriendOf(m.To, test))
	if err != nil {
		return err
	}
	if was != nil && there != nil && !m.To.Erased() && !there.Doc.toDomain().MayJoin(was.Doc.toDomain()) {
		return nil
	}
	if err := s.moveOrders(ctx, m, test); err != nil {
		return err
	}
	return s.moveReferral(ctx, m, test, was, there)
}

// moveOrders renames the customer on the orders of a lane up to the time. A snapshot that is being read meanwhile is refused by its ticket.
//
// Pipeline in: snapshot.customer, the old one or ""; attached and customers, perhaps missing. Out: all of these with the new one;
// snapshot.emails, where the new one is a pseudonym, is that, and snapshot.aliases are none; ticket and kept_ticket one higher.
func (s *Store) moveOrders(ctx context.Context, m referral.CustomerMove, test bool) error {
	inShop := bson.E{Key: "shop", Value: m.Shop}
	filter := bson.D{
		{Key: "$or", Value: bson.A{
			bson.D{inShop, {Key: "snapshot.customer", Value: m.From}},
			bson.D{{Key: "_id", Value: anyOf(keys(m.Shop, m.Orders, orderKey))}, inShop, {Key: "snapshot.customer", Value: ""}},
		}},
		{Key: "snapshot.processed_at", Value: bson.D{{Key: "$lte", Value: date(m.Until)}}}, {Key: "snapshot.test", Value: test},
	}
	instead := func(field string) bson.D {
		return bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$eq", Value: bson.A{field, m.From}}}, m.To, field}}}
	}
	fields := bson.D{
		{Key: "snapshot.customer", Value: m.To}, {Key: "attached", Value: instead("$attached")}, {Key: "customers", Value: mapped("$customers", m.From, m.To)},
		{Key: "ticket", Value: bson.D{{Key: "$add", Value: bson.A{"$ticket", int64(1)}}}},
		{Key: "kept_ticket", Value: bson.D{{Key: "$add", Value: bson.A{"$ticket", int64(1)}}}},
	}
	if m.To.Erased() {
		fields = append(fields, bson.E{Key: "snapshot.emails", Value: bson.A{m.To}}, bson.E{Key: "snapshot.aliases", Value: nil})
	}
	_, err := s.orders.UpdateMany(ctx, filter, mongo.Pipeline{set(fields)})
	return err
}

// mapped is a list of customers, perhaps missing, with one in the place of another.
func mapped(field string, from, to referral.CustomerID) bson.D {
	one := bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$eq", Value: bson.A{"$$c", from}}}, to, "$$c"}}}
	return bson.D{{Key: "$map", Value: bson.D{{Key: "input", Value: orElse(field, bson.A{})}, {Key: "as", Value: "c"}, {Key: "in", Value: one}}}}
}

// moveReferral renames the friend of one lane, unless later orders keep it theirs: then only what moved is decided anew.
func (s *Store) moveReferral(ctx context.Context, m referral.CustomerMove, test bool, was, there *frozenReferral) error {
	from, to := referral.FriendOf(m.From, test), referral.FriendOf(m.To, test)
	later := bson.D{{Key: "shop", Value: m.Shop}, {Key: "snapshot.customer", Value: m.From}, {Key: "snapshot.test", Value: test}}
	stays, err := exists(ctx, s.orders, later)
	if err != nil {
		return err
	}
	if stays || was == nil {
		both := bson.D{{Key: "_id", Value: anyOf(keys(m.Shop, []referral.FriendID{from, to}, friendKey))}, {Key: "shop", Value: m.Shop}}
		_, err := s.referrals.UpdateMany(ctx, both, raise)
		return err
	}
	if err := s.renameReferral(ctx, *was, there, to); err != nil {
		return err
	}
	return s.renameMentions(ctx, m.Shop, from, to)
}

// frozenReferral is a referral with what stands beside it, see freeze.go.
type frozenReferral struct {
	Doc    referralDoc `bson:",inline"`
	Frozen bool        `bson:"frozen"`
}

// findFrozen reads a referral with what stands beside it; nil: there is none.
func (s *Store) findFrozen(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) (*frozenReferral, error) {
	doc, err := findOne[frozenReferral](ctx, s.referrals, byFriend(shop, friend))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return &doc, err
}

// renameReferral writes the referral under its new name in the place of the old one. If there is one of that name already, it has the facts of
// both.
func (s *Store) renameReferral(ctx context.Context, was frozenReferral, there *frozenReferral, to referral.FriendID) error {
	r := was.Doc.toDomain()
	if _, err := s.referrals.DeleteOne(ctx, byFriend(r.Shop, r.Friend)); err != nil {
		return err
	}
	r = r.Renamed(to)
	if there != nil {
		r = there.Doc.toDomain().Joined(r)
	}
	r.FactsRev++

	doc := frozenReferral{newReferralDoc(r), was.Frozen}
	doc.Doc.HasWork = doc.Doc.HasWork && !was.Frozen
	_, err := s.referrals.ReplaceOne(ctx, byFriend(r.Shop, to), doc, options.Replace().SetUpsert(true))
	return err
}

// renameMentions has rewards' codes, and what made up for other rewards, follow the friend's new name.
func (s *Store) renameMentions(ctx context.Context, shop tenant.ShopID, from, to referral.FriendID) error {
	settled := bson.D{{Key: "shop", Value: shop}, {Key: "settled.by", Value: from}}
	by := bson.D{{Key: "$set", Value: bson.D{{Key: "settled.$[one].by", Value: to}}}}
	one := options.UpdateMany().SetArrayFilters([]any{bson.D{{Key: "one.by", Value: from}}})
	if _, err := s.referrals.UpdateMany(ctx, settled, by, one); err != nil {
		return err
	}
	for _, side := range referral.Sides {
		was := string(referral.NewRewardID(referral.Referral{Shop: shop, Friend: from}, side))
		is := string(referral.NewRewardID(referral.Referral{Shop: shop, Friend: to}, side))
		held := bson.D{{Key: "shop", Value: shop}, {Key: "has_holder", Value: true}, {Key: "holder", Value: heldBy(was)}}
		holder := bson.D{{Key: "$replaceOne", Value: bson.D{{Key: "input", Value: "$holder"}, {Key: "find", Value: was}, {Key: "replacement", Value: is}}}}
		if _, err := s.codes.UpdateMany(ctx, held, mongo.Pipeline{set(bson.D{{Key: "holder", Value: holder}})}); err != nil {
			return err
		}
	}
	return nil
}

// ForgetMentions takes a customer out of what only mentions them: the customers that an order once had, deliveries that are not waiting.
// Both are looked for among all of the shop's: it is rare, and an index would be paid for by every webhook.
func (s *Store) ForgetMentions(ctx context.Context, shop tenant.ShopID, c, as referral.CustomerID) error {
	once := append(allOf(shop, key(shop, "order")), bson.E{Key: "customers", Value: c}, bson.E{Key: "snapshot.customer", Value: bson.D{{Key: "$ne", Value: c}}})
	if _, err := s.orders.UpdateMany(ctx, once, mongo.Pipeline{set(bson.D{{Key: "customers", Value: mapped("$customers", c, as)}})}); err != nil {
		return failed("forget mentions", err)
	}
	told := append(allOf(shop, string(shop)), bson.E{Key: "nomination.customer_id", Value: c}, bson.E{Key: "kept", Value: bson.D{{Key: "$ne", Value: true}}})
	_, err := s.deliveries.UpdateMany(ctx, told, bson.D{{Key: "$unset", Value: bson.D{{Key: "nomination.customer_id", Value: ""}}}})
	return failed("forget mentions", err)
}

// allOf selects a shop's documents by the range of their _ids, which begin so and then have a slash ('0' is the character after it).
func allOf(shop tenant.ShopID, begin string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: begin + "/"}, {Key: "$lt", Value: begin + "0"}}}, {Key: "shop", Value: shop}}
}
