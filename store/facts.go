package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/referral"
)

// Facts reads across collections what a decision rests on.
type Facts struct{ *DB }

// LoadFacts reads what else a decision about a referral rests on. The referral was read before, so that its FactsRev
// tells whether anything moved since. The orders are those of the friend's lane. The claims are those tied to the
// customer, and those that the orders name by code, id or address.
func (db Facts) LoadFacts(ctx context.Context, r referral.Referral) (referral.Facts, error) {
	f := referral.Facts{Shop: r.Shop, Friend: r.Friend, Record: r.Record}
	for _, load := range []func(context.Context, *referral.Facts) error{db.loadOrders, db.loadSpent, db.loadClaims, db.loadCards, db.loadAdvocates, db.loadCampaigns, db.loadAround} {
		if err := load(ctx, &f); err != nil {
			return referral.Facts{}, failed("load facts", err)
		}
	}
	return f, nil
}

// loadOrders reads the friend's orders; of an order of nobody's that one, while it is nobody's.
func (db Facts) loadOrders(ctx context.Context, f *referral.Facts) (err error) {
	whose := bson.D{{Key: "shop", Value: f.Shop}}
	if order := f.Friend.Order(); order != "" {
		whose = byOrder(f.Shop, order)
	}

	f.Orders, err = Orders{db.DB}.listOrders(ctx, append(whose,
		bson.E{Key: "snapshot.customer", Value: f.Friend.Customer()},
		bson.E{Key: "snapshot.test", Value: f.Friend.Test()}))
	return err
}

// loadSpent reads the orders of the lane, whoever placed them, on which a code issued in this referral was seen.
func (db Facts) loadSpent(ctx context.Context, f *referral.Facts) (err error) {
	codes := each(f.Issues, func(i referral.Issue) string { return i.Code })
	if len(codes) > 0 {
		f.Spent, err = Orders{db.DB}.listOrders(ctx, bson.D{
			{Key: "shop", Value: f.Shop},
			{Key: "snapshot.codes", Value: anyOf(codes)},
			{Key: "snapshot.test", Value: f.Friend.Test()},
		})
	}

	return err
}

func (db Facts) loadClaims(ctx context.Context, f *referral.Facts) (err error) {
	q := referral.ClaimQuery{Customer: f.Friend.Customer()}
	for _, o := range f.Orders {
		q.Codes, q.Emails = append(q.Codes, o.Codes...), append(q.Emails, o.Emails...)
		if id := o.ClaimID(); id != "" {
			q.IDs = append(q.IDs, id)
		}
	}

	q.Codes, q.Emails, q.IDs = distinct(q.Codes), distinct(q.Emails), distinct(q.IDs)
	f.Claims, err = Claims{db.DB}.ClaimsOf(ctx, f.Shop, q)
	return err
}

// loadCards reads others' orders of the lane that were paid with the friend's cards, the oldest first, as far as they may
// still change anything.
func (db Facts) loadCards(ctx context.Context, f *referral.Facts) (err error) {
	var cards []string
	for _, o := range f.Orders {
		cards = append(cards, o.Cards...)
	}
	if len(cards) > 0 && !f.Pinned() {
		f.SameCard, err = Orders{db.DB}.withCards(ctx, f.Shop, distinct(cards), f.Friend)
	}
	return err
}

// loadAdvocates reads the advocates that the claims, the merchant's acts, appeals, the release or the orders' visits name, and
// those whose codes are on the orders or in the links that led to them.
func (db Facts) loadAdvocates(ctx context.Context, f *referral.Facts) error {
	var named []referral.AdvocateID
	var codes []string
	if f.Release != nil {
		named = append(named, f.Release.Advocate)
	}
	for _, a := range f.Acts {
		named = append(named, a.Advocate)
	}
	for _, a := range f.Appeals {
		named = append(named, a.Advocate)
	}
	for _, c := range f.Claims {
		named = append(named, each(c.Touches, func(t referral.Touch) referral.AdvocateID { return t.Advocate })...)
	}

	for _, o := range f.Orders {
		codes = append(append(codes, o.Codes...), o.Journey.Refs...)
		if o.Visit != nil {
			named = append(named, o.Visit.Advocate)
		}
	}
	inShop := bson.E{Key: "shop", Value: f.Shop}
	docs, err := findAll[advocateDoc](ctx, db.advocates, bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "_id", Value: anyOf(keys(f.Shop, distinct(named), advocateKey))}, inShop},
		bson.D{inShop, {Key: "codes", Value: anyOf(distinct(codes))}},
	}}})

	f.Advocates = make(map[referral.AdvocateID]referral.Advocate, len(docs))
	for _, d := range docs {
		f.Advocates[d.ID] = d.toDomain()
	}
	return err
}

// loadCampaigns reads all versions of all campaigns: which one was in force when an order was placed is for the rules
// to say.
func (db Facts) loadCampaigns(ctx context.Context, f *referral.Facts) error {
	all, err := Campaigns{db.DB}.ListCampaigns(ctx, f.Shop)
	f.Campaigns = make(map[referral.CampaignKey]referral.Campaign, len(all))
	for _, c := range all {
		f.Campaigns[c.Key()] = c
	}
	return err
}

// distinct sorts values and leaves out empty and repeated ones.
func distinct[T ~string](values []T) []T {
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.DeleteFunc(slices.Compact(values), func(v T) bool { return v == "" })
}
