package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func startMongo(t *testing.T, opt MongoOptions) *Mongo {
	t.Helper()
	m, err := StartMongo(testContext(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, &m.server) })
	return m
}

func startRedis(t *testing.T) *Redis {
	t.Helper()
	r, err := StartRedis(testContext(t), RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, &r.server) })
	return r
}

func stop(t *testing.T, s *server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func connect(t *testing.T, m *Mongo) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(m.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // it says goodbye to a server, and waits for one that is gone
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.Disconnect(ctx)
	})
	return c
}

// eventually polls until ok, and fails with what after 20 s.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("not in 20 s: %s", what)
		case <-tick.C:
		}
	}
}

// gone is whether no process has this id; a zombie that nobody has waited for yet counts as gone.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestMongoTakesTransactions(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	client := connect(t, startMongo(t, MongoOptions{}))
	things := client.Database("test_local").Collection("things")

	boom := errors.New("boom")
	put := func(id string, end error) error {
		return client.UseSession(ctx, func(ctx context.Context) error {
			_, err := mongo.SessionFromContext(ctx).WithTransaction(ctx, func(ctx context.Context) (any, error) {
				if _, err := things.InsertOne(ctx, bson.M{"_id": id}); err != nil {
					return nil, err
				}
				return nil, end
			})
			return err
		})
	}
	if err := put("kept", nil); err != nil {
		t.Fatal(err)
	}
	if err := put("dropped", boom); !errors.Is(err, boom) {
		t.Fatalf("got %v, want boom", err)
	}
	for id, want := range map[string]int64{"kept": 1, "dropped": 0} {
		if n, err := things.CountDocuments(ctx, bson.M{"_id": id}); err != nil || n != want {
			t.Errorf("%s: %d documents (%v), want %d", id, n, err, want)
		}
	}
}

func TestMongoKeepsJournalledWritesThroughAKill(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	m := startMongo(t, MongoOptions{})
	uri := m.URI()
	journalled := true
	things := connect(t, m).Database("test_local").Collection("things",
		options.Collection().SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journalled}))
	for i := range 20 {
		if _, err := things.InsertOne(ctx, bson.M{"_id": i}); err != nil {
			t.Fatal(err)
		}
	}

	pid := m.proc.cmd.Process.Pid
	m.Kill()
	if !gone(pid) {
		t.Error("still there after Kill")
	}
	m.Kill() // of what is dead already
	if err := m.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if m.URI() != uri {
		t.Errorf("address changed: %s, was %s", m.URI(), uri)
	}
	if n, err := things.CountDocuments(ctx, bson.M{}); err != nil || n != 20 {
		t.Errorf("%d documents (%v), want 20", n, err)
	}
	if err := m.Restart(ctx); err != nil { // of what still runs
		t.Fatal(err)
	}
}

func TestMongoStopLeavesNothing(t *testing.T) {
	t.Parallel()
	m := startMongo(t, MongoOptions{})
	pid, dir := m.proc.cmd.Process.Pid, m.folder.path
	if !exists(dir) {
		t.Fatal("no folder while it runs")
	}
	stop(t, &m.server)
	if !gone(pid) || exists(dir) {
		t.Errorf("after Stop: process gone %v, folder there %v", gone(pid), exists(dir))
	}
	stop(t, &m.server) // a second call does nothing
}

func TestMongoKeepsANamedFolder(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	dir := filepath.Join(t.TempDir(), "data")
	first := startMongo(t, MongoOptions{Dir: dir})
	if _, err := connect(t, first).Database("test_local").Collection("things").InsertOne(ctx, bson.M{"_id": 1}); err != nil {
		t.Fatal(err)
	}
	if m, err := StartMongo(ctx, MongoOptions{Dir: dir}); err == nil {
		stop(t, &m.server)
		t.Error("a second server took a folder in use")
	}
	stop(t, &first.server)

	second := startMongo(t, MongoOptions{Dir: dir}) // on another port, which the set has to learn
	if n, err := connect(t, second).Database("test_local").Collection("things").CountDocuments(ctx, bson.M{}); err != nil || n != 1 {
		t.Errorf("%d documents (%v), want 1", n, err)
	}
}

func TestRedisForgetsThroughAKill(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	r := startRedis(t)
	opt, err := redis.ParseURL(r.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(opt)
	defer client.Close()
	if err := client.Set(ctx, "bell", "rung", 0).Err(); err != nil {
		t.Fatal(err)
	}

	r.Kill()
	if err := client.Get(ctx, "bell").Err(); err == nil || errors.Is(err, redis.Nil) {
		t.Errorf("got %v from a killed server, want a connection error", err)
	}
	if err := r.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if err := client.Get(ctx, "bell").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("got %v after the restart, want no such key", err)
	}
}

func TestRedisStopLeavesNothing(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	pid, dir := r.proc.cmd.Process.Pid, r.folder.path
	stop(t, &r.server)
	if !gone(pid) || exists(dir) {
		t.Errorf("after Stop: process gone %v, folder there %v", gone(pid), exists(dir))
	}
}

func TestErrorShowsTheProgramsLastWords(t *testing.T) {
	t.Parallel()
	r, err := StartRedis(testContext(t), RedisOptions{Args: []string{"--maxmemory", "plenty"}})
	if err == nil {
		stop(t, &r.server)
		t.Fatal("started with a setting that redis-server refuses")
	}
	if !errors.Is(err, errExited) || !strings.Contains(err.Error(), "plenty") {
		t.Errorf("got %v, want what redis-server says of the setting", err)
	}
}

func TestStartHeedsTheCallersDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m, err := StartMongo(ctx, MongoOptions{})
	if err == nil {
		stop(t, &m.server)
		t.Fatal("started although the caller had given up")
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context canceled", err)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	all := &tail{to: &log}
	for i := range 2000 {
		fmt.Fprintf(all, "line %d\n", i)
	}
	if got := all.String(); len(got) > tailBytes || !strings.HasSuffix(got, "line 1999") {
		t.Errorf("kept %d bytes ending in %q", len(got), got[max(0, len(got)-20):])
	}
	if !strings.HasPrefix(log.String(), "line 0\n") {
		t.Error("the log misses the beginning")
	}
}
