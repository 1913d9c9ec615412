package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
	"twofold/trust"
)

// neighbourDoc is referral.Neighbour, and what finds it; the friend is the referral's.
type neighbourDoc struct {
	Advocates []referral.AdvocateID `bson:"advocates,omitempty"` // this and the next two: for the indexes
	At        date                  `bson:"at"`
	Ties      []string              `bson:"ties,omitempty"`
	Traces    []traceDoc            `bson:"traces"`
	Seen      []sightingDoc         `bson:"seen"`
}

type traceDoc struct {
	Order       referral.OrderID    `bson:"order"`
	Name        string              `bson:"name"`
	Advocate    referral.AdvocateID `bson:"advocate"`
	At          date                `bson:"at"`
	By          trust.Tie           `bson:"by"`
	From        referral.Source     `bson:"from"`
	Cards       []string            `bson:"cards"`
	Marks       marksDoc            `bson:"marks"`
	GiftCardsBP int                 `bson:"gift_cards_bp"`
	SpentAt     date                `bson:"spent_at"`
	GivenBackAt date                `bson:"given_back_at"`
}

// lookDoc is referral.Look.
type lookDoc struct {
	Links []referral.AdvocateID `bson:"links"`
	Ties  []string              `bson:"ties"`
}

func newNeighbourDoc(n referral.Neighbour) neighbourDoc {
	return neighbourDoc{
		n.Advocates(), date(n.At()), n.Ties(), each(n.Traces, newTraceDoc),
		each(n.Seen, newSightingDoc),
	}
}

func (d neighbourDoc) toDomain(friend referral.FriendID) referral.Neighbour {
	if len(d.Traces) == 0 {
		return referral.Neighbour{}
	}
	return referral.Neighbour{
		Friend: friend.Customer(), Traces: each(d.Traces, traceDoc.toDomain),
		Seen: each(d.Seen, sightingDoc.toDomain),
	}
}

func newTraceDoc(t referral.Trace) traceDoc {
	return traceDoc{
		t.Order, t.Name, t.Advocate, date(t.At), t.By, t.From, t.Cards, marksDoc(t.Marks), t.GiftCardsBP, date(t.SpentAt), date(t.GivenBackAt),
	}
}

func (d traceDoc) toDomain() referral.Trace {
	return referral.Trace{
		Order: d.Order, Name: d.Name, Advocate: d.Advocate, At: time.Time(d.At), By: d.By, From: d.From, Cards: d.Cards,
		Marks: referral.Marks(d.Marks), GiftCardsBP: d.GiftCardsBP, SpentAt: time.Time(d.SpentAt), GivenBackAt: time.Time(d.GivenBackAt),
	}
}

// Bounds of what is read around a friend. What is nearest in time says most, and a link that has brought more people
// is looked at through these.
const (
	mostBeside = 50  // friends of the advocates' links before the friend, and as many after
	mostTied   = 100 // who shares a card, a telephone or a mailbox
	mostOwn    = 50  // orders of the advocates' own
	mostAbove  = 5   // who brought the advocate, who brought those, and so on
)

// loadAround reads what is known around the friend, as far as it may still change anything: whom the advocates' links
// brought, who shares a tie with the friend, who brought the advocates, and what these bought themselves.
func (db Facts) loadAround(ctx context.Context, f *referral.Facts) error {
	if f.Pinned() || len(f.Advocates) == 0 || len(f.Orders) == 0 {
		return nil
	}

	for _, load := range []func(context.Context, *referral.Facts) error{db.loadOwn, db.loadBeside, db.loadTied, db.loadAbove} {
		if err := load(ctx, f); err != nil {
			return err
		}
	}
	slices.SortFunc(f.Neighbours, func(a, b referral.Neighbour) int { return strings.Compare(string(a.Friend), string(b.Friend)) })
	f.Neighbours = slices.CompactFunc(f.Neighbours, func(a, b referral.Neighbour) bool { return a.Friend == b.Friend })
	return nil
}

// loadOwn reads the advocates' own orders of the lane, the latest.
func (db Facts) loadOwn(ctx context.Context, f *referral.Facts) error {
	customers := customersOf(f)
	if len(customers) == 0 {
		return nil
	}
	latest := options.Find().SetSort(bson.D{{Key: "snapshot.processed_at", Value: -1}}).SetLimit(mostOwn)
	docs, err := findAll[orderDoc](ctx, db.orders, bson.D{
		{Key: "shop", Value: f.Shop}, {Key: "snapshot.customer", Value: anyOf(customers)}, {Key: "snapshot.test", Value: f.Friend.Test()},
	}, latest)
	f.Own = each(docs, orderDoc.toDomain)
	return err
}

// customersOf are the customers that the advocates are.
func customersOf(f *referral.Facts) (all []referral.CustomerID) {
	for _, a := range f.Advocates {
		if a.Customer != f.Friend.Customer() {
			all = append(all, a.Customer)
		}
	}
	return distinct(all)
}

// loadBeside reads others whom the advocates' links brought, the nearest in time to the friend.
func (db Facts) loadBeside(ctx context.Context, f *referral.Facts) error {
	var links []referral.AdvocateID
	for id := range f.Advocates {
		links = append(links, id)
	}
	slices.Sort(links)

	return db.addBeside(ctx, f, links, referral.FirstOf(f.Orders))
}

// LinkNear reads whom an advocate's link brought, the nearest in time to an instant.
func (db Facts) LinkNear(
	ctx context.Context, shop tenant.ShopID, link referral.AdvocateID, at time.Time,
) ([]referral.Neighbour, error) {
	f := referral.Facts{Shop: shop}
	err := db.addBeside(ctx, &f, []referral.AdvocateID{link}, at)
	return f.Neighbours, failed("link near", err)
}

// addBeside adds whom links brought, some before an instant and as many after it.
func (db Facts) addBeside(ctx context.Context, f *referral.Facts, links []referral.AdvocateID, near time.Time) error {
	at := date(near)
	for _, side := range []struct {
		when  string
		order int // of the index, or its reverse
	}{{"$lte", -1}, {"$gt", 1}} {
		err := db.addNeighbours(ctx, f, bson.D{
			{Key: "shop", Value: f.Shop}, {Key: "near.advocates", Value: anyOf(links)}, {Key: "near.at", Value: bson.D{{Key: side.when, Value: at}}},
		}, options.Find().SetSort(bson.D{{Key: "near.at", Value: side.order}, {Key: "friend", Value: side.order}}).SetLimit(mostBeside))
		if err != nil {
			return err
		}
	}
	return nil
}

// loadTied reads others who share a card, a telephone or a mailbox with the friend.
func (db Facts) loadTied(ctx context.Context, f *referral.Facts) error {
	var ties []string
	for _, o := range f.Orders {
		ties = append(ties, o.Ties()...)
	}
	if len(ties) == 0 {
		return nil
	}
	return db.addNeighbours(ctx, f, bson.D{{Key: "shop", Value: f.Shop}, {Key: "near.ties", Value: anyOf(distinct(ties))}},
		options.Find().SetSort(bson.D{{Key: "near.at", Value: 1}, {Key: "friend", Value: 1}}).SetLimit(mostTied))
}

// loadAbove reads who brought the advocates, who brought those, and so on, as long as there is anybody new.
func (db Facts) loadAbove(ctx context.Context, f *referral.Facts) error {
	customers := customersOf(f)
	for range mostAbove {
		friends := each(customers, func(c referral.CustomerID) referral.FriendID { return referral.FriendOf(c, f.Friend.Test()) })
		had := len(f.Neighbours)
		if len(friends) > 0 {
			err := db.addNeighbours(ctx, f, bson.D{{Key: "_id", Value: anyOf(keys(f.Shop, friends, friendKey))}, {Key: "shop", Value: f.Shop}}, options.Find())
			if err != nil {
				return err
			}
		}

		var unknown []referral.AdvocateID
		for _, n := range f.Neighbours[had:] {
			for _, id := range n.Advocates() {
				if f.Advocates[id].ID == "" {
					unknown = append(unknown, id)
				}
			}
		}
		if len(unknown) == 0 {
			return nil
		}
		above, err := Advocates{db.DB}.FindAdvocates(ctx, f.Shop, distinct(unknown))
		if err != nil {
			return err
		}
		customers = nil
		for _, a := range above {
			f.Advocates[a.ID] = a
			if a.Customer != "" && a.Customer != f.Friend.Customer() {
				customers = append(customers, a.Customer)
			}
		}
	}
	return nil
}

// addNeighbours adds what others' referrals of the lane show of these.
func (db Facts) addNeighbours(
	ctx context.Context, f *referral.Facts, filter bson.D, opts *options.FindOptionsBuilder,
) error {
	filter = append(filter, bson.E{Key: "test", Value: f.Friend.Test()})
	only := bson.D{{Key: "_id", Value: 0}, {Key: "friend", Value: 1}, {Key: "near", Value: 1}}
	docs, err := findAll[struct {
		Friend referral.FriendID `bson:"friend"`
		Near   neighbourDoc      `bson:"near"`
	}](ctx, db.referrals, filter, opts.SetProjection(only))
	for _, d := range docs {
		if n := d.Near.toDomain(d.Friend); n.Friend != "" && d.Friend != f.Friend {
			f.Neighbours = append(f.Neighbours, n)
		}
	}
	return err
}

// AdvocatesByCustomers finds which advocates these customers are.
func (db Advocates) AdvocatesByCustomers(
	ctx context.Context, shop tenant.ShopID, customers []referral.CustomerID,
) ([]referral.AdvocateID, error) {
	docs, err := findAll[advocateDoc](ctx, db.advocates, bson.D{
		{Key: "shop", Value: shop}, {Key: "has_customer", Value: true}, {Key: "customer", Value: anyOf(distinct(customers))},
	}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "id", Value: 1}}))
	return each(docs, func(d advocateDoc) referral.AdvocateID { return d.ID }), failed("advocates by customers", err)
}

// ToLook lists friends of whom others see something else than before.
func (db Referrals) ToLook(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Looked, error) {
	only := bson.D{{Key: "_id", Value: 0}, {Key: "friend", Value: 1}, {Key: "look_again", Value: 1}, {Key: "look_rev", Value: 1}}
	docs, err := findAll[referralDoc](ctx, db.referrals, bson.D{{Key: "shop", Value: shop}, {Key: "has_look", Value: true}},
		options.Find().SetProjection(only).SetLimit(int64(limit)))
	return each(docs, func(d referralDoc) referral.Looked {
		return referral.Looked{Friend: d.Friend, Look: referral.Look(d.LookAgain), Rev: d.LookRev}
	}), failed("to look", err)
}

// RaiseAround is RaiseFacts for all who wait and are to be looked at again; but for the one friend of whom they see
// something else, who has seen the others. Whoever is being decided about has perhaps seen neither.
func (db Referrals) RaiseAround(ctx context.Context, shop tenant.ShopID, look referral.Look, but referral.FriendID) error {
	inShop := bson.E{Key: "shop", Value: shop}
	others := bson.E{Key: "friend", Value: bson.D{{Key: "$ne", Value: but}}}
	waiting := bson.E{Key: "waiting", Value: true}
	filters := []bson.D{
		{inShop, {Key: "undecided", Value: true}}, // first: the others are by what follows
		{inShop, waiting, {Key: "near.advocates", Value: anyOf(distinct(look.Links))}, others},
	}
	if ties := distinct(look.Ties); len(ties) > 0 {
		filters = append(filters, bson.D{inShop, waiting, {Key: "near.ties", Value: anyOf(ties)}, others})
	}
	for _, filter := range filters {
		if _, err := db.referrals.UpdateMany(ctx, filter, raise); err != nil {
			return failed("raise around", err)
		}
	}
	return nil
}

// NoteLooked notes that others were looked at again, unless they see something else yet.
func (db Referrals) NoteLooked(ctx context.Context, shop tenant.ShopID, all []referral.Looked) error {
	for _, one := range all {
		_, err := db.referrals.UpdateOne(ctx, byFriend(shop, one.Friend, bson.E{Key: "look_rev", Value: one.Rev}),
			set(bson.D{{Key: "look_again", Value: lookDoc{}}, {Key: "has_look", Value: false}}))
		if err != nil {
			return failed("note looked", err)
		}
	}
	return nil
}

// ShopsToLook lists shops with friends of whom others see something else than before.
func (db Sweeps) ShopsToLook(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, db.referrals, bson.D{anyShop, {Key: "has_look", Value: true}}, limit)
	return shops, failed("shops to look", err)
}
