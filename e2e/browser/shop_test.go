package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"twofold/referral"
	"twofold/tenant"
)

// shop is one test's own shop, with the app installed.
type shop struct {
	t      testing.TB
	domain tenant.ShopID
	root   string // the storefront's address, without a slash at its end
	token  string // of the Admin API; "" until it is asked
}

// shopName is what every shop is called.
const shopName = "Tarrow"

// shops numbers the shops of a run.
var shops atomic.Int64

// comesAbout is how long something may take that must follow, on a machine that does much else.
const comesAbout = 30 * time.Second

// newShop makes a shop and installs the app, which drafts a campaign.
func newShop(t testing.TB) *shop {
	t.Helper()
	return newShopCalled(t, shopName)
}

func newShopCalled(t testing.TB, name string) *shop {
	t.Helper()
	domain := fmt.Sprintf("shop-%d.myshopify.com", shops.Add(1))
	s := &shop{t: t, domain: tenant.ShopID(domain), root: house.shopify + "/" + domain}
	sees := map[string]any{"protected_data_level": 2} // as the app expects
	s.call("POST", house.shopify+"/_sim/shops", map[string]any{"domain": domain, "name": name, "behaviour": sees}, nil)
	s.control("POST", "install", nil, nil)
	s.until("set up", func() (bool, error) {
		shop, err := house.store.FindShop(t.Context(), s.domain)
		return !shop.ProfileAt.IsZero(), err // it is kept last
	})
	return s
}

// liveShop is a shop whose first campaign is live, by its draft's terms.
func liveShop(t testing.TB) *shop {
	t.Helper()
	s := newShop(t)
	s.goLive()
	return s
}

// campaign is the newest version of the shop's campaign.
func (s *shop) campaign() (newest referral.Campaign) {
	s.t.Helper()
	all, err := house.store.ListCampaigns(s.t.Context(), s.domain)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range all {
		if c.Version > newest.Version {
			newest = c
		}
	}
	return newest
}

// goLive presses the button of the admin page, and waits until the campaign is live and the storefront knows.
func (s *shop) goLive() {
	s.t.Helper()
	var token struct {
		IDToken string `json:"id_token"`
	}
	s.control("GET", "id_token", nil, &token)
	address := house.app + "/app/campaigns/" + string(s.campaign().ID) + "/live"
	header := http.Header{"Authorization": {"Bearer " + token.IDToken}}
	err := ask(s.t.Context(), http.DefaultClient, "POST", address, header, nil, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("live", func() (bool, error) { return s.campaign().State == referral.CampaignLive, nil })
	s.shows("live", s.campaign().Version)
}

// merchant has the merchant act on the campaign by the program's own command: "pause", "end", and so on.
func (s *shop) merchant(verb string, flags ...string) {
	s.t.Helper()
	args := append([]string{"campaign", verb, string(s.campaign().ID), "--shop", string(s.domain)}, flags...)
	if _, err := house.run(s.t.Context(), args...); err != nil {
		s.t.Fatal(err)
	}
}

// edit changes terms of the campaign, by flags of `campaign edit`. A campaign that is live gets a new version, which is
// a draft.
func (s *shop) edit(flags ...string) {
	s.t.Helper()
	s.merchant("edit", flags...)
}

// shows waits until the storefront knows a version of the offer in a state: the app writes it into a metafield of its
// own.
func (s *shop) shows(state string, version int) {
	s.t.Helper()
	const read = `query { currentAppInstallation { metafield(namespace: "friends", key: "offer") { value } } }`
	s.until("shown as "+state, func() (bool, error) {
		var answer struct {
			Installation struct {
				Offer struct{ Value string } `json:"metafield"`
			} `json:"currentAppInstallation"`
		}
		s.graphql(read, nil, &answer)
		var offer struct {
			State   string `json:"state"`
			Version int    `json:"version"`
		}
		err := json.Unmarshal([]byte(answer.Installation.Offer.Value), &offer)
		return offer.State == state && offer.Version == version, err
	})
}

// graphql asks the shop's Admin API as the app itself would, and reads the answer's data.
func (s *shop) graphql(operation string, variables map[string]any, data any) {
	s.t.Helper()
	if s.token == "" {
		var answer struct {
			Token string `json:"access_token"`
		}
		s.call("POST", s.root+"/admin/oauth/access_token", map[string]string{
			"grant_type": "client_credentials", "client_id": house.variable("SHOPIFY_API_KEY"), "client_secret": house.variable("SHOPIFY_API_SECRET"),
		}, &answer)
		s.token = answer.Token
	}
	answer := struct {
		Data   any               `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}{Data: data}
	header := http.Header{"X-Shopify-Access-Token": {s.token}}
	body := map[string]any{"query": operation, "variables": variables}
	err := ask(s.t.Context(), http.DefaultClient, "POST", s.root+"/admin/api/2026-10/graphql.json", header, body, &answer)
	if err != nil || len(answer.Errors) > 0 {
		s.t.Fatalf("%s: %v %s", operation, err, answer.Errors)
	}
}

// control asks the simulated Shopify's control API about the shop. path is what follows the shop in the address.
func (s *shop) control(method, path string, body, answer any) {
	s.t.Helper()
	s.call(method, house.shopify+"/_sim/shops/"+string(s.domain)+"/"+path, body, answer)
}

func (s *shop) call(method, address string, body, answer any) {
	s.t.Helper()
	if err := ask(s.t.Context(), http.DefaultClient, method, address, nil, body, answer); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for what must come about behind the pages.
func (s *shop) until(what string, done func() (bool, error)) {
	s.t.Helper()
	if err := until(s.t.Context(), comesAbout, done); err != nil {
		s.t.Fatalf("waiting for the shop to be %s: %v", what, err)
	}
}

// ask sends JSON and reads JSON. A status that is not 2xx is an error with the answer's beginning.
func ask(ctx context.Context, client *http.Client, method, address string, header http.Header, body, answer any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	maps.Copy(req.Header, header)

	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s answered %d: %.300s", method, req.URL.Path, res.StatusCode, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}

// person is somebody at another machine than the tab's: an advocate who joins, a friend who has bought elsewhere.
type person struct {
	shop  *shop
	email string
	http  *http.Client
}

// somebody opens the shop elsewhere, signed in under an address, or as a guest where it is empty.
func (s *shop) somebody(email string) *person {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &person{s, email, &http.Client{Jar: jar, Timeout: 20 * time.Second}}
	if email != "" {
		p.post("/account/login", map[string]string{"email": email}, nil)
	}
	return p
}

func (p *person) post(path string, body, answer any) {
	p.shop.t.Helper()
	if err := ask(p.shop.t.Context(), p.http, "POST", p.shop.root+path, nil, body, answer); err != nil {
		p.shop.t.Fatal(err)
	}
}

// advocate is a customer who has joined. The code is what stands in the link.
func (s *shop) advocate(email string) (code string) {
	s.t.Helper()
	var answer struct {
		Advocate struct{ Code string }
	}
	agrees := map[string]any{"browser": uuid.NewString(), "terms": s.asks().Version}
	s.somebody(email).post(house.proxy+"/join", agrees, &answer)
	if answer.Advocate.Code == "" {
		s.t.Fatal("the advocate has no code")
	}
	return answer.Advocate.Code
}

// asks is what the shop asks whoever joins to agree to.
func (s *shop) asks() tenant.AskedTerms {
	s.t.Helper()
	found, err := house.store.FindShop(s.t.Context(), s.domain)
	if err != nil {
		s.t.Fatal(err)
	}
	return found.Terms
}

// writes gives the shop its next terms.
func (s *shop) writes(text string) {
	s.t.Helper()
	terms := tenant.Terms{Version: s.asks().Latest + 1, Text: text, At: time.Now()}
	if err := house.store.AddTerms(s.t.Context(), s.domain, terms); err != nil {
		s.t.Fatal(err)
	}
}

// agreed is the version that the advocate with the link has agreed to.
func (s *shop) agreed(link string) int {
	s.t.Helper()
	_, code, _ := strings.Cut(link, "?ref=")
	found, err := house.store.FindAdvocateByCode(s.t.Context(), s.domain, code)
	if err != nil {
		s.t.Fatal(err)
	}
	return found.Agreed.Version
}

// bought is a customer who has an order already.
func (s *shop) bought(email string) {
	s.t.Helper()
	s.control("POST", "orders", map[string]any{"email": email, "items": []map[string]any{{"title": "Vase", "price": "30.00"}}}, nil)
}
