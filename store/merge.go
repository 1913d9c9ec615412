package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
)

// MergeAdvocates writes one advocate in the place of two, in one transaction: what names the other names the one from then on. Without another
// ("") only the one is written.
func (s *Store) MergeAdvocates(ctx context.Context, one referral.Advocate, other referral.AdvocateID) error {
	err := s.inTransaction(ctx, func(ctx context.Context) error {
		if other != "" {
			if _, err := s.advocates.DeleteOne(ctx, byKey(one.Shop, advocateKey(one.Shop, other))); err != nil { // its codes are unique
				return err
			}
		}
		if err := orNotFound(updateOne(ctx, s.advocates, byKey(one.Shop, advocateKey(one.Shop, one.ID)), set(newAdvocateDoc(one)))); err != nil {
			return err
		}
		if other == "" {
			return nil
		}
		return s.renameAdvocate(ctx, one, other)
	})
	return failed("merge advocates", err)
}

// renameAdvocate has claims, orders and referrals name the one. The referrals' facts have changed by it.
func (s *Store) renameAdvocate(ctx context.Context, one referral.Advocate, other referral.AdvocateID) error {
	for _, place := range []struct {
		in     *mongo.Collection
		field  string // that names the other
		path   string // the same, as it is set
		grows  bson.E // what tells whoever has read the document
		within bson.D
	}{
		{s.claims, "touches.advocate", "touches.$[one].advocate", nextRev, bson.D{{Key: "one.advocate", Value: other}}},
		{s.orders, "snapshot.visit.advocate", "snapshot.visit.advocate", bson.E{Key: "$inc", Value: bson.D{{Key: "ticket", Value: int64(0)}}}, nil},
		{s.referrals, "acts.advocate", "acts.$[one].advocate", raise[0], bson.D{{Key: "one.advocate", Value: other}}},
		{s.referrals, "release.advocate", "release.advocate", raise[0], nil},
		{s.referrals, "advocate", "advocate", raise[0], nil},
	} {
		fields := bson.D{{Key: place.path, Value: one.ID}}
		if place.in == s.referrals {
			fields = append(fields, bson.E{Key: "undecided", Value: true})
		}
		opts := options.UpdateMany()
		if place.within != nil {
			opts.SetArrayFilters([]any{place.within})
		}
		named := bson.D{{Key: "shop", Value: one.Shop}, {Key: place.field, Value: other}}
		if _, err := place.in.UpdateMany(ctx, named, slices.Concat(set(fields), bson.D{place.grows}), opts); err != nil {
			return err
		}
	}
	return nil
}
