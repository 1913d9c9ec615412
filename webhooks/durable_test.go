package webhooks_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/app/signtest"
	"twofold/fault"
	"twofold/inbox"
	"twofold/local"
	"twofold/signature"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
	"twofold/webhooks"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// patience is how long Shopify waits for an answer.
const patience = 5 * time.Second

// intake is the endpoint on a listener, with the committer and a real MongoDB behind it.
type intake struct {
	url   string
	store *store.Store
	rung  chan []tenant.ShopID
	close func() // the committer, before the store
}

func intakeOn(t *testing.T, s *store.Store) *intake {
	t.Helper()
	in := &intake{store: s, rung: make(chan []tenant.ShopID, 10_000)}
	for _, shop := range []tenant.ShopID{demo, "other.myshopify.com"} {
		if _, err := s.SaveInstall(storetest.Context(t), shop, storetest.Tokens(), noon); err != nil {
			t.Fatal(err)
		}
	}
	log, metrics := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	committer, err := inbox.NewCommitter(inbox.CommitterConfig{
		Inserter: s, OnSaved: func(shops []tenant.ShopID) { in.rung <- shops }, Log: log, Metrics: metrics,
	})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: webhooks.MaxBodyBytes, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.SendStatus(fault.KindOf(err).Status())
	}})
	verifier := &signature.Verifier{Secrets: []tenant.Secret{secret}, Now: now}
	if err := webhooks.Mount(app, webhooks.Config{Verifier: verifier, Shops: s, Inbox: committer, Wall: now, Log: log, Metrics: metrics}); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	in.url = "http://" + listener.Addr().String() + "/webhooks"
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener) }()
	in.close = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := app.ShutdownWithContext(ctx); err != nil {
			t.Error(err)
		}
		if err := committer.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(in.close)
	return in
}

// post sends a delivery as Shopify does, and returns the status: 0 without an answer in time.
func (in *intake) post(shop tenant.ShopID, id string, body string, breaks ...signtest.Break) int {
	r := signer.Delivery(topic, string(shop), id, body, breaks...)
	to, err := http.NewRequest(http.MethodPost, in.url, r.Body)
	if err != nil {
		return 0
	}
	to.Header, to.ContentLength = r.Header, r.ContentLength
	client := &http.Client{Timeout: patience}
	answer, err := client.Do(to)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// kept lists the ids of the shop's deliveries.
func (in *intake) kept(t *testing.T, shop tenant.ShopID) []string {
	t.Helper()
	all, err := in.store.ListDeliveries(storetest.Context(t), shop, time.Now().Add(time.Hour), 100_000)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(all))
	for i, d := range all {
		ids[i] = d.ID
	}
	slices.Sort(ids)
	return ids
}

func TestADeliveryIsStoredOnce(t *testing.T) {
	t.Parallel()
	in := intakeOn(t, storetest.New(t))
	var at sync.WaitGroup
	for range 20 {
		at.Go(func() {
			if status := in.post(demo, "w-1", order); status != 200 {
				t.Errorf("status %d, want 200 also for a repetition", status)
			}
		})
	}
	at.Wait()
	if status := in.post("other.myshopify.com", "w-1", order); status != 200 {
		t.Errorf("the same id in another shop: status %d", status)
	}
	if ids := in.kept(t, demo); !slices.Equal(ids, []string{"w-1"}) {
		t.Errorf("kept %v, want one", ids)
	}
	if ids := in.kept(t, "other.myshopify.com"); len(ids) != 1 {
		t.Errorf("the other shop's kept %v, want its own", ids)
	}
	select {
	case shops := <-in.rung:
		if !slices.Equal(shops, []tenant.ShopID{demo}) {
			t.Errorf("rung for %v", shops)
		}
	case <-time.After(patience):
		t.Error("the bell was not rung")
	}
}

func TestNothingForgedIsStored(t *testing.T) {
	t.Parallel()
	in := intakeOn(t, storetest.New(t))
	if status := in.post(demo, "w-1", order, signtest.Body(order+" ")); status != 401 {
		t.Errorf("status %d, want 401", status)
	}
	if ids := in.kept(t, demo); len(ids) > 0 {
		t.Errorf("kept %v", ids)
	}
}

// H7: a shop that never had the app leaves no row. The first webhook after its install is kept.
func TestTheFirstWebhookAfterAnInstallIsKept(t *testing.T) {
	t.Parallel()
	in := intakeOn(t, storetest.New(t))
	const newcomer = tenant.ShopID("new.myshopify.com")
	if status := in.post(newcomer, "w-1", order); status != 200 || len(in.kept(t, newcomer)) > 0 {
		t.Errorf("before its install: status %d, kept %v", status, in.kept(t, newcomer))
	}

	if _, err := in.store.SaveInstall(storetest.Context(t), newcomer, storetest.Tokens(), noon); err != nil {
		t.Fatal(err)
	}
	if status := in.post(newcomer, "w-2", order); status != 200 || !slices.Equal(in.kept(t, newcomer), []string{"w-2"}) {
		t.Errorf("after it: status %d, kept %v", status, in.kept(t, newcomer))
	}
}

// A killed MongoDB under load: Shopify gets 503 in time, what was answered 200 is there
// afterwards, and intake comes back.
func TestAKilledMongoLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	mongod, err := local.StartMongo(ctx, local.MongoOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mongod.Stop(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})
	in := intakeOn(t, storetest.Open(t, store.Config{URI: mongod.URI()}))
	load := startLoad(in)
	load.until(t, ctx, func() bool { return load.saved.Load() > 100 })
	mongod.Kill()
	load.until(t, ctx, func() bool { return load.refused.Load() > 10 })
	if err := mongod.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	back := load.saved.Load() + 100
	load.until(t, ctx, func() bool { return load.saved.Load() > back })
	answered := load.stop()
	if odd := load.odd.Load(); odd > 0 {
		t.Errorf("%d requests had another answer than 200 or 503, or none within %v", odd, patience)
	}
	kept := in.kept(t, demo)
	for _, id := range answered {
		if _, found := slices.BinarySearch(kept, id); !found {
			t.Fatalf("%s was answered 200 and is gone (%d answered, %d kept)", id, len(answered), len(kept))
		}
	}
	in.close()
}

// load posts deliveries from a few connections until it is stopped.
type load struct {
	saved, refused, odd atomic.Int64
	done                chan struct{}
	all                 sync.WaitGroup
	mu                  sync.Mutex
	ids                 []string // answered 200
}

func startLoad(in *intake) *load {
	l := &load{done: make(chan struct{})}
	for worker := range 8 {
		l.all.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-l.done:
					return
				default:
					id := fmt.Sprintf("w-%d-%d", worker, n)
					l.note(id, in.post(demo, id, order))
				}
			}
		})
	}
	return l
}

func (l *load) note(id string, status int) {
	switch status {
	case 200:
		l.saved.Add(1)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ids = append(l.ids, id)
	case 503:
		l.refused.Add(1)
	default:
		l.odd.Add(1)
	}
}

// until polls for something to become true under the load.
func (l *load) until(t *testing.T, ctx context.Context, there func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !there() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			close(l.done)
			l.all.Wait()
			t.Fatalf("%d saved, %d refused, %d odd", l.saved.Load(), l.refused.Load(), l.odd.Load())
		}
	}
}

func (l *load) stop() []string {
	close(l.done)
	l.all.Wait()
	return l.ids
}
