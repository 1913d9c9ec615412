package shopify

import (
	"context"
	"fmt"

	"twofold/tenant"
)

// TellFlow starts the shop's workflows that begin with a trigger of ours. Invalid: Shopify knows no such trigger, or does
// not take what it is told. Source: shopify.dev, flowTriggerReceive, 2026-10.
func (g *Gateway) TellFlow(ctx context.Context, shop tenant.ShopID, trigger string, payload map[string]any) error {
	var data struct {
		Payload struct {
			UserErrors []userError `json:"userErrors"`
		} `json:"flowTriggerReceive"`
	}

	_, err := g.call(ctx, shop, opFlowTrigger, map[string]any{"handle": trigger, "payload": payload}, &data)
	if err == nil {
		err = refused(shop, opFlowTrigger, data.Payload.UserErrors)
	}
	if err != nil {
		return fmt.Errorf("shopify: tell flow: %w", err)
	}
	return nil
}
