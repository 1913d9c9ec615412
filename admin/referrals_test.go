package admin_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
)

// refer keeps a referral of an order over $100 that the advocate brought, as if it had been decided so.
func (w *world) refer(
	t *testing.T, advocate referral.Advocate, change func(*referral.Referral, *referral.Order),
) referral.Referral {
	t.Helper()
	ctx := storetest.Context(t)
	order := storetest.NewOrder(demo)
	r := referral.Referral{Shop: demo, FactsRev: 1, DecidedRev: 1}
	r.State, r.At, r.ReleaseAt = referral.Pending, order.ProcessedAt, order.ProcessedAt.Add(14*24*time.Hour)
	r.Rewards = map[referral.Side]referral.Reward{
		referral.FriendSide: {
			ID: "rwd_f", Side: referral.FriendSide, Kind: referral.AmountOff, Amount: storetest.USD("20"),
			State: referral.RewardRedeemed, At: order.ProcessedAt,
		},
		referral.AdvocateSide: {
			ID: "rwd_a", Side: referral.AdvocateSide, Kind: referral.AmountOff, Amount: storetest.USD("20"),
			State: referral.RewardPending,
		},
	}
	change(&r, &order)
	r.Friend, r.Order, r.OrderName, r.Advocate = order.Friend(), order.ID, order.Name, advocate.ID
	if len(r.Explained.Orders) == 0 {
		r.Explained.Orders = []referral.Weighed{{Order: order.ID, Name: order.Name, At: order.ProcessedAt, Net: storetest.USD("80"), Converts: true}}
	}

	ticket, err := w.store.TakeTicket(ctx, demo, order.ID)
	must(t, err)
	_, _, err = w.store.SaveSnapshot(ctx, order, ticket)
	must(t, err)
	must(t, w.store.RaiseFacts(ctx, demo, r.Friend, true))
	must(t, w.store.SaveDecision(ctx, r, 1))
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// number names an order that is the same in each run.
func number(n int) func(*referral.Referral, *referral.Order) {
	return func(_ *referral.Referral, o *referral.Order) {
		o.ID, o.Name = referral.OrderID(fmt.Sprint("gid://shopify/Order/", n)), fmt.Sprint("#", n)
		o.Customer = referral.CustomerID(fmt.Sprint("gid://shopify/Customer/", n))
	}
}

// listed opens the pages with four referrals of one advocate, one in each state.
func listed(t *testing.T) (*world, referral.Advocate) {
	t.Helper()
	w := open(t)
	w.installed(t, true)
	alice := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) {
		a.ID, a.Customer, a.Codes = "adv_1", "gid://shopify/Customer/9", []string{"ALICE-9"}
	})
	for i, state := range referral.Listed {
		w.refer(t, alice, func(r *referral.Referral, o *referral.Order) {
			number(1001+i)(r, o)
			r.State, r.Reason = state, []referral.Reason{"", referral.ReasonSameEmail, "", referral.ReasonRefunded}[i]
			r.At = noon().Add(-time.Duration(i) * time.Hour)
		})
	}
	return w, alice
}

func TestTheListOfReferrals(t *testing.T) {
	t.Parallel()
	w, _ := listed(t)
	a := w.get(t, "/app/referrals")
	for _, want := range []string{
		`href="/app/referrals/1001"`, "Customer 1001", "ALICE-9", "$80.00", "Pending", "on hold until Dec 4",
		"the order has the advocate&#39;s e-mail address", `href="/app/referrals?state=flagged"`,
	} {
		if a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("status %d, %s is missing", a.status, want)
		}
	}
	for _, leak := range []string{"gid://", "merchant.", "rwd_"} {
		if strings.Contains(a.body, leak) {
			t.Errorf("the page holds %q", leak)
		}
	}
	golden(t, "referrals.html", a.body)
}

// Each filter and search shows what it says, and an empty page says what can be done.
func TestTheListIsFilteredAndSearched(t *testing.T) {
	t.Parallel()
	w, alice := listed(t)
	for address, want := range map[string]string{
		"?state=flagged": "#1002", "?reason=refunded": "#1004", "?state=voided&reason=refunded": "#1004",
		"?q=%231003": "#1003", "?q=1003": "#1003",
		"?advocate=" + string(alice.ID): "#1001 #1002 #1003 #1004", "?q=alice-9": "#1001 #1002 #1003 #1004",
		"?state=owed": "", "?campaign=cmp_none": "", "?q=nothing": "",
	} {
		a := w.get(t, "/app/referrals"+address)
		var shown []string
		for n := range 4 {
			if name := fmt.Sprint("#", 1001+n); strings.Contains(a.body, ">"+name+"<") {
				shown = append(shown, name)
			}
		}
		if got := strings.Join(shown, " "); a.status != 200 || got != want {
			t.Errorf("%s: status %d, shows %q, want %q", address, a.status, got, want)
		}
	}

	if a := w.get(t, "/app/referrals?q=%2399"); !strings.Contains(a.body, `href="/app/explain?order=%2399"`) {
		t.Errorf("what is not found is not explained: %s", a.body)
	}
	if a := w.get(t, "/app/referrals?q=bob%40example.com"); !strings.Contains(a.body, "does not show this app e-mail") {
		t.Errorf("an address at level 1: %s", a.body)
	}
	if a := w.get(t, "/app/referrals?page=k1.AAAA"); a.status != 400 {
		t.Errorf("a page that is none of ours: %d", a.status)
	}
}

// Several are decided at once, each for itself: what cannot be is named, the others are done. Without a reason nothing
// is, and what was selected is still there.
func TestSeveralAreDecidedAtOnce(t *testing.T) {
	t.Parallel()
	w, _ := listed(t)
	ctx := storetest.Context(t)
	form := url.Values{"orders": {"1002,1004"}, "reason": {" "}}
	a := w.post(t, "/app/referrals/all/reject?state=flagged", form)
	if a.status != 422 || !strings.Contains(a.body, "Please say why") || !strings.Contains(a.body, `value="1002,1004"`) ||
		!strings.Contains(a.body, `id="reject" heading="Reject selected" data-open`) {
		t.Errorf("without a reason: status %d: %s", a.status, a.body)
	}

	form.Set("reason", "One person")
	a = w.post(t, "/app/referrals/all/reject", form)
	if a.status != 422 || !strings.Contains(a.body, "1 is done, and these are not:") || !strings.Contains(a.body, "this referral is voided") {
		t.Errorf("one of two: status %d: %s", a.status, a.body)
	}
	if got, err := w.store.FindReferral(ctx, demo, "gid://shopify/Customer/1002"); err != nil || len(got.Acts) != 1 {
		t.Errorf("what could be rejected has the acts %v, %v", got.Acts, err)
	}
	entries, err := w.store.AuditAbout(ctx, demo, "gid://shopify/Order/1002")
	if err != nil || len(entries) != 1 || entries[0].User != "548380009" || entries[0].Reason != "One person" {
		t.Errorf("the audit log has %+v, %v", entries, err)
	}

	form.Set("orders", "1001")
	if a = w.post(t, "/app/referrals/all/reject?state=pending", form); a.status != 303 || a.header.Get("Location") != "/app/referrals?state=pending&did=reject_many" {
		t.Errorf("all of them: status %d, to %s", a.status, a.header.Get("Location"))
	}
	for _, orders := range []string{"", strings.Repeat("1,2,", 26)} {
		form.Set("orders", orders)
		if a = w.post(t, "/app/referrals/all/reject", form); a.status != 400 {
			t.Errorf("%d orders: status %d", strings.Count(orders, ","), a.status)
		}
	}
	if a = w.post(t, "/app/referrals/all/void", form); a.status != 404 {
		t.Errorf("an act that is not for several: %d", a.status)
	}
}
