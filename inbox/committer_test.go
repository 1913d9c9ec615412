package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twofold/fault"
	"twofold/tenant"
)

// deadline bounds every wait of these tests.
const deadline = 10 * time.Second

// gate is an Inserter that holds each write until it is told how it ends.
type gate struct {
	batches chan []Delivery
	ends    chan end
}

type end struct {
	each []error
	all  error
}

func newGate() *gate { return &gate{make(chan []Delivery, 100), make(chan end, 100)} }

func (g *gate) InsertDeliveries(ctx context.Context, batch []Delivery) ([]error, error) {
	g.batches <- slices.Clone(batch)
	select {
	case e := <-g.ends:
		if e.each == nil {
			e.each = make([]error, len(batch))
		}
		return e.each, e.all
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *gate) next(t *testing.T) []Delivery {
	t.Helper()
	select {
	case batch := <-g.batches:
		return batch
	case <-time.After(deadline):
		t.Fatal("no write began")
		return nil
	}
}

func start(t *testing.T, config CommitterConfig) *Committer {
	t.Helper()
	config.Log, config.Metrics = slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	if config.BatchTimeout == 0 {
		config.BatchTimeout = deadline
	}
	c, err := NewCommitter(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closeIt(t *testing.T, c *Committer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
}

// saving calls Save and returns where its result arrives.
func saving(t *testing.T, c *Committer, shop tenant.ShopID, id string) chan error {
	t.Helper()
	done := make(chan error, 1)
	ctx := t.Context()
	go func() { done <- c.Save(ctx, Delivery{Shop: shop, ID: id}) }()
	return done
}

// queued waits until n deliveries wait for the next write.
func queued(t *testing.T, c *Committer, n int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(deadline); ; {
		c.mu.Lock()
		waiting := len(c.queue)
		c.mu.Unlock()
		if waiting == n {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%d deliveries never waited", n)
		}
	}
}

func result(t *testing.T, done chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(deadline):
		t.Fatal("Save never returned")
		return nil
	}
}

func TestWhatWaitsSharesTheNextWrite(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := start(t, CommitterConfig{Inserter: g, MaxBatch: 4})
	first := saving(t, c, "a.myshopify.com", "1")
	if batch := g.next(t); len(batch) != 1 {
		t.Errorf("the first write has %d deliveries, want 1: nothing lingers", len(batch))
	}
	var rest []chan error
	for i := range 6 {
		rest = append(rest, saving(t, c, "a.myshopify.com", fmt.Sprint(i+2)))
	}
	queued(t, c, 6)
	for _, want := range []int{4, 2} {
		g.ends <- end{}
		if batch := g.next(t); len(batch) != want {
			t.Errorf("the next write has %d deliveries, want %d", len(batch), want)
		}
	}
	g.ends <- end{}
	for _, done := range append(rest, first) {
		if err := result(t, done); err != nil {
			t.Errorf("Save: %v", err)
		}
	}
	closeIt(t, c)
}

func TestSaveIsNilOnlyWhenSafe(t *testing.T) {
	t.Parallel()
	broken := errors.New("write concern")
	for name, tc := range map[string]struct {
		end  end
		want []bool // saved?
	}{
		"all inserted":                     {end{}, []bool{true, true}},
		"one of them failed":               {end{each: []error{nil, broken}}, []bool{true, false}},
		"the write failed":                 {end{all: broken}, []bool{false, false}},
		"the write failed after inserting": {end{each: []error{nil, nil}, all: broken}, []bool{false, false}},
		"an answer for one only":           {end{each: []error{nil}}, []bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate()
			told := make(chan []tenant.ShopID, 10)
			c := start(t, CommitterConfig{Inserter: g, OnSaved: func(shops []tenant.ShopID) { told <- shops }})
			blocker := saving(t, c, "z.myshopify.com", "0")
			g.next(t)
			waits := []chan error{saving(t, c, "a.myshopify.com", "1")}
			queued(t, c, 1)
			waits = append(waits, saving(t, c, "b.myshopify.com", "2"))
			queued(t, c, 2)
			g.ends <- end{all: broken}
			if err := result(t, blocker); !fault.Is(err, fault.Unavailable) || fault.RetryAfter(err) <= 0 || !errors.Is(err, broken) {
				t.Errorf("Save: %v, want Unavailable with its cause and a time to come back", err)
			}
			g.next(t)
			g.ends <- tc.end
			var shops []tenant.ShopID
			for i, shop := range []tenant.ShopID{"a.myshopify.com", "b.myshopify.com"} {
				if err := result(t, waits[i]); (err == nil) != tc.want[i] {
					t.Errorf("delivery %d: %v, want saved %v", i, err, tc.want[i])
				}
				if tc.want[i] {
					shops = append(shops, shop)
				}
			}
			closeIt(t, c)
			close(told)
			var heard []tenant.ShopID
			for some := range told {
				heard = append(heard, some...)
			}
			if !slices.Equal(heard, shops) {
				t.Errorf("the bell was rung for %v, want %v: only after a commit", heard, shops)
			}
		})
	}
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := start(t, CommitterConfig{Inserter: g, MaxWaiting: 2})
	waits := []chan error{saving(t, c, "a.myshopify.com", "1")}
	g.next(t)
	for i := range 2 {
		waits = append(waits, saving(t, c, "a.myshopify.com", fmt.Sprint(i+2)))
	}
	queued(t, c, 2)
	if err := c.Save(t.Context(), Delivery{ID: "4"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("beyond the queue: %v, want Unavailable", err)
	}
	g.ends <- end{}
	g.ends <- end{}
	for _, done := range waits {
		if err := result(t, done); err != nil {
			t.Error(err)
		}
	}
	closeIt(t, c)
}

func TestAWriteHasItsOwnDeadline(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := start(t, CommitterConfig{Inserter: g, BatchTimeout: 20 * time.Millisecond})
	if err := c.Save(t.Context(), Delivery{ID: "1"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a write that hangs: %v, want its deadline", err)
	}
	closeIt(t, c)
}

func TestACallerWhoLeavesDoesNotStopTheWrite(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := start(t, CommitterConfig{Inserter: g})
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- c.Save(ctx, Delivery{Shop: "a.myshopify.com", ID: "1"}) }()
	g.next(t)
	stays := saving(t, c, "a.myshopify.com", "2")
	queued(t, c, 1)
	leave()
	if err := result(t, left); !fault.Is(err, fault.Unavailable) {
		t.Errorf("whoever left: %v, want Unavailable", err)
	}
	g.ends <- end{}
	g.next(t)
	g.ends <- end{}
	if err := result(t, stays); err != nil {
		t.Errorf("whoever stays: %v", err)
	}
	closeIt(t, c)
}

func TestCloseSavesWhatWaits(t *testing.T) {
	t.Parallel()
	g := newGate()
	var mu sync.Mutex
	var told int
	c := start(t, CommitterConfig{Inserter: g, OnSaved: func([]tenant.ShopID) {
		mu.Lock()
		defer mu.Unlock()
		told++
	}})
	waits := []chan error{saving(t, c, "a.myshopify.com", "1")}
	g.next(t)
	waits = append(waits, saving(t, c, "b.myshopify.com", "2"))
	queued(t, c, 1)
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := c.Close(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close while a write hangs: %v, want the deadline", err)
	}
	if err := c.Save(t.Context(), Delivery{ID: "3"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Save after Close: %v, want Unavailable", err)
	}
	g.ends <- end{}
	g.ends <- end{}
	for _, done := range waits {
		if err := result(t, done); err != nil {
			t.Error(err)
		}
	}
	closeIt(t, c)
	mu.Lock()
	defer mu.Unlock()
	if told == 0 {
		t.Error("Close returned before the bell was rung")
	}
}

func TestASlowBellDoesNotHoldUpWrites(t *testing.T) {
	t.Parallel()
	g := newGate()
	release := make(chan struct{})
	told := make(chan []tenant.ShopID, 10)
	c := start(t, CommitterConfig{Inserter: g, OnSaved: func(shops []tenant.ShopID) {
		told <- shops
		<-release
	}})
	for range 3 {
		g.ends <- end{}
	}
	save := func(shop tenant.ShopID, id string) {
		if err := c.Save(t.Context(), Delivery{Shop: shop, ID: id}); err != nil {
			t.Error(err)
		}
	}
	save("a.myshopify.com", "1")
	<-told
	save("c.myshopify.com", "2")
	save("b.myshopify.com", "3")
	for gathered := 0; gathered < 2; { // who saved is answered before the shop is noted
		c.ringMu.Lock()
		gathered = len(c.saved)
		c.ringMu.Unlock()
	}
	close(release)
	closeIt(t, c)
	if again := <-told; !slices.Equal(again, []tenant.ShopID{"b.myshopify.com", "c.myshopify.com"}) {
		t.Errorf("told %v, want what gathered meanwhile in one call", again)
	}
}

func TestCommitterConfigIsChecked(t *testing.T) {
	t.Parallel()
	if _, err := NewCommitter(CommitterConfig{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("no inserter: %v, want Invalid", err)
	}
	log, metrics := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	if _, err := NewCommitter(CommitterConfig{Inserter: newGate(), Log: log, Metrics: metrics, MaxBatch: -1}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a negative batch: %v, want Invalid", err)
	}
}
