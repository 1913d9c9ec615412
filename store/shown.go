package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/referral"
	"twofold/tenant"
)

// What the shop's pages show follows from its document and its campaigns'. Whatever changes that says so in the same
// write, so that it cannot be lost: a campaign is marked unshown; of a shop, show_at (when it is due; missing: now)
// goes, and show_rev grows.

// unshownDoc is a campaign version that its shop's pages do not show as it is.
type unshownDoc struct {
	Campaign campaignDoc `bson:",inline"`
	Unshown  bool        `bson:"unshown"`
}

// changedDoc is what is written of a campaign version that was changed. A mark that is there already stays.
func changedDoc(was, is referral.Campaign) any {
	if is.ShowsAlike(was) {
		return newCampaignDoc(is)
	}
	return unshownDoc{newCampaignDoc(is), true}
}

// shownDoc is how showing the offer went.
type shownDoc struct {
	Print   string            `bson:"print"`
	Install int               `bson:"install"`
	At      date              `bson:"at"`
	Problem string            `bson:"problem"`
	Values  map[string]string `bson:"problem_values,omitempty"`
	Since   date              `bson:"since"`
}

func newShownDoc(s tenant.Shown) shownDoc {
	return shownDoc{s.Print, s.Install, date(s.At), s.Problem, s.Values, date(s.Since)}
}

func (d shownDoc) toDomain() tenant.Shown {
	return tenant.Shown{
		Print:   d.Print,
		Install: d.Install,
		At:      time.Time(d.At),
		Problem: d.Problem,
		Values:  d.Values,
		Since:   time.Time(d.Since),
	}
}

// toShow makes showing a shop's offer due, beside the other operators of an update.
var toShow = []bson.E{
	{Key: "$unset", Value: bson.D{{Key: "show_at", Value: ""}}},
	{Key: "$inc", Value: bson.D{{Key: "show_rev", Value: int64(1)}}},
}

// SaveProxy keeps the storefront path of the app proxy, and tells whether it was another before.
func (db Shops) SaveProxy(ctx context.Context, shop tenant.ShopID, path string) (changed bool, err error) {
	another := bson.E{Key: "proxy", Value: bson.D{{Key: "$ne", Value: path}}}
	changed, err = updateOne(ctx, db.shops, byShop(shop, another), set(bson.D{{Key: "proxy", Value: path}}, toShow...))
	return changed, failed("save proxy", err)
}

// SaveShown keeps how showing the offer went. With a time for next it is due then, but for what changed since the shop
// and its campaigns were read as given: that stays due. The shop comes first: if the campaigns' marks are left, they
// have it shown once more.
//
// Pipeline in: show_rev, perhaps missing; show_at. Out: shown; show_at, another one only if show_rev is as it was read.
func (db Shops) SaveShown(
	ctx context.Context, read tenant.Shop, all []referral.Campaign, went tenant.Shown, next time.Time,
) error {
	fields := bson.D{{Key: "shown", Value: literal(newShownDoc(went))}}
	if !next.IsZero() {
		asRead := bson.D{{Key: "$eq", Value: bson.A{orZero("$show_rev"), read.ShowRev}}}
		fields = append(fields, bson.E{Key: "show_at", Value: bson.D{
			{Key: "$cond", Value: bson.A{asRead, date(next), "$show_at"}},
		}})
	}

	err := orNotFound(updateOne(ctx, db.shops, byShop(read.ID), mongo.Pipeline{set(fields)}))
	if err != nil || next.IsZero() || len(all) == 0 {
		return failed("save shown", err)
	}

	asRead := each(all, func(c referral.Campaign) bson.D {
		return append(byKey(read.ID, campaignKey(read.ID, c.Key())),
			bson.E{Key: "rev", Value: c.Rev}, bson.E{Key: "unshown", Value: true})
	})
	_, err = db.campaigns.UpdateMany(ctx, bson.D{{Key: "$or", Value: asRead}},
		set(bson.D{{Key: "unshown", Value: false}}))
	return failed("save shown", err)
}
