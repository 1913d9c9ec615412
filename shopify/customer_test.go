package shopify

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

const customerData = `{"customer":{"id":"gid://shopify/Customer/7","numberOfOrders":"5","orders":{"nodes":[
 {"id":"gid://shopify/Order/1","processedAt":"2026-10-01T00:00:00Z","updatedAt":"2026-10-09T00:00:00Z","test":true,"cancelledAt":"2026-10-02T00:00:00Z","displayFinancialStatus":"PAID","totalPriceSet":{"shopMoney":{"amount":"0.0","currencyCode":"USD"}},"refunds":[]},
 {"id":"gid://shopify/Order/2","processedAt":"2026-10-02T00:00:00Z","updatedAt":"2026-10-09T00:00:00Z","test":false,"cancelledAt":null,"displayFinancialStatus":"REFUNDED","refunds":[{"createdAt":"2026-10-05T00:00:00Z"},{"createdAt":"2026-10-04T00:00:00Z"}]},
 {"id":"gid://shopify/Order/3","processedAt":"2026-10-03T00:00:00Z","updatedAt":"2026-10-09T00:00:00Z","test":false,"cancelledAt":null,"displayFinancialStatus":"PARTIALLY_REFUNDED","totalPriceSet":{"shopMoney":{"amount":"0.01","currencyCode":"USD"}},"refunds":[{"createdAt":"2026-10-05T00:00:00Z"}]},
 {"id":"gid://shopify/Order/4","processedAt":"2026-10-04T00:00:00Z","updatedAt":"2026-10-09T00:00:00Z","test":false,"cancelledAt":null,"displayFinancialStatus":"REFUNDED","refunds":[{"createdAt":"2026-10-05T00:00:00Z"},{"createdAt":"2026-10-05T00:00:00Z"},{"createdAt":"2026-10-05T00:00:00Z"}]},
 {"id":"gid://shopify/Order/5","processedAt":"2026-10-05T00:00:00Z","updatedAt":"2026-10-09T00:00:00Z","test":false,"cancelledAt":null,"displayFinancialStatus":"VOIDED","refunds":[]}],
 "pageInfo":{"hasNextPage":true}}}}`

// A full refund dates from the last one; where that cannot be known, from the order's last change, which is never too
// early.
func TestReadCustomer(t *testing.T) {
	t.Parallel()
	g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, customerData) }))
	got, err := g.ReadCustomer(t.Context(), testShop, "gid://shopify/Customer/7")
	if err != nil {
		t.Fatal(err)
	}
	changed := at("2026-10-09T00:00:00Z")
	visible := func(n string, v referral.VisibleOrder) referral.VisibleOrder {
		v.ID, v.ProcessedAt = referral.OrderID("gid://shopify/Order/"+n), at("2026-10-0"+n+"T00:00:00Z")
		return v
	}
	want := referral.CustomerOrders{Customer: "gid://shopify/Customer/7", Total: 5, Visible: []referral.VisibleOrder{
		visible("1", referral.VisibleOrder{
			Test:        true,
			Paid:        true,
			Free:        true,
			CancelledAt: at("2026-10-02T00:00:00Z"),
		}),
		visible("2", referral.VisibleOrder{Paid: true, RefundedAt: at("2026-10-05T00:00:00Z")}),
		visible("3", referral.VisibleOrder{Paid: true}),
		visible("4", referral.VisibleOrder{Paid: true, RefundedAt: changed}),
		visible("5", referral.VisibleOrder{RefundedAt: changed}),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadCustomerRefuses(t *testing.T) {
	t.Parallel()
	const denied = `,"errors":[{"message":"This app is not approved to access the Customer object.","path":["customer"],"extensions":{"code":"ACCESS_DENIED"}}]}`
	for _, row := range []struct {
		name, body string
		kind       fault.Kind
	}{
		{"no such customer", `{"data":{"customer":null}}`, fault.NotFound},
		{"withheld", `{"data":{"customer":null}` + denied, fault.Unavailable},
		{"partly withheld", `{"data":` + customerData + denied, fault.Unavailable},
		{
			"another customer", `{"data":` + strings.Replace(customerData, "Customer/7", "Customer/8", 1) + `}`,
			fault.Internal,
		},
		{"a count that is none", `{"data":` + strings.Replace(customerData, `"5"`, `"-1"`, 1) + `}`, fault.Internal},
		{
			"an order without a time",
			`{"data":` + strings.Replace(customerData, `"2026-10-01T00:00:00Z"`, `null`, 1) + `}`, fault.Internal,
		},
	} {
		g, _ := testGateway(t, newShopifyServer(t, answers(200, row.body)))
		if _, err := g.ReadCustomer(t.Context(), testShop, "gid://shopify/Customer/7"); !fault.Is(err, row.kind) {
			t.Errorf("%s: %v, want %s", row.name, err, row.kind)
		}
	}
}

const changedData = `{"orders":{"nodes":[
 {"id":"gid://shopify/Order/1","updatedAt":"2026-11-21T08:00:00Z","discountCodes":["twab"],"customAttributes":[{"key":"_twofold","value":"clm_1"}],"customer":{"id":"gid://shopify/Customer/7"},"customerJourneySummary":{"lastVisit":{"referralCode":"alice"}}},
 {"id":"gid://shopify/Order/2","updatedAt":"2026-11-21T09:00:00Z","discountCodes":[],"customAttributes":[],"customer":null,"customerJourneySummary":null}],
 "pageInfo":{"hasNextPage":true,"endCursor":"next"}}}`

// changedSince asks for the first page of usual size.
func changedSince(since time.Time) referral.ChangedQuery {
	return referral.ChangedQuery{Since: since, Size: referral.ChangedPageSize}
}

func TestChangedOrders(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, changedData) })
	g, _ := testGateway(t, s)
	got, err := g.ChangedOrders(t.Context(), testShop, changedSince(at("2026-11-21T08:00:00.9Z")))
	if err != nil {
		t.Fatal(err)
	}
	want := referral.ChangedPage{Next: "next", At: testNow, Last: at("2026-11-21T09:00:00Z"), Orders: []referral.Nominee{
		{
			Order:    "gid://shopify/Order/1",
			Customer: "gid://shopify/Customer/7",
			Codes:    []string{"TWAB"},
			Claim:    "clm_1",
			Ref:      "ALICE",
		},
		{Order: "gid://shopify/Order/2", Codes: []string{}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := g.ChangedOrders(t.Context(), testShop, referral.ChangedQuery{Since: at("2026-11-21T08:00:00Z"), Cursor: "next", Size: 1, Bare: true}); err != nil {
		t.Fatal(err)
	}
	const query = "updated_at:>='2026-11-21T08:00:00Z'"
	for i, vars := range []map[string]any{
		{"query": query, "first": 50.0, "bare": false, "level2": false},
		{"query": query, "first": 1.0, "bare": true, "level2": false, "after": "next"},
	} {
		if diff := cmp.Diff(vars, s.requests()[i].Vars); diff != "" {
			t.Errorf("variables (-want +got):\n%s", diff)
		}
	}
}

// What of a changed order can nominate it: a visit id is no claim, and of two visits the last one's code counts if it
// has any.
func TestNominees(t *testing.T) {
	t.Parallel()
	const id = `"id":"gid://shopify/Order/1","updatedAt":"2026-11-21T08:00:00Z"`
	for name, row := range map[string]struct {
		fields string
		want   referral.Nominee
	}{
		"nothing": {``, referral.Nominee{}},
		"a claim": {
			`,"customAttributes":[{"key":"_twofold","value":"clm_1"}]`, referral.Nominee{Claim: "clm_1"},
		},
		"a visit": {
			`,"customAttributes":[{"key":"gift","value":"x"},{"key":"_twofold","value":"vst"}]`,
			referral.Nominee{Visit: true},
		},
		"an empty attribute":   {`,"customAttributes":[{"key":"_twofold","value":""}]`, referral.Nominee{}},
		"an attribute of null": {`,"customAttributes":[{"key":"_twofold","value":null}]`, referral.Nominee{}},
		"too long for ours": {
			`,"customAttributes":[{"key":"_twofold","value":"` + strings.Repeat("v", 513) + `"}]`, referral.Nominee{},
		},
		"as long as may be": {
			`,"customAttributes":[{"key":"_twofold","value":"` + strings.Repeat("v", 512) + `"}]`,
			referral.Nominee{Visit: true},
		},
		"another attribute": {`,"customAttributes":[{"key":"twofold","value":"vst"}]`, referral.Nominee{}},
		"the first visit": {
			`,"customerJourneySummary":{"firstVisit":{"referralCode":"alice"},"lastVisit":{"referralCode":null}}`,
			referral.Nominee{Ref: "ALICE"},
		},
		"only one visit": {
			`,"customerJourneySummary":{"firstVisit":{"referralCode":"alice"},"lastVisit":null}`,
			referral.Nominee{Ref: "ALICE"},
		},
		"the last visit": {
			`,"customerJourneySummary":{"firstVisit":{"referralCode":"alice"},"lastVisit":{"referralCode":"bob"}}`,
			referral.Nominee{Ref: "BOB"},
		},
		"an address": {`,"email":" Bob@Example.com "`, referral.Nominee{Email: "bob@example.com"}},
		"no address": {`,"email":null`, referral.Nominee{}},
	} {
		var raw rawChanged
		if err := json.Unmarshal([]byte("{"+id+row.fields+"}"), &raw); err != nil {
			t.Fatal(err)
		}
		row.want.Order, row.want.Codes = "gid://shopify/Order/1", []string{}
		got, err := raw.nominee()
		if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// An answer to another question than ours must not move the watermark.
func TestChangedOrdersAreChecked(t *testing.T) {
	t.Parallel()
	since := at("2026-11-21T08:00:00Z")
	for name, body := range map[string]string{
		"filter ignored": `{"data":` + strings.Replace(changedData, "T08:00:00Z", "T07:59:59Z", 1) + `}`,
		"order ignored":  `{"data":` + strings.Replace(changedData, "21T09", "21T08", 1) + `}`,
		"search warning": `{"data":` + changedData + `,"extensions":{"search":[{"path":["orders"],"warnings":[{"field":"updated_at","message":"Invalid"}]}]}}`,
		"no cursor":      `{"data":` + strings.Replace(changedData, `"next"`, `null`, 1) + `}`,
		"no id":          `{"data":` + strings.Replace(changedData, `gid://shopify/Order/2`, ``, 1) + `}`,
		"no time":        `{"data":` + strings.Replace(changedData, `"2026-11-21T09:00:00Z"`, `null`, 1) + `}`,
	} {
		if name == "order ignored" {
			body = strings.Replace(body, "T08:00:00Z", "T08:00:01Z", 1)
		}
		g, _ := testGateway(t, newShopifyServer(t, answers(200, body)))
		if _, err := g.ChangedOrders(t.Context(), testShop, changedSince(since)); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v, want internal", name, err)
		}
	}
}

func TestReadProfile(t *testing.T) {
	t.Parallel()
	const data = `{"shop":{"id":"gid://shopify/Shop/1","name":"Demo","myshopifyDomain":"demo.myshopify.com","currencyCode":"USD","ianaTimezone":"America/New_York","contactEmail":"Hello@Demo.example",
	 "primaryDomain":{"url":"https://demo.example/"},"plan":{"publicDisplayName":"Basic"}},
	 "currentAppInstallation":{"accessScopes":[{"handle":"read_orders"},{"handle":"write_discounts"}],"app":{"handle":"twofold"}}}`
	g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, data) }))
	got, err := g.ReadProfile(t.Context(), testShop)
	if err != nil {
		t.Fatal(err)
	}
	want := tenant.Profile{GID: "gid://shopify/Shop/1", Name: "Demo", Currency: "USD", TimeZone: "America/New_York", Plan: "Basic",
		PrimaryURL: "https://demo.example", MailDomain: "demo.example", Scopes: []string{"read_orders", "write_discounts"}, AppHandle: "twofold"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := g.ReadProfile(t.Context(), "other.myshopify.com"); !fault.Is(err, fault.Internal) {
		t.Errorf("another shop's token: %v, want internal", err)
	}
}

// The clock difference comes from Date headers; another API version is counted.
func TestSkewAndVersion(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("Date", testNow.Add(-42*time.Second).Format(http.TimeFormat))
		w.Header().Set("X-Shopify-API-Version", "2027-01")
		ok(w, pingData)
	})
	g, _ := testGateway(t, s)
	if _, known := g.Skew(); known {
		t.Error("a skew is known before the first answer")
	}
	if err := g.Ping(t.Context(), testShop); err != nil {
		t.Fatal(err)
	}
	if skew, known := g.Skew(); !known || (skew-42*time.Second).Abs() > time.Second {
		t.Errorf("skew %v, %t", skew, known)
	}
	if old := g.version.last.Load(); old == nil || *old != "2027-01" {
		t.Error("the version was not noticed")
	}
}
