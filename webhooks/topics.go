package webhooks

import (
	"maps"
	"slices"

	"twofold/inbox"
)

// topic is one webhook topic that is kept: which fields of its body are read, and how they become a nomination. The same topics
// stand in shopify.app.toml, whose include_fields name the same fields, and in package jobs, which acts on them; tests compare.
type topic struct {
	fields  []string // paths that project reads, as include_fields has them
	project func(*payload, *inbox.Nomination)
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
)

var topics = map[string]topic{
	"orders/paid":            {orderFields, (*payload).order},
	"orders/cancelled":       {orderFields, (*payload).order},
	"refunds/create":         {refundFields, (*payload).refund},
	"orders/edited":          {editFields, (*payload).edit},
	"app/uninstalled":        {shopFields, (*payload).shop},
	"app/scopes_update":      {scopesFields, (*payload).scopes},
	"shop/update":            {shopFields, (*payload).shop},
	"customers/data_request": {requestFields, (*payload).privacy},
	"customers/redact":       {redactFields, (*payload).privacy},
	"shop/redact":            {goneFields, (*payload).privacy},
	"discounts/update":       {changedFields, (*payload).discount},
	"discounts/delete":       {deletedFields, (*payload).discount},
}

// Topics lists the topics that are kept, sorted. A delivery of any other is answered 200 and forgotten.
func Topics() []string { return slices.Sorted(maps.Keys(topics)) }

// Fields lists the paths of a topic's body that are read: include_fields must not cut them away. nil for an unknown topic.
func Fields(name string) []string { return slices.Clone(topics[name].fields) }
