package storefront_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"twofold/referral"
	"twofold/store/storetest"
	"twofold/storefront"
)

// asks is what the page's form for a missed referral sends.
func asks(token string, fields ...string) call {
	form := url.Values{"token": {token}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return call{method: "POST", path: "page", body: form.Encode(), media: "application/x-www-form-urlencoded"}
}

// askToken is what these forms carry for a customer: the last on the page.
func (s *shop) askToken(t *testing.T, customer string) string {
	t.Helper()
	found := token.FindAllStringSubmatch(s.do(t, pageOf("").by(customer)).body, -1)
	if len(found) == 0 {
		t.Fatalf("no form for %s", customer)
	}
	return html.UnescapeString(found[len(found)-1][1])
}

func (s *shop) askedBy(t *testing.T, customer string) []referral.Missing {
	t.Helper()
	all, err := s.store.MissingOf(storetest.Context(t), demo, referral.CustomerID("gid://shopify/Customer/"+customer), storetest.Noon.Add(-24*time.Hour), 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever is asked about, the answer is the same: orders of one's own, another's, that there are not, that count for
// somebody else; of who sent them somebody known, unknown, or oneself.
func TestAskingTellsNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.referrals(t) // #1000 and on are of Alice's friends
	s.bea(t)

	var told []string
	for i, body := range []string{
		`{"by":"friend","order":"#1000","sent":"ALICE-9"}`, `{"by":"friend","order":"4711","sent":"https://demo.example/?ref=ALICE-9"}`,
		`{"by":"friend","order":" #en1001-a ","sent":"NOBODY-1"}`, `{"by":"friend","order":"1","sent":""}`,
	} {
		a := s.do(t, post("missing", body).by(fmt.Sprint(900+i)))
		if a.status != 200 {
			t.Errorf("%s: status %d: %s", body, a.status, a.body)
		}
		told = append(told, regexp.MustCompile(`"order":"[^"]+"|Order [^:]+:`).ReplaceAllString(a.body, "…"))
	}
	a := s.do(t, post("missing", `{"by":"advocate","order":"#1001"}`).by(alice))
	told = append(told, regexp.MustCompile(`"order":"[^"]+"|Order [^:]+:`).ReplaceAllString(strings.Replace(a.body, "advocate", "friend", 1), "…"))
	for _, one := range told[1:] {
		if one != told[0] {
			t.Errorf("told %s, else %s", one, told[0])
		}
	}
}

func TestWhoMayAskForAMissingReferral(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *storefront.Config) {
		c.Limits[storefront.ClassMissing] = storefront.Limit{PerMinute: 1, Burst: 9}
	})
	for _, tc := range []struct {
		says, body, by string
		want           int
	}{
		{"a guest", `{"by":"friend","order":"1001","sent":"ALICE-9"}`, "", 401},
		{"for no side", `{"order":"1001"}`, bob, 400},
		{"for the shop", `{"by":"shop","order":"1001"}`, bob, 400},
		{"without an order", `{"by":"friend","sent":"ALICE-9"}`, bob, 400},
		{"about something else", `{"by":"friend","order":"1001' OR name:'1","sent":"ALICE-9"}`, bob, 400},
		{"no JSON object", `[]`, bob, 400},
		{"as an advocate, and has not joined", `{"by":"advocate","order":"1001"}`, bob, 404},
		{"a friend", `{"by":"friend","order":"#1001","sent":"ALICE-9"}`, bob, 200},
		{"the same once more", `{"by":"friend","order":"1001","sent":"BEA-7"}`, bob, 200},
		{"too often from one network", `{"by":"friend","order":"1002","sent":"ALICE-9"}`, bob, 429},
	} {
		c := post("missing", tc.body).by(tc.by)
		c.from = "198.51.100.201" // nobody else's
		if a := s.do(t, c); a.status != tc.want {
			t.Errorf("%s: status %d, want %d: %s", tc.says, a.status, tc.want, a.body)
		}
	}

	all := s.askedBy(t, bob)
	if len(all) != 1 || all[0].Order != "1001" || all[0].Advocate != s.alice.ID {
		t.Errorf("kept is %+v, want one request that names Alice", all)
	}
}

// Who sent them can be pasted in any form; one that was not known may be named anew.
func TestWhoSentThemIsPasted(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i, sent := range []string{
		"alice-9", " ALICE-9 ", "https://demo.example/?ref=ALICE-9", "demo.example/?ref=alice-9&utm_source=x",
		"https://demo.example/discount/ALICE-9?redirect=%2F", "https://demo.example/de/products/blanket?variant=1&ref=ALICE-9#top",
	} {
		who := fmt.Sprint(700 + i)
		for _, each := range []string{"what is that?", sent} {
			s.do(t, post("missing", fmt.Sprintf(`{"by":"friend","order":"1001","sent":%q}`, each)).by(who))
		}
		if all := s.askedBy(t, who); len(all) != 1 || all[0].Advocate != s.alice.ID {
			t.Errorf("%q: %+v", sent, all)
		}
	}
}

func TestThePagesFormAsksForAMissingReferral(t *testing.T) {
	t.Parallel()
	s := open(t)
	right := s.askToken(t, bob)
	friends := func(token, order string) call { return asks(token, "by", "friend", "order", order, "sent", "ALICE-9") }

	for says, c := range map[string]call{
		"no token":                   friends("", "1001").by(bob),
		"another's token":            friends(right, "1001").by("303"),
		"a guest":                    friends(right, "1001"),
		"the token that joins":       friends(s.tokenFor(t, bob), "1001").by(bob),
		"a form that wants to be it": asks(right, "order", "1001").by(bob),
	} {
		a := s.do(t, c)
		if len(s.askedBy(t, bob))+len(s.askedBy(t, "303")) > 0 || strings.Contains(a.body, "Thank you. We are looking at it.") {
			t.Errorf("%s: it was asked for", says)
		}
	}

	if a := s.do(t, friends(right, "what?").by(bob)); a.status != 200 || !strings.Contains(a.said("en"), "This is no order number.") {
		t.Errorf("no order number: status %d: %s", a.status, a.said("en"))
	}
	a := s.do(t, friends(right, "#1001").by(bob))
	if said := a.said("en"); !strings.Contains(said, "Thank you. We are looking at it.") || !strings.Contains(said, "Order 1001: asked on") {
		t.Errorf("asked: status %d: %s", a.status, said)
	}
	if all := s.askedBy(t, bob); len(all) != 1 {
		t.Errorf("%d requests are kept", len(all))
	}
	if a := s.do(t, pageOf("").by(bob)); !strings.Contains(a.said("de"), "Bestellung 1001:") {
		t.Errorf("afterwards: %s", a.said("de"))
	}
}
