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

// ring puts a task of the job into this bell's own queue, unless one like it was put there within spare (0: always).
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
