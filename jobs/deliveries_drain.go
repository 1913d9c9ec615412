package jobs

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"twofold/fault"
	"twofold/inbox"
	"twofold/referral"
	"twofold/tenant"
)

const drainKind = "deliveries:drain"

// deliveriesDrain works off the shop's deliveries. One retry: the sweep rings again within seconds. It runs for any
// shop, as deliveries tell of uninstalls and returns.
var deliveriesDrain = job{
	kind:    drainKind,
	queue:   queueUrgent,
	retries: 1,
	timeout: time.Minute,
	frozen:  true,
	run:     runs(func(ctx context.Context, w *Worker, p ForShop) error { return w.drain(ctx, p.Shop) }),
	sweep: &sweep{name: "deliveries", pace: 1, due: func(ctx context.Context, s *Sweeper) ([]payload, error) {
		return everyShop(s.find.ShopsWithDeliveries(ctx, s.wall(), sweepLimit)) // a backlog may be large: past the flag
	}},
}

// Deliveries rings for a shop with new deliveries. While its bell is rung already nothing is queued: one task drains
// them all, so that a flood in one shop does not delay another.
func (b *Bell) Deliveries(ctx context.Context, shop tenant.ShopID) {
	b.ringOnce(ctx, deliveriesDrain, ForShop{shop})
}

// ringer is what the drain asks of the shop's bell: to ring again for what is left, and to be heard while it works.
type ringer interface {
	Deliveries(ctx context.Context, shop tenant.ShopID)
	lift(ctx context.Context, kind string, p payload)
}

// Inbox is what the drain needs of the stored deliveries.
type Inbox interface {
	// ListDeliveries lists received deliveries that are due at now, oldest first.
	ListDeliveries(ctx context.Context, shop tenant.ShopID, now time.Time, limit int) ([]inbox.Delivery, error)
	FinishDeliveries(
		ctx context.Context, shop tenant.ShopID, ids []string, state inbox.State, reason string, at time.Time,
	) error
	RetryDelivery(ctx context.Context, shop tenant.ShopID, id string, dueAt time.Time, reason string) error
	// PutOffDelivery is RetryDelivery where nothing could be tried: no attempt is counted.
	PutOffDelivery(ctx context.Context, shop tenant.ShopID, id string, dueAt time.Time, reason string) error
	FindDelivery(ctx context.Context, shop tenant.ShopID, id string) (inbox.Delivery, error)
	FindShop(ctx context.Context, shop tenant.ShopID) (tenant.Shop, error)
}

// Limits of the drain: how much one task takes on before it lets another shop have its turn, and when a delivery is
// given up.
const (
	drainBatch   = 100
	drainBatches = 10
	drainTries   = 12 // with the delays of retryIn: about half an hour
)

// A shop that Shopify has closed cannot be asked anything. Deliveries about its orders are done with: the
// reconcile after the reopening finds the orders. What no reconcile would find comes back after
// closedPause, as often as it takes.
const (
	shopClosed  = "shop_closed" // the reason that is noted
	closedPause = time.Hour
)

// action is what a topic calls for.
type action int

const (
	lookAtOrder action = iota
	proveUninstall
	readShop
	checkDiscount
	checkCode
	fulfil
)

// topics says what each topic calls for. The same topics stand in shopify.app.toml and in package
// webhooks; a test compares.
var topics = map[string]action{
	"orders/paid":            lookAtOrder,
	"orders/cancelled":       lookAtOrder,
	"orders/edited":          lookAtOrder,
	"refunds/create":         lookAtOrder,
	"app/uninstalled":        proveUninstall,
	"app/scopes_update":      readShop,
	"shop/update":            readShop,
	"customers/data_request": fulfil,
	"customers/redact":       fulfil,
	"shop/redact":            fulfil,
	"discounts/update":       checkDiscount,
	"discounts/delete":       checkDiscount,

	"discounts/redeemcode_removed": checkCode,
}

// Topics lists the topics that have a handler here, sorted.
func Topics() []string {
	names := make([]string, 0, len(topics))
	for topic := range topics {
		names = append(names, topic)
	}
	slices.Sort(names)
	return names
}

// drain works off the shop's deliveries in batches, and rings again when more are left than one task takes on.
func (w *Worker) drain(ctx context.Context, shop tenant.ShopID) error {
	w.ringer.lift(ctx, drainKind, ForShop{shop})
	for range drainBatches {
		batch, err := w.inbox.ListDeliveries(ctx, shop, w.wall(), drainBatch)
		if err != nil {
			return err
		}

		if err := w.workOff(ctx, shop, batch); err != nil {
			return err
		}
		if len(batch) < drainBatch {
			return nil
		}
	}

	w.ringer.Deliveries(ctx, shop)
	return nil
}

func (w *Worker) workOff(ctx context.Context, shop tenant.ShopID, batch []inbox.Delivery) error {
	if len(batch) == 0 {
		return nil
	}

	found, err := w.inbox.FindShop(ctx, shop)
	switch {
	case fault.Is(err, fault.NotFound):
		return w.finish(ctx, shop, batch, inbox.Done, "unknown_shop")
	case err != nil:
		return err
	}

	orders := slices.Clone(batch)
	orders = slices.DeleteFunc(orders, func(d inbox.Delivery) bool {
		return topics[d.Topic] != lookAtOrder || d.Nomination.OrderID == ""
	})
	for _, d := range batch {
		if slices.ContainsFunc(orders, func(o inbox.Delivery) bool { return o.ID == d.ID }) {
			continue
		}

		if err := w.one(ctx, found, d); err != nil {
			return err
		}
	}

	return w.orders(ctx, found, orders)
}

// orders asks the store which of the orders may matter, looks at those, and is done with the rest.
func (w *Worker) orders(ctx context.Context, shop tenant.Shop, batch []inbox.Delivery) error {
	if len(batch) == 0 {
		return nil
	}

	switch {
	case shop.Status == tenant.Uninstalled:
		return w.finish(ctx, shop.ID, batch, inbox.Done, "not_installed")
	case shop.Status.Closed():
		return w.finish(ctx, shop.ID, batch, inbox.Done, shopClosed)
	}

	byOrder := map[referral.OrderID][]inbox.Delivery{}
	var nominees []referral.Nominee
	for _, d := range batch {
		n := nominee(d.Nomination)
		nominees = append(nominees, n)
		byOrder[n.Order] = append(byOrder[n.Order], d)
	}

	chosen, err := w.do.Orders.Nominated(ctx, shop.ID, nominees)
	if err != nil {
		return err
	}
	for _, n := range chosen {
		told, waiting := byOrder[n.Order]
		if !waiting {
			continue // nominated twice in this batch
		}
		delete(byOrder, n.Order)

		err := w.lookAt(ctx, shop.ID, n.Order, told)
		if errors.Is(err, tenant.ErrClosed) { // as the others will be
			return w.finish(ctx, shop.ID, batch, inbox.Done, shopClosed)
		}

		if err != nil {
			return err
		}
	}

	var rest []inbox.Delivery
	for _, told := range byOrder {
		rest = append(rest, told...)
	}
	return w.finish(ctx, shop.ID, rest, inbox.Done, "not_nominated")
}

func nominee(n inbox.Nomination) referral.Nominee {
	one := referral.Nominee{
		Order: referral.OrderID(n.OrderID), Customer: referral.CustomerID(n.CustomerID), Codes: n.Codes, Ref: n.Ref,
	}

	if strings.HasPrefix(n.ClaimID, "clm_") {
		one.Claim = referral.ClaimID(n.ClaimID)
	} else {
		one.Visit = n.ClaimID != ""
	}
	return one
}

// lookAt looks at one order, and is done with what told of it, or puts that off. ErrClosed: the
// shop is found to be closed.
func (w *Worker) lookAt(ctx context.Context, shop tenant.ShopID, order referral.OrderID, told []inbox.Delivery) error {
	err := w.do.Orders.Refresh(ctx, shop, order)
	switch kind := fault.KindOf(err); {
	case err == nil:
		return w.finish(ctx, shop, told, inbox.Done, "")
	case kind == fault.Unauthorized: // nothing can be asked now; the reconcile after the next visit finds the order
		return w.finish(ctx, shop, told, inbox.Done, "token_refused")
	case errors.Is(err, tenant.ErrClosed):
		return err
	}
	return w.later(ctx, told, err)
}

// one works off a delivery that is not about an order.
func (w *Worker) one(ctx context.Context, shop tenant.Shop, d inbox.Delivery) error {
	what, known := topics[d.Topic]
	switch {
	case !known:
		return w.finish(ctx, shop.ID, []inbox.Delivery{d}, inbox.Waiting, "no_handler")
	case what == fulfil && d.Nomination.ShopDomain != string(shop.ID): // only the body is signed
		return w.finish(ctx, shop.ID, []inbox.Delivery{d}, inbox.Poisoned, "another_shop")
	case what == fulfil:
		return w.handOver(ctx, shop.ID, d)
	case d.Nomination.ShopDomain != "" && d.Nomination.ShopDomain != string(shop.ID):
		return w.finish(ctx, shop.ID, []inbox.Delivery{d}, inbox.Poisoned, "another_shop")
	case what == lookAtOrder:
		return w.finish(ctx, shop.ID, []inbox.Delivery{d}, inbox.Poisoned, "no_order")
	}

	switch err := w.act(ctx, shop, what, d); {
	case errors.Is(err, tenant.ErrClosed):
		return w.inbox.PutOffDelivery(ctx, shop.ID, d.ID, w.wall().Add(closedPause), shopClosed)
	case err != nil:
		return w.later(ctx, []inbox.Delivery{d}, err)
	}
	return w.finish(ctx, shop.ID, []inbox.Delivery{d}, inbox.Done, "")
}

// act does what the delivery calls for. ErrClosed: it must wait until Shopify opens the shop. An uninstall is
// asked about all the same.
func (w *Worker) act(ctx context.Context, shop tenant.Shop, what action, d inbox.Delivery) error {
	switch {
	case what == proveUninstall:
		return w.do.Shops.CheckUninstalled(ctx, shop.ID, d.TriggeredAt)
	case shop.Status.Closed():
		return tenant.ErrClosed
	case shop.Status != tenant.Installed:
		return nil
	case what == checkCode:
		return w.do.Codes.Removed(ctx, shop.ID, d.Nomination.Codes)
	case what == checkDiscount:
		return w.do.Rewards.CheckDiscount(ctx, shop.ID, referral.DiscountID(d.Nomination.DiscountID))
	}
	return w.do.Shops.RefreshProfile(ctx, shop.ID)
}

func (w *Worker) finish(
	ctx context.Context, shop tenant.ShopID, batch []inbox.Delivery, state inbox.State, reason string,
) error {
	if len(batch) == 0 {
		return nil
	}

	ids := make([]string, len(batch))
	for i, d := range batch {
		ids[i] = d.ID
	}

	if state == inbox.Poisoned {
		w.log.ErrorContext(ctx, "delivery given up",
			"shop", shop, "delivery_id", ids[0], "topic", batch[0].Topic, "reason", reason)
	}
	return w.inbox.FinishDeliveries(ctx, shop, ids, state, reason, w.wall())
}

// later puts deliveries off after an error, and gives up those that failed too often. The error itself is logged here.
func (w *Worker) later(ctx context.Context, batch []inbox.Delivery, cause error) error {
	for _, d := range batch {
		if d.Attempts+1 >= drainTries || !fault.KindOf(cause).Retry() {
			if err := w.finish(ctx, d.Shop, []inbox.Delivery{d}, inbox.Poisoned, fault.CodeOf(cause)); err != nil {
				return err
			}
			continue
		}
		due := w.wall().Add(retryIn(d.Attempts, cause))
		if err := w.inbox.RetryDelivery(ctx, d.Shop, d.ID, due, fault.CodeOf(cause)); err != nil {
			return err
		}
	}

	first := batch[0]
	w.log.WarnContext(ctx, "delivery put off",
		"shop", first.Shop, "delivery_id", first.ID, "topic", first.Topic,
		"attempt", first.Attempts+1, "kind", fault.KindOf(cause), "err", cause)
	return nil
}

func retryIn(attempts int, cause error) time.Duration { return retryDelay(attempts, cause, nil) }
