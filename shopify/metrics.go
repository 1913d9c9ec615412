package shopify

import "github.com/prometheus/client_golang/prometheus"

// metrics are the gateway's own. No label carries a shop: there may be ten thousand.
type metrics struct {
	calls        *prometheus.CounterVec   // by operation and result ("ok" or a Class)
	duration     *prometheus.HistogramVec // seconds, by operation, of answered and unanswered calls
	points       *prometheus.CounterVec   // actual query cost, by operation
	waited       *prometheus.HistogramVec // seconds spent waiting for the rate limit, by priority
	throttled    prometheus.Counter       // answers THROTTLED: the limiter's aim is none
	fallback     prometheus.Counter       // limits decided without Redis
	refreshes    *prometheus.CounterVec   // token refreshes, by result
	wrongVersion prometheus.Counter
	skew         prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) *metrics {
	name := func(s string) string { return "twofold_shopify_" + s }
	m := &metrics{
		calls:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("calls_total"), Help: "Calls to Shopify's Admin API."}, []string{"operation", "result"}),
		duration:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name("call_seconds"), Help: "Time of one request to Shopify."}, []string{"operation"}),
		points:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("points_total"), Help: "Rate-limit points spent, as Shopify counts them."}, []string{"operation"}),
		waited:       prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name("limiter_wait_seconds"), Help: "Time a call waited for its shop's rate limit."}, []string{"priority"}),
		throttled:    prometheus.NewCounter(prometheus.CounterOpts{Name: name("throttled_total"), Help: "Calls that Shopify refused with THROTTLED."}),
		fallback:     prometheus.NewCounter(prometheus.CounterOpts{Name: name("limiter_fallback_total"), Help: "Calls limited without Redis."}),
		refreshes:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: name("token_refreshes_total"), Help: "Token refreshes."}, []string{"result"}),
		wrongVersion: prometheus.NewCounter(prometheus.CounterOpts{Name: name("wrong_version_total"), Help: "Answers in another API version than asked."}),
		skew:         prometheus.NewGauge(prometheus.GaugeOpts{Name: name("clock_skew_seconds"), Help: "How far our clock is ahead of Shopify's."}),
	}
	if r != nil {
		r.MustRegister(m.calls, m.duration, m.points, m.waited, m.throttled, m.fallback, m.refreshes, m.wrongVersion, m.skew)
	}
	return m
}
