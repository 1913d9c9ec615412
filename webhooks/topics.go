package webhooks

import (
	"maps"
	"slices"

	"twofold/inbox"
)

// topic is one webhook topic that is kept: which fields of its body are read, and how they become a nomination.
// The same topics stand in shopify.app.toml, whose include_fields name the same fields, and in package jobs,
// which acts on them; tests compare.
type topic struct {
	fields  []string // paths that project reads, as include_fields has them
	project func(*payload, *inbox.Nomination)
	duty    bool // of privacy laws: kept also for shops that we do not know
}

// Fields by what the body is. Bodies are Shopify's REST shapes. Source: shopify.dev, webhook topics, 2026-10.
var (
	orderFields   = []string{"id", "updated_at", "customer.id", "discount_codes", "note_attributes", "landing_site"}
	refundFields  = []string{"order_id"}
	editFields    = []string{"order_edit.order_id"}
	shopFields    = []string{"myshopify_domain", "updated_at"}
	scopesFields  = []string{"updated_at"}
	requestFields = []string{"shop_domain", "customer.id", "orders_requested"}
	redactFields  = []string{"shop_domain", "customer.id", "orders_to_redact"}
	goneFields    = []string{"shop_domain"}
	changedFields = []string{"admin_graphql_api_id", "updated_at"}
	deletedFields = []string{"admin_graphql_api_id"}
	removedFields = []string{"admin_graphql_api_id", "redeem_code.code", "updated_at"}
)

var topics = map[string]topic{
	"orders/paid":            {orderFields, (*payload).order, false},
	"orders/cancelled":       {orderFields, (*payload).order, false},
	"refunds/create":         {refundFields, (*payload).refund, false},
	"orders/edited":          {editFields, (*payload).edit, false},
	"app/uninstalled":        {shopFields, (*payload).shop, false},
	"app/scopes_update":      {scopesFields, (*payload).scopes, false},
	"shop/update":            {shopFields, (*payload).shop, false},
	"customers/data_request": {requestFields, (*payload).privacy, true},
	"customers/redact":       {redactFields, (*payload).privacy, true},
	"shop/redact":            {goneFields, (*payload).privacy, true},
	"discounts/update":       {changedFields, (*payload).discount, false},
	"discounts/delete":       {deletedFields, (*payload).discount, false},

	"discounts/redeemcode_removed": {removedFields, (*payload).removed, false},
}

// Topics lists the topics that are kept, sorted. A delivery of any other is answered 200 and forgotten.
func Topics() []string { return slices.Sorted(maps.Keys(topics)) }

// Fields lists the paths of a topic's body that are read: include_fields must not cut them away.
// nil for an unknown topic.
func Fields(name string) []string { return slices.Clone(topics[name].fields) }
