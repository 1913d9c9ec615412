package store_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/codes"
	"twofold/referral"
	"twofold/tenant"
	"twofold/trust"
)

// filled returns a T in which every field has a value of its own, so that a field which a conversion forgets is missed.
func filled[T any]() T {
	var v T
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(v reflect.Value, n *int) {
	*n++
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(noon.Add(time.Duration(*n) * time.Millisecond)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text-", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("fill: " + v.Type().String())
	}
}

// same compares what was written with what was read.
func same[T any](t *testing.T, want, got T) {
	t.Helper()
	if !cmp.Equal(want, got) {
		t.Errorf("%T (-want +got):\n%s", want, cmp.Diff(want, got))
	}
}

func TestEveryFieldComesBack(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)

	campaign := filled[referral.Campaign]()
	campaign.Shop = shop
	must(t, s.AddCampaign(ctx, campaign))
	same(t, campaign, get[referral.Campaign](t)(s.FindCampaign(ctx, shop, campaign.Key())))

	advocate := filled[referral.Advocate]()
	advocate.Shop = shop
	must(t, s.AddAdvocate(ctx, advocate))
	same(t, advocate, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, advocate.ID)))

	claim := filled[referral.Claim]()
	claim.Shop = shop
	must(t, s.AddClaim(ctx, claim))
	same(t, claim, get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID)))

	order := filled[referral.Order]()
	order.Shop, order.Visit.Shop = shop, shop
	order.Unread = time.Time{} // a snapshot says that it was read: MarkUnread
	order.CustomerGone = false // as order.Attached says; TestAttachedCustomerCountsWhereShopifyShowsNone has it come back

	must(t, s.AttachCustomer(ctx, shop, order.ID, order.Customer)) // as order.Attached says
	kept, _, err := s.SaveSnapshot(ctx, order, ticket(t, ctx, s, order))
	must(t, err)
	secrets := []string{order.Email, order.Card, order.Client, order.Phone}
	order.Email, order.Card, order.Client, order.Phone = "", "", "", ""
	same(t, order, kept)
	same(t, order, get[referral.Order](t)(s.FindOrder(ctx, shop, order.ID)))
	doc := fmt.Sprint(raw(t, s, "orders", bson.D{{Key: "id", Value: order.ID}}))
	for _, secret := range secrets {
		if strings.Contains(doc, secret+" ") || strings.Contains(doc, secret+"]") {
			t.Errorf("%s, which tells of a person, is kept: %s", secret, doc)
		}
	}

	friend := filled[referral.Referral]()
	friend.Shop, friend.Neighbour.Friend = shop, friend.Friend.Customer()
	must(t, s.RaiseFacts(ctx, shop, friend.Friend, true))
	must(t, s.SaveDecision(ctx, friend, 1))
	same(t, friend, get[referral.Referral](t)(s.FindReferral(ctx, shop, friend.Friend)))

	code := filled[referral.Code]()
	code.Shop, code.State = shop, referral.CodeMinting // as every code begins
	must(t, s.AddCodes(ctx, shop, []referral.Code{code}))
	same(t, []referral.Code{code},
		get[[]referral.Code](t)(s.ListCodes(ctx, shop, codes.Query{State: referral.CodeMinting})))

	profile := filled[tenant.Profile]()
	must(t, s.SaveProfile(ctx, shop, profile, noon))
	same(t, profile, get[tenant.Shop](t)(s.FindShop(ctx, shop)).Profile)
}

// A decision is written whole: what it no longer says is gone from the document.
func TestEmptyFieldsComeBackEmpty(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	friend := filled[referral.Referral]()
	friend.Shop, friend.Neighbour.Friend = shop, friend.Friend.Customer()
	must(t, s.RaiseFacts(ctx, shop, friend.Friend, true))
	must(t, s.SaveDecision(ctx, friend, 1))
	blank := referral.Referral{Shop: shop, Friend: friend.Friend, FactsRev: friend.FactsRev + 1}
	blank.Issues = []referral.Issue{{TakenBack: true}, {}} // its time is not what tells
	must(t, s.SaveDecision(ctx, blank, friend.FactsRev))
	same(t, blank, get[referral.Referral](t)(s.FindReferral(ctx, shop, friend.Friend)))

	advocate := referral.Advocate{Shop: shop, ID: "adv_blank", Codes: []string{"BLANK"}}
	must(t, s.AddAdvocate(ctx, advocate))
	same(t, advocate, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, advocate.ID)))
	campaign := referral.Campaign{Shop: shop, ID: "cmp_blank", Terms: referral.Terms{Credit: referral.CreditLast, Strictness: trust.Balanced}} // as of old: see TestCampaignsOfBefore
	must(t, s.AddCampaign(ctx, campaign))
	same(t, campaign, get[referral.Campaign](t)(s.FindCampaign(ctx, shop, campaign.Key())))
	claim := referral.Claim{Shop: shop, ID: "clm_blank", Keys: []string{"k"}}
	must(t, s.AddClaim(ctx, claim))
	same(t, claim, get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID)))
	order := referral.Order{Shop: shop, ID: "gid://shopify/Order/1"}
	_, _, err := s.SaveSnapshot(ctx, order, ticket(t, ctx, s, order))
	must(t, err)
	same(t, order, get[referral.Order](t)(s.FindOrder(ctx, shop, order.ID)))
}
