package shopify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"twofold/codes"
	"twofold/referral"
	"twofold/tools/schematest"
)

// operationCase is an operation with variables as the gateway sends them.
type operationCase struct {
	op   operation
	vars []map[string]any
}

func operationCases(t *testing.T) []operationCase {
	t.Helper()
	const discount = "gid://shopify/DiscountCodeNode/1"
	var creates, updates, shippingCreates, shippingUpdates []map[string]any
	for _, change := range []func(*codes.Discount){
		func(*codes.Discount) {},
		func(d *codes.Discount) { d.Minimum.Minor, d.UsageLimit = 0, 0 },
		func(d *codes.Discount) { d.EndsAt, d.Customer = testNow.Add(time.Hour), "gid://shopify/Customer/1" },
		func(d *codes.Discount) { d.Kind, d.RateBP = referral.PercentOff, 1250 },
	} {
		d := twentyOff
		change(&d)
		created, updated := inputsOf(t, d)
		creates, updates = append(creates, created), append(updates, updated)
		d.Kind = referral.FreeShipping
		created, updated = inputsOf(t, d)
		shippingCreates, shippingUpdates = append(shippingCreates, created), append(shippingUpdates, updated)
	}
	end := map[string]any{"id": discount, "input": map[string]any{"endsAt": dateTime(testNow)}}
	snapshot := func(level2 bool, s sizes) map[string]any {
		return map[string]any{
			"id":           "gid://shopify/Order/1",
			"level2":       level2,
			"transactions": s.transactions,
			"refunds":      s.refunds,
			"adjustments":  s.adjustments,
		}
	}
	shown := map[string]any{"metafields": []map[string]any{
		metafieldInput("gid://shopify/AppInstallation/1", "ready", "boolean", "true", referral.ShownField{}),
		metafieldInput("gid://shopify/AppInstallation/1", "offer", "json", "{}",
			referral.ShownField{Value: "1", Digest: "d"}),
	}}
	id := func(kind string) []map[string]any { return []map[string]any{{"id": "gid://shopify/" + kind + "/1"}} }
	return []operationCase{
		{opPing, []map[string]any{nil}},
		{opShopProfile, []map[string]any{nil}},
		{opOrderSnapshot, []map[string]any{snapshot(false, firstSizes), snapshot(true, firstSizes)}},
		{
			opOrderLines,
			[]map[string]any{
				{"id": "gid://shopify/Order/1", "after": "x", "afterShipping": "y"},
				{"id": "x", "after": "", "afterShipping": nil},
			},
		},
		{
			opOrderDisputes,
			[]map[string]any{{"ids": slices.Repeat([]string{"gid://shopify/Order/1"}, referral.DisputesPage)}},
		},
		{
			opCustomerOrders,
			[]map[string]any{
				{"id": "gid://shopify/Customer/1", "level2": true},
				{"id": "gid://shopify/Customer/1", "level2": false},
			},
		},
		{opOrderPlaced, id("Order")},
		{opOrderNamed, []map[string]any{{"query": "name:'EN1001-A'", "first": namedPage}}},
		{opCustomerNames, []map[string]any{{"ids": slices.Repeat([]string{"gid://shopify/Customer/1"}, maxNames)}}},
		{opCustomerByEmail, []map[string]any{{"email": "ada@example.com"}}},
		{opContact, id("Customer")},
		{opOrderContact, id("Order")},
		{opShopContact, []map[string]any{nil}},
		{
			opOrdersChanged,
			[]map[string]any{
				{"query": "updated_at:>='2026-11-22T08:00:00Z'", "first": 50, "bare": false, "level2": false},
				{"query": "x", "first": 1, "bare": true, "after": "y", "level2": true},
			},
		},
		{opDiscountCreate, creates},
		{opShippingCreate, shippingCreates},
		{opDiscountRead, id("DiscountCodeNode")},
		{opDiscountsLive, []map[string]any{{"query": liveQuery, "first": livePage}}},
		{opDiscountUpdate, append(updates, end)},
		{opShippingUpdate, append(shippingUpdates, end)},
		{opDiscountDelete, id("DiscountCodeNode")},
		{opDiscountByCode, []map[string]any{{"code": "X"}}},
		{opCodesAdd, []map[string]any{{"discountId": discount, "codes": []map[string]string{{"code": "X"}}}}},
		{opCodesCreation, id("DiscountRedeemCodeBulkCreation")},
		{
			opCreationFailures,
			[]map[string]any{{"id": "gid://shopify/DiscountRedeemCodeBulkCreation/1"}, {"id": "x", "after": "y"}},
		},
		{
			opCodesFind,
			[]map[string]any{
				{"discountId": discount, "query": "A OR B"},
				{"discountId": discount, "query": "A", "after": "y"},
			},
		},
		{opCodesListed, []map[string]any{{"discountId": discount}, {"discountId": discount, "after": "y"}}},
		{
			opCodesDelete,
			[]map[string]any{{"discountId": discount, "ids": []string{"gid://shopify/DiscountRedeemCode/1"}}},
		},
		{opJob, id("Job")},
		{opFlowTrigger, []map[string]any{{"handle": "referral-issued", "payload": map[string]any{"customer_id": 1, "Code": "X"}}}},
		{opShownRead, []map[string]any{nil}},
		{opShownWrite, []map[string]any{shown}},
		{opShownDelete, []map[string]any{shownIDs("gid://shopify/AppInstallation/1")}},
	}
}

// inputsOf are the variables of a discount's creation and of its update.
func inputsOf(t *testing.T, d codes.Discount) (created, updated map[string]any) {
	t.Helper()
	create, err := createInput(d)
	if err != nil {
		t.Fatal(err)
	}
	update, err := updateInput(d)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"input": create}, map[string]any{"id": "gid://shopify/DiscountCodeNode/1", "input": update}
}

// asJSON is the variables as they go over the wire.
func asJSON(t *testing.T, vars map[string]any) map[string]any {
	t.Helper()
	data, err := json.Marshal(vars)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	var out map[string]any
	if err := decoder.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// adminSchema is Shopify's own.
func adminSchema(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "admin " + APIVersion, Input: schematest.AdminSDL(t)})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Every operation, with every shape of variables, is one that Shopify's own schema of the pinned version takes, and
// uses nothing deprecated; its expected cost and kind are right.
func TestOperationsAgainstShopifysSchema(t *testing.T) {
	t.Parallel()
	schema := adminSchema(t)
	tested := map[string]bool{}
	for _, c := range operationCases(t) {
		tested[c.op.name+".graphql"] = true
		doc, list := gqlparser.LoadQueryWithRules(schema, c.op.text, rules.NewDefaultRules())
		if len(list) > 0 {
			t.Errorf("%s: %v", c.op.name, list)
			continue
		}
		op := doc.Operations[0]
		if len(doc.Operations) != 1 || (op.Operation == ast.Mutation) != c.op.mutation {
			t.Errorf("%s: %d operations, mutation %t", c.op.name, len(doc.Operations), c.op.mutation)
		}
		for _, vars := range c.vars {
			coerced, err := validator.VariableValues(schema, op, asJSON(t, vars))
			if err != nil {
				t.Errorf("%s %v: %v", c.op.name, vars, err)
				continue
			}
			if cost := requestedCost(schema, op, coerced); cost != c.op.cost && vars["level2"] != true {
				t.Errorf("%s costs %v points, expected %v", c.op.name, cost, c.op.cost)
			}
			if cost := requestedCost(schema, op, coerced); cost > 1000 || (c.op.name == opOrderSnapshot.name && cost > 135) {
				t.Errorf("%s costs %v points", c.op.name, cost)
			}
		}
		for _, used := range deprecated(op.SelectionSet) {
			t.Errorf("%s uses %s, which is deprecated", c.op.name, used)
		}
	}
	files, err := operationFiles.ReadDir("operations")
	if err != nil {
		t.Fatal(err)
	}
	tested["goods.graphql"] = true // fragments of the snapshot and of OrderLines
	for _, f := range files {
		if !tested[f.Name()] {
			t.Errorf("%s is not tested", f.Name())
		}
	}
}

// Snapshots of the sizes that fit, and no others, stay within Shopify's limit even if every entry of a plain list is
// counted, and their cost is what we say.
func TestLargerSnapshots(t *testing.T) {
	t.Parallel()
	schema := adminSchema(t)
	op := gqlparser.MustLoadQueryWithRules(schema, opOrderSnapshot.text, rules.NewDefaultRules()).Operations[0]
	fitting := 0
	for _, transactions := range transactionSteps {
		for _, refunds := range refundSteps {
			for _, adjustments := range adjustmentSteps {
				s := sizes{transactions, refunds, adjustments}
				vars := map[string]any{
					"id":           "x",
					"level2":       true,
					"transactions": transactions,
					"refunds":      refunds,
					"adjustments":  adjustments,
				}
				coerced, err := validator.VariableValues(schema, op, asJSON(t, vars))
				if err != nil {
					t.Fatal(err)
				}
				if dearest := costOf(schema, op.SelectionSet, coerced, true); s.fits() != (dearest <= 1000) {
					t.Errorf("%v costs %v points at most, fits %t", s, dearest, s.fits())
				}
				if cost := requestedCost(schema, op, coerced); cost != s.cost()+2 {
					t.Errorf("%v costs %v points, expected %v", s, cost, s.cost()+2)
				}
				if s.fits() {
					fitting++
				}
			}
		}
	}
	if fitting != 13 {
		t.Errorf("%d of the sizes fit", fitting)
	}
}

// requestedCost is what Shopify's published rules say a query costs, with a connection read as 2 and first times its
// node. Source: shopify.dev, GraphQL Admin API rate limits, cost calculation, 2026-10.
func requestedCost(schema *ast.Schema, op *ast.OperationDefinition, vars map[string]any) float64 {
	if op.Operation == ast.Mutation {
		cost := 0.0
		for _, f := range fieldsOf(op.SelectionSet, vars) {
			cost += 10 + costOf(schema, f.SelectionSet, vars, false)
		}
		return cost
	}
	return costOf(schema, op.SelectionSet, vars, false)
}

// costOf is the cost of a selection; lists tells whether every entry of a plain list counts. Of inline fragments only
// the dearest counts: ours are on types that exclude each other. What is spread counts as if it stood there.
func costOf(schema *ast.Schema, set ast.SelectionSet, vars map[string]any, lists bool) float64 {
	cost, fragment := 0.0, 0.0
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			cost += costOfField(schema, s, vars, lists)
		case *ast.InlineFragment:
			fragment = max(fragment, costOf(schema, s.SelectionSet, vars, lists))
		case *ast.FragmentSpread:
			cost += costOf(schema, s.Definition.SelectionSet, vars, lists)
		}
	}
	return cost + fragment
}

func costOfField(schema *ast.Schema, f *ast.Field, vars map[string]any, lists bool) float64 {
	kind := f.Definition.Type.Name()
	if !included(f, vars) || f.Name == "pageInfo" || schema.Types[kind] == nil || schema.Types[kind].IsLeafType() {
		return 0
	}
	node, first := costOf(schema, f.SelectionSet, vars, lists), f.ArgumentMap(vars)["first"]
	ids, byIDs := f.ArgumentMap(vars)["ids"].([]any)
	switch {
	case byIDs:
		return float64(len(ids)) * (1 + node)
	case strings.HasSuffix(kind, "Connection"):
		return 2 + number64(first)*node
	case lists && first != nil:
		return number64(first) * (1 + node)
	}
	return 1 + node
}

func included(f *ast.Field, vars map[string]any) bool {
	d := f.Directives.ForName("include")
	return d == nil || d.ArgumentMap(vars)["if"] == true
}

func number64(v any) float64 {
	var f float64
	_, _ = fmt.Sscan(fmt.Sprint(v), &f) // anything else is none
	return f
}

// fieldsOf flattens fragments and leaves out what @include switches off.
func fieldsOf(set ast.SelectionSet, vars map[string]any) []*ast.Field {
	var fields []*ast.Field
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if included(s, vars) {
				fields = append(fields, s)
			}
		case *ast.InlineFragment:
			fields = append(fields, fieldsOf(s.SelectionSet, vars)...)
		case *ast.FragmentSpread:
			fields = append(fields, fieldsOf(s.Definition.SelectionSet, vars)...)
		}
	}
	return fields
}

func deprecated(set ast.SelectionSet) []string {
	var used []string
	for _, f := range fieldsOf(set, map[string]any{"level2": true}) {
		if f.Definition != nil && f.Definition.Directives.ForName("deprecated") != nil {
			used = append(used, f.Name)
		}
		used = append(used, deprecated(f.SelectionSet)...)
	}
	return used
}

// The version constant has Shopify's form, so that go-shopify puts it into the path.
func TestAPIVersion(t *testing.T) {
	t.Parallel()
	if _, err := time.Parse("2006-01", APIVersion); err != nil {
		t.Error(err)
	}
}
