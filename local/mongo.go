package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const (
	replicaSet          = "rs0"
	defaultCacheGB      = 0.25
	mongoStartLimit     = 60 * time.Second
	mongoFolderPattern  = "twofold-mongo-*"
	codeNotYetInit      = 94 // NotYetInitialized; codes: mongodb/mongo, src/mongo/base/error_codes.yml
	codeAlreadyInit     = 23 // AlreadyInitialized
	quiesceMillis       = 100
	readinessCallLimit  = 15 * time.Second // initiating takes seconds on a busy machine; cut short, it begins anew each time
	oplogMB             = 512
	clientSelectionTime = time.Second
)

// MongoOptions says how to run mongod. The zero value is a database that is gone after Stop.
type MongoOptions struct {
	Dir      string    // folder of the data files, made if missing and kept at Stop; empty: a temporary one
	InMemory bool      // without Dir: a folder in memory, where there is one, as tests wait for thousands of writes
	Log      io.Writer // gets mongod's log (JSON lines); nil: dropped, but for the end that an error shows
	CacheGB  float64   // --wiredTigerCacheSizeGB; 0: 0.25, the least that mongod takes
	Args     []string  // more arguments for mongod, such as "--setParameter", "enableTestCommands=1"
}

// Mongo is a replica set of one member on 127.0.0.1. Kill, Restart and Stop may be called from any goroutine.
type Mongo struct{ server }

// StartMongo starts mongod and returns when it is a primary that takes transactions, about half a second later.
//
// mongod is looked for in $MONGOD, on PATH, in .cache/mongod/bin of this module (scripts/setup puts it there), and
// last as the image mongo:7 of a Docker daemon that answers. Where there is none the error says to run scripts/setup.
// A folder that another server uses is an error.
func StartMongo(ctx context.Context, opt MongoOptions) (*Mongo, error) {
	program, err := findMongod(ctx)
	if err != nil {
		return nil, err
	}

	dir, err := openFolder(opt.Dir, temporary(opt.InMemory), mongoFolderPattern)
	if err != nil {
		return nil, fmt.Errorf("local: mongod: %w", err)
	}

	m := &Mongo{server{name: "mongod", startLimit: program.startLimit, log: opt.Log, folder: dir, ready: mongoReady}}
	m.command = func(port int, dir string) command { return program.command(port, dir, mongodArgs(opt)) }

	if err := m.open(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// URI is the connection string. It names the one member directly, so a client finds it again after Kill and Restart.
func (m *Mongo) URI() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return mongoURI(m.addr())
}

func mongoURI(addr string) string {
	return "mongodb://" + addr + "/?replicaSet=" + replicaSet + "&directConnection=true"
}

// mongodArgs are the arguments beside folder and addresses. No diagnostic data (it writes to disk every second), no
// socket file in /tmp; a lone member has nobody to hand its clients to, so it need not wait 15 s at SIGTERM.
func mongodArgs(opt MongoOptions) []string {
	cache := opt.CacheGB
	if cache == 0 {
		cache = defaultCacheGB
	}

	args := []string{
		"--replSet", replicaSet, "--nounixsocket", "--quiet",
		"--oplogSize", strconv.Itoa(oplogMB),
		"--wiredTigerCacheSizeGB", strconv.FormatFloat(cache, 'f', -1, 64),
		"--setParameter", "diagnosticDataCollectionEnabled=false",
		"--setParameter", "shutdownTimeoutMillisForSignaledShutdown=" + strconv.Itoa(quiesceMillis),
	}
	return append(args, opt.Args...)
}

// mongoReady moves the server a step towards being primary; nil once it is.
func mongoReady(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, readinessCallLimit)
	defer cancel()

	if err := dial(ctx, addr); err != nil {
		return err
	}

	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + addr + "/?directConnection=true").
		SetServerSelectionTimeout(clientSelectionTime))
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(ctx) }() // it has nothing left to say
	return becomePrimary(ctx, client.Database("admin"), addr)
}

// becomePrimary asks for the server's role, and configures the set where that has not been done for this address. A
// kept folder remembers the port it last ran on, and would wait for a member there.
func becomePrimary(ctx context.Context, admin *mongo.Database, addr string) error {
	var hello struct {
		Writable bool `bson:"isWritablePrimary"`
	}
	if err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return err
	}

	if hello.Writable {
		return nil
	}

	if err := configure(ctx, admin, addr); err != nil {
		return err
	}
	return errors.New("not primary yet")
}

// configure makes addr the only member of the set; it changes nothing where it is so already.
func configure(ctx context.Context, admin *mongo.Database, addr string) error {
	var got struct {
		Config struct {
			Version int32 `bson:"version"`
			Members []struct {
				Host string `bson:"host"`
			} `bson:"members"`
		} `bson:"config"`
	}

	err := admin.RunCommand(ctx, bson.D{{Key: "replSetGetConfig", Value: 1}}).Decode(&got)
	if hasCode(err, codeNotYetInit) {
		err = admin.RunCommand(ctx, bson.D{{Key: "replSetInitiate", Value: setConfig(addr, 1)}}).Err()
		if hasCode(err, codeAlreadyInit) { // it was still reading its folder when we asked
			return nil
		}
		return err
	}

	if err != nil {
		return err
	}

	if m := got.Config.Members; len(m) == 1 && m[0].Host == addr {
		return nil
	}
	return admin.RunCommand(ctx, bson.D{
		{Key: "replSetReconfig", Value: setConfig(addr, got.Config.Version+1)},
		{Key: "force", Value: true},
	}).Err()
}

func setConfig(addr string, version int32) bson.D {
	return bson.D{
		{Key: "_id", Value: replicaSet},
		{Key: "version", Value: version},
		{Key: "members", Value: bson.A{bson.D{{Key: "_id", Value: 0}, {Key: "host", Value: addr}}}},
	}
}

func hasCode(err error, code int) bool {
	var e mongo.ServerError
	return errors.As(err, &e) && e.HasErrorCode(code)
}
