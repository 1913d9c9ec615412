package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// claimDoc is one claim; _id: claimKey.
type claimDoc struct {
	Key       string              `bson:"_id"`
	Shop      tenant.ShopID       `bson:"shop"`
	ID        referral.ClaimID    `bson:"id"`
	Campaign  referral.CampaignID `bson:"campaign"`
	Version   int                 `bson:"version"`
	Keys      []string            `bson:"keys"`
	Customer  referral.CustomerID `bson:"customer"`
	Code      string              `bson:"code"`
	HasCode   bool                `bson:"has_code"` // the unique index on code covers only these
	Touches   []touchDoc          `bson:"touches"`
	ClaimedAt date                `bson:"claimed_at"`
	ExpiresAt date                `bson:"expires_at"`
	Rev       int64               `bson:"rev"`
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
	return claimDoc{
		Key: claimKey(c.Shop, c.ID), Shop: c.Shop, ID: c.ID, Campaign: c.Campaign, Version: c.Version, Keys: c.Keys, Customer: c.Customer,
		Code: c.Code, HasCode: c.Code != "", Touches: each(c.Touches, newTouchDoc), ClaimedAt: date(c.ClaimedAt), ExpiresAt: date(c.ExpiresAt),
		Rev: c.Rev,
	}
}

func (d claimDoc) toDomain() referral.Claim {
	return referral.Claim{
		Shop: d.Shop, ID: d.ID, Campaign: d.Campaign, Version: d.Version, Keys: d.Keys, Customer: d.Customer, Code: d.Code,
		Touches: each(d.Touches, touchDoc.toDomain), ClaimedAt: time.Time(d.ClaimedAt), ExpiresAt: time.Time(d.ExpiresAt), Rev: d.Rev,
	}
}

// oldestClaim sorts claims by when they were made.
var oldestClaim = bson.D{{Key: "claimed_at", Value: 1}, {Key: "id", Value: 1}}

// AddClaim writes a new claim. Conflict: one of its keys has a claim in this campaign, or its code is another's. Invalid: it has
// no key.
func (s *Store) AddClaim(ctx context.Context, c referral.Claim) error {
	if len(c.Keys) == 0 {
		return failed("add claim", fault.New(fault.Invalid, "A claim needs a key."))
	}
	_, err := s.claims.InsertOne(ctx, newClaimDoc(c))
	return failed("add claim", err)
}

// FindClaim reads a claim by its id.
func (s *Store) FindClaim(ctx context.Context, shop tenant.ShopID, id referral.ClaimID) (referral.Claim, error) {
	doc, err := findOne[claimDoc](ctx, s.claims, byKey(shop, claimKey(shop, id)))
	return doc.toDomain(), failed("find claim", err)
}

// ClaimsByKeys lists the claims of a campaign that have any of the keys, oldest first.
func (s *Store) ClaimsByKeys(ctx context.Context, shop tenant.ShopID, campaign referral.CampaignID, keys []string) ([]referral.Claim, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "campaign", Value: campaign}, {Key: "keys", Value: anyOf(keys)}}
	docs, err := findAll[claimDoc](ctx, s.claims, filter, options.Find().SetSort(oldestClaim))
	return each(docs, claimDoc.toDomain), failed("claims by keys", err)
}

// UpdateClaim loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out. Errors: NotFound,
// Conflict (a key or the code is another claim's), Unavailable, and whatever fn returns.
func (s *Store) UpdateClaim(ctx context.Context, shop tenant.ShopID, id referral.ClaimID, fn func(*referral.Claim) error) (referral.Claim, error) {
	var c referral.Claim
	err := untilSaved(func() (saved bool, err error) {
		if c, err = s.FindClaim(ctx, shop, id); err != nil {
			return false, err
		}
		loaded := bson.E{Key: "rev", Value: c.Rev}
		if err := fn(&c); err != nil {
			return false, err
		}
		c.Rev++
		saved, err = updateOne(ctx, s.claims, append(byKey(shop, claimKey(shop, id)), loaded), set(newClaimDoc(c)))
		return saved, failed("update claim", err)
	})
	if err != nil {
		return referral.Claim{}, err
	}
	return c, nil
}

// ClaimsOf lists the claims tied to a customer, to any of the codes, or with any of the ids, oldest first.
func (s *Store) ClaimsOf(ctx context.Context, shop tenant.ShopID, c referral.CustomerID, codes []string, ids []referral.ClaimID) ([]referral.Claim, error) {
	var ties bson.A
	tie := func(by ...bson.E) { ties = append(ties, append(bson.D{{Key: "shop", Value: shop}}, by...)) }
	if c != "" {
		tie(bson.E{Key: "customer", Value: c})
	}
	if len(codes) > 0 {
		tie(bson.E{Key: "has_code", Value: true}, bson.E{Key: "code", Value: anyOf(codes)})
	}
	if len(ids) > 0 {
		tie(bson.E{Key: "_id", Value: anyOf(keys(shop, ids, claimKey))})
	}
	if ties == nil {
		return nil, nil
	}
	filter := bson.D{{Key: "$or", Value: ties}} // each branch names the shop, else one index on the shop would serve them all
	docs, err := findAll[claimDoc](ctx, s.claims, filter, options.Find().SetSort(oldestClaim))
	return each(docs, claimDoc.toDomain), failed("claims of", err)
}

// TieClaim sets the claim's customer if it has none, and adds her key unless another claim of the campaign has it. A claim that is
// tied stays as it is.
func (s *Store) TieClaim(ctx context.Context, shop tenant.ShopID, id referral.ClaimID, c referral.CustomerID) error {
	untied := append(byKey(shop, claimKey(shop, id)), bson.E{Key: "customer", Value: ""})
	tie := bson.D{{Key: "$set", Value: bson.D{{Key: "customer", Value: c}}}, {Key: "$inc", Value: bson.D{{Key: "rev", Value: int64(1)}}}}
	addKey := bson.E{Key: "$addToSet", Value: bson.D{{Key: "keys", Value: referral.CustomerKey(c)}}}
	found, err := updateOne(ctx, s.claims, untied, append(tie, addKey))
	if mongo.IsDuplicateKeyError(err) { // she has another claim in this campaign
		found, err = updateOne(ctx, s.claims, untied, tie)
	}
	if err == nil && !found {
		found, err = exists(ctx, s.claims, byKey(shop, claimKey(shop, id)))
	}
	return failed("tie claim", orNotFound(found, err))
}

// openBatch is how many open claims are looked at together.
const openBatch = 500

// CountOpenClaims counts an advocate's claims that expire after now and whose friend has no converting order yet, up to atMost. Hers
// are those with a touch of hers.
func (s *Store) CountOpenClaims(ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, now time.Time, atMost int) (int, error) {
	filter := bson.D{{Key: "shop", Value: shop}, {Key: "touches.advocate", Value: id}, {Key: "expires_at", Value: bson.D{{Key: "$gt", Value: date(now)}}}}
	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "customer", Value: 1}}).SetBatchSize(openBatch)
	cursor, err := s.claims.Find(ctx, filter, only)
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
		converted, err := s.countConverted(ctx, shop, batch)
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

// countConverted counts how many of the claims' friends have an order that converts.
func (s *Store) countConverted(ctx context.Context, shop tenant.ShopID, friends []referral.CustomerID) (int, error) {
	filter := bson.D{
		{Key: "_id", Value: anyOf(keys(shop, friends, friendKey))}, {Key: "shop", Value: shop},
		{Key: "state", Value: anyOf([]referral.State{referral.Pending, referral.Flagged, referral.Approved})},
	}
	converted, err := foundIDs(ctx, s.referrals, filter)
	n := 0
	for _, friend := range friends {
		if converted[friendKey(shop, friend)] {
			n++
		}
	}
	return n, err
}
