package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/figures"
	"twofold/referral"
	"twofold/tenant"
)

// FigureDays are the sums of what referrals count for, by day and campaign (figure_days) and by day and advocate
// (advocate_days), and beside each referral what it was last counted as.
type FigureDays struct{ *DB }

var _ figures.Store = (*Store)(nil)

// figureDoc is one sum of figure_days or advocate_days; _id: figureKey. Both are asked by the range of their _ids, and
// by advocate for where the advocate's referrals stand.
type figureDoc struct {
	Key      string              `bson:"_id"`
	Shop     tenant.ShopID       `bson:"shop"`
	Day      string              `bson:"day"` // or figures.Ever
	Campaign referral.CampaignID `bson:"campaign"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Currency string              `bson:"currency"`
	Sums     figures.Sums        `bson:"sums"`
	Orders   int64               `bson:"orders,omitempty"`   // of a span, how many are credited; the index on spans covers only these
	Standing bool                `bson:"standing,omitempty"` // an advocate's, over all days; the index on them covers only these
}

func newFigureDoc(shop tenant.ShopID, p figures.Part) figureDoc {
	doc := figureDoc{
		Key: figureKey(shop, p.Key), Shop: shop, Day: p.Day, Campaign: p.Campaign, Advocate: p.Advocate,
		Currency: p.Currency, Sums: p.Sums, Standing: p.Advocate != "" && p.Day == figures.Ever,
	}
	if p.OverSpan() {
		doc.Orders = p.Sums.Orders()
	}
	return doc
}

func (d figureDoc) toDomain() figures.Part {
	sums := figures.Sums{}
	sums.Add(d.Sums, 1) // without zeros, which came about by subtracting
	key := figures.Key{Day: d.Day, Campaign: d.Campaign, Advocate: d.Advocate, Currency: d.Currency}
	return figures.Part{Key: key, Sums: sums}
}

// partDoc is one of a referral's parts, as it was last counted.
type partDoc struct {
	Day      string              `bson:"day"`
	Campaign referral.CampaignID `bson:"campaign"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Currency string              `bson:"currency"`
	Sums     figures.Sums        `bson:"sums"`
}

func newPartDoc(p figures.Part) partDoc {
	return partDoc{p.Day, p.Campaign, p.Advocate, p.Currency, p.Sums}
}

func (d partDoc) toDomain() figures.Part {
	key := figures.Key{Day: d.Day, Campaign: d.Campaign, Advocate: d.Advocate, Currency: d.Currency}
	return figures.Part{Key: key, Sums: d.Sums}
}

// countedDoc is a referral with what it was last counted as. No decision writes that: it stands beside.
type countedDoc struct {
	Doc     referralDoc `bson:",inline"`
	Counted []partDoc   `bson:"counted"`
}

func (d countedDoc) toDomain() figures.Counted {
	return figures.Counted{Referral: d.Doc.toDomain(), As: each(d.Counted, partDoc.toDomain)}
}

// notCounted are the parts of a referral that no figure looks at.
var notCounted = bson.D{
	{Key: "newness", Value: 0},
	{Key: "acts", Value: 0},
	{Key: "explained.orders.evidence", Value: 0},
	{Key: "explained.orders.checks", Value: 0},
}

// dueCount selects the referrals that are to be counted at now: at once those that were decided since they were
// counted, others when a code of theirs ends.
func dueCount(now time.Time) bson.D {
	return bson.D{
		{Key: "to_count", Value: true},
		{Key: "count_at", Value: bson.D{{Key: "$lte", Value: date(now)}}},
	}
}

// Uncounted lists up to limit referrals that are to be counted at now, the longest waiting first.
func (db FigureDays) Uncounted(
	ctx context.Context, shop tenant.ShopID, now time.Time, limit int,
) ([]figures.Counted, error) {
	due := append(bson.D{{Key: "shop", Value: shop}}, dueCount(now)...)
	docs, err := findAll[countedDoc](ctx, db.referrals, due, options.Find().SetProjection(notCounted).
		SetSort(bson.D{{Key: "count_at", Value: 1}}).SetLimit(int64(limit)))
	return each(docs, countedDoc.toDomain), failed("uncounted", err)
}

// SaveCounted notes what the referrals count for and adds the difference to the books, all or nothing, and only while
// the lease is held. Conflict: a referral was decided anew meanwhile, or the lease was lost.
func (db FigureDays) SaveCounted(
	ctx context.Context, lease tenant.Lease, all []figures.Recount, difference figures.Books,
) error {
	return failed("save counted", db.inTransaction(ctx, func(ctx context.Context) error {
		if err := db.useLease(ctx, lease); err != nil {
			return err
		}
		if err := db.noteCounted(ctx, lease.Shop, all); err != nil {
			return err
		}
		return db.addToBooks(ctx, lease.Shop, difference)
	}))
}

// noteCounted writes what the referrals were counted as, if each is as it was read.
func (db FigureDays) noteCounted(ctx context.Context, shop tenant.ShopID, all []figures.Recount) error {
	writes := each(all, func(one figures.Recount) mongo.WriteModel {
		r := one.Counted.Referral
		asRead := byFriend(shop, r.Friend,
			bson.E{Key: "facts_rev", Value: r.FactsRev}, bson.E{Key: "decided_rev", Value: r.DecidedRev})
		return mongo.NewUpdateOneModel().SetFilter(asRead).SetUpdate(set(bson.D{
			{Key: "counted", Value: each(one.Is, newPartDoc)},
			{Key: "counted_rev", Value: r.DecidedRev},
			{Key: "to_count", Value: !one.Until.IsZero()},
			{Key: "count_at", Value: date(one.Until)},
		}))
	})

	result, err := db.referrals.BulkWrite(ctx, writes)
	if err == nil && result.MatchedCount < int64(len(all)) {
		return errMoved
	}
	return err
}

// addToBooks adds a difference, as part of a transaction.
func (db FigureDays) addToBooks(ctx context.Context, shop tenant.ShopID, difference figures.Books) error {
	for _, book := range []struct {
		in    *mongo.Collection
		parts []figures.Part
	}{{db.figures, difference.Days}, {db.advocateDays, difference.Advocates}} {
		if len(book.parts) == 0 {
			continue
		}
		writes := each(book.parts, func(p figures.Part) mongo.WriteModel {
			day := byKey(shop, figureKey(shop, p.Key))
			return mongo.NewUpdateOneModel().SetFilter(day).SetUpdate(increase(p)).SetUpsert(true)
		})
		if _, err := book.in.BulkWrite(ctx, writes); err != nil {
			return err
		}
	}
	return nil
}

// increase adds up, and says of a new document what it sums up. Of spans it counts the orders.
func increase(p figures.Part) bson.D {
	sums := bson.D{}
	for counter, n := range p.Sums {
		sums = append(sums, bson.E{Key: "sums." + string(counter), Value: n})
	}
	if p.OverSpan() {
		sums = append(sums, bson.E{Key: "orders", Value: p.Sums.Orders()})
	}

	says := bson.D{
		{Key: "day", Value: p.Day},
		{Key: "campaign", Value: p.Campaign},
		{Key: "advocate", Value: p.Advocate},
		{Key: "currency", Value: p.Currency},
	}
	if p.Advocate != "" && p.Day == figures.Ever {
		says = append(says, bson.E{Key: "standing", Value: true})
	}
	return bson.D{{Key: "$inc", Value: sums}, {Key: "$setOnInsert", Value: says}}
}

// Standings lists where the referrals of advocates stand: for each of them, a part in each currency.
func (db FigureDays) Standings(
	ctx context.Context, shop tenant.ShopID, ids []referral.AdvocateID,
) ([]figures.Part, error) {
	docs, err := findAll[figureDoc](ctx, db.advocateDays, bson.D{
		{Key: "shop", Value: shop},
		{Key: "standing", Value: true},
		{Key: "advocate", Value: anyOf(ids)},
	})
	return each(docs, figureDoc.toDomain), failed("standings", err)
}

// CountStates is how many of the shop's referrals stand where, as far as they are counted. It reads one document.
func (db FigureDays) CountStates(ctx context.Context, shop tenant.ShopID) (referral.StateCounts, error) {
	all := byKey(shop, figureKey(shop, figures.ListedKey))
	doc, err := findOne[figureDoc](ctx, db.advocateDays, all)
	if errors.Is(err, mongo.ErrNoDocuments) { // nothing has been counted yet
		err = nil
	}
	return figures.StateCounts(doc.Sums), failed("count states", err)
}

// RecountAll has all of the shop's referrals counted anew, by days in the given time zone from now on. Broken off
// between the two writes, it is asked again.
func (db FigureDays) RecountAll(ctx context.Context, lease tenant.Lease, zone string) error {
	counted := bson.D{
		{Key: "shop", Value: lease.Shop},
		{Key: "decided_rev", Value: bson.D{{Key: "$gt", Value: 0}}},
	}
	again := set(bson.D{{Key: "to_count", Value: true}, {Key: "count_at", Value: date(longAgo)}})
	if _, err := db.referrals.UpdateMany(ctx, counted, again); err != nil {
		return failed("recount all", err)
	}

	noted := set(bson.D{{Key: "figures_zone", Value: zone}})
	_, err := db.shops.UpdateOne(ctx, byShop(lease.Shop), noted)
	return failed("recount all", err)
}

// CountedAs is what the shop's referrals were last counted as, in the order of their keys.
func (db FigureDays) CountedAs(
	ctx context.Context, shop tenant.ShopID, after referral.FriendID, limit int,
) ([]figures.Counted, error) {
	from := string(shop) + "/"
	if after != "" {
		from = friendKey(shop, after)
	}

	page := bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: from}, {Key: "$lt", Value: string(shop) + "0"}}},
		{Key: "shop", Value: shop},
	}
	only := bson.D{{Key: "shop", Value: 1}, {Key: "friend", Value: 1}, {Key: "counted", Value: 1}}
	docs, err := findAll[countedDoc](ctx, db.referrals, page,
		options.Find().SetProjection(only).SetSort(onlyID).SetLimit(int64(limit)))
	return each(docs, countedDoc.toDomain), failed("counted as", err)
}

// ReadBooks reads all that is kept of a shop.
func (db FigureDays) ReadBooks(ctx context.Context, shop tenant.ShopID) (books figures.Books, err error) {
	for _, book := range []struct {
		in   *mongo.Collection
		into *[]figures.Part
	}{{db.figures, &books.Days}, {db.advocateDays, &books.Advocates}} {
		docs, err := findAll[figureDoc](ctx, book.in, allOf(shop, string(shop)), options.Find().SetSort(onlyID))
		if err != nil {
			return figures.Books{}, failed("read books", err)
		}
		*book.into = withoutEmpty(each(docs, figureDoc.toDomain))
	}
	return books, nil
}

func withoutEmpty(parts []figures.Part) []figures.Part {
	return slices.DeleteFunc(parts, func(p figures.Part) bool { return len(p.Sums) == 0 })
}

// AdvocatesOn lists what orders of some days came to, by advocate.
func (db FigureDays) AdvocatesOn(ctx context.Context, shop tenant.ShopID, days ...string) ([]figures.Part, error) {
	if len(days) == 0 {
		return nil, nil
	}

	ranges := each(days, func(day string) bson.D { return allOf(shop, key(shop, day)) })
	onAny := bson.D{{Key: "shop", Value: shop}, {Key: "$or", Value: ranges}}
	docs, err := findAll[figureDoc](ctx, db.advocateDays, onAny)
	return each(docs, figureDoc.toDomain), failed("advocates on days", err)
}

// SaveTurn adds to the books, and notes up to which day the spans are and when that ends, all or nothing, and only while
// the lease is held.
func (db FigureDays) SaveTurn(
	ctx context.Context, lease tenant.Lease, today string, ends time.Time, difference figures.Books,
) error {
	turned := set(bson.D{{Key: "figures_day", Value: today}, {Key: "figures_due", Value: date(ends)}})
	return failed("save turn", db.inTransaction(ctx, func(ctx context.Context) error {
		if err := db.useLease(ctx, lease); err != nil {
			return err
		}
		if _, err := db.shops.UpdateOne(ctx, byShop(lease.Shop), turned); err != nil {
			return err
		}
		return db.addToBooks(ctx, lease.Shop, difference)
	}))
}

// CorrectBooks adds to the books, all or nothing, and only while the lease is held.
func (db FigureDays) CorrectBooks(ctx context.Context, lease tenant.Lease, difference figures.Books) error {
	return failed("correct books", db.inTransaction(ctx, func(ctx context.Context) error {
		if err := db.useLease(ctx, lease); err != nil {
			return err
		}
		return db.addToBooks(ctx, lease.Shop, difference)
	}))
}

// ShopsToCount lists up to limit shops with referrals that are to be counted at now, or whose day has ended: a sweep.
func (db Sweeps) ShopsToCount(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := db.shopsUncounted(ctx, now, limit)
	if err != nil {
		return shops, failed("shops to count", err)
	}

	ended := bson.D{{Key: "figures_due", Value: bson.D{{Key: "$lte", Value: date(now)}}}}
	docs, err := findAll[idDoc](ctx, db.shops, ended, options.Find().SetProjection(onlyID).SetLimit(int64(limit)))
	for _, d := range docs {
		if shop := tenant.ShopID(d.ID); !slices.Contains(shops, shop) {
			shops = append(shops, shop)
		}
	}
	return shops[:min(len(shops), limit)], failed("shops to count", err)
}

// shopsUncounted lists shops with referrals that are to be counted at now. The index begins with the shop, and of each
// shop one entry is looked at, however many wait.
func (db Sweeps) shopsUncounted(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	var shops []tenant.ShopID
	only := options.FindOne().SetProjection(onlyFriend).SetSort(bson.D{{Key: "shop", Value: 1}})
	for last := tenant.ShopID(""); len(shops) < limit; {
		next := bson.D{{Key: "shop", Value: bson.D{{Key: "$gt", Value: last}}}}
		doc, err := findOne[friendRef](ctx, db.referrals, append(next, dueCount(now)...), only)
		if errors.Is(err, mongo.ErrNoDocuments) {
			break
		}
		if err != nil {
			return shops, err
		}

		last = doc.Shop
		shops = append(shops, last)
	}
	return shops, nil
}
