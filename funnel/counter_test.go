package funnel_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/fault"
	"twofold/funnel"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// never is longer than any test: only Close writes.
const never = time.Hour

// counting is a counter over a store with one shop in New York, its campaign and its advocate.
type counting struct {
	*funnel.Counter
	store    *store.Store
	shop     tenant.ShopID
	campaign referral.Campaign
	advocate referral.Advocate
	metrics  *prometheus.Registry
	log      *strings.Builder
}

func open(t *testing.T, change ...func(*funnel.Config)) *counting {
	t.Helper()
	s := storetest.New(t)
	c := &counting{store: s, shop: storetest.Shop(t, s).ID, metrics: prometheus.NewRegistry(), log: &strings.Builder{}}
	c.campaign, c.advocate = storetest.Campaign(t, s, c.shop), storetest.Advocate(t, s, c.shop)
	config := funnel.Config{Store: s, Every: never, Log: slog.New(slog.NewTextHandler(c.log, nil)), Metrics: c.metrics}
	for _, f := range change {
		f(&config)
	}
	counter, err := funnel.NewCounter(config)
	if err != nil {
		t.Fatal(err)
	}
	c.Counter = counter
	t.Cleanup(func() { c.end(t) })
	return c
}

// end closes the counter; what was added is written then.
func (c *counting) end(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
}

// event is one of the shop's at Noon, by the advocate's link.
func (c *counting) event(kind funnel.Kind, channel funnel.Channel) funnel.Event {
	return funnel.Event{Shop: c.shop, Kind: kind, Channel: channel, Campaign: c.campaign.Key(), Ref: c.advocate.Code(), At: storetest.Noon}
}

// since sums up what the shop's campaign has from a day on.
func (c *counting) since(t *testing.T, day string) funnel.Sums {
	t.Helper()
	sums, err := c.store.FunnelOf(storetest.Context(t), c.shop, c.campaign.ID, day)
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// outcome is how many events ended in a way.
func (c *counting) outcome(t *testing.T, outcome string) int {
	t.Helper()
	families, err := c.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if metric.GetLabel()[0].GetValue() == outcome {
				return int(metric.GetCounter().GetValue())
			}
		}
	}
	return 0
}

func TestEventsAreCounted(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 3 {
		c.Add(c.event(funnel.Seen, ""), c.event(funnel.Shared, funnel.ByCopy))
	}
	c.Add(c.event(funnel.Claimed, ""), c.event(funnel.Joined, ""), c.event(funnel.Shared, funnel.ByQR))
	if got := c.since(t, "2026-11-20"); got.Seen != 0 {
		t.Errorf("written before its time: %+v", got)
	}
	c.end(t)
	want := funnel.Sums{Seen: 3, Claims: 1, Joins: 1, Shares: map[funnel.Channel]int{funnel.ByCopy: 3, funnel.ByQR: 1}}
	if diff := cmp.Diff(want, c.since(t, "2026-11-20")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := c.outcome(t, "counted"); n != 9 {
		t.Errorf("%d are told to be counted, want 9", n)
	}
}

// Noon is 07:00 in New York, where a day begins at 05:00 UTC.
func TestDaysAreTheShops(t *testing.T) {
	t.Parallel()
	c := open(t)
	midnight := time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{midnight.Add(-time.Nanosecond), midnight, midnight.Add(15 * time.Minute)} {
		e := c.event(funnel.Seen, "")
		e.At = at
		c.Add(e)
	}
	c.end(t)
	if all, later := c.since(t, "2026-11-20").Seen, c.since(t, "2026-11-21").Seen; all != 3 || later != 2 {
		t.Errorf("%d since the 20th and %d since the 21st, want 3 and 2", all, later)
	}
}

func TestUnknownNamesAreNobodys(t *testing.T) {
	t.Parallel()
	c := open(t)
	add := func(change func(*funnel.Event)) {
		e := c.event(funnel.Seen, "")
		change(&e)
		c.Add(e)
	}
	add(func(e *funnel.Event) { e.Shop = "nowhere.myshopify.com" })
	add(func(e *funnel.Event) { e.Campaign.ID = "cmp_none" })
	add(func(e *funnel.Event) { e.Campaign.Version = 2 })
	add(func(e *funnel.Event) { e.Shop = storetest.Shop(t, c.store).ID }) // another shop's campaign
	add(func(e *funnel.Event) { e.Ref = "NOBODY" })
	add(func(e *funnel.Event) { e.Ref = "" })
	c.end(t)
	if got := c.since(t, "2026-11-20"); got.Seen != 2 {
		t.Errorf("%d were counted, want those without an advocate", got.Seen)
	}
	if known, unknown := c.outcome(t, "counted"), c.outcome(t, "unknown"); known != 2 || unknown != 4 {
		t.Errorf("%d counted and %d unknown, want 2 and 4", known, unknown)
	}
}

func TestWritesGoOnByThemselves(t *testing.T) {
	t.Parallel()
	c := open(t, func(config *funnel.Config) { config.Every = time.Millisecond })
	for n := 1; n <= 2; n++ {
		c.Add(c.event(funnel.Seen, ""))
		deadline := time.After(20 * time.Second)
		tick := time.NewTicker(5 * time.Millisecond)
		for c.since(t, "2026-11-20").Seen != n {
			select {
			case <-deadline:
				t.Fatalf("event %d was not written", n)
			case <-tick.C:
			}
		}
		tick.Stop()
	}
}

// What is counted already needs no more room; what is new does, and is lost. After a write there is room again.
func TestWaitingEventsAreBounded(t *testing.T) {
	t.Parallel()
	c := open(t, func(config *funnel.Config) { config.MaxWaiting = 2 })
	for range 5 {
		c.Add(c.event(funnel.Seen, ""), c.event(funnel.Claimed, ""), c.event(funnel.Joined, ""))
	}
	c.end(t)
	c.Add(c.event(funnel.Seen, "")) // too late
	got := c.since(t, "2026-11-20")
	if got.Seen != 5 || got.Claims != 5 || got.Joins != 0 {
		t.Errorf("got %+v", got)
	}
	if full := c.outcome(t, "full"); full != 6 {
		t.Errorf("%d were full, want 6", full)
	}
}

// A database that is away costs the events and a line in the log, and holds up nothing.
func TestLostEventsAreTold(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Add(c.event(funnel.Seen, ""), c.event(funnel.Shared, funnel.BySMS))
	if err := c.store.Close(storetest.Context(t)); err != nil {
		t.Fatal(err)
	}
	c.end(t)
	if lost := c.outcome(t, "failed"); lost != 2 || !strings.Contains(c.log.String(), "events of shoppers are lost") {
		t.Errorf("%d are told to be lost, the log says %s", lost, c.log)
	}
}

// readOnly is a store whose counts cannot be written.
type readOnly struct{ funnel.Store }

func (readOnly) AddToFunnel(context.Context, []funnel.Day) error {
	return fault.ForLog(fault.Unavailable, "the disk is full")
}

// What was found is lost as a whole when it cannot be written; what was unknown stays so.
func TestEventsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := open(t, func(config *funnel.Config) { config.Store = readOnly{config.Store} })
	unknown := c.event(funnel.Seen, "")
	unknown.Campaign.ID = "cmp_none"
	c.Add(c.event(funnel.Seen, ""), c.event(funnel.Seen, ""), c.event(funnel.Claimed, ""), unknown)
	c.end(t)
	if lost, known, told := c.outcome(t, "failed"), c.outcome(t, "counted"), c.outcome(t, "unknown"); lost != 3 || known != 0 || told != 1 {
		t.Errorf("%d lost, %d counted, %d unknown, want 3, 0 and 1", lost, known, told)
	}
	if !strings.Contains(c.log.String(), "the disk is full") {
		t.Errorf("the log says %s", c.log)
	}
}

func TestCloseHeedsItsContext(t *testing.T) {
	t.Parallel()
	c := open(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Close(ended); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	c.end(t) // a second time
}

func TestEventsAreValidated(t *testing.T) {
	t.Parallel()
	good := funnel.Event{Shop: "a.myshopify.com", Kind: funnel.Shared, Channel: funnel.ByEmail, Campaign: referral.CampaignKey{ID: "cmp_1", Version: 1}, At: storetest.Noon}
	if err := good.Validate(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for code, change := range map[string]func(*funnel.Event){
		"event_kind":       func(e *funnel.Event) { e.Kind = "opened" },
		"event_channel":    func(e *funnel.Event) { e.Channel = "pigeon" },
		"event_channel ":   func(e *funnel.Event) { e.Channel = "" },
		"event_channel  ":  func(e *funnel.Event) { e.Kind = funnel.Seen },
		"event_campaign":   func(e *funnel.Event) { e.Campaign.ID = "" },
		"event_campaign ":  func(e *funnel.Event) { e.Campaign.Version = 0 },
		"event_campaign  ": func(e *funnel.Event) { e.Campaign.ID = referral.CampaignID(strings.Repeat("c", 65)) },
	} {
		e := good
		change(&e)
		if err := e.Validate(); !fault.Is(err, fault.Invalid) || fault.CodeOf(err) != strings.TrimSpace(code) {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	good := funnel.Config{Store: &store.Store{}, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()}
	for what, change := range map[string]func(*funnel.Config){
		"no store":    func(c *funnel.Config) { c.Store = nil },
		"no log":      func(c *funnel.Config) { c.Log = nil },
		"no metrics":  func(c *funnel.Config) { c.Metrics = nil },
		"an interval": func(c *funnel.Config) { c.Every = -1 },
		"a queue":     func(c *funnel.Config) { c.MaxWaiting = -1 },
	} {
		config := good
		change(&config)
		if _, err := funnel.NewCounter(config); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want Invalid", what, err)
		}
	}
}
