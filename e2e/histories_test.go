package e2e

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hibiken/asynq"

	"twofold"
	"twofold/claims"
	"twofold/codes"
	"twofold/fault"
	"twofold/figures"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/mail"
	"twofold/money"
	"twofold/referral"
	"twofold/reports"
	"twofold/rewards"
	"twofold/secret"
	"twofold/simulator"
	"twofold/store"
	"twofold/tenant"
)

const (
	advocates = 2
	friends   = 3
)

func usd(decimal string) money.Amount { return money.MustParse(decimal, "USD") }

// TestHistories plays histories undisturbed and disturbed: with webhooks late, shuffled, repeated, and some lost and
// found by the reconcile only. What `twofold export` prints must be the same to the byte, at both levels of protected
// data and whichever way Shopify counts a discount's uses. Each of the four is played with its seeds (seeds_test.go),
// and then with random ones of each sort: HISTORIES says with how many (4); `make soak` plays 500 of each.
func TestHistories(t *testing.T) { //nolint:tparallel // what is played must have ended when the tally is judged
	t.Parallel()
	random, err := strconv.Atoi(cmp.Or(os.Getenv("HISTORIES"), "4"))
	check(t, err)
	servers, err := jobstest.Start(t.Context(), "--setParameter", "ttlMonitorEnabled=false") // the histories' clock is not the wall's
	check(t, err)
	t.Cleanup(func() { check(t, servers.Stop(context.Background())) })

	seen := &tally{of: map[string]int{}}
	t.Run("played", func(t *testing.T) { // ends when all four have ended
		for _, v := range variants {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				p := newPair(t, servers, v, seen)
				for _, s := range seeds {
					if s.variant == v {
						t.Run(fmt.Sprintf("%s %d", s.genre.name, s.seed), func(t *testing.T) { p.test(t, s.genre, s.seed) })
					}
				}
				for _, s := range genres {
					t.Run("random "+s.name, func(t *testing.T) { p.testRandom(t, s, random) })
				}
			})
		}
	})
	seen.judge(t)
}

// variant is what differs from Shopify to Shopify: the program must be right with each.
type variant struct {
	name   string
	level2 bool // of protected data
	scope  codes.UsageScope
}

var (
	level1PerCode     = variant{"level1PerCode", false, codes.UsagePerCode}
	level1PerDiscount = variant{"level1PerDiscount", false, codes.UsagePerDiscount}
	level2PerCode     = variant{"level2PerCode", true, codes.UsagePerCode}
	level2PerDiscount = variant{"level2PerDiscount", true, codes.UsagePerDiscount}

	variants = []variant{level1PerCode, level1PerDiscount, level2PerCode, level2PerDiscount}
)

// pair is the two worlds in which the histories of a variant are played, one after the other.
type pair struct {
	variant variant
	calm    *role
	wild    *role
	seen    *tally
	played  int
}

func newPair(t *testing.T, servers *jobstest.Servers, v variant, seen *tally) *pair {
	t.Helper()
	calm := newRole(t, servers, "test_"+v.name+"_calm", v.level2, v.scope)
	wild := newRole(t, servers, "test_"+v.name+"_wild", v.level2, v.scope)
	return &pair{variant: v, calm: calm, wild: wild, seen: seen}
}

// testRandom plays histories of random seeds until one fails.
func (p *pair) testRandom(t *testing.T, s genre, histories int) {
	t.Helper()
	for i := range histories {
		p.test(t, s, rand.IntN(math.MaxInt32))
		if t.Failed() {
			return
		}
		if (i+1)%100 == 0 {
			t.Logf("%d histories", i+1)
		}
	}
}

// test plays the history of a seed. When it fails, it says how every later run plays it too, and what is left of it
// when all is left out that does not matter.
func (p *pair) test(t *testing.T, s genre, seed int) {
	t.Helper()
	h := s.of(seed)
	wrong := p.try(h, p.seen)
	if len(wrong) == 0 {
		return
	}

	short, left := p.shorten(h, wrong)
	t.Errorf("the history of seed %d fails. So that every run plays it, add to the seeds in seeds_test.go:\n"+
		"\t{%s, %s, %d, \"...\"},\n%s\n%s\nAnd with %d of its %d events:\n%s\n%s",
		seed, p.variant.name, s.name, seed, strings.Join(wrong, "\n"), h, len(short.Events), len(h.Events), strings.Join(left, "\n"), short)
}

// shortenFor is how long a failing history is made shorter.
const shortenFor = 30 * time.Second

// shorten leaves out events, first many at once, as long as the history goes on failing. What an event is about is
// counted modulo what there is, so that a history of which something is left out is one too.
func (p *pair) shorten(h history, wrong []string) (history, []string) {
	began := time.Now()
	for size := len(h.Events) / 2; size > 0; size /= 2 {
		for i := 0; i+size <= len(h.Events) && time.Since(began) < shortenFor; {
			without := h
			without.Events = slices.Delete(slices.Clone(h.Events), i, i+size)
			if still := p.try(without, nil); len(still) > 0 {
				h, wrong = without, still
			} else {
				i += size
			}
		}
	}
	return h, wrong
}

// try plays a history in both roles, and returns what is wrong. seen, if any, counts what comes of it.
func (p *pair) try(h history, seen *tally) []string {
	t, done := &trial{}, make(chan struct{})
	p.played++
	go func() { // of its own, which a fatal finding ends
		defer close(done)
		defer func() {
			if panicked := recover(); panicked != nil {
				t.Errorf("panic: %v\n%s", panicked, debug.Stack())
			}
		}()
		compare(t, p.calm, p.wild, h, p.played, seen)
	}()
	<-done
	return t.wrong
}

// trial collects what is wrong with a history.
type trial struct{ wrong []string }

func (*trial) Helper() {}

func (y *trial) Errorf(format string, args ...any) {
	y.wrong = append(y.wrong, fmt.Sprintf(format, args...))
}

func (y *trial) Fatalf(format string, args ...any) {
	y.Errorf(format, args...)
	runtime.Goexit()
}

func (y *trial) Fatal(args ...any) { y.Fatalf("%s", fmt.Sprint(args...)) }

// tally counts what came of the friends of all histories.
type tally struct {
	mu        sync.Mutex
	histories int
	of        map[string]int
}

// endings are outcomes to which the histories of the seeds come alone; when one is missing, what is drawn has lost its
// variety, or has changed so that the seeds are other histories now: then others are chosen for it.
var endings = []string{
	"approved", "voided", "voided: not_new", "voided: refunded", "advocate redeemed", "advocate issued", "advocate reversed", "advocate owed", "friend redeemed",
	"gift cards", "two codes", "an automatic discount beside a code", "money back, and no goods",
	"an address is proved", "a guest is named", "mail issued sent", "mail issued flow", "mail issued stopped", "voided: erased", "flagged: advocate_asked",
}

func (y *tally) judge(t *testing.T) {
	t.Helper()
	t.Logf("%d histories; what came of the friends: %v", y.histories, y.of)
	if y.histories < len(seeds) {
		return // a few chosen by -run
	}
	for _, must := range endings {
		if y.of[must] == 0 {
			t.Errorf("no history ended with %q: the histories are too tame, or seeds_test.go needs others", must)
		}
	}
}

// count adds what came of the friends of a history.
func (r *role) count(seen *tally) {
	seen.mu.Lock()
	defer seen.mu.Unlock()
	seen.histories++
	for _, s := range r.shops {
		all, err := r.store.ListReferrals(r.ctx, s.id, 100)
		r.must(err)
		for _, one := range append(s.goodsSeen(), s.mailsSeen()...) {
			seen.of[one]++
		}
		for _, one := range all {
			seen.of[string(one.State)]++
			if one.Reason != referral.ReasonNone {
				seen.of[fmt.Sprintf("%s: %s", one.State, one.Reason)]++
			}
			for _, side := range referral.Sides {
				seen.of[fmt.Sprintf("%s %s", side, one.Rewards[side].State)]++
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
func compare(t *trial, calm, wild *role, h history, n int, seen *tally) {
	for _, r := range []*role{calm, wild} {
		r.begin(t, h, n)
		defer r.end()
	}
	for i, e := range h.Events {
		for _, r := range []*role{calm, wild} {
			r.advance(time.Duration(2) * time.Second)
		}
		if e.signsIn() && wild.behind() {
			calm.settle()
			wild.settle()
		}
		a := calm.play(e)
		calm.deliverAll()
		wild.post.fails(e)
		b := wild.play(e)
		wild.disturb(e)
		if a != b {
			t.Fatalf("event %d is answered %q, disturbed %q", i, a, b)
		}
	}
	for _, r := range []*role{calm, wild} {
		r.finish()
		r.invariants()
	}
	calm.checkOnce()
	if seen != nil {
		calm.count(seen)
	}
	for i := range calm.shops {
		for _, kind := range reports.Kinds {
			if diff := gocmp.Diff(calm.export(i, kind), wild.export(i, kind)); diff != "" {
				t.Fatalf("%s of shop %d: -undisturbed +disturbed\n%s", kind, i, diff)
			}
		}
	}
}

// role is one of the two worlds: everything real, with a database, a Shopify and queues of its own. Its clock stands
// still but for the steps of the history, so that both have the same times; ids of Shopify's are the same by the same
// seed.
type role struct {
	*jobstest.Program
	t        *trial
	ctx      context.Context
	sim      *simulator.Server
	store    *store.Store
	hasher   *secret.Hasher
	servers  *jobstest.Servers
	database string
	level2   bool

	shops   []*stageShop
	post    *post
	log     *bytes.Buffer
	waiting []notice
	lost    bool // a webhook that no reconcile has made up for yet
	salt    int
}

// stageShop is one of the two shops of a history.
type stageShop struct {
	role      *role
	id        tenant.ShopID
	advocates []referral.Advocate
	customers []referral.CustomerID
	sharers   []referral.CustomerID // who are advocates from the beginning
	claims    []claims.ClaimView
	visits    []openedVisit
	orders    []simulator.Order
	attribute map[string]string // our cart attribute, by order
	ref       map[string]string // the advocate's code in the landing page, by order
	sales     []int64           // the merchant's automatic discounts that run
	summer    bool              // the merchant has made a code of their own
	told      int
	asked     map[string]referral.SignInID // the last mail that was asked for, by address
	quiet     map[string]time.Time         // since when somebody wants no mails, or is erased, by address
	gone      map[referral.CustomerID]bool // who was erased
}

type openedVisit struct {
	sealed string
	opened *referral.Visit
}

// began is the instant at which every history's clock starts.
var began = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newRole(t *testing.T, servers *jobstest.Servers, database string, level2 bool, scope codes.UsageScope) *role {
	t.Helper()
	keys, err := secret.ParseKeyring(secret.NewKey("k1"))
	check(t, err)
	hasher, err := secret.ParseHasher("h1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=") // the same in both roles: advocates' codes are drawn by it
	check(t, err)
	r := &role{ctx: context.Background(), servers: servers, database: database, hasher: hasher, level2: level2, post: openPost(t), log: &bytes.Buffer{}}
	behaviour := simulator.Behaviour{ProtectedDataLevel: simulator.Level(1), UsageLimitScope: string(scope)}
	if level2 {
		behaviour.ProtectedDataLevel = simulator.Level(2)
	}
	r.sim, err = simulator.New(simulator.Config{
		ClientID: "histories", ClientSecret: "secret of the histories", AppTOML: twofold.AppTOML, Behaviour: behaviour, Now: func() time.Time { return began },
	})
	check(t, err)
	check(t, r.sim.Start("127.0.0.1:0"))
	r.store, err = store.Open(r.ctx, store.Config{URI: servers.Mongo.URI(), Database: database, Keyring: keys})
	check(t, err)
	check(t, r.store.Migrate(r.ctx))
	r.Program, err = jobstest.New(jobstest.Config{
		Store: r.store, Keyring: keys, Hasher: hasher, Redis: servers.Redis, Prefix: database + ":", ClientID: "histories", Secret: "secret of the histories",
		Origin: r.sim.Origin(), Clock: r.sim.Now, Log: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Level2: level2,
		Mail:    mail.Config{Sender: r.post, Flow: !level2, Origin: func() string { return "https://app.example" }},
		Rewards: rewards.Config{ReleaseMargin: time.Millisecond},
		Codes:   codes.Config{PoolTarget: 6, PoolLow: 3, PollEvery: time.Millisecond, UsageScope: scope},
	})
	check(t, err)
	t.Cleanup(func() { check(t, errors.Join(r.sim.Close(r.ctx), r.store.Close(r.ctx))) })
	return r
}

func (r *role) signed() time.Time { return r.Now().Truncate(time.Second) }

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
		return string(kind) + ": " + fault.CodeOf(err)
	}
}

func friendEmail(n int) string { return fmt.Sprintf("friend-%d@example.com", n) }

// begin installs the two shops, with their people, and goes live.
func (r *role) begin(t *trial, h history, n int) {
	r.t, r.shops, r.waiting, r.lost, r.salt = t, nil, nil, false, 0
	r.post.empty(r.Now)
	r.log.Reset()
	for i := range h.Terms {
		s := &stageShop{
			role: r, id: tenant.ShopID(fmt.Sprintf("history-%d-%c.myshopify.com", n, 'a'+i)), attribute: map[string]string{}, ref: map[string]string{},
			asked: map[string]referral.SignInID{}, quiet: map[string]time.Time{}, gone: map[referral.CustomerID]bool{},
		}
		r.shops = append(r.shops, s)
		s.open(h.Terms[i])
	}
	r.settle()
}

// open makes the shop in Shopify, its customers first, so that their ids do not depend on what else is made.
func (s *stageShop) open(terms terms) {
	r := s.role
	// The largest plan has twenty times the points of the usual one: half of the time the program would else wait for
	// points. What a shop that throttles does is shown by shopify's tests; the shops of the scenarios and of jobs'
	// tests have the usual plan.
	r.must(r.sim.CreateShop(simulator.ShopInput{Domain: string(s.id), Currency: "USD", Plan: "enterprise"}))
	gid := func(email string) referral.CustomerID {
		c, err := r.sim.CreateCustomer(string(s.id), simulator.CustomerInput{Email: email})
		r.must(err)
		return referral.CustomerID(c.GID)
	}
	for i := range friends {
		s.customers = append(s.customers, gid(friendEmail(i)))
	}
	for i := range advocates {
		s.sharers = append(s.sharers, gid(fmt.Sprintf("advocate-%d@example.com", i)))
	}
	gid("stranger@example.com")
	r.must(r.Install(r.ctx, r.sim, s.id))
	r.must(r.Shops.SetUp(r.ctx, s.id))
	_, err := r.Campaigns.Edit(r.ctx, s.id, "cmp_first", func(c *referral.Campaign) error {
		c.Terms.Advocate, c.Terms.Friend.AfterOrder, c.Terms.Credit = advocateOffers[terms.Advocate], terms.AfterOrder, terms.credit()
		c.Terms.CreditRef, c.Terms.ShareCeiling, c.Terms.HoldDays = terms.CreditRef, terms.Ceiling, 1
		if terms.Combines {
			c.Terms.Friend.Combines = referral.Combines{Order: true, Product: true, Shipping: true}
		}
		return nil
	})
	r.must(err)
	live, err := r.Campaigns.GoLive(r.ctx, s.id, "cmp_first")
	r.must(err)
	r.must(r.Campaigns.FinishGoLive(r.ctx, s.id, live.Key()))
	for i, c := range s.sharers {
		view, err := r.Claims.Join(r.ctx, claims.JoinRequest{Shop: s.id, Customer: c, Browser: []string{fmt.Sprintf("h1:sharer-%d", i)}, At: r.signed()})
		r.must(err)
		s.advocates = append(s.advocates, view.Advocate)
	}
}

// end takes the shops' tasks and documents out again, so that later histories do not meet them.
func (r *role) end() {
	_, err := r.TakeTasks(func(*asynq.Task) error { return nil })
	r.must(err)
	for _, s := range r.shops {
		r.must(r.servers.Remove(r.ctx, r.database, s.id))
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
	id, attribute, ref := fmt.Sprintf("%s-%d", one.topic, one.shop.told), "", ""
	if one.topic == "orders/paid" || one.topic == "orders/cancelled" { // the others tell of an order's id alone
		attribute, ref = one.shop.attribute[o.GID], one.shop.ref[o.GID]
	} else {
		o = simulator.Order{GID: o.GID, UpdatedAt: o.UpdatedAt}
	}
	r.must(r.Deliver(r.ctx, one.shop.id, id, one.topic, o, attribute, ref))
	r.run(jobstest.Task("deliveries:drain", jobs.ForShop{Shop: one.shop.id}))
}

// disturb decides the fate of what waits: mostly in time, else late, twice, out of order, or (5 %) never.
func (r *role) disturb(e event) {
	switch {
	case e.Fate == 0: // lost: only the reconcile will find it
		r.lost = r.lost || len(r.waiting) > 0
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

// run works off one task; a lease that somebody holds is no failure.
func (r *role) run(task *asynq.Task) {
	if err := r.Run(r.ctx, task); err != nil && !fault.Is(err, fault.Limited) {
		r.t.Fatalf("%s: %v", task.Type(), err)
	}
}

// behind tells whether something has happened in Shopify of which the program has not heard.
func (r *role) behind() bool { return r.lost || len(r.waiting) > 0 }

// settle reconciles both shops, and comes to rest.
func (r *role) settle() {
	r.lost = false
	for _, s := range r.shops {
		r.run(jobstest.Task("orders:reconcile", jobs.ForShop{Shop: s.id}))
	}
	r.rest()
}

// rest sweeps, and works off everything in the queues until nothing is left to do.
func (r *role) rest() { r.must(r.Rest(r.ctx)) }

// finish lets the holds end, has every order looked at (disputes tell of themselves nowhere), and comes to rest.
func (r *role) finish() {
	r.post.works()
	for range 2 {
		r.advance(25 * time.Hour)
		r.rest()
	}
	for _, s := range r.shops {
		for _, o := range s.orders {
			r.must(r.Orders.Refresh(r.ctx, s.id, referral.OrderID(o.GID)))
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
	rows, err := reports.Export(r.ctx, r.store, r.shops[shop].id, kind, r.Now())
	r.must(err)
	var out bytes.Buffer
	r.must(reports.Print(&out, rows))
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
		s.checkBooks(all)
		s.checkFigures(all)
		s.checkTaken()
		s.checkMails(all)
	}
	r.checkNoAddress()
}

// checkFigures: the sums that were folded as the history went are those of all referrals from scratch.
func (s *stageShop) checkFigures(all []referral.Referral) {
	shop, err := s.role.store.FindShop(s.role.ctx, s.id)
	s.role.must(err)
	folded, err := s.role.store.ReadBooks(s.role.ctx, s.id)
	s.role.must(err)

	scratch := figures.BooksOf(all, shop.Profile.Location(), s.role.Now())
	if diff := gocmp.Diff(scratch, folded, cmpopts.EquateEmpty()); diff != "" {
		s.role.t.Fatalf("figures of %s: -from scratch +folded\n%s", s.id, diff)
	}
}

// checkBooks: the ledgers of an advocate's rewards sum to what the advocate had of codes, each as often as it was used,
// and has, less what is owed. Test rewards are nobody's.
func (s *stageShop) checkBooks(all []referral.Referral) {
	spent := map[string]int64{}
	for _, o := range s.orders {
		for _, code := range o.DiscountCodes {
			spent[strings.ToUpper(code)]++
		}
	}
	booked, holds := map[referral.AdvocateID]int64{}, map[referral.AdvocateID]int64{}
	for _, one := range all {
		if one.Friend.Test() {
			continue
		}
		for _, e := range one.Ledger {
			if e.Side == referral.AdvocateSide {
				booked[one.Advocate] += e.Amount.Minor
			}
		}
		for _, issue := range one.Issues {
			times := spent[issue.Code]
			if times == 0 && !issue.TakenBack {
				times = 1
			}
			if issue.Side == referral.AdvocateSide {
				holds[one.Advocate] += times * issue.Amount.Minor
			}
		}
		holds[one.Advocate] -= one.Rewards[referral.AdvocateSide].Owed.Minor
	}
	for _, one := range all {
		if id := one.Advocate; booked[id] != holds[id] {
			s.role.t.Errorf("the ledgers of %s sum to %d, and the advocate has %d", id, booked[id], holds[id])
		}
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
