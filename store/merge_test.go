package store_test

import (
	"testing"

	"twofold/referral"
	"twofold/store/storetest"
)

// What somebody said of a missed referral names the advocate who stays when two become one.
func TestAMergeKeepsWhomAppealsName(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	one := referral.Advocate{Shop: shop, ID: "adv_one", Customer: storetest.Customer(), Codes: []string{"ONE-1"}, JoinedAt: noon}
	other := referral.Advocate{Shop: shop, ID: "adv_other", Customer: storetest.Customer(), Codes: []string{"OTHER-1"}, JoinedAt: noon}
	must(t, s.AddAdvocate(ctx, one))
	must(t, s.AddAdvocate(ctx, other))
	friend := referral.FriendOf(storetest.Customer(), false)
	decided(t, ctx, s, shop, friend, func(r *referral.Referral) {
		r.Appeals = []referral.Appeal{{Order: "gid://shopify/Order/1", By: referral.FriendSide, Advocate: other.ID, At: noon}}
	})

	one.Codes = append(one.Codes, other.Codes...)
	must(t, s.MergeAdvocates(ctx, one, other.ID))
	if r := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend)); len(r.Appeals) != 1 || r.Appeals[0].Advocate != one.ID {
		t.Errorf("appeals %+v, want %s named", r.Appeals, one.ID)
	}
}
