package webhooks

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/inbox"
)

func TestProjection(t *testing.T) {
	t.Parallel()
	updated := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		says, topic, body string
		want              inbox.Nomination
	}{
		{"a refund names its order", "refunds/create", `{"id":1,"order_id":9007199254740993,"created_at":"2026-11-22T12:00:00Z"}`,
			inbox.Nomination{OrderID: "gid://shopify/Order/9007199254740993"}},
		{"an edit names its order inside", "orders/edited", `{"order_edit":{"id":1,"order_id":2}}`, inbox.Nomination{OrderID: "gid://shopify/Order/2"}},
		{"the shop", "app/uninstalled", `{"id":1,"myshopify_domain":"Demo.myshopify.com","updated_at":"2026-11-22T07:00:00-05:00"}`,
			inbox.Nomination{ShopDomain: "demo.myshopify.com", UpdatedAt: updated}},
		{"scopes", "app/scopes_update", `{"current":["read_orders"],"updated_at":"2026-11-22T12:00:00.000Z"}`, inbox.Nomination{UpdatedAt: updated}},
		{"whose data is asked for", "customers/data_request", `{"shop_domain":"demo.myshopify.com","customer":{"id":7,"email":"a@example.com"},"orders_requested":[1,2]}`,
			inbox.Nomination{ShopDomain: "demo.myshopify.com", CustomerID: "gid://shopify/Customer/7", Erase: []string{"gid://shopify/Order/1", "gid://shopify/Order/2"}}},
		{"whose data must go", "customers/redact", `{"shop_domain":"{shop}.myshopify.com","customer":{"id":7},"orders_to_redact":[3,"x",null,-1]}`,
			inbox.Nomination{ShopDomain: "{shop}.myshopify.com", CustomerID: "gid://shopify/Customer/7", Erase: []string{"gid://shopify/Order/3"}}},
		{"a code discount", "discounts/update", `{"admin_graphql_api_id":"gid://shopify/DiscountCodeNode/5","updated_at":"2026-11-22T12:00:00Z"}`,
			inbox.Nomination{DiscountID: "gid://shopify/DiscountCodeNode/5", UpdatedAt: updated}},
		{"a code of a discount", "discounts/redeemcode_removed", `{"admin_graphql_api_id":"gid://shopify/DiscountCodeNode/5","redeem_code":{"id":"gid://shopify/DiscountRedeemCode/1","code":" code1"},"updated_at":"2026-11-22T12:00:00Z"}`,
			inbox.Nomination{DiscountID: "gid://shopify/DiscountCodeNode/5", Codes: []string{"CODE1"}, UpdatedAt: updated}},
		{"something else that was deleted", "discounts/delete", `{"admin_graphql_api_id":"gid://shopify/Product/5"}`, inbox.Nomination{}},
		{"an order without anything", "orders/paid", `{"id":1,"customer":null,"discount_codes":[],"note_attributes":[],"landing_site":null}`,
			inbox.Nomination{OrderID: "gid://shopify/Order/1"}},
		{"wrong types count as missing", "orders/paid", `{"id":1,"customer":[],"discount_codes":{"code":"X"},"note_attributes":["a",{"name":1,"value":{}}],"landing_site":5,"updated_at":true}`,
			inbox.Nomination{OrderID: "gid://shopify/Order/1"}},
		{"one bad code does not hide the next", "orders/paid", `{"id":1,"discount_codes":[{"code":5},7,{"code":"ok"}]}`,
			inbox.Nomination{OrderID: "gid://shopify/Order/1", Codes: []string{"OK"}}},
		{"wrong types of what is not read", "orders/paid", `{"note":{"x":[1e999]},"total_price":7,"id":1}`, inbox.Nomination{OrderID: "gid://shopify/Order/1"}},
		{"ids in quotes", "orders/paid", `{"id":"12","customer":{"id":"007"}}`, inbox.Nomination{OrderID: "gid://shopify/Order/12", CustomerID: "gid://shopify/Customer/7"}},
		{"ids that are no whole numbers", "orders/paid", `{"id":1.5,"customer":{"id":1e3}}`, inbox.Nomination{}},
		{"an id beyond 64 bits", "orders/paid", `{"id":9223372036854775808}`, inbox.Nomination{}},
		{"the largest id", "orders/paid", `{"id":9223372036854775807}`, inbox.Nomination{OrderID: "gid://shopify/Order/9223372036854775807"}},
		{"a landing page without a query", "orders/paid", `{"id":1,"landing_site":"/ref=x"}`, inbox.Nomination{OrderID: "gid://shopify/Order/1"}},
		{"a whole address as landing page", "orders/paid", `{"id":1,"landing_site":"https://a.example/?x=%zz&ref=Alice#top"}`, inbox.Nomination{OrderID: "gid://shopify/Order/1", Ref: "ALICE"}},
		{"a ref that no code could be", "orders/paid", `{"id":1,"landing_site":"/?ref=%3Cscript%3E"}`, inbox.Nomination{OrderID: "gid://shopify/Order/1"}},
		{"a year nobody means", "shop/update", `{"updated_at":"0001-01-01T00:00:00Z"}`, inbox.Nomination{}},
	} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			got, err := nominated(tc.topic, []byte(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("nomination (-want +got):\n%s", diff)
			}
		})
	}
}

// nominated is what a body of the topic nominates.
func nominated(topic string, body []byte) (inbox.Nomination, error) {
	var n inbox.Nomination
	p, err := readPayload(body)
	if err == nil {
		topics[topic].project(&p, &n)
	}
	return n, err
}

func TestNominationsStaySmall(t *testing.T) {
	t.Parallel()
	codes, ids := make([]string, 0, 100), strings.Repeat("1,", 2*maxErase)
	for i := range 100 {
		codes = append(codes, fmt.Sprintf(`{"code":"C%d"}`, i))
	}
	long := strings.Repeat("x", 300)
	body := fmt.Sprintf(`{"id":1,"discount_codes":[{"code":"%s"},%s],"note_attributes":[{"name":"_twofold","value":"%s"}],"orders_to_redact":[%s1],"shop_domain":"%s","landing_site":"/?ref=%s"}`,
		long, strings.Join(codes, ","), long, ids, long, long)
	n, err := nominated("orders/paid", []byte(body))
	if err != nil || len(n.Codes) != maxCodes || n.ClaimID != "" || n.Ref != "" {
		t.Errorf("%d codes, claim %q, ref %q, %v", len(n.Codes), n.ClaimID, n.Ref, err)
	}
	n, err = nominated("customers/redact", []byte(body))
	if err != nil || len(n.Erase) != maxErase || len(n.ShopDomain) != maxText {
		t.Errorf("%d orders, domain of %d bytes, %v", len(n.Erase), len(n.ShopDomain), err)
	}
}

// Fields must name what project reads: a body cut to them nominates the same as the whole.
func TestFieldsAreEnough(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/whole.json")
	if err != nil {
		t.Fatal(err)
	}
	var bodies map[string]json.RawMessage
	if err := json.Unmarshal(raw, &bodies); err != nil {
		t.Fatal(err)
	}
	for name, known := range topics {
		var whole map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(bodies[name])))
		decoder.UseNumber()
		if err := decoder.Decode(&whole); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cut, err := json.Marshal(keep(whole, known.fields))
		if err != nil {
			t.Fatal(err)
		}
		want, err := nominated(name, bodies[name])
		if err != nil || cmp.Equal(want, inbox.Nomination{}) {
			t.Fatalf("%s: %+v, %v", name, want, err)
		}
		got, err := nominated(name, cut)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, cut to its fields (-want +got):\n%s", name, err, diff)
		}
	}
}

// keep cuts an object to the paths, as Shopify does with include_fields.
func keep(whole map[string]any, paths []string) map[string]any {
	cut := map[string]any{}
	for _, path := range paths {
		name, rest, deeper := strings.Cut(path, ".")
		inner, isObject := whole[name].(map[string]any)
		if deeper && isObject {
			cut[name] = keep(inner, []string{rest})
		} else if !deeper {
			cut[name] = whole[name]
		}
	}
	return cut
}

func FuzzProjection(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"customer":{"id":2},"discount_codes":[{"code":"A"}],"note_attributes":[{"name":"_twofold","value":"clm_1"}],"landing_site":"/?ref=A"}`,
		`{"order_id":9007199254740993}`, `{"order_edit":{"order_id":"2"}}`, `{"shop_domain":"a","orders_to_redact":[1,"2",null]}`,
		`{"admin_graphql_api_id":"gid://shopify/DiscountCodeNode/1"}`, `null`, `[]`, `{`, `{"id":1e400}`, "{\"myshopify_domain\":\"\xff\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for name := range topics {
			n, err := nominated(name, []byte(body))
			if object := json.Valid([]byte(body)) && body[0] == '{'; object != (err == nil) {
				t.Errorf("%s: a JSON object: %v, but %v", name, object, err)
			}
			for _, id := range append([]string{n.OrderID, n.CustomerID, n.DiscountID}, n.Erase...) {
				if id != "" && !strings.HasPrefix(id, "gid://shopify/") {
					t.Errorf("%s: id %q", name, id)
				}
			}
			if n.UpdatedAt.Nanosecond()%int(time.Millisecond) != 0 || len(n.Codes) > maxCodes || len(n.Ref) > maxText || len(n.ClaimID) > maxText {
				t.Errorf("%s: %+v", name, n)
			}
		}
	})
}
