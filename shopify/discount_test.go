package shopify

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/codes"
	"twofold/fault"
	"twofold/money"
	"twofold/referral"
)

// twentyOff is the friend's side of "give $20, get $20".
var twentyOff = codes.Discount{
	Title:           "Friend offer",
	Seed:            "TWSEED1",
	Kind:            referral.AmountOff,
	Amount:          money.MustParse("20", "USD"),
	Minimum:         money.MustParse("50", "USD"),
	Combines:        referral.Combines{Shipping: true},
	OncePerCustomer: true,
	UsageLimit:      1,
	StartsAt:        testNow,
}

func TestCreateDiscountAsksForWhatWasMeant(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		ok(w, `{"payload":{"codeDiscountNode":{"id":"gid://shopify/DiscountCodeNode/9"},"userErrors":[]}}`)
	})
	g, _ := testGateway(t, s)
	id, err := g.CreateDiscount(t.Context(), testShop, twentyOff)
	if err != nil || id != "gid://shopify/DiscountCodeNode/9" {
		t.Fatalf("%q, %v", id, err)
	}
	want := map[string]any{
		"title":    "Friend offer",
		"code":     "TWSEED1",
		"startsAt": "2026-11-22T00:00:00Z",
		"context":  map[string]any{"all": "ALL"},
		"customerGets": map[string]any{"items": map[string]any{"all": true},
			"value": map[string]any{"discountAmount": map[string]any{"amount": "20.00", "appliesOnEachItem": false}}},
		"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "50.00"}},
		"combinesWith": map[string]any{
			"orderDiscounts":    false,
			"productDiscounts":  false,
			"shippingDiscounts": true,
		},
		"usageLimit":             1.0,
		"appliesOncePerCustomer": true,
		"tags":                   []any{"twofold"},
	}
	if diff := cmp.Diff(want, s.requests()[0].Vars["input"]); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}

func TestDiscountWithoutLimits(t *testing.T) {
	t.Parallel()
	d := twentyOff
	d.Minimum, d.UsageLimit = money.Amount{}, 0
	created, err := createInput(d)
	if err != nil {
		t.Fatal(err)
	}
	updated, err := updateInput(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, absent := range []string{"minimumRequirement", "usageLimit", "endsAt"} {
		if _, there := created[absent]; there {
			t.Errorf("%s is there", absent)
		}
		if value, there := updated[absent]; !there || value != nil {
			t.Errorf("%s is not taken away by an update", absent)
		}
	}
	if _, there := updated["code"]; there {
		t.Error("an update changes the code")
	}
}

// A discount of nothing, of more than everything, or of an unknown kind is never sent.
func TestImpossibleDiscounts(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, answers(500, ""))
	g, _ := testGateway(t, s)
	for name, change := range map[string]func(*codes.Discount){
		"nothing off":          func(d *codes.Discount) { d.Amount.Minor = 0 },
		"less than nothing":    func(d *codes.Discount) { d.Amount.Minor = -1 },
		"a share of nothing":   func(d *codes.Discount) { d.Kind, d.Amount.Minor = referral.ShareOfOrder, 0 },
		"0 percent":            func(d *codes.Discount) { d.Kind = referral.PercentOff },
		"more than everything": func(d *codes.Discount) { d.Kind, d.RateBP = referral.PercentOff, 10_001 },
		"no kind":              func(d *codes.Discount) { d.Kind = "" },
	} {
		d := twentyOff
		change(&d)
		if _, err := g.CreateDiscount(t.Context(), testShop, d); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: create %v, want invalid", name, err)
		}
		if err := g.UpdateDiscount(t.Context(), testShop, "gid://shopify/DiscountCodeNode/9", d); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: update %v, want invalid", name, err)
		}
	}
	if got := s.operations(); len(got) != 0 {
		t.Errorf("asked %v", got)
	}
}

// What makes the kinds and the buyers differ in the input.
func TestDiscountInputs(t *testing.T) {
	t.Parallel()
	gets := func(value map[string]any) map[string]any {
		return map[string]any{"items": map[string]any{"all": true}, "value": value}
	}
	amount := gets(map[string]any{"discountAmount": map[string]any{"amount": "20.00", "appliesOnEachItem": false}})
	everybody := map[string]any{"all": "ALL"}
	for _, row := range []struct {
		name    string
		change  func(*codes.Discount)
		want    map[string]any // nil: must not be there
		created map[string]any // context of the creation
		updated map[string]any // context of an update; nil: must not be there
	}{
		{
			"an amount", func(*codes.Discount) {}, map[string]any{"customerGets": amount, "destination": nil},
			everybody, everybody,
		},
		{
			"a share of the order", func(d *codes.Discount) { d.Kind = referral.ShareOfOrder },
			map[string]any{"customerGets": amount}, everybody, everybody,
		},
		{"a percentage", func(d *codes.Discount) { d.Kind, d.RateBP = referral.PercentOff, 1250 },
			map[string]any{"customerGets": gets(map[string]any{"percentage": json.Number("0.125")}), "destination": nil}, everybody, everybody},
		{"free shipping", func(d *codes.Discount) { d.Kind = referral.FreeShipping },
			map[string]any{"customerGets": nil, "destination": map[string]any{"all": true}}, everybody, everybody},
		{
			"an end", func(d *codes.Discount) { d.EndsAt = at("2026-12-24T18:00:00+01:00") },
			map[string]any{"endsAt": "2026-12-24T17:00:00Z"}, everybody, everybody,
		},
		{"beside everything", func(d *codes.Discount) { d.Combines = referral.Combines{Order: true, Product: true} },
			map[string]any{"combinesWith": map[string]any{"orderDiscounts": true, "productDiscounts": true, "shippingDiscounts": false}}, everybody, everybody},
		{"personal", func(d *codes.Discount) { d.Customer = "gid://shopify/Customer/1" }, nil,
			map[string]any{"customers": map[string]any{"add": []any{"gid://shopify/Customer/1"}}}, nil},
	} {
		d := twentyOff
		row.change(&d)
		created, err := createInput(d)
		if err != nil {
			t.Fatal(err)
		}
		updated, err := updateInput(d)
		if err != nil {
			t.Fatal(err)
		}
		created, updated = asJSON(t, created), asJSON(t, updated)
		for _, input := range []map[string]any{created, updated} {
			for field, want := range row.want {
				got, there := input[field]
				if diff := cmp.Diff(want, got); diff != "" || there != (want != nil) {
					t.Errorf("%s: %s (-want +got):\n%s", row.name, field, diff)
				}
			}
		}
		if diff := cmp.Diff(row.created, created["context"]); diff != "" {
			t.Errorf("%s: context (-want +got):\n%s", row.name, diff)
		}
		got, there := updated["context"].(map[string]any)
		if diff := cmp.Diff(row.updated, got); diff != "" || there != (row.updated != nil) {
			t.Errorf("%s: context of an update (-want +got):\n%s", row.name, diff)
		}
	}
}

// Every rate goes out exactly and comes back; floats that are a little off are read as what was meant.
func TestRates(t *testing.T) {
	t.Parallel()
	for bp, want := range map[int]json.Number{1: "0.0001", 10: "0.001", 333: "0.0333", 1250: "0.125", 1500: "0.15", 2900: "0.29", 9999: "0.9999", 10_000: "1"} {
		if got := rateText(bp); got != want {
			t.Errorf("%d is %s, want %s", bp, got, want)
		}
	}
	for bp := 1; bp <= wholeBP; bp++ {
		if got, err := parseRate(rateText(bp)); err != nil || got != bp {
			t.Fatalf("%d came back as %d, %v", bp, got, err)
		}
	}
	for _, row := range []struct {
		text json.Number
		want int
		ok   bool
	}{
		{"0.15", 1500, true}, {"1.0", 10_000, true}, {"1", 10_000, true}, {"1.0e-04", 1, true}, {"1.25E-1", 1250, true},
		{"0", 0, true}, {"-0.0", 0, true}, {"0.28999999999999998", 2900, true}, {"0.29000000000000004", 2900, true},
		{"0.00005", 1, true}, {"0.000049", 0, true}, {"0.99995", 10_000, true}, {"1.0001", 0, false}, {"15", 0, false},
		{"-0.15", 0, false}, {"", 0, false}, {"NaN", 0, false}, {"1e999999999", 0, false}, {"1e-999", 0, false},
		{"1/8", 0, false}, {"0.100000000000000000000000000000000", 0, false},
	} {
		if got, err := parseRate(row.text); got != row.want || (err == nil) != row.ok {
			t.Errorf("%s: %d, %v", row.text, got, err)
		}
	}
}

const discountID = referral.DiscountID("gid://shopify/DiscountCodeNode/9")

// readData is the answer of a discount with some text of the fixture replaced.
func readData(t *testing.T, fixtureName string, change ...string) string {
	t.Helper()
	good := fixture(t, fixtureName)
	broken := strings.NewReplacer(change...).Replace(good)
	if broken == good && len(change) > 0 {
		t.Fatalf("%v: nothing was changed", change)
	}
	return `{"discountNode":{"discount":` + broken + `}}`
}

func TestReadDiscount(t *testing.T) {
	t.Parallel()
	basic := codes.Discount{
		Title:           "Friend offer",
		Kind:            referral.PercentOff,
		RateBP:          1250,
		Minimum:         usd("50"),
		Combines:        referral.Combines{Product: true},
		Customer:        "gid://shopify/Customer/7",
		OncePerCustomer: true,
		UsageLimit:      3,
		StartsAt:        at("2026-11-22T00:00:00Z"),
		EndsAt:          at("2026-12-24T17:00:00Z"),
		Codes:           7,
	}
	shipping := codes.Discount{
		Title:    "Post",
		Kind:     referral.FreeShipping,
		Combines: referral.Combines{Order: true},
		StartsAt: at("2026-11-22T00:00:00Z"),
	}
	amount, others, items, some := basic, basic, basic, basic
	amount.Kind, amount.RateBP, amount.Amount = referral.AmountOff, 0, usd("20")
	others.Customer = OtherBuyers
	items.Minimum, items.MinimumItems = money.Amount{}, 3
	some.SomeProducts = true
	for _, row := range []struct {
		name, answer string
		want         codes.Discount
	}{
		{"a percentage", readData(t, "discount_basic.json"), basic},
		{
			"an amount",
			readData(t, "discount_basic.json", `{"percentage":0.125}`,
				`{"amount":{"amount":"20.0","currencyCode":"USD"}}`),
			amount,
		},
		{
			"for a segment",
			readData(t, "discount_basic.json", `"DiscountCustomers"`, `"DiscountCustomerSegments"`, `"customers":[`,
				`"x":[`),
			others,
		},
		{
			"its customer was deleted", readData(t, "discount_basic.json", `"customers":[`, `"customers":[],"x":[`),
			others,
		},
		{
			"a minimum of items",
			readData(t, "discount_basic.json",
				`{"greaterThanOrEqualToSubtotal":{"amount":"50.0","currencyCode":"USD"}}`,
				`{"greaterThanOrEqualToQuantity":"3"}`),
			items,
		},
		{
			"for a collection only", readData(t, "discount_basic.json", `"AllDiscountItems"`, `"DiscountCollections"`),
			some,
		},
		{"free shipping", readData(t, "discount_shipping.json"), shipping},
	} {
		g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, row.answer) }))
		got, err := g.ReadDiscount(t.Context(), testShop, discountID)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestUnreadableDiscounts(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer string
		want   Class
	}{
		"deleted":          {`{"discountNode":null}`, Missing},
		"buy x get y":      {`{"discountNode":{"discount":{"__typename":"DiscountCodeBxgy"}}}`, Missing},
		"no start":         {readData(t, "discount_basic.json", `"2026-11-22T00:00:00Z"`, `null`), BadQuery},
		"no value":         {readData(t, "discount_basic.json", `"percentage":0.125`, ``), BadQuery},
		"1250 percent":     {readData(t, "discount_basic.json", `0.125`, `12.5`), BadQuery},
		"half a cent":      {readData(t, "discount_basic.json", `"50.0"`, `"50.005"`), BadQuery},
		"a negative limit": {readData(t, "discount_basic.json", `"usageLimit":3`, `"usageLimit":-3`), BadQuery},
		"a customer of sorts": {
			readData(t, "discount_basic.json", `shopify/Customer/7`, `shopify/Company/7`), BadQuery,
		},
	} {
		g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, _ request) { ok(w, row.answer) }))
		if _, err := g.ReadDiscount(t.Context(), testShop, discountID); ClassOf(err) != row.want {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	withheld := `{"data":{"discountNode":null},"errors":[{"message":"This app is not approved to access the Customer object.","extensions":{"code":"ACCESS_DENIED"}}]}`
	g, _ := testGateway(t, newShopifyServer(t, answers(200, withheld)))
	if _, err := g.ReadDiscount(t.Context(), testShop, discountID); ClassOf(err) != Withheld {
		t.Errorf("withheld: %v; it must not look deleted", err)
	}
}

// A refused change says that the discount is gone only when it is.
func TestRefusedChanges(t *testing.T) {
	t.Parallel()
	const refusal = `{"payload":{"codeDiscountNode":null,"deletedCodeDiscountId":null,"userErrors":[{"code":"INVALID","field":["id"],"message":"no"}]}}`
	there := readData(t, "discount_basic.json")
	for _, row := range []struct {
		name, change, read string
		readStatus         int
		want, deleted      fault.Kind
	}{
		{"gone", refusal, `{"discountNode":null}`, 200, fault.NotFound, ""},
		{"there", refusal, there, 200, fault.Invalid, fault.Invalid},
		{"who knows", refusal, "", 503, fault.Unavailable, fault.Unavailable},
		{"no id in the answer", `{"payload":{"userErrors":[]}}`, there, 200, fault.Unavailable, fault.Unavailable},
		{"no payload", `{"payload":null}`, there, 200, fault.Unavailable, fault.Unavailable},
	} {
		g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, r request) {
			switch {
			case r.Operation != "DiscountRead":
				ok(w, row.change)
			case row.readStatus != http.StatusOK:
				w.WriteHeader(row.readStatus)
			default:
				ok(w, row.read)
			}
		}))
		ctx := t.Context()
		shipping := twentyOff
		shipping.Kind = referral.FreeShipping
		for name, err := range map[string]error{
			"update":          g.UpdateDiscount(ctx, testShop, discountID, twentyOff),
			"update shipping": g.UpdateDiscount(ctx, testShop, discountID, shipping),
			"move end":        g.MoveEnd(ctx, testShop, discountID, referral.AmountOff, testNow),
		} {
			if !fault.Is(err, row.want) {
				t.Errorf("%s: %s: %v, want %s", row.name, name, err, row.want)
			}
		}
		if err := g.DeleteDiscount(ctx, testShop, discountID); (row.deleted == "") != (err == nil) || (err != nil && !fault.Is(err, row.deleted)) {
			t.Errorf("%s: delete: %v, want %q", row.name, err, row.deleted)
		}
	}
}

// An answer that does not come leaves the outcome of every change open.
func TestChangesWithUnknownOutcome(t *testing.T) {
	t.Parallel()
	g, _ := testGateway(t, newShopifyServer(t, answers(503, "")))
	ctx := t.Context()
	_, created := g.CreateDiscount(ctx, testShop, twentyOff)
	for name, err := range map[string]error{
		"create": created, "update": g.UpdateDiscount(ctx, testShop, discountID, twentyOff),
		"move end": g.MoveEnd(ctx, testShop, discountID, referral.FreeShipping, testNow), "delete": g.DeleteDiscount(ctx, testShop, discountID),
	} {
		if !errors.Is(err, codes.ErrUnknownOutcome) {
			t.Errorf("%s: %v, want unknown outcome", name, err)
		}
	}
}

// Only ids of code discounts go out.
func TestDiscountIDsAreChecked(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, answers(500, ""))
	g, _ := testGateway(t, s)
	for _, id := range []referral.DiscountID{"", "9", "gid://shopify/Customer/9"} {
		_, read := g.ReadDiscount(t.Context(), testShop, id)
		for name, err := range map[string]error{
			"read": read, "update": g.UpdateDiscount(t.Context(), testShop, id, twentyOff),
			"move end": g.MoveEnd(t.Context(), testShop, id, referral.AmountOff, testNow), "delete": g.DeleteDiscount(t.Context(), testShop, id),
		} {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%s %q: %v, want invalid", name, id, err)
			}
		}
	}
	if got := s.operations(); len(got) != 0 {
		t.Errorf("asked %v", got)
	}
}

// Failures are read only when the creation is done and some failed.
func TestReadCreation(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, state string
		want        codes.Creation
		asked       []string
	}{
		{
			"running", `{"done":false,"codesCount":3,"importedCount":1,"failedCount":1}`, codes.Creation{Imported: 1},
			[]string{"CodesCreation"},
		},
		{
			"done", `{"done":true,"codesCount":3,"importedCount":3,"failedCount":0}`,
			codes.Creation{Done: true, Imported: 3}, []string{"CodesCreation"},
		},
		{"some failed", `{"done":true,"codesCount":3,"importedCount":1,"failedCount":2}`,
			codes.Creation{
				Done:     true,
				Imported: 1,
				Failed:   []codes.FailedCode{{Code: "B", Reason: "TAKEN"}, {Code: "C", Reason: "TOO_LONG,UNKNOWN"}},
			},
			[]string{"CodesCreation", "CodesCreationFailures", "CodesCreationFailures"}},
	} {
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			switch {
			case r.Operation == "CodesCreation":
				ok(w, `{"discountRedeemCodeBulkCreation":`+row.state+`}`)
			case r.Vars["after"] == nil:
				ok(w,
					`{"discountRedeemCodeBulkCreation":{"codes":{"nodes":[{"code":"A","errors":[]},{"code":"b","errors":[{"code":"TAKEN"}]}],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}`)
			default:
				ok(w,
					`{"discountRedeemCodeBulkCreation":{"codes":{"nodes":[{"code":"C","errors":[{"code":"TOO_LONG"},{"code":null}]}],"pageInfo":{"hasNextPage":false,"endCursor":null}}}}`)
			}
		})
		g, _ := testGateway(t, s)
		got, err := g.ReadCreation(t.Context(), testShop, "gid://shopify/DiscountRedeemCodeBulkCreation/1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
		if diff := cmp.Diff(row.asked, s.operations()); diff != "" {
			t.Errorf("%s asked (-want +got):\n%s", row.name, diff)
		}
	}
}

// findServer shows the codes of one discount: those of index by search, those of exact by exact look-up.
func findServer(t *testing.T, index map[string]string, exact map[string]string) *shopifyServer {
	t.Helper()
	return newShopifyServer(t, func(w http.ResponseWriter, r request) {
		if r.Operation == "DiscountByCode" {
			code, _ := r.Vars["code"].(string)
			if owner, there := exact[code]; there {
				ok(w, `{"codeDiscountNodeByCode":{"id":"`+owner+`"}}`)
				return
			}
			ok(w, `{"codeDiscountNodeByCode":null}`)
			return
		}
		var nodes []string
		for code, id := range index {
			nodes = append(nodes, `{"id":"`+id+`","code":"`+code+`"}`)
		}
		ok(w, `{"discountNode":{"id":"gid://shopify/DiscountNode/9","discount":{"__typename":"DiscountCodeBasic","codes":{"nodes":[`+
			strings.Join(nodes, ",")+`],"pageInfo":{"hasNextPage":false}}}}}`)
	})
}

func TestFindCodes(t *testing.T) {
	t.Parallel()
	const ours, redeem = "gid://shopify/DiscountCodeNode/9", "gid://shopify/DiscountRedeemCode/"
	index := map[string]string{"aaa": redeem + "1", "OTHER": redeem + "5"}
	g, _ := testGateway(t, findServer(t, index, map[string]string{"CCC": "gid://shopify/DiscountCodeNode/8"}))
	got, err := g.FindCodes(t.Context(), testShop, ours, []string{"AAA", "BBB", "CCC"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]codes.CodeID{"AAA": redeem + "1"}, got); diff != "" {
		t.Errorf("only what was asked for and is under the discount (-want +got):\n%s", diff)
	}
	g, _ = testGateway(t, findServer(t, index, map[string]string{"BBB": ours}))
	if _, err := g.FindCodes(t.Context(), testShop, ours, []string{"AAA", "BBB"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a code that the search hides: %v, want unavailable", err)
	}
}

// A discount's codes come page by page, in upper case, until Shopify says that there are no more.
func TestListedCodes(t *testing.T) {
	t.Parallel()
	page := func(code, rest string) string {
		return `{"discountNode":{"discount":{"__typename":"DiscountCodeBasic","codes":{"nodes":[{"code":"` + code +
			`"}],"pageInfo":` + rest + `}}}}`
	}
	answers := map[any]string{
		nil: page("aaa", `{"hasNextPage":true,"endCursor":"x"}`), "x": page("BBB", `{"hasNextPage":false,"endCursor":"y"}`),
		"gone": `{"discountNode":null}`, "automatic": `{"discountNode":{"discount":{"__typename":"DiscountCodeBxgy"}}}`,
	}
	g, _ := testGateway(t, newShopifyServer(t, func(w http.ResponseWriter, r request) { ok(w, answers[r.Vars["after"]]) }))
	const id = "gid://shopify/DiscountCodeNode/9"

	for _, row := range []struct{ after, code, next string }{{"", "AAA", "x"}, {"x", "BBB", ""}} {
		got, next, err := g.ListedCodes(t.Context(), testShop, id, row.after)
		if err != nil || !slices.Equal(got, []string{row.code}) || next != row.next {
			t.Errorf("after %q: %q, then %q, %v", row.after, got, next, err)
		}
	}
	for _, after := range []string{"gone", "automatic"} {
		if _, _, err := g.ListedCodes(t.Context(), testShop, id, after); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want not found", after, err)
		}
	}
}

// Nothing goes out that is too much for one call, or could change a search.
func TestBatchesAreChecked(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, answers(500, ""))
	g, _ := testGateway(t, s)
	many := strings.Split(strings.Repeat("A,", 250)+"A", ",")
	for name, codes := range map[string][]string{"none": nil, "251": many, "a quote": {`A"`}, "a space": {"A OR B"}, "a colon": {"id:1"}, "empty": {""}} {
		_, findErr := g.FindCodes(t.Context(), testShop, "gid://shopify/DiscountCodeNode/9", codes)
		_, addErr := g.AddCodes(t.Context(), testShop, "gid://shopify/DiscountCodeNode/9", codes)
		if !fault.Is(findErr, fault.Invalid) || !fault.Is(addErr, fault.Invalid) {
			t.Errorf("%s: find %v, add %v, want invalid", name, findErr, addErr)
		}
	}
	if _, err := g.DeleteCodes(t.Context(), testShop, "gid://shopify/DiscountCodeNode/9", []codes.CodeID{"*"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("delete: %v, want invalid", err)
	}
	if got := s.operations(); len(got) != 0 {
		t.Errorf("asked %v", got)
	}
}
