package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/referral"
	"twofold/tenant"
)

// campaignDoc is one version of a campaign; _id: campaignKey.
type campaignDoc struct {
	Key       string                                `bson:"_id"`
	Shop      tenant.ShopID                         `bson:"shop"`
	ID        referral.CampaignID                   `bson:"id"`
	Version   int                                   `bson:"version"`
	Name      string                                `bson:"name"`
	State     referral.CampaignState                `bson:"state"`
	Terms     termsDoc                              `bson:"terms"`
	Discounts map[referral.Side]referral.DiscountID `bson:"discounts"`
	CreatedAt date                                  `bson:"created_at"`
	LiveAt    date                                  `bson:"live_at"`
	Problem   string                                `bson:"problem"`
	Rev       int64                                 `bson:"rev"`
}

type termsDoc struct {
	Friend     offerDoc  `bson:"friend"`
	Advocate   offerDoc  `bson:"advocate"`
	Minimum    amountDoc `bson:"minimum"`
	HoldDays   int       `bson:"hold_days"`
	WindowDays int       `bson:"window_days"`
	ClaimDays  int       `bson:"claim_days"`
}

type offerDoc struct {
	Kind   referral.OfferKind `bson:"kind"`
	Amount amountDoc          `bson:"amount"`
}

func newOfferDoc(o referral.Offer) offerDoc { return offerDoc{o.Kind, newAmountDoc(o.Amount)} }
func (d offerDoc) toDomain() referral.Offer {
	return referral.Offer{Kind: d.Kind, Amount: d.Amount.toDomain()}
}

func newCampaignDoc(c referral.Campaign) campaignDoc {
	t := c.Terms
	return campaignDoc{
		Key: campaignKey(c.Shop, c.Key()), Shop: c.Shop, ID: c.ID, Version: c.Version, Name: c.Name, State: c.State,
		Terms:     termsDoc{newOfferDoc(t.Friend), newOfferDoc(t.Advocate), newAmountDoc(t.Minimum), t.HoldDays, t.WindowDays, t.ClaimDays},
		Discounts: c.Discounts, CreatedAt: date(c.CreatedAt), LiveAt: date(c.LiveAt), Problem: c.Problem, Rev: c.Rev,
	}
}

func (d campaignDoc) toDomain() referral.Campaign {
	t := d.Terms
	return referral.Campaign{
		Shop: d.Shop, ID: d.ID, Version: d.Version, Name: d.Name, State: d.State,
		Terms: referral.Terms{
			Friend: t.Friend.toDomain(), Advocate: t.Advocate.toDomain(), Minimum: t.Minimum.toDomain(),
			HoldDays: t.HoldDays, WindowDays: t.WindowDays, ClaimDays: t.ClaimDays,
		},
		Discounts: d.Discounts, CreatedAt: time.Time(d.CreatedAt), LiveAt: time.Time(d.LiveAt), Problem: d.Problem, Rev: d.Rev,
	}
}

// AddCampaign writes a new version of a campaign. Conflict: it exists.
func (s *Store) AddCampaign(ctx context.Context, c referral.Campaign) error {
	_, err := s.campaigns.InsertOne(ctx, newCampaignDoc(c))
	return failed("add campaign", err)
}

// FindCampaign reads one version of a campaign.
func (s *Store) FindCampaign(ctx context.Context, shop tenant.ShopID, k referral.CampaignKey) (referral.Campaign, error) {
	doc, err := findOne[campaignDoc](ctx, s.campaigns, byKey(shop, campaignKey(shop, k)))
	return doc.toDomain(), failed("find campaign", err)
}

// ListCampaigns lists all versions of all campaigns, newest first.
func (s *Store) ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error) {
	newest := bson.D{{Key: "created_at", Value: -1}, {Key: "version", Value: -1}}
	docs, err := findAll[campaignDoc](ctx, s.campaigns, bson.D{{Key: "shop", Value: shop}}, options.Find().SetSort(newest))
	return each(docs, campaignDoc.toDomain), failed("list campaigns", err)
}

// UpdateCampaign loads, lets fn change, and saves if nobody changed it meanwhile, else again. fn must not call out. Errors: NotFound,
// Unavailable, and whatever fn returns.
func (s *Store) UpdateCampaign(ctx context.Context, shop tenant.ShopID, k referral.CampaignKey, fn func(*referral.Campaign) error) (referral.Campaign, error) {
	var c referral.Campaign
	err := untilSaved(func() (saved bool, err error) {
		if c, err = s.FindCampaign(ctx, shop, k); err != nil {
			return false, err
		}
		loaded := bson.E{Key: "rev", Value: c.Rev}
		if err := fn(&c); err != nil {
			return false, err
		}
		c.Rev++
		saved, err = updateOne(ctx, s.campaigns, append(byKey(shop, campaignKey(shop, k)), loaded), set(newCampaignDoc(c)))
		return saved, failed("update campaign", err)
	})
	if err != nil {
		return referral.Campaign{}, err
	}
	return c, nil
}
