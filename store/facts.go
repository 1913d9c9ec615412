package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/referral"
	"twofold/tenant"
)

// LoadFacts reads the referral first, then everything else, so that FactsRev tells whether anything moved since. The claims are
// those tied to the friend, and those whose code or id is on one of her orders.
func (s *Store) LoadFacts(ctx context.Context, shop tenant.ShopID, friend referral.CustomerID) (referral.Facts, error) {
	var f referral.Facts
	var err error
	if f.Referral, err = s.FindReferral(ctx, shop, friend); err != nil {
		return referral.Facts{}, err
	}
	for _, load := range []func(context.Context, *referral.Facts) error{s.loadOrders, s.loadSpent, s.loadClaims, s.loadAdvocates, s.loadCampaigns} {
		if err := load(ctx, &f); err != nil {
			return referral.Facts{}, failed("load facts", err)
		}
	}
	return f, nil
}

func (s *Store) loadOrders(ctx context.Context, f *referral.Facts) (err error) {
	r := f.Referral
	f.Orders, err = s.listOrders(ctx, bson.D{{Key: "shop", Value: r.Shop}, {Key: "snapshot.customer", Value: r.Friend}})
	return err
}

// loadSpent reads the orders, whoever placed them, on which a code issued in this referral was seen.
func (s *Store) loadSpent(ctx context.Context, f *referral.Facts) (err error) {
	r := f.Referral
	codes := each(r.Issues, func(i referral.Issue) string { return i.Code })
	if len(codes) > 0 {
		f.Spent, err = s.listOrders(ctx, bson.D{{Key: "shop", Value: r.Shop}, {Key: "snapshot.codes", Value: anyOf(codes)}})
	}
	return err
}

func (s *Store) loadClaims(ctx context.Context, f *referral.Facts) (err error) {
	var codes []string
	var ids []referral.ClaimID
	for _, o := range f.Orders {
		codes = append(codes, o.Codes...)
		if id := o.ClaimID(); id != "" {
			ids = append(ids, id)
		}
	}
	f.Claims, err = s.ClaimsOf(ctx, f.Referral.Shop, f.Referral.Friend, codes, ids)
	return err
}

// loadAdvocates reads the advocates that the claims, the merchant's acts or the referral name.
func (s *Store) loadAdvocates(ctx context.Context, f *referral.Facts) error {
	named := []referral.AdvocateID{f.Referral.Advocate}
	for _, a := range f.Referral.Acts {
		named = append(named, a.Advocate)
	}
	for _, c := range f.Claims {
		named = append(named, each(c.Touches, func(t referral.Touch) referral.AdvocateID { return t.Advocate })...)
	}
	shop := f.Referral.Shop
	docs, err := findAll[advocateDoc](ctx, s.advocates, bson.D{{Key: "_id", Value: anyOf(keys(shop, distinct(named), advocateKey))}, {Key: "shop", Value: shop}})
	f.Advocates = make(map[referral.AdvocateID]referral.Advocate, len(docs))
	for _, d := range docs {
		f.Advocates[d.ID] = d.toDomain()
	}
	return err
}

// loadCampaigns reads the campaign versions that the claims, their touches, the merchant's acts or the referral name.
func (s *Store) loadCampaigns(ctx context.Context, f *referral.Facts) error {
	named := []referral.CampaignKey{f.Referral.Campaign}
	for _, a := range f.Referral.Acts {
		named = append(named, a.Campaign)
	}
	for _, c := range f.Claims {
		named = append(named, referral.CampaignKey{ID: c.Campaign, Version: c.Version})
		for _, t := range c.Touches {
			named = append(named, referral.CampaignKey{ID: c.Campaign, Version: t.Version})
		}
	}
	shop := f.Referral.Shop
	ids := each(named, func(k referral.CampaignKey) string { return campaignKey(shop, k) })
	docs, err := findAll[campaignDoc](ctx, s.campaigns, bson.D{{Key: "_id", Value: anyOf(distinct(ids))}, {Key: "shop", Value: shop}})
	f.Campaigns = make(map[referral.CampaignKey]referral.Campaign, len(docs))
	for _, d := range docs {
		c := d.toDomain()
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
