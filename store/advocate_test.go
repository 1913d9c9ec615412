package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store/storetest"
)

func TestAdvocateIsFoundByEachOfHerKeys(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Codes = []string{"NEW-CODE", "OLD-CODE"} })
	byCode := get[referral.Advocate](t)(s.FindAdvocateByCode(ctx, shop, "OLD-CODE"))
	byCustomer := get[referral.Advocate](t)(s.FindAdvocateByCustomer(ctx, shop, a.Customer))
	byID := get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, a.ID))
	if byCode.ID != a.ID || byCustomer.ID != a.ID || byID.Code() != "NEW-CODE" {
		t.Errorf("got %v, %v, %v", byCode, byCustomer, byID)
	}
	_, err := s.FindAdvocateByCode(ctx, shop, "NO-CODE")
	wantKind(t, "unknown code", err, fault.NotFound)
}

func TestAdvocatesKeysAreHersAlone(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a := storetest.Advocate(t, s, shop)
	twin := referral.Advocate{Shop: shop, ID: "adv_twin", Customer: a.Customer, Codes: []string{"TWIN"}}
	wantKind(t, "the same customer", s.AddAdvocate(ctx, twin), fault.Conflict)
	twin.Customer, twin.Codes = storetest.Customer(), []string{"TWIN", a.Codes[0]}
	wantKind(t, "one of her codes", s.AddAdvocate(ctx, twin), fault.Conflict)
	twin.Codes = nil
	wantKind(t, "no code", s.AddAdvocate(ctx, twin), fault.Invalid)

	// Several may be unknown as customers; and another shop may have the same ones.
	for i := range 2 {
		must(t, s.AddAdvocate(ctx, referral.Advocate{
			Shop:  shop,
			ID:    referral.AdvocateID(fmt.Sprint("adv_", i)),
			Codes: []string{fmt.Sprint("GUEST", i)},
		}))
	}
	a.Shop = storetest.Shop(t, s).ID
	must(t, s.AddAdvocate(ctx, a))
}

// An advocate whose browser a friend used joins in more and more others: the first one is not forgotten, nor any that
// had room.
func TestBrowsersAreOnlyAdded(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a := storetest.Advocate(t, s, shop)
	want := []string{"$k"} // not an expression
	for i := range referral.MaxBrowsers - 1 {
		want = append(want, fmt.Sprint("k:", i))
	}
	for _, hash := range append(slices.Clone(want), "k:5", "one more", "and one") {
		must(t, s.NoteBrowser(ctx, shop, a.ID, hash))
	}
	got := get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, a.ID)).Browsers
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wantKind(t, "unknown advocate", s.NoteBrowser(ctx, shop, "adv_none", "k"), fault.NotFound)
}

func TestAdvocatesAreListedByJoining(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	late := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.JoinedAt = noon })
	early := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.JoinedAt = noon.Add(-time.Hour) })
	got := get[[]referral.Advocate](t)(s.ListAdvocates(ctx, shop, 10))
	if len(got) != 2 || got[0].ID != early.ID || got[1].ID != late.ID {
		t.Errorf("got %v", got)
	}
	if got := get[[]referral.Advocate](t)(s.ListAdvocates(ctx, shop, 1)); len(got) != 1 {
		t.Errorf("limit 1 gave %d", len(got))
	}
}

// A guest is named by the newest order with their address since they joined, whichever is heard of first, and a customer
// by none.
func TestGuestsAreNamedByTheNewestOrder(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	guest := func(a *referral.Advocate) { a.Customer, a.Emails, a.JoinedAt = "", []string{"k:gina"}, noon }
	theirs := storetest.Advocate(t, s, shop, guest)
	storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Emails, a.JoinedAt = []string{"k:gina"}, noon })
	storetest.Advocate(t, s, shop, guest, func(a *referral.Advocate) { a.Emails = []string{"k:other"} })
	at := func(d time.Duration) referral.Naming {
		return referral.Naming{Order: referral.OrderID("gid://shopify/Order/" + d.String()), At: noon.Add(d)}
	}

	for _, row := range []struct {
		by    referral.Naming
		names bool
		want  referral.Naming
	}{
		{at(-time.Second), false, referral.Naming{}},
		{at(0), true, at(0)},
		{at(2 * time.Hour), true, at(2 * time.Hour)},
		{at(time.Hour), false, at(2 * time.Hour)},
		{at(2 * time.Hour), true, at(2 * time.Hour)},
	} {
		got := get[[]referral.AdvocateID](t)(s.NameGuests(ctx, shop, []string{"k:gina", "old:gina"}, row.by))
		if named := slices.Equal(got, []referral.AdvocateID{theirs.ID}); named != row.names || !named && len(got) > 0 {
			t.Errorf("%v names %v", row.by, got)
		}
		same(t, row.want, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, theirs.ID)).Named)
	}
}

func TestBlockedAdvocateMayBeLetGoOn(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a, other := storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop)
	must(t, s.SetAdvocateState(ctx, shop, a.ID, referral.AdvocateBlocked, noon))
	got := get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, a.ID))
	if got.State != referral.AdvocateBlocked || !got.BlockedAt.Equal(noon) {
		t.Errorf("blocked: %+v", got)
	}
	must(t, s.SetAdvocateState(ctx, shop, a.ID, referral.AdvocateActive, time.Time{}))
	same(t, a, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, a.ID)))
	same(t, other, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, other.ID)))
	wantKind(t, "unknown advocate", s.SetAdvocateState(ctx, shop, "adv_none", referral.AdvocateBlocked, noon),
		fault.NotFound)
}

func TestAdvocatesWithoutShareAreListedByJoining(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	joined := func(hours int) referral.AdvocateID {
		at := noon.Add(time.Duration(hours) * time.Hour)
		return storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.JoinedAt = at }).ID
	}
	third, first, both, second := joined(3), joined(1), joined(0), joined(2)
	storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.State, a.BlockedAt = referral.AdvocateBlocked, noon }) // gets none
	blocked := joined(4)
	must(t, s.NoteShared(ctx, shop, "cmp_old", []referral.AdvocateID{blocked}))
	must(t, s.SetAdvocateState(ctx, shop, blocked, referral.AdvocateBlocked, noon))
	must(t, s.NoteShared(ctx, shop, "cmp_old", []referral.AdvocateID{second}))
	must(t, s.ForgetShared(ctx, shop, []referral.AdvocateID{second}))
	must(t, s.NoteShared(ctx, shop, "cmp_old", []referral.AdvocateID{first, both}))
	for range 2 { // the second time as after a crash
		must(t, s.NoteShared(ctx, shop, "cmp_new", []referral.AdvocateID{both, "adv_none"}))
	}
	must(t, s.NoteShared(ctx, shop, "cmp_new", nil))
	for _, row := range []struct {
		campaign referral.CampaignID
		limit    int
		want     []referral.AdvocateID
	}{
		{"cmp_new", 9, []referral.AdvocateID{first, second, third}}, // also who has an older campaign's
		{"cmp_new", 2, []referral.AdvocateID{first, second}},
		{"cmp_old", 9, []referral.AdvocateID{second, third}},
		{"cmp_none", 9, []referral.AdvocateID{both, first, second, third}},
	} {
		var got []referral.AdvocateID
		for _, a := range get[[]referral.Advocate](t)(s.AdvocatesWithoutShare(ctx, shop, row.campaign, row.limit)) {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s, up to %d: got %v, want %v", row.campaign, row.limit, got, row.want)
		}
	}
}
