package simulator

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestClockAdvances(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	status, out := w.request("POST", "/_sim/clock", map[string]any{"advance": "336h"})
	if status != http.StatusOK || show(out["offset_ms"]) != strconv.FormatInt((336*time.Hour).Milliseconds(), 10) || show(out["version"]) != "2" {
		t.Fatalf("%d %v", status, out)
	}
	if ahead := time.Until(w.Now()); ahead < 335*time.Hour || ahead > 337*time.Hour {
		t.Errorf("the clock is %v ahead", ahead)
	}
}

// The simulated time starts when it is told to, in the past too, until there is a shop; from
// then on it only goes forward.
func TestClockStarts(t *testing.T) {
	t.Parallel()
	start := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	s, err := New(Config{ClientID: testID, ClientSecret: testSecret, AppTOML: []byte(testTOML), Start: start})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(":0"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close(t.Context()) }()
	w := &world{Server: s, t: t}
	near := func(want time.Time) {
		t.Helper()
		if since := w.Now().Sub(want); since < 0 || since > time.Hour {
			t.Errorf("it is %s, want soon after %s", w.Now(), want)
		}
	}
	near(start)
	for _, at := range []time.Time{start.AddDate(10, 0, 0), start.AddDate(-1, 0, 0)} {
		if status, out := w.request("POST", "/_sim/clock", map[string]any{"start": at}); status != http.StatusOK {
			t.Errorf("%s: %d %v", at, status, out)
		}
		near(at)
	}
	w.must(w.CreateShop(ShopInput{Domain: testShop}))
	if status, out := w.request("POST", "/_sim/clock", map[string]any{"start": start}); status != http.StatusBadRequest {
		t.Errorf("with a shop: %d %v", status, out)
	}
	near(start.AddDate(-1, 0, 0))
}

func TestClockRefusesSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, step := range []string{"-1s", "720h0m1s", "soon"} {
		if status, out := w.request("POST", "/_sim/clock", map[string]any{"advance": step}); status != http.StatusBadRequest {
			t.Errorf("%s: %d %v", step, status, out)
		}
	}
	if status, _ := w.request("POST", "/_sim/clock", map[string]any{"advance": "720h"}); status != http.StatusOK {
		t.Errorf("30 days: %d", status)
	}
}

// A step is answered only when the client that waited for it has come back with its version.
func TestClockWaitsForItsClients(t *testing.T) {
	t.Parallel()
	c := newClock(time.Now, nil, time.Time{})
	answered := make(chan clockState, 1)
	go func() { answered <- c.waitAfter(t.Context(), 1, time.Minute) }()
	waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.waiting == 1 })

	stepped := make(chan struct{})
	go func() {
		defer close(stepped)
		_, _ = c.advance(t.Context(), time.Hour, time.Minute)
	}()
	if s := <-answered; s.Version != 2 || s.OffsetMS != time.Hour.Milliseconds() {
		t.Fatalf("the client heard %+v", s)
	}
	select {
	case <-stepped:
		t.Fatal("the step was answered before the client had applied it")
	default:
	}
	go c.waitAfter(t.Context(), 2, time.Minute)
	<-stepped
	c.close()
}

func TestClockStepHasPatienceOnly(t *testing.T) {
	t.Parallel()
	c := newClock(time.Now, nil, time.Time{})
	go c.waitAfter(t.Context(), 1, time.Minute) // never comes back
	waitFor(t, func() bool { c.mu.Lock(); defer c.mu.Unlock(); return c.waiting == 1 })
	if s, err := c.advance(t.Context(), time.Hour, 10*time.Millisecond); err != nil || s.Version != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestClockAnswersWhoIsBehindAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(w.Advance(t.Context(), time.Hour))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a long poll would take longer
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL()+"/_sim/clock?after=1", nil)
	w.must(err)
	if status, out := w.do(req); status != http.StatusOK || show(out["version"]) != "2" {
		t.Errorf("%d %v", status, out)
	}
}

// waitFor polls until the condition holds, for 10 s at most.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.NewTimer(10 * time.Second)
	defer limit.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatal("it never came to be")
		}
	}
}
