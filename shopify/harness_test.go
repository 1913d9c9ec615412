package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"twofold/fault"
	"twofold/tenant"
)

const (
	testShop   = tenant.ShopID("demo.myshopify.com")
	testClient = "test_client_id"
	testSecret = "test_secret_not_real"
)

var testNow = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// memTokens is a TokenStore in memory: the same conditions as the real one, without the database.
type memTokens struct {
	mu      sync.Mutex
	tokens  tenant.Tokens
	visit   int64         // version that was marked as needing a visit
	closed  tenant.Status // as what Shopify has closed the shop; "": it has not
	leases  map[string]int64
	token   int64
	swaps   int
	loadErr error
	onSwap  func() // runs before a swap, without the lock: for races
	onLease func() // runs before a lease is taken, likewise
}

func newMemTokens(access string, expires time.Time) *memTokens {
	return &memTokens{leases: map[string]int64{}, tokens: tenant.Tokens{
		Access:         tenant.Secret(access),
		AccessExpires:  expires,
		Refresh:        "refresh-1",
		RefreshExpires: testNow.Add(60 * 24 * time.Hour),
		Version:        1,
	}}
}

func (m *memTokens) LoadTokens(context.Context, tenant.ShopID) (tenant.Tokens, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.visit == m.tokens.Version {
		return tenant.Tokens{}, fault.New(fault.Unauthorized, "needs a visit")
	}
	return m.tokens, m.loadErr
}

func (m *memTokens) SwapTokens(_ context.Context, lease tenant.Lease, version int64, next tenant.Tokens) error {
	if m.onSwap != nil {
		m.onSwap()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens.Version != version || m.leases[lease.Name] != lease.Token {
		return fault.New(fault.Conflict, "the tokens changed")
	}
	m.tokens = next
	m.swaps++
	return nil
}

func (m *memTokens) set(t tenant.Tokens) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens = t
}

func (m *memTokens) get() (tokens tenant.Tokens, visit int64, swaps int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tokens, m.visit, m.swaps
}

// standing is as what the shop is noted to be closed, "" when it is not.
func (m *memTokens) standing() tenant.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

func (m *memTokens) MarkNeedsVisit(_ context.Context, _ tenant.ShopID, version int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens.Version != version {
		return fault.New(fault.Conflict, "the tokens changed")
	}
	m.visit = version
	return nil
}

func (m *memTokens) MarkClosed(_ context.Context, _ tenant.ShopID, version int64, status tenant.Status) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens.Version != version {
		return fault.New(fault.Conflict, "the tokens changed")
	}
	m.closed = status
	return nil
}

func (m *memTokens) MarkOpen(context.Context, tenant.ShopID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = ""
	return nil
}

func (m *memTokens) AcquireLease(
	_ context.Context, shop tenant.ShopID, name string, _ time.Duration,
) (tenant.Lease, error) {
	if m.onLease != nil {
		m.onLease()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leases[name] != 0 {
		return tenant.Lease{}, fault.New(fault.Conflict, "leased")
	}
	m.token++
	m.leases[name] = m.token
	return tenant.Lease{Shop: shop, Name: name, Token: m.token}, nil
}

func (m *memTokens) ReleaseLease(_ context.Context, l tenant.Lease) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leases[l.Name] == l.Token {
		m.leases[l.Name] = 0
	}
	return nil
}

// request is what a scripted Shopify was asked.
type request struct {
	Shop, Path, Token, Operation string
	Vars                         map[string]any
	Form                         url.Values
}

// script answers one request; w is ready for it.
type script func(w http.ResponseWriter, r request)

// shopifyServer is a Shopify that answers by a script: for what the simulator, which answers rightly, cannot say.
type shopifyServer struct {
	*httptest.Server
	mu   sync.Mutex
	seen []request
	more *sync.Cond // told after each request
}

var operationName = regexp.MustCompile(`(?m)^(?:query|mutation) ([A-Za-z]+)`)

func newShopifyServer(t *testing.T, answer script) *shopifyServer {
	t.Helper()
	s := &shopifyServer{}
	s.more = sync.NewCond(&s.mu)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := readRequest(hr)
		s.mu.Lock()
		s.seen = append(s.seen, r)
		s.more.Broadcast()
		s.mu.Unlock()
		w.Header().Set("Date", testNow.Format(http.TimeFormat))
		w.Header().Set("X-Shopify-API-Version", APIVersion)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func readRequest(hr *http.Request) request {
	shop, path, _ := strings.Cut(strings.TrimPrefix(hr.URL.Path, "/"), "/")
	r := request{Shop: shop, Path: "/" + path, Token: hr.Header.Get("X-Shopify-Access-Token")}
	body, _ := io.ReadAll(hr.Body) // a broken request reads as an empty one
	if strings.HasPrefix(hr.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		r.Form, _ = url.ParseQuery(string(body))
		return r
	}
	var q struct {
		Query     string
		Variables map[string]any
	}
	if json.Unmarshal(body, &q) == nil {
		r.Vars = q.Variables
		if m := operationName.FindStringSubmatch(q.Query); m != nil {
			r.Operation = m[1]
		}
	}
	return r
}

// operations lists what was asked, in order: operation names, and "oauth" for token requests.
func (s *shopifyServer) operations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, r := range s.seen {
		if r.Form != nil {
			out = append(out, "oauth")
		} else {
			out = append(out, r.Operation)
		}
	}
	return out
}

// await waits until so many requests have come.
func (s *shopifyServer) await(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.seen) < n {
		s.more.Wait()
	}
}

func (s *shopifyServer) requests() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// testGateway is a gateway of one shop with a fresh token, talking to the server.
func testGateway(t *testing.T, s *shopifyServer, change ...func(*Config)) (*Gateway, *memTokens) {
	t.Helper()
	tokens := newMemTokens("access-1", testNow.Add(time.Hour))
	c := Config{
		ClientID: testClient, Secrets: []tenant.Secret{testSecret}, Origin: s.URL + "/{shop}", Tokens: tokens,
		Now: func() time.Time { return testNow }, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
	}
	for _, f := range change {
		f(&c)
	}
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g, tokens
}

func withRedis(r redis.UniversalClient) func(*Config) { return func(c *Config) { c.Redis = r } }

// ok answers with data and a bucket that is full enough.
func ok(w http.ResponseWriter, data string) {
	_, _ = fmt.Fprintf(w, `{"data":%s,"extensions":{"cost":{"requestedQueryCost":10,"actualQueryCost":4,`+
		`"throttleStatus":{"maximumAvailable":2000,"currentlyAvailable":1990,"restoreRate":100}}}}`, data)
}

// answers is a script that always says the same.
func answers(status int, body string) script {
	return func(w http.ResponseWriter, _ request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const pingData = `{"shop":{"id":"gid://shopify/Shop/1"}}`

// granted answers a token request with a pair numbered n.
func granted(w http.ResponseWriter, n int) {
	_, _ = fmt.Fprintf(w, `{"access_token":"access-%d","scope":"read_orders,write_discounts","expires_in":3600,"refresh_token":"refresh-%d",`+
		`"refresh_token_expires_in":7776000}`, n, n)
}
