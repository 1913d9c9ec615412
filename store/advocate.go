package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Advocates are the customers who share.
type Advocates struct{ *DB }

// advocateDoc is one advocate; _id: advocateKey. Beside it stands shared, the campaigns for which the code was written
// down: missing or null until there is one.
type advocateDoc struct {
	Key           string                 `bson:"_id"`
	Shop          tenant.ShopID          `bson:"shop"`
	ID            referral.AdvocateID    `bson:"id"`
	Customer      referral.CustomerID    `bson:"customer"`
	HasCustomer   bool                   `bson:"has_customer"` // the unique index on customer covers only these
	Order         referral.OrderID       `bson:"order"`
	HasOrder      bool                   `bson:"has_order"` // the unique index on order covers only these
	Codes         []string               `bson:"codes"`
	Browsers      []string               `bson:"browsers"`
	Emails        []string               `bson:"emails"`
	State         referral.AdvocateState `bson:"state"`
	BlockedAt     date                   `bson:"blocked_at"`
	ErasedAt      date                   `bson:"erased_at"`
	JoinedAt      date                   `bson:"joined_at"`
	ProvedAt      date                   `bson:"proved_at"`
	Named         namingDoc              `bson:"named"`
	Agreed        agreementDoc           `bson:"agreed"`
	Purchase      referral.Purchase      `bson:"purchase"`
	PurchaseAsked date                   `bson:"purchase_asked"`
	Seen          []sightingDoc          `bson:"seen"`
	ForgetAt      date                   `bson:"forget_at"` // as on claims, with the next
	Forgets       bool                   `bson:"forgets"`
	Note          noteDoc                `bson:"note"`
}

// agreementDoc is to which version of the programme's terms an advocate agreed.
type agreementDoc struct {
	Version int  `bson:"version"`
	At      date `bson:"at"`
}

// namingDoc is which order has a guest's address.
type namingDoc struct {
	Order referral.OrderID `bson:"order"`
	At    date             `bson:"at"`
}

// noteDoc is the merchant's note.
type noteDoc struct {
	Text string `bson:"text"`
	At   date   `bson:"at"`
	User string `bson:"user"`
}

func newAdvocateDoc(a referral.Advocate) advocateDoc {
	return advocateDoc{
		Key:           advocateKey(a.Shop, a.ID),
		Shop:          a.Shop,
		ID:            a.ID,
		Customer:      a.Customer,
		HasCustomer:   a.Customer != "",
		Order:         a.Order,
		HasOrder:      a.Order != "",
		Codes:         a.Codes,
		Browsers:      a.Browsers,
		Emails:        a.Emails,
		State:         a.State,
		BlockedAt:     date(a.BlockedAt),
		ErasedAt:      date(a.ErasedAt),
		JoinedAt:      date(a.JoinedAt),
		ProvedAt:      date(a.ProvedAt),
		Named:         namingDoc{a.Named.Order, date(a.Named.At)},
		Agreed:        agreementDoc{a.Agreed.Version, date(a.Agreed.At)},
		Purchase:      a.Purchase,
		PurchaseAsked: date(a.PurchaseAsked),
		Seen:          each(a.Seen, newSightingDoc),
		ForgetAt:      date(referral.SeenForgetAt(a.Seen)),
		Forgets:       !referral.SeenForgetAt(a.Seen).IsZero(),
		Note:          noteDoc{a.Note.Text, date(a.Note.At), a.Note.User},
	}
}

func (d advocateDoc) toDomain() referral.Advocate {
	return referral.Advocate{
		Shop:          d.Shop,
		ID:            d.ID,
		Customer:      d.Customer,
		Order:         d.Order,
		Codes:         d.Codes,
		Browsers:      d.Browsers,
		Emails:        d.Emails,
		State:         d.State,
		BlockedAt:     time.Time(d.BlockedAt),
		ErasedAt:      time.Time(d.ErasedAt),
		JoinedAt:      time.Time(d.JoinedAt),
		ProvedAt:      time.Time(d.ProvedAt),
		Named:         referral.Naming{Order: d.Named.Order, At: time.Time(d.Named.At)},
		Agreed:        referral.Agreement{Version: d.Agreed.Version, At: time.Time(d.Agreed.At)},
		Purchase:      d.Purchase,
		PurchaseAsked: time.Time(d.PurchaseAsked),
		Seen:          each(d.Seen, sightingDoc.toDomain),
		Note:          referral.Note{Text: d.Note.Text, At: time.Time(d.Note.At), User: d.Note.User},
	}
}

// AddAdvocate writes a new advocate, and what they are told of it. Conflict: the customer, the order or one of the codes
// is taken. Invalid: there is no code.
func (db Advocates) AddAdvocate(ctx context.Context, a referral.Advocate, told ...referral.Notice) error {
	if len(a.Codes) == 0 {
		return failed("add advocate", fault.ForLog(fault.Invalid, "an advocate needs a code"))
	}
	err := db.telling(ctx, a.Shop, told, func(ctx context.Context) error {
		_, err := db.advocates.InsertOne(ctx, newAdvocateDoc(a))
		return err
	})
	return failed("add advocate", err)
}

func (db Advocates) findAdvocate(ctx context.Context, filter bson.D) (referral.Advocate, error) {
	doc, err := findOne[advocateDoc](ctx, db.advocates, filter)
	return doc.toDomain(), failed("find advocate", err)
}

// FindAdvocate reads an advocate by the id.
func (db Advocates) FindAdvocate(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID,
) (referral.Advocate, error) {
	return db.findAdvocate(ctx, byKey(shop, advocateKey(shop, id)))
}

// FindAdvocateByCode finds the advocate who has, or once had, the code (upper case).
func (db Advocates) FindAdvocateByCode(
	ctx context.Context, shop tenant.ShopID, code string,
) (referral.Advocate, error) {
	return db.findAdvocate(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "codes", Value: code}})
}

// FindAdvocateByCustomer finds the advocate that a customer is.
func (db Advocates) FindAdvocateByCustomer(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID,
) (referral.Advocate, error) {
	return db.findAdvocate(ctx, whoHas(shop, "customer", c))
}

// FindAdvocateByOrder finds the advocate that a guest became with an order.
func (db Advocates) FindAdvocateByOrder(
	ctx context.Context, shop tenant.ShopID, order referral.OrderID,
) (referral.Advocate, error) {
	return db.findAdvocate(ctx, whoHas(shop, "order", order))
}

// AdvocatesByEmails lists the advocates who have one of the addresses (keyed hashes), who joined first first.
func (db Advocates) AdvocatesByEmails(
	ctx context.Context, shop tenant.ShopID, hashes []string,
) ([]referral.Advocate, error) {
	list, err := db.listAdvocates(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "emails", Value: anyOf(hashes)}},
		mostOfAnAddress, options.Find().SetHint("emails"))
	return list, failed("advocates by emails", err)
}

// mostOfAnAddress is how many advocates of one address are looked at: a few may join with it each day.
const mostOfAnAddress = 100

// whoHas selects by a field that not every advocate has. The flag beside it is what its partial index covers.
func whoHas(shop tenant.ShopID, field string, value any) bson.D {
	return bson.D{{Key: "shop", Value: shop}, {Key: "has_" + field, Value: true}, {Key: field, Value: value}}
}

// TieAdvocate notes which customer the guest is who joined with an order, and returns the advocate. NotFound: nobody
// joined with it, or they are tied already. Conflict: the customer is another advocate.
func (db Advocates) TieAdvocate(
	ctx context.Context, shop tenant.ShopID, order referral.OrderID, c referral.CustomerID,
) (referral.Advocate, error) {
	untied := append(whoHas(shop, "order", order), bson.E{Key: "has_customer", Value: false})
	fields := bson.D{{Key: "customer", Value: c}, {Key: "has_customer", Value: true}}

	var doc advocateDoc
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := db.advocates.FindOneAndUpdate(ctx, untied, set(fields), after).Decode(&doc)
	return doc.toDomain(), failed("tie advocate", err)
}

// NameGuests notes of all guests with one of the addresses (keyed hashes), who joined before the order was placed, that
// it has their address, unless a later one has. It returns those of whom the order says so, also when it is asked again.
func (db Advocates) NameGuests(
	ctx context.Context, shop tenant.ShopID, emails []string, by referral.Naming,
) ([]referral.AdvocateID, error) {
	guests := bson.D{
		{Key: "shop", Value: shop}, {Key: "emails", Value: anyOf(emails)}, {Key: "has_customer", Value: false},
	}
	joined := append(slices.Clone(guests),
		bson.E{Key: "joined_at", Value: bson.D{{Key: "$lte", Value: date(by.At)}}},
		bson.E{Key: "named.at", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$gt", Value: date(by.At)}}}}},
	)
	named := set(bson.D{{Key: "named", Value: namingDoc{by.Order, date(by.At)}}})
	if _, err := db.advocates.UpdateMany(ctx, joined, named, options.UpdateMany().SetHint("emails")); err != nil {
		return nil, failed("name guests", err)
	}

	docs, err := findAll[advocateDoc](ctx, db.advocates, append(guests, bson.E{Key: "named.order", Value: by.Order}),
		options.Find().SetHint("emails").SetProjection(bson.D{{Key: "id", Value: 1}}))
	return each(docs, func(d advocateDoc) referral.AdvocateID { return d.ID }), failed("name guests", err)
}

// AdvocatesByCodes maps those of the codes that an advocate of the shop has, or had, to the advocate.
func (db Advocates) AdvocatesByCodes(
	ctx context.Context, shop tenant.ShopID, codes []string,
) (map[string]referral.AdvocateID, error) {
	if len(codes) == 0 {
		return nil, nil
	}

	filter := bson.D{{Key: "shop", Value: shop}, {Key: "codes", Value: anyOf(codes)}}
	only := options.Find().SetProjection(bson.D{{Key: "id", Value: 1}, {Key: "codes", Value: 1}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, only)
	if err != nil {
		return nil, failed("advocates by codes", err)
	}

	found := map[string]referral.AdvocateID{}
	for _, d := range docs {
		for _, code := range d.Codes {
			found[code] = d.ID
		}
	}

	return found, nil
}

// ListAdvocates lists up to limit advocates in the order in which they joined.
func (db Advocates) ListAdvocates(ctx context.Context, shop tenant.ShopID, limit int) ([]referral.Advocate, error) {
	list, err := db.listAdvocates(ctx, bson.D{{Key: "shop", Value: shop}}, limit)
	return list, failed("list advocates", err)
}

func (db Advocates) listAdvocates(
	ctx context.Context, filter bson.D, limit int, opts ...options.Lister[options.FindOptions],
) ([]referral.Advocate, error) {
	first := options.Find().SetSort(bson.D{{Key: "joined_at", Value: 1}, {Key: "id", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, append(opts, first)...)
	return each(docs, advocateDoc.toDomain), err
}

// SetAdvocateState blocks an advocate, or lets them go on (at is zero then).
func (db Advocates) SetAdvocateState(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, state referral.AdvocateState, at time.Time,
) error {
	fields := bson.D{{Key: "state", Value: state}, {Key: "blocked_at", Value: date(at)}}
	found, err := updateOne(ctx, db.advocates, byKey(shop, advocateKey(shop, id)), set(fields))
	return failed("set advocate state", orNotFound(found, err))
}

// SetNote keeps the merchant's note about an advocate. NotFound: there is no such advocate, or the person was erased.
func (db Advocates) SetNote(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, n referral.Note,
) error {
	present := append(byKey(shop, advocateKey(shop, id)), bson.E{Key: "erased_at", Value: nil})
	fields := bson.D{{Key: "note", Value: noteDoc{n.Text, date(n.At), n.User}}}
	found, err := updateOne(ctx, db.advocates, present, set(fields))
	return failed("set note", orNotFound(found, err))
}

// PutCodeFirst makes a code the advocate's current one; all that were theirs stay. Their shareable codes are looked
// after again. Conflict: the code is another advocate's. NotFound: there is no such advocate, or the person was erased.
//
// Pipeline in: codes. Out: the same with code first; no shared.
func (db Advocates) PutCodeFirst(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, code string,
) (referral.Advocate, error) {
	former := bson.D{{Key: "$filter", Value: bson.D{
		{Key: "input", Value: "$codes"},
		{Key: "cond", Value: bson.D{{Key: "$ne", Value: bson.A{"$$this", literal(code)}}}},
	}}}
	first := bson.D{{Key: "$concatArrays", Value: bson.A{literal(bson.A{code}), former}}}
	pipeline := mongo.Pipeline{
		set(bson.D{{Key: "codes", Value: first}}),
		{{Key: "$unset", Value: "shared"}},
	}

	present := append(byKey(shop, advocateKey(shop, id)), bson.E{Key: "erased_at", Value: nil})
	var doc advocateDoc
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err := db.advocates.FindOneAndUpdate(ctx, present, pipeline, after).Decode(&doc)
	return doc.toDomain(), failed("put code first", err)
}

// AwaitPurchase notes that an order of the advocate's own is waited for since the given time, unless it is already, and
// returns the advocate.
func (db Advocates) AwaitPurchase(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, at time.Time,
) (referral.Advocate, error) {
	unasked := append(byKey(shop, advocateKey(shop, id)), bson.E{Key: "purchase_asked", Value: nil})
	_, err := updateOne(ctx, db.advocates, unasked, set(bson.D{{Key: "purchase_asked", Value: date(at)}}))
	if err != nil {
		return referral.Advocate{}, failed("await purchase", err)
	}
	return db.FindAdvocate(ctx, shop, id)
}

// NotePurchase notes what is known of the advocate's own orders. The first answer stays, until a purchase is seen; that
// stays.
func (db Advocates) NotePurchase(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, purchase referral.Purchase,
) error {
	open := append(byKey(shop, advocateKey(shop, id)),
		bson.E{Key: "purchase", Value: anyOf([]any{referral.PurchaseNotAsked, nil})})
	if purchase == referral.PurchaseSeen {
		open = byKey(shop, advocateKey(shop, id))
	}
	_, err := updateOne(ctx, db.advocates, open, set(bson.D{{Key: "purchase", Value: purchase}}))
	return failed("note purchase", err)
}

// AdvocatesWithoutShare lists up to limit advocates who have no code on the share side of the campaign yet, who joined
// first first. Those who have none at all come out of their index in that order; those who only have other campaigns'
// are sorted. Blocked ones get none.
func (db Advocates) AdvocatesWithoutShare(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, limit int,
) ([]referral.Advocate, error) {
	may := bson.E{Key: "state", Value: bson.D{{Key: "$ne", Value: referral.AdvocateBlocked}}}
	list, err := db.listAdvocates(ctx, bson.D{{Key: "shop", Value: shop}, {Key: "shared", Value: nil}, may}, limit)
	if err != nil {
		return nil, failed("advocates without share", err)
	}

	other := func(operator string) bson.D { // $nin alone would read all of the index
		return bson.D{{Key: "shop", Value: shop}, {Key: "shared", Value: bson.D{{Key: operator, Value: campaign}}}}
	}
	others := append(other("$ne"), may, bson.E{Key: "$or", Value: bson.A{other("$lt"), other("$gt")}})
	byShared := options.Find().SetHint("shared") // not by joining: it would pass over all who have theirs
	more, err := db.listAdvocates(ctx, others, limit, byShared)
	if err != nil {
		return nil, failed("advocates without share", err)
	}

	list = append(list, more...)
	slices.SortStableFunc(list, func(a, b referral.Advocate) int {
		return cmp.Or(a.JoinedAt.Compare(b.JoinedAt), cmp.Compare(a.ID, b.ID))
	})
	return list[:min(limit, len(list))], nil
}

// NoteShared notes that these advocates' codes were written down for the campaign.
func (db Advocates) NoteShared(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, ids []referral.AdvocateID,
) error {
	if len(ids) == 0 {
		return nil
	}

	filter := bson.D{{Key: "_id", Value: anyOf(keys(shop, ids, advocateKey))}, {Key: "shop", Value: shop}}
	_, err := db.advocates.UpdateMany(ctx, filter, bson.D{
		{Key: "$addToSet", Value: bson.D{{Key: "shared", Value: campaign}}},
	})
	return failed("note shared", err)
}

// ForgetShared has these advocates' codes looked after again, in whatever campaign is live.
func (db Advocates) ForgetShared(ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID) error {
	if len(ids) == 0 {
		return nil
	}

	filter := bson.D{{Key: "_id", Value: anyOf(keys(shop, ids, advocateKey))}, {Key: "shop", Value: shop}}
	_, err := db.advocates.UpdateMany(ctx, filter, bson.D{{Key: "$unset", Value: bson.D{{Key: "shared", Value: ""}}}})
	return failed("forget shared", err)
}

// SetSeen writes where the advocate was seen. Of two at once one counts. NotFound: there is no such advocate, or the
// person was erased.
func (db Advocates) SetSeen(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, seen []referral.Sighting,
) error {
	present := append(byKey(shop, advocateKey(shop, id)), bson.E{Key: "erased_at", Value: nil})
	at := referral.SeenForgetAt(seen)
	found, err := updateOne(ctx, db.advocates, present, set(bson.D{
		{Key: "seen", Value: each(seen, newSightingDoc)},
		{Key: "forget_at", Value: date(at)},
		{Key: "forgets", Value: !at.IsZero()},
	}))
	return failed("set seen", orNotFound(found, err))
}

// NoteBrowser remembers a browser from which the advocate joined (a keyed hash). None is forgotten: what flags a friend
// may not be lost by joining again. Beyond referral.MaxBrowsers no more are added.
//
// Pipeline in: browsers, perhaps null. Out: the same, with hash at the end unless it is there or no room is left.
func (db Advocates) NoteBrowser(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, hash string) error {
	known := bson.D{{Key: "$ifNull", Value: bson.A{"$browsers", bson.A{}}}}
	there := bson.D{{Key: "$in", Value: bson.A{literal(hash), known}}}
	full := bson.D{{Key: "$gte", Value: bson.A{bson.D{{Key: "$size", Value: known}}, referral.MaxBrowsers}}}
	added := bson.D{{Key: "$concatArrays", Value: bson.A{known, literal(bson.A{hash})}}}
	kept := bson.D{{Key: "$cond", Value: bson.A{bson.D{{Key: "$or", Value: bson.A{there, full}}}, known, added}}}

	pipeline := mongo.Pipeline{set(bson.D{{Key: "browsers", Value: kept}})}
	found, err := updateOne(ctx, db.advocates, byKey(shop, advocateKey(shop, id)), pipeline)
	return failed("note browser", orNotFound(found, err))
}
