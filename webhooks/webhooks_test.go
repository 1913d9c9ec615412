package webhooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
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

// installed is a database of shops in memory: the shops that once had the app. fails, when set,
// is what it answers instead.
type installed struct {
	shops []tenant.ShopID
	asked int
	fails error
}

func (i *installed) FindShop(_ context.Context, shop tenant.ShopID) (tenant.Shop, error) {
	i.asked++
	if i.fails != nil {
		return tenant.Shop{}, i.fails
	}
	if !slices.Contains(i.shops, shop) {
		return tenant.Shop{}, fault.ForLog(fault.NotFound, "no such shop")
	}
	return tenant.Shop{ID: shop}, nil
}

// server is the endpoint with an inbox and shops in memory, a clock that moves, and an error handler that
// answers the kind's status.
type server struct {
	*fiber.App
	box     *box
	shops   *installed
	clock   time.Time
	log     *strings.Builder
	metrics *prometheus.Registry
}

func serve(t *testing.T) *server {
	t.Helper()
	s := &server{
		box: &box{}, shops: &installed{shops: []tenant.ShopID{demo}}, clock: noon, log: &strings.Builder{}, metrics: prometheus.NewRegistry(),
	}
	s.App = fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: webhooks.MaxBodyBytes, ErrorHandler: func(c *fiber.Ctx, err error) error {
		return c.SendStatus(fault.KindOf(err).Status())
	}})
	err := webhooks.Mount(s, webhooks.Config{
		Verifier: &signature.Verifier{Secrets: []tenant.Secret{secret, "the-old-secret"}, Now: now}, Shops: s.shops, Inbox: s.box,
		Wall: func() time.Time { return s.clock }, Log: slog.New(slog.NewTextHandler(s.log, nil)), Metrics: s.metrics,
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
		{"signed, yet no JSON object", signer.Delivery(topic, demo, "w-1", `{"id":`), 401, 0},
		{"a shop that never had the app", signer.Delivery(topic, "new.myshopify.com", "w-1", order), 200, 0},
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

// H7: what else is signed with the app's secret is no webhook, although its signature is right. A merchant can read
// the texts and the signatures of proxy queries, install queries and ID tokens.
func TestAnotherProtocolsSignatureSavesNothing(t *testing.T) {
	t.Parallel()
	head, _, _ := strings.Cut(signer.IDToken(demo, nil), ".")
	for _, body := range []string{
		"code=c&shop=demo.myshopify.com&timestamp=1795305600",
		"logged_in_customer_id=path_prefix=/apps/xshop=demo.myshopify.comtimestamp=1795305600",
		` {"id":1,"a":"=logged_in_customer_id=path_prefix=/apps/xshop=demo.myshopify.comtimestamp=1795305600"}`, // a visitor's " {…" sorts first
		head + ".eyJ9", "null", `[]`, `"x"`, "{", `{"id":1}{`, "\xff", ` `, "\n{}", "\ufeff{}",
	} {
		s := serve(t)
		if status := s.post(t, signer.Delivery(topic, demo, "w-1", body)); status != 401 || len(s.box.saved) > 0 || s.shops.asked > 0 {
			t.Errorf("%q: status %d, %d saved, database asked %d times; want 401 and nothing", body, status, len(s.box.saved), s.shops.asked)
		}
		if s.log.Len() > 0 {
			t.Errorf("%q: a stranger's request wrote %s", body, s.log)
		}
		if diff := cmp.Diff(map[string]float64{"other no_object": 1}, s.counted(t)); diff != "" {
			t.Errorf("%q: counted (-want +got):\n%s", body, diff)
		}
	}
}

// H7: only shops that have or had the app are saved; which those are is asked once in a while, and never guessed.
func TestOnlyShopsThatHadTheAppAreSaved(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const newcomer = "new.myshopify.com"
	n := 0
	post := func(topic string, shop string) (status, saved int) {
		n++
		before := len(s.box.saved)
		status = s.post(t, signer.Delivery(topic, shop, fmt.Sprint("w-", n), `{"id":1}`))
		return status, len(s.box.saved) - before
	}

	for _, step := range []struct {
		says          string
		before        func()
		topic, shop   string
		status, saved int
		asked         int // of the database, since the test began
	}{
		{"the first webhook", nil, topic, demo, 200, 1, 1},
		{"the next ones ask nobody", nil, topic, demo, 200, 1, 1},
		{"whoever never had the app", nil, topic, newcomer, 200, 0, 2},
		{"may be told to erase", nil, "customers/redact", newcomer, 200, 1, 2},
		{"and has installed it now", func() { s.shops.shops = append(s.shops.shops, newcomer) }, topic, newcomer, 200, 1, 3},
		{"the database is away", func() { s.shops.fails = errors.New("no primary") }, topic, newcomer, 200, 1, 3},
		{"and nobody knows the shop", nil, topic, "third.myshopify.com", 503, 0, 4},
		{"just within the minute", func() { s.clock = s.clock.Add(time.Minute - 1) }, topic, demo, 200, 1, 4},
		{"a minute later", func() { s.clock = s.clock.Add(1) }, topic, demo, 503, 0, 5},
		{"the shop was erased meanwhile", func() { s.shops.fails, s.shops.shops = nil, nil }, topic, demo, 200, 0, 6},
	} {
		if step.before != nil {
			step.before()
		}
		status, saved := post(step.topic, step.shop)
		if status != step.status || saved != step.saved || s.shops.asked != step.asked {
			t.Errorf("%s: status %d, %d saved, asked %d times; want %d, %d, %d", step.says, status, saved, s.shops.asked, step.status, step.saved, step.asked)
		}
	}
	if got := s.counted(t)["orders/paid unknown_shop"]; got != 2 {
		t.Errorf("counted %v of unknown shops, want 2", got)
	}
}

// F5: what the signed body says needs no header. Without its topic a body must be one privacy topic's and no other's.
func TestPrivacyTopicsNeedNoHeader(t *testing.T) {
	t.Parallel()
	const (
		request = `{"shop_id":1,"shop_domain":"Left.myshopify.com","customer":{"id":7},"orders_requested":[],"data_request":{"id":9}}`
		redact  = `{"shop_id":1,"shop_domain":"left.myshopify.com","customer":{"id":7},"orders_to_redact":[]}`
		leave   = `{"shop_id":1,"shop_domain":"left.myshopify.com"}`
	)
	all := []signtest.Break{
		signtest.Without("Shop-Domain"), signtest.Without("Api-Version"), signtest.Without("Webhook-Id"), signtest.Without("Event-Id"),
		signtest.Without("Triggered-At"), signtest.Without("Topic"),
	}
	for _, tc := range []struct {
		says, topic, body string
		breaks            []signtest.Break
		status            int
	}{
		{"no shop and no version", "customers/redact", redact, all[:2], 200},
		{"the shop, and no version", "customers/redact", redact, all[1:2], 200},
		{"all headers", "customers/redact", redact, nil, 200},
		{"malformed headers", "customers/redact", redact, []signtest.Break{signtest.With("Shop-Domain", "x"), signtest.With("Api-Version", "1"), signtest.With("Webhook-Id", "w/1")}, 200},
		{"only the topic", "customers/data_request", request, all[:5], 200},
		{"only the topic, of an event's family", "shop/redact", leave, append(all[:5:5], signtest.Events()), 200},
		{"no header, a request", "customers/data_request", request, all, 200},
		{"no header, a customer", "customers/redact", redact, all, 200},
		{"no header, a shop", "shop/redact", leave, all, 200},
		{"no topic, and it could be either", "", `{"shop_domain":"left.myshopify.com","orders_requested":[],"orders_to_redact":[]}`, all, 400},
		{"no topic, and a customer without orders", "", `{"shop_id":1,"shop_domain":"left.myshopify.com","customer":{"id":7}}`, all, 400},
		{"no topic, and no field of the law's", "", `{"id":1,"myshopify_domain":"left.myshopify.com"}`, all, 400},
		{"nobody names the shop", "shop/redact", `{"shop_id":1,"shop_domain":"left.example"}`, all, 400},
	} {
		t.Run(tc.says, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			if status := s.post(t, signer.Delivery(tc.topic, demo, "w-1", tc.body, tc.breaks...)); status != tc.status {
				t.Fatalf("status %d, want %d", status, tc.status)
			}
			if tc.status != 200 {
				return
			}
			if len(s.box.saved) != 1 || s.box.saved[0].Topic != tc.topic || s.box.saved[0].Shop != "left.myshopify.com" || s.box.saved[0].ID == "" {
				t.Errorf("saved %+v, want the shop and the topic of the body", s.box.saved)
			}
		})
	}
}

// F5: a body without an id is named by itself and the day: the same on each retry, and kept anew
// when the shop leaves again.
func TestABodyWithoutAnIDIsItsOwnID(t *testing.T) {
	t.Parallel()
	s := serve(t)
	send := func(body string) string {
		if status := s.post(t, signer.Delivery("shop/redact", demo, "", body, signtest.Without("Webhook-Id"))); status != 200 {
			t.Fatalf("status %d", status)
		}
		return s.box.saved[len(s.box.saved)-1].ID
	}
	const body = `{"shop_id":1,"shop_domain":"demo.myshopify.com"}`
	first := send(body)
	if again, other := send(body), send(`{"shop_id":2,"shop_domain":"demo.myshopify.com"}`); again != first || other == first {
		t.Errorf("ids %q, %q of the same body, %q of another", first, again, other)
	}
	s.clock = s.clock.Add(24 * time.Hour)
	if next := send(body); next == first {
		t.Errorf("%q again on the next day", next)
	}
}

// F5: where the unsigned header and the signed body name two shops, the body counts.
func TestTheSignedBodyNamesTheShop(t *testing.T) {
	t.Parallel()
	const other = "other.myshopify.com"
	for _, tc := range []struct {
		says, topic, body string
		want              tenant.ShopID
	}{
		{"a privacy topic", "customers/redact", `{"shop_domain":"demo.myshopify.com","orders_to_redact":[]}`, demo},
		{"an uninstall", "app/uninstalled", `{"myshopify_domain":"Demo.myshopify.com"}`, demo},
		{"a body without a shop", "orders/paid", `{"id":1,"shop_domain":"demo.myshopify.com"}`, other},
		{"a body with none that could be one", "app/uninstalled", `{"myshopify_domain":"demo.example"}`, other},
	} {
		s := serve(t)
		s.shops.shops = append(s.shops.shops, other)
		if status := s.post(t, signer.Delivery(tc.topic, other, "w-1", tc.body)); status != 200 || len(s.box.saved) != 1 || s.box.saved[0].Shop != tc.want {
			t.Errorf("%s: status %d, saved %+v; want it in %s", tc.says, status, s.box.saved, tc.want)
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
	s.shops.shops = append(s.shops.shops, "quiet-store.myshopify.com")
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
		about := strings.HasPrefix(e.Topic, "orders/") || e.Topic == "refunds/create"
		if about != (d.Nomination.OrderID != "") {
			t.Errorf("%s: order %q", e.Topic, d.Nomination.OrderID)
		}
	}
}
