package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"twofold/referral"
	"twofold/tenant"
)

// bellFlag is how long a shop's bell stays rung at most. Redis forgets it then, so that a lost task does not silence the shop.
const bellFlag = 30 * time.Second

// askSpare is how long a customer who is being asked about is not asked about again by another ring.
const askSpare = 5 * time.Second

// ringTimeout bounds a ring: whoever rings has done the work that matters, and must not wait for Redis.
const ringTimeout = 2 * time.Second

// Bell puts tasks into the queue. It is best effort: a failure is logged, and a sweep finds the work.
type Bell struct {
	client *asynq.Client
	redis  redis.UniversalClient
	prefix string // of queue names and keys; tests have their own
	log    *slog.Logger
}

var _ referral.Bell = (*Bell)(nil)

// NewBell rings over the given Redis. prefix separates the queues of tests that share one; "" in the program.
func NewBell(client redis.UniversalClient, prefix string, log *slog.Logger) *Bell {
	return &Bell{asynq.NewClientFromRedisClient(client), client, prefix, log}
}

// ring enqueues a task under this bell's own queue names.
func (b *Bell) ring(ctx context.Context, t *asynq.Task, queue string, options ...asynq.Option) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ringTimeout)
	defer cancel()
	options = append(options, asynq.Queue(b.prefix+queue))
	if _, err := b.client.EnqueueContext(ctx, t, options...); err != nil && !errors.Is(err, asynq.ErrDuplicateTask) {
		b.log.WarnContext(ctx, "bell not rung, a sweep will find the work", "job", t.Type(), "err", err)
	}
}

func (b *Bell) flag(shop tenant.ShopID) string { return b.prefix + string(shop) + "/bell" }

// Deliveries rings for a shop with new deliveries. While its bell is rung already nothing is queued: one task drains them all, so
// that a flood in one shop does not delay another.
func (b *Bell) Deliveries(ctx context.Context, shop tenant.ShopID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ringTimeout)
	defer cancel()
	first, err := b.redis.SetNX(ctx, b.flag(shop), 1, bellFlag).Result()
	if err != nil {
		b.log.WarnContext(ctx, "bell not rung, a sweep will find the work", "job", TypeDrain, "err", err)
		return
	}
	if first {
		b.ring(ctx, NewDrain(shop), queueUrgent)
	}
}

// lift clears the shop's flag: whoever saves a delivery from now on rings again.
func (b *Bell) lift(ctx context.Context, shop tenant.ShopID) {
	if err := b.redis.Del(ctx, b.flag(shop)).Err(); err != nil {
		b.log.WarnContext(ctx, "bell flag not cleared, it will run out", "shop", shop, "err", err)
	}
}

// Decide rings for a friend whose facts moved.
func (b *Bell) Decide(ctx context.Context, shop tenant.ShopID, friend referral.FriendID) {
	b.ring(ctx, NewDecide(shop, friend), queueUrgent)
}

// Work rings for what a decision calls for.
func (b *Bell) Work(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, work referral.Work) {
	b.work(ctx, shop, friend, work)
}

func (b *Bell) work(ctx context.Context, shop tenant.ShopID, friend referral.FriendID, work referral.Work, options ...asynq.Option) {
	switch work {
	case referral.WorkNewness, referral.WorkHistory: // one look at the customer answers both
		b.ring(ctx, NewAskCustomer(shop, friend), queueSteady, append(options, asynq.Unique(askSpare))...)
	case referral.WorkIssue:
		b.ring(ctx, NewIssue(shop, friend), queueSteady, options...)
	case referral.WorkTakeBack:
		b.ring(ctx, NewTakeBack(shop, friend), queueSteady, options...)
	case referral.WorkRelease: // released by date: the sweep rings
	}
}

// GoLive rings for a campaign that is to go live.
func (b *Bell) GoLive(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ring(ctx, NewGoLive(shop, key), queueUrgent)
}

// Fill rings for a pool that runs low. Many claims may find it low at once, so one task a minute is enough.
func (b *Bell) Fill(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ring(ctx, NewFill(shop, key), queueBulk, asynq.Unique(time.Minute))
}

// DeleteCodes rings for codes that must go.
func (b *Bell) DeleteCodes(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, NewDeleteCodes(shop), queueBulk)
}

// Share rings for advocates whose shareable codes must be made. Many may join at once, so one task in a few seconds is enough.
func (b *Bell) Share(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, NewShare(shop), queueSteady, asynq.Unique(5*time.Second))
}

// Tend rings for a campaign version's discounts.
func (b *Bell) Tend(ctx context.Context, shop tenant.ShopID, key referral.CampaignKey) {
	b.ring(ctx, NewTend(shop, key), queueBulk)
}

// SetUp rings for a newly installed shop.
func (b *Bell) SetUp(ctx context.Context, shop tenant.ShopID) {
	b.ring(ctx, NewSetUp(shop), queueUrgent)
}

// Queues are this bell's queues with their weights, for the worker that serves it.
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
