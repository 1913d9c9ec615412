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
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"pgregory.net/rapid"

	"twofold"
	"twofold/codes"
	"twofold/fault"
	"twofold/jobs"
	"twofold/jobs/jobstest"
	"twofold/money"
	"twofold/referral"
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

// TestHistories plays random histories undisturbed and disturbed: with webhooks late, shuffled, repeated, and some lost and found by
// the reconcile only. What `twofold export` prints must be the same to the byte, at both levels of protected data and whichever way
// Shopify counts a discount's uses. HISTORIES says how many of each of the four are played; `make soak` plays 5,000 of each.
func TestHistories(t *testing.T) {
	check(t, flag.Set("rapid.checks", cmp.Or(os.Getenv("HISTORIES"), "50")))
	servers, err := jobstest.Start(t.Context())
	check(t, err)
	t.Cleanup(func() { check(t, servers.Stop(context.Background())) })
	seen := &tally{of: map[string]int{}}
	t.Run("played", func(t *testing.T) { // ends when all four have ended
		for _, level2 := range []bool{false, true} {
			for _, scope := range []codes.UsageScope{codes.UsagePerCode, codes.UsagePerDiscount} {
				t.Run(fmt.Sprintf("level 2 %t, uses by %s", level2, scope), func(t *testing.T) {
					t.Parallel()
					name := fmt.Sprintf("test_%t_%s", level2, scope)
					calm := newRole(t, servers, name+"_calm", level2, scope)
					wild := newRole(t, servers, name+"_wild", level2, scope)
					n := 0
					rapid.Check(t, func(one *rapid.T) {
						n++
						compare(one, calm, wild, drawHistory(one), n, seen)
						if n%100 == 0 {
							t.Logf("%d histories", n)
						}
					})
				})
			}
		}
	})
	seen.judge(t)
}

// tally counts what came of the friends of all histories.
type tally struct {
	mu        sync.Mutex
	histories int
	of        map[string]int
}

// endings are outcomes that a run of some length comes to; one that never does says that the histories lost their variety.
var endings = []string{
	"approved", "voided", "voided: not_new", "voided: refunded", "advocate redeemed", "advocate issued", "advocate reversed", "advocate owed", "friend redeemed",
}

func (y *tally) judge(t *testing.T) {
	t.Helper()
	t.Logf("%d histories; what came of the friends: %v", y.histories, y.of)
	if y.histories < 200 {
		return // too few to have seen everything
	}
	for _, must := range endings {
		if y.of[must] == 0 {
			t.Errorf("no history ended with %q: the histories are too tame", must)
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
func compare(t *rapid.T, calm, wild *role, h history, n int, seen *tally) {
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
	*jobstest.Program
	t        *rapid.T
	ctx      context.Context
	sim      *simulator.Server
	store    *store.Store
	hasher   *secret.Hasher
	servers  *jobstest.Servers
	database string

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

func newRole(t *testing.T, servers *jobstest.Servers, database string, level2 bool, scope codes.UsageScope) *role {
	t.Helper()
	keys, err := secret.ParseKeyring(secret.NewKey("k1"))
	check(t, err)
	hasher, err := secret.ParseHasher("h1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=") // the same in both roles: advocates' codes are drawn by it
	check(t, err)
	r := &role{ctx: context.Background(), servers: servers, database: database, hasher: hasher}
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
		Origin: r.sim.Origin(), Clock: r.sim.Now, Log: slog.New(slog.DiscardHandler), Level2: level2,
		Referral: referral.Config{ReleaseMargin: time.Millisecond},
		Codes:    codes.Config{PoolTarget: 6, PoolLow: 3, PollEvery: time.Millisecond, UsageScope: scope},
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
	r.must(r.Install(r.ctx, r.sim, s.id))
	r.must(r.Service.SetUp(r.ctx, s.id))
	_, err := r.Service.Edit(r.ctx, s.id, "cmp_first", func(c *referral.Campaign) error {
		c.Terms.Advocate, c.Terms.Friend.AfterOrder, c.Terms.FirstTouch = advocateOffers[terms.Advocate], terms.AfterOrder, terms.FirstTouch
		c.Terms.CreditRef, c.Terms.ShareCeiling, c.Terms.HoldDays = terms.CreditRef, terms.Ceiling, 1
		return nil
	})
	r.must(err)
	live, err := r.Service.GoLive(r.ctx, s.id, "cmp_first")
	r.must(err)
	r.must(r.Service.FinishGoLive(r.ctx, s.id, live.Key()))
	for i, c := range sharers {
		view, err := r.Service.Join(r.ctx, referral.JoinRequest{Shop: s.id, Customer: c, Browser: []string{fmt.Sprintf("h1:sharer-%d", i)}, At: r.signed()})
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

// run works off one task; a lease that somebody holds is no failure.
func (r *role) run(task *asynq.Task) {
	if err := r.Run(r.ctx, task); err != nil && !fault.Is(err, fault.Limited) {
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
func (r *role) rest() { r.must(r.Rest(r.ctx)) }

// finish lets the holds end, has every order looked at (disputes tell of themselves nowhere), and comes to rest.
func (r *role) finish() {
	for range 2 {
		r.advance(25 * time.Hour)
		r.rest()
	}
	for _, s := range r.shops {
		for _, o := range s.orders {
			r.must(r.Service.Look(r.ctx, s.id, referral.OrderID(o.GID)))
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
	rows, err := exportRows(r.ctx, &parts{store: r.store, service: r.Service}, r.shops[shop].id, kind, r.Now())
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
		s.checkBooks(all)
	}
}

// checkBooks: the ledgers of an advocate's rewards sum to the codes that she had or has, less what she owes. Test rewards are nobody's.
func (s *stageShop) checkBooks(all []referral.Referral) {
	spent := map[string]bool{}
	for _, o := range s.orders {
		for _, code := range o.DiscountCodes {
			spent[strings.ToUpper(code)] = true
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
			if issue.Side == referral.AdvocateSide && (spent[issue.Code] || !issue.TakenBack) {
				holds[one.Advocate] += issue.Amount.Minor
			}
		}
		holds[one.Advocate] -= one.Rewards[referral.AdvocateSide].Owed.Minor
	}
	for _, one := range all {
		if id := one.Advocate; booked[id] != holds[id] {
			s.role.t.Errorf("the ledgers of %s sum to %d, and she holds %d", id, booked[id], holds[id])
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
