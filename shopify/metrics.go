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
	const prefix = "twofold_shopify_"
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Name: prefix + name, Help: help}
	}
	seconds := func(name, help string) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: prefix + name, Help: help}
	}

	m := &metrics{
		calls: prometheus.NewCounterVec(
			counter("calls_total", "Calls to Shopify's Admin API."), []string{"operation", "result"}),
		duration: prometheus.NewHistogramVec(
			seconds("call_seconds", "Time of one request to Shopify."), []string{"operation"}),
		points: prometheus.NewCounterVec(
			counter("points_total", "Rate-limit points spent, as Shopify counts them."), []string{"operation"}),
		waited: prometheus.NewHistogramVec(
			seconds("limiter_wait_seconds", "Time a call waited for its shop's rate limit."), []string{"priority"}),
		throttled: prometheus.NewCounter(
			counter("throttled_total", "Calls that Shopify refused with THROTTLED.")),
		fallback: prometheus.NewCounter(
			counter("limiter_fallback_total", "Calls limited without Redis.")),
		refreshes: prometheus.NewCounterVec(
			counter("token_refreshes_total", "Token refreshes."), []string{"result"}),
		wrongVersion: prometheus.NewCounter(
			counter("wrong_version_total", "Answers in another API version than asked.")),
		skew: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: prefix + "clock_skew_seconds",
			Help: "How far our clock is ahead of Shopify's.",
		}),
	}

	if r != nil {
		r.MustRegister(
			m.calls, m.duration, m.points, m.waited, m.throttled, m.fallback, m.refreshes, m.wrongVersion, m.skew)
	}
	return m
}
