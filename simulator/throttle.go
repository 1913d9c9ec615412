package simulator

import (
	"math"
	"time"
)

// planRates are the points a second restored to one app in one shop, by plan. Source: shopify.dev, rate limits.
var planRates = map[string]float64{"standard": 100, "advanced": 200, "plus": 1000, "enterprise": 2000}

// bucketSeconds is how many seconds of restoring fill an empty bucket: answers show 2,000 at 100 and 20,000 at 1,000.
const bucketSeconds = 20

// bucket is the leaky bucket of one app in one shop. It lives by wall time: moving the simulated clock refills nothing.
// The holder of the shop's lock calls it.
type bucket struct {
	rate      float64
	available float64
	at        time.Time
}

func newBucket(rate float64, now time.Time) *bucket {
	return &bucket{rate: rate, available: rate * bucketSeconds, at: now}
}

func (b *bucket) restore(now time.Time) {
	if d := now.Sub(b.at).Seconds(); d > 0 {
		b.available = math.Min(b.rate*bucketSeconds, b.available+d*b.rate)
		b.at = now
	}
}

// take spends cost points, or spends nothing and returns false if there are too few.
func (b *bucket) take(cost int, now time.Time) bool {
	b.restore(now)
	if b.available < float64(cost) {
		return false
	}
	b.available -= float64(cost)
	return true
}

// giveBack returns what a query did not use of its requested cost.
func (b *bucket) giveBack(points int) {
	b.available = math.Min(b.rate*bucketSeconds, b.available+float64(points))
}

// throttleStatus is extensions.cost.throttleStatus.
type throttleStatus struct {
	MaximumAvailable   float64 `json:"maximumAvailable"`
	CurrentlyAvailable int     `json:"currentlyAvailable"`
	RestoreRate        float64 `json:"restoreRate"`
}

func (b *bucket) status(now time.Time) throttleStatus {
	b.restore(now)
	return throttleStatus{b.rate * bucketSeconds, int(b.available), b.rate}
}

// queryCost is extensions.cost.
type queryCost struct {
	Requested int            `json:"requestedQueryCost"`
	Actual    *int           `json:"actualQueryCost"` // null when refused
	Throttle  throttleStatus `json:"throttleStatus"`
}
