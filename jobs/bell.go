package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/usecases"
)

// ringTimeout bounds a ring: the caller has done the work that matters, and must not wait for Redis.
const ringTimeout = 2 * time.Second

// Bell puts tasks into the queue. It is best effort: a failure is logged, and a sweep finds the work.
type Bell struct {
	client *asynq.Client
	redis  redis.UniversalClient
	prefix string // of queue names and keys; tests have their own
	log    *slog.Logger
}

var _ usecases.Bell = (*Bell)(nil)

// NewBell rings over the given Redis. prefix separates the queues of tests that share one; "" in the program.
func NewBell(client redis.UniversalClient, prefix string, log *slog.Logger) *Bell {
	return &Bell{asynq.NewClientFromRedisClient(client), client, prefix, log}
}

// ring puts a task of the job into this bell's own queue. With spare it does not where one like it was put there
// within that time, and has not been done since. Only sweeps give a spare, because they come again: asynq's uniqueness
// also swallows a ring while its task runs.
func (b *Bell) ring(ctx context.Context, j job, p payload, spare time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ringTimeout)
	defer cancel()

	options := []asynq.Option{asynq.Queue(b.prefix + j.queue)}
	if spare > 0 {
		options = append(options, asynq.Unique(spare))
	}

	_, err := b.client.EnqueueContext(ctx, j.task(p), options...)
	if err != nil && !errors.Is(err, asynq.ErrDuplicateTask) {
		b.log.WarnContext(ctx, "bell not rung, a sweep will find the work", "job", j.kind, "err", err)
	}
}

// flagLife is how long a bell stays rung at most. Redis forgets it then, so that a lost task does not silence the shop.
const flagLife = 30 * time.Second

// ringOnce rings while the bell for the same work is not rung already: one task looks after all that waits. The task
// lifts the bell before it looks, so that what comes later rings again. asynq's own uniqueness lasts until the task
// has ended, and would swallow that.
func (b *Bell) ringOnce(ctx context.Context, j job, p payload) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ringTimeout)
	defer cancel()

	first, err := b.redis.SetNX(ctx, b.flag(j.kind, p), 1, flagLife).Result()
	if err != nil {
		b.log.WarnContext(ctx, "bell not rung, a sweep will find the work", "job", j.kind, "err", err)
		return
	}
	if first {
		b.ring(ctx, j, p, 0)
	}
}

// lift clears the flag: work that comes from now on rings again.
func (b *Bell) lift(ctx context.Context, kind string, p payload) {
	if err := b.redis.Del(ctx, b.flag(kind, p)).Err(); err != nil {
		b.log.WarnContext(ctx, "bell flag not cleared, it will run out", "job", kind, "shop", p.about(), "err", err)
	}
}

// flag begins with the shop, as every key does, and ends with what in it the work is about.
func (b *Bell) flag(kind string, p payload) string {
	return b.prefix + string(p.about()) + "/bell/" + kind + p.part()
}

// queues are this bell's queues with their weights, for the worker that serves it.
func (b *Bell) queues() map[string]int {
	named := make(map[string]int, len(weights))
	for name, weight := range weights {
		named[b.prefix+name] = weight
	}
	return named
}

// Forget takes all tasks about a friend out of this bell's queues, and the flag that says that one is on its way. It
// also takes tasks that were given up, which asynq keeps for 90 days. A task that runs right now finds nothing to do
// any more, and goes by itself.
func (b *Bell) Forget(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) error {
	b.lift(ctx, askKind, ForFriend{shop, friend})
	return b.forget(func(body []byte) bool {
		var p ForFriend
		return json.Unmarshal(body, &p) == nil && p == ForFriend{shop, friend}
	})
}

// forget takes the tasks out of the queues whose payload is meant.
func (b *Bell) forget(meant func(body []byte) bool) error {
	inspector := asynq.NewInspectorFromRedisClient(b.redis)
	lists := []func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error){
		inspector.ListPendingTasks, inspector.ListScheduledTasks, inspector.ListRetryTasks, inspector.ListArchivedTasks,
	}

	for queue := range b.queues() {
		for _, list := range lists {
			tasks, err := everyTask(queue, list)
			if err != nil {
				return err
			}

			for _, task := range tasks {
				if !meant(task.Payload) {
					continue
				}
				err := inspector.DeleteTask(queue, task.ID)
				if err != nil && !errors.Is(err, asynq.ErrTaskNotFound) { // it was taken up meanwhile
					return fault.ForLog(fault.Unavailable, "jobs: forget a task: %w", err)
				}
			}
		}
	}
	return nil
}

// taskPage is how many tasks are listed in one request.
const taskPage = 500

// everyTask lists all tasks of one kind in a queue; a queue that was never used has none.
func everyTask(
	queue string, list func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error),
) ([]*asynq.TaskInfo, error) {
	var all []*asynq.TaskInfo
	for page := 1; ; page++ {
		tasks, err := list(queue, asynq.Page(page), asynq.PageSize(taskPage))
		if errors.Is(err, asynq.ErrQueueNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, fault.ForLog(fault.Unavailable, "jobs: list tasks: %w", err)
		}

		all = append(all, tasks...)
		if len(tasks) < taskPage {
			return all, nil
		}
	}
}

// shopOf cuts the shop out of a task's payload for the log; "" when there is none.
func shopOf(payload string) string {
	_, rest, _ := strings.Cut(payload, `"shop":"`)
	shop, _, _ := strings.Cut(rest, `"`)
	return shop
}
