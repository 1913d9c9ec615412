package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/inbox"
	"twofold/referral"
	"twofold/store"
	"twofold/store/storetest"
)

// shopifyWaits is how long Shopify waits for the answer to a webhook.
const shopifyWaits = 5 * time.Second

func TestDeadMongoDBIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	m := startMongo(t)
	s := storetest.Open(t, store.Config{URI: m.URI()})
	shop := storetest.Shop(t, s).ID
	c := storetest.Campaign(t, s, shop)
	r, rev := ripe(t, storetest.Context(t), s, shop)
	l := lease(t, storetest.Context(t), s, shop)
	m.Kill()
	calls := map[string]func(context.Context) error{
		"ping":  s.Ping,
		"read":  func(ctx context.Context) error { _, err := s.FindShop(ctx, shop); return err },
		"write": func(ctx context.Context) error { return s.RaiseFacts(ctx, shop, r.Friend, false) },
		"insert": func(ctx context.Context) error {
			_, err := s.InsertDeliveries(ctx, []inbox.Delivery{newDelivery(shop, "w")})
			return err
		},
		"find and modify": func(ctx context.Context) error {
			_, err := s.DrawCode(ctx, shop, c.Key(), referral.FriendSide, "clm_x", noon, time.Time{})
			return err
		},
		"update loop": func(ctx context.Context) error {
			_, err := s.UpdateCampaign(ctx, shop, c.Key(), func(*referral.Campaign) error { return nil })
			return err
		},
		"aggregate": func(ctx context.Context) error { _, err := s.ShopsWithDeliveries(ctx, noon, 1); return err },
		"lease":     func(ctx context.Context) error { _, err := s.AcquireLease(ctx, shop, "x", time.Minute); return err },
		"schema":    s.SchemaCurrent,
		"open": func(ctx context.Context) error {
			_, err := store.Open(ctx, store.Config{URI: m.URI(), Database: "test_x", Keyring: storetest.Keyring()})
			return err
		},
		"transaction": func(ctx context.Context) error { return s.Approve(ctx, l, one(r, rev), settlement20()) },
	}
	names := slices.Sorted(maps.Keys(calls))
	wait := func(in context.Context, atMost time.Duration) {
		t.Helper()
		took := make([]time.Duration, len(names))
		errs := atOnce(len(names), func(i int) error {
			began := time.Now()
			err := calls[names[i]](in)
			took[i] = time.Since(began)
			return err
		})
		for i, what := range names {
			wantKind(t, what, errs[i], fault.Unavailable)
			// The driver ends a broken transaction in its own time.
			if took[i] > atMost && what != "transaction" {
				t.Errorf("%s took %s", what, took[i])
			}
		}
	}
	wait(context.Background(), shopifyWaits-500*time.Millisecond) // without a deadline of their own
	names = slices.DeleteFunc(names, func(what string) bool { return what == "transaction" })
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	wait(short, 2*time.Second)
}

// Every delivery that was answered for is there after kill -9 and a restart.
func TestAcknowledgedDeliveriesSurviveACrash(t *testing.T) {
	t.Parallel()
	m := startMongo(t)
	s := storetest.Open(t, store.Config{URI: m.URI()})
	ctx, shop := storetest.Context(t), storetest.NewShopID()
	const enough = 2000
	acknowledged := make(chan string, 2*enough)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			var batch []inbox.Delivery
			for i := range 20 {
				batch = append(batch, newDelivery(shop, fmt.Sprintf("w-%d-%d", n, i)))
			}
			each, err := s.InsertDeliveries(ctx, batch)
			if err != nil {
				if !fault.Is(err, fault.Unavailable) {
					t.Errorf("insert: %v", err)
				}
				return
			}
			for i, err := range each {
				if err == nil && len(acknowledged) < cap(acknowledged) {
					acknowledged <- batch[i].ID
				}
			}
		}
	}()
	eventually(t, "enough deliveries are acknowledged", func() bool { return len(acknowledged) >= enough })
	m.Kill()
	<-done
	close(acknowledged)
	must(t, m.Restart(ctx))
	eventually(t, "the store finds its server again", func() bool { return s.Ping(ctx) == nil })

	stored := map[string]bool{}
	for _, id := range get[[]bson.D](t)(readAll(ctx, s, "deliveries")) {
		stored[id[0].Value.(string)] = true
	}
	lost := 0
	for id := range acknowledged {
		if !stored[string(shop)+"/"+id] {
			lost++
		}
	}
	if lost > 0 || len(stored) < enough {
		t.Errorf("%d acknowledged deliveries are lost; %d are stored", lost, len(stored))
	}
}

func readAll(ctx context.Context, s *store.Store, collection string) (docs []bson.D, err error) {
	cursor, err := s.Database().Collection(collection).Find(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	return docs, cursor.All(ctx, &docs)
}

// While the primary is away for a moment, writes wait for it rather than fail. An operation goes on when the server is
// back. How long it takes to come back here says nothing of an election, which the program's own time-outs outlast.
func TestShortOutageIsOutlasted(t *testing.T) {
	t.Parallel()
	m := startMongo(t)
	s := storetest.Open(t, storetest.Patient(m.URI()))
	shop := storetest.Shop(t, s).ID
	m.Kill()
	written := make(chan error, 1)
	go func() { written <- s.SaveReconciled(context.Background(), shop, noon, noon) }()
	must(t, m.Restart(storetest.Context(t)))
	must(t, <-written)
}

func TestServersRefusalsHaveKinds(t *testing.T) {
	t.Parallel()
	m := startMongo(t, "enableTestCommands=1")
	s := storetest.Open(t, store.Config{URI: m.URI()})
	ctx, shop := storetest.Context(t), storetest.Shop(t, s).ID
	for code, want := range map[int]fault.Kind{
		6:  fault.Unavailable, // HostUnreachable: the driver tries until its time is up
		50: fault.Unavailable, // MaxTimeMSExpired
		13: fault.Internal,    // Unauthorized: the database user lacks rights
	} {
		fail(t, s, bson.D{{Key: "failCommands", Value: bson.A{"find"}}, {Key: "errorCode", Value: code}})
		short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		_, err := s.FindShop(short, shop)
		cancel()
		wantKind(t, fmt.Sprint("code ", code), err, want)
	}
	fail(t, s, bson.D{
		{Key: "failCommands", Value: bson.A{"update"}},
		{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 79}, {Key: "errmsg", Value: "none"}}},
	})
	wantKind(t, "an update without its majority", s.SaveReconciled(ctx, shop, noon, noon), fault.Unavailable)
	fail(t, s, bson.D{
		{Key: "failCommands", Value: bson.A{"findAndModify"}},
		{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 79}, {Key: "errmsg", Value: "none"}}},
	})
	_, err := s.TakeTicket(ctx, shop, "gid://shopify/Order/1")
	wantKind(t, "a ticket without its majority", err, fault.Unavailable)
}
