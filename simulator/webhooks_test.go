package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// deliveries returns the log once it satisfies the condition.
func (w *world) deliveries(holds func([]Delivery) bool) []Delivery {
	w.t.Helper()
	var list []Delivery
	waitFor(w.t, func() bool {
		var err error
		list, err = w.Deliveries(testShop)
		w.must(err)
		return holds(list)
	})
	return list
}

func allIn(state string) func([]Delivery) bool {
	return func(list []Delivery) bool {
		return !slices.ContainsFunc(list, func(d Delivery) bool { return d.State != state })
	}
}

func TestWebhookHeadersAndSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{})
	hooks := w.app.wait(t, 2)
	topics := []string{hooks[0].header.Get("X-Shopify-Topic"), hooks[1].header.Get("X-Shopify-Topic")}
	slices.Sort(topics)
	if !slices.Equal(topics, []string{"orders/create", "orders/paid"}) {
		t.Errorf("topics %v", topics)
	}
	for _, h := range hooks {
		for name, want := range map[string]string{"X-Shopify-Shop-Domain": testShop, "X-Shopify-Api-Version": APIVersion, "X-Shopify-Name": "all",
			"Content-Type": "application/json", "X-Shopify-Hmac-Sha256": signWebhook(testSecret, h.body)} {
			if got := h.header.Get(name); got != want {
				t.Errorf("%s %q, want %q", name, got, want)
			}
		}
		if h.header.Get("X-Shopify-Webhook-Id") == "" || h.header.Get("X-Shopify-Event-Id") == "" {
			t.Error("no ids")
		}
		if at, err := time.Parse(time.RFC3339Nano, h.header.Get("X-Shopify-Triggered-At")); err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("triggered at %v %v", at, err)
		}
		var body struct{ ID int64 }
		if err := json.Unmarshal(h.body, &body); err != nil || body.ID != o.ID {
			t.Errorf("body of order %d: %v", body.ID, err)
		}
	}
	for _, d := range w.deliveries(allIn(deliveryDelivered)) {
		if len(d.Attempts) != 1 || d.Attempts[0].Status != 200 || d.Body == "" {
			t.Errorf("log %+v", d)
		}
	}
}

func TestWebhookIsCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{FinancialStatus: "pending"})
	_, err := w.CancelOrder(testShop, o.ID, CancelInput{})
	w.must(err)
	hooks := w.app.wait(t, 2)
	i := slices.IndexFunc(hooks, func(h received) bool { return h.header.Get("X-Shopify-Topic") == "orders/cancelled" })
	var got map[string]any
	w.must(json.Unmarshal(hooks[i].body, &got))
	if len(got) != 4 || len(got["customer"].(map[string]any)) != 1 || hooks[i].header.Get("X-Shopify-Name") != "" {
		t.Errorf("%s", hooks[i].body)
	}
}

// What is refused is sent again at growing gaps of simulated time, the same bytes under the same
// id, 8 times, then given up.
func TestRetries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.app.on("/webhooks", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) })
	w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	tried := func(n int) Delivery {
		return w.deliveries(func(l []Delivery) bool { return len(l) == 1 && len(l[0].Attempts) == n })[0]
	}
	tried(1)
	for i, gap := range retryGaps {
		waitFor(t, func() bool { w.outgoing.mu.Lock(); defer w.outgoing.mu.Unlock(); return len(w.outgoing.agenda) == 1 })
		w.must(w.Advance(t.Context(), gap-10*time.Second))
		if d := tried(i + 1); d.State != deliveryPending {
			t.Errorf("before retry %d: %s", i+1, d.State)
		}
		w.must(w.Advance(t.Context(), 10*time.Second))
		tried(i + 2)
	}
	w.deliveries(allIn(deliveryFailed))
	hooks := w.app.wait(t, 9)
	for _, h := range hooks[1:] {
		if h.header.Get("X-Shopify-Webhook-Id") != hooks[0].header.Get("X-Shopify-Webhook-Id") || string(h.body) != string(hooks[0].body) {
			t.Error("a retry differs from the first attempt")
		}
	}
	var total time.Duration
	for _, g := range retryGaps {
		total += g
	}
	if total < 3*time.Hour || total > 5*time.Hour || !slices.IsSorted(retryGaps) || len(retryGaps) != 8 {
		t.Errorf("gaps %v are not 8 growing ones of about 4 hours", retryGaps)
	}
}

// A redirect is a failure, and with a small scale the retry comes within moments.
func TestRetryScale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behaving(Behaviour{RetryScale: 0.0001}))
	var calls atomic.Int32
	w.app.on("/webhooks", func(rw http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			http.Redirect(rw, r, "/elsewhere", http.StatusFound)
		}
	})
	w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	d := w.deliveries(func(l []Delivery) bool { return len(l) == 1 && l[0].State == deliveryDelivered })[0]
	if len(d.Attempts) != 2 || d.Attempts[0].Status != 302 {
		t.Errorf("%+v", d.Attempts)
	}
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	d := w.deliveries(func(l []Delivery) bool { return len(l) == 1 && l[0].State == deliveryDelivered })[0]
	if status, out := w.request("POST", "/_sim/shops/"+testShop+"/deliveries/"+idText(int64(d.ID))+"/redeliver", nil); status != 200 {
		t.Fatalf("%d %v", status, out)
	}
	hooks := w.app.wait(t, 2)
	if hooks[0].header.Get("X-Shopify-Webhook-Id") != hooks[1].header.Get("X-Shopify-Webhook-Id") {
		t.Error("the id changed")
	}
	if status, _ := w.request("POST", "/_sim/shops/"+testShop+"/deliveries/99/redeliver", nil); status != 404 {
		t.Errorf("no such delivery: %d", status)
	}
}

func TestSendWebhook(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	o := w.order(OrderInput{FinancialStatus: "pending"})
	w.app.wait(t, 1)
	token := w.token()
	discount := w.discount(token, "X", nil)
	for name, in := range map[string]any{
		"shop/update": nil, "app/scopes_update": nil, "orders/edited": map[string]any{"order_id": o.ID},
		"orders/paid": map[string]any{"order_id": o.ID}, "customers/redact": map[string]any{"email": "bob@example.com"},
		"customers/data_request": map[string]any{"email": "BOB@example.com"}, "shop/redact": nil,
		"discounts/update": map[string]any{"discount": discount}, "discounts/delete": map[string]any{"discount": discount},
	} {
		body, _ := in.(map[string]any)
		if body == nil {
			body = map[string]any{}
		}
		body["topic"] = name
		if status, out := w.request("POST", "/_sim/shops/"+testShop+"/webhooks", body); status != 200 {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	w.app.wait(t, 9)
	raw := map[string]any{"topic": "orders/paid", "body": map[string]any{"odd": true}}
	if status, _ := w.request("POST", "/_sim/shops/"+testShop+"/webhooks", raw); status != 200 {
		t.Errorf("raw: %d", status)
	}
	if hooks := w.app.wait(t, 1); string(hooks[len(hooks)-1].body) != `{"odd":true}` {
		t.Errorf("raw body %s", hooks[len(hooks)-1].body)
	}
	for _, bad := range []WebhookInput{{Topic: "carts/update"}, {Topic: "orders/paid"}, {Topic: "refunds/create", OrderID: json.Number(idText(o.ID))}} {
		if err := w.SendWebhook(testShop, bad); err == nil {
			t.Errorf("%+v was sent", bad)
		}
	}
}

func TestUninstallIsToldAndRedactFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	uninstalled := w.Now()
	w.must(w.Uninstall(testShop))
	w.outgoing.mu.Lock()
	if after := w.outgoing.agenda[0].at.Sub(uninstalled).Round(time.Minute); after != 48*time.Hour {
		t.Errorf("shop/redact is to follow after %v", after)
	}
	w.outgoing.mu.Unlock()
	if h := w.app.wait(t, 1)[0]; h.header.Get("X-Shopify-Topic") != "app/uninstalled" {
		t.Errorf("topic %s", h.header.Get("X-Shopify-Topic"))
	}
	w.order(OrderInput{}) // not told: the app is gone
	w.must(w.Advance(t.Context(), 47*time.Hour))
	if list, _ := w.Deliveries(testShop); len(list) != 1 {
		t.Errorf("%d deliveries after 47 hours", len(list))
	}
	w.must(w.Advance(t.Context(), time.Hour))
	h := w.app.wait(t, 1)[1]
	if h.header.Get("X-Shopify-Topic") != "shop/redact" || len(h.body) == 0 {
		t.Errorf("%s %s", h.header.Get("X-Shopify-Topic"), h.body)
	}
}

func TestIdenticalBodiesCanBeDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behaving(Behaviour{DropIdenticalWebhooks: true}))
	for range 2 {
		w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	}
	w.must(w.Advance(t.Context(), identicalWindow))
	w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	list := w.deliveries(func(l []Delivery) bool {
		return len(l) == 3 && l[2].State == deliveryDelivered && l[0].State == deliveryDelivered
	})
	if list[1].State != deliveryDropped {
		t.Errorf("the second is %s", list[1].State)
	}
}

func TestWebhookFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	send := func() { t.Helper(); w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"})) }
	fault := func(f Fault) { t.Helper(); _, err := w.AddFault(f); w.must(err) }

	fault(Fault{Kind: FaultWebhookDrop, Topic: "shop/update", Count: 1})
	send()
	if list, _ := w.Deliveries(testShop); list[0].State != deliveryDropped || len(list[0].Attempts) != 0 {
		t.Errorf("dropped: %+v", list[0])
	}
	fault(Fault{Kind: FaultWebhookDuplicate, Count: 1})
	send()
	hooks := w.app.wait(t, 2)
	if hooks[0].header.Get("X-Shopify-Webhook-Id") != hooks[1].header.Get("X-Shopify-Webhook-Id") {
		t.Error("a duplicate has its own id")
	}
	fault(Fault{Kind: FaultWebhookDelay, MS: 30, Count: 1})
	started := time.Now()
	send()
	w.app.wait(t, 1)
	if took := time.Since(started); took < 30*time.Millisecond {
		t.Errorf("delayed by %v only", took)
	}
	fault(Fault{Kind: FaultWebhookShuffle, N: 3, Count: 5})
	for range 5 {
		send()
	}
	w.app.wait(t, 3)
	w.deliveries(func(l []Delivery) bool {
		return l[len(l)-1].State == deliveryHeld && l[len(l)-3].State == deliveryDelivered
	})
	if status, _ := w.request("DELETE", "/_sim/faults", nil); status != 200 {
		t.Errorf("clear: %d", status)
	}
	w.app.wait(t, 2)
}

func TestShuffleChangesTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.AddFault(Fault{Kind: FaultWebhookShuffle, N: 20})
	w.must(err)
	for i := range 20 {
		w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update", Body: json.RawMessage(idText(int64(i)))}))
	}
	var got []int
	for _, h := range w.app.wait(t, 20) {
		var n int
		w.must(json.Unmarshal(h.body, &n))
		got = append(got, n)
	}
	if slices.IsSorted(got) {
		t.Errorf("the order is as before: %v", got)
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 20 {
		t.Errorf("not each once: %v", got)
	}
}

// A shop that withholds orders sends none, and a shop without the scope neither.
func TestWebhooksNeedScopeAndLevel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, level(0))
	w.order(OrderInput{})
	if list, _ := w.Deliveries(testShop); len(list) != 0 {
		t.Errorf("level 0: %+v", list)
	}
	w = newWorld(t, nil)
	w.must(w.SetScopes(testShop, []string{"read_customers"}))
	w.app.wait(t, 1) // app/scopes_update
	w.order(OrderInput{})
	if list, _ := w.Deliveries(testShop); len(list) != 1 {
		t.Errorf("without read_orders: %+v", list)
	}
}

// Privacy webhooks without the headers that only name what the signed body says too; all others keep them. Source:
// Shopify/shopify-api-ruby#1261.
func TestBarePrivacyWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, behaving(Behaviour{BarePrivacyWebhooks: true}))
	for _, topic := range []string{"shop/redact", "shop/update"} {
		w.must(w.SendWebhook(testShop, WebhookInput{Topic: topic}))
	}
	for _, got := range w.app.wait(t, 2) {
		h := got.header
		named := h.Get("X-Shopify-Shop-Domain") != "" && h.Get("X-Shopify-Api-Version") != ""
		if bare := h.Get("X-Shopify-Topic") == "shop/redact"; named == bare || h.Get("X-Shopify-Hmac-Sha256") != signWebhook(testSecret, got.body) {
			t.Errorf("%v", h)
		}
	}
}
