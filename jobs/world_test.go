package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"twofold"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/local"
	"twofold/money"
	"twofold/referral"
	"twofold/secret"
	"twofold/shopify"
	"twofold/simulator"
	"twofold/store"
	"twofold/storefront"
	"twofold/tenant"
)

// The servers of this package's tests: one mongod that can be told to fail commands, one redis-server, one simulated Shopify.
// Each world is a shop of its own, with queues of its own.
var servers struct {
	mongo *local.Mongo
	redis *local.Redis
	sim   *simulator.Server
	admin *mongo.Client
	store *store.Store
	keys  *secret.Keyring
	hash  *secret.Hasher
}

const database = "test_jobs"

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var err error
	servers.mongo, err = local.StartMongo(ctx, local.MongoOptions{Args: []string{"--setParameter", "enableTestCommands=1"}})
	must(err)
	defer func() { must(servers.mongo.Stop(ctx)) }()
	servers.redis, err = local.StartRedis(ctx, local.RedisOptions{})
	must(err)
	defer func() { must(servers.redis.Stop(ctx)) }()
	servers.keys, err = secret.ParseKeyring(secret.NewKey("k1"))
	must(err)
	servers.hash, err = secret.ParseHasher(secret.NewKey("h1"))
	must(err)
	servers.admin, err = mongo.Connect(options.Client().ApplyURI(servers.mongo.URI()))
	must(err)
	defer func() { must(servers.admin.Disconnect(ctx)) }()
	servers.store, err = store.Open(ctx, store.Config{URI: servers.mongo.URI(), Database: database, Keyring: servers.keys})
	must(err)
	must(servers.store.Migrate(ctx))
	defer func() { must(servers.store.Close(ctx)) }()
	servers.sim, err = simulator.New(simulator.Config{ClientID: "jobs", ClientSecret: "secret of the jobs' tests", AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler)})
	must(err)
	must(servers.sim.Start("127.0.0.1:0"))
	defer func() { must(servers.sim.Close(ctx)) }()
	return m.Run()
}

// world is one shop with the real parts around it.
type world struct {
	t       *testing.T
	ctx     context.Context
	shop    tenant.ShopID
	tap     *tap
	gateway *shopify.Gateway
	service *referral.Service
	bell    *jobs.Bell
	worker  *jobs.Worker
	sweeper *jobs.Sweeper
	handler asynq.Handler
	queues  *asynq.Inspector
	prefix  string
	ceiling int             // of the advocates' shareable codes; 0: there are none
	offer   *referral.Offer // the advocate's, if it is not the usual one
	limits  referral.Limits
	slow    bool // Shopify does not know yet which order of the customer's it is
}

var worlds atomic.Int64

// poolTarget is small, so that a pool is filled by one call.
const poolTarget = 4

func newWorld(t *testing.T) *world {
	t.Helper()
	n := worlds.Add(1)
	w := &world{t: t, ctx: t.Context(), shop: tenant.ShopID(fmt.Sprintf("jobs-%d.myshopify.com", n)), prefix: fmt.Sprintf("w%d:", n), tap: &tap{}}
	client := redisClient(t)
	w.queues = asynq.NewInspectorFromRedisClient(client)
	log := slog.New(slog.DiscardHandler)
	var err error
	w.gateway, err = shopify.New(shopify.Config{
		ClientID: "jobs", Secrets: []tenant.Secret{"secret of the jobs' tests"}, Origin: servers.sim.Origin(), Tokens: servers.store, Redis: client, Now: servers.sim.Now, Log: log,
	})
	w.must(err)
	w.bell = jobs.NewBell(client, w.prefix, log)
	w.service, err = referral.NewService(servers.store, tapped{w.gateway, w.tap}, w.bell, servers.hash, storefront.Visits{Keyring: servers.keys}, now, log,
		referral.Config{PoolTarget: poolTarget, PoolLow: 2, ReleaseMargin: time.Millisecond, PollEvery: time.Millisecond})
	w.must(err)
	w.worker = jobs.NewWorker(w.service, servers.store, w.gateway, w.bell, time.Now, log, prometheus.NewRegistry(), jobs.Config{})
	w.sweeper = jobs.NewSweeper(onlyShop{servers.store, w.shop}, w.service, w.bell, now, time.Now, log, prometheus.NewRegistry(), jobs.Config{})
	w.handler = w.worker.Handler()
	t.Cleanup(w.remove)
	return w
}

func now() time.Time { return servers.sim.Now().UTC().Truncate(time.Millisecond) }

// signed is now as the app proxy signs it: in whole seconds, as Shopify's times of orders are.
func signed() time.Time { return now().Truncate(time.Second) }

func redisClient(t *testing.T) redis.UniversalClient {
	t.Helper()
	o, err := redis.ParseURL(servers.redis.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// must ends the test on an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// remove takes the shop's documents out again, so that sweeps of later worlds stay small.
func (w *world) remove() {
	ctx := context.Background()
	db := servers.admin.Database(database)
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		w.t.Error(err)
	}
	for _, name := range names {
		if _, err := db.Collection(name).DeleteMany(ctx, bson.D{{Key: "shop", Value: w.shop}}); err != nil {
			w.t.Error(err)
		}
	}
}

// onlyShop narrows the sweeps to one world: they read across shops, and worlds run side by side.
type onlyShop struct {
	*store.Store
	shop tenant.ShopID
}

func (o onlyShop) mine(all []tenant.ShopID, err error) ([]tenant.ShopID, error) {
	return slices.DeleteFunc(all, func(s tenant.ShopID) bool { return s != o.shop }), err
}

func (o onlyShop) ShopsWithDeliveries(ctx context.Context, wall time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithDeliveries(ctx, wall, limit))
}

func (o onlyShop) Undecided(ctx context.Context, limit int) ([]referral.FriendKey, error) {
	all, err := o.Store.Undecided(ctx, limit)
	return slices.DeleteFunc(all, func(k referral.FriendKey) bool { return k.Shop != o.shop }), err
}

func (o onlyShop) ShopsWithReleases(ctx context.Context, at time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithReleases(ctx, at, limit))
}

func (o onlyShop) DueWork(ctx context.Context, at time.Time, limit int) ([]referral.Due, error) {
	all, err := o.Store.DueWork(ctx, at, limit)
	return slices.DeleteFunc(all, func(d referral.Due) bool { return d.Shop != o.shop }), err
}

func (o onlyShop) ActiveCampaigns(ctx context.Context, limit int) ([]referral.Campaign, error) {
	all, err := o.Store.ActiveCampaigns(ctx, limit)
	return slices.DeleteFunc(all, func(c referral.Campaign) bool { return c.Shop != o.shop }), err
}

func (o onlyShop) ShopsWithEndingCodes(ctx context.Context, at time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithEndingCodes(ctx, at, limit))
}

func (o onlyShop) CampaignsToTend(ctx context.Context, at time.Time, limit int) ([]referral.Campaign, error) {
	all, err := o.Store.CampaignsToTend(ctx, at, limit)
	return slices.DeleteFunc(all, func(c referral.Campaign) bool { return c.Shop != o.shop }), err
}

func (o onlyShop) CampaignsWithShare(ctx context.Context, limit int) ([]referral.Campaign, error) {
	all, err := o.Store.CampaignsWithShare(ctx, limit)
	return slices.DeleteFunc(all, func(c referral.Campaign) bool { return c.Shop != o.shop }), err
}

func (o onlyShop) ShopsToReconcile(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToReconcile(ctx, before, limit))
}

func (o onlyShop) ShopsWithIdleTokens(ctx context.Context, before time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithIdleTokens(ctx, before, limit))
}

func (o onlyShop) ShopsWithDyingCodes(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithDyingCodes(ctx, limit))
}

func (o onlyShop) ShopsToSetUp(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToSetUp(ctx, limit))
}

// run works off one task as the worker would, outside the queue.
func (w *world) run(task *asynq.Task) error { return w.handler.ProcessTask(w.ctx, task) }

// settle sweeps and works off everything in the queues until nothing is left to do.
func (w *world) settle() {
	w.t.Helper()
	for range 20 {
		w.must(w.sweeper.RunOnce(w.ctx))
		worked := 0
		for _, queue := range w.mine() {
			worked += w.workOff(queue)
		}
		if worked == 0 {
			return
		}
	}
	w.t.Fatal("the world does not come to rest")
}

// mine are the queues of this world that anything was ever put in.
func (w *world) mine() []string {
	w.t.Helper()
	all, err := w.queues.Queues()
	w.must(err)
	return slices.DeleteFunc(all, func(queue string) bool { return !strings.HasPrefix(queue, w.prefix) })
}

func (w *world) workOff(queue string) int {
	w.t.Helper()
	tasks, err := w.queues.ListPendingTasks(queue, asynq.PageSize(200))
	w.must(err)
	for _, task := range tasks {
		w.must(w.queues.DeleteTask(queue, task.ID))
		w.must(w.run(asynq.NewTask(task.Type, task.Payload)))
	}
	return len(tasks)
}

// forget empties the world's queues and lets its leases and delays run out: the process died, and time went by.
func (w *world) forget() {
	w.t.Helper()
	for _, queue := range w.mine() {
		tasks, err := w.queues.ListPendingTasks(queue, asynq.PageSize(200))
		w.must(err)
		for _, task := range tasks { // one by one: deleting all at once would leave their locks
			w.must(w.queues.DeleteTask(queue, task.ID))
		}
	}
	for collection, date := range map[string]string{"leases": "expires_at", "deliveries": "due_at"} {
		_, err := servers.admin.Database(database).Collection(collection).UpdateMany(w.ctx, bson.D{{Key: "shop", Value: w.shop}},
			bson.D{{Key: "$set", Value: bson.D{{Key: date, Value: time.Unix(0, 0)}}}})
		w.must(err)
	}
}

// The story's steps, each on top of the one before.

// install gives the shop its tokens.
func (w *world) install() *world {
	w.t.Helper()
	w.must(servers.sim.CreateShop(simulator.ShopInput{Domain: string(w.shop), Currency: "USD"}))
	if w.slow {
		_, err := servers.sim.AddFault(simulator.Fault{Kind: simulator.FaultSlowJourney, Shop: string(w.shop), MS: 3_600_000})
		w.must(err)
	}
	_ = servers.sim.Install(w.ctx, string(w.shop)) // no app listens here; the grant is what counts
	w.exchange()
	return w
}

// exchange gets the shop tokens, as the merchant's visit does.
func (w *world) exchange() {
	w.t.Helper()
	token, err := servers.sim.IDToken(string(w.shop))
	w.must(err)
	tokens, err := w.gateway.Exchange(w.ctx, w.shop, token)
	w.must(err)
	_, err = servers.store.SaveInstall(w.ctx, w.shop, tokens, now())
	w.must(err)
}

// setUp reads the shop. Its campaign holds rewards for a day.
func (w *world) setUp() *world {
	w.t.Helper()
	offer := referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD")}
	advocates := offer
	if w.offer != nil {
		advocates = *w.offer
	}
	w.must(servers.store.AddCampaign(w.ctx, referral.Campaign{
		Shop: w.shop, ID: campaign.ID, Version: campaign.Version, Name: "Give 20, get 20", State: referral.CampaignDraft, CreatedAt: now(), Limits: w.limits,
		Terms: referral.Terms{
			Friend: offer, Advocate: advocates, Minimum: money.MustParse("40", "USD"), HoldDays: 1, WindowDays: 30, ClaimDays: 30, ShareCeiling: w.ceiling,
		},
	}))
	w.must(w.run(jobs.NewSetUp(w.shop)))
	return w
}

var campaign = referral.CampaignKey{ID: "cmp_first", Version: 1}

func (w *world) goLive() *world {
	w.t.Helper()
	_, err := w.service.GoLive(w.ctx, w.shop, campaign.ID)
	w.must(err)
	return w
}

func (w *world) live() *world {
	w.t.Helper()
	w.install().setUp().goLive()
	w.must(w.run(jobs.NewGoLive(w.shop, campaign)))
	w.forget()
	return w
}

// claim has Bob claim Alice's offer, and returns his code.
func (w *world) claim() string {
	w.t.Helper()
	view, err := w.service.Join(w.ctx, referral.JoinRequest{Shop: w.shop, Customer: "gid://shopify/Customer/1", Browser: []string{"h1:alice"}, At: signed()})
	w.must(err)
	claimed, err := w.service.Claim(w.ctx, referral.ClaimRequest{Shop: w.shop, Ref: view.Advocate.Code(), Browser: []string{"h1:bob"}, At: signed()})
	w.must(err)
	return claimed.Claim.Code
}

// order has Bob buy with his code; the webhook is not delivered yet.
func (w *world) order() simulator.Order {
	w.t.Helper()
	placed, err := servers.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00", Quantity: 1}}, DiscountCodes: []string{w.claim()},
	})
	w.must(err)
	return placed
}

// deliver saves a webhook about the order, as the intake would.
func (w *world) deliver(topic string, o simulator.Order) {
	w.t.Helper()
	each, err := servers.store.InsertDeliveries(w.ctx, []inbox.Delivery{{
		Shop: w.shop, ID: topic + o.Name, Topic: topic, ReceivedAt: time.Now(), State: inbox.Received,
		Nomination: inbox.Nomination{OrderID: o.GID, Codes: upper(o.DiscountCodes), UpdatedAt: o.UpdatedAt},
	}})
	w.must(err)
	w.must(errors.Join(each...))
}

func upper(codes []string) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = strings.ToUpper(c)
	}
	return out
}

// looked is the world after Bob's order was worked off and decided.
func (w *world) looked() simulator.Order {
	w.t.Helper()
	o := w.live().order()
	w.deliver("orders/paid", o)
	w.must(w.run(jobs.NewDrain(w.shop)))
	w.forget()
	return o
}

// credited is the world after Shopify was asked about Bob, too.
func (w *world) credited() simulator.Order {
	w.t.Helper()
	o := w.looked()
	w.must(w.run(jobs.NewAskCustomer(w.shop, w.friend())))
	w.forget()
	return o
}

// released is the world after the release, before the reward is issued.
func (w *world) released() simulator.Order {
	w.t.Helper()
	o := w.credited()
	w.later()
	w.must(w.run(jobs.NewRelease(w.shop)))
	w.forget()
	return o
}

// later moves the clock past the hold.
func (w *world) later() { w.must(servers.sim.Advance(w.ctx, 25*time.Hour)) }

// issued is the world after the reward was issued.
func (w *world) issued() simulator.Order {
	w.t.Helper()
	o := w.released()
	w.must(w.run(jobs.NewIssue(w.shop, w.friend())))
	w.forget()
	return o
}

// reversed is the world after Bob's refund was worked off, before the code is deleted.
func (w *world) reversed() *world {
	w.t.Helper()
	o := w.issued()
	_, err := servers.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	w.deliver("refunds/create", o)
	w.must(w.run(jobs.NewDrain(w.shop)))
	w.forget()
	return w
}

// friend is the one friend of this world.
func (w *world) friend() referral.FriendID {
	w.t.Helper()
	all, err := servers.store.ListReferrals(w.ctx, w.shop, 10)
	w.must(err)
	if len(all) != 1 {
		w.t.Fatalf("%d referrals, want one", len(all))
	}
	return all[0].Friend
}

// print is what two histories that ended alike have in common: everything but ids that were drawn, and times.
func (w *world) print() string {
	w.t.Helper()
	var b strings.Builder
	shop, err := servers.store.FindShop(w.ctx, w.shop)
	w.must(err)
	fmt.Fprintf(&b, "shop %s, %s, scopes %v\n", shop.Status, shop.Profile.Currency, shop.Profile.Scopes)
	campaigns, err := servers.store.ListCampaigns(w.ctx, w.shop)
	w.must(err)
	for _, c := range campaigns {
		fmt.Fprintf(&b, "campaign %s v%d %s %q, %d discounts, drift %v\n", c.ID, c.Version, c.State, c.Problem, len(c.Discounts), c.Drift)
		w.printCodes(&b, c.Key())
	}
	referrals, err := servers.store.ListReferrals(w.ctx, w.shop, 10)
	w.must(err)
	for _, r := range referrals {
		fmt.Fprintf(&b, "referral %s %s(%s), advocate %v, work %v, decided %v\n", r.OrderName, r.State, r.Reason, r.Advocate != "", r.Work, r.FactsRev == r.DecidedRev)
		for _, side := range referral.Sides {
			fmt.Fprintf(&b, "  %s %s %s, code %v\n", side, r.Rewards[side].State, r.Rewards[side].Amount, r.Rewards[side].Code != "")
		}
		for _, e := range r.Ledger {
			fmt.Fprintf(&b, "  ledger %s %s %s\n", e.Side, e.Kind, e.Amount)
		}
	}
	counts, err := servers.store.CountDeliveries(w.ctx, w.shop)
	w.must(err)
	fmt.Fprintf(&b, "deliveries %v\n", counts)
	w.printShopify(&b)
	return b.String()
}

// printCodes counts codes by state; dead ones are left out, as a code that was sent twice may have died once more.
func (w *world) printCodes(b *strings.Builder, key referral.CampaignKey) {
	for _, side := range referral.Sides {
		for _, state := range []referral.CodeState{referral.CodeMinting, referral.CodeFree, referral.CodeHeld, referral.CodeDying} {
			n, err := servers.store.CountCodes(w.ctx, w.shop, key, side, state)
			w.must(err)
			fmt.Fprintf(b, "  %s codes %s: %d\n", side, state, n)
		}
	}
}

// printShopify says what the shop itself has: as many discounts and codes as we believe.
func (w *world) printShopify(b *strings.Builder) {
	discounts, err := servers.sim.Discounts(string(w.shop))
	w.must(err)
	for _, d := range discounts {
		ends := d.EndsAt != nil && d.EndsAt.After(now())
		fmt.Fprintf(b, "in shopify: %s, %d codes, ends ahead %v\n", d.Title, len(d.Codes), ends)
	}
	fmt.Fprintf(b, "token works: %v\n", w.gateway.Ping(w.ctx, w.shop) == nil)
}

// tap counts the calls to Shopify, and fails from the n-th on: before the call is made, or after it has done its work.
type tap struct {
	mu    sync.Mutex
	calls int
	from  int  // first call to fail; 0: none
	after bool // that one does its work first
}

func (t *tap) arm(from int, after bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls, t.from, t.after = 0, from, after
}

// next tells whether this call is made, and whether it fails.
func (t *tap) next() (made, fails bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	if t.from == 0 || t.calls < t.from {
		return true, false
	}
	return t.after && t.calls == t.from, true
}

// struck tells whether a call was failed.
func (t *tap) struck() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.from > 0 && t.calls >= t.from
}
