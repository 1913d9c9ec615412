package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestFactsAreCountedUp(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob := storetest.Friend()
	must(t, s.RaiseFacts(ctx, shop, bob, false))
	_, err := s.FindReferral(ctx, shop, bob)
	wantKind(t, "raised without making it", err, fault.NotFound)

	won(t, atOnce(16, func(int) error { return s.RaiseFacts(ctx, shop, bob, true) }), "")
	must(t, s.RaiseFacts(ctx, shop, bob, false))
	got := get[referral.Referral](t)(s.FindReferral(ctx, shop, bob))
	if got.FactsRev != 17 || got.DecidedRev != 0 || got.State != referral.None || got.Friend != bob {
		t.Errorf("got %+v", got)
	}
}

func TestDecisionOnOldFactsIsRefused(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob := storetest.Friend()
	must(t, s.RaiseFacts(ctx, shop, bob, true))
	r := get[referral.Referral](t)(s.FindReferral(ctx, shop, bob))
	must(t, s.RaiseFacts(ctx, shop, bob, false))
	r.State, r.DecidedRev = referral.Pending, r.FactsRev
	wantKind(t, "facts moved", s.SaveDecision(ctx, r, r.FactsRev), fault.Conflict)
	if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, bob)); got.State != referral.None || got.FactsRev != 2 {
		t.Errorf("it was written: %+v", got)
	}
	undecided := get[[]referral.FriendKey](t)(s.Undecided(ctx, 10))
	if want := []referral.FriendKey{{Shop: shop, Friend: bob}}; !slices.Equal(undecided, want) {
		t.Errorf("undecided: got %v", undecided)
	}

	r.FactsRev, r.DecidedRev = 3, 3 // with a fact that the decision itself adds
	must(t, s.SaveDecision(ctx, r, 2))
	if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, bob)); got.State != referral.Pending || got.FactsRev != 3 || got.DecidedRev != 3 {
		t.Errorf("got %+v", got)
	}
	if undecided := get[[]referral.FriendKey](t)(s.Undecided(ctx, 10)); len(undecided) != 0 {
		t.Errorf("still undecided: %v", undecided)
	}
	unknown := referral.Referral{Shop: shop, Friend: storetest.Friend()}
	wantKind(t, "no such referral", s.SaveDecision(ctx, unknown, 0), fault.Conflict)
}

func TestOneDecisionWinsAtEachRevision(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob := storetest.Friend()
	must(t, s.RaiseFacts(ctx, shop, bob, true))
	r := get[referral.Referral](t)(s.FindReferral(ctx, shop, bob))
	errs := atOnce(8, func(int) error {
		mine := r
		mine.FactsRev, mine.DecidedRev = r.FactsRev+1, r.FactsRev+1
		return s.SaveDecision(ctx, mine, r.FactsRev)
	})
	if n := won(t, errs, fault.Conflict); n != 1 {
		t.Errorf("%d of 8 decisions won", n)
	}
}

// factsOf reads a friend's referral and the facts that it rests on.
func factsOf(
	t *testing.T, ctx context.Context, s *store.Store, shop tenant.ShopID, friend referral.FriendID,
) referral.Facts {
	t.Helper()
	r := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend))
	return get[referral.Facts](t)(s.LoadFacts(ctx, r))
}

func TestFactsHoldAllThatCounts(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob := storetest.Customer()
	_, err := s.FindReferral(ctx, shop, referral.FriendOf(bob, false))
	wantKind(t, "a friend without a referral", err, fault.NotFound)

	c := storetest.Campaign(t, s, shop)
	v2 := c
	v2.Version = 2
	must(t, s.AddCampaign(ctx, v2))
	other := storetest.Campaign(t, s, shop)
	ann, eve := storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop)
	typed, linked, visited := storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop), storetest.Advocate(t, s, shop)
	storetest.Advocate(t, s, shop) // nobody named them
	hers := storetest.Claim(t, s, c, ann, func(c *referral.Claim) {
		c.Customer = bob
		c.Touches = append(c.Touches, referral.Touch{Advocate: eve.ID, Version: 2, At: noon})
	})
	byCode := storetest.Claim(t, s, c, ann, func(c *referral.Claim) { c.Code, c.Former = "NEXT", []string{"ON-ORDER"} })
	byID := storetest.Claim(t, s, c, ann)
	byEmail := storetest.Claim(t, s, c, ann, func(c *referral.Claim) { c.Addresses = referral.GivenAt(noon, "k:bob") })
	storetest.Claim(t, s, c, ann) // not theirs
	second := storetest.Order(t, s, shop, func(o *referral.Order) {
		o.Customer, o.ProcessedAt = bob, noon.Add(time.Hour)
		o.Attributes = []referral.Attribute{{Key: referral.ClaimAttribute, Value: string(byID.ID)}}
		o.Emails, o.Journey.Refs = []string{"k:bob"}, []string{linked.Code()}
		o.Visit = &referral.Visit{Shop: shop, Campaign: c.Key(), Advocate: visited.ID, At: noon}
	})
	first := storetest.Order(t, s, shop,
		func(o *referral.Order) { o.Customer, o.Codes = bob, []string{"ON-ORDER", typed.Code()} })
	spent := storetest.Order(t, s, shop, func(o *referral.Order) { o.Codes = []string{"REWARD"} }) // somebody else's
	storetest.Order(t, s, shop)
	decided(t, ctx, s, shop, referral.FriendOf(bob, false), func(r *referral.Referral) {
		r.Issues = []referral.Issue{
			{Side: referral.AdvocateSide, Code: "REWARD", Amount: storetest.USD("20"), At: noon},
		}
	})

	f := factsOf(t, ctx, s, shop, referral.FriendOf(bob, false))
	if len(f.Orders) != 2 || f.Orders[0].ID != first.ID || f.Orders[1].ID != second.ID {
		t.Errorf("orders: %v", f.Orders)
	}
	if len(f.Spent) != 1 || f.Spent[0].ID != spent.ID {
		t.Errorf("spent: %v", f.Spent)
	}
	found, want := ids(f.Claims), []referral.ClaimID{hers.ID, byCode.ID, byID.ID, byEmail.ID}
	slices.Sort(found)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("claims: got %v, want %v", found, want)
	}
	for what, a := range map[string]referral.Advocate{
		"of the first touch": ann, "of the last touch": eve, "whose code was typed in": typed, "whose link led there": linked, "of the visit": visited,
	} {
		if f.Advocates[a.ID].ID != a.ID {
			t.Errorf("the advocate %s is missing", what)
		}
	}
	if len(f.Advocates) != 5 {
		t.Errorf("advocates: %v", f.Advocates)
	}
	if len(f.Campaigns) != 3 || f.Campaigns[v2.Key()].Version != 2 || f.Campaigns[other.Key()].ID != other.ID {
		t.Errorf("campaigns: %v", f.Campaigns)
	}
	friends := get[[]referral.FriendID](t)(s.FriendsWithCodes(ctx, shop, []string{"REWARD", "OTHER"}))
	if !slices.Equal(friends, []referral.FriendID{referral.FriendOf(bob, false)}) {
		t.Errorf("friends with the code: %v", friends)
	}
	if none := get[[]referral.FriendID](t)(s.FriendsWithCodes(ctx, shop, nil)); len(none) != 0 {
		t.Errorf("no code found %v", none)
	}
}

// What others paid with the friend's card is a fact, and the other way round.
func TestFactsOfACard(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob, eve, tess := referral.CustomerID("gid://shopify/Customer/1"), referral.CustomerID("gid://shopify/Customer/2"), referral.CustomerID("gid://shopify/Customer/3")
	paid := func(by referral.CustomerID, cards []string, change ...func(*referral.Order)) referral.Order {
		return storetest.Order(t, s, shop, append(change, func(o *referral.Order) { o.Customer, o.Cards = by, cards })...)
	}

	own := paid(bob, []string{"k2:card", "k1:card"})
	eves := paid(eve, []string{"k1:card"})
	paid(eve, []string{"k1:another"})
	paid(eve, nil)
	paid(tess, []string{"k1:card"}, func(o *referral.Order) { o.Test = true })
	decided(t, ctx, s, shop, referral.FriendOf(bob, false), func(*referral.Referral) {})

	f := factsOf(t, ctx, s, shop, referral.FriendOf(bob, false))
	if len(f.SameCard) != 1 || f.SameCard[0].ID != eves.ID {
		t.Errorf("with the card: %v", f.SameCard)
	}

	for _, row := range []struct {
		order referral.Order
		want  referral.FriendID
	}{{own, referral.FriendOf(eve, false)}, {eves, referral.FriendOf(bob, false)}} {
		if got := get[[]referral.FriendID](t)(s.FriendsWithCards(ctx, row.order)); !slices.Equal(got, []referral.FriendID{row.want}) {
			t.Errorf("with the card of %s: %v, want %s", row.order.ID, got, row.want)
		}
	}
	if none := get[[]referral.FriendID](t)(s.FriendsWithCards(ctx, referral.Order{Shop: shop})); len(none) > 0 {
		t.Errorf("without a card: %v", none)
	}
}

// One customer's test orders are in a referral of their own, and neither lane sees the other's.
func TestFactsAreOfOneLane(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	bob := storetest.Customer()
	found := map[bool][]referral.OrderID{}
	for _, test := range []bool{false, true} {
		hers := storetest.Order(t, s, shop, func(o *referral.Order) { o.Customer, o.Test = bob, test })
		spent := storetest.Order(t, s, shop, func(o *referral.Order) { o.Codes, o.Test = []string{"REWARD"}, test })
		found[test] = []referral.OrderID{hers.ID, spent.ID}
		r := decided(t, ctx, s, shop, referral.FriendOf(bob, test),
			func(r *referral.Referral) { r.Issues = []referral.Issue{{Code: "REWARD"}} })
		if doc := raw(t, s, "referrals", bson.D{{Key: "friend", Value: r.Friend}}); doc["test"] != test {
			t.Errorf("test is %v, want %v", doc["test"], test)
		}
	}
	for test, want := range found {
		f := factsOf(t, ctx, s, shop, referral.FriendOf(bob, test))
		var got []referral.OrderID
		for _, o := range append(f.Orders, f.Spent...) {
			got = append(got, o.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("test %v: got %v, want %v", test, got, want)
		}
	}
	if key := raw(t, s, "referrals", bson.D{{Key: "test", Value: true}})["_id"]; key != string(shop)+"/customer/"+string(bob[len("gid://shopify/Customer/"):])+"/test" {
		t.Errorf("_id is %v", key)
	}
}

// What a referral's release or an act of the merchant names is among the facts even when no claim leads to it.
func TestFactsHoldWhatTheRecordNames(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	a := storetest.Advocate(t, s, shop)
	for what, name := range map[string]func(*referral.Referral){
		"release": func(r *referral.Referral) { r.Release = &referral.Release{Advocate: a.ID} },
		"act":     func(r *referral.Referral) { r.Acts = []referral.Act{{Kind: referral.ActLink, Advocate: a.ID}} },
	} {
		bob := storetest.Friend()
		decided(t, ctx, s, shop, bob, name)
		if f := factsOf(t, ctx, s, shop, bob); f.Advocates[a.ID].ID != a.ID {
			t.Errorf("%s: got %v", what, f.Advocates)
		}
	}
}

// A change of an advocate concerns the friends they are credited with, and nobody else.
func TestFactsOfAnAdvocatesFriendsAreCountedUp(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	credit := func(a referral.AdvocateID) referral.FriendID {
		return decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) { r.Advocate = a }).Friend
	}
	one, two, other := credit("adv_a"), credit("adv_a"), credit("adv_b")
	must(t, s.RaiseFactsOf(ctx, shop, "adv_a"))
	must(t, s.RaiseFactsOf(ctx, shop, "adv_none"))
	for friend, want := range map[referral.FriendID]int64{one: 2, two: 2, other: 1} {
		if got := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend)).FactsRev; got != want {
			t.Errorf("facts_rev is %d, want %d", got, want)
		}
	}
	if n := len(get[[]referral.FriendKey](t)(s.Undecided(ctx, 10))); n != 2 {
		t.Errorf("%d undecided, want 2", n)
	}
}

func orders(list []referral.Referral) []referral.OrderID {
	var out []referral.OrderID
	for _, r := range list {
		out = append(out, r.Order)
	}
	return out
}

func TestReferralsAreListedNewestOrderFirst(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for i, id := range []referral.OrderID{"o1", "o2", "o3"} {
		decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) {
			r.Order, r.At, r.Advocate = id, noon.Add(time.Duration(i)*time.Hour), "adv_a"
			if id == "o2" {
				r.Advocate = "adv_b"
			}
		})
	}
	if got := orders(get[[]referral.Referral](t)(s.ListReferrals(ctx, shop, 2))); !slices.Equal(got, []referral.OrderID{"o3", "o2"}) {
		t.Errorf("all: got %v", got)
	}
	if got := orders(get[[]referral.Referral](t)(s.ReferralsOf(ctx, shop, "adv_a", 9))); !slices.Equal(got, []referral.OrderID{"o3", "o1"}) {
		t.Errorf("an advocate's: got %v", got)
	}
}

func TestDueReleasesComeInOrder(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	add := func(order referral.OrderID, at time.Time, work ...referral.Work) {
		decided(t, ctx, s, shop, storetest.Friend(),
			func(r *referral.Referral) { r.Order, r.ReleaseAt, r.Work = order, at, work })
	}
	const gid = "gid://shopify/Order/"
	add(gid+"1000", noon, referral.WorkRelease)
	add(gid+"999", noon, referral.WorkRelease) // at the same instant: the older order first
	add(gid+"1", noon.Add(time.Millisecond), referral.WorkRelease)
	add(gid+"2", noon.Add(-time.Hour), referral.WorkRelease)
	add(gid+"3", noon.Add(-time.Hour), referral.WorkIssue)
	add(gid+"4", noon.Add(-time.Hour))

	got := orders(get[[]referral.Referral](t)(s.DueReleases(ctx, shop, noon, 10)))
	if want := []referral.OrderID{gid + "2", gid + "999", gid + "1000"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := get[[]referral.Referral](t)(s.DueReleases(ctx, shop, noon, 1)); len(got) != 1 {
		t.Errorf("limit 1 gave %d", len(got))
	}
}

func TestNominatedAreThoseThatMayMatter(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	c, a := storetest.Campaign(t, s, shop), storetest.Advocate(t, s, shop)
	code := storetest.Codes(t, s, c, referral.FriendSide, 1)[0]
	claimant, friend, tester := storetest.Customer(), storetest.Customer(), storetest.Customer()
	storetest.Claim(t, s, c, a, func(c *referral.Claim) { c.Addresses = referral.GivenAt(noon, "k:old", "k:new") })
	claim := storetest.Claim(t, s, c, a, func(c *referral.Claim) { c.Customer = claimant })
	must(t, s.RaiseFacts(ctx, shop, referral.FriendOf(friend, false), true))
	must(t, s.RaiseFacts(ctx, shop, referral.FriendOf(tester, true), true))
	storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Customer, a.Emails = "", []string{"k:gina"} })
	storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Emails = []string{"k:alice"} })
	known := storetest.NewOrder(shop)
	ticket(t, ctx, s, known)

	rows := []struct {
		what string
		n    referral.Nominee
		want bool
	}{
		{"one of our codes", referral.Nominee{Codes: []string{"X", code}}, true},
		{"an advocate's code typed in", referral.Nominee{Codes: []string{a.Code()}}, true},
		{"an advocate's code in the link", referral.Nominee{Ref: a.Code()}, true},
		{"a claim", referral.Nominee{Claim: claim.ID}, true},
		{"a claimant's order", referral.Nominee{Customer: claimant}, true},
		{"a friend's order", referral.Nominee{Customer: friend}, true},
		{"a friend's order of the test lane", referral.Nominee{Customer: tester}, true},
		{"a visit", referral.Nominee{Visit: true}, true},
		{"the address of a claim", referral.Nominee{Emails: []string{"k:none", "k:new"}}, true},
		{"a guest's address", referral.Nominee{Emails: []string{"k:gina"}}, true},
		{"a customer's address", referral.Nominee{Emails: []string{"k:alice"}}, false},
		{"an address of nobody", referral.Nominee{Emails: []string{"k:none"}}, false},
		{"a known order", referral.Nominee{Order: known.ID}, true},
		{
			"nothing of ours",
			referral.Nominee{Customer: storetest.Customer(), Codes: []string{"X"}, Claim: "clm_none", Ref: "NOBODY"},
			false,
		},
		{"our code as a link", referral.Nominee{Ref: code}, false},
		{"nothing at all", referral.Nominee{}, false},
	}
	var nominees, want []referral.Nominee
	for _, row := range rows {
		if row.n.Order == "" {
			row.n.Order = storetest.NewOrder(shop).ID
		}
		nominees = append(nominees, row.n)
		if row.want {
			want = append(want, row.n)
		}
		one := get[[]referral.Nominee](t)(s.Nominated(ctx, shop, []referral.Nominee{row.n}))
		if (len(one) == 1) != row.want {
			t.Errorf("%s: got %v, want %v", row.what, one, row.want)
		}
	}
	all := get[[]referral.Nominee](t)(s.Nominated(ctx, shop, nominees))
	if !slices.EqualFunc(all, want, func(a, b referral.Nominee) bool { return a.Order == b.Order }) {
		t.Errorf("together: got %v, want %v", all, want)
	}
	if none := get[[]referral.Nominee](t)(s.Nominated(ctx, shop, nil)); len(none) != 0 {
		t.Errorf("of none: %v", none)
	}
}

// The version before kept what a release and an issue say of their order and offer in the outcome alone.
func TestReleasesAndIssuesOfBefore(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	referred, given := referral.CampaignKey{ID: "cmp_a", Version: 1}, referral.CampaignKey{ID: "cmp_a", Version: 2}
	want := decided(t, ctx, s, shop, storetest.Friend(), func(r *referral.Referral) {
		r.OrderName, r.At, r.Campaign = "#1001", noon, referred
		r.Rewards = map[referral.Side]referral.Reward{referral.FriendSide: {Campaign: given}}
		r.Release = &referral.Release{OrderName: r.OrderName, OrderedAt: r.At, At: noon.Add(time.Hour)}
		r.Issues = []referral.Issue{
			{Side: referral.AdvocateSide, Campaign: referred, Code: "HERS"},
			{Side: referral.FriendSide, Campaign: given, Code: "THEIRS"},
		}
	})

	unset := bson.D{}
	for _, field := range []string{
		"release.order_name", "release.ordered_at",
		"issues.0.campaign", "issues.0.version", "issues.1.campaign", "issues.1.version",
	} {
		unset = append(unset, bson.E{Key: field, Value: ""})
	}
	ofShop, asBefore := bson.D{{Key: "shop", Value: shop}}, bson.D{{Key: "$unset", Value: unset}}
	_, err := s.Database().Collection("referrals").UpdateOne(ctx, ofShop, asBefore)
	must(t, err)

	got := get[referral.Referral](t)(s.FindReferral(ctx, shop, want.Friend))
	if diff := cmp.Diff(want.Record, got.Record, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
