package shopify

import (
	"embed"
	"strings"
	"sync"

	"twofold/referral"
)

//go:embed operations/*.graphql
var operationFiles embed.FS

// operation is one GraphQL document and what it is expected to cost.
type operation struct {
	name     string // of the file; the label in metrics, logs and errors
	text     string
	mutation bool
	cost     float64 // requested cost until Shopify has told its own; see requestedCost in operations_test.go
	size     string  // tells apart calls whose variables change the cost
}

// The operations. Their costs are by Shopify's published rules: 1 an object or a plain list of them, 0 a scalar or
// enum, 10 a mutation, the dearest of a union's possible types, and a connection "sized by first", which we read in the
// dearest way as 2 and first times its node, as we read nodes by their ids. A test computes them. Source: shopify.dev,
// rate limits, 2026-10.
var (
	opPing             = mustLoad("ping", 1)
	opShopProfile      = mustLoad("shop_profile", 6)
	opOrderSnapshot    = mustLoad("order_snapshot", firstSizes.cost(), "goods")
	opOrderLines       = mustLoad("order_lines", 605, "goods")
	opOrderDisputes    = mustLoad("order_disputes", disputesCost(referral.DisputesPage))
	opOrderPlaced      = mustLoad("order_placed", 2)
	opOrderNamed       = mustLoad("order_named", 2+3*namedPage)
	opCustomerOrders   = mustLoad("customer_orders", 203)
	opCustomerNames    = mustLoad("customer_names", maxNames)
	opCustomerByEmail  = mustLoad("customer_by_email", 1)
	opContact          = mustLoad("contact", 3)
	opOrderContact     = mustLoad("order_contact", 2)
	opShopContact      = mustLoad("shop_contact", 1)
	opOrdersChanged    = mustLoad("orders_changed", changedCost(referral.ChangedPageSize))
	opDiscountCreate   = mustLoad("discount_create", 12)
	opShippingCreate   = mustLoad("shipping_create", 12)
	opDiscountRead     = mustLoad("discount_read", 12)
	opDiscountUpdate   = mustLoad("discount_update", 12)
	opShippingUpdate   = mustLoad("shipping_update", 12)
	opDiscountsLive    = mustLoad("discounts_live", liveCost(livePage))
	opDiscountDelete   = mustLoad("discount_delete", 11)
	opDiscountByCode   = mustLoad("discount_by_code", 1)
	opCodesAdd         = mustLoad("codes_add", 12)
	opCodesCreation    = mustLoad("codes_creation", 1)
	opCreationFailures = mustLoad("codes_creation_failures", 503)
	opCodesFind        = mustLoad("codes_find", 254)
	opCodesListed      = mustLoad("codes_listed", 254)
	opCodesDelete      = mustLoad("codes_delete", 12)
	opJob              = mustLoad("job", 1)
	opFlowTrigger      = mustLoad("flow_trigger", 11)
	opShownRead        = mustLoad("shown_read", 3)
	opShownWrite       = mustLoad("shown_write", 12)
	opShownDelete      = mustLoad("shown_delete", 12)
)

// mustLoad reads an embedded operation, with the file of fragments that it spreads, if any. A missing file is a broken
// program.
func mustLoad(name string, cost float64, fragments ...string) operation {
	text := mustRead(name)
	for _, file := range fragments {
		text += "\n" + mustRead(file)
	}
	return operation{name: name, text: text, mutation: strings.Contains("\n"+text, "\nmutation "), cost: cost}
}

func mustRead(name string) string {
	text, err := operationFiles.ReadFile("operations/" + name + ".graphql")
	if err != nil {
		panic("shopify: " + err.Error())
	}
	return string(text)
}

// sized is the operation with variables that change its cost.
func (op operation) sized(size string, cost float64) operation {
	op.size, op.cost = size, cost
	return op
}

// costTable remembers the requested cost that Shopify last told for each operation, which beats our estimate.
type costTable struct {
	mu    sync.Mutex
	known map[string]float64 // by name and size: a few hundred
}

func (t *costTable) of(op operation) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if cost, ok := t.known[op.name+op.size]; ok {
		return cost
	}
	return op.cost
}

func (t *costTable) learn(op operation, cost float64) {
	if cost <= 0 {
		return
	}

	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[string]float64{}
	}
	t.known[op.name+op.size] = cost
}
