package simulator

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

const shopQuery = `query Named { shop { id } }`

func (w *world) fault(f Fault) {
	w.t.Helper()
	_, err := w.AddFault(f)
	w.must(err)
}

func TestAPIFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	ask := func() (int, map[string]any) { return w.tryGraphQL(token, shopQuery, nil) }

	w.fault(Fault{Kind: FaultAPIFail, Operation: "Other"})
	if status, _ := ask(); status != 200 {
		t.Errorf("a fault for another operation struck: %d", status)
	}
	w.fault(Fault{Kind: FaultAPIFail, Operation: "Named", Status: 502, Count: 1})
	if status, _ := ask(); status != 502 {
		t.Errorf("by operation name: %d", status)
	}
	w.fault(Fault{Kind: FaultAPIFail, Operation: "shop", Count: 1})
	if status, _ := ask(); status != 503 {
		t.Errorf("by root field: %d", status)
	}
	w.fault(Fault{Kind: FaultIPAllowlist, Count: 1})
	if status, out := ask(); status != http.StatusForbidden || out["errors"] == nil {
		t.Errorf("allowlist: %d %v", status, out)
	}
	w.fault(Fault{Kind: FaultAPIThrottle, Shop: testShop, Count: 1})
	if _, out := ask(); dig(out, "errors", 0, "extensions", "code") != "THROTTLED" {
		t.Errorf("throttle: %s", show(out))
	}
	if status, out := ask(); status != 200 || out["errors"] != nil {
		t.Errorf("all counted faults are over: %d %v", status, out)
	}
	w.fault(Fault{Kind: FaultRevokeTokens})
	if status, _ := ask(); status != http.StatusUnauthorized {
		t.Errorf("revoked: %d", status)
	}
	w.fault(Fault{Kind: FaultAPIFail, Operation: OperationOAuth, Count: 1})
	if status, _ := w.oauth(refreshParams("x")); status != 503 {
		t.Errorf("oauth: %d", status)
	}
}

// The work is done, the answer never comes: until the client gives up or the faults are cleared.
func TestTimeoutAfterTheWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.fault(Fault{Kind: FaultAPITimeoutAfter, Operation: "discountCodeBasicCreate", Count: 2})
	ctx, cancel := context.WithCancel(t.Context())
	req := w.newGraphQL(token, createBasicQuery, map[string]any{"input": basicInput("ONCE")}).WithContext(ctx)
	failed := make(chan error)
	ask := func(req *http.Request) {
		res, err := noRedirects.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		failed <- err
	}
	go ask(req)
	waitFor(t, func() bool { list, _ := w.Discounts(testShop); return len(list) == 1 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the client heard %v", err)
	}
	go ask(w.newGraphQL(token, createBasicQuery, map[string]any{"input": basicInput("TWICE")}))
	waitFor(t, func() bool { list, _ := w.Discounts(testShop); return len(list) == 2 })
	w.ClearFaults()
	if err := <-failed; err == nil {
		t.Error("it was answered")
	}
}

func TestLateAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.fault(Fault{Kind: FaultAPITimeoutAfter, MS: 30, Count: 1})
	started := time.Now()
	w.query(token, shopQuery, nil)
	if took := time.Since(started); took < 30*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

// The work done twice answers as the second time did: the code is taken, by the first.
func TestRedo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.fault(Fault{Kind: FaultAPIRedo, Count: 1})
	data := w.query(token, createBasicQuery, map[string]any{"input": basicInput("ONCE")})
	if dig(data, "discountCodeBasicCreate", "userErrors", 0, "code") != "TAKEN" {
		t.Errorf("%s", show(data))
	}
}

func TestSlowJourneyFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	w.fault(Fault{Kind: FaultSlowJourney, MS: 60_000, Count: 1})
	slow, quick := w.order(OrderInput{}), w.order(OrderInput{})
	if dig(w.snapshot(token, slow), "customerJourneySummary", "ready") != false || dig(w.snapshot(token, quick), "customerJourneySummary", "ready") != true {
		t.Error("the first journey is slow, the second is not")
	}
}

func TestFaultsOverTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, bad := range []Fault{{Kind: "nope"}, {Kind: FaultAPIFail, Probability: 1.5}, {Kind: FaultAPIFail, Status: 200}, {Kind: FaultWebhookShuffle},
		{Kind: FaultAPIFail, Count: -1}, {Kind: FaultAPIFail, Shop: "none.myshopify.com"}} {
		if status, _ := w.request("POST", "/_sim/faults", bad); status < 400 {
			t.Errorf("%+v: %d", bad, status)
		}
	}
	status, out := w.request("POST", "/_sim/faults", Fault{Kind: FaultWebhookDrop, Count: 1})
	if status != 200 || dig(out, "fault", "id") == "" {
		t.Errorf("%d %v", status, out)
	}
	w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	if _, out := w.request("GET", "/_sim/faults", nil); show(dig(out, "faults", 0, "struck")) != "1" {
		t.Errorf("%v", out)
	}
}

// One fault is taken away by its id, with the answers and webhooks that it holds; the others stay.
func TestAFaultIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.token()
	add := func(f Fault) (id string) {
		_, out := w.request("POST", "/_sim/faults", f)
		id, _ = dig(out, "fault", "id").(string)
		return "/_sim/faults/" + id
	}
	hangs := add(Fault{Kind: FaultAPITimeoutAfter, Operation: "Named"})
	shuffles := add(Fault{Kind: FaultWebhookShuffle, N: 9})
	add(Fault{Kind: FaultAPIFail, Operation: "Other"})

	failed := make(chan error)
	go func() {
		res, err := noRedirects.Do(w.newGraphQL(token, shopQuery, nil))
		if err == nil {
			_ = res.Body.Close()
		}
		failed <- err
	}()
	waitFor(t, func() bool { return w.Faults()[0].Struck == 1 })
	w.must(w.SendWebhook(testShop, WebhookInput{Topic: "shop/update"}))
	for _, path := range []string{hangs, shuffles} {
		if status, out := w.request("DELETE", path, nil); status != http.StatusOK {
			t.Errorf("%s: %d %v", path, status, out)
		}
	}
	if err := <-failed; err == nil {
		t.Error("what the fault held was answered")
	}
	w.deliveries(func(l []Delivery) bool { return len(l) == 1 && allIn(deliveryDelivered)(l) })
	if left := w.Faults(); len(left) != 1 || left[0].Operation != "Other" {
		t.Errorf("left are %+v", left)
	}
	if status, _ := w.request("DELETE", hangs, nil); status != http.StatusNotFound {
		t.Errorf("removed again: %d", status)
	}
}

// The same seed strikes the same way.
func TestProbabilityRepeats(t *testing.T) {
	t.Parallel()
	run := func(seed int64) (out []bool) {
		set := newFaultSet(newIDSource(seed))
		set.add(Fault{Kind: FaultAPIFail, Probability: 0.5})
		for range 64 {
			_, hit := set.strike(FaultAPIFail, testShop)
			out = append(out, hit)
		}
		return out
	}
	a, b, other := run(1), run(1), run(2)
	hits := 0
	same := true
	for i := range a {
		if a[i] != b[i] {
			t.Fatal("two runs of one seed differ")
		}
		if a[i] {
			hits++
		}
		same = same && a[i] == other[i]
	}
	if hits < 16 || hits > 48 || same {
		t.Errorf("%d of 64 hits; another seed gives the same: %v", hits, same)
	}
}
