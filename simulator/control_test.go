package simulator

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestControlShops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	status, out := w.request("POST", "/_sim/shops", map[string]any{"domain": "tokyo.myshopify.com", "currency": "JPY", "plan": "plus", "time_zone": "Asia/Tokyo",
		"behaviour": map[string]any{"protected_data_level": 2, "journey_delay": "30s"}, "faults": []any{map[string]any{"kind": "webhook_drop"}}})
	if status != 200 || out["currency"] != "JPY" || show(dig(out, "behaviour", "protected_data_level")) != "2" || dig(out, "behaviour", "usage_limit_scope") != "code" ||
		dig(out, "behaviour", "journey_delay") != "30s" {
		t.Errorf("%d %s", status, show(out))
	}
	if f := w.Faults(); len(f) != 1 || f[0].Shop != "tokyo.myshopify.com" {
		t.Errorf("faults %+v", f)
	}
	for name, in := range map[string]map[string]any{
		"again": {"domain": "tokyo.myshopify.com"}, "no domain": {}, "another domain": {"domain": "x.example.com"}, "upper case": {"domain": "X.myshopify.com"},
		"unknown plan": {"domain": "a.myshopify.com", "plan": "gold"}, "unknown currency": {"domain": "a.myshopify.com", "currency": "XXZ"},
		"unknown zone": {"domain": "a.myshopify.com", "time_zone": "Mars/One"}, "unknown field": {"domain": "a.myshopify.com", "nope": 1},
		"bad behaviour": {"domain": "a.myshopify.com", "behaviour": map[string]any{"protected_data_level": 3}},
		"bad fault":     {"domain": "a.myshopify.com", "faults": []any{map[string]any{"kind": "x"}}},
	} {
		if status, out := w.request("POST", "/_sim/shops", in); status != 400 || out["error"] == nil {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	if got := strings.Join(w.Shops(), " "); got != "demo-shop.myshopify.com tokyo.myshopify.com" {
		t.Errorf("shops %s", got)
	}
}

// The whole life of an order by the control API, with ids as numbers and as gids.
func TestControlOrders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	shop := "/_sim/shops/" + testShop
	status, out := w.request("POST", shop+"/orders", map[string]any{"email": "bob@example.com", "items": []any{map[string]any{"title": "Tote", "price": "60.00", "quantity": 2}},
		"financial_status": "pending", "processed_at": "2026-01-02T03:04:05Z", "attributes": map[string]any{"_twofold": "c"}})
	if status != 200 || dig(out, "order", "total") != "120.00" || dig(out, "order", "processed_at") != "2026-01-02T03:04:05Z" {
		t.Fatalf("%d %s", status, show(out))
	}
	number, gid := show(dig(out, "order", "id")), url.PathEscape(dig(out, "order", "gid").(string))
	for _, step := range []struct {
		path string
		in   map[string]any
		want string // financial status
	}{
		{number + "/pay", nil, "paid"}, {gid + "/edit", map[string]any{"remove": "10.00"}, "paid"}, {gid + "/refund", map[string]any{"amount": "5.00"}, "partially_refunded"},
		{number + "/dispute", map[string]any{"status": "won", "type": "inquiry"}, "partially_refunded"}, {number + "/cancel", map[string]any{"reason": "staff"}, "refunded"},
	} {
		status, out := w.request("POST", shop+"/orders/"+step.path, step.in)
		if status != 200 || dig(out, "order", "financial_status") != step.want {
			t.Errorf("%s: %d %s", step.path, status, show(out))
		}
	}
	if _, out := w.request("GET", shop+"/orders", nil); len(out["orders"].([]any)) != 1 {
		t.Errorf("%s", show(out))
	}
	for path, want := range map[string]int{"/orders/1/pay": 404, "/orders/x/pay": 400, "/orders/" + number + "/pay": 400} {
		if status, out := w.request("POST", shop+path, nil); status != want || out["error"] == nil {
			t.Errorf("%s: %d %v, want %d", path, status, out, want)
		}
	}
	if status, _ := w.request("POST", "/_sim/shops/none.myshopify.com/orders", map[string]any{}); status != 404 {
		t.Errorf("no such shop: %d", status)
	}
}

// The same by the control API, with ids as numbers and as gids.
func TestControlEdits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	discount := w.discount(w.token(), "SAVE/1", nil)
	id, _ := parseGID("DiscountCodeNode", discount)
	o, gone := w.order(OrderInput{}), w.order(OrderInput{})
	path := url.PathEscape
	for _, c := range []struct {
		name, method, path string
		in                 map[string]any
		status             int
		want               string // somewhere in the answer
	}{
		{"an order in another currency", "POST", "/orders", map[string]any{"email": "a@example.com", "items": []any{map[string]any{"price": "10.00"}},
			"presentment_currency": "EUR", "presentment_rate": "0.9", "taxes_included": true, "tax_rate": "0.25"}, 200, `"total_tax": "2.00"`},
		{"a customer without an e-mail", "POST", "/customers", map[string]any{"first_name": "Ann"}, 200, `"email": ""`},
		{"an order by customer", "POST", "/orders", map[string]any{"customer_id": o.CustomerID, "items": []any{map[string]any{"price": "1.00"}}}, 200, `"email": "bob@example.com"`},
		{"an order by nobody", "POST", "/orders", map[string]any{"customer_id": 1, "items": []any{map[string]any{"price": "1.00"}}}, 404, "no such customer"},
		{"an exchange", "POST", "/orders/" + path(o.GID) + "/exchange", map[string]any{"return": []any{map[string]any{"index": 0, "quantity": 1}},
			"add": map[string]any{"title": "Other", "price": "40.00"}}, 200, `"refunded": "20.00"`},
		{"an edit of a discount", "POST", "/discounts/" + path(discount), map[string]any{"amount": "5.00", "minimum": "10.00", "title": "Less",
			"ends_at": "2100-01-01T00:00:00Z", "combines": map[string]any{"order": true}}, 200, `"amount": "5.00"`},
		{"a switch", "POST", "/discounts/" + idText(id), map[string]any{"active": false}, 200, `"status": "EXPIRED"`},
		{"a misspelt edit", "POST", "/discounts/" + idText(id), map[string]any{"amuont": "5.00"}, 400, "amuont"},
		{"a code", "DELETE", "/discounts/" + idText(id) + "/codes/" + path("save/1"), nil, 200, "ok"},
		{"no code", "DELETE", "/discounts/" + idText(id) + "/codes/SAVE", nil, 404, "no such code"},
		{"a discount", "DELETE", "/discounts/" + path(discount), nil, 200, "ok"},
		{"no discount", "DELETE", "/discounts/" + idText(id), nil, 404, "no such discount"},
		{"an order", "DELETE", "/orders/" + idText(gone.ID), nil, 200, "ok"},
		{"no order", "DELETE", "/orders/" + idText(gone.ID), nil, 404, "no such order"},
		{"a customer", "DELETE", "/customers/" + path(gid("Customer", o.CustomerID)), nil, 200, "ok"},
		{"no customer", "DELETE", "/customers/" + idText(o.CustomerID), nil, 404, "no such customer"},
		{"another thing's id", "DELETE", "/customers/" + path(o.GID), nil, 400, "Customer"},
	} {
		status, out := w.request(c.method, "/_sim/shops/"+testShop+c.path, c.in)
		if status != c.status || !strings.Contains(show(out), c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, show(out), c.status, c.want)
		}
	}
}

func TestControlRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.discount(w.token(), "SAVE", map[string]any{"customerGets": percentOff(0.125), "endsAt": "2037-01-01T00:00:00Z"})
	w.order(OrderInput{DiscountCodes: []string{"SAVE"}})
	w.deliveries(func(l []Delivery) bool { return len(l) == 2 && allIn(deliveryDelivered)(l) })
	shop := "/_sim/shops/" + testShop
	if _, out := w.request("GET", shop+"/discounts", nil); dig(out, "discounts", 0, "kind") != "percent_off" || dig(out, "discounts", 0, "percentage") != "0.125" ||
		show(dig(out, "discounts", 0, "codes", 0, "usage")) != "1" || dig(out, "discounts", 0, "ends_at") != "2037-01-01T00:00:00Z" {
		t.Errorf("%s", show(out))
	}
	if _, out := w.request("GET", shop+"/deliveries?topic=orders/paid&state=delivered", nil); len(out["deliveries"].([]any)) != 1 {
		t.Errorf("%s", show(out))
	}
	if _, out := w.request("POST", shop+"/customers", map[string]any{"email": "ann@example.com", "orders_before": 2}); show(dig(out, "customer", "number_of_orders")) != "2" {
		t.Errorf("%s", show(out))
	}
	if status, out := w.request("POST", shop+"/scopes", map[string]any{"scopes": []any{"read_orders"}}); status != 200 {
		t.Errorf("%d %v", status, out)
	}
	if _, out := w.request("GET", shop, nil); len(out["scopes"].([]any)) != 1 || out["installed"] != true {
		t.Errorf("%s", show(out))
	}
	for _, path := range []string{"/open", "/uninstall", "/install", "/uninstall"} { // in this order
		if status, out := w.request("POST", shop+path, nil); status != 200 {
			t.Errorf("%s: %d %v", path, status, out)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := Config{ClientID: testID, ClientSecret: testSecret, AppTOML: []byte(testTOML)}
	for name, change := range map[string]func(*Config){
		"no client id":        func(c *Config) { c.ClientID = "" },
		"no secret":           func(c *Config) { c.ClientSecret = "" },
		"no TOML":             func(c *Config) { c.AppTOML = []byte("=") },
		"no scopes":           func(c *Config) { c.AppTOML = nil },
		"a filter":            func(c *Config) { c.AppTOML = []byte(strings.Replace(testTOML, `name = "all"`, `filter = "id:1"`, 1)) },
		"a subscription void": func(c *Config) { c.AppTOML = []byte(strings.Replace(testTOML, `uri = "/webhooks"`, ``, 1)) },
		"a strange prefix":    func(c *Config) { c.AppTOML = []byte(strings.Replace(testTOML, `prefix = "apps"`, `prefix = "x"`, 1)) },
		"a strange behaviour": func(c *Config) { c.Behaviour.UsageLimitScope = "shop" },
	} {
		cfg := good
		change(&cfg)
		if s, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
			_ = s.Close(context.Background())
		}
	}
}

func TestStartTwiceOnOnePort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	other, err := New(Config{ClientID: testID, ClientSecret: testSecret, AppTOML: []byte(testTOML)})
	w.must(err)
	defer func() { _ = other.Close(context.Background()) }()
	if err := other.Start(strings.TrimPrefix(w.URL(), "http://")); err == nil {
		t.Error("two listen on one port")
	}
	if other.URL() != "" || w.Origin() != w.URL()+"/{shop}" {
		t.Errorf("%q %q", other.URL(), w.Origin())
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/_sim/nope", "/none.myshopify.com/", "/none.myshopify.com/apps/refer/me", "/none.myshopify.com/admin/apps/" + testID,
		"/" + testShop + "/admin/apps/other", "/admin/oauth/authorize"} {
		res, err := noRedirects.Get(w.URL() + path)
		w.must(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}
