package shopify

import (
	"context"
	"fmt"
	"slices"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// shownNamespace is that of the metafields which the widgets read: {{ app.metafields.friends.offer.value }}. Source:
// shopify.dev, app-data metafields, 2026-10: their owner is the installation, and they need no scope.
const shownNamespace = "friends"

// ReadShown reads the metafields that the shop's pages show.
func (g *Gateway) ReadShown(ctx context.Context, shop tenant.ShopID) (referral.ShownFields, error) {
	var data struct {
		Installation *struct {
			ID    string        `json:"id"`
			Ready *rawMetafield `json:"ready"`
			Offer *rawMetafield `json:"offer"`
		} `json:"currentAppInstallation"`
	}

	r, err := g.call(ctx, shop, opShownRead, nil, &data)
	if err == nil && data.Installation == nil {
		err = missing(shop, opShownRead, r)
	}
	if err != nil {
		return referral.ShownFields{}, fmt.Errorf("shopify: read shown: %w", err)
	}

	at := data.Installation
	return referral.ShownFields{Owner: at.ID, Ready: at.Ready.field(), Offer: at.Offer.field()}, nil
}

// rawMetafield is a metafield, nil where there is none.
type rawMetafield struct {
	Value  string `json:"value"`
	Digest string `json:"compareDigest"`
}

func (raw *rawMetafield) field() referral.ShownField {
	if raw == nil {
		return referral.ShownField{}
	}
	return referral.ShownField(*raw)
}

// WriteShown writes both metafields, if they are still as read. Conflict: somebody wrote meanwhile.
func (g *Gateway) WriteShown(ctx context.Context, shop tenant.ShopID, was referral.ShownFields, offer string) error {
	var data struct {
		Payload struct {
			UserErrors []userError `json:"userErrors"`
		} `json:"payload"`
	}

	vars := map[string]any{"metafields": []map[string]any{
		metafieldInput(was.Owner, "ready", "boolean", "true", was.Ready),
		metafieldInput(was.Owner, "offer", "json", offer, was.Offer),
	}}

	_, err := g.call(ctx, shop, opShownWrite, vars, &data)
	if err == nil {
		err = refused(shop, opShownWrite, data.Payload.UserErrors)
	}
	if stale(data.Payload.UserErrors) {
		err = fault.Wrap(fault.Conflict, err, "changed_meanwhile")
	}
	if err != nil {
		return fmt.Errorf("shopify: write shown: %w", err)
	}

	return nil
}

// DeleteShown deletes both metafields of the installation; what is not there is no error. Source: shopify.dev,
// metafieldsDelete, 2026-10.
func (g *Gateway) DeleteShown(ctx context.Context, shop tenant.ShopID, owner string) error {
	var data struct {
		Payload struct {
			UserErrors []userError `json:"userErrors"`
		} `json:"payload"`
	}

	_, err := g.call(ctx, shop, opShownDelete, shownIDs(owner), &data)
	if err == nil {
		err = refused(shop, opShownDelete, data.Payload.UserErrors)
	}
	if err != nil {
		return fmt.Errorf("shopify: delete shown: %w", err)
	}
	return nil
}

// shownIDs are the MetafieldIdentifierInputs of both.
func shownIDs(owner string) map[string]any {
	id := func(key string) map[string]any {
		return map[string]any{"ownerId": owner, "namespace": shownNamespace, "key": key}
	}
	return map[string]any{"metafields": []map[string]any{id("ready"), id("offer")}}
}

// metafieldInput is a MetafieldsSetInput that replaces what was read. Source: shopify.dev, metafieldsSet, 2026-10:
// compareDigest.
func metafieldInput(owner, key, kind, value string, was referral.ShownField) map[string]any {
	input := map[string]any{
		"ownerId": owner, "namespace": shownNamespace, "key": key, "type": kind, "value": value, "compareDigest": nil,
	}
	if was.Digest != "" {
		input["compareDigest"] = was.Digest
	}
	return input
}

// stale tells that a metafield is not as it was read. Source: MetafieldsSetUserErrorCode, Admin API 2026-10.
func stale(list []userError) bool {
	return slices.ContainsFunc(list, func(u userError) bool { return u.Code != nil && *u.Code == "STALE_OBJECT" })
}
