package simulator

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Every operation the app was designed with runs without an error: at level 2, with the optional
// scope, over a shop in use.
func TestOperationsOfTheDesignRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(in *ShopInput) {
		in.Plan = "plus" // their costs add up
		in.Behaviour = &Behaviour{ProtectedDataLevel: Level(2)}
	})
	w.must(w.SetScopes(testShop, append([]string{"write_customers"}, w.Server.app.scopes...)))
	token := w.token()
	order, err := w.PlaceOrder(testShop, OrderInput{Email: "ann@example.com", Items: []Item{{Price: "80.00"}}, LandingPage: "/?ref=ANNA&utm_source=x",
		Attributes: map[string]string{"_twofold": "clm_1"}, ForcedDiscounts: []ForcedDiscount{{Code: "GONE", Amount: "5.00"}}})
	w.must(err)
	_, err = w.RefundOrder(testShop, order.ID, RefundInput{Amount: "7.00"})
	w.must(err)
	_, err = w.DisputeOrder(testShop, order.ID, DisputeInput{Status: "WON"})
	w.must(err)
	customer := gid("Customer", order.CustomerID)
	discount := w.discount(token, "SEED-1", nil)
	added := w.addCodes(token, discount, "MORE-1", "MORE-2")
	redeem := dig(added, "codes", "nodes", 0, "discountRedeemCode", "id")
	bulk := dig(w.query(token, `mutation ($d: ID!) { discountRedeemCodeBulkAdd(discountId: $d, codes: [{code: "MORE-3"}]) { bulkCreation { id } } }`,
		map[string]any{"d": discount}), "discountRedeemCodeBulkAdd", "bulkCreation", "id")
	installation := dig(w.query(token, `{ currentAppInstallation { id } }`, nil), "currentAppInstallation", "id")

	basic := basicInput("NEW-1")
	reward := basicInput("NEW-2")
	reward["context"] = map[string]any{"customers": map[string]any{"add": []any{customer}}}
	reward["customerGets"] = percentOff(0.15)
	shipping := map[string]any{"title": "Free shipping", "code": "NEW-3", "startsAt": "2026-11-22T00:00:00Z",
		"context": map[string]any{"all": "ALL"}, "destination": map[string]any{"all": true}, "appliesOncePerCustomer": true}
	config := map[string]any{"ownerId": installation, "namespace": "widget", "key": "config", "type": "json", "value": `{"v":3}`, "compareDigest": nil}
	referral := map[string]any{"ownerId": customer, "namespace": "$app", "key": "referral_code", "type": "single_line_text_field", "value": "ANNA-7K2Q"}
	variables := map[string]map[string]any{
		"WidgetConfigSet": {"metafields": []any{config}}, "WidgetConfigGet": {"namespace": "widget"},
		"CustomerReferralMetafieldSet": {"metafields": []any{referral}},
		"MetafieldsDelete":             {"metafields": []any{map[string]any{"ownerId": customer, "namespace": "$app", "key": "referral_code"}}},
		"FriendDiscountCreate":         {"input": basic}, "RewardDiscountCreate": {"input": reward}, "FreeShippingDiscountCreate": {"input": shipping},
		"FriendDiscountUpdate": {"id": discount, "input": map[string]any{"endsAt": "2037-01-31T23:59:59Z"}},
		"RedeemCodesBulkAdd":   {"discountId": discount, "codes": []any{map[string]any{"code": "ADD-1"}}}, "RedeemCodesBulkStatus": {"id": bulk},
		"RedeemCodesBulkDelete": {"discountId": discount, "ids": []any{redeem}}, "DiscountDeactivate": {"id": discount},
		"DiscountActivate": {"id": discount}, "DiscountDelete": {"id": discount}, "DiscountByCode": {"code": "seed-1"},
		"DiscountsReconcile": {"query": "method:code"}, "OrdersChangedSince": {"query": "updated_at:>='2020-01-01T00:00:00Z'"},
		"OrderForAttribution": {"id": order.GID}, "CustomerNewness": {"id": customer}, "OrderSnapshot": {"id": order.GID, "level2": true},
		"CustomerByIdentifier": {"identifier": map[string]any{"emailAddress": "ANN@example.com"}},
	}
	files, err := filepath.Glob("testdata/graphql/*.graphql")
	w.must(err)
	for _, file := range files { // in order: the deleting ones come after what they delete
		raw, err := os.ReadFile(file)
		w.must(err)
		doc, errs := w.schema.document(string(raw))
		if len(errs) > 0 {
			t.Errorf("%s: %v", file, errs)
			continue
		}
		for _, op := range doc.Operations {
			if op.Name == "MetafieldsDelete" || op.Name == "DiscountDelete" {
				continue // last, below
			}
			w.runNamed(token, string(raw), op.Name, variables[op.Name])
		}
	}
	w.runFile(token, "05_metafields_delete", "MetafieldsDelete", variables["MetafieldsDelete"])
	w.runFile(token, "14_discount_activate_delete", "DiscountDelete", variables["DiscountDelete"])
}

func (w *world) runFile(token, file, name string, vars map[string]any) map[string]any {
	w.t.Helper()
	raw, err := os.ReadFile("testdata/graphql/" + file + ".graphql")
	w.must(err)
	return w.runNamed(token, string(raw), name, vars)
}

// runNamed runs one operation of a document and wants neither errors nor userErrors.
func (w *world) runNamed(token, doc, name string, vars map[string]any) map[string]any {
	w.t.Helper()
	raw, err := json.Marshal(graphqlRequest{Query: doc, OperationName: name, Variables: vars})
	w.must(err)
	var req graphqlRequest
	w.must(json.Unmarshal(raw, &req))
	sh, _ := w.findShop(testShop)
	status, answer := w.answerGraphQL(sh, token, req, false)
	raw, err = encode(answer)
	w.must(err)
	var out map[string]any
	w.must(json.Unmarshal(raw, &out))
	if status != 200 || out["errors"] != nil || out["data"] == nil {
		w.t.Errorf("%s: %d %s", name, status, show(out))
		return out
	}
	for field, v := range out["data"].(map[string]any) {
		if errs, _ := dig(v, "userErrors").([]any); len(errs) > 0 {
			w.t.Errorf("%s: %s", name, show(errs))
		}
		if v == nil {
			w.t.Errorf("%s: %s is null", name, field)
		}
	}
	return out
}

// Every field of the schema that an object can answer has a resolver: a walk over all of them, as deep as they go.
func TestEveryFieldIsResolved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(2))
	token := w.token()
	id := w.discount(token, "ALL-10", map[string]any{"customerGets": percentOff(0.1), "minimumRequirement": map[string]any{"subtotal": map[string]any{"greaterThanOrEqualToSubtotal": "10"}}})
	w.addCodes(token, id, "ALL-11", "all-10")
	o := w.order(OrderInput{DiscountCodes: []string{"ALL-10"}, LandingPage: "/?r=X&utm_source=mail", Attributes: map[string]string{"k": "v"}, Shipping: "5"})
	_, err := w.RefundOrder(testShop, o.ID, RefundInput{Items: []RefundItem{{}}, Amount: "1.00"})
	w.must(err)
	_, err = w.DisputeOrder(testShop, o.ID, DisputeInput{Status: "needs_response"})
	w.must(err)
	w.query(token, `mutation ($o: ID!) { metafieldsSet(metafields: [{ownerId: $o, namespace: "n", key: "k", type: "json", value: "1"}]) { userErrors { message } } }`,
		map[string]any{"o": dig(w.query(token, `{currentAppInstallation{id}}`, nil), "currentAppInstallation", "id")})

	sh, _ := w.findShop(testShop)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	ses := &session{srv: w.Server, sh: sh, now: w.Now(), scopes: append([]string{"write_customers"}, sh.scopes...), level: 2}
	walker := &resolveWalk{t: t, schema: w.schema, seen: map[string]bool{}}
	walker.object(ses.shop())
	walker.object(ses.installation())
	walker.object(ses.order(sh.orders[0]))
	for _, d := range sh.discounts {
		walker.object(ses.discountNode(d))
		walker.object(ses.codeDiscountNode(d))
	}
	for _, b := range sh.bulkCreations {
		walker.object(ses.bulk(b))
	}
	for _, root := range []*object{ses.queryRoot(), ses.mutationRoot()} {
		for _, f := range w.schema.Types[root.typename].Fields {
			if _, ok := root.fields[f.Name]; !ok && f.Name[0] != '_' {
				t.Errorf("%s.%s has no resolver", root.typename, f.Name)
			}
		}
	}
	for _, want := range []string{"DiscountCodeBasic", "DiscountPercentage", "DiscountMinimumSubtotal", "RefundLineItem", "OrderAdjustment",
		"UTMParameters", "Metafield", "DiscountRedeemCodeBulkCreationCode", "Customer", "OrderDisputeSummary", "PricingPercentageValue"} {
		if !walker.seen[want] {
			t.Errorf("the walk has not come to a %s", want)
		}
	}
}

type resolveWalk struct {
	t      *testing.T
	schema *adminSchema
	seen   map[string]bool // types
}

// object resolves every field of an object, once for each type.
func (r *resolveWalk) object(o *object) {
	if r.seen[o.typename] {
		return
	}
	r.seen[o.typename] = true
	for _, f := range r.schema.Types[o.typename].Fields {
		if f.Name[0] == '_' {
			continue
		}
		v, ok := o.fields[f.Name]
		if !ok {
			r.t.Errorf("%s.%s has no resolver", o.typename, f.Name)
			continue
		}
		if fn, isResolver := v.(resolver); isResolver {
			var err error
			if v, err = fn(call{defaults(f)}); err != nil {
				r.t.Errorf("%s.%s: %v", o.typename, f.Name, err)
			}
		}
		r.value(o.typename+"."+f.Name, f.Type, v)
	}
}

// defaults are arguments that ask for ten.
func defaults(f *ast.FieldDefinition) map[string]any {
	args := map[string]any{}
	for _, a := range f.Arguments {
		switch {
		case a.Name == "first":
			args["first"] = int64(10)
		case a.DefaultValue != nil:
			args[a.Name], _ = a.DefaultValue.Value(nil)
		case a.Name == "namespace":
			args["namespace"] = "n"
		case a.Name == "key":
			args["key"] = "k"
		}
	}
	return args
}

func (r *resolveWalk) value(name string, typ *ast.Type, v any) {
	switch v := v.(type) {
	case nil:
		if typ.NonNull {
			r.t.Errorf("%s is null", name)
		}
	case *object:
		r.object(v)
	case *page:
		r.object(v.object())
	case []any:
		for _, item := range v {
			r.value(name, typ.Elem, item)
		}
	default:
		c := coercion{schema: r.schema}
		if def := r.schema.Types[typ.Name()]; def.Kind == ast.Enum {
			c.value(ast.NamedType(typ.Name(), nil), v, nil)
			if _, list := v.([]string); len(c.problems) > 0 && !list {
				r.t.Errorf("%s: %v", name, c.problems)
			}
		}
	}
}

// Every answer carries the simulated date, the version and a request id.
func TestAnswerHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(w.Advance(t.Context(), 72*time.Hour))
	req := w.newGraphQL(w.token(), `{ shop { name } }`, nil)
	res, err := noRedirects.Do(req)
	w.must(err)
	defer func() { _ = res.Body.Close() }()
	if got := res.Header.Get("X-Shopify-API-Version"); got != "2026-10" {
		t.Errorf("version %q", got)
	}
	if res.Header.Get("X-Request-Id") == "" {
		t.Error("no request id")
	}
	at, err := time.Parse(time.RFC1123, res.Header.Get("Date"))
	w.must(err)
	if ahead := time.Until(at); ahead < 71*time.Hour || ahead > 73*time.Hour {
		t.Errorf("the Date is %v ahead of wall time, want 72 h", ahead)
	}
}
