package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// payload is the body of a webhook before include_fields cuts it.
type payload map[string]any

// topicScopes are the scopes a topic needs; a shop that has not granted them sends nothing.
// Source: shopify.dev, webhook topics.
var topicScopes = map[string]string{
	"orders/create": "read_orders", "orders/paid": "read_orders", "orders/cancelled": "read_orders",
	"orders/edited": "read_orders", "refunds/create": "read_orders", "discounts/update": "read_discounts",
	"discounts/delete": "read_discounts", "discounts/redeemcode_removed": "read_discounts",
}

// emit sends a topic to every subscription of the app. The caller holds the shop's lock. Nothing is sent for a shop
// without the app, without the topic's scope, or where protected-data level 0 withholds orders.
func (s *Server) emit(sh *shop, topic string, body payload) {
	scope := topicScopes[topic]
	if !sh.installed || (scope != "" && !hasScope(sh.scopes, scope)) {
		return
	}

	if scope == "read_orders" && *sh.behaviour.ProtectedDataLevel == 0 {
		return
	}

	s.post(sh, topic, body)
}

// post sends a topic whatever the state of the app in the shop, as after an uninstall. The
// caller holds the shop's lock.
func (s *Server) post(sh *shop, topic string, body payload) {
	s.deliver(sh, topic, func(sub subscription) (string, error) { return cut(body, sub.includeFields) })
}

// postRaw sends a body as it is.
func (s *Server) postRaw(sh *shop, topic, body string) {
	s.deliver(sh, topic, func(subscription) (string, error) { return body, nil })
}

func (s *Server) deliver(sh *shop, topic string, write func(subscription) (string, error)) {
	event := s.ids.uuid()
	for _, sub := range s.app.subscriptions {
		if sub.topic != topic {
			continue
		}

		url, err := s.appAddress(sub.uri)
		if err != nil {
			s.log.Warn("webhook not sent", "shop", sh.domain, "topic", topic, "err", err)
			continue
		}

		text, err := write(sub)
		if err != nil {
			s.log.Error("webhook body cannot be written", "topic", topic, "err", err)
			continue
		}

		s.outgoing.enqueue(&Delivery{
			WebhookID: s.ids.uuid(), EventID: event, Shop: sh.domain, Topic: topic, URL: url,
			TriggeredAt: s.clock.now(), Body: text, name: sub.name, retryScale: sh.behaviour.RetryScale,
			bare: sh.behaviour.BarePrivacyWebhooks && privacy(topic),
		}, sh.behaviour.DropIdenticalWebhooks)
	}
}

// privacy tells whether a topic is one of the three privacy ones.
func privacy(topic string) bool {
	return topic == "shop/redact" || topic == "customers/redact" || topic == "customers/data_request"
}

// cut writes the body with the fields asked for, or with all. A path such as customer.id
// reaches into objects and lists.
func cut(body payload, fields []string) (string, error) {
	raw, err := encode(body)
	if err != nil || fields == nil {
		return string(raw), err
	}

	var all map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // ids pass 2^53
	if err := dec.Decode(&all); err != nil {
		return "", fmt.Errorf("read back: %w", err)
	}

	out := map[string]any{}
	for _, f := range fields {
		copyPath(out, all, strings.Split(f, "."))
	}
	raw, err = encode(out)
	return string(raw), err
}

// encode writes JSON without escaping &, < and >, as Shopify does.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// copyPath copies what the path leads to. A path that leads nowhere copies nothing.
func copyPath(to, from map[string]any, path []string) {
	v, ok := from[path[0]]
	if !ok {
		return
	}
	if len(path) == 1 {
		to[path[0]] = v
		return
	}

	switch v := v.(type) {
	case map[string]any:
		below, _ := to[path[0]].(map[string]any)
		if below == nil {
			below = map[string]any{}
		}
		copyPath(below, v, path[1:])
		to[path[0]] = below
	case []any:
		to[path[0]] = copyList(to[path[0]], v, path[1:])
	default:
		to[path[0]] = v // null has nothing below
	}
}

func copyList(have any, from []any, path []string) []any {
	to, _ := have.([]any)
	if to == nil {
		to = make([]any, len(from))
		for i := range to {
			to[i] = map[string]any{}
		}
	}

	for i, item := range from {
		below, isObject := to[i].(map[string]any)
		source, ok := item.(map[string]any)
		if isObject && ok {
			copyPath(below, source, path)
		}
	}
	return to
}

// The topics that changes in a shop cause.

func (s *Server) emitOrder(sh *shop, topic string, o *order) { s.emit(sh, topic, sh.orderPayload(o)) }

func (s *Server) emitRefund(sh *shop, o *order, r *refund) {
	s.emit(sh, "refunds/create", sh.refundPayload(o, r))
}

func (s *Server) emitEdit(sh *shop, o *order, edit lineEdit, now time.Time) {
	s.emit(sh, "orders/edited", s.editPayload(sh, o, edit, now))
}

func (s *Server) emitDiscount(sh *shop, topic string, d *discount) {
	s.emit(sh, topic, s.discountPayload(sh, topic, d))
}

// emitCode tells that a code of a discount was deleted.
func (s *Server) emitCode(sh *shop, c *redeemCode) {
	s.emit(sh, "discounts/redeemcode_removed", s.codePayload(sh, c))
}

// codePayload is the body of discounts/redeemcode_removed.
func (s *Server) codePayload(sh *shop, c *redeemCode) payload {
	return payload{
		"admin_graphql_api_id": c.discount.gid(), "updated_at": sh.restTime(s.clock.now()),
		"redeem_code": payload{"id": gid("DiscountRedeemCode", c.id), "code": c.code},
	}
}

// lineEdit is what an edit did to an order's lines.
type lineEdit struct{ additions, removals []lineChange }

// lineChange is one line and the pieces it has won or lost.
type lineChange struct{ id, delta int64 }

func restChanges(list []lineChange) []payload {
	out := []payload{}
	for _, c := range list {
		out = append(out, payload{"id": c.id, "delta": c.delta})
	}
	return out
}

// editPayload is the body of orders/edited.
func (s *Server) editPayload(sh *shop, o *order, edit lineEdit, now time.Time) payload {
	items := payload{"additions": restChanges(edit.additions), "removals": restChanges(edit.removals)}
	none := payload{"additions": []payload{}, "removals": []payload{}}
	return payload{"order_edit": payload{
		"id": sh.ids.next(), "app_id": nil, "created_at": sh.restTime(now), "committed_at": sh.restTime(now),
		"notify_customer": false, "order_id": o.id, "staff_note": "", "user_id": nil, "line_items": items,
		"discounts":      payload{"line_item": none},
		"shipping_lines": none,
	}}
}

// discountPayload is the body of discounts/update and discounts/delete.
func (s *Server) discountPayload(sh *shop, topic string, d *discount) payload {
	now := s.clock.now()
	if topic == "discounts/delete" {
		return payload{"admin_graphql_api_id": d.gid(), "deleted_at": sh.restTime(now)}
	}
	return payload{"admin_graphql_api_id": d.gid(), "title": d.title, "status": d.status(now),
		"created_at": sh.restTime(d.createdAt), "updated_at": sh.restTime(d.updatedAt)}
}

// scopesPayload is the body of app/scopes_update.
func (s *Server) scopesPayload(sh *shop, previous []string) payload {
	return payload{"id": sh.appID, "shop_id": gid("Shop", sh.id), "previous": previous, "current": sh.scopes,
		"updated_at": s.clock.now().Format("2006-01-02T15:04:05.000Z")}
}
