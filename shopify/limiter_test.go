package shopify

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"twofold/local"
	"twofold/tenant"
)

// realRedis is one redis-server for the whole test process; tests share it by using their own shops.
var realRedis *redis.Client

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx := context.Background()
		server, err := local.StartRedis(ctx, local.RedisOptions{})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = server.Stop(ctx) }() // the tests are over
		options, err := redis.ParseURL(server.URL())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		realRedis = redis.NewClient(options)
		defer func() { _ = realRedis.Close() }() // the tests are over
		return m.Run()
	}())
}

// redises are the two that the limiter must work on.
func redises(t *testing.T) map[string]redis.UniversalClient {
	t.Helper()
	mini := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = mini.Close() }) // the test is over
	return map[string]redis.UniversalClient{"redis": realRedis, "miniredis": mini}
}

// shopOf names a shop that no other test uses.
func shopOf(t *testing.T, name string) tenant.ShopID {
	t.Helper()
	shop, err := tenant.ParseShop(fmt.Sprintf("%s-%d.myshopify.com", name, time.Now().UnixNano()))
	if err != nil {
		t.Fatal(err)
	}
	return shop
}

// testLimiter waits for Redis as long as a busy machine needs: with the program's patience a slow answer would bring
// the local buckets in, which have tests of their own.
func testLimiter(r redis.UniversalClient) *limiter {
	l := newLimiter(r, slog.New(slog.DiscardHandler), newMetrics(nil))
	l.waits = time.Minute
	return l
}

func shopifySays(actual, available, maximum, restore float64) *queryCost {
	c := &queryCost{Actual: &actual}
	c.Throttle.Available, c.Throttle.Maximum, c.Throttle.Restore = available, maximum, restore
	return c
}

// wants takes and says how long the limiter would have waited.
func wants(ctx context.Context, t *testing.T, l *limiter, shop tenant.ShopID, cost float64) time.Duration {
	t.Helper()
	wait, err := l.tryTake(ctx, shop, cost)
	if err != nil {
		t.Fatal(err)
	}
	return wait
}

// about allows for the time that passes between two steps of a test: it only ever shortens a wait.
func about(got, want time.Duration) bool {
	return got <= want+50*time.Millisecond && got >= max(0, want-900*time.Millisecond) && (got > 0) == (want > 0)
}

// A bucket gives what it holds, tells how long the rest takes, and leaves a tenth to interactive calls.
func TestBucket(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		l, shop, ctx := testLimiter(r), shopOf(t, "bucket"), t.Context()
		if w := wants(ctx, t, l, shop, 1700); w != 0 {
			t.Errorf("%s: a full bucket made wait %v", name, w)
		}
		// About 300 of 2000 are left, 200 of them for interactive calls; 100 come back each second.
		if w := wants(ctx, t, l, shop, 200); !about(w, time.Second) {
			t.Errorf("%s: bulk waits %v, want about 1 s", name, w)
		}
		if w := wants(Interactive(ctx), t, l, shop, 200); w != 0 {
			t.Errorf("%s: interactive waits %v", name, w)
		}
		if w := wants(Interactive(ctx), t, l, shop, 300); !about(w, 2*time.Second) {
			t.Errorf("%s: interactive waits %v, want about 2 s", name, w)
		}
		if w := wants(ctx, t, l, shopOf(t, "neighbour"), 1000); w != 0 {
			t.Errorf("%s: another shop waits %v", name, w)
		}
	}
}

// What Shopify says corrects the bucket: unused points come back, its "left" only lowers ours, and another plan starts
// it anew.
func TestSettle(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		l, ctx := testLimiter(r), Interactive(t.Context())
		for _, row := range []struct {
			what string
			says *queryCost
			cost float64       // wanted next
			wait time.Duration // for it
		}{
			{"unused points come back", shopifySays(100, 1900, 2000, 100), 1890, 0},
			{"less is left than we thought", shopifySays(1000, 300, 2000, 100), 500, 2 * time.Second},
			{"more is left than we thought", shopifySays(1500, 2000, 2000, 100), 1000, 5 * time.Second},
			{"a larger plan", shopifySays(1500, 18500, 20000, 1000), 18400, 0},
			{"a refused call", &queryCost{Throttle: shopifySays(0, 100, 2000, 100).Throttle}, 600, 5 * time.Second},
		} {
			shop := shopOf(t, "settle")
			if w := wants(ctx, t, l, shop, 1500); w != 0 {
				t.Fatalf("%s: %s: waits %v", name, row.what, w)
			}
			l.settle(ctx, shop, 1500, row.says)
			if w := wants(ctx, t, l, shop, row.cost); !about(w, row.wait) {
				t.Errorf("%s: %s: next waits %v, want about %v", name, row.what, w, row.wait)
			}
		}
	}
}

// However long a shop was idle, its bucket is no more than full.
func TestIdleBucket(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		l, shop, ctx := testLimiter(r), shopOf(t, "idle"), Interactive(t.Context())
		l.settle(ctx, shop, 0, shopifySays(0, 0, 2000, 100))
		if err := r.HIncrByFloat(ctx, bucketKey(shop), "at", -time.Hour.Seconds()*1000).Err(); err != nil {
			t.Fatal(err)
		}
		if w := wants(ctx, t, l, shop, 2000); w != 0 {
			t.Errorf("%s: an idle bucket is not full: waits %v", name, w)
		}
		if w := wants(ctx, t, l, shop, 100); !about(w, time.Second) {
			t.Errorf("%s: waits %v, want about 1 s", name, w)
		}
	}
}

// A query dearer than the bucket waits for a full one, not for ever.
func TestDearerThanTheBucket(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		l, shop := testLimiter(r), shopOf(t, "dear")
		if w := wants(t.Context(), t, l, shop, 5000); w != 0 {
			t.Errorf("%s: waits %v", name, w)
		}
	}
}

// Two processes with many workers spend one bucket: never more than it holds and restores, and nearly all of that.
func TestSharedBucket(t *testing.T) {
	t.Parallel()
	const maximum, restore, cost, calls = 200.0, 2000.0, 10.0, 150
	for name, r := range redises(t) {
		ctx, shop := t.Context(), shopOf(t, "shared")
		processes := []*limiter{testLimiter(r), testLimiter(r)}
		processes[0].settle(ctx, shop, 0, shopifySays(0, 0, maximum, restore))
		started := time.Now()
		var all sync.WaitGroup
		for i := range calls {
			all.Go(func() {
				if err := processes[i%2].take(ctx, shop, cost, opPing); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		// Starting empty, with a tenth of the bucket out of reach: (150 * 10 + 20) / 2000 s.
		least := time.Duration((calls*cost + maximum*interactiveShare) / restore * float64(time.Second))
		if took := time.Since(started); took < least-20*time.Millisecond {
			t.Errorf("%s: took %v, the bucket restores so much in %v at the earliest", name, took, least)
		}
	}
}

// Interactive calls get through while bulk calls queue.
func TestInteractiveGoesFirst(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		ctx, cancel := context.WithCancel(t.Context())
		l, shop := testLimiter(r), shopOf(t, "first")
		l.settle(ctx, shop, 0, shopifySays(0, 100, 1000, 100))
		var bulk sync.WaitGroup
		for range 20 {
			bulk.Go(func() { _ = l.take(ctx, shop, 50, opPing) }) // ends with ctx
		}
		for range 3 {
			if w := wants(Interactive(t.Context()), t, l, shop, 30); w != 0 {
				t.Errorf("%s: interactive waits %v behind bulk", name, w)
			}
		}
		cancel()
		bulk.Wait()
	}
}

// One that cannot be served within its deadline is told so at once.
func TestTakeHeedsItsDeadline(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		l, shop := testLimiter(r), shopOf(t, "deadline")
		l.settle(t.Context(), shop, 0, shopifySays(0, 0, 2000, 100))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		started := time.Now()
		err := l.take(ctx, shop, 1000, opPing)
		if ClassOf(err) != Throttled || time.Since(started) > 4*time.Second {
			t.Errorf("%s: %v after %v, want throttled at once", name, err, time.Since(started))
		}
		ended, stop := context.WithCancel(t.Context())
		stop()
		if err := l.take(ended, shop, 1, opPing); err == nil {
			t.Errorf("%s: took points for a call that is over", name)
		}
	}
}

// Without Redis each process keeps to a careful share by itself, and goes back to Redis when it returns.
func TestWithoutRedis(t *testing.T) {
	t.Parallel()
	mini := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: mini.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() }) // the test is over
	l, ctx := testLimiter(client), t.Context()
	mini.SetError("LOADING")
	if w := wants(ctx, t, l, testShop, localBurst); w != 0 {
		t.Errorf("the first burst waits %v", w)
	}
	if w := wants(ctx, t, l, testShop, 50); !about(w, 2*time.Second) {
		t.Errorf("50 points wait %v, want about 2 s at 25 a second", w)
	}
	if l.redisUp() {
		t.Error("a failed Redis is asked again at once")
	}
	mini.SetError("")
	l.downTil.Store(0)
	if w := wants(ctx, t, l, testShop, 1000); w != 0 {
		t.Errorf("with Redis back: waits %v", w)
	}
	if none := testLimiter(nil); wants(ctx, t, none, testShop, 10) != 0 {
		t.Error("no Redis configured: waits")
	}
}

// The local buckets do not grow without bounds.
func TestLocalBucketsAreSwept(t *testing.T) {
	t.Parallel()
	l := testLimiter(nil)
	for i := range 3 * maxLocalBuckets {
		l.local.tryTake(tenant.ShopID(fmt.Sprintf("s%d.myshopify.com", i)), 0)
	}
	if n := len(l.local.shops); n > maxLocalBuckets {
		t.Errorf("%d buckets kept", n)
	}
}

// A call spends its cost beforehand, and learns from the answer what it costs.
func TestCallsAreLimited(t *testing.T) {
	t.Parallel()
	for name, r := range redises(t) {
		shop := shopOf(t, "calls")
		g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, pingData) }),
			withRedis(r))
		if err := g.Ping(t.Context(), shop); err != nil {
			t.Fatal(err)
		}
		if got := g.costs.of(opPing); got != 10 {
			t.Errorf("%s: learned cost %v, want 10", name, got)
		}
		left, err := r.HGet(t.Context(), bucketKey(shop), "points").Float64()
		if err != nil || left > 1990 || left < 1900 {
			t.Errorf("%s: %v points left (%v), Shopify said 1990", name, left, err)
		}
	}
}
