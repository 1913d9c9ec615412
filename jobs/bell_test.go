package jobs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"twofold/fault"
	"twofold/referral"
)

// A bell that is spared while it is rung is heard again from the moment its task starts: what is brought while the
// task runs might be missed by it.
func TestABellIsHeardAgainWhenItsTaskStarts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.credited()
	for kind, bell := range map[string]struct {
		ring func()
		task *asynq.Task
	}{
		"pool:fill":        {func() { w.Bell.Fill(w.ctx, w.shop, campaign) }, w.forCampaign("pool:fill", campaign)},
		"codes:share":      {func() { w.Bell.Share(w.ctx, w.shop) }, w.forShop("codes:share")},
		"deliveries:drain": {func() { w.Bell.Deliveries(w.ctx, w.shop) }, w.forShop("deliveries:drain")},
		"customer:ask":     {func() { w.Bell.Work(w.ctx, w.shop, w.friend(), referral.WorkNewness) }, w.forFriend("customer:ask", w.friend())},
	} {
		w.must(w.run(bell.task)) // what was rung for before
		w.forget()
		bell.ring()
		bell.ring()
		if n := w.queued(kind); n != 1 {
			t.Errorf("%s: %d tasks after two rings, want one", kind, n)
		}
		w.must(w.run(bell.task)) // as a worker does: the queue knows the task as not done yet
		bell.ring()
		if n := w.queued(kind); n != 2 {
			t.Errorf("%s: %d tasks, want another for a ring after the first one started", kind, n)
		}
	}
}

// queued counts a job's pending tasks.
func (w *world) queued(kind string) int {
	w.t.Helper()
	n := 0
	queues, err := w.Queues.Queues()
	w.must(err)
	for _, queue := range queues {
		if !strings.HasPrefix(queue, w.queues) {
			continue
		}
		tasks, err := w.Queues.ListPendingTasks(queue, asynq.PageSize(200))
		w.must(err)
		for _, task := range tasks {
			if task.Type == kind {
				n++
			}
		}
	}
	return n
}

// Work that finds its lease taken waits its turn. Taken for done, a join's shareable code would come
// minutes later, with the sweep.
func TestWorkThatFindsItsLeaseTakenIsNotDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ceiling = 5
	w.install().setUp().goLive()
	going := w.forCampaign("campaign:go_live", campaign)
	w.waitsFor("pool", going)
	w.must(w.run(going))
	w.drawAll()
	alice := w.joins(aliceID)

	for _, held := range []struct {
		lease string
		task  *asynq.Task
	}{
		{"pool", w.forCampaign("pool:fill", campaign)}, {"pool", w.forShop("codes:share")}, {"orders", w.forShop("orders:reconcile")},
		{"show", w.forShop("offer:show")},
	} {
		w.waitsFor(held.lease, held.task)
		w.must(w.run(held.task))
	}
	w.wantShared("at the second try", alice.Code(), true)
}

// waitsFor runs a task while somebody else holds the lease: it must come back in a moment.
func (w *world) waitsFor(lease string, task *asynq.Task) {
	w.t.Helper()
	held, err := w.kept.AcquireLease(w.ctx, w.shop, lease, time.Minute)
	w.must(err)
	err = w.run(task)
	if after := fault.RetryAfter(err); !fault.Is(err, fault.Limited) || after == 0 || after > time.Second {
		w.t.Errorf("%s: %v after %s, want it to come back within a second", task.Type(), err, after)
	}
	w.must(w.kept.ReleaseLease(w.ctx, held))
}

// A reward under terms that were replaced meanwhile gets its code at the first try, and is no alarm: what
// is over has no free codes.
func TestARewardUnderReplacedTermsIsIssuedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.credited()
	w.must(w.run(w.forCampaign("campaign:go_live", w.edited(friendsGetMore))))
	w.must(w.run(w.forCampaign("campaign:tend", campaign)))
	w.must(w.run(w.forShop("codes:delete")))
	if free, err := w.kept.CountCodes(w.ctx, w.shop, campaign, referral.AdvocateSide, referral.CodeFree); err != nil || free != 0 {
		t.Fatalf("%d free codes, %v; want none", free, err)
	}
	w.later()
	w.must(w.run(w.forShop("rewards:release")))
	w.must(w.run(w.forFriend("reward:issue", w.friend())))
	w.wantReward("at the first try", referral.RewardIssued)
	if log := w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Error(log)
	}
}
