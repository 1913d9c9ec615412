package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"twofold/fault"
	"twofold/tenant"
	"twofold/usecases"
)

// Config holds what may be tuned of the workers.
type Config struct {
	Concurrency int           // tasks at once in this process; default 10
	Check       time.Duration // how often an empty queue is asked; default 50 ms (asynq's own is 1 s)
	SweepEvery  time.Duration // how often due work is looked for; default 5 s
}

func (c Config) withDefaults() Config {
	if c.Concurrency == 0 {
		c.Concurrency = 10
	}
	if c.Check == 0 {
		c.Check = 50 * time.Millisecond
	}
	if c.SweepEvery == 0 {
		c.SweepEvery = 5 * time.Second
	}
	return c
}

// Worker runs the jobs of one process.
type Worker struct {
	do     *usecases.All
	inbox  Inbox
	tokens Tokens
	bell   *Bell
	ringer ringer
	log    *slog.Logger
	config Config
	wall   func() time.Time // wall time: for the inbox, whose times are ours
	server *asynq.Server
	done   *prometheus.HistogramVec
}

// NewWorker wires the handlers. wall is wall time, never the simulator's.
func NewWorker(
	do *usecases.All, in Inbox, tokens Tokens, bell *Bell, wall func() time.Time,
	log *slog.Logger, metrics prometheus.Registerer, config Config,
) *Worker {
	w := &Worker{
		do: do, inbox: in, tokens: tokens, bell: bell, ringer: bell, wall: wall, log: log,
		config: config.withDefaults(),
		done: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "twofold_job_seconds", Help: "Time a job took, by type and outcome (fault kind, ok when none).",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
		}, []string{"job", "outcome"}),
	}

	metrics.MustRegister(w.done)
	return w
}

// Start begins to work off the queues over the given Redis. Shutdown ends it.
func (w *Worker) Start(client redis.UniversalClient) error {
	w.server = asynq.NewServerFromRedisClient(client, asynq.Config{
		Concurrency: w.config.Concurrency, Queues: w.bell.queues(), TaskCheckInterval: w.config.Check,
		RetryDelayFunc: retryDelay, ErrorHandler: asynq.ErrorHandlerFunc(w.logFailure), IsFailure: isFailure,
		Logger: quietLogger{w.log}, LogLevel: asynq.WarnLevel, ShutdownTimeout: 20 * time.Second,
		DelayedTaskCheckInterval: time.Second, JanitorInterval: time.Minute,
	})

	if err := w.server.Start(w.Handler()); err != nil {
		return fmt.Errorf("jobs: start: %w", err)
	}
	return nil
}

// Shutdown stops taking tasks and waits for those that run.
func (w *Worker) Shutdown() {
	if w.server != nil {
		w.server.Shutdown()
	}
}

// Handler dispatches a task to its job.
func (w *Worker) Handler() asynq.Handler {
	mux := asynq.NewServeMux()
	for _, j := range all {
		mux.HandleFunc(j.kind, func(ctx context.Context, t *asynq.Task) error { return w.handle(ctx, j, t) })
	}
	return mux
}

// heldPause is when work comes back that found its lease taken.
const heldPause = time.Second

// handle reads the payload, runs the job, measures it, and turns its error into what asynq understands. A lease that
// somebody else holds means that the work waits its turn. Any other conflict means that it is done already. What can
// never succeed is archived at once.
func (w *Worker) handle(ctx context.Context, j job, t *asynq.Task) error {
	shop, do, err := j.run(w, t.Payload())
	if err != nil {
		return fmt.Errorf("jobs: payload of %s: %w: %w", j.kind, err, asynq.SkipRetry)
	}

	start := w.wall()
	err = w.unlessFrozen(ctx, j, shop, do)
	if errors.Is(err, tenant.ErrHeld) {
		err = &fault.Error{Kind: fault.Limited, Err: err, RetryAfter: heldPause}
	}

	kind := fault.KindOf(err)
	outcome := string(kind)
	if err == nil {
		outcome = "ok"
	}
	w.done.WithLabelValues(j.kind, outcome).Observe(w.wall().Sub(start).Seconds())

	switch {
	case kind == fault.Conflict:
		return nil
	case err != nil && !kind.Retry():
		return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	return err
}

// unlessFrozen runs a job if Shopify can be asked about the shop. It cannot after an uninstall, until the next visit of
// a merchant whose token was refused, and while Shopify has closed the shop. Jobs that are frozen run all the same.
func (w *Worker) unlessFrozen(ctx context.Context, j job, shop tenant.ShopID, do func(context.Context) error) error {
	if j.frozen {
		return do(ctx)
	}

	found, err := w.inbox.FindShop(ctx, shop)
	if err != nil {
		return err
	}

	if found.Status != tenant.Installed {
		return nil
	}
	return do(ctx)
}

// retryDelay waits as long as the error says, else 1 s doubled each time, at most 5 minutes.
func retryDelay(n int, err error, _ *asynq.Task) time.Duration {
	if after := fault.RetryAfter(err); after > 0 {
		return after
	}
	return min(time.Second<<min(n, 10), 5*time.Minute)
}

// isFailure tells asynq which errors use up a retry. Work that only waits its turn does not.
func isFailure(err error) bool { return fault.KindOf(err) != fault.Limited }

// logFailure logs a failed task once, where it stops: as an error when somebody must act, else as a warning that heals.
func (w *Worker) logFailure(ctx context.Context, t *asynq.Task, err error) {
	retried, _ := asynq.GetRetryCount(ctx)
	most, _ := asynq.GetMaxRetry(ctx)
	id, _ := asynq.GetTaskID(ctx)

	level := slog.LevelWarn
	if fault.Is(err, fault.Limited) {
		level = slog.LevelDebug // it waits its turn
	}

	if fault.Is(err, fault.Internal) || retried >= most || errors.Is(err, asynq.SkipRetry) {
		level = slog.LevelError
	}

	w.log.Log(ctx, level, "job failed", "job", t.Type(), "task_id", id, "attempt", retried+1,
		"shop", shopOf(string(t.Payload())), "kind", fault.KindOf(err), "err", err)
}

// quietLogger hands asynq's own messages to slog.
type quietLogger struct{ log *slog.Logger }

func (l quietLogger) Debug(...any)     {}
func (l quietLogger) Info(...any)      {}
func (l quietLogger) Warn(args ...any) { l.log.Warn("asynq warning", "err", fmt.Sprint(args...)) }
func (l quietLogger) Error(args ...any) {
	l.log.Error("asynq error", "err", fmt.Sprint(args...))
}
func (l quietLogger) Fatal(args ...any) { l.Error(args...) }
