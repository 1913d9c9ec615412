package jobs

import (
	"context"
	"time"

	"twofold/inbox"
	"twofold/tenant"
)

// shopRedact removes a shop whose merchant has uninstalled the app. It takes out a batch after the other; a run that
// is cut off goes on where it stopped.
var shopRedact = job{
	kind:    "shop:redact",
	queue:   queueBulk,
	retries: 10,
	timeout: 10 * time.Minute,
	frozen:  true,
	run:     runs(func(ctx context.Context, w *Worker, p ForDelivery) error { return w.redactShop(ctx, p) }),
	sweep:   waiting("shop/redact"),
}

func (w *Worker) redactShop(ctx context.Context, p ForDelivery) error {
	return w.fulfil(ctx, p, "shop/redact", func(d inbox.Delivery) (never string, err error) {
		told := d.ReceivedAt

		// This is a header, which nobody signed: it can only spare a shop.
		if !d.TriggeredAt.IsZero() && d.TriggeredAt.Before(told) {
			told = d.TriggeredAt
		}
		return "", w.do.Shops.EraseShop(ctx, p.Shop, d.ID, told)
	})
}

// ForgetShop takes all tasks of a shop out of this bell's queues, also those that were given up.
func (b *Bell) ForgetShop(_ context.Context, shop tenant.ShopID) error {
	return b.forget(func(body []byte) bool { return shopOf(string(body)) == string(shop) })
}
