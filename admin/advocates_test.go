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

// alice is an advocate with one friend who has ordered, whose reward is owed.
func (w *world) alice(t *testing.T, change ...func(*referral.Advocate)) referral.Advocate {
	t.Helper()
	all := append([]func(*referral.Advocate){func(a *referral.Advocate) {
		a.ID, a.Customer, a.Codes = "adv_alice", "gid://shopify/Customer/101", []string{"ALICE7", "AM-KF3Q"}
	}}, change...)
	return storetest.Advocate(t, w.store, demo, all...)
}

// owes keeps a referral by the advocate whose reward was spent, and is not due.
func (w *world) owes(t *testing.T, a referral.Advocate, friend string) referral.Referral {
	t.Helper()
	twenty := storetest.USD("20")
	return w.keep(t, friend, func(r *referral.Referral) {
		r.State, r.Reason, r.Advocate, r.At = referral.Voided, referral.ReasonDispute, a.ID, noon().Add(-58*24*time.Hour)
		r.Order, r.OrderName = "gid://shopify/Order/17380", "#17380"
		r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
			Side: referral.AdvocateSide, Kind: referral.AmountOff, Amount: twenty, State: referral.RewardOwed, Owed: twenty, OwedUnits: 1,
		}}
		r.Ledger = []referral.Entry{
			{ID: "1", Side: referral.AdvocateSide, Kind: referral.EntryIssued, Amount: twenty, At: noon().Add(-44 * 24 * time.Hour)},
			{ID: "2", Side: referral.AdvocateSide, Kind: referral.EntryOwed, Amount: twenty.Neg(), At: noon().Add(-5 * 24 * time.Hour)},
		}
	})
}

// keep keeps a referral of a friend.
func (w *world) keep(t *testing.T, friend string, change func(*referral.Referral)) referral.Referral {
	t.Helper()
	ctx := storetest.Context(t)
	r := referral.Referral{Shop: demo, Friend: referral.FriendID("gid://shopify/Customer/" + friend), FactsRev: 1, DecidedRev: 1}
	change(&r)
	if err := w.store.RaiseFacts(ctx, demo, r.Friend, true); err != nil {
		t.Fatal(err)
	}
	if err := w.store.SaveDecision(ctx, r, 1); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAdvocatesAreListed(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	if a := w.get(t, "/app/advocates"); a.status != 200 || !strings.Contains(a.body, "No advocates yet") {
		t.Errorf("without any: status %d: %s", a.status, a.body)
	}

	alice := w.alice(t)
	w.owes(t, alice, "7")
	storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) {
		a.ID, a.Customer, a.Codes, a.JoinedAt = "adv_bob", "gid://shopify/Customer/102", []string{"BOB-2345"}, noon()
		a.State, a.BlockedAt = referral.AdvocateBlocked, noon()
	})
	elsewhere := storetest.Advocate(t, w.store, storetest.Shop(t, w.store).ID)
	a := w.get(t, "/app/advocates")
	golden(t, "advocates.html", a.body)

	for query, want := range map[string]string{
		"alice7": "Customer 101", "AM-KF3Q": "Customer 101", "https://demo.example/?ref=BOB-2345": "Customer 102", "102": "Customer 102",
		"ALICE": "Nobody has", elsewhere.Code(): "Nobody has", "alice@example.com": "Shopify does not let the app",
	} {
		if a := w.get(t, "/app/advocates?q="+url.QueryEscape(query)); a.status != 200 || !strings.Contains(a.body, want) {
			t.Errorf("%s: status %d, want %q: %s", query, a.status, want, a.body)
		}
	}
}

// Pages lead on and back, and a cursor that nobody made is no page.
func TestAdvocatesArePaged(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	for i := range 101 {
		storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) {
			a.Codes, a.JoinedAt = []string{fmt.Sprintf("CODE-%03d", i)}, noon().Add(time.Duration(i)*time.Minute)
		})
	}
	link := func(a answer, says string) string {
		before, _, found := strings.Cut(a.body, says+"</s-button>")
		if !found {
			return ""
		}
		href := before[strings.LastIndex(before, `href="`)+len(`href="`):]
		return href[:strings.IndexByte(href, '"')]
	}
	shows := func(a answer, first, last string, newer, older bool) {
		t.Helper()
		if !strings.Contains(a.body, first) || !strings.Contains(a.body, last) || strings.Count(a.body, "CODE-") > 50 {
			t.Errorf("want %s to %s: %s", first, last, a.body)
		}
		if (link(a, "Newer") != "") != newer || (link(a, "Older") != "") != older {
			t.Errorf("from %s: newer %q, older %q", first, link(a, "Newer"), link(a, "Older"))
		}
	}
	one := w.get(t, "/app/advocates")
	shows(one, "CODE-100", "CODE-051", false, true)
	two := w.get(t, link(one, "Older"))
	shows(two, "CODE-050", "CODE-001", true, true)
	three := w.get(t, link(two, "Older"))
	shows(three, "CODE-000", "CODE-000", true, false)
	shows(w.get(t, link(three, "Newer")), "CODE-050", "CODE-001", true, true)
	shows(w.get(t, link(two, "Newer")), "CODE-100", "CODE-051", false, true)

	for _, cursor := range []string{"x", "older.1", "older.x.adv_1", "other.1.adv_1", "older.1."} {
		if a := w.get(t, "/app/advocates?page="+cursor); a.status != 404 {
			t.Errorf("cursor %q: %d", cursor, a.status)
		}
	}
}
