package jobs

import (
	"context"
	"time"

	"twofold/inbox"
	"twofold/referral"
)

// customersDataRequest gathers what is kept of a person, for the merchant to hand over.
var customersDataRequest = job{
	kind:    "customers:data_request",
	queue:   queueSteady,
	retries: 10,
	timeout: time.Minute,
	frozen:  true,
	run:     runs(func(ctx context.Context, w *Worker, p ForDelivery) error { return w.reportCustomer(ctx, p) }),
	sweep:   waiting("customers/data_request"),
}

func (w *Worker) reportCustomer(ctx context.Context, p ForDelivery) error {
	return w.fulfil(ctx, p, "customers/data_request", func(d inbox.Delivery) (never string, err error) {
		if d.Nomination.CustomerID == "" {
			return "no_customer", nil
		}
		return "", w.do.People.Report(ctx, p.Shop, d.ID, referral.CustomerID(d.Nomination.CustomerID), namedOrders(d))
	})
}
