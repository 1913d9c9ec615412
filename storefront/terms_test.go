package storefront_test

import (
	"net/url"
	"strings"
	"testing"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/tenant"
)

// asks gives the shop its next terms.
func (s *shop) asks(t *testing.T, terms tenant.Terms) {
	t.Helper()
	if err := s.store.AddTerms(storetest.Context(t), demo, terms); err != nil {
		t.Fatal(err)
	}
}

// agreeing is the form as a browser sends it that shows a version of the terms.
func agreeing(token, version string) call {
	c := form(token)
	c.body = url.Values{"token": {token}, "terms": {version}}.Encode()
	return c
}

// Whoever joins by the page agrees to the terms that it shows; where they have changed meanwhile, nobody joins.
func TestThePageAsksForTheTerms(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.asks(t, tenant.Terms{Version: 1, Text: "Be kind.\n\nNo <b>spam</b>, no {{ tricks }}."})
	page := s.do(t, pageOf("").by(bob))
	goldenPage(t, "page_terms", page.said("")+page.below())
	token := s.tokenFor(t, bob)

	s.asks(t, tenant.Terms{Version: 2, Text: "Be kind, always.", Link: "/pages/terms"})
	for _, version := range []string{"", "x", "1", "3"} {
		if a := s.do(t, agreeing(token, version).by(bob)); a.status != 409 || !strings.Contains(a.body, "Please read the terms") {
			t.Errorf("with version %q: status %d: %s", version, a.status, a.body)
		}
	}
	if a := s.do(t, pageOf("").by(bob)); !strings.Contains(a.said(""), `<a href="../../pages/terms">By sharing you agree to the terms.</a>`) {
		t.Errorf("the merchant's page is not linked: %s", a.said(""))
	}
	a := s.do(t, agreeing(token, "2").by(bob))
	joined, err := s.store.FindAdvocateByCustomer(storetest.Context(t), demo, "gid://shopify/Customer/"+bob)
	if a.status != 200 || err != nil || joined.Agreed != (referral.Agreement{Version: 2, At: storetest.Noon}) {
		t.Errorf("status %d, agreed to %+v, %v", a.status, joined.Agreed, err)
	}
}

// Whoever shares, or may, reads the terms, in every language and also while the offer rests; a friend agrees to nothing.
func TestWhoReadsTheTerms(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.asks(t, tenant.Terms{Version: 1, Text: "Be kind."})
	reads := func(says string, c call, want bool) {
		t.Helper()
		a := s.do(t, c)
		for _, language := range []string{"en", "de", "fr", "es", "ar"} {
			if got := strings.Contains(a.said(language), `<h2 id="friends-terms">`); got != want || strings.Contains(a.body, "Be kind.") != want {
				t.Errorf("%s in %s: shown %v, want %v", says, language, got, want)
			}
		}
	}
	reads("a guest", pageOf(""), true)
	reads("who has not joined", pageOf("").by(bob), true)
	reads("an advocate", pageOf("").by(alice), true)
	reads("an advocate by their own link", pageOf("ALICE-9").by(alice), true)
	reads("a friend", pageOf("ALICE-9"), false)
	reads("a stranger", pageOf("NOBODY"), false)

	s.is(t, referral.CampaignPaused)
	reads("an advocate while the offer rests", pageOf("").by(alice), true)
	s.asks(t, tenant.Terms{Version: 2})
	reads("after they were taken back", pageOf("").by(alice), false)
}
