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
	w.folded(t)
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
// Of whoever joined without an account the list and the page say how they are known.
func TestGuestsAreToldFromCustomers(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)

	for i, row := range []struct {
		change     func(*referral.Advocate)
		says, sagt string
	}{
		{func(*referral.Advocate) {}, "Guest, address not proved yet", "Gast, Adresse noch nicht bestätigt"},
		{func(a *referral.Advocate) { a.ProvedAt = noon() }, "Guest, address proved", "Gast, Adresse bestätigt"},
		{func(a *referral.Advocate) { a.Order = "gid://shopify/Order/9" }, "Guest, with an order<", "Gast, mit Bestellung<"},
		{
			func(a *referral.Advocate) { a.Named = referral.Naming{Order: "gid://shopify/Order/8", At: noon()} },
			"Guest, with an order from the address", "Gast, mit Bestellung von der Adresse",
		},
		{func(a *referral.Advocate) { a.Customer = "gid://shopify/Customer/7" }, "</html>", "</html>"},
	} {
		a := storetest.Advocate(t, w.store, demo, func(a *referral.Advocate) { a.Customer = "" }, row.change)
		for _, path := range []string{"/app/advocates?q=" + a.Code(), "/app/advocates/" + string(a.ID)} {
			for language, want := range map[string]string{"en": row.says, "de": row.sagt} {
				w.language = language
				got := w.get(t, path)
				if got.status != 200 || !strings.Contains(got.body, want) {
					t.Errorf("%d, %s, %s: status %d, want %q in\n%s", i, language, path, got.status, want, got.body)
				}
				if guest := strings.Contains(got.body, "Guest,") || strings.Contains(got.body, "Gast,"); guest != (a.Customer == "") {
					t.Errorf("%d, %s, %s: shown as a guest: %v", i, language, path, guest)
				}
			}
		}
	}
}

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

// hold keeps a referral by the advocate whose reward is on hold.
func (w *world) hold(t *testing.T, a referral.Advocate, friend string, days int) {
	t.Helper()
	w.keep(t, friend, func(r *referral.Referral) {
		r.State, r.Advocate, r.At = referral.Pending, a.ID, noon().Add(-time.Duration(days)*24*time.Hour)
		r.Order, r.OrderName = referral.OrderID("gid://shopify/Order/184"+friend), "#184"+friend
		r.ReleaseAt = r.At.Add(14 * 24 * time.Hour)
		r.Explained.Orders = []referral.Weighed{{Order: r.Order, Net: storetest.USD("92.5")}}
		r.Rewards = map[referral.Side]referral.Reward{referral.AdvocateSide: {
			ID: "rwd_1", Side: referral.AdvocateSide, Kind: referral.AmountOff, Amount: storetest.USD("20"), State: referral.RewardPending,
		}}
	})
}

func TestAnAdvocatesPage(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	alice := w.alice(t)
	if a := w.get(t, "/app/advocates/adv_alice"); a.status != 200 || !strings.Contains(a.body, "No friend has ordered yet") {
		t.Errorf("without friends: status %d: %s", a.status, a.body)
	}

	w.owes(t, alice, "7")
	w.hold(t, alice, "66", 1)
	w.hold(t, alice, "67", 4)
	storetest.Claim(t, w.store, storetest.Campaign(t, w.store, demo), alice, func(c *referral.Claim) { c.CountsUntil = noon().Add(time.Hour) })
	w.keep(t, "9/test", func(r *referral.Referral) {
		r.State, r.Advocate, r.At, r.OrderName = referral.Approved, alice.ID, noon(), "#test"
	})
	a := w.get(t, "/app/advocates/adv_alice")
	if strings.Contains(a.body, "#test") || strings.Contains(a.body, "merchant.") {
		t.Errorf("a test order, or an entry that is not there: %s", a.body)
	}
	golden(t, "advocate.html", a.body)

	other := storetest.Advocate(t, w.store, storetest.Shop(t, w.store).ID)
	if a := w.get(t, "/app/advocates/"+string(other.ID)); a.status != 404 {
		t.Errorf("another shop's: %d", a.status)
	}
}

// What the page offers is done, with a reason, and is said; what was wrong comes back as it was typed.
func TestActsOnAnAdvocate(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	alice := w.alice(t)
	w.owes(t, alice, "7")
	path := "/app/advocates/adv_alice/"
	now := func() referral.Advocate {
		a, err := w.store.FindAdvocate(storetest.Context(t), demo, alice.ID)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	why := url.Values{"reason": {"they asked"}}

	for _, act := range []string{"block", "unblock", "reopen"} {
		if a := w.post(t, path+act, why); a.status != 303 || a.header.Get("Location") != "/app/advocates/adv_alice?did="+act {
			t.Errorf("%s: status %d to %q: %s", act, a.status, a.header.Get("Location"), a.body)
		}
		if blocked := now().State == referral.AdvocateBlocked; blocked != (act == "block") {
			t.Errorf("after %s blocked is %v", act, blocked)
		}
	}

	entry := referral.AuditEntry{
		ID: "aud_1", At: noon(), User: "7", Act: "void", Reason: "a duplicate", Outcome: referral.AuditDone,
		About: []string{"gid://shopify/Order/17380", "adv_alice"},
	}
	must(t, w.store.AddAudit(storetest.Context(t), demo, entry))
	wants(t, w.get(t, path+"acts"), []string{
		"Block this advocate", "Unblock this advocate", "Reopen the link", "they asked", "Staff member 548380009",
		`<a href="/app/referrals/17380" data-turbo-frame="_top">`, "a duplicate",
	}, "merchant.")

	a := w.post(t, path+"block", url.Values{"reason": {" "}})
	if a.status != 422 || !strings.Contains(a.body, `data-open`) || !strings.Contains(a.body, "Please say why") || now().State != referral.AdvocateActive {
		t.Errorf("without a reason: %d: %s", a.status, a.body)
	}
	a = w.post(t, path+"change_code", url.Values{"reason": {"they asked"}, "code": {"al"}})
	if a.status != 422 || !strings.Contains(a.body, `value="al" error="A code has 4 to 20`) || !strings.Contains(a.body, `value="they asked"`) {
		t.Errorf("a short code: %d: %s", a.status, a.body)
	}
	if a = w.post(t, path+"change_code", url.Values{"reason": {"they asked"}, "code": {"am-kf3q"}}); a.status != 303 || now().Code() != "AM-KF3Q" {
		t.Errorf("the former code: %d, %v: %s", a.status, now().Codes, a.body)
	}

	a = w.post(t, path+"note", url.Values{"note": {strings.Repeat("x", referral.MaxNote+1)}})
	if a.status != 422 || !strings.Contains(a.body, "A note has 1,000 letters at most") || !strings.Contains(a.body, strings.Repeat("x", referral.MaxNote+1)) {
		t.Errorf("a long note: %d: %s", a.status, a.body)
	}
	if a = w.post(t, path+"note", url.Values{"note": {"Hosts the evening."}}); a.status != 303 || now().Note.User != "548380009" {
		t.Errorf("a note: %d, %+v", a.status, now().Note)
	}

	for _, of := range []string{"adv_alice/nothing", "adv_none/block"} {
		if a := w.post(t, "/app/advocates/"+of, why); a.status != 404 {
			t.Errorf("%s: %d", of, a.status)
		}
	}
	other := storetest.Advocate(t, w.store, storetest.Shop(t, w.store).ID)
	for _, act := range []string{"block", "note", "forgive", "change_code", "reopen"} {
		if a := w.post(t, "/app/advocates/"+string(other.ID)+"/"+act, why); a.status != 404 {
			t.Errorf("%s for another shop's: %d", act, a.status)
		}
	}
}

// An advocate's page says why they get no mails, and nothing of it while they get some.
func TestWhyAnAdvocateGetsNoMails(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.installed(t, true)
	hashes := w.hasher.Hashes(demo, referral.MailStop, string(w.alice(t).Customer))
	for _, row := range []struct {
		wish referral.MailWish
		says string
	}{
		{referral.MailWish{}, ""},
		{referral.MailWish{Not: []referral.MailSort{referral.MailReminders}}, ""},
		{referral.MailWish{None: true}, "None, as they chose"},
		{referral.MailWish{None: true, Why: referral.StopBounced}, "None: one came back"},
		{referral.MailWish{None: true, Why: referral.StopComplained}, "None: one was reported as spam"},
	} {
		must(t, w.store.WishMails(storetest.Context(t), demo, hashes, row.wish, noon()))
		a := w.get(t, "/app/advocates/adv_alice")
		if !strings.Contains(a.body, row.says) || strings.Contains(a.body, "<dt>Mails") != (row.says != "") {
			t.Errorf("%+v: %s", row.wish, a.body)
		}
	}
}
