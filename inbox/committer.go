package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twofold/fault"
	"twofold/tenant"
)

// Inserter saves deliveries in one write. It returns one error for each: nil when the delivery is safe (inserted, or
// there already). A second result that is not nil says that none is known to be safe.
type Inserter interface {
	InsertDeliveries(ctx context.Context, batch []Delivery) ([]error, error)
}

// CommitterConfig says how deliveries are saved. Inserter, Log and Metrics are required.
type CommitterConfig struct {
	Inserter Inserter
	Log      *slog.Logger
	Metrics  prometheus.Registerer

	// MaxBatch is how many deliveries one write may have; default 1,000.
	MaxBatch int

	// MaxWaiting is how many deliveries may wait for the next write. More are refused at once. Default 10,000.
	MaxWaiting int

	// BatchTimeout is that of one write; default 1.9 s. A delivery waits for two writes at most, and Shopify for 5 s.
	BatchTimeout time.Duration

	// OnSaved is told the shops of saved deliveries, sorted, after they were answered; nil: nobody is told.
	OnSaved func(shops []tenant.ShopID)
}

func (c CommitterConfig) withDefaults() CommitterConfig {
	if c.MaxBatch == 0 {
		c.MaxBatch = 1000
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = 10_000
	}
	if c.BatchTimeout == 0 {
		c.BatchTimeout = 1900 * time.Millisecond
	}
	if c.OnSaved == nil {
		c.OnSaved = func([]tenant.ShopID) {}
	}
	return c
}

// Validate reports what is missing or makes no sense, as Invalid.
func (c CommitterConfig) Validate() error {
	if c.Inserter == nil || c.Log == nil || c.Metrics == nil {
		return fault.ForLog(fault.Invalid, "inbox: inserter, logger and metrics are required")
	}
	if c.MaxBatch < 0 || c.MaxWaiting < 0 || c.BatchTimeout < 0 {
		return fault.ForLog(fault.Invalid, "inbox: batch, queue and time-out must be positive")
	}
	return nil
}

// waiter is one delivery on its way into the database, and where its caller waits.
type waiter struct {
	delivery Delivery
	saved    chan error // gets one value; has room for it, as the caller may have left
}

// Committer lets concurrent callers share one write (design section 4, Group commit). One goroutine commits
// what waits, without lingering: the rest gathers meanwhile. More committers only make smaller batches, and
// were measured to be slower.
type Committer struct {
	config  CommitterConfig
	metrics committerMetrics

	mu     sync.Mutex
	queue  []waiter
	closed bool
	wake   chan struct{} // has a value when there is something for the committer to look at

	ring   chan struct{} // the same for the goroutine that calls OnSaved
	ringMu sync.Mutex
	saved  map[tenant.ShopID]bool // shops to tell OnSaved of

	done chan struct{} // closed when both goroutines have ended
}

// NewCommitter starts a committer; Close ends it. A wrong config is Invalid.
func NewCommitter(config CommitterConfig) (*Committer, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}

	c := &Committer{
		config: config.withDefaults(), metrics: newCommitterMetrics(config.Metrics), saved: map[tenant.ShopID]bool{},
		wake: make(chan struct{}, 1), ring: make(chan struct{}, 1), done: make(chan struct{}),
	}

	go c.run()
	return c, nil
}

// Save returns nil when the delivery is safe: inserted, or a duplicate of a safe one. Everything else is Unavailable:
// the queue is full or closed, the write failed, or ctx ended first; then the delivery may be saved or not. The
// delivery is kept after Save returns, so its strings must be the caller's own.
func (c *Committer) Save(ctx context.Context, d Delivery) error {
	w := waiter{d, make(chan error, 1)}
	if err := c.enqueue(w); err != nil {
		return err
	}

	select {
	case err := <-w.saved:
		return err
	case <-ctx.Done():
		return unsaved(ctx.Err())
	}
}

func (c *Committer) enqueue(w waiter) error {
	c.mu.Lock()
	defer c.mu.Unlock()

	if c.closed {
		return unsaved(errors.New("the committer is closed"))
	}

	if len(c.queue) >= c.config.MaxWaiting {
		return unsaved(errors.New("the queue is full"))
	}

	c.queue = append(c.queue, w)
	signal(c.wake)
	return nil
}

// unsaved is the error of a delivery that is not known to be safe.
func unsaved(cause error) error {
	return &fault.Error{Kind: fault.Unavailable, Err: cause, RetryAfter: time.Second}
}

// signal makes sure that a channel of one place has a value.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Close stops taking deliveries, saves what waits, and returns when OnSaved has heard of it, or with ctx's error.
func (c *Committer) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()

	signal(c.wake)
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("inbox: close committer: %w", ctx.Err())
	}
}

// run commits until the committer is closed and nothing waits.
func (c *Committer) run() {
	rung := make(chan struct{})
	go func() {
		defer close(rung)
		c.tell()
	}()

	for {
		batch, closed := c.take()
		switch {
		case len(batch) > 0:
			c.commit(batch)
		case closed:
			close(c.ring)
			<-rung
			close(c.done)
			return
		default:
			<-c.wake
		}
	}
}

// take returns the next batch, and whether there will be no more after the queue is empty.
func (c *Committer) take() (batch []waiter, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	n := min(len(c.queue), c.config.MaxBatch)
	batch = c.queue[:n:n]
	c.queue = c.queue[n:]
	if len(c.queue) == 0 {
		c.queue = nil // the batch owns the array from here on
	}

	c.metrics.waiting.Set(float64(len(c.queue)))
	return batch, c.closed
}

// commit saves a batch under its own deadline, not a request's, and answers everyone in it.
func (c *Committer) commit(batch []waiter) {
	deliveries := make([]Delivery, len(batch))
	for i, w := range batch {
		deliveries[i] = w.delivery
	}

	timer := prometheus.NewTimer(c.metrics.seconds)
	ctx, cancel := context.WithTimeout(context.Background(), c.config.BatchTimeout)
	each, err := c.config.Inserter.InsertDeliveries(ctx, deliveries)
	cancel()
	timer.ObserveDuration()

	if err == nil && len(each) != len(batch) {
		err = fmt.Errorf("inserter answered for %d of %d deliveries", len(each), len(batch))
	}

	c.metrics.size.Observe(float64(len(batch)))
	c.answer(ctx, batch, each, err)
}

// answer tells every caller of the batch its own result, and then OnSaved of the shops.
func (c *Committer) answer(ctx context.Context, batch []waiter, each []error, all error) {
	shops := map[tenant.ShopID]bool{}
	var failed int
	var last error

	for i, w := range batch {
		err := all
		if err == nil {
			err = each[i]
		}
		if err != nil {
			failed, last = failed+1, err
			w.saved <- unsaved(err)
			continue
		}
		w.saved <- nil
		shops[w.delivery.Shop] = true
	}

	c.metrics.deliveries.WithLabelValues("saved").Add(float64(len(batch) - failed))
	c.metrics.deliveries.WithLabelValues("failed").Add(float64(failed))
	if failed > 0 {
		c.config.Log.WarnContext(ctx, "deliveries not saved, shopify will send them again",
			"count", failed, "kind", fault.KindOf(last), "err", last)
	}
	c.note(shops)
}

// note leaves the shops to the goroutine that calls OnSaved, so that a slow bell never holds up a commit.
func (c *Committer) note(shops map[tenant.ShopID]bool) {
	if len(shops) == 0 {
		return
	}
	c.ringMu.Lock()
	maps.Copy(c.saved, shops)
	c.ringMu.Unlock()
	signal(c.ring)
}

// tell calls OnSaved until ring is closed. Shops that gather during a call are told once, in the next.
func (c *Committer) tell() {
	for open := true; open; {
		_, open = <-c.ring
		c.ringMu.Lock()
		shops := slices.Sorted(maps.Keys(c.saved))
		clear(c.saved)
		c.ringMu.Unlock()

		if len(shops) > 0 {
			c.config.OnSaved(shops)
		}
	}
}

type committerMetrics struct {
	size, seconds prometheus.Histogram
	deliveries    *prometheus.CounterVec
	waiting       prometheus.Gauge
}

func newCommitterMetrics(r prometheus.Registerer) committerMetrics {
	m := committerMetrics{
		size: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "twofold_inbox_commit_size", Help: "Deliveries in one write.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "twofold_inbox_commit_seconds", Help: "Time of one write of deliveries.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 12),
		}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "twofold_inbox_deliveries_total",
			Help: "Deliveries by outcome of their write: saved (also duplicates) or failed.",
		}, []string{"outcome"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "twofold_inbox_waiting", Help: "Deliveries that waited for the next write when the last one began.",
		}),
	}

	r.MustRegister(m.size, m.seconds, m.deliveries, m.waiting)
	return m
}
