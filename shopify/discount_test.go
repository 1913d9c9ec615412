package shopify

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twofold/fault"
	"twofold/money"
	"twofold/referral"
)

// twentyOff is the friend's side of "give $20, get $20".
var twentyOff = referral.Discount{
	Title: "Friend offer", Seed: "TWSEED1", Offer: referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("20", "USD")},
	Minimum: money.MustParse("50", "USD"), OncePerCustomer: true, UsageLimit: 1, StartsAt: testNow,
}

func TestCreateDiscountAsksForWhatWasMeant(t *testing.T) {
	t.Parallel()
	s := newShopifyServer(t, func(w http.ResponseWriter, _ request) {
		ok(w, `{"discountCodeBasicCreate":{"codeDiscountNode":{"id":"gid://shopify/DiscountCodeNode/9"},"userErrors":[]}}`)
	})
	g, _ := testGateway(t, s)
	id, err := g.CreateDiscount(t.Context(), testShop, twentyOff)
	if err != nil || id != "gid://shopify/DiscountCodeNode/9" {
		t.Fatalf("%q, %v", id, err)
	}
	want := map[string]any{
		"title": "Friend offer", "code": "TWSEED1", "startsAt": "2026-11-22T00:00:00Z", "context": map[string]any{"all": "ALL"},
		"customerGets": map[string]any{"items": map[string]any{"all": true},
			"value": map[string]any{"discountAmount": map[string]any{"amount": "20.00", "appliesOnEachItem": false}}},
		"minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "50.00"}},
		"combinesWith":       map[string]any{"orderDiscounts": false, "productDiscounts": false, "shippingDiscounts": true},
		"usageLimit":         1.0, "appliesOncePerCustomer": true, "tags": []any{"twofold"},
	}
	if diff := cmp.Diff(want, s.requests()[0].Vars["input"]); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}

func TestDiscountWithoutLimits(t *testing.T) {
	t.Parallel()
	d := twentyOff
	d.Minimum, d.UsageLimit = money.Amount{}, 0
	input, err := discountInput(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, absent := range []string{"minimumRequirement", "usageLimit"} {
		if _, there := input[absent]; there {
			t.Errorf("%s is there", absent)
		}
	}
	d.Offer.Kind = "percent_off"
	if _, err := discountInput(d); !fault.Is(err, fault.Invalid) {
		t.Errorf("a kind that is not made: %v, want invalid", err)
	}
	d.Offer = referral.Offer{Kind: referral.AmountOff, Amount: money.MustParse("0", "USD")}
	if _, err := discountInput(d); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing off: %v, want invalid", err)
	}
}

// Failures are read only when the creation is done and some failed.
func TestReadCreation(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, state string
		want        referral.Creation
		asked       []string
	}{
		{"running", `{"done":false,"codesCount":3,"importedCount":1,"failedCount":1}`, referral.Creation{Total: 3, Imported: 1}, []string{"CodesCreation"}},
		{"done", `{"done":true,"codesCount":3,"importedCount":3,"failedCount":0}`, referral.Creation{Done: true, Total: 3, Imported: 3}, []string{"CodesCreation"}},
		{"some failed", `{"done":true,"codesCount":3,"importedCount":1,"failedCount":2}`,
			referral.Creation{Done: true, Total: 3, Imported: 1, Failed: []referral.FailedCode{{Code: "B", Reason: "TAKEN"}, {Code: "C", Reason: "TOO_LONG,UNKNOWN"}}},
			[]string{"CodesCreation", "CodesCreationFailures", "CodesCreationFailures"}},
	} {
		s := newShopifyServer(t, func(w http.ResponseWriter, r request) {
			switch {
			case r.Operation == "CodesCreation":
				ok(w, `{"discountRedeemCodeBulkCreation":`+row.state+`}`)
			case r.Vars["after"] == nil:
				ok(w, `{"discountRedeemCodeBulkCreation":{"codes":{"nodes":[{"code":"A","errors":[]},{"code":"b","errors":[{"code":"TAKEN"}]}],"pageInfo":{"hasNextPage":true,"endCursor":"x"}}}}`)
			default:
				ok(w, `{"discountRedeemCodeBulkCreation":{"codes":{"nodes":[{"code":"C","errors":[{"code":"TOO_LONG"},{"code":null}]}],"pageInfo":{"hasNextPage":false,"endCursor":null}}}}`)
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
	if diff := cmp.Diff(map[string]referral.CodeID{"AAA": redeem + "1"}, got); diff != "" {
		t.Errorf("only what was asked for and is under the discount (-want +got):\n%s", diff)
	}
	g, _ = testGateway(t, findServer(t, index, map[string]string{"BBB": ours}))
	if _, err := g.FindCodes(t.Context(), testShop, ours, []string{"AAA", "BBB"}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a code that the search hides: %v, want unavailable", err)
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
	if _, err := g.DeleteCodes(t.Context(), testShop, "gid://shopify/DiscountCodeNode/9", []referral.CodeID{"*"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("delete: %v, want invalid", err)
	}
	if got := s.operations(); len(got) != 0 {
		t.Errorf("asked %v", got)
	}
}
