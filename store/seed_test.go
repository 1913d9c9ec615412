package store_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/figures"
	"twofold/referral"
)

// A copy is what the document would be under the other names, at the other time.
func TestACopyHasItsOwnNamesAndTimes(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	named := func(mark string, at time.Time) referral.Referral {
		r := referral.Referral{Shop: shop, Friend: referral.FriendID("gid://shopify/Customer/" + mark), FactsRev: 1, DecidedRev: 1}
		r.State, r.Order, r.At = referral.Pending, referral.OrderID("gid://shopify/Order/"+mark+"1"), at
		r.Explained.Orders = []referral.Weighed{{Order: r.Order, At: at}}
		return r
	}

	const one, other = "1790000000000001", "1790000000000002"
	original := figures.Recount{Counted: figures.Counted{Referral: named(one, noon)}}
	copied, err := s.Stencil([]string{one}, nil, nil, original)
	must(t, err)
	documents := map[string][][]byte{}
	copied([]string{other}, -time.Hour, documents)
	must(t, s.InsertCopies(ctx, documents))

	want := named(other, noon.Add(-time.Hour))
	same(t, want, get[referral.Referral](t)(s.FindReferral(ctx, shop, want.Friend)))
	if n := raw(t, s, "referrals", bson.D{{Key: "shop", Value: shop}})["order_number"]; n != int64(17900000000000021) {
		t.Errorf("the order's number is %v", n)
	}
}
