package simulator

import (
	"math/bits"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Costs, by what a field returns. Source: shopify.dev, GraphQL Admin API rate limits: scalars and enums 0,
// objects 1, interfaces and unions the maximum of the possible selections, mutations 10, connections "sized by
// the first and last arguments". How they are sized is not published. connectionSize is the plainest rule that
// fits answers people have shared, all recorded since 2024 (first: 10 over one-point nodes costs 6 requested, 7
// such nodes 5, 2 or 1 nodes 3, none 2; and first: 50 over first: 250 costs 212). A mutation's 10 points cover
// its payload and the objects directly in it, as shared answers of bulkOperationRunQuery (10) and
// fulfillmentCreate with an order inside (11) show.
const (
	costObject     = 1
	costConnection = 2
	costMutation   = 10
	costMax        = 1000 // one query
)

// connectionSize is by how much a connection of n nodes multiplies the cost of one node.
func connectionSize(n int) int {
	switch {
	case n <= 0:
		return 0
	case n <= 2:
		return 1
	default:
		return bits.Len(uint(n - 1)) // log2, rounded up
	}
}

func isConnection(def *ast.Definition) bool { return strings.HasSuffix(def.Name, "Connection") }

func isEdge(def *ast.Definition) bool { return strings.HasSuffix(def.Name, "Edge") }

func isPayload(def *ast.Definition) bool { return strings.HasSuffix(def.Name, "Payload") }

// estimate computes the requested cost of an operation, before it runs.
type estimate struct {
	schema *adminSchema
	vars   map[string]any
}

func (e estimate) operation(op *ast.OperationDefinition) int {
	root := e.schema.Query
	if op.Operation == ast.Mutation {
		root = e.schema.Mutation
	}
	return e.selections([]ast.SelectionSet{op.SelectionSet}, root)
}

// selections is the dearest of the possible types' selections.
func (e estimate) selections(sets []ast.SelectionSet, def *ast.Definition) int {
	highest := 0
	for _, p := range e.schema.possible(def) {
		sum := 0
		for _, sel := range e.schema.collect(sets, p.Name, e.vars) {
			sum += e.field(sel, p)
		}
		highest = max(highest, sum)
	}
	return highest
}

func (e estimate) field(sel selected, parent *ast.Definition) int {
	f := sel.first()
	if f.Definition == nil || f.Name == "__typename" || strings.HasPrefix(f.Name, "__") {
		return 0
	}

	def := e.schema.Types[f.Definition.Type.Name()]
	switch {
	case !def.IsCompositeType():
		return 0
	case parent == e.schema.Mutation:
		return costMutation + e.selections(sel.children(), def)
	case isConnection(def):
		return costConnection + connectionSize(e.pageSize(f))*e.node(sel, def)
	case isPayload(parent):
		return e.selections(sel.children(), def)
	default:
		return costObject + e.selections(sel.children(), def)
	}
}

// node is the cost of one node of a connection, whether asked for by nodes or by edges.
func (e estimate) node(sel selected, connection *ast.Definition) int {
	var sets []ast.SelectionSet
	var nodeType *ast.Definition
	for _, c := range e.schema.collect(sel.children(), connection.Name, e.vars) {
		switch c.first().Name {
		case "nodes":
			nodeType = e.schema.Types[c.first().Definition.Type.Name()]
			sets = append(sets, c.children()...)
		case "edges":
			edge := e.schema.Types[c.first().Definition.Type.Name()]
			for _, n := range e.schema.collect(c.children(), edge.Name, e.vars) {
				if n.first().Name == "node" {
					nodeType = e.schema.Types[n.first().Definition.Type.Name()]
					sets = append(sets, n.children()...)
				}
			}
		}
	}

	if nodeType == nil {
		return 0
	}
	return costObject + e.selections(sets, nodeType)
}

// pageSize is first or last, whichever is given.
func (e estimate) pageSize(f *ast.Field) int {
	args := f.ArgumentMap(e.vars)
	for _, name := range []string{"first", "last"} {
		if n, ok := args[name].(int64); ok {
			return int(n)
		}
	}
	return 0
}
