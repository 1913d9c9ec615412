package shopify

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

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
	full, err := discountInput(twentyOff)
	if err != nil {
		t.Fatal(err)
	}
	bare := twentyOff
	bare.Minimum.Minor, bare.UsageLimit = 0, 0
	least, err := discountInput(bare)
	if err != nil {
		t.Fatal(err)
	}
	snapshot := func(level2 bool, s sizes) map[string]any {
		return map[string]any{"id": "gid://shopify/Order/1", "level2": level2, "transactions": s.transactions, "refunds": s.refunds, "adjustments": s.adjustments}
	}
	id := func(kind string) []map[string]any { return []map[string]any{{"id": "gid://shopify/" + kind + "/1"}} }
	return []operationCase{
		{opPing, []map[string]any{nil}},
		{opShopProfile, []map[string]any{nil}},
		{opOrderSnapshot, []map[string]any{snapshot(false, firstSizes), snapshot(true, firstSizes)}},
		{opCustomerOrders, id("Customer")},
		{opOrdersChanged, []map[string]any{{"query": "updated_at:>='2026-11-22T08:00:00Z'"}, {"query": "x", "after": "y"}}},
		{opDiscountCreate, []map[string]any{{"input": full}, {"input": least}}},
		{opDiscountByCode, []map[string]any{{"code": "X"}}},
		{opCodesAdd, []map[string]any{{"discountId": discount, "codes": []map[string]string{{"code": "X"}}}}},
		{opCodesCreation, id("DiscountRedeemCodeBulkCreation")},
		{opCreationFailures, []map[string]any{{"id": "gid://shopify/DiscountRedeemCodeBulkCreation/1"}, {"id": "x", "after": "y"}}},
		{opCodesFind, []map[string]any{{"discountId": discount, "query": "A OR B"}, {"discountId": discount, "query": "A", "after": "y"}}},
		{opCodesDelete, []map[string]any{{"discountId": discount, "ids": []string{"gid://shopify/DiscountRedeemCode/1"}}}},
		{opJob, id("Job")},
	}
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

// Every operation, with every shape of variables, is one that Shopify's own schema of the pinned version takes, and uses nothing
// deprecated; its expected cost and kind are right.
func TestOperationsAgainstShopifysSchema(t *testing.T) {
	t.Parallel()
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "admin " + APIVersion, Input: schematest.AdminSDL(t)})
	if err != nil {
		t.Fatal(err)
	}
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
			if cost := requestedCost(schema, op, coerced); cost > 1000 || (c.op.name == opOrderSnapshot.name && cost > 40) {
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
	for _, f := range files {
		if !tested[f.Name()] {
			t.Errorf("%s is not tested", f.Name())
		}
	}
}

// The largest snapshot stays under Shopify's limit even if every entry of a plain list is counted, and its cost is what we say.
func TestLargestSnapshot(t *testing.T) {
	t.Parallel()
	last := sizes{transactionSteps[len(transactionSteps)-1], refundSteps[len(refundSteps)-1], adjustmentSteps[len(adjustmentSteps)-1]}
	if dearest := 18 + 3*last.transactions + last.refunds*(5+3*last.adjustments); dearest > 1000 {
		t.Errorf("costs %d points", dearest)
	}
	if last.cost() != 55 {
		t.Errorf("cost %v", last.cost())
	}
}

// requestedCost is what Shopify's published rules say a query costs, with a connection read as 2 and first times its node.
// Source: shopify.dev, GraphQL Admin API rate limits, cost calculation, 2026-10.
func requestedCost(schema *ast.Schema, op *ast.OperationDefinition, vars map[string]any) float64 {
	if op.Operation == ast.Mutation {
		cost := 0.0
		for _, f := range fieldsOf(op.SelectionSet, vars) {
			cost += 10 + costOf(schema, f.SelectionSet, vars)
		}
		return cost
	}
	return costOf(schema, op.SelectionSet, vars)
}

func costOf(schema *ast.Schema, set ast.SelectionSet, vars map[string]any) float64 {
	cost := 0.0
	for _, f := range fieldsOf(set, vars) {
		kind := f.Definition.Type.Name()
		switch {
		case f.Name == "pageInfo" || schema.Types[kind] == nil || schema.Types[kind].IsLeafType():
		case strings.HasSuffix(kind, "Connection"):
			cost += 2 + number64(f.ArgumentMap(vars)["first"])*costOf(schema, f.SelectionSet, vars)
		default:
			cost += 1 + costOf(schema, f.SelectionSet, vars)
		}
	}
	return cost
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
			if d := s.Directives.ForName("include"); d == nil || d.ArgumentMap(vars)["if"] == true {
				fields = append(fields, s)
			}
		case *ast.InlineFragment:
			fields = append(fields, fieldsOf(s.SelectionSet, vars)...)
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
