package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/tenant"
)

// A shop whose tokens are gone or refused, or that Shopify has closed, is frozen: its referrals' work and its campaigns
// leave the sweeps' indexes, so that work which nobody can do stands in nobody's way. Its next tokens thaw it, or
// Shopify's answering again for a closed one. Source: design section 7, app/uninstalled.

func (db *DB) freeze(ctx context.Context, shop tenant.ShopID) error {
	return db.setFrozen(ctx, shop, bson.E{Key: "has_work", Value: true},
		bson.D{{Key: "has_work", Value: false}, {Key: "frozen", Value: true}}, true)
}

func (db *DB) thaw(ctx context.Context, shop tenant.ShopID) error {
	return db.setFrozen(ctx, shop, bson.E{Key: "frozen", Value: true},
		bson.D{{Key: "has_work", Value: true}, {Key: "frozen", Value: false}}, false)
}

// setFrozen changes the shop's referrals that which selects, and all its campaigns. It may run twice.
func (db *DB) setFrozen(ctx context.Context, shop tenant.ShopID, which bson.E, fields bson.D, frozen bool) error {
	if _, err := db.referrals.UpdateMany(ctx, bson.D{{Key: "shop", Value: shop}, which}, set(fields)); err != nil {
		return err
	}
	_, err := db.campaigns.UpdateMany(ctx, bson.D{{Key: "shop", Value: shop}},
		set(bson.D{{Key: "frozen", Value: frozen}}))
	return err
}
