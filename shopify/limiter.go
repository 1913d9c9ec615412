package shopify

import (
	"context"
	_ "embed"
	"log/slog"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"

	"twofold/tenant"
)

// What a shop's bucket holds until Shopify has told its own numbers: the standard plan. Source: shopify.dev, rate
// limits, 2026-10.
const (
	standardMaximum = 2000.0 // points
	standardRestore = 100.0  // points a second
)

// interactiveShare is the part of a full bucket that bulk calls leave to interactive ones.
const interactiveShare = 0.1

const (
	bucketTTL       = time.Hour              // an idle bucket is full long before
	redisPatience   = 500 * time.Millisecond // a slow Redis must not cost more than it saves
	redisPause      = 2 * time.Second        // after a failure Redis is left alone for so long
	localShare      = 0.25                   // of the standard rate, for one process that cannot see the others
	localBurst      = 500                    // points
	maxLocalBuckets = 1024                   // more than that are swept of full ones
)

var (
	//go:embed limiter_take.lua
	takeSource string
	//go:embed limiter_settle.lua
	settleSource string

	takeScript   = redis.NewScript(takeSource)
	settleScript = redis.NewScript(settleSource)
)

// wallNow is the time by which limits are kept: Shopify restores points by its wall clock, whatever business time a
// test or the demo has moved to.
func wallNow() time.Time { return time.Now() } //nolint:forbidigo // the one place that needs it, see above

// limiter keeps one bucket of points for each shop, shared by all processes through Redis. A call spends its requested
// cost before it is made; afterwards the answer's throttleStatus corrects the bucket. It waits by wall time. Redis
// holds no truth here: if it is lost, buckets start full, and Shopify's THROTTLED puts them right.
type limiter struct {
	redis   redis.UniversalClient // nil: only the local buckets
	waits   time.Duration         // for an answer of Redis
	log     *slog.Logger
	metrics *metrics
	downTil atomic.Int64 // unix milliseconds of wall time until which Redis is left alone
	local   localBuckets
}

func newLimiter(r redis.UniversalClient, log *slog.Logger, m *metrics) *limiter {
	return &limiter{
		redis:   r,
		waits:   redisPatience,
		log:     log,
		metrics: m,
		local:   localBuckets{shops: map[tenant.ShopID]*rate.Limiter{}},
	}
}

// bucketKey begins with the shop, as every key does.
func bucketKey(shop tenant.ShopID) string { return string(shop) + ":shopify:points" }

// take spends cost points of the shop, waiting until they are there. Throttled at once when ctx ends before they can
// be.
func (l *limiter) take(ctx context.Context, shop tenant.ShopID, cost float64, op operation) error {
	priority := "bulk"
	if isInteractive(ctx) {
		priority = "interactive"
	}

	timer := prometheus.NewTimer(l.metrics.waited.WithLabelValues(priority))
	defer timer.ObserveDuration()
	for {
		wait, err := l.tryTake(ctx, shop, cost)
		if err != nil {
			return err
		}
		if wait == 0 {
			return nil
		}
		if !sleep(ctx, wait) {
			return (&Error{Class: Throttled, Operation: op.name, Shop: shop, Wait: wait, Err: ctx.Err()}).wrap()
		}
	}
}

// tryTake takes the points or tells how long to wait before the next try. The error is only that of an ended ctx.
func (l *limiter) tryTake(ctx context.Context, shop tenant.ShopID, cost float64) (time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if !l.redisUp() {
		return l.tryLocal(shop, cost), nil
	}

	share := interactiveShare
	if isInteractive(ctx) {
		share = 0
	}

	short, cancel := context.WithTimeout(ctx, l.waits)
	defer cancel()
	ms, err := takeScript.Run(short, l.redis, []string{bucketKey(shop)},
		number(cost), number(share), number(standardMaximum),
		number(standardRestore), bucketTTL.Milliseconds()).Int64()
	if err != nil {
		l.redisFailed(ctx, err)
		return l.tryLocal(shop, cost), ctx.Err()
	}

	return time.Duration(ms) * time.Millisecond, nil
}

// settle tells the bucket what the call really cost and what Shopify says is left. Best effort: the bucket heals by
// itself.
func (l *limiter) settle(ctx context.Context, shop tenant.ShopID, spent float64, c *queryCost) {
	if !l.redisUp() || c.Throttle.Maximum <= 0 || c.Throttle.Restore <= 0 {
		return
	}

	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.waits)
	defer cancel()
	err := settleScript.Run(short, l.redis, []string{bucketKey(shop)},
		number(spent), number(c.actual()), number(c.Throttle.Available),
		number(c.Throttle.Maximum), number(c.Throttle.Restore), bucketTTL.Milliseconds()).Err()
	if err != nil {
		l.redisFailed(ctx, err)
	}
}

// number writes points for Lua.
func number(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) }

func (l *limiter) redisUp() bool { return l.redis != nil && wallNow().UnixMilli() >= l.downTil.Load() }

// redisFailed leaves Redis alone for a while, and says so once each while.
func (l *limiter) redisFailed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	l.downTil.Store(wallNow().Add(redisPause).UnixMilli())
	l.log.WarnContext(ctx, "rate limits are kept without redis", "err", err)
}

func (l *limiter) tryLocal(shop tenant.ShopID, cost float64) time.Duration {
	l.metrics.fallback.Inc()
	return l.local.tryTake(shop, cost)
}

// localBuckets limit one process that cannot see what the others spend: each gets a quarter of the smallest plan's
// rate.
type localBuckets struct {
	mu    sync.Mutex
	shops map[tenant.ShopID]*rate.Limiter
}

// tryTake takes the points, or takes none and tells how long to wait.
func (b *localBuckets) tryTake(shop tenant.ShopID, cost float64) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.shops[shop]
	if !ok {
		b.sweep()
		l = rate.NewLimiter(standardRestore*localShare, localBurst)
		b.shops[shop] = l
	}

	r := l.ReserveN(wallNow(), int(math.Ceil(min(cost, localBurst))))
	wait := r.Delay()
	if wait > 0 {
		r.Cancel()
	}
	return wait
}

// sweep drops full buckets once there are many: a full one is as good as none.
func (b *localBuckets) sweep() {
	if len(b.shops) < maxLocalBuckets {
		return
	}

	for shop, l := range b.shops {
		if l.Tokens() >= localBurst {
			delete(b.shops, shop)
		}
	}
}
