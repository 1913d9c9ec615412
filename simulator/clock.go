package simulator

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// clockMaxStep is the furthest one step may move the clock, so that sweeps see every month on the way.
const clockMaxStep = 30 * 24 * time.Hour

// clock is wall time plus an offset, which may be set before anything happens and then only grows. Each step has a
// version, so that clients can wait for the next.
type clock struct {
	base    func() time.Time // what the simulated time is an offset from
	wall    func() time.Time // for what must not follow the simulated time: throttling, how long an attempt took
	stepsMu sync.Mutex       // one step at a time

	mu      sync.Mutex
	offset  time.Duration
	version int
	waiting int           // clients whose long poll is open
	moved   chan struct{} // closed by the next step
	polled  int           // polls that named the current version
	asked   chan struct{} // closed by the next poll that names the current version
	closed  chan struct{}
	once    sync.Once
}

// newClock follows base, or wall time if that is nil, from start, or from where it is if that is zero.
func newClock(wall, base func() time.Time, start time.Time) *clock {
	if base == nil {
		base = wall
	}

	c := &clock{
		base: base, wall: wall, version: 1,
		moved: make(chan struct{}), asked: make(chan struct{}), closed: make(chan struct{}),
	}

	if !start.IsZero() {
		c.offset = start.Sub(c.base())
	}
	return c
}

// clockState is what GET /_sim/clock answers.
type clockState struct {
	Now      time.Time `json:"now"`
	OffsetMS int64     `json:"offset_ms"` // simulated minus wall time
	Version  int       `json:"version"`   // grows by one a step
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *clock) nowLocked() time.Time { return c.base().Add(c.offset).UTC().Round(0) }

func (c *clock) state() clockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stateLocked()
}

func (c *clock) stateLocked() clockState {
	return clockState{Now: c.nowLocked(), OffsetMS: c.offset.Milliseconds(), Version: c.version}
}

// changed is closed when the clock next moves.
func (c *clock) changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

// waitAfter answers once the version is greater than v, or after limit, or when ctx ends or the clock is closed.
func (c *clock) waitAfter(ctx context.Context, v int, limit time.Duration) clockState {
	c.mu.Lock()
	if c.version > v {
		defer c.mu.Unlock()
		return c.stateLocked()
	}

	if v == c.version {
		c.polled++
		close(c.asked)
		c.asked = make(chan struct{})
	}

	c.waiting++
	moved := c.moved
	c.mu.Unlock()

	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-moved:
	case <-timer.C:
	case <-ctx.Done():
	case <-c.closed:
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting--
	return c.stateLocked()
}

// advance moves the clock and returns when every client that was waiting has asked again with the new version, which
// says that it has applied it, or when patience is over. Errors: a step below zero or beyond clockMaxStep.
func (c *clock) advance(ctx context.Context, by, patience time.Duration) (clockState, error) {
	if by < 0 || by > clockMaxStep {
		return clockState{}, fmt.Errorf("the clock moves by 0 to %s a step, not by %s", clockMaxStep, by)
	}
	return c.move(ctx, func() { c.offset += by }, patience), nil
}

// set is advance to a time, wherever that is.
func (c *clock) set(ctx context.Context, at time.Time, patience time.Duration) clockState {
	return c.move(ctx, func() { c.offset += at.Sub(c.nowLocked()) }, patience)
}

func (c *clock) move(ctx context.Context, change func(), patience time.Duration) clockState {
	c.stepsMu.Lock()
	defer c.stepsMu.Unlock()
	c.mu.Lock()

	change()
	c.version++
	clients := c.waiting
	c.polled = 0
	close(c.moved)
	c.moved = make(chan struct{})
	c.mu.Unlock()

	c.awaitPolls(ctx, clients, patience)
	return c.state()
}

// awaitPolls waits until so many polls have named the current version.
func (c *clock) awaitPolls(ctx context.Context, clients int, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		c.mu.Lock()
		done, asked := c.polled >= clients, c.asked
		c.mu.Unlock()
		if done {
			return
		}

		select {
		case <-asked:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		case <-c.closed:
			return
		}
	}
}

// close answers all that wait.
func (c *clock) close() { c.once.Do(func() { close(c.closed) }) }
