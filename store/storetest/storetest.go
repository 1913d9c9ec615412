// Package storetest gives tests a store on a real mongod: one server per test process, an empty database per test, and
// factories for what tests need in it. A package that uses it has a TestMain which calls Main.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/local"
	"twofold/secret"
	"twofold/store"
)

// prefix begins the name of every database that may be dropped.
const prefix = "test_"

// Time-outs of a server that shares two cores with other tests.
const (
	startLimit = 2 * time.Minute
	stopLimit  = 20 * time.Second
	testLimit  = time.Minute
	pingLimit  = 2 * time.Second
)

// server is the mongod of this process, started by the first test that needs it.
var server struct {
	sync.Mutex
	inMain bool // Main runs, and will stop it
	mongo  *local.Mongo
}

// Main runs a package's tests and ends the mongod that they started:
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a TestMain that has more to do: it returns the exit code.
func Run(m *testing.M) (code int) {
	server.Lock()
	server.inMain = true
	server.Unlock()
	code = m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "storetest: stop mongod:", err)
		return max(code, 1)
	}
	return code
}

func stop() error {
	server.Lock()
	defer server.Unlock()
	if server.mongo == nil {
		return nil
	}

	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	return errors.Join(pool.close(ctx), server.mongo.Stop(ctx))
}

// URI is the address of this process's mongod, a replica set of one. It starts the server if no test has needed it yet.
func URI(t testing.TB) string {
	t.Helper()
	server.Lock()
	defer server.Unlock()
	if !server.inMain {
		t.Fatal("storetest: this package needs func TestMain(m *testing.M) { storetest.Main(m) }")
	}
	if server.mongo == nil {
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		m, err := local.StartMongo(ctx, local.MongoOptions{InMemory: true})
		if err != nil {
			t.Fatal(err)
		}
		server.mongo = m
	}

	return server.mongo.URI()
}

// Keyring is the one that all stores of this process encrypt with.
var Keyring = sync.OnceValue(func() *secret.Keyring {
	ring, err := secret.ParseKeyring(secret.NewKey("test"))
	if err != nil {
		panic(err) // NewKey writes what ParseKeyring reads
	}
	return ring
})

// New returns a store on an empty database of this process's mongod, migrated. When the test ends, the store is closed
// and its database is left to another test.
func New(t testing.TB) *store.Store {
	t.Helper()
	return withDatabase(t, Patient(URI(t)))
}

func withDatabase(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	c.Database = take(t)
	c.Keyring = Keyring()
	s, err := store.Open(Context(t), c)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { giveBack(t, s, c.Database) })
	return s
}

// Patient is a configuration that waits for a busy machine. Tests of the time-outs themselves take the program's.
func Patient(uri string) store.Config {
	return store.Config{URI: uri, SelectionTimeout: testLimit, OperationTimeout: testLimit}
}

// Open is New with a configuration: an own mongod, other time-outs. An empty Database is a fresh one, which is dropped
// at the end if its server still runs; a named one must be a test's, too. An empty Keyring is Keyring.
func Open(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	if c.Database == "" {
		c.Database = prefix + strings.ToLower(rand.Text())
	}
	if err := mustBeTest(c.Database); err != nil {
		t.Fatal(err)
	}
	if c.Keyring == nil {
		c.Keyring = Keyring()
	}

	ctx := Context(t)
	s, err := store.Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { clean(t, s, c) })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// Context ends with the test, or after a minute.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testLimit)
	t.Cleanup(cancel)
	return ctx
}

// clean closes the store and drops its database. A server that the test has killed took its database with it.
func clean(t testing.TB, s *store.Store, c store.Config) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	down := !answers(ctx, s)
	if err := s.Close(ctx); err != nil && !down {
		t.Errorf("close store: %v", err)
	}
	if down {
		return
	}
	if err := Drop(ctx, c.URI, c.Database); err != nil {
		t.Error(err)
	}
}

// answers tells whether the store's server is there.
func answers(ctx context.Context, s *store.Store) bool {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	return s.Ping(ctx) == nil
}

// Drop removes a test's database. It refuses any that is not named test_….
func Drop(ctx context.Context, uri, database string) (err error) {
	if err := mustBeTest(database); err != nil {
		return err
	}

	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Disconnect(ctx)) }()
	return client.Database(database).Drop(ctx)
}

func mustBeTest(database string) error {
	if !strings.HasPrefix(database, prefix) {
		return fmt.Errorf("storetest: database %q is not named %s…: refused", database, prefix)
	}
	return nil
}
