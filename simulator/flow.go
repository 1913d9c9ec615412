package simulator

import (
	"slices"
	"strconv"
	"time"
)

// FlowTrigger is one event that an app told Shopify Flow. No workflow runs here: they are kept to be looked at.
type FlowTrigger struct {
	Handle  string         `json:"handle"`
	Payload map[string]any `json:"payload"`
	At      time.Time      `json:"at"`
}

// FlowTriggers lists what was told of a shop, the first one first. Errors: no such shop.
func (s *Server) FlowTriggers(domain string) (all []FlowTrigger, err error) {
	err = s.withShop(domain, func(sh *shop) error {
		all = slices.Clone(sh.triggers)
		return nil
	})
	return all, err
}

// receiveTrigger is flowTriggerReceive: a trigger without a handle, or about nobody of the shop's, is refused.
func (ses *session) receiveTrigger(c call) (any, error) {
	handle, _ := c.args["handle"].(string)
	payload, _ := c.args["payload"].(map[string]any)
	refused := func(field, message string) (any, error) {
		wrong := &object{"UserError", map[string]any{"field": []string{field}, "message": message}}
		return &object{"FlowTriggerReceivePayload", map[string]any{"userErrors": []any{wrong}}}, nil
	}

	if handle == "" {
		return refused("handle", "Handle is required")
	}
	number, _ := numberText(payload["customer_id"])
	id, err := strconv.ParseInt(number, 10, 64)
	if _, known := ses.sh.customers[id]; err != nil || !known {
		return refused("payload", "Customer was not found")
	}
	ses.sh.triggers = append(ses.sh.triggers, FlowTrigger{handle, payload, ses.srv.seconds()})
	return &object{"FlowTriggerReceivePayload", map[string]any{"userErrors": []any{}}}, nil
}
