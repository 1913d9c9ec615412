package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"pgregory.net/rapid"

	"twofold"
	"twofold/fault"
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

const (
	advocates = 2
	friends   = 3
)

func usd(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

// TestHistories plays random histories undisturbed and disturbed: with webhooks late, shuffled, repeated, and some lost and found by
// the reconcile only. What `twofold export` prints must be the same to the byte, at both levels of protected data and whichever way
// Shopify counts a discount's uses. HISTORIES says how many of each of the four are played; `make soak` plays 5,000 of each.
func TestHistories(t *testing.T) { //nolint:tparallel // its servers and its number of checks are set first
	check(t, flag.Set("rapid.checks", cmp.Or(os.Getenv("HISTORIES"), "30")))
	mongod, err := local.StartMongo(t.Context(), local.MongoOptions{Dir: inMemory(t)})
	check(t, err)
	redisd, err := local.StartRedis(t.Context(), local.RedisOptions{})
	check(t, err)
	t.Cleanup(func() { check(t, errors.Join(mongod.Stop(context.Background()), redisd.Stop(context.Background()))) })
	for _, level2 := range []bool{false, true} {
		for _, scope := range []referral.UsageScope{referral.UsagePerCode, referral.UsagePerDiscount} {
			t.Run(fmt.Sprintf("level 2 %t, uses by %s", level2, scope), func(t *testing.T) {
				t.Parallel()
				name := fmt.Sprintf("test_%t_%s", level2, scope)
				calm := newRole(t, mongod.URI(), redisd.URL(), name+"_calm", level2, scope)
				wild := newRole(t, mongod.URI(), redisd.URL(), name+"_wild", level2, scope)
				played, seen := 0, map[string]int{}
				rapid.Check(t, func(t *rapid.T) {
					played++
					compare(t, calm, wild, drawHistory(t), played, seen)
				})
				t.Log("what came of the friends:", seen)
				if played < 50 {
					return // too few to have seen everything
				}
				for _, must := range endings {
					if seen[must] == 0 {
						t.Errorf("no history ended with %q: the histories are too tame", must)
					}
				}
			})
		}
	}
}

// endings are outcomes that a run of any length comes to; one that never does says that the histories lost their variety.
var endings = []string{
	"approved", "voided", "voided: not_new", "voided: refunded", "advocate redeemed", "advocate issued", "advocate reversed", "advocate owed", "friend redeemed",
}

// count adds what came of the friends of a history.
func (r *role) count(seen map[string]int) {
	for _, s := range r.shops {
		all, err := r.store.ListReferrals(r.ctx, s.id, 100)
		r.must(err)
		for _, one := range all {
			seen[string(one.State)]++
			if one.Reason != referral.ReasonNone {
				seen[fmt.Sprintf("%s: %s", one.State, one.Reason)]++
			}
			for _, side := range referral.Sides {
				seen[fmt.Sprintf("%s %s", side, one.Rewards[side].State)]++
			}
		}
	}
}

func check(t interface {
	Helper()
	Fatal(...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// compare plays a history in both roles, event by event, and compares what came of it.
func compare(t *rapid.T, calm, wild *role, h history, n int, seen map[string]int) {
	for _, r := range []*role{calm, wild} {
		r.begin(t, h, n)
		defer r.end()
	}
	for i, e := range h.Events {
		for _, r := range []*role{calm, wild} {
			r.advance(time.Duration(2) * time.Second)
		}
		a := calm.play(e)
		calm.deliverAll()
		b := wild.play(e)
		wild.disturb(e)
		if a != b {
			t.Fatalf("event %d is answered %q, disturbed %q\n%s", i, a, b, h)
		}
	}
	for _, r := range []*role{calm, wild} {
		r.finish()
		r.invariants()
	}
	calm.count(seen)
	for i := range calm.shops {
		for _, kind := range []string{"ledger", "referrals", "advocates"} {
			if diff := gocmp.Diff(calm.export(i, kind), wild.export(i, kind)); diff != "" {
				t.Fatalf("%s of shop %d: -undisturbed +disturbed\n%s\n%s", kind, i, diff, h)
			}
		}
	}
}

// role is one of the two worlds: everything real, with a database, a Shopify and queues of its own. Its clock stands still but for
// the steps of the history, so that both have the same times; ids of Shopify's are the same by the same seed.
type role struct {
	t       *rapid.T
	ctx     context.Context
	sim     *simulator.Server
	admin   *mongo.Database
	store   *store.Store
	gateway *shopify.Gateway
	service *referral.Service
	visits  storefront.Visits
	bell    *jobs.Bell
	handler asynq.Handler
	sweeper *jobs.Sweeper
	queues  *asynq.Inspector
	prefix  string

	shops   []*stageShop
	waiting []notice
	salt    int
}

// stageShop is one of the two shops of a history.
type stageShop struct {
	role      *role
	id        tenant.ShopID
	advocates []referral.Advocate
	customers []referral.CustomerID
	claims    []referral.ClaimView
	visits    []openedVisit
	orders    []simulator.Order
	attribute map[string]string // our cart attribute, by order
	ref       map[string]string // the advocate's code in the landing page, by order
	told      int
}

type openedVisit struct {
	sealed string
	opened *referral.Visit
}

// began is the instant at which every history's clock starts.
var began = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newRole(t *testing.T, mongoURI, redisURL, name string, level2 bool, scope referral.UsageScope) *role {
	t.Helper()
	ctx := context.Background()
	keys, err := secret.ParseKeyring(secret.NewKey("k1"))
	check(t, err)
	hasher, err := secret.ParseHasher("h1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=") // the same in both roles: advocates' codes are drawn by it
	check(t, err)
	r := &role{ctx: ctx, visits: storefront.Visits{Keyring: keys}, prefix: name + ":"}
	behaviour := simulator.Behaviour{ProtectedDataLevel: simulator.Level(1), UsageLimitScope: string(scope)}
	if level2 {
		behaviour.ProtectedDataLevel = simulator.Level(2)
	}
	log := slog.New(slog.DiscardHandler)
	r.sim, err = simulator.New(simulator.Config{
		ClientID: "histories", ClientSecret: "secret of the histories", AppTOML: twofold.AppTOML, Behaviour: behaviour, Now: func() time.Time { return began },
	})
	check(t, err)
	check(t, r.sim.Start("127.0.0.1:0"))
	r.store, err = store.Open(ctx, store.Config{URI: mongoURI, Database: name, Keyring: keys})
	check(t, err)
	check(t, r.store.Migrate(ctx))
	client, err := mongo.Connect(options.Client().ApplyURI(mongoURI))
	check(t, err)
	r.admin = client.Database(name)
	o, err := redis.ParseURL(redisURL)
	check(t, err)
	rdb := redis.NewClient(o)
	r.gateway, err = shopify.New(shopify.Config{
		ClientID: "histories", Secrets: []tenant.Secret{"secret of the histories"}, Origin: r.sim.Origin(), Tokens: r.store, Redis: rdb, Now: r.sim.Now, Log: log, Level2: level2,
	})
	check(t, err)
	r.bell = jobs.NewBell(rdb, r.prefix, log)
	r.queues = asynq.NewInspectorFromRedisClient(rdb)
	r.service, err = referral.NewService(r.store, r.gateway, r.bell, hasher, r.visits, r.now, log, referral.Config{
		PoolTarget: 6, PoolLow: 3, ReleaseMargin: time.Millisecond, PollEvery: time.Millisecond, Level2: level2, UsageScope: scope,
	})
	check(t, err)
	worker := jobs.NewWorker(r.service, r.store, r.gateway, r.bell, time.Now, log, prometheus.NewRegistry(), jobs.Config{})
	r.handler = worker.Handler()
	r.sweeper = jobs.NewSweeper(r.store, r.service, r.bell, r.now, time.Now, log, prometheus.NewRegistry(), jobs.Config{})
	t.Cleanup(func() {
		check(t, errors.Join(r.sim.Close(ctx), r.store.Close(ctx), client.Disconnect(ctx), rdb.Close()))
	})
	return r
}

func (r *role) now() time.Time    { return r.sim.Now().UTC().Truncate(time.Millisecond) }
func (r *role) signed() time.Time { return r.now().Truncate(time.Second) }

func (r *role) must(err error) {
	r.t.Helper()
	check(r.t, err)
}

func (r *role) advance(by time.Duration) { r.must(r.sim.Advance(r.ctx, by)) }

// answered is the kind of an answer: what was refused in one play must be refused in the other.
func answered(err error) string {
	switch kind := fault.KindOf(err); {
	case err == nil:
		return "done"
	case kind == "" || kind == fault.Internal: // the simulator's own errors have no kind
		return "refused: " + err.Error()
	default:
		return string(kind) + ": " + fault.MessageOf(err)
	}
}

func friendEmail(n int) string { return fmt.Sprintf("friend-%d@example.com", n) }

// begin installs the two shops, with their people, and goes live.
func (r *role) begin(t *rapid.T, h history, n int) {
	r.t, r.shops, r.waiting, r.salt = t, nil, nil, 0
	for i := range h.Terms {
		s := &stageShop{
			role: r, id: tenant.ShopID(fmt.Sprintf("history-%d-%c.myshopify.com", n, 'a'+i)), attribute: map[string]string{}, ref: map[string]string{},
		}
		r.shops = append(r.shops, s)
		s.open(h.Terms[i])
	}
	r.settle()
}

// open makes the shop in Shopify, its customers first, so that their ids do not depend on what else is made.
func (s *stageShop) open(terms terms) {
	r := s.role
	r.must(r.sim.CreateShop(simulator.ShopInput{Domain: string(s.id), Currency: "USD"}))
	gid := func(email string) referral.CustomerID {
		c, err := r.sim.CreateCustomer(string(s.id), simulator.CustomerInput{Email: email})
		r.must(err)
		return referral.CustomerID(c.GID)
	}
	for i := range friends {
		s.customers = append(s.customers, gid(friendEmail(i)))
	}
	var sharers []referral.CustomerID
	for i := range advocates {
		sharers = append(sharers, gid(fmt.Sprintf("advocate-%d@example.com", i)))
	}
	gid("stranger@example.com")
	_ = r.sim.Install(r.ctx, string(s.id)) // no app listens here; the grant is what counts
	token, err := r.sim.IDToken(string(s.id))
	r.must(err)
	tokens, err := r.gateway.Exchange(r.ctx, s.id, token)
	r.must(err)
	_, err = r.store.SaveInstall(r.ctx, s.id, tokens, r.now())
	r.must(err)
	r.must(r.service.SetUp(r.ctx, s.id))
	_, err = r.service.Edit(r.ctx, s.id, "cmp_first", func(c *referral.Campaign) error {
		c.Terms.Advocate, c.Terms.Friend.AfterOrder, c.Terms.FirstTouch = advocateOffers[terms.Advocate], terms.AfterOrder, terms.FirstTouch
		c.Terms.CreditRef, c.Terms.ShareCeiling, c.Terms.HoldDays = terms.CreditRef, terms.Ceiling, 1
		return nil
	})
	r.must(err)
	live, err := r.service.GoLive(r.ctx, s.id, "cmp_first")
	r.must(err)
	r.must(r.service.FinishGoLive(r.ctx, s.id, live.Key()))
	for i, c := range sharers {
		view, err := r.service.Join(r.ctx, referral.JoinRequest{Shop: s.id, Customer: c, Browser: []string{fmt.Sprintf("h1:sharer-%d", i)}, At: r.signed()})
		r.must(err)
		s.advocates = append(s.advocates, view.Advocate)
	}
}

// end takes the shops' tasks and documents out again, so that later histories do not meet them.
func (r *role) end() {
	r.eachTask(func(*asynq.TaskInfo) {})
	names, err := r.admin.ListCollectionNames(r.ctx, bson.D{})
	r.must(err)
	for _, s := range r.shops {
		for _, name := range names {
			_, err := r.admin.Collection(name).DeleteMany(r.ctx, bson.D{{Key: "shop", Value: s.id}})
			r.must(err)
		}
	}
}

// tell notes that a webhook is to be delivered.
func (s *stageShop) tell(topic string, order int) {
	s.role.waiting = append(s.role.waiting, notice{s, topic, order})
}

// deliverAll delivers what waits, at once.
func (r *role) deliverAll() {
	waiting := r.waiting
	r.waiting = nil
	for _, one := range waiting {
		r.deliver(one)
	}
}

// deliver saves a webhook about an order, as the intake would, and drains it.
func (r *role) deliver(one notice) {
	o := one.shop.orders[one.order]
	one.shop.told++
	d := inbox.Delivery{
		Shop: one.shop.id, ID: fmt.Sprintf("%s-%d", one.topic, one.shop.told), Topic: one.topic, ReceivedAt: time.Now(), State: inbox.Received,
		Nomination: inbox.Nomination{OrderID: o.GID, UpdatedAt: o.UpdatedAt},
	}
	if strings.HasPrefix(one.topic, "orders/paid") || one.topic == "orders/cancelled" {
		if o.CustomerID != 0 {
			d.Nomination.CustomerID = fmt.Sprintf("gid://shopify/Customer/%d", o.CustomerID)
		}
		for _, code := range o.DiscountCodes {
			d.Nomination.Codes = append(d.Nomination.Codes, strings.ToUpper(code))
		}
		d.Nomination.ClaimID = one.shop.attribute[o.GID]
		d.Nomination.Ref = one.shop.ref[o.GID]
	}
	each, err := r.store.InsertDeliveries(r.ctx, []inbox.Delivery{d})
	r.must(errors.Join(append(each, err)...))
	r.run(jobs.NewDrain(one.shop.id))
}

// disturb decides the fate of what waits: mostly in time, else late, twice, out of order, or (5 %) never.
func (r *role) disturb(e event) {
	switch {
	case e.Fate == 0: // lost: only the reconcile will find it
		r.waiting = nil
	case e.Fate < 7: // late: with whatever comes later
	case e.Fate < 10: // twice, the latest first
		for i := len(r.waiting) - 1; i >= 0; i-- {
			r.deliver(r.waiting[i])
		}
		r.deliverAll()
	case e.Fate < 13: // the latest first
		for len(r.waiting) > 0 {
			last := r.waiting[len(r.waiting)-1]
			r.waiting = r.waiting[:len(r.waiting)-1]
			r.deliver(last)
		}
	default:
		r.deliverAll()
	}
}

// run works off one task as the worker would, outside the queue.
func (r *role) run(task *asynq.Task) {
	if err := r.handler.ProcessTask(r.ctx, task); err != nil && !fault.Is(err, fault.Limited) {
		r.t.Fatalf("%s: %v", task.Type(), err)
	}
}

// settle reconciles both shops, and comes to rest.
func (r *role) settle() {
	for _, s := range r.shops {
		r.run(jobs.NewReconcile(s.id))
	}
	r.rest()
}

// rest sweeps, and works off everything in the queues until nothing is left to do.
func (r *role) rest() {
	for range 30 {
		r.must(r.sweeper.RunOnce(r.ctx))
		worked := r.eachTask(func(task *asynq.TaskInfo) { r.run(asynq.NewTask(task.Type, task.Payload)) })
		if worked == 0 {
			return
		}
	}
	r.t.Fatal("the world does not come to rest")
}

// eachTask takes every task out of this role's queues, and counts them.
func (r *role) eachTask(do func(*asynq.TaskInfo)) int {
	queues, err := r.queues.Queues()
	r.must(err)
	n := 0
	for _, queue := range queues {
		if !strings.HasPrefix(queue, r.prefix) {
			continue
		}
		tasks, err := r.queues.ListPendingTasks(queue, asynq.PageSize(200))
		r.must(err)
		for _, task := range tasks {
			r.must(r.queues.DeleteTask(queue, task.ID))
			do(task)
		}
		n += len(tasks)
	}
	return n
}

// finish lets the holds end, has every order looked at (disputes tell of themselves nowhere), and comes to rest.
func (r *role) finish() {
	for range 2 {
		r.advance(25 * time.Hour)
		r.rest()
	}
	for _, s := range r.shops {
		for _, o := range s.orders {
			r.must(r.service.Look(r.ctx, s.id, referral.OrderID(o.GID)))
		}
	}
	r.settle()
}

// rewardCodes are the codes that were given out as rewards, in the order of the friends and sides.
func (s *stageShop) rewardCodes() []string {
	all, err := s.role.store.ListReferrals(s.role.ctx, s.id, 100)
	s.role.must(err)
	var codes []string
	for _, r := range all {
		for _, issue := range r.Issues {
			if !issue.TakenBack {
				codes = append(codes, issue.Code)
			}
		}
	}
	return codes
}

// export is what `twofold export` prints.
func (r *role) export(shop int, kind string) string {
	rows, err := exportRows(r.ctx, &parts{store: r.store, service: r.service}, r.shops[shop].id, kind, r.now())
	r.must(err)
	var out bytes.Buffer
	r.must((&program{out: &out}).printRows(rows))
	return out.String()
}

// invariants are what must hold after any history, however it was played.
func (r *role) invariants() {
	for _, s := range r.shops {
		all, err := r.store.ListReferrals(r.ctx, s.id, 100)
		r.must(err)
		given := map[string]referral.FriendID{}
		for _, one := range all {
			s.checkReferral(one, given)
		}
		s.checkClaims()
	}
}

// checkReferral: no reward twice, none lost, none of another shop; the ledger sums to what it says.
func (s *stageShop) checkReferral(one referral.Referral, given map[string]referral.FriendID) {
	t := s.role.t
	if one.FactsRev != one.DecidedRev || len(one.Work) > 0 {
		t.Errorf("%s is not at rest: %v, facts %d, decided %d", one.Friend, one.Work, one.FactsRev, one.DecidedRev)
	}
	standing := map[referral.Side]int{}
	for _, issue := range one.Issues {
		if was, twice := given[issue.Code]; twice {
			t.Errorf("one code was given to %s and to %s", was, one.Friend)
		}
		given[issue.Code] = one.Friend
		if !issue.TakenBack {
			standing[issue.Side]++
		}
	}
	for _, side := range referral.Sides {
		if standing[side] > 1 {
			t.Errorf("%s has %d codes for the %s", one.Friend, standing[side], side)
		}
		state := one.Rewards[side].State
		if one.State == referral.Approved && side == referral.AdvocateSide && (state == referral.RewardApproved || state == referral.RewardPending || state == referral.RewardNone) {
			t.Errorf("%s is approved, and the reward is %s: it was lost", one.Friend, state)
		}
	}
	sums := map[string]int64{}
	for _, e := range one.Ledger {
		sums[string(e.Side)] += e.Amount.Minor
	}
	for _, e := range one.Lines {
		sums[string(e.Side)] -= e.Amount.Minor
	}
	for side, left := range sums {
		if left != 0 {
			t.Errorf("%s's ledger of the %s is %d off what it should sum to", one.Friend, side, left)
		}
	}
	known := false
	for _, o := range s.orders {
		known = known || o.GID == string(one.Order)
	}
	if one.Order != "" && !known {
		t.Errorf("%s rests on %s, which is no order of the shop's", one.Friend, one.Order)
	}
}

// checkClaims: no two claims with one code.
func (s *stageShop) checkClaims() {
	holders := map[string]referral.ClaimID{}
	for _, v := range s.claims {
		if v.Claim.Code == "" {
			continue
		}
		if other, taken := holders[v.Claim.Code]; taken && other != v.Claim.ID {
			s.role.t.Errorf("claims %s and %s have one code", other, v.Claim.ID)
		}
		holders[v.Claim.Code] = v.Claim.ID
	}
}

// inMemory is a folder in memory where there is one: no history needs its data after the test, and the journal's flushes are most of
// what a history costs.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "twofold-histories-") //nolint:usetesting // t.TempDir is not in memory
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	return dir
}
