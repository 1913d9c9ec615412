package simulator

import (
	"testing"
)

const setQuery = `mutation ($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
	metafields { id namespace key value jsonValue compareDigest } userErrors { code elementIndex field } } }`

// fields are inputs of metafieldsSet: one that is good, with what is given set over it.
func fields(owner any, changes ...map[string]any) map[string]any {
	var list []any
	for _, c := range changes {
		m := map[string]any{"ownerId": owner, "namespace": "widget", "key": "config", "type": "json", "value": `{"v":1}`}
		for k, v := range c {
			m[k] = v
		}
		list = append(list, m)
	}
	return map[string]any{"m": list}
}

func (w *world) installation(token string) any {
	return dig(w.query(token, `{ currentAppInstallation { id } }`, nil), "currentAppInstallation", "id")
}

func TestMetafieldsAreSetAllOrNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	owner := w.installation(token)
	customer := gid("Customer", w.order(OrderInput{}).CustomerID)
	for name, c := range map[string]struct {
		change map[string]any
		code   string
	}{
		"no such owner":          {map[string]any{"ownerId": "gid://shopify/Customer/1"}, "INVALID"},
		"without write scope":    {map[string]any{"ownerId": customer}, "APP_NOT_AUTHORIZED"},
		"no type":                {map[string]any{"type": nil}, "BLANK"},
		"no JSON":                {map[string]any{"value": "{"}, "INVALID_VALUE"},
		"no boolean":             {map[string]any{"type": "boolean", "value": "yes"}, "INVALID_VALUE"},
		"no integer":             {map[string]any{"type": "number_integer", "value": "1.5"}, "INVALID_VALUE"},
		"two lines":              {map[string]any{"type": "single_line_text_field", "value": "a\nb"}, "INVALID_VALUE"},
		"an unknown type":        {map[string]any{"type": "colour", "value": "red"}, "INVALID_VALUE"},
		"changed, but not there": {map[string]any{"compareDigest": "x"}, "STALE_OBJECT"},
	} {
		data := w.query(token, setQuery, fields(owner, map[string]any{"key": "good"}, c.change))
		e := dig(data, "metafieldsSet", "userErrors", 0)
		if dig(e, "code") != c.code || show(dig(e, "elementIndex")) != "1" || dig(data, "metafieldsSet", "metafields") != nil {
			t.Errorf("%s: %s", name, show(data))
		}
	}
	data := w.query(token, `{ currentAppInstallation { metafields(first: 5) { nodes { key } } } }`, nil)
	if nodes, ok := dig(data, "currentAppInstallation", "metafields", "nodes").([]any); !ok || len(nodes) != 0 {
		t.Errorf("refused calls left something: %s", show(data))
	}
}

// A digest is a lock: null says that nothing may be there, another value what must be.
func TestMetafieldDigests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	owner := w.installation(token)
	set := func(change map[string]any) any {
		return w.query(token, setQuery, fields(owner, change))["metafieldsSet"]
	}
	first := set(map[string]any{"compareDigest": nil})
	digest := dig(first, "metafields", 0, "compareDigest")
	if digest == nil || show(dig(first, "metafields", 0, "jsonValue", "v")) != "1" {
		t.Fatalf("%s", show(first))
	}
	if again := set(map[string]any{"compareDigest": nil}); dig(again, "userErrors", 0, "code") != "STALE_OBJECT" {
		t.Errorf("it is there already: %s", show(again))
	}
	second := set(map[string]any{"compareDigest": digest, "value": `{"v":2}`})
	if dig(second, "metafields", 0, "id") != dig(first, "metafields", 0, "id") || dig(second, "metafields", 0, "compareDigest") == digest {
		t.Errorf("%s", show(second))
	}
	if stale := set(map[string]any{"compareDigest": digest, "value": `{"v":3}`}); dig(stale, "userErrors", 0, "code") != "STALE_OBJECT" {
		t.Errorf("somebody was quicker: %s", show(stale))
	}
	if free := set(map[string]any{"value": `{"v":4}`, "type": nil}); dig(free, "metafields", 0, "value") != `{"v":4}` {
		t.Errorf("without a digest, of the type it has: %s", show(free))
	}
}

func TestMetafieldsAtMost25(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	owner := w.installation(token)
	for n, code := range map[int]any{25: nil, 26: "LESS_THAN_OR_EQUAL_TO"} {
		changes := make([]map[string]any, n)
		for i := range changes {
			changes[i] = map[string]any{"key": "k" + idText(int64(i))}
		}
		if data := w.query(token, setQuery, fields(owner, changes...)); dig(data, "metafieldsSet", "userErrors", 0, "code") != code {
			t.Errorf("%d: %s", n, show(data))
		}
	}
}

// $app is the app's own namespace at any owner; what is deleted is told, what was not there is null.
func TestAppNamespaceAndDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(w.SetScopes(testShop, []string{"read_orders", "write_customers"}))
	token := w.token()
	customer := gid("Customer", w.order(OrderInput{}).CustomerID)
	w.query(token, setQuery, fields(customer, map[string]any{"namespace": "$app", "key": "code"}, map[string]any{"namespace": "$app:more", "key": "code"}))
	const read = `query ($id: ID!) { customer(id: $id) { own: metafield(namespace: "$app", key: "code") { namespace } default: metafield(key: "code") { namespace }
		more: metafield(namespace: "$app:more", key: "code") { namespace } other: metafield(namespace: "code", key: "code") { id } } }`
	c := w.query(token, read, map[string]any{"id": customer})["customer"]
	if dig(c, "own", "namespace") != "app--1" || dig(c, "default", "namespace") != "app--1" || dig(c, "more", "namespace") != "app--1--more" || dig(c, "other") != nil {
		t.Errorf("%s", show(c))
	}
	const remove = `mutation ($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) { deletedMetafields { key } userErrors { message } } }`
	id := func(namespace string) map[string]any {
		return map[string]any{"ownerId": customer, "namespace": namespace, "key": "code"}
	}
	data := w.query(token, remove, map[string]any{"m": []any{id("$app"), id("nothing")}})
	if dig(data, "metafieldsDelete", "deletedMetafields", 0, "key") != "code" || dig(data, "metafieldsDelete", "deletedMetafields", 1) != nil {
		t.Errorf("%s", show(data))
	}
	if c := w.query(token, read, map[string]any{"id": customer})["customer"]; dig(c, "own") != nil || dig(c, "more") == nil {
		t.Errorf("after the deletion: %s", show(c))
	}
	w.must(w.SetScopes(testShop, []string{"read_customers"}))
	if data := w.query(token, remove, map[string]any{"m": []any{id("$app:more")}}); dig(data, "metafieldsDelete", "userErrors", 0, "message") == nil {
		t.Errorf("without the scope: %s", show(data))
	}
}
