package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

const (
	testID     = "test_client_id"
	testSecret = "test_secret_not_real"
	testShop   = "demo-shop.myshopify.com"
)

// testTOML subscribes to everything, whole bodies but for orders/cancelled.
const testTOML = `
name = "Twofold"
handle = "twofold"
application_url = "https://app.example.com"
[access_scopes]
scopes = "read_customers,read_orders,write_app_proxy,write_discounts"
optional_scopes = ["write_customers"]
[webhooks]
api_version = "2026-10"
[[webhooks.subscriptions]]
name = "all"
topics = ["orders/create", "orders/paid", "refunds/create", "orders/edited", "app/uninstalled", "app/scopes_update", "shop/update", "discounts/update", "discounts/delete", "discounts/redeemcode_removed"]
uri = "/webhooks"
[[webhooks.subscriptions]]
topics = ["orders/cancelled"]
uri = "/webhooks"
include_fields = ["id", "updated_at", "customer.id", "discount_codes.code"]
[[webhooks.subscriptions]]
compliance_topics = ["customers/data_request", "customers/redact", "shop/redact"]
uri = "/webhooks"
[app_proxy]
url = "/proxy"
prefix = "apps"
subpath = "refer"
`

// app is a stand-in for the app: it keeps what it is sent, and answers as it is told.
type app struct {
	*httptest.Server
	mu       sync.Mutex
	webhooks []received
	handlers map[string]http.HandlerFunc // by path
	arrived  chan struct{}               // one for each webhook
}

type received struct {
	header http.Header
	body   []byte
}

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{handlers: map[string]http.HandlerFunc{}, arrived: make(chan struct{}, 1000)}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	special := a.handlers[r.URL.Path]
	a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/webhooks" {
		a.mu.Lock()
		a.webhooks = append(a.webhooks, received{r.Header.Clone(), body})
		a.mu.Unlock()
		defer func() { a.arrived <- struct{}{} }()
	}
	if special != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		special(w, r)
	}
}

func (a *app) on(path string, fn http.HandlerFunc) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handlers[path] = fn
}

// wait returns the webhooks once there are n of them.
func (a *app) wait(t *testing.T, n int) []received {
	t.Helper()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for range n {
		select {
		case <-a.arrived:
		case <-limit.C:
			t.Fatalf("%d webhooks did not arrive", n)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]received(nil), a.webhooks...)
}

// world is a running simulator with one installed shop and a stand-in app.
type world struct {
	*Server
	app *app
	t   *testing.T
}

// newWorld starts a simulator whose shop behaves as set says (nil: the defaults).
func newWorld(t *testing.T, set func(*ShopInput)) *world {
	t.Helper()
	return newWorldWith(t, nil, set)
}

// newWorldWith is newWorld with a theme app extension.
func newWorldWith(t *testing.T, extension fs.FS, set func(*ShopInput)) *world {
	t.Helper()
	a := newApp(t)
	s, err := New(Config{
		ClientID: testID, ClientSecret: testSecret, AppURL: a.URL, AppTOML: []byte(testTOML), Extension: extension, UIExtensions: testUI(), Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(":0"); err != nil {
		t.Fatal(err)
	}
	w := &world{Server: s, app: a, t: t}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	in := ShopInput{Domain: testShop}
	if set != nil {
		set(&in)
	}
	w.must(s.CreateShop(in))
	w.must(s.Install(t.Context(), in.Domain))
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func level(n int) func(*ShopInput) {
	return func(in *ShopInput) { in.Behaviour = &Behaviour{ProtectedDataLevel: Level(n)} }
}

func behaving(b Behaviour) func(*ShopInput) { return func(in *ShopInput) { in.Behaviour = &b } }

// request sends JSON to the simulator and reads JSON back.
func (w *world) request(method, path string, in any) (int, map[string]any) {
	w.t.Helper()
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		w.must(err)
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.URL()+path, body)
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	return w.do(req)
}

func (w *world) do(req *http.Request) (int, map[string]any) {
	w.t.Helper()
	res, err := noRedirects.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	var out map[string]any
	dec := json.NewDecoder(res.Body)
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil && res.StatusCode == http.StatusOK {
		w.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	return res.StatusCode, out
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// token exchanges an ID token for an offline token.
func (w *world) token() string {
	w.t.Helper()
	id, err := w.IDToken(testShop)
	w.must(err)
	status, out := w.request("POST", "/"+testShop+"/admin/oauth/access_token", exchangeParams(id))
	if status != http.StatusOK {
		w.t.Fatalf("token exchange: %d %v", status, out)
	}
	return out["access_token"].(string)
}

func exchangeParams(idToken string) map[string]any {
	return map[string]any{"client_id": testID, "client_secret": testSecret, "grant_type": grantExchange, "subject_token": idToken,
		"subject_token_type": typeIDToken, "requested_token_type": typeOffline, "expiring": 1}
}

// graphql runs a query and returns the whole answer.
func (w *world) graphql(token, query string, vars map[string]any) map[string]any {
	w.t.Helper()
	status, out := w.tryGraphQL(token, query, vars)
	if status != http.StatusOK {
		w.t.Fatalf("graphql: %d %v", status, out)
	}
	return out
}

func (w *world) tryGraphQL(token, query string, vars map[string]any) (int, map[string]any) {
	w.t.Helper()
	return w.do(w.newGraphQL(token, query, vars))
}

func (w *world) newGraphQL(token, query string, vars map[string]any) *http.Request {
	w.t.Helper()
	raw, err := json.Marshal(map[string]any{"query": query, "variables": vars})
	w.must(err)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.URL()+"/"+testShop+"/admin/api/2026-10/graphql.json", bytes.NewReader(raw))
	w.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Shopify-Access-Token", token)
	return req
}

// query is graphql for answers without errors.
func (w *world) query(token, query string, vars map[string]any) map[string]any {
	w.t.Helper()
	out := w.graphql(token, query, vars)
	if out["errors"] != nil {
		w.t.Fatalf("errors: %s", show(out["errors"]))
	}
	return out["data"].(map[string]any)
}

// dig follows names (and indexes) into decoded JSON.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func show(v any) string {
	raw, _ := json.MarshalIndent(v, "", " ")
	return string(raw)
}

// order places an order of one item and fails the test if it cannot.
func (w *world) order(in OrderInput) Order {
	w.t.Helper()
	if in.Items == nil {
		in.Items = []Item{{Title: "Tote", Price: "60.00"}}
	}
	if in.Email == "" && in.Customer == nil {
		in.Email = "bob@example.com"
	}
	o, err := w.PlaceOrder(testShop, in)
	w.must(err)
	return o
}

// discount creates a basic discount with a code through the Admin API; extra fields replace the defaults.
func (w *world) discount(token, code string, extra map[string]any) string {
	w.t.Helper()
	in := basicInput(code)
	for k, v := range extra {
		in[k] = v
	}
	data := w.query(token, createBasicQuery, map[string]any{"input": in})
	if errs := dig(data, "discountCodeBasicCreate", "userErrors"); len(errs.([]any)) > 0 {
		w.t.Fatalf("discount %s: %s", code, show(errs))
	}
	return dig(data, "discountCodeBasicCreate", "codeDiscountNode", "id").(string)
}

const createBasicQuery = `mutation ($input: DiscountCodeBasicInput!) {
	discountCodeBasicCreate(basicCodeDiscount: $input) { codeDiscountNode { id } userErrors { code field message } } }`

func basicInput(code string) map[string]any {
	return map[string]any{
		"title": "Twenty off", "code": code, "startsAt": "2020-01-01T00:00:00Z", "context": map[string]any{"all": "ALL"},
		"customerGets": map[string]any{"items": map[string]any{"all": true},
			"value": map[string]any{"discountAmount": map[string]any{"amount": "20.00", "appliesOnEachItem": false}}},
	}
}

func percentOff(rate float64) map[string]any {
	return map[string]any{"items": map[string]any{"all": true}, "value": map[string]any{"percentage": rate}}
}

// addCodes adds codes to a discount and polls to the end.
func (w *world) addCodes(token, discount string, codes ...string) map[string]any {
	w.t.Helper()
	list := make([]any, len(codes))
	for i, c := range codes {
		list[i] = map[string]any{"code": c}
	}
	data := w.query(token, `mutation ($d: ID!, $c: [DiscountRedeemCodeInput!]!) {
		discountRedeemCodeBulkAdd(discountId: $d, codes: $c) { bulkCreation { id done } userErrors { code message } } }`,
		map[string]any{"d": discount, "c": list})
	id := dig(data, "discountRedeemCodeBulkAdd", "bulkCreation", "id")
	for range 10 {
		data = w.query(token, `query ($id: ID!) { discountRedeemCodeBulkCreation(id: $id) { done importedCount failedCount
			codes(first: 250) { nodes { code discountRedeemCode { id } errors { code } } } } }`, map[string]any{"id": id})
		if dig(data, "discountRedeemCodeBulkCreation", "done") == true {
			return data["discountRedeemCodeBulkCreation"].(map[string]any)
		}
	}
	w.t.Fatal("the bulk creation does not end")
	return nil
}
