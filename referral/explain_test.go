package referral

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	r := decide(t, w.f)
	mustHold(t, w.f, r)
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
		{"pending_asked_whether_new", soon, func(w *scene) { w.order().Journey = Journey{} }},
		{"pending_unpaid", soon, func(w *scene) { w.order().Status, w.order().Transactions = StatusPartiallyPaid, nil }},
		{"pending_shareable_code", soon, func(w *scene) { w.nothing(); w.order().Codes = []string{"ALICE"} }},
		{"pending_visit", soon, func(w *scene) { w.nothing(); w.visit(noon); w.order().Journey.Refs = []string{"ALICE"} }},
		{"pending_email", soon, func(w *scene) { w.guest(); w.claim().Addresses, w.order().Emails = GivenAt(noon, "h1"), []string{"h1"} }},
		{"pending_share_of_order", soon, func(w *scene) { w.terms(func(t *Terms) { t.Advocate = Offer{Kind: ShareOfOrder, RateBP: 1250} }) }},
		{"pending_two_claims", soon, func(w *scene) { w.claimed(time.Minute) }},
		{"flagged", soon, func(w *scene) { w.claim().Keys = []string{BrowserKey("b1")} }},
		{"flagged_inquiry", soon, func(w *scene) {
			w.order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}}
		}},
		{"approved_by_merchant", soon, func(w *scene) { w.claim().Keys = []string{BrowserKey("b1")}; w.approve("other_browser") }},
		{"linked", soon, func(w *scene) { w.link("adv_zoe", bought.Add(day)) }},
		{"unlinked", soon, func(w *scene) { w.unlink(bought.Add(day)) }},
		{"nothing", soon, func(w *scene) { w.f.Claims = nil }},
		{"test_order", soon, func(w *scene) { w.test(); w.issued() }},
		{"approved", then, func(w *scene) { w.release() }},
		{"issued", then, func(w *scene) { w.terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.issued() }},
		{"issued_after_order", then, func(w *scene) {
			w.afterOrder()
			w.order().Codes = nil
			w.issued()
			w.issue(FriendSide, "FFFF-GGGG-HHHH")
		}},
		{"expired", after, func(w *scene) { w.terms(func(t *Terms) { t.Advocate.ValidDays = 30 }); w.issued() }},
		{"redeemed", after, func(w *scene) { w.issued(); w.spent(hersCode, 2000, bought.Add(20*day)) }},
		{"denied_by_cap", then, func(w *scene) { w.release(denied(ReasonCap)) }},
		{"denied_by_budget", then, func(w *scene) { w.release(denied(ReasonBudget)) }},
		{"offset", then, func(w *scene) { w.release(offset("20")) }},
		{"refunded_before_release", then, func(w *scene) { w.refund() }},
		{"below_minimum", then, func(w *scene) { w.adjust("CUSTOMER", "-55") }},
		{"reversed", then, func(w *scene) { w.issued(); w.refund() }},
		{"owed", after, func(w *scene) { w.issued(); w.spent(hersCode, 2000, bought.Add(15*day)); w.refund() }},
		{"owed_in_part", after, func(w *scene) {
			w.personal()
			w.issued()
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.refund()
			w.decide()
			w.settled("8")
		}},
		{"settled", after, func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.refund()
			w.decide()
			w.settled("20")
		}},
		{"approved_again", after, func(w *scene) {
			w.personal()
			w.issued()
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.dispute("NEEDS_RESPONSE")
			w.decide()
			w.settled("8")
			w.decide()
			w.dispute("WON")
		}},
		{"forgiven", after, func(w *scene) {
			w.issued()
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.refund()
			w.decide()
			w.forgive()
		}},
		{"reissued", after, func(w *scene) { w.issued(); w.reissue(hersCode); w.decide(); w.issue(AdvocateSide, "SECOND") }},
		{"voided_by_merchant", after, func(w *scene) { w.issued(); w.act(Act{Kind: ActVoid, At: bought.Add(18 * day)}) }},
		{"restored", soon, func(w *scene) {
			w.act(Act{Kind: ActReject, At: bought.Add(day)})
			w.act(Act{Kind: ActRestore, At: bought.Add(2 * day), Order: w.order().ID})
		}},
		{"another_order_converts", soon, func(w *scene) { w.another(999, noon.Add(time.Minute)) }},
		{"no_customer", soon, func(w *scene) { w.order().Customer = "" }},
		{"attached", soon, func(w *scene) { w.order().Attached = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newScene(t)
			c.change(w)
			golden(t, "page_"+c.name+".txt", page(t, w, *w.order(), c.name != "nothing", c.now))
		})
	}
}

// What the advocate is told of each outcome, all in one file so that it can be read aloud.
func TestPolite(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	ends := func(w *scene) { w.terms(func(t *Terms) { t.Advocate.ValidDays = 30 }) }
	spent := func(w *scene) { w.issued(); w.spent(hersCode, 2000, bought.Add(15*day)) }
	for _, c := range []struct {
		says   string
		now    time.Time
		change func(*scene)
	}{
		{"nothing ties the order to her", soon, func(w *scene) { w.nothing() }},
		{"the order is not paid", soon, func(w *scene) { w.order().Status = StatusPending }},
		{"whether the friend is new is being asked", soon, func(w *scene) { w.order().Journey = Journey{} }},
		{"in the hold", soon, func(*scene) {}},
		{"an instant before the hold ends", bought.Add(14*day - instant), func(*scene) {}},
		{"on the instant the hold ends", bought.Add(14 * day), func(*scene) {}},
		{"flagged for the browser", soon, func(w *scene) { w.claim().Keys = []string{BrowserKey("b1")} }},
		{"flagged for an inquiry", soon, func(w *scene) { w.order().Disputes = []Dispute{{Status: "UNDER_REVIEW", InitiatedAs: "INQUIRY"}} }},
		{"released", then, func(w *scene) { w.release() }},
		{"issued, without an end", then, func(w *scene) { w.issued() }},
		{"issued, with an end", then, func(w *scene) { ends(w); w.issued() }},
		{"a share that comes to nothing", then, func(w *scene) {
			w.terms(func(t *Terms) { t.Advocate, t.Minimum = Offer{Kind: ShareOfOrder, RateBP: 1}, usd("0") })
			w.subtotal("10")
			w.release()
		}},
		{"both her code and the one that took its place are used", after, func(w *scene) {
			w.issued()
			w.reissue(hersCode)
			w.decide()
			w.issue(AdvocateSide, "SECOND")
			w.spent(hersCode, 2000, bought.Add(15*day))
			w.spent("SECOND", 2001, bought.Add(16*day))
		}},
		{"run out", after, func(w *scene) { ends(w); w.issued() }},
		{"used", after, func(w *scene) { spent(w) }},
		{"all of it made up for another", then, func(w *scene) { w.release(offset("20")) }},
		{"taken back after a refund", after, func(w *scene) { w.issued(); w.refund() }},
		{"taken back after a dispute", after, func(w *scene) { w.issued(); w.dispute("LOST") }},
		{"taken back by the merchant", after, func(w *scene) { w.issued(); w.act(Act{Kind: ActVoid, At: bought.Add(18 * day)}) }},
		{"taken back as the order was unlinked", after, func(w *scene) { w.issued(); w.unlink(bought.Add(18 * day)) }},
		{"used, then refunded", after, func(w *scene) { spent(w); w.refund() }},
		{"used, then voided by the merchant", after, func(w *scene) { spent(w); w.act(Act{Kind: ActVoid, At: bought.Add(18 * day)}) }},
		{"settled", after, func(w *scene) { spent(w); w.refund(); w.decide(); w.settled("20") }},
		{"forgiven", after, func(w *scene) { spent(w); w.refund(); w.decide(); w.forgive() }},
		{"cancelled", soon, func(w *scene) { w.order().CancelledAt = bought.Add(day) }},
		{"refunded", soon, func(w *scene) { w.refund() }},
		{"not new", soon, func(w *scene) { w.f.Referral.Newness = map[OrderID]Newness{w.order().ID: {Prior: 1}} }},
		{"below the minimum", soon, func(w *scene) { w.order().CurrentSubtotal = usd("12") }},
		{"her own order", soon, func(w *scene) { w.f.Referral.Friend, w.order().Customer = FriendOf(alice, false), alice }},
		{"denied by a cap", then, func(w *scene) { w.release(denied(ReasonCap)) }},
		{"denied by the budget", then, func(w *scene) { w.release(denied(ReasonBudget)) }},
		{"disputed", soon, func(w *scene) { w.dispute("LOST") }},
		{"rejected", soon, func(w *scene) { w.act(Act{Kind: ActReject, At: soon}) }},
		{"blocked", soon, func(w *scene) { w.block(soon) }},
		{"from a source that is left out", soon, func(w *scene) { w.order().Source = "pos"; w.terms(func(t *Terms) { t.Excluded.POS = true }) }},
	} {
		w := newScene(t)
		c.change(w)
		fmt.Fprintf(&b, "%s (%s, reward %s):\n  %s\n", c.says, decide(t, w.f).State, orNone(decide(t, w.f).Rewards[AdvocateSide].StateAt(c.now)), decide(t, w.f).Polite(c.now))
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

// constants are the values of all constants of a type in the package's own source, so that a new one cannot be forgotten.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	var all []string
	for _, f := range sources(t, "*.go", func(name string) bool { return !strings.HasSuffix(name, "_test.go") }) {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				all = append(all, valuesOf(t, s, typeName)...)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("no constants of type %s", typeName)
	}
	return all
}

func valuesOf(t *testing.T, s ast.Spec, typeName string) []string {
	t.Helper()
	spec, ok := s.(*ast.ValueSpec)
	if !ok {
		return nil
	}
	if typed, ok := spec.Type.(*ast.Ident); !ok || typed.Name != typeName {
		return nil
	}
	var all []string
	for _, v := range spec.Values {
		literal, ok := v.(*ast.BasicLit)
		if !ok {
			t.Fatalf("a constant of %s is no literal", typeName)
		}
		text, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// sources parses the package's own files.
func sources(t *testing.T, pattern string, which func(name string) bool) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []*ast.File
	for _, name := range slices.Sorted(slices.Values(names)) {
		if !which(name) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func TestEveryReasonAndEvidenceHasASentence(t *testing.T) {
	t.Parallel()
	for _, r := range constants(t, "Reason") {
		if sentences[Reason(r)] == "" {
			t.Errorf("reason %q has none", r)
		}
	}
	if got, want := len(sentences), len(constants(t, "Reason")); got != want {
		t.Errorf("%d sentences for %d reasons", got, want)
	}
	for _, k := range constants(t, "EvidenceKind") {
		if _, ranked := strength[EvidenceKind(k)]; evidenceWords[EvidenceKind(k)] == "" || !ranked {
			t.Errorf("evidence %q has no words or no strength", k)
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(evidenceWords)), slices.Sorted(maps.Keys(strength))); diff != "" {
		t.Errorf("-words +strengths\n%s", diff)
	}
}
