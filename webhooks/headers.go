package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
	"twofold/inbox"
	"twofold/tenant"
)

// family is one of the two sets of header names. Webhooks have X-Shopify-Topic and so on, events shopify-topic. Source:
// shopify.dev, events (2026-10). One delivery is read with one family only, that of its signature.
type family string

const (
	webhookFamily family = "X-Shopify-"
	eventFamily   family = "Shopify-"
)

func familyOf(c *fiber.Ctx) family {
	if c.Get(string(webhookFamily)+"Hmac-Sha256") == "" && c.Get(string(eventFamily)+"Hmac-Sha256") != "" {
		return eventFamily
	}
	return webhookFamily
}

// Shapes of the headers that are needed. A topic is a word, a slash and a word; events have type names such as Order.
var (
	topicPattern   = regexp.MustCompile(`\A[A-Za-z_]{1,60}(/[A-Za-z_]{1,60})?\z`)
	idPattern      = regexp.MustCompile(`\A[A-Za-z0-9._:-]{1,100}\z`)
	versionPattern = regexp.MustCompile(`\A(20\d\d-\d\d|unstable)\z`)
)

// get copies a header: Fiber reuses its buffers.
func (f family) get(c *fiber.Ctx, name string) string { return strings.Clone(c.Get(string(f) + name)) }

// shaped is get, and "" for what has another shape.
func (f family) shaped(c *fiber.Ctx, name string, shape *regexp.Regexp) string {
	if value := f.get(c, name); shape.MatchString(value) {
		return value
	}
	return ""
}

// headers reads what the headers say of a delivery. No signature covers them. What is malformed counts as missing.
func (f family) headers(c *fiber.Ctx) inbox.Delivery {
	d := inbox.Delivery{
		Topic: f.shaped(c, "Topic", topicPattern), ID: f.shaped(c, "Webhook-Id", idPattern),
		EventID: f.shaped(c, "Event-Id", idPattern), APIVersion: f.shaped(c, "API-Version", versionPattern),
		TriggeredAt: readTime(f.get(c, "Triggered-At")),
	}
	d.Shop, _ = tenant.ParseShop(f.get(c, "Shop-Domain"))
	return d
}

// byBody adds what the signed body says of its delivery, and what it nominates. A shop that it names is the
// delivery's, whatever the header says. A privacy topic needs no header at all: Shopify has sent them without the
// shop or the version (Shopify/shopify-api-ruby#1261, Shopify/shopify-api-js#1145), and they are a legal duty. The
// topic found is the zero topic where we know none of that name.
func byBody(d *inbox.Delivery, read *payload, body []byte) topic {
	if d.Topic == "" {
		d.Topic = privacyTopic(body)
	}
	topic, found := topics[d.Topic]
	if !found {
		return topic
	}

	topic.project(read, &d.Nomination)
	if shop, err := tenant.ParseShop(d.Nomination.ShopDomain); err == nil {
		d.Shop = shop
	}
	if topic.duty && d.ID == "" {
		d.ID = bodyID(body, d.ReceivedAt)
	}
	return topic
}

// privacyTopic tells a privacy topic by the fields of its body, "" where it could be another or none. Source:
// shopify.dev, privacy law compliance (2026-10): only those bodies have shop_domain.
func privacyTopic(body []byte) string {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return ""
	}
	has := func(name string) bool {
		_, found := fields[name]
		return found
	}

	switch asks, erases := has("orders_requested"), has("orders_to_redact"); {
	case !has("shop_domain") || asks && erases:
		return ""
	case asks:
		return "customers/data_request"
	case erases:
		return "customers/redact"
	case has("shop_id") && len(fields) == 2:
		return "shop/redact"
	}
	return ""
}

// bodyID names a delivery without an id by its body and the day: sent again it is the same one, and a shop that
// leaves twice in a week is erased twice. Over midnight there may be two, which does no harm.
func bodyID(body []byte, receivedAt time.Time) string {
	sum := sha256.Sum256(body)
	return "body-" + receivedAt.Format(time.DateOnly) + "-" + hex.EncodeToString(sum[:16])
}

// check tells what a delivery lacks, as Invalid.
func check(d inbox.Delivery, topic topic) error {
	switch {
	case d.Shop == "":
		return missing("Shop-Domain")
	case d.Topic == "":
		return missing("Topic")
	case d.ID == "":
		return missing("Webhook-Id")
	case d.APIVersion == "" && !topic.duty:
		return missing("API-Version")
	}
	return nil
}

func missing(header string) error {
	return fault.ForLog(fault.Invalid, "the header %s is missing or malformed", header)
}
