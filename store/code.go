package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Codes are the discount codes that are made ahead in Shopify: pools of them, and who holds which.
type Codes struct{ *DB }

// codeDoc is one pre-minted discount code; _id: codeKey. R is drawn once and for all, so that workers who draw at
// random places of the pool do not fight over one document.
type codeDoc struct {
	Key       string                `bson:"_id"`
	Shop      tenant.ShopID         `bson:"shop"`
	Code      string                `bson:"code"`
	Discount  referral.DiscountID   `bson:"discount"`
	Campaign  referral.CampaignID   `bson:"campaign"`
	Version   int                   `bson:"version"`
	Side      referral.Side         `bson:"side"`
	State     referral.CodeState    `bson:"state"`
	Unsettled bool                  `bson:"unsettled"` // minting or dying: the sweep's index covers only these
	Holder    referral.CodeHolderID `bson:"holder"`
	HasHolder bool                  `bson:"has_holder"` // the unique index on holder covers only these
	At        date                  `bson:"at"`
	EndsAt    date                  `bson:"ends_at"`
	Personal  bool                  `bson:"personal"`
	Condemned bool                  `bson:"condemned"` // minting, and to be deleted as soon as it is known to exist
	Ends      bool                  `bson:"ends"`      // held, with an end: the index on ends_at covers only these
	Remade    bool                  `bson:"remade"`    // it was lost once; the index on remade_at covers only these
	RemadeAt  date                  `bson:"remade_at"` // when that was last seen
	R         int64                 `bson:"r"`         // 0 to 2⁶³-1
}

func newCodeDoc(c referral.Code) codeDoc {
	return codeDoc{
		Key:       codeKey(c.Shop, c.Code),
		Shop:      c.Shop,
		Code:      c.Code,
		Discount:  c.Discount,
		Campaign:  c.Campaign.ID,
		Version:   c.Campaign.Version,
		Side:      c.Side,
		State:     c.State,
		Unsettled: unsettled(c.State),
		Holder:    c.Holder,
		HasHolder: c.Holder != "",
		At:        date(c.At),
		EndsAt:    date(c.EndsAt),
		Personal:  c.Personal,
		Ends:      c.State == referral.CodeHeld && !c.EndsAt.IsZero(),
		R:         rand.Int64(),
	}
}

func (d codeDoc) toDomain() referral.Code {
	return referral.Code{
		Shop:     d.Shop,
		Code:     d.Code,
		Discount: d.Discount,
		Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
		Side:     d.Side,
		State:    d.State,
		Holder:   d.Holder,
		At:       time.Time(d.At),
		EndsAt:   time.Time(d.EndsAt),
		Personal: d.Personal,
	}
}

// unsettled tells whether a code waits for something to be done in Shopify.
func unsettled(state referral.CodeState) bool {
	return state == referral.CodeMinting || state == referral.CodeDying
}

// AddCodes writes new codes of the shop, all in state minting, with their holders; codes that exist already are left as
// they are, and so is a code of a holder who has another one.
func (db Codes) AddCodes(ctx context.Context, shop tenant.ShopID, codes []referral.Code) error {
	if len(codes) == 0 {
		return nil
	}

	docs := each(codes, func(c referral.Code) codeDoc {
		c.Shop, c.State = shop, referral.CodeMinting
		return newCodeDoc(c)
	})

	_, err := db.codes.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	if onlyDuplicates(err) {
		return nil
	}
	return failed("add codes", err)
}

// onlyDuplicates tells whether a bulk insert failed for nothing but documents that exist, with all else acknowledged.
func onlyDuplicates(err error) bool {
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || bulk.WriteConcernError != nil {
		return false
	}

	for _, e := range bulk.WriteErrors {
		if !mongo.IsDuplicateKeyError(e) {
			return false
		}
	}

	return true
}

// byCodes selects codes of a shop by what they read.
func byCodes(shop tenant.ShopID, codes []string) bson.D {
	return bson.D{{Key: "_id", Value: anyOf(keys(shop, codes, codeKey))}, {Key: "shop", Value: shop}}
}

// MoveCodes changes the state of those of the codes that are in state from, and returns how many. A code that is dying
// or dead has no holder any more, so that its holder may draw another. One that is to be free and has a holder is held
// at once. One of a pool that is to die while it is minting stays that, as Shopify may be making it: it dies when it is
// known to exist.
func (db Codes) MoveCodes(
	ctx context.Context, shop tenant.ShopID, codes []string, from, to referral.CodeState, at time.Time,
) (int, error) {
	if len(codes) == 0 {
		return 0, nil
	}
	n, err := db.moveCodes(ctx, append(byCodes(shop, codes), bson.E{Key: "state", Value: from}), to, at)
	return n, failed("move codes", err)
}

// moveCodes changes the state of the codes that the filter selects.
//
// Pipeline in: state, has_holder, ends_at, personal, condemned, perhaps missing. Out: state, at, condemned; unsettled:
// it is minting or dying; ends: it is held now, with an end; and no holder once it is to die.
func (db Codes) moveCodes(ctx context.Context, filter bson.D, to referral.CodeState, at time.Time) (int, error) {
	is := func(field string, value any) bson.D {
		return bson.D{{Key: "$eq", Value: bson.A{field, literal(value)}}}
	}
	when := func(condition bson.D, then, otherwise any) bson.D {
		return bson.D{{Key: "$cond", Value: bson.A{condition, then, otherwise}}}
	}
	inTheMaking := bson.D{
		{Key: "$and", Value: bson.A{
			is("$state", referral.CodeMinting),
			bson.D{{Key: "$ne", Value: bson.A{"$personal", true}}},
		}},
	}

	fields := bson.D{{Key: "state", Value: literal(to)}, {Key: "at", Value: date(at)}, {Key: "condemned", Value: false}}
	gone := bson.D{{Key: "holder", Value: ""}, {Key: "has_holder", Value: false}}
	switch to {
	case referral.CodeFree:
		fields[0].Value = when(is("$condemned", true), literal(referral.CodeDying),
			when(is("$has_holder", true), literal(referral.CodeHeld), literal(to)))
	case referral.CodeDying:
		fields[0].Value, fields[2].Value = when(inTheMaking, literal(referral.CodeMinting), literal(to)), inTheMaking
		fields = append(fields, gone...)
	case referral.CodeDead:
		fields = append(fields, gone...)
	}

	ends := bson.D{
		{Key: "$and", Value: bson.A{
			is("$state", referral.CodeHeld),
			bson.D{{Key: "$gt", Value: bson.A{"$ends_at", nil}}},
		}},
	}
	unsettled := bson.D{
		{Key: "$in", Value: bson.A{"$state", literal(bson.A{referral.CodeMinting, referral.CodeDying})}},
	}

	result, err := db.codes.UpdateMany(ctx, filter, mongo.Pipeline{
		set(fields),
		set(bson.D{{Key: "ends", Value: ends}, {Key: "unsettled", Value: unsettled}}),
	})
	if err != nil {
		return 0, err
	}

	return int(result.MatchedCount), nil
}

// MoveToDiscount puts all codes of a pool that are free, held or minting under another discount, and makes them
// minting: they are to be made there anew. A code that had a holder keeps it, and is held again once Shopify has it.
// Personal codes are of no pool.
func (db Codes) MoveToDiscount(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side,
	discount referral.DiscountID, at time.Time,
) error {
	pooled := bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: k.ID},
		{Key: "version", Value: k.Version},
		{Key: "side", Value: side},
		{Key: "state", Value: anyOf([]referral.CodeState{referral.CodeFree, referral.CodeHeld, referral.CodeMinting})},
		{Key: "personal", Value: bson.D{{Key: "$ne", Value: true}}},
	}

	_, err := db.codes.UpdateMany(ctx, pooled, set(bson.D{
		{Key: "discount", Value: discount},
		{Key: "state", Value: referral.CodeMinting},
		{Key: "unsettled", Value: true},
		{Key: "ends", Value: false},
		{Key: "at", Value: date(at)},
	}))

	return failed("move codes to discount", err)
}

// given are the states of codes that work in the shop: somebody has them, or may be given them.
var given = anyOf([]referral.CodeState{referral.CodeFree, referral.CodeHeld})

// RemakeCodes makes those of the codes that are free or held minting, notes that they were lost, and returns how many.
// Their holders keep them.
func (db Codes) RemakeCodes(ctx context.Context, shop tenant.ShopID, codes []string, at time.Time) (int, error) {
	if len(codes) == 0 {
		return 0, nil
	}

	result, err := db.codes.UpdateMany(ctx, append(byCodes(shop, codes), bson.E{Key: "state", Value: given}), set(bson.D{
		{Key: "state", Value: referral.CodeMinting},
		{Key: "unsettled", Value: true},
		{Key: "ends", Value: false},
		{Key: "at", Value: date(at)},
		{Key: "remade", Value: true},
		{Key: "remade_at", Value: date(at)},
	}))
	if err != nil {
		return 0, failed("remake codes", err)
	}
	return int(result.MatchedCount), nil
}

// CountRemade counts the codes of a pool that were lost since a time, and are there again.
func (db Codes) CountRemade(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side, since time.Time,
) (int, error) {
	n, err := db.codes.CountDocuments(ctx, bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: k.ID},
		{Key: "version", Value: k.Version},
		{Key: "side", Value: side},
		{Key: "remade", Value: true},
		{Key: "remade_at", Value: bson.D{{Key: "$gte", Value: date(since)}}},
		{Key: "state", Value: given},
	})
	return int(n), failed("count remade", err)
}

// GivenCodes lists what the codes of a pool read that are free or held.
func (db Codes) GivenCodes(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side,
) ([]string, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: k.ID},
		{Key: "version", Value: k.Version},
		{Key: "side", Value: side},
		{Key: "state", Value: given},
	}

	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "code", Value: 1}})
	docs, err := findAll[codeDoc](ctx, db.codes, filter, only)
	return each(docs, func(d codeDoc) string { return d.Code }), failed("given codes", err)
}

// RestoreCodes makes those of the codes that are dead minting again, under their discounts and with their holders, and
// lets those live that were to die as soon as they are made.
func (db Codes) RestoreCodes(ctx context.Context, shop tenant.ShopID, codes []referral.Code) error {
	for _, c := range codes {
		dead := append(byKey(shop, codeKey(shop, c.Code)), bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "state", Value: referral.CodeDead}},
			bson.D{{Key: "state", Value: referral.CodeMinting}, {Key: "condemned", Value: true}},
		}})

		_, err := db.codes.UpdateOne(ctx, dead, set(bson.D{
			{Key: "state", Value: referral.CodeMinting},
			{Key: "unsettled", Value: true},
			{Key: "ends", Value: false},
			{Key: "at", Value: date(c.At)},
			{Key: "discount", Value: c.Discount},
			{Key: "holder", Value: c.Holder},
			{Key: "has_holder", Value: c.Holder != ""},
			{Key: "ends_at", Value: date(c.EndsAt)},
			{Key: "condemned", Value: false},
		}))
		if err != nil {
			return failed("restore codes", err)
		}
	}

	return nil
}

// EndFreeCodes makes the free codes of one side of a campaign version dying, and returns how many.
func (db Codes) EndFreeCodes(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side, at time.Time,
) (int, error) {
	n, err := db.moveCodes(ctx, inPool(shop, k, side, referral.CodeFree), referral.CodeDying, at)
	return n, failed("end free codes", err)
}

// ending selects the held codes whose end has come at now.
func ending(now time.Time) bson.D {
	return bson.D{{Key: "ends", Value: true}, {Key: "ends_at", Value: bson.D{{Key: "$lte", Value: date(now)}}}}
}

// EndHeldCodes makes held codes of the shop dying whose end has come at now, up to limit, the longest ended first,
// and returns how many.
func (db Codes) EndHeldCodes(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) (int, error) {
	first := options.Find().SetProjection(onlyID).SetSort(bson.D{{Key: "ends_at", Value: 1}}).SetLimit(int64(limit))
	docs, err := findAll[idDoc](ctx, db.codes, append(bson.D{{Key: "shop", Value: shop}}, ending(now)...), first)
	if err != nil || len(docs) == 0 {
		return 0, failed("end held codes", err)
	}

	ids := each(docs, func(d idDoc) string { return d.ID })
	still := append(bson.D{{Key: "_id", Value: anyOf(ids)}, {Key: "shop", Value: shop}}, ending(now)...)
	n, err := db.moveCodes(ctx, still, referral.CodeDying, now)
	return n, failed("end held codes", err)
}

// FindCodes returns those of the codes (upper case) that are ours.
func (db Codes) FindCodes(ctx context.Context, shop tenant.ShopID, codes []string) ([]referral.Code, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	docs, err := findAll[codeDoc](ctx, db.codes, byCodes(shop, codes))
	return each(docs, codeDoc.toDomain), failed("find codes", err)
}

// PersonalCodes lists codes of personal discounts, whatever became of them, in the alphabet's order after the given
// one.
func (db Codes) PersonalCodes(
	ctx context.Context, shop tenant.ShopID, after string, limit int,
) ([]referral.Code, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "personal", Value: true},
		{Key: "code", Value: bson.D{{Key: "$gt", Value: after}}},
	}

	docs, err := findAll[codeDoc](ctx, db.codes, filter,
		options.Find().SetSort(bson.D{{Key: "code", Value: 1}}).SetLimit(int64(limit)))
	return each(docs, codeDoc.toDomain), failed("personal codes", err)
}

// inPool selects the codes of one side of a campaign version in a state.
func inPool(
	shop tenant.ShopID, k referral.CampaignKey, side referral.Side, state referral.CodeState, more ...bson.E,
) bson.D {
	return append(bson.D{
		{Key: "shop", Value: shop},
		{Key: "campaign", Value: k.ID},
		{Key: "version", Value: k.Version},
		{Key: "side", Value: side},
		{Key: "state", Value: state},
	}, more...)
}

// ListCodes lists codes that the query selects, oldest change first.
func (db Codes) ListCodes(ctx context.Context, shop tenant.ShopID, q codes.Query) ([]referral.Code, error) {
	filter := bson.D{{Key: "shop", Value: shop}}
	add := func(field string, value any, asked bool) {
		if asked {
			filter = append(filter, bson.E{Key: field, Value: value})
		}
	}
	add("campaign", q.Campaign.ID, q.Campaign.ID != "")
	add("version", q.Campaign.Version, q.Campaign.Version != 0)
	add("side", q.Side, q.Side != "")
	add("state", q.State, q.State != "")
	add("personal", bson.D{{Key: "$ne", Value: true}}, q.Pooled)
	add("at", bson.D{{Key: "$lt", Value: date(q.Before)}}, !q.Before.IsZero())

	oldest := options.Find().SetSort(bson.D{{Key: "at", Value: 1}}).SetLimit(int64(q.Limit))
	docs, err := findAll[codeDoc](ctx, db.codes, filter, oldest)
	return each(docs, codeDoc.toDomain), failed("list codes", err)
}

// CountCodes counts the codes of one side of a campaign version in a state.
func (db Codes) CountCodes(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side, state referral.CodeState,
) (int, error) {
	n, err := db.codes.CountDocuments(ctx, inPool(shop, k, side, state))
	return int(n), failed("count codes", err)
}

// FindCodeByHolder finds the code that a claim or reward holds.
func (db Codes) FindCodeByHolder(
	ctx context.Context, shop tenant.ShopID, holder referral.CodeHolderID,
) (referral.Code, error) {
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "has_holder", Value: true}, {Key: "holder", Value: holder}}
	doc, err := findOne[codeDoc](ctx, db.codes, filter)
	return doc.toDomain(), failed("find code by holder", err)
}

// CodesOfReward lists the codes that a reward holds, in whatever of its releases or issues it drew them.
func (db Codes) CodesOfReward(ctx context.Context, shop tenant.ShopID, id referral.RewardID) ([]referral.Code, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "has_holder", Value: true},
		{Key: "holder", Value: heldBy(string(id))},
	}
	docs, err := findAll[codeDoc](ctx, db.codes, filter)
	return each(docs, codeDoc.toDomain), failed("codes of reward", err)
}

// heldBy selects the holders that a reward draws as: its id, and what follows it after a slash ('0' is the character
// after it).
func heldBy(id string) bson.D { return bson.D{{Key: "$gte", Value: id}, {Key: "$lt", Value: id + "0"}} }

// DrawCode returns the holder's code of the pool, assigning a free one if there is none yet, to end at endsAt (zero:
// never). Two at once for the same holder get the same code: the second is refused by the unique key. NotFound: the
// pool is empty. Invalid: no holder.
func (db Codes) DrawCode(
	ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, side referral.Side,
	holder referral.CodeHolderID, at, endsAt time.Time,
) (referral.Code, error) {
	if holder == "" {
		return referral.Code{}, failed("draw code", fault.ForLog(fault.Invalid, "a code needs a holder"))
	}

	held, err := db.FindCodeByHolder(ctx, shop, holder)
	if !fault.Is(err, fault.NotFound) {
		return held, err
	}

	taken := set(bson.D{
		{Key: "state", Value: referral.CodeHeld},
		{Key: "holder", Value: holder},
		{Key: "has_holder", Value: true},
		{Key: "at", Value: date(at)},
		{Key: "ends_at", Value: date(endsAt)},
		{Key: "ends", Value: !endsAt.IsZero()},
	})

	doc, err := db.takeCode(ctx, inPool(shop, k, side, referral.CodeFree), taken)
	if mongo.IsDuplicateKeyError(err) { // somebody took one for the same holder meanwhile
		return db.FindCodeByHolder(ctx, shop, holder)
	}
	return doc.toDomain(), failed("draw code", err)
}

// takeCode changes the first free code from a random place on, with wrap-around.
func (db Codes) takeCode(ctx context.Context, free, taken bson.D) (codeDoc, error) {
	start := rand.Int64()
	doc, err := db.takeFirst(ctx, append(free, bson.E{Key: "r", Value: bson.D{{Key: "$gte", Value: start}}}), taken)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return db.takeFirst(ctx, append(free, bson.E{Key: "r", Value: bson.D{{Key: "$lt", Value: start}}}), taken)
	}
	return doc, err
}

func (db Codes) takeFirst(ctx context.Context, filter, taken bson.D) (codeDoc, error) {
	var doc codeDoc
	first := options.FindOneAndUpdate().SetSort(bson.D{{Key: "r", Value: 1}}).SetReturnDocument(options.After)
	err := db.codes.FindOneAndUpdate(ctx, filter, taken, first).Decode(&doc)
	return doc, err
}
