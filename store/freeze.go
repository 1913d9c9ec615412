package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/tenant"
)

// A shop whose tokens are gone or refused, or that Shopify has closed, is frozen: its referrals' work and its campaigns leave the sweeps'
// indexes, so that work which nobody can do stands in nobody's way. Its next tokens thaw it, or Shopify's answering again for a closed one.
// Source: design section 7, app/uninstalled.

func (s *Store) freeze(ctx context.Context, shop tenant.ShopID) error {
	return s.setFrozen(ctx, shop, bson.E{Key: "has_work", Value: true}, bson.D{{Key: "has_work", Value: false}, {Key: "frozen", Value: true}}, true)
}

func (s *Store) thaw(ctx context.Context, shop tenant.ShopID) error {
	return s.setFrozen(ctx, shop, bson.E{Key: "frozen", Value: true}, bson.D{{Key: "has_work", Value: true}, {Key: "frozen", Value: false}}, false)
}

// setFrozen changes the shop's referrals that which selects, and all its campaigns. It may run twice.
func (s *Store) setFrozen(ctx context.Context, shop tenant.ShopID, which bson.E, fields bson.D, frozen bool) error {
	if _, err := s.referrals.UpdateMany(ctx, bson.D{{Key: "shop", Value: shop}, which}, set(fields)); err != nil {
		return err
	}
	_, err := s.campaigns.UpdateMany(ctx, bson.D{{Key: "shop", Value: shop}}, set(bson.D{{Key: "frozen", Value: frozen}}))
	return err
}

// ThawInstalled thaws up to limit shops that are installed and frozen all the same: a process died, or was slow, between writing a
// shop's status and its work.
func (s *Store) ThawInstalled(ctx context.Context, limit int) error {
	frozen := bson.D{anyShop, {Key: "frozen", Value: true}}
	shops, err := distinctShops(ctx, s.referrals, frozen, limit)
	if err != nil {
		return failed("thaw installed", err)
	}
	asleep, err := distinctShops(ctx, s.campaigns, frozen, limit)
	if err != nil {
		return failed("thaw installed", err)
	}
	for _, shop := range append(shops, asleep...) {
		found, err := s.FindShop(ctx, shop)
		if err == nil && found.Status == tenant.Installed {
			err = s.thaw(ctx, shop)
		}
		if err != nil {
			return failed("thaw installed", err)
		}
	}
	return nil
}
