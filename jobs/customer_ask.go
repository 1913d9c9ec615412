package jobs

import (
	"context"
	"time"
)

// customerAsk asks Shopify whether a friend is new, and which orders the friend had placed before being known. Its work stands in the
// referral; see dueWork.
var customerAsk = job{
	kind:    "customer:ask",
	queue:   queueSteady,
	retries: 5,
	timeout: time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForFriend) error {
		return w.service.AskCustomer(ctx, p.Shop, p.Friend)
	}),
}

// askSpare is how long a customer who is being asked about is not asked about again by another ring: one look answers both questions.
const askSpare = 5 * time.Second
