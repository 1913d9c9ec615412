package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// clock is the business clock: wall time, and in development the simulator's offset on top of it. Leases, queues
// and TTLs stay on wall time.
type clock struct{ offset atomic.Int64 } // nanoseconds

// Now is business time in UTC, cut to milliseconds as MongoDB keeps no more.
func (c *clock) Now() time.Time {
	return time.Now().Add(time.Duration(c.offset.Load())).UTC().Truncate(time.Millisecond)
}

// simulatorClock is the answer of the simulator's GET /_sim/clock.
type simulatorClock struct {
	OffsetMS int64 `json:"offset_ms"`
	Version  int64 `json:"version"`
}

// simulatorRoot is the simulator's address of an origin template such as http://127.0.0.1:9400/{shop}.
func simulatorRoot(origin string) string {
	root, _, _ := strings.Cut(origin, "/{shop}")
	return root
}

// learn asks the simulator for its offset once, before anything is verified.
func (c *clock) learn(ctx context.Context, root string) (version int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.ask(ctx, root+"/_sim/clock")
}

// follow keeps the offset in step until ctx ends: each answer comes when the clock was moved, and asking again tells
// the simulator that the move was applied. moved is called after each.
func (c *clock) follow(ctx context.Context, root string, version int64, moved func()) {
	for ctx.Err() == nil {
		next, err := c.ask(ctx, fmt.Sprintf("%s/_sim/clock?after=%d", root, version))
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			continue
		}

		if next != version {
			version = next
			moved()
		}
	}
}

func (c *clock) ask(ctx context.Context, address string) (version int64, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, fmt.Errorf("simulator clock: %w", err)
	}

	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("simulator clock: %w", err)
	}
	defer func() { _ = res.Body.Close() }()

	var told simulatorClock
	err = json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<12)).Decode(&told)
	if err != nil || res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("simulator clock: status %d, %w", res.StatusCode, errors.Join(err, errNoClock))
	}

	c.offset.Store(told.OffsetMS * int64(time.Millisecond))
	return told.Version, nil
}

var errNoClock = errors.New("no clock in the answer")
