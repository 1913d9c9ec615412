package jobs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"twofold/claims"
	"twofold/fault"
	"twofold/referral"
	"twofold/simulator"
	"twofold/tenant"
)

// writesTerms has the merchant write the programme's terms, over those of now.
func (w *world) writesTerms(text, link string) tenant.AskedTerms {
	w.t.Helper()
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	w.must(w.Shops.WriteTerms(w.ctx, w.shop, tenant.TermsTyped{Text: text, Link: link, Over: shop.Terms.Latest}))
	shop, err = w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	return shop.Terms
}

// customer is somebody new, whom Shopify knows.
func (w *world) customer(email string) referral.CustomerID {
	w.t.Helper()
	c, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: email})
	w.must(err)
	return referral.CustomerID(c.GID)
}

// address is the shop's.
func (w *world) address() string {
	w.t.Helper()
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	w.must(err)
	return shop.Profile.PrimaryURL
}

// agrees has a customer join who agrees to a version of the terms.
func (w *world) agrees(c referral.CustomerID, version int) (referral.Advocate, error) {
	view, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: c, Terms: version, At: w.signed()})
	return view.Advocate, err
}

// refusedUnder checks that somebody cannot join, and what they are told.
func (w *world) refusedUnder(says string, err error, version int, link string) {
	w.t.Helper()
	told := fault.ValuesOf(err)
	if fault.CodeOf(err) != "accept_terms" || !fault.Is(err, fault.Conflict) || told["version"] != version || told["link"] != link {
		w.t.Errorf("%s: %v, want that it asks for version %d at %s", says, err, version, link)
	}
}

// Whoever joins agrees to the terms of now, and to no others; who shares already goes on, and may agree anew. Who asks
// for nothing is asked for nothing.
func TestWhoJoinsAgreesToTheTermsOfNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	early := w.customer("early@example.com")
	joined, err := w.agrees(early, 7)
	if w.must(err); joined.Agreed != (referral.Agreement{}) {
		t.Errorf("without terms agreed to %+v", joined.Agreed)
	}

	w.writesTerms("Be kind.", "")
	late, here := w.customer("late@example.com"), w.address()
	for says, version := range map[string]int{"none": 0, "another": 2, "below": -1} {
		_, err := w.agrees(late, version)
		w.refusedUnder(says, err, 1, here+"/apps/friends#friends-terms")
	}
	if _, err := w.kept.FindAdvocateByCustomer(w.ctx, w.shop, late); !fault.Is(err, fault.NotFound) {
		t.Errorf("who was refused has joined: %v", err)
	}
	joined, err = w.agrees(late, 1)
	if at := joined.Agreed.At; err != nil || joined.Agreed.Version != 1 || at.IsZero() || w.signed().Sub(at) > time.Minute {
		t.Errorf("agreed to %+v, %v", joined.Agreed, err)
	}

	w.writesTerms("Be kind, always.", "/pages/terms")
	third := w.customer("third@example.com")
	_, err = w.agrees(third, 1)
	w.refusedUnder("a former version", err, 2, here+"/pages/terms")
	for _, row := range []struct { // in this order
		says         string
		customer     referral.CustomerID
		agrees, want int
	}{
		{"who joined before there were terms", early, 0, 0},
		{"who agreed to the former ones", late, 1, 1},
		{"with a version that there is not", late, 9, 1},
		{"who agrees anew", early, 2, 2},
		{"who has agreed anew, and sends the former one", early, 1, 2},
	} {
		got, err := w.agrees(row.customer, row.agrees)
		w.must(err)
		kept, err := w.kept.FindAdvocate(w.ctx, w.shop, got.ID)
		w.must(err)
		if got.Agreed.Version != row.want || kept.Agreed != got.Agreed {
			t.Errorf("%s: agreed to %+v, kept %+v, want version %d", row.says, got.Agreed, kept.Agreed, row.want)
		}
	}

	w.writesTerms("", "")
	if joined, err = w.agrees(third, 2); err != nil || joined.Agreed.Version != 0 {
		t.Errorf("after they were taken back: %+v, %v", joined.Agreed, err)
	}
}

// What somebody agreed to is in what they are told of themselves, and goes with them.
func TestWhatSomebodyAgreedToIsTheirs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	nora := w.customer("nora@example.com")
	joined, err := w.agrees(nora, w.writesTerms("Be kind.", "").Version)
	w.must(err)

	told, err := w.People.Tell(w.ctx, w.shop, nora)
	w.must(err)
	var has struct {
		Advocate struct{ Agreed referral.Agreement }
	}
	if err := json.Unmarshal(told, &has); err != nil || has.Advocate.Agreed != joined.Agreed || joined.Agreed.Version != 1 {
		t.Errorf("told of %+v (%v), want %+v", has.Advocate.Agreed, err, joined.Agreed)
	}

	w.must(w.People.EraseAsked(w.ctx, w.shop, nora, "7"))
	left, err := w.kept.FindAdvocate(w.ctx, w.shop, joined.ID)
	if w.must(err); left.Agreed != (referral.Agreement{}) {
		t.Errorf("after the erasure %+v is left", left.Agreed)
	}
}

// A buyer without an account is asked as everybody is, and told what there is to share.
func TestABuyerAgreesToTheTerms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	w.writesTerms("Be kind.", "")
	o := w.placed(simulator.OrderInput{Customer: new(bool)})
	ask := func(version int) (claims.BuyerView, error) {
		return w.Claims.JoinBuyer(w.ctx, claims.BuyerRequest{
			Shop: w.shop, Order: o.GID, Confirmation: o.Confirmation, Terms: version, At: w.signed(),
		})
	}

	view, err := ask(0)
	w.refusedUnder("none", err, 1, w.address()+"/apps/friends#friends-terms")
	if view.Known || view.Offer.Friend.Kind == "" {
		t.Errorf("beside the refusal stands %+v", view)
	}
	view, err = ask(1)
	if w.must(err); !view.Known || view.Advocate.Advocate.Agreed.Version != 1 {
		t.Errorf("the buyer has %+v", view)
	}
}

// What a merchant types is a new version when it says something else than the one before, and nobody writes over what
// they have not seen.
func TestTermsAreWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.live()
	primary := "https://shop.example"
	w.must(w.kept.SaveProfile(w.ctx, w.shop, tenant.Profile{Currency: "USD", PrimaryURL: primary}, w.now()))
	for _, row := range []struct { // in this order
		says       string
		text, link string
		over       int
		fault      string
		asked      tenant.AskedTerms
	}{
		{"nothing", " ", "", 0, "", tenant.AskedTerms{}},
		{"a text", "One.\r\nTwo. ", "", 0, "", tenant.AskedTerms{Latest: 1, Version: 1}},
		{"the same", " One.\nTwo.", "", 1, "", tenant.AskedTerms{Latest: 1, Version: 1}},
		{"over a version not seen", "Three.", "", 0, "terms_written", tenant.AskedTerms{Latest: 1, Version: 1}},
		{"too long", strings.Repeat("ä", tenant.MaxTerms+1), "", 1, "terms_long", tenant.AskedTerms{Latest: 1, Version: 1}},
		{"as long as may be", strings.Repeat("ä", tenant.MaxTerms), "", 1, "", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"a link to elsewhere", "", "https://evil.example/terms", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"a link without a host", "", "//evil.example/terms", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"a path that is one", "", `/\evil.example`, 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"our host's beginning", "", primary + ".evil.example/x", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"a script", "", "javascript:alert(1)", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"not encrypted", "", "http://shop.example/pages/terms", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"the first page", "", primary + "/", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"a word", "", "terms", 2, "terms_link", tenant.AskedTerms{Latest: 2, Version: 2}},
		{"a page", "", primary + "/pages/terms", 2, "", tenant.AskedTerms{Latest: 3, Version: 3, Link: "/pages/terms"}},
		{"the same by its path", "", "/pages/terms", 3, "", tenant.AskedTerms{Latest: 3, Version: 3, Link: "/pages/terms"}},
		{"taken back", "", "", 3, "", tenant.AskedTerms{Latest: 4}},
		{"taken back again", "", "", 4, "", tenant.AskedTerms{Latest: 4}},
		{"by the shop's other address", "Five.", "https://" + string(w.shop) + "/policies/x", 4, "", tenant.AskedTerms{Latest: 5, Version: 5, Link: "/policies/x"}},
	} {
		err := w.Shops.WriteTerms(w.ctx, w.shop, tenant.TermsTyped{Text: row.text, Link: row.link, Over: row.over})
		shop, failed := w.kept.FindShop(w.ctx, w.shop)
		if failed != nil || fault.CodeOf(err) != row.fault || shop.Terms != row.asked {
			t.Errorf("%s: %v; asked is %+v, want %q and %+v", row.says, err, shop.Terms, row.fault, row.asked)
		}
	}
	if first, err := w.kept.FindTerms(w.ctx, w.shop, 1); err != nil || first.Text != "One.\nTwo." || first.At.IsZero() {
		t.Errorf("the first version reads %+v, %v", first, err)
	}
}
