package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold/store"
)

// pool keeps the databases that tests have left, empty, for those to come: about a hundred indexes are made once for
// each test that runs at the same time, not for each test.
var pool databases

// databases are those of this process's mongod that nobody uses. What is above the lock is set when the first is made.
type databases struct {
	admin *mongo.Client // looks past the stores
	shape string        // that of a migrated database: a test that has changed its own leaves it to nobody

	sync.Mutex
	free []string
}

// take returns the name of a database that is migrated and empty.
func take(t testing.TB) string {
	t.Helper()
	pool.Lock()
	defer pool.Unlock()
	if last := len(pool.free) - 1; last >= 0 {
		name := pool.free[last]
		pool.free = pool.free[:last]
		return name
	}

	name, err := pool.make(Context(t), URI(t))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// make migrates a new database.
func (p *databases) make(ctx context.Context, uri string) (name string, err error) {
	if p.admin == nil {
		if p.admin, err = mongo.Connect(options.Client().ApplyURI(uri)); err != nil {
			return "", err
		}
	}
	c := Patient(uri)
	c.Database, c.Keyring = prefix+strings.ToLower(rand.Text()), Keyring()
	s, err := store.Open(ctx, c)
	if err != nil {
		return "", err
	}
	if err := errors.Join(s.Migrate(ctx), s.Close(ctx)); err != nil {
		return "", err
	}

	if p.shape == "" {
		p.shape, err = shape(ctx, p.admin.Database(c.Database))
	}
	return c.Database, err
}

// giveBack closes a test's store, and adds its database to the pool.
func giveBack(t testing.TB, s *store.Store, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	// The test may have closed it itself.
	if err := s.Close(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		t.Errorf("close store: %v", err)
	}
	if err := pool.add(ctx, name); err != nil {
		t.Error(err)
	}
}

// add empties a database for the next test. One that is not what it was when it was migrated is dropped.
func (p *databases) add(ctx context.Context, name string) error {
	db := p.admin.Database(name)
	now, err := shape(ctx, db)
	if err != nil {
		return err
	}
	if now != p.shape {
		return db.Drop(ctx)
	}
	if err := empty(ctx, db); err != nil {
		return err
	}

	p.Lock()
	defer p.Unlock()
	p.free = append(p.free, name)
	return nil
}

// kept is the one collection whose document stays: the version of the schema.
const kept = "schema"

func empty(ctx context.Context, db *mongo.Database) error {
	names, err := db.ListCollectionNames(ctx, bson.D{})
	for _, name := range names {
		if name != kept && err == nil {
			_, err = db.Collection(name).DeleteMany(ctx, bson.D{})
		}
	}
	return err
}

// shape tells all of a database but its documents: collections with their options, indexes, and the version of the
// schema.
func shape(ctx context.Context, db *mongo.Database) (string, error) {
	collections, err := db.ListCollectionSpecifications(ctx, bson.D{})
	if err != nil {
		return "", err
	}
	var all []string
	for _, c := range collections {
		indexes, err := db.Collection(c.Name).Indexes().List(ctx)
		if err != nil {
			return "", err
		}
		for indexes.Next(ctx) {
			all = append(all, c.Name+" "+indexes.Current.String())
		}
		if err := indexes.Err(); err != nil {
			return "", err
		}
		all = append(all, c.Name+" "+c.Options.String())
	}
	var version struct {
		Version int `bson:"version"`
	}
	err = db.Collection(kept).FindOne(ctx, bson.D{}).Decode(&version)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return "", err
	}

	slices.Sort(all)
	return fmt.Sprintf("%d\n%s", version.Version, strings.Join(all, "\n")), nil
}

// close ends the connections.
func (p *databases) close(ctx context.Context) error {
	p.Lock()
	defer p.Unlock()
	if p.admin == nil {
		return nil
	}
	return p.admin.Disconnect(ctx)
}
