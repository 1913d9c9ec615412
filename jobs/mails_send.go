package jobs

import (
	"context"
	"time"

	"twofold/tenant"
)

const mailKind = "mails:send"

// mailsSend sends what waits in a shop's outbox. It runs for a shop that cannot be asked too: there it gives up what
// nobody will ever send, and puts off the rest.
var mailsSend = job{
	kind:    mailKind,
	queue:   queueSteady,
	retries: 3,
	timeout: 5 * time.Minute,
	frozen:  true,
	run: runs(func(ctx context.Context, w *Worker, p ForShop) error {
		w.ringer.lift(ctx, mailKind, p) // what is to be told from now on rings again
		return w.do.Mail.Send(ctx, p.Shop)
	}),
	sweep: &sweep{name: "mails", pace: 1, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithMail(ctx, s.now(), sweepLimit))
	}},
}

// Mail rings for what somebody is to be told: once for all that waits in the shop.
func (b *Bell) Mail(ctx context.Context, shop tenant.ShopID) {
	b.ringOnce(ctx, mailsSend, ForShop{shop})
}
