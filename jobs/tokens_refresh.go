package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

// tokensRefresh refreshes the tokens of an idle shop before they lapse. Nobody rings for it.
var tokensRefresh = job{
	kind:    "tokens:refresh",
	queue:   queueBulk,
	retries: 5,
	timeout: time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		return w.tokens.RefreshIdle(ctx, p.Shop)
	}),
	sweep: &sweep{name: "tokens", pace: 60, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithIdleTokens(ctx, s.now().Add(-tokenAge), sweepLimit))
	}},
}

// tokenAge is how long tokens may lie unused. They live 90 days (platform 2.4), so that a month
// leaves room for many tries.
const tokenAge = 30 * 24 * time.Hour

// Tokens refreshes what would lapse, and finds shops open again that Shopify had closed.
type Tokens interface {
	RefreshIdle(ctx context.Context, shop tenant.ShopID) error
	Reopen(ctx context.Context, shop tenant.ShopID) error
}
