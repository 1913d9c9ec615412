package jobs_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
	"twofold/jobs"
	"twofold/money"
	"twofold/referral"
)

// everyJob lists each job with the world it starts from. prepare leaves the world so that the
// returned task has work to do.
var everyJob = []struct {
	name    string
	prepare func(*world) *asynq.Task
}{
	{"shop:set_up", func(w *world) *asynq.Task { return w.install().forShop("shop:set_up") }},
	{"campaign:go_live", func(w *world) *asynq.Task {
		w.install().setUp().goLive()
		return w.forCampaign("campaign:go_live", campaign)
	}},
	{"campaign:go_live of a second version", func(w *world) *asynq.Task {
		w.ceiling = 5
		w.live().joined()
		return w.forCampaign("campaign:go_live", w.edited(friendsGetMore))
	}},
	{"pool:fill", func(w *world) *asynq.Task { w.live().drawAll(); return w.forCampaign("pool:fill", campaign) }},
	{"deliveries:drain", func(w *world) *asynq.Task {
		w.deliver("orders/paid", w.live().order())
		return w.forShop("deliveries:drain")
	}},
	{"deliveries:drain of an order without a customer", func(w *world) *asynq.Task {
		w.deliver("orders/paid", w.live().placedByNobody())
		return w.forShop("deliveries:drain")
	}},
	{"deliveries:drain of an order that is somebody's after all", func(w *world) *asynq.Task {
		w.shownWith(w.nobodys(), "bob@example.com")
		return w.forShop("deliveries:drain")
	}},
	{"orders:reconcile", func(w *world) *asynq.Task { w.live().order(); return w.forShop("orders:reconcile") }},
	{"orders:reconcile of a dispute", func(w *world) *asynq.Task {
		o := w.issued()
		w.dispute(o, "LOST")
		w.days(8)
		return w.forShop("orders:reconcile")
	}},
	{"referral:decide", func(w *world) *asynq.Task {
		w.credited()
		w.must(w.kept.RaiseFacts(w.ctx, w.shop, w.friend(), false))
		return w.forFriend("referral:decide", w.friend())
	}},
	{"customer:ask", func(w *world) *asynq.Task { w.slow = true; w.looked(); return w.forFriend("customer:ask", w.friend()) }},
	{"customer:ask about an advocate", func(w *world) *asynq.Task {
		w.first = true
		w.looked()
		return w.forFriend("customer:ask", w.friend())
	}},
	{"rewards:release", func(w *world) *asynq.Task { w.credited(); w.later(); return w.forShop("rewards:release") }},
	{"reward:issue", func(w *world) *asynq.Task { w.released(); return w.forFriend("reward:issue", w.friend()) }},
	{"reward:issue that Shopify refuses", func(w *world) *asynq.Task { w.refused(); return w.forFriend("reward:issue", w.friend()) }},
	{"reward:take_back", func(w *world) *asynq.Task { w.reversed(); return w.forFriend("reward:take_back", w.friend()) }},
	{"codes:delete", func(w *world) *asynq.Task { w.live().killOne(); return w.forShop("codes:delete") }},
	{"codes:end", func(w *world) *asynq.Task { w.live().claim(); w.days(31); return w.forShop("codes:end") }},
	{"codes:share", func(w *world) *asynq.Task {
		w.ceiling = 5
		w.live().claim()
		w.forget()
		return w.forShop("codes:share")
	}},
	{"codes:watch", func(w *world) *asynq.Task {
		w.live().losesCode(w.claim())
		w.losesCode(w.oneFree(referral.AdvocateSide))
		w.update(func(c *referral.Campaign) { c.WatchAt = w.now() }) // as the daily look does
		return w.forCampaign("codes:watch", campaign)
	}},
	{"offer:show", func(w *world) *asynq.Task { w.install().setUp(); return w.forShop("offer:show") }},
	{"offer:show of a second version", func(w *world) *asynq.Task { w.live().replaced(); return w.forShop("offer:show") }},
	{"figures:fold", func(w *world) *asynq.Task { w.reversed(); return w.forShop("figures:fold") }},
	{"figures:fold after a merge", func(w *world) *asynq.Task {
		o := w.issued()
		w.must(w.run(w.forShop("figures:fold")))
		w.merged(o, "robert@example.com")
		w.deliver("orders/edited", o)
		w.must(w.run(w.forShop("deliveries:drain")))
		w.forget()
		return w.forShop("figures:fold")
	}},
	{"mails:send", func(w *world) *asynq.Task { w.reversed(); return w.forShop("mails:send") }},
	{"marks:forget", func(w *world) *asynq.Task { w.issued(); w.days(31); return w.forShop("marks:forget") }},
	{"neighbours:look", func(w *world) *asynq.Task {
		for _, o := range w.threeFriends() {
			w.hear(o)
		}
		w.forget()
		return w.forShop("neighbours:look")
	}},
	{"missing:look", func(w *world) *asynq.Task {
		o := w.missed()
		w.asksFor(referral.FriendSide, w.buyer(o), o.Name, w.aliceCode())
		w.forget()
		return w.forShop("missing:look")
	}},
	{"campaign:tend", func(w *world) *asynq.Task { w.live().replaced(); return w.forCampaign("campaign:tend", campaign) }},
	{"campaign:tend of one that starts", func(w *world) *asynq.Task {
		w.install().setUp()
		w.update(func(c *referral.Campaign) { c.Dates.Starts = w.now().Add(time.Hour) })
		w.days(1)
		return w.forCampaign("campaign:tend", campaign)
	}},
	{"campaign:tend of one that ends", func(w *world) *asynq.Task {
		w.live().claim()
		w.update(func(c *referral.Campaign) { c.Dates.Ends = w.now().Add(time.Hour) })
		w.days(1)
		return w.forCampaign("campaign:tend", campaign)
	}},
	{"shop:clean_up", func(w *world) *asynq.Task {
		w.ceiling = 5
		w.issued()
		w.must(w.Shops.Leave(w.ctx, w.shop, "7"))
		return w.forShop("shop:clean_up")
	}},
	{"customers:data_request", func(w *world) *asynq.Task {
		w.credited()
		return w.asked("customers/data_request", w.friend().Customer())
	}},
	{"customers:redact", func(w *world) *asynq.Task { w.credited(); return w.asked("customers/redact", w.friend().Customer()) }},
	{"customers:redact of an order of nobody's", func(w *world) *asynq.Task {
		return w.asked("customers/redact", "gid://shopify/Customer/7", w.nobodys().GID)
	}},
	{"customers:redact of an advocate", func(w *world) *asynq.Task { w.credited(); return w.asked("customers/redact", aliceID) }},
	{"shop:redact", func(w *world) *asynq.Task {
		w.credited()
		task := w.left()
		w.must(w.Shops.CheckUninstalled(w.ctx, w.shop, time.Time{}))
		return task
	}},
	{"shop:reopen", func(w *world) *asynq.Task { w.live().close(402, 1); return w.forShop("shop:reopen") }},
	{"tokens:refresh", func(w *world) *asynq.Task { w.live(); w.idle(); return w.forShop("tokens:refresh") }},
}

// Each job of the list has a row above.
func TestEveryJobIsInTheHarness(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, job := range everyJob {
		kind, _, _ := strings.Cut(job.name, " ")
		tried[kind] = true
	}
	for _, kind := range jobs.Kinds() {
		if !tried[kind] {
			t.Errorf("everyJob lacks %s", kind)
		}
	}
}

// TestEveryJobTwiceAtOnceAndBroken runs each job undisturbed, twice, at once in several workers, and broken off at
// its n-th call to Shopify and to MongoDB, with the broken call done or not done. Whatever happened, once the sweeps
// have run the end is the same.
func TestEveryJobTwiceAtOnceAndBroken(t *testing.T) {
	t.Parallel()
	for _, job := range everyJob {
		t.Run(job.name, func(t *testing.T) {
			t.Parallel()
			var made calls
			want := ending(t, job.prepare, func(w *world, task *asynq.Task) {
				made = w.count(func() { w.must(w.run(task)) })
			})
			t.Run("twice", func(t *testing.T) {
				t.Parallel()
				same(t, want, ending(t, job.prepare, func(w *world, task *asynq.Task) {
					w.must(w.run(task))
					w.must(w.run(task))
				}))
			})
			t.Run("at once", func(t *testing.T) {
				t.Parallel()
				same(t, want, ending(t, job.prepare, atOnce))
			})
			t.Run("broken at shopify", func(t *testing.T) {
				t.Parallel()
				breakEach(t, want, [2]int{made.shopify, made.shopify}, job.prepare, (*world).breakShopify)
			})
			t.Run("broken at mongodb", func(t *testing.T) {
				t.Parallel()
				breakEach(t, want, [2]int{made.mongo, made.writes}, job.prepare, (*world).breakMongo)
			})
		})
	}
}

func same(t *testing.T, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-undisturbed +disturbed\n%s", diff)
	}
}

// ending prepares a world, plays, lets everything settle, and prints it.
func ending(t *testing.T, prepare func(*world) *asynq.Task, play func(*world, *asynq.Task)) string {
	t.Helper()
	st := <-stages
	defer func() { stages <- st }()
	w := newWorldOn(t, st)
	defer w.leave()

	task := prepare(w)
	play(w, task)
	w.forget()
	w.settle()
	return w.print()
}

func atOnce(w *world, task *asynq.Task) {
	var running sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		running.Go(func() { errs[i] = w.run(task) })
	}
	running.Wait()
	for _, err := range errs {
		if !fault.Is(err, fault.Limited) { // who finds the lease taken comes back later
			w.must(err)
		}
	}
}

// mostCalls is more than any job makes; a job that makes more would hide from the harness, so it fails there.
const mostCalls = 200

// Waits of a job whose commands are made to fail: a commit of unknown outcome is tried again until the wait is over.
// A job that had no time to come to its call is given twice as much.
const (
	shortWait = 300 * time.Millisecond
	longWait  = 10 * time.Second
)

// broken tells how a run that was to be broken went.
type broken int

const (
	whole  broken = iota // the job makes fewer calls
	struck               // the call failed
	late                 // the job ended with its wait or an error before the call: whether it makes one is not known
)

// breaksAll tells whether every call is to be broken, which takes long, or one that is drawn.
func breaksAll() bool { return os.Getenv("BREAKS") == "all" }

// breakEach breaks the job before the call and behind it: at one call of those that it made undisturbed, which is drawn;
// with BREAKS=all at one after another, until it runs through unbroken.
func breakEach(
	t *testing.T, want string, made [2]int, prepare func(*world) *asynq.Task,
	run func(*world, *asynq.Task, int, bool, time.Duration) broken,
) {
	t.Helper()
	for i, done := range []bool{false, true} {
		n, last, wait := 1, mostCalls, shortWait
		if !breaksAll() {
			if made[i] == 0 {
				continue
			}
			n = 1 + rand.IntN(made[i])
			last = n
		}

		for n <= last {
			var went broken
			got := ending(t, prepare, func(w *world, task *asynq.Task) { went = run(w, task, n, done, wait) })
			if went == late && wait < longWait {
				wait *= 2
				continue
			}
			if went == late {
				t.Errorf("no time to come to call %d (done: %v)", n, done)
			}
			if went != struck {
				break
			}

			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("broken at call %d (done: %v): -undisturbed +disturbed\n%s", n, done, diff)
			}
			n++
		}
		if n > mostCalls {
			t.Errorf("still broken at call %d", n)
		}
	}
}

// calls are how many a job made, with those of MongoDB that wrote.
type calls struct{ shopify, mongo, writes int }

// The commands that are broken.
var (
	writing = []string{"insert", "update", "findAndModify", "delete"}
	known   = append([]string{"find", "aggregate", "commitTransaction"}, writing...)
)

// count counts the calls made while something is done. The server of a stage has no other clients.
func (w *world) count(do func()) calls {
	w.t.Helper()
	w.tap.arm(0, false)
	before, wroteBefore := w.commands(known), w.commands(writing)
	do()
	return calls{w.tap.made(), w.commands(known) - before, w.commands(writing) - wroteBefore}
}

// commands is how many of some commands the server has done. Source: mongodb.com, serverStatus, metrics.commands, 6.0.
func (w *world) commands(names []string) int {
	w.t.Helper()
	asked := bson.D{{Key: "serverStatus", Value: 1}}
	status, err := w.Admin.Database("admin").RunCommand(context.Background(), asked).Raw()
	w.must(err)

	sum := 0
	for _, name := range names {
		sum += int(status.Lookup("metrics", "commands", name, "total").AsInt64())
	}
	return sum
}

// breakShopify lets calls fail from the n-th on. It needs no wait.
func (w *world) breakShopify(task *asynq.Task, n int, done bool, _ time.Duration) broken {
	w.tap.arm(n, done)
	defer w.tap.arm(0, false)
	_ = w.run(task) // how it fails is not the question here
	if w.tap.struck() {
		return struck
	}
	return whole
}

// breakMongo lets commands fail from the n-th on. Commands that write may do their work first, and
// report an error all the same.
func (w *world) breakMongo(task *asynq.Task, n int, done bool, wait time.Duration) broken {
	commands := known
	data := bson.D{{Key: "failCommands", Value: commands}, {Key: "errorCode", Value: 96}} // OperationFailed: not retried by the driver
	if done {
		commands = writing
		concern := bson.D{{Key: "code", Value: 64}, {Key: "errmsg", Value: "waiting for replication timed out"}}
		data = bson.D{{Key: "failCommands", Value: commands}, {Key: "writeConcernError", Value: concern}}
	}
	before := w.failPoint(bson.D{{Key: "skip", Value: n - 1}}, data)
	ctx, cancel := context.WithTimeout(w.ctx, wait)
	defer cancel()
	err := w.Run(ctx, task)
	ended := ctx.Err() != nil
	switch {
	case w.failPoint("off", nil) > before:
		return struck // how it fails is not the question here
	case ended, err != nil: // the driver gives up a little before the deadline, if the answer would come after it
		return late
	}
	return whole
}

// failPoint sets the server's fail point and returns how often it has struck. Source: mongodb/mongo, failCommand, 6.0.
func (w *world) failPoint(mode any, data any) int64 {
	w.t.Helper()
	command := bson.D{{Key: "configureFailPoint", Value: "failCommand"}, {Key: "mode", Value: mode}}
	if data != nil {
		command = append(command, bson.E{Key: "data", Value: data})
	}
	var answer struct {
		Count int64 `bson:"count"`
	}
	w.must(w.Admin.Database("admin").RunCommand(context.Background(), command).Decode(&answer))
	return answer.Count
}

// drawAll promises every friend's code but one, so that the pool is low.
func (w *world) drawAll() {
	w.t.Helper()
	for i := range poolTarget - 1 {
		_, err := w.kept.DrawCode(w.ctx, w.shop, campaign, referral.FriendSide, referral.CodeHolderID(rune('a'+i)), w.now(), time.Time{})
		w.must(err)
	}
}

// killOne marks one code to be deleted.
func (w *world) killOne() {
	w.t.Helper()
	code, err := w.kept.DrawCode(w.ctx, w.shop, campaign, referral.AdvocateSide, "rwd_x", w.now(), time.Time{})
	w.must(err)
	_, err = w.kept.MoveCodes(w.ctx, w.shop, []string{code.Code}, referral.CodeHeld, referral.CodeDying, w.now())
	w.must(err)
}

// days moves the clock, a step at a time as the simulator allows.
func (w *world) days(n int) {
	w.t.Helper()
	for ; n > 0; n -= 30 {
		w.must(w.sim.Advance(w.ctx, time.Duration(min(n, 30))*24*time.Hour))
	}
}

// replaced puts a second version of the campaign live, while the first still owes Bob what it promised him.
func (w *world) replaced() {
	w.t.Helper()
	w.claim()
	w.must(w.run(w.forCampaign("campaign:go_live", w.edited(friendsGetMore))))
	w.forget()
}

// edited has another version of the campaign on its way to going live.
func (w *world) edited(change func(*referral.Terms)) referral.CampaignKey {
	w.t.Helper()
	_, err := w.Campaigns.Edit(w.ctx, w.shop, campaign.ID, func(c *referral.Campaign) error { change(&c.Terms); return nil })
	w.must(err)
	next, err := w.Campaigns.GoLive(w.ctx, w.shop, campaign.ID)
	w.must(err)
	return next.Key()
}

func friendsGetMore(t *referral.Terms) { t.Friend.Amount = money.MustParse("25", "USD") }

// idle makes the shop's tokens a month old.
func (w *world) idle() {
	w.t.Helper()
	tokens, err := w.kept.LoadTokens(w.ctx, w.shop)
	w.must(err)
	next := tokens
	next.RefreshExpires = w.now().AddDate(0, 0, 50)
	next.Version++
	lease, err := w.kept.AcquireLease(w.ctx, w.shop, "idle", time.Minute)
	w.must(err)
	w.must(w.kept.SwapTokens(w.ctx, lease, tokens.Version, next))
}
