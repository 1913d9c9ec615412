package simulator

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// The rows with a source are answers that people have shared; see cost.go.
func TestRequestedCost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query string
		want  int
	}{
		"scalars of an object":                     {`{ shop { id name currencyCode } }`, 1},
		"objects in objects":                       {`{ shop { plan { shopifyPlus } primaryDomain { url } } }`, 3},
		"aliases each count":                       {`{ a: shop { id } b: shop { id } }`, 2},
		"the same field twice counts once":         {`{ shop { id } shop { name } }`, 1},
		"a connection of 10 plain nodes (shared)":  {`{ orders(first: 10) { nodes { id } } }`, 6},
		"by edges it costs the same":               {`{ orders(first: 10) { edges { cursor node { id } } pageInfo { hasNextPage } } }`, 6},
		"below an object (shared)":                 {`{ customer(id: "gid://shopify/Customer/1") { id orders(first: 10) { edges { node { id name } } } } }`, 7},
		"nested connections (shared)":              {`{ orders(first: 50) { nodes { id lineItems(first: 250) { nodes { originalUnitPriceSet { shopMoney { amount } } discountedTotalSet { presentmentMoney { amount } } } } } } }`, 2 + 6*(1+2+8*5)},
		"a connection without nodes":               {`{ orders(first: 10) { pageInfo { hasNextPage } } }`, 2},
		"the dearest of a union":                   {`{ discountNode(id: "gid://shopify/DiscountNode/1") { discount { ... on DiscountCodeBasic { combinesWith { orderDiscounts } context { __typename } } ... on DiscountCodeFreeShipping { title } } } }`, 4},
		"a mutation, its payload included":         {`mutation { discountCodeDelete(id: "x") { deletedCodeDiscountId userErrors { message } } }`, 10},
		"objects below a mutation's payload count": {`mutation { discountCodeActivate(id: "x") { codeDiscountNode { id codeDiscount { __typename } } } }`, 11},
		"excluded fields cost nothing":             {`{ shop { id plan @include(if: false) { shopifyPlus } primaryDomain @skip(if: true) { url } } }`, 1},
		"introspection is free":                    {`{ __typename __schema { queryType { name } } }`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := requested(t, c.query, nil); got != c.want {
				t.Errorf("cost %d, want %d", got, c.want)
			}
		})
	}
}

func requested(t *testing.T, query string, vars map[string]any) int {
	t.Helper()
	schema, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, errs := schema.document(query)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return estimate{schema, vars}.operation(doc.Operations[0])
}

// The snapshot is meant to cost 40 points at most.
func TestSnapshotCost(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/graphql/35_order_snapshot.graphql")
	if err != nil {
		t.Fatal(err)
	}
	for level2, limit := range map[bool]int{false: 40, true: 40} {
		if got := requested(t, string(raw), map[string]any{"level2": level2}); got > limit {
			t.Errorf("level 2 %v: %d points, want at most %d", level2, got, limit)
		}
	}
}

func TestActualCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	for range 7 {
		w.order(OrderInput{})
	}
	for query, want := range map[string][2]string{
		`{ orders(first: 10) { nodes { id } } }`:                                                        {"6", "5"}, // shared: 7 nodes
		`{ orders(first: 10) { pageInfo { hasNextPage } } }`:                                            {"2", "2"},
		`{ orders(first: 10, query: "id:1") { nodes { id } } }`:                                         {"6", "2"}, // shared: none
		`{ customer(id: "gid://shopify/Customer/1") { id createdAt } }`:                                 {"1", "0"},
		`mutation { discountCodeDelete(id: "gid://shopify/DiscountNode/1") { deletedCodeDiscountId } }`: {"10", "10"},
	} {
		cost := dig(w.graphql(token, query, nil), "extensions", "cost")
		if got := [2]string{show(dig(cost, "requestedQueryCost")), show(dig(cost, "actualQueryCost"))}; got != want {
			t.Errorf("%s costs %v, want %v", query, got, want)
		}
	}
}

func TestConnectionSizeGrows(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 8: 3, 9: 4, 16: 4, 17: 5, 50: 6, 250: 8} {
		if got := connectionSize(n); got != want {
			t.Errorf("%d nodes: %d, want %d", n, got, want)
		}
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	b := newBucket(100, now)
	if !b.take(2000, now) || b.take(1, now) {
		t.Error("2,000 points and no more are in a full bucket")
	}
	now = now.Add(500 * time.Millisecond)
	if got := b.status(now); got.CurrentlyAvailable != 50 || got.RestoreRate != 100 || got.MaximumAvailable != 2000 {
		t.Errorf("after half a second: %+v", got)
	}
	if b.take(51, now) || !b.take(50, now) {
		t.Error("exactly 50 points are there")
	}
	b.giveBack(30)
	if got := b.status(now.Add(time.Hour)).CurrentlyAvailable; got != 2000 {
		t.Errorf("an hour later: %d", got)
	}
}

// A spent bucket refuses with THROTTLED, and moving the simulated clock fills nothing.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	sh, _ := w.findShop(testShop)
	sh.mu.Lock()
	sh.bucket.available, sh.bucket.at = 7, time.Now().Add(time.Hour) // restores nothing for an hour
	sh.mu.Unlock()
	w.query(token, `{ orders(first: 10) { nodes { id } } }`, nil) // asks for 6 and uses 2
	w.must(w.Advance(t.Context(), time.Minute))
	out := w.graphql(token, `{ orders(first: 10) { nodes { id } } }`, nil)
	if dig(out, "errors", 0, "extensions", "code") != "THROTTLED" || show(dig(out, "extensions", "cost", "requestedQueryCost")) != "6" ||
		dig(out, "extensions", "cost", "actualQueryCost") != nil || out["data"] != nil {
		t.Errorf("%s", show(out))
	}
	if show(dig(out, "extensions", "cost", "throttleStatus", "currentlyAvailable")) != "5" {
		t.Errorf("a refused query spends nothing: %s", show(out))
	}
}

func TestMaxCost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var q strings.Builder
	q.WriteString("{")
	for i := range 50 {
		q.WriteString(" a" + idText(int64(i)) + `: orders(first: 250) { nodes { id customer { id } subtotalPriceSet { shopMoney { amount } } } }`)
	}
	out := w.graphql(w.token(), q.String()+"}", nil)
	if dig(out, "errors", 0, "extensions", "code") != "MAX_COST_EXCEEDED" || out["data"] != nil {
		t.Errorf("%s", show(out))
	}
}

// Fragments on interfaces and unions are weighed and run for the types they match only.
func TestFragments(t *testing.T) {
	t.Parallel()
	schema, err := loadSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, errs := schema.document(`query { customer(id: "gid://shopify/Customer/1") { ...F ... on Node { nid: id } ... { bare: id } } } fragment F on HasMetafields { meta: metafield(key: "k") { id } }`)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	customer, ok := doc.Operations[0].SelectionSet[0].(*ast.Field)
	if !ok {
		t.Fatal("the selection is no field")
	}
	var keys []string
	for _, s := range schema.collect([]ast.SelectionSet{customer.SelectionSet}, "Customer", nil) {
		keys = append(keys, s.key)
	}
	if got := strings.Join(keys, " "); got != "meta nid bare" {
		t.Errorf("fields %q", got)
	}
}
