package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hibiken/asynq"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"twofold"
	"twofold/campaigns"
	"twofold/claims"
	"twofold/codes"
	"twofold/fault"
	"twofold/figures"
	"twofold/inbox"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/money"
	"twofold/referral"
	"twofold/rewards"
	"twofold/secret"
	"twofold/simulator"
	"twofold/store"
	"twofold/tenant"
	"twofold/text"
	"twofold/usecases"
)

// stage is what worlds are played on, one at a time: a mongod that can be told to fail commands, a redis-server, and
// a simulated Shopify whose clock can be moved. Each world is a shop of its own, with queues of its own.
type stage struct {
	*jobstest.Servers
	sim  *simulator.Server
	kept *store.Store
	keys *secret.Keyring
	hash *secret.Hasher
}

// together is how many tests of this package run side by side, each on a stage of its own: more than there are
// processors, as much of their time is spent waiting for mongod.
const together = 4

// stages holds those that are free.
var stages = make(chan *stage, together)

const database = "test_jobs"

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	if err := flag.Set("test.parallel", strconv.Itoa(together)); err != nil { // the command line is read later, and has the last word
		panic(err)
	}
	if err := openStages(context.Background()); err != nil {
		panic(err)
	}
	defer closeStages(context.Background())
	return m.Run()
}

// openStages starts all servers, side by side.
func openStages(ctx context.Context) error {
	var opening errgroup.Group
	for range together {
		opening.Go(func() error {
			st, err := openStage(ctx)
			if err == nil {
				stages <- st
			}
			return err
		})
	}
	return opening.Wait()
}

// openStage starts the servers of one stage. A commit that was made to fail leaves its transaction open on the
// server, and the next writer waits for it: a second, not the minute that mongod gives it.
func openStage(ctx context.Context) (*stage, error) {
	st := &stage{}
	var err error
	st.Servers, err = jobstest.Start(ctx, "--setParameter", "enableTestCommands=1", "--setParameter", "transactionLifetimeLimitSeconds=1")
	if err != nil {
		return nil, err
	}
	if st.keys, err = secret.ParseKeyring(secret.NewKey("k1")); err != nil {
		return nil, err
	}
	if st.hash, err = secret.ParseHasher(secret.NewKey("h1")); err != nil {
		return nil, err
	}

	st.kept, err = store.Open(ctx, store.Config{URI: st.Mongo.URI(), Database: database, Keyring: st.keys})
	if err != nil {
		return nil, err
	}
	if err := st.kept.Migrate(ctx); err != nil {
		return nil, err
	}
	st.sim, err = simulator.New(simulator.Config{
		ClientID: "jobs", ClientSecret: "secret of the jobs' tests", AppTOML: twofold.AppTOML, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	return st, st.sim.Start("127.0.0.1:0")
}

func closeStages(ctx context.Context) {
	for range together {
		st := <-stages
		if err := errors.Join(st.sim.Close(ctx), st.kept.Close(ctx), st.Stop(ctx)); err != nil {
			panic(err)
		}
	}
}

// world is one shop with the real parts around it.
type world struct {
	t    *testing.T
	ctx  context.Context
	shop tenant.ShopID
	tap  *tap
	*stage
	*jobstest.Program
	ceiling   int             // of the advocates' shareable codes; 0: there are none
	known     bool            // Alice is a customer whom Shopify knows
	offer     *referral.Offer // the advocate's, if it is not the usual one
	after     bool            // the friend's reward comes after their order
	limits    referral.Limits
	first     bool                 // the advocate's rewards wait until the advocate has bought
	behaviour *simulator.Behaviour // of Shopify; nil: the usual one
	slow      bool                 // Shopify does not know yet which order of the customer's it is
	log       *bytes.Buffer        // warnings and errors
	queues    string               // begins the names of its queues

	shown     func(*codes.Discount) // what the merchant has changed of discounts that Shopify shows; nil: nothing
	meanwhile func()                // happens once, when codes are sent to Shopify and before it makes them; nil: nothing
	before    func()                // happens once, before what is shown is read; nil: nothing
	refuses   error                 // what writing what is shown comes to; nil: it is written
	writes    int                   // of what is shown
	between   func()                // happens when what is shown was read and decided, before it is written; nil: nothing
}

var worlds atomic.Int64

// poolTarget is small, so that a pool is filled by one call.
const poolTarget = 4

// held tells which test has which stage. A test keeps its own until it ends, and plays all of its worlds
// on it, one after the other.
var held sync.Map // *testing.T: *stage

// newWorld is a world on the test's stage, with the program as usual but for what is to be changed.
func newWorld(t *testing.T, change ...func(*jobstest.Config)) *world {
	t.Helper()
	kept, has := held.Load(t)
	if !has {
		kept = <-stages
		held.Store(t, kept)
		t.Cleanup(func() {
			held.Delete(t)
			stages <- kept.(*stage)
		})
	}

	w := newWorldOn(t, kept.(*stage), change...)
	t.Cleanup(w.leave)
	return w
}

func newWorldOn(t *testing.T, st *stage, change ...func(*jobstest.Config)) *world {
	t.Helper()
	n := worlds.Add(1)
	shop := tenant.ShopID(fmt.Sprintf("jobs-%d.myshopify.com", n))
	w := &world{t: t, ctx: t.Context(), shop: shop, tap: &tap{}, log: &bytes.Buffer{}, stage: st, queues: fmt.Sprintf("w%d:", n)}
	config := jobstest.Config{
		Store: st.kept, Keyring: st.keys, Hasher: st.hash, Redis: st.Redis, Prefix: w.queues,
		ClientID: "jobs", Secret: "secret of the jobs' tests", Origin: st.sim.Origin(), Clock: st.sim.Now,
		Log:       slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Rewards:   rewards.Config{ReleaseMargin: time.Millisecond},
		Campaigns: campaigns.Config{SayAmount: text.Amounts, SayPercent: text.Percents},
		Codes:     codes.Config{PoolTarget: poolTarget, PoolLow: 2, PollEvery: time.Millisecond},
		Shopify:   func(gateway usecases.Shopify) usecases.Shopify { return busy{tapped{gateway, w.tap}, w} },
		Finder:    func(s *store.Store) jobs.Finder { return onlyShop{s, w.shop} },
	}
	for _, c := range change {
		c(&config)
	}
	var err error
	w.Program, err = jobstest.New(config)
	w.must(err)
	return w
}

// leave takes the world's documents out, so that sweeps of later worlds stay small.
func (w *world) leave() {
	if err := w.Remove(context.Background(), database, w.shop); err != nil {
		w.t.Error(err)
	}
}

func (w *world) now() time.Time { return w.sim.Now().UTC().Truncate(time.Millisecond) }

// signed is now as the app proxy signs it: in whole seconds, as Shopify's times of orders are.
func (w *world) signed() time.Time { return w.now().Truncate(time.Second) }

// must ends the test on an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
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

func (o onlyShop) WaitingDeliveries(ctx context.Context, topic string, limit int) ([]inbox.Key, error) {
	all, err := o.Store.WaitingDeliveries(ctx, topic, limit)
	return slices.DeleteFunc(all, func(k inbox.Key) bool { return k.Shop != o.shop }), err
}

func (o onlyShop) ShopsWithMail(ctx context.Context, now time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithMail(ctx, now, limit))
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

func (o onlyShop) CampaignsToWatch(ctx context.Context, at time.Time, limit int) ([]referral.Campaign, error) {
	all, err := o.Store.CampaignsToWatch(ctx, at, limit)
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

func (o onlyShop) ShopsToShow(ctx context.Context, at time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToShow(ctx, at, limit))
}

func (o onlyShop) ShopsWithMissing(ctx context.Context, at time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsWithMissing(ctx, at, limit))
}

func (o onlyShop) ShopsToForget(ctx context.Context, at time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToForget(ctx, at, limit))
}

func (o onlyShop) ShopsToCount(ctx context.Context, at time.Time, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToCount(ctx, at, limit))
}

func (o onlyShop) ShopsClosed(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsClosed(ctx, limit))
}

func (o onlyShop) ShopsToCleanUp(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToCleanUp(ctx, limit))
}

func (o onlyShop) ShopsToSetUp(ctx context.Context, limit int) ([]tenant.ShopID, error) {
	return o.mine(o.Store.ShopsToSetUp(ctx, limit))
}

// forShop is a task of a job about the whole shop.
func (w *world) forShop(kind string) *asynq.Task {
	return jobstest.Task(kind, jobs.ForShop{Shop: w.shop})
}

// forFriend is a task of a job about a friend's referral.
func (w *world) forFriend(kind string, friend referral.FriendID) *asynq.Task {
	return jobstest.Task(kind, jobs.ForFriend{Shop: w.shop, Friend: friend})
}

// forCampaign is a task of a job about a version of a campaign.
func (w *world) forCampaign(kind string, key referral.CampaignKey) *asynq.Task {
	return jobstest.Task(kind, jobs.ForCampaign{Shop: w.shop, Campaign: key.ID, Version: key.Version})
}

// run works off one task as the worker would, outside the queue.
func (w *world) run(task *asynq.Task) error { return w.Run(w.ctx, task) }

// settle sweeps and works off everything in the queues until nothing is left to do. The figures are right then.
func (w *world) settle() {
	w.t.Helper()
	w.must(w.Rest(w.ctx))
	w.booked()
}

// forget empties the world's queues and lets its leases and delays run out: the process died, and time went by.
func (w *world) forget() {
	w.t.Helper()
	_, err := w.TakeTasks(func(*asynq.Task) error { return nil })
	w.must(err)
	for collection, date := range map[string]string{"leases": "expires_at", "deliveries": "due_at"} {
		_, err := w.Admin.Database(database).Collection(collection).UpdateMany(w.ctx, bson.D{{Key: "shop", Value: w.shop}},
			bson.D{{Key: "$set", Value: bson.D{{Key: date, Value: time.Unix(0, 0)}}}})
		w.must(err)
	}
}

// The story's steps, each on top of the one before.

// install gives the shop its tokens.
func (w *world) install() *world {
	w.t.Helper()
	w.must(w.sim.CreateShop(simulator.ShopInput{Domain: string(w.shop), Currency: "USD", Behaviour: w.behaviour}))
	if w.slow {
		_, err := w.sim.AddFault(simulator.Fault{Kind: simulator.FaultSlowJourney, Shop: string(w.shop), MS: 3_600_000})
		w.must(err)
	}
	w.must(w.Install(w.ctx, w.sim, w.shop))
	return w
}

// setUp reads the shop. Its campaign holds rewards for a day.
func (w *world) setUp() *world {
	w.t.Helper()
	offer := referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD")}
	advocates := offer
	offer.AfterOrder = w.after
	if w.offer != nil {
		advocates = *w.offer
	}
	w.must(w.kept.AddCampaign(w.ctx, referral.Campaign{
		Shop: w.shop, ID: campaign.ID, Version: campaign.Version, Name: "Give 20, get 20", State: referral.CampaignDraft, CreatedAt: w.now(), Limits: w.limits,
		Terms: referral.Terms{
			Friend: offer, Advocate: advocates, Minimum: money.MustParse("40", "USD"), HoldDays: 1, WindowDays: 30, ClaimDays: 30,
			Credit: referral.CreditClaim, ShareCeiling: w.ceiling, BuysFirst: w.first,
		},
	}))
	w.must(w.run(w.forShop("shop:set_up")))
	return w
}

var campaign = referral.CampaignKey{ID: "cmp_first", Version: 1}

func (w *world) goLive() *world {
	w.t.Helper()
	_, err := w.Campaigns.GoLive(w.ctx, w.shop, campaign.ID)
	w.must(err)
	return w
}

func (w *world) live() *world {
	w.t.Helper()
	w.install().setUp().goLive()
	w.must(w.run(w.forCampaign("campaign:go_live", campaign)))
	w.forget()
	return w
}

// alice is who shares: a customer whom Shopify knows where a discount is bound to them.
func (w *world) alice() referral.CustomerID {
	w.t.Helper()
	if !w.known && (w.offer == nil || w.offer.Pooled()) {
		return aliceID
	}
	known, err := w.sim.CreateCustomer(string(w.shop), simulator.CustomerInput{Email: "alice@example.com", Locale: "de"})
	w.must(err)
	return referral.CustomerID(known.GID)
}

// claim has Bob claim Alice's offer, and returns his code.
func (w *world) claim() string {
	w.t.Helper()
	view, err := w.Claims.Join(w.ctx, claims.JoinRequest{Shop: w.shop, Customer: w.alice(), Browser: []string{"h1:alice"}, At: w.signed()})
	w.must(err)
	claimed, err := w.Claims.Claim(w.ctx, claims.ClaimRequest{Shop: w.shop, Ref: view.Advocate.Code(), Browser: []string{"h1:bob"}, At: w.signed()})
	w.must(err)
	return claimed.Claim.Code
}

// order has Bob buy with his code; the webhook is not delivered yet.
func (w *world) order() simulator.Order {
	w.t.Helper()
	placed, err := w.sim.PlaceOrder(string(w.shop), simulator.OrderInput{
		Email: "bob@example.com", Items: []simulator.Item{{Title: "Blanket", Price: "100.00", Quantity: 1}}, DiscountCodes: []string{w.claim()},
	})
	w.must(err)
	return placed
}

// deliver saves a webhook about the order, as the intake would.
func (w *world) deliver(topic string, o simulator.Order) {
	w.t.Helper()
	w.must(w.Deliver(w.ctx, w.shop, topic+o.Name, topic, o, "", ""))
}

// looked is the world after Bob's order was worked off and decided.
func (w *world) looked() simulator.Order {
	w.t.Helper()
	o := w.live().order()
	w.deliver("orders/paid", o)
	w.must(w.run(w.forShop("deliveries:drain")))
	w.forget()
	return o
}

// credited is the world after Shopify was asked about Bob, too.
func (w *world) credited() simulator.Order {
	w.t.Helper()
	o := w.looked()
	w.must(w.run(w.forFriend("customer:ask", w.friend())))
	w.forget()
	return o
}

// released is the world after the release, before the reward is issued.
func (w *world) released() simulator.Order {
	w.t.Helper()
	o := w.credited()
	w.later()
	w.must(w.run(w.forShop("rewards:release")))
	w.forget()
	return o
}

// later moves the clock past the hold.
func (w *world) later() { w.must(w.sim.Advance(w.ctx, 25*time.Hour)) }

// issued is the world after the reward was issued.
func (w *world) issued() simulator.Order {
	w.t.Helper()
	o := w.released()
	w.must(w.run(w.forFriend("reward:issue", w.friend())))
	w.forget()
	return o
}

// reversed is the world after Bob's refund was worked off, before the code is deleted.
func (w *world) reversed() *world {
	w.t.Helper()
	o := w.issued()
	_, err := w.sim.RefundOrder(string(w.shop), o.ID, simulator.RefundInput{Full: true})
	w.must(err)
	w.deliver("refunds/create", o)
	w.must(w.run(w.forShop("deliveries:drain")))
	w.forget()
	return w
}

// friend is the one friend of this world.
func (w *world) friend() referral.FriendID {
	w.t.Helper()
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 10)
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
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	if fault.Is(err, fault.NotFound) {
		all, err := w.Documents(w.ctx, database, w.shop)
		w.must(err)
		return fmt.Sprintf("shop erased, %d documents left", len(all))
	}
	w.must(err)
	fmt.Fprintf(&b, "shop %s, %s, scopes %v, shown %v %q\n", shop.Status, shop.Profile.Currency, shop.Profile.Scopes, !shop.Shown.At.IsZero(), shop.Shown.Problem)
	campaigns, err := w.kept.ListCampaigns(w.ctx, w.shop)
	w.must(err)
	for _, c := range campaigns {
		fmt.Fprintf(&b, "campaign %s v%d %s %q, %d discounts, drift %v, made anew %d\n",
			c.ID, c.Version, c.State, c.Problem, len(c.Discounts), c.Drift, c.Remade)
		w.printCodes(&b, c.Key())
	}
	referrals, err := w.kept.ListReferrals(w.ctx, w.shop, 10)
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
	counts, err := w.kept.CountDeliveries(w.ctx, w.shop)
	w.must(err)
	fmt.Fprintf(&b, "deliveries %v\n", counts)
	w.printMails(&b)
	w.printShopify(&b)
	w.printBooks(&b)
	return b.String()
}

// printCodes counts codes by state; dead ones are left out, as a code that was sent twice may have died once more.
func (w *world) printCodes(b *strings.Builder, key referral.CampaignKey) {
	for _, side := range referral.Sides {
		for _, state := range []referral.CodeState{referral.CodeMinting, referral.CodeFree, referral.CodeHeld, referral.CodeDying} {
			n, err := w.kept.CountCodes(w.ctx, w.shop, key, side, state)
			w.must(err)
			fmt.Fprintf(b, "  %s codes %s: %d\n", side, state, n)
		}
	}
}

// printBooks says what the figures come to by campaign, and how many days and advocates they are spread over.
func (w *world) printBooks(b *strings.Builder) {
	w.t.Helper()
	books, err := w.kept.ReadBooks(w.ctx, w.shop)
	w.must(err)
	for _, p := range books.Days {
		if p.Day == figures.Ever {
			fmt.Fprintf(b, "figures %s: %v\n", p.Campaign, p.Sums)
		}
	}
	fmt.Fprintf(b, "figures of %d days, %d days of advocates\n", len(books.Days), len(books.Advocates))
}

// booked compares the figures with what all referrals add up to from scratch.
func (w *world) booked() {
	w.t.Helper()
	shop, err := w.kept.FindShop(w.ctx, w.shop)
	if fault.Is(err, fault.NotFound) { // it was erased
		return
	}
	w.must(err)
	all, err := w.kept.ListReferrals(w.ctx, w.shop, 1000)
	w.must(err)
	books, err := w.kept.ReadBooks(w.ctx, w.shop)
	w.must(err)

	scratch := figures.BooksOf(all, shop.Profile.Location(), w.now())
	if diff := cmp.Diff(scratch, books, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("figures: -from scratch +folded\n%s", diff)
	}
}

// printShopify says what the shop itself has: as many discounts and codes as we believe.
func (w *world) printShopify(b *strings.Builder) {
	discounts, err := w.sim.Discounts(string(w.shop))
	w.must(err)
	for _, d := range discounts {
		ends := d.EndsAt != nil && d.EndsAt.After(w.now())
		fmt.Fprintf(b, "in shopify: %s, %d codes, ends ahead %v\n", d.Title, len(d.Codes), ends)
	}
	fmt.Fprintf(b, "token works: %v\n", w.Gateway.Ping(w.ctx, w.shop) == nil)
	shown := w.shows()
	fmt.Fprintf(b, "pages show: %s %s\n", shown.Ready.Value, untilPattern.ReplaceAllString(shown.Offer.Value, "$1"))
}

// busy is a Shopify while whose codes are made something else happens, and whose discounts the merchant changes.
type busy struct {
	usecases.Shopify
	w *world
}

func (b busy) AddCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string) (codes.CreationID, error) {
	if happens := b.w.meanwhile; happens != nil {
		b.w.meanwhile = nil
		happens()
	}
	return b.Shopify.AddCodes(ctx, shop, id, texts)
}

func (b busy) ReadShown(ctx context.Context, shop tenant.ShopID) (referral.ShownFields, error) {
	if happens := b.w.before; happens != nil {
		b.w.before = nil
		happens()
	}
	return b.Shopify.ReadShown(ctx, shop)
}

func (b busy) WriteShown(ctx context.Context, shop tenant.ShopID, was referral.ShownFields, offer string) error {
	if happens := b.w.between; happens != nil {
		happens()
	}
	b.w.writes++
	if b.w.refuses != nil {
		return b.w.refuses
	}
	return b.Shopify.WriteShown(ctx, shop, was, offer)
}

func (b busy) ReadDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) (codes.Discount, error) {
	d, err := b.Shopify.ReadDiscount(ctx, shop, id)
	if b.w.shown != nil && err == nil {
		b.w.shown(&d)
	}
	return d, err
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

// made is how many calls there were since it was armed.
func (t *tap) made() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.calls
}

// struck tells whether a call was failed.
func (t *tap) struck() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.from > 0 && t.calls >= t.from
}
