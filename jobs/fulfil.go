package jobs

import (
	"context"

	"twofold/fault"
	"twofold/inbox"
	"twofold/tenant"
)

// Some topics are duties: they have a job of their own, which may take long and must not be given up. Their
// deliveries wait until it has fulfilled them; who they are about stands in no task.

// duties are the jobs of such topics.
var duties = map[string]job{
	"customers/data_request": customersDataRequest,
	"customers/redact":       customersRedact,
	"shop/redact":            shopRedact,
}

// handOver leaves a delivery to the job of its topic.
func (w *Worker) handOver(ctx context.Context, shop tenant.ShopID, d inbox.Delivery) error {
	duty, known := duties[d.Topic]
	if !known {
		return w.finish(ctx, shop, []inbox.Delivery{d}, inbox.Waiting, "no_handler")
	}

	if err := w.finish(ctx, shop, []inbox.Delivery{d}, inbox.Waiting, ""); err != nil {
		return err
	}
	w.bell.ring(ctx, duty, ForDelivery{shop, d.ID}, 0)
	return nil
}

// fulfil does what a delivery asks for, unless that was done already, and ends it. do says why a
// delivery can never be fulfilled.
func (w *Worker) fulfil(
	ctx context.Context, p ForDelivery, topic string, do func(inbox.Delivery) (never string, err error),
) error {
	d, err := w.inbox.FindDelivery(ctx, p.Shop, p.Delivery)
	if fault.Is(err, fault.NotFound) || (err == nil && (d.State != inbox.Waiting || d.Topic != topic)) {
		return nil
	}
	if err != nil {
		return err
	}

	never, err := do(d)
	switch {
	case err != nil:
		return err
	case never != "":
		return w.finish(ctx, p.Shop, []inbox.Delivery{d}, inbox.Poisoned, never)
	}
	return w.finish(ctx, p.Shop, []inbox.Delivery{d}, inbox.Done, "")
}

// waiting finds the deliveries of a topic whose bell was lost, or whose job was given up for a time.
func waiting(topic string) *sweep {
	return &sweep{name: topic, pace: 12, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		keys, err := s.find.WaitingDeliveries(ctx, topic, sweepLimit)
		found := make([]payload, len(keys))
		for i, k := range keys {
			found[i] = ForDelivery{k.Shop, k.ID}
		}
		return found, err
	}}
}
