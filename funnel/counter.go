package funnel

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// Store looks up what events name, and keeps counts.
type Store interface {
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
	ListCampaigns(ctx context.Context, shop tenant.ShopID) ([]referral.Campaign, error)
	// AdvocatesByCodes maps those of the codes that an advocate has, or had, to the advocate.
	AdvocatesByCodes(ctx context.Context, shop tenant.ShopID, codes []string) (map[string]referral.AdvocateID, error)
	// AddToFunnel adds to the counts of days in one unordered write.
	AddToFunnel(ctx context.Context, days []Day) error
}

// Config says how events are counted. Store, Log and Metrics are required.
type Config struct {
	Store      Store
	Every      time.Duration // between two writes; default 3 s
	MaxWaiting int           // different events that wait for the next write, more are lost; default 10,000
	Log        *slog.Logger
	Metrics    prometheus.Registerer
}

func (c Config) withDefaults() Config {
	if c.Every == 0 {
		c.Every = 3 * time.Second
	}
	if c.MaxWaiting == 0 {
		c.MaxWaiting = 10_000
	}
	return c
}

// Validate reports what is missing or makes no sense, as Invalid.
func (c Config) Validate() error {
	if c.Store == nil || c.Log == nil || c.Metrics == nil {
		return fault.ForLog(fault.Invalid, "funnel: store, logger and metrics are required")
	}
	if c.Every < 0 || c.MaxWaiting < 0 {
		return fault.ForLog(fault.Invalid, "funnel: interval and queue must be positive")
	}
	return nil
}

// Counter gathers events in memory and writes their sums every few seconds, so that no request waits for a write.
type Counter struct {
	config Config
	events *prometheus.CounterVec

	mu      sync.Mutex
	waiting map[Event]int // at most MaxWaiting different ones
	closed  bool

	stop chan struct{} // closed by Close
	done chan struct{} // closed when the last write is over
}

// NewCounter starts a counter; Close ends it. A wrong config is Invalid.
func NewCounter(config Config) (*Counter, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}

	c := &Counter{
		config: config.withDefaults(), waiting: map[Event]int{}, stop: make(chan struct{}), done: make(chan struct{}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "twofold_funnel_events_total",
			Help: "Events of shoppers by outcome: counted, unknown (no such shop or campaign), " +
				"full (too many waited), failed (not written).",
		}, []string{"outcome"}),
	}

	config.Metrics.MustRegister(c.events)
	go c.run()
	return c, nil
}

// zoneStep divides the offset of every time zone of today, so that all instants of a step are of one day everywhere.
// Source: IANA time zone database; Asia/Kathmandu is at +05:45.
const zoneStep = 15 * time.Minute

// Add counts valid events, later. It never waits for a database. The events are kept, so their strings
// must be the caller's own.
func (c *Counter) Add(events ...Event) {
	c.mu.Lock()
	defer c.mu.Unlock()

	for _, e := range events {
		e.At = e.At.UTC().Truncate(zoneStep)
		if _, waits := c.waiting[e]; c.closed || (!waits && len(c.waiting) >= c.config.MaxWaiting) {
			c.events.WithLabelValues("full").Inc()
			continue
		}
		c.waiting[e]++
	}
}

// Close takes no more events, writes what waits, and returns when that is over, or with ctx's error.
func (c *Counter) Close(ctx context.Context) error {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.stop)
	}
	c.mu.Unlock()

	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("funnel: close counter: %w", ctx.Err())
	}
}

func (c *Counter) run() {
	defer close(c.done)
	ticker := time.NewTicker(c.config.Every)
	defer ticker.Stop()

	for {
		select {
		case <-ticker.C:
			c.write()
		case <-c.stop:
			c.write()
			return
		}
	}
}

// writeLimit bounds one write with its look-ups, so that a database that is away cannot hold up the end of the program.
const writeLimit = 10 * time.Second

// write saves what waits. What cannot be saved is lost: asking again could count twice.
func (c *Counter) write() {
	byShop := c.take()
	if len(byShop) == 0 {
		return
	}

	ctx, cancel := context.WithTimeout(context.Background(), writeLimit)
	defer cancel()

	var days []Day
	known := 0
	for shop, events := range byShop {
		found, n, err := c.sum(ctx, shop, events)
		if err != nil {
			c.lose(ctx, total(events), err)
			continue
		}
		days, known = append(days, found...), known+n
		c.events.WithLabelValues("unknown").Add(float64(total(events) - n))
	}

	if len(days) == 0 {
		return
	}
	if err := c.config.Store.AddToFunnel(ctx, days); err != nil {
		c.lose(ctx, known, err)
		return
	}
	c.events.WithLabelValues("counted").Add(float64(known))
}

func (c *Counter) lose(ctx context.Context, n int, err error) {
	c.events.WithLabelValues("failed").Add(float64(n))
	c.config.Log.WarnContext(ctx, "events of shoppers are lost", "count", n, "kind", fault.KindOf(err), "err", err)
}

// take empties what waits.
func (c *Counter) take() map[tenant.ShopID]map[Event]int {
	c.mu.Lock()
	defer c.mu.Unlock()

	byShop := map[tenant.ShopID]map[Event]int{}
	for e, n := range c.waiting {
		if byShop[e.Shop] == nil {
			byShop[e.Shop] = map[Event]int{}
		}
		byShop[e.Shop][e] = n
	}
	clear(c.waiting)
	return byShop
}

func total(events map[Event]int) int {
	sum := 0
	for _, n := range events {
		sum += n
	}
	return sum
}

// sum adds up a shop's events by day, and tells how many those are: what names a shop or a campaign that is not there
// belongs to nobody. A code that no advocate has is nobody's link.
func (c *Counter) sum(
	ctx context.Context, shop tenant.ShopID, events map[Event]int,
) (days []Day, counted int, err error) {
	found, err := c.config.Store.FindShop(ctx, shop)
	if fault.Is(err, fault.NotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}

	campaigns, err := c.config.Store.ListCampaigns(ctx, shop)
	if err != nil {
		return nil, 0, err
	}

	known := map[referral.CampaignKey]bool{}
	for _, campaign := range campaigns {
		known[campaign.Key()] = true
	}

	advocates, err := c.config.Store.AdvocatesByCodes(ctx, shop, refs(events))
	if err != nil {
		return nil, 0, err
	}

	sums := map[Key]*Sums{}
	for e, n := range events {
		if !known[e.Campaign] {
			continue
		}

		key := Key{Shop: shop, Campaign: e.Campaign, Advocate: advocates[e.Ref], Day: DayOf(found, e.At)}
		if sums[key] == nil {
			sums[key] = &Sums{}
		}
		sums[key].add(e.Kind, e.Channel, n)
		counted += n
	}

	for key, s := range sums {
		days = append(days, Day{key, *s})
	}
	return days, counted, nil
}

// refs are the different codes of events.
func refs(events map[Event]int) []string {
	seen := map[string]bool{}
	var codes []string
	for e := range events {
		if e.Ref != "" && !seen[e.Ref] {
			seen[e.Ref] = true
			codes = append(codes, e.Ref)
		}
	}
	return codes
}
