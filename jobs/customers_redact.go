package jobs

import (
	"context"
	"time"

	"twofold/inbox"
	"twofold/people"
	"twofold/referral"
)

// customersRedact erases a person. Shopify grants 30 days; it runs at once, and also where the
// app is gone from the shop.
var customersRedact = job{
	kind:    "customers:redact",
	queue:   queueSteady,
	retries: 10,
	timeout: 2 * time.Minute,
	frozen:  true,
	run:     runs(func(ctx context.Context, w *Worker, p ForDelivery) error { return w.redactCustomer(ctx, p) }),
	sweep:   waiting("customers/redact"),
}

func (w *Worker) redactCustomer(ctx context.Context, p ForDelivery) error {
	return w.fulfil(ctx, p, "customers/redact", func(d inbox.Delivery) (never string, err error) {
		if d.Nomination.CustomerID == "" {
			return "no_customer", nil
		}
		e := people.Erasure{ID: d.ID, Customer: referral.CustomerID(d.Nomination.CustomerID), Orders: namedOrders(d)}
		return "", w.do.People.Erase(ctx, p.Shop, e)
	})
}

// namedOrders are the orders that a request names as the person's.
func namedOrders(d inbox.Delivery) []referral.OrderID {
	orders := make([]referral.OrderID, len(d.Nomination.Erase))
	for i, id := range d.Nomination.Erase {
		orders[i] = referral.OrderID(id)
	}
	return orders
}
