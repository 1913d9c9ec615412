package simulator

import (
	"strings"
	"testing"
	"time"
)

func TestDiscountCreateRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.discount(token, "TAKEN-1", nil)
	for name, c := range map[string]struct {
		extra map[string]any
		code  string
		field string
	}{
		"a code of another discount, in other case": {map[string]any{"code": "taken-1"}, "TAKEN", "code"},
		"a code of 256 characters":                  {map[string]any{"code": strings.Repeat("x", 256)}, "TOO_LONG", "code"},
		"no title":                                  {map[string]any{"title": nil}, "BLANK", "title"},
		"no context":                                {map[string]any{"context": nil}, "BLANK", "context"},
		"an end at the start":                       {map[string]any{"endsAt": "2020-01-01T00:00:00Z"}, "END_DATE_BEFORE_START_DATE", "endsAt"},
		"six tags":                                  {map[string]any{"tags": []any{"1", "2", "3", "4", "5", "6"}}, "TOO_MANY_TAGS", "tags"},
		"15 instead of 0.15":                        {map[string]any{"customerGets": percentOff(15)}, "VALUE_OUTSIDE_RANGE", "customerGets"},
		"a customer that is none":                   {map[string]any{"context": map[string]any{"customers": map[string]any{"add": []any{"gid://shopify/Customer/1"}}}}, "INVALID", "context"},
		"both minimums": {map[string]any{"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "1"},
			"quantity": map[string]any{"greaterThanOrEqualToQuantity": "1"}}}, "MINIMUM_SUBTOTAL_AND_QUANTITY_RANGE_BOTH_PRESENT", "minimumRequirement"},
	} {
		in := basicInput("NEW-1")
		for k, v := range c.extra {
			in[k] = v
		}
		data := w.query(token, createBasicQuery, map[string]any{"input": in})
		e := dig(data, "discountCodeBasicCreate", "userErrors", 0)
		if dig(e, "code") != c.code || dig(e, "field", 0) != "basicCodeDiscount" || dig(e, "field", 1) != c.field {
			t.Errorf("%s: %s", name, show(data))
		}
		if dig(data, "discountCodeBasicCreate", "codeDiscountNode") != nil {
			t.Errorf("%s: was created", name)
		}
	}
	if list, err := w.Discounts(testShop); err != nil || len(list) != 1 {
		t.Errorf("refused creates left something: %+v %v", list, err)
	}
}

// A bulk creation is done at the second poll; codes that are taken or doubled fail, the others are added.
func TestBulkCreation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "SEED", nil)
	got := w.addCodes(token, id, "A-1", "a-1", "seed", "B-2")
	if show(got["importedCount"]) != "2" || show(got["failedCount"]) != "2" {
		t.Errorf("%s", show(got))
	}
	for i, want := range []any{nil, "DUPLICATE", "TAKEN", nil} {
		if code := dig(got, "codes", "nodes", i, "errors", 0, "code"); code != want {
			t.Errorf("code %d: %v, want %v", i, code, want)
		}
		if redeem := dig(got, "codes", "nodes", i, "discountRedeemCode"); (redeem == nil) != (want != nil) {
			t.Errorf("code %d: redeem code %v", i, redeem)
		}
	}
	data := w.query(token, `{ codeDiscountNodeByCode(code: "b-2") { id } }`, nil)
	if dig(data, "codeDiscountNodeByCode", "id") != id {
		t.Errorf("look-up by code: %s", show(data))
	}
}

const bulkAddQuery = `mutation ($d: ID!, $c: [DiscountRedeemCodeInput!]!) { discountRedeemCodeBulkAdd(discountId: $d, codes: $c) { bulkCreation { id done importedCount } userErrors { code } } }`
const bulkPollQuery = `query ($id: ID!) { discountRedeemCodeBulkCreation(id: $id) { done importedCount failedCount } }`

// Nothing is added when the call answers, and everything is a little later even if nobody asks.
func TestBulkCreationIsAsynchronous(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "SEED", nil)
	data := w.query(token, bulkAddQuery, map[string]any{"d": id, "c": []any{map[string]any{"code": "A-1"}}})
	if dig(data, "discountRedeemCodeBulkAdd", "bulkCreation", "done") != false {
		t.Errorf("done at once: %s", show(data))
	}
	byCode := func() any {
		return w.query(token, `{ codeDiscountNodeByCode(code: "A-1") { id } }`, nil)["codeDiscountNodeByCode"]
	}
	if byCode() != nil {
		t.Error("the code is there at once")
	}
	w.must(w.Advance(t.Context(), asyncPatience))
	if byCode() == nil {
		t.Error("the code is not there two seconds later")
	}
}

func TestSlowAndPartialBulk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "SEED", nil)
	_, err := w.AddFault(Fault{Kind: FaultSlowBulk, N: 3, Count: 1})
	w.must(err)
	_, err = w.AddFault(Fault{Kind: FaultPartialBulk, N: 1, Count: 1})
	w.must(err)
	data := w.query(token, bulkAddQuery, map[string]any{"d": id, "c": []any{map[string]any{"code": "A-1"}, map[string]any{"code": "A-2"}}})
	bulk := dig(data, "discountRedeemCodeBulkAdd", "bulkCreation", "id")
	for poll := 1; poll <= 5; poll++ {
		data = w.query(token, bulkPollQuery, map[string]any{"id": bulk})
		if done := dig(data, "discountRedeemCodeBulkCreation", "done"); done != (poll == 5) {
			t.Errorf("poll %d: done %v", poll, done)
		}
	}
	if show(dig(data, "discountRedeemCodeBulkCreation", "importedCount")) != "1" || show(dig(data, "discountRedeemCodeBulkCreation", "failedCount")) != "1" {
		t.Errorf("%s", show(data))
	}
}

func TestBulkDeleteTakesCodesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "SEED", nil)
	added := w.addCodes(token, id, "A-1", "A-2")
	data := w.query(token, `mutation ($d: ID!, $ids: [ID!]) { discountCodeRedeemCodeBulkDelete(discountId: $d, ids: $ids) { job { id done } userErrors { code } } }`,
		map[string]any{"d": id, "ids": []any{dig(added, "codes", "nodes", 0, "discountRedeemCode", "id")}})
	job := dig(data, "discountCodeRedeemCodeBulkDelete", "job", "id")
	for i, want := range []bool{false, true} {
		data = w.query(token, `query ($id: ID!) { job(id: $id) { done } }`, map[string]any{"id": job})
		if dig(data, "job", "done") != want {
			t.Errorf("poll %d: %s", i+1, show(data))
		}
	}
	o := w.order(OrderInput{DiscountCodes: []string{"A-1", "A-2"}})
	if o.Codes[0].Reason != reasonNotFound || !o.Codes[1].Applied {
		t.Errorf("after the deletion: %+v", o.Codes)
	}
}

func TestDiscountLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "LIFE", map[string]any{"startsAt": w.Now().Add(time.Hour).Format(time.RFC3339), "endsAt": w.Now().Add(3 * time.Hour).Format(time.RFC3339)})
	status := func(want string) {
		t.Helper()
		data := w.query(token, `query ($id: ID!) { discountNode(id: $id) { discount { ... on DiscountCodeBasic { status } } } }`, map[string]any{"id": id})
		if got := dig(data, "discountNode", "discount", "status"); got != want {
			t.Errorf("status %v, want %s", got, want)
		}
	}
	status("SCHEDULED")
	w.must(w.Advance(t.Context(), time.Hour))
	token = w.token()
	status("ACTIVE")
	w.must(w.Advance(t.Context(), 2*time.Hour))
	token = w.token()
	status("EXPIRED")
	w.query(token, `mutation ($id: ID!) { discountCodeActivate(id: $id) { userErrors { code } } }`, map[string]any{"id": id})
	status("ACTIVE")
	w.query(token, `mutation ($id: ID!) { discountCodeDeactivate(id: $id) { userErrors { code } } }`, map[string]any{"id": id})
	status("EXPIRED")
	w.query(token, `mutation ($id: ID!) { discountCodeDelete(id: $id) { deletedCodeDiscountId } }`, map[string]any{"id": id})
	data := w.query(token, `query ($id: ID!) { discountNode(id: $id) { id } codeDiscountNodeByCode(code: "LIFE") { id } }`, map[string]any{"id": id})
	if data["discountNode"] != nil || data["codeDiscountNodeByCode"] != nil {
		t.Errorf("after the deletion: %s", show(data))
	}
}

// An update changes what it names and nothing else; a refused one changes nothing.
func TestDiscountUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "UPD", map[string]any{"appliesOncePerCustomer": true, "tags": []any{"a"}})
	const query = `mutation ($id: ID!, $in: DiscountCodeBasicInput!) { discountCodeBasicUpdate(id: $id, basicCodeDiscount: $in) {
		codeDiscountNode { codeDiscount { ... on DiscountCodeBasic { title endsAt appliesOncePerCustomer tags codes(first: 1) { nodes { code } } } } } userErrors { code } } }`
	data := w.query(token, query, map[string]any{"id": id, "in": map[string]any{"endsAt": "2037-01-01T00:00:00Z", "code": "UPD-2"}})
	d := dig(data, "discountCodeBasicUpdate", "codeDiscountNode", "codeDiscount")
	if dig(d, "endsAt") != "2037-01-01T00:00:00Z" || dig(d, "title") != "Twenty off" || dig(d, "appliesOncePerCustomer") != true ||
		dig(d, "tags", 0) != "a" || dig(d, "codes", "nodes", 0, "code") != "UPD-2" {
		t.Errorf("%s", show(data))
	}
	data = w.query(token, query, map[string]any{"id": id, "in": map[string]any{"title": "changed", "endsAt": "2001-01-01T00:00:00Z"}})
	if dig(data, "discountCodeBasicUpdate", "userErrors", 0, "code") != "END_DATE_BEFORE_START_DATE" {
		t.Errorf("%s", show(data))
	}
	data = w.query(token, query, map[string]any{"id": id, "in": map[string]any{"endsAt": nil}})
	if d := dig(data, "discountCodeBasicUpdate", "codeDiscountNode", "codeDiscount"); dig(d, "title") != "Twenty off" || dig(d, "endsAt") != nil {
		t.Errorf("%s", show(data))
	}
	hooks := w.app.wait(t, 2)
	for _, h := range hooks {
		if h.header.Get("X-Shopify-Topic") != "discounts/update" {
			t.Errorf("topic %s", h.header.Get("X-Shopify-Topic"))
		}
	}
}

// A discount on shipping is updated by its own mutation, and each sort only by its own.
func TestShippingDiscountUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	const create = `mutation ($in: DiscountCodeFreeShippingInput!) { discountCodeFreeShippingCreate(freeShippingCodeDiscount: $in) { codeDiscountNode { id } userErrors { code } } }`
	const basic = `mutation ($id: ID!, $in: DiscountCodeBasicInput!) { change: discountCodeBasicUpdate(id: $id, basicCodeDiscount: $in) {
		codeDiscountNode { id } userErrors { code field } } }`
	const shipping = `mutation ($id: ID!, $in: DiscountCodeFreeShippingInput!) { change: discountCodeFreeShippingUpdate(id: $id, freeShippingCodeDiscount: $in) {
		codeDiscountNode { codeDiscount { ... on DiscountCodeFreeShipping { title usageLimit codes(first: 1) { nodes { code } } } } } userErrors { code field } } }`
	id := dig(w.query(token, create, map[string]any{"in": map[string]any{"title": "Post", "code": "POST", "startsAt": "2026-11-22T00:00:00Z", "usageLimit": 1,
		"context": map[string]any{"all": "ALL"}, "destination": map[string]any{"all": true}}}), "discountCodeFreeShippingCreate", "codeDiscountNode", "id")
	data := w.query(token, shipping, map[string]any{"id": id, "in": map[string]any{"title": "Mail", "usageLimit": nil}})
	d := dig(data, "change", "codeDiscountNode", "codeDiscount")
	if dig(d, "title") != "Mail" || dig(d, "usageLimit") != nil || dig(d, "codes", "nodes", 0, "code") != "POST" {
		t.Errorf("%s", show(data))
	}
	for query, other := range map[string]any{basic: id, shipping: w.discount(token, "TWENTY", nil)} {
		data := w.query(token, query, map[string]any{"id": other, "in": map[string]any{"title": "x"}})
		if dig(data, "change", "codeDiscountNode") != nil || dig(data, "change", "userErrors", 0, "field", 0) != "id" {
			t.Errorf("the other sort: %s", show(data))
		}
	}
}

// Codes can be found one by one among many, by search and page by page.
func TestCodesArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	id := w.discount(token, "P-0", nil)
	w.addCodes(token, id, "P-1", "P-2", "P-3", "P-4")
	const query = `query ($id: ID!, $after: String, $q: String) { codeDiscountNode(id: $id) { codeDiscount { ... on DiscountCodeBasic {
		codes(first: 2, after: $after, query: $q) { nodes { code } pageInfo { hasNextPage hasPreviousPage endCursor } } codesCount { count precision } } } } }`
	var seen []string
	var after any
	for range 3 {
		data := w.query(token, query, map[string]any{"id": id, "after": after})
		codes := dig(data, "codeDiscountNode", "codeDiscount", "codes")
		for _, n := range dig(codes, "nodes").([]any) {
			seen = append(seen, dig(n, "code").(string))
		}
		after = dig(codes, "pageInfo", "endCursor")
		if more := dig(codes, "pageInfo", "hasNextPage"); more != (len(seen) < 5) {
			t.Errorf("after %v there is more: %v", seen, more)
		}
	}
	if strings.Join(seen, " ") != "P-0 P-1 P-2 P-3 P-4" {
		t.Errorf("codes %v", seen)
	}
	data := w.query(token, query, map[string]any{"id": id, "q": "code:p-3"})
	if nodes := dig(data, "codeDiscountNode", "codeDiscount", "codes", "nodes").([]any); len(nodes) != 1 || dig(nodes, 0, "code") != "P-3" {
		t.Errorf("search: %s", show(data))
	}
}
