package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// refundsAsked is how many refunds of each order customer_orders.graphql asks for.
const refundsAsked = 3

type rawCustomerOrders struct {
	rawCustomer
	Total  json.Number `json:"numberOfOrders"` // UnsignedInt64, a text in JSON
	Orders struct {
		Nodes    []rawVisible `json:"nodes"`
		PageInfo pageInfo     `json:"pageInfo"`
	} `json:"orders"`
}

type rawVisible struct {
	ID          string    `json:"id"`
	ProcessedAt timestamp `json:"processedAt"`
	UpdatedAt   timestamp `json:"updatedAt"`
	Test        bool      `json:"test"`
	CancelledAt timestamp `json:"cancelledAt"`
	Status      string    `json:"displayFinancialStatus"`
	Price       *moneyBag `json:"totalPriceSet"`
	Refunds     []struct {
		At timestamp `json:"createdAt"`
	} `json:"refunds"`
}

// ReadCustomer reads a customer's history. NotFound: the shop has no such customer (deleted or merged); Unavailable
// with class Withheld: the app may not see customers.
func (g *Gateway) ReadCustomer(
	ctx context.Context, shop tenant.ShopID, id referral.CustomerID,
) (referral.CustomerOrders, error) {
	if !isGID(string(id), "Customer") {
		return referral.CustomerOrders{}, fault.ForLog(fault.Invalid, "not a customer id")
	}

	var data struct {
		Customer *rawCustomerOrders `json:"customer"`
	}
	r, err := g.call(ctx, shop, opCustomerOrders, map[string]any{"id": id, "level2": g.config.Level2}, &data)
	if err == nil && (data.Customer == nil || r.withheld) {
		err = missing(shop, opCustomerOrders, r)
	}
	if err != nil {
		return referral.CustomerOrders{}, fmt.Errorf("shopify: read customer: %w", err)
	}

	history, err := data.Customer.history()
	if err == nil && history.Customer != id {
		err = fault.ForLog(fault.Invalid, "another customer than asked for")
	}
	if err != nil {
		return referral.CustomerOrders{}, g.unreadable(shop, opCustomerOrders, err)
	}

	return history, nil
}

func (raw *rawCustomerOrders) history() (referral.CustomerOrders, error) {
	total, err := strconv.ParseInt(raw.Total.String(), 10, 32)
	if err != nil || total < 0 {
		return referral.CustomerOrders{}, fault.ForLog(fault.Invalid, "not a number of orders")
	}

	h := referral.CustomerOrders{
		Customer: referral.CustomerID(raw.ID),
		Email:    raw.address(),
		Total:    int(total),
		Complete: !raw.Orders.PageInfo.HasNext,
	}

	for i := range raw.Orders.Nodes {
		v := &raw.Orders.Nodes[i]
		if !isGID(v.ID, "Order") || v.ProcessedAt.IsZero() {
			return referral.CustomerOrders{}, fault.ForLog(fault.Invalid, "an order without id or time")
		}

		free, err := v.free()
		if err != nil {
			return referral.CustomerOrders{}, err
		}

		h.Visible = append(h.Visible, referral.VisibleOrder{
			ID:          referral.OrderID(v.ID),
			ProcessedAt: v.ProcessedAt.Time,
			Test:        v.Test,
			Paid:        referral.Order{Status: referral.FinancialStatus(v.Status)}.Paid(),
			Free:        free,
			CancelledAt: v.CancelledAt.Time,
			RefundedAt:  v.refundedAt(),
		})
	}

	return h, nil
}

// free tells whether there was nothing to pay. A price that is not shown is none: the order counts.
func (v *rawVisible) free() (bool, error) {
	if v.Price == nil || v.Price.Shop == nil {
		return false, nil
	}
	price, err := v.Price.amount(v.Price.Shop.Currency)
	return price.IsZero(), err
}

// refundedAt is when the order was refunded in full: at its last refund. Where that is not known (more refunds than
// were asked for, or a voided payment) it is the order's last change, which is never too early.
func (v *rawVisible) refundedAt() time.Time {
	status := referral.FinancialStatus(v.Status)
	if status != referral.StatusRefunded && status != referral.StatusVoided {
		return time.Time{}
	}
	if len(v.Refunds) == 0 || len(v.Refunds) >= refundsAsked {
		return v.UpdatedAt.Time
	}

	var last time.Time
	for _, r := range v.Refunds {
		if r.At.After(last) {
			last = r.At.Time
		}
	}

	return last
}
