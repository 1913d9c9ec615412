package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// Networks and browsers are forgotten on the instant that they are thirty days old, or a hundred and twenty where a
// referral waits, in claims, orders and advocates alike. All else stays. Only friends of whom nothing waits are to be
// decided about again.
func TestMarksAreForgotten(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		says   string
		state  referral.State
		days   int
		gone   bool
		raised bool
	}{
		{"the day before", referral.Approved, 29, false, false},
		{"on the instant", referral.Approved, 30, true, true},
		{"a pending one", referral.Pending, 119, false, false},
		{"a flagged one", referral.Flagged, 119, false, false},
		{"one that waits for long", referral.Flagged, 400, false, false},
		{"a void one", referral.Voided, 30, true, true},
	} {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			ctx, s, shop := newStore(t)
			campaign, customer := storetest.Campaign(t, s, shop), storetest.Customer()
			advocate := storetest.Advocate(t, s, shop, func(a *referral.Advocate) { a.Seen = seenAt(noon) })
			claim := storetest.Claim(t, s, campaign, advocate, func(c *referral.Claim) { c.Customer, c.Seen = customer, seenAt(noon) })
			order := storetest.Order(t, s, shop, func(o *referral.Order) {
				o.Customer, o.CreatedAt = customer, noon
				o.Marks = referral.Marks{Networks: []string{"k:n"}, Agents: []string{"k:a"}, Referrer: "chat.example", Phones: []string{"k:p"}}
			})
			friend := referral.FriendOf(customer, false)
			was := decided(t, ctx, s, shop, friend, func(r *referral.Referral) { r.State, r.Advocate, r.At = row.state, advocate.ID, noon })

			at := noon.AddDate(0, 0, row.days)
			for range 2 {
				get[bool](t)(s.ForgetMarks(ctx, shop, at, 10))
			}
			if due := get[[]tenant.ShopID](t)(s.ShopsToForget(ctx, at, 10)); len(due) > 0 {
				t.Errorf("still due: %v", due)
			}

			seen, marks := seenAt(noon), order.Marks
			if row.gone {
				seen[0].Networks, seen[0].Agents, marks.Networks, marks.Agents = nil, nil, nil, nil
			}
			same(t, seen, get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID)).Seen)
			same(t, seen, get[referral.Advocate](t)(s.FindAdvocate(ctx, shop, advocate.ID)).Seen)
			same(t, marks, get[referral.Order](t)(s.FindOrder(ctx, shop, order.ID)).Marks)
			is := get[referral.Referral](t)(s.FindReferral(ctx, shop, friend))
			if raised := is.FactsRev > was.FactsRev; raised != row.raised {
				t.Errorf("decided about again: %v", raised)
			}
		})
	}
}

// What was seen of a friend whose referral is settled stays while another of the link waits, whose hold may rest on it; so do
// the advocate's own orders.
func TestMarksStayWhileTheLinkWaits(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	campaign, customer := storetest.Campaign(t, s, shop), storetest.Customer()
	advocate := storetest.Advocate(t, s, shop)
	claim := storetest.Claim(t, s, campaign, advocate, func(c *referral.Claim) { c.Customer, c.Seen = customer, seenAt(noon) })
	networks := func(o *referral.Order) { o.CreatedAt, o.Marks.Networks = noon, []string{"k:n"} }
	order := storetest.Order(t, s, shop, networks, func(o *referral.Order) { o.Customer = customer })
	own := storetest.Order(t, s, shop, networks, func(o *referral.Order) { o.Customer = advocate.Customer })
	decided(t, ctx, s, shop, referral.FriendOf(customer, false), func(r *referral.Referral) {
		r.State, r.Advocate, r.At = referral.Approved, advocate.ID, noon
		r.Neighbour = referral.Neighbour{Friend: customer, Traces: []referral.Trace{{Advocate: advocate.ID, At: noon}}}
	})
	other := storetest.Friend()
	near(t, ctx, s, shop, other, advocate.ID, noon)

	kept := func() []int {
		c, o, own := get[referral.Claim](t)(s.FindClaim(ctx, shop, claim.ID)), get[referral.Order](t)(s.FindOrder(ctx, shop, order.ID)), get[referral.Order](t)(s.FindOrder(ctx, shop, own.ID))
		return []int{len(c.Seen[0].Networks), len(o.Marks.Networks), len(own.Marks.Networks)}
	}
	get[bool](t)(s.ForgetMarks(ctx, shop, noon.AddDate(0, 0, 31), 10))
	same(t, []int{1, 1, 1}, kept())

	must(t, s.RaiseFacts(ctx, shop, other, false))
	r := get[referral.Referral](t)(s.FindReferral(ctx, shop, other))
	r.State, r.DecidedRev = referral.Voided, r.FactsRev
	must(t, s.SaveDecision(ctx, r, r.FactsRev))
	get[bool](t)(s.ForgetMarks(ctx, shop, noon.AddDate(0, 0, 33), 10))
	same(t, []int{0, 0, 0}, kept())
}

// What is needed still is looked at again a day later, what is younger when it is due, and a full batch says that more
// may be left.
func TestForgettingIsBounded(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	campaign := storetest.Campaign(t, s, shop)
	advocate := storetest.Advocate(t, s, shop)
	var ids []referral.ClaimID
	for range 3 {
		c := storetest.Claim(t, s, campaign, advocate, func(c *referral.Claim) {
			c.Seen = append(seenAt(noon), seenAt(noon.Add(48*time.Hour))...)
		})
		ids = append(ids, c.ID)
	}

	at := noon.AddDate(0, 0, 30)
	wantShops(t, "to forget", get[[]tenant.ShopID](t)(s.ShopsToForget(ctx, at, 10)), shop)
	wantShops(t, "to forget a moment before", get[[]tenant.ShopID](t)(s.ShopsToForget(ctx, at.Add(-time.Millisecond), 10)))
	var more []bool
	for range 3 {
		more = append(more, get[bool](t)(s.ForgetMarks(ctx, shop, at, 2)))
	}
	if diff := cmp.Diff([]bool{true, false, false}, more); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, id := range ids {
		seen := get[referral.Claim](t)(s.FindClaim(ctx, shop, id)).Seen
		if len(seen[0].Networks) > 0 || len(seen[1].Networks) == 0 {
			t.Errorf("%v", seen)
		}
	}
	wantShops(t, "two days later", get[[]tenant.ShopID](t)(s.ShopsToForget(ctx, at.Add(48*time.Hour), 10)), shop)
	if slices.Contains(get[[]tenant.ShopID](t)(s.ShopsToForget(ctx, at.Add(47*time.Hour), 10)), shop) {
		t.Error("what is younger is due already")
	}
}
