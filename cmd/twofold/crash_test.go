package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"twofold"
	"twofold/inbox"
	"twofold/local"
	"twofold/secret"
	"twofold/simulator"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

// webhookTo posts a delivery as Shopify does, and returns the status.
func webhookTo(ctx context.Context, client *http.Client, address, key, topic string, shop tenant.ShopID, id string, body []byte) (int, error) {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/webhooks", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": string(shop), "X-Shopify-Webhook-Id": id,
		"X-Shopify-Event-Id": id, "X-Shopify-API-Version": "2026-10", "X-Shopify-Triggered-At": time.Now().UTC().Format(time.RFC3339Nano),
		"X-Shopify-Hmac-Sha256": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	} {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, res.Body) // so that the connection is used again
	return res.StatusCode, res.Body.Close()
}

// crashProcess is the real binary over real databases.
type crashProcess struct {
	cmd     *exec.Cmd
	address string
	key     string
}

// startProcess builds the program, migrates, and serves.
func startProcess(t *testing.T, mongo *local.Mongo, redis *local.Redis, keyring string) *crashProcess {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "twofold")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	key := secret.NewKey("s")
	sim, err := simulator.New(simulator.Config{ClientID: "crash", ClientSecret: key, AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close(context.Background()) })
	env := append(os.Environ(), "TWOFOLD_ENV=development", "ADDR=127.0.0.1:0", "METRICS_ADDR=127.0.0.1:0", "SHOPIFY_API_KEY=crash", "SHOPIFY_API_SECRET="+key,
		"SHOPIFY_ORIGIN="+sim.Origin(), "MONGODB_URI="+strings.Replace(mongo.URI(), "/?", "/test_crash?", 1), "REDIS_URL="+redis.URL(),
		"ENCRYPTION_KEYS="+keyring, "HASH_KEYS="+secret.NewKey("h1"))
	migrate := exec.CommandContext(t.Context(), binary, "migrate")
	migrate.Env = env
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v\n%s", err, out)
	}
	p := &crashProcess{cmd: exec.Command(binary, "serve"), key: key}
	p.cmd.Env = env
	logs, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // it is dead already when all went well
	p.address = "http://" + servingAddress(t, logs)
	return p
}

// servingAddress reads the log until the program says where it listens, and keeps reading so that it never blocks.
func servingAddress(t *testing.T, logs io.Reader) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		for decoder := json.NewDecoder(logs); ; {
			var line struct{ Msg, Addr string }
			if decoder.Decode(&line) != nil {
				return
			}
			if line.Msg == "serving" {
				found <- line.Addr
			}
		}
	}()
	select {
	case addr := <-found:
		return addr
	case <-time.After(30 * time.Second):
		t.Fatal("the program does not serve")
		return ""
	}
}

// TestKilledUnderLoadLosesNothingItAnswered kills the process with SIGKILL while webhooks pour in: every delivery
// that was answered 200 is in MongoDB.
func TestKilledUnderLoadLosesNothingItAnswered(t *testing.T) {
	t.Parallel()
	w := startWithServers(t)
	answered := w.underLoad(t, 1500, os.Kill)
	_ = w.process.cmd.Wait() // it was killed
	w.checkStored(t, answered)
}

// TestTerminatedUnderLoadFinishes sends SIGTERM while webhooks pour in: what was taken is answered and stored,
// nothing is answered with an error, and the process ends by itself and well.
func TestTerminatedUnderLoadFinishes(t *testing.T) {
	t.Parallel()
	w := startWithServers(t)
	answered := w.underLoad(t, 500, syscall.SIGTERM)
	if err := w.process.cmd.Wait(); err != nil {
		t.Errorf("the process did not end well: %v", err)
	}
	w.checkStored(t, answered)
}

// crashWorld is a process and the databases that outlive it.
type crashWorld struct {
	mongo   *local.Mongo
	keys    string
	process *crashProcess
}

const crashShop tenant.ShopID = "crash.myshopify.com"

func startWithServers(t *testing.T) *crashWorld {
	t.Helper()
	mongo, err := local.StartMongo(t.Context(), local.MongoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mongo.Stop(context.Background()) })
	redis, err := local.StartRedis(t.Context(), local.RedisOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.Stop(context.Background()) })
	keys := secret.NewKey("k1")
	w := &crashWorld{mongo, keys, startProcess(t, mongo, redis, keys)}
	if _, err := w.open(t).SaveInstall(t.Context(), crashShop, storetest.Tokens(), time.Now()); err != nil {
		t.Fatal(err)
	}
	return w
}

// open is the process's database.
func (w *crashWorld) open(t *testing.T) *store.Store {
	t.Helper()
	keyring, err := secret.ParseKeyring(w.keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Config{URI: w.mongo.URI(), Database: "test_crash", Keyring: keyring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// underLoad has many senders post webhooks, signals the process once enough were answered, and returns
// the ids of all that were.
func (w *crashWorld) underLoad(t *testing.T, enough int, signal os.Signal) map[string]bool {
	t.Helper()
	const senders = 16
	var mu sync.Mutex
	answered := map[string]bool{}
	reached := make(chan struct{})
	var sending sync.WaitGroup
	for sender := range senders {
		sending.Go(func() {
			client := &http.Client{Timeout: 10 * time.Second}
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d", sender, n)
				body := fmt.Appendf(nil, `{"id":%d,"updated_at":"2026-11-22T10:00:00Z","discount_codes":[]}`, sender*1_000_000+n+1)
				status, err := webhookTo(t.Context(), client, w.process.address, w.process.key, "orders/paid", crashShop, id, body)
				if err != nil {
					return // the process is gone
				}
				if status != http.StatusOK {
					t.Errorf("answered %d", status)
					return
				}
				mu.Lock()
				answered[id] = true
				if len(answered) == enough {
					close(reached)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-reached:
	case <-time.After(60 * time.Second):
		t.Fatal("too few deliveries in time")
	}
	if err := w.process.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	sending.Wait()
	return answered
}

func (w *crashWorld) checkStored(t *testing.T, answered map[string]bool) {
	t.Helper()
	stored := w.stored(t)
	for id := range answered {
		if !stored[id] {
			t.Errorf("delivery %s was answered 200 and is not stored", id)
		}
	}
	t.Logf("%d answered, %d stored", len(answered), len(stored))
}

// stored are the ids of the deliveries in the database.
func (w *crashWorld) stored(t *testing.T) map[string]bool {
	t.Helper()
	all, err := w.open(t).ListDeliveries(t.Context(), crashShop, time.Now().Add(time.Hour), 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for _, d := range all {
		if d.State != inbox.Received {
			t.Errorf("delivery %s is %s, want received: nobody works here", d.ID, d.State)
		}
		stored[d.ID] = true
	}
	return stored
}
