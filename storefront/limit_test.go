package storefront_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"twofold/local"
	"twofold/store/storetest"
	"twofold/storefront"
)

// tight lets two requests of each class through, and the next after an hour.
var tight = storefront.Limits{storefront.ClassReads: {1, 2}, storefront.ClassVisits: {1, 2}, storefront.ClassWrites: {1, 2}}

// openTight is open with tight limits over a redis-server of its own, which fresh buckets need:
// every test has the same shop.
func openTight(t *testing.T, change ...func(*storefront.Config)) (*shop, *local.Redis, *redis.Client) {
	t.Helper()
	server, err := local.StartRedis(storetest.Context(t), local.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	client := redis.NewClient(options)
	t.Cleanup(func() {
		_ = client.Close()
		if err := server.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	all := append([]func(*storefront.Config){func(c *storefront.Config) { c.Limits, c.Redis = tight, client }}, change...)
	return open(t, all...), server, client
}

func offerFrom(from string) call {
	c := get("offer", url.Values{"ref": {"ALICE-9"}})
	c.from = from
	return c
}

// statuses of the same call, n times.
func (s *shop) statuses(t *testing.T, n int, c call) string {
	t.Helper()
	var all []string
	for range n {
		all = append(all, fmt.Sprint(s.do(t, c).status))
	}
	return strings.Join(all, " ")
}

func TestANetworkIsLimitedAndNobodyElse(t *testing.T) {
	t.Parallel()
	s, _, client := openTight(t)
	for _, step := range []struct {
		says, want string
		call       call
	}{
		{"a network's third request", "200 200 429", offerFrom("203.0.113.7")},
		{"a neighbour shares its network", "429", offerFrom("203.0.113.250")},
		{"what a shopper claims to be does not matter", "429", offerFrom("198.51.100.1, 203.0.113.7")},
		{"another network of the shop", "200 200", offerFrom("198.51.100.1")},
		{"IPv6 networks are larger", "200 200", offerFrom("2001:db8:0:ff::1")},
		{"and shared likewise", "429", offerFrom("[2001:db8:0:1::2]:443")},
		{"the next one is not", "200", offerFrom("2001:db8:0:100::1")},
		{"other endpoints count for themselves", "200 200 429", call{method: "POST", path: "visit", body: `{"ref":"ALICE-9"}`}},
	} {
		if got := s.statuses(t, strings.Count(step.want, " ")+1, step.call); got != step.want {
			t.Errorf("%s: %s, want %s", step.says, got, step.want)
		}
	}
	again := s.do(t, offerFrom("203.0.113.7"))
	if wait, err := time.ParseDuration(again.header.Get("Retry-After")); err != nil || wait <= 0 || wait > time.Minute {
		t.Errorf("Retry-After %q, want up to a minute", again.header.Get("Retry-After"))
	}
	keys, err := client.Keys(storetest.Context(t), "*").Result()
	if err != nil || len(keys) == 0 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, string(demo)+"/") || strings.Contains(key, "203.0.113") || strings.Contains(key, "2001:db8") {
			t.Errorf("key %q: want the shop first, and no address", key)
		}
		if ttl := client.PTTL(storetest.Context(t), key).Val(); ttl <= 0 || ttl > 2*time.Minute {
			t.Errorf("key %q lives for %v, want until its bucket is empty", key, ttl)
		}
	}
}

func TestHopsOfOurOwnAreLeftOut(t *testing.T) {
	t.Parallel()
	s, _, _ := openTight(t, func(c *storefront.Config) { c.Hops = 1 })
	if got := s.statuses(t, 3, offerFrom("203.0.113.7, 10.0.0.1")); got != "200 200 429" {
		t.Errorf("one network behind our proxy: %s", got)
	}
	if got := s.statuses(t, 1, offerFrom("203.0.113.7\n10.0.0.1")); got != "429" {
		t.Errorf("the same, our proxy adds a line of its own: %s", got)
	}
	if got := s.statuses(t, 1, offerFrom("198.51.100.1, 10.0.0.1")); got != "200" {
		t.Errorf("another behind the same: %s", got)
	}
	if got := s.statuses(t, 3, offerFrom("10.0.0.1")); got != "200 200 200" {
		t.Errorf("past our proxy: %s", got)
	}
}

// F10: where no address can be read, shoppers are told apart by what else there is: never is a whole shop one bucket,
// and never is nobody limited. It is said, once an hour.
func TestWithoutAnAddressBrowsersAndLinksAreLimited(t *testing.T) {
	t.Parallel()
	clock := signer.Now()
	s, _, _ := openTight(t, func(c *storefront.Config) { c.Now = func() time.Time { return clock } })
	visit := func(browser, ref, from string) call {
		return call{method: "POST", path: "visit", body: fmt.Sprintf(`{"ref":%q,"browser_id":%q}`, ref, browser), from: from}
	}
	const one, two = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	me := call{method: "GET", path: "me", customer: bob, from: "-"}
	for _, step := range []struct {
		says, want string
		call       call
	}{
		{"a browser's third request", "200 200 429", visit(one, "ALICE-9", "-")},
		{"by whichever link", "429", visit(one, "ALICE-8", "unknown")},
		{"another browser", "200 200 429", visit(two, "alice-9", "unknown")},
		{"whoever is signed in", "404 404 429", me},
		{"a guest without a browser's id", "200 200 200", offerFrom("-")},
	} {
		if got := s.statuses(t, strings.Count(step.want, " ")+1, step.call); got != step.want {
			t.Errorf("%s: %s, want %s", step.says, got, step.want)
		}
	}

	// A link is many browsers': twenty times a network's share, and no more. Four requests were counted above.
	n := 0
	for n < 1000 && s.do(t, visit(fmt.Sprintf("33333333-3333-4333-8333-%012d", n), "ALICE-9", "-")).status == 200 {
		n++
	}
	if n < 36 || n == 1000 {
		t.Errorf("%d more browsers of one link were let through, want some 36", n)
	}

	said := func() int { return strings.Count(s.log.String(), "no address in X-Forwarded-For") }
	if said() != 1 {
		t.Errorf("said %d times, want once: %s", said(), s.log)
	}
	clock = clock.Add(time.Hour)
	s.do(t, me)
	if said() != 2 {
		t.Errorf("an hour later said %d times", said())
	}
}

func TestWithoutRedisTheProcessLimitsItself(t *testing.T) {
	t.Parallel()
	s, server, _ := openTight(t)
	server.Kill()
	if got := s.statuses(t, 3, offerFrom("203.0.113.7")); got != "200 200 429" {
		t.Errorf("one network: %s", got)
	}
	if got := s.statuses(t, 1, offerFrom("198.51.100.1")); got != "200" {
		t.Errorf("another: %s", got)
	}
	if log := s.log.String(); !strings.Contains(log, "redis does not answer") || strings.Contains(log, "203.0.113") {
		t.Errorf("log %q, want a warning without an address", log)
	}
}
