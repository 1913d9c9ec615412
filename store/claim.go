package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Claims are the offers that friends have taken.
type Claims struct{ *DB }

// claimDoc is one claim; _id: claimKey. Codes and the flags are derived, for indexes.
type claimDoc struct {
	Key       string              `bson:"_id"`
	Shop      tenant.ShopID       `bson:"shop"`
	ID        referral.ClaimID    `bson:"id"`
	Campaign  referral.CampaignID `bson:"campaign"`
	Version   int                 `bson:"version"`
	Keys      []string            `bson:"keys"`
	Browsers  []string            `bson:"browsers"`
	Emails    []addressDoc        `bson:"emails"`
	Customer  referral.CustomerID `bson:"customer"`
	SignedAt  date                `bson:"signed_at"`
	Code      string              `bson:"code"`
	Former    []string            `bson:"former"`
	Earlier   []promiseDoc        `bson:"earlier"`
	Touches   []touchDoc          `bson:"touches"`
	Seen      []sightingDoc       `bson:"seen"`
	ClaimedAt date                `bson:"claimed_at"`
	ExpiresAt date                `bson:"expires_at"`
	Counts    date                `bson:"counts_until"`
	Rev       int64               `bson:"rev"`

	HasCode   bool     `bson:"has_code"`   // schema 1 has a unique index on code that covers only these
	Codes     []string `bson:"codes"`      // current and former
	HasCodes  bool     `bson:"has_codes"`  // the unique index on codes covers only these
	HasEmails bool     `bson:"has_emails"` // the index on emails covers only these
	ForgetAt  date     `bson:"forget_at"`  // when something of Seen is due to be forgotten
	Forgets   bool     `bson:"forgets"`    // ForgetAt is there: for its index
}

// addressDoc is one address that a friend gave, by its keyed hash.
type addressDoc struct {
	Hash string `bson:"hash"`
	At   date   `bson:"at"`
}

func newAddressDoc(a referral.Address) addressDoc { return addressDoc{a.Hash, date(a.At)} }

func (d addressDoc) toDomain() referral.Address {
	return referral.Address{Hash: d.Hash, At: time.Time(d.At)}
}

// promiseDoc is a version that the claim promised until an instant.
type promiseDoc struct {
	Version int    `bson:"version"`
	Code    string `bson:"code"`
	Until   date   `bson:"until"`
}

func newPromiseDoc(p referral.Promise) promiseDoc {
	return promiseDoc{p.Version, p.Code, date(p.Until)}
}

func (d promiseDoc) toDomain() referral.Promise {
	return referral.Promise{Version: d.Version, Code: d.Code, Until: time.Time(d.Until)}
}

type touchDoc struct {
	Advocate referral.AdvocateID `bson:"advocate"`
	Version  int                 `bson:"version"`
	At       date                `bson:"at"`
}

func newTouchDoc(t referral.Touch) touchDoc { return touchDoc{t.Advocate, t.Version, date(t.At)} }

func (d touchDoc) toDomain() referral.Touch {
	return referral.Touch{Advocate: d.Advocate, Version: d.Version, At: time.Time(d.At)}
}

func newClaimDoc(c referral.Claim) claimDoc {
	codes := distinct(append([]string{c.Code}, c.Former...))
	return claimDoc{
		Key:       claimKey(c.Shop, c.ID),
		Shop:      c.Shop,
		ID:        c.ID,
		Campaign:  c.Campaign,
		Version:   c.Version,
		Keys:      c.Keys,
		Browsers:  c.Browsers,
		Emails:    each(c.Addresses, newAddressDoc),
		Customer:  c.Customer,
		SignedAt:  date(c.SignedAt),
		Code:      c.Code,
		Former:    c.Former,
		Earlier:   each(c.Earlier, newPromiseDoc),
		Touches:   each(c.Touches, newTouchDoc),
		Seen:      each(c.Seen, newSightingDoc),
		ClaimedAt: date(c.ClaimedAt),
		ExpiresAt: date(c.ExpiresAt),
		Counts:    date(c.CountsUntil),
		Rev:       c.Rev,

		HasCode:   c.Code != "",
		Codes:     codes,
		HasCodes:  len(codes) > 0,
		HasEmails: len(c.Addresses) > 0,
		ForgetAt:  date(referral.SeenForgetAt(c.Seen)),
		Forgets:   !referral.SeenForgetAt(c.Seen).IsZero(),
	}
}

func (d claimDoc) toDomain() referral.Claim {
	return referral.Claim{
		Shop:     d.Shop,
		ID:       d.ID,
		Campaign: d.Campaign,
		Version:  d.Version,

		Keys:      d.Keys,
		Browsers:  d.Browsers,
		Addresses: each(d.Emails, addressDoc.toDomain),
		Customer:  d.Customer,
		SignedAt:  time.Time(d.SignedAt),

		Code:        d.Code,
		Former:      d.Former,
		Earlier:     each(d.Earlier, promiseDoc.toDomain),
		Touches:     each(d.Touches, touchDoc.toDomain),
		Seen:        each(d.Seen, sightingDoc.toDomain),
		ClaimedAt:   time.Time(d.ClaimedAt),
		ExpiresAt:   time.Time(d.ExpiresAt),
		CountsUntil: time.Time(d.Counts),
		Rev:         d.Rev,
	}
}

// oldestClaim sorts claims by when they were made.
var oldestClaim = bson.D{{Key: "claimed_at", Value: 1}, {Key: "id", Value: 1}}

// AddClaim writes a new claim. Conflict: one of its keys has a claim in this campaign, or one of its codes is or was
// another's. Invalid: it has no key.
func (db Claims) AddClaim(ctx context.Context, c referral.Claim) error {
	if len(c.Keys) == 0 {
		return failed("add claim", fault.ForLog(fault.Invalid, "a claim needs a key"))
	}
	_, err := db.claims.InsertOne(ctx, newClaimDoc(c))
	return failed("add claim", err)
}

// FindClaim reads a claim by its id.
func (db Claims) FindClaim(ctx context.Context, shop tenant.ShopID, id referral.ClaimID) (referral.Claim, error) {
	doc, err := findOne[claimDoc](ctx, db.claims, byKey(shop, claimKey(shop, id)))
	return doc.toDomain(), failed("find claim", err)
}

// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
func (db Claims) ClaimsByKeys(
	ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, keys []string,
) ([]referral.Claim, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "campaign", Value: campaign}, {Key: "keys", Value: anyOf(keys)}}
	docs, err := findAll[claimDoc](ctx, db.claims, filter, options.Find().SetSort(oldestClaim))
	return each(docs, claimDoc.toDomain), failed("claims by keys", err)
}

// UpdateClaim loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out.
// Errors: NotFound, Conflict (a key or a code is another claim's), Unavailable, and whatever fn returns.
func (db Claims) UpdateClaim(
	ctx context.Context, shop tenant.ShopID, id referral.ClaimID, fn func(*referral.Claim) error,
) (referral.Claim, error) {
	return db.TellOfClaim(ctx, shop, id, func(c *referral.Claim) ([]referral.Notice, error) { return nil, fn(c) })
}

// TellOfClaim is UpdateClaim, and puts what fn returns into the outbox in the transaction that saves the claim.
func (db Claims) TellOfClaim(
	ctx context.Context, shop tenant.ShopID, id referral.ClaimID,
	fn func(*referral.Claim) (told []referral.Notice, err error),
) (referral.Claim, error) {
	var c referral.Claim
	err := untilSaved(func() (saved bool, err error) {
		if c, err = db.FindClaim(ctx, shop, id); err != nil {
			return false, err
		}

		loaded := bson.E{Key: "rev", Value: c.Rev}
		told, err := fn(&c)
		if err != nil {
			return false, err
		}

		c.Rev++
		err = db.telling(ctx, shop, told, func(ctx context.Context) error {
			as := append(byKey(shop, claimKey(shop, id)), loaded)
			saved, err = updateOne(ctx, db.claims, as, set(newClaimDoc(c)))
			if err == nil && !saved {
				return errMoved
			}
			return err
		})
		if errors.Is(err, errMoved) {
			return false, nil
		}
		return saved, failed("update claim", err)
	})
	if err != nil {
		return referral.Claim{}, err
	}

	return c, nil
}

// ClaimsOf lists the claims that the query selects, by any of what it names, oldest first.
func (db Claims) ClaimsOf(ctx context.Context, shop tenant.ShopID, q referral.ClaimQuery) ([]referral.Claim, error) {
	var ties bson.A
	tie := func(by ...bson.E) { ties = append(ties, append(bson.D{{Key: "shop", Value: shop}}, by...)) }
	if q.Customer != "" {
		tie(bson.E{Key: "customer", Value: q.Customer})
	}
	if len(q.Codes) > 0 {
		tie(bson.E{Key: "has_codes", Value: true}, bson.E{Key: "codes", Value: anyOf(q.Codes)})
	}
	if len(q.IDs) > 0 {
		tie(bson.E{Key: "_id", Value: anyOf(keys(shop, q.IDs, claimKey))})
	}
	if len(q.Emails) > 0 {
		tie(bson.E{Key: "has_emails", Value: true}, bson.E{Key: "emails.hash", Value: anyOf(q.Emails)})
	}
	if ties == nil {
		return nil, nil
	}

	// Each branch names the shop, else one index on the shop would serve them all.
	filter := bson.D{{Key: "$or", Value: ties}}
	docs, err := findAll[claimDoc](ctx, db.claims, filter, options.Find().SetSort(oldestClaim))
	return each(docs, claimDoc.toDomain), failed("claims of", err)
}

// nextRev counts up rev, so that an update which has read the document meanwhile is computed anew.
var nextRev = bson.E{Key: "$inc", Value: bson.D{{Key: "rev", Value: int64(1)}}}

// TieClaim notes whose claim it is. With signedAt the customer was signed in then: their key is added, and the first
// who was signed in stays. Without, an order told: it counts until somebody signs in, and adds no key. Conflict: the
// customer who is signed in has another claim in this campaign.
func (db Claims) TieClaim(
	ctx context.Context, shop tenant.ShopID, id referral.ClaimID, c referral.CustomerID, signedAt time.Time,
) error {
	unsigned := append(byKey(shop, claimKey(shop, id)), bson.E{Key: "signed_at", Value: nil})
	var found bool
	var err error
	if signedAt.IsZero() {
		found, err = updateOne(ctx, db.claims, append(unsigned, bson.E{Key: "customer", Value: ""}),
			set(bson.D{{Key: "customer", Value: c}}, nextRev))
	} else {
		found, err = db.signClaim(ctx, unsigned, c, signedAt)
	}
	if err == nil && !found {
		found, err = exists(ctx, db.claims, byKey(shop, claimKey(shop, id)))
	}
	return failed("tie claim", orNotFound(found, err))
}

// signClaim makes the claim the customer's who is signed in.
func (db Claims) signClaim(
	ctx context.Context, unsigned bson.D, c referral.CustomerID, at time.Time,
) (found bool, err error) {
	signed := set(bson.D{{Key: "customer", Value: c}, {Key: "signed_at", Value: date(at)}}, nextRev)
	addKey := bson.E{Key: "$addToSet", Value: bson.D{{Key: "keys", Value: referral.CustomerKey(c)}}}
	return updateOne(ctx, db.claims, unsigned, append(signed, addKey))
}

// StopCounting has the advocate's claims count from an instant on no more, as far as they would have.
func (db Claims) StopCounting(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, at time.Time) error {
	counting := bson.D{
		{Key: "shop", Value: shop},
		{Key: "touches.advocate", Value: id},
		{Key: "counts_until", Value: bson.D{{Key: "$gt", Value: date(at)}}},
	}
	_, err := db.claims.UpdateMany(ctx, counting, set(bson.D{{Key: "counts_until", Value: date(at)}}, nextRev))
	return failed("stop counting", err)
}

// openBatch is how many open claims are looked at together.
const openBatch = 500

// CountOpenClaims counts an advocate's claims that still count at now and whose friend has no converting order yet, up
// to atMost. The advocate's are those with a touch of theirs.
func (db Claims) CountOpenClaims(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, now time.Time, atMost int,
) (int, error) {
	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "touches.advocate", Value: id},
		{Key: "counts_until", Value: bson.D{{Key: "$gt", Value: date(now)}}},
	}

	only := bson.D{{Key: "_id", Value: 0}, {Key: "customer", Value: 1}}
	cursor, err := db.claims.Find(ctx, filter, options.Find().SetProjection(only).SetBatchSize(openBatch))
	if err != nil {
		return 0, failed("count open claims", err)
	}
	defer func() { _ = cursor.Close(ctx) }() // what was read counts

	n := 0
	for more := true; more && n < atMost; {
		var batch []referral.CustomerID
		if batch, more, err = nextCustomers(ctx, cursor); err != nil {
			return 0, failed("count open claims", err)
		}

		converted, err := db.countConverted(ctx, shop, batch)
		if err != nil {
			return 0, failed("count open claims", err)
		}
		n += len(batch) - converted
	}

	return min(n, atMost), nil
}

// nextCustomers reads the customers of up to openBatch claims, "" for those of guests; more is false at the end.
func nextCustomers(ctx context.Context, cursor *mongo.Cursor) (batch []referral.CustomerID, more bool, err error) {
	for len(batch) < openBatch {
		if !cursor.Next(ctx) {
			return batch, false, cursor.Err()
		}

		var doc struct {
			Customer referral.CustomerID `bson:"customer"`
		}
		if err := cursor.Decode(&doc); err != nil {
			return nil, false, err
		}
		batch = append(batch, doc.Customer)
	}

	return batch, true, nil
}

// converting are the states of a referral whose order converts.
var converting = []referral.State{referral.Pending, referral.Flagged, referral.Approved}

// countConverted counts how many of the claims' customers have an order that converts, outside the test lane.
func (db Claims) countConverted(ctx context.Context, shop tenant.ShopID, customers []referral.CustomerID) (int, error) {
	friends := each(customers, func(c referral.CustomerID) referral.FriendID { return referral.FriendOf(c, false) })
	filter := bson.D{
		{Key: "_id", Value: anyOf(keys(shop, friends, friendKey))}, {Key: "shop", Value: shop},
		{Key: "state", Value: anyOf(converting)},
	}

	converted, err := foundIDs(ctx, db.referrals, filter)
	n := 0
	for _, friend := range friends {
		if converted[friendKey(shop, friend)] {
			n++
		}
	}

	return n, err
}
