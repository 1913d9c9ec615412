package store

import (
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/figures"
	"twofold/funnel"
	"twofold/money"
	"twofold/referral"
	"twofold/tenant"
)

// date is an instant as documents keep it: UTC, cut to milliseconds; the zero time is null.
type date time.Time

// MarshalBSONValue writes a BSON date, or null.
func (d date) MarshalBSONValue() (kind byte, data []byte, err error) {
	if time.Time(d).IsZero() {
		return byte(bson.TypeNull), nil, nil
	}
	typ, data, err := bson.MarshalValue(bson.NewDateTimeFromTime(time.Time(d)))
	return byte(typ), data, err
}

// UnmarshalBSONValue reads a BSON date or null.
func (d *date) UnmarshalBSONValue(kind byte, data []byte) error {
	if bson.Type(kind) == bson.TypeNull {
		*d = date{}
		return nil
	}

	var at bson.DateTime
	if err := bson.UnmarshalValue(bson.Type(kind), data, &at); err != nil {
		return err
	}

	*d = date(at.Time().UTC())
	return nil
}

// amountDoc is money.Amount: whole minor units and ISO 4217.
type amountDoc struct {
	Minor    int64  `bson:"minor"`
	Currency string `bson:"currency"`
}

func newAmountDoc(a money.Amount) amountDoc { return amountDoc{a.Minor, a.Currency} }
func (d amountDoc) toDomain() money.Amount  { return money.Amount{Minor: d.Minor, Currency: d.Currency} }

// each converts a slice; nil stays nil.
func each[A, B any](in []A, convert func(A) B) []B {
	if in == nil {
		return nil
	}

	out := make([]B, len(in))
	for i, v := range in {
		out[i] = convert(v)
	}
	return out
}

// eachValue converts the values of a map; nil stays nil.
func eachValue[K comparable, A, B any](in map[K]A, convert func(A) B) map[K]B {
	if in == nil {
		return nil
	}

	out := make(map[K]B, len(in))
	for k, v := range in {
		out[k] = convert(v)
	}
	return out
}

// key is an _id: the shop, and what names the document within the shop.
func key(shop tenant.ShopID, parts ...string) string {
	return string(shop) + "/" + strings.Join(parts, "/")
}

// keys are the _ids of several documents of one kind.
func keys[ID ~string](shop tenant.ShopID, ids []ID, one func(tenant.ShopID, ID) string) []string {
	return each(ids, func(id ID) string { return one(shop, id) })
}

const (
	orderGID    = "gid://shopify/Order/"
	customerGID = "gid://shopify/Customer/"
)

// orderKey is "demo.myshopify.com/order/1001".
func orderKey(shop tenant.ShopID, id referral.OrderID) string {
	return key(shop, "order", strings.TrimPrefix(string(id), orderGID))
}

// orderNumber is the number in an order's gid, by which orders sort in age; 0 for anything else.
func orderNumber(id referral.OrderID) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(string(id), orderGID), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// friendKey is "demo.myshopify.com/customer/2001", in the test lane "demo.myshopify.com/customer/2001/test"; of an
// order of nobody's "demo.myshopify.com/order/1001".
func friendKey(shop tenant.ShopID, id referral.FriendID) string {
	if order, is := strings.CutPrefix(string(id), orderGID); is {
		return key(shop, "order", order)
	}
	return key(shop, "customer", strings.TrimPrefix(string(id), customerGID))
}

func campaignKey(shop tenant.ShopID, k referral.CampaignKey) string {
	return key(shop, string(k.ID), strconv.Itoa(k.Version))
}

// budgetKey is "demo.myshopify.com/cmp_1/2026-11".
func budgetKey(shop tenant.ShopID, campaign referral.CampaignID, month string) string {
	return key(shop, string(campaign), month)
}

// funnelKey is "demo.myshopify.com/2026-11-20/cmp_1/3/adv_1", without an advocate
// "demo.myshopify.com/2026-11-20/cmp_1/3/".
func funnelKey(k funnel.Key) string {
	return key(k.Shop, k.Day, string(k.Campaign.ID), strconv.Itoa(k.Campaign.Version), string(k.Advocate))
}

// figureKey is "demo.myshopify.com/2026-11-20/cmp_1//USD", by advocate "demo.myshopify.com/2026-11-20//adv_1/USD".
func figureKey(shop tenant.ShopID, k figures.Key) string {
	return key(shop, k.Day, string(k.Campaign), string(k.Advocate), k.Currency)
}

func advocateKey(shop tenant.ShopID, id referral.AdvocateID) string { return key(shop, string(id)) }
func claimKey(shop tenant.ShopID, id referral.ClaimID) string       { return key(shop, string(id)) }
func codeKey(shop tenant.ShopID, code string) string                { return key(shop, code) }
func deliveryKey(shop tenant.ShopID, id string) string              { return key(shop, id) }
