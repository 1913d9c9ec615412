package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// noon is short for the factories' time.
var noon = storetest.Noon

// newStore gives a test a store with one installed shop, and a context.
func newStore(t *testing.T) (context.Context, *store.Store, tenant.ShopID) {
	t.Helper()
	s := storetest.New(t)
	return storetest.Context(t), s, storetest.Shop(t, s).ID
}

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// get returns a value, or fails the test on the error beside it.
func get[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// wantKind checks the kind of an error, "" for none.
func wantKind(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Errorf("%s: got %q (%v), want %q", what, got, err, want)
	}
}

// atOnce runs fn n times in parallel, all released together, and returns the errors.
func atOnce(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}

// won counts the errors that are nil, and fails the test on any that is not of the losers' kind.
func won(t *testing.T, errs []error, losers fault.Kind) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		switch {
		case err == nil:
			n++
		case !fault.Is(err, losers):
			t.Errorf("a loser got %v, want %s", err, losers)
		}
	}
	return n
}

// raw reads a document as it is stored.
func raw(t *testing.T, s *store.Store, collection string, filter bson.D) bson.M {
	t.Helper()
	var doc bson.M
	must(t, s.Database().Collection(collection).FindOne(storetest.Context(t), filter).Decode(&doc))
	return doc
}

// number reads a number field of a stored document, whatever its type.
func number(t *testing.T, doc bson.M, field string) int64 {
	t.Helper()
	switch v := doc[field].(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	}
	t.Fatalf("%s is %T", field, doc[field])
	return 0
}

// eventually polls until ok, and fails with what after 20 s.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("not in 20 s: %s", what)
		case <-tick.C:
		}
	}
}

var errStop = errors.New("stop")
