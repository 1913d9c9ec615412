package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Mails are the outbox: what somebody is to be told, and what became of it.
type Mails struct{ *DB }

// mailDoc is one mail; _id: the shop and the event's key, which makes one mail of one event. There is no address in it.
type mailDoc struct {
	Key      string              `bson:"_id"`
	Shop     tenant.ShopID       `bson:"shop"`
	Kind     referral.NoticeKind `bson:"kind"`
	Advocate referral.AdvocateID `bson:"advocate"`
	Customer referral.CustomerID `bson:"customer"`
	SignIn   referral.SignInID   `bson:"sign_in"`
	At       date                `bson:"at"`
	Campaign referral.CampaignID `bson:"campaign"`
	Version  int                 `bson:"version"`
	Side     referral.Side       `bson:"side"`
	Amount   amountDoc           `bson:"amount"`
	Code     string              `bson:"code"`
	EndsAt   date                `bson:"ends_at"`
	Release  date                `bson:"release"`
	Reason   referral.Reason     `bson:"reason"`

	Open     bool                 `bson:"open"`   // it waits
	Urgent   bool                 `bson:"urgent"` // so does somebody for it
	Outcome  referral.MailOutcome `bson:"outcome"`
	DueAt    date                 `bson:"due_at"`
	Tries    int                  `bson:"tries"`
	ExpireAt date                 `bson:"expire_at"` // null while it waits
}

func newMailDoc(shop tenant.ShopID, n referral.Notice) mailDoc {
	return mailDoc{
		Key:      key(shop, n.Key),
		Shop:     shop,
		Kind:     n.Kind,
		Advocate: n.Advocate,
		Customer: n.Customer,
		SignIn:   n.SignIn,
		At:       date(n.At),
		Campaign: n.Campaign.ID,
		Version:  n.Campaign.Version,
		Side:     n.Side,
		Amount:   newAmountDoc(n.Amount),
		Code:     n.Code,
		EndsAt:   date(n.EndsAt),
		Release:  date(n.Release),
		Reason:   n.Reason,
		Open:     true,
		Urgent:   n.SignIn != "",
		DueAt:    date(n.At),
	}
}

func (d mailDoc) toDomain() referral.Mail {
	return referral.Mail{
		Shop: d.Shop,
		Notice: referral.Notice{
			Key:      d.Key[len(d.Shop)+1:],
			Kind:     d.Kind,
			Advocate: d.Advocate,
			Customer: d.Customer,
			SignIn:   d.SignIn,
			At:       time.Time(d.At),
			Campaign: referral.CampaignKey{ID: d.Campaign, Version: d.Version},
			Side:     d.Side,
			Amount:   d.Amount.toDomain(),
			Code:     d.Code,
			EndsAt:   time.Time(d.EndsAt),
			Release:  time.Time(d.Release),
			Reason:   d.Reason,
		},
		Outcome: d.Outcome,
		DueAt:   time.Time(d.DueAt),
		Tries:   d.Tries,
	}
}

// addNotices puts notices into the outbox, as part of a transaction. One that is there already stays as it is.
func (db *DB) addNotices(ctx context.Context, shop tenant.ShopID, notices []referral.Notice) error {
	for _, n := range notices {
		overtaken, err := db.overtake(ctx, shop, n)
		if err != nil {
			return err
		}
		if n.Key == "" {
			continue
		}

		doc := newMailDoc(shop, n)
		if overtaken && n.Undoes {
			doc.Open, doc.Urgent = false, false
			doc.Outcome, doc.ExpireAt = referral.MailOvertaken, date(n.At.Add(keepOvertaken))
		}

		first := bson.D{{Key: "$setOnInsert", Value: doc}}
		once := options.UpdateOne().SetUpsert(true)
		if _, err := db.mails.UpdateOne(ctx, byKey(shop, doc.Key), first, once); err != nil {
			return err
		}
	}
	return nil
}

// telling makes a change together with what somebody is told of it: in one transaction, unless nobody is told.
func (db *DB) telling(
	ctx context.Context, shop tenant.ShopID, told []referral.Notice, change func(context.Context) error,
) error {
	if len(told) == 0 {
		return change(ctx)
	}
	return db.inTransaction(ctx, func(ctx context.Context) error {
		if err := change(ctx); err != nil {
			return err
		}
		return db.addNotices(ctx, shop, told)
	})
}

// keepOvertaken is how long a mail is kept that was never sent, from its event on.
const keepOvertaken = 90 * 24 * time.Hour

// overtake ends the mail that a notice overtakes, and tells whether it still waited.
func (db *DB) overtake(ctx context.Context, shop tenant.ShopID, n referral.Notice) (bool, error) {
	if n.Overtakes == "" {
		return false, nil
	}
	done := set(bson.D{
		{Key: "open", Value: false},
		{Key: "urgent", Value: false},
		{Key: "outcome", Value: referral.MailOvertaken},
		{Key: "expire_at", Value: date(n.At.Add(keepOvertaken))},
	})
	return updateOne(ctx, db.mails, waitingMail(shop, n.Overtakes), done)
}

// dueMail selects the mails that wait and are due at now.
func dueMail(now time.Time) bson.D {
	return bson.D{
		{Key: "open", Value: true},
		{Key: "due_at", Value: bson.D{{Key: "$lte", Value: date(now)}}},
	}
}

// DueMails lists up to limit of a shop's mails that are due at now, the longest waiting first. Those that somebody waits
// for come before all others.
func (db Mails) DueMails(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]referral.Mail, error) {
	due := func(limit int, urgent any) ([]mailDoc, error) {
		filter := append(bson.D{{Key: "shop", Value: shop}}, dueMail(now)...)
		oldest := options.Find().SetSort(bson.D{{Key: "due_at", Value: 1}}).SetLimit(int64(limit))
		return findAll[mailDoc](ctx, db.mails, append(filter, bson.E{Key: "urgent", Value: urgent}), oldest)
	}

	docs, err := due(limit, true)
	if err == nil && len(docs) < limit {
		var others []mailDoc
		others, err = due(limit-len(docs), bson.D{{Key: "$ne", Value: true}})
		docs = append(docs, others...)
	}
	return each(docs, mailDoc.toDomain), failed("due mails", err)
}

// CountWaitingMails counts a shop's mails to advocates and friends that are due at now, up to atMost, without those that
// somebody waits for.
func (db Mails) CountWaitingMails(ctx context.Context, shop tenant.ShopID, now time.Time, atMost int) (int, error) {
	due := append(bson.D{{Key: "shop", Value: shop}}, dueMail(now)...)
	due = append(due, bson.E{Key: "kind", Value: anyOf(referral.ShopperNotices)})
	n, err := db.mails.CountDocuments(ctx, due, options.Count().SetLimit(int64(atMost)))
	return int(n), failed("count waiting mails", err)
}

// FinishMail notes what became of a mail that waits, and when it is forgotten. What has an outcome keeps it.
func (db Mails) FinishMail(
	ctx context.Context, shop tenant.ShopID, id string, outcome referral.MailOutcome, forget time.Time,
) error {
	done := set(bson.D{
		{Key: "open", Value: false},
		{Key: "urgent", Value: false},
		{Key: "outcome", Value: outcome},
		{Key: "expire_at", Value: date(forget)},
	})
	_, err := updateOne(ctx, db.mails, waitingMail(shop, id), done)
	return failed("finish mail", err)
}

// PutOffMail has a mail that waits tried again later. tried counts, if the mail server was asked.
func (db Mails) PutOffMail(ctx context.Context, shop tenant.ShopID, id string, until time.Time, tried bool) error {
	later := set(bson.D{{Key: "due_at", Value: date(until)}})
	if tried {
		later = append(later, bson.E{Key: "$inc", Value: bson.D{{Key: "tries", Value: 1}}})
	}
	_, err := updateOne(ctx, db.mails, waitingMail(shop, id), later)
	return failed("put off mail", err)
}

func waitingMail(shop tenant.ShopID, id string) bson.D {
	return append(byKey(shop, key(shop, id)), bson.E{Key: "open", Value: true})
}

// stopDoc is what is remembered of a customer or an address by a keyed hash: that no mails are wanted, or who took
// the customer's place when the merchant merged them. _id: the shop and the hash.
type stopDoc struct {
	Key  string              `bson:"_id"`
	Shop tenant.ShopID       `bson:"shop"`
	Hash string              `bson:"hash"`
	At   date                `bson:"at"`  // since when they want none; null: they said nothing of the sort
	Not  []referral.MailSort `bson:"not"` // what they do without; missing where nobody has chosen

	Why    referral.StopReason `bson:"why"`          // of none
	Chosen date                `bson:"chosen_at"`    // when they last chose; missing where they never did
	As     referral.CustomerID `bson:"as,omitempty"` // who they are now
}

// StopMails remembers by a keyed hash that a customer, or an address, is written no more since an instant, and why. The
// first reason stays, unless they say so themselves; what they chose after that instant holds.
//
// Pipeline in: at, why, chosen_at, perhaps missing. Out: hash, at, why.
func (db Mails) StopMails(
	ctx context.Context, shop tenant.ShopID, hash string, why referral.StopReason, at time.Time,
) error {
	unless := func(condition bson.D, then, otherwise any) bson.D {
		return bson.D{{Key: "$cond", Value: bson.A{condition, then, otherwise}}}
	}
	chosenSince := bson.D{{Key: "$gt", Value: bson.A{"$chosen_at", date(at)}}}
	stopped := bson.D{{Key: "$gt", Value: bson.A{"$at", nil}}}

	because := any(literal(why))
	if why != referral.StopAsked {
		because = unless(stopped, "$why", because)
	}
	first := mongo.Pipeline{set(bson.D{
		{Key: "hash", Value: hash},
		{Key: "at", Value: unless(chosenSince, "$at", orElse("$at", date(at)))},
		{Key: "why", Value: unless(chosenSince, "$why", because)},
	})}
	return failed("stop mails", upsert(ctx, db.mailStops, byKey(shop, key(shop, hash)), first))
}

// MailWish is what the person of the hashes wants of mails.
func (db Mails) MailWish(ctx context.Context, shop tenant.ShopID, hashes []string) (referral.MailWish, error) {
	var wish referral.MailWish
	docs, err := findAll[stopDoc](ctx, db.mailStops, stopsOf(shop, hashes))
	for _, d := range docs {
		wish = wish.And(referral.MailWish{None: !time.Time(d.At).IsZero(), Why: d.Why, Not: d.Not})
	}
	return wish, failed("mail wish", err)
}

// WishMails remembers what the person of the hashes wants of mails, under the first of them, in the place of all that
// they wanted before.
func (db Mails) WishMails(
	ctx context.Context, shop tenant.ShopID, hashes []string, wish referral.MailWish, at time.Time,
) error {
	said := bson.D{
		{Key: "hash", Value: hashes[0]},
		{Key: "at", Value: nil},
		{Key: "not", Value: wish.Not},
		{Key: "why", Value: literal(wish.Why)},
		{Key: "chosen_at", Value: date(at)},
	}
	if wish.None {
		said[1].Value = orElse("$at", date(at))
	}
	if err := upsert(ctx, db.mailStops, byKey(shop, key(shop, hashes[0])), mongo.Pipeline{set(said)}); err != nil {
		return failed("wish mails", err)
	}

	// What was said under an older key holds no more.
	before := set(bson.D{{Key: "at", Value: nil}, {Key: "not", Value: nil}, {Key: "why", Value: referral.StopAsked}})
	_, err := db.mailStops.UpdateMany(ctx, stopsOf(shop, hashes[1:]), before)
	return failed("wish mails", err)
}

// NoteMerged remembers who took the place of the customer of a hash, so that a link in an old mail stops the mails of
// whoever gets them now. Those whom the customer had replaced before are followed further. They are looked for among all
// of the shop's: merges are rare.
func (db Mails) NoteMerged(ctx context.Context, shop tenant.ShopID, hash string, from, to referral.CustomerID) error {
	before := append(allOf(shop, string(shop)), bson.E{Key: "as", Value: from})
	if _, err := db.mailStops.UpdateMany(ctx, before, set(bson.D{{Key: "as", Value: to}})); err != nil {
		return failed("note merged", err)
	}
	now := set(bson.D{{Key: "hash", Value: hash}, {Key: "as", Value: to}})
	return failed("note merged", upsert(ctx, db.mailStops, byKey(shop, key(shop, hash)), now))
}

// MergedInto is who took the place of the customer of the hashes; "": nobody, for all that is known.
func (db Mails) MergedInto(ctx context.Context, shop tenant.ShopID, hashes []string) (referral.CustomerID, error) {
	merged := append(stopsOf(shop, hashes), bson.E{Key: "as", Value: bson.D{{Key: "$ne", Value: nil}}})
	doc, err := findOne[stopDoc](ctx, db.mailStops, merged)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return "", nil
	}
	return doc.As, failed("merged into", err)
}

// MoveMails has the mails to one customer go to another. They are looked for among all of the shop's: merges are rare.
func (db Mails) MoveMails(ctx context.Context, shop tenant.ShopID, from, to referral.CustomerID) error {
	theirs := append(allOf(shop, string(shop)), bson.E{Key: "customer", Value: from})
	_, err := db.mails.UpdateMany(ctx, theirs, set(bson.D{{Key: "customer", Value: to}}))
	return failed("move mails", err)
}

// renameMails has the mails to one advocate go to another, as part of a transaction. A key that names the advocate is
// made anew, so that later notices meet the mail under it.
func (db *DB) renameMails(ctx context.Context, shop tenant.ShopID, from, to referral.AdvocateID) error {
	docs, err := findAll[mailDoc](ctx, db.mails, append(allOf(shop, string(shop)), bson.E{Key: "advocate", Value: from}))
	if err != nil {
		return err
	}

	for _, doc := range docs {
		was := doc.Key
		doc.Advocate = to
		if begin, named := strings.CutSuffix(was, "/"+string(from)); named {
			doc.Key = begin + "/" + string(to)
			if _, err := db.mails.DeleteOne(ctx, byKey(shop, was)); err != nil {
				return err
			}
		}
		write := set(doc)
		if doc.Key != was { // one that is there already may have been sent
			write = bson.D{{Key: "$setOnInsert", Value: doc}}
		}
		if err := upsert(ctx, db.mails, byKey(shop, doc.Key), write); err != nil {
			return err
		}
	}
	return nil
}

func stopsOf(shop tenant.ShopID, hashes []string) bson.D {
	ids := each(hashes, func(hash string) string { return key(shop, hash) })
	return bson.D{{Key: "_id", Value: anyOf(ids)}, {Key: "shop", Value: shop}}
}

// MailsTo lists the mails to a person, as a friend and as an advocate ("": they are none), in the order of their events.
// They are looked for among all of the shop's: it is rare, and an index would be paid for by every mail.
func (db Mails) MailsTo(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, a referral.AdvocateID,
) ([]referral.Mail, error) {
	theirs := bson.A{bson.D{{Key: "customer", Value: c}}}
	if a != "" {
		theirs = append(theirs, bson.D{{Key: "advocate", Value: a}})
	}
	inOrder := options.Find().SetSort(bson.D{{Key: "at", Value: 1}, {Key: "_id", Value: 1}})
	mine := append(allOf(shop, string(shop)), bson.E{Key: "$or", Value: theirs})
	docs, err := findAll[mailDoc](ctx, db.mails, mine, inOrder)
	return each(docs, mailDoc.toDomain), failed("mails to", err)
}

// ForgetMails removes all mails to a friend, that they want none (keyed hashes), and whose place they took. Both are
// looked for among all of the shop's: it is rare, and an index would be paid for by every mail.
func (db Mails) ForgetMails(
	ctx context.Context, shop tenant.ShopID, c referral.CustomerID, hashes []string,
) error {
	theirs := append(allOf(shop, string(shop)), bson.E{Key: "customer", Value: c})
	if _, err := db.mails.DeleteMany(ctx, theirs); err != nil {
		return failed("forget mails", err)
	}
	if _, err := db.mailStops.DeleteMany(ctx, stopsOf(shop, hashes)); err != nil {
		return failed("forget mails", err)
	}
	replaced := append(allOf(shop, string(shop)), bson.E{Key: "as", Value: c})
	_, err := db.mailStops.DeleteMany(ctx, replaced)
	return failed("forget mails", err)
}

// ShopsWithMail lists shops with mails that are due at now: a sweep.
func (db Sweeps) ShopsWithMail(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	shops, err := distinctShops(ctx, db.mails, append(bson.D{anyShop}, dueMail(now)...), limit)
	return shops, failed("shops with mail", err)
}
