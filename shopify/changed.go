package shopify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

type rawChanged struct {
	ID         string         `json:"id"`
	UpdatedAt  timestamp      `json:"updatedAt"`
	Email      *string        `json:"email"` // level 2 only
	Codes      []string       `json:"discountCodes"`
	Attributes []rawAttribute `json:"customAttributes"`
	Customer   *rawID         `json:"customer"`
	Journey    *rawJourney    `json:"customerJourneySummary"`
}

// changedCost is what a page of changed orders costs; see operations.go.
func changedCost(size int) float64 { return float64(2 + 6*size) }

// ChangedOrders lists orders with updatedAt >= q.Since (whole seconds), oldest change first. Shopify may drop a filter
// that it cannot use and return everything, so what comes back is checked against it; Internal when it does not fit.
// TooLarge: ask for a smaller page.
func (g *Gateway) ChangedOrders(
	ctx context.Context, shop tenant.ShopID, q referral.ChangedQuery,
) (referral.ChangedPage, error) {
	since := q.Since.UTC().Truncate(time.Second)
	vars := map[string]any{
		"query":  "updated_at:>='" + since.Format(time.RFC3339) + "'",
		"first":  q.Size,
		"bare":   q.Bare,
		"level2": g.config.Level2,
	}

	if q.Cursor != "" {
		vars["after"] = q.Cursor
	}

	op := opOrdersChanged.sized(strconv.Itoa(q.Size), changedCost(q.Size))
	var data struct {
		Orders struct {
			Nodes    []rawChanged `json:"nodes"`
			PageInfo pageInfo     `json:"pageInfo"`
		} `json:"orders"`
	}

	r, err := g.call(ctx, shop, op, vars, &data)
	if err != nil {
		return referral.ChangedPage{}, fmt.Errorf("shopify: changed orders: %w", err)
	}

	page := referral.ChangedPage{Next: data.Orders.PageInfo.next(), At: r.date}
	for i := range data.Orders.Nodes {
		raw := &data.Orders.Nodes[i]
		n, err := raw.nominee()
		if err == nil && (raw.UpdatedAt.Before(since) || raw.UpdatedAt.Before(page.Last)) {
			err = fault.ForLog(fault.Internal, "Shopify ignored the filter or the order of changed orders")
		}
		if err != nil {
			return referral.ChangedPage{}, g.unreadable(shop, opOrdersChanged, err)
		}

		n.Unseen = q.Bare
		page.Orders, page.Last = append(page.Orders, n), raw.UpdatedAt.Time
	}

	if warned(r.searches) || (data.Orders.PageInfo.HasNext && page.Next == "") {
		return referral.ChangedPage{}, g.unreadable(shop, opOrdersChanged,
			fault.ForLog(fault.Internal, "Shopify warns about the search"))
	}
	return page, nil
}

// warned tells that Shopify did not use a search query as it was written.
func warned(list []search) bool {
	for _, s := range list {
		if len(s.Warnings) > 0 {
			return true
		}
	}
	return false
}

func (raw *rawChanged) nominee() (referral.Nominee, error) {
	customer, err := raw.Customer.customer()
	if err != nil || !isGID(raw.ID, "Order") || raw.UpdatedAt.IsZero() {
		return referral.Nominee{}, fault.ForLog(fault.Invalid, "a changed order without id or time")
	}

	n := referral.Nominee{
		Order:    referral.OrderID(raw.ID),
		Customer: customer,
		Codes:    upperCodes(raw.Codes),
		Email:    email(raw.Email),
	}

	list := attributes(raw.Attributes)
	n.Claim = referral.Order{Attributes: list}.ClaimID()
	if i := slices.IndexFunc(list, referral.Attribute.Ours); i >= 0 {
		n.Visit = list[i].Value != "" && n.Claim == ""
	}
	if raw.Journey != nil {
		n.Ref = cmp.Or(raw.Journey.Last.ref(), raw.Journey.First.ref())
	}

	return n, nil
}
