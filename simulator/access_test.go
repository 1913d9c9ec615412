package simulator

import (
	"strings"
	"testing"
)

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		granted, needed string
		want            bool
	}{{"read_orders", "read_orders", true}, {"write_orders", "read_orders", true}, {"read_orders", "write_orders", false},
		{"write_discounts", "read_orders", false}, {"write_x", "read_xy", false}} {
		if got := hasScope([]string{c.granted}, c.needed); got != c.want {
			t.Errorf("%s for %s: %v", c.granted, c.needed, got)
		}
	}
}

func TestAccessDenied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.must(w.SetScopes(testShop, []string{"read_customers"}))
	out := w.graphql(token, `{ shop { name } o: orders(first: 1) { nodes { id } } }`, nil)
	if out["data"] != nil {
		t.Errorf("orders cannot be null, so data is: %s", show(out))
	}
	e := dig(out, "errors", 0)
	if dig(e, "extensions", "code") != "ACCESS_DENIED" || dig(e, "path", 0) != "o" || !strings.Contains(e.(map[string]any)["message"].(string), "`read_orders`") {
		t.Errorf("%s", show(e))
	}
	out = w.graphql(token, `mutation { discountCodeDelete(id: "gid://shopify/DiscountCodeNode/1") { deletedCodeDiscountId } }`, nil)
	if dig(out, "errors", 0, "extensions", "code") != "ACCESS_DENIED" || dig(out, "data", "discountCodeDelete") != nil {
		t.Errorf("%s", show(out))
	}
}

// Fields above the app's level are null beside an error; the rest of the answer stands.
func TestProtectedData(t *testing.T) {
	t.Parallel()
	const query = `query ($id: ID!) { order(id: $id) { id email customer { id numberOfOrders defaultEmailAddress { emailAddress } } } }`
	for lvl, want := range map[int]struct {
		errors int
		order  bool
		email  any
	}{0: {1, false, nil}, 1: {2, true, nil}, 2: {0, true, "bob@example.com"}} {
		w := newWorld(t, level(lvl))
		o := w.order(OrderInput{})
		out := w.graphql(w.token(), query, map[string]any{"id": o.GID})
		errs, _ := out["errors"].([]any)
		if len(errs) != want.errors || (dig(out, "data", "order") != nil) != want.order {
			t.Errorf("level %d: %s", lvl, show(out))
		}
		if got := dig(out, "data", "order", "customer", "defaultEmailAddress", "emailAddress"); got != want.email {
			t.Errorf("level %d: e-mail %v", lvl, got)
		}
		if lvl == 1 && (dig(errs, 0, "extensions", "code") != "ACCESS_DENIED" || show(dig(errs, 0, "path")) == "null") {
			t.Errorf("error %s", show(errs))
		}
	}
}

// A field that cannot be null takes its object with it, and no more.
func TestNullGoesUpToWhatCanBeNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(1))
	o := w.order(OrderInput{})
	out := w.graphql(w.token(), `query ($id: ID!) { order(id: $id) { id customer { id displayName } } }`, map[string]any{"id": o.GID})
	if dig(out, "data", "order", "id") != o.GID || dig(out, "data", "order", "customer") != nil || dig(out, "errors", 0, "path", 2) != "displayName" {
		t.Errorf("%s", show(out))
	}
}

func TestCustomersByEmailNeedLevel2(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(1))
	o := w.order(OrderInput{})
	token := w.token()
	const query = `query ($i: CustomerIdentifierInput!) { customerByIdentifier(identifier: $i) { id } }`
	out := w.graphql(token, query, map[string]any{"i": map[string]any{"emailAddress": "bob@example.com"}})
	if dig(out, "data", "customerByIdentifier") != nil || dig(out, "errors", 0, "extensions", "code") != "ACCESS_DENIED" {
		t.Errorf("by e-mail: %s", show(out))
	}
	data := w.query(token, query, map[string]any{"i": map[string]any{"id": gid("Customer", o.CustomerID)}})
	if dig(data, "customerByIdentifier", "id") != gid("Customer", o.CustomerID) {
		t.Errorf("by id: %s", show(data))
	}
}

// What does not validate is answered with HTTP 200 and Shopify's error shape.
func TestQueryErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	codes := make([]any, 251)
	for i := range codes {
		codes[i] = map[string]any{"code": idText(int64(i))}
	}
	const add = `mutation ($c: [DiscountRedeemCodeInput!]!) { discountRedeemCodeBulkAdd(discountId: "x", codes: $c) { userErrors { message } } }`
	const create = `mutation ($i: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $i) { userErrors { message } } }`
	for name, c := range map[string]struct {
		query string
		vars  map[string]any
		code  string
	}{
		"unknown field":            {`{ shop { nope } }`, nil, "undefinedField"},
		"unknown argument":         {`{ order(id: "x", z: 1) { id } }`, nil, "argumentNotAccepted"},
		"missing argument":         {`{ order { id } }`, nil, "missingRequiredArguments"},
		"missing variable":         {`query ($id: ID!) { order(id: $id) { id } }`, nil, "INVALID_VARIABLE"},
		"variable of another type": {`query ($n: Int!) { orders(first: $n) { nodes { id } } }`, map[string]any{"n": "10"}, "INVALID_VARIABLE"},
		"enum in lower case":       {`query ($s: OrderSortKeys) { orders(first: 1, sortKey: $s) { nodes { id } } }`, map[string]any{"s": "id"}, "INVALID_VARIABLE"},
		"unknown input field":      {create, map[string]any{"i": map[string]any{"nope": 1}}, "INVALID_VARIABLE"},
		"two of a oneOf":           {create, map[string]any{"i": map[string]any{"context": map[string]any{"all": "ALL", "customers": map[string]any{}}}}, "INVALID_VARIABLE"},
		"no date":                  {create, map[string]any{"i": map[string]any{"startsAt": "tomorrow"}}, "INVALID_VARIABLE"},
		"no decimal":               {create, map[string]any{"i": map[string]any{"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "ten"}}}}, "INVALID_VARIABLE"},
		"an array of 251":          {add, map[string]any{"c": codes}, "MAX_INPUT_SIZE_EXCEEDED"},
		"no page size":             {`{ orders { nodes { id } } }`, nil, "BAD_REQUEST"},
		"a page of 251":            {`{ orders(first: 251) { nodes { id } } }`, nil, "BAD_REQUEST"},
		"a bad cursor":             {`{ orders(first: 1, after: "x") { nodes { id } } }`, nil, "BAD_REQUEST"},
		"a gid of another kind":    {`{ order(id: "gid://shopify/Product/1") { id } }`, nil, "RESOURCE_NOT_FOUND"},
	} {
		out := w.graphql(token, c.query, c.vars)
		if got := dig(out, "errors", 0, "extensions", "code"); got != c.code {
			t.Errorf("%s: %s", name, show(out))
		}
	}
	if out := w.graphql(token, `{ shop {`, nil); dig(out, "errors", 0, "message") == nil {
		t.Errorf("no syntax: %s", show(out))
	}
	if out := w.graphql(token, `query A { shop { id } } query B { shop { id } }`, nil); dig(out, "errors", 0, "message") == nil {
		t.Errorf("two operations, none named: %s", show(out))
	}
	if status, _ := w.tryGraphQL("wrong", `{ shop { id } }`, nil); status != 401 {
		t.Errorf("a wrong token: %d", status)
	}
}
