package jobs

import (
	"context"
	"time"
)

const askKind = "customer:ask"

// customerAsk asks Shopify whether a friend is new, which orders the friend had placed before being known, and
// whether the advocate has bought. Its work stands in the referral; see dueWork.
var customerAsk = job{
	kind:    askKind,
	queue:   queueSteady,
	retries: 5,
	timeout: time.Minute,
	run: runs(func(ctx context.Context, w *Worker, p ForFriend) error {
		w.ringer.lift(ctx, askKind, p)
		return w.do.Orders.AskCustomer(ctx, p.Shop, p.Friend)
	}),
}
