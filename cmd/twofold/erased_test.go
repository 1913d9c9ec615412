package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/demo"
	"twofold/fault"
	"twofold/jobs/jobstest"
	"twofold/referral"
)

// notes keeps what is logged.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) lines() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Split(n.text.String(), "\n")
}

// person is somebody with a browser at the demo's shop, of whom the test knows everything.
type person struct {
	t       *testing.T
	http    *http.Client
	shop    string // its address
	email   string
	browser string
}

// From where, and by what, that somebody comes.
const (
	personsAddress = "203.0.113.77"
	personsAgent   = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
)

func newPerson(t *testing.T, s *stage, email string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	shop := strings.ReplaceAll(s.parts.config.Origin, "{shop}", string(demo.Shop))
	return &person{t, &http.Client{Jar: jar}, shop, email, uuid.NewString()}
}

// post sends JSON to the shop, and reads its answer.
func (p *person) post(path string, body, answer any) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.shop+path, bytes.NewReader(text))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", personsAgent)
	r.Header.Set("X-Sim-Client-Ip", personsAddress)
	res, err := p.http.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil || res.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
	}
}

// TestAPersonIsErasedOverHTTP: at level 2 Zoe takes Alice's offer, buys, and shares a link of her own. On
// customers/data_request the merchant can hand over what is kept of her; after customers/redact nothing in the
// whole database, in Redis or in what was logged tells of her. Both come as Shopify sends them, signed. The search
// is tried before: it finds her.
func TestAPersonIsErasedOverHTTP(t *testing.T) {
	t.Parallel()
	log := &notes{}
	s := setStage(t, map[string]string{"LOG_LEVEL": "debug", "PROTECTED_DATA_LEVEL": "2"}, log)
	play := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	play(s.Play(t.Context(), "install", "go_live", "share"))

	zoe := newPerson(t, s, "zoe@example.com")
	var claimed struct{ Claim struct{ ID, Code string } }
	zoe.post("/apps/friends/claim", map[string]any{"ref": s.Shopper("alice").Code, "browser_id": zoe.browser, "email": zoe.email}, &claimed)
	var bought struct{ Order demo.Order }
	zoe.post("/checkout", map[string]any{
		"email": zoe.email, "items": []map[string]any{{"title": "Blanket", "price": "90.00"}}, "discount_codes": []string{claimed.Claim.Code},
		"attributes": map[string]string{referral.ClaimAttribute: claimed.Claim.ID},
	}, &bought)
	zoe.post("/account/login", map[string]any{"email": zoe.email}, new(any))
	var joined struct{ Advocate struct{ Code string } }
	zoe.post("/apps/friends/join", map[string]any{"browser_id": zoe.browser}, &joined)
	var friend referral.FriendID
	play(demo.Until(t.Context(), func() (bool, error) {
		r, err := s.ReferralOf(t.Context(), bought.Order)
		if fault.Is(err, fault.NotFound) { // the order is not looked at yet
			return false, nil
		}
		friend = r.Friend
		return r.State == referral.Pending, err
	}))

	number := string(friend.Customer())[strings.LastIndex(string(friend.Customer()), "/")+1:]
	kept := append(s.parts.hasher.Hashes(demo.Shop, "email", zoe.email), s.parts.hasher.Hashes(demo.Shop, "browser", zoe.browser)...)
	kept = append(kept, number)
	kept = append(kept, referral.NetworkHashes(s.parts.hasher, demo.Shop, personsAddress)...)
	kept = append(kept, referral.AgentHashes(s.parts.hasher, demo.Shop, personsAgent)...)
	tells := append([]string{zoe.email, zoe.browser, "203.0.113", "Firefox"}, kept...) // the first four are never kept
	for _, text := range kept {
		if len(jobstest.Traces(everything(t, s), text)) == 0 {
			t.Errorf("%q is not there before: the search would find nothing", text)
		}
	}

	play(s.Control(t.Context(), "POST", "webhooks", map[string]any{"topic": "customers/data_request", "email": zoe.email}, nil))
	handed := s.report(t)
	for _, part := range []string{claimed.Claim.Code, joined.Advocate.Code, bought.Order.Name, number, `"mails":[`, `"network_hashed":true,"kind_of_browser_hashed":true`} {
		if !strings.Contains(handed, part) {
			t.Errorf("the report does not hold %q:\n%s", part, handed)
		}
	}

	play(s.Control(t.Context(), "POST", "webhooks", map[string]any{"topic": "customers/redact", "email": zoe.email}, nil))
	var left []string
	if err := demo.Until(t.Context(), func() (bool, error) {
		left = jobstest.Traces(everything(t, s), tells...)
		return len(left) == 0, nil
	}); err != nil {
		t.Errorf("after the erasure %d traces are left:\n%s", len(left), strings.Join(left, "\n"))
	}
	if left := jobstest.Traces(log.lines(), tells...); len(left) > 0 {
		t.Errorf("the log tells:\n%s", strings.Join(left, "\n"))
	}
	if len(log.lines()) < 10 {
		t.Error("nothing was logged: the search in it shows nothing")
	}
}

// everything is all that is in the app's database and its Redis.
func everything(t *testing.T, s *stage) []string {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(s.parts.config.MongoURI))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context())
	all, err := jobstest.Database(t.Context(), client.Database(databaseOf(s.parts.config.MongoURI)))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := jobstest.RedisTexts(t.Context(), s.parts.redis)
	if err != nil {
		t.Fatal(err)
	}
	return append(all, texts...)
}

// report is what `twofold privacy report` prints, once there is something.
func (s *stage) report(t *testing.T) (out string) {
	t.Helper()
	c := s.parts.config
	env := map[string]string{
		"TWOFOLD_ENV": development, "APP_URL": "http://127.0.0.1", "SHOPIFY_API_KEY": c.APIKey, "SHOPIFY_API_SECRET": c.APISecret, "SHOPIFY_ORIGIN": c.Origin,
		"MONGODB_URI": c.MongoURI, "REDIS_URL": "redis://" + s.parts.redis.(*redis.Client).Options().Addr + "/0",
		"ENCRYPTION_KEYS": c.EncryptionKeys, "HASH_KEYS": c.HashKeys, "LOG_LEVEL": "error",
	}
	err := demo.Until(t.Context(), func() (bool, error) {
		var err error
		out, err = try(t, env, "privacy", "report", "--shop="+string(demo.Shop))
		return strings.TrimSpace(out) != "", err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("waiting for the report: %w", err))
	}
	return out
}
