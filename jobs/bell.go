package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"twofold/codes"
	"twofold/referral"
)

// ringTimeout bounds a ring: whoever rings has done the work that matters, and must not wait for Redis.
const ringTimeout = 2 * time.Second

// Bell puts tasks into the queue. It is best effort: a failure is logged, and a sweep finds the work.
type Bell struct {
	client *asynq.Client
	redis  redis.UniversalClient
	prefix string // of queue names and keys; tests have their own
	log    *slog.Logger
}

var (
	_ referral.Bell = (*Bell)(nil)
	_ codes.Bell    = (*Bell)(nil)
)

// NewBell rings over the given Redis. prefix separates the queues of tests that share one; "" in the program.
func NewBell(client redis.UniversalClient, prefix string, log *slog.Logger) *Bell {
	return &Bell{asynq.NewClientFromRedisClient(client), client, prefix, log}
}

// ring puts a task of the job into this bell's own queue, unless one like it was put there within spare (0: always) and has not been done
// since. Only sweeps spare tasks so: they come again, and a ring that asynq's uniqueness swallows while its task runs would be lost.
func (b *Bell) ring(ctx context.Context, j job, p payload, spare time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ringTimeout)
	defer cancel()

	options := []asynq.Option{asynq.Queue(b.prefix + j.queue)}
	if spare > 0 {
		options = append(options, asynq.Unique(spare))
	}
	if _, err := b.client.EnqueueContext(ctx, j.task(p), options...); err != nil && !errors.Is(err, asynq.ErrDuplicateTask) {
		b.log.WarnContext(ctx, "bell not rung, a sweep will find the work", "job", j.kind, "err", err)
	}
}

// flagLife is how long a bell stays rung at most. Redis forgets it then, so that a lost task does not silence the shop.
const flagLife = 30 * time.Second

// ringOnce rings while the bell for the same work is not rung already: one task looks after all that waits. The task lifts the bell
// before it looks, so that what comes later rings again. asynq's own uniqueness lasts until the task has ended, and would swallow that.
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

// lift clears the flag: whoever brings work from now on rings again.
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

// shopOf cuts the shop out of a task's payload for the log; "" when there is none.
func shopOf(payload string) string {
	_, rest, _ := strings.Cut(payload, `"shop":"`)
	shop, _, _ := strings.Cut(rest, `"`)
	return shop
}
