package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// Nominated returns those of the nominees that may matter: they carry one of our codes, a claim, an address of one or a
// visit, an advocate's code, may carry what could not be seen, are known orders, or belong to a customer with a claim
// or a referral, or to an advocate, or are those with which a guest joined of whom Shopify has not
// named the customer yet, or have a guest's address. It takes ten indexed look-ups at most, whatever the number of
// nominees.
func (db Facts) Nominated(
	ctx context.Context, shop tenant.ShopID, nominees []referral.Nominee,
) ([]referral.Nominee, error) {
	known, err := db.lookUp(ctx, shop, nominees)
	if err != nil {
		return nil, failed("nominate", err)
	}

	idle := func(n referral.Nominee) bool { return !known.matters(shop, n) }
	return slices.DeleteFunc(slices.Clone(nominees), idle), nil
}

// known is what the look-ups of Nominated found: sets of _ids, but for customers, addresses and advocates' codes.
type known struct {
	orders, codes, claims, referrals map[string]bool
	claimants, sharers               map[referral.CustomerID]bool
	claimEmails, advocateCodes       map[string]bool
	guestEmails                      map[string]bool
	joinedWith                       map[referral.OrderID]bool
}

func (k known) matters(shop tenant.ShopID, n referral.Nominee) bool {
	ours := func(code string) bool { return k.codes[codeKey(shop, code)] || k.advocateCodes[code] }
	return n.Visit || n.Unseen ||
		k.orders[orderKey(shop, n.Order)] || k.joinedWith[n.Order] ||
		slices.ContainsFunc(n.Codes, ours) ||
		(n.Claim != "" && k.claims[claimKey(shop, n.Claim)]) ||
		(n.Ref != "" && k.advocateCodes[n.Ref]) ||
		(n.Customer != "" && (k.claimants[n.Customer] || k.sharers[n.Customer] ||
			slices.ContainsFunc(lanes(n.Customer), k.friend(shop)))) ||
		slices.ContainsFunc(n.Emails, func(hash string) bool { return k.claimEmails[hash] || k.guestEmails[hash] })
}

func (k known) friend(shop tenant.ShopID) func(referral.FriendID) bool {
	return func(f referral.FriendID) bool { return k.referrals[friendKey(shop, f)] }
}

// lanes names both referrals that a customer may have.
func lanes(c referral.CustomerID) []referral.FriendID {
	return []referral.FriendID{referral.FriendOf(c, false), referral.FriendOf(c, true)}
}

func (db Facts) lookUp(ctx context.Context, shop tenant.ShopID, nominees []referral.Nominee) (k known, err error) {
	var orders []referral.OrderID
	var codes, refs, emails []string
	var claims []referral.ClaimID
	var customers []referral.CustomerID
	var friends []referral.FriendID
	for _, n := range nominees {
		orders, claims, customers = append(orders, n.Order), append(claims, n.Claim), append(customers, n.Customer)
		codes, refs, emails = append(codes, n.Codes...), append(refs, n.Ref), append(emails, n.Emails...)
	}

	customers = distinct(customers)
	for _, c := range customers {
		friends = append(friends, lanes(c)...)
	}

	if k.orders, err = existing(ctx, db.orders, shop, keys(shop, distinct(orders), orderKey)); err != nil {
		return k, err
	}
	if k.codes, err = existing(ctx, db.codes, shop, keys(shop, distinct(codes), codeKey)); err != nil {
		return k, err
	}
	if k.claims, err = existing(ctx, db.claims, shop, keys(shop, distinct(claims), claimKey)); err != nil {
		return k, err
	}
	if k.referrals, err = existing(ctx, db.referrals, shop, keys(shop, friends, friendKey)); err != nil {
		return k, err
	}
	if k.claimants, err = db.claimants(ctx, shop, customers); err != nil {
		return k, err
	}
	if k.sharers, err = db.sharers(ctx, shop, customers); err != nil {
		return k, err
	}
	if k.claimEmails, err = db.claimEmails(ctx, shop, distinct(emails)); err != nil {
		return k, err
	}
	if k.guestEmails, err = db.guestEmails(ctx, shop, distinct(emails)); err != nil {
		return k, err
	}

	if k.joinedWith, err = db.joinedWith(ctx, shop, distinct(orders)); err != nil {
		return k, err
	}

	k.advocateCodes, err = db.advocateCodes(ctx, shop, distinct(append(refs, codes...)))
	return k, err
}

// existing returns which of a shop's _ids a collection has.
func existing(ctx context.Context, c *mongo.Collection, shop tenant.ShopID, ids []string) (map[string]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return foundIDs(ctx, c, bson.D{{Key: "_id", Value: anyOf(ids)}, {Key: "shop", Value: shop}})
}

// claimants returns which of the customers have a claim.
func (db Facts) claimants(
	ctx context.Context, shop tenant.ShopID, customers []referral.CustomerID,
) (map[referral.CustomerID]bool, error) {
	if len(customers) == 0 {
		return nil, nil
	}

	filter := bson.D{{Key: "shop", Value: shop}, {Key: "customer", Value: anyOf(customers)}}
	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "customer", Value: 1}})
	docs, err := findAll[claimDoc](ctx, db.claims, filter, only)
	found := make(map[referral.CustomerID]bool, len(docs))
	for _, d := range docs {
		found[d.Customer] = true
	}
	return found, err
}

// sharers returns which of the customers are advocates.
func (db Facts) sharers(
	ctx context.Context, shop tenant.ShopID, customers []referral.CustomerID,
) (map[referral.CustomerID]bool, error) {
	if len(customers) == 0 {
		return nil, nil
	}

	filter := whoHas(shop, "customer", anyOf(customers))
	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "customer", Value: 1}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, only)
	found := make(map[referral.CustomerID]bool, len(docs))
	for _, d := range docs {
		found[d.Customer] = true
	}
	return found, err
}

// joinedWith returns with which of the orders a guest joined who is tied to no customer yet.
func (db Facts) joinedWith(
	ctx context.Context, shop tenant.ShopID, orders []referral.OrderID,
) (map[referral.OrderID]bool, error) {
	if len(orders) == 0 {
		return nil, nil
	}

	filter := append(whoHas(shop, "order", anyOf(orders)), bson.E{Key: "has_customer", Value: false})
	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "order", Value: 1}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, only)

	found := make(map[referral.OrderID]bool, len(docs))
	for _, d := range docs {
		found[d.Order] = true
	}
	return found, err
}

// claimEmails returns the addresses (keyed hashes) of the claims that have one of them.
func (db Facts) claimEmails(ctx context.Context, shop tenant.ShopID, emails []string) (map[string]bool, error) {
	if len(emails) == 0 {
		return nil, nil
	}

	filter := bson.D{
		{Key: "shop", Value: shop},
		{Key: "has_emails", Value: true},
		{Key: "emails.hash", Value: anyOf(emails)},
	}

	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "emails.hash", Value: 1}})
	docs, err := findAll[claimDoc](ctx, db.claims, filter, only)
	found := map[string]bool{}
	for _, d := range docs {
		for _, address := range d.Emails {
			found[address.Hash] = true
		}
	}

	return found, err
}

// guestEmails returns the addresses (keyed hashes) of the guests who joined with one of them.
func (db Facts) guestEmails(ctx context.Context, shop tenant.ShopID, emails []string) (map[string]bool, error) {
	if len(emails) == 0 {
		return nil, nil
	}

	filter := bson.D{
		{Key: "shop", Value: shop}, {Key: "emails", Value: anyOf(emails)}, {Key: "has_customer", Value: false},
	}
	only := options.Find().SetHint("emails").SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "emails", Value: 1}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, only)
	found := map[string]bool{}
	for _, d := range docs {
		for _, hash := range d.Emails {
			found[hash] = true
		}
	}

	return found, err
}

// advocateCodes returns which of the codes are an advocate's.
func (db Facts) advocateCodes(ctx context.Context, shop tenant.ShopID, codes []string) (map[string]bool, error) {
	if len(codes) == 0 {
		return nil, nil
	}

	filter := bson.D{{Key: "shop", Value: shop}, {Key: "codes", Value: anyOf(codes)}}
	only := options.Find().SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "codes", Value: 1}})
	docs, err := findAll[advocateDoc](ctx, db.advocates, filter, only)
	found := map[string]bool{}
	for _, d := range docs {
		for _, code := range d.Codes {
			found[code] = true
		}
	}

	return found, err
}
