package storefront

import (
	"context"
	_ "embed" // the script
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"

	"twofold/fault"
	"twofold/tenant"
)

// Class is a kind of endpoint that shares one limit.
type Class string

// The classes.
const (
	ClassReads   Class = "reads"   // offer, me, page
	ClassVisits  Class = "visits"  // visit
	ClassWrites  Class = "writes"  // join, claim, the page's form
	ClassEvents  Class = "events"  // event
	ClassMissing Class = "missing" // missing, and the page's form that asks for it
	ClassMails   Class = "mails"   // what has a mail sent to an address that was typed
	ClassMailbox Class = "mailbox" // the same, counted by the mailbox, from wherever: nobody's is to be filled by others
)

// Limit is how many requests one network may make in one shop: PerMinute on average, Burst at once. With PerMinute 0 it
// is Burst in a day. See sign for requests whose network is not known.
type Limit struct{ PerMinute, Burst int }

// every is the time after which one more request may be made.
func (l Limit) every() time.Duration {
	if l.PerMinute == 0 {
		return 24 * time.Hour / time.Duration(l.Burst)
	}
	return time.Minute / time.Duration(l.PerMinute)
}

// Limits are the limits by class; a class that is missing has its default. They are generous, because a mobile
// operator's customers share networks: what one advocate's link can cost is limited by their open claims.
type Limits map[Class]Limit

var defaultLimits = Limits{
	ClassReads: {600, 300}, ClassVisits: {240, 120}, ClassWrites: {120, 60}, ClassEvents: {240, 120},
	ClassMissing: {10, 10}, ClassMails: {0, 50}, ClassMailbox: {0, 5},
}

func (l Limits) of(class Class) Limit {
	if set, ok := l[class]; ok {
		return set
	}
	return defaultLimits[class]
}

func (l Limits) validate() error {
	for class, limit := range l {
		daily := class == ClassMails || class == ClassMailbox
		if limit.PerMinute < 0 || limit.PerMinute == 0 && !daily || limit.Burst < 1 {
			return fault.ForLog(fault.Invalid, "storefront: the limit of %s must be 1 or more", class)
		}
	}
	return nil
}

// Limiter tells whether the one for whom a keyed hash stands may make one more request. If not, wait says when.
type Limiter interface {
	Allow(ctx context.Context, shop tenant.ShopID, class Class, who string, limit Limit) (wait time.Duration, ok bool)
}

// redisTimeout bounds the question to Redis: a shopper waits for it.
const redisTimeout = 200 * time.Millisecond

//go:embed limit.lua
var limitScript string

// redisLimiter keeps a bucket for each shop, class and keyed hash in Redis. Keys begin with the shop,
// and never hold an address.
type redisLimiter struct {
	client redis.UniversalClient
	script *redis.Script
	log    *slog.Logger
	local  *localLimiter
}

func newRedisLimiter(client redis.UniversalClient, log *slog.Logger) *redisLimiter {
	return &redisLimiter{client, redis.NewScript(limitScript), log, newLocalLimiter()}
}

// Allow asks Redis, and this process's own buckets when Redis does not answer.
func (l *redisLimiter) Allow(
	ctx context.Context, shop tenant.ShopID, class Class, who string, limit Limit,
) (time.Duration, bool) {
	asking, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()

	wait, err := l.script.Run(asking, l.client, []string{string(shop) + "/limit/" + string(class) + "/" + who},
		limit.every().Microseconds(), limit.Burst).Int64()
	if err != nil {
		l.log.WarnContext(ctx, "limits are kept by this process: redis does not answer", "shop", shop, "err", err)
		return l.local.Allow(ctx, shop, class, who, limit)
	}
	return time.Duration(wait) * time.Microsecond, wait == 0
}

// maxBuckets bounds the local limiter's memory. Beyond it all are forgotten at once: a short
// generosity while Redis is down.
const maxBuckets = 20_000

type localLimiter struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newLocalLimiter() *localLimiter {
	return &localLimiter{buckets: map[string]*rate.Limiter{}}
}

// Allow implements Limiter with buckets in this process.
func (l *localLimiter) Allow(
	_ context.Context, shop tenant.ShopID, class Class, who string, limit Limit,
) (time.Duration, bool) {
	r := l.bucket(string(shop)+"/"+string(class)+"/"+who, limit).Reserve()
	wait := r.Delay()
	if wait > 0 {
		r.Cancel()
	}
	return wait, wait == 0
}

func (l *localLimiter) bucket(key string, limit Limit) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()

	if b, ok := l.buckets[key]; ok {
		return b
	}

	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
	b := rate.NewLimiter(rate.Every(limit.every()), limit.Burst)
	l.buckets[key] = b
	return b
}
