package referral

import (
	"context"
	"fmt"
	"time"

	"twofold/tenant"
)

// Ours counts what is ours in a shop at Shopify, by kind.
type Ours map[OursKind]int

// OursKind is a kind of what we make in a shop: the discounts of a campaign by their side, those of personal rewards, and the metafields that
// the shop's pages show. Webhooks are subscribed in shopify.app.toml, and end with the app.
type OursKind string

// The kinds beside those that are sides.
const (
	OursPersonal   OursKind = "personal"
	OursMetafields OursKind = "metafields"
)

// OursKinds are all kinds, in the order in which they are told.
var OursKinds = []OursKind{OursKind(FriendSide), OursKind(AdvocateSide), OursKind(ShareSide), OursPersonal, OursMetafields}

// Total is how many there are of all kinds.
func (o Ours) Total() int {
	n := 0
	for _, count := range o {
		n += count
	}
	return n
}

// CountOurs asks Shopify what is ours in the shop. It changes nothing.
func (s *Service) CountOurs(ctx context.Context, shop tenant.ShopID) (Ours, error) {
	ours, err := s.codes.CountOurs(ctx, shop)
	if err != nil {
		return nil, err
	}
	shown, err := s.shopify.ReadShown(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("referral: read what is shown: %w", err)
	}
	for _, field := range []ShownField{shown.Ready, shown.Offer} {
		if field != (ShownField{}) {
			ours[OursMetafields]++
		}
	}
	return ours, nil
}

// Cleanup takes all that is ours out of a shop whose merchant leaves, and returns what Shopify has left of it: nothing, if all went well.
// Whoever runs it again goes on where it was broken off. The shop is frozen first, and its campaigns end for good, so that no job makes anew
// what is deleted, now or after the merchant has come back. progress is told how many discounts are gone so far.
func (s *Service) Cleanup(ctx context.Context, shop tenant.ShopID, progress func(gone int)) (Ours, error) {
	if err := s.store.MarkCleaned(ctx, shop); err != nil {
		return nil, fmt.Errorf("referral: mark cleaned: %w", err)
	}
	if err := s.cleanCampaigns(ctx, shop); err != nil {
		return nil, err
	}

	if err := s.codes.RemoveOurs(ctx, shop, progress); err != nil {
		return nil, err
	}
	shown, err := s.shopify.ReadShown(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("referral: read what is shown: %w", err)
	}
	if err := s.shopify.DeleteShown(ctx, shop, shown.Owner); err != nil {
		return nil, err
	}

	left, err := s.CountOurs(ctx, shop)
	if err == nil {
		s.log.InfoContext(ctx, "shop cleaned", "shop", shop, "left", left.Total())
	}
	return left, err
}

// cleanCampaigns ends all campaigns, and has nothing made under them ever again.
func (s *Service) cleanCampaigns(ctx context.Context, shop tenant.ShopID) error {
	all, err := s.store.ListCampaigns(ctx, shop)
	if err != nil {
		return fmt.Errorf("referral: list campaigns: %w", err)
	}
	for _, c := range all {
		_, err := s.store.UpdateCampaign(ctx, shop, c.Key(), func(c *Campaign) error {
			if !c.Over() {
				c.State, c.Until = CampaignEnded, s.now()
			}
			c.Cleaned, c.Drift, c.TendAt = true, nil, time.Time{}
			return nil
		})
		if err != nil {
			return fmt.Errorf("referral: clean campaign: %w", err)
		}
	}
	return nil
}
