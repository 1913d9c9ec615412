package webhooks_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/app/signtest"
	"twofold/fault"
	"twofold/inbox"
	"twofold/signature"
	"twofold/tenant"
	"twofold/tools/nodetest"
	"twofold/webhooks"
)

const (
	demo   = "demo.myshopify.com"
	topic  = "orders/paid"
	secret = "a-test-secret"
)

// noon is when these tests take place.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 123_456_789, time.UTC)

func now() time.Time { return noon }

var signer = signtest.Signer{Secret: secret, Now: now}

// box is an inbox in memory. fails, when set, is what Save answers instead of keeping anything.
type box struct {
	mu    sync.Mutex
	saved []inbox.Delivery
	fails error
	until time.Duration // how long the last Save might have taken
}

func (b *box) Save(ctx context.Context, d inbox.Delivery) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok {
		b.until = time.Until(deadline)
	}
	if b.fails != nil {
		return b.fails
	}
	b.saved = append(b.saved, d)
	return nil
}

// server is the endpoint with an inbox in memory and an error handler that answers the kind's status.
type server struct {
	*fiber.App
	box     *box
	log     *strings.Builder
	metrics *prometheus.Registry
}

func serve(t *testing.T) *server {
	t.Helper()
	s := &server{box: &box{}, log: &strings.Builder{}, metrics: prometheus.NewRegistry()}
	s.App = fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: webhooks.MaxBodyBytes + 1, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.SendStatus(fault.KindOf(err).Status())
	}})
	err := webhooks.Mount(s, webhooks.Config{
		Verifier: &signature.Verifier{Secrets: []tenant.Secret{secret, "the-old-secret"}, Now: now}, Inbox: s.box, Wall: now,
		Log: slog.New(slog.NewTextHandler(s.log, nil)), Metrics: s.metrics,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *server) post(t *testing.T, r *http.Request) int {
	t.Helper()
	answer, err := s.Test(r, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

const order = `{"id":820982911946154508,"updated_at":"2026-11-22T06:59:59.5-05:00","customer":{"id":115310627314723954},
	"discount_codes":[{"code":" friend-7q ","amount":"20.00"},{"code":"FRIEND-7Q"},{"code":"Other"}],
	"note_attributes":[{"name":"gift","value":"yes"},{"name":"_twofold","value":"clm_1"}],"landing_site":"/products/x?utm=1&ref=alice-9"}`

func TestADeliveryIsSavedAsItsNomination(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string][]signtest.Break{"webhook headers": nil, "event headers": {signtest.Events()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			if status := s.post(t, signer.Delivery(topic, demo, "w-1", order, breaks...)); status != 200 {
				t.Fatalf("status %d, want 200", status)
			}
			want := []inbox.Delivery{{
				Shop: demo, ID: "w-1", EventID: "event-w-1", Topic: topic, APIVersion: "2026-10", State: inbox.Received,
				TriggeredAt: noon.Truncate(time.Millisecond), ReceivedAt: noon.Truncate(time.Millisecond),
				Nomination: inbox.Nomination{
					OrderID: "gid://shopify/Order/820982911946154508", CustomerID: "gid://shopify/Customer/115310627314723954",
					Codes: []string{"FRIEND-7Q", "OTHER"}, ClaimID: "clm_1", Ref: "ALICE-9", UpdatedAt: noon.Truncate(time.Second).Add(-time.Second / 2),
				},
			}}
			if diff := cmp.Diff(want, s.box.saved); diff != "" {
				t.Errorf("saved (-want +got):\n%s", diff)
			}
			if s.box.until <= 0 || s.box.until > 4*time.Second {
				t.Errorf("saving may take %v, want 4 s at most", s.box.until)
			}
		})
	}
}

func TestWhatIsRefusedIsNotSaved(t *testing.T) {
	t.Parallel()
	other := signtest.Signer{Secret: "another-secret", Now: now}
	old := signtest.Signer{Secret: "the-old-secret", Now: now}
	for _, tc := range []struct {
		says    string
		request *http.Request
		status  int
		saved   int
	}{
		{"a right one", signer.Delivery(topic, demo, "w-1", order), 200, 1},
		{"signed with the secret before", old.Delivery(topic, demo, "w-1", order), 200, 1},
		{"signed with another secret", other.Delivery(topic, demo, "w-1", order), 401, 0},
		{"no signature", signer.Delivery(topic, demo, "w-1", order, signtest.Without("Hmac-Sha256")), 401, 0},
		{"an empty signature", signer.Delivery(topic, demo, "w-1", order, signtest.With("Hmac-Sha256", "")), 401, 0},
		{"a changed body", signer.Delivery(topic, demo, "w-1", order, signtest.Body(order+" ")), 401, 0},
		{"no body", signer.Delivery(topic, demo, "w-1", ""), 401, 0},
		{"a bad signature and no topic", other.Delivery(topic, demo, "w-1", order, signtest.Without("Topic")), 401, 0},
		{"no topic", signer.Delivery(topic, demo, "w-1", order, signtest.Without("Topic")), 400, 0},
		{"no shop", signer.Delivery(topic, demo, "w-1", order, signtest.Without("Shop-Domain")), 400, 0},
		{"no id", signer.Delivery(topic, demo, "w-1", order, signtest.Without("Webhook-Id")), 400, 0},
		{"no version", signer.Delivery(topic, demo, "w-1", order, signtest.Without("Api-Version")), 400, 0},
		{"no event id and no time", signer.Delivery(topic, demo, "w-1", order, signtest.Without("Event-Id"), signtest.Without("Triggered-At")), 200, 1},
		{"a shop that is none", signer.Delivery(topic, "demo.myshopify.com.evil.example", "w-1", order), 400, 0},
		{"a topic that is none", signer.Delivery("orders/paid/x", demo, "w-1", order), 400, 0},
		{"an id that is too long", signer.Delivery(topic, demo, strings.Repeat("w", 101), order), 400, 0},
		{"an id that would break a key", signer.Delivery(topic, demo, "w/1", order), 400, 0},
		{"a version that is none", signer.Delivery(topic, demo, "w-1", order, signtest.With("Api-Version", "1")), 400, 0},
		{"an unknown topic", signer.Delivery("products/update", demo, "w-1", order), 200, 0},
		{"an event's type name", signer.Delivery("Order", demo, "w-1", order, signtest.Events()), 200, 0},
		{"2 MiB", signer.Delivery(topic, demo, "w-1", pad(webhooks.MaxBodyBytes)), 200, 1},
		{"a byte more than 2 MiB", signer.Delivery(topic, demo, "w-1", pad(webhooks.MaxBodyBytes+1)), 413, 0},
		{"signed, yet unreadable", signer.Delivery(topic, demo, "w-1", `{"id":`), 200, 1},
	} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			if status := s.post(t, tc.request); status != tc.status || len(s.box.saved) != tc.saved {
				t.Errorf("status %d, %d saved; want %d, %d", status, len(s.box.saved), tc.status, tc.saved)
			}
		})
	}
}

// pad is a JSON object of n bytes.
func pad(n int) string { return `{"id":1,"note":"` + strings.Repeat("x", n-18) + `"}` }

func TestUnreadableIsKeptForPeopleToSee(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"null", `[]`, `"x"`, "{", "\xff", ` `} {
		s := serve(t)
		if status := s.post(t, signer.Delivery(topic, demo, "w-1", body)); status != 200 {
			t.Fatalf("%q: status %d, want 200: sending it again would not help", body, status)
		}
		if d := s.box.saved[0]; d.State != inbox.Poisoned || d.Reason != "unreadable" || !cmp.Equal(d.Nomination, inbox.Nomination{}) {
			t.Errorf("%q: saved as %+v, want poisoned", body, d)
		}
	}
}

func TestUnknownTopicsAreWarnedOf(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.post(t, signer.Delivery("products/update", demo, "w-1", order))
	if log := s.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "topic=products/update") {
		t.Errorf("log %q, want a warning that names the topic", log)
	}
	s.post(t, signer.Delivery(topic, demo, "w-2", order))
	s.post(t, signer.Delivery(topic, demo, "w-3", order, signtest.Without("Hmac-Sha256")))
	want := map[string]float64{"other ignored": 1, "orders/paid saved": 1, "other unauthorized": 1}
	if diff := cmp.Diff(want, s.counted(t)); diff != "" {
		t.Errorf("counted by topic and answer (-want +got):\n%s", diff)
	}
}

// counted reads the metric of requests, by "topic answer".
func (s *server) counted(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, m := range families[0].GetMetric() {
		counts[m.GetLabel()[1].GetValue()+" "+m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	return counts
}

func TestWhatCannotBeSavedIsSentAgain(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.box.fails = fault.New(fault.Unavailable, "busy")
	if status := s.post(t, signer.Delivery(topic, demo, "w-1", order)); status != 503 {
		t.Errorf("status %d, want 503", status)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	if err := webhooks.Mount(fiber.New(), webhooks.Config{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty config: %v, want Invalid", err)
	}
}

func decode[T any](t *testing.T, raw []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Shopify's own library judges signed samples, good and broken; the endpoint must judge alike.
func TestVerdictsAreThoseOfShopifysLibrary(t *testing.T) {
	t.Parallel()
	samples := decode[struct {
		Items []struct {
			Kind, Name, Body string
			Headers          map[string]string
			Accept           bool
		}
	}](t, nodetest.Run(t, nil, "oracle.mjs", "--secret", secret, "samples"))
	s := serve(t)
	judged := 0
	for _, i := range samples.Items {
		if i.Kind != "webhook" {
			continue
		}
		judged++
		r := signer.Delivery("", "", "", "", signtest.Body(i.Body))
		r.Header = http.Header{}
		for name, value := range i.Headers {
			r.Header.Set(name, value)
		}
		if status := s.post(t, r); (status == 200) != i.Accept {
			t.Errorf("%s: status %d, the library accepts: %v", i.Name, status, i.Accept)
		}
	}
	if judged == 0 {
		t.Error("no samples")
	}
}

// The payloads that Shopify publishes as examples, whole, not cut by include_fields.
func TestShopifysExamplesGoThrough(t *testing.T) {
	t.Parallel()
	examples := decode[[]struct{ Topic, Body string }](t, nodetest.Run(t, nil, "webhooks.mjs", append([]string{"examples"}, webhooks.Topics()...)...))
	if len(examples) != len(webhooks.Topics()) {
		t.Fatalf("%d examples of %d topics", len(examples), len(webhooks.Topics()))
	}
	for _, e := range examples {
		s := serve(t)
		if status := s.post(t, signer.Delivery(e.Topic, demo, "w-1", e.Body)); status != 200 || len(s.box.saved) != 1 {
			t.Fatalf("%s: status %d, %d saved", e.Topic, status, len(s.box.saved))
		}
		d := s.box.saved[0]
		if d.State != inbox.Received {
			t.Errorf("%s: %s (%s), want received", e.Topic, d.State, d.Reason)
		}
		about := strings.HasPrefix(e.Topic, "orders/") || e.Topic == "refunds/create"
		if about != (d.Nomination.OrderID != "") {
			t.Errorf("%s: order %q", e.Topic, d.Nomination.OrderID)
		}
	}
}
