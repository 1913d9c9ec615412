package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/inbox"
	"twofold/local"
	"twofold/store"
	"twofold/store/storetest"
	"twofold/tenant"
)

func newDelivery(shop tenant.ShopID, id string) inbox.Delivery {
	return inbox.Delivery{
		Shop: shop, ID: id, Topic: "orders/paid", APIVersion: "2026-10", ReceivedAt: noon, State: inbox.Received,
		Nomination: inbox.Nomination{OrderID: "gid://shopify/Order/1", Codes: []string{"A", "B"}},
	}
}

// insert saves deliveries and fails the test unless all are safe.
func insert(t *testing.T, s *store.Store, batch ...inbox.Delivery) {
	t.Helper()
	for i, err := range get[[]error](t)(s.InsertDeliveries(storetest.Context(t), batch)) {
		if err != nil {
			t.Fatalf("delivery %d: %v", i, err)
		}
	}
}

func listed(t *testing.T, s *store.Store, shop tenant.ShopID, now time.Time) []string {
	t.Helper()
	var out []string
	for _, d := range get[[]inbox.Delivery](t)(s.ListDeliveries(storetest.Context(t), shop, now, 100)) {
		out = append(out, d.ID)
	}
	return out
}

func TestDeliveryIsSavedOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	first := newDelivery(shop, "w-1")
	insert(t, s, first, newDelivery(shop, "w-2"), newDelivery(shop, "w-2"))
	again := first
	again.Topic = "orders/edited"
	insert(t, s, again, newDelivery(shop, "w-3"))
	if got := listed(t, s, shop, noon); len(got) != 3 {
		t.Errorf("stored: %v", got)
	}
	if got := get[[]inbox.Delivery](t)(s.ListDeliveries(ctx, shop, noon, 1)); len(got) != 1 || got[0].Topic != "orders/paid" {
		t.Errorf("the first one was overwritten: %v", got)
	}
	if none, err := s.InsertDeliveries(ctx, nil); err != nil || len(none) != 0 {
		t.Errorf("none: %v, %v", none, err)
	}
}

func TestDeliveriesAtOnceAreEachSavedOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	errs := atOnce(8, func(i int) error {
		var batch []inbox.Delivery
		for n := range 50 {
			batch = append(batch, newDelivery(shop, fmt.Sprint("w-", (n+i)%60)))
		}
		_, err := s.InsertDeliveries(ctx, batch)
		return err
	})
	won(t, errs, "")
	if got := listed(t, s, shop, noon); len(got) != 57 { // 50 from each of eight starting points
		t.Errorf("%d stored", len(got))
	}
}

func TestOneBadDeliveryDoesNotSpoilTheBatch(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	// A validator stands for whatever the server may refuse in one document.
	must(t, s.Database().RunCommand(ctx, bson.D{{Key: "collMod", Value: "deliveries"},
		{Key: "validator", Value: bson.D{{Key: "topic", Value: bson.D{{Key: "$ne", Value: "bad"}}}}}}).Err())
	bad := newDelivery(shop, "w-bad")
	bad.Topic = "bad"
	each := get[[]error](t)(s.InsertDeliveries(ctx,
		[]inbox.Delivery{newDelivery(shop, "w-1"), bad, newDelivery(shop, "w-2")}))
	if len(each) != 3 || each[0] != nil || each[1] == nil || each[2] != nil {
		t.Errorf("got %v", each)
	}
	wantKind(t, "the bad one", each[1], fault.Internal)
	if got := listed(t, s, shop, noon); len(got) != 2 {
		t.Errorf("stored: %v", got)
	}
}

func TestDeliveriesComeDueOldestFirst(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	late, early := newDelivery(shop, "late"), newDelivery(shop, "early")
	early.ReceivedAt = noon.Add(-time.Minute)
	insert(t, s, late, early)
	if got := listed(t, s, shop, noon); !slices.Equal(got, []string{"early", "late"}) {
		t.Errorf("got %v", got)
	}
	due := noon.Add(time.Hour)
	must(t, s.RetryDelivery(ctx, shop, "early", due, "Shopify is busy."))
	if got := listed(t, s, shop, due.Add(-time.Millisecond)); !slices.Equal(got, []string{"late"}) {
		t.Errorf("the instant before it is due: %v", got)
	}
	if got := listed(t, s, shop, due); len(got) != 2 {
		t.Errorf("when it is due: %v", got)
	}
	must(t, s.RetryDelivery(ctx, shop, "early", noon, "Again."))
	got := get[[]inbox.Delivery](t)(s.ListDeliveries(ctx, shop, noon, 1))[0]
	if got.Attempts != 2 || got.Reason != "Again." || !got.DueAt.Equal(noon) {
		t.Errorf("got %+v", got)
	}
	wantKind(t, "unknown delivery", s.RetryDelivery(ctx, shop, "none", noon, ""), fault.NotFound)
}

func TestDeliveryEndsOnce(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	for _, id := range []string{"done", "poisoned", "waiting", "open", "put off"} {
		insert(t, s, newDelivery(shop, id))
	}
	must(t, s.RetryDelivery(ctx, shop, "put off", noon.Add(time.Hour), ""))
	at := noon.Add(time.Minute)
	must(t, s.FinishDeliveries(ctx, shop, []string{"done", "none"}, inbox.Done, "", at))
	must(t, s.FinishDeliveries(ctx, shop, []string{"poisoned"}, inbox.Poisoned, "no order", at))
	must(t, s.FinishDeliveries(ctx, shop, []string{"waiting"}, inbox.Waiting, "no handler", at))
	must(t, s.FinishDeliveries(ctx, shop, nil, inbox.Done, "", at))

	counts := get[map[inbox.State]int](t)(s.CountDeliveries(ctx, shop))
	want := map[inbox.State]int{inbox.Received: 2, inbox.Done: 1, inbox.Poisoned: 1, inbox.Waiting: 1}
	if !cmp.Equal(want, counts) {
		t.Errorf("counts (-want +got):\n%s", cmp.Diff(want, counts))
	}
	if got := listed(t, s, shop, noon); !slices.Equal(got, []string{"open"}) {
		t.Errorf("open and due: %v", got)
	}

	// What has ended stays ended: a slower worker's retry or verdict comes too late.
	must(t, s.RetryDelivery(ctx, shop, "done", noon, "late"))
	must(t, s.FinishDeliveries(ctx, shop, []string{"done"}, inbox.Poisoned, "late", at))
	if late := raw(t, s, "deliveries", bson.D{{Key: "_id", Value: string(shop) + "/done"}}); number(t, late, "attempts") != 0 || late["due_at"] != nil {
		t.Errorf("a late retry changed it: %v", late)
	}
	expiry := map[string]time.Time{"done": at.Add(7 * 24 * time.Hour), "poisoned": at.Add(90 * 24 * time.Hour)}
	for _, id := range []string{"done", "poisoned", "waiting", "open", "put off"} {
		doc := raw(t, s, "deliveries", bson.D{{Key: "_id", Value: string(shop) + "/" + id}})
		end, expires := doc["expire_at"].(bson.DateTime)
		if want, does := expiry[id]; does != expires || (does && !end.Time().Equal(want)) {
			t.Errorf("%s expires: %v, %v; want %v", id, expires, end.Time(), want)
		}
	}
	must(t, s.FinishDeliveries(ctx, shop, []string{"waiting"}, inbox.Done, "", at)) // a later version has a handler
	if counts := get[map[inbox.State]int](t)(s.CountDeliveries(ctx, shop)); counts[inbox.Waiting] != 0 || counts[inbox.Done] != 2 || counts[inbox.Poisoned] != 1 {
		t.Errorf("in the end: %v", counts)
	}
}

// MongoDB's TTL monitor runs once a minute, or as often as it is told to.
func TestExpiredDeliveriesGo(t *testing.T) {
	t.Parallel()
	m := startMongo(t, "ttlMonitorSleepSecs=1")
	s := storetest.Open(t, store.Config{URI: m.URI()})
	ctx, shop := storetest.Context(t), storetest.NewShopID()
	insert(t, s, newDelivery(shop, "old"), newDelivery(shop, "kept"), newDelivery(shop, "open"))
	longAgo := time.Now().Add(-8 * 24 * time.Hour)
	must(t, s.FinishDeliveries(ctx, shop, []string{"old"}, inbox.Done, "", longAgo))
	must(t, s.FinishDeliveries(ctx, shop, []string{"kept"}, inbox.Poisoned, "", longAgo))
	eventually(t, "the old delivery goes", func() bool {
		return get[map[inbox.State]int](t)(s.CountDeliveries(ctx, shop))[inbox.Done] == 0
	})
	if counts := get[map[inbox.State]int](t)(s.CountDeliveries(ctx, shop)); counts[inbox.Poisoned] != 1 || counts[inbox.Received] != 1 {
		t.Errorf("left: %v", counts)
	}
}

// A write-concern error beside inserts or duplicates means that nobody knows how safe they are.
func TestWriteConcernErrorMakesNothingSafe(t *testing.T) {
	t.Parallel()
	m := startMongo(t, "enableTestCommands=1")
	s := storetest.Open(t, store.Config{URI: m.URI()})
	ctx, shop := storetest.Context(t), storetest.NewShopID()
	insert(t, s, newDelivery(shop, "there"))
	fail(t, s, bson.D{{Key: "failCommands", Value: bson.A{"insert"}}, {Key: "writeConcernError", Value: bson.D{
		{Key: "code", Value: 79}, {Key: "errmsg", Value: "no such write concern here"},
	}}})
	for _, id := range []string{"new", "there"} {
		_, err := s.InsertDeliveries(ctx, []inbox.Delivery{newDelivery(shop, id)})
		wantKind(t, id, err, fault.Unavailable)
	}
}

// fail makes the server's commands fail in the way described until the test ends. The server must run with
// enableTestCommands.
func fail(t *testing.T, s *store.Store, how bson.D) {
	t.Helper()
	admin := s.Database().Client().Database("admin")
	point := func(mode any) bson.D {
		return bson.D{
			{Key: "configureFailPoint", Value: "failCommand"},
			{Key: "mode", Value: mode},
			{Key: "data", Value: how},
		}
	}
	must(t, admin.RunCommand(storetest.Context(t), point("alwaysOn")).Err())
}

// startMongo starts a mongod of the test's own, with server parameters.
func startMongo(t *testing.T, parameters ...string) *local.Mongo {
	t.Helper()
	var args []string
	for _, p := range parameters {
		args = append(args, "--setParameter", p)
	}
	m := get[*local.Mongo](t)(local.StartMongo(storetest.Context(t), local.MongoOptions{Args: args}))
	t.Cleanup(func() {
		if err := m.Stop(t.Context()); err != nil {
			t.Errorf("stop mongod: %v", err)
		}
	})
	return m
}

func TestHandWrittenDeliveryReadsBack(t *testing.T) {
	t.Parallel()
	ctx, s, shop := newStore(t)
	want := filled[inbox.Delivery]()
	want.Shop, want.ID, want.State, want.DueAt = shop, "full", inbox.Received, noon
	empty := inbox.Delivery{Shop: shop, ID: "empty", Topic: "shop/update", State: inbox.Received}
	odd := newDelivery(shop, "odd/$id."+strings.Repeat("ü", 300))
	insert(t, s, want, empty, odd)
	got := map[string]inbox.Delivery{}
	for _, d := range get[[]inbox.Delivery](t)(s.ListDeliveries(ctx, shop, noon, 10)) {
		got[d.ID] = d
	}
	for _, want := range []inbox.Delivery{want, empty, odd} {
		if !cmp.Equal(want, got[want.ID]) {
			t.Errorf("(-want +got):\n%s", cmp.Diff(want, got[want.ID]))
		}
	}
}
