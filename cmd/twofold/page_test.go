package main

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"twofold"
	"twofold/demo"
	"twofold/referral"
)

// scriptless is a browser that runs no script: it follows links and sends forms.
type scriptless struct {
	*testing.T
	http *http.Client
	at   *url.URL // the page that is open
	page string
}

// openShop opens the shop's own address in a browser of its own.
func openShop(t *testing.T, root string) *scriptless {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &scriptless{T: t, http: &http.Client{Jar: jar}}
	if b.at, err = url.Parse(root + "/"); err != nil {
		t.Fatal(err)
	}
	return b
}

// send asks for an address as the open page writes it; with fields, as a form.
func (b *scriptless) send(address string, fields url.Values) {
	b.Helper()
	to, err := b.at.Parse(html.UnescapeString(address))
	if err != nil {
		b.Fatal(err)
	}
	method, body := http.MethodGet, ""
	if fields != nil {
		method, body = http.MethodPost, fields.Encode()
	}
	req, err := http.NewRequestWithContext(b.Context(), method, to.String(), strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	res, err := b.http.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%s answered %d, %v: %s", to, res.StatusCode, err, page)
	}
	b.at, b.page = res.Request.URL, string(page)
}

// found is what the open page has in the group of a pattern.
func (b *scriptless) found(pattern string) string {
	b.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(b.page)
	if match == nil {
		b.Fatalf("nothing like %s is on the page:\n%s", pattern, b.page)
	}
	return match[1]
}

// Without script a customer comes by a link, and a friend by what it gives: the plain page, the shop's own
// /discount/CODE and its checkout are enough, and the advocate is credited.
func TestTheWholeWayWithoutScript(t *testing.T) {
	t.Parallel()
	s := setStage(t, nil, io.Discard)
	if err := s.Play(t.Context(), "install", "go_live"); err != nil {
		t.Fatal(err)
	}
	root := strings.ReplaceAll(s.parts.config.Origin, "{shop}", string(demo.Shop))
	page := "apps/" + regexp.MustCompile(`subpath = "(\w+)"`).FindStringSubmatch(string(twofold.AppTOML))[1] + "/page"

	erin := openShop(t, root)
	erin.send(page, nil)
	erin.send(erin.found(`<a href="([^"]*/login[^"]*)"`), nil)
	back := html.UnescapeString(erin.found(`name="return_to" value="([^"]+)"`))
	erin.send(erin.found(`action="([^"]*/login)"`), url.Values{"email": {"erin@example.com"}, "return_to": {back}})
	token := html.UnescapeString(erin.found(`name="token" value="([^"]+)"`))
	erin.send(erin.found(`<form method="post" action="([^"]+)"`), url.Values{"token": {token}})
	code := erin.found(`\?ref=([A-Z0-9-]+)`)

	err := demo.Until(t.Context(), func() (bool, error) { // until the code is made in the shop
		made, err := s.parts.store.FindCodes(t.Context(), demo.Shop, []string{code})
		return len(made) == 1 && made[0].State == referral.CodeHeld, err
	})
	if err != nil {
		t.Fatal(err)
	}
	frank := openShop(t, root)
	frank.send(page+"?ref="+code, nil)
	frank.send(frank.found(`href="([^"]*/discount/[^"]*)"`), nil)

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, root+"/checkout",
		strings.NewReader(`{"email":"frank@example.com","items":[{"title":"Blanket","price":"59.99","quantity":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := frank.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var bought struct{ Order demo.Order }
	if err := json.NewDecoder(res.Body).Decode(&bought); err != nil || bought.Order.Discount != "20.00" {
		t.Fatalf("bought %+v, %v", bought, err)
	}

	var r referral.Referral
	err = demo.Until(t.Context(), func() (bool, error) {
		all, err := s.parts.store.ListReferrals(t.Context(), demo.Shop, 10)
		for _, one := range all {
			if one.Order == bought.Order.GID && one.Reason == referral.ReasonNone {
				r = one
			}
		}
		return r.Order != "", err
	})
	if err != nil {
		t.Fatal(err)
	}
	advocate, err := s.parts.store.FindAdvocate(t.Context(), demo.Shop, r.Advocate)
	if err != nil || r.State != referral.Pending || advocate.Code() != code {
		t.Errorf("%s for %s, %v; want it pending for %s", r.State, advocate.Code(), err, code)
	}
}
