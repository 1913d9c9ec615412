package referral_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	. "twofold/referral"
	"twofold/referral/referraltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s -want +got\n%s", path, diff)
	}
}

// page is what the merchant reads about one of the scene's orders.
func page(t *testing.T, w *scene, o Order, stored bool, now time.Time) string {
	t.Helper()
	r := decide(t, w.Facts)
	mustHold(t, w.Facts, r)
	e := OrderExplained{Order: o, Stored: stored, Weighed: weighedOf(r, o.ID), Referral: r}
	if o.Customer == "" {
		e.Weighed, e.Referral = Weighed{Order: o.ID, Outcome: None, Reason: ReasonNoIdentity}, Referral{}
	}
	return e.Page(now)
}

// Three days after the order, when the reward is out, and when everything is over.
var (
	soon  = bought.Add(3 * day)
	then  = bought.Add(17 * day)
	after = bought.Add(60 * day)
)

func TestPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		now    time.Time
		change func(*scene)
	}{
		{"pending", soon, func(*scene) {}},
		{"pending_asked_whether_new", soon, func(w *scene) { w.Order().Journey = Journey{} }},
		{"pending_unpaid", soon, func(w *scene) { w.Order().Status, w.Order().Transactions = StatusPartiallyPaid, nil }},
		{"pending_shareable_code", soon, func(w *scene) { w.Nothing(); w.Order().Codes = []string{"ALICE"} }},
		{"pending_visit", soon, func(w *scene) { w.Nothing(); w.Visit(noon); w.Order().Journey.Refs = []string{"ALICE"} }},
		{"pending_email", soon, func(w *scene) { w.Guest(); w.Claim().Addresses, w.Order().Emails = GivenAt(noon, "h1"), []string{"h1"} }},
		{"pending_share_of_order", soon, func(w *scene) { w.Terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1250} }) }},
		{"pending_two_claims", soon, func(w *scene) { w.Claimed(time.Minute) }},
		{"flagged", soon, func(w *scene) { w.Claim().Keys = []string{BrowserKey("b1")} }},
		{"flagged_inquiry", soon, func(w *scene) {
			w.Order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}},
		{"approved_by_merchant", soon, func(w *scene) { w.Claim().Keys = []string{BrowserKey("b1")}; w.Approve("other_browser") }},
		{"linked", soon, func(w *scene) { w.Link("adv_zoe", bought.Add(day)) }},
		{"unlinked", soon, func(w *scene) { w.Unlink(bought.Add(day)) }},
		{"nothing", soon, func(w *scene) { w.Facts.Claims = nil }},
		{"test_order", soon, func(w *scene) { w.Test(); w.Issued() }},
		{"approved", then, func(w *scene) { w.Release() }},
		{"issued", then, func(w *scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.Issued() }},
		{"issued_after_order", then, func(w *scene) {
			w.AfterOrder()
			w.Order().Codes = nil
			w.Issued()
			w.Issue(FriendSide, "FFFF-GGGG-HHHH")
		}},
		{"expired", after, func(w *scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.Issued() }},
		{"redeemed", after, func(w *scene) { w.Issued(); w.Spent(hersCode, 2000, bought.Add(20*day)) }},
		{"denied_by_cap", then, func(w *scene) { w.Release(denied(ReasonCap)) }},
		{"denied_by_budget", then, func(w *scene) { w.Release(denied(ReasonBudget)) }},
		{"offset", then, func(w *scene) { w.Release(offset("20")) }},
		{"refunded_before_release", then, func(w *scene) { w.Refund() }},
		{"below_minimum", then, func(w *scene) { w.Adjust("CUSTOMER", "-55") }},
		{"reversed", then, func(w *scene) { w.Issued(); w.Refund() }},
		{"owed", after, func(w *scene) { w.Issued(); w.Spent(hersCode, 2000, bought.Add(15*day)); w.Refund() }},
		{"owed_in_part", after, func(w *scene) {
			w.Personal()
			w.Issued()
			w.Spent(hersCode, 2000, bought.Add(15*day))
			w.Refund()
			w.Decide()
			w.Settled("8")
		}},
		{"settled", after, func(w *scene) {
			w.Issued()
			w.Spent(hersCode, 2000, bought.Add(15*day))
			w.Refund()
			w.Decide()
			w.Settled("20")
		}},
		{"approved_again", after, func(w *scene) {
			w.Personal()
			w.Issued()
			w.Spent(hersCode, 2000, bought.Add(15*day))
			w.Dispute("NEEDS_RESPONSE")
			w.Decide()
			w.Settled("8")
			w.Decide()
			w.Dispute("WON")
		}},
		{"forgiven", after, func(w *scene) {
			w.Issued()
			w.Spent(hersCode, 2000, bought.Add(15*day))
			w.Refund()
			w.Decide()
			w.Forgive()
		}},
		{"reissued", after, func(w *scene) { w.Issued(); w.Reissue(hersCode); w.Decide(); w.Issue(AdvocateSide, "SECOND") }},
		{"voided_by_merchant", after, func(w *scene) { w.Issued(); w.Act(Act{Kind: ActVoid, At: bought.Add(18 * day)}) }},
		{"restored", soon, func(w *scene) {
			w.Act(Act{Kind: ActReject, At: bought.Add(day)})
			w.Act(Act{Kind: ActRestore, At: bought.Add(2 * day), Order: w.Order().ID})
		}},
		{"another_order_converts", soon, func(w *scene) { w.Another(999, noon.Add(time.Minute)) }},
		{"no_customer", soon, func(w *scene) { w.Order().Customer = "" }},
		{"attached", soon, func(w *scene) { w.Order().Attached = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			golden(t, "page_"+c.name+".txt", page(t, w, *w.Order(), c.name != "nothing", c.now))
		})
	}
}

// What the advocate is told of each outcome, all in one file so that it can be read aloud.
func TestPolite(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	ends := func(w *scene) { w.Terms(func(t *Terms) { t.Advocate.ValidDays = 30 }) }
	spent := func(w *scene) { w.Issued(); w.Spent(hersCode, 2000, bought.Add(15*day)) }
	for _, c := range []struct {
		says   string
		now    time.Time
		change func(*scene)
	}{
		{"nothing ties the order to her", soon, func(w *scene) { w.Nothing() }},
		{"the order is not paid", soon, func(w *scene) { w.Order().Status = StatusPending }},
		{"whether the friend is new is being asked", soon, func(w *scene) { w.Order().Journey = Journey{} }},
		{"in the hold", soon, func(*scene) {}},
		{"an instant before the hold ends", bought.Add(14*day - instant), func(*scene) {}},
		{"on the instant the hold ends", bought.Add(14 * day), func(*scene) {}},
		{"flagged for the browser", soon, func(w *scene) { w.Claim().Keys = []string{BrowserKey("b1")} }},
		{"flagged for an inquiry", soon, func(w *scene) { w.Order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}} }},
		{"released", then, func(w *scene) { w.Release() }},
		{"issued, without an end", then, func(w *scene) { w.Issued() }},
		{"issued, with an end", then, func(w *scene) { ends(w); w.Issued() }},
		{"a share that comes to nothing", then, func(w *scene) {
			w.Terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1}, usd("0") })
			w.Subtotal("10")
			w.Release()
		}},
		{"both her code and the one that took its place are used", after, func(w *scene) {
			w.Issued()
			w.Reissue(hersCode)
			w.Decide()
			w.Issue(AdvocateSide, "SECOND")
			w.Spent(hersCode, 2000, bought.Add(15*day))
			w.Spent("SECOND", 2001, bought.Add(16*day))
		}},
		{"run out", after, func(w *scene) { ends(w); w.Issued() }},
		{"used", after, func(w *scene) { spent(w) }},
		{"all of it made up for another", then, func(w *scene) { w.Release(offset("20")) }},
		{"taken back after a refund", after, func(w *scene) { w.Issued(); w.Refund() }},
		{"taken back after a dispute", after, func(w *scene) { w.Issued(); w.Dispute("LOST") }},
		{"taken back by the merchant", after, func(w *scene) { w.Issued(); w.Act(Act{Kind: ActVoid, At: bought.Add(18 * day)}) }},
		{"taken back as the order was unlinked", after, func(w *scene) { w.Issued(); w.Unlink(bought.Add(18 * day)) }},
		{"used, then refunded", after, func(w *scene) { spent(w); w.Refund() }},
		{"used, then voided by the merchant", after, func(w *scene) { spent(w); w.Act(Act{Kind: ActVoid, At: bought.Add(18 * day)}) }},
		{"settled", after, func(w *scene) { spent(w); w.Refund(); w.Decide(); w.Settled("20") }},
		{"forgiven", after, func(w *scene) { spent(w); w.Refund(); w.Decide(); w.Forgive() }},
		{"cancelled", soon, func(w *scene) { w.Order().CancelledAt = bought.Add(day) }},
		{"refunded", soon, func(w *scene) { w.Refund() }},
		{"not new", soon, func(w *scene) { w.Facts.Referral.Newness = map[OrderID]Newness{w.Order().ID: {Prior: 1}} }},
		{"below the minimum", soon, func(w *scene) { w.Order().CurrentSubtotal = usd("12") }},
		{"her own order", soon, func(w *scene) { w.Facts.Referral.Friend, w.Order().Customer = FriendOf(alice, false), alice }},
		{"denied by a cap", then, func(w *scene) { w.Release(denied(ReasonCap)) }},
		{"denied by the budget", then, func(w *scene) { w.Release(denied(ReasonBudget)) }},
		{"disputed", soon, func(w *scene) { w.Dispute("LOST") }},
		{"rejected", soon, func(w *scene) { w.Act(Act{Kind: ActReject, At: soon}) }},
		{"blocked", soon, func(w *scene) { w.Block(soon) }},
		{"from a source that is left out", soon, func(w *scene) { w.Order().Source = "pos"; w.Terms(func(t *Terms) { t.Excluded.POS = true }) }},
	} {
		w := newScene(t)
		c.change(w)
		fmt.Fprintf(&b, "%s (%s, reward %s):\n  %s\n", c.says, decide(t, w.Facts).State, OrNone(decide(t, w.Facts).Rewards[AdvocateSide].StateAt(c.now)), decide(t, w.Facts).Polite(c.now))
	}
	golden(t, "polite.txt", b.String())
}

// What a shopper reads of an offer, before and after she claims.
func TestOfferWords(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, v := range []OfferView{
		{Friend: Offer{Kind: AmountOff, Amount: usd("20")}, Advocate: Offer{Kind: AmountOff, Amount: usd("20")}, Minimum: usd("40")},
		{Friend: Offer{Kind: AmountOff, Amount: usd("12.50")}, Advocate: Offer{Kind: ShareOfOrder, RateBP: 1250}},
		{Friend: Offer{Kind: PercentOff, RateBP: 1500}, Advocate: Offer{Kind: PercentOff, RateBP: 1025}, Minimum: usd("40")},
		{Friend: Offer{Kind: FreeShipping}, Advocate: Offer{Kind: FreeShipping}},
		{Friend: Offer{Kind: AmountOff, Amount: usd("20"), AfterOrder: true}, Advocate: Offer{Kind: AmountOff, Amount: usd("20")}, Minimum: usd("40")},
		{Friend: Offer{Kind: PercentOff, RateBP: 1500, AfterOrder: true}, Advocate: Offer{Kind: AmountOff, Amount: usd("20")}},
		{Friend: Offer{Kind: FreeShipping, AfterOrder: true}, Advocate: Offer{Kind: AmountOff, Amount: usd("20")}},
	} {
		fmt.Fprintf(&b, "%s\n  friend:   %s\n  advocate: %s\n", wordsOf(v), v.FriendWords(), v.AdvocateWords())
	}
	claim := Claim{Code: bobsCode, ExpiresAt: noon.Add(30 * day)}
	fmt.Fprintf(&b, "claimed: %s\nclaimed, after the order: %s\n", ClaimView{Claim: claim}.Words(), ClaimView{}.Words())
	golden(t, "offer.txt", b.String())
}

func wordsOf(v OfferView) string {
	return fmt.Sprintf("%s / %s:", v.Friend.Words(), v.Advocate.Words())
}

func TestEveryReasonAndEvidenceHasASentence(t *testing.T) {
	t.Parallel()
	for _, r := range referraltest.Constants(t, "Reason") {
		if Sentences[Reason(r)] == "" {
			t.Errorf("reason %q has none", r)
		}
	}
	if got, want := len(Sentences), len(referraltest.Constants(t, "Reason")); got != want {
		t.Errorf("%d sentences for %d reasons", got, want)
	}
	for _, k := range referraltest.Constants(t, "EvidenceKind") {
		if _, ranked := Strength[EvidenceKind(k)]; EvidenceWords[EvidenceKind(k)] == "" || !ranked {
			t.Errorf("evidence %q has no words or no strength", k)
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(EvidenceWords)), slices.Sorted(maps.Keys(Strength))); diff != "" {
		t.Errorf("-words +strengths\n%s", diff)
	}
}
