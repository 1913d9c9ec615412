package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// Of two who write the next version at once one does, and both the version and what the shop asks for are there.
func TestAVersionOfTermsIsWrittenOnce(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	shop := storetest.Shop(t, s).ID
	before := get[tenant.Shop](t)(s.FindShop(ctx, shop))
	write := func(int) error { return s.AddTerms(ctx, shop, tenant.Terms{Version: 1, Text: "One.", At: noon}) }
	if n := won(t, atOnce(4, write), fault.Conflict); n != 1 {
		t.Errorf("%d have written the first version", n)
	}
	wantKind(t, "over another", s.AddTerms(ctx, shop, tenant.Terms{Version: 3, Text: "Three."}), fault.Conflict)
	must(t, s.AddTerms(ctx, shop, tenant.Terms{Version: 2, Link: "/pages/terms", At: noon}))

	want := []tenant.Terms{{Version: 2, Link: "/pages/terms", At: noon}, {Version: 1, Text: "One.", At: noon}}
	if diff := cmp.Diff(want, get[[]tenant.Terms](t)(s.ListTerms(ctx, shop, 10))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	asked := tenant.AskedTerms{Latest: 2, Version: 2, Link: "/pages/terms"}
	if got := get[tenant.Shop](t)(s.FindShop(ctx, shop)); got.Terms != asked || got.ShowRev != before.ShowRev+2 {
		t.Errorf("the shop asks for %+v, shown anew %d times", got.Terms, got.ShowRev)
	}
}

// Advocates are counted by the version that they agreed to last; those with the newest come first.
func TestAgreedIsCounted(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for _, version := range []int{0, 1, 1, 1, 2, 2} {
		storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Agreed = referral.Agreement{Version: version, At: noon} })
	}
	again := storetest.Advocate(t, s, shop)
	for _, version := range []int{2, 1} { // the older one changes nothing
		must(t, s.NoteAgreed(ctx, shop, again.ID, referral.Agreement{Version: version, At: noon}))
	}

	for most, want := range map[int]map[int]int{10: {1: 3, 2: 3}, 4: {1: 1, 2: 3}} {
		if diff := cmp.Diff(want, get[map[int]int](t)(s.CountAgreed(ctx, shop, most))); diff != "" {
			t.Errorf("of %d -want +got\n%s", most, diff)
		}
	}
}
