package shopify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
)

// decodeOrder reads one order of a snapshot's data.
func decodeOrder(data []byte) (referral.Order, error) {
	var raw rawOrder
	if err := json.Unmarshal(data, &raw); err != nil {
		return referral.Order{}, err
	}
	return raw.order()
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func usd(s string) money.Amount { return money.MustParse(s, "USD") }

func at(s string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return parsed.UTC()
}

const fullID = referral.OrderID("gid://shopify/Order/9007199254740993")

var fullOrder = referral.Order{
	Shop:            testShop,
	ID:              fullID,
	Name:            "#1001",
	CreatedAt:       at("2026-11-20T10:00:00Z"),
	ProcessedAt:     at("2026-11-20T09:59:58.123Z"),
	UpdatedAt:       at("2026-11-21T12:00:00Z"),
	CancelledAt:     at("2026-11-21T11:00:00Z"),
	Source:          "web",
	Card:            "visa/424242/4242/3/2029",
	Client:          "203.0.113.7",
	Marks:           referral.Marks{Referrer: "www.coupons.example", Risk: referral.RiskMedium},
	Status:          "PARTIALLY_REFUNDED",
	Currency:        "USD",
	Subtotal:        usd("80"),
	CurrentSubtotal: usd("60"),
	Discounted:      usd("20"),
	Refunded:        usd("25.5"),
	Received:        usd("90.25"),
	Outstanding:     usd("-0.75"),
	Itemized:        true,
	GiftCards:       usd("10"),
	TookOff: []referral.TookOff{
		{Code: "FRIEND-7Q", Amount: usd("15.5"), Left: usd("10")}, {Amount: usd("4"), Left: usd("2")},
		{Code: "SHIP", Amount: usd("7.5"), Left: usd("0")},
	},
	Codes:      []string{"FRIEND-7Q", "SHIP"},
	Attributes: []referral.Attribute{{Key: "_twofold", Value: "clm_1"}, {Key: "gift"}},
	Customer:   "gid://shopify/Customer/6312",
	Journey:    referral.Journey{Ready: true, Index: 1, Refs: []string{"ALICE", "BOB"}},
	Transactions: []referral.Transaction{
		{Kind: "SALE", Status: "SUCCESS", At: at("2026-11-20T10:00:01Z"), Amount: usd("90.25")},
		{Kind: "REFUND", Status: "PENDING", Amount: usd("25.50")},
	},
	Refunds: []referral.Refund{{ID: "gid://shopify/Refund/1", At: at("2026-11-21T12:00:00Z"), Total: usd("25.5"),
		Adjustments: []referral.Adjustment{
			{Reason: "REFUND_DISCREPANCY", Amount: usd("-5.50")},
			{Amount: usd("0.5")},
		}}},
	Disputes: []referral.Dispute{
		{ID: "gid://shopify/OrderDisputeSummary/1", Status: "SOMETHING_NEW", InitiatedAs: "INQUIRY"},
	},
	ReadAt: testNow,
}

func TestReadOrder(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t,
		func(w http.ResponseWriter, _ request) { ok(w, `{"order":`+fixture(t, "order_full.json")+`}`) })
	g, _ := testGateway(t, s)
	got, err := g.ReadOrder(t.Context(), testShop, fullID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fullOrder, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := map[string]any{
		"id":           string(fullID),
		"level2":       false,
		"transactions": 10.0,
		"refunds":      10.0,
		"adjustments":  4.0,
	}
	if diff := cmp.Diff(want, s.requests()[0].Vars); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
}

// What may be null, withheld or new does not break a snapshot.
func TestSparseOrder(t *testing.T) {
	t.Parallel()
	got, err := decodeOrder([]byte(fixture(t, "order_sparse.json")))
	if err != nil {
		t.Fatal(err)
	}
	nothing := money.Amount{Currency: "JPY"}
	want := referral.Order{
		ID:              "gid://shopify/Order/2",
		Name:            "#1002",
		CreatedAt:       at("2026-11-20T10:00:00Z"),
		ProcessedAt:     at("2026-11-20T01:00:00Z"),
		UpdatedAt:       at("2026-11-20T10:00:00Z"),
		Source:          "pos",
		Status:          "SOMETHING_NEW",
		Currency:        "JPY",
		Subtotal:        nothing,
		CurrentSubtotal: money.MustParse("1000.0", "JPY"),
		Discounted:      nothing,
		Refunded:        money.MustParse("0", "JPY"),
		Received:        nothing,
		Outstanding:     nothing,
		Codes:           []string{},
		Attributes:      []referral.Attribute{},
		Itemized:        true,
		GiftCards:       nothing,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The order's own address counts, else its customer's; at level 1 neither is there.
func TestOrderEmail(t *testing.T) {
	t.Parallel()
	const customer = `"customer":{"id":"gid://shopify/Customer/6312"}`
	withDefault := strings.Replace(customer, "}", `,"defaultEmailAddress":{"emailAddress":"\tCarol@Example.com"}}`, 1)
	for name, row := range map[string][2]string{
		"level 1":             {customer, ""},
		"the order's own":     {`"email":" Bob@Example.COM ",` + withDefault, "bob@example.com"},
		"only the customer's": {`"email":null,` + withDefault, "carol@example.com"},
		"a blank one":         {`"email":" ",` + withDefault, "carol@example.com"},
		"none at all": {
			`"email":null,` + strings.Replace(customer, "}", `,"defaultEmailAddress":null}`, 1), "",
		},
		"without a customer": {`"email":"bob@example.com","customer":null`, "bob@example.com"},
		"withheld in the list": {
			strings.Replace(customer, "}", `,"defaultEmailAddress":{"emailAddress":null}}`, 1), "",
		},
	} {
		o, err := decodeOrder([]byte(strings.Replace(fixture(t, "order_full.json"), customer, row[0], 1)))
		if err != nil || o.Email != row[1] {
			t.Errorf("%s: %q, %v, want %q", name, o.Email, err, row[1])
		}
	}
}

// Addresses do not get into errors, which are logged.
func TestErrorsHoldNoEmail(t *testing.T) {
	t.Parallel()
	broken := strings.Replace(fixture(t, "order_full.json"), `"name":"#1001"`, `"email":"bob@example.com","name":5`, 1)
	for name, answer := range map[string]string{
		"malformed": `{"data":{"order":` + broken + `}}`,
		"refused":   `{"errors":[{"message":"no bob@example.com here","extensions":{"code":"UNKNOWN"}}]}`,
	} {
		g, _ := testGateway(t, newShopifyServer(t, answers(200, answer)), func(c *Config) { c.Level2 = true })
		if _, err := g.ReadOrder(t.Context(), testShop, fullID); err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), "bob") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A malformed answer is an error, never a guess.
func TestMalformedOrders(t *testing.T) {
	t.Parallel()
	good := fixture(t, "order_full.json")
	for name, change := range map[string][2]string{
		"no id":                {`"gid://shopify/Order/9007199254740993"`, `""`},
		"another type of id":   {`shopify/Order/9007199254740993`, `shopify/Customer/1`},
		"no processedAt":       {`"2026-11-20T04:59:58.123987-05:00"`, `null`},
		"not a time":           {`"2026-11-20T10:00:00Z"`, `"yesterday"`},
		"no currency":          {`"currencyCode":"USD","discountCodes"`, `"currencyCode":"","discountCodes"`},
		"the buyer's currency": {`{"amount":"80.0","currencyCode":"USD"}`, `{"amount":"80.0","currencyCode":"CAD"}`},
		"too many decimals":    {`"80.0"`, `"80.001"`},
		"not a number":         {`"80.0"`, `"8e1"`},
		"amount as a number":   {`"80.0"`, `80.0`},
		"customer's id":        {`gid://shopify/Customer/6312`, `6312`},
		"codes as a text":      {`["friend-7q ","SHIP"]`, `"x"`},
		"more than was bought": {`"quantity":3,"currentQuantity":2`, `"quantity":3,"currentQuantity":4`},
		"a line of nothing":    {`"quantity":3,"currentQuantity":2`, `"quantity":0,"currentQuantity":0`},
		"allocated elsewhere":  {`{"amount":"15.0","currencyCode":"USD"}`, `{"amount":"15.0","currencyCode":"CAD"}`},
		"a gift card's worth":  {`{"amount":"10.0","currencyCode":"USD"}`, `{"amount":"ten","currencyCode":"USD"}`},
	} {
		broken := strings.Replace(good, change[0], change[1], 1)
		if broken == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := decodeOrder([]byte(broken)); err == nil {
			t.Errorf("%s: no error", name)
		}
		g, _ := testGateway(t,
			newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, `{"order":`+broken+`}`) }))
		if _, err := g.ReadOrder(t.Context(), testShop, fullID); !fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v, want internal", name, err)
		}
	}
}

func TestAnotherOrderThanAskedFor(t *testing.T) {
	t.Parallel()
	g, _ := testGateway(t,
		newShopifyServer(t,
			func(w http.ResponseWriter, _ request) { ok(w, `{"order":`+fixture(t, "order_full.json")+`}`) }))
	if _, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/1"); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v, want internal", err)
	}
	if _, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Customer/1"); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want invalid", err)
	}
}

// A customer that is withheld leaves a snapshot without one.
func TestWithheldCustomer(t *testing.T) {
	t.Parallel()
	body := `{"data":{"order":` + fixture(t, "order_sparse.json") + `},"errors":[{"message":"This app is not approved to access the Customer object. ` +
		`See https://shopify.dev/docs/apps/launch/protected-customer-data","path":["order","customer"],"extensions":{"code":"ACCESS_DENIED"}}]}`
	g, _ := testGateway(t, newShopifyServer(t, answers(200, body)))
	if o, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/2"); ClassOf(err) != Withheld {
		t.Errorf("%+v, %v; want withheld: the order must not seem to have no customer", o, err)
	}
}

// But one whose customer may not be read for want of a scope must not look like an order without a customer.
func TestDeniedCustomerIsAnError(t *testing.T) {
	t.Parallel()
	body := `{"data":{"order":` + fixture(t, "order_sparse.json") + "},\"errors\":[{\"message\":\"Access denied for customer field. Required access: " +
		"`read_customers` access scope.\",\"path\":[\"order\",\"customer\"],\"extensions\":{\"code\":\"ACCESS_DENIED\"}}]}"
	g, _ := testGateway(t, newShopifyServer(t, answers(200, body)))
	if _, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/2"); ClassOf(err) != ScopeMissing {
		t.Errorf("got %v, want scope missing", err)
	}
}

// Lists that come back full are asked again larger; an order beyond the largest is refused, not cut.
func TestListsGrow(t *testing.T) {
	t.Parallel()
	const transaction = `{"kind":"SALE","status":"SUCCESS","processedAt":null,"amountSet":null}`
	for _, row := range []struct {
		name         string
		transactions int
		refunds      int
		adjustments  int
		asked        []string
		tooLarge     bool
	}{
		{"usual", 2, 1, 1, []string{"10/10/4"}, false},
		{"just below full", 9, 9, 3, []string{"10/10/4"}, false},
		{"ten transactions", 10, 1, 1, []string{"10/10/4", "39/10/4"}, false},
		{"ten refunds", 1, 10, 1, []string{"10/10/4", "10/20/4"}, false},
		{"four adjustments", 1, 1, 4, []string{"10/10/4", "10/10/10"}, false},
		{"all full", 38, 19, 9, []string{"10/10/4", "39/20/10"}, false},
		{"forty transactions", 40, 1, 1, []string{"10/10/4", "39/10/4", "90/10/4"}, false},
		{"twenty refunds", 21, 20, 1, []string{"10/10/4", "39/20/4", "39/42/4"}, false},
		{"ninety transactions", 90, 1, 1, []string{"10/10/4", "39/10/4", "90/10/4"}, true},
		{"42 refunds", 9, 42, 1, []string{"10/10/4", "10/20/4", "10/42/4"}, true},
		{"ten adjustments", 1, 1, 10, []string{"10/10/4", "10/10/10"}, true},
		{"twenty refunds, all of them long", 21, 20, 4, []string{"10/10/4", "39/20/10"}, true},
	} {
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			have := func(name string, n int) int {
				first, _ := r.Vars[name].(float64)
				return min(int(first), n)
			}
			adjustments := strings.TrimSuffix(strings.Repeat(`{"reason":null,"amountSet":null},`,
				have("adjustments", row.adjustments)),
				",")
			refund := `{"id":"gid://shopify/Refund/1","createdAt":null,"totalRefundedSet":null,"orderAdjustments":{"nodes":[` + adjustments + `]}},`
			o := strings.TrimSuffix(strings.TrimSpace(fixture(t, "order_sparse.json")), "}")
			ok(w, fmt.Sprintf(`{"order":%s,"transactions":[%s],"refunds":[%s]}}`, o,
				strings.TrimSuffix(strings.Repeat(transaction+",", have("transactions", row.transactions)), ","),
				strings.TrimSuffix(strings.Repeat(refund, have("refunds", row.refunds)), ",")))
		})
		g, _ := testGateway(t, s)
		o, err := g.ReadOrder(t.Context(), testShop, "gid://shopify/Order/2")
		if row.tooLarge != (ClassOf(err) == TooLarge) || (err != nil) != row.tooLarge {
			t.Errorf("%s: %v", row.name, err)
		}
		if err == nil && (len(o.Transactions) != row.transactions || len(o.Refunds) != row.refunds) {
			t.Errorf("%s: %d transactions, %d refunds", row.name, len(o.Transactions), len(o.Refunds))
		}
		var asked []string
		for _, r := range s.requests() {
			asked = append(asked,
				fmt.Sprintf("%v/%v/%v", r.Vars["transactions"], r.Vars["refunds"], r.Vars["adjustments"]))
		}
		if diff := cmp.Diff(row.asked, asked); diff != "" {
			t.Errorf("%s asked (-want +got):\n%s", row.name, diff)
		}
	}
}

// What tells a card from others is read of whatever payment took the money, and of nothing that is shown in part.
func TestCards(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ transactions, want string }{
		"a sale":           {`[{"kind":"SALE","status":"SUCCESS","paymentDetails":{"company":"Visa","bin":"424242","number":"•••• 4242","expirationMonth":1,"expirationYear":2030}}]`, "visa/424242/4242/1/2030"},
		"an authorization": {`[{"kind":"AUTHORIZATION","status":"SUCCESS","paymentDetails":{"company":"VISA ","number":"4242","expirationMonth":12,"expirationYear":2030}}]`, "visa//4242/12/2030"},
		"one that failed, then another card": {`[{"kind":"SALE","status":"FAILURE","paymentDetails":{"number":"1111","expirationMonth":1,"expirationYear":2030}},
			{"kind":"SALE","status":"SUCCESS","paymentDetails":{"number":"2222","expirationMonth":1,"expirationYear":2030}}]`, "//2222/1/2030"},
		"a refund":              {`[{"kind":"REFUND","status":"SUCCESS","paymentDetails":{"number":"4242","expirationMonth":1,"expirationYear":2030}}]`, ""},
		"another means":         {`[{"kind":"SALE","status":"SUCCESS","paymentDetails":{}}]`, ""},
		"withheld":              {`[{"kind":"SALE","status":"SUCCESS","paymentDetails":null}]`, ""},
		"digits withheld":       {`[{"kind":"SALE","status":"SUCCESS","paymentDetails":{"company":"Visa","number":null,"expirationMonth":1,"expirationYear":2030}}]`, ""},
		"expiry withheld":       {`[{"kind":"SALE","status":"SUCCESS","paymentDetails":{"company":"Visa","number":"•••• 4242"}}]`, ""},
		"a number of no digits": {`[{"kind":"SALE","status":"SUCCESS","paymentDetails":{"number":"••••","expirationMonth":1,"expirationYear":2030}}]`, ""},
	} {
		var list []rawTransaction
		if err := json.Unmarshal([]byte(row.transactions), &list); err != nil {
			t.Fatal(err)
		}
		if got := card(list); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}
