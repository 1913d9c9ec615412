package store_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/secret"
	"twofold/store"
	"twofold/store/storetest"
)

func TestMigrateTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	must(t, s.SchemaCurrent(ctx))
	must(t, s.Migrate(ctx))
	_, err := s.Database().Collection("schema").DeleteMany(ctx, bson.D{})
	must(t, err)
	wantKind(t, "no schema", s.SchemaCurrent(ctx), fault.Unavailable)
	if message := fault.MessageOf(s.SchemaCurrent(ctx)); !strings.Contains(message, "twofold migrate") {
		t.Errorf("the message does not say what to do: %s", message)
	}
	won(t, atOnce(4, func(int) error { return s.Migrate(ctx) }), "") // over all that is there
	must(t, s.SchemaCurrent(ctx))
}

// A newer version of the program has migrated already: this one goes on, and its own Migrate does not turn anything back.
func TestNewerSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	newer := bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: 1000}}}}
	_, err := s.Database().Collection("schema").UpdateOne(ctx, bson.D{}, newer)
	must(t, err)
	must(t, s.SchemaCurrent(ctx))
	must(t, s.Migrate(ctx))
	if info := get[store.Info](t)(s.Info(ctx)); info.Schema != 1000 {
		t.Errorf("schema is %d", info.Schema)
	}
}

func TestInfoNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	ctx, s, _ := newStore(t)
	info := get[store.Info](t)(s.Info(ctx))
	if info.Major < 6 || !strings.HasPrefix(info.Version, "6.") || info.ReplicaSet != "rs0" || info.Sharded || info.Schema < 1 || len(info.Problems) != 0 {
		t.Errorf("got %+v", info)
	}
	claims := s.Database().Collection("claims").Indexes()
	must(t, claims.DropOne(ctx, "keys"))
	must(t, claims.DropOne(ctx, "code"))
	must(t, s.Database().RunCommand(ctx, bson.D{{Key: "createIndexes", Value: "claims"}, {Key: "indexes", Value: bson.A{bson.D{
		{Key: "name", Value: "code"}, {Key: "key", Value: bson.D{{Key: "shop", Value: 1}, {Key: "code", Value: 1}}},
		{Key: "partialFilterExpression", Value: bson.D{{Key: "has_code", Value: true}}},
	}}}}).Err()) // but not unique
	info = get[store.Info](t)(s.Info(ctx))
	if len(info.Problems) != 2 || !strings.Contains(info.Problems[0], "claims.keys is missing") || !strings.Contains(info.Problems[1], "claims.code is not as declared") {
		t.Errorf("problems: %q", info.Problems)
	}
	must(t, claims.DropOne(ctx, "code"))
	must(t, s.Migrate(ctx)) // as the problems say
	if info = get[store.Info](t)(s.Info(ctx)); len(info.Problems) != 0 {
		t.Errorf("after migrate: %q", info.Problems)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	ring, err := secret.ParseKeyring(secret.NewKey("k"))
	must(t, err)
	good := store.Config{URI: "mongodb://127.0.0.1:1", Database: "test_x", Keyring: ring}
	must(t, good.Validate())
	for what, spoil := range map[string]func(*store.Config){
		"no address":        func(c *store.Config) { c.URI = "" },
		"no database":       func(c *store.Config) { c.Database = "" },
		"no keyring":        func(c *store.Config) { c.Keyring = nil },
		"negative time-out": func(c *store.Config) { c.OperationTimeout = -1 },
		"unreadable":        func(c *store.Config) { c.URI = "mongodb://user:hunter2@" },
	} {
		bad := good
		spoil(&bad)
		_, err := store.Open(storetest.Context(t), bad)
		wantKind(t, what, err, fault.Invalid)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the password is shown: %v", what, err)
		}
	}
}
