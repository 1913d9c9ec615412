package storetest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"

	"twofold/store"
)

// Commands are what a store sends to MongoDB while a test listens.
type Commands struct {
	mu    sync.Mutex
	on    bool
	names []string
	about []string // what each is about: a collection, mostly
}

// Counted is New, with the commands that the store sends.
func Counted(t testing.TB) (*store.Store, *Commands) {
	t.Helper()
	sent := &Commands{}
	c := Patient(URI(t))
	c.Monitor = &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) { sent.add(e) }}
	return withDatabase(t, c), sent
}

func (c *Commands) add(e *event.CommandStartedEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.on {
		c.names = append(c.names, e.CommandName)
		about, _ := e.Command.Lookup(e.CommandName).StringValueOK()
		c.about = append(c.about, about)
	}
}

// Reads lists the names of the commands that read while do runs.
func (c *Commands) Reads(do func()) []string {
	c.listen(true)
	do()
	c.listen(false)

	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.names), func(name string) bool {
		return !slices.Contains([]string{"find", "aggregate", "count", "distinct", "getMore"}, name)
	})
}

// All lists the commands that are sent while do runs, each with the collection that it is about.
func (c *Commands) All(do func()) []string {
	c.listen(true)
	do()
	c.listen(false)

	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.names)
	for i, about := range c.about {
		all[i] += " " + about
	}
	return all
}

func (c *Commands) listen(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = on
	if on {
		c.names, c.about = nil, nil
	}
}
