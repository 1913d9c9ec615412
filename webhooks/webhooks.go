// Package webhooks takes Shopify's deliveries: it verifies the signature over the raw bytes, projects the few
// fields that can nominate, and answers 200 only when the delivery is safe. It holds no business rule; package
// jobs works deliveries off.
//
// Begin with take in webhooks.go, which walks one delivery. topics.go lists the topics, project.go reads their bodies.
package webhooks

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"twofold/fault"
	"twofold/inbox"
)

// Path is where Shopify posts: shopify.app.toml names it.
const Path = "/webhooks"

// MaxBodyBytes is how long a body may be. Whoever mounts the endpoint enforces it. With include_fields bodies have a
// few KB.
const MaxBodyBytes = 2 << 20

// budget is how long an answer may take. Source: shopify.dev, webhooks, troubleshoot (2026-10): 5 s in all.
const budget = 4 * time.Second

// Verifier judges a delivery's signature. Unauthorized: it is not Shopify's.
type Verifier interface {
	Webhook(body []byte, signature string) error
}

// Inbox keeps deliveries. Save returns nil only when the delivery, or the one it repeats, is safe.
type Inbox interface {
	Save(ctx context.Context, d inbox.Delivery) error
}

// Config is what the endpoint needs; all fields are required.
type Config struct {
	Verifier Verifier
	Shops    Shops
	Inbox    Inbox
	Wall     func() time.Time // wall time: ReceivedAt is ours, never the simulator's
	Log      *slog.Logger
	Metrics  prometheus.Registerer
}

// Validate reports what is missing, as Invalid.
func (c Config) Validate() error {
	if c.Verifier == nil || c.Shops == nil || c.Inbox == nil || c.Wall == nil || c.Log == nil || c.Metrics == nil {
		return fault.ForLog(fault.Invalid, "webhooks: verifier, shops, inbox, clock, logger and metrics are required")
	}
	return nil
}

type handler struct {
	config   Config
	known    *known
	received *prometheus.CounterVec
}

// Answers that are counted beside the kinds of errors.
const (
	saved       = "saved"
	ignored     = "ignored"      // 200: a topic that we do not know
	unknownShop = "unknown_shop" // 200: a shop that never had the app
	noObject    = "no_object"    // 401: signed by the app's secret, and no webhook
)

// Mount adds POST Path. A wrong config is Invalid. The handler returns errors of package fault; the app answers them.
// It leaves shop, topic and delivery_id in the request's locals, for the request log.
func Mount(r fiber.Router, config Config) error {
	if err := config.Validate(); err != nil {
		return err
	}
	received := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "twofold_webhooks_total",
		Help: "Webhook requests by topic and answer: saved, ignored (unknown topic), " +
			"unknown_shop (it never had the app), no_object (signed, but no webhook), or the kind of the error.",
	}, []string{"topic", "answer"})
	h := &handler{config, &known{shops: config.Shops, wall: config.Wall}, received}

	config.Metrics.MustRegister(h.received)
	r.Post(Path, h.serve)
	return nil
}

// serve answers one delivery and counts it.
func (h *handler) serve(c *fiber.Ctx) error {
	name, answer, err := h.take(c)
	if err != nil {
		answer = cmp.Or(answer, string(fault.KindOf(err)))
	}

	if _, known := topics[name]; !known {
		name = "other" // whoever calls must not be able to make up labels
	}

	h.received.WithLabelValues(name, answer).Inc()
	if err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusOK)
}

// take verifies before it reads anything, and saves what is known. The topic is "" until the signature was found
// right. The answer is "" where the error's kind says enough.
func (h *handler) take(c *fiber.Ctx) (name, answer string, err error) {
	family, body := familyOf(c), c.BodyRaw() // never decompressed: the signature is over the raw bytes
	if err := h.config.Verifier.Webhook(body, family.get(c, "hmac-sha256")); err != nil {
		return "", "", err
	}

	read, err := readPayload(body)
	if err != nil {
		return "", noObject, err
	}

	d := family.headers(c)
	d.ReceivedAt, d.State = h.config.Wall().UTC().Truncate(time.Millisecond), inbox.Received
	topic := byBody(&d, &read, body)
	if err := check(d, topic); err != nil {
		return "", "", err
	}

	c.Locals("shop", d.Shop)
	c.Locals("topic", d.Topic)
	c.Locals("delivery_id", d.ID)
	if topic.project == nil {
		h.config.Log.WarnContext(c.UserContext(), "webhook of unknown topic ignored",
			"shop", d.Shop, "topic", d.Topic, "delivery_id", d.ID)
		return d.Topic, ignored, nil
	}

	answer, err = h.save(c.UserContext(), topic, d)
	return d.Topic, answer, err
}

// save keeps the delivery of a shop that has, or once had, the app. Shopify's webhooks for others are answered 200
// and forgotten: a refusal would only be tried again for hours. What the law asks of us is kept for every shop.
func (h *handler) save(ctx context.Context, topic topic, d inbox.Delivery) (answer string, err error) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()

	if !topic.duty {
		has, err := h.known.has(ctx, d.Shop)
		if err != nil {
			return "", err
		}
		if !has {
			return unknownShop, nil
		}
	}

	if err := h.config.Inbox.Save(ctx, d); err != nil {
		return "", err
	}
	return saved, nil
}
