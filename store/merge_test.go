package store_test

import (
	"slices"
	"testing"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
)

// merged makes one advocate of two.
func merged(t *testing.T, s *store.Store, one, other referral.Advocate) referral.Advocate {
	t.Helper()
	return get[referral.Advocate](t)(s.MergeAdvocates(
		storetest.Context(t), one.Shop, []referral.AdvocateID{one.ID, other.ID}, referral.OneOf))
}

// Of two guests who are one the newer order tells where mails go.
func TestAMergeKeepsTheNewestNaming(t *testing.T) {
	t.Parallel()
	_, s, shop := newStore(t)
	for _, later := range []int{0, 1} {
		guest := func(n int) referral.Advocate {
			return storetest.Advocate(t, s, shop, func(a *referral.Advocate) {
				a.Customer, a.JoinedAt = "", noon.Add(time.Duration(n)*time.Second)
				a.Named = referral.Naming{Order: referral.OrderID([]string{"a", "b"}[n]), At: noon}
				if n == later {
					a.Named.At = noon.Add(time.Hour)
				}
			})
		}
		one := merged(t, s, guest(0), guest(1))
		if want := []referral.OrderID{"a", "b"}[later]; one.Named.Order != want {
			t.Errorf("named by %v, want %s", one.Named, want)
		}
	}
}

// Who is erased while advocates become one is no part of it.
func TestAMergeLeavesTheErasedAlone(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	erased, stays := storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop)
	was := get[referral.Advocate](t)(s.EraseAdvocate(ctx, shop, erased.ID, "erased:a", noon))

	one := merged(t, s, erased, stays)
	same(t, stays, one)
	same(t, was, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, erased.ID)))
	_, err := s.MergeAdvocates(ctx, shop, []referral.AdvocateID{erased.ID}, referral.OneOf)
	wantKind(t, "of the erased alone", err, fault.NotFound)
}

// Whoever blocks one of two advocates while they become one has blocked the one.
func TestAMergeTakesAdvocatesAsTheyAre(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	one := storetest.Advocate(t, s, shop)
	other := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.JoinedAt = one.JoinedAt.Add(time.Hour) })

	blocked := false
	got := get[referral.Advocate](t)(s.MergeAdvocates(ctx, shop, []referral.AdvocateID{other.ID, one.ID},
		func(all []referral.Advocate) (referral.Advocate, []referral.AdvocateID) {
			if !blocked {
				blocked = true
				must(t, s.SetAdvocateState(ctx, shop, other.ID, referral.AdvocateBlocked, noon))
			}
			return referral.OneOf(all)
		}))
	if got.ID != one.ID || got.State != referral.AdvocateBlocked {
		t.Errorf("got %s %s, want %s blocked", got.ID, got.State, one.ID)
	}
	same(t, got, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, one.ID)))

	_, err := s.MergeAdvocates(ctx, shop, []referral.AdvocateID{other.ID}, referral.OneOf)
	wantKind(t, "of nobody", err, fault.NotFound)
}

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

	merged(t, s, one, other)
	if r := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend)); len(r.Appeals) != 1 || r.Appeals[0].Advocate != one.ID {
		t.Errorf("appeals %+v, want %s named", r.Appeals, one.ID)
	}
}

// What waits for one of two advocates who become one is told to the one who stays, under the key by which later notices
// of the same event are known.
func TestAMergeKeepsWhatAdvocatesAreTold(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	one := referral.Advocate{Shop: shop, ID: "adv_one", Customer: storetest.Customer(), Codes: []string{"ONE-1"}, JoinedAt: noon}
	other := referral.Advocate{Shop: shop, ID: "adv_other", Customer: storetest.Customer(), Codes: []string{"OTHER-1"}, JoinedAt: noon}
	must(t, s.AddAdvocate(ctx, one))
	must(t, s.AddAdvocate(ctx, other))
	friend := referral.FriendOf(storetest.Customer(), false)
	decided(t, ctx, s, shop, friend, func(*referral.Referral) {},
		referral.Notice{Key: "bought/o/adv_other", Kind: referral.NoticeBought, Advocate: other.ID, At: noon},
		referral.Notice{Key: "issued/X", Kind: referral.NoticeIssued, Advocate: other.ID, At: noon},
	)
	asked := referral.Missing{Shop: shop, By: referral.FriendSide, Customer: storetest.Customer(), Order: "1001", Advocate: other.ID, At: noon, LookAt: noon}
	must(t, s.AddMissing(ctx, asked))

	merged(t, s, one, other)
	for _, m := range get[[]referral.Mail](t)(s.DueMails(ctx, shop, noon, 10)) {
		if m.Advocate != one.ID {
			t.Errorf("%s is told to %s", m.Key, m.Advocate)
		}
	}
	decided(t, ctx, s, shop, friend, func(*referral.Referral) {}, referral.Notice{At: noon, Overtakes: "bought/o/adv_one"})
	if due := get[[]referral.Mail](t)(s.DueMails(ctx, shop, noon, 10)); len(due) != 1 || due[0].Key != "issued/X" {
		t.Errorf("what was overtaken waits: %v", due)
	}
	if m := get[referral.Missing](t)(s.FindMissing(ctx, asked)); m.Advocate != one.ID {
		t.Errorf("what was asked for names %s", m.Advocate)
	}
}

// What a customer asked for as missed is asked by the one who stays, and goes when somebody is erased.
func TestAMergeKeepsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	from, to, third := storetest.Customer(), storetest.Customer(), storetest.Customer()
	ask := func(by referral.Side, c referral.CustomerID, order string, friend referral.FriendID) {
		must(t, s.AddMissing(ctx, referral.Missing{Shop: shop, By: by, Customer: c, Order: order, At: noon, LookAt: noon, Friend: friend}))
	}
	ask(referral.FriendSide, from, "1001", "")
	ask(referral.FriendSide, from, "1002", "")
	ask(referral.FriendSide, to, "1002", "")
	ask(referral.AdvocateSide, third, "1003", referral.FriendOf(from, false))

	for range 2 {
		must(t, s.ForgetMentions(ctx, shop, from, to))
	}
	asked := func(c referral.CustomerID) (all []string) {
		for _, m := range get[[]referral.Missing](t)(s.MissingOf(ctx, shop, c, noon.Add(-time.Hour), 10)) {
			all = append(all, m.Order+" "+string(m.Friend))
		}
		slices.Sort(all)
		return all
	}
	same(t, []string(nil), asked(from))
	same(t, []string{"1001 ", "1002 "}, asked(to))
	same(t, []string{"1003 " + string(referral.FriendOf(to, false))}, asked(third))

	must(t, s.ForgetMentions(ctx, shop, to, referral.ErasedPrefix+"k:x"))
	same(t, []string(nil), append(asked(to), asked(third)...))
}

// An old link finds whoever took a customer's place, however often, until that person is erased.
func TestWhoTookACustomersPlace(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a, b, c := storetest.Customer(), storetest.Customer(), storetest.Customer()
	into := func(hash string) referral.CustomerID {
		return get[referral.CustomerID](t)(s.MergedInto(ctx, shop, []string{hash}))
	}
	stopped := func(hash string) bool { return get[referral.MailWish](t)(s.MailWish(ctx, shop, []string{hash})).None }

	must(t, s.StopMails(ctx, shop, "k:b", referral.StopAsked, noon))
	must(t, s.NoteMerged(ctx, shop, "k:a", a, b))
	must(t, s.NoteMerged(ctx, shop, "k:b", b, c))
	if into("k:a") != c || into("k:b") != c || into("k:c") != "" {
		t.Errorf("a became %q, b %q, c %q", into("k:a"), into("k:b"), into("k:c"))
	}
	if stopped("k:a") || !stopped("k:b") {
		t.Error("who was merged is one who wants no mails, or no more is")
	}
	must(t, s.StopMails(ctx, shop, "k:a", referral.StopAsked, noon))
	if !stopped("k:a") || into("k:a") != c {
		t.Error("what was said after the merge is lost, or the merge")
	}
	must(t, s.ForgetMails(ctx, shop, c, []string{"k:c"}))
	if into("k:a") != "" || into("k:b") != "" {
		t.Error("an erased person is named")
	}
}
